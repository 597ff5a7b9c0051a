from dataclasses import replace

import numpy as np
import pytest

from custom_components.ev_charger_pool.pool.model import MAIN, Capability, Charger, Circuit, Grid, Site
from custom_components.ev_charger_pool.simulation.record import NO_CAR
from custom_components.ev_charger_pool.simulation.scenario import (
    Appliance,
    ChargerModel,
    Household,
    MeterModel,
    Scenario,
)
from custom_components.ev_charger_pool.simulation.world import World, seed_of
from tests.simulation.small import ONE, STAR, START, car, scenario


def circuit(key: str, parent: str | None, fuse: tuple[float, float, float] = (16.0, 16.0, 16.0)) -> Circuit:
    return Circuit(id=key, name=key.title(), parent=parent, fuse=fuse, metered=True)


def tree() -> Scenario:
    """Main, behind it a garage of two lines, behind that a carport; a charger on each."""
    rotated = (STAR[1], STAR[2], STAR[0])
    garage = (STAR[0], STAR[1])
    return scenario(
        seconds=100,
        site=Site(
            grid=Grid.TN,
            circuits=(
                circuit(MAIN, None, (35.0, 35.0, 35.0)),
                circuit("garage", MAIN, (16.0, 16.0, 0.0)),
                circuit("carport", "garage"),
            ),
            chargers=(
                Charger(id=ONE, name="One", wiring=rotated),
                Charger(id="two", name="Two", circuit="garage", wiring=garage, capability=Capability(phases=2)),
                Charger(
                    id="three", name="Three", circuit="carport", wiring=(STAR[1],), capability=Capability(phases=1)
                ),
            ),
        ),
        households={
            MAIN: Household(base=(1.0, 2.0, 3.0)),
            "garage": Household(base=(0.5, 0.5, 0.0), noise=0.1),
            "carport": Household(base=(0.1, 0.1, 0.0)),
        },
        meters={MAIN: MeterModel(), "garage": MeterModel(), "carport": MeterModel()},
        chargers={
            ONE: ChargerModel(lines=(1, 2, 0), limit=10.0),
            "two": ChargerModel(lines=(0, 1), limit=8.0),
            "three": ChargerModel(lines=(1,), limit=7.0),
        },
        cars=(
            car(name="a", phases=1),
            car(name="b", charger="two"),
            car(name="c", charger="three", later_phases=(5.0, 3)),
        ),
    )


def live(world: World, seconds: int) -> None:
    for second in range(seconds):
        world.tick(second)


def test_a_fuse_carries_all_that_is_behind_it() -> None:
    world = World(tree(), start=START)
    live(world, 60)
    assert world.drawn == [(0, 10, 0), (8, 8, 0), (0, 7, 0)]
    assert world.behind.tolist() == [[1, 1, 1], [0, 1, 1], [0, 0, 1]]
    ripple = world.house[59, 1] - (0.6, 0.6, 0)
    assert ripple[2] == 0
    assert (ripple[:2] != 0).all()
    assert world.house[59, 2].tolist() == [0.1, 0.1, 0]
    assert world.house[59, 0] == pytest.approx(ripple + np.array([1.6, 2.6, 3.0]))
    assert world.currents("carport", 59) == pytest.approx((0.1, 7.1, 0))
    assert world.currents("garage", 59) == pytest.approx((8.6 + ripple[0], 15.6 + ripple[1], 0))
    assert world.currents(MAIN, 59) == pytest.approx((9.6 + ripple[0], 27.6 + ripple[1], 3))


def test_a_household_does_not_flow_on_lines_that_do_not_reach_its_circuit() -> None:
    wrong = replace(
        tree(), households={"garage": Household(base=(1.0, 1.0, 1.0)), "carport": Household(base=(1.0, 1.0, 1.0))}
    )
    world = World(wrong, start=START)
    assert world.house[0].tolist() == [[2, 2, 0], [2, 2, 0], [1, 1, 0]]


def test_the_ripple_of_one_circuit_does_not_depend_on_the_others() -> None:
    quiet = replace(tree(), households={"garage": Household(base=(0.5, 0.5, 0.0), noise=0.1)})
    loud = replace(
        tree(),
        households={
            MAIN: Household(noise=1.0, appliances=(Appliance(name="hob", amperes=(1, 1, 1), periods=((0, 9),)),)),
            "garage": Household(base=(0.5, 0.5, 0.0), noise=0.1),
        },
    )
    assert (World(quiet, start=START).house[:, 1] == World(loud, start=START).house[:, 1]).all()
    other = replace(quiet, seed=1)
    assert (World(quiet, start=START).house[:, 1, 0] != World(other, start=START).house[:, 1, 0]).all()
    assert seed_of(quiet, "a") != seed_of(quiet, "b")


def test_cars_come_and_go_and_keep_what_they_charged() -> None:
    stays = (car(name="a", arrives=10, leaves=40), car(name="b", arrives=40, leaves=70))
    world = World(scenario(seconds=100, cars=stays), start=START)
    plugged, drawn, charged = [], [], []
    for second in range(100):
        world.tick(second)
        plugged.append(world.plugged[0])
        drawn.append(sum(world.drawn[0]))
        charged.append(tuple(world.charged))
    assert plugged == [NO_CAR] * 10 + [0] * 30 + [1] * 30 + [NO_CAR] * 30
    # The offer is 6 A; each car takes it up 5 s after it was plugged in.
    assert np.flatnonzero(drawn).tolist() == [*range(15, 40), *range(45, 70)]
    assert charged[39][1] == 0
    assert charged[-1] == pytest.approx((3 * 6 * 230 * 25 / 3600,) * 2)


def test_a_car_uses_no_more_phases_than_its_charger_has() -> None:
    world = World(tree(), start=START)
    live(world, 100)
    assert world.drawn[2] == (0, 7, 0)
    assert world.charged[2] == pytest.approx(7 * 230 * (99 - 6) / 3600)


@pytest.mark.parametrize(
    ("lines", "returns", "phases", "share"),
    [((2,), (0,), 1, (1, 0, 1)), ((0, 1, 0), (1, 2, 2), 1, (1, 1, 0)), ((0, 1, 0), (1, 2, 2), 3, (2, 2, 2))],
)
def test_without_a_neutral_a_phase_flows_on_both_of_its_lines(
    lines: tuple[int, ...], returns: tuple[int, ...], phases: int, share: tuple[float, float, float]
) -> None:
    model = ChargerModel(lines=lines, returns=returns, limit=10.0)
    world = World(scenario(chargers={ONE: model}, cars=(car(phases=phases),)), start=START)
    live(world, 60)
    assert world.drawn == [tuple(10 * each for each in share)]
    assert world.currents(MAIN, 59) == pytest.approx(
        [10 * each + line for each, line in zip(share, (1, 2, 3), strict=True)]
    )


def test_refuses_two_cars_at_one_cable() -> None:
    stays = (car(name="late", arrives=30, leaves=60), car(name="early", arrives=0, leaves=31))
    with pytest.raises(ValueError, match="cars: late comes to one before early has left"):
        World(scenario(cars=stays), start=START)


def test_refuses_a_charger_of_which_nothing_is_known() -> None:
    with pytest.raises(ValueError, match="chargers: there is no model of one"):
        World(scenario(chargers={}), start=START)
