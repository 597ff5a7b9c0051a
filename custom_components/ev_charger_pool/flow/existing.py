"""What the sites already have: questions of the forms before they save something that has to fit in."""

from collections.abc import Iterator, Sequence
from itertools import chain

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant, callback

from ..addresses import in_network
from ..const import (
    CONF_CIRCUIT,
    CONF_CONNECTOR,
    CONF_CURRENTS,
    CONF_DRIVER,
    CONF_EXPORTS,
    CONF_FUSE,
    CONF_GRID,
    CONF_KIND,
    CONF_METER,
    CONF_MODEL,
    CONF_PARENT,
    CONF_POWERS,
    CONF_UNIT,
    CONF_WIRING,
    DOMAIN,
    KIND_ENTITIES,
    KIND_MAPPING,
    KIND_NETWORK,
    SUBENTRY_CHARGER,
    SUBENTRY_CIRCUIT,
)
from ..drivers.interface import Identity
from ..entry_data import ChargerDriverData, MeterData, ModbusData, NetworkData
from ..pool.model import MAIN, Grid
from ..wiring import WIRINGS, lines_of, wiring
from .forms import FormError, line_field, line_names


def circuit_names(entry: ConfigEntry) -> dict[str, str]:
    """Subentry id to name of the circuits below the main fuse."""
    return {circuit.subentry_id: circuit.title for circuit in entry.get_subentries_of_type(SUBENTRY_CIRCUIT)}


def is_gone(entry: ConfigEntry, circuit_id: str) -> bool:
    """Whether a circuit was deleted."""
    return circuit_id not in (MAIN, *entry.subentries)


def circuit_fuse(entry: ConfigEntry, circuit_id: str | None, field: str) -> list[float]:
    """Rated current per line of the circuit that was chosen in a field.

    Raises:
        FormError: Where the circuit is not there any more, or none was chosen instead of one that is gone.
    """
    if circuit_id is None or is_gone(entry, circuit_id):
        raise FormError("circuit_gone", field)
    data = entry.data if circuit_id == MAIN else entry.subentries[circuit_id].data
    return list(data[CONF_FUSE])


def check_place(entry: ConfigEntry, circuit_id: str | None, parent_id: str | None, fuse: Sequence[float]) -> None:
    """Refuse a place in the tree that a circuit cannot have.

    Args:
        entry: The site.
        circuit_id: Of a circuit that is being changed, None for a new one.
        parent_id: What it shall hang on, None where nothing was chosen.
        fuse: Its rated current per line.

    Raises:
        FormError: Where the parent is gone, hangs on the circuit itself or lacks one of its lines.
    """
    parent_fuse = circuit_fuse(entry, parent_id, CONF_PARENT)
    ancestor = parent_id
    while ancestor is not None and ancestor in entry.subentries:
        if ancestor == circuit_id:
            raise FormError("cycle", CONF_PARENT)
        ancestor = entry.subentries[ancestor].data[CONF_PARENT]
    for line in lines_of(fuse):
        if not parent_fuse[line] > 0:
            raise FormError("line_not_in_parent", line_field(CONF_FUSE, line))


def check_lines_free(entry: ConfigEntry, circuit_id: str, fuse: Sequence[float]) -> None:
    """Refuse to take a line from a circuit on which something behind it is connected, with no other circuit between.

    Raises:
        FormError: With the name of what uses the line.
    """
    for line, name in _lines_in_use(entry, circuit_id):
        if not fuse[line] > 0:
            raise FormError("line_in_use", line_field(CONF_FUSE, line), name=name, lines=line_names([line]))


def _lines_in_use(entry: ConfigEntry, circuit_id: str) -> Iterator[tuple[int, str]]:
    for circuit in entry.get_subentries_of_type(SUBENTRY_CIRCUIT):
        if _nearest(entry, circuit.data[CONF_PARENT]) == circuit_id:
            yield from ((line, circuit.title) for line in lines_of(circuit.data[CONF_FUSE]))
    for charger in entry.get_subentries_of_type(SUBENTRY_CHARGER):
        if _nearest(entry, charger.data[CONF_CIRCUIT]) == circuit_id:
            phases = wiring(Grid(entry.data[CONF_GRID]), charger.data[CONF_WIRING]) or ()
            yield from ((line, charger.title) for phase in phases for line in sorted(phase))


def _nearest(entry: ConfigEntry, circuit_id: str) -> str:
    """The circuit, or where it was deleted the one above it that is still there."""
    remembered = entry.runtime_data.choices.circuits if entry.state is ConfigEntryState.LOADED else {}
    while is_gone(entry, circuit_id):
        circuit_id = remembered[circuit_id]["data"][CONF_PARENT] if circuit_id in remembered else MAIN
    return circuit_id


def check_grid(entry: ConfigEntry, grid: Grid) -> None:
    """Refuse a kind of grid that does not have the wiring of a charger.

    Raises:
        FormError: With the name of the charger.
    """
    for charger in entry.get_subentries_of_type(SUBENTRY_CHARGER):
        key = charger.data[CONF_WIRING]
        if wiring(Grid(entry.data[CONF_GRID]), key) is not None and key not in WIRINGS[grid]:
            raise FormError("wiring_not_on_grid", CONF_GRID, name=charger.title)


@callback
def find_charger(
    hass: HomeAssistant, unique_id: str | None, driver: ChargerDriverData
) -> tuple[ConfigEntry, ConfigSubentry] | None:
    """The charger with this unique id in any site; one that tells no serial number is known by its address."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        for charger in entry.get_subentries_of_type(SUBENTRY_CHARGER):
            if unique_id is None:
                if _address(charger.data[CONF_DRIVER]) == _address(driver):
                    return entry, charger
            elif charger.unique_id == unique_id:
                return entry, charger
    return None


def _address(driver: ChargerDriverData) -> tuple[str, ...]:
    if driver[CONF_KIND] == KIND_ENTITIES:
        return (driver["limit"],)
    if driver[CONF_KIND] == KIND_MAPPING:
        return tuple(sorted(driver["entities"].values()))
    where = (driver["host"].lower(), str(driver["port"]), str(driver[CONF_CONNECTOR]))
    return where if driver[CONF_KIND] == KIND_NETWORK else (*where, str(driver[CONF_UNIT]))


@callback
def online_devices(hass: HomeAssistant) -> list[tuple[ModbusData | NetworkData, Identity]]:
    """The meters and sockets of all sites that answer on the network now, and who they are."""
    return [
        (device.driver_data, device.identity)
        for entry in hass.config_entries.async_loaded_entries(DOMAIN)
        for device in (*entry.runtime_data.meters.values(), *entry.runtime_data.chargers.values())
        if device.online and in_network(device.driver_data)
    ]


@callback
def check_meter_free(hass: HomeAssistant, meter: MeterData, own: tuple[str, str | None] | None) -> None:
    """Refuse a meter that already measures another circuit.

    Args:
        hass: Home Assistant.
        meter: The meter asked for.
        own: Entry id and subentry id (None for the main fuse) of the circuit that is being changed.

    Raises:
        FormError: With the name of the site or circuit.
    """
    for place, name, known in _meters(hass):
        if place != own and measured_by(known) & measured_by(meter):
            raise FormError("meter_in_use", name=name)


def _meters(hass: HomeAssistant) -> Iterator[tuple[tuple[str, str | None], str, MeterData]]:
    for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False):
        yield (entry.entry_id, None), entry.title, entry.data[CONF_METER]
        for circuit in entry.get_subentries_of_type(SUBENTRY_CIRCUIT):
            if CONF_METER in circuit.data:
                yield (entry.entry_id, circuit.subentry_id), circuit.title, circuit.data[CONF_METER]


@callback
def measured_elsewhere(hass: HomeAssistant, own: tuple[str, str | None] | None) -> set[str]:
    """What measures circuits other than one's own."""
    return {source for place, _, known in _meters(hass) if place != own for source in measured_by(known)}


def measured_by(meter: MeterData) -> set[str]:
    """What makes it this meter; voltages may be shared between circuits."""
    if meter[CONF_KIND] == KIND_ENTITIES:
        listed = (meter.get(CONF_CURRENTS, ()), meter.get(CONF_POWERS, ()), meter.get(CONF_EXPORTS, ()))
        return {source for source in chain.from_iterable(listed) if source}
    which = meter[CONF_MODEL] if meter[CONF_KIND] == KIND_NETWORK else meter[CONF_UNIT]
    return {f"{meter['host'].lower()}:{meter['port']}/{which}"}
