"""Over-seconds, events and relief in records whose figures are known."""

import pytest

from custom_components.ev_charger_pool.pool.model import MAIN, Capability, Circuit, Grid, Limit, Site, Unit
from custom_components.ev_charger_pool.simulation.events import Event
from custom_components.ev_charger_pool.simulation.judge import Line, judge
from custom_components.ev_charger_pool.simulation.scenario import ChargerModel, LimitChange, MeterModel
from tests.simulation.draft import BOUND, FOREVER, TWO, Draft, box, stay
from tests.simulation.small import ONE

BEGIN = 100
FUSE = 25.0


def over(seconds: int, **changed: object) -> Draft:
    """A car that draws 16 A on L2 beside 10 A of the house, for some seconds."""
    draft = Draft(**changed)
    draft.drawn[ONE][BEGIN : BEGIN + seconds, 1] = 16.0
    return draft


def line(draft: Draft, place: str = "main L2", reaction: float = 0.0) -> Line:
    return next(line for line in judge(draft.record(), reaction=reaction).lines if line.place == place)


def only_event(draft: Draft, place: str = "main L2", reaction: float = 0.0) -> Event:
    (event,) = line(draft, place, reaction).events
    return event


def test_an_event_that_is_relieved_in_time() -> None:
    draft = over(BOUND)

    assert only_event(draft) == Event(at=BEGIN, seconds=BOUND, relief=BOUND, bound=BOUND, peak=26.0)
    assert line(draft).over_seconds == BOUND
    assert judge(draft.record()).broken == ()


def test_an_event_that_lasts_too_long_breaks_a_rule() -> None:
    verdict = judge(over(BOUND + 1).record())

    assert verdict.broken == ("main L2: 9 s above 25 A at 0:01:40, bound 8 s",)
    assert not verdict.relieved
    assert verdict.over_seconds == BOUND + 1


def test_a_tenth_of_an_ampere_is_tolerated() -> None:
    draft = Draft()
    draft.drawn[ONE][BEGIN : BEGIN + 50, 0] = 15.09
    draft.drawn[ONE][BEGIN : BEGIN + 5, 1] = 15.11

    assert line(draft, "main L1").over_seconds == 0
    assert line(draft).over_seconds == 5


def test_what_the_house_does_alone_is_no_over_second() -> None:
    draft = over(50)
    draft.house[MAIN][BEGIN : BEGIN + 50, 1] = 25.2

    assert line(draft).over_seconds == 0
    assert line(draft).peak == pytest.approx(41.2)


def test_a_charger_that_is_not_the_pools_is_house() -> None:
    draft = over(50, boxes=(box(), box(TWO, enabled=False)))
    draft.drawn[TWO][BEGIN : BEGIN + 50, 1] = 15.5

    assert line(draft).over_seconds == 0
    assert line(draft).peak == pytest.approx(41.5)


@pytest.mark.parametrize(("apart", "events", "relief"), [(60, 1, 61), (61, 2, 1)])
def test_over_seconds_up_to_a_minute_apart_are_one_event(apart: int, events: int, relief: int) -> None:
    draft = over(1)
    draft.drawn[ONE][BEGIN + apart, 1] = 16.0

    found = line(draft)

    assert (found.over_seconds, len(found.events)) == (2, events)
    assert found.worst is not None
    assert found.worst.relief == relief


def test_a_house_that_rises_again_begins_a_new_clock() -> None:
    draft = over(14)
    draft.house[MAIN][BEGIN + 6 :, 1] = 11.0

    assert only_event(draft) == Event(at=BEGIN, seconds=14, relief=8, bound=BOUND, peak=27.0)


def test_a_hob_that_comes_on_again_is_no_news() -> None:
    draft = over(30)
    draft.house[MAIN][BEGIN + 6 : BEGIN + 10, 1] = 11.0
    draft.house[MAIN][BEGIN + 20 :, 1] = 11.0

    assert only_event(draft).relief == 24


def test_a_rise_is_new_only_once() -> None:
    """The second clock begins with the rise and not a second later, though that is within 2 s of it."""
    draft = over(15)
    draft.house[MAIN][BEGIN + 6 :, 1] = 11.0

    event = only_event(draft)

    assert (event.relief, event.kept) == (9, False)


def test_a_house_that_rises_by_an_ampere_in_two_seconds_begins_a_new_clock() -> None:
    draft = over(14)
    draft.house[MAIN][BEGIN + 6, 1] = 10.5
    draft.house[MAIN][BEGIN + 7 :, 1] = 11.0

    assert only_event(draft).relief == 7


def test_a_house_that_rises_slowly_begins_no_new_clock() -> None:
    draft = over(14)
    for second in range(14):
        draft.house[MAIN][BEGIN + second, 1] = 10.0 + 0.4 * second

    assert only_event(draft).relief == 14


def test_the_worst_clock_of_an_event_counts() -> None:
    draft = over(12)
    draft.house[MAIN][BEGIN + 10 :, 1] = 11.0

    assert only_event(draft).relief == 10


def test_a_phase_that_a_car_adds_begins_a_new_clock() -> None:
    draft = Draft(boxes=(box(), box(TWO)))
    draft.drawn[ONE][:, 1] = 10.0
    draft.drawn[TWO][:, 0] = 6.0
    draft.house[MAIN][BEGIN : BEGIN + 14, 1] = 15.5
    draft.drawn[TWO][BEGIN + 6 : BEGIN + 14, 1] = 6.0

    assert only_event(draft).relief == 8


def test_a_car_that_begins_to_draw_adds_no_phase() -> None:
    draft = Draft(boxes=(box(), box(TWO)))
    draft.drawn[ONE][:, 1] = 10.0
    draft.house[MAIN][BEGIN : BEGIN + 14, 1] = 15.5
    draft.drawn[TWO][BEGIN + 6 : BEGIN + 14] = 6.0

    assert only_event(draft).relief == 14


def arriving(amperes: float, house: float) -> Draft:
    draft = Draft(cars=(stay(arrives=BEGIN),))
    draft.house[MAIN][:, 1] = house
    draft.drawn[ONE][BEGIN : BEGIN + 12, 1] = amperes
    return draft


def test_a_car_that_arrives_may_draw_the_minimum_until_it_can_be_seen() -> None:
    assert only_event(arriving(6.0, 20.0)).at == BEGIN + BOUND
    assert line(arriving(6.0, 20.0)).over_seconds == 12 - BOUND


def test_a_car_that_arrives_may_not_draw_more() -> None:
    assert only_event(arriving(8.0, 18.0)).at == BEGIN
    assert line(arriving(8.0, 18.0)).over_seconds == 12


def test_a_car_that_has_been_there_does_not_stand() -> None:
    draft = arriving(6.0, 20.0)
    draft.scenario = Draft().scenario

    assert line(draft).over_seconds == 12


PACED = Capability(maximum=16.0, latency=1.0, write_interval=30.0)


@pytest.mark.parametrize(
    ("draft", "bound"),
    [
        (over(1), 8),
        (over(1, meters={MAIN: MeterModel(interval=10.0, delay=2.0)}), 19),
        (over(1, chargers={ONE: ChargerModel(lines=(0, 1, 2), latency=3.0)}), 10),
        (over(1, cars=(stay(reaction=8.0),)), 11),
        (over(1, cars=(stay(reaction=2.0),)), 8),
    ],
    ids=["plain", "slow meter", "slow charger", "slow car", "quick car"],
)
def test_the_bound_of_relief(draft: Draft, bound: float) -> None:
    assert only_event(draft).bound == bound


def test_the_bound_has_what_the_controller_itself_may_take() -> None:
    assert only_event(over(1), reaction=30.0).bound == BOUND + 30


@pytest.mark.parametrize(
    ("at", "amperes", "interval", "bound"),
    [
        (90.0, 6.0, 1.0, BOUND + 20),
        (60.0, 6.0, 1.0, BOUND),
        (100.0, 5.0, 10.0, BOUND + 9),
        (104.0, 8.0, 10.0, BOUND + 9 + 34),
        (110.0, 8.0, 10.0, BOUND + 9),
    ],
    ids=["before", "long before", "the cut", "a raise before the meter told", "a raise after it told"],
)
def test_the_rest_of_the_write_pace(at: float, amperes: float, interval: float, bound: float) -> None:
    draft = Draft(boxes=(box(capability=PACED),), meters={MAIN: MeterModel(interval=interval)})
    draft.drawn[ONE][BEGIN, 1] = 16.0
    draft.order(at, amperes)

    assert only_event(draft).bound == bound


def test_a_write_to_a_charger_on_another_line_does_not_count() -> None:
    draft = over(1, boxes=(box(), box(TWO, wiring=(frozenset({0}),), capability=PACED)))
    draft.order(BEGIN - 10, 6.0, TWO)

    assert only_event(draft).bound == BOUND


def sub(**changed: object) -> Circuit:
    return Circuit(id="sub", name="Garage", parent=MAIN, fuse=(20.0, 20.0, 20.0), **changed)


@pytest.mark.parametrize(
    ("meters", "bound"),
    [
        ({MAIN: MeterModel(interval=5.0), "sub": MeterModel(interval=2.0)}, 9),
        ({MAIN: MeterModel(interval=5.0)}, 12),
        ({}, 7),
    ],
    ids=["its own", "the one above", "none"],
)
def test_the_meter_that_tells_of_a_circuit(meters: dict[str, MeterModel], bound: float) -> None:
    draft = Draft(boxes=(box(circuit="sub"),), circuits=(sub(),), meters=meters)
    draft.house["sub"][:] = 5.0
    draft.drawn[ONE][BEGIN, 1] = 15.2

    assert only_event(draft, "sub L2").bound == bound
    assert line(draft).over_seconds == 1
    assert line(draft, "sub L2").peak == pytest.approx(20.2)


def test_without_a_meter_above_those_below_tell() -> None:
    draft = over(1, circuits=(sub(metered=True),), meters={"sub": MeterModel(interval=4.0)})

    assert only_event(draft).bound == 11


def limited(limit: Limit, **changed: object) -> Draft:
    return Draft(limits=(LimitChange(at=200.0, until=300.0, limit=limit),), **changed)


def test_a_limit_in_amperes_counts_while_it_holds() -> None:
    draft = limited(Limit(id="grid", source="grid", target=MAIN, value=12.0))
    draft.drawn[ONE][190:310, 1] = 3.0

    event = only_event(draft, "main L2 (limit grid)")

    assert (event.at, event.seconds, event.peak) == (200, 100, 13.0)
    assert line(draft).over_seconds == 0


def test_the_floor_of_a_limit_counts() -> None:
    draft = limited(Limit(id="grid", source="grid", target=MAIN, value=12.0, floor=13.0))
    draft.drawn[ONE][190:310, 1] = 3.0
    draft.drawn[ONE][250:252, 1] = 4.0

    assert line(draft, "main L2 (limit grid)").over_seconds == 2


def test_a_limit_in_watts_counts_all_lines() -> None:
    draft = limited(Limit(id="grid", source="grid", target=MAIN, value=8_000.0, unit=Unit.WATT))
    draft.drawn[ONE][250:253] = (2.0, 3.0, 0.0)

    event = only_event(draft, "main (limit grid)")

    assert (event.seconds, event.peak) == (3, 35 * 230.0)


def test_a_limit_on_a_charger_does_not_count_the_house() -> None:
    draft = limited(Limit(id="app", source="app", target=ONE, value=8.0))
    draft.drawn[ONE][250:254] = (8.0, 9.0, 0.0)

    event = only_event(draft, "one (limit app)")

    assert (event.seconds, event.peak) == (4, 9.0)


def test_a_limit_on_a_charger_in_watts_is_on_the_power_of_its_phases() -> None:
    draft = limited(Limit(id="app", source="app", target=ONE, value=4_000.0, unit=Unit.WATT))
    draft.drawn[ONE][250:254] = 6.0

    event = only_event(draft, "one (limit app)")

    assert (event.seconds, event.peak) == (4, 3 * 6 * 230.0)


def test_a_phase_between_two_lines_is_half_on_each() -> None:
    between = box(wiring=(frozenset({0, 1}),), capability=Capability(maximum=16.0, phases=1))
    main = Circuit(id=MAIN, name="Main fuse", parent=None, fuse=(25.0, 25.0, 0.0), metered=True)
    draft = limited(
        Limit(id="grid", source="grid", target=MAIN, value=3_000.0, unit=Unit.WATT),
        boxes=(between,),
        site=Site(grid=Grid.SPLIT_PHASE, circuits=(main,), chargers=(between,), voltage=240.0),
    )
    draft.house[MAIN][:] = 0.0
    draft.drawn[ONE][250:254] = (13.0, 13.0, 0.0)

    assert only_event(draft, "main (limit grid)").peak == 13.0 * 240.0


@pytest.mark.parametrize(("lines", "bound"), [((0, 1, 2), BOUND + 20), ((2, 0), BOUND)])
def test_wiring_that_nobody_knows_is_that_of_the_model(lines: tuple[int, ...], bound: float) -> None:
    """Only a charger on the line that is over has to be written."""
    models = {ONE: ChargerModel(lines=(1,)), TWO: ChargerModel(lines=lines)}
    draft = over(1, boxes=(box(), box(TWO, wiring=None, capability=PACED)), chargers=models)
    draft.order(BEGIN - 10, 6.0, TWO)

    assert only_event(draft).bound == bound


def test_a_car_that_leaves_ends_what_stands() -> None:
    """Another car at the same charger has its own time."""
    draft = Draft(
        cars=(
            stay(name="first", arrives=BEGIN, leaves=BEGIN + 3),
            stay(name="second", arrives=BEGIN + 3, leaves=FOREVER),
        )
    )
    draft.house[MAIN][:, 1] = 20.0
    draft.drawn[ONE][BEGIN : BEGIN + 20, 1] = 6.0

    assert only_event(draft).at == BEGIN + 3 + BOUND


@pytest.mark.parametrize(("at", "events"), [(BEGIN + 2, 0), (BEGIN, 1), (BEGIN + 6, 1)])
def test_what_comes_and_goes_between_two_values_of_the_meter_is_no_event(at: int, events: int) -> None:
    """The meter tells at 100 s and at 110 s."""
    draft = Draft(meters={MAIN: MeterModel(interval=10.0)})
    draft.drawn[ONE][at : at + 5, 1] = 16.0

    assert line(draft).over_seconds == 5
    assert len(line(draft).events) == events
