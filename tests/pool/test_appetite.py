"""What a car leaves of its limit, and when it is taken for full."""

import pytest

from custom_components.ev_charger_pool.pool.appetite import HUNGRY, Appetite
from custom_components.ev_charger_pool.pool.defaults import LEND_AFTER, SATISFIED_AFTER


def after(appetite: Appetite, drawn: float, limit: float, since: float, seconds: float, step: float = 1.0) -> Appetite:
    """Read every 5 s, the first time at ``since``."""
    at = since
    while at <= since + seconds:
        appetite = appetite.after(at, drawn, limit, minimum=6.0, step=step)
        at += 5.0
    return appetite


@pytest.mark.parametrize(
    ("drawn", "step", "enough"), [(10.2, 1.0, 12.0), (10.2, 0.1, 11.2), (11.0, 1.0, 12.0), (3.0, 1.0, 6.0)]
)
def test_what_is_left_for_a_minute_is_lent_with_an_ampere_to_ask_for_more(
    drawn: float, step: float, enough: float
) -> None:
    assert after(HUNGRY, drawn, 16.0, 0.0, LEND_AFTER - 5.0, step).enough is None
    assert after(HUNGRY, drawn, 16.0, 0.0, LEND_AFTER, step).enough == pytest.approx(enough)


def test_the_highest_of_the_minute_counts() -> None:
    appetite = HUNGRY.after(0.0, 12.4, 16.0, 6.0, 1.0)
    assert after(appetite, 8.0, 16.0, 5.0, LEND_AFTER - 5.0).enough == 14


def test_a_car_that_uses_what_is_enough_wants_more() -> None:
    lent = after(HUNGRY, 8.0, 16.0, 0.0, LEND_AFTER)
    assert lent.enough == 9
    assert after(lent, 8.0, 9.0, 100.0, 300.0).enough == 9
    assert lent.after(100.0, 8.9, 9.0, 6.0, 1.0) == HUNGRY


def test_a_car_held_below_what_is_enough_shows_nothing() -> None:
    lent = after(HUNGRY, 10.0, 16.0, 0.0, LEND_AFTER)
    assert lent.enough == 11
    assert after(lent, 8.0, 8.0, 100.0, 300.0).enough == 11


def test_a_car_that_draws_a_little_less_than_offered_lends_nothing() -> None:
    assert after(HUNGRY, 15.3, 16.0, 0.0, 600.0).enough is None


def test_a_car_that_draws_nothing_for_minutes_makes_room_until_it_draws() -> None:
    assert not after(HUNGRY, 0.0, 6.0, 0.0, SATISFIED_AFTER - 5.0).satisfied
    full = after(HUNGRY, 0.0, 6.0, 0.0, SATISFIED_AFTER)
    assert full.satisfied
    assert full.paused().satisfied
    assert not full.after(400.0, 5.5, 6.0, 6.0, 1.0).satisfied


def test_a_pause_counts_no_time() -> None:
    waiting = after(HUNGRY, 0.0, 16.0, 0.0, SATISFIED_AFTER - 100.0)
    assert waiting.paused().since is None
    assert not after(waiting.paused(), 0.0, 16.0, 1000.0, 200.0).satisfied
