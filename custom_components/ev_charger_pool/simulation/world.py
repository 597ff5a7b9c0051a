"""What is physically true in the house, second by second."""

from collections.abc import Mapping
from itertools import pairwise
import zlib

import numpy as np
import numpy.typing as npt

from ..pool.model import LINES, NO_LINE, Amperes, Site, Wiring
from .car import Car
from .charger import Charger
from .household import household_load
from .record import NO_CAR
from .scenario import CarModel, Scenario

type Floats = npt.NDArray[np.float64]


def seed_of(scenario: Scenario, thing: str) -> tuple[int, int]:
    """A seed of its own for everything that is random, whatever else there is in the scenario."""
    return scenario.seed, zlib.crc32(thing.encode())


class World:
    """Circuits, chargers and cars.

    Args:
        scenario: What there is.
        start: Monotonic time at which it begins.

    Raises:
        ValueError: A charger has no model, a trace no house, or two cars are plugged into it at the same time.
    """

    def __init__(self, scenario: Scenario, *, start: float) -> None:
        site = scenario.site
        self.circuits = tuple(circuit.id for circuit in site.circuits)
        self.chargers: Mapping[str, Charger] = {
            charger.id: _charger(scenario, charger.id, charger.capability.maximum) for charger in site.chargers
        }
        """By id, in the order of the site."""
        self.house = _house(scenario)
        """(T, C, 3) what flows through each fuse without the cars, A."""
        self.behind = _behind(site)
        """(C, n) 1 where a charger hangs behind a fuse, else 0."""
        self.drawn: list[Amperes] = [NO_LINE] * len(self.chargers)
        """What each charger draws on the lines of the site, A."""
        self.plugged = [NO_CAR] * len(self.chargers)
        """Per charger the index of its car."""
        self.charged = [0.0] * len(scenario.cars)
        """Per car since it arrived, Wh."""
        self._start = start
        self._cars = scenario.cars
        self._boxes = tuple(self.chargers.values())
        self._shares = tuple(_shares(scenario.chargers[charger].wiring) for charger in self.chargers)
        self._moves = _moves(scenario, tuple(self.chargers))
        self._rows: dict[str, tuple[list[list[float]], tuple[int, ...]]] = {
            circuit: (self.house[:, index].tolist(), tuple(np.flatnonzero(self.behind[index]).tolist()))
            for index, circuit in enumerate(self.circuits)
            if circuit in scenario.meters
        }

    def tick(self, second: int) -> None:
        """Live until a second of the scenario."""
        now = self._start + second
        while self._moves and self._moves[-1][0] <= second:
            _, charger, number = self._moves.pop()
            self._plug(charger, number, now)
        for index, box in enumerate(self._boxes):
            box.tick(now)
            car = box.car
            if car is None:
                self.drawn[index] = NO_LINE
                continue
            self.charged[self.plugged[index]] = car.charged
            current = car.current
            l1, l2, l3 = self._shares[index][car.phases]
            self.drawn[index] = (l1 * current, l2 * current, l3 * current)

    def currents(self, circuit: str, second: int) -> Amperes:
        """What flows through the fuse of a metered circuit in the second that was lived last, A."""
        house, chargers = self._rows[circuit]
        l1, l2, l3 = house[second]
        for charger in chargers:
            amperes = self.drawn[charger]
            l1 += amperes[0]
            l2 += amperes[1]
            l3 += amperes[2]
        return l1, l2, l3

    def _plug(self, charger: int, number: int, now: float) -> None:
        box = self._boxes[charger]
        box.tick(now)
        if box.car is not None:
            self.charged[self.plugged[charger]] = box.car.charged
        self.plugged[charger] = number
        box.car = None if number == NO_CAR else _car(self._cars[number], len(self._shares[charger]) - 1)


def _charger(scenario: Scenario, charger_id: str, maximum: float) -> Charger:
    if charger_id not in scenario.chargers:
        raise ValueError(f"chargers: there is no model of {charger_id}")
    model = scenario.chargers[charger_id]
    return Charger(
        maximum=maximum,
        reboot_default=model.reboot_default,
        timeout=model.timeout,
        fall_back=model.fall_back,
        latency=model.latency,
        limit=model.limit,
    )


def _shares(wiring: Wiring) -> tuple[Amperes, ...]:
    """By the number of phases in use, from 0 up: how many of them each line carries; amplitudes are added (R4)."""
    return tuple(_on_lines(wiring[:phases]) for phases in range(len(wiring) + 1))


def _on_lines(wiring: Wiring) -> Amperes:
    first, second, third = (float(sum(line in phase for phase in wiring)) for line in range(LINES))
    return first, second, third


def _car(model: CarModel, phases: int) -> Car:
    """A car that has just been plugged into a charger with so many phases."""
    later = model.later_phases
    return Car(
        phases=min(model.phases, phases),
        maximum=model.maximum,
        minimum=model.minimum,
        reaction=model.reaction,
        ramp=model.ramp,
        needs=model.needs,
        taper=model.taper,
        sleeps_after=model.sleeps_after,
        later_phases=None if later is None else (later[0], min(later[1], phases)),
        excess=model.excess,
    )


def _moves(scenario: Scenario, chargers: tuple[str, ...]) -> list[tuple[float, int, int]]:
    """When which car comes to which charger, or ``NO_CAR`` when it leaves; the last one first."""
    moves: list[tuple[float, int, int]] = []
    for index, charger in enumerate(chargers):
        stays = [(number, car) for number, car in enumerate(scenario.cars) if car.charger == charger]
        stays.sort(key=lambda stay: stay[1].arrives)
        for (_, car), (_, following) in pairwise(stays):
            if following.arrives < car.leaves:
                raise ValueError(f"cars: {following.name} comes to {charger} before {car.name} has left")
        for number, car in stays:
            moves += [(car.arrives, index, number), (car.leaves, index, NO_CAR)]
    # Who leaves makes room for who comes in the same second.
    return sorted(moves, key=lambda move: (move[0], move[2] != NO_CAR), reverse=True)


def _house(scenario: Scenario) -> Floats:
    """(T, C, 3) the household of each circuit and of all behind it."""
    site, seconds = scenario.site, scenario.seconds
    index = {circuit.id: number for number, circuit in enumerate(site.circuits)}
    house = np.zeros((seconds, len(index), LINES))
    for circuit, household in scenario.households.items():
        seed = seed_of(scenario, f"household {circuit}")
        load = household_load(household, seconds=seconds, start=scenario.start, seed=seed)
        lines = sorted(site.lines(circuit))
        for above in site.path(circuit):
            house[:, index[above.id], lines] += load[:, lines]
    return house


def _behind(site: Site) -> Floats:
    """(C, n) 1 where a charger hangs behind a circuit's fuse, else 0."""
    behind = np.zeros((len(site.circuits), len(site.chargers)))
    for row, circuit in enumerate(site.circuits):
        for column, charger in enumerate(site.chargers):
            behind[row, column] = circuit in site.path(charger.circuit)
    return behind
