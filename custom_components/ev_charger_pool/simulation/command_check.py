"""Whether what the controller commands fits below every fuse, on the readings that it had (R1).

The check is made anew from readings and draws, apart from the estimates that the controller decided by. For every fuse
and every limit in amperes, on every line::

    house + committed <= bound

where the house is the meter's value less what the cars drew when it was measured, with the meter's rounding taken
against us. Two questions are asked, because commands under way leave a range of what the cars drew:

- *Nobody is raised* unless it holds with the least that the cars may have drawn and the most that everybody may come to
  draw.
- *Nobody stands higher* than it allows even with the most that the cars may have drawn, as long as anybody can be
  lowered.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
import math

from ..pool.control import Outcome
from ..pool.meter import Age, Meter
from ..pool.model import LINES, NO_LINE, Amperes, Row, Unit, Why
from ..pool.outlet import Outlet
from ..pool.state import State, absent

_NOTICEABLE = 1e-3


@dataclass(frozen=True, slots=True)
class _Span:
    """The least and the most of something, A."""

    low: float
    high: float


def breaches(before: State, after: State, outcome: Outcome, at: float) -> tuple[str, ...]:
    """What is wrong with the decisions of one step, a sentence each.

    Args:
        before: The controller before the step.
        after: The controller after it.
        outcome: Its decisions.
        at: Monotonic time of the step.
    """
    starting = any(decision.reason.why is Why.STARTING for decision in outcome.decisions.values())
    if not after.settings.control or starting:
        return ()
    return tuple(_wrong(before, after, outcome, at))


def _wrong(before: State, after: State, outcome: Outcome, at: float) -> Iterator[str]:
    raised = {
        key
        for key, decision in outcome.decisions.items()
        if (limit := _ordered(before.outlets[key])) is not None and decision.amperes > limit + _NOTICEABLE
    }
    seats = {key: _seat(after, outcome, key, at) for key in after.outlets}
    houses = _houses(after, at)
    for row in after.rows:
        if row.circuit is None or row.line is None or row.unit is not Unit.AMPERE:
            continue
        house = houses[row.circuit][row.line]
        if house is None:
            continue
        name = f"{row.circuit} L{row.line + 1}"
        mine = [key for key in row.coefficients if row.line in outcome.decisions[key].lines]
        committed = _committed(row, seats)
        if raised.intersection(mine) and house.high + committed.high > row.bound + _NOTICEABLE:
            yield (
                f"{name}: raised {', '.join(sorted(raised.intersection(mine)))} "
                f"to {house.high:.2f} A + {committed.high:.2f} A, allowed {row.bound:g} A"
            )
        if house.low + committed.low > row.bound + _NOTICEABLE and any(
            outcome.decisions[key].amperes > 0 and seats[key].obeys for key in mine
        ):
            yield f"{name}: left {house.low:.2f} A + {committed.low:.2f} A, allowed {row.bound:g} A"


@dataclass(frozen=True, slots=True)
class _Seat:
    """What a charger may come to draw.

    Args:
        obeys: Whether it keeps to what it is told.
        lines: That it counts on.
        amperes: Decided.
        standing: What it may draw by what was under way before, or because it does not obey, A per line.
    """

    obeys: bool
    lines: frozenset[int]
    amperes: float
    standing: Amperes


def _seat(state: State, outcome: Outcome, key: str, at: float) -> _Seat:
    outlet, decision = state.outlets[key], outcome.decisions[key]
    obeys = outlet.reachable(at) and not outlet.failures and not outlet.disobeys(at) and outlet.charger.enabled
    standing = NO_LINE if absent(state, outlet, at) else outlet.standing(at, state.layout.reach[key]).high
    return _Seat(obeys, decision.lines, decision.amperes, standing)


def _ordered(outlet: Outlet) -> float | None:
    """The highest limit that was already decided, None while nobody knows one."""
    if outlet.limit is None or outlet.pending is None:
        return outlet.limit
    return max(outlet.limit, outlet.pending.amperes)


def _unordered(outlet: Outlet, at: float) -> Outlet:
    """A charger before the order of this very step, which no meter has seen."""
    if not outlet.under_way or outlet.under_way[-1].sent < at:
        return outlet
    return replace(outlet, under_way=tuple(command for command in outlet.under_way if command.sent < at))


type _PerLine = list[_Span | None]


def _houses(state: State, at: float) -> dict[str, _PerLine]:
    """By circuit the house load per line, None where its meter, or one below, does not tell."""
    houses: dict[str, _PerLine] = {}
    for circuit in state.layout.leaves_first:
        meter = state.meters.get(circuit.id)
        if meter is not None:
            houses[circuit.id] = _metered(state, meter, at)
            continue
        branches = [houses[branch] for branch in state.layout.branches[circuit.id]]
        houses[circuit.id] = [
            _together(circuit.reserve[line], [branch[line] for branch in branches]) for line in range(LINES)
        ]
    return houses


def _together(reserve: float, branches: list[_Span | None]) -> _Span | None:
    low = high = reserve
    for branch in branches:
        if branch is None:
            return None
        low, high = low + max(branch.low, 0.0), high + max(branch.high, 0.0)
    return _Span(low, high)


def _metered(state: State, meter: Meter, at: float) -> _PerLine:
    hidden = max(meter.resolution - meter.circuit.margin, 0.0)
    drawn: dict[float, tuple[list[float], list[float]]] = {}
    spans: _PerLine = []
    for line in range(LINES):
        amperes, taken = meter.amperes[line], meter.taken[line]
        if amperes is None or taken is None or meter.age(line, at) is not Age.FRESH:
            spans.append(None)
            continue
        if taken not in drawn:
            drawn[taken] = _drawn(state, meter, taken, at)
        least, most = drawn[taken]
        spans.append(_Span(amperes + hidden - most[line], amperes + hidden - least[line]))
    return spans


def _drawn(state: State, meter: Meter, taken: float, at: float) -> tuple[list[float], list[float]]:
    """Least and most that the chargers behind a meter drew at a time, A per line."""
    least, most = [0.0] * LINES, [0.0] * LINES
    for key in state.layout.behind[meter.circuit.id]:
        outlet, reach = _unordered(state.outlets[key], at), state.layout.reach[key]
        drawn = outlet.drawn(taken - meter.lag, taken)
        # A car may take what it is allowed at any time; it may not have been asked since.
        allowed = outlet.may_take(taken, reach)
        for line, (low, high) in enumerate(
            zip(outlet.on_lines(drawn.least, reach), outlet.on_lines(drawn.most, reach), strict=True)
        ):
            least[line] += low
            most[line] += max(high, allowed[line])
    return least, most


def _committed(row: Row, seats: Mapping[str, _Seat]) -> _Span:
    """What the chargers may come to draw on a row by what is decided, and by what is still under way."""
    low = high = 0.0
    for key, coefficients in row.coefficients.items():
        seat = seats[key]
        standing = math.sumprod(coefficients, seat.standing)
        if seat.obeys:
            decided = seat.amperes * sum([coefficients[line] for line in seat.lines])
            low += decided
            high += max(decided, standing)
        else:
            low += standing
            high += standing
    return _Span(low, high)
