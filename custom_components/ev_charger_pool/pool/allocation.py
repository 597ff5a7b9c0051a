"""The allocator: what every charger gets at this instant, and which row bound it (R1 to R7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import math

import numpy as np

from .model import LINES, Draw, Request, Row, Source
from .solver import NO_ROW, TOLERANCE, Problem, solve

_SOURCES = list(Source)
_DIGITS = 6
"""Of a current in A: a multiple of a step of 0.1 A is not exact in floating point."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What one charger gets.

    Args:
        amperes: 0 or at least its minimum, on its step.
        binding: The row on which one more step, or the minimum, does not fit. None at the charger's own maximum;
            with 0 A, None means that no step lies between its minimum and its maximum.
        waiting: It gets 0 although its minimum would fit alone: others are served before it.
    """

    amperes: float
    binding: Row | None = None
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class _Bound:
    """A row as the solver needs it.

    Args:
        row: The row.
        slack: What it can bear beside the house and the draws that are fixed, in its unit.
        loads: What one ampere of a request adds, by the request's place in the queue.
    """

    row: Row
    slack: float
    loads: Mapping[int, float]


def allocate(
    rows: Sequence[Row], house_high: Sequence[float], draws: Mapping[str, Draw], requests: Sequence[Request]
) -> dict[str, Grant]:
    """Share out what the rows leave.

    A charger with a request commits what it is given on the lines of the request, and the high end of its draw on
    its other lines. A charger without one commits the high end of its draw, and nothing where it has no draw. All
    of it counts by the coefficients of the row.

    Args:
        rows: All that bounds.
        house_high: Per row what everything but the chargers takes at most, in the unit of the row.
        draws: By charger id.
        requests: One per charger that may get something.

    Raises:
        ValueError: Where a house load or a draw is no finite number, a charger asks twice, or it asks for lines that
            no row bounds.
    """
    queue = sorted(requests, key=lambda request: (request.tier, request.order, request.charger))
    asking = {request.charger: request for request in queue}
    if len(asking) < len(queue):
        raise ValueError("requests: a charger asks twice")
    able = [request for request in queue if _most_steps(request) >= _least_steps(request)]
    places = {request.charger: place for place, request in enumerate(able)}
    bounds = [_bound(row, house, draws, asking, places) for row, house in zip(rows, house_high, strict=True)]
    bounds = sorted((bound for bound in bounds if bound.loads), key=_sort_key)
    unbound = set(places.values()).difference(*(bound.loads for bound in bounds))
    if unbound:
        raise ValueError(f"lines: no row bounds {able[min(unbound)].charger}")
    solution = solve(_problem(bounds, able))
    grants = {request.charger: Grant(0.0) for request in requests}
    for charger, place in places.items():
        index = solution.binding[place]
        grants[charger] = Grant(
            amperes=round(float(solution.amperes[place]), _DIGITS),
            binding=None if index == NO_ROW else bounds[index].row,
            waiting=bool(solution.waiting[place]),
        )
    return grants


def _least_steps(request: Request) -> int:
    return math.ceil(request.minimum / request.step - TOLERANCE)


def _most_steps(request: Request) -> int:
    return math.floor(request.maximum / request.step + TOLERANCE)


def _bound(
    row: Row, house: float, draws: Mapping[str, Draw], asking: Mapping[str, Request], places: Mapping[str, int]
) -> _Bound:
    fixed = [house]
    loads = {}
    for charger, coefficients in row.coefficients.items():
        request, draw = asking.get(charger), draws.get(charger)
        lines = frozenset() if request is None else request.lines
        if draw is not None:
            fixed += [coefficients[line] * draw.high[line] for line in range(LINES) if line not in lines]
        load = sum(coefficients[line] for line in lines)
        if load > 0 and charger in places:
            loads[places[charger]] = load
    # The exact sum does not depend on the order of its terms (R7).
    committed = math.fsum(fixed)
    if not math.isfinite(committed):
        raise ValueError(f"house_high, draws: {fixed} {row.unit} are not all finite numbers")
    return _Bound(row, row.bound - committed, loads)


def _sort_key(bound: _Bound) -> tuple[object, ...]:
    """An order of rows that does not depend on how they are listed: fuses before caps, main fuse first (R7)."""
    row = bound.row
    place = (row.circuit or "", -1 if row.line is None else row.line, row.unit, row.limit or "")
    return _SOURCES.index(row.source), *place, bound.slack, tuple(sorted(bound.loads.items()))


def _problem(bounds: Sequence[_Bound], queue: Sequence[Request]) -> Problem:
    entries = sorted((place, row, load) for row, bound in enumerate(bounds) for place, load in bound.loads.items())
    step = np.array([request.step for request in queue], dtype=np.float64)
    return Problem(
        row=np.array([row for _, row, _ in entries], dtype=np.intp),
        column=np.array([place for place, _, _ in entries], dtype=np.intp),
        coefficient=np.array([load for _, _, load in entries], dtype=np.float64),
        slack=np.array([bound.slack for bound in bounds], dtype=np.float64),
        minimum=step * [_least_steps(request) for request in queue],
        maximum=step * [_most_steps(request) for request in queue],
        step=step,
        weight=np.array([request.weight for request in queue], dtype=np.float64),
        tier=np.array([request.tier for request in queue], dtype=np.intp),
        keep=np.array([request.keep for request in queue], dtype=np.bool_),
    )
