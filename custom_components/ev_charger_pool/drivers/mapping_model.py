"""What the entities of an integration mean for a charger: the data of a mapping, checked."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ..pool.model import LINES, Grid, VehicleState
from .entity_finder import EntityPattern
from .profile_model import Confidence, PauseKind

type Sources = Mapping[str, str]
"""Role to registry id of the entity that plays it."""


class Origin(StrEnum):
    """Where an integration comes from."""

    CORE = "core"
    HACS = "hacs"


class Quality(StrEnum):
    """What an integration lets us do."""

    DIRECT = "direct"
    """It takes a limit and tells the current per phase."""
    LIMIT_ONLY = "limit_only"
    START_STOP = "start_stop"
    READ_ONLY = "read_only"


class Obstacle(StrEnum):
    """Why a charger cannot be balanced through its integration."""

    START_STOP = "start_stop"
    """Its current cannot be limited: it would have to be switched on and off over and over."""
    READ_ONLY = "read_only"
    STORED = "stored"
    """Its limit is kept in flash (R12)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """Where a value stands.

    Args:
        role: Of the entity.
        attribute: Of that entity; None for its state.
        unit: Of an attribute, or of a state that has none.
    """

    role: str
    attribute: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRule:
    """What the words of an entity mean.

    Args:
        value: Where the word stands.
        words: Word to state; None for a word that tells nothing of the car.
        beginnings: The same for words that are told apart by how they begin.
    """

    value: Value
    words: Mapping[str, VehicleState | None]
    beginnings: Mapping[str, VehicleState | None] = field(default_factory=dict)

    def meaning(self, word: str) -> VehicleState | None:
        """The state that a word stands for, None where it tells nothing."""
        if word in self.words:
            return self.words[word]
        return next((state for start, state in self.beginnings.items() if word.startswith(start)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action of Home Assistant.

    Args:
        domain: The part before the dot.
        name: The part after it.
        data: ``{amperes}``, ``{device_id}`` and the named groups of the unique id of the anchor are filled in;
            ``:d`` makes a whole number of a group.
    """

    domain: str
    name: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How the current is limited.

    Args:
        write: Role of a number entity, or an action.
        read: Where the limit that stands is told; None where nothing tells it.
        minimum: Lowest current above 0, A; the entity's own minimum counts where it is higher.
        maximum: Highest current, A; the entity's own maximum counts where it is lower.
        step: A; the entity's own step counts where it has one.
        ceiling: Where the charger tells the highest current that its installation allows.
        stored: Whether each limit is kept in flash, never to be written in a loop (R12).
    """

    write: str | Action
    read: Value | None
    minimum: float
    maximum: float
    step: float
    ceiling: Value | None = None
    stored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchPause:
    """A switch lets it charge.

    Args:
        role: Of the switch.
        on_runs: Whether it is on while the charger may charge; else it is on while it is paused.
        activity: Whether it shows that a car charges and not that one may; it may be unavailable without a car.
    """

    role: str
    on_runs: bool = True
    activity: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectPause:
    """An option of a select pauses; the first of ``run`` ends the pause, with the others it charges as well."""

    role: str
    pause: str
    run: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPause:
    """One button pauses, another ends it; both by role."""

    pause: str
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPause:
    """One action pauses, another ends it."""

    pause: Action
    run: Action


type Pause = SwitchPause | SelectPause | ButtonPause | ActionPause | None
"""None where a limit of 0 pauses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Something of the charger's own that must not balance beside us.

    Args:
        role: Of the entity.
        states: Those in which it does not.
    """

    role: str
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast an integration is.

    Args:
        poll_interval: Seconds between two values of the integration.
        write_interval: Least seconds between two writes (R12, hard).
        latency: Seconds from a write to the control pilot.
    """

    poll_interval: float = 0.0
    write_interval: float = 5.0
    latency: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerRoles:
    """What entities of a charger are for.

    Args:
        state: The first rule with a meaning counts.
        currents: Values in the order of the charger's phases; the first list whose entities are all there counts.
        limit: None where it cannot be limited.
        pause: How it is paused.
        phases: That it can charge on, where it measures none.
        pace: Of the integration.
    """

    state: tuple[StateRule, ...]
    currents: tuple[tuple[Value, ...], ...] = ()
    limit: Limit | None
    pause: Pause = None
    phases: int = LINES
    pace: Pace = field(default_factory=Pace)

    def state_of(self, told: Callable[[Value], object | None]) -> VehicleState | None:
        """The state that the values stand for; ``told`` looks them up."""
        for rule in self.state:
            word = told(rule.value)
            if word is not None and (meaning := rule.meaning(str(word))) is not None:
                return meaning
        return None

    def measured(self, roles: Collection[str]) -> tuple[Value, ...]:
        """The currents that the entities of these roles tell."""
        return next((values for values in self.currents if all(value.role in roles for value in values)), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An entity that a mapping looks for; ``optional`` where the charger works without it."""

    pattern: EntityPattern
    optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerMapping:
    """The chargers of one integration.

    Args:
        integration: Its domain.
        title: Its name.
        origin: Whether it is part of Home Assistant.
        repository: Where it is found otherwise.
        version: That the mapping was checked against, None where it is not told.
        quality: What it lets us do.
        confidence: How well this is known.
        sources: Where it comes from.
        grids: The kinds of grid on which its currents are those of the phases.
        entities: Role to entity.
        roles: What they are for.
        conflicts: What must not be on.
    """

    integration: str
    title: str
    origin: Origin
    repository: str | None
    version: str | None
    quality: Quality
    confidence: Confidence
    sources: tuple[str, ...]
    grids: frozenset[Grid]
    entities: Mapping[str, Wanted]
    roles: ChargerRoles
    conflicts: tuple[Conflict, ...]

    @property
    def anchor(self) -> str:
        """Role of the entity that stands for a charger: there is one for each socket of a device."""
        return self.roles.state[0].value.role

    @property
    def pause_kind(self) -> PauseKind:
        """How its chargers are paused."""
        match self.roles.pause:
            case None:
                return PauseKind.LIMIT
            case SwitchPause() | SelectPause():
                return PauseKind.SWITCH
            case ButtonPause() | ActionPause():
                return PauseKind.COMMAND

    @property
    def obstacle(self) -> Obstacle | None:
        """Why its chargers cannot be balanced, None where they can."""
        if self.roles.limit is None:
            return Obstacle(self.quality.value)
        return Obstacle.STORED if self.roles.limit.stored else None
