"""A car at the end of a charging cable."""

from .delayed import Delayed

VOLTAGE = 230.0
"""Line to neutral, V."""

MOST_PHASES = 3


class Car:
    """Follows the current that the control pilot offers, as late and as slowly as IEC 61851-1 lets it.

    Args:
        phases: How many phases of the charger its own charger uses, from the first on.
        maximum: Highest current per phase its own charger takes, A.
        minimum: Least current it charges with, A.
        reaction: Seconds it takes to follow a changed offer; the standard allows 5.
        ramp: Rise of its current, A per second; it falls at once when the reaction time is over.
        needs: Energy until it is full, Wh.
        taper: The last Wh, in which its current falls evenly down to its minimum.
        sleeps_after: So many pauses send it to sleep until it is plugged in anew, None never.
        later_phases: Seconds after it began to draw, and the phases it uses from then on.
        excess: What it draws above what it is offered, A.
    """

    def __init__(
        self,
        *,
        phases: int,
        maximum: float = 16.0,
        minimum: float = 6.0,
        reaction: float = 5.0,
        ramp: float = 2.0,
        needs: float = 60_000.0,
        taper: float = 0.0,
        sleeps_after: int | None = None,
        later_phases: tuple[float, int] | None = None,
        excess: float = 0.0,
    ) -> None:
        self.supplied = MOST_PHASES
        """Phases that the charger switches through, from the first on."""
        self.needs = needs
        self.current = 0.0
        """Drawn per used phase, A."""
        self.charged = 0.0
        """Since it was plugged in, Wh."""
        self.asleep = False
        """Whether it has been paused too often to take up another offer."""
        self._phases = phases
        self._maximum = maximum
        self._minimum = minimum
        self._ramp = ramp
        self._taper = taper
        self._pauses_left = sleeps_after
        self._later_phases = later_phases
        self._excess = excess
        self._offer = Delayed(reaction)
        self._ticked: float | None = None
        self._began: float | None = None

    @property
    def phases(self) -> int:
        """In use, from the first on."""
        return min(self._phases, self.supplied)

    @property
    def hungry(self) -> bool:
        """Whether it still wants energy."""
        return self.charged < self.needs

    @property
    def ready(self) -> bool:
        """Whether it takes up an offer: hungry and awake."""
        return self.charged < self.needs and not self.asleep

    def tick(self, now: float, offered: float) -> None:
        """Live until ``now``, offered this many amperes from now on."""
        elapsed = self._charge(now)
        offer = self._offer.follow(now, offered)
        if self.current and offer < self._minimum:
            self._pause()
        self.current = min(self._wanted(offer), self.current + self._ramp * elapsed)
        if self._later_phases is not None and self.current:
            self._add_phases(now, *self._later_phases)

    def cut_off(self, now: float) -> None:
        """Live until ``now``, when the contactor opens."""
        self._charge(now)
        self._offer.reset(0.0)
        if self.current:
            self._pause()
            self.current = 0.0

    def _charge(self, now: float) -> float:
        """Take in what has flown until now and tell the seconds it took."""
        elapsed = 0.0 if self._ticked is None else now - self._ticked
        self._ticked = now
        self.charged += self.current * self.phases * VOLTAGE * elapsed / 3600
        return elapsed

    def _wanted(self, offer: float) -> float:
        """What it would draw without its ramp, A."""
        left = self.needs - self.charged
        if offer < self._minimum or left <= 0 or self.asleep:
            return 0.0
        wanted = min(offer + self._excess, self._maximum)
        if left < self._taper:
            return min(wanted, self._minimum + (self._maximum - self._minimum) * left / self._taper)
        return wanted

    def _pause(self) -> None:
        """Note that an offer was taken away; after the last one that it bears it falls asleep."""
        if self._pauses_left is not None:
            self._pauses_left -= 1
            self.asleep = self._pauses_left <= 0

    def _add_phases(self, now: float, after: float, phases: int) -> None:
        if self._began is None:
            self._began = now
        if now - self._began >= after:
            self._phases = phases
            self._later_phases = None
