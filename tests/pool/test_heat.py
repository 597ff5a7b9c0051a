"""How warm a breaker is: the conventional points of the standards, and what is assumed where nothing is known."""

from dataclasses import replace
import math

import pytest

from custom_components.ev_charger_pool.pool.heat import CHARACTERISTICS, SHORT_GAP, Heat, unheard
from custom_components.ev_charger_pool.pool.meter import Meter, watch
from custom_components.ev_charger_pool.pool.model import MAIN, Breaker, Circuit, MeterReading

RATED = 20.0
HOUR = 3600
PATIENCE = 10.0
MINIATURE = [Breaker.B, Breaker.C, Breaker.D]


def cold(breaker: Breaker, amperes: float = 0.0) -> Heat:
    return Heat(breaker=breaker, rated=RATED, amperes=amperes, at=0.0, value=0.0)


def trips_after(breaker: Breaker, load: float) -> float:
    """Seconds until a cold breaker trips at a multiple of its rated current, read once a second; inf if not in 2 h."""
    heat = cold(breaker, load * RATED)
    for second in range(1, 2 * HOUR):
        heat = heat.after(load * RATED, second, PATIENCE)
        if heat.percent >= 100:
            return second
    return math.inf


@pytest.mark.parametrize(
    ("breaker", "load", "earliest", "latest"),
    [
        *((breaker, 1.0, math.inf, math.inf) for breaker in Breaker),
        *((breaker, 1.13, HOUR, math.inf) for breaker in MINIATURE),
        *((breaker, 1.45, 1, HOUR) for breaker in MINIATURE),
        *((breaker, 2.55, 1, 60) for breaker in MINIATURE),
        (Breaker.GG, 1.25, HOUR, math.inf),
        (Breaker.GG, 1.6, 1, HOUR),
    ],
)
def test_conventional_points(breaker: Breaker, load: float, earliest: float, latest: float) -> None:
    """IEC 60898-1 for B, C and D, IEC 60269 for gG: carried for an hour, or tripped in time, from cold."""
    assert earliest <= trips_after(breaker, load) <= latest


@pytest.mark.parametrize(
    ("breaker", "load", "seconds"),
    [(Breaker.B, 1.45, 113), (Breaker.C, 2.55, 27), (Breaker.D, 4.0, 10), (Breaker.GG, 1.6, 38), (Breaker.GG, 4.0, 5)],
)
def test_time_to_trip(breaker: Breaker, load: float, seconds: float) -> None:
    """tau * ln(load^2 / (load^2 - trip)), rounded up to the next reading."""
    assert trips_after(breaker, load) == seconds


@pytest.mark.parametrize(("breaker", "at_once"), [(Breaker.B, 3.0), (Breaker.C, 5.0), (Breaker.D, 10.0)])
def test_a_short_circuit_trips_at_once(breaker: Breaker, at_once: float) -> None:
    assert cold(breaker).after(at_once * RATED + 0.1, 0.01, PATIENCE).percent == 100
    assert cold(breaker).after(-at_once * RATED - 0.1, 0.01, PATIENCE).percent == 100
    assert cold(breaker).after(at_once * RATED, 0.01, PATIENCE).percent == 0


def test_a_fuse_has_no_magnet() -> None:
    assert cold(Breaker.GG).after(9 * RATED, 0.01, PATIENCE).percent == 0


@pytest.mark.parametrize("breaker", Breaker)
def test_percent_runs_from_the_rated_current_to_the_trip(breaker: Breaker) -> None:
    trip = CHARACTERISTICS[breaker].trip
    shown = {0.0: 0.0, 1.0: 0.0, (1 + trip) / 2: 50.0, trip: 100.0, 4.0: 100.0}
    for value, percent in shown.items():
        heat = Heat(breaker=breaker, rated=RATED, amperes=0.0, at=0.0, value=value)
        assert heat.percent == pytest.approx(percent)


def test_many_short_steps_are_one_long_one() -> None:
    """The step is exact, so the pace of the meter does not matter."""
    fast = slow = cold(Breaker.B, 30.0)
    for tenth in range(1, 41):
        fast = fast.after(30.0, tenth / 10, PATIENCE)
    slow = slow.after(30.0, 4.0, PATIENCE)
    assert fast.value == pytest.approx(slow.value)
    assert slow.value == pytest.approx(1.5**2 * (1 - math.exp(-4 / 120)))


def test_what_feeds_in_warms_as_well() -> None:
    assert (
        cold(Breaker.B, -30.0).after(-30.0, 1.0, PATIENCE).value
        == cold(Breaker.B, 30.0).after(30.0, 1.0, PATIENCE).value
    )
    assert (
        cold(Breaker.B, -30.0).after(0.0, 9.0, PATIENCE).value == cold(Breaker.B, 30.0).after(0.0, 9.0, PATIENCE).value
    )


def test_between_two_close_readings_the_higher_current_counts() -> None:
    rising, falling = cold(Breaker.B, 5.0), cold(Breaker.B, 30.0)
    assert rising.after(30.0, 1.0, PATIENCE).value == falling.after(5.0, 1.0, PATIENCE).value


def test_over_a_gap_the_last_known_current_counts() -> None:
    gap = SHORT_GAP + 1
    assert cold(Breaker.B, 0.0).after(30.0, gap, PATIENCE).value == 0
    assert cold(Breaker.B, 30.0).after(0.0, gap, PATIENCE).value == cold(Breaker.B, 30.0).after(30.0, gap, 99).value


@pytest.mark.parametrize("breaker", Breaker)
def test_after_a_long_silence_it_is_as_warm_as_it_can_be_without_having_tripped(breaker: Breaker) -> None:
    after = cold(breaker, 5.0).after(5.0, HOUR, PATIENCE)
    assert after.value == CHARACTERISTICS[breaker].trip
    assert unheard(breaker, RATED, 5.0, 0.0).percent == 100


def test_a_cold_breaker_needs_time_to_become_warm_unheard() -> None:
    """A type D may have carried ten times its rating for the second that nobody heard of it."""
    after = cold(Breaker.D, 0.0).after(0.0, 1.0, 0.5)
    assert after.value == pytest.approx(100 * (1 - math.exp(-1 / 120)))
    assert after.percent < 100


def test_it_cools() -> None:
    heat = unheard(Breaker.C, RATED, 0.0, 0.0)
    for second in range(1, 30):
        heat = heat.after(0.0, second, PATIENCE)
    assert heat.value == pytest.approx(1.277 * math.exp(-29 / 120))
    assert heat.percent == pytest.approx(100 * (heat.value - 1) / 0.277)
    assert heat.after(0.0, 30, PATIENCE).percent == 0


# As the meter of a circuit keeps it

CIRCUIT = Circuit(id=MAIN, name="Main fuse", parent=None, fuse=(20.0, 20.0, 0.0), metered=True)


def metered(meter: Meter, first: int, count: int, *amperes: float | None) -> Meter:
    for second in range(first, first + count):
        values = (*amperes, None)
        meter = meter.accept(MeterReading(source=MAIN, sequence=second, taken=second, amperes=values), second)
    return meter


def percents(meter: Meter) -> list[float | None]:
    return [None if heat is None else heat.percent for heat in meter.heat]


def test_a_meter_knows_the_heat_of_every_line_it_has() -> None:
    meter = metered(watch(CIRCUIT, 0.0), 1, 120, 8.0, 25.0)
    assert percents(meter) == [0, 100, None]
    assert percents(metered(meter, 121, 120, 8.0, 8.0)) == [0, 0, None]


def test_a_line_that_is_missing_for_a_moment_is_taken_as_before() -> None:
    steady = metered(watch(CIRCUIT, 0.0), 1, 120, 21.0, 21.0)
    gap = metered(metered(steady, 121, 7, 21.0, None), 128, 1, 21.0, 21.0)
    assert gap.heat[1] == gap.heat[0]


def test_a_line_that_is_missing_for_long_starts_from_the_worst() -> None:
    steady = metered(watch(CIRCUIT, 0.0), 1, 120, 8.0, 8.0)
    gap = metered(metered(steady, 121, 60, 8.0, None), 181, 1, 8.0, 8.0)
    assert percents(gap) == [0, 100, None]


def test_another_fuse_starts_from_the_worst() -> None:
    steady = metered(watch(CIRCUIT, 0.0), 1, 120, 8.0, 8.0)
    other = replace(steady, circuit=replace(CIRCUIT, fuse=(16.0, 20.0, 0.0)))
    assert percents(metered(other, 121, 1, 8.0, 8.0)) == [100, 0, None]
