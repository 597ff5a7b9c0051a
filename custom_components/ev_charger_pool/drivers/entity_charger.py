"""Chargers made of entities that Home Assistant already has."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
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
    UnitOfElectricCurrent,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, split_entity_id

from ..pool.model import LINES, Capability, ChargerValues, VehicleState
from .entities import POLL_INTERVAL, Entities, amperes_of, per_line
from .interface import BadAnswer, CannotConnect, Identity

WRITE_TIMEOUT = 10.0
"""Seconds an action of another integration may take."""

WRITE_INTERVAL = 5.0
"""Seconds between two writes: the integration behind an entity may need a round trip to a cloud."""

LATENCY = 5.0
"""Seconds from a write to the control pilot, for the same reason."""


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
        self._entities = Entities(hass, filter(None, (limit, state, pause, *currents)))
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
        currents = [amperes_of(self._entities.state(source)) for source in self._currents]
        return ChargerValues(
            amperes=per_line([current.value if current else None for current in currents]),
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
        limit = amperes_of(self._entities.state(self._limit))
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
