"""The load of everything that is no charger, per circuit and line, estimated from above (R1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
import math

from .defaults import METER_LAG, URGENT_LAG, WORST_HOUSE_MEMORY
from .following import Drawn
from .layout import Layout
from .meter import Age, Meter
from .model import LINES, MAIN, NO_LINE, Amperes, PerLine, Row, Unit
from .outlet import Outlet


class View(StrEnum):
    """Which estimate of the house load an answer is built on."""

    PRESENT = "present"
    """Now, as far as commands under way do not explain it: what cuts go by (R8, R9)."""
    EXPLAINED = "explained"
    """Now, if raises under way are used by now, whether or not a reading has shown it: what cars are paused by (R9)."""
    PLANNED = "planned"
    """The worst of the window, as far as it is known: what everybody would get at rest."""
    HIGHEST = "highest"
    """The worst of the window and of all that may be true now: what raises have to fit under (R1, R8)."""
    WEEK = "week"
    """The worst of a week, or the configured worst: what chargers are planned for that are slow to lower (R12)."""


@dataclass(frozen=True, slots=True)
class House:
    """The load of a circuit on one line without its chargers, A; negative while it feeds in.

    Args:
        present: See ``View``.
        explained: See ``View``.
        planned: See ``View``.
        highest: See ``View``.
        week: See ``View``.
        age: How far its meter can be trusted.
        rounding: What the meter's rounding may hide beyond that, where no margin covers it.
        doubled: What was taken off here of a current that flows on another line, as nobody knows on which.
    """

    present: float
    explained: float
    planned: float
    highest: float
    week: float
    age: Age = Age.FRESH
    rounding: float = 0.0
    doubled: float = 0.0

    def of(self, view: View) -> float:
        """The estimate that a view is built on."""
        if view is View.PRESENT:
            return self.present
        if view is View.EXPLAINED:
            return self.explained
        if view is View.PLANNED:
            return self.planned
        return self.highest if view is View.HIGHEST else self.week


def _certain(load: float, age: Age = Age.FRESH) -> House:
    return House(load, load, load, load, load, age)


type _Below = Sequence[tuple[Outlet, frozenset[int]]]
"""The chargers behind a fuse, with the lines that reach them."""

type Houses = Mapping[tuple[str, int], House]


def survey(
    layout: Layout,
    meters: Mapping[str, Meter],
    outlets: Mapping[str, Outlet],
    *,
    at: float,
    window: float,
    worst_house: Amperes | None,
    bounds: Mapping[tuple[str, int], float],
) -> tuple[dict[str, Meter], Houses]:
    """The house load of every circuit and line, and the meters that remember what has become known of it.

    Args:
        layout: Of the site.
        meters: By circuit id.
        outlets: By charger id.
        at: Monotonic time.
        window: Seconds of which the worst counts for raises.
        worst_house: Assumed per line when the main meter is lost; None is the whole fuse.
        bounds: The lowest bound per circuit and line, A.
    """
    kept = dict(meters)
    houses: dict[tuple[str, int], House] = {}
    for circuit in layout.leaves_first:
        meter = meters.get(circuit.id)
        if meter is None:
            for line in range(LINES):
                reserve = _certain(circuit.reserve[line])
                houses[circuit.id, line] = _sum(
                    reserve, [houses[branch, line] for branch in layout.branches[circuit.id]]
                )
            continue
        below = [(outlets[key], layout.reach[key]) for key in layout.behind[circuit.id]]
        draws = _Draws(below, meter.lag)
        urgent = _Draws(below, meter.lag - METER_LAG + URGENT_LAG, risen=False)
        likely = _Draws(below, meter.lag - METER_LAG + URGENT_LAG)
        meter = kept[circuit.id] = _remember(meter, below, draws, at)
        configured = worst_house if circuit.id == MAIN else None
        lost, lasting = configured or circuit.fuse, configured or NO_LINE
        for line in range(LINES):
            bound = bounds.get((circuit.id, line), math.inf)
            houses[circuit.id, line] = _house(
                meter,
                line,
                draws,
                urgent,
                likely,
                at=at,
                window=window,
                lost=lost[line],
                lasting=lasting[line],
                bound=bound,
            )
    return kept, houses


def _sum(reserve: House, branches: Sequence[House]) -> House:
    """The load of a circuit without a meter: what is kept free, and what is known of its branches."""
    return House(
        present=reserve.present + sum(max(branch.present, 0.0) for branch in branches),
        explained=reserve.explained + sum(max(branch.explained, 0.0) for branch in branches),
        planned=reserve.planned + sum(max(branch.planned, 0.0) for branch in branches),
        highest=reserve.highest + sum(max(branch.highest, 0.0) for branch in branches),
        week=reserve.week + sum(max(branch.week, 0.0) for branch in branches),
        age=max((branch.age for branch in branches), default=Age.FRESH),
    )


def load_of(row: Row, houses: Houses, voltage: float, view: View) -> float:
    """The house load that counts on a row, in the row's unit."""
    if row.circuit is None:
        return 0.0
    lines = range(LINES) if row.line is None else (row.line,)
    amperes = sum(houses[row.circuit, line].of(view) for line in lines)
    if row.unit is Unit.AMPERE:
        return amperes
    return (
        amperes + sum(houses[row.circuit, line].rounding + houses[row.circuit, line].doubled for line in lines)
    ) * voltage


def _remember(meter: Meter, below: _Below, draws: _Draws, at: float) -> Meter:
    """Remember the house load of readings for which every charger has told what it drew at that time.

    What a charger that nobody hears of may have drawn is no house load to remember.
    """
    known: list[tuple[float, PerLine]] = []
    for taken, amperes in meter.pending:
        if not all(outlet.told_since(taken, at) for outlet, _ in below):
            break
        drawn = draws.at(taken)
        loads = [None if value is None else value - drawn.unheard[line] for line, value in enumerate(amperes)]
        known.append((taken, (loads[0], loads[1], loads[2])))
        if below:
            meter = meter.compared(taken, amperes, drawn.compared)
    return meter.remember(known)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What the chargers behind a fuse drew when a reading was measured, A per line.

    Args:
        least: At least.
        most: At most, if nothing but commands under way has moved it since they were read.
        allowed: At most, if whoever was not read since has taken up all that it is allowed.
        unheard: At most, if whoever nobody hears of draws all that it may.
        compared: What a meter has to follow.
        doubled: What of the most flows on another line, where nobody knows on which.
    """

    least: Amperes
    most: Amperes
    allowed: Amperes
    unheard: Amperes
    compared: Drawn
    doubled: Amperes


class _Draws:
    """The same for several readings, looked up once for each."""

    def __init__(self, below: _Below, lag: float, *, risen: bool = True) -> None:
        self._below = below
        self._lag = lag
        self._risen = risen
        self._known: dict[float, _Drawn] = {}

    def at(self, taken: float) -> _Drawn:
        """By the time of a reading."""
        if (known := self._known.get(taken)) is not None:
            return known
        least, most, allowed, unheard = list(NO_LINE), list(NO_LINE), list(NO_LINE), list(NO_LINE)
        silent, roaming_least, roaming_most = list(NO_LINE), list(NO_LINE), list(NO_LINE)
        doubled = list(NO_LINE)
        for outlet, reach in self._below:
            drawn = outlet.drawn(taken - self._lag, taken, risen=self._risen)
            low, high = outlet.on_lines(drawn.least, reach), outlet.on_lines(drawn.most, reach, faint=True)
            may = outlet.may_take(taken, reach)
            away = high if drawn.known else outlet.on_lines(outlet.may_have_drawn(drawn), reach)
            for line, (less, more) in enumerate(zip(low, high, strict=True)):
                least[line] += less
                most[line] += more
                allowed[line] += more if may is NO_LINE else max(more, may[line])
                unheard[line] += away[line]
            if not drawn.known:
                untold = outlet.untold(taken, reach)
                silent = [before + more - told for before, more, told in zip(silent, untold, high, strict=True)]
            if outlet.charger.wiring is None:
                elsewhere, roams = 1 - outlet.portion(taken, reach), outlet.elusive(reach)
                for line in range(LINES):
                    doubled[line] += high[line] * elsewhere
                    if roams:
                        roaming_least[line] += low[line]
                        roaming_most[line] += high[line]
        known = self._known[taken] = _Drawn(
            (least[0], least[1], least[2]),
            (most[0], most[1], most[2]),
            (allowed[0], allowed[1], allowed[2]),
            (unheard[0], unheard[1], unheard[2]),
            Drawn(
                (least[0] - roaming_least[0], least[1] - roaming_least[1], least[2] - roaming_least[2]),
                (most[0] + silent[0], most[1] + silent[1], most[2] + silent[2]),
                (roaming_least[0], roaming_least[1], roaming_least[2]),
                (roaming_most[0], roaming_most[1], roaming_most[2]),
            ),
            (doubled[0], doubled[1], doubled[2]),
        )
        return known


def _house(
    meter: Meter,
    line: int,
    draws: _Draws,
    urgent: _Draws,
    likely: _Draws,
    *,
    at: float,
    window: float,
    lost: float,
    lasting: float,
    bound: float,
) -> House:
    age, amperes, taken = meter.age(line, at), meter.amperes[line], meter.taken[line]
    hidden = max(meter.resolution - meter.circuit.margin, 0.0)
    rounding = meter.resolution - hidden
    if age is Age.LOST or amperes is None or taken is None:
        return _certain(lost, age)
    drawn = draws.at(taken)
    highest = amperes - drawn.least[line]
    if age is Age.STALE:
        worst = meter.worst_house(line, at - WORST_HOUSE_MEMORY)
        return _certain((lost if worst is None else max(worst, highest)) + hidden, age)
    if amperes + hidden > bound:
        present = amperes - urgent.at(taken).most[line]
        explained = amperes - likely.at(taken).most[line]
    elif meter.settled is not None and (known := meter.settled[1][line]) is not None:
        # A car that takes up what it was given looks like a load of the house until it is read again. As long as no
        # bound is exceeded it gets that time: the last reading for which all is known counts, and what no car explains.
        explained = present = max(known - draws.at(meter.settled[0]).most[line], amperes - drawn.allowed[line])
    else:
        explained = present = amperes - drawn.most[line]
    worst = meter.worst_house(line, at - window)
    planned = explained if worst is None else max(worst, explained)
    week = max(planned, lasting, planned if (worst := meter.worst_week(line)) is None else worst)
    return House(
        present + hidden,
        explained + hidden,
        planned + hidden,
        max(planned, highest) + hidden,
        week + hidden,
        age,
        rounding,
        drawn.doubled[line],
    )
