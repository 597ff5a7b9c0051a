"""The verdict as a whole, and what became of the cars."""

from dataclasses import replace

import numpy as np
import pytest

from custom_components.ev_charger_pool.simulation.judge import judge
from custom_components.ev_charger_pool.simulation.stays import Stay
from tests.simulation.draft import TWO, Draft, box, stay
from tests.simulation.small import ONE


def test_what_the_controllers_own_decisions_broke() -> None:
    draft = Draft()
    draft.breaches = ((3671.0, "main L1: committed 26 A"),)

    assert judge(draft.record()).broken == ("main L1: committed 26 A at 1:01:11",)
    assert judge(draft.record(), own_rules=False).broken == ()


def test_every_line_is_listed() -> None:
    verdict = judge(Draft().record())

    assert [line.place for line in verdict.lines] == ["main L1", "main L2", "main L3"]
    assert [line.peak for line in verdict.lines] == [10.0] * 3
    assert (verdict.over_seconds, verdict.heat, verdict.relieved) == (0, 0.0, True)
    assert all(line.worst is None for line in verdict.lines)


def test_sums_are_of_all_lines_and_cars() -> None:
    draft = Draft(boxes=(box(), box(TWO)))
    draft.drawn[ONE][100:103] = 16.0
    draft.charged[:] = (1200.0, 300.0)
    draft.limits[ONE][200:] = 0.0
    draft.limits[TWO][200:] = 0.0
    draft.order(150.0, 8.0)

    verdict = judge(draft.record())

    assert verdict.over_seconds == 9
    assert verdict.energy == 1500.0
    assert verdict.stops == 2
    assert verdict.changes_per_car_hour == pytest.approx(1 / (2 * 600 / 3600))


def test_a_record_without_seconds_is_refused() -> None:
    record = replace(Draft().record(), limits=np.zeros((0, 1)))

    with pytest.raises(ValueError, match="record: there is no second"):
        judge(record)


def only_stay(draft: Draft) -> Stay:
    (found,) = judge(draft.record()).stays
    return found


def test_stops_and_changes_are_counted_while_the_car_is_there_and_not_full() -> None:
    draft = Draft(cars=(stay(arrives=100.0, leaves=500.0, needs=1_000.0),))
    draft.charged[400:] = 1_000.0
    for begin in (50, 150, 250, 450, 550):
        draft.limits[ONE][begin : begin + 20] = 0.0
    draft.limits[ONE][300] = 5.0
    draft.order(90.0, 8.0)
    draft.order(120.0, 8.04)
    draft.order(130.0, 9.0)
    draft.order(140.0, 12.0, taken=False)
    draft.order(160.0, 9.0)
    draft.order(170.0, 6.0)
    draft.order(510.0, 16.0)

    assert only_stay(draft) == Stay(car="car_one", charger=ONE, plugged=400, energy=1_000.0, stops=2, changes=2)


def test_a_stop_in_the_second_of_arrival_is_none_of_the_car() -> None:
    draft = Draft(cars=(stay(arrives=100.0),))
    draft.limits[ONE][100:] = 0.0

    assert only_stay(draft).stops == 0


def test_the_first_write_is_compared_with_the_limit_in_force() -> None:
    draft = Draft()
    draft.order(100.0, 6.0)
    assert only_stay(draft).changes == 0

    draft = Draft()
    draft.order(100.0, 7.0)
    assert only_stay(draft).changes == 1


def test_without_a_car_there_are_no_changes_per_hour() -> None:
    verdict = judge(Draft(cars=(stay(arrives=700.0, leaves=800.0),)).record())

    assert verdict.changes_per_car_hour is None
    assert verdict.stays[0].plugged == 0
