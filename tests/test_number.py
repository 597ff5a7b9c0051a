"""Limits that the user sets, and the order in which cars are served."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from tests.common import show_charger, start_house, until_state


async def set_value(hass: HomeAssistant, entity_id: str, value: float) -> None:
    await hass.services.async_call("number", "set_value", {"entity_id": entity_id, "value": value}, blocking=True)


async def test_the_fuse_limit_can_only_be_lower_than_the_fuse(hass: HomeAssistant):
    entry = await start_house(hass)
    number = hass.states.get("number.home_fuse_limit")
    assert (number.state, number.attributes["max"]) == ("25", 25)

    with pytest.raises(ServiceValidationError):
        await set_value(hass, "number.home_fuse_limit", 26)
    assert entry.runtime_data.choices.fuse_limit is None


async def test_the_fuse_limit_binds_and_ends_at_the_fuse(hass: HomeAssistant):
    entry = await start_house(hass)
    await set_value(hass, "number.home_fuse_limit", 10)

    state = await until_state(hass, "sensor.garage_reason", "user_fuse")
    assert "fuse limit set for the house" in state.attributes["sentence"]
    assert hass.states.get("number.home_fuse_limit").state == "10.0"

    await set_value(hass, "number.home_fuse_limit", 25)
    await until_state(hass, "sensor.garage_reason", "unlimited")
    assert entry.runtime_data.choices.fuse_limit is None


async def test_the_users_cap_binds_and_ends_at_the_maximum(hass: HomeAssistant):
    entry = await start_house(hass)
    number = hass.states.get("number.garage_highest_current")
    assert (number.state, number.attributes["min"], number.attributes["max"]) == ("16.0", 6, 16)
    await set_value(hass, "number.garage_highest_current", 8)

    await until_state(hass, "sensor.garage_allocated_current", "8.0")
    assert hass.states.get("sensor.garage_reason").state == "user_cap"
    assert hass.states.get("number.garage_highest_current").state == "8.0"

    await set_value(hass, "number.garage_highest_current", 16)
    await until_state(hass, "sensor.garage_allocated_current", "16.0")
    assert entry.runtime_data.choices.charger("garage").user_cap is None


async def test_priority(hass: HomeAssistant):
    entry = await start_house(hass)
    await set_value(hass, "number.carport_priority", 3)

    assert hass.states.get("number.carport_priority").state == "3"
    assert entry.runtime_data.choices.charger("carport").priority == 3
    assert entry.runtime_data.choices.charger("garage").priority == 1


async def test_a_choice_can_be_made_while_the_charger_is_silent(hass: HomeAssistant):
    entry = await start_house(hass)
    for entity_id in ("sensor.box_carport", "sensor.box_carport_l1", "input_number.box_carport"):
        hass.states.async_set(entity_id, "unavailable")
    await until_state(hass, "sensor.carport_state", "missing")

    await set_value(hass, "number.carport_priority", 9)
    assert entry.runtime_data.choices.charger("carport").priority == 9


async def test_a_cap_below_the_cars_minimum_is_the_minimum(hass: HomeAssistant):
    entry = await start_house(hass)
    await set_value(hass, "number.garage_highest_current", 7)
    garage = entry.subentries["garage"]
    hass.config_entries.async_update_subentry(entry, garage, data={**garage.data, "car_minimum": 9.0})

    await until_state(hass, "sensor.garage_allocated_current", "9.0")
    show_charger(hass, "Garage", "charging", 7.0, 7.0, 7.0)
    number = await until_state(hass, "number.garage_highest_current", "9.0")
    assert (number.attributes["min"], number.attributes["max"]) == (9, 16)


async def test_choices_are_kept_while_the_charger_gets_another_address(hass: HomeAssistant):
    entry = await start_house(hass)
    old = entry.subentries["garage"]
    driver = {**old.data["driver"], "state": "sensor.box_annex"}
    hass.config_entries.async_update_subentry(entry, old, data={**old.data, "driver": driver})
    await set_value(hass, "number.garage_highest_current", 8)
    await set_value(hass, "number.garage_priority", 5)

    assert hass.states.get("number.garage_highest_current").state == "8.0"
    assert hass.states.get("number.garage_priority").state == "5"
    chosen = entry.runtime_data.choices.charger("garage")
    assert (chosen.user_cap, chosen.priority) == (8, 5)
