"""Looks at entities that Home Assistant already has; meters and chargers are made of them."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
import math
from typing import Any

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, STATE_UNAVAILABLE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, State, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import (
    async_call_later,
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
    async_track_state_report_event,
)
from homeassistant.util.unit_conversion import BaseUnitConverter

from .interface import CannotConnect, Identity

SAMPLE_SPREAD = 0.2
"""Seconds within which values of one source belong to one sample (R13)."""

MADE_HERE = "Home Assistant"
"""Manufacturer of an entity that belongs to no integration's registry, such as one written in YAML."""

POLL_INTERVAL = 5.0
"""Seconds between two looks; half of the least age at which a meter counts as stale, and news come by themselves."""


class EntityMissing(CannotConnect):
    """An entity was removed from Home Assistant."""


class Entities:
    """Looks up entities by registry id at each use, so that a renamed one is still found."""

    def __init__(self, hass: HomeAssistant, sources: Iterable[str]) -> None:
        self._hass = hass
        self._sources = tuple(dict.fromkeys(sources))

    def entity_id(self, source: str) -> str:
        """The present entity id.

        Raises:
            EntityMissing: With the last known entity id.
        """
        registry = er.async_get(self._hass)
        if (entity_id := er.async_resolve_entity_id(registry, source)) is not None:
            return entity_id
        deleted = (entity.entity_id for entity in registry.deleted_entities.values() if entity.id == source)
        raise EntityMissing(f"{next(deleted, source)} is not in Home Assistant any more")

    def state(self, source: str) -> State | None:
        """The present state, None where the entity has none or is unavailable.

        Raises:
            EntityMissing: Where the entity was removed.
        """
        state = self._hass.states.get(self.entity_id(source))
        return None if state is None or state.state == STATE_UNAVAILABLE else state

    def reachable(self) -> None:
        """Check that none of the entities was removed and at least one is there.

        Raises:
            EntityMissing: Where one of the entities was removed.
            CannotConnect: With the entity ids, where all of them are unavailable.
        """
        entity_ids = [self.entity_id(source) for source in self._sources]
        if all(self.state(source) is None for source in self._sources):
            raise CannotConnect(f"{', '.join(entity_ids)}: unavailable")

    def identity(self) -> Identity:
        """Manufacturer and model of the first entity's device, as far as there is one.

        Raises:
            EntityMissing: Where one of the entities was removed.
        """
        first, *_ = [self.entity_id(source) for source in self._sources]
        entry = er.async_get(self._hass).async_get(first)
        if entry is None:
            return Identity(manufacturer=MADE_HERE, model=first)
        device = dr.async_get(self._hass).async_get(entry.device_id) if entry.device_id else None
        if not isinstance(device, dr.DeviceEntry):
            return Identity(manufacturer=entry.platform, model=first)
        return Identity(manufacturer=device.manufacturer or entry.platform, model=device.model or first)

    def subscribe(self, on_news: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back once per sample, changed or not, and when an entity is renamed or removed.

        Returns:
            A function that ends it.
        """
        return _Subscription(self._hass, self, self._sources, on_news).close


class _Subscription:
    """Turns the events of several entities into one call per sample."""

    def __init__(
        self, hass: HomeAssistant, entities: Entities, sources: Sequence[str], on_news: Callable[[], None]
    ) -> None:
        self._hass = hass
        self._entities = entities
        self._sources = sources
        self._on_news = on_news
        self._trackers: list[CALLBACK_TYPE] = []
        self._pending: CALLBACK_TYPE | None = None
        self._track()

    def _track(self) -> None:
        present: list[str] = []
        for source in self._sources:
            with suppress(EntityMissing):
                present.append(self._entities.entity_id(source))
        self._trackers = [
            async_track_state_change_event(self._hass, present, self._state_told),
            async_track_state_report_event(self._hass, present, self._state_told),
            async_track_entity_registry_updated_event(self._hass, present, self._registry_changed),
        ]

    def _untrack(self) -> None:
        while self._trackers:
            self._trackers.pop()()

    @callback
    def _state_told(self, _: Event[Any]) -> None:
        if self._pending is None:
            self._pending = async_call_later(self._hass, SAMPLE_SPREAD, self._sample_complete)

    @callback
    def _sample_complete(self, _: datetime) -> None:
        self._pending = None
        self._on_news()

    @callback
    def _registry_changed(self, _: Event[er.EventEntityRegistryUpdatedData]) -> None:
        self._untrack()
        self._track()
        self._on_news()

    @callback
    def close(self) -> None:
        """End the subscription."""
        self._untrack()
        if self._pending is not None:
            self._pending()
            self._pending = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A finite number from a sensor: its value and its last digit in the unit asked for, and when it was reported."""

    value: float
    digit: float
    reported: datetime


def measure(state: State | None, converter: type[BaseUnitConverter], unit: str) -> Measured | None:
    """The number in ``unit``; None for everything that is not a finite number with a unit of this kind."""
    if state is None:
        return None
    given = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    return number_in(state.state, given, state.last_reported, converter, unit)


def number_in(
    text: object, given: str | None, reported: datetime, converter: type[BaseUnitConverter], unit: str
) -> Measured | None:
    """The number that a text in the unit ``given`` is in ``unit``; None as for ``measure``."""
    if given not in converter.VALID_UNITS:
        return None
    try:
        number = Decimal(str(text))
    except InvalidOperation:
        return None
    if not number.is_finite() or math.isinf(float(number)):
        return None
    last_digit = 10.0 ** min(int(number.normalize().as_tuple().exponent), 0)
    return Measured(
        value=converter.convert(float(number), given, unit),
        digit=converter.convert(last_digit, given, unit),
        reported=reported,
    )
