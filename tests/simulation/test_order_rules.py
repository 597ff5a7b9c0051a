"""Orders that no charger should be given, and raises in the dark."""

import pytest

from custom_components.ev_charger_pool.pool.model import MAIN, Capability, Circuit
from custom_components.ev_charger_pool.simulation.judge import judge
from custom_components.ev_charger_pool.simulation.scenario import Fault, FaultKind, MeterModel
from tests.simulation.draft import TWO, Draft, box
from tests.simulation.small import ONE

PACED = box(capability=Capability(maximum=16.0, write_interval=30.0))


def broken(draft: Draft, *, own_rules: bool = True) -> tuple[str, ...]:
    return judge(draft.record(), own_rules=own_rules).broken


@pytest.mark.parametrize("amperes", [0.0, 6.0, 16.0])
def test_orders_that_are_fine(amperes: float) -> None:
    draft = Draft()
    draft.order(100.0, amperes)

    assert broken(draft) == ()


@pytest.mark.parametrize(
    ("amperes", "sentence"),
    [
        (5.9, "one: 5.9 A at 0:01:40, below its minimum of 6 A"),
        (16.1, "one: 16.1 A at 0:01:40, above its maximum of 16 A"),
    ],
)
def test_orders_beyond_what_the_charger_offers(amperes: float, sentence: str) -> None:
    draft = Draft()
    draft.order(100.0, amperes, taken=False)

    assert broken(draft) == (sentence,)
    assert broken(draft, own_rules=False) == (sentence,)


def test_only_our_controller_is_told_the_cars_minimum() -> None:
    draft = Draft(boxes=(box(car_minimum=8.0),))
    draft.order(100.0, 7.0)

    assert broken(draft) == ("one: 7 A at 0:01:40, below its minimum of 8 A",)
    assert broken(draft, own_rules=False) == ()


@pytest.mark.parametrize("taken", [True, False])
def test_a_write_before_the_pace_is_over(taken: bool) -> None:
    draft = Draft(boxes=(PACED, box(TWO)))
    draft.order(100.0, 8.0, taken=taken)
    draft.order(101.0, 8.0, TWO)
    draft.order(102.0, 9.0, TWO)
    draft.order(129.0, 9.0)

    assert broken(draft) == ("one: written at 0:02:09, 29 s after the write before, pace 30 s",)


def test_a_write_when_the_pace_is_over() -> None:
    draft = Draft(boxes=(PACED,))
    draft.order(100.0, 8.0)
    draft.order(130.0, 9.0)

    assert broken(draft) == ()


def test_a_controller_that_was_started_in_between_knows_nothing_of_the_write_before() -> None:
    draft = Draft(boxes=(PACED,), faults=(Fault(kind=FaultKind.CRASH, at=105.0, until=110.0),))
    draft.order(100.0, 8.0)
    draft.order(112.0, 8.0)
    assert broken(draft) == ()

    draft.order(120.0, 8.0)
    assert broken(draft) == ("one: written at 0:02:00, 8 s after the write before, pace 30 s",)


def dark(kind: FaultKind = FaultKind.METER_SILENT, target: str = MAIN, **changed: object) -> Draft:
    """A meter that tells nothing, or not all, from 0:01:40 on; the first charger uses L1 and L3."""
    draft = Draft(faults=(Fault(kind=kind, target=target, at=100.0, until=300.0, line=1),), **changed)
    draft.limits[ONE][:] = 8.0
    draft.drawn[ONE][:] = (8.0, 0.0, 8.0)
    return draft


RAISED = "one: raised from 8 A to 9 A at 0:01:51, while the meter of main was silent"


def test_a_raise_in_the_dark() -> None:
    draft = dark()
    draft.order(111.0, 9.0)

    assert broken(draft) == (RAISED,)
    assert broken(draft, own_rules=False) == ()


@pytest.mark.parametrize(
    ("at", "amperes", "taken"),
    [(110.0, 9.0, True), (300.0, 9.0, True), (111.0, 8.0, True), (111.0, 6.0, True), (111.0, 9.0, False)],
    ids=["fresh still", "told again", "the same", "a cut", "refused"],
)
def test_no_raise_in_the_dark(at: float, amperes: float, taken: bool) -> None:
    draft = dark()
    draft.order(at, amperes, taken=taken)

    assert broken(draft) == ()


def test_a_slow_meter_may_be_older() -> None:
    draft = dark(meters={MAIN: MeterModel(interval=10.0, delay=5.0)})
    draft.order(135.0, 9.0)
    assert broken(draft) == ()

    draft.order(136.0, 9.0)
    assert len(broken(draft)) == 1


def test_a_missing_line_counts_for_those_that_use_it() -> None:
    draft = dark(FaultKind.PHASE_MISSING)
    draft.order(111.0, 9.0)
    assert broken(draft) == ()

    draft.drawn[ONE][:, 1] = 8.0
    assert broken(draft) == (RAISED,)


def test_the_meter_of_another_branch_may_be_silent() -> None:
    garage = Circuit(id="garage", name="Garage", parent=MAIN, fuse=(25.0, 25.0, 25.0), metered=True)
    meters = {MAIN: MeterModel(), "garage": MeterModel()}
    draft = dark(target="garage", circuits=(garage,), boxes=(box(), box(TWO, circuit="garage")), meters=meters)
    draft.order(111.0, 9.0)
    assert broken(draft) == ()

    draft.limits[TWO][:] = 8.0
    draft.order(112.0, 9.0, TWO)
    assert broken(draft) == ("two: raised from 8 A to 9 A at 0:01:52, while the meter of garage was silent",)


@pytest.mark.parametrize(("second", "wrong"), [(89, False), (90, True), (100, True), (110, True), (111, False)])
def test_phases_are_switched_without_load_and_away_from_it(second: int, wrong: bool) -> None:
    draft = Draft()
    draft.drawn[ONE][second] = (6.0, 0.0, 0.0)
    draft.order(100.0, 0.0, phases=3)

    sentence = "one: told to use 3 of its phases at 0:01:40, with 6.0 A within 10 s of it"
    assert broken(draft, own_rules=False) == ((sentence,) if wrong else ())


def test_a_limit_may_be_written_under_load() -> None:
    draft = Draft()
    draft.drawn[ONE][100] = (6.0, 6.0, 6.0)
    draft.order(100.0, 8.0)

    assert broken(draft) == ()
