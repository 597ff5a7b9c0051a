"""Whether a charger's watchdog is fed or left to expire, over time (R15).

A write that fails once is tried again. Only where a charger has stood too high for a while, whatever was written to it,
and would fall lower on its own, it is left alone until its watchdog has expired; then it is tried again.
"""

from dataclasses import dataclass, replace

from .fall_back import Feeding, feeding
from .model import Feed
from .outlet import Outlet

TRIED = 30.0
"""So long writes are tried before the watchdog is left to do it, s: a reboot or a bad connection is over by then."""

UNKNOWN_TIMEOUT = 60.0
"""A watchdog that does not tell how patient it is, s: most that we know of wait a minute."""

MARGIN = 10.0
"""So much longer than the watchdog's time is waited, s: a question that was begun before is answered bit by bit."""


_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """What is done about the watchdog of one charger.

    Args:
        feeding: Now.
        standing: The highest limit that is in force by what was confirmed and told, A.
        above: Monotonic time from which that is higher than it is to be and does not fall, although we could write;
            None while that is not so.
        until: Monotonic time at which the watchdog that is starved has expired, None while none is.
    """

    feeding: Feeding = Feeding.NOT_OURS
    standing: float = 0.0
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
        capability, standing = outlet.charger.capability, _standing(outlet)
        if self.until is not None and controlled:
            if at >= self.until:
                # It has expired by now, so what is written can only help.
                return Heartbeat(feeding=Feeding.FEED, standing=standing, above=at)
            if capability.feed is Feed.ANY_REQUEST:
                # What is known of it is as old as the silence.
                return self
        above = None
        if standing > wanted + _TOLERANCE and outlet.reachable(at) and not outlet.rivalry.steps_back(at):
            fallen = standing < self.standing - _TOLERANCE
            above = at if self.above is None or fallen else self.above
        failing = self.until is not None or (
            above is not None and at - above >= TRIED + outlet.settle.seconds and _in_vain(outlet)
        )
        decided = feeding(capability, controlled=controlled, wanted=wanted, standing=standing, failing=failing)
        until = None
        if decided is Feeding.STARVE:
            patience = UNKNOWN_TIMEOUT if capability.timeout is None else capability.timeout
            until = at + patience + MARGIN if self.until is None else self.until
        return Heartbeat(feeding=decided, standing=standing, above=above, until=until)


def _standing(outlet: Outlet) -> float:
    """The limit that is in force; what no meter has seen yet is obeyed all the same."""
    return replace(outlet, under_way=()).ceiling


def _in_vain(outlet: Outlet) -> bool:
    """Whether the last write failed, or was confirmed and not kept."""
    return outlet.failures > 0 or (outlet.limit is not None and outlet.limit < _standing(outlet) - _TOLERANCE)


UNHEARD = Heartbeat()
"""Of a charger that nothing was decided about yet."""
