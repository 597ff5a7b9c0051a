"""The device page says what a charger can do."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.ev_charger_pool.capability_sensors import CAPABILITIES
from demo.house import KEBA
from tests.forms import TEXTS
from tests.virtual_house import DRIVERS, VirtualHouse

HEARD = 15
"""Seconds until every charger has answered and the sensors show it."""
NAMES = {
    description.key: TEXTS["entity"]["sensor"][description.key]["name"].lower().replace(" ", "_")
    for description in CAPABILITIES
}


def shown(house: VirtualHouse, name: str) -> dict[str, str]:
    return {key: house.shows(f"sensor.{name}_{entity}") for key, entity in NAMES.items()}


async def test_each_kind_of_charger(hass: HomeAssistant, house: VirtualHouse) -> None:
    await house.set_up(control=False)
    await house.pass_time(HEARD)
    usual = {
        "confidence": "mixed",
        "measured": "phases",
        "own_balancing": "none",
        "pause_kind": "limit",
        "limit_memory": "volatile",
        "limit_step": "0.1",
        "poll_interval": "2",
        "write_interval": "0.0",
    }
    found = {name: shown(house, name) for name in DRIVERS}
    assert found == {
        "alfen": usual,
        "abb": usual,
        "keba": usual | {"pause_kind": "switch", "poll_interval": "5", "write_interval": "5"},
    }


async def test_they_are_diagnostic_and_shown(hass: HomeAssistant, house: VirtualHouse) -> None:
    await house.set_up(control=False)
    registry = er.async_get(hass)
    entities = [registry.async_get(f"sensor.keba_{entity}") for entity in NAMES.values()]
    assert {(entity.entity_category, entity.disabled_by) for entity in entities} == {("diagnostic", None)}


async def test_a_charger_that_does_not_answer_is_not_said_to_do_anything(house: VirtualHouse) -> None:
    await house.set_up(control=False)
    await house.pass_time(HEARD)
    await house.demo.devices[KEBA].unplug()
    assert await house.pass_time(30, lambda: set(shown(house, "keba").values()) == {"unavailable"})
