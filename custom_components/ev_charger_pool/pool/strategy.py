"""Strategies: who is served first and how shares compare. They yield tier, weight and order, nothing else."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
import math

TURN = 900.0
"""Seconds of a turn."""

WAIT = 600.0
"""Seconds that somebody has to have waited before others give way: what forced it to wait may soon be over."""


class Strategy(StrEnum):
    """The ways to share."""

    EQUAL_SHARE = "equal_share"
    """All the same; in a shortage they take turns."""
    PRIORITY = "priority"
    """A higher priority is served in full first; equals share."""
    WEIGHTS = "weights"
    """Priority 1 gets twice the current of priority 2 and three times that of priority 3."""
    FIRST_COME = "first_come"
    """Who plugged in first is served in full first."""
    LEAST_ENERGY = "least_energy"
    """Who got the fewest kWh in this session is served in full first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A charger that wants current.

    Args:
        charger: Its id.
        priority: 1 is the highest.
        plugged_at: Monotonic time of plugging in; None where it is not known, counted as the last.
        session_wh: Energy of the session; None where it is not known, counted as nothing yet.

    Raises:
        ValueError: Where the priority is below 1.
    """

    charger: str
    priority: int = 1
    plugged_at: float | None = None
    session_wh: float | None = None

    def __post_init__(self) -> None:
        """Refuse a priority that is none."""
        if self.priority < 1:
            raise ValueError(f"priority: {self.priority} of {self.charger} is below 1")

    @property
    def arrival(self) -> float:
        """When it came, the unknown last."""
        return math.inf if self.plugged_at is None else self.plugged_at

    @property
    def whole_kwh(self) -> int:
        """Energy in whole kWh, so that places do not change with every reading."""
        return int((self.session_wh or 0.0) // 1000)


@dataclass(frozen=True, slots=True)
class Rank:
    """What a strategy says about a charger: tier, weight and order of a request."""

    tier: int
    weight: float
    order: int


type _TierOf = Callable[[Candidate], float]

_TIER: dict[Strategy, _TierOf] = {
    Strategy.EQUAL_SHARE: lambda _: 0,
    Strategy.PRIORITY: lambda candidate: candidate.priority,
    Strategy.WEIGHTS: lambda _: 0,
    Strategy.FIRST_COME: lambda candidate: candidate.arrival,
    Strategy.LEAST_ENERGY: lambda candidate: candidate.whole_kwh,
}


@dataclass(frozen=True, slots=True)
class Turns:
    """The queue of those that want current (R6).

    Turns change on the quarter-hour of the wall clock. Who runs then gives way only if somebody has waited for most of
    a turn; in between only the fuse stops anybody.

    Args:
        number: Of the turn.
        queue: Charger ids, the head first.
        waiting: Of those that are not served, since when, s since the epoch.
        yielding: Who gives way in this turn, until those are served that it is for.
        patient: Those.
    """

    number: int = 0
    queue: tuple[str, ...] = ()
    waiting: Mapping[str, float] = field(default_factory=dict)
    yielding: frozenset[str] = frozenset()
    patient: frozenset[str] = frozenset()

    def after(self, wall: datetime, candidates: Sequence[Candidate], served: Collection[str]) -> Turns:
        """The queue at a time: newcomers go to its end, and with a new turn whoever waits comes first.

        While nobody has to wait the queue stands still, so that a new turn alone changes no current.

        Args:
            wall: The time.
            candidates: All that want current.
            served: Ids of those that have current.
        """
        at = wall.timestamp()
        number = int(at // TURN)
        arriving = sorted(candidates, key=lambda candidate: (candidate.arrival, candidate.charger))
        present = [candidate.charger for candidate in arriving]
        queue = [charger for charger in self.queue if charger in present]
        queue += [charger for charger in present if charger not in queue]
        waiting = {charger: self.waiting.get(charger, at) for charger in queue if charger not in served}
        if number == self.number or not self.queue:
            patient = self.patient & waiting.keys()
            return Turns(number, tuple(queue), waiting, self.yielding if patient else frozenset(), patient)
        queue.sort(key=lambda charger: charger not in waiting)
        patient = frozenset(charger for charger, since in waiting.items() if at - since >= WAIT)
        return Turns(number, tuple(queue), waiting, frozenset(served) if patient else frozenset(), patient)


def rank(strategy: Strategy, candidates: Sequence[Candidate], queue: Sequence[str]) -> dict[str, Rank]:
    """Tier, weight and order per charger.

    Args:
        strategy: How to share.
        candidates: All that want current.
        queue: Their ids, the head first; the order within a tier.
    """
    tiers = {key: tier for tier, key in enumerate(sorted({_TIER[strategy](candidate) for candidate in candidates}))}
    places = {charger: place for place, charger in enumerate(queue)}
    return {
        candidate.charger: Rank(
            tiers[_TIER[strategy](candidate)],
            1 / candidate.priority if strategy is Strategy.WEIGHTS else 1.0,
            places[candidate.charger],
        )
        for candidate in candidates
    }
