"""Whether the average power of every quarter-hour or hour stayed at or below its limit.

What counts is what a circuit takes in, over all its lines; feeding in counts as nothing. A window of the wall clock is
judged where all of it lies within the run and nothing fails in it that blinds or stops the controller: its meter, Home
Assistant, the clock. Its average may be above the limit by 1 %, or by what the meter's resolution hides.

An average that is higher breaks the rule if the cars were still charging when it could be known: what has been taken so
far, and the house as it is for the rest of the window, came to more than the limit for as long as meter, chargers and
cars need, and for the time between two bounds of the guard. What takes no limit counts as house.
"""

from collections.abc import Iterable
from dataclasses import dataclass
import math

import numpy as np

from ..pool.model import AverageLimit
from ..pool.peak_guard import GRID
from .guards import Guard, average_guard
from .known import AWAY, OF_METER, Mask
from .record import Record
from .relief import Relief
from .scenario import Fault, FaultKind
from .times import at_time

_TOLERANCE = 0.01
"""Of the limit."""
_NOTICEABLE = 1.0
"""A power above this is one, W."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One quarter-hour or hour.

    Args:
        limit: On its average.
        at: Its first second.
        until: The second after its last.
        watts: Its average.
        highest: What the average may be.
        judged: Whether nothing fails in it.
        knowingly: Whether cars were charging when it could be known that it would be too high.
    """

    limit: AverageLimit
    at: int
    until: int
    watts: float
    highest: float
    judged: bool
    knowingly: bool

    @property
    def kept(self) -> bool:
        """Whether no rule is broken."""
        return not self.judged or self.watts <= self.highest or not self.knowingly


def windows(record: Record, relief: Relief, stuck: Mask) -> Iterable[Window]:
    """Every whole window of every limit on an average, in the order of the limits and of time.

    Args:
        record: The run.
        relief: Its relief bounds.
        stuck: (T, n) which chargers take no limit.
    """
    for limit in record.scenario.averages:
        guard, length = average_guard(record, limit), limit.minutes * 60
        first = math.ceil(-record.scenario.start.timestamp() % length)
        for at in range(first, len(record.limits) - length + 1, length):
            yield _window(record, guard, limit, at, relief, stuck)


def broken_averages(record: Record, relief: Relief, stuck: Mask) -> Iterable[str]:
    """Windows whose average is too high, as sentences; for the arguments see ``windows``."""
    for window in windows(record, relief, stuck):
        if not window.kept:
            yield (
                f"{window.limit.circuit}: {window.watts:.0f} W on average from {at_time(window.at)} to "
                f"{at_time(window.until)}, limit {window.limit.watts:g} W"
            )


def _window(record: Record, guard: Guard, limit: AverageLimit, at: int, relief: Relief, stuck: Mask) -> Window:
    length = limit.minutes * 60
    rows = slice(at, at + length)
    taken = np.maximum(guard.flow[rows], 0.0)
    fixed = np.maximum(guard.house[rows] + np.where(stuck[rows], guard.draws[rows], 0.0).sum(axis=1), 0.0)
    left = np.arange(length - 1, -1, -1)
    too_much = np.cumsum(taken) + fixed * left > limit.watts * length
    reaction = math.ceil(relief.bound(guard, at) + GRID)
    known = np.flatnonzero(~too_much)
    since = np.zeros(length, dtype=np.intp)
    since[known] = known + 1
    lasting = np.arange(length) + 1 - np.maximum.accumulate(since) > reaction
    return Window(
        limit=limit,
        at=at,
        until=at + length,
        watts=float(taken.mean()),
        highest=limit.watts + max(_TOLERANCE * limit.watts, _hidden(record, limit)),
        judged=not any(_spoils(fault, limit, at, at + length) for fault in record.scenario.faults),
        knowingly=bool((lasting & (taken > fixed + _NOTICEABLE)).any()),
    )


def _hidden(record: Record, limit: AverageLimit) -> float:
    """What the meter's resolution may hide on all lines, W."""
    model, site = record.scenario.meters[limit.circuit], record.scenario.site
    return 0.0 if model.watts else model.resolution * site.voltage * len(site.lines(limit.circuit))


def _spoils(fault: Fault, limit: AverageLimit, at: int, until: int) -> bool:
    blind = fault.kind in OF_METER and fault.target == limit.circuit
    anywhere = fault.kind in AWAY or fault.kind is FaultKind.CLOCK_JUMPS
    return (blind or anywhere) and fault.at < until and at < fault.until
