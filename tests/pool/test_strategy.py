"""Strategies yield tier, weight and order; turns are a queue."""

from datetime import UTC, datetime

import pytest

from custom_components.ev_charger_pool.pool.strategy import Candidate, Rank, Strategy, Turns, rank

EARLY = Candidate(charger="early", priority=2, plugged_at=10.0, session_wh=5999.0)
LATE = Candidate(charger="late", priority=1, plugged_at=20.0, session_wh=5001.0)
UNKNOWN = Candidate(charger="unknown", priority=2)
ALL = (LATE, UNKNOWN, EARLY)
QUEUE = ("early", "late", "unknown")


def test_equal_share_goes_by_the_queue() -> None:
    assert rank(Strategy.EQUAL_SHARE, ALL, ("late", "early", "unknown")) == {
        "late": Rank(0, 1.0, 0),
        "early": Rank(0, 1.0, 1),
        "unknown": Rank(0, 1.0, 2),
    }


def test_priority_is_a_tier_within_which_the_queue_counts() -> None:
    ranks = rank(Strategy.PRIORITY, ALL, ("unknown", "early", "late"))
    assert ranks == {"late": Rank(0, 1.0, 2), "early": Rank(1, 1.0, 1), "unknown": Rank(1, 1.0, 0)}


def test_weights_divide_by_the_priority() -> None:
    ranks = rank(Strategy.WEIGHTS, ALL, QUEUE)
    assert {charger: (ranks[charger].tier, ranks[charger].weight) for charger in ranks} == {
        "early": (0, 0.5),
        "late": (0, 1.0),
        "unknown": (0, 0.5),
    }


def test_first_come_is_first_served_whatever_the_queue() -> None:
    ranks = rank(Strategy.FIRST_COME, ALL, QUEUE[::-1])
    assert sorted(ranks, key=lambda charger: ranks[charger].tier) == ["early", "late", "unknown"]


def test_least_energy_counts_whole_kwh_and_unknown_as_none_yet() -> None:
    ranks = rank(Strategy.LEAST_ENERGY, ALL, QUEUE)
    assert {charger: ranks[charger].tier for charger in ranks} == {"unknown": 0, "early": 1, "late": 1}


@pytest.mark.parametrize("strategy", Strategy)
def test_listing_order_does_not_matter(strategy: Strategy) -> None:
    """R7."""
    assert rank(strategy, ALL, QUEUE) == rank(strategy, ALL[::-1], QUEUE)
    assert Turns().after(at(1), ALL, ()) == Turns().after(at(1), ALL[::-1], ())
    assert rank(strategy, (), ()) == {}


def at(minute: int, second: int = 0) -> datetime:
    return datetime(2026, 11, 20, 18, minute, second, tzinfo=UTC)


def test_the_queue_is_by_arrival_and_newcomers_go_to_its_end() -> None:
    turns = Turns().after(at(1), (LATE, UNKNOWN), ())
    assert turns.queue == ("late", "unknown")
    turns = turns.after(at(2), ALL, ("late",))
    assert turns.queue == ("late", "unknown", "early")
    assert turns.after(at(3), (EARLY, UNKNOWN), ()).queue == ("unknown", "early")


def test_with_a_new_turn_those_who_waited_come_first_and_the_others_give_way() -> None:
    turns = Turns().after(at(1), ALL, ("early", "late"))
    turns = turns.after(at(14, 59), ALL, ("early", "late"))
    assert (turns.queue, turns.yielding) == (QUEUE, frozenset())
    turns = turns.after(at(15), ALL, ("early", "late"))
    assert (turns.queue, turns.yielding) == (("unknown", "early", "late"), {"early", "late"})
    turns = turns.after(at(16), ALL, ("unknown", "early"))
    turns = turns.after(at(30), ALL, ("unknown", "early"))
    assert turns.queue == ("late", "unknown", "early")


def test_nobody_gives_way_to_one_who_has_waited_for_minutes_only() -> None:
    turns = Turns().after(at(1), ALL, QUEUE).after(at(9), ALL, ("early", "late")).after(at(15), ALL, ("early", "late"))
    assert (turns.queue, turns.yielding) == (("unknown", "early", "late"), frozenset())


def test_a_new_turn_changes_nothing_while_all_are_served() -> None:
    turns = Turns().after(at(1), ALL, QUEUE).after(at(15), ALL, QUEUE)
    assert (turns.queue, turns.yielding) == (QUEUE, frozenset())


def test_a_priority_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="priority: 0 of a"):
        Candidate(charger="a", priority=0)
