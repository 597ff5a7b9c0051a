"""Strategies: who is served first and how shares compare. They yield tier, weight and order, nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
import math


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


def rank(strategy: Strategy, candidates: Sequence[Candidate], turn: int) -> dict[str, Rank]:
    """Tier, weight and order per charger.

    Within a tier the queue is by arrival; with every turn its head goes to the end.

    Args:
        strategy: How to share.
        candidates: All that want current.
        turn: Number of the turn, the quarter-hour of the wall clock (R6).
    """
    tiers: dict[float, list[Candidate]] = {}
    for candidate in candidates:
        tiers.setdefault(_TIER[strategy](candidate), []).append(candidate)
    ranks: dict[str, Rank] = {}
    for tier, key in enumerate(sorted(tiers)):
        queue = sorted(tiers[key], key=lambda candidate: (candidate.arrival, candidate.charger))
        for place, candidate in enumerate(queue):
            weight = 1 / candidate.priority if strategy is Strategy.WEIGHTS else 1.0
            ranks[candidate.charger] = Rank(tier, weight, (place - turn) % len(queue))
    return ranks
