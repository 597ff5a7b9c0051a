"""Another master is seen by limits of ours that were told back and then replaced."""

from custom_components.ev_charger_pool.pool.defaults import RIVAL_FORGOTTEN, STEP_BACK
from custom_components.ev_charger_pool.pool.rivalry import ALONE, Rivalry


def replaced(rivalry: Rivalry, number: int, at: float) -> Rivalry:
    """A write of ours is told back, and then another limit."""
    return rivalry.after(at, number, same=True).after(at + 10.0, number, same=False)


def test_after_three_times_we_step_back() -> None:
    rivalry = replaced(replaced(ALONE, 1, 0.0), 2, 100.0)
    assert not rivalry.steps_back(120.0)
    rivalry = replaced(rivalry, 3, 200.0)
    assert rivalry.steps_back(210.0 + STEP_BACK - 1.0)
    assert not rivalry.steps_back(210.0 + STEP_BACK)


def test_a_limit_that_was_never_taken_is_no_rivalry() -> None:
    """A box that caps itself tells its own limit from the first moment on."""
    rivalry = ALONE
    for number in range(1, 10):
        rivalry = rivalry.after(100.0 * number, number, same=False)
    assert rivalry == ALONE


def test_one_replacement_counts_once_however_often_it_is_read() -> None:
    rivalry = replaced(ALONE, 1, 0.0)
    for second in range(20, 60):
        rivalry = rivalry.after(float(second), 1, same=False)
    assert rivalry.count == 1


def test_a_long_peace_is_forgotten() -> None:
    rivalry = replaced(replaced(ALONE, 1, 0.0), 2, 100.0)
    rivalry = replaced(rivalry, 3, 200.0 + RIVAL_FORGOTTEN)
    assert rivalry.count == 1
    assert not rivalry.steps_back(220.0 + RIVAL_FORGOTTEN)


def test_after_stepping_back_one_more_is_enough() -> None:
    rivalry = replaced(replaced(replaced(ALONE, 1, 0.0), 2, 100.0), 3, 200.0)
    again = 210.0 + STEP_BACK
    assert replaced(rivalry, 4, again).steps_back(again + 20.0)
