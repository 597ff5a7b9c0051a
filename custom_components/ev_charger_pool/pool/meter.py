"""What is known of one circuit's meter: its last values, how old they are, and the house load behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
import math
from statistics import median

from .defaults import (
    ABSURD_MULTIPLE,
    FUTURE,
    LONG_BUCKET,
    LONG_MEMORY,
    PEAK_BUCKET,
    STALE_INTERVALS,
    STALE_LEAST,
    STALE_MOST,
    STALE_STAGE_2,
    WORST_HOUSE_MEMORY,
)
from .following import FOLLOWS, Drawn, Following
from .heat import Heat, unheard
from .model import LINES, NO_VALUES, Circuit, MeterReading, PerLine
from .peaks import Peaks
from .records import changed

_GAPS = 5
_PATTERN = 3
"""So many gaps make an interval; a single one may be an outage."""
_NO_PEAKS = (Peaks(WORST_HOUSE_MEMORY, PEAK_BUCKET),) * LINES
_NO_WEEK = (Peaks(LONG_MEMORY, LONG_BUCKET),) * LINES


class Age(IntEnum):
    """How far a line of a meter can be trusted (R13)."""

    FRESH = 0
    STALE = 1
    """Stage 1: assume the worst house of the last hour."""
    LOST = 2
    """Stage 2: assume the configured worst house."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A metered circuit as seen through its meter.

    Args:
        circuit: What it measures.
        since: Monotonic time from which it is watched.
        sequence: Of the last reading.
        heard: Its time, also where it told nothing.
        gaps: Seconds between the last readings.
        allowed_age: Seconds after which a value is stale.
        amperes: Last value per line.
        taken: Its time per line.
        pending: Times and currents of readings for which a charger has not told yet what it drew.
        settled: The last one for which all have told.
        peaks: House load per line, remembered for an hour.
        week: The same, remembered for a week.
        steady: From when on it has been heard without a gap that made it stale.
        ignored: How many readings were out of order, doubled or from the future.
        heat: Of the breaker per line, at the time of its last value.
        following: Whether it follows what the cars behind it draw.
        astray: Per line since when it does not, None where it does.
    """

    circuit: Circuit
    since: float
    sequence: int = -1
    heard: float | None = None
    gaps: tuple[float, ...] = ()
    allowed_age: float = STALE_LEAST
    amperes: PerLine = NO_VALUES
    taken: PerLine = NO_VALUES
    pending: tuple[tuple[float, PerLine], ...] = ()
    settled: tuple[float, PerLine] | None = None
    resolution: float = 0.0
    peaks: tuple[Peaks, ...] = _NO_PEAKS
    week: tuple[Peaks, ...] = _NO_WEEK
    steady: float = math.inf
    ignored: int = 0
    heat: tuple[Heat | None, ...] = (None,) * LINES
    following: Following = FOLLOWS
    astray: PerLine = NO_VALUES

    @property
    def lines(self) -> tuple[int, ...]:
        """The lines that the circuit has."""
        return tuple(line for line in range(LINES) if self.circuit.fuse[line] > 0)

    @property
    def seen(self) -> bool:
        """Whether it has ever been read."""
        return self.sequence >= 0

    @property
    def lag(self) -> float:
        """Seconds that a value may be old when it is heard."""
        return self.circuit.meter_lag

    @property
    def interval(self) -> float | None:
        """Seconds between two readings, None while it is not known."""
        return None if len(self.gaps) < _PATTERN else median(self.gaps)

    def accept(self, reading: MeterReading, now: float) -> Meter:
        """The meter after a reading.

        Absurd values are missing ones. A reading out of order, told twice or from the future is counted, and changes
        nothing else.
        """
        last = max((taken for taken in self.taken if taken is not None), default=None)
        if (
            reading.sequence <= self.sequence
            or (last is not None and reading.taken < last)
            or reading.taken > now + FUTURE
        ):
            return changed(self, ignored=self.ignored + 1)
        amperes, taken, sample = list(self.amperes), list(self.taken), list(NO_VALUES)
        heat = list(self.heat)
        for line in self.lines:
            value = reading.amperes[line]
            if value is not None and math.isfinite(value) and abs(value) <= ABSURD_MULTIPLE * self.circuit.fuse[line]:
                amperes[line] = sample[line] = value
                taken[line] = reading.taken
                heat[line] = self._heated(line, value, reading.taken)
        gap = math.inf if last is None else reading.taken - last
        between = 0.0 if self.heard is None else reading.taken - self.heard
        gaps = (*self.gaps, between)[-_GAPS:] if between > 0 else self.gaps
        return changed(
            self,
            sequence=reading.sequence,
            heard=reading.taken,
            gaps=gaps,
            allowed_age=min(max(STALE_INTERVALS * median(gaps), STALE_LEAST), STALE_MOST)
            if len(gaps) >= _PATTERN and gaps != self.gaps
            else self.allowed_age,
            steady=reading.taken if gap > self.allowed_age else self.steady,
            amperes=(amperes[0], amperes[1], amperes[2]),
            taken=(taken[0], taken[1], taken[2]),
            pending=(*self.pending, (reading.taken, (sample[0], sample[1], sample[2]))),
            resolution=reading.resolution,
            heat=tuple(heat),
        )

    def _heated(self, line: int, amperes: float, at: float) -> Heat:
        """The heat of the breaker on a line with one more value; another breaker starts anew."""
        breaker, rated, before = self.circuit.breaker, self.circuit.fuse[line], self.heat[line]
        if before is None or (before.breaker, before.rated) != (breaker, rated):
            return unheard(breaker, rated, amperes, at)
        return before.after(amperes, at, self.allowed_age)

    def remember(self, house: Sequence[tuple[float, PerLine]]) -> Meter:
        """The meter after the house load of its oldest pending readings became known.

        Args:
            house: Per pending reading, from the oldest on, its time and the house load per line.
        """
        if not house:
            return self
        peaks, week = list(self.peaks), list(self.week)
        for at, loads in house:
            for line, load in enumerate(loads):
                if load is not None:
                    peaks[line] = peaks[line].add(at, load)
                    week[line] = week[line].add(at, load)
        return changed(
            self,
            peaks=tuple(peaks),
            week=tuple(week),
            pending=self.pending[len(house) :],
            settled=self.pending[len(house) - 1],
        )

    def compared(self, at: float, mains: PerLine, cars: Drawn) -> Meter:
        """The meter after one of its readings was compared with what the cars drew, where it has to follow that.

        Args:
            at: Monotonic time of the reading.
            mains: What it told, A per line.
            cars: What all cars behind it drew.
        """
        if not self.circuit.compared:
            return self
        following = self.following.after(at, mains, cars, self.resolution)
        if following.lost is self.following.lost:
            return changed(self, following=following)
        first, second, third = (
            (at if (since := self.astray[line]) is None else since) if line in following.lost else None
            for line in range(LINES)
        )
        return changed(self, following=following, astray=(first, second, third))

    def trusted(self) -> Meter:
        """The meter without what was said against it."""
        return changed(self, following=FOLLOWS, astray=NO_VALUES)

    def forget(self) -> Meter:
        """The meter without the house loads it remembered: they were those of other chargers behind the fuse."""
        return changed(
            self, peaks=_NO_PEAKS, week=_NO_WEEK, pending=(), settled=None, following=FOLLOWS, astray=NO_VALUES
        )

    def age(self, line: int, now: float) -> Age:
        """How far the value of a line can be trusted."""
        seconds = now - self._trusted(line)
        if seconds <= self.allowed_age:
            return Age.FRESH
        return Age.STALE if seconds <= max(STALE_STAGE_2, 2 * self.allowed_age) else Age.LOST

    def _trusted(self, line: int) -> float:
        """The time of the last value that counts; one that does not follow the cars ages from when that was found."""
        taken, astray = self.taken[line], self.astray[line]
        taken = self.since if taken is None else taken
        return taken if astray is None else min(taken, astray - self.allowed_age)

    def changes_at(self, line: int, now: float) -> float:
        """The time at which the trust in a line ends or falls, if nothing is heard until then."""
        since = self._trusted(line)
        if self.age(line, now) is Age.FRESH:
            return since + self.allowed_age
        return since + max(STALE_STAGE_2, 2 * self.allowed_age)

    def worst_house(self, line: int, since: float) -> float | None:
        """The highest house load of a line since a time."""
        return self.peaks[line].worst(since)

    def worst_week(self, line: int) -> float | None:
        """The highest house load of a line that is remembered at all."""
        return self.week[line].worst(-math.inf)


def watch(circuit: Circuit, now: float) -> Meter:
    """A meter of which nothing is known yet."""
    return Meter(circuit=circuit, since=now)
