from custom_components.ev_charger_pool.simulation.delayed import Delayed


def test_passes_every_value_on_as_late_as_it_is_told() -> None:
    delayed = Delayed(2.0)
    assert [delayed.follow(now, value) for now, value in enumerate((5, 5, 7, 9, 9, 9))] == [0, 0, 5, 5, 7, 9]


def test_a_reset_is_seen_at_once_and_ends_what_was_to_come() -> None:
    delayed = Delayed(2.0)
    delayed.follow(0, 5)
    delayed.reset(1.0)
    assert [delayed.follow(now, value) for now, value in ((0, 1.0), (3, 1.0), (4, 5), (6, 5))] == [1, 1, 1, 5]
