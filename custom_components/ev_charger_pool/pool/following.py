"""Whether a meter follows what the cars behind it draw (R13): one that does not measures something else or is frozen.

There are two kinds of evidence, both per line, and both need the cars to have moved. A value that merely stands still
is none: behind a meter of whole amperes a quiet house stands for hours.

- *Left out*: the cars step, and the meter stays where it was. The house may happen to step the other way just then, so
  it takes two in a row. A meter that moves otherwise says nothing: the house is at work.
- *Frozen*: every value is the very same while what the cars draw has changed for good. This finds what makes no step: a
  frozen meter lets the pool raise little by little.

A battery may hold the mains at zero whatever the cars do, so a line at zero has left out nothing.
"""

from dataclasses import dataclass, replace
import math

from .model import LINES, NO_LINE, NO_VALUES, Amperes, PerLine

CLEAR_STEP = 3.0
"""A change of the cars' current by this much has to be seen on the mains, A."""

SETTLED = 1.0
"""Where the least and the most that the cars may draw are this close, what they draw is known, A."""

STEP_MOST = 30.0
"""A step is over within this time, s; what takes longer is a taper, and the house moves meanwhile."""

FOLLOW_PATIENCE = 30.0
"""A meter that is late by this much still follows, s; it is of little use, but it is the right one."""

FOLLOW_READINGS = 3
"""So many further readings are waited for: the next one may be the last one, told again."""

LEFT_OUT = 2
"""So many steps in a row that the meter left out are no chance."""

GAP = 60.0
"""Over so long a time without a reading the house may have done anything, s."""

HELD = 1.0
"""Within this of zero, A, a battery may hold the mains."""

FINE = 0.1
"""Up to this resolution, A, the ripple of a held line shows."""

_NONE_LOST: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """A change of what the cars draw on a line, from the last reading before it on.

    Args:
        at: Monotonic time of that reading.
        mains: What the meter told then, A.
        drawn: What the cars drew then, A.
        low: The lowest value of the meter since then, A.
        high: The highest, A.
        level: What the cars draw after the step, A; None while they are on their way.
        reached: Monotonic time from which they draw that.
        readings: So many since then.
    """

    at: float
    mains: float
    drawn: float
    low: float
    high: float
    level: float | None = None
    reached: float = 0.0
    readings: int = 0

    def after(self, at: float, mains: float, drawn: float | None) -> tuple[Step | None, bool | None]:
        """The step after a reading, None once it is over, and whether the meter followed, None if that is open."""
        low, high, level, reached = min(self.low, mains), max(self.high, mains), self.level, self.reached
        if level is None:
            if at - self.at > STEP_MOST:
                return None, None
            if drawn is None:
                return replace(self, low=low, high=high), None
            if abs(drawn - self.drawn) < CLEAR_STEP:
                return None, None
            level, reached = drawn, at
        elif drawn is None or abs(drawn - level) >= SETTLED:
            return None, None
        change = level - self.drawn
        if (high - self.mains if change > 0 else self.mains - low) >= abs(change) / 2:
            return None, True
        if at - reached >= FOLLOW_PATIENCE and self.readings >= FOLLOW_READINGS:
            moved = max(high - self.mains, self.mains - low)
            return None, None if moved > abs(change) / 4 or self._vague(abs(change)) else False
        return replace(self, low=low, high=high, level=level, reached=reached, readings=self.readings + 1), None

    def _vague(self, change: float) -> bool:
        """Whether a meter that follows may tell the same before and after.

        A battery holds a line at zero; and where a meter tells magnitudes, a current that turns round goes from half
        of the step to half of the step.
        """
        size = abs(self.mains)
        return size <= HELD or 3 / 8 * change <= size <= 5 / 8 * change


@dataclass(frozen=True, slots=True)
class Stand:
    """A line whose meter tells the very same value again and again.

    What the cars draw is watched in spells of a few readings. However late the meter is, it has told of two that differ
    clearly once the later one has lasted for as long as it may take to follow.

    Args:
        since: Monotonic time from which the present spell lasts.
        readings: In it.
        least: What the cars have drawn at least in all of it, A.
        most: What they have drawn at most in any of it, A.
        high: The highest current that was reached throughout a spell, A.
        low: The lowest that was kept to throughout one, A.
        due: Monotonic time at which the meter has to have moved between these; infinite while they do not differ.
        frozen: Whether it has not.
    """

    since: float
    readings: int = 0
    least: float = 0.0
    most: float = math.inf
    high: float = -math.inf
    low: float = math.inf
    due: float = math.inf
    frozen: bool = False

    def after(self, at: float, least: float, most: float, clear: float) -> Stand:
        """After the same value once more.

        Args:
            at: Monotonic time.
            least: What the cars draw now at least, A.
            most: At most, A.
            clear: A change of their current that the meter has to show, A.
        """
        if self.frozen:
            return self
        frozen = at >= self.due
        if not self.readings or least >= self.least + SETTLED or most <= self.most - SETTLED:
            return Stand(at, 1, least, most, self.high, self.low, self.due, frozen)
        least, most, readings = min(least, self.least), max(most, self.most), self.readings + 1
        high, low, due = self.high, self.low, self.due
        if readings > FOLLOW_READINGS:
            high, low = max(high, least), min(low, most)
            if high - low >= clear:
                due = min(due, self.since + FOLLOW_PATIENCE)
        return Stand(self.since, readings, least, most, high, low, due, frozen or at >= due)


type Stands = tuple[Stand, Stand]
"""The same line if what nobody knows the line of flows on it, and if it flows on another one: it stays where it is."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the cars behind a meter draw, A per line.

    Args:
        least: At least.
        most: At most, also those that do not tell, or of which nobody knows the line.
        roaming_least: What of it at least is measured and flows on lines that nobody knows: on this one, or another.
        roaming_most: At most.
    """

    least: Amperes
    most: Amperes
    roaming_least: Amperes = NO_LINE
    roaming_most: Amperes = NO_LINE

    def here(self, line: int) -> tuple[float, float]:
        """The least and the most, if what roams flows on this line."""
        return self.least[line] + self.roaming_least[line], self.most[line]

    def elsewhere(self, line: int) -> tuple[float, float]:
        """The least and the most, if it does not."""
        return self.least[line], self.most[line] - self.roaming_most[line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """What the readings of one meter say about whether it follows the cars behind it.

    Args:
        at: Monotonic time of the last reading.
        mains: What it told, A per line.
        drawn: What the cars drew, A per line; None where that is not known well enough.
        steps: Per line the step under way.
        stands: Per line since when the meter has told the same.
        missed: Per line how many steps in a row the meter left out.
        lost: The lines that do not follow: to be taken as stale.
    """

    at: float = -math.inf
    mains: PerLine = NO_VALUES
    drawn: PerLine = NO_VALUES
    steps: tuple[Step | None, ...] = (None,) * LINES
    stands: tuple[Stands | None, ...] = (None,) * LINES
    missed: tuple[int, ...] = (0,) * LINES
    lost: frozenset[int] = _NONE_LOST

    def after(self, at: float, mains: PerLine, cars: Drawn, resolution: float) -> Following:
        """After a reading for which every charger has told what it drew.

        One step that is followed restores the trust in a line. Where it was frozen any other value does, but if the
        next step is left out as well, only following helps.

        Args:
            at: Monotonic time of the reading; one that is not newer than the last changes nothing.
            mains: What the meter told, A per line.
            cars: What all cars behind it drew.
            resolution: Smallest step of the meter, A.
        """
        if at <= self.at:
            return self
        least, most = cars.least, cars.most
        drawn = _level(least[0], most[0]), _level(least[1], most[1]), _level(least[2], most[2])
        steps, stands, missed = self.steps, self.stands, self.missed
        for line in range(LINES):
            before, now = self.drawn[line], drawn[line]
            if steps[line] is not None or (before is not None and (now is None or abs(now - before) >= SETTLED)):
                step, followed = self._stepped(line, at, mains[line], now)
                steps = (*steps[:line], step, *steps[line + 1 :])
                if followed is not None and not _is_frozen(stands[line]):
                    missed = (*missed[:line], 0 if followed else missed[line] + 1, *missed[line + 1 :])
            if stands[line] is not None or mains[line] == self.mains[line]:
                stand = self._stood(line, at, mains[line], cars, resolution)
                if stand is not stands[line]:
                    stands = (*stands[:line], stand, *stands[line + 1 :])
        lost = self.lost if missed is self.missed and stands is self.stands else _lost(missed, stands)
        return Following(at=at, mains=mains, drawn=drawn, steps=steps, stands=stands, missed=missed, lost=lost)

    def _stepped(
        self, line: int, at: float, mains: float | None, drawn: float | None
    ) -> tuple[Step | None, bool | None]:
        """The step on a line after a reading, and whether the meter followed."""
        step, stood, before = self.steps[line], self.mains[line], self.drawn[line]
        if mains is None or at - self.at > GAP:
            return None, None
        if step is None:
            if stood is None or before is None:
                return None, None
            step = Step(self.at, stood, before, stood, stood)
        return step.after(at, mains, drawn)

    def _stood(self, line: int, at: float, mains: float | None, cars: Drawn, resolution: float) -> Stands | None:
        """How long a line has told the same after a reading."""
        if mains is None or mains != self.mains[line] or (abs(mains) <= HELD and resolution > FINE):
            return None
        clear = CLEAR_STEP + 3 * resolution
        before = self.stands[line] or (Stand(at),) * 2
        here = before[0].after(at, *cars.here(line), clear)
        if before[1] is before[0] and not cars.roaming_most[line]:
            elsewhere = here
        else:
            elsewhere = before[1].after(at, *cars.elsewhere(line), clear)
        return before if here is before[0] and elsewhere is before[1] else (here, elsewhere)


FOLLOWS = Following()
"""A meter of which nothing else is known."""


def _level(least: float, most: float) -> float | None:
    """What the cars draw on a line, None where it is not known closely."""
    return None if most - least > SETTLED else (least + most) / 2


def _is_frozen(stands: Stands | None) -> bool:
    """Whether a line had to move wherever the cars draw."""
    return stands is not None and stands[0].frozen and stands[1].frozen


def _lost(missed: tuple[int, ...], stands: tuple[Stands | None, ...]) -> frozenset[int]:
    """The lines that do not follow."""
    return frozenset(
        line
        for line, (count, stand) in enumerate(zip(missed, stands, strict=True))
        if count >= LEFT_OUT or _is_frozen(stand)
    )
