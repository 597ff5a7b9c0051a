"""A meter as its receiver knows it: late, rounded and sometimes wrong."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
import math

import numpy as np

from ..pool.model import LINES, NO_VALUES, Amperes, MeterReading, PerLine
from .scenario import Fault, FaultKind, MeterModel

ABSURD_SHARE = 0.3
"""Of the readings of a meter that tells absurd values."""
FAR_TOO_HIGH = 6553.5
"""All bits of a register of 16 that counts tenths, A."""


class Meter:
    """Measures the true currents of a circuit and tells them after a while.

    Args:
        source: Id of the circuit.
        model: How it measures and tells.
        voltage: Of the site, for active power.
        start: Monotonic time of the first measurement.
        seed: Of absurd values.
    """

    def __init__(self, source: str, model: MeterModel, *, voltage: float, start: float, seed: Sequence[int]) -> None:
        self.source = source
        self.faults: tuple[Fault, ...] = ()
        """What is wrong with it now."""
        self._model = model
        self._voltage = voltage
        self._due = start
        self._chance = np.random.default_rng(seed)
        self._coming: deque[tuple[float, Amperes]] = deque()
        self._told: MeterReading | None = None
        self._sequence = 0

    def due(self, now: float) -> bool:
        """Whether it measures now."""
        return now >= self._due

    def measure(self, now: float, amperes: Amperes) -> None:
        """Take the true currents of its circuit."""
        self._coming.append((now + self._model.delay, amperes))
        while self._due <= now:
            self._due += self._model.interval

    def hear(self, now: float) -> MeterReading | None:
        """What is heard of it now."""
        if not self._coming or self._coming[0][0] > now:
            return None
        _, amperes = self._coming.popleft()
        self._sequence += 1
        reading = MeterReading(
            source=self.source,
            sequence=self._sequence,
            taken=now,
            amperes=self._rounded(amperes),
            watts=self._watts(amperes) if self._model.watts else NO_VALUES,
            resolution=self._model.resolution,
        )
        if self.faults:
            return self._spoilt(reading)
        self._told = reading
        return reading

    def _rounded(self, amperes: Amperes) -> PerLine:
        first, second, third = amperes
        if not self._model.signed:
            first, second, third = abs(first), abs(second), abs(third)
        step = self._model.resolution
        return round(first / step) * step, round(second / step) * step, round(third / step) * step

    def _watts(self, amperes: Amperes) -> PerLine:
        first, second, third = amperes
        return first * self._voltage, second * self._voltage, third * self._voltage

    def _spoilt(self, reading: MeterReading) -> MeterReading | None:
        """A reading as its faults leave it, None if nothing is heard."""
        kinds = {fault.kind for fault in self.faults}
        if FaultKind.METER_SILENT in kinds:
            return None
        if FaultKind.METER_FROZEN in kinds:
            if self._told is None:
                self._told = reading
            reading = replace(self._told, sequence=reading.sequence, taken=reading.taken)
        if FaultKind.METER_ABSURD in kinds and self._chance.random() < ABSURD_SHARE:
            line = int(self._chance.integers(LINES))
            reading = _with(reading, line, FAR_TOO_HIGH if self._chance.random() < 0.5 else math.nan)
        for fault in self.faults:
            if fault.kind is FaultKind.PHASE_MISSING:
                reading = _with(reading, fault.line, None)
        return reading


def _with(reading: MeterReading, line: int, amperes: float | None) -> MeterReading:
    """The reading with another value on a line; its active power is then unknown."""
    values, watts = list(reading.amperes), list(reading.watts)
    values[line], watts[line] = amperes, None
    return replace(reading, amperes=(values[0], values[1], values[2]), watts=(watts[0], watts[1], watts[2]))
