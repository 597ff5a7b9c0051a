"""evcc's circuit rule: a request is tested against the room of its circuit and of every circuit above."""

import math
from typing import override

from custom_components.ev_charger_pool.pool.model import Charger, Circuit

from .baseline import Baseline, Ticks

LOOP = 30.0
"""Seconds between two ticks; each tick controls one charger, in turn."""
TIMEOUT = 60.0
"""After so many seconds without a value a circuit counts as overloaded without bound."""


class EvccCircuits(Baseline):
    """evcc's circuits, every charger in the mode that charges at once.

    - Every device is read each tick, one charger is controlled: with N chargers each one has its turn every N x 30 s.
    - The current of a metered circuit is the largest of its three signed phase currents; one without a meter has the
      sum of the largest phase of each of its chargers and of the circuits below.
    - A request from what the car draws to the charger's maximum grows by max(0, new - old). Where that is more than
      the room of the circuit, the answer is min(new, max(0, old + room)); then the circuit above is asked.
    - The answer is cut to the charger's step, whole amperes for most; below the minimum the charger is disabled, and
      enabled again as soon as a turn has room: the delays of one and three minutes belong to solar charging alone.

    Silent in the description: that a charger without a car keeps its place in the turn, as all of the site's do.
    """

    @override
    def begin(self, at: float) -> None:
        self._ticks = Ticks(at, LOOP)
        self._turn = 0
        self.reaction = LOOP * max(1, len(self.readings.chargers))

    @override
    def decide(self, at: float, sampled: frozenset[str]) -> None:
        chargers = self.readings.chargers
        if chargers and self._ticks.passed(at):
            charger = chargers[self._turn % len(chargers)]
            self._turn += 1
            self.outbox.want(charger, self._granted(charger, at))
        self.wake = self._ticks.next

    def _granted(self, charger: Charger, at: float) -> float:
        if not self.readings.connected(charger):
            return 0.0
        old = self._drawn(charger)
        new = self.readings.maximum(charger)
        for circuit in self.readings.paths[charger.id]:
            room = self.readings.limit(circuit) - self._present(circuit, at)
            if max(0.0, new - old) > room:
                new = min(new, max(0.0, old + room))
        return new

    def _present(self, circuit: Circuit, at: float) -> float:
        """The current of a circuit as one number, A."""
        if circuit.metered:
            sample = self.readings.sample(circuit.id)
            return math.inf if sample is None or at - sample.at > TIMEOUT else sample.highest
        below = [branch for branch in self.readings.circuits.values() if branch.parent == circuit.id]
        own = [charger for charger in self.readings.chargers if charger.circuit == circuit.id]
        return sum(self._drawn(charger) for charger in own) + sum(self._present(branch, at) for branch in below)

    def _drawn(self, charger: Charger) -> float:
        return max(self.readings.drawn(charger, self.offered(charger)))
