"""Every mapping of a mains meter finds and reads what the installed integration makes."""

import json
from pathlib import Path
import re

import homeassistant.components
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.ev_charger_pool.drivers.entities import EntityMissing
from custom_components.ev_charger_pool.drivers.entity_meter_finder import FoundMeter, find_meters
from custom_components.ev_charger_pool.drivers.meter_mapping import meter_mappings

from .meter_fixtures import FIXTURES, LINES, MadeMeter, driver_of, make_meter, sensors_of

COMPONENTS = Path(next(iter(homeassistant.components.__path__)))
MAPPINGS = meter_mappings()

every_integration = pytest.mark.parametrize("integration", sorted(MAPPINGS))


def found(hass: HomeAssistant, integration: str) -> FoundMeter:
    (meter,) = find_meters(hass, MAPPINGS)
    assert meter.mapping.integration == integration
    return meter


def quantity_of(integration: str, unit: str) -> int:
    """Place of the first quantity with a unit."""
    return next(number for number, group in enumerate(sensors_of(integration)) if group[0].unit == unit)


def test_each_has_a_fixture() -> None:
    assert FIXTURES.keys() == MAPPINGS.keys()


@every_integration
def test_the_fixture_is_what_is_installed(integration: str) -> None:
    fixture = FIXTURES[integration]
    folder = COMPONENTS / integration
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    strings = json.loads((folder / "strings.json").read_text(encoding="utf-8"))
    sensors = [sensor for group in sensors_of(integration) for sensor in group]
    assert all(text in source for text in fixture["in_source"])
    made = fixture.get("made_keys", [])
    keys = [sensor.key for sensor in sensors] + fixture["others"]
    if made is not True:
        assert [key for key in keys if f'"{key}"' not in source and key not in made] == []
    named = {sensor.translation_key for sensor in sensors} | set(fixture.get("strangers", {}).values())
    assert named - {None} <= strings["entity"]["sensor"].keys()


@every_integration
def test_the_usual_interval(integration: str) -> None:
    assert MAPPINGS[integration].interval == FIXTURES[integration]["interval"]


@every_integration
async def test_it_is_found_and_read(hass: HomeAssistant, integration: str) -> None:
    make_meter(hass, integration)
    values = await driver_of(hass, found(hass, integration)).read()
    reads = FIXTURES[integration]["reads"]
    assert list(values.amperes) == [pytest.approx(amperes) for amperes in reads["amperes"]]
    assert list(values.watts) == [None if watts is None else pytest.approx(watts) for watts in reads["watts"]]
    assert values.resolution == pytest.approx(FIXTURES[integration]["resolution"])


@pytest.mark.parametrize("integration", sorted(MAPPINGS.keys() - {"blue_current"}))
async def test_two_of_them_are_two(hass: HomeAssistant, integration: str) -> None:
    """But for one whose unique ids allow a single one in a Home Assistant."""
    make_meter(hass, integration)
    second = make_meter(hass, integration, "2")
    meters = find_meters(hass, MAPPINGS)
    assert len({meter.key for meter in meters}) == len({meter.label for meter in meters}) == 2
    owned = [er.async_get(hass).async_get(entity_id) for group in second.entity_ids for entity_id in group]
    assert any(meter.measured_by <= {entity.id for entity in owned if entity} for meter in meters)


@every_integration
@pytest.mark.parametrize("state", ["unknown", "unavailable", "", "nan"])
async def test_a_current_without_a_value_is_missing(hass: HomeAssistant, integration: str, state: str) -> None:
    made = make_meter(hass, integration)
    entity_id = made.entity_ids[quantity_of(integration, "A")][1]
    hass.states.async_set(entity_id, state, {"unit_of_measurement": "A"})
    first, second, third = (await driver_of(hass, found(hass, integration)).read()).amperes
    expected = FIXTURES[integration]["reads"]["amperes"]
    assert (first, second, third) == (pytest.approx(expected[0]), None, pytest.approx(expected[2]))


@every_integration
async def test_a_current_in_another_unit_is_missing(hass: HomeAssistant, integration: str) -> None:
    made = make_meter(hass, integration)
    hass.states.async_set(made.entity_ids[quantity_of(integration, "A")][2], "3", {"unit_of_measurement": "VA"})
    assert (await driver_of(hass, found(hass, integration)).read()).amperes[2] is None


@every_integration
async def test_milliamperes_are_amperes(hass: HomeAssistant, integration: str) -> None:
    made = make_meter(hass, integration)
    hass.states.async_set(made.entity_ids[quantity_of(integration, "A")][0], "20500", {"unit_of_measurement": "mA"})
    amperes = (await driver_of(hass, found(hass, integration)).read()).amperes[0]
    assert amperes is not None
    assert abs(amperes) == pytest.approx(20.5)


@every_integration
async def test_renamed_ones_are_still_found(hass: HomeAssistant, integration: str) -> None:
    made = make_meter(hass, integration)
    driver = driver_of(hass, found(hass, integration))
    for group, sensors in zip(made.entity_ids, sensors_of(integration), strict=True):
        for entity_id, sensor in zip(group, sensors, strict=True):
            renamed = f"{entity_id}_new"
            er.async_get(hass).async_update_entity(entity_id, new_entity_id=renamed, name="Other")
            hass.states.async_remove(entity_id)
            hass.states.async_set(renamed, sensor.state, {"unit_of_measurement": sensor.unit})
    expected = [pytest.approx(amperes) for amperes in FIXTURES[integration]["reads"]["amperes"]]
    assert list((await driver.read()).amperes) == expected
    assert list((await driver_of(hass, found(hass, integration)).read()).amperes) == expected


@every_integration
async def test_a_removed_one_is_told(hass: HomeAssistant, integration: str) -> None:
    made = make_meter(hass, integration)
    driver = driver_of(hass, found(hass, integration))
    entity_id = made.entity_ids[quantity_of(integration, "A")][0]
    er.async_get(hass).async_remove(entity_id)
    with pytest.raises(EntityMissing, match=re.escape(entity_id)):
        await driver.read()


@every_integration
async def test_without_the_currents(hass: HomeAssistant, integration: str) -> None:
    """Power and voltage stand in where there are both."""
    made = make_meter(hass, integration)
    for entity_id in made.entity_ids[quantity_of(integration, "A")]:
        er.async_get(hass).async_remove(entity_id)
    meters = find_meters(hass, MAPPINGS)
    watts = FIXTURES[integration]["reads"]["watts"]
    if None not in watts:
        (meter,) = meters
        assert set(meter.sources(LINES) or {}) - {"exports"} <= {"powers", "voltages"}
        assert list((await driver_of(hass, meter).read()).watts) == [pytest.approx(value) for value in watts]
    else:
        assert [meter.sources(LINES) for meter in meters] in ([], [None])


@every_integration
async def test_what_is_turned_off_is_told(hass: HomeAssistant, integration: str) -> None:
    made = make_meter(hass, integration)
    entity_id = made.entity_ids[quantity_of(integration, "A")][1]
    er.async_get(hass).async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.INTEGRATION)
    meter = found(hass, integration)
    assert [sensor.entity_id for sensor in meter.disabled(LINES)] == [entity_id]
    assert meter.disabled([0]) == []


@every_integration
async def test_a_line_that_is_not_there_is_left_out(hass: HomeAssistant, integration: str) -> None:
    make_meter(hass, integration)
    sources = found(hass, integration).sources([1])
    assert sources is not None
    assert all(listed[0] is listed[2] is None for listed in sources.values())


async def remove(hass: HomeAssistant, made: MadeMeter, quantity: int, *lines: int) -> None:
    for line in lines:
        er.async_get(hass).async_remove(made.entity_ids[quantity][line])


async def test_a_meter_that_tells_no_export(hass: HomeAssistant) -> None:
    """Old DSMR meters: what flows out counts as load, which is safe."""
    made = make_meter(hass, "dsmr")
    await remove(hass, made, 2, 0, 1, 2)
    values = await driver_of(hass, found(hass, "dsmr")).read()
    assert values.amperes == pytest.approx((7.5, 3.0, 1.0))


async def test_a_meter_without_an_import_tells_no_direction(hass: HomeAssistant) -> None:
    made = make_meter(hass, "dsmr")
    await remove(hass, made, 1, 0)
    assert set(found(hass, "dsmr").sources(LINES) or {}) == {"currents"}


async def test_an_export_that_is_missing_is_no_export(hass: HomeAssistant) -> None:
    made = make_meter(hass, "dsmr")
    hass.states.async_set(made.entity_ids[2][1], "unavailable")
    values = await driver_of(hass, found(hass, "dsmr")).read()
    assert (values.amperes[1], values.watts[1]) == (3.0, None)


async def test_a_fronius_meter_elsewhere_is_not_the_mains(hass: HomeAssistant) -> None:
    made = make_meter(hass, "fronius")
    hass.states.async_set(made.entity_ids[3][0], "1")
    assert find_meters(hass, MAPPINGS) == []


async def test_a_shelly_with_two_channels_is_not_the_mains(hass: HomeAssistant) -> None:
    made = make_meter(hass, "shelly")
    for quantity in range(3):
        await remove(hass, made, quantity, 2)
    assert find_meters(hass, MAPPINGS) == []


async def test_the_first_shelly_3em(hass: HomeAssistant) -> None:
    registry = er.async_get(hass)
    for channel, watts in enumerate(("460.2", "-230.1", "12")):
        for attribute, state, unit in (("current", "2.01", "A"), ("power", watts, "W"), ("voltage", "230.0", "V")):
            entity = registry.async_get_or_create("sensor", "shelly", f"34945479AABB-emeter_{channel}-{attribute}")
            hass.states.async_set(entity.entity_id, state, {"unit_of_measurement": unit})
    values = await driver_of(hass, found(hass, "shelly")).read()
    assert values.amperes == (2.01, -2.01, 2.01)


@pytest.mark.parametrize(
    ("integration", "label"),
    [
        ("dsmr", "DSMR meter (Electricity Meter)"),
        ("shelly", "Shelly 3EM (Mains)"),
        ("blue_current", "Blue Current grid meter (Blue Current)"),
        ("iammeter", "IAMMETER (2FA4B1C3)"),
    ],
)
async def test_how_a_list_shows_it(hass: HomeAssistant, integration: str, label: str) -> None:
    make_meter(hass, integration)
    assert found(hass, integration).label == label


async def test_a_device_that_is_off_is_not_found(hass: HomeAssistant) -> None:
    made = make_meter(hass, "dsmr")
    assert made.entry is not None
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), made.entry.entry_id)
    dr.async_get(hass).async_update_device(device.id, disabled_by=dr.DeviceEntryDisabler.USER)
    await hass.async_block_till_done()
    assert find_meters(hass, MAPPINGS) == []
