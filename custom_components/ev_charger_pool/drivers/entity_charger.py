"""Chargers made of entities that Home Assistant already has."""

from collections.abc import Callable, Mapping, Sequence

from homeassistant.components.number import ATTR_VALUE
from homeassistant.components.number.const import SERVICE_SET_VALUE
from homeassistant.const import UnitOfElectricCurrent
from homeassistant.core import CALLBACK_TYPE, HomeAssistant

from ..pool.model import Capability, ChargerValues, VehicleState
from .entities import POLL_INTERVAL, Entities
from .entity_actions import Actions
from .entity_finder import EntityPattern
from .entity_pause import pausing
from .entity_values import EntityValues, Span
from .interface import BadAnswer, FallBack, Identity
from .limits import check_limit, on_step
from .lines import per_line
from .mapping_model import Action, ChargerMapping, ChargerRoles, Limit, Sources, StateRule, SwitchPause, Value


class EntityCharger:
    """A charger made of entities: what it reads is what they show, what it writes are actions.

    Args:
        hass: Home Assistant.
        roles: What its entities are for; there has to be a limit.
        sources: Which ones they are.
        span: The currents that its limit takes.
        anchor: Pattern of the first entity of its state, for actions.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        roles: ChargerRoles,
        sources: Sources,
        span: Span,
        anchor: EntityPattern | None = None,
    ) -> None:
        if roles.limit is None:
            raise ValueError("without a limit a charger cannot be balanced")
        self._limit: Limit = roles.limit
        self._roles = roles
        self._currents = roles.measured(sources)
        self._sources = sources
        named = (self._limit.write, *(rule.value.role for rule in roles.state), *sources)
        self._entities = Entities(hass, (sources[role] for role in named if isinstance(role, str) and role in sources))
        self._values = EntityValues(self._entities, sources)
        self._actions = Actions(hass, self._entities, sources[roles.state[0].value.role], anchor)
        self._pausing = pausing(roles.pause, sources, self._entities, self._actions)
        usual = Capability()
        self._capability = Capability(
            minimum=span.minimum,
            maximum=span.maximum,
            step=span.step,
            phases=len(self._currents) or roles.phases,
            measures=bool(self._currents),
            poll_interval=POLL_INTERVAL,
            write_interval=roles.pace.write_interval,
            latency=roles.pace.latency,
            settle=usual.settle + roles.pace.poll_interval,
            stored=self._limit.stored,
        )

    @property
    def capability(self) -> Capability:
        """What the charger can do, as its mapping or the user told."""
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
        currents = [self._values.amperes(current) for current in self._currents]
        return ChargerValues(
            amperes=per_line([current.value if current else None for current in currents]),
            state=self._roles.state_of(self._values.told),
            limit=self._limit_read_back(),
        )

    async def write_limit(self, amperes: float) -> None:
        """Set the limit, rounded down to its step, before a pause ends; 0 pauses, or is the limit itself.

        Raises:
            ValueError: For a current that the charger cannot offer.
            EntityMissing: Where an entity that has to be written was removed.
            CannotConnect: Where it is unavailable or does not answer in time.
            BadAnswer: Where its integration refuses, or the number is no longer in A.
        """
        check_limit(self._capability, amperes)
        if self._pausing is not None and not amperes:
            await self._pausing.pause()
            return
        await self._write(on_step(self._capability, amperes))
        if self._pausing is not None:
            state = self._roles.state_of(self._values.told)
            await self._pausing.run(connected=state is not None and state.connected)

    @property
    def standing_limit(self) -> float | None:
        """The limit that stands, whether paused or not, A; None where nothing tells it.

        Raises:
            EntityMissing: Where the entity that tells it was removed.
        """
        limit = self._values.amperes(self._limit.read) if self._limit.read else None
        return limit.value if limit else None

    @property
    def can_write_again(self) -> bool:
        """Whether the limit that stands is known, so that it can be written without changing anything."""
        standing = self.standing_limit
        return standing is not None and (not standing or standing >= self.capability.minimum)

    async def write_again(self) -> float:
        """Write the limit that stands, which changes nothing; returns it.

        Raises:
            BadAnswer: Where nothing tells which one stands.
            DriverError: As for ``write_limit``.
        """
        standing = self.standing_limit
        if standing is None:
            raise BadAnswer("nothing tells the limit that stands")
        await self._write(standing)
        return standing

    async def write_phases(self, phases: int) -> None:
        """No entity switches phases.

        Raises:
            ValueError: Always.
        """
        raise ValueError(f"cannot be switched to {phases} phases")

    async def arm_fall_back(self, fall_back: FallBack) -> None:
        """No entity sets a fall-back.

        Raises:
            ValueError: Always.
        """
        raise ValueError(f"cannot be set to {fall_back.amperes:g} A for when it hears nothing")

    async def close(self) -> None:
        """Nothing to let go of."""

    def _limit_read_back(self) -> float | None:
        if self._pausing is not None and (paused := self._pausing.paused()) is not False:
            return None if paused is None else 0.0
        return self.standing_limit

    async def _write(self, amperes: float) -> None:
        write = self._limit.write
        if isinstance(write, Action):
            await self._actions.call(write, amperes)
            return
        source = self._sources[write]
        self._check_unit(source)
        await self._actions.on_entity(source, SERVICE_SET_VALUE, {ATTR_VALUE: amperes})

    def _check_unit(self, source: str) -> None:
        """Refuse to write amperes into a number that has become one of another unit."""
        available = self._entities.state(source) is not None
        unit = self._values.unit(self._limit.read) if available and self._limit.read else UnitOfElectricCurrent.AMPERE
        if unit != UnitOfElectricCurrent.AMPERE:
            raise BadAnswer(f"{self._entities.entity_id(source)}: is in {unit}, not in A")


def mapped_charger(hass: HomeAssistant, mapping: ChargerMapping, sources: Sources, span: Span) -> EntityCharger:
    """A charger of a known integration."""
    return EntityCharger(hass, mapping.roles, sources, span, mapping.entities[mapping.anchor].pattern)


def chosen_charger(
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
) -> EntityCharger:
    """A charger whose entities the user has chosen.

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
    phases = {f"current_{phase}": source for phase, source in enumerate(currents)}
    sources = {"limit": limit, "state": state, **({"pause": pause} if pause else {}), **phases}
    words = {word: VehicleState(letter) for word, letter in state_map.items()}
    roles = ChargerRoles(
        state=(StateRule(value=Value(role="state"), words=words),),
        currents=(tuple(Value(role=role) for role in phases),) if phases else (),
        limit=Limit(write="limit", read=Value(role="limit"), minimum=minimum, maximum=maximum, step=step),
        pause=SwitchPause(role="pause") if pause else None,
    )
    return EntityCharger(hass, roles, sources, Span(minimum=minimum, maximum=maximum, step=step))
