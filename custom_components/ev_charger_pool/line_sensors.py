"""Sensors for every line of the fuses that have a meter; they come and go with lines and meters."""

from collections.abc import Set as AbstractSet
from typing import override

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN, SensorEntity
from homeassistant.const import PERCENTAGE, EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import CONF_FUSE, CONF_METER, DOMAIN, SUBENTRY_CIRCUIT
from .entity import CircuitEntity, owner_of, unique_id
from .pool.model import LINES, MAIN, PerLine
from .pool.status import CircuitStatus
from .runner import PoolConfigEntry
from .sensor_descriptions import CurrentDescription, ValueDescription
from .total_sensors import EV_CURRENT, TotalSensor, ev_current_description
from .wiring import lines_of

type CircuitDescription = ValueDescription[CircuitStatus, PerLine]

MAINS_CURRENT: CircuitDescription = CurrentDescription(
    key="mains_current", translation_key="mains_current", value_fn=lambda status: status.amperes
)
CIRCUIT_CURRENT: CircuitDescription = CurrentDescription(
    key="circuit_current", translation_key="circuit_current", value_fn=lambda status: status.amperes
)
ALIKE: tuple[CircuitDescription, ...] = (
    CurrentDescription(key="headroom", translation_key="headroom", value_fn=lambda status: status.headroom),
    ValueDescription(
        key="breaker_heat",
        translation_key="breaker_heat",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda status: status.heat,
    ),
)
"""On the main fuse and on every other one."""

_KEYS = (EV_CURRENT, MAINS_CURRENT.key, CIRCUIT_CURRENT.key, *(description.key for description in ALIKE))


@callback
def async_follow_lines(
    hass: HomeAssistant, entry: PoolConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of all lines that are measured, and fit them to the entry whenever it changes."""
    added: set[tuple[str, int]] = set()

    @callback
    def fit() -> None:
        measured = _measured_lines(entry)
        _forget_all_but(hass, entry, measured)
        for circuit, line in sorted(measured - added):
            subentry = None if circuit == MAIN else circuit
            async_add_entities(_line_sensors(hass, entry, circuit, line), config_subentry_id=subentry)
        added.clear()
        added.update(measured)

    async def changed(_hass: HomeAssistant, _entry: PoolConfigEntry) -> None:
        fit()

    fit()
    entry.async_on_unload(entry.add_update_listener(changed))


def _measured_lines(entry: PoolConfigEntry) -> set[tuple[str, int]]:
    """Id of the circuit and line."""
    fuses = {MAIN: entry.data[CONF_FUSE]} | {
        circuit.subentry_id: circuit.data[CONF_FUSE]
        for circuit in entry.get_subentries_of_type(SUBENTRY_CIRCUIT)
        if CONF_METER in circuit.data
    }
    return {(circuit, line) for circuit, fuse in fuses.items() for line in lines_of(fuse)}


def _line_sensors(hass: HomeAssistant, entry: PoolConfigEntry, circuit: str, line: int) -> list[SensorEntity]:
    current = MAINS_CURRENT if circuit == MAIN else CIRCUIT_CURRENT
    sensors: list[SensorEntity] = [
        LineSensor(hass, entry, circuit, description, line) for description in (current, *ALIKE)
    ]
    if circuit == MAIN:
        sensors.append(TotalSensor(entry, ev_current_description(line), line))
    return sensors


def _forget_all_but(hass: HomeAssistant, entry: PoolConfigEntry, measured: AbstractSet[tuple[str, int]]) -> None:
    """Remove the sensors of lines that are not measured any more."""
    registry = er.async_get(hass)
    circuits = (MAIN, *(circuit.subentry_id for circuit in entry.get_subentries_of_type(SUBENTRY_CIRCUIT)))
    for circuit in circuits:
        for line in range(LINES):
            if (circuit, line) in measured:
                continue
            for key in _KEYS:
                gone = unique_id(owner_of(entry, circuit), key, line)
                if (entity_id := registry.async_get_entity_id(SENSOR_DOMAIN, DOMAIN, gone)) is not None:
                    registry.async_remove(entity_id)


class LineSensor(CircuitEntity, SensorEntity):
    """What the meter of a fuse says about a line."""

    entity_description: CircuitDescription

    def __init__(
        self, hass: HomeAssistant, entry: PoolConfigEntry, circuit: str, description: CircuitDescription, line: int
    ) -> None:
        super().__init__(hass, entry, circuit, description, line)
        self.line = line

    @property
    @override
    def native_value(self) -> float | None:
        """None while it is not known."""
        outcome = self.coordinator.data
        status = None if outcome is None else outcome.circuits.get(self.circuit)
        return None if status is None else self.entity_description.value_fn(status)[self.line]
