"""The load of everything that is no charger, per circuit and line, estimated from above (R1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
import math

from .defaults import METER_LAG, WORST_HOUSE_MEMORY
from .meter import Age, Meter
from .model import LINES, MAIN, Amperes, Circuit, PerLine, Row, Site, Unit
from .outlet import Outlet


class View(StrEnum):
    """Which estimate of the house load an answer is built on."""

    PRESENT = "present"
    """Now, as far as commands under way do not explain it: what cuts go by (R8, R9)."""
    PLANNED = "planned"
    """The worst of the window, as far as it is known: what everybody would get at rest."""
    HIGHEST = "highest"
    """The worst of the window and of all that may be true now: what raises have to fit under (R1, R8)."""


@dataclass(frozen=True, slots=True)
class House:
    """The load of a circuit on one line without its chargers, A; negative while it feeds in.

    Args:
        present: See ``View``.
        planned: See ``View``.
        highest: See ``View``.
        age: How far its meter can be trusted.
    """

    present: float
    planned: float
    highest: float
    age: Age = Age.FRESH

    def of(self, view: View) -> float:
        """The estimate that a view is built on."""
        if view is View.PRESENT:
            return self.present
        return self.planned if view is View.PLANNED else self.highest


def _certain(load: float, age: Age = Age.FRESH) -> House:
    return House(load, load, load, age)


type _Below = Sequence[tuple[Outlet, frozenset[int]]]
"""The chargers behind a fuse, with the lines that reach them."""

type Houses = Mapping[tuple[str, int], House]


def survey(
    site: Site,
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
        site: The tree.
        meters: By circuit id.
        outlets: By charger id.
        at: Monotonic time.
        window: Seconds of which the worst counts for raises.
        worst_house: Assumed per line when the main meter is lost; None is the whole fuse.
        bounds: The lowest bound per circuit and line, A.
    """
    kept = dict(meters)
    houses: dict[tuple[str, int], House] = {}
    for circuit in _leaves_first(site):
        meter = meters.get(circuit.id)
        if meter is None:
            below = [branch.id for branch in site.circuits if branch.parent == circuit.id]
            for line in range(LINES):
                reserve = _certain(circuit.reserve[line])
                houses[circuit.id, line] = _sum(reserve, [houses[branch, line] for branch in below])
            continue
        behind = [
            (outlet, site.lines(outlet.charger.circuit))
            for outlet in outlets.values()
            if outlet.charger.enabled and any(step.id == circuit.id for step in site.path(outlet.charger.circuit))
        ]
        meter = kept[circuit.id] = _remember(meter, behind, at)
        lost = worst_house if circuit.id == MAIN and worst_house is not None else circuit.fuse
        for line in range(LINES):
            bound = bounds.get((circuit.id, line), math.inf)
            houses[circuit.id, line] = _house(meter, line, behind, at=at, window=window, lost=lost[line], bound=bound)
    return kept, houses


def _leaves_first(site: Site) -> list[Circuit]:
    return sorted(site.circuits, key=lambda circuit: len(site.path(circuit.id)), reverse=True)


def _sum(reserve: House, branches: Sequence[House]) -> House:
    """The load of a circuit without a meter: what is kept free, and what is known of its branches."""
    return House(
        present=reserve.present + sum(max(branch.present, 0.0) for branch in branches),
        planned=reserve.planned + sum(max(branch.planned, 0.0) for branch in branches),
        highest=reserve.highest + sum(max(branch.highest, 0.0) for branch in branches),
        age=max((branch.age for branch in branches), default=Age.FRESH),
    )


def load_of(row: Row, houses: Houses, voltage: float, view: View) -> float:
    """The house load that counts on a row, in the row's unit."""
    if row.circuit is None:
        return 0.0
    lines = range(LINES) if row.line is None else (row.line,)
    amperes = sum(houses[row.circuit, line].of(view) for line in lines)
    return amperes * voltage if row.unit is Unit.WATT else amperes


def _remember(meter: Meter, below: _Below, at: float) -> Meter:
    """Remember the house load of readings for which every charger has told what it drew at that time.

    What a charger that nobody hears of may have drawn is no house load to remember.
    """
    known: list[tuple[float, PerLine]] = []
    for taken, amperes in meter.pending:
        if not all(outlet.told_since(taken, at) for outlet, _ in below):
            break
        drawn = [outlet.on_lines(outlet.may_have_drawn(taken - METER_LAG, taken), reach) for outlet, reach in below]
        loads = [
            None if value is None else value - sum(draw[line] for draw in drawn) for line, value in enumerate(amperes)
        ]
        known.append((taken, (loads[0], loads[1], loads[2])))
    return meter.remember(known)


def _house(meter: Meter, line: int, below: _Below, *, at: float, window: float, lost: float, bound: float) -> House:
    age, amperes, taken = meter.age(line, at), meter.amperes[line], meter.taken[line]
    hidden = max(meter.resolution - meter.circuit.margin, 0.0)
    if age is Age.LOST or amperes is None or taken is None:
        return _certain(lost, age)
    least, most = _drawn(below, line, taken)
    highest = amperes - least
    if age is Age.STALE:
        worst = meter.worst_house(line, at - WORST_HOUSE_MEMORY)
        return _certain((lost if worst is None else max(worst, highest)) + hidden, age)
    present = amperes - most
    # A car that takes up what it was given looks like a load of the house until it is read again. As long as no bound
    # is exceeded, the last reading for which that is known tells more.
    if amperes + hidden <= bound and meter.settled is not None:
        settled_at, settled = meter.settled
        if (known := settled[line]) is not None:
            present = known - _drawn(below, line, settled_at)[1]
    worst = meter.worst_house(line, at - window)
    planned = present if worst is None else max(worst, present)
    return House(present + hidden, planned + hidden, max(planned, highest) + hidden, age)


def _drawn(below: _Below, line: int, at: float) -> tuple[float, float]:
    """Least and most that the chargers behind a fuse drew on a line when a reading of that time was measured, A."""
    least = most = 0.0
    for outlet, reach in below:
        drawn = outlet.drawn(at - METER_LAG, at)
        least += outlet.on_lines(drawn.least, reach)[line]
        most += outlet.on_lines(drawn.most, reach)[line]
    return least, most
