"""Over-seconds, the events they make up, and how long each took to be relieved.

*Over-second*: a second in which the true current exceeds a bound by over 0.1 A while the house alone plus standing
minimums would not. A standing minimum is what a car draws, up to its charger's minimum, while it has been plugged in
for less than the relief bound: a charger without a car stands at its minimum, so a car that arrives draws that at
once.

*Event*: over-seconds of one bound at most a minute apart. A controller that takes back what it gave, again and again
within the minute that room should have been there before a raise, has not relieved anything. *Relief*: from the first
over-second of an event to the end of its last. A new clock begins within an event where the house alone rises by 1 A
or more within 2 s to more than a value of the meter could tell in this event, or where a car that was drawing takes up
another phase: neither could be known before. A hob that comes on again is no news, unless it was off whenever the meter
looked. The event is then as good as the worst of its clocks.

A run of over-seconds that comes and goes between two values of a slow meter belongs to no event: nobody could hear of
it. Neither do seconds in which all that could be done was done: only chargers that take no limit
(``known.stuck``) draw more than a standing minimum. All of them are over-seconds all the same.
"""

from dataclasses import dataclass

import numpy as np

from ..pool.defaults import PHASE_SEEN
from .guards import Guard
from .known import Mask, clock_start
from .record import NO_CAR, Floats, Indexes, Record
from .relief import Relief

GAP = 60
"""Over-seconds up to this far apart are one event, s."""
RISE = 1.0
RISE_WITHIN = 2
"""A rise of the house by this much, A, within this time, s, could not be known before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A time above a bound.

    Args:
        at: The first over-second.
        seconds: How many over-seconds.
        relief: Seconds of its worst clock.
        bound: Seconds that this clock had, from its first over-second on, with what could not be known.
        peak: The highest that flowed, in the unit of the bound.
    """

    at: int
    seconds: int
    relief: int
    bound: float
    peak: float

    @property
    def kept(self) -> bool:
        """Whether it was relieved in time."""
        return self.relief <= self.bound


@dataclass(frozen=True, slots=True)
class Overload:
    """How a bound was exceeded.

    Args:
        seconds: How many over-seconds.
        events: In the order of time.
    """

    seconds: int
    events: tuple[Event, ...]


def overload(record: Record, guard: Guard, relief: Relief, stuck: Mask) -> Overload:
    """How a bound was exceeded.

    Args:
        record: The run.
        guard: The bound.
        relief: The relief bounds of the run.
        stuck: (T, n) which chargers take no limit.
    """
    flow, highest, second = guard.flow, guard.value + guard.tolerance, np.arange(len(guard.house))
    above = (flow > highest) & (guard.live[0] <= second) & (second < guard.live[1])
    if not above.any():
        return Overload(0, ())
    standing = _standing(record, guard, relief)
    over = above & (guard.house + standing.sum(axis=1) <= highest)
    lowered = np.where(stuck, 0.0, guard.draws - standing).sum(axis=1) <= guard.tolerance
    nothing_left = lowered & (np.where(stuck, guard.draws, 0.0).sum(axis=1) > guard.tolerance)
    rows = _seen(np.flatnonzero(over & ~nothing_left), relief.sampling(guard))
    risen, added = _risen(guard), _phase_added(record, guard)
    found = np.split(rows, np.flatnonzero(np.diff(rows) > GAP) + 1) if rows.size else []
    return Overload(int(over.sum()), tuple(_event(record, guard, relief, seconds, (risen, added)) for seconds in found))


def _seen(rows: Indexes, interval: float) -> Indexes:
    """The over-seconds without the runs of them that came and went between two values of the meter."""
    runs = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    seen = [run for run in runs if run.size and run[-1] // interval > (run[0] - 1) // interval]
    return np.concatenate(seen) if seen else rows[:0]


def _event(record: Record, guard: Guard, relief: Relief, rows: Indexes, changes: tuple[Mask, Mask]) -> Event:
    """The event of some over-seconds; changes tell when the house rose, and when a car took up a phase."""
    clocks = []
    news = _news(guard, int(rows[0]), int(rows[-1]) + 1, relief.sampling(guard), *changes)
    for seconds in np.split(rows, np.flatnonzero(np.diff(news[rows - rows[0]])) + 1):
        first, end = int(seconds[0]), int(seconds[-1]) + 1
        bound = relief.bound(guard, first)
        bound += clock_start(record, guard, (first, end), bound) - first
        clocks.append((end - first, bound))
    length, bound = max(clocks, key=lambda clock: clock[0] - clock[1])
    return Event(at=int(rows[0]), seconds=rows.size, relief=length, bound=bound, peak=float(guard.flow[rows].max()))


def _standing(record: Record, guard: Guard, relief: Relief) -> Floats:
    """(T, n) what stands at its minimum."""
    standing = np.zeros_like(guard.draws)
    for index in guard.chargers:
        cars = record.cars[:, index]
        arrivals = np.flatnonzero((cars != NO_CAR) & (np.concatenate(([NO_CAR], cars[:-1])) != cars))
        for arrival in arrivals.tolist():
            end = arrival + int(relief.bound(guard, arrival))
            stay = slice(arrival, end)
            standing[stay, index] = np.where(
                cars[stay] == cars[arrival], np.minimum(guard.draws[stay, index], guard.minimums[index]), 0.0
            )
    return standing


def _news(guard: Guard, first: int, end: int, interval: float, risen: Mask, added: Mask) -> Indexes:
    """(end - first,) counts what could not be known before, from the first over-second of an event on."""
    house, second = guard.house[first:end], np.arange(first, end)
    looked = second // interval > (second - 1) // interval
    highest = np.concatenate(([-np.inf], np.maximum.accumulate(np.where(looked, house, -np.inf))[:-1]))
    return np.cumsum((risen[first:end] & (house > highest)) | added[first:end], dtype=np.intp)


def _risen(guard: Guard) -> Mask:
    """(T,) where the house alone rises clearly."""
    house = np.concatenate((np.full(RISE_WITHIN, guard.house[0]), guard.house)) / guard.ampere
    step = np.diff(house)
    before, now = step[:-1], step[1:]
    # A single step also rises within the two seconds that follow it, and is new only once.
    rise: Mask = (now >= RISE) | ((now + before >= RISE) & (before < RISE))
    return rise


def _phase_added(record: Record, guard: Guard) -> Mask:
    added = np.zeros(len(guard.house), dtype=np.bool_)
    for index in guard.chargers:
        drawing = record.drawn[:, index] >= PHASE_SEEN
        same_car = record.cars[1:, index] == record.cars[:-1, index]
        lines = drawing[1:] & ~drawing[:-1]
        taken_up = lines.any(axis=1) if guard.line is None else lines[:, guard.line]
        added[1:] |= same_car & drawing[:-1].any(axis=1) & taken_up
    return added
