"""The data that flows through the pool.

Units are amperes unless a name says watts. Times called ``at``, ``taken`` or ``until`` are monotonic
seconds; wall-clock times are aware datetimes. Lines are the numbers 0, 1, 2 for L1, L2, L3 of the site.
A missing value is None, never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
import math

from .defaults import METER_LAG

LINES = 3
MAIN = "main"
"""Id of the circuit behind the main fuse, the root of the tree."""

type PerLine = tuple[float | None, float | None, float | None]
"""One value per line of the site, None where it is not known."""

type Amperes = tuple[float, float, float]
"""Amperes per line of the site, all known."""

type Wiring = tuple[frozenset[int], ...]
"""Per phase of a charger the lines of the site that it loads.

Star (TN): one line a phase, so L1, L2, L3 rotated by one is ``({1}, {2}, {0})``. On split phase and
230 V IT a load lies between two lines, and amplitudes are added (R4): ``({0, 1},)``.
"""

NO_LINE: Amperes = (0.0, 0.0, 0.0)
NO_VALUES: PerLine = (None, None, None)
ALL_LINES = frozenset(range(LINES))


class Grid(StrEnum):
    """How the site is connected."""

    TN = "tn"
    SPLIT_PHASE = "split_phase"
    IT = "it"


_LINE_TO_STAR = {Grid.TN: 1.0, Grid.SPLIT_PHASE: 2.0, Grid.IT: math.sqrt(3)}


class Breaker(StrEnum):
    """Trip characteristic of a fuse (IEC 60898-1 B, C, D; IEC 60269 gG)."""

    B = "b"
    C = "c"
    D = "d"
    GG = "gg"


class Unit(StrEnum):
    """What a bound or a limit is given in."""

    AMPERE = "A"
    WATT = "W"


class Source(StrEnum):
    """Who set a bound."""

    FUSE = "fuse"
    CIRCUIT = "circuit"
    USER_CAP = "user_cap"
    USER_FUSE = "user_fuse"
    ACTION = "action"
    PEAK = "peak"
    """An average power over a quarter-hour or an hour."""


class VehicleState(StrEnum):
    """The control pilot's state (IEC 61851-1)."""

    A = "A"
    """No car."""
    B = "B"
    """Car connected, not drawing."""
    C = "C"
    """Car ready to draw or drawing."""
    E = "E"
    """Fault of the supply or the charger."""
    F = "F"
    """Charger not available."""

    @property
    def connected(self) -> bool:
        """Whether a car is plugged in."""
        return self in (VehicleState.B, VehicleState.C)


class Feed(StrEnum):
    """What keeps a charger's own watchdog from expiring (R15)."""

    NOTHING = "nothing"
    WRITE = "write"
    ANY_REQUEST = "any_request"


class Expiry(StrEnum):
    """What a charger does when its watchdog expires."""

    KEEPS_LIMIT = "keeps_limit"
    FALL_BACK = "fall_back"
    STOPS = "stops"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """What a charger can do, from its profile.

    Args:
        minimum: Lowest current above 0 that it offers (IEC 61851-1: 6 A).
        maximum: Highest current of the hardware.
        step: Resolution of its limit.
        phases: Phases it can charge on.
        measures: Whether it reports a current per phase.
        poll_interval: Seconds between two reads.
        write_interval: Least seconds between two writes the device accepts (R12, hard).
        latency: Seconds from a write to the control pilot.
        settle: Seconds until the car follows the control pilot.
        resend: Seconds after which a limit has to be written again, None if it stands (R16).
        feed: What feeds its watchdog.
        timeout: Seconds of silence after which it expires; None where that is not known.
        expiry: What happens when the watchdog expires.
        fall_back: Current after expiry; None where it is not known, counted as ``maximum``.
        fall_back_settable: Whether we can set it.
        timeout_range: Least and most seconds that its time-out can be set to; None where it cannot be set.
        reboot_default: Current after a reboot until the first write; None counts as ``maximum``.
        stored: Whether the limit is kept in flash, never to be written in a loop (R12).
        phase_switch: Whether it can be told to use one of its three phases or all, and tells which (R11).
    """

    minimum: float = 6.0
    maximum: float = 32.0
    step: float = 1.0
    phases: int = 3
    measures: bool = True
    poll_interval: float = 2.0
    write_interval: float = 0.0
    latency: float = 2.0
    settle: float = 5.0
    resend: float | None = None
    feed: Feed = Feed.NOTHING
    timeout: float | None = None
    expiry: Expiry = Expiry.KEEPS_LIMIT
    fall_back: float | None = None
    fall_back_settable: bool = False
    timeout_range: tuple[float, float] | None = None
    reboot_default: float | None = None
    stored: bool = False
    phase_switch: bool = False

    def __post_init__(self) -> None:
        """Refuse what no charger can be.

        Raises:
            ValueError: With the name of the field.
        """
        if not 0 < self.minimum <= self.maximum:
            raise ValueError(f"minimum: {self.minimum} A is not above 0 and at most the maximum of {self.maximum} A")
        if not 0 < self.step <= self.maximum:
            raise ValueError(f"step: {self.step} A is not above 0 and at most the maximum of {self.maximum} A")
        if self.phases not in (1, 2, 3):
            raise ValueError(f"phases: {self.phases} is not 1, 2 or 3")
        if self.phase_switch and not (self.phases == LINES and self.measures):
            raise ValueError("phase_switch: only a charger with three phases that measures them can switch them")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A fuse, everything behind it and what measures it.

    Args:
        id: ``MAIN`` for the root.
        name: What the user calls it.
        parent: Id of the circuit it hangs on, None for the root.
        fuse: Rated current per line; 0 on a line that the circuit does not have.
        breaker: Trip characteristic.
        metered: Whether a meter measures all that flows through this fuse, chargers included.
        reserve: Per line, kept free for other loads where no meter tells (R1).
        margin: Kept below the fuse: covers rounding of meters and the ripple of a car's charger. Where a meter is
            coarser, what it hides is added to the house load.
        meter_lag: Seconds that a value of its meter may be old when it is heard.
        compared: Whether its meter has to follow what the cars draw (R13); it cannot where a battery evens that out.
    """

    id: str
    name: str
    parent: str | None
    fuse: Amperes
    breaker: Breaker = Breaker.B
    metered: bool = False
    reserve: Amperes = NO_LINE
    margin: float = 0.5
    meter_lag: float = METER_LAG
    compared: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Charger:
    """A charger of the site.

    Args:
        id: Stable over renames and restarts.
        name: What the user calls it.
        circuit: Id of the circuit it hangs on.
        wiring: None while it is not known: then it counts on all lines (R4).
        capability: What its profile says.
        user_cap: Highest current the user allows.
        priority: 1 is served first; used by the strategies priority and weights.
        enabled: False hands it over: it is then part of the house load.
        car_minimum: The car's own minimum where it is higher (R2).
        phase_switching: Whether the user wants it to go on with one phase where three do not fit (R11).
    """

    id: str
    name: str
    circuit: str = MAIN
    wiring: Wiring | None = None
    capability: Capability = field(default_factory=Capability)
    user_cap: float | None = None
    priority: int = 1
    enabled: bool = True
    car_minimum: float | None = None
    phase_switching: bool = False

    @property
    def switches_phases(self) -> bool:
        """Whether its phases are switched: wanted, possible, and known which line the first one loads."""
        return (
            self.phase_switching
            and self.capability.phase_switch
            and self.wiring is not None
            and len(self.wiring) == LINES
        )

    @property
    def lines(self) -> frozenset[int]:
        """The lines it may load."""
        return ALL_LINES if self.wiring is None else frozenset().union(*self.wiring)

    @property
    def minimum(self) -> float:
        """The least current above 0, charger's and car's, on the charger's step."""
        least = max(self.capability.minimum, self.car_minimum or 0.0)
        return math.ceil(least / self.capability.step - 1e-9) * self.capability.step


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One grid connection.

    Raises:
        ValueError: Where the circuits are no tree under ``MAIN``, a fuse is not above 0, an id
            occurs twice, or a charger hangs on a circuit that does not exist or has not its lines.
    """

    grid: Grid
    circuits: tuple[Circuit, ...]
    chargers: tuple[Charger, ...] = ()
    voltage: float = 230.0
    """Line to neutral; between two lines on split phase and IT."""

    def __post_init__(self) -> None:
        """Check that it is a tree with chargers at its leaves."""
        parents = {circuit.id: circuit.parent for circuit in self.circuits}
        if len(parents) < len(self.circuits):
            raise ValueError("circuits: an id occurs twice")
        if parents.get(MAIN, MAIN) is not None:
            raise ValueError(f"circuits: the root {MAIN} is missing or has a parent")
        for circuit in self.circuits:
            if not any(fuse > 0 for fuse in circuit.fuse) or any(not 0 <= fuse < math.inf for fuse in circuit.fuse):
                raise ValueError(f"fuse: {circuit.fuse} A of circuit {circuit.name} is not above 0")
            seen = {circuit.id}
            parent = circuit.parent
            while parent is not None:
                if parent in seen:
                    raise ValueError(f"parent: circuit {circuit.name} would hang on itself")
                if parent not in parents:
                    raise ValueError(f"parent: circuit {circuit.name} hangs on {parent}, which does not exist")
                seen.add(parent)
                parent = parents[parent]
            if circuit.parent is None and circuit.id != MAIN:
                raise ValueError(f"parent: circuit {circuit.name} hangs on nothing")
        if len(parents.keys() | {charger.id for charger in self.chargers}) < len(parents) + len(self.chargers):
            raise ValueError("chargers: an id occurs twice")
        for charger in self.chargers:
            if charger.circuit not in parents:
                raise ValueError(f"circuit: charger {charger.name} hangs on {charger.circuit}, which does not exist")
            lines = self.lines(charger.circuit)
            if not lines or (charger.wiring is not None and not charger.lines <= lines):
                raise ValueError(f"wiring: charger {charger.name} loads a line that {charger.circuit} does not have")

    @property
    def star_voltage(self) -> float:
        """From a line to the star point: times the current of a line, the most power it can carry."""
        return self.voltage / _LINE_TO_STAR[self.grid]

    def path(self, circuit_id: str) -> tuple[Circuit, ...]:
        """The circuits from one up to the root."""
        by_id = {circuit.id: circuit for circuit in self.circuits}
        path = [by_id[circuit_id]]
        while (parent := path[-1].parent) is not None:
            path.append(by_id[parent])
        return tuple(path)

    def lines(self, circuit_id: str) -> frozenset[int]:
        """The lines that reach a circuit: it and all above it have a fuse on them."""
        path = self.path(circuit_id)
        return frozenset(line for line in range(LINES) if all(circuit.fuse[line] > 0 for circuit in path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One bound on a weighted sum: every limit there is becomes one or more of these.

    Args:
        coefficients: Per charger id what one ampere on each line adds; never negative.
        bound: In ``unit``.
        source: Who set it.
        circuit: The circuit it protects, None for a bound on one charger.
        line: None for a bound on the total.
        limit: Id of the live limit it was compiled from.
    """

    coefficients: Mapping[str, Amperes]
    bound: float
    source: Source
    unit: Unit = Unit.AMPERE
    circuit: str | None = None
    line: int | None = None
    limit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A bound with a source that may expire (R14).

    Args:
        id: Unique; a new limit with the same source and target replaces the old one.
        source: Free word of the caller, shown in the reason.
        target: Id of a circuit or a charger.
        value: In ``unit``.
        floor: It never asks for less than this, where physics allow.
        expires: Wall clock, None if it stands until it is cleared.
        kind: What the rows it becomes name as their source.

    Raises:
        ValueError: Where value or floor is below 0 or no number.
    """

    id: str
    source: str
    target: str
    value: float
    unit: Unit = Unit.AMPERE
    floor: float = 0.0
    expires: datetime | None = None
    kind: Source = Source.ACTION

    def __post_init__(self) -> None:
        """Refuse what is no bound."""
        for name, number in (("value", self.value), ("floor", self.floor)):
            if not 0 <= number < math.inf:
                raise ValueError(f"{name}: {number} {self.unit} is not a number from 0 up")


@dataclass(frozen=True, slots=True, kw_only=True)
class AverageLimit:
    """A bound on the average power that a circuit takes in a quarter-hour or an hour of the wall clock.

    Args:
        circuit: Id of a circuit with a meter.
        watts: The highest average.
        minutes: 15 or 60.

    Raises:
        ValueError: Where watts are not above 0, or nobody averages over so many minutes.
    """

    circuit: str
    watts: float
    minutes: int

    def __post_init__(self) -> None:
        """Refuse what is no average."""
        if not 0 < self.watts < math.inf:
            raise ValueError(f"watts: {self.watts} W is not a number above 0")
        if self.minutes not in (15, 60):
            raise ValueError(f"minutes: {self.minutes} is not 15 or 60")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReading:
    """What a meter said once.

    Args:
        source: Id of the circuit it measures.
        sequence: Counts the readings of this source.
        taken: Monotonic time of the measurement, also when nothing changed (R13).
        amperes: Per line, positive into the site where the sign is known, else the magnitude.
        watts: Per line, signed, where the meter gives it.
        resolution: Smallest step of ``amperes``.
    """

    source: str
    sequence: int
    taken: float
    amperes: PerLine
    watts: PerLine = NO_VALUES
    resolution: float = 0.1


class Notice(StrEnum):
    """What a charger does besides what it is told."""

    OWN_BALANCING = "own_balancing"
    """It shares or follows power by itself: two that balance on one fuse oscillate."""
    HELD_BACK = "held_back"
    """It does not let the car charge for a reason of its own, whatever limit is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerValues:
    """What a charger tells when it is asked; None is "not told", never 0.

    Args:
        amperes: Per phase of the charger, not of the site.
        state: IEC 61851-1.
        limit: Limit read back, A.
        locked: Whether the plug is locked at the car or the charger.
        watts: Total power.
        session_wh: Energy of the session.
        total_wh: Energy counter.
        fault: The device's own words or code.
        phases: That it is switched to, 1 or 3.
        notices: What it does besides.
    """

    amperes: PerLine = NO_VALUES
    state: VehicleState | None = None
    limit: float | None = None
    locked: bool | None = None
    watts: float | None = None
    session_wh: float | None = None
    total_wh: float | None = None
    fault: str | None = None
    phases: int | None = None
    notices: frozenset[Notice] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerReading(ChargerValues):
    """What a charger said once.

    Args:
        source: Id of the charger.
        sequence: Counts the readings of this source.
        asked: Monotonic time at which the reading began; a slow box answers bit by bit.
        taken: Monotonic time at which it was complete.
    """

    source: str
    sequence: int
    asked: float
    taken: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A poll that brought nothing: the device did not answer or made no sense."""

    source: str
    at: float
    error: str


type Reading = MeterReading | ChargerReading | Failure


@dataclass(frozen=True, slots=True)
class Draw:
    """What a charger draws or may start to draw, per line of the site.

    Args:
        low: It draws at least this at the time of the mains sample.
        high: It may come to draw this by what has been commanded.
    """

    low: Amperes
    high: Amperes


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a strategy asks for on behalf of a charger.

    Args:
        charger: Its id.
        lines: The lines it counts on; on these its current is what is allocated.
        minimum: Least current above 0 (R2).
        maximum: The least of charger, cable and car (R3); caps and limits are rows.
        step: The charger's resolution.
        tier: Lower ones are served first (R5).
        weight: Share within the tier, above 0.
        order: Place in the turn queue (R6).
        keep: Stays on where every row still fits (R11).

    Raises:
        ValueError: Where it counts on no line, or a number is not above 0.
    """

    charger: str
    lines: frozenset[int]
    minimum: float
    maximum: float
    step: float = 1.0
    tier: int = 0
    weight: float = 1.0
    order: int = 0
    keep: bool = False

    def __post_init__(self) -> None:
        """Refuse what would be served outside the rules; a maximum below the minimum is allowed and gets 0."""
        if not self.lines:
            raise ValueError(f"lines: {self.charger} counts on no line")
        for name, number in (("minimum", self.minimum), ("step", self.step), ("weight", self.weight)):
            if not 0 < number < math.inf:
                raise ValueError(f"{name}: {number} of {self.charger} is not above 0")
        if not 0 <= self.maximum < math.inf:
            raise ValueError(f"maximum: {self.maximum} A of {self.charger} is not a number from 0 up")


class Why(StrEnum):
    """The kinds of reason for a decision (R20); texts are in the translations."""

    UNLIMITED = "unlimited"
    """Gets all that charger, cable and car can take."""
    FUSE = "fuse"
    CIRCUIT = "circuit"
    USER_CAP = "user_cap"
    USER_FUSE = "user_fuse"
    PEAK = "peak"
    """More would lift the average power of the running quarter-hour or hour over its limit."""
    LIMIT = "limit"
    NO_ROOM = "no_room"
    """Not even the minimum fits."""
    WAITING_TURN = "waiting_turn"
    """Another car is served first."""
    HOLD = "hold"
    """There is room, raised once it has been there for the hold time (R8)."""
    PHASE_SWITCH = "phase_switch"
    """Kept without load while it is switched to one phase or three (R11)."""
    SETTLING = "settling"
    """Waits for a command to take effect (R9)."""
    STARTING = "starting"
    WAITING_FOR_CHARGER = "waiting_for_charger"
    """Another charger has not been seen since the start (R18)."""
    METER_STALE = "meter_stale"
    PHASE_MISSING = "phase_missing"
    UNREACHABLE = "unreachable"
    WRITE_FAILED = "write_failed"
    LIMIT_IGNORED = "limit_ignored"
    """Draws more than its limit, or tells a higher one (R17)."""
    CAR_ABOVE_LIMIT = "car_above_limit"
    """The charger has its limit, the car draws more (R17)."""
    OTHER_MASTER = "other_master"
    """Somebody else sets its limit; we step back for a while (R17)."""
    CAR_CONTENT = "car_content"
    """The car takes no more (R10)."""
    NO_CAR = "no_car"
    FAULT = "fault"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a charger stands where it stands: the same in entities, diagnostics and the log.

    Args:
        why: The kind.
        circuit: Id of the circuit that bound.
        line: Its line.
        source: The source of a live limit.
        charger: Id of another charger that is waited for.
        until: Monotonic time of the next look, where one is known.
    """

    why: Why
    circuit: str | None = None
    line: int | None = None
    source: str | None = None
    charger: str | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one charger is to be set to, and why.

    Args:
        charger: Its id.
        amperes: 0 or at least the minimum (R2).
        target: What it would get at rest, without hold and settling.
        lines: The lines it counts on.
        reason: Why not more.
    """

    charger: str
    amperes: float
    target: float
    lines: frozenset[int]
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """An order to write a limit into a charger; 0 pauses."""

    charger: str
    amperes: float
    number: int
    """Counts the writes to this charger, to match the acknowledgement."""
    phases: int | None = None
    """Instead of the limit, which stands at 0, the phases are written: 1 or 3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """What became of a write."""

    charger: str
    number: int
    amperes: float
    at: float
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Now:
    """Both clocks: ages and holds are monotonic; turns and expiries need the wall clock."""

    monotonic: float
    wall: datetime
