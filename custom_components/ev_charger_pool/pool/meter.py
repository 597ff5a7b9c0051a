"""What is known of one circuit's meter: its last values, how old they are, and the house load behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
import math
from statistics import median

from .defaults import (
    ABSURD_MULTIPLE,
    PEAK_BUCKET,
    STALE_INTERVALS,
    STALE_LEAST,
    STALE_MOST,
    STALE_STAGE_2,
    WORST_HOUSE_MEMORY,
)
from .heat import Heat, unheard
from .model import LINES, Circuit, MeterReading, PerLine
from .peaks import Peaks

_GAPS = 5
_PATTERN = 3
"""So many gaps make an interval; a single one may be an outage."""
_UNKNOWN: PerLine = (None, None, None)
_NO_PEAKS = (Peaks(WORST_HOUSE_MEMORY, PEAK_BUCKET),) * LINES


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
        gaps: Seconds between the last readings.
        amperes: Last value per line.
        taken: Its time per line.
        pending: Times and currents of readings for which a charger has not told yet what it drew.
        settled: The last one for which all have told.
        peaks: House load per line, remembered.
        heat: Of the breaker per line, at the time of its last value.
    """

    circuit: Circuit
    since: float
    sequence: int = -1
    gaps: tuple[float, ...] = ()
    amperes: PerLine = _UNKNOWN
    taken: PerLine = _UNKNOWN
    pending: tuple[tuple[float, PerLine], ...] = ()
    settled: tuple[float, PerLine] | None = None
    resolution: float = 0.0
    peaks: tuple[Peaks, ...] = _NO_PEAKS
    heat: tuple[Heat | None, ...] = (None,) * LINES

    @property
    def lines(self) -> tuple[int, ...]:
        """The lines that the circuit has."""
        return tuple(line for line in range(LINES) if self.circuit.fuse[line] > 0)

    @property
    def seen(self) -> bool:
        """Whether it has ever been read."""
        return self.sequence >= 0

    @property
    def allowed_age(self) -> float:
        """Seconds after which a value is stale."""
        if len(self.gaps) < _PATTERN:
            return STALE_LEAST
        return min(max(STALE_INTERVALS * median(self.gaps), STALE_LEAST), STALE_MOST)

    def accept(self, reading: MeterReading) -> Meter:
        """The meter after a reading; readings out of order and absurd values change nothing."""
        last = max((taken for taken in self.taken if taken is not None), default=None)
        if reading.sequence <= self.sequence or (last is not None and reading.taken < last):
            return self
        amperes, taken, sample = list(self.amperes), list(self.taken), list(_UNKNOWN)
        heat = list(self.heat)
        for line in self.lines:
            value = reading.amperes[line]
            if value is not None and math.isfinite(value) and abs(value) <= ABSURD_MULTIPLE * self.circuit.fuse[line]:
                amperes[line] = sample[line] = value
                taken[line] = reading.taken
                heat[line] = self._heated(line, value, reading.taken)
        gaps = self.gaps if last is None or reading.taken == last else (*self.gaps, reading.taken - last)[-_GAPS:]
        return replace(
            self,
            sequence=reading.sequence,
            gaps=gaps,
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
        peaks = list(self.peaks)
        for at, loads in house:
            for line, load in enumerate(loads):
                if load is not None:
                    peaks[line] = peaks[line].add(at, load)
        settled = self.pending[len(house) - 1] if house else self.settled
        return replace(self, peaks=tuple(peaks), pending=self.pending[len(house) :], settled=settled)

    def forget(self) -> Meter:
        """The meter without the house loads it remembered: they were those of other chargers behind the fuse."""
        return replace(self, peaks=_NO_PEAKS, pending=(), settled=None)

    def age(self, line: int, now: float) -> Age:
        """How far the value of a line can be trusted."""
        taken = self.taken[line]
        seconds = now - (self.since if taken is None else taken)
        if seconds <= self.allowed_age:
            return Age.FRESH
        return Age.STALE if seconds <= max(STALE_STAGE_2, 2 * self.allowed_age) else Age.LOST

    def changes_at(self, line: int, now: float) -> float:
        """The time at which the trust in a line ends or falls, if nothing is heard until then."""
        taken = self.taken[line]
        since = self.since if taken is None else taken
        if self.age(line, now) is Age.FRESH:
            return since + self.allowed_age
        return since + max(STALE_STAGE_2, 2 * self.allowed_age)

    def worst_house(self, line: int, since: float) -> float | None:
        """The highest house load of a line since a time."""
        return self.peaks[line].worst(since)


def watch(circuit: Circuit, now: float) -> Meter:
    """A meter of which nothing is known yet."""
    return Meter(circuit=circuit, since=now)
