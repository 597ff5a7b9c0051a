"""Control of the site, and which chargers take part."""

from homeassistant.core import HomeAssistant

from tests.common import start_house, until_state


async def turn(hass: HomeAssistant, entity_id: str, *, on: bool) -> None:
    action = "turn_on" if on else "turn_off"
    await hass.services.async_call("switch", action, {"entity_id": entity_id}, blocking=True)


async def test_a_new_site_only_watches(hass: HomeAssistant):
    entry = await start_house(hass, raise_hold=0)

    assert hass.states.get("switch.home_control").state == "off"
    assert hass.states.get("sensor.garage_allocated_current").state == "16.0"
    assert hass.states.get("input_number.box_garage").state == "6.0"
    assert not entry.runtime_data.choices.control


async def test_control_sets_chargers_until_it_is_turned_off(hass: HomeAssistant):
    entry = await start_house(hass, raise_hold=0)
    await turn(hass, "switch.home_control", on=True)

    assert hass.states.get("switch.home_control").state == "on"
    await until_state(hass, "input_number.box_garage", "16.0")
    assert entry.runtime_data.state.outlets["garage"].number >= 1

    await turn(hass, "switch.home_control", on=False)
    assert hass.states.get("switch.home_control").state == "off"
    assert hass.states.get("input_number.box_garage").state == "6.0"


async def test_a_charger_that_is_not_balanced_is_left_alone(hass: HomeAssistant):
    entry = await start_house(hass, raise_hold=0)
    await turn(hass, "switch.garage_take_part_in_balancing", on=False)
    await turn(hass, "switch.home_control", on=True)

    state = await until_state(hass, "sensor.garage_reason", "disabled")
    assert state.attributes["sentence"] == "Not balanced, it counts as a load of the house"
    assert hass.states.get("switch.garage_take_part_in_balancing").state == "off"
    assert hass.states.get("input_number.box_garage").state == "6.0"
    assert not entry.runtime_data.state.outlets["garage"].charger.enabled

    await turn(hass, "switch.garage_take_part_in_balancing", on=True)
    await until_state(hass, "input_number.box_garage", "16.0")


async def test_control_can_be_turned_off_while_nothing_can_be_decided(hass: HomeAssistant):
    entry = await start_house(hass)
    await turn(hass, "switch.home_control", on=True)
    entry.runtime_data.site.fail()
    assert hass.states.get("sensor.home_mains_current_l1").state == "unavailable"
    assert hass.states.get("switch.home_control").state == "on"

    await turn(hass, "switch.home_control", on=False)
    assert hass.states.get("switch.home_control").state == "off"
