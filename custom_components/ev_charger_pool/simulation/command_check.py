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

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..pool.control import Outcome
from ..pool.meter import Age, Meter
from ..pool.model import LINES, Row, Unit, Why
from ..pool.outlet import Outlet
from ..pool.state import State

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
    for row in after.rows:
        if row.circuit is None or row.line is None or row.unit is not Unit.AMPERE:
            continue
        house = _house(after, row.circuit, row.line, at)
        if house is None:
            continue
        name = f"{row.circuit} L{row.line + 1}"
        mine = [key for key in row.coefficients if row.line in outcome.decisions[key].lines]
        committed = _committed(after, outcome, row, at)
        if raised.intersection(mine) and house.high + committed.high > row.bound + _NOTICEABLE:
            yield (
                f"{name}: raised {', '.join(sorted(raised.intersection(mine)))} "
                f"to {house.high:.2f} A + {committed.high:.2f} A, allowed {row.bound:g} A"
            )
        lowerable = any(outcome.decisions[key].amperes > 0 and _obeys(after.outlets[key], at) for key in mine)
        if lowerable and house.low + committed.low > row.bound + _NOTICEABLE:
            yield f"{name}: left {house.low:.2f} A + {committed.low:.2f} A, allowed {row.bound:g} A"


def _ordered(outlet: Outlet) -> float | None:
    """The highest limit that was already decided, None while nobody knows one."""
    if outlet.limit is None or outlet.pending is None:
        return outlet.limit
    return max(outlet.limit, outlet.pending.amperes)


def _obeys(outlet: Outlet, at: float) -> bool:
    return outlet.reachable(at) and not outlet.failures and not outlet.disobeys(at) and outlet.charger.enabled


def _unordered(outlet: Outlet, at: float) -> Outlet:
    """A charger before the order of this very step, which no meter has seen."""
    earlier = tuple(command for command in outlet.under_way if command.sent < at)
    return outlet if len(earlier) == len(outlet.under_way) else replace(outlet, under_way=earlier)


def _house(state: State, circuit_id: str, line: int, at: float) -> _Span | None:
    """The house load on a line of a circuit, None where its meter, or one below, does not tell."""
    meter = state.meters.get(circuit_id)
    if meter is not None:
        return _metered(state, meter, line, at)
    circuit = next(circuit for circuit in state.settings.site.circuits if circuit.id == circuit_id)
    low = high = circuit.reserve[line]
    for branch in state.layout.branches[circuit_id]:
        below = _house(state, branch, line, at)
        if below is None:
            return None
        low, high = low + max(below.low, 0.0), high + max(below.high, 0.0)
    return _Span(low, high)


def _metered(state: State, meter: Meter, line: int, at: float) -> _Span | None:
    amperes, taken = meter.amperes[line], meter.taken[line]
    if meter.age(line, at) is not Age.FRESH or amperes is None or taken is None:
        return None
    hidden = max(meter.resolution - meter.circuit.margin, 0.0)
    least = most = 0.0
    for key in state.layout.behind[meter.circuit.id]:
        outlet, reach = _unordered(state.outlets[key], at), state.layout.reach[key]
        drawn = outlet.drawn(taken - meter.lag, taken)
        least += outlet.on_lines(drawn.least, reach)[line]
        highest = outlet.on_lines(drawn.most, reach)[line]
        told = outlet.samples and outlet.samples[-1].since >= taken
        if not told and line in outlet.lines(at, reach):
            # A car may take what it is allowed at any time; it has not been asked since.
            highest = max(highest, outlet.ceiling)
        most += highest
    return _Span(amperes + hidden - most, amperes + hidden - least)


def _committed(state: State, outcome: Outcome, row: Row, at: float) -> _Span:
    """What the chargers may come to draw on a row by what is decided, and by what is still under way."""
    low = high = 0.0
    for key, coefficients in row.coefficients.items():
        outlet, decision = state.outlets[key], outcome.decisions[key]
        weight = sum(coefficients[line] for line in decision.lines)
        standing = sum(
            coefficients[line] * outlet.standing(at, state.layout.reach[key]).high[line] for line in range(LINES)
        )
        if _obeys(outlet, at):
            low += decision.amperes * weight
            high += max(decision.amperes * weight, standing)
        else:
            high += standing
            low += standing
    return _Span(low, high)
