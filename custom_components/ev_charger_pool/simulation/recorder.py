"""Takes down what is true while a scenario runs."""

from array import array
from collections.abc import Mapping, Sequence

import numpy as np

from ..pool.model import LINES, Decision
from .record import Change, Floats, Order, Record
from .scenario import Scenario
from .world import World


class Recorder:
    """Fills a record second by second.

    Args:
        scenario: What is run.
        world: Where.
    """

    def __init__(self, scenario: Scenario, world: World) -> None:
        self.breaches: list[tuple[float, str]] = []
        """When and how a rule was broken."""
        self._scenario = scenario
        self._world = world
        self._boxes = tuple(world.chargers.values())
        self._limits = array("d")
        self._drawn = array("d")
        self._cars = array("q")
        self._charged = array("d")
        self._changes: list[Change] = []
        self._decisions: dict[str, Decision] = {}

    def tick(self) -> None:
        """Take down the second that was lived last."""
        world = self._world
        self._limits.extend([box.limit for box in self._boxes])
        for amperes in world.drawn:
            self._drawn.extend(amperes)
        self._cars.extend(world.plugged)
        self._charged.extend(world.charged)

    def decided(self, second: int, decisions: Mapping[str, Decision]) -> None:
        """Take down the decisions that differ from the ones before."""
        for key, decision in decisions.items():
            before = self._decisions.get(key)
            why = decision.reason.why
            if before is None or before.amperes != decision.amperes or before.reason.why is not why:
                self._changes.append(Change(at=float(second), charger=key, amperes=decision.amperes, why=why))
        self._decisions = dict(decisions)

    def record(self, orders: Sequence[Order]) -> Record:
        """Everything that was taken down.

        Args:
            orders: All writes, as they came to an end.
        """
        scenario, world, count = self._scenario, self._world, len(self._boxes)
        seconds = scenario.seconds
        drawn = _floats(self._drawn, seconds, count, LINES)
        return Record(
            scenario=scenario,
            circuits=world.circuits,
            chargers=tuple(world.chargers),
            currents=world.house + np.einsum("cn,tnl->tcl", world.behind, drawn),
            house=world.house,
            limits=_floats(self._limits, seconds, count),
            drawn=drawn,
            cars=np.array(self._cars, dtype=np.intp).reshape(seconds, count),
            charged=_floats(self._charged, seconds, len(scenario.cars)),
            orders=tuple(sorted(orders, key=lambda order: order.at)),
            changes=tuple(self._changes),
            breaches=tuple(sorted(self.breaches)),
        )


def _floats(values: array[float], *shape: int) -> Floats:
    return np.array(values, dtype=np.float64).reshape(shape)
