"""From when on the clock of an event runs while something fails."""

from dataclasses import replace

import numpy as np
import pytest

from custom_components.ev_charger_pool.pool.model import MAIN, Capability
from custom_components.ev_charger_pool.simulation.events import Event
from custom_components.ev_charger_pool.simulation.judge import judge
from custom_components.ev_charger_pool.simulation.known import stuck
from custom_components.ev_charger_pool.simulation.scenario import Fault, FaultKind, MeterModel
from tests.simulation.draft import BOUND, TWO, Draft, box, stay
from tests.simulation.small import ONE

BEGIN = 300


def fault(kind: FaultKind, at: float, until: float, target: str = "", **more: float) -> Fault:
    return Fault(kind=kind, target=target, at=at, until=until, **more)


def over(*faults: Fault, seconds: int = 60, **changed: object) -> Draft:
    """Two cars; the first draws 16 A on L2 beside 10 A of the house from 0:05:00 on."""
    draft = Draft(seconds=1200, boxes=(box(), box(TWO)), faults=faults, **changed)
    draft.drawn[ONE][BEGIN : BEGIN + seconds, 1] = 16.0
    return draft


def events(draft: Draft, place: str = "main L2") -> tuple[Event, ...]:
    return next(line.events for line in judge(draft.record()).lines if line.place == place)


def bound(draft: Draft, place: str = "main L2") -> float:
    return events(draft, place)[0].bound


@pytest.mark.parametrize(
    ("at", "until", "interval", "more"),
    [
        (290.0, 900.0, 1.0, 0),
        (297.0, 900.0, 1.0, 7),
        (304.0, 900.0, 1.0, 14),
        (309.0, 900.0, 1.0, 0),
        (297.0, 302.0, 1.0, 2),
        (297.0, 900.0, 10.0, 27),
        (297.0, 900.0, 60.0, 87),
    ],
    ids=["known by then", "before", "while it is relieved", "too late", "over soon", "10 s meter", "60 s meter"],
)
@pytest.mark.parametrize("kind", [FaultKind.METER_SILENT, FaultKind.PHASE_MISSING])
def test_a_silent_meter(kind: FaultKind, at: float, until: float, interval: float, more: float) -> None:
    """10 s, three intervals, or 90 s after it fell silent the worst of the last hour is assumed."""
    model = MeterModel(interval=interval)
    draft = over(fault(kind, at, until, MAIN, line=1), meters={MAIN: model})

    assert bound(draft) == BOUND - 1 + interval + more


def test_a_silent_meter_that_is_late() -> None:
    draft = over(fault(FaultKind.METER_SILENT, 297.0, 900.0, MAIN), meters={MAIN: MeterModel(delay=3.0)})

    assert bound(draft) == BOUND + 3 + 10


def test_a_phase_that_is_missing_hides_no_other() -> None:
    assert bound(over(fault(FaultKind.PHASE_MISSING, 297.0, 900.0, MAIN, line=0))) == BOUND


def test_a_house_load_that_was_never_seen_is_assumed_in_stage_2() -> None:
    draft = over(fault(FaultKind.METER_SILENT, 297.0, 900.0, MAIN))
    draft.house[MAIN][BEGIN:, 1] = 11.0

    assert bound(draft) == BOUND + 57


def test_a_peak_that_the_meter_missed_was_never_seen() -> None:
    draft = over(fault(FaultKind.METER_SILENT, 297.0, 900.0, MAIN), meters={MAIN: MeterModel(interval=5.0)})
    draft.house[MAIN][BEGIN:, 1] = 11.0
    draft.house[MAIN][200:204, 1] = 11.0
    assert bound(draft) == BOUND + 4 + 57

    draft.house[MAIN][200:205, 1] = 11.0
    assert bound(draft) == BOUND + 4 + 12


@pytest.mark.parametrize(("worst", "more"), [(12.0, 57), (10.5, 600)])
def test_a_house_load_above_the_configured_worst_is_never_known(worst: float, more: float) -> None:
    silent = fault(FaultKind.METER_SILENT, 297.0, 900.0, MAIN)
    draft = over(silent, worst_house=(worst, worst, worst))
    draft.house[MAIN][BEGIN:, 1] = 11.0

    assert bound(draft) == BOUND + more


def test_a_restart_without_the_meter_forgets_the_last_hour() -> None:
    draft = over(fault(FaultKind.METER_SILENT, 200.0, 900.0, MAIN), fault(FaultKind.CRASH, 250.0, 297.0))

    assert bound(draft) == BOUND + 57


def test_absurd_values_may_hide_an_event_for_the_allowed_age() -> None:
    assert bound(over(fault(FaultKind.METER_ABSURD, 200.0, 900.0, MAIN))) == BOUND + 10
    assert bound(over(fault(FaultKind.METER_ABSURD, 200.0, 304.0, MAIN))) == BOUND + 4


def test_a_frozen_meter_is_known_after_the_cars_have_moved() -> None:
    """30 s for a meter to follow, a reading, a poll of 2 s; then it is as old as a silent one may be."""
    draft = over(fault(FaultKind.METER_FROZEN, 200.0, 900.0, MAIN))
    draft.drawn[TWO][280:, 1] = 4.0

    assert bound(draft) == BOUND + (280 + 30 + 1 + 2 + 10 - BEGIN)


def test_a_frozen_meter_is_not_known_while_the_cars_stand() -> None:
    draft = over(fault(FaultKind.METER_FROZEN, 200.0, 900.0, MAIN), seconds=20)
    draft.drawn[TWO][280:, 1] = 2.0

    assert bound(draft) == BOUND + 600


SLOW_POLL = Capability(maximum=16.0, latency=1.0, poll_interval=6.0)


@pytest.mark.parametrize("kind", [FaultKind.CHARGER_SILENT, FaultKind.CHARGER_REBOOTS])
@pytest.mark.parametrize(
    ("at", "until", "more"),
    [(295.0, 900.0, 5), (280.0, 900.0, 0), (290.0, 299.0, 1), (290.0, 301.0, 3), (290.0, 302.0, 4)],
    ids=["just fallen silent", "given up", "just back", "back at once", "back soon"],
)
def test_a_silent_charger(kind: FaultKind, at: float, until: float, more: float) -> None:
    draft = over(fault(kind, at, until, TWO))

    assert bound(draft) == BOUND + more


def test_a_silent_charger_is_given_up_after_three_polls() -> None:
    draft = over(fault(FaultKind.CHARGER_SILENT, 295.0, 900.0, TWO))
    site = replace(draft.scenario.site, chargers=(box(), box(TWO, capability=SLOW_POLL)))
    draft.scenario = replace(draft.scenario, site=site)

    assert bound(draft) == BOUND + 13


def ignored(at: float, *, amperes: float = 6.0, taken: bool = True) -> Draft:
    kind = FaultKind.LIMIT_IGNORED if taken else FaultKind.WRITES_FAIL
    draft = over(fault(kind, 200.0, 900.0))
    draft.scenario = replace(draft.scenario, faults=(fault(kind, 200.0, 900.0, ONE),))
    draft.limits[ONE][:] = 16.0
    draft.drawn[TWO][BEGIN : BEGIN + 60, 1] = 6.0
    draft.order(at, amperes, taken=taken)
    return draft


@pytest.mark.parametrize(
    ("at", "amperes", "more"),
    [
        (301.0, 6.0, 1 + 13),
        (280.0, 6.0, 0 + 13),
        (301.0, 15.5, 0),
        (309.0, 6.0, 0),
    ],
    ids=["the cut", "one before, once the car draws", "too little to be seen", "later than the bound"],
)
def test_an_ignored_limit(at: float, amperes: float, more: float) -> None:
    """Latency 1 s, settling 5 s, patience 5 s, a poll of 2 s."""
    assert bound(ignored(at, amperes=amperes)) == BOUND + more


def test_a_refused_write_is_known_at_once() -> None:
    assert bound(ignored(303.0, taken=False)) == BOUND + 4
    assert bound(ignored(309.0, taken=False)) == BOUND


@pytest.mark.parametrize(("at", "more"), [(299.0, 2), (298.0, 1), (238.0, 1), (250.0, 0)])
def test_another_master(at: float, more: float) -> None:
    """Each of its writes is seen by a poll, after 2 s, and is taken back with the latency of the charger."""
    draft = over(fault(FaultKind.OTHER_MASTER, at, 900.0, TWO, period=30.0))

    assert bound(draft) == BOUND + more


@pytest.mark.parametrize("kind", [FaultKind.RESTART, FaultKind.CRASH])
def test_the_time_away_does_not_count(kind: FaultKind) -> None:
    assert bound(over(fault(kind, 250.0, 330.0))) == BOUND + 30 + 2
    assert bound(over(fault(kind, 250.0, 290.0))) == BOUND


def test_the_start_is_a_start() -> None:
    draft = over()
    draft.drawn[ONE][0, 0] = 16.0

    assert bound(draft, "main L1") == BOUND + 2


def test_a_clock_that_jumps_excuses_nothing() -> None:
    assert bound(over(fault(FaultKind.CLOCK_JUMPS, 290.0, 900.0, seconds=3600.0))) == BOUND


def test_a_car_above_its_limit_is_known_like_an_ignored_limit() -> None:
    draft = over(cars=(stay(ONE, excess=2.0), stay(TWO)))
    draft.order(295.0, 14.0)

    assert bound(draft) == BOUND + 8


def test_faults_follow_one_another() -> None:
    draft = over(fault(FaultKind.METER_SILENT, 297.0, 900.0, MAIN), fault(FaultKind.CHARGER_SILENT, 308.0, 900.0, TWO))

    assert bound(draft) == BOUND + 18


def test_what_nobody_can_lower_makes_no_event() -> None:
    """Both are over-seconds; only those in which another car draws, too, could be fewer."""
    draft = over(fault(FaultKind.CHARGER_SILENT, 200.0, 900.0, ONE))
    draft.drawn[TWO][BEGIN : BEGIN + 9, 1] = 6.0

    verdict = judge(draft.record())

    assert verdict.over_seconds == 60
    assert [event.seconds for event in events(draft)] == [9]
    assert verdict.broken == ("main L2: 9 s above 25 A at 0:05:00, bound 8 s",)


@pytest.mark.parametrize(
    ("kind", "end"),
    [
        (FaultKind.CHARGER_SILENT, 410),
        (FaultKind.CHARGER_REBOOTS, 410),
        (FaultKind.LIMIT_IGNORED, 410),
        (FaultKind.WRITES_FAIL, 440),
        (FaultKind.OTHER_MASTER, 1200),
    ],
)
def test_while_a_charger_takes_no_limit(kind: FaultKind, end: int) -> None:
    draft = over(fault(kind, 200.0, 400.0, TWO))
    draft.order(440.0, 6.0, TWO)

    assert np.flatnonzero(stuck(draft.record())[:, 1]).tolist() == list(range(200, end))
    assert not stuck(draft.record())[:, 0].any()


def test_refused_writes_are_retried_within_a_minute() -> None:
    draft = over(fault(FaultKind.WRITES_FAIL, 200.0, 400.0, TWO))

    assert stuck(draft.record())[:, 1].sum() == 260


def test_a_setting_in_flash_is_never_written() -> None:
    draft = Draft(boxes=(box(capability=Capability(maximum=16.0, stored=True)), box(TWO)))

    assert stuck(draft.record()).all(axis=0).tolist() == [True, False]
