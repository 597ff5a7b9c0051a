"""The device page says what a charger does once it hears nothing."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.ev_charger_pool.fall_back_sensors import expiry_of
from custom_components.ev_charger_pool.pool.model import Capability, Expiry
from demo.house import KEBA
from tests.virtual_house import DRIVERS, VirtualHouse

HEARD = 15
"""Seconds until every charger has answered and the sensors show it."""


def current(house: VirtualHouse, name: str) -> str | None:
    state = house.hass.states.get(f"sensor.{name}_fall_back_current")
    return None if state is None else state.state


async def test_each_kind_of_charger(hass: HomeAssistant, house: VirtualHouse) -> None:
    await house.set_up(control=False)
    await house.pass_time(HEARD)
    found = {name: house.shows(f"sensor.{name}_if_home_assistant_stops") for name in DRIVERS}
    assert found == {"alfen": "fall_back", "abb": "stops", "keba": "keeps_limit"}
    assert {name: current(house, name) for name in DRIVERS} == {"alfen": "6.0", "abb": None, "keba": None}
    assert hass.states.get("sensor.alfen_if_home_assistant_stops").attributes["after"] == 60
    assert hass.states.get("sensor.keba_if_home_assistant_stops").attributes["after"] is None
    entity = er.async_get(hass).async_get("sensor.alfen_if_home_assistant_stops")
    assert entity.entity_category == "diagnostic"


async def test_it_follows_what_is_set(hass: HomeAssistant, house: VirtualHouse) -> None:
    house.entry.add_to_hass(hass)
    data = {**house.entry.subentries[KEBA].data, "fall_back": {"amperes": 8.0, "timeout": 60.0}}
    hass.config_entries.async_update_subentry(house.entry, house.entry.subentries[KEBA], data=data)
    await house.set_up(control=False)
    await house.pass_time(HEARD)
    state = hass.states.get("sensor.keba_if_home_assistant_stops")
    assert (state.state, state.attributes["wanted"]) == ("keeps_limit", 8)
    await house.turn_control(on=True)
    assert await house.pass_time(60, lambda: current(house, KEBA) == "8.0")
    state = hass.states.get("sensor.keba_if_home_assistant_stops")
    assert (state.state, state.attributes["after"]) == ("fall_back", 60)


async def test_a_charger_that_does_not_answer_is_not_said_to_do_anything(house: VirtualHouse) -> None:
    await house.set_up(control=False)
    await house.pass_time(HEARD)
    await house.demo.devices[KEBA].unplug()
    assert await house.pass_time(30, lambda: house.shows("sensor.keba_if_home_assistant_stops") == "unavailable")


@pytest.mark.parametrize(
    ("capability", "does"),
    [
        (Capability(), Expiry.KEEPS_LIMIT),
        (Capability(expiry=Expiry.STOPS), Expiry.STOPS),
        (Capability(expiry=Expiry.FALL_BACK), Expiry.FALL_BACK),
        (Capability(expiry=Expiry.FALL_BACK, fall_back=6.0), Expiry.FALL_BACK),
        (Capability(expiry=Expiry.FALL_BACK, fall_back=0.0), Expiry.STOPS),
    ],
)
def test_to_go_to_nothing_is_to_stop(capability: Capability, does: Expiry) -> None:
    assert expiry_of(capability) is does
