"""What the average power of the running quarter-hour or hour comes to; there where a limit is set for it."""

from collections.abc import Mapping, Set as AbstractSet
from typing import Any, override

from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN, SensorEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import CONF_AVERAGE, CONF_METER, DOMAIN
from .entity import CircuitEntity, owner_of, unique_id
from .entry_data import AverageData
from .pool.control import Outcome
from .pool.model import MAIN
from .runner import PoolConfigEntry
from .sensor_descriptions import PowerDescription, ValueDescription
from .site import circuit_ids

type AverageDescription = ValueDescription[Outcome, Mapping[str, float]]

AVERAGE_POWER: AverageDescription = PowerDescription(
    key="average_power", translation_key="average_power", value_fn=lambda outcome: outcome.averages
)


@callback
def async_follow_averages(
    hass: HomeAssistant, entry: PoolConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensor of every average that is limited, and fit them to the entry whenever it changes."""
    added: set[str] = set()

    @callback
    def fit() -> None:
        limited = {circuit for circuit in circuit_ids(entry) if _average(entry, circuit) is not None}
        _forget_all_but(hass, entry, limited)
        for circuit in sorted(limited - added):
            subentry = None if circuit == MAIN else circuit
            async_add_entities([AverageSensor(hass, entry, circuit, AVERAGE_POWER)], config_subentry_id=subentry)
        added.clear()
        added.update(limited)

    async def changed(_hass: HomeAssistant, _entry: PoolConfigEntry) -> None:
        fit()

    fit()
    entry.async_on_unload(entry.add_update_listener(changed))


def _average(entry: PoolConfigEntry, circuit: str) -> AverageData | None:
    """The limit of a circuit with a meter."""
    data = entry.data if circuit == MAIN else entry.subentries[circuit].data
    average: AverageData | None = data.get(CONF_AVERAGE) if CONF_METER in data else None
    return average


def _forget_all_but(hass: HomeAssistant, entry: PoolConfigEntry, limited: AbstractSet[str]) -> None:
    """Remove the sensors of averages that are not limited any more."""
    registry = er.async_get(hass)
    for circuit in circuit_ids(entry):
        gone = unique_id(owner_of(entry, circuit), AVERAGE_POWER.key)
        entity_id = registry.async_get_entity_id(SENSOR_DOMAIN, DOMAIN, gone)
        if circuit not in limited and entity_id is not None:
            registry.async_remove(entity_id)


class AverageSensor(CircuitEntity, SensorEntity):
    """What the average of the running window comes to if the power stays as it is."""

    entity_description: AverageDescription

    @property
    @override
    def native_value(self) -> float | None:
        """Watts; None before the first decision."""
        outcome = self.coordinator.data
        return None if outcome is None else self.entity_description.value_fn(outcome).get(self.circuit)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """The limit and the time that it is averaged over."""
        average = _average(self.entry, self.circuit)
        return None if average is None else {"limit": average["watts"], "minutes": average["minutes"]}
