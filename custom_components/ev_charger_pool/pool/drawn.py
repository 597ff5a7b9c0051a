"""What a charger may have drawn at one moment: what its readings and the commands under way leave open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
import math

from .model import NO_VALUES, PerLine


@dataclass(frozen=True, slots=True)
class Command:
    """A change of the limit whose effect has not been seen yet.

    Args:
        sent: Monotonic time of the write.
        ceiling: The higher of the limits before and after.
        low: What the current may fall to by it; infinite where it does not lower anything.
        high: What the current may rise to by it; 0 where it does not raise anything.
        effective: When charger and car have followed it, None until the write is confirmed.
    """

    sent: float
    ceiling: float
    low: float
    high: float
    effective: float | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """Currents per phase of the charger, A, measured at some moment between two times.

    Args:
        since: The first.
        until: The last.
        amperes: The currents.
        follows: From when on it kept to its limit, as this sample confirms: the last command had to have its effect by
            then. Infinite where it does not.
        limit: That limit, A.
    """

    since: float
    until: float
    amperes: PerLine
    follows: float = math.inf
    limit: float = math.inf


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a charger may have drawn at one moment, per phase of the charger, A; None where nothing tells.

    Args:
        least: The least.
        most: The most, if nothing but commands under way has moved it since it was read.
    """

    least: PerLine
    most: PerLine

    @property
    def known(self) -> bool:
        """Whether anything tells."""
        return self.most != NO_VALUES

    def up_to(self, cap: float) -> Drawn:
        """The same where it is known that no phase drew more than so much, A."""
        return Drawn(_each(min, self.least, (cap, cap, cap)), _each(min, self.most, (cap, cap, cap)))


UNKNOWN = Drawn(NO_VALUES, NO_VALUES)
"""Nothing tells."""


def between(
    samples: Sequence[Sample],
    commands: Sequence[Command],
    phases: frozenset[int],
    since: float,
    until: float,
    *,
    risen: bool,
) -> tuple[Drawn, Sample]:
    """What was drawn at some moment between two times, and the reading that shows it.

    Args:
        samples: What was read, oldest first; at least one.
        commands: Under way when the last of these was taken.
        phases: Of the charger that these may move.
        since: The first time.
        until: The last.
        risen: Whether a higher limit may have been used before a reading has shown it.
    """
    first, end = 0, len(samples)
    for index, sample in enumerate(samples):
        if sample.until <= since:
            first = index
        if sample.since >= until:
            end = index + 1
            break
    least = most = samples[first].amperes
    for sample in samples[first + 1 : end]:
        if sample.amperes != most or sample.amperes != least:
            least, most = _each(min, least, sample.amperes), _each(max, most, sample.amperes)
    before = samples[first].since if samples[first].until <= since else -math.inf
    for command in commands:
        if command.sent <= until and (command.effective is None or command.effective > before):
            least = _where(phases, min, least, command.low)
            most = _where(phases, max, most, command.high) if risen else most
    return Drawn(least, most), samples[end - 1]


type _Pick = Callable[[float, float], float]


def _known(pick: _Pick, one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return pick(one, other)


def _each(pick: _Pick, ones: PerLine, others: PerLine) -> PerLine:
    """The lower or higher of two values per phase; a missing one decides nothing."""
    return _known(pick, ones[0], others[0]), _known(pick, ones[1], others[1]), _known(pick, ones[2], others[2])


def _where(phases: frozenset[int], pick: _Pick, values: PerLine, amperes: float) -> PerLine:
    """The lower or higher of a value and a command on the phases that count; an unknown value stays unknown."""
    first, second, third = (
        pick(value, amperes) if value is not None and phase in phases else value for phase, value in enumerate(values)
    )
    return first, second, third
