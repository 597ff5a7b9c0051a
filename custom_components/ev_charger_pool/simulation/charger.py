"""A charger: what it was told, what it falls back to and what it offers its car."""

from .car import MOST_PHASES, VOLTAGE, Car
from .delayed import Delayed

LEAST_OFFER = 6.0
"""IEC 61851-1: the control pilot cannot offer less, A."""


class Charger:
    """Obeys a limit until its master has been silent for too long.

    Args:
        maximum: Highest current it offers, as the installer set it, A.
        reboot_default: Limit after a reboot until the first one is written, A.
        timeout: Seconds of silence after which it falls back, None if it never does.
        fall_back: Limit after that silence, A.
        latency: Seconds from a new limit to the control pilot.
        limit: In force at first, A; None is the reboot default.
    """

    def __init__(
        self,
        *,
        maximum: float,
        reboot_default: float,
        timeout: float | None = None,
        fall_back: float = 0.0,
        latency: float = 1.0,
        limit: float | None = None,
    ) -> None:
        self.maximum = maximum
        self.timeout = timeout
        self.fall_back = fall_back
        self.enabled = True
        """False pauses and keeps the limit."""
        self.ignores = False
        """True takes new limits and keeps the one it has."""
        self.silent = False
        """True neither answers nor takes a limit; it goes on charging."""
        self.down = False
        """Whether it is starting up: nothing flows."""
        self.phases = MOST_PHASES
        """That it switches through, from the first on."""
        self.car: Car | None = None
        self.offered = 0.0
        """By the control pilot, 0 or at least 6 A."""
        self.expired = False
        """Whether it has fallen back; only a new limit ends that."""
        self.delivered = 0.0
        """Of its whole life, Wh."""
        self._reboot_default = reboot_default
        self._limit = reboot_default if limit is None else limit
        self._fed: float | None = None
        self._pilot = Delayed(latency)
        self._ticked: float | None = None

    @property
    def limit(self) -> float:
        """The limit in force, A."""
        if not self.enabled or self.down:
            return 0.0
        return min(self.fall_back if self.expired else self._limit, self.maximum)

    @property
    def setpoint(self) -> float:
        """The limit that was last written, or the one of the reboot, A."""
        return self._limit

    @property
    def current(self) -> float:
        """What its car draws on each phase it uses, A."""
        return self.car.current if self.car else 0.0

    @property
    def currents(self) -> tuple[float, float, float]:
        """Per phase of the charger, A."""
        used = self.car.phases if self.car else 0
        return (self.current if used > 0 else 0.0, self.current if used > 1 else 0.0, self.current if used > 2 else 0.0)

    @property
    def power(self) -> float:
        """Drawn by its car, W."""
        return sum(self.currents) * VOLTAGE

    @property
    def session(self) -> float:
        """Charged since the car was plugged in, Wh."""
        return self.car.charged if self.car else 0.0

    @property
    def state(self) -> str:
        """The letter of IEC 61851-1: A no car, B car connected, C ready to draw or drawing."""
        if self.car is None:
            return "A"
        return "C" if self.car.current > 0 or (self.offered and self.car.ready) else "B"

    def set_limit(self, now: float, amperes: float) -> None:
        """Take a new limit; this also feeds the watchdog."""
        if not self.ignores:
            self._limit = amperes
            self.expired = False
            self._pilot.follow(now, self.limit)
        self.feed(now)

    def set_phases(self, now: float, phases: int) -> None:
        """Switch through so many phases; this also feeds the watchdog."""
        self.phases = phases
        if self.car is not None:
            self.car.supplied = phases
        self.feed(now)

    def feed(self, now: float) -> None:
        """Hear from the master: it is silent from now on. The watchdog starts with the first sign of life."""
        self._fed = now

    def remaining(self, now: float) -> float:
        """Seconds until it falls back, 0 if it has or if nobody has ever fed it."""
        if self.timeout is None or self._fed is None or self.expired:
            return 0.0
        return max(self._fed + self.timeout - now, 0.0)

    @property
    def hears(self) -> bool:
        """Whether a master that asks is answered."""
        return not (self.silent or self.down)

    def reboot(self) -> None:
        """Forget the limit and the master."""
        self._limit = self._reboot_default
        self._fed = None
        self.expired = False
        self.enabled = True

    def tick(self, now: float) -> None:
        """Live until ``now``."""
        elapsed = 0.0 if self._ticked is None else now - self._ticked
        self._ticked = now
        self.delivered += self.power * elapsed / 3600
        if self.timeout is not None and self._fed is not None and now - self._fed >= self.timeout:
            self.expired = True
        pilot = self._pilot.follow(now, self.limit)
        self.offered = pilot if pilot >= LEAST_OFFER and not self.down else 0.0
        if self.car is None:
            return
        self.car.supplied = self.phases
        if self.down:
            self.car.cut_off(now)
        else:
            self.car.tick(now, self.offered)
