"""The oracle against cases that can be worked out by hand, and the share of a run."""

from dataclasses import replace

import numpy as np
import pytest

from custom_components.ev_charger_pool.pool.model import (
    MAIN,
    Amperes,
    Capability,
    Charger,
    Circuit,
    Grid,
    Limit,
    Site,
    Unit,
)
from custom_components.ev_charger_pool.pool.strategy import Strategy
from custom_components.ev_charger_pool.simulation.energy_share import energy_share
from custom_components.ev_charger_pool.simulation.evening import draw_evening
from custom_components.ev_charger_pool.simulation.oracle import OracleRun, oracle
from custom_components.ev_charger_pool.simulation.scenario import (
    Appliance,
    CarModel,
    ChargerModel,
    Household,
    LimitChange,
    MeterModel,
    Scenario,
)
from custom_components.ev_charger_pool.simulation.world import World
from tests.simulation.draft import TWO, Draft, box, stay
from tests.simulation.small import ONE

L1 = (frozenset({0}),)
L2 = (frozenset({1}),)
WATT_SECOND = 230.0 / 3600
"""Wh that 1 A on one phase charges in a second."""


def house(
    *boxes: Charger,
    cars: tuple[CarModel, ...] = (),
    base: float = 2.0,
    appliances: tuple[Appliance, ...] = (),
    circuits: tuple[Circuit, ...] = (),
    **changed: object,
) -> Scenario:
    """A main fuse of 25 A with a margin of 0.5 A, and a house that draws the same on every line."""
    households = {MAIN: Household(base=(base, base, base), appliances=appliances)}
    draft = Draft(1000, boxes or (box(),), cars=cars, circuits=circuits, households=households, **changed)
    return draft.scenario


def currents(run: OracleRun, phases: int = 3, car: int = 0) -> list[float]:
    """What a car drew per phase in every second, A."""
    energy = np.diff(run.charged[:, car], prepend=0.0)
    amperes: list[float] = np.round(energy / (phases * WATT_SECOND), 6).tolist()
    return amperes


def appliance(amperes: Amperes, begin: float, end: float) -> Appliance:
    return Appliance(name="kettle", amperes=amperes, periods=((begin, end),))


def test_a_car_with_room_gets_all_it_takes_at_once() -> None:
    run = oracle(house())

    assert set(currents(run)) == {16.0}
    assert not run.contended.any()
    assert run.full == (None,)


def test_two_cars_share_a_fuse() -> None:
    """24.5 A less 2 A of house are 22.5 A: 11 A each."""
    run = oracle(house(box(), box(TWO)))

    assert set(currents(run, car=0)) == set(currents(run, car=1)) == {11.0}
    assert run.contended.all()


def test_a_step_is_a_step() -> None:
    tenth = Capability(maximum=16.0, step=0.1)
    run = oracle(house(box(capability=tenth), box(TWO, capability=tenth)))

    assert set(currents(run, car=0)) == {11.3}
    assert set(currents(run, car=1)) == {11.2}


def test_cars_on_different_lines_do_not_share() -> None:
    boxes = (box(wiring=L1), box(TWO, wiring=L2))
    run = oracle(house(*boxes, cars=(stay(phases=1), stay(TWO, phases=1))))

    assert set(currents(run, 1, 0)) == set(currents(run, 1, 1)) == {16.0}


def test_a_car_counts_on_the_phases_it_uses() -> None:
    run = oracle(house(box(), box(TWO, wiring=L2), cars=(stay(phases=1), stay(TWO, phases=1))))

    assert not run.contended.any()


def test_wiring_that_nobody_told_is_known() -> None:
    models = {ONE: ChargerModel(lines=(0,)), TWO: ChargerModel(lines=(1,))}
    boxes = (box(wiring=None), box(TWO, wiring=None))
    run = oracle(house(*boxes, cars=(stay(phases=1), stay(TWO, phases=1)), chargers=models))

    assert not run.contended.any()


def test_the_window_holds_after_a_kettle() -> None:
    """Kettle from 100 to 160 on L1: 24.5 - 12 leave 12 A, and for as long as the window remembers it."""
    kettle = appliance((10.0, 0.0, 0.0), 100, 160)
    scenario = house(appliances=(kettle,), window=300.0)

    assert currents(oracle(scenario)) == [16.0] * 100 + [12.0] * (60 + 300) + [16.0] * 540
    assert currents(oracle(scenario, window=False)) == [16.0] * 100 + [12.0] * 60 + [16.0] * 840


def test_export_is_room_after_the_window() -> None:
    solar = appliance((-10.0, -10.0, -10.0), 100, 400)
    scenario = house(base=12.0, appliances=(solar,), window=60.0)

    assert currents(oracle(scenario)) == [12.0] * 160 + [16.0] * 240 + [12.0] * 600


def test_a_full_car_stops_and_leaves_its_room() -> None:
    """11 A on three phases fill 1 kWh within 475 s; then the other has 16 A."""
    run = oracle(house(box(), box(TWO), cars=(stay(needs=1_000.0), stay(TWO))))

    full = run.full[0]
    assert full == pytest.approx(1_000 / (33 * WATT_SECOND), abs=1)
    assert full is not None
    assert run.charged[full:, 0].tolist() == [1_000.0] * (1000 - full)
    assert currents(run, car=1) == [11.0] * (full + 1) + [16.0] * (999 - full)
    assert run.contended[:, 0].sum() == full + 1


def test_a_car_charges_only_while_it_is_there() -> None:
    run = oracle(house(cars=(stay(arrives=100.0, leaves=200.0),)))

    assert currents(run) == [0.0] * 100 + [16.0] * 100 + [0.0] * 800


def test_a_tapering_car_lends_what_it_does_not_take() -> None:
    """Its current falls from 16 A to 6 A over the last 700 Wh; the other has what that leaves, by whole amperes."""
    cars = (stay(needs=700.0, taper=700.0), stay(TWO))
    run = oracle(house(box(), box(TWO), cars=cars))
    first, second = currents(run), currents(run, car=1)

    assert first[0] == second[0] == 11.0
    at = next(index for index, amperes in enumerate(first) if amperes < 8.0)
    left = 700.0 - run.charged[at - 1, 0]
    assert first[at] == pytest.approx(6 + 10 * left / 700, abs=1e-3)
    assert second[at] == 22.0 - 8.0
    assert run.full[0] is not None


def test_minimums_of_charger_and_car() -> None:
    """8 A are left: enough for the charger's minimum, not for the car's 13 A."""
    run = oracle(house(base=16.0, cars=(stay(minimum=13.0),)))
    assert set(currents(run)) == {0.0}
    assert run.contended.all()

    assert set(currents(oracle(house(base=16.0)))) == {8.0}
    assert set(currents(oracle(house(box(car_minimum=9.0), base=16.0)))) == {0.0}


def test_a_charger_that_offers_too_little_leaves_a_car_without() -> None:
    small = box(capability=Capability(maximum=10.0))
    run = oracle(house(small, cars=(stay(minimum=13.0),)))

    assert set(currents(run)) == {0.0}
    assert not run.contended.any()


def test_a_car_adds_phases_later() -> None:
    """On L2 and L3 the house leaves 10 A: from the second phase on that is all there is."""
    boiler = appliance((0.0, 12.0, 12.0), 0, 1000)
    scenario = house(appliances=(boiler,), cars=(stay(phases=1, later_phases=(300.0, 3)),))
    energy = np.diff(oracle(scenario).charged[:, 0], prepend=0.0) / WATT_SECOND

    assert energy[:300].round(6).tolist() == [16.0] * 300
    assert energy[300:].round(6).tolist() == [30.0] * 700


def test_cars_take_turns() -> None:
    """12.5 A leave room for two of three. At 17:15 whoever had current goes behind the one that had none."""
    boxes = tuple(box(key) for key in ("a", "b", "c"))
    cars = tuple(stay(key, arrives=float(number)) for number, key in enumerate(("a", "b", "c")))
    run = oracle(house(*boxes, cars=cars, base=12.0))
    served = np.array([currents(run, car=number) for number in range(3)]) > 0

    assert served[:, 10].tolist() == [True, True, False]
    assert served[:, 899].tolist() == [True, True, False]
    assert served[:, 900].tolist() == [True, False, True]
    assert served[:, 999].tolist() == [True, False, True]


def test_priority() -> None:
    run = oracle(house(box(priority=2), box(TWO), strategy=Strategy.PRIORITY))

    assert set(currents(run, car=0)) == {6.0}
    assert set(currents(run, car=1)) == {16.0}


def test_who_got_least_is_served_first() -> None:
    """The first has a kWh when the second comes; until that has one, too, it is served in full."""
    cars = (stay(), stay(TWO, arrives=500.0))
    run = oracle(house(box(), box(TWO), cars=cars, strategy=Strategy.LEAST_ENERGY))
    first, second = currents(run), currents(run, car=1)
    kilowatt_hour = int(1_000 / (48 * WATT_SECOND)) + 1

    assert first[:870] == [16.0] * 500 + [6.0] * kilowatt_hour + [11.0] * (370 - kilowatt_hour)
    assert second[:870] == [0.0] * 500 + [16.0] * kilowatt_hour + [11.0] * (370 - kilowatt_hour)


def test_limits_from_outside_count_while_they_hold() -> None:
    grid = LimitChange(at=100.0, until=200.0, limit=Limit(id="g", source="grid", target=MAIN, value=10.0))
    total = LimitChange(
        at=150.0,
        until=300.0,
        limit=Limit(id="w", source="grid", target=MAIN, value=100.0, floor=6_210.0, unit=Unit.WATT),
    )
    run = oracle(house(limits=(grid, total)))

    assert currents(run) == [16.0] * 100 + [7.0] * 200 + [16.0] * 700, "10 A less the margin and 2 A of the house"


def test_the_cap_of_a_user() -> None:
    assert set(currents(oracle(house(box(user_cap=9.0))))) == {9.0}


def test_a_circuit_in_a_circuit() -> None:
    garage = Circuit(id="garage", name="Garage", parent=MAIN, fuse=(20.0, 20.0, 20.0))
    scenario = house(box(circuit="garage"), box(TWO, circuit="garage"), circuits=(garage,))
    scenario = replace(scenario, households={**scenario.households, "garage": Household(base=(6.0, 6.0, 6.0))})
    run = oracle(scenario)

    assert sum(currents(run, car=number)[0] for number in range(2)) == 13.0


def test_a_phase_between_two_lines() -> None:
    between = box(wiring=(frozenset({0, 1}),), capability=Capability(maximum=16.0, phases=1))
    main = Circuit(id=MAIN, name="Main fuse", parent=None, fuse=(20.0, 25.0, 0.0), metered=True)
    site = Site(grid=Grid.SPLIT_PHASE, circuits=(main,), chargers=(between,))
    scenario = replace(house(between, cars=(stay(phases=1),)), site=site)
    scenario = replace(scenario, households={MAIN: Household(base=(6.0, 2.0, 0.0))})

    assert set(currents(oracle(scenario), phases=1)) == {13.0}


def test_a_charger_that_is_not_the_pools_is_left_out() -> None:
    run = oracle(house(box(enabled=False), box(TWO)))

    assert set(currents(run, car=0)) == {0.0}
    assert set(currents(run, car=1)) == {16.0}


def test_the_same_scenario_gives_the_same_run() -> None:
    scenario = replace(draw_evening(7, 3), seconds=1200)
    first, second = oracle(scenario), oracle(scenario)

    assert first.charged.any()
    assert np.array_equal(first.charged, second.charged)
    assert np.array_equal(first.contended, second.contended)
    assert first.full == second.full


def test_no_fuse_is_ever_exceeded() -> None:
    """Ripple and all: house and cars stay below fuse and margin in every second."""
    noisy = {MAIN: Household(base=(8.0, 8.0, 8.0), noise=1.5)}
    scenario = replace(house(box(), box(TWO)), households=noisy)
    run = oracle(scenario, window=False)
    alone = World(scenario, start=0.0).house[:, 0].max(axis=1)
    total = alone + currents(run, car=0) + currents(run, car=1)

    assert total.max() <= 24.5 + 1e-6
    assert total.min() > 24.5 - 3


def shared(delivered: list[float], *, needs: float = 100_000.0) -> tuple[Draft, OracleRun]:
    """A run of two cars at 11 A each, and one in which they charge so many Wh a second."""
    draft = Draft(1000, (box(), box(TWO)), cars=(stay(needs=needs), stay(TWO)))
    draft.scenario = replace(draft.scenario, households={MAIN: Household(base=(2.0, 2.0, 2.0))})
    draft.charged[:] = np.arange(1, 1001)[:, None] * np.array(delivered)
    return draft, oracle(draft.scenario)


def test_the_share_of_a_run() -> None:
    """The oracle gives 33 phase-amperes to either."""
    possible = 33 * WATT_SECOND
    draft, run = shared([0.9 * possible, 0.8 * possible])
    share = energy_share(draft.record(), run)

    assert [car.share for car in share.cars] == [pytest.approx(0.9), pytest.approx(0.8)]
    assert [car.short for car in share.cars] == [1000, 1000]
    assert share.share == pytest.approx(0.85)
    assert share.possible == pytest.approx(2 * 1000 * possible)


def test_what_comes_after_the_oracle_has_filled_a_car_does_not_count() -> None:
    possible = 33 * WATT_SECOND
    draft, run = shared([0.5 * possible, 0.5 * possible], needs=500.0)
    share = energy_share(draft.record(), run)

    assert run.full[0] is not None
    assert draft.charged[-1, 0] > 500.0
    assert share.cars[0].share == pytest.approx(0.5, abs=0.005)
    assert share.cars[0].short == run.full[0] + 1


def test_a_car_that_is_never_short_does_not_count() -> None:
    draft = Draft(1000, (box(wiring=L1), box(TWO, wiring=L2)), cars=(stay(phases=1), stay(TWO, phases=1)))
    kettle = appliance((10.0, 0.0, 0.0), 100, 160)
    households = {MAIN: Household(base=(2.0, 2.0, 2.0), appliances=(kettle,))}
    draft.scenario = replace(draft.scenario, households=households)
    draft.charged[:] = (200.0, 100.0)
    share = energy_share(draft.record(), oracle(draft.scenario))

    assert [car.short for car in share.cars] == [360, 0]
    assert (share.delivered, share.possible) == (200.0, share.cars[0].possible)


def test_without_contention_all_cars_count() -> None:
    draft = Draft(1000, meters={MAIN: MeterModel()})
    draft.scenario = replace(draft.scenario, households={})
    draft.charged[-1] = 1_000.0
    share = energy_share(draft.record(), oracle(draft.scenario))

    assert share.cars[0].short == 0
    assert share.share == pytest.approx(1_000 / (48 * 1000 * WATT_SECOND))


def test_where_nothing_is_possible_there_is_no_share() -> None:
    draft = Draft(1000, cars=(stay(arrives=2_000.0),))
    share = energy_share(draft.record(), oracle(draft.scenario))

    assert share.share is None
    assert share.cars[0].share is None


def test_runs_of_different_length_are_not_compared() -> None:
    with pytest.raises(ValueError, match="oracle_run"):
        energy_share(Draft(500).record(), oracle(Draft(600).scenario))
