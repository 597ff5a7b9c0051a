"""The average power of a quarter-hour or an hour, kept under its limit to the end of the running window.

Capacity tariffs count what a connection takes in from one quarter-hour or hour of the wall clock to the next. What
was taken less than the limit so far may be taken on top of it in the rest of the window, what was taken more has to be
made up. The guard turns that into one bound in watts that stands for ten seconds.

In a quarter-hour, what was saved is for those who charge: they may have more of it, little by little. Nobody is started
by it, for a car whose minimum does not fit below the limit would be paused four times an hour; once an hour is
bearable. The house may always take what was saved; the cars give way only where that is not enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
import math

from .defaults import ABSURD_MULTIPLE, MINIMUM_ON, PEAK_BUCKET, RAISE_WINDOW
from .model import AverageLimit, MeterReading, Site
from .peaks import Peaks

GRID = 10.0
"""The bound is found anew at every tenth second of the wall clock: cars do not follow faster than that."""

REACTION = 10.0
"""Seconds from a bound to the car. The limit's own power over that time is kept back in every window, for a load that
comes on when nothing can be done about it any more; and the bound of the next window holds from so long before it."""

STEP = 50.0
"""Bounds are multiples of this, W, and rise only where a step more is left: a fraction of an ampere moves nothing."""

CLOCK_JUMP = 5.0
"""Wall and monotonic clock that part by more than this many seconds between two steps: the wall clock was set."""

LEAST_SPREAD = 60.0
"""What was taken too much is made up over at least so many seconds: corrections shorter than that would pause cars,
and what is still missing then is covered by what was kept back."""

MORE = 1000.0
"""By so much may the bound of a quarter-hour be above what was taken lately, W, where it is above the limit: enough for
one ampere more on three phases (690 W), too little to start a car (6 A on one phase: 1,380 W)."""

_HOUR = 60
_NOTHING_TAKEN = Peaks(RAISE_WINDOW, PEAK_BUCKET)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakGuard:
    """A limit and its running window.

    Power counts as it is taken in: a meter that is read for a tariff counts what is fed in on another register, so
    feeding in does not make up for what is taken later in the same window.

    Args:
        limit: What the average has to stay at or below.
        start: Wall-clock start of the window, s since the epoch.
        now: Wall clock of the last step, s since the epoch.
        at: Monotonic time of the last step, s.
        wh: Energy taken in since the window began, until the last step; where nothing is known, what is assumed.
        watts: The last known power, None before the first.
        known: Monotonic time up to which that power can be trusted.
        recent: The highest powers of the last minutes.
        bound: What house and cars together may take in on average from here to the end of the window, W.
    """

    limit: AverageLimit
    start: float
    now: float
    at: float
    wh: float
    watts: float | None = None
    known: float = -math.inf
    recent: Peaks = _NOTHING_TAKEN
    bound: float

    @property
    def left(self) -> float:
        """Seconds to the end of the window."""
        return self.start + self._seconds - self.now

    @property
    def wake(self) -> float:
        """Monotonic time at which the bound is found anew, s."""
        return self.at + GRID - self.now % GRID

    @property
    def expected(self) -> float:
        """The average of the running window if the power stays as it is, W."""
        watts = self._worst if self.watts is None else self.watts
        return (self.wh * 3600 + watts * self.left) / self._seconds

    def after(self, at: float, wall: datetime, watts: float | None, patience: float) -> PeakGuard:
        """The guard after one more step; one that is older than the last changes nothing.

        A power stands until the next one, for as long as its meter can be trusted. After that the last known power or
        the limit is assumed, whichever is higher. Where the wall clock was set, the part of the window that has passed
        by the new time counts as planned, or as known where that is more.

        Args:
            at: Monotonic time, s.
            wall: The same moment on the wall clock.
            watts: What the circuit takes in by a new reading, negative while it feeds in; None without one.
            patience: Seconds for which a power can be trusted.
        """
        if at < self.at:
            return self
        now, start = wall.timestamp(), _start(wall, self.limit.minutes)
        same = start == self.start
        begin = self.at if same else max(self.at, at - (now - start))
        wh = (self.wh if same else 0.0) + self._taken(begin, at)
        if abs((now - self.now) - (at - self.at)) > CLOCK_JUMP:
            wh = max(wh, _planned(self.limit) * (now - start) / 3600)
        guard = replace(self, start=start, now=now, at=at, wh=wh)
        if watts is not None:
            taken = max(watts, 0.0)
            guard = replace(guard, watts=taken, known=at + patience, recent=self.recent.add(at, taken))
        if now // GRID != self.now // GRID:
            return replace(guard, bound=_found(guard))
        # A load of the house that comes on between two bounds takes of what was saved at once.
        risen = guard.watts is not None and guard.watts > guard.bound
        return replace(guard, bound=max(guard.bound, _found(guard))) if risen else guard

    def as_dict(self) -> dict[str, float]:
        """What has to be saved to go on after a restart, or with another limit."""
        return {"start": self.start, "now": self.now, "wh": self.wh, "watts": self._worst}

    @property
    def _seconds(self) -> float:
        return self.limit.minutes * 60.0

    @property
    def _worst(self) -> float:
        """What is assumed where nothing is known, W."""
        return max(self.watts or 0.0, self.limit.watts)

    def _taken(self, begin: float, end: float) -> float:
        """Energy between two monotonic times since the last step, Wh."""
        trusted = max(min(self.known, end) - begin, 0.0)
        return ((self.watts or 0.0) * trusted + self._worst * (end - begin - trusted)) / 3600


def watch(limit: AverageLimit, at: float, wall: datetime, saved: Mapping[str, float] | None = None) -> PeakGuard:
    """A guard that has not heard of any power yet.

    The part of the window that has passed counts as planned. Where a guard of the same window was saved, what it knew
    counts, and since then the last known power or the limit, whichever is higher.

    Args:
        limit: What the average has to stay at or below.
        at: Monotonic time, s.
        wall: The same moment on the wall clock.
        saved: What ``as_dict`` gave before.
    """
    now, start = wall.timestamp(), _start(wall, limit.minutes)
    wh = _planned(limit) * (now - start) / 3600
    if saved is not None and saved["start"] == start and saved["now"] <= now:
        wh = saved["wh"] + max(saved["watts"], limit.watts) * (now - saved["now"]) / 3600
    guard = PeakGuard(limit=limit, start=start, now=now, at=at, wh=wh, bound=math.inf)
    return replace(guard, bound=_found(guard))


def power(site: Site, reading: MeterReading) -> float | None:
    """What a circuit takes in, W, negative while it feeds in; None where a line told nothing, or an absurd value.

    Power that the meter gives counts as it is, else current times voltage, as if there were no reactive current. On
    230 V IT that is the voltage to the star point, which no load can exceed.

    Args:
        site: The tree with the circuit.
        reading: Of its meter.
    """
    fuse = next(circuit.fuse for circuit in site.circuits if circuit.id == reading.source)
    volts = site.star_voltage
    total = 0.0
    for rated, watts, amperes in zip(fuse, reading.watts, reading.amperes, strict=True):
        if rated <= 0:
            continue
        value = watts if watts is not None or amperes is None else amperes * volts
        if value is None or not abs(value) <= ABSURD_MULTIPLE * rated * volts:
            return None
        total += value
    return total


def _found(guard: PeakGuard) -> float:
    """The bound from here to the end of the window, W.

    In the last five minutes nobody is started or raised by what would be left over: it would have to be paused or cut
    as the next window begins.
    """
    planned = _planned(guard.limit)
    if guard.left <= REACTION:
        return _rounded(planned)
    saved = planned * (guard.limit.minutes * 60 - guard.left) - guard.wh * 3600
    exact = planned + saved / (guard.left if saved > 0 else max(guard.left, LEAST_SPREAD))
    recent = guard.recent.worst(guard.at - RAISE_WINDOW) or 0.0
    if guard.left <= MINIMUM_ON:
        exact = min(exact, max(planned, recent + 2 * STEP))
    elif guard.limit.minutes < _HOUR:
        exact = min(exact, max(planned, recent + MORE))
    return _rounded(exact) if exact < guard.bound else max(guard.bound, _rounded(exact - STEP))


def _start(wall: datetime, minutes: int) -> float:
    return wall.replace(minute=wall.minute - wall.minute % minutes, second=0, microsecond=0).timestamp()


def _planned(limit: AverageLimit) -> float:
    """The average to come out at, W."""
    return limit.watts * (1 - REACTION / (limit.minutes * 60))


def _rounded(watts: float) -> float:
    return max(math.floor(watts / STEP) * STEP, 0.0)
