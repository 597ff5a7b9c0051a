"""Sensors of a charger: what it says, and what the pool decided for it."""

from collections.abc import Mapping
from functools import partial
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import ChargerCoordinator
from .entity import ChargerDecisionEntity, ChargerEntity
from .explanation import details, explain
from .fall_back_sensors import FALL_BACK, FallBackSensor
from .pool.model import LINES, ChargerReading, Decision, Why
from .pool.outlet import Outlet
from .pool.vehicle import EvState, ev_state
from .runner import PoolConfigEntry, new_device_signal
from .sensor_descriptions import CurrentDescription, EnergyDescription, PowerDescription, ValueDescription

type ToldDescription = ValueDescription[ChargerReading, float | None]


def _phase_current(phase: int) -> ToldDescription:
    return CurrentDescription(key="current", translation_key="current", value_fn=lambda reading: reading.amperes[phase])


TOLD: tuple[tuple[ToldDescription, int | None], ...] = (
    *((_phase_current(phase), phase) for phase in range(LINES)),
    (CurrentDescription(key="limit", translation_key="limit", value_fn=lambda reading: reading.limit), None),
    (PowerDescription(key="power", value_fn=lambda reading: reading.watts), None),
    (
        EnergyDescription(
            key="session_energy", translation_key="session_energy", value_fn=lambda reading: reading.session_wh
        ),
        None,
    ),
    (
        EnergyDescription(
            key="total_energy",
            translation_key="total_energy",
            suggested_display_precision=1,
            value_fn=lambda reading: reading.total_wh,
        ),
        None,
    ),
)
"""What only some chargers tell, and the phase of the charger where there is one sensor for each."""

STATE = SensorEntityDescription(
    key="state",
    translation_key="charger_state",
    device_class=SensorDeviceClass.ENUM,
    options=[state.value for state in EvState],
)

REASON = SensorEntityDescription(
    key="reason",
    translation_key="reason",
    device_class=SensorDeviceClass.ENUM,
    options=[why.value for why in Why],
)

ALLOCATED: CurrentDescription[Decision, float] = CurrentDescription(
    key="allocated_current", translation_key="allocated_current", value_fn=lambda decision: decision.amperes
)

PAUSES: ValueDescription[Outlet, int] = ValueDescription(
    key="pauses",
    translation_key="pauses",
    state_class=SensorStateClass.TOTAL_INCREASING,
    entity_category=EntityCategory.DIAGNOSTIC,
    entity_registry_enabled_default=False,
    suggested_display_precision=0,
    value_fn=lambda outlet: outlet.stops,
)

WRITES: ValueDescription[Outlet, int] = ValueDescription(
    key="writes",
    translation_key="writes",
    state_class=SensorStateClass.TOTAL_INCREASING,
    entity_category=EntityCategory.DIAGNOSTIC,
    entity_registry_enabled_default=False,
    suggested_display_precision=0,
    value_fn=lambda outlet: outlet.number,
)


def charger_sensors(hass: HomeAssistant, entry: PoolConfigEntry, charger: str) -> list[SensorEntity]:
    """The sensors that every charger has."""
    return [
        StateSensor(hass, entry, charger, STATE),
        ReasonSensor(hass, entry, charger, REASON),
        AllocatedSensor(hass, entry, charger, ALLOCATED),
        CountSensor(hass, entry, charger, PAUSES),
        WritesSensor(hass, entry, charger, WRITES),
        FallBackSensor(hass, entry, charger, FALL_BACK),
    ]


@callback
def async_follow_chargers(
    hass: HomeAssistant, entry: PoolConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add what a charger tells once it tells it."""
    runner = entry.runtime_data
    added: set[tuple[str, ToldDescription]] = set()

    @callback
    def heard(charger: ChargerCoordinator) -> None:
        key, reading = charger.source, charger.heard
        if reading is None:
            return
        told = [
            (description, phase)
            for description, phase in TOLD
            if (key, description) not in added and description.value_fn(reading) is not None
        ]
        if told:
            added.update((key, description) for description, _ in told)
            sensors = [ToldSensor(hass, entry, key, description, phase) for description, phase in told]
            async_add_entities(sensors, config_subentry_id=key)

    @callback
    def follow(key: str) -> None:
        if (charger := runner.chargers.get(key)) is not None:
            entry.async_on_unload(charger.async_add_listener(partial(heard, charger)))
            heard(charger)

    for key in tuple(runner.chargers):
        follow(key)
    entry.async_on_unload(async_dispatcher_connect(hass, new_device_signal(entry.entry_id), follow))


class ToldSensor(ChargerEntity, SensorEntity):
    """A value that the charger tells."""

    entity_description: ToldDescription

    @property
    @override
    def native_value(self) -> float | None:
        """As it was told last."""
        reading = self.coordinator.heard
        return None if reading is None else self.entity_description.value_fn(reading)


class StateSensor(ChargerEntity, SensorEntity):
    """The state of charger and car; says itself that the charger is missing."""

    @property
    @override
    def available(self) -> bool:
        """Always: missing is one of its states."""
        return True

    @property
    @override
    def native_value(self) -> str:
        """One of the pool's six states."""
        return ev_state(self.coordinator.heard, self.coordinator.driver.capability).value

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """The charger's own words for a fault."""
        reading = self.coordinator.heard
        return {"fault": None if reading is None else reading.fault}


class ReasonSensor(ChargerDecisionEntity, SensorEntity):
    """Why the charger stands where it stands."""

    _unrecorded_attributes = frozenset({"sentence", "until"})

    @property
    @override
    def native_value(self) -> str | None:
        """The kind of reason."""
        return None if self.decision is None else self.decision.reason.why.value

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Its parameters, the current at rest, and the whole sentence."""
        if (decision := self.decision) is None:
            return None
        return {
            "sentence": explain(self.hass, self.runner, decision),
            **details(self.runner, decision),
            "target": decision.target,
        }


class AllocatedSensor(ChargerDecisionEntity, SensorEntity):
    """What the pool gives the charger; what it would give while control is off."""

    entity_description: CurrentDescription[Decision, float]

    @property
    @override
    def native_value(self) -> float | None:
        """Amperes, 0 is a pause."""
        return None if self.decision is None else self.entity_description.value_fn(self.decision)


class CountSensor(ChargerDecisionEntity, SensorEntity):
    """How often something happened to the charger."""

    entity_description: ValueDescription[Outlet, int]

    @property
    def outlet(self) -> Outlet | None:
        """The charger as the pool sees it, None where it does not yet."""
        return self.runner.state.outlets.get(self.charger_id)

    @property
    @override
    def native_value(self) -> int | None:
        """A count."""
        return None if self.outlet is None else self.entity_description.value_fn(self.outlet)


class WritesSensor(CountSensor):
    """How often a limit was written since the site was loaded."""

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """How many writes in a row have failed, and what the charger said to the last one that did."""
        outlet = self.outlet
        return None if outlet is None else {"failed": outlet.failures, "last_error": outlet.last_error}
