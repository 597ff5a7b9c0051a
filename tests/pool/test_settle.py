"""How long a car takes to follow: learned from the slow side, never from a car that does not want to."""

from collections.abc import Iterable
import random

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_charger_pool.pool.model import Capability
from custom_components.ev_charger_pool.pool.settle import CONVINCING, REMEMBERED, Settle, unlearned

CAPABILITY = Capability(latency=2.0, settle=5.0)
PRIOR, FLOOR, MOST = 7.0, 3.0, 21.0


def follow(
    settle: Settle, old: float, new: float, *, delay: float, ramp: float, poll: float = 1.0, reads: float = 0.0
) -> Settle:
    """One change, confirmed at 0, of a car that waits, then moves by some amperes a second; read at an even pace."""
    settle = settle.confirmed(0.0, new, old)
    count = 1
    while settle.watched is not None:
        at = count * poll
        moved = min(max(at - delay, 0.0) * ramp, abs(new - old))
        settle = settle.heard(at - reads, at, old + moved if new > old else old - moved)
        count += 1
    return settle


def taught(settle: Settle, times: int, delay: float, ramp: float = 100.0, poll: float = 1.0) -> Settle:
    for _ in range(times):
        settle = follow(settle, 16.0, 6.0, delay=delay, ramp=ramp, poll=poll)
        settle = follow(settle, 6.0, 16.0, delay=delay, ramp=ramp, poll=poll)
    return settle


def test_what_the_profile_says_until_something_is_seen() -> None:
    settle = unlearned(CAPABILITY)
    assert settle.seconds == settle.cut.seconds == settle.rise.seconds == PRIOR
    assert settle.delay.seconds == PRIOR, "until then it may not have begun to move"


def test_one_slow_change_counts_at_once() -> None:
    settle = follow(unlearned(CAPABILITY), 16.0, 6.0, delay=11.5, ramp=100.0)
    assert settle.seconds == settle.cut.seconds == 12
    assert settle.rise.seconds == PRIOR
    assert settle.delay.seconds == 12


def test_the_ramp_is_learned_beside_the_delay() -> None:
    settle = unlearned(CAPABILITY)
    for _ in range(CONVINCING):
        settle = follow(settle, 6.0, 16.0, delay=0.5, ramp=1.0)
    assert settle.delay.seconds == 2, "the current had moved by 1 A at 1.5 s, read at 2 s"
    assert settle.rise.seconds == 10, "15 A were reached at 9.5 s, read at 10 s"


def test_quick_takes_several_changes() -> None:
    for times in range(CONVINCING):
        assert taught(unlearned(CAPABILITY), times, 3.2).seconds == PRIOR
    settle = taught(unlearned(CAPABILITY), CONVINCING, 3.2)
    assert settle.seconds == 4
    assert settle.delay.seconds == 4


def test_slow_is_forgotten_after_some_changes() -> None:
    settle = taught(unlearned(CAPABILITY), 1, 9.5)
    for _ in range(REMEMBERED - 1):
        settle = taught(settle, 1, 3.5)
        assert settle.seconds == 10
    assert taught(settle, 1, 3.5).seconds == 4


def test_never_below_the_floor_nor_above_three_times_the_profile() -> None:
    assert taught(unlearned(CAPABILITY), REMEMBERED, 0.0, poll=0.1).seconds == FLOOR
    assert taught(unlearned(CAPABILITY), REMEMBERED, 35.0).seconds == MOST


def test_a_profile_without_times() -> None:
    settle = unlearned(Capability(latency=0.0, settle=0.0))
    assert settle.seconds == 1
    assert taught(settle, REMEMBERED, 1.5).seconds == 2
    assert taught(settle, REMEMBERED, 4.5).seconds == 3


@pytest.mark.parametrize("reached", [6.0, 10.0, 14.9])
def test_a_car_that_stays_below_its_new_limit_teaches_nothing(reached: float) -> None:
    settle = unlearned(CAPABILITY).confirmed(0.0, 16.0, 6.0)
    for second in range(1, 60):
        settle = settle.heard(second, second, reached)
    assert settle == unlearned(CAPABILITY)


def test_a_car_that_comes_late_of_its_own_accord_teaches_nothing() -> None:
    settle = unlearned(CAPABILITY).confirmed(0.0, 16.0, 6.0)
    for second in range(1, 600):
        settle = settle.heard(second, second, 6.0 if second < 300 else 16.0)
    assert settle == unlearned(CAPABILITY)


def test_a_charger_that_ignores_its_limit_teaches_nothing() -> None:
    settle = unlearned(CAPABILITY).confirmed(0.0, 6.0, 16.0)
    for second in range(1, 60):
        settle = settle.heard(second, second, 16.0)
    assert settle == unlearned(CAPABILITY)


@pytest.mark.parametrize(
    ("drawn", "amperes"),
    [(0.0, 16.0), (0.9, 16.0), (None, 16.0), (14.0, 16.0), (8.0, 10.5), (10.0, 8.0)],
    ids=["asleep", "ghost", "unknown", "almost there", "small step up", "small step down"],
)
def test_what_is_not_watched(drawn: float | None, amperes: float) -> None:
    assert unlearned(CAPABILITY).confirmed(0.0, amperes, drawn) == unlearned(CAPABILITY)


def test_a_pause_is_a_cut() -> None:
    settle = follow(unlearned(CAPABILITY), 6.0, 0.0, delay=8.5, ramp=100.0)
    assert settle.cut.seconds == 9


def test_a_car_below_its_new_limit_has_followed_a_cut() -> None:
    settle = unlearned(CAPABILITY).confirmed(0.0, 10.0, 16.0).heard(8.5, 9.0, 16.0).heard(9.5, 10.0, 3.0)
    assert settle.cut.seconds == 10


def test_a_seldom_read_charger_is_not_slow_for_that() -> None:
    """The readings at 0 and 10 s leave room for the profile's 7 s, so there is no reason to doubt it."""
    settle = taught(unlearned(CAPABILITY), REMEMBERED, 3.0, poll=10.0)
    assert settle.seconds == PRIOR


def test_a_seldom_read_charger_that_is_slow_is_known_as_slow() -> None:
    settle = taught(unlearned(CAPABILITY), 1, 12.0, poll=10.0)
    assert settle.seconds == 20, "at 10 s it had surely not arrived"


def test_a_reading_that_takes_long_bounds_both_sides() -> None:
    """A reading that began at 5 s and ended at 8 s may have seen the old current before 7 s."""
    settle = unlearned(CAPABILITY).confirmed(0.0, 6.0, 16.0).heard(5.0, 8.0, 16.0).heard(6.0, 9.0, 6.0)
    assert settle.cut.seconds == PRIOR
    assert settle.cut.seen == (PRIOR,)


def test_a_silent_charger_teaches_nothing_slow() -> None:
    settle = unlearned(CAPABILITY).confirmed(0.0, 6.0, 16.0).heard(2.0, 2.0, 16.0).heard(30.0, 30.0, 6.0)
    assert settle.seconds == PRIOR


def test_a_missing_current_and_an_old_reading_say_nothing() -> None:
    settle = unlearned(CAPABILITY).confirmed(10.0, 6.0, 16.0)
    assert settle.heard(9.0, 10.0, 6.0) is settle
    assert settle.heard(11.0, 12.0, None) is settle


def test_a_new_change_replaces_the_one_before() -> None:
    settle = unlearned(CAPABILITY).confirmed(0.0, 6.0, 16.0).confirmed(5.0, 10.0, 16.0)
    assert settle.heard(17.0, 17.0, 16.0).heard(18.0, 18.0, 10.0).cut.seen == (13.0,)
    assert settle.confirmed(6.0, 16.0, 16.0) == unlearned(CAPABILITY), "back before it had moved"


def test_nothing_is_made_anew_while_nothing_is_watched() -> None:
    settle = unlearned(CAPABILITY)
    assert settle.heard(1.0, 1.0, 16.0) is settle
    assert settle.confirmed(2.0, 16.0, 16.0) is settle


def test_a_quick_car_leaves_and_a_slow_charger_stays() -> None:
    quick = taught(unlearned(CAPABILITY), REMEMBERED, 3.5)
    assert quick.seconds == 4
    assert quick.parted() == unlearned(CAPABILITY)
    slow = taught(quick, 1, 10.5)
    assert slow.seconds == slow.parted().seconds == 11
    assert slow.confirmed(0.0, 6.0, 16.0).parted().watched is None


@settings(derandomize=True, max_examples=60)
@given(
    delay=st.floats(0.0, 15.0),
    ramp=st.floats(1.0, 10.0),
    polls=st.lists(st.sampled_from([1.0, 2.0, 5.0, 10.0]), min_size=REMEMBERED, max_size=20),
)
def test_what_is_assumed_covers_what_is_true(delay: float, ramp: float, polls: list[float]) -> None:
    """Whatever the pace of reading, a car is never thought quicker than it is nor slower than reading can tell."""
    settle = unlearned(CAPABILITY)
    for poll in polls:
        settle = follow(settle, 6.0, 16.0, delay=delay, ramp=ramp, poll=poll)
    truth = delay + 9.0 / ramp
    # Seldom read, a car counts as the profile has it unless a reading shows otherwise.
    known = min(truth, PRIOR) if max(polls) > 1.0 else min(truth, MOST)
    assert known - 1e-9 <= settle.rise.seconds <= max(PRIOR, min(truth + max(polls), MOST)) + 1e-9
    assert settle.delay.seconds <= settle.rise.seconds


def noisy(seed: int) -> Iterable[tuple[float, float]]:
    source = random.Random(seed)
    return ((source.uniform(1.0, 3.0), source.uniform(4.0, 10.0)) for _ in range(50))


@pytest.mark.parametrize("seed", range(5))
def test_a_car_of_many_moods_is_taken_by_its_slow_ones(seed: int) -> None:
    settle = unlearned(CAPABILITY)
    took: list[float] = []
    for delay, ramp in noisy(seed):
        settle = follow(settle, 16.0, 6.0, delay=delay, ramp=ramp)
        took.append(delay + 9.0 / ramp)
        assert settle.cut.seconds >= max(took[-REMEMBERED:])
