"""Sensors of what a charger can do, whatever it does now."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription
from homeassistant.const import EntityCategory, UnitOfElectricCurrent, UnitOfTime
from homeassistant.core import HomeAssistant

from .coordinator import ChargerCoordinator
from .drivers.profile_model import Confidence, PauseKind
from .entity import ChargerEntity
from .pool.model import Notice
from .runner import PoolConfigEntry

CHOSEN = "chosen"
"""How well a charger is known whose entities the user has picked."""


class Measured(StrEnum):
    """The currents that a charger tells."""

    PHASES = "phases"
    NOTHING = "nothing"


class OwnBalancing(StrEnum):
    """Whether a charger shares or follows power by itself: two that balance on one fuse work against each other."""

    NONE = "none"
    """It has none that is known."""
    POSSIBLE = "possible"
    """It can, and does not tell whether it does."""
    ACTIVE = "active"
    """It does now, as it says itself."""


class LimitMemory(StrEnum):
    """Where a charger keeps its limit."""

    VOLATILE = "volatile"
    STORED = "stored"
    """In a memory that wears out."""


def _own_balancing(charger: ChargerCoordinator) -> OwnBalancing:
    if Notice.OWN_BALANCING in charger.notices:
        return OwnBalancing.ACTIVE
    return OwnBalancing.POSSIBLE if charger.facts.balances_itself else OwnBalancing.NONE


@dataclass(frozen=True, kw_only=True)
class CapabilityDescription(SensorEntityDescription):
    """Something that a charger can do.

    Args:
        value_fn: From the charger to it.
    """

    value_fn: Callable[[ChargerCoordinator], str | float]
    entity_category: EntityCategory | None = EntityCategory.DIAGNOSTIC


def _one_of(key: str, options: list[str], value_fn: Callable[[ChargerCoordinator], str]) -> CapabilityDescription:
    return CapabilityDescription(
        key=key, translation_key=key, device_class=SensorDeviceClass.ENUM, options=options, value_fn=value_fn
    )


def _seconds(key: str, value_fn: Callable[[ChargerCoordinator], float]) -> CapabilityDescription:
    return CapabilityDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        value_fn=value_fn,
    )


CAPABILITIES = (
    _one_of("confidence", [*Confidence, CHOSEN], lambda charger: charger.facts.confidence or CHOSEN),
    _one_of(
        "measured",
        [*Measured],
        lambda charger: Measured.PHASES if charger.driver.capability.measures else Measured.NOTHING,
    ),
    _one_of("own_balancing", [*OwnBalancing], _own_balancing),
    _one_of("pause_kind", [*PauseKind], lambda charger: charger.facts.pause),
    _one_of(
        "limit_memory",
        [*LimitMemory],
        lambda charger: LimitMemory.STORED if charger.driver.capability.stored else LimitMemory.VOLATILE,
    ),
    CapabilityDescription(
        key="limit_step",
        translation_key="limit_step",
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=1,
        value_fn=lambda charger: charger.driver.capability.step,
    ),
    _seconds("poll_interval", lambda charger: charger.driver.capability.poll_interval),
    _seconds("write_interval", lambda charger: charger.driver.capability.write_interval),
)


def capability_sensors(hass: HomeAssistant, entry: PoolConfigEntry, charger: str) -> list[SensorEntity]:
    """One for each capability, for every charger."""
    return [CapabilitySensor(hass, entry, charger, description) for description in CAPABILITIES]


class CapabilitySensor(ChargerEntity, SensorEntity):
    """Something that the charger can do."""

    entity_description: CapabilityDescription

    @property
    @override
    def native_value(self) -> str | float:
        """As the charger's kind is known, and as it has told of itself."""
        return self.entity_description.value_fn(self.coordinator)
