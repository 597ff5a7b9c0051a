"""The worst of a window of time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Peaks:
    """Highest values by age: each entry is lower and younger than the one before.

    One record answers for every window up to ``memory`` seconds. Values of one ``bucket`` of time count as taken at
    its end, so a peak is remembered up to a bucket too long and never too short.
    """

    memory: float
    bucket: float
    entries: tuple[tuple[float, float], ...] = ()

    def add(self, at: float, value: float) -> Peaks:
        """The record with one more value, not older than those before."""
        end = (at // self.bucket + 1) * self.bucket
        if self.entries and value <= self.entries[-1][1] and self.entries[-1][0] == end:
            return self
        kept = [entry for entry in self.entries if entry[0] >= at - self.memory and entry[1] > value]
        if not kept or kept[-1][0] < end:
            kept.append((end, value))
        return Peaks(self.memory, self.bucket, tuple(kept))

    def worst(self, since: float) -> float | None:
        """The highest value at or after ``since``, None where there is none."""
        return next((value for at, value in self.entries if at >= since), None)
