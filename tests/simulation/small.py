"""A small house to put into scenarios, and a controller that keeps to fixed limits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from custom_components.ev_charger_pool.pool.model import (
    MAIN,
    Ack,
    Capability,
    Charger,
    Circuit,
    Failure,
    Grid,
    MeterReading,
    Now,
    Reading,
    Site,
    Write,
)
from custom_components.ev_charger_pool.pool.state import Settings
from custom_components.ev_charger_pool.simulation.controller import Orders
from custom_components.ev_charger_pool.simulation.scenario import (
    CarModel,
    ChargerModel,
    Household,
    MeterModel,
    Scenario,
)

STAR = tuple(frozenset({line}) for line in range(3))
ONE = "one"
START = 1000.0
"""Monotonic time at the beginning of a run."""


def car(**changed: object) -> CarModel:
    """A three-phase car that reacts in 5 s and is there from the first second on."""
    return replace(CarModel(name="car", charger=ONE, arrives=0, leaves=100_000, needs=50_000, ramp=100.0), **changed)


def scenario(*, seconds: int = 60, capability: Capability | None = None, **changed: object) -> Scenario:
    """One three-phase charger behind a metered main fuse of 25 A, without noise, with a car."""
    charger = Charger(id=ONE, name="One", wiring=STAR, capability=capability or Capability(maximum=16.0))
    main = Circuit(id=MAIN, name="Main fuse", parent=None, fuse=(25.0, 25.0, 25.0), metered=True)
    plain = Scenario(
        name="small",
        about="A small house.",
        seconds=seconds,
        site=Site(grid=Grid.TN, circuits=(main,), chargers=(charger,)),
        households={MAIN: Household(base=(1.0, 2.0, 3.0))},
        meters={MAIN: MeterModel()},
        chargers={ONE: ChargerModel(lines=(0, 1, 2))},
        cars=(car(),),
    )
    return replace(plain, **changed)


class Fixed:
    """Writes limits at given seconds and takes down all it is told.

    Args:
        plan: By second, the limit of each charger.
    """

    reaction = 0.0

    def __init__(self, plan: Mapping[int, Mapping[str, float]] | None = None) -> None:
        self.plan = dict(plan or {})
        self.steps: list[Now] = []
        self.starts: list[tuple[Now, Settings]] = []
        self.changes: list[tuple[Now, Settings]] = []
        self.stops: list[Now] = []
        self.readings: list[Reading] = []
        self.acks: list[Ack] = []
        self._number = 0

    @property
    def heard(self) -> list[MeterReading]:
        """What meters told."""
        return [reading for reading in self.readings if isinstance(reading, MeterReading)]

    @property
    def failures(self) -> list[Failure]:
        """Polls that failed."""
        return [reading for reading in self.readings if isinstance(reading, Failure)]

    def start(self, settings: Settings, now: Now) -> None:
        self.starts.append((now, settings))

    def change(self, settings: Settings, now: Now) -> None:
        self.changes.append((now, settings))

    def step(self, now: Now, readings: Sequence[Reading], acks: Sequence[Ack]) -> Orders:
        self.steps.append(now)
        self.readings += readings
        self.acks += acks
        second = now.monotonic - START
        due = [second_due for second_due in sorted(self.plan) if second_due <= second]
        return Orders(writes=tuple(write for each in due for write in self._writes(self.plan.pop(each))))

    def stop(self, now: Now) -> tuple[Write, ...]:
        self.stops.append(now)
        return self._writes({ONE: 7.0})

    def _writes(self, limits: Mapping[str, float]) -> tuple[Write, ...]:
        self._number += 1
        return tuple(Write(charger=key, amperes=amperes, number=self._number) for key, amperes in limits.items())
