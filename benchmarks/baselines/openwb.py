"""openWB's load management: stages over a hierarchy of counters, every phase on its own."""

from collections.abc import Sequence
from typing import override

from custom_components.ev_charger_pool.pool.model import LINES, Charger, Circuit

from .baseline import Baseline, Ticks
from .house_loads import HouseLoads

LOOP = 10.0
"""Seconds between two runs."""
UNDER = 1.0
"""A car that draws at least so much less than set ..."""
UNDER_FOR = 60.0
"""... for so many seconds counts with what it draws."""
FAULT_AFTER = 60.0
"""Seconds that a faulty meter is bridged with its last value."""
FAULT_ROOM = 7_000.0 / 230.0 / 3.0
"""What all chargers together have per phase while a meter is faulty, A."""


class OpenWb(Baseline):
    """openWB's algorithm, every car in instant charging and without priority: one group.

    - Every 10 s, per counter and phase: free = limit - (measured - own chargers' measured currents, mapped with their
      rotation), not below 0.
    - First stage: every willing charger gets its minimum, in order, where all its phases have it in all counters.
    - Second stage: towards the target, the deepest counter first; each charger gets the least over its phases of what
      it lacks and the free current divided by the number of those that follow. A counter above never gives more than
      the one below.
    - A car that draws 1 A less than set, or still less, for 60 s is counted with what it draws.
    - A charger counts on the phases that its car uses, on all before that is known.
    - A faulty meter is bridged for 60 s; then 7 kW / 230 V / 3 per phase is all that its chargers share.

    Silent in the description: the order (current needed, state of charge, least energy, time of plugging in, number) is
    taken anew when a car comes or goes, as an order by energy taken every 10 s would have cars in shortage take turns
    of 10 s; the state of charge is not known. A charger that counts with what its car draws keeps its set-point as far
    as its own counters allow, so that the car can take more at once. Unknown wiring is straight. A counter without a
    meter has the load of the counters below and its reserve.
    """

    @override
    def begin(self, at: float) -> None:
        self._ticks = Ticks(at, LOOP)
        self._house = HouseLoads(matched=False)
        self._queue: list[str] = []
        self._plugged: dict[str, float] = {}
        self._under_since: dict[str, float] = {}
        self._set: dict[str, float] = {}
        self.reaction = LOOP

    @override
    def decide(self, at: float, sampled: frozenset[str]) -> None:
        self._house.update(at, self.readings, sampled, self._set)
        if self._ticks.passed(at):
            self._watch_draws(at)
            self._set = self._allocate(at)
            for charger in self.readings.chargers:
                self.outbox.want(charger, self._set.get(charger.id, 0.0))
        self.wake = self._ticks.next

    # What is known

    def _in_order(self, at: float) -> list[Charger]:
        willing = {charger.id: charger for charger in self.readings.chargers if self.readings.connected(charger)}
        if set(self._queue) != set(willing):
            self._plugged = {key: self._plugged.get(key, at) for key in willing}
            self._queue = sorted(
                willing,
                key=lambda key: (
                    -self.readings.maximum(willing[key]),
                    self.readings.energy(willing[key]),
                    self._plugged[key],
                    key,
                ),
            )
        return [willing[key] for key in self._queue]

    def _watch_draws(self, at: float) -> None:
        for charger in self.readings.chargers:
            if self._drawn(charger) <= self._set.get(charger.id, 0.0) - UNDER:
                self._under_since.setdefault(charger.id, at)
            else:
                self._under_since.pop(charger.id, None)

    def _drawn(self, charger: Charger) -> float:
        return max(self.readings.drawn(charger, self._set.get(charger.id, 0.0)))

    def _draws_less(self, charger: Charger, at: float) -> bool:
        return at - self._under_since.get(charger.id, at) >= UNDER_FOR

    def _free(self, circuit: Circuit, at: float) -> list[float]:
        limits = self.readings.limits(circuit)
        sample = self.readings.sample(circuit.id)
        house = self._house.of(self.readings, circuit)
        if house is None or (circuit.metered and sample is not None and at - sample.at > FAULT_AFTER):
            return [min(limit, FAULT_ROOM) for limit in limits]
        return [max(0.0, limits[line] - house[line]) for line in range(LINES)]

    # The stages

    def _allocate(self, at: float) -> dict[str, float]:
        """What every charger with a car is set to, A."""
        circuits = sorted(self.readings.circuits.values(), key=self._depth, reverse=True)
        queue = self._in_order(at)
        free = {circuit.id: self._free(circuit, at) for circuit in circuits}
        base = {
            charger.id: min(charger.minimum, self._drawn(charger)) if self._draws_less(charger, at) else charger.minimum
            for charger in queue
        }
        running = queue
        for circuit in circuits:
            running = self._minimums(circuit, running, base, free[circuit.id])
        result = {charger.id: self._target(charger, at) for charger in running}
        for circuit in circuits:
            self._raise(circuit, running, result, at, free[circuit.id])
        return result

    def _depth(self, circuit: Circuit) -> int:
        depth, parent = 0, circuit.parent
        while parent is not None:
            depth, parent = depth + 1, self.readings.circuits[parent].parent
        return depth

    def _target(self, charger: Charger, at: float) -> float:
        maximum = self.readings.maximum(charger)
        if self._draws_less(charger, at):
            return min(maximum, max(charger.minimum, self._set.get(charger.id, 0.0)))
        return maximum

    def _behind(self, circuit: Circuit, chargers: Sequence[Charger]) -> list[Charger]:
        behind = {charger.id for charger in self.readings.behind(circuit.id)}
        return [charger for charger in chargers if charger.id in behind]

    def _minimums(
        self, circuit: Circuit, queue: Sequence[Charger], base: dict[str, float], free: list[float]
    ) -> list[Charger]:
        """Those who still run after a counter gave the minimums, taken from what it has free."""
        running = []
        behind = self._behind(circuit, queue)
        for charger in queue:
            if charger in behind:
                lines = self.readings.used_lines(charger)
                if any(free[line] < base[charger.id] for line in lines):
                    continue
                for line in lines:
                    free[line] -= base[charger.id]
            running.append(charger)
        return running

    def _raise(
        self, circuit: Circuit, running: Sequence[Charger], result: dict[str, float], at: float, free: list[float]
    ) -> None:
        """Lower the result of the counters below to what this one can give."""
        behind = self._behind(circuit, running)
        lending = [charger for charger in behind if self._draws_less(charger, at)]
        for charger in lending:
            lines = self.readings.used_lines(charger)
            lacking = result[charger.id] - charger.minimum
            share = max(0.0, min(lacking, *(free[line] for line in lines)))
            result[charger.id] = charger.minimum + share
            for line in lines:
                free[line] -= min(share, max(0.0, self._drawn(charger) - charger.minimum))
        raising = [charger for charger in behind if charger not in lending]
        for place, charger in enumerate(raising):
            lines = self.readings.used_lines(charger)
            after = raising[place:]
            counts = {line: sum(line in self.readings.used_lines(other) for other in after) for line in lines}
            lacking = result[charger.id] - charger.minimum
            share = max(0.0, min(lacking, *(free[line] / counts[line] for line in lines)))
            result[charger.id] = charger.minimum + share
            for line in lines:
                free[line] -= share
