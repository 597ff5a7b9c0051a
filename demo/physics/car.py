"""A car at the end of a charging cable."""

from .delayed import Delayed

VOLTAGE = 230.0
"""Line to neutral, V."""


class Car:
    """Follows the current that the control pilot offers, as late and as slowly as IEC 61851-1 lets it.

    Args:
        phases: How many phases of the charger its own charger uses, from the first on.
        maximum: Highest current per phase its own charger takes, A.
        minimum: Least current it charges with, A.
        reaction: Seconds it takes to follow a changed offer; the standard allows 5.
        ramp: Rise of its current, A per second; it falls at once when the reaction time is over.
        needs: Energy until it is full, Wh.
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
    ) -> None:
        self.phases = phases
        self.needs = needs
        self.current = 0.0
        """Drawn per used phase, A."""
        self.charged = 0.0
        """Since it was plugged in, Wh."""
        self._maximum = maximum
        self._minimum = minimum
        self._ramp = ramp
        self._offer = Delayed(reaction)
        self._ticked: float | None = None

    @property
    def hungry(self) -> bool:
        """Whether it still wants energy."""
        return self.charged < self.needs

    def tick(self, now: float, offered: float) -> None:
        """Live until ``now``, offered this many amperes from now on."""
        elapsed = 0.0 if self._ticked is None else now - self._ticked
        self._ticked = now
        self.charged += self.current * self.phases * VOLTAGE * elapsed / 3600
        offer = self._offer.follow(now, offered)
        wanted = min(offer, self._maximum) if offer >= self._minimum and self.hungry else 0.0
        self.current = min(wanted, self.current + self._ramp * elapsed)
