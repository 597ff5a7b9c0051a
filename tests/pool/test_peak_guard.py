"""The average of every window stays at or below its limit, and what is left of it is used."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
import math
import random
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_charger_pool.pool.model import MAIN, AverageLimit, Circuit, Grid, MeterReading, PerLine, Site
from custom_components.ev_charger_pool.pool.peak_guard import MORE, STEP, PeakGuard, power, watch

LIMIT = AverageLimit(circuit=MAIN, watts=3000.0, minutes=15)
PLANNED = 3000.0 * 890 / 900
"""The limit less what is kept back for the last ten seconds, W."""
FIRST = 2950.0
"""What that is in whole steps."""
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PATIENCE = 10.0
DELAY = 10

type Watts = Callable[[int], float | None]


def at_noon(**fields: object) -> PeakGuard:
    return watch(replace(LIMIT, **fields), 0.0, NOON)


def run(guard: PeakGuard, watts: Watts, seconds: int, **patience: float) -> PeakGuard:
    """The guard after readings once a second, on two clocks that go alike."""
    begin = guard.at
    wall = datetime.fromtimestamp(guard.now, UTC)
    for second in range(1, seconds + 1):
        guard = guard.after(
            begin + second, wall + timedelta(seconds=second), watts(second), patience.get("patience", PATIENCE)
        )
    return guard


def constant(watts: float | None) -> Watts:
    return lambda _: watts


@pytest.mark.parametrize(
    ("field", "value"), [("watts", 0.0), ("watts", -1.0), ("watts", math.nan), ("watts", math.inf), ("minutes", 30)]
)
def test_limits_that_are_no_average(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{field}: "):
        replace(LIMIT, **{field: value})


def test_a_window_begins_with_the_limit_less_what_is_kept_back() -> None:
    assert at_noon().bound == FIRST <= PLANNED
    assert at_noon(minutes=60).bound == FIRST <= 3000.0 * 3590 / 3600


def follow(guard: PeakGuard, seconds: int) -> PeakGuard:
    """The guard while cars take all they are given."""
    for _ in range(seconds // 10):
        guard = run(guard, constant(guard.bound), 10)
    return guard


def test_what_was_saved_may_be_taken_in_the_rest_of_the_window() -> None:
    guard = run(at_noon(), constant(1000.0), 300)
    wh = (2950.0 + 299 * 1000.0) / 3600
    assert guard.wh == pytest.approx(wh, rel=0.01)
    guard = follow(guard, 30)
    allowed = PLANNED + ((PLANNED - 1000) * 300 + (PLANNED - FIRST) * 10 - 500 * 20) / 570
    assert allowed - 4 * STEP < guard.bound <= allowed


def test_what_was_saved_is_given_little_by_little() -> None:
    guard = run(at_noon(), constant(500.0), 500)
    assert guard.bound == FIRST
    given = [FIRST]
    for _ in range(4):
        guard = follow(guard, 10)
        given.append(guard.bound)
    assert given[-1] > 2 * FIRST
    assert all(0 < after - before <= MORE for before, after in pairwise(given[:3]))


def test_what_was_taken_too_much_is_made_up() -> None:
    guard = run(at_noon(), constant(5000.0), 300)
    allowed = PLANNED - (5000 - PLANNED) * 300 / 600
    assert allowed - 2 * STEP < guard.bound <= allowed
    assert run(guard, constant(guard.bound), 600).wh <= LIMIT.watts / 4


def test_the_bound_is_never_negative() -> None:
    assert run(at_noon(), constant(20_000.0), 600).bound == 0


def test_a_bound_that_is_kept_is_not_lowered_before_the_end() -> None:
    """A car that takes what it is given is not throttled again and again."""
    guard = follow(run(at_noon(), constant(1000.0), 270), 30)
    allowed = guard.bound
    for _ in range(880 - 300):
        guard = run(guard, constant(allowed), 1)
        assert guard.bound >= allowed


def test_noise_does_not_move_the_bound() -> None:
    noise = random.Random(1)
    guard, bounds = at_noon(), []
    for _ in range(800):
        guard = run(guard, constant(2950 + noise.gauss(0, 150)), 1)
        bounds.append(guard.bound)
    changes = sum(before != after for before, after in pairwise(bounds))
    assert changes <= 2
    assert set(bounds) <= {2900.0, 2950.0, 3000.0}


def test_the_bound_changes_on_every_tenth_second_only() -> None:
    guard = run(at_noon(), constant(1000.0), 307)
    assert guard.wake == 310
    before = guard.bound
    assert run(guard, constant(before), 2).bound == before
    assert run(guard, constant(before), 3).bound > before


def test_the_house_takes_of_what_was_saved_at_once() -> None:
    guard = run(at_noon(), constant(1000.0), 703)
    assert guard.bound == FIRST
    assert 4000 <= run(guard, constant(4000.0), 1).bound <= 4000 + 2 * STEP
    assert run(guard, constant(20_000.0), 1).bound < 20_000


def test_in_a_quarter_hour_nobody_is_started_by_what_was_saved() -> None:
    """It would be paused as the next window begins, four times an hour."""
    guard = at_noon()
    while guard.start == NOON.timestamp():
        guard = run(guard, constant(300.0), 10)
        assert guard.bound <= LIMIT.watts


def test_in_an_hour_who_can_run_for_five_minutes_is_started_by_what_was_saved() -> None:
    guard = run(at_noon(minutes=60), constant(300.0), 3290)
    assert guard.bound > 2 * LIMIT.watts
    while guard.start == NOON.timestamp():
        guard = run(guard, constant(300.0), 10)
        assert guard.bound <= LIMIT.watts


def test_in_the_last_five_minutes_nobody_is_raised() -> None:
    guard = run(follow(run(at_noon(), constant(1000.0), 300), 30), constant(3500.0), 300)
    flowing = guard.bound
    for _ in range(25):
        guard = run(guard, constant(2000.0), 10)
        assert guard.bound <= flowing


def test_who_charges_above_the_limit_may_go_on_to_the_end() -> None:
    guard = follow(run(at_noon(), constant(1000.0), 500), 40)
    flowing = guard.bound - 100
    guard = run(guard, constant(flowing), 340)
    assert guard.left == 20
    assert PLANNED < flowing <= guard.bound


def test_the_next_window_holds_as_soon_as_no_car_can_follow_before_it() -> None:
    guard = run(at_noon(), constant(1000.0), 500)
    guard = run(guard, constant(guard.bound), 390)
    assert guard.left == 10
    assert guard.bound == FIRST
    assert run(guard, constant(FIRST), 30).bound == FIRST


def test_the_energy_of_a_span_is_shared_out_at_the_end_of_the_window() -> None:
    guard = run(at_noon(), constant(2000.0), 895)
    guard = guard.after(910.0, NOON + timedelta(seconds=910), 0.0, PATIENCE)
    assert guard.start == NOON.timestamp() + 900
    assert guard.wh == pytest.approx((5 * 2000 + 5 * 3000) / 3600), "trusted for 10 s, 5 of them in this window"


def test_feeding_in_does_not_make_up_for_what_is_taken_later() -> None:
    guard = run(at_noon(), constant(-5000.0), 300)
    assert guard.wh == pytest.approx(3000 / 3600), "the second before the first reading"
    assert guard.expected == pytest.approx(3000 / 900)


def test_while_the_meter_is_silent_its_last_power_stands_and_then_the_limit() -> None:
    heard = run(at_noon(), constant(1000.0), 100)
    silent = run(heard, constant(None), 60)
    assert silent.wh - heard.wh == pytest.approx((10 * 1000 + 50 * 3000) / 3600)
    assert run(silent, constant(1000.0), 1).wh - silent.wh == pytest.approx(3000 / 3600)
    at_once = heard.after(160.0, NOON + timedelta(seconds=160), 1000.0, PATIENCE)
    assert at_once.wh == pytest.approx(silent.wh)


def test_a_silent_meter_is_not_taken_for_less_than_it_said_last() -> None:
    heard = run(at_noon(), constant(4000.0), 100)
    silent = run(heard, constant(None), 60)
    assert silent.wh - heard.wh == pytest.approx(60 * 4000 / 3600)


def test_a_guard_that_never_heard_anything_assumes_the_limit() -> None:
    guard = run(at_noon(), constant(None), 600)
    assert guard.wh == pytest.approx(3000 * 600 / 3600)
    assert guard.expected == pytest.approx(3000)
    assert PLANNED - 2 * STEP <= guard.bound <= PLANNED


def test_a_start_in_the_middle_takes_the_past_as_planned() -> None:
    guard = watch(LIMIT, 0.0, NOON + timedelta(seconds=600))
    assert guard.wh == pytest.approx(PLANNED * 600 / 3600)
    assert guard.bound == FIRST
    assert run(guard, constant(FIRST), 299).wh <= LIMIT.watts / 4


@pytest.mark.parametrize("jump", [-3600, -120, 120, 3600])
def test_a_clock_that_was_set_takes_the_past_as_planned(jump: int) -> None:
    guard = run(at_noon(), constant(500.0), 400)
    wall = NOON + timedelta(seconds=401 + jump)
    guard = guard.after(401.0, wall, 500.0, PATIENCE)
    assert guard.start <= wall.timestamp() < guard.start + 900
    assert guard.wh >= PLANNED * (wall.timestamp() - guard.start) / 3600 - 1e-6


def test_a_clock_that_was_set_does_not_make_up_for_what_was_taken_too_much() -> None:
    guard = run(at_noon(), constant(6000.0), 400)
    set_back = guard.after(401.0, NOON + timedelta(seconds=300), 6000.0, PATIENCE)
    assert set_back.wh >= guard.wh


def test_a_clock_that_is_adjusted_by_a_little_forgets_nothing() -> None:
    guard = run(at_noon(), constant(500.0), 400)
    adjusted = guard.after(401.0, NOON + timedelta(seconds=403), 500.0, PATIENCE)
    assert adjusted.wh == pytest.approx(guard.wh + 500 / 3600)


def test_a_step_older_than_the_last_changes_nothing() -> None:
    guard = run(at_noon(), constant(500.0), 400)
    assert guard.after(399.0, NOON + timedelta(seconds=399), 9000.0, PATIENCE) == guard


def test_a_restart_goes_on_where_it_was() -> None:
    guard = run(at_noon(), constant(5000.0), 300)
    again = watch(LIMIT, 7.0, NOON + timedelta(seconds=320), guard.as_dict())
    assert again.wh == pytest.approx(guard.wh + 20 * 5000 / 3600)
    assert again.bound < guard.bound


@pytest.mark.parametrize("later", [-10, 700])
def test_what_was_saved_in_another_window_or_in_the_future_is_not_used(later: int) -> None:
    guard = run(at_noon(), constant(5000.0), 300)
    wall = NOON + timedelta(seconds=300 + later)
    assert watch(LIMIT, 0.0, wall, guard.as_dict()) == watch(LIMIT, 0.0, wall)


def test_hours_are_those_of_the_clock_on_the_wall() -> None:
    half_past = datetime(2026, 1, 1, 12, 40, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    guard = watch(replace(LIMIT, minutes=60), 0.0, half_past)
    assert guard.start == (half_past - timedelta(minutes=40)).timestamp()


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    zone = ZoneInfo("Europe/Brussels")
    end_of_summer = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    limit, starts = replace(LIMIT, minutes=60), set()
    guard = watch(limit, 0.0, end_of_summer.astimezone(zone))
    for second in range(0, 2 * 3600, 10):
        wall = (end_of_summer + timedelta(seconds=second)).astimezone(zone)
        guard = guard.after(float(second), wall, 1000.0, PATIENCE)
        starts.add(guard.start)
        assert guard.wh <= 1000.0 + 3000 * 10 / 3600
    assert starts == {end_of_summer.timestamp(), end_of_summer.timestamp() + 3600}


@dataclass
class House:
    """A load that steps, ripples and has short heavy users; alone it stays below the limit."""

    seed: int
    limit: float

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._base = self._heavy = 0.0
        self._heavy_until = 0

    def watts(self, second: int) -> float:
        """Power of the next second."""
        if second % 60 == 0:
            self._base = self._random.uniform(0.05, 0.4) * self.limit
        if second >= self._heavy_until:
            self._heavy = 0.0
            if self._random.random() < 1 / 400:
                self._heavy = self._random.uniform(0, 0.4) * self.limit
                self._heavy_until = second + self._random.randint(30, 400)
        return max(self._base + self._heavy + self._random.gauss(0, 0.03 * self.limit), 0.0)


@settings(derandomize=True, max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 1_000_000),
    watts=st.sampled_from([1500.0, 2500.0, 5000.0, 15_000.0]),
    minutes=st.sampled_from([15, 60]),
    interval=st.sampled_from([1, 2, 5, 10]),
)
def test_every_window_stays_within_its_limit_and_what_is_left_is_used(
    seed: int, watts: float, minutes: int, interval: int
) -> None:
    """Cars follow the bound less the house of ten seconds ago, and the meter speaks once an interval."""
    guard = watch(AverageLimit(circuit=MAIN, watts=watts, minutes=minutes), 0.0, NOON)
    house, seconds = House(seed, watts), minutes * 60
    commanded = [0.0] * DELAY
    taken = loads = 0.0
    windows = 4 if minutes == 15 else 1
    for second in range(windows * seconds):
        load = house.watts(second)
        commanded.append(max(guard.bound - load, 0.0))
        flowing = load + commanded[second]
        taken += flowing
        loads += load
        told = flowing if (second + 1) % interval == 0 else None
        guard = guard.after(second + 1.0, NOON + timedelta(seconds=second + 1), told, 3.0 * interval + PATIENCE)
        if (second + 1) % seconds == 0:
            assert taken / seconds <= watts
            assert taken - loads >= 0.95 * (watts * seconds - loads)
            taken = loads = 0.0


TN = Site(grid=Grid.TN, circuits=(Circuit(id=MAIN, name="", parent=None, fuse=(25.0, 25.0, 25.0)),), chargers=())


def reading(amperes: PerLine, watts: PerLine = (None, None, None)) -> MeterReading:
    return MeterReading(source=MAIN, sequence=1, taken=0.0, amperes=amperes, watts=watts)


@pytest.mark.parametrize(
    ("amperes", "watts", "expected"),
    [
        ((1.0, 2.0, 3.0), (None, None, None), 6 * 230.0),
        ((-5.0, 2.0, 1.0), (None, None, None), -2 * 230.0),
        ((5.0, 2.0, 1.0), (-1100.0, 400.0, 200.0), -500.0),
        ((5.0, 2.0, 1.0), (1100.0, None, 200.0), 1760.0),
        ((None, None, None), (1100.0, 0.0, 200.0), 1300.0),
        ((1.0, None, 3.0), (None, None, None), None),
        ((1.0, math.nan, 3.0), (None, None, None), None),
        ((1.0, 6553.5, 3.0), (None, None, None), None),
        ((1.0, 2.0, 3.0), (math.inf, 0.0, 0.0), None),
    ],
)
def test_power_of_a_reading(amperes: PerLine, watts: PerLine, expected: float | None) -> None:
    assert power(TN, reading(amperes, watts)) == expected


@pytest.mark.parametrize(
    ("grid", "amperes", "expected"),
    [
        (Grid.SPLIT_PHASE, (10.0, 10.0, None), 2300.0),
        (Grid.IT, (10.0, 10.0, 10.0), math.sqrt(3) * 230 * 10),
    ],
)
def test_power_where_voltage_is_between_lines(grid: Grid, amperes: PerLine, expected: float) -> None:
    third = 50.0 if grid is Grid.IT else 0.0
    main = Circuit(id=MAIN, name="", parent=None, fuse=(50.0, 50.0, third))
    assert power(Site(grid=grid, circuits=(main,), chargers=()), reading(amperes)) == pytest.approx(expected)
