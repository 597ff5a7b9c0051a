"""Records written by hand, to know what has to be said of them."""

from dataclasses import replace

import numpy as np

from custom_components.ev_charger_pool.pool.model import LINES, MAIN, Capability, Charger, Circuit, Grid, Site
from custom_components.ev_charger_pool.simulation.record import NO_CAR, Floats, Order, Record
from custom_components.ev_charger_pool.simulation.scenario import CarModel, ChargerModel, MeterModel, Scenario
from tests.simulation.small import ONE, STAR

TWO = "two"
BOUND = 8
"""1 s meter, 1 s latency, 5 s car, 1 s spare."""
FOREVER = 1_000_000.0


def box(key: str = ONE, **changed: object) -> Charger:
    """A three-phase charger of 16 A behind the main fuse."""
    return replace(
        Charger(id=key, name=key.title(), wiring=STAR, capability=Capability(maximum=16.0, latency=1.0)), **changed
    )


def stay(charger: str = ONE, **changed: object) -> CarModel:
    """A car that is always there."""
    return replace(
        CarModel(name=f"car_{charger}", charger=charger, arrives=-1.0, leaves=FOREVER, needs=100_000.0), **changed
    )


class Draft:
    """A record to be filled in: a main fuse of 25 A with 10 A of house on every line, and chargers that draw nothing.

    Args:
        seconds: How long.
        boxes: One three-phase charger if there are none.
        circuits: Behind the main fuse.
        cars: One at every charger if there are none.
        changed: Fields of the scenario.
    """

    def __init__(
        self,
        seconds: int = 600,
        boxes: tuple[Charger, ...] = (),
        *,
        circuits: tuple[Circuit, ...] = (),
        cars: tuple[CarModel, ...] = (),
        main: Circuit | None = None,
        **changed: object,
    ) -> None:
        boxes = boxes or (box(),)
        main = main or Circuit(id=MAIN, name="Main fuse", parent=None, fuse=(25.0, 25.0, 25.0), metered=True)
        plain = Scenario(
            name="draft",
            about="Written by hand.",
            seconds=seconds,
            site=Site(grid=Grid.TN, circuits=(main, *circuits), chargers=boxes),
            meters={MAIN: MeterModel()},
            chargers={charger.id: ChargerModel(lines=(0, 1, 2)) for charger in boxes},
            cars=cars or tuple(stay(charger.id) for charger in boxes),
        )
        self.scenario = replace(plain, **changed)
        self.house = {circuit.id: np.zeros((seconds, LINES)) for circuit in circuits}
        self.house[MAIN] = np.full((seconds, LINES), 10.0)
        self.drawn = {charger.id: np.zeros((seconds, LINES)) for charger in boxes}
        self.limits = {charger.id: np.full(seconds, 6.0) for charger in boxes}
        self.charged = np.zeros((seconds, len(self.scenario.cars)))
        self.orders: list[Order] = []
        self.breaches: tuple[tuple[float, str], ...] = ()

    def order(
        self, at: float, amperes: float, charger: str = ONE, *, taken: bool = True, phases: int | None = None
    ) -> None:
        self.orders.append(Order(at=at, charger=charger, amperes=amperes, taken=taken, phases=phases))

    def record(self) -> Record:
        site, seconds = self.scenario.site, self.scenario.seconds
        circuits = tuple(circuit.id for circuit in site.circuits)
        chargers = tuple(self.drawn)
        drawn = np.stack([self.drawn[key] for key in chargers], axis=1)
        house = np.stack([self.house[key] for key in circuits], axis=1)
        behind = np.array(
            [
                [any(above.id == circuit for above in site.path(charger.circuit)) for charger in site.chargers]
                for circuit in circuits
            ],
            dtype=np.float64,
        )
        second = np.arange(seconds)
        cars = np.full((seconds, len(chargers)), NO_CAR, dtype=np.intp)
        for number, car in enumerate(self.scenario.cars):
            cars[(car.arrives <= second) & (second < car.leaves), chargers.index(car.charger)] = number
        currents: Floats = house + np.einsum("cn,tnl->tcl", behind, drawn)
        return Record(
            scenario=self.scenario,
            circuits=circuits,
            chargers=chargers,
            currents=currents,
            house=house,
            limits=np.stack([self.limits[key] for key in chargers], axis=1),
            drawn=drawn,
            cars=cars,
            charged=self.charged,
            orders=tuple(sorted(self.orders, key=lambda order: order.at)),
            changes=(),
            breaches=self.breaches,
        )
