"""The energy that went into all cars, counted over restarts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.core import callback
from homeassistant.helpers.restore_state import ExtraStoredData, RestoreEntity

from .entity import SiteEntity, names
from .pool.energy import EnergyCount
from .runner import PoolConfigEntry
from .sensor_descriptions import EnergyDescription
from .total_sensors import readings

ENERGY: EnergyDescription[EnergyCount, float] = EnergyDescription(
    key="ev_energy", translation_key="ev_energy", value_fn=lambda count: count.wh
)


@dataclass(frozen=True, slots=True)
class _StoredCount(ExtraStoredData):
    """What the sensor needs to go on after a restart."""

    count: EnergyCount

    @override
    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"wh": self.count.wh, "totals": dict(self.count.totals), "sessions": dict(self.count.sessions)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """From what ``as_dict`` gave."""
        return cls(EnergyCount(wh=data["wh"], totals=data["totals"], sessions=data["sessions"]))


class EnergySensor(SiteEntity, RestoreEntity, SensorEntity):
    """The energy that went into all cars since counting began."""

    _unrecorded_attributes = frozenset({"missing"})
    _count = EnergyCount()
    entity_description: EnergyDescription[EnergyCount, float]

    def __init__(self, entry: PoolConfigEntry) -> None:
        super().__init__(entry, ENERGY)

    @override
    async def async_added_to_hass(self) -> None:
        """Go on where the last run ended."""
        await super().async_added_to_hass()
        if (stored := await self.async_get_last_extra_data()) is not None:
            self._count = _StoredCount.from_dict(stored.as_dict()).count
        self._take_in()

    @property
    @override
    def extra_restore_state_data(self) -> _StoredCount:
        """Kept by Home Assistant until the next start."""
        return _StoredCount(self._count)

    @property
    @override
    def native_value(self) -> float:
        """Watt-hours."""
        return self.entity_description.value_fn(self._count)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """The chargers that have told neither a counter nor the energy of a session."""
        return {"missing": names(self.entry, [key for key in self.runner.chargers if not self._count.knows(key)])}

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self._take_in()
        super()._handle_coordinator_update()

    @callback
    def _take_in(self) -> None:
        self._count = self._count.count(reading for reading in readings(self.runner).values() if reading is not None)
