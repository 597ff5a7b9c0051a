"""A charger of a known integration in a running site."""

from dataclasses import replace

from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ev_charger_pool.devices import CHARGER_MAPPINGS, async_charger_mappings
from custom_components.ev_charger_pool.drivers.mapping_model import Pace
from tests.common import show_currents, start_house, until
from tests.mappings.box import Box


async def test_it_is_read_and_set(hass: HomeAssistant) -> None:
    """Control is turned on: what the pool decides arrives at the integration as its own actions."""
    mappings = await async_charger_mappings(hass)
    peblar = mappings["peblar"]
    hass.data[CHARGER_MAPPINGS] = {
        "peblar": replace(peblar, roles=replace(peblar.roles, pace=Pace(write_interval=0.1)))
    }
    entry = await start_house(hass)
    box = Box(hass, "peblar")
    box.listen("number.set_value")
    roles = {"state": "sensor.box_state", "limit": "number.box_limit", "charge": "switch.box_charge"}
    roles |= {f"current_l{phase}": f"sensor.box_l{phase}" for phase in (1, 2, 3)}
    driver = {
        "kind": "mapping",
        "mapping": "peblar",
        "entities": {role: box.sources[entity_id] for role, entity_id in roles.items()},
        "minimum": 6.0,
        "maximum": 16.0,
        "step": 1.0,
    }
    garage = entry.subentries["garage"]
    hass.config_entries.async_update_subentry(entry, garage, data={**garage.data, "driver": driver})
    await hass.async_block_till_done()
    coordinator = entry.runtime_data.chargers["garage"]
    await until(hass, lambda: coordinator.online and coordinator.data is not None)
    assert coordinator.data.amperes == (14.242, 14.0, 0.0)
    assert coordinator.data.limit == 16
    assert coordinator.identity is not None
    assert hass.states.get("sensor.garage_state").state == "ev_plugged"  # type: ignore[union-attr]

    calls = async_capture_events(hass, EVENT_CALL_SERVICE)
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.home_control"}, blocking=True)
    await until(hass, lambda: bool(box.calls))
    assert box.called() == [["number.set_value", {"entity_id": "number.box_limit", "value": 16.0}]]

    show_currents(hass, "mains", 50.0, 50.0, 50.0)
    paused = {"domain": "switch", "service": "turn_off", "service_data": {"entity_id": "switch.box_charge"}}
    await until(hass, lambda: any(paused.items() <= call.data.items() for call in calls))
