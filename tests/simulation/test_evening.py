"""Evenings at random: the same again, valid, and within what a balancer can be asked to deal with."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from custom_components.ev_charger_pool.pool.model import LINES, Grid
from custom_components.ev_charger_pool.simulation.evening import SECONDS, draw_evening
from custom_components.ev_charger_pool.simulation.evening_loads import HOUSE_SHARE, STEP_SHARE
from custom_components.ev_charger_pool.simulation.household import household_load
from custom_components.ev_charger_pool.simulation.scenario import FaultKind, Scenario
from custom_components.ev_charger_pool.simulation.scenario_file import read_scenario, write_scenario

EVENINGS = [draw_evening(3, number) for number in range(60)]


def house_loads(evening: Scenario, circuit_id: str, *, noise: bool = True) -> np.ndarray:
    """(T, 3) of the households behind a fuse."""
    site = evening.site
    behind = [each.id for each in site.circuits if circuit_id in {step.id for step in site.path(each.id)}]
    households = [evening.households[key] for key in behind]
    return sum(
        household_load(
            household if noise else replace(household, noise=0.0),
            seconds=SECONDS,
            start=evening.start,
            seed=(evening.seed, place),
        )
        for place, household in enumerate(households)
    )


def test_the_same_seed_and_number_give_the_same_evening() -> None:
    assert draw_evening(3, 17) == EVENINGS[17]


def test_another_number_or_seed_gives_another_evening() -> None:
    assert draw_evening(3, 18) != draw_evening(3, 17)
    assert draw_evening(4, 17) != draw_evening(3, 17)


@pytest.mark.parametrize("evening", EVENINGS, ids=lambda evening: evening.name)
def test_it_reads_back_from_a_file_as_it_was(evening: Scenario, tmp_path: Path) -> None:
    path = tmp_path / f"{evening.name}.yaml"
    path.write_text(write_scenario(evening))
    assert read_scenario(path) == evening


@pytest.mark.parametrize("evening", EVENINGS[:20], ids=lambda evening: evening.name)
def test_the_house_alone_leaves_room_on_every_fuse(evening: Scenario) -> None:
    for circuit in evening.site.circuits:
        load = house_loads(evening, circuit.id)
        for line in (line for line in range(LINES) if circuit.fuse[line] > 0):
            assert np.abs(load[:, line]).max() <= HOUSE_SHARE * circuit.fuse[line]


@pytest.mark.parametrize("evening", EVENINGS[:20], ids=lambda evening: evening.name)
def test_no_step_of_the_house_is_more_than_a_breaker_bears(evening: Scenario) -> None:
    for circuit in evening.site.circuits:
        steps = np.diff(house_loads(evening, circuit.id, noise=False), axis=0).max(axis=0)
        assert all(step <= STEP_SHARE * fuse for step, fuse in zip(steps, circuit.fuse, strict=True) if fuse > 0)


def test_a_reserve_covers_what_no_meter_tells() -> None:
    unmetered = [(evening, circuit) for evening in EVENINGS for circuit in evening.site.circuits if not circuit.metered]
    assert unmetered
    for evening, circuit in unmetered:
        household = evening.households[circuit.id]
        load = household_load(household, seconds=SECONDS, start=evening.start, seed=(1,)).max(axis=0)
        for line in (line for line in range(LINES) if circuit.fuse[line] > 0):
            assert load[line] <= circuit.reserve[line]


def test_a_charger_is_what_its_capability_promises() -> None:
    for evening in EVENINGS:
        for charger in evening.site.chargers:
            model, capability = evening.chargers[charger.id], charger.capability
            assert model.latency <= capability.latency
            assert len(model.wiring) == capability.phases
            assert charger.wiring in (None, model.wiring)
            assert model.reboot_default <= (capability.reboot_default or capability.maximum)
            if capability.resend is not None:
                assert model.timeout is not None
                assert capability.write_interval <= capability.resend < model.timeout


def test_a_car_meets_a_free_charger() -> None:
    for evening in EVENINGS:
        for charger in evening.site.chargers:
            stays = sorted((car.arrives, car.leaves) for car in evening.cars if car.charger == charger.id)
            times = [time for stay in stays for time in stay]
            assert times == sorted(times)
            assert all(0 <= time <= SECONDS for time in times)


def test_everything_happens_in_enough_evenings() -> None:
    seen: Counter[object] = Counter()
    for number in range(300):
        evening = draw_evening(5, number)
        seen.update({evening.site.grid, evening.strategy, len(evening.site.chargers), len(evening.faults)})
        seen.update({fault.kind for fault in evening.faults})
        seen.update({"unknown wiring" for charger in evening.site.chargers if charger.wiring is None})
        seen.update({"slow" for charger in evening.site.chargers if charger.capability.write_interval == 900})
        seen.update({"magnitudes" for meter in evening.meters.values() if not meter.signed})
        seen.update({"limit" for _ in evening.limits})
        seen.update({f"{average.minutes} min" for average in evening.averages})
    wanted = {*Grid, *FaultKind, 1, 6, 0, 3, "unknown wiring", "slow", "magnitudes", "limit", "15 min", "60 min"}
    assert {each for each in wanted if seen[each] < 5} == set()
