"""Meters and chargers made of entities that Home Assistant already has."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import chain, zip_longest
import math
from typing import Any

from homeassistant.components.number import ATTR_VALUE
from homeassistant.components.number.const import SERVICE_SET_VALUE
from homeassistant.const import (
    ATTR_ENTITY_ID,
    ATTR_UNIT_OF_MEASUREMENT,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfPower,
)
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, State, callback, split_entity_id
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.event import (
    async_call_later,
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
    async_track_state_report_event,
)
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    ElectricCurrentConverter,
    ElectricPotentialConverter,
    PowerConverter,
)

from ..pool.model import LINES, Capability, ChargerValues, PerLine, VehicleState
from .interface import BadAnswer, CannotConnect, Identity, MeterValues

SAMPLE_SPREAD = 0.2
"""Seconds within which values of one source belong to one sample (R13)."""

MADE_HERE = "Home Assistant"
"""Manufacturer of an entity that belongs to no integration's registry, such as one written in YAML."""

PHASE_LAG = 30.0
"""Seconds after which a phase that is silent while the others report counts as missing."""

POLL_INTERVAL = 5.0
"""Seconds between two looks; half of the least age at which a meter counts as stale, and news come by themselves."""

WRITE_TIMEOUT = 10.0
"""Seconds an action of another integration may take."""

WRITE_INTERVAL = 5.0
"""Seconds between two writes: the integration behind an entity may need a round trip to a cloud."""

LATENCY = 5.0
"""Seconds from a write to the control pilot, for the same reason."""

LEAST_VOLTAGE = 50.0
"""V below which a voltage is no mains voltage and gives no current."""


class EntityMissing(CannotConnect):
    """An entity was removed from Home Assistant."""


class _Entities:
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
        """Check that at least one of the entities is there.

        Raises:
            CannotConnect: With the entity ids, where all of them are unavailable.
        """
        if all(self.state(source) is None for source in self._sources):
            raise CannotConnect(f"{', '.join(map(self.entity_id, self._sources))}: unavailable")

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
        self, hass: HomeAssistant, entities: _Entities, sources: Sequence[str], on_news: Callable[[], None]
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
class _Measured:
    """A finite number from a sensor: its value and its last digit in the unit asked for, and when it was reported."""

    value: float
    digit: float
    reported: datetime


def _measured(state: State | None, converter: type[BaseUnitConverter], unit: str) -> _Measured | None:
    """The number in ``unit``; None for everything that is not a finite number with a unit of this kind."""
    if state is None:
        return None
    given = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    if given not in converter.VALID_UNITS:
        return None
    try:
        number = Decimal(state.state)
    except InvalidOperation:
        return None
    if not number.is_finite() or math.isinf(float(number)):
        return None
    last_digit = 10.0 ** min(int(number.normalize().as_tuple().exponent), 0)
    return _Measured(
        value=converter.convert(float(number), given, unit),
        digit=converter.convert(last_digit, given, unit),
        reported=state.last_reported,
    )


def _amperes(state: State | None) -> _Measured | None:
    return _measured(state, ElectricCurrentConverter, UnitOfElectricCurrent.AMPERE)


@dataclass(frozen=True, slots=True)
class _Line:
    """What is known of one line; ``reported`` is the older one where two sensors make the value."""

    amperes: float
    watts: float | None
    resolution: float
    reported: datetime

    def seconds_before(self, moment: datetime) -> float:
        """How long before a moment it was reported, never negative."""
        return max((moment - self.reported).total_seconds(), 0.0)


class EntityMeter:
    """A meter made of sensors, per line: current; or power and voltage; or current, and power for its sign.

    Args:
        hass: Home Assistant.
        currents: Registry id per line, None on a line that is not measured; empty where powers and voltages stand in.
        powers: The same for the active power, positive into the site.
        voltages: The same for the voltage of the line.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        currents: Sequence[str | None] = (),
        powers: Sequence[str | None] = (),
        voltages: Sequence[str | None] = (),
    ) -> None:
        self._lines = tuple(zip_longest(currents, powers, voltages))
        self._entities = _Entities(hass, filter(None, chain(currents, powers, voltages)))
        self._finest: dict[str, float] = {}

    @property
    def poll_interval(self) -> float:
        """Seconds between two reads; ``subscribe`` tells of news in between."""
        return POLL_INTERVAL

    def subscribe(self, on_news: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back once per sample, changed or not; returns a function that ends it."""
        return self._entities.subscribe(on_news)

    async def identify(self) -> Identity:
        """Manufacturer and model of the device that the first sensor belongs to."""
        return self._entities.identity()

    async def read(self) -> MeterValues:
        """The present values; a phase that lags behind the newest one by more than ``PHASE_LAG`` is missing.

        Raises:
            EntityMissing: Where a sensor was removed.
            CannotConnect: Where all sensors are unavailable.
        """
        self._entities.reachable()
        lines = [self._line(current, power, voltage) for current, power, voltage in self._lines]
        newest = max((line.reported for line in lines if line), default=dt_util.utcnow())
        lines = [line if line and line.seconds_before(newest) <= PHASE_LAG else None for line in lines]
        now = dt_util.utcnow()
        return MeterValues(
            amperes=_per_line([line.amperes if line else None for line in lines]),
            watts=_per_line([line.watts if line else None for line in lines]),
            resolution=max((line.resolution for line in lines if line), default=1.0),
            age=max((line.seconds_before(now) for line in lines if line), default=0.0),
        )

    async def close(self) -> None:
        """Nothing to let go of."""

    def _line(self, current: str | None, power: str | None, voltage: str | None) -> _Line | None:
        watts = self._read(power, PowerConverter, UnitOfPower.WATT)
        if current is not None:
            amperes = self._read(current, ElectricCurrentConverter, UnitOfElectricCurrent.AMPERE)
            if amperes is None:
                return None
            if watts is None:
                return _Line(amperes.value, None, amperes.digit, amperes.reported)
            signed = math.copysign(amperes.value, watts.value)
            return _Line(signed, watts.value, amperes.digit, min(amperes.reported, watts.reported))
        volts = self._read(voltage, ElectricPotentialConverter, UnitOfElectricPotential.VOLT)
        if watts is None or volts is None or volts.value < LEAST_VOLTAGE:
            return None
        return _Line(
            watts.value / volts.value, watts.value, watts.digit / volts.value, min(watts.reported, volts.reported)
        )

    def _read(self, source: str | None, converter: type[BaseUnitConverter], unit: str) -> _Measured | None:
        """The number of a sensor, with the finest digit that it has shown so far."""
        if source is None:
            return None
        measured = _measured(self._entities.state(source), converter, unit)
        if measured is None:
            return None
        self._finest[source] = min(measured.digit, self._finest.get(source, math.inf))
        return replace(measured, digit=self._finest[source])


def _per_line(values: Sequence[float | None]) -> PerLine:
    first, second, third = (*values, None, None, None)[:LINES]
    return first, second, third


class EntityCharger:
    """A charger made of entities: what it reads is what they show, what it writes are their actions.

    Args:
        hass: Home Assistant.
        state: Registry id of the entity that tells whether a car is connected.
        state_map: State word of that entity to letter of IEC 61851-1.
        limit: Registry id of the number for the current, in A.
        minimum: Lowest current above 0, A.
        maximum: Highest current, A.
        step: Resolution of the limit, A.
        currents: Registry ids of the currents per phase of the charger.
        pause: Registry id of a switch that is on while it may charge; without it a limit of 0 pauses.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        state: str,
        state_map: Mapping[str, str],
        limit: str,
        minimum: float,
        maximum: float,
        step: float,
        currents: Sequence[str] = (),
        pause: str | None = None,
    ) -> None:
        self._hass = hass
        self._state = state
        self._states = {word: VehicleState(letter) for word, letter in state_map.items()}
        self._limit = limit
        self._currents = tuple(currents)
        self._pause = pause
        self._entities = _Entities(hass, filter(None, (limit, state, pause, *currents)))
        self._capability = Capability(
            minimum=minimum,
            maximum=maximum,
            step=step,
            phases=len(self._currents) or LINES,
            measures=bool(self._currents),
            poll_interval=POLL_INTERVAL,
            write_interval=WRITE_INTERVAL,
            latency=LATENCY,
        )

    @property
    def capability(self) -> Capability:
        """What the charger can do, as the user told."""
        return self._capability

    def subscribe(self, on_news: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back once per sample, changed or not; returns a function that ends it."""
        return self._entities.subscribe(on_news)

    async def identify(self) -> Identity:
        """Manufacturer and model of the device that the limit belongs to."""
        return self._entities.identity()

    async def read(self) -> ChargerValues:
        """The present values.

        Raises:
            EntityMissing: Where an entity was removed.
            CannotConnect: Where all entities are unavailable.
        """
        self._entities.reachable()
        state = self._entities.state(self._state)
        currents = [_amperes(self._entities.state(source)) for source in self._currents]
        return ChargerValues(
            amperes=_per_line([current.value if current else None for current in currents]),
            state=self._states.get(state.state) if state else None,
            limit=self._limit_read_back(),
        )

    async def write_limit(self, amperes: float) -> None:
        """Set the limit before the switch goes on; 0 turns the switch off, or is the limit where there is none.

        Raises:
            ValueError: For a current that the charger cannot offer.
            EntityMissing: Where the number or the switch was removed.
            CannotConnect: Where it is unavailable or does not answer in time.
            BadAnswer: Where its integration refuses, or the number is no longer in A.
        """
        if amperes and not self.capability.minimum <= amperes <= self.capability.maximum:
            raise ValueError(
                f"{amperes} A is not 0 nor from {self.capability.minimum} A to {self.capability.maximum} A"
            )
        if self._pause is not None and not amperes:
            await self._act(self._pause, SERVICE_TURN_OFF)
            return
        self._check_unit()
        await self._act(self._limit, SERVICE_SET_VALUE, {ATTR_VALUE: amperes})
        if self._pause is not None and self._switched() is not True:
            await self._act(self._pause, SERVICE_TURN_ON)

    async def write_phases(self, phases: int) -> None:
        """No entity switches phases.

        Raises:
            ValueError: Always.
        """
        raise ValueError(f"cannot be switched to {phases} phases")

    async def close(self) -> None:
        """Nothing to let go of."""

    def _switched(self) -> bool | None:
        """Whether the switch lets it charge, None where it does not tell."""
        state = self._entities.state(self._pause) if self._pause else None
        return {STATE_ON: True, STATE_OFF: False}.get(state.state) if state else None

    def _limit_read_back(self) -> float | None:
        if self._pause is not None and (switched := self._switched()) is not True:
            return None if switched is None else 0.0
        limit = _amperes(self._entities.state(self._limit))
        return limit.value if limit else None

    def _check_unit(self) -> None:
        """Refuse to write amperes into a number that has become one of another unit."""
        state = self._entities.state(self._limit)
        unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state else UnitOfElectricCurrent.AMPERE
        if unit != UnitOfElectricCurrent.AMPERE:
            raise BadAnswer(f"{self._entities.entity_id(self._limit)}: is in {unit}, not in A")

    async def _act(self, source: str, action: str, data: Mapping[str, Any] | None = None) -> None:
        entity_id = self._entities.entity_id(source)
        if self._entities.state(source) is None:
            raise CannotConnect(f"{entity_id}: unavailable")
        domain, _ = split_entity_id(entity_id)
        try:
            async with asyncio.timeout(WRITE_TIMEOUT):
                await self._hass.services.async_call(
                    domain, action, {ATTR_ENTITY_ID: entity_id, **(data or {})}, blocking=True
                )
        except TimeoutError as err:
            raise CannotConnect(f"{entity_id}: {action} took more than {WRITE_TIMEOUT:.0f} s") from err
        except Exception as err:
            raise BadAnswer(f"{entity_id}: {action} failed: {err}") from err
