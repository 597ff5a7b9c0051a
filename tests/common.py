"""A running site made of entities: a meter of three sensors, and chargers of a few sensors and an input number each."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from time import time
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component

from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.devices import LIBRARY
from custom_components.ev_charger_pool.drivers.profile_library import Library, meter_profiles
from custom_components.ev_charger_pool.drivers.profile_model import ChargerProfile
from tests.houses import add_site, charger, circuit, show

PATIENCE = 10.0
"""Seconds to wait for something that has to happen; it usually takes 0.3 s, with an unchanged decision 5 s."""

CHARGERS = {"Garage": "l1_l2_l3", "Carport": "l2"}
"""Name of the charger to its wiring."""

METERS = {"mains": (7.0, 8.0, 9.0), "cellar": (1.0, 1.5, 2.0)}
"""Prefix of the sensors to what they show."""

SILENT = 20.0
"""Seconds after which nobody trusts a meter any more."""


def currents(prefix: str, phases: int = 3) -> list[str]:
    """The entity ids of currents."""
    return [f"sensor.{prefix}_l{phase + 1}" for phase in range(phases)]


def show_currents(hass: HomeAssistant, prefix: str, *amperes: float | None, ago: float = 0.0) -> None:
    """Let sensors report currents some seconds ago; None is unavailable."""
    for entity_id, value in zip(currents(prefix), amperes, strict=False):
        state = "unavailable" if value is None else str(value)
        hass.states.async_set(entity_id, state, {"unit_of_measurement": "A"}, timestamp=time() - ago)


def show_charger(hass: HomeAssistant, name: str, state: str, *amperes: float | None) -> None:
    """Let a charger report a state and its currents."""
    show(hass, f"sensor.box_{name.lower()}", state)
    show_currents(hass, f"box_{name.lower()}", *amperes)


def show_house(hass: HomeAssistant, *amperes: float) -> None:
    """Let the main meter report, and then the chargers what they do since the start."""
    show_currents(hass, "mains", *amperes)
    show_charger(hass, "Garage", "charging", 6.0, 6.0, 6.0)
    show_charger(hass, "Carport", "free", 0.0)


def entity_charger(name: str, **changes: Any) -> dict[str, Any]:
    """The data of a charger made of entities."""
    box = f"box_{name.lower()}"
    phases = 3 if CHARGERS.get(name) == "l1_l2_l3" else 1
    return {
        "kind": "entities",
        "state": f"sensor.{box}",
        "state_map": {"free": "A", "plugged": "B", "charging": "C", "fault": "E"},
        "currents": currents(box, phases),
        "limit": f"input_number.{box}",
        "minimum": 6.0,
        "maximum": 16.0,
        "step": 1.0,
        **changes,
    }


async def start_house(
    hass: HomeAssistant, *, cellar: bool = False, silent: Collection[str] = (), **changes: Any
) -> ConfigEntry:
    """Set up a site with a meter and two chargers, all of which have reported.

    The house takes 1 A, 2 A and 3 A, the car at the garage 6 A on each line.

    Args:
        hass: Home Assistant.
        cellar: Whether there is a metered circuit below the main fuse.
        silent: Prefixes of the meters that have said nothing for longer than they may.
        **changes: Of the entry's data.
    """
    boxes = {
        f"box_{name.lower()}": {"min": 0, "max": 32, "unit_of_measurement": "A", "initial": 6} for name in CHARGERS
    }
    assert await async_setup_component(hass, "input_number", {"input_number": boxes})
    for prefix, amperes in METERS.items():
        show_currents(hass, prefix, *amperes, ago=SILENT if prefix in silent else 0.0)
    show_charger(hass, "Garage", "charging", 6.0, 6.0, 6.0)
    show_charger(hass, "Carport", "free", 0.0)
    subentries = [charger(name, entity_charger(name), None, wiring=wiring) for name, wiring in CHARGERS.items()]
    if cellar:
        subentries.append(circuit("Cellar", meter={"kind": "entities", "currents": currents("cellar")}))
    entry = add_site(hass, *subentries, meter={"kind": "entities", "currents": currents("mains")}, **changes)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await until(hass, lambda: all(device.online for device in devices(entry)) and decided(entry))
    return entry


async def enable(hass: HomeAssistant, entry: ConfigEntry, *entity_ids: str) -> None:
    """Enable entities of a running site, which starts anew with them."""
    for entity_id in entity_ids:
        er.async_get(hass).async_update_entity(entity_id, disabled_by=None)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await until(hass, lambda: decided(entry))


def devices(entry: ConfigEntry) -> list[Any]:
    """The coordinators of all devices."""
    return [*entry.runtime_data.meters.values(), *entry.runtime_data.chargers.values()]


def decided(entry: ConfigEntry) -> bool:
    """Whether every charger has been decided on with all meters heard."""
    outcome = entry.runtime_data.site.data
    return (
        outcome is not None
        and outcome.decisions.keys() == entry.runtime_data.chargers.keys()
        and outcome.circuits.keys() == entry.runtime_data.meters.keys()
        and all(meter.seen for meter in entry.runtime_data.state.meters.values())
        and not any(decision.reason.why == "unreachable" for decision in outcome.decisions.values())
    )


async def until(hass: HomeAssistant, happened: Callable[[], bool]) -> None:
    """Wait for something that has to happen within PATIENCE."""
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110 - nothing tells of it but what is looked at
            await asyncio.sleep(0.02)
    await hass.async_block_till_done()


async def until_state(hass: HomeAssistant, entity_id: str, state: str) -> State:
    """Wait for an entity to show a state."""
    try:
        await until(hass, lambda: (found := hass.states.get(entity_id)) is not None and found.state == state)
    except TimeoutError:
        raise AssertionError(f"{entity_id} is {hass.states.get(entity_id)}, not {state}") from None
    return hass.states.get(entity_id)


def device_id(hass: HomeAssistant, entry: ConfigEntry, key: str) -> str:
    """The id of the device of a charger, a circuit or, with the entry's id, the site."""
    return dr.async_get_device_id_by_identifier(hass, (DOMAIN, key), config_entry_id=entry.entry_id)


def know_chargers(hass: HomeAssistant, chargers: Mapping[str, ChargerProfile]) -> None:
    """Let these be the chargers that are known over Modbus."""
    hass.data[LIBRARY] = Library(chargers, meter_profiles(), {})
