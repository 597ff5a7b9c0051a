"""A meter that does not follow the cars is found; one that does is not accused, however the house behaves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
import random

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_charger_pool.pool.following import FOLLOW_PATIENCE, GAP, Drawn, Following
from custom_components.ev_charger_pool.pool.model import PerLine

HOUR = 3600
NOTHING: PerLine = (None, None, None)
ANYTHING = 1000.0


@dataclass
class Bench:
    """One meter read at an even pace; every line carries the same."""

    pace: float = 1.0
    resolution: float = 0.1
    following: Following = field(default_factory=Following)
    at: float = 0.0

    def read(self, seconds: float, mains: float | None, drawn: float | None) -> Bench:
        return self.between(seconds, mains, drawn, drawn)

    def between(self, seconds: float, mains: float | None, least: float | None, most: float | None) -> Bench:
        """Where nobody tells, the cars may draw anything."""
        least, most = 0.0 if least is None else least, ANYTHING if most is None else most
        for _ in range(round(seconds / self.pace)):
            self.at += self.pace
            self.following = self.following.after(
                self.at, (mains,) * 3, Drawn((least,) * 3, (most,) * 3), self.resolution
            )
        return self

    @property
    def lost(self) -> bool:
        assert self.following.lost in (frozenset(), frozenset({0, 1, 2}))
        return bool(self.following.lost)


def ripple(bench: Bench, seconds: float, mains: float, drawn: float) -> Bench:
    """A meter that tells another value each time, by a hair."""
    for count in range(round(seconds / bench.pace)):
        bench.read(bench.pace, mains + 0.1 * (count % 2), drawn)
    return bench


# Left out


def test_two_steps_in_a_row_that_are_left_out() -> None:
    bench = ripple(Bench(), 60, 9.0, 0.0)
    ripple(bench, 60, 9.0, 6.0)
    assert not bench.lost, "one may be chance"
    ripple(bench, FOLLOW_PATIENCE, 9.0, 16.0)
    assert not bench.lost, "it may be late"
    assert ripple(bench, 1, 9.0, 16.0).lost


@pytest.mark.parametrize(("before", "after"), [(6.0, 12.0), (12.0, 6.0), (0.0, 3.0), (16.0, 0.0)])
@pytest.mark.parametrize("share", [0.5, 1.0, 1.5])
def test_one_step_that_is_followed_restores_trust(before: float, after: float, share: float) -> None:
    bench = Bench()
    for drawn in (0.0, 16.0, 0.0, before):
        ripple(bench, 60, 20.0, drawn)
    assert bench.lost
    ripple(bench, 10, 20.0 + share * (after - before), after)
    assert not bench.lost


def test_a_followed_step_between_two_that_were_left_out() -> None:
    bench = ripple(Bench(), 60, 9.0, 0.0)
    ripple(bench, 60, 9.0, 6.0)
    ripple(bench, 60, 19.0, 16.0)
    ripple(bench, 60, 19.0, 6.0)
    assert not bench.lost
    assert ripple(bench, 60, 19.0, 16.0).lost


def test_a_meter_that_moves_otherwise_says_nothing() -> None:
    """The kettle goes off as the car starts: neither follows nor leaves out."""
    bench = Bench()
    for count in range(6):
        ripple(bench, 60, 20.0 - 10 * (count % 2), 10.0 * (count % 2))
    assert not bench.lost
    assert bench.following.missed == (0, 0, 0)


@pytest.mark.parametrize("late", [0.0, 5.0, 25.0])
def test_a_late_meter_follows(late: float) -> None:
    bench = ripple(Bench(), 60, 9.0, 0.0)
    for count in range(6):
        old, new = 10.0 * (count % 2), 10.0 * ((count + 1) % 2)
        ripple(bench, late, 9.0 + old, new)
        ripple(bench, 60, 9.0 + new, new)
        assert bench.following.missed == (0, 0, 0)


def test_less_than_a_clear_step_is_none() -> None:
    bench = Bench()
    for count in range(10):
        ripple(bench, 60, 9.0, 6.0 + 2.5 * (count % 2))
    assert not bench.lost


def test_a_slow_taper_is_no_step() -> None:
    bench = Bench()
    for tenth in range(160):
        ripple(bench, 5, 9.0, 16.0 - tenth / 10)
    assert not bench.lost


@pytest.mark.parametrize(("least", "most"), [(0.0, 16.0), (None, 16.0), (6.0, None)])
def test_unless_it_is_known_what_the_cars_draw_there_is_no_step(least: float | None, most: float | None) -> None:
    bench = Bench()
    for drawn in (0.0, 10.0) * 3:
        ripple(bench, 40, 9.0, drawn).between(31, 9.0, least, most)
    assert not bench.lost


def test_a_step_seen_from_both_ends_is_one() -> None:
    """Between two readings of the charger nobody knows how far the car is."""
    bench = Bench()
    for old, new in ((0.0, 10.0), (10.0, 0.0)):
        ripple(bench, 40, 9.0, old).between(9, 9.0, 0.0, 10.0)
        ripple(bench, 40, 9.0, new)
    assert bench.lost


def test_cars_that_do_not_stay_where_they_stepped_to_say_nothing() -> None:
    bench = Bench()
    for _ in range(10):
        ripple(bench, 20, 9.0, 0.0)
        ripple(bench, 20, 9.0, 10.0)
    assert not bench.lost


def test_a_battery_that_holds_the_mains_at_zero_is_not_accused() -> None:
    bench = Bench()
    for count in range(10):
        ripple(bench, 60, -0.3, 16.0 * (count % 2))
    assert not bench.lost


@pytest.mark.parametrize("resolution", [0.5, 1.0])
def test_a_battery_behind_a_coarse_meter_is_not_accused(resolution: float) -> None:
    bench = Bench(resolution=resolution)
    for count in range(10):
        bench.read(60, 0.0, 16.0 * (count % 2))
    assert not bench.lost


def test_magnitudes_of_a_current_that_turns_round_are_not_accused() -> None:
    bench = Bench()
    for count in range(10):
        ripple(bench, 60, abs(-5.0 + 10.0 * (count % 2)), 10.0 * (count % 2))
    assert not bench.lost


def test_one_line_of_three() -> None:
    following = Following()
    for second in range(200):
        drawn = 10.0 if second // 60 % 2 else 0.0
        ripples = 0.1 * (second % 2)
        mains = (9.0 + drawn + ripples, 9.0 + ripples, 9.0 + drawn + ripples)
        following = following.after(second, mains, Drawn((drawn,) * 3, (drawn,) * 3), 0.1)
    assert following.lost == {1}


# Frozen


def test_a_value_that_stands_is_no_evidence_while_the_cars_stand() -> None:
    """A quiet house behind a meter of whole amperes."""
    assert not Bench(resolution=1.0).read(6 * HOUR, 17.0, 16.0).lost
    assert not Bench().read(6 * HOUR, 0.0, 0.0).lost


def test_the_same_value_through_one_step() -> None:
    bench = Bench().read(60, 9.0, 6.0).read(FOLLOW_PATIENCE, 9.0, 9.4)
    assert not bench.lost
    assert bench.read(1, 9.0, 9.4).lost


def test_a_frozen_meter_is_found_though_the_cars_only_creep() -> None:
    bench = Bench()
    for ampere in range(6, 10):
        bench.read(300, 23.0, ampere)
    assert not bench.lost
    assert bench.read(300, 23.0, 10.0).lost


def test_a_frozen_meter_stays_so_until_it_tells_something_else() -> None:
    bench = Bench().read(60, 9.0, 6.0).read(60, 9.0, 12.0).read(60, 9.0, 6.0)
    assert bench.lost, "also where the cars went back to what they drew before"
    assert bench.read(HOUR, 9.0, None).lost
    assert not bench.read(1, 9.1, 6.0).lost


def test_one_that_freezes_again_has_to_follow() -> None:
    bench = Bench().read(60, 9.0, 6.0).read(60, 9.0, 12.0).read(60, 9.5, 12.0)
    assert not bench.lost
    assert bench.read(60, 9.5, 6.0).lost
    assert bench.read(60, 9.0, 6.0).lost
    assert not bench.read(5, 15.0, 12.0).lost


def test_a_dead_line_of_a_fine_meter_is_found() -> None:
    assert Bench(resolution=0.01).read(60, 0.0, 0.0).read(60, 0.0, 6.0).lost


@pytest.mark.parametrize("roaming", [0.0, 7.0])
def test_a_current_on_a_line_that_nobody_knows_hides_no_frozen_meter(roaming: float) -> None:
    """It is there all the time or never, whatever the others draw."""
    bench = Bench()
    for drawn in (10.0, 15.0):
        cars = Drawn((drawn,) * 3, (drawn + roaming,) * 3, (roaming,) * 3, (roaming,) * 3)
        for _ in range(60):
            bench.at += 1
            bench.following = bench.following.after(bench.at, (23.0,) * 3, cars, 0.1)
    assert bench.lost


def test_a_current_on_a_line_that_nobody_knows_accuses_nobody() -> None:
    bench = Bench()
    for roaming in (0.0, 7.0, 0.0, 7.0):
        cars = Drawn((10.0,) * 3, (10.0 + roaming,) * 3, (roaming,) * 3, (roaming,) * 3)
        for _ in range(60):
            bench.at += 1
            bench.following = bench.following.after(bench.at, (23.0,) * 3, cars, 0.1)
    assert not bench.lost


def test_whole_amperes_need_a_wider_change() -> None:
    bench = Bench(resolution=1.0).read(60, 9.0, 6.0)
    assert not bench.read(60, 9.0, 11.4).lost
    assert bench.read(60, 9.0, 12.6).lost


def test_a_moment_of_charging_may_fall_between_two_readings() -> None:
    bench = Bench(pace=10.0).read(60, 9.0, 6.0)
    for _ in range(10):
        bench.read(20, 9.0, 12.0).read(40, 9.0, 6.0)
    assert not bench.lost


def test_a_slow_meter_needs_its_readings() -> None:
    bench = Bench(pace=20.0).read(100, 9.0, 6.0).read(60, 9.0, 12.0)
    assert not bench.lost
    assert bench.read(20, 9.0, 12.0).lost


def test_what_the_cars_drew_before_must_have_been_there_to_be_seen() -> None:
    """The value may be of the time before or after the few seconds of charging."""
    bench = Bench(pace=10.0, resolution=1.0).read(20, 12.0, 16.0)
    assert not bench.read(HOUR, 12.0, 10.0).lost


# What is no evidence at all


def test_missing_values_say_nothing() -> None:
    bench = Bench()
    for drawn in (0.0, 10.0) * 4:
        bench.read(60, None, drawn)
    assert not bench.lost
    for drawn in (0.0, 10.0) * 4:
        ripple(bench, 20, 9.0, drawn).read(1, None, drawn)
    assert not bench.lost


def test_nobody_knows_what_the_house_did_in_a_gap() -> None:
    bench = Bench()
    for drawn in (0.0, 10.0) * 4:
        ripple(bench, 1, 9.0, drawn)
        bench.at += GAP
    assert not bench.lost


def test_a_reading_that_is_not_newer_changes_nothing() -> None:
    following = Bench().read(5, 9.0, 6.0).following
    assert following.after(5.0, (1.0,) * 3, Drawn((6.0,) * 3, (6.0,) * 3), 0.1) is following


# Houses


def charging(source: random.Random) -> Iterator[float]:
    """What a car draws each second: it starts, is set to another current, stops."""
    drawn = target = 0.0
    while True:
        if source.random() < 1 / 90:
            target = source.choice([0.0, 6.0, 8.0, 10.0, 13.0, 16.0])
        drawn += min(max(target - drawn, -4.0), 2.0)
        yield drawn


def living(source: random.Random) -> Iterator[float]:
    """A lively house: a hob that cycles, a kettle, a fridge, ripple."""
    appliances = {9.0: (30, 60), 10.5: (120, 1200), 1.2: (600, 900), 6.0: (300, 2400)}
    on = dict.fromkeys(appliances, False)
    while True:
        for amperes, (running, resting) in appliances.items():
            if source.random() < 1 / (running if on[amperes] else resting):
                on[amperes] = not on[amperes]
        yield 1.5 + sum(amperes for amperes, runs in on.items() if runs) + source.gauss(0, 0.05)


def quiet(source: random.Random) -> Iterator[float]:
    while True:
        yield 2.2 + source.gauss(0, 0.02)


type House = Callable[[random.Random], Iterator[float]]


def watched(
    house: House,
    seed: int,
    pace: int,
    resolution: float,
    late: int,
    *,
    behind: bool,
) -> Iterator[Following]:
    """A meter that reads the house, with the car if that is behind it."""
    source = random.Random(seed)
    following = Following()
    loads, cars = house(source), charging(source)
    told, drawn = [0.0] * (late + 1), [0.0] * 3
    for second in range(3 * HOUR):
        drawn = [*drawn[1:], next(cars)]
        told = [*told[1:], next(loads) + (drawn[-1] if behind else 0.0)]
        if second % pace == 0:
            value = round(told[0] / resolution) * resolution
            following = following.after(
                second, (value, None, None), Drawn((min(drawn), 0.0, 0.0), (max(drawn), 0.0, 0.0)), resolution
            )
            yield following


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("pace", "resolution", "late"), [(1, 0.01, 0), (1, 1.0, 0), (2, 0.1, 15), (10, 0.1, 0)])
@pytest.mark.parametrize("house", [living, quiet])
def test_the_right_meter_is_not_accused(house: House, pace: int, resolution: float, late: int, seed: int) -> None:
    assert not any(following.lost for following in watched(house, seed, pace, resolution, late, behind=True))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("pace", "resolution"), [(1, 0.01), (1, 1.0), (10, 0.1)])
@pytest.mark.parametrize("house", [living, quiet])
def test_the_meter_of_another_house_is_found(house: House, pace: int, resolution: float, seed: int) -> None:
    assert any(following.lost for following in watched(house, seed, pace, resolution, 0, behind=False))


@settings(derandomize=True, max_examples=100)
@given(
    readings=st.lists(
        st.tuples(
            st.sampled_from([0.5, 1.0, 10.0, 70.0]),
            st.sampled_from([None, 0.0, 9.0, 9.2, 15.0, -5.0]),
            st.sampled_from([None, 0.0, 6.0, 12.0]),
            st.sampled_from([0.0, 0.5, 6.0]),
        ),
        max_size=120,
    )
)
def test_a_meter_that_shows_what_is_drawn_is_never_accused(
    readings: list[tuple[float, float | None, float | None, float]],
) -> None:
    """Whatever is missing or vague, where the house stands still the sum is a meter that follows."""
    following, at = Following(), 0.0
    for gap, house, drawn, width in readings:
        at += gap
        mains = None if house is None or drawn is None else 9.0 + drawn
        least, most = (0.0, ANYTHING) if drawn is None else (drawn, drawn + width)
        following = following.after(at, (mains,) * 3, Drawn((least,) * 3, (most,) * 3), 0.1)
        assert not following.lost
