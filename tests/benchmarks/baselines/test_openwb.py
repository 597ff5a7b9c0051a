"""openWB: 10 s, per phase with rotation, minimums first, min(missing, free / number), 1 A under for 60 s, 7 kW."""

import pytest

from benchmarks.baselines.openwb import FAULT_ROOM, OpenWb
from tests.benchmarks.baselines.bench import L1, L2, THREE, B, Bench, C, charger, fuse

ROTATED = (THREE[1], THREE[2], THREE[0])


def test_it_runs_every_ten_seconds() -> None:
    bench = Bench(OpenWb(), charger("first"))
    assert bench.hear(0, (1.0, 1.0, 1.0), first=(B, 0.0)) == {"first": 16.0}
    for at in range(1, 10):
        assert bench.hear(at, (20.0, 1.0, 1.0), first=(B, 0.0)) == {}
    assert bench.hear(10, (12.0, 1.0, 1.0), first=(B, 0.0)) == {"first": 13.0}
    assert bench.wake == 20.0
    assert bench.rule.reaction == 10.0


def test_each_phase_has_its_own_room() -> None:
    bench = Bench(OpenWb(), charger("first", wiring=L1), charger("second", wiring=L2))
    assert bench.hear(0, (15.0, 10.0, 24.0), first=(B, 0.0), second=(B, 0.0)) == {"first": 10.0, "second": 15.0}


def test_own_currents_are_mapped_with_the_rotation() -> None:
    bench = Bench(OpenWb(), charger("first", wiring=ROTATED))
    # Its one-phase car loads L2 of the house, where only 2 A are the house's; 20 A on L1 are no matter.
    bench.hear(0, (20.0, 2.0, 2.0), first=(C, 16.0, 1))
    assert bench.hear(10, (20.0, 18.0, 2.0), first=(C, 16.0, 1)) == {}
    assert bench.limits == {"first": 16.0}


def test_a_charger_counts_on_all_its_phases_before_its_car_has_drawn() -> None:
    bench = Bench(OpenWb(), charger("first"))
    assert bench.hear(0, (20.0, 2.0, 2.0), first=(B, 0.0)) == {"first": 0.0}


def test_minimums_come_first_and_in_order() -> None:
    bench = Bench(OpenWb(), *(charger(key) for key in ("first", "second", "third")), circuits=[fuse(amperes=16.0)])
    written = bench.hear(0, (1.0, 1.0, 1.0), first=(B, 0.0), second=(B, 0.0), third=(B, 0.0))
    assert written == {"first": 7.0, "second": 7.0, "third": 0.0}


def test_what_is_free_is_divided_by_the_number_of_those_that_lack_it() -> None:
    chargers = charger("first", step=0.1), charger("second", step=0.1), charger("third", step=0.1)
    bench = Bench(OpenWb(), *chargers, circuits=[fuse(amperes=34.0)])
    written = bench.hear(0, (1.0, 1.0, 1.0), first=(B, 0.0), second=(B, 0.0), third=(B, 0.0))
    assert written == {"first": 11.0, "second": 11.0, "third": 11.0}


def test_the_deepest_counter_comes_first_and_is_not_exceeded_above() -> None:
    circuits = [fuse(amperes=32.0), fuse("garage", 16.0)]
    chargers = charger("first", circuit="garage"), charger("second", circuit="garage"), charger("third")
    bench = Bench(OpenWb(), *chargers, circuits=circuits)
    cars = {"first": (B, 0.0), "second": (B, 0.0), "third": (B, 0.0)}
    written = bench.hear(0, (0.0, 0.0, 0.0), circuits={"garage": (0.0, 0.0, 0.0)}, **cars)
    assert written == {"first": 8.0, "second": 8.0, "third": 16.0}


def test_a_car_one_ampere_under_for_a_minute_counts_with_what_it_draws() -> None:
    bench = Bench(OpenWb(), charger("first"), charger("second"))
    draws = {"first": (C, 7.0), "second": (C, 12.0)}
    for at in range(0, 61, 10):
        bench.hear(at, (20.0, 20.0, 20.0), **draws)
    # 24 A for two, the first of which draws 7.
    assert bench.limits == {"first": 12.0, "second": 12.0}
    bench.hear(70, (20.0, 20.0, 20.0), **draws)
    assert bench.limits == {"first": 12.0, "second": 16.0}


def test_a_silent_meter_is_bridged_for_a_minute_and_then_leaves_seven_kilowatts() -> None:
    bench = Bench(OpenWb(), charger("first", step=0.1))
    assert pytest.approx(7000 / 230 / 3) == FAULT_ROOM
    bench.hear(0, (1.0, 1.0, 1.0), first=(B, 0.0))
    for at in range(10, 61, 10):
        assert bench.hear(at, first=(C, 16.0)) == {}
    assert bench.hear(70, first=(C, 16.0)) == {"first": pytest.approx(10.1)}
