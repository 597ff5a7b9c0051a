"""EVerest's energy manager: a tree of nodes with one ampere number each, and a market that sells slices of it."""

from typing import override

from custom_components.ev_charger_pool.pool.model import Charger, Circuit

from .baseline import Baseline, Ticks
from .house_loads import MOVES, HouseLoads

CYCLE = 1.0
"""Seconds between two runs of the market."""
SLICE = 0.5
"""Amperes bought at a time."""
ROUNDS = 100
"""At most so many rounds are traded in a run."""
VALID = 10.0
"""Seconds that a limit is good for; then the charger goes to 0."""


class Everest(Baseline):
    """EVerest's energy manager with the broker that charges fast.

    - Every second everybody with a car first buys the minimum, all of it or nothing, then by turns slices of 0.5 A or
      what is left of one, for up to 100 rounds. A purchase needs room in every node on the way to the root.
    - A node has one ampere number for all phases: every purchase counts on all of them.
    - A limit is valid for 10 s; when it is not renewed its charger goes to 0.

    Silent in the description: how the load of the house enters the tree. The number of a metered node is here its limit
    less the house load of its highest phase (measured less what its own chargers measured before and after, with their
    rotation), and as that is the only word on the mains, it is valid for 10 s from the measurement.
    """

    @override
    def begin(self, at: float) -> None:
        self._ticks = Ticks(at, CYCLE)
        self._house = HouseLoads(matched=True)
        # Its own chargers are heard every second; here a sample waits for the next poll, or until cars have settled.
        self.reaction = CYCLE + MOVES
        self.reaction += max((charger.capability.poll_interval for charger in self.readings.chargers), default=0.0)

    @override
    def decide(self, at: float, sampled: frozenset[str]) -> None:
        offered = {charger.id: self.offered(charger) for charger in self.readings.chargers}
        self._house.update(at, self.readings, sampled, offered)
        if self._ticks.passed(at):
            for charger, amperes in self._trade(at):
                self.outbox.want(charger, amperes)
        self.wake = self._ticks.next

    def _trade(self, at: float) -> list[tuple[Charger, float]]:
        left = {circuit.id: self._number(circuit, at) for circuit in self.readings.circuits.values()}
        bought = {charger.id: 0.0 for charger in self.readings.chargers}
        buyers = []
        for charger in self.readings.chargers:
            if self.readings.connected(charger) and self._room(charger, left) >= charger.minimum:
                self._buy(charger, charger.minimum, left, bought)
                buyers.append(charger)
        most = {charger.id: self.readings.maximum(charger) for charger in buyers}
        for _ in range(ROUNDS):
            for charger in buyers:
                wanted = min(SLICE, most[charger.id] - bought[charger.id], self._room(charger, left))
                self._buy(charger, max(0.0, wanted), left, bought)
        return [(charger, bought[charger.id]) for charger in self.readings.chargers]

    def _number(self, circuit: Circuit, at: float) -> float:
        """What a node may sell to its chargers, A."""
        limits, lines = self.readings.limits(circuit), self.readings.lines(circuit)
        sample = self.readings.sample(circuit.id)
        if circuit.metered and (sample is None or at - sample.at > VALID):
            return 0.0
        house = self._house.of(self.readings, circuit)
        return 0.0 if house is None else min(limits[line] - house[line] for line in lines)

    def _room(self, charger: Charger, left: dict[str, float]) -> float:
        return min(left[circuit.id] for circuit in self.readings.paths[charger.id])

    def _buy(self, charger: Charger, amperes: float, left: dict[str, float], bought: dict[str, float]) -> None:
        bought[charger.id] += amperes
        for circuit in self.readings.paths[charger.id]:
            left[circuit.id] -= amperes
