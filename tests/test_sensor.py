"""The sensors show what meters and chargers say, what the pool decided, and what is missing."""

from dataclasses import replace

from homeassistant.components.sensor import SensorEntityDescription
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, ServiceCall, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.translation import async_get_translations
import pytest
from pytest_homeassistant_custom_component.common import mock_restore_cache_with_extra_data

from custom_components.ev_charger_pool.charger_sensors import REASON, STATE
from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.limiting_sensors import LIMITING_PHASE, LIMITING_REASON
from tests.common import (
    currents,
    decided,
    device_id,
    enable,
    entity_charger,
    show_charger,
    show_currents,
    show_house,
    start_house,
    until,
    until_state,
)
from tests.houses import add_site, charger, circuit


def values(hass: HomeAssistant, name: str) -> list[str]:
    """The states of one sensor for all lines."""
    return [hass.states.get(f"sensor.{name}_l{line}").state for line in (1, 2, 3)]


async def test_site(hass: HomeAssistant):
    await start_house(hass)

    assert values(hass, "home_mains_current") == ["7.0", "8.0", "9.0"]
    assert values(hass, "home_room_left") == ["18.0", "17.0", "16.0"]
    assert values(hass, "home_car_current") == ["6.0", "6.0", "6.0"]
    assert hass.states.get("sensor.home_cars_charging").state == "1"
    assert hass.states.get("sensor.home_limited_by").state == "unlimited"
    assert hass.states.get("sensor.home_limiting_phase").state == "none"


async def test_a_car_counts_on_the_line_that_its_charger_is_wired_to(hass: HomeAssistant):
    await start_house(hass)
    show_charger(hass, "Carport", "charging", 9.0)

    await until_state(hass, "sensor.carport_current_l1", "9.0")
    show_currents(hass, "mains", 9.0, 19.0, 11.0)
    await until_state(hass, "sensor.home_car_current_l2", "15.0")
    assert values(hass, "home_car_current") == ["6.0", "15.0", "6.0"]
    assert hass.states.get("sensor.home_cars_charging").state == "2"


async def test_a_sum_names_the_chargers_that_it_lacks(hass: HomeAssistant):
    await start_house(hass)
    show_charger(hass, "Carport", "charging", None)

    state = await until_state(hass, "sensor.carport_current_l1", "unknown")
    show_currents(hass, "mains", 9.0, 19.0, 11.0)
    await until_state(hass, "sensor.home_mains_current_l2", "19.0")
    state = hass.states.get("sensor.home_car_current_l2")
    assert state.state == "6.0"
    assert state.attributes["missing"] == ["Carport"]


async def test_power_that_nobody_tells_is_unknown(hass: HomeAssistant):
    await start_house(hass)

    for name in ("car_power", "car_consumption_power", "car_production_power"):
        state = hass.states.get(f"sensor.home_{name}")
        assert state.state == "unknown"
        assert state.attributes["missing"] == ["Garage", "Carport"]


def tell(entry: ConfigEntry, key: str, **values: float) -> None:
    """Let a charger tell values that a charger made of entities has not."""
    coordinator = entry.runtime_data.chargers[key]
    coordinator.async_set_updated_data(replace(coordinator.data, **values))
    entry.runtime_data.site.async_update_listeners()


async def test_production_and_consumption_are_parts_of_the_net(hass: HomeAssistant):
    entry = await start_house(hass)
    tell(entry, "garage", watts=6_000.0)
    tell(entry, "carport", watts=-10_000.0)
    await hass.async_block_till_done()

    assert hass.states.get("sensor.home_car_power").state == "-4000.0"
    assert hass.states.get("sensor.home_car_consumption_power").state == "0.0"
    assert hass.states.get("sensor.home_car_production_power").state == "4000.0"
    assert hass.states.get("sensor.home_car_power").attributes["missing"] == []
    assert hass.states.get("sensor.garage_power").state == "6000.0"


async def test_energy_counts_what_the_counters_rise_by(hass: HomeAssistant):
    entry = await start_house(hass)
    tell(entry, "garage", total_wh=5_000_000.0, session_wh=100.0)
    await hass.async_block_till_done()
    assert hass.states.get("sensor.garage_total_energy").state == "5000.0"
    assert hass.states.get("sensor.garage_session_energy").state == "0.1"
    assert hass.states.get("sensor.home_car_energy").state == "0.0"

    tell(entry, "garage", total_wh=5_001_500.0)
    await hass.async_block_till_done()
    energy = hass.states.get("sensor.home_car_energy")
    assert energy.state == "1.5"
    assert energy.attributes["missing"] == ["Carport"]


async def test_without_chargers_sums_are_zero(hass: HomeAssistant):
    show_currents(hass, "mains", 3.0, 4.0, 5.0)
    entry = add_site(hass, meter={"kind": "entities", "currents": currents("mains")})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(hass, lambda: decided(entry))

    assert values(hass, "home_car_current") == ["0", "0", "0"]
    assert hass.states.get("sensor.home_car_power").state == "0"
    assert hass.states.get("sensor.home_cars_charging").state == "0"


async def test_a_site_has_sensors_for_its_own_lines_only(hass: HomeAssistant):
    show_currents(hass, "mains", 3.0)
    meter = {"kind": "entities", "currents": ["sensor.mains_l1", None, None]}
    entry = add_site(hass, meter=meter, fuse=[35, 0, 0], worst_house=[35, 0, 0])
    assert await hass.config_entries.async_setup(entry.entry_id)

    assert hass.states.get("sensor.home_mains_current_l1")
    assert hass.states.get("sensor.home_mains_current_l2") is None
    assert hass.states.get("sensor.home_car_current_l3") is None


async def test_charger(hass: HomeAssistant):
    await start_house(hass)

    assert hass.states.get("sensor.garage_state").state == "ev_plugged"
    assert hass.states.get("sensor.carport_state").state == "idle"
    assert values(hass, "garage_current") == ["6.0", "6.0", "6.0"]
    assert hass.states.get("sensor.garage_limit_in_the_charger").state == "6.0"
    assert hass.states.get("sensor.garage_allocated_current").state == "16.0"
    reason = hass.states.get("sensor.garage_reason")
    assert reason.state == "unlimited"
    assert reason.attributes["sentence"] == (
        "Gets 16 A, as much as charger, cable and car can take (control is off, nothing is set)"
    )
    assert reason.attributes["target"] == 16


async def test_a_charger_has_sensors_for_what_it_tells_only(hass: HomeAssistant):
    await start_house(hass)

    assert hass.states.get("sensor.carport_current_l2") is None
    for name in ("power", "session_energy", "total_energy"):
        assert hass.states.get(f"sensor.garage_{name}") is None


async def test_the_reason_names_line_and_circuit(hass: HomeAssistant):
    entry = await start_house(hass)
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.home_control"}, blocking=True)
    show_house(hass, 9.0, 24.0, 11.0)

    state = await until_state(hass, "sensor.garage_reason", "fuse")
    assert (state.attributes["circuit"], state.attributes["line"]) == ("Home", "L2")
    assert state.attributes["sentence"] == "Limited to 6 A by phase L2 of the main fuse"
    assert hass.states.get("sensor.home_limited_by").state == "fuse"
    assert hass.states.get("sensor.home_limited_by").attributes["sentence"] == state.attributes["sentence"]
    assert hass.states.get("sensor.home_limiting_phase").state == "l2"
    assert entry.runtime_data.choices.control


async def test_a_charger_that_does_not_answer_is_missing(hass: HomeAssistant):
    await start_house(hass)
    show_charger(hass, "Garage", "unavailable", None, None, None)
    hass.states.async_set("input_number.box_garage", "unavailable")

    await until_state(hass, "sensor.garage_state", "missing")
    assert values(hass, "garage_current") == ["unavailable"] * 3
    assert hass.states.get("sensor.garage_limit_in_the_charger").state == "unavailable"
    assert hass.states.get("sensor.garage_allocated_current").state != "unavailable"
    assert hass.states.get("sensor.garage_reason").state != "unavailable"


async def test_the_device_of_a_charger_tells_who_it_is(hass: HomeAssistant):
    entry = await start_house(hass)
    registry = dr.async_get(hass)

    entry.runtime_data.site.async_update_listeners()
    device = registry.async_get(device_id(hass, entry, "garage"))
    assert device.manufacturer == "input_number"
    assert device.model == "input_number.box_garage"
    assert device.via_device_id == device_id(hass, entry, entry.entry_id)
    assert device.config_subentry_id == "garage"


async def test_a_circuit_with_a_meter_has_sensors(hass: HomeAssistant):
    entry = await start_house(hass, cellar=True)

    assert values(hass, "cellar_current") == ["1.0", "1.5", "2.0"]
    assert values(hass, "cellar_room_left") == ["15.0", "14.5", "14.0"]
    assert er.async_get(hass).async_get("sensor.cellar_current_l1").config_subentry_id == "cellar"
    assert device_id(hass, entry, "cellar")


async def test_a_charger_that_is_added_later_gets_its_entities(hass: HomeAssistant):
    entry = await start_house(hass)
    show_charger(hass, "Shed", "plugged", 0.0)
    new = charger("Shed", entity_charger("Shed", limit="input_number.box_garage"), None, wiring="l3")
    subentry = ConfigSubentry(**new)
    hass.config_entries.async_add_subentry(entry, subentry)

    await until_state(hass, "sensor.shed_state", "ev_plugged")
    assert hass.states.get("switch.shed_take_part_in_balancing").state == "on"
    assert hass.states.get("number.shed_priority").state == "1"
    assert hass.states.get("event.shed_session")
    await until_state(hass, "binary_sensor.shed_car_connected", "on")


async def test_a_circuit_that_gets_a_meter_later_gets_its_sensors(hass: HomeAssistant):
    entry = await start_house(hass)
    new = circuit("Cellar")
    hass.config_entries.async_add_subentry(entry, ConfigSubentry(**new))
    await hass.async_block_till_done()
    assert hass.states.get("sensor.cellar_current_l1") is None

    meter = {"kind": "entities", "currents": currents("cellar")}
    hass.config_entries.async_update_subentry(
        entry, entry.subentries["cellar"], data={**entry.subentries["cellar"].data, "meter": meter}
    )
    await until_state(hass, "sensor.cellar_current_l1", "1.0")


async def test_a_circuit_that_loses_its_meter_loses_its_device_until_the_meter_is_back(hass: HomeAssistant):
    entry = await start_house(hass, cellar=True)
    cellar = entry.subentries["cellar"]
    measured, unmeasured = dict(cellar.data), {key: value for key, value in cellar.data.items() if key != "meter"}
    hass.config_entries.async_update_subentry(entry, cellar, data=unmeasured)
    await hass.async_block_till_done()

    assert hass.states.get("sensor.cellar_current_l1") is None
    assert er.async_get(hass).async_get("sensor.cellar_breaker_heat_l1") is None
    assert dr.async_get(hass).async_get_device_by_identifier((DOMAIN, "cellar"), entry.entry_id) is None

    hass.config_entries.async_update_subentry(entry, entry.subentries["cellar"], data=measured)
    await until_state(hass, "sensor.cellar_current_l1", "1.0")
    assert device_id(hass, entry, "cellar")


async def test_sensors_follow_the_lines_of_the_site(hass: HomeAssistant):
    entry = await start_house(hass)
    hass.config_entries.async_remove_subentry(entry, "garage")
    await hass.async_block_till_done()
    hass.config_entries.async_update_entry(entry, data={**entry.data, "fuse": [25, 25, 0]})
    await hass.async_block_till_done()

    registry = er.async_get(hass)
    for name in ("mains_current", "room_left", "breaker_heat", "car_current"):
        assert registry.async_get(f"sensor.home_{name}_l2")
        assert registry.async_get(f"sensor.home_{name}_l3") is None

    hass.config_entries.async_update_entry(entry, data={**entry.data, "fuse": [25, 25, 25]})
    await until_state(hass, "sensor.home_mains_current_l3", "9.0")
    assert hass.states.get("sensor.home_car_current_l3")


async def test_lines_that_went_while_the_site_was_off_leave_nothing(hass: HomeAssistant):
    entry = await start_house(hass, cellar=True)
    assert await hass.config_entries.async_unload(entry.entry_id)
    cellar = entry.subentries["cellar"]
    hass.config_entries.async_update_subentry(
        entry, cellar, data={key: value for key, value in cellar.data.items() if key != "meter"}
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    assert er.async_get(hass).async_get("sensor.cellar_current_l1") is None
    assert dr.async_get(hass).async_get_device_by_identifier((DOMAIN, "cellar"), entry.entry_id) is None


async def test_the_heat_of_breakers_is_there_for_who_wants_it(hass: HomeAssistant):
    entry = await start_house(hass, cellar=True)
    assert hass.states.get("sensor.home_breaker_heat_l1") is None
    await enable(hass, entry, "sensor.home_breaker_heat_l1", "sensor.cellar_breaker_heat_l2")

    heat = hass.states.get("sensor.home_breaker_heat_l1")
    assert heat.attributes["unit_of_measurement"] == "%"
    assert 0 < float(heat.state) <= 100
    assert 0 < float(hass.states.get("sensor.cellar_breaker_heat_l2").state) <= 100


async def test_the_heat_of_a_silent_phase_is_unknown(hass: HomeAssistant):
    entry = await start_house(hass, silent=["mains"])
    await enable(hass, entry, "sensor.home_breaker_heat_l1", "sensor.home_breaker_heat_l2")
    show_currents(hass, "mains", 9.1, None, 11.1)
    await until_state(hass, "sensor.home_mains_current_l1", "9.1")

    assert hass.states.get("sensor.home_breaker_heat_l1").state != "unknown"
    assert hass.states.get("sensor.home_breaker_heat_l2").state == "unknown"


async def test_writes_and_what_became_of_them(hass: HomeAssistant):
    entry = await start_house(hass, raise_hold=0)
    assert hass.states.get("sensor.garage_writes") is None
    await enable(hass, entry, "sensor.garage_writes")
    writes = hass.states.get("sensor.garage_writes")
    assert (writes.state, writes.attributes["failed"], writes.attributes["last_error"]) == ("0", 0, None)

    def refuse(call: ServiceCall) -> None:
        raise HomeAssistantError("locked by the installer")

    hass.services.async_register("input_number", "set_value", refuse)
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.home_control"}, blocking=True)
    await until_state(hass, "sensor.garage_reason", "write_failed")
    writes = hass.states.get("sensor.garage_writes")
    assert writes.state == "1"
    assert writes.attributes["failed"] == 1
    assert "locked by the installer" in writes.attributes["last_error"]


@pytest.mark.parametrize("description", [STATE, REASON, LIMITING_REASON, LIMITING_PHASE])
async def test_every_word_has_a_text(hass: HomeAssistant, description: SensorEntityDescription):
    texts = await async_get_translations(hass, "en", "entity", [DOMAIN])
    prefix = f"component.{DOMAIN}.entity.sensor.{description.translation_key}.state."
    assert {key.removeprefix(prefix) for key in texts if key.startswith(prefix)} == set(description.options)


async def test_devices_follow_a_new_name(hass: HomeAssistant):
    entry = await start_house(hass)
    hass.config_entries.async_update_subentry(entry, entry.subentries["garage"], title="Barn")
    hass.config_entries.async_update_entry(entry, title="Farm")
    await hass.async_block_till_done()

    registry = dr.async_get(hass)
    assert registry.async_get(device_id(hass, entry, "garage")).name == "Barn"
    assert registry.async_get(device_id(hass, entry, entry.entry_id)).name == "Farm"


async def test_a_charger_that_is_removed_takes_its_entities_along(hass: HomeAssistant):
    entry = await start_house(hass)
    hass.config_entries.async_remove_subentry(entry, "carport")
    await until(hass, lambda: "carport" not in entry.runtime_data.chargers)

    assert hass.states.get("sensor.carport_state") is None
    assert er.async_get(hass).async_get("sensor.carport_state") is None
    assert dr.async_get(hass).async_get_device_by_identifier((DOMAIN, "carport"), entry.entry_id) is None
    assert hass.states.get("sensor.garage_state").state == "ev_plugged"


async def test_entities_follow_a_charger_that_is_reached_in_another_way(hass: HomeAssistant):
    entry = await start_house(hass)
    show_charger(hass, "Annex", "charging", 8.0)
    old = entry.subentries["carport"]
    driver = {**old.data["driver"], "state": "sensor.box_annex", "currents": ["sensor.box_annex_l1"]}
    hass.config_entries.async_update_subentry(entry, old, data={**old.data, "driver": driver})

    await until_state(hass, "sensor.carport_current_l1", "8.0")
    assert hass.states.get("sensor.carport_state").state == "ev_plugged"
    assert hass.states.get("sensor.carport_state_2") is None


async def test_energy_goes_on_after_a_restart(hass: HomeAssistant):
    stored = {"wh": 12_345.0, "totals": {"garage": 99_000.0}, "sessions": {}}
    mock_restore_cache_with_extra_data(hass, ((State("sensor.home_car_energy", "12.345"), stored),))
    await start_house(hass)

    assert hass.states.get("sensor.home_car_energy").state == "12.345"


async def average_state(hass: HomeAssistant, name: str) -> State:
    """The sensor of an average power once it tells something."""
    await until(hass, lambda: hass.states.get(f"sensor.{name}_average_power").state != "unknown")
    return hass.states.get(f"sensor.{name}_average_power")


async def test_an_average_power_is_shown_where_it_is_limited(hass: HomeAssistant):
    entry = await start_house(hass, cellar=True, average={"watts": 9000.0, "minutes": 15})
    state = await average_state(hass, "home")
    assert float(state.state) == pytest.approx(entry.runtime_data.site.data.averages["main"])
    assert float(state.state) > 0
    assert (state.attributes["limit"], state.attributes["minutes"]) == (9000.0, 15)
    assert state.attributes["unit_of_measurement"] == "W"
    assert hass.states.get("sensor.cellar_average_power") is None


async def test_averages_come_and_go_with_their_limits(hass: HomeAssistant):
    entry = await start_house(hass, cellar=True)
    assert hass.states.get("sensor.home_average_power") is None

    cellar = entry.subentries["cellar"]
    plain = dict(cellar.data)
    limited = {**plain, "average": {"watts": 4000.0, "minutes": 60}}
    hass.config_entries.async_update_subentry(entry, cellar, data=limited)
    await hass.async_block_till_done()
    entity = er.async_get(hass).async_get("sensor.cellar_average_power")
    assert entity.device_id == device_id(hass, entry, "cellar")
    assert entity.config_subentry_id == "cellar"

    hass.config_entries.async_update_subentry(entry, entry.subentries["cellar"], data=plain)
    await hass.async_block_till_done()
    assert er.async_get(hass).async_get("sensor.cellar_average_power") is None


async def test_pauses_of_a_session(hass: HomeAssistant):
    entry = await start_house(hass)
    await enable(hass, entry, "sensor.garage_pauses")
    await until_state(hass, "sensor.garage_pauses", "0")
    runner = entry.runtime_data
    outlets = runner.state.outlets
    runner.state = replace(runner.state, outlets={**outlets, "garage": replace(outlets["garage"], stops=3)})
    runner.site.async_update_listeners()
    assert hass.states.get("sensor.garage_pauses").state == "3"
