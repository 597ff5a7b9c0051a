"""The open-loop reference: an installer divides the fuse, less 10 A for the house, once and for all."""

from typing import override

from custom_components.ev_charger_pool.pool.model import Circuit

from .baseline import Baseline

FOR_THE_HOUSE = 10.0
"""Kept free on every fuse, A."""


class EqualSplit(Baseline):
    """An equal split of the fuse minus 10 A, written once; nothing is measured.

    Every fuse on the way counts, as one number, that of its lowest line. Where the share is below the minimum, as many
    chargers as have room for theirs get it, in the order in which they are listed, and the others none.
    """

    @override
    def begin(self, at: float) -> None:
        # No reading leads to a write.
        self.reaction = 0.0
        running = dict.fromkeys(self.readings.circuits, 0)
        for charger in self.readings.chargers:
            path = self.readings.paths[charger.id]
            allowed = all((running[circuit.id] + 1) * charger.minimum <= _free(circuit) for circuit in path)
            for circuit in path if allowed else ():
                running[circuit.id] += 1
            if not allowed:
                self.outbox.want(charger, 0.0)
        for charger in self.readings.chargers:
            if self.outbox.wanted(charger) is None:
                shares = [_free(circuit) / running[circuit.id] for circuit in self.readings.paths[charger.id]]
                self.outbox.want(charger, min(*shares, self.readings.maximum(charger)))

    @override
    def decide(self, at: float, sampled: frozenset[str]) -> None:
        """Nothing is ever decided again."""


def _free(circuit: Circuit) -> float:
    return min(fuse for fuse in circuit.fuse if fuse > 0) - FOR_THE_HOUSE
