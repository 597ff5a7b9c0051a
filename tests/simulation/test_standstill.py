"""No oscillation: with a constant house the set-points stand still within two minutes of whatever moved them.

Left out are the strategy that serves the least energy first, with which every kWh moves them, and one-phase cars at
chargers of unknown wiring: they are counted on lines on which they draw nothing, and the house there looks smaller once
the window of raises has passed.
"""

import random

import pytest

from custom_components.ev_charger_pool.pool.defaults import MINIMUM_OFF
from custom_components.ev_charger_pool.pool.model import MAIN, Capability, Charger, Circuit, Grid, Site, Wiring
from custom_components.ev_charger_pool.pool.strategy import TURN, Strategy
from custom_components.ev_charger_pool.simulation.pool_controller import PoolController
from custom_components.ev_charger_pool.simulation.run import run
from custom_components.ev_charger_pool.simulation.scenario import (
    CarModel,
    ChargerModel,
    Household,
    MeterModel,
    Scenario,
)

REST = 120
HOUR = 3600
WIRINGS: tuple[Wiring | None, ...] = (
    (frozenset({0}), frozenset({1}), frozenset({2})),
    (frozenset({1}), frozenset({2}), frozenset({0})),
    (frozenset({0}),),
    (frozenset({2}),),
    None,
)


def quiet_house(seed: int, count: int) -> Scenario:
    """A constant house, cars that stay hungry, arriving minutes apart."""
    chance = random.Random(seed)
    chargers, models, cars = [], {}, []
    for number in range(count):
        wiring = chance.choice(WIRINGS)
        phases = 3 if wiring is None else len(wiring)
        key = f"box_{number}"
        capability = Capability(maximum=16.0, phases=phases, step=chance.choice([0.1, 1.0]), latency=1.0)
        chargers.append(Charger(id=key, name=key, wiring=wiring, capability=capability))
        lines = (0, 1, 2) if wiring is None else tuple(min(phase) for phase in wiring)
        models[key] = ChargerModel(lines=lines)
        cars.append(
            CarModel(
                name=f"car_{number}",
                charger=key,
                arrives=30.0 + 200.0 * number,
                leaves=2.0 * HOUR,
                needs=200_000.0,
                phases=phases if wiring is None else chance.choice([1, phases]),
                maximum=chance.choice([10.0, 16.0, 32.0]),
            )
        )
    fuse = chance.choice([20.0, 25.0, 35.0])
    main = Circuit(id=MAIN, name="Main fuse", parent=None, fuse=(fuse, fuse, fuse), metered=True)
    return Scenario(
        name=f"quiet_{count}_{seed}",
        about="Nothing changes.",
        seconds=2 * HOUR,
        site=Site(grid=Grid.TN, circuits=(main,), chargers=tuple(chargers)),
        strategy=chance.choice([strategy for strategy in Strategy if strategy is not Strategy.LEAST_ENERGY]),
        households={MAIN: Household(base=(2.3, 1.2, 3.1))},
        meters={MAIN: MeterModel()},
        chargers=models,
        cars=tuple(cars),
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("count", range(1, 7))
def test_set_points_come_to_rest(count: int, seed: int) -> None:
    scenario = quiet_house(seed, count)
    record = run(scenario, PoolController())
    first_turn = TURN - scenario.start.timestamp() % TURN
    turns = [first_turn + number * TURN for number in range(-1, int(scenario.seconds / TURN) + 1)]
    restarts = [order.at + MINIMUM_OFF for order in record.orders if order.amperes == 0]
    moved = [0.0, *(car.arrives for car in scenario.cars), *turns, *restarts]
    standing: dict[str, float] = {}
    restless = []
    for order in record.orders:
        changed = order.charger in standing and standing[order.charger] != order.amperes
        standing[order.charger] = order.amperes
        if changed and not any(at <= order.at <= at + REST for at in moved):
            restless.append((order.at, order.charger, order.amperes))
    assert not restless
