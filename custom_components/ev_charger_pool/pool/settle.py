"""How long a charger and its car take to follow a new limit, learned from what is seen (R9).

The slow side is learned: a command that is thought done too early leaves a car's own ramp to be taken for a load of the
house. Slowness counts from the first time it is seen and stays for the next few changes; to be known as quick takes
several changes in a row.
"""

from dataclasses import dataclass, replace

from .defaults import PHASE_SEEN
from .model import Capability

REMEMBERED = 8
"""So many changes are remembered; the slowest of them counts."""

CONVINCING = 4
"""From so many changes on the profile's own time does not count any more: one quick change may be chance."""

CLEAR_CHANGE = 3.0
"""A current that has to change by less than this teaches nothing, A: cars differ from their limit by up to 1 A."""

ARRIVED = 1.0
"""So close to the new limit a car has followed it, A."""

SLOWEST = 3.0
"""No time is learned above this multiple of the profile's: what takes longer is the car's own affair."""

CAR_FLOOR = 1.0
"""A car takes this long after its charger, s: where it seems to take less, the confirmation was late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """The slow side of one of a charger's times.

    Args:
        prior: What the profile says, s.
        least: Never less than this, s.
        seen: What the last changes took, s, oldest first.
    """

    prior: float
    least: float = 0.0
    seen: tuple[float, ...] = ()

    @property
    def seconds(self) -> float:
        """What to assume, s."""
        slowest = max(self.seen, default=self.prior)
        if len(self.seen) < CONVINCING:
            slowest = max(slowest, self.prior)
        return max(slowest, self.least)

    def taught(self, earliest: float, latest: float) -> Delay:
        """After a change that took more than one and no more than another time, s.

        Where the profile's time lies between the two, nothing speaks against it: a charger that is seldom asked is not
        slow for that.
        """
        took = self.prior if earliest < self.prior <= latest else latest
        return replace(self, seen=(*self.seen[1 - REMEMBERED :], min(took, SLOWEST * self.prior)))

    def parted(self) -> Delay:
        """Without the quick changes: a car that has left may have been quick, but the charger may be slow."""
        return replace(self, seen=tuple(seconds for seconds in self.seen if seconds > self.prior))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A new limit that was confirmed and shows in the current sooner or later.

    Args:
        at: Monotonic time of the confirmation.
        drawn: Current of the phase that carried most before the write, A.
        amperes: The new limit, A.
        moved: When the current had surely begun to move, None while it has not been seen to.
        still: Up to when it had surely not begun to move.
        short: Up to when it had surely not arrived.
    """

    at: float
    drawn: float
    amperes: float
    moved: float | None = None
    still: float
    short: float

    @property
    def rises(self) -> bool:
        """Whether the current goes up."""
        return self.amperes > self.drawn

    def moving(self, drawn: float) -> bool:
        """Whether a current has left the old one in the direction of the limit."""
        return drawn >= self.drawn + ARRIVED if self.rises else drawn <= self.drawn - ARRIVED

    def arrived(self, drawn: float) -> bool:
        """Whether a current has reached the new limit."""
        return drawn >= self.amperes - ARRIVED if self.rises else drawn <= self.amperes + ARRIVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """The settle model of one charger.

    All times count from the confirmation of a write. They are upper bounds: a current has moved when the first reading
    that shows it was complete.

    Args:
        delay: Until the current begins to move.
        cut: Until a lower limit is kept.
        rise: Until a higher limit is used.
        watched: The change whose effect is awaited.
    """

    delay: Delay
    cut: Delay
    rise: Delay
    watched: Change | None = None

    @property
    def seconds(self) -> float:
        """From the confirmation of any change until charger and car have followed it, s."""
        return max(self.cut.seconds, self.rise.seconds)

    def confirmed(self, at: float, amperes: float, drawn: float | None) -> Settle:
        """After a new limit was confirmed; what became of the one before is no longer watched.

        A car that draws nothing has to wake first, and one that leaves a lower limit unused need not move: neither
        teaches anything.

        Args:
            at: Monotonic time of the confirmation.
            amperes: The new limit, A; 0 pauses.
            drawn: Current of the phase that carries most by the last reading before the write, A; None if not known.
        """
        if drawn is None or drawn < PHASE_SEEN or abs(amperes - drawn) < CLEAR_CHANGE:
            return self if self.watched is None else replace(self, watched=None)
        return replace(self, watched=Change(at=at, drawn=drawn, amperes=amperes, still=at, short=at))

    def heard(self, since: float, until: float, drawn: float | None) -> Settle:
        """After a reading.

        A car that does not come near the new limit in twice the longest time teaches nothing: it is full, tapers, has a
        limit of its own, or ignores ours.

        Args:
            since: Monotonic time at which the reading began.
            until: Monotonic time at which it was complete.
            drawn: Current of the phase that carries most, A; None if not known.
        """
        change = self.watched
        if change is None or drawn is None or until <= change.at:
            return self
        if change.arrived(drawn):
            return self._taught(change, until)
        arrival = self.rise if change.rises else self.cut
        if until - change.at > 2 * SLOWEST * arrival.prior:
            return replace(self, watched=None)
        short = max(change.short, since)
        if change.moved is not None:
            return replace(self, watched=replace(change, short=short))
        if change.moving(drawn):
            return replace(self, watched=replace(change, short=short, moved=until))
        return replace(self, watched=replace(change, short=short, still=short))

    def _taught(self, change: Change, until: float) -> Settle:
        """After a reading that shows the new limit reached."""
        delay = self.delay.taught(change.still - change.at, (change.moved or until) - change.at)
        earliest, latest = change.short - change.at, until - change.at
        if change.rises:
            return replace(self, delay=delay, rise=self.rise.taught(earliest, latest), watched=None)
        return replace(self, delay=delay, cut=self.cut.taught(earliest, latest), watched=None)

    def parted(self) -> Settle:
        """After the car was unplugged: the next one may be slower."""
        return Settle(delay=self.delay.parted(), cut=self.cut.parted(), rise=self.rise.parted())


def unlearned(capability: Capability) -> Settle:
    """A charger of which only the profile is known."""
    least = capability.latency + CAR_FLOOR
    prior = max(capability.latency + capability.settle, least)
    whole = Delay(prior=prior, least=least)
    return Settle(delay=Delay(prior=prior), cut=whole, rise=whole)
