"""A virtual house and what happens in it, as data.

Times are seconds from the start of the scenario, currents amperes per line of the site, energies Wh.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from ..pool.defaults import RAISE_HOLD, RAISE_WINDOW
from ..pool.model import NO_LINE, Amperes, AverageLimit, Limit, Site, Wiring
from ..pool.state import Settings
from ..pool.strategy import Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class Appliance:
    """A load that comes and goes.

    Args:
        name: What it is.
        amperes: What it draws while it is on; negative feeds in.
        periods: When it is in use: from, until.
        cycle: Seconds on and seconds off within a period, None if it stays on: the thermostat of a hob.
    """

    name: str
    amperes: Amperes
    periods: tuple[tuple[float, float], ...]
    cycle: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """What flows through a fuse without the chargers and without the circuits behind it.

    Args:
        base: What always flows; negative feeds in.
        noise: Standard deviation of a ripple on every line of the base, A.
        trace: Per line the name of a measured single-phase house (``h1``), None without.
        trace_peak: Highest current of each line of the trace after scaling, A.
        appliances: On top of both.
    """

    base: Amperes = NO_LINE
    noise: float = 0.0
    trace: tuple[str, str, str] | None = None
    trace_peak: float = 10.0
    appliances: tuple[Appliance, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterModel:
    """How a meter tells what flows.

    Args:
        interval: Seconds between two values.
        delay: Seconds from a measurement to its being heard; the receiver takes it for new.
        resolution: Smallest step of a current, A.
        signed: False tells magnitudes of current.
        watts: Whether it tells the signed active power as well.
    """

    interval: float = 1.0
    delay: float = 0.0
    resolution: float = 0.01
    signed: bool = True
    watts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerModel:
    """How a charger really is, beside what its capability in the site promises.

    Args:
        lines: The lines of the site that its phases are on.
        returns: The lines that its phases return on where there is no neutral (IT, split phase), else empty.
        limit: In force at the start, A.
        latency: Seconds from a write to the control pilot.
        reboot_default: Limit after a reboot, A.
        timeout: Seconds of silence of its master after which it falls back, None if it never does.
        fall_back: Limit after that silence, A.
    """

    lines: tuple[int, ...]
    returns: tuple[int, ...] = ()
    limit: float = 6.0
    latency: float = 1.0
    reboot_default: float = 6.0
    timeout: float | None = None
    fall_back: float = 6.0

    @property
    def wiring(self) -> Wiring:
        """Per phase the lines that carry its current."""
        if not self.returns:
            return tuple(frozenset({line}) for line in self.lines)
        return tuple(frozenset(pair) for pair in zip(self.lines, self.returns, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class CarModel:
    """A car and one stay of it.

    Args:
        name: Unique in the scenario.
        charger: Id of the charger it is plugged into.
        arrives: When.
        leaves: When, after ``arrives``.
        needs: Energy until it is full, Wh.
        phases: How many phases its own charger uses, from the first on.
        maximum: Highest current per phase it takes, A.
        minimum: Least current it charges with, A.
        reaction: Seconds until it follows a changed offer.
        ramp: Rise of its current, A per second.
        taper: The last Wh, in which its current falls evenly down to its minimum.
        sleeps_after: So many pauses send it to sleep until it is plugged in anew, None never.
        later_phases: Seconds after it began to draw, and the phases it uses from then on.
        excess: What it draws above what it is offered, A.
    """

    name: str
    charger: str
    arrives: float
    leaves: float
    needs: float
    phases: int = 3
    maximum: float = 16.0
    minimum: float = 6.0
    reaction: float = 5.0
    ramp: float = 2.0
    taper: float = 0.0
    sleeps_after: int | None = None
    later_phases: tuple[float, int] | None = None
    excess: float = 0.0


class FaultKind(StrEnum):
    """What may fail; the target is a circuit's meter or a charger."""

    METER_SILENT = "meter_silent"
    METER_FROZEN = "meter_frozen"
    """It goes on telling the value it had at the beginning."""
    METER_ABSURD = "meter_absurd"
    """Single values are far too high, or no numbers."""
    PHASE_MISSING = "phase_missing"
    """``line`` is not told."""
    CHARGER_SILENT = "charger_silent"
    """It neither answers nor takes a limit; it goes on charging."""
    LIMIT_IGNORED = "limit_ignored"
    """It takes a limit and keeps the one it had."""
    WRITES_FAIL = "writes_fail"
    """It answers and refuses every limit."""
    OTHER_MASTER = "other_master"
    """Somebody else sets ``amperes`` every ``period`` seconds."""
    CHARGER_REBOOTS = "charger_reboots"
    """It is silent until the end of the fault, then stands at its reboot default."""
    RESTART = "restart"
    """Home Assistant hands over, is away until the end of the fault, and starts; no target."""
    CRASH = "crash"
    """As a restart, without handing over."""
    CLOCK_JUMPS = "clock_jumps"
    """The wall clock is set by ``seconds``; no target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something fails for a while.

    Args:
        kind: What.
        target: Id of a circuit (its meter) or of a charger; empty where the kind has none.
        at: When it begins.
        until: When it ends.
        line: Of the missing phase.
        amperes: What the other master sets.
        period: Seconds between two writes of the other master.
        seconds: By which the wall clock jumps.
    """

    kind: FaultKind
    target: str = ""
    at: float
    until: float
    line: int = 0
    amperes: float = 16.0
    period: float = 30.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitChange:
    """A limit from outside: it holds from ``at`` until ``until``, the wall-clock expiry of ``limit`` is not used."""

    at: float
    until: float
    limit: Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One run.

    Args:
        name: Of the file.
        about: A sentence for people.
        seconds: How long.
        start: Wall clock at the beginning.
        seed: Of all that is random in it.
        site: What the controller is told of the house.
        strategy: How current is shared.
        hold: Seconds that room has to be there before a raise.
        window: Seconds whose worst house load a raise starts from.
        worst_house: Per line, assumed when the main meter is lost.
        households: By circuit id.
        meters: By circuit id, those that are metered.
        chargers: By charger id, all.
        cars: All stays.
        faults: All that fails.
        limits: From outside.
        averages: Of power, at most one per circuit, each of which has a meter.
    """

    name: str
    about: str
    seconds: int
    start: datetime = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    seed: int = 0
    site: Site
    strategy: Strategy = Strategy.EQUAL_SHARE
    hold: float = RAISE_HOLD
    window: float = RAISE_WINDOW
    worst_house: Amperes | None = None
    households: Mapping[str, Household] = field(default_factory=dict)
    meters: Mapping[str, MeterModel] = field(default_factory=dict)
    chargers: Mapping[str, ChargerModel] = field(default_factory=dict)
    cars: tuple[CarModel, ...] = ()
    faults: tuple[Fault, ...] = ()
    limits: tuple[LimitChange, ...] = ()
    averages: tuple[AverageLimit, ...] = ()

    @property
    def settings(self) -> Settings:
        """What the pool's controller is given at the start; limits from outside come in time."""
        return Settings(
            site=self.site,
            strategy=self.strategy,
            control=True,
            hold=self.hold,
            window=self.window,
            worst_house=self.worst_house,
            averages=self.averages,
        )
