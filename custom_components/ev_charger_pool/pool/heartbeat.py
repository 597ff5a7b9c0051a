"""Whether a charger's watchdog is fed or left to expire, over time (R15).

A write that fails once is tried again. Only where a charger has stood too high for a while, whatever was written to it,
and would fall lower on its own, it is left alone until its watchdog has expired; then it is tried again.
"""

from dataclasses import dataclass

from .fall_back import Feeding, feeding
from .model import Feed
from .outlet import Outlet

TRIED = 30.0
"""So long writes are tried before the watchdog is left to do it, s: a reboot or a bad connection is over by then."""

UNKNOWN_TIMEOUT = 60.0
"""A watchdog that does not tell how patient it is, s: most that we know of wait a minute."""

MARGIN = 5.0
"""Longer than the watchdog's time is waited, s: the last request may have arrived late."""


_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """What is done about the watchdog of one charger.

    Args:
        feeding: Now.
        above: Monotonic time from which it may stand higher than it is to, None while it does not.
        until: Monotonic time at which the watchdog that is starved has expired, None while none is.
    """

    feeding: Feeding = Feeding.NOT_OURS
    above: float | None = None
    until: float | None = None

    @property
    def writes(self) -> bool:
        """Whether the charger may be written to."""
        return self.feeding is not Feeding.STARVE

    def asks(self, feed: Feed) -> bool:
        """Whether the charger may be asked anything.

        Args:
            feed: What feeds its watchdog.
        """
        return self.writes or feed is not Feed.ANY_REQUEST

    def after(self, at: float, outlet: Outlet, wanted: float, *, controlled: bool) -> Heartbeat:
        """The same at a later time.

        Args:
            at: Monotonic time.
            outlet: The charger.
            wanted: The limit that is to be in force, A.
            controlled: Whether we may write to it.
        """
        capability, standing = outlet.charger.capability, outlet.ceiling
        if self.until is not None and controlled:
            if at >= self.until:
                # It has expired by now, so what is written can only help.
                return Heartbeat(feeding=Feeding.FEED, above=at)
            if capability.feed is Feed.ANY_REQUEST:
                # What is known of it is as old as the silence.
                return self
        above = None
        if standing > wanted + _TOLERANCE:
            above = at if self.above is None else self.above
        failing = self.until is not None or (
            above is not None
            and at - above >= TRIED
            and outlet.reachable(at)
            and not outlet.rivalry.steps_back(at)
            and (outlet.failures > 0 or outlet.disobeys(at))
        )
        decided = feeding(capability, controlled=controlled, wanted=wanted, standing=standing, failing=failing)
        until = None
        if decided is Feeding.STARVE:
            patience = UNKNOWN_TIMEOUT if capability.timeout is None else capability.timeout
            until = at + patience + MARGIN if self.until is None else self.until
        return Heartbeat(feeding=decided, above=above, until=until)


UNHEARD = Heartbeat()
"""Of a charger that nothing was decided about yet."""
