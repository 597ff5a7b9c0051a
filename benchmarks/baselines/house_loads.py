"""The load of the house as rules see it that take the mains less what their own chargers measure."""

from collections import deque
from collections.abc import Iterable, Mapping

from custom_components.ev_charger_pool.pool.model import NO_LINE, Amperes, Charger, Circuit

from .readings import Readings, Sample

STEADY = 0.3
"""A charger whose current moves by more than this between two readings may have drawn anything in between, A."""
MOVES = 10.0
"""So long cars may move after a change, s; after that samples count although one still does."""
PATIENCE = 10.0
"""So long is waited for a charger to tell, s; then its last word stands."""
_KEPT = 16


class HouseLoads:
    """Per metered circuit what flows through it without the chargers behind it.

    The systems with such rules read all their devices at once; here chargers are polled on their own, and a car that
    moves between two readings looks like a house that does.

    Args:
        matched: A sample counts when each charger behind has told what it drew before and after it, and while cars move
            only where that was the same. Otherwise it counts at once, with the last that they told: right where cars
            have settled.
    """

    def __init__(self, *, matched: bool) -> None:
        self._matched = matched
        self._loads: dict[str, Amperes] = {}
        self._steady_at: dict[str, float] = {}
        self._coming: dict[str, deque[Sample]] = {}
        self._drawn: dict[str, deque[Sample]] = {}

    def update(self, at: float, readings: Readings, sampled: Iterable[str], offered: Mapping[str, float]) -> None:
        """Take in what is new.

        Args:
            at: Monotonic time.
            readings: What was told.
            sampled: Ids of the circuits that have a new sample.
            offered: By charger id the limit last wanted, for chargers that do not measure, A.
        """
        for charger in readings.chargers:
            told, drawn = readings.told_at(charger), self._drawn.setdefault(charger.id, deque(maxlen=_KEPT))
            if told is not None and (not drawn or told > drawn[-1].at):
                drawn.append(Sample(told, readings.drawn(charger, offered.get(charger.id, 0.0))))
        for circuit_id in sampled:
            sample = readings.sample(circuit_id)
            if sample is not None:
                self._coming.setdefault(circuit_id, deque()).append(sample)
        for circuit_id in self._coming:
            self._take(at, circuit_id, readings.behind(circuit_id))

    def _take(self, at: float, circuit_id: str, behind: tuple[Charger, ...]) -> None:
        coming, steady_at = self._coming[circuit_id], self._steady_at.get(circuit_id, -MOVES)
        while coming and (not self._matched or all(self._has_told(charger, coming[0].at, at) for charger in behind)):
            sample = coming.popleft()
            around = [self._around(charger, sample.at) for charger in behind]
            steady = all(_steady(before, after) for before, after in around)
            if steady:
                steady_at = self._steady_at[circuit_id] = sample.at
            if steady or not self._matched or sample.at - steady_at >= MOVES:
                self._loads[circuit_id] = _less(sample.amperes, [after for _, after in around])

    def of(self, readings: Readings, circuit: Circuit) -> Amperes | None:
        """The load of a circuit, A per line; None before its meter has told anything.

        Without a meter it is the sum of the circuits below.
        """
        if circuit.metered:
            return self._loads.get(circuit.id)
        total = NO_LINE
        for branch in readings.circuits.values():
            if branch.parent == circuit.id:
                load = self.of(readings, branch)
                if load is None:
                    return None
                total = (total[0] + load[0], total[1] + load[1], total[2] + load[2])
        return total

    def _has_told(self, charger: Charger, sampled: float, at: float) -> bool:
        drawn = self._drawn[charger.id]
        last = drawn[-1].at if drawn else -PATIENCE
        return last >= sampled or at - max(last, sampled) >= PATIENCE

    def _around(self, charger: Charger, sampled: float) -> tuple[Amperes, Amperes]:
        """What a charger drew before and after a sample; nothing where it has never told."""
        drawn = self._drawn[charger.id]
        if not drawn:
            return NO_LINE, NO_LINE
        after = next((draw for draw in drawn if draw.at >= sampled), drawn[-1])
        before = next((draw for draw in reversed(drawn) if draw.at <= sampled), after)
        return before.amperes, after.amperes


def _steady(before: Amperes, after: Amperes) -> bool:
    return all(abs(one - other) <= STEADY for one, other in zip(before, after, strict=True))


def _less(amperes: Amperes, draws: list[Amperes]) -> Amperes:
    one, two, three = (value - sum(draw[line] for draw in draws) for line, value in enumerate(amperes))
    return (one, two, three)
