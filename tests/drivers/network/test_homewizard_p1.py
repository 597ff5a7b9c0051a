"""HomeWizard meters, against what their local API answers."""

from collections.abc import AsyncGenerator

import aiohttp
import pytest

from custom_components.ev_charger_pool.drivers.interface import BadAnswer, WrongDevice
from custom_components.ev_charger_pool.drivers.network.homewizard_p1 import HomeWizardMeter
from custom_components.ev_charger_pool.drivers.network.model import Shared

from .http_box import Mishap
from .meter_box import ABOUT_P1, DATA, KWH3_DATA, P1_ABOUT, P1_DATA, MeterBox


@pytest.fixture
def now() -> list[float]:
    """The time that a meter of HomeWizard sees."""
    return [1000.0]


@pytest.fixture
async def p1(socket_enabled: None) -> AsyncGenerator[MeterBox]:
    async with MeterBox({ABOUT_P1: P1_ABOUT, DATA: P1_DATA}) as box:
        yield box


@pytest.fixture
async def homewizard(session: aiohttp.ClientSession, p1: MeterBox, now: list[float]) -> HomeWizardMeter:
    return HomeWizardMeter(Shared(session=session), p1.place(), clock=lambda: now[0])


async def test_whole_amperes_are_told_as_such(homewizard: HomeWizardMeter) -> None:
    await homewizard.identify()
    values = await homewizard.read()
    assert values.amperes == (-4, 2, 0)
    assert values.watts == (-676, 133, 0)
    assert values.resolution == 1
    assert values.age == 0


@pytest.mark.parametrize(
    ("amperes", "watts", "volts", "meant"),
    [
        # 5.43 A of real current are finer than the 5 A that are told.
        (5, 1250, 230.2, 1250 / 230.2),
        # 2.17 A of real current are less than the 6 A with what is reactive.
        (6, 500, 230.2, 6),
        (5, -1250, 230.2, -1250 / 230.2),
        (6, -500, 230.2, -6),
        (0, 95, 230, 95 / 230),
    ],
)
async def test_the_larger_of_current_and_power_over_voltage_counts(
    homewizard: HomeWizardMeter, p1: MeterBox, amperes: float, watts: float, volts: float, meant: float
) -> None:
    told = {"active_current_l1_a": amperes, "active_power_l1_w": watts, "active_voltage_l1_v": volts}
    p1.says[DATA] = {"smr_version": 50} | told
    await homewizard.identify()
    values = await homewizard.read()
    assert values.amperes == (pytest.approx(meant), None, None)
    assert values.resolution == pytest.approx(0.1)


async def test_decimals_of_one_reading_hold_for_the_next(homewizard: HomeWizardMeter, p1: MeterBox) -> None:
    await homewizard.identify()
    p1.says[DATA] = P1_DATA | {"active_current_l1_a": 3.07}
    assert (await homewizard.read()).resolution == pytest.approx(0.1)
    p1.says[DATA] = P1_DATA
    assert (await homewizard.read()).resolution == pytest.approx(0.1)


async def test_without_power_the_current_is_taken_as_it_is_told(homewizard: HomeWizardMeter, p1: MeterBox) -> None:
    p1.says[DATA] = {"smr_version": 50, "active_current_l1_a": -7.5, "active_current_l3_a": 2}
    await homewizard.identify()
    assert (await homewizard.read()).amperes == (-7.5, None, 2)


@pytest.mark.parametrize("volts", [0, 20])
async def test_a_broken_voltage_makes_no_current(homewizard: HomeWizardMeter, p1: MeterBox, volts: float) -> None:
    broken = {"active_power_l1_w": 100, "active_voltage_l1_v": volts}
    p1.says[DATA] = {"smr_version": 50, "active_current_l2_a": 1} | broken
    await homewizard.identify()
    assert (await homewizard.read()).amperes == (None, 1, None)


async def test_a_meter_that_tells_no_current_is_an_error(homewizard: HomeWizardMeter, p1: MeterBox) -> None:
    p1.says[DATA] = {"smr_version": 40, "active_power_w": 300, "active_power_l1_w": 300}
    await homewizard.identify()
    with pytest.raises(BadAnswer, match="tells neither a current nor power and voltage"):
        await homewizard.read()


async def test_a_three_phase_kwh_meter(homewizard: HomeWizardMeter, p1: MeterBox) -> None:
    """The apparent current is what a fuse carries."""
    p1.says = {ABOUT_P1: P1_ABOUT | {"product_type": "HWE-KWH3"}, DATA: KWH3_DATA}
    await homewizard.identify()
    values = await homewizard.read()
    assert values.amperes == pytest.approx((0.06, -15.539, 15.519))
    assert values.watts == pytest.approx((0, -3547.015, 3553.263))


async def test_a_one_phase_kwh_meter(homewizard: HomeWizardMeter, p1: MeterBox) -> None:
    data = {
        "active_power_w": -690.4,
        "active_power_l1_w": -690.4,
        "active_voltage_v": 231.5,
        "active_current_a": 2.98,
        "active_apparent_current_a": 3.02,
    }
    p1.says = {ABOUT_P1: P1_ABOUT | {"product_type": "SDM230-wifi"}, DATA: data}
    await homewizard.identify()
    values = await homewizard.read()
    assert values.amperes == (pytest.approx(-3.02), None, None)
    assert values.watts == (pytest.approx(-690.4), None, None)


async def test_the_sum_of_a_three_phase_meter_is_no_current_of_a_phase(
    homewizard: HomeWizardMeter, p1: MeterBox
) -> None:
    p1.says = {ABOUT_P1: P1_ABOUT, DATA: {"smr_version": 50, "active_current_a": 18.2, "active_current_l2_a": 8.4}}
    await homewizard.identify()
    assert (await homewizard.read()).amperes == (None, 8.4, None)


@pytest.mark.parametrize("version", [22, 40, 42, None])
async def test_an_older_meter_tells_the_same_for_ten_seconds(
    homewizard: HomeWizardMeter, p1: MeterBox, now: list[float], version: int | None
) -> None:
    p1.says[DATA] = P1_DATA | {"smr_version": version}
    await homewizard.identify()
    ages = []
    for second in range(12):
        now[0] = 1000.0 + second
        # That the signal is another one does not make the telegram a new one.
        p1.says[DATA] = P1_DATA | {"smr_version": version, "wifi_strength": 80 + second}
        ages.append((await homewizard.read()).age)
    assert ages == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]


async def test_a_new_telegram_of_an_older_meter_is_new(
    homewizard: HomeWizardMeter, p1: MeterBox, now: list[float]
) -> None:
    p1.says[DATA] = P1_DATA | {"smr_version": 42}
    await homewizard.identify()
    await homewizard.read()
    now[0] += 4
    p1.says[DATA] = P1_DATA | {"smr_version": 42, "active_current_l2_a": 17}
    values = await homewizard.read()
    assert (values.amperes[1], values.age) == (17, 0)


async def test_an_api_that_is_off_is_told(homewizard: HomeWizardMeter, p1: MeterBox) -> None:
    await homewizard.identify()
    p1.befall(Mishap.FORBIDDEN)
    with pytest.raises(BadAnswer, match="switch the local API on in the HomeWizard app"):
        await homewizard.read()


async def test_another_meter_behind_the_address_is_noticed(homewizard: HomeWizardMeter, p1: MeterBox) -> None:
    await homewizard.identify()
    p1.says[DATA] = P1_DATA | {"unique_id": "FF"}
    with pytest.raises(WrongDevice, match="unique_id: FF instead of 0011"):
        await homewizard.read()


async def test_a_meter_that_keeps_silent_about_itself_for_once_is_the_same(
    homewizard: HomeWizardMeter, p1: MeterBox
) -> None:
    await homewizard.identify()
    p1.says[DATA] = {key: value for key, value in P1_DATA.items() if key != "unique_id"}
    assert (await homewizard.read()).amperes == (-4, 2, 0)
