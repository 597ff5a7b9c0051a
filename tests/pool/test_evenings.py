"""Random quarters of an hour: whatever house, wiring and cars, no fuse stays over its limit."""

import random

import pytest

from custom_components.ev_charger_pool.pool.model import Wiring
from custom_components.ev_charger_pool.pool.state import Settings
from custom_components.ev_charger_pool.simulation.car import Car
from custom_components.ev_charger_pool.simulation.house import Appliance, Outlet
from tests.pool.loop import L1, L2, L3, THREE, Loop, box, charger, site

ROTATED: Wiring = (frozenset({1}), frozenset({2}), frozenset({0}))
REAL_LINES = ((0, 1, 2), (1, 2, 0), (2, 0, 1), (2,), (1,))
"""What a charger of unknown wiring may really be on."""

RELIEF = 9
"""Reading of the meter 1 s, latency of the charger 1 s, reaction of the car 5 s, and one second at either end."""

SHARE_OF_HOUSE = 0.8
"""Of the fuse that the house takes at most: above, no balancer could help."""


def evening(chance: random.Random) -> Loop:
    wirings = [chance.choice([L1, L2, L3, THREE, ROTATED, None]) for _ in range(chance.randint(1, 4))]
    chargers = [charger(f"c{number}", wiring) for number, wiring in enumerate(wirings)]
    fuse = chance.choice([20.0, 25.0, 35.0])
    appliances = tuple(
        Appliance(f"a{number}", tuple(chance.choice([0.0, 0.0, chance.uniform(3, fuse * 0.45)]) for _ in range(3)))
        for number in range(3)
    )
    loop = Loop(
        Settings(site=site(*chargers, fuse=fuse), control=True, hold=10.0, window=chance.choice([30.0, 120.0])),
        {charger.id: box() for charger in chargers},
        base=(chance.uniform(0, 3), chance.uniform(0, 3), chance.uniform(0, 3)),
        appliances=appliances,
    )
    for one in chargers:
        if one.wiring is None:
            loop.house.outlets[one.id] = Outlet(loop.boxes[one.id], chance.choice(REAL_LINES))
    return loop


def live(loop: Loop, chance: random.Random, fuse: float) -> None:
    """Somebody cooks, somebody comes or goes."""
    if chance.random() < 1 / 40:
        appliance = chance.choice(list(loop.house.appliances.values()))
        appliance.on = not appliance.on
        if max(loop.house_alone()) > SHARE_OF_HOUSE * fuse:
            appliance.on = False
    if chance.random() < 1 / 120:
        key = chance.choice(list(loop.boxes))
        wired = len(loop.house.outlets[key].lines)
        new = Car(
            phases=chance.choice([1, wired]), ramp=chance.choice([1.0, 2.0, 10.0]), maximum=chance.choice([10, 16])
        )
        loop.boxes[key].car = None if loop.boxes[key].car else new


@pytest.mark.parametrize("seed", range(16))
def test_no_fuse_stays_over_its_limit(seed: int) -> None:
    chance = random.Random(seed)
    loop = evening(chance)
    fuse = loop.settings.site.circuits[0].fuse[0]
    over = [0, 0, 0]
    for _ in range(900):
        live(loop, chance, fuse)
        loop.run(1)
        for line, amperes in enumerate(loop.house.currents):
            over[line] = over[line] + 1 if amperes > fuse + 0.1 else 0
        assert max(over) <= RELIEF, f"at {loop.at} s: {loop.house.currents}"
