"""hass-evse-load-balancer: 60/30/10/1 s by size, 20 s between writes, 15 min before raises, whole amperes."""

import pytest

from benchmarks.baselines.hass_evse_load_balancer import HassEvseLoadBalancer
from custom_components.ev_charger_pool.pool.model import MAIN, Failure
from tests.benchmarks.baselines.bench import L1, Bench, C, charger

FIVE = (5.0, 5.0, 5.0)


def first_write(bench: Bench, mains: tuple[float, float, float], begin: int, end: int = 2000, **drawn: float) -> int:
    """Seconds from the beginning of a load to the first write."""
    for at in range(begin, end):
        if bench.hear(at, mains, **{key: (C, current) for key, current in drawn.items()}):
            return at - begin
    raise AssertionError("nothing was written")


@pytest.mark.parametrize(
    ("amperes", "seconds"),
    [(28.2, 60), (29.0, 30), (35.0, 30), (36.0, 10), (50.0, 10), (51.0, 1)],
)
def test_an_overload_is_tolerated_by_its_size(amperes: float, seconds: int) -> None:
    bench = Bench(HassEvseLoadBalancer(), charger("one"))
    bench.hear(0, FIVE, one=(C, 16.0))
    assert first_write(bench, (amperes, 5.0, 5.0), 1, one=16.0) == seconds - 1
    assert bench.rule.reaction == 81.0


def test_risk_fades_by_one_a_second() -> None:
    bench = Bench(HassEvseLoadBalancer(), charger("one"))
    bench.hear(0, FIVE, one=(C, 16.0))
    for at in range(1, 41):
        assert bench.hear(at, (27.0, 5.0, 5.0), one=(C, 16.0)) == {}
    for at in range(41, 71):
        assert bench.hear(at, FIVE, one=(C, 16.0)) == {}
    # 40 less 30 is left: 50 s more until it trips.
    assert first_write(bench, (27.0, 5.0, 5.0), 71, one=16.0) == 49


def test_cuts_are_shared_in_proportion_and_rounded_against_the_cars() -> None:
    bench = Bench(HassEvseLoadBalancer(), charger("one"), charger("two"))
    bench.limits["two"] = 8.0
    bench.hear(0, (25.0, 5.0, 5.0), one=(C, 16.0), two=(C, 8.0))
    first_write(bench, (28.0, 5.0, 5.0), 1, one=16.0, two=8.0)
    assert bench.limits == {"one": 14.0, "two": 7.0}


def test_the_worst_phase_counts_for_a_charger_that_does_not_use_it() -> None:
    bench = Bench(HassEvseLoadBalancer(), charger("one", wiring=L1))
    bench.hear(0, FIVE, one=(C, 16.0))
    first_write(bench, (5.0, 5.0, 30.0), 1, one=16.0)
    assert bench.limits == {"one": 11.0}


def test_twenty_seconds_between_writes_and_fifteen_minutes_before_a_raise() -> None:
    bench = Bench(HassEvseLoadBalancer(), charger("one"))
    bench.hear(0, FIVE, one=(C, 16.0))
    assert first_write(bench, (51.0, 5.0, 5.0), 1, one=16.0) == 0
    assert bench.limits == {"one": 0.0}
    # Room for all of it: the raise comes more than 900 s after the cut.
    assert first_write(bench, FIVE, 2, one=0.0) == 900
    assert bench.limits == {"one": 16.0}
    # A cut at once, but more than 20 s after that raise.
    assert first_write(bench, (51.0, 5.0, 5.0), 903, one=16.0) == 20


def test_a_raise_is_what_whole_amperes_leave() -> None:
    bench = Bench(HassEvseLoadBalancer(), charger("one"))
    bench.limits["one"] = 6.0
    # 25 less 18 whole amperes.
    assert bench.hear(0, (18.9, 0.0, 0.0), one=(C, 6.0)) == {"one": 13.0}


def test_below_six_amperes_the_box_pauses_and_the_setting_goes_on_from_there() -> None:
    bench = Bench(HassEvseLoadBalancer(), charger("one"))
    bench.limits["one"] = 10.0
    bench.hear(0, (25.0, 0.0, 0.0), one=(C, 10.0))
    written = first_write(bench, (30.0, 0.0, 0.0), 1, one=10.0)
    assert bench.limits == {"one": 0.0}
    # From 5 A by the 3 A that are free, more than 15 minutes later.
    assert first_write(bench, (22.0, 0.0, 0.0), written + 2, one=0.0) == 900
    assert bench.limits == {"one": 8.0}


def test_a_meter_that_does_not_answer_keeps_the_last_limit() -> None:
    bench = Bench(HassEvseLoadBalancer(), charger("one"))
    bench.hear(0, (40.0, 0.0, 0.0), one=(C, 16.0))
    for at in range(1, 100):
        assert bench.give(at, [Failure(source=MAIN, at=at, error="no answer")]) == {}
