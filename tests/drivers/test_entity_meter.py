"""Meters that tell import and export by themselves, and currents in whole amperes."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_charger_pool.drivers.entity_meter import EntityMeter
from tests.houses import show


async def line(hass: HomeAssistant, **shown: tuple[str, str]) -> tuple[float | None, float | None, float]:
    """A, W and resolution of a line made of the lists that are given."""
    for name, (state, unit) in shown.items():
        show(hass, f"sensor.{name}", state, unit)
    values = await EntityMeter(hass, **{name: [f"sensor.{name}"] for name in shown}).read()
    return values.amperes[0], values.watts[0], values.resolution


@pytest.mark.parametrize(
    ("taken", "given", "amperes", "watts"),
    [
        ("1.15", "0", 5.0, 1150.0),
        ("0", "1.15", -5.0, -1150.0),
        ("0", "0", 5.0, 0.0),
        ("unknown", "1.15", 5.0, None),
        ("1.15", "unavailable", 5.0, None),
    ],
)
async def test_import_less_export(
    hass: HomeAssistant, taken: str, given: str, amperes: float, watts: float | None
) -> None:
    told = await line(hass, currents=("5", "A"), powers=(taken, "kW"), exports=(given, "kW"))
    assert told[:2] == (amperes, watts)


@pytest.mark.parametrize(("given", "amperes", "watts"), [("-460", 2.5, 460.0), ("460", -2.5, -460.0), ("0", 2.5, 0.0)])
async def test_a_power_that_is_positive_on_the_way_out(
    hass: HomeAssistant, given: str, amperes: float, watts: float
) -> None:
    assert (await line(hass, currents=("2.5", "A"), exports=(given, "W")))[:2] == (amperes, watts)


@pytest.mark.parametrize(
    ("current", "power", "volts", "amperes"),
    [
        ("7", "1725", "230", 7.5),
        ("7", "-1725", "230", -7.5),
        ("8", "1725", "230", 8.0),
        ("0", "-184", "230", -0.8),
        ("7", "1725", "unknown", 7.0),
        ("7", "-0.0", "unknown", 7.0),
        ("7", "1725", "0", 7.0),
        ("7", "unknown", "230", 7.0),
        ("unknown", "1725", "230", None),
    ],
)
async def test_the_larger_of_current_and_power(
    hass: HomeAssistant, current: str, power: str, volts: str, amperes: float | None
) -> None:
    """The power may hide reactive current, whole amperes hide the decimals."""
    told = await line(hass, currents=(current, "A"), powers=(power, "W"), voltages=(volts, "V"))
    assert told[0] == pytest.approx(amperes) if amperes is not None else told[0] is None
    assert told[2] == 1.0


async def test_without_a_current_power_by_voltage(hass: HomeAssistant) -> None:
    told = await line(hass, powers=("0", "W"), exports=("690", "W"), voltages=("230.0", "V"))
    assert told[0] == pytest.approx(-3.0)
