"""EVerest: 1 s cycle, one number per node, minimum first, slices of 0.5 A, limits valid for 10 s."""

from benchmarks.baselines.everest import Everest
from tests.benchmarks.baselines.bench import L1, L2, B, Bench, C, charger, fuse


def test_slices_of_half_an_ampere_make_even_shares() -> None:
    bench = Bench(Everest(), *(charger(key, step=0.1) for key in ("one", "two", "three")))
    # 23.7 A for three: 6 each, then 0.5 by turns; the last slice is what is left of one.
    written = bench.hear(0, (1.3, 1.3, 1.3), one=(B, 0.0), two=(B, 0.0), three=(B, 0.0))
    assert written == {"one": 8.0, "two": 8.0, "three": 7.7}


def test_the_minimum_comes_first_and_is_bought_whole() -> None:
    bench = Bench(Everest(), *(charger(key) for key in ("one", "two", "three")), circuits=[fuse(amperes=18.0)])
    written = bench.hear(0, (1.0, 1.0, 1.0), one=(B, 0.0), two=(B, 0.0), three=(B, 0.0))
    assert written == {"one": 8.0, "two": 8.0, "three": 0.0}


def test_one_number_counts_every_purchase_on_all_phases() -> None:
    bench = Bench(Everest(), charger("one", wiring=L1), charger("two", wiring=L2))
    assert bench.hear(0, (1.0, 3.0, 5.0), one=(B, 0.0), two=(B, 0.0)) == {"one": 10.0, "two": 10.0}


def test_a_purchase_needs_room_in_every_node() -> None:
    circuits = [fuse(amperes=25.0), fuse("garage", 14.0)]
    bench = Bench(Everest(), charger("one", circuit="garage"), charger("two"), circuits=circuits)
    written = bench.hear(0, (0.0, 0.0, 0.0), circuits={"garage": (4.0, 0.0, 0.0)}, one=(B, 0.0), two=(B, 0.0))
    assert written == {"one": 10.0, "two": 15.0}


def test_it_runs_every_second() -> None:
    bench = Bench(Everest(), charger("one"))
    assert bench.hear(0, (0.0, 0.0, 0.0), one=(B, 0.0)) == {"one": 16.0}
    assert bench.wake == 1.0
    assert bench.hear(1, (12.0, 0.0, 0.0), one=(C, 0.0)) == {"one": 13.0}


def test_a_limit_is_valid_for_ten_seconds() -> None:
    bench = Bench(Everest(), charger("one"))
    bench.hear(0, (0.0, 0.0, 0.0), one=(B, 0.0))
    for at in range(1, 11):
        assert bench.hear(at, one=(C, 0.0)) == {}
    assert bench.hear(11, one=(C, 0.0)) == {"one": 0.0}


def test_a_car_that_moves_between_two_readings_is_no_house_that_does() -> None:
    bench = Bench(Everest(), charger("one"))
    bench.hear(0, (4.0, 0.0, 0.0), one=(B, 0.0))
    # It draws 10 A already when the meter measures, the charger tells a second later.
    assert bench.hear(1, (14.0, 10.0, 10.0)) == {}
    assert bench.hear(2, (20.0, 16.0, 16.0), one=(C, 16.0)) == {}
