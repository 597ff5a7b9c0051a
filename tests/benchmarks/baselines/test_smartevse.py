"""SmartEVSE: highest phase, a quarter up, all down, on new measurements; shortage stops all for 60 s; 11 s, 20 s."""

from dataclasses import replace

from benchmarks.baselines.smartevse import SmartEvse
from custom_components.ev_charger_pool.pool.model import MAIN, Charger, Circuit, PerLine
from tests.benchmarks.baselines.bench import B, Bench, C, charger, fuse


def fine(key: str, circuit: str = MAIN) -> Charger:
    return charger(key, circuit=circuit, step=0.1)


def running(*chargers: Charger, circuits: tuple[Circuit, ...] = (fuse(),)) -> Bench:
    """300 s after the start: the last circuit has room for 6 A each, and cars follow before the next measurement."""
    bench = Bench(SmartEvse(), *chargers, circuits=circuits)
    house = circuits[-1].fuse[0] - 6.0 * len(chargers)
    for at in range(0, 301, 2):
        drawn = {one.id: bench.limits.get(one.id, 0.0) for one in chargers}
        amperes = (house + sum(drawn.values()), 0.0, 0.0)
        cars = {key: (C, current) if current else (B, 0.0) for key, current in drawn.items()}
        bench.hear(at, amperes, circuits={circuit.id: amperes for circuit in circuits[1:]}, **cars)
    assert bench.limits == {one.id: 6.0 for one in chargers}
    return bench


def test_up_by_a_quarter_of_the_headroom_of_the_highest_phase() -> None:
    bench = running(fine("one"))
    assert bench.hear(302, (17.0, 3.0, 9.0), one=(C, 6.0)) == {"one": 8.0}
    assert bench.hear(304, (21.0, 3.0, 9.0), one=(C, 8.0)) == {"one": 9.0}


def test_down_by_all_of_it() -> None:
    bench = running(fine("one"))
    bench.hear(302, (1.0, 1.0, 1.0), one=(C, 6.0))
    assert bench.limits["one"] == 12.0
    assert bench.hear(304, (28.5, 1.0, 1.0), one=(C, 12.0)) == {"one": 8.5}


def test_only_on_a_new_measurement() -> None:
    bench = running(fine("one"))
    assert bench.hear(302, one=(C, 6.0)) == {}
    assert bench.hear(304, (17.0, 1.0, 1.0), one=(C, 6.0)) == {"one": 8.0}
    assert bench.hear(306, one=(C, 8.0)) == {}


def test_the_meters_are_asked_every_two_seconds() -> None:
    bench = running(fine("one"))
    assert bench.hear(301, (17.0, 1.0, 1.0), one=(C, 6.0)) == {}
    assert bench.hear(302, (17.0, 1.0, 1.0), one=(C, 6.0)) == {"one": 8.0}
    assert bench.rule.reaction == 6.0


def test_equal_shares_clipped_to_the_maximum() -> None:
    capped = replace(fine("two"), user_cap=8.0)
    bench = running(fine("one"), capped, fine("three"), circuits=(fuse(amperes=63.0),))
    # 18 A and a quarter of 40 A: 28 A, of which the second car takes 8.
    written = bench.hear(302, (23.0, 0.0, 0.0), one=(C, 6.0), two=(C, 6.0), three=(C, 6.0))
    assert written == {"one": 10.0, "two": 8.0, "three": 10.0}


def test_short_of_minimums_all_get_six_and_after_more_than_two_checks_all_stop_for_a_minute() -> None:
    bench = running(fine("one"), fine("two"), circuits=(fuse(amperes=32.0),))
    cars = {"one": (C, 6.0), "two": (C, 6.0)}
    high: PerLine = (36.0, 0.0, 0.0)
    assert bench.hear(302, high, **cars) == {}
    assert bench.hear(304, high, **cars) == {}
    assert bench.limits == {"one": 6.0, "two": 6.0}
    assert bench.hear(306, high, **cars) == {"one": 0.0, "two": 0.0}
    waiting = {"one": (B, 0.0), "two": (B, 0.0)}
    for at in range(308, 366, 2):
        assert bench.hear(at, (2.0, 0.0, 0.0), **waiting) == {}
    assert bench.hear(366, (2.0, 0.0, 0.0), **waiting) == {"one": 6.0}


def test_twice_the_limit_stops_all_at_once() -> None:
    bench = running(fine("one"))
    assert bench.hear(302, (50.1, 0.0, 0.0), one=(C, 6.0)) == {"one": 0.0}


def test_a_car_starts_only_where_six_amperes_for_all_fit() -> None:
    bench = Bench(SmartEvse(), fine("one"))
    assert bench.hear(0, (19.1, 0.0, 0.0), one=(B, 0.0)) == {"one": 0.0}
    assert bench.hear(2, (19.0, 0.0, 0.0), one=(B, 0.0)) == {"one": 6.0}


def test_the_next_car_starts_when_the_last_one_draws() -> None:
    bench = Bench(SmartEvse(), fine("one"), fine("two"), circuits=[fuse(amperes=63.0)])
    bench.hear(0, (1.0, 0.0, 0.0), one=(B, 0.0), two=(B, 0.0))
    assert bench.limits == {"one": 6.0, "two": 0.0}
    bench.hear(2, (63.0, 0.0, 0.0), one=(C, 0.0), two=(B, 0.0))
    bench.hear(4, (20.0, 0.0, 0.0), one=(C, 0.0), two=(B, 0.0))
    assert bench.limits["two"] == 0.0
    bench.hear(6, (20.0, 0.0, 0.0), one=(C, 6.0), two=(B, 0.0))
    assert bench.limits["two"] == 6.0


def test_the_circuit_with_the_least_headroom_counts() -> None:
    bench = running(fine("one", circuit="garage"), circuits=(fuse(amperes=63.0), fuse("garage", 25.0)))
    written = bench.hear(302, (20.0, 0.0, 0.0), circuits={"garage": (17.0, 0.0, 0.0)}, one=(C, 6.0))
    assert written == {"one": 8.0}


def test_no_measurement_of_the_mains_for_eleven_seconds_stops_all() -> None:
    bench = running(fine("one"))
    for at in range(301, 312):
        assert bench.hear(at, one=(C, 6.0)) == {}
    assert bench.hear(312, one=(C, 6.0)) == {"one": 0.0}


def test_no_measurement_of_a_circuit_for_twenty_seconds_stops_all() -> None:
    bench = running(fine("one", circuit="garage"), circuits=(fuse(amperes=63.0), fuse("garage", 25.0)))
    for at in range(301, 322):
        assert bench.hear(at, (25.0, 0.0, 0.0), one=(C, 6.0)) == {}
    assert bench.hear(322, (25.0, 0.0, 0.0), one=(C, 6.0)) == {"one": 0.0}
