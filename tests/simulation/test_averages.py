"""Averages of power: which windows count, and when one that is too high could have been kept."""

from datetime import UTC, datetime

import pytest

from custom_components.ev_charger_pool.pool.model import MAIN, AverageLimit
from custom_components.ev_charger_pool.simulation.judge import judge
from custom_components.ev_charger_pool.simulation.known import OF_METER
from custom_components.ev_charger_pool.simulation.scenario import Fault, FaultKind, MeterModel
from tests.simulation.draft import Draft
from tests.simulation.small import ONE

WATTS = 9000.0
HOUSE = 10.0
"""Of every line in the draft, A: 6,900 W."""
VOLTS = 230.0


def draft(seconds: int = 1800, *, minutes: int = 15, watts: float = WATTS, **changed: object) -> Draft:
    """Two quarter-hours; a car draws 3 A on every line, which makes 8,970 W."""
    average = AverageLimit(circuit=MAIN, watts=watts, minutes=minutes)
    plan = Draft(seconds, start=datetime(2026, 11, 20, 12, tzinfo=UTC), averages=(average,), **changed)
    plan.drawn[ONE][:] = 3.0
    return plan


def test_an_average_at_its_limit_is_kept() -> None:
    plan = draft()
    plan.drawn[ONE][:300] = 9.0
    plan.drawn[ONE][300:900] = 0.0
    assert judge(plan.record()).broken == ()


def test_every_window_counts_by_itself() -> None:
    plan = draft()
    plan.drawn[ONE][:900] = 0.0
    plan.drawn[ONE][900:] = 4.0
    assert judge(plan.record()).broken == ("main: 9660 W on average from 0:15:00 to 0:30:00, limit 9000 W",)
    assert judge(plan.record(), own_rules=False).broken == ()


def test_an_hour_is_one_window() -> None:
    plan = draft(3600, minutes=60)
    plan.drawn[ONE][:900] = 6.0
    plan.drawn[ONE][900:] = 2.0
    assert judge(plan.record()).broken == ()
    plan.drawn[ONE][900:] = 3.0
    assert judge(plan.record()).broken == ("main: 9488 W on average from 0:00:00 to 1:00:00, limit 9000 W",)


def test_windows_are_those_of_the_wall_clock_and_whole() -> None:
    plan = draft()
    plan.drawn[ONE][:] = 4.0
    plan.drawn[ONE][300:1200] = 3.0
    half_past = Draft(1800, start=datetime(2026, 11, 20, 12, 10, tzinfo=UTC), averages=plan.scenario.averages)
    half_past.drawn[ONE][:] = plan.drawn[ONE]
    assert len(judge(plan.record()).broken) == 2
    assert judge(half_past.record()).broken == ()


def test_feeding_in_does_not_make_up_for_anything() -> None:
    plan = draft(900, watts=4500.0)
    plan.house[MAIN][:450] = -20.0
    plan.drawn[ONE][:450] = 0.0
    assert judge(plan.record()).broken == ()
    plan.drawn[ONE][450:] = 4.0
    assert judge(plan.record()).broken == ("main: 4830 W on average from 0:00:00 to 0:15:00, limit 4500 W",)


def test_one_line_that_feeds_in_makes_up_for_another() -> None:
    plan = draft()
    plan.house[MAIN][:, 2] = -10.0
    plan.drawn[ONE][:, 0] = 10.0
    assert judge(plan.record()).broken == ()


def test_a_house_that_is_too_high_alone_breaks_nothing() -> None:
    plan = draft()
    plan.house[MAIN][:] = 14.0
    plan.drawn[ONE][:] = 0.0
    assert judge(plan.record()).broken == ()


def test_a_load_that_nobody_could_foresee_breaks_nothing() -> None:
    plan = draft()
    plan.house[MAIN][840:900] = 20.0
    plan.drawn[ONE][850:900] = 0.0
    assert judge(plan.record()).broken == ()
    plan.drawn[ONE][850:900] = 3.0
    assert judge(plan.record()).broken == ("main: 9430 W on average from 0:00:00 to 0:15:00, limit 9000 W",)


@pytest.mark.parametrize("kind", [*sorted(OF_METER), FaultKind.RESTART, FaultKind.CRASH, FaultKind.CLOCK_JUMPS])
def test_windows_in_which_something_fails_do_not_count(kind: FaultKind) -> None:
    target = MAIN if kind in OF_METER else ""
    plan = draft(faults=(Fault(kind=kind, target=target, at=899.0, until=900.0),))
    plan.drawn[ONE][:] = 4.0
    assert [sentence for sentence in judge(plan.record()).broken if "average" in sentence] == [
        "main: 9660 W on average from 0:15:00 to 0:30:00, limit 9000 W"
    ]


def test_a_charger_that_takes_no_limit_is_house() -> None:
    plan = draft(faults=(Fault(kind=FaultKind.WRITES_FAIL, target=ONE, at=0.0, until=1800.0),))
    plan.drawn[ONE][:] = 4.0
    assert judge(plan.record()).broken == ()


def test_a_meter_that_rounds_may_hide_a_step_on_every_line() -> None:
    coarse = {MAIN: MeterModel(resolution=1.0)}
    plan = draft(meters=coarse)
    plan.drawn[ONE][:] = 3.9
    assert judge(plan.record()).broken == ()
    plan.drawn[ONE][:] = 4.1
    assert len(judge(plan.record()).broken) == 2
    plan = draft(meters={MAIN: MeterModel(resolution=1.0, watts=True)})
    plan.drawn[ONE][:] = 3.9
    assert len(judge(plan.record()).broken) == 2
