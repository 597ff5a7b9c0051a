"""Strategies yield tier, weight and order."""

import pytest

from custom_components.ev_charger_pool.pool.strategy import Candidate, Rank, Strategy, rank

EARLY = Candidate(charger="early", priority=2, plugged_at=10.0, session_wh=5999.0)
LATE = Candidate(charger="late", priority=1, plugged_at=20.0, session_wh=5001.0)
UNKNOWN = Candidate(charger="unknown", priority=2)
ALL = (LATE, UNKNOWN, EARLY)


def test_equal_share_takes_turns_by_arrival() -> None:
    assert rank(Strategy.EQUAL_SHARE, ALL, turn=0) == {
        "early": Rank(0, 1.0, 0),
        "late": Rank(0, 1.0, 1),
        "unknown": Rank(0, 1.0, 2),
    }
    heads = [min(ranks, key=lambda charger: ranks[charger].order) for ranks in _turns(Strategy.EQUAL_SHARE, 4)]
    assert heads == ["early", "late", "unknown", "early"]


def test_priority_is_a_tier_within_which_turns_change() -> None:
    assert rank(Strategy.PRIORITY, ALL, turn=1) == {
        "late": Rank(0, 1.0, 0),
        "early": Rank(1, 1.0, 1),
        "unknown": Rank(1, 1.0, 0),
    }


def test_weights_divide_by_the_priority() -> None:
    ranks = rank(Strategy.WEIGHTS, ALL, turn=0)
    assert {charger: (ranks[charger].tier, ranks[charger].weight) for charger in ranks} == {
        "early": (0, 0.5),
        "late": (0, 1.0),
        "unknown": (0, 0.5),
    }


def test_first_come_is_first_served_in_every_turn() -> None:
    for ranks in _turns(Strategy.FIRST_COME, 3):
        assert sorted(ranks, key=lambda charger: ranks[charger].tier) == ["early", "late", "unknown"]


def test_those_who_came_at_once_take_turns() -> None:
    twins = [Candidate(charger=name, plugged_at=10.0) for name in ("a", "b")]
    assert rank(Strategy.FIRST_COME, twins, turn=1) == {"a": Rank(0, 1.0, 1), "b": Rank(0, 1.0, 0)}


def test_least_energy_counts_whole_kwh_and_unknown_as_none_yet() -> None:
    assert rank(Strategy.LEAST_ENERGY, ALL, turn=0) == {
        "unknown": Rank(0, 1.0, 0),
        "early": Rank(1, 1.0, 0),
        "late": Rank(1, 1.0, 1),
    }


@pytest.mark.parametrize("strategy", Strategy)
def test_listing_order_does_not_matter(strategy: Strategy) -> None:
    """R7."""
    assert rank(strategy, ALL, turn=5) == rank(strategy, ALL[::-1], turn=5)
    assert rank(strategy, (), turn=5) == {}


def test_a_priority_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="priority: 0 of a"):
        Candidate(charger="a", priority=0)


def _turns(strategy: Strategy, number: int) -> list[dict[str, Rank]]:
    return [rank(strategy, ALL, turn) for turn in range(number)]
