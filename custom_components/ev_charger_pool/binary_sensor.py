"""Binary sensors: what is wrong with the site, and what the cars do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import LINE_NAMES
from .entity import ChargerEntity, SiteEntity, async_add_per_charger
from .meter_trouble import silent_lines
from .pool.model import ChargerReading
from .pool.vehicle import charging, connected
from .runner import PoolConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ChargerBinarySensorDescription(BinarySensorEntityDescription):
    """A yes or no that a charger tells."""

    value_fn: Callable[[ChargerReading | None], bool | None]


CHARGER: tuple[ChargerBinarySensorDescription, ...] = (
    ChargerBinarySensorDescription(
        key="ev_connected",
        translation_key="ev_connected",
        device_class=BinarySensorDeviceClass.PLUG,
        value_fn=connected,
    ),
    ChargerBinarySensorDescription(
        key="charging", device_class=BinarySensorDeviceClass.BATTERY_CHARGING, value_fn=charging
    ),
)

OVERLOAD = BinarySensorEntityDescription(
    key="overload", translation_key="overload", device_class=BinarySensorDeviceClass.PROBLEM
)

METER_PROBLEM = BinarySensorEntityDescription(
    key="meter_problem",
    translation_key="meter_problem",
    device_class=BinarySensorDeviceClass.PROBLEM,
    entity_category=EntityCategory.DIAGNOSTIC,
)


async def async_setup_entry(
    hass: HomeAssistant, entry: PoolConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the binary sensors."""
    async_add_entities([OverloadSensor(entry, OVERLOAD), MeterProblemSensor(entry, METER_PROBLEM)])
    async_add_per_charger(
        hass,
        entry,
        async_add_entities,
        lambda key: [ChargerBinarySensor(hass, entry, key, description) for description in CHARGER],
    )


class ChargerBinarySensor(ChargerEntity, BinarySensorEntity):
    """A yes or no that a charger tells."""

    entity_description: ChargerBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """None where the charger does not tell."""
        return self.entity_description.value_fn(self.coordinator.heard)


class OverloadSensor(SiteEntity, BinarySensorEntity):
    """Whether any metered fuse carries more than it is rated for."""

    @property
    @override
    def is_on(self) -> bool | None:
        """None where nothing is over its fuse as far as is known, but not all is known."""
        if self._overloaded:
            return True
        return False if self._known else None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """The overloaded lines."""
        return {"lines": self._overloaded}

    @property
    def _overloaded(self) -> list[str]:
        outcome = self.coordinator.data
        return [
            f"{circuit.name} {LINE_NAMES[line]}"
            for circuit in self.runner.state.settings.site.circuits
            if outcome is not None and (status := outcome.circuits.get(circuit.id)) is not None
            for line, amperes in enumerate(status.amperes)
            if amperes is not None and abs(amperes) > circuit.fuse[line]
        ]

    @property
    def _known(self) -> bool:
        outcome = self.coordinator.data
        return outcome is not None and not any(status.stale for status in outcome.circuits.values())


class MeterProblemSensor(SiteEntity, BinarySensorEntity):
    """Whether a meter, or a line of it, is not heard."""

    @property
    @override
    def is_on(self) -> bool:
        """Whether anything is silent for longer than allowed."""
        return bool(silent_lines(self.runner))

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """By circuit the silent lines."""
        silent = silent_lines(self.runner)
        return {
            "stale": {
                circuit.name: [LINE_NAMES[line] for line in silent[circuit.id]]
                for circuit in self.runner.state.settings.site.circuits
                if circuit.id in silent
            }
        }
