"""A charger of a known integration in a running site."""

from homeassistant.core import HomeAssistant

from tests.common import show_currents, start_house, until
from tests.mappings.box import Box


async def test_it_is_read_and_set(hass: HomeAssistant) -> None:
    """Control is turned on: what the pool decides arrives at the integration, in its own words."""
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

    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.home_control"}, blocking=True)
    show_currents(hass, "mains", 30.0, 30.0, 30.0)
    await until(hass, lambda: any(call.data["value"] == 6 for call in box.calls))
    assert {call.data["entity_id"] for call in box.calls} == {"number.box_limit"}
