from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from custom_components.ev_charger_pool.pool.model import (
    MAIN,
    Capability,
    ChargerReading,
    Feed,
    Limit,
    Now,
    Reading,
    VehicleState,
    Write,
)
from custom_components.ev_charger_pool.simulation.controller import Orders
from custom_components.ev_charger_pool.simulation.record import NO_CAR, Order, Record
from custom_components.ev_charger_pool.simulation.run import STARTED, run
from custom_components.ev_charger_pool.simulation.scenario import (
    ChargerModel,
    Fault,
    FaultKind,
    LimitChange,
    MeterModel,
)
from tests.simulation.small import ONE, START, Fixed, car, scenario


def fault(kind: FaultKind, at: float, until: float, target: str = ONE, **more: float) -> tuple[Fault, ...]:
    return (Fault(kind=kind, target=target, at=at, until=until, **more),)


def limits(record: Record) -> list[float]:
    return [float(limit) for limit in record.limits[:, 0]]


def changes(values: list[float]) -> dict[int, float]:
    """By second the values that differ from the ones before."""
    return {0: values[0]} | {
        second: after for second, (before, after) in enumerate(pairwise(values), 1) if after != before
    }


def test_the_draw_follows_the_limit_by_latency_and_reaction() -> None:
    record = run(scenario(), Fixed({20: {ONE: 16.0}, 40: {ONE: 8.0}}))
    assert changes(limits(record)) == {0: 6, 21: 16, 41: 8}
    # Written 0.2 s after the decision, 1 s to the pilot, 5 s to the car: the next whole second.
    assert changes(record.drawn[:, 0, 1].tolist()) == {0: 0, 6: 6, 27: 16, 47: 8}
    assert record.orders == (
        Order(at=20, charger=ONE, amperes=16, taken=True),
        Order(at=40, charger=ONE, amperes=8, taken=True),
    )


def test_the_record_has_what_was_true() -> None:
    record = run(scenario(cars=(car(arrives=5, leaves=50),)), Fixed({0: {ONE: 10.0}}))
    assert (record.circuits, record.chargers) == ((MAIN,), (ONE,))
    assert record.currents.shape == record.house.shape == (60, 1, 3)
    assert (record.limits.shape, record.drawn.shape) == ((60, 1), (60, 1, 3))
    assert (record.cars.shape, record.charged.shape) == ((60, 1), (60, 1))
    assert (record.house == [[[1, 2, 3]]] * 60).all()
    assert (record.currents == record.house + record.drawn).all()
    assert record.cars[:, 0].tolist() == [NO_CAR] * 5 + [0] * 45 + [NO_CAR] * 10
    drawn = record.drawn[:, 0].sum(axis=1)
    assert record.charged[-1, 0] == pytest.approx(drawn.sum() * 230 / 3600)
    assert record.breaches == record.changes == ()


def test_a_run_without_cars() -> None:
    record = run(scenario(cars=()), Fixed())
    assert record.charged.shape == (60, 0)
    assert not record.drawn.any()


def test_both_clocks_run_from_the_beginning() -> None:
    controller = Fixed()
    small = scenario()
    run(small, controller)
    assert controller.starts == [(Now(STARTED, small.start), small.settings)]
    assert controller.steps == [Now(START + second, small.start + timedelta(seconds=second)) for second in range(60)]


def test_progress_tells_every_second() -> None:
    told: list[int] = []
    run(scenario(seconds=5), Fixed(), told.append)
    assert told == [0, 1, 2, 3, 4]


def test_steps_only_on_news_and_when_it_wakes() -> None:
    class Sleeper(Fixed):
        def step(self, now: Now, readings: list[Reading], acks: list) -> Orders:
            return replace(super().step(now, readings, acks), wake=now.monotonic + 12)

    capability = Capability(poll_interval=50.0)
    slow = scenario(seconds=100, capability=capability, meters={MAIN: MeterModel(interval=30.0)})
    sleepy, writing = Sleeper(), Fixed({60: {ONE: 10.0}})
    run(slow, sleepy)
    assert [now.monotonic - START for now in sleepy.steps] == [0, 12, 24, 30, 42, 50, 60, 72, 84, 90]
    run(slow, writing)
    assert [now.monotonic - START for now in writing.steps] == [0, 30, 50, 60, 61, 90]


def test_chargers_are_polled_one_after_the_other() -> None:
    small = scenario(capability=Capability(poll_interval=5.0))
    [first] = small.site.chargers
    controller = Fixed()
    run(
        replace(
            small,
            site=replace(small.site, chargers=(first, replace(first, id="two", name="Two"))),
            chargers={ONE: ChargerModel(lines=(0, 1, 2)), "two": ChargerModel(lines=(0, 1, 2))},
        ),
        controller,
    )
    told = [reading for reading in controller.readings if isinstance(reading, ChargerReading)]
    for charger, first_poll in ((ONE, 0), ("two", 1)):
        own = [reading for reading in told if reading.source == charger]
        assert [reading.taken - START for reading in own] == list(range(first_poll, 60, 5))
        assert [reading.sequence for reading in own] == list(range(1, 13))
        assert all(reading.asked == pytest.approx(reading.taken - 0.2) for reading in own)


def test_a_charger_tells_what_is_true() -> None:
    controller = Fixed({0: {ONE: 10.0}})
    record = run(scenario(), controller)
    last = [reading for reading in controller.readings if isinstance(reading, ChargerReading)][-1]
    assert (last.amperes, last.state, last.limit) == ((10, 10, 10), VehicleState.C, 10)
    assert last.session_wh == last.total_wh == pytest.approx(record.charged[58, 0])


def test_one_that_does_not_measure_tells_no_current() -> None:
    controller = Fixed()
    run(scenario(capability=Capability(measures=False)), controller)
    told = [reading for reading in controller.readings if isinstance(reading, ChargerReading)]
    assert {reading.amperes for reading in told} == {(None, None, None)}


def test_writes_are_confirmed_a_little_later() -> None:
    controller = Fixed({10: {ONE: 8.0}})
    run(scenario(), controller)
    [ack] = controller.acks
    assert (ack.charger, ack.number, ack.amperes, ack.error) == (ONE, 1, 8, None)
    assert ack.at == pytest.approx(START + 10.2)


def test_a_meter_tells_the_true_current() -> None:
    controller = Fixed({0: {ONE: 10.0}})
    record = run(scenario(), controller)
    assert [reading.amperes for reading in controller.heard] == pytest.approx(
        [tuple(row) for row in record.currents[:, 0]]
    )


# What fails


def test_a_silent_charger_goes_on_and_its_writes_time_out() -> None:
    controller = Fixed({20: {ONE: 16.0}, 40: {ONE: 8.0}})
    record = run(scenario(faults=fault(FaultKind.CHARGER_SILENT, 15, 31)), controller)
    assert changes(limits(record)) == {0: 6, 41: 8}
    assert [order.taken for order in record.orders] == [False, True]
    lost, taken = controller.acks
    assert (lost.at - START, lost.error) == (23, "no answer")
    assert taken.error is None
    assert [failure.at - START for failure in controller.failures] == list(range(16, 31, 2))


def test_a_write_arrives_before_the_silence_that_begins_after_it() -> None:
    controller = Fixed({14: {ONE: 16.0}, 30: {ONE: 8.0}})
    record = run(scenario(faults=fault(FaultKind.CHARGER_SILENT, 15, 31)), controller)
    assert changes(limits(record)) == {0: 6, 15: 16}
    assert [order.taken for order in record.orders] == [True, False]


def test_the_watchdog_of_a_silent_charger_expires() -> None:
    capability = Capability(feed=Feed.ANY_REQUEST, maximum=16.0)
    model = {ONE: ChargerModel(lines=(0, 1, 2), limit=16.0, timeout=10.0, fall_back=6.0)}
    silent = fault(FaultKind.CHARGER_SILENT, 15, 60)
    record = run(scenario(capability=capability, chargers=model, faults=silent), Fixed())
    assert changes(limits(record)) == {0: 16, 24: 6}
    fed_by_writes = replace(capability, feed=Feed.WRITE)
    record = run(scenario(capability=fed_by_writes, chargers=model), Fixed({5: {ONE: 12.0}}))
    assert changes(limits(record)) == {0: 16, 6: 12, 16: 6}


def test_one_that_ignores_a_limit_confirms_it() -> None:
    controller = Fixed({20: {ONE: 16.0}, 40: {ONE: 8.0}})
    record = run(scenario(faults=fault(FaultKind.LIMIT_IGNORED, 10, 30)), controller)
    assert changes(limits(record)) == {0: 6, 41: 8}
    assert [ack.error for ack in controller.acks] == [None, None]


def test_one_that_refuses_says_so() -> None:
    controller = Fixed({20: {ONE: 16.0}})
    record = run(scenario(faults=fault(FaultKind.WRITES_FAIL, 10, 30)), controller)
    assert changes(limits(record)) == {0: 6}
    assert [order.taken for order in record.orders] == [False]
    assert [ack.error for ack in controller.acks] == ["refused"]
    assert not controller.failures


def test_another_master_writes_again_and_again() -> None:
    meddling = fault(FaultKind.OTHER_MASTER, 10, 45, amperes=13.0, period=20.0)
    record = run(scenario(faults=meddling), Fixed({15: {ONE: 8.0}, 40: {ONE: 9.0}}))
    assert changes(limits(record)) == {0: 6, 10: 13, 16: 8, 30: 13, 41: 9}


def test_a_reboot_forgets_the_limit() -> None:
    model = {ONE: ChargerModel(lines=(0, 1, 2), reboot_default=14.0)}
    controller = Fixed({0: {ONE: 10.0}, 25: {ONE: 7.0}})
    record = run(scenario(chargers=model, faults=fault(FaultKind.CHARGER_REBOOTS, 20, 30)), controller)
    assert changes(limits(record)) == {0: 6, 1: 10, 20: 0, 30: 14}
    # Back at the pilot after 1 s and at the car after another 5 s.
    assert changes(record.drawn[:, 0, 0].tolist()) == {0: 0, 6: 6, 7: 10, 20: 0, 36: 14}
    assert [ack.error for ack in controller.acks] == [None, "no answer"]
    assert len(controller.failures) == 5


def test_a_restart_hands_over_and_begins_anew() -> None:
    controller = Fixed({0: {ONE: 10.0}, 12: {ONE: 11.0}})
    gone = fault(FaultKind.RESTART, 20, 40, target="")
    small = scenario(faults=gone)
    record = run(small, controller)
    assert [now.monotonic - START for now in controller.stops] == [20]
    assert [now.monotonic - START for now, _ in controller.starts] == [0, 40]
    assert controller.starts[1][1] == small.settings
    assert [now.monotonic - START for now in controller.steps] == [*range(20), *range(40, 60)]
    assert changes(limits(record)) == {0: 6, 1: 10, 13: 11, 21: 7}
    assert record.orders[-1] == Order(at=20, charger=ONE, amperes=7, taken=True)
    assert len(controller.acks) == 2


def test_a_crash_hands_nothing_over() -> None:
    controller = Fixed({0: {ONE: 10.0}})
    record = run(scenario(faults=fault(FaultKind.CRASH, 20, 40, target="")), controller)
    assert controller.stops == []
    assert len(controller.starts) == 2
    assert changes(limits(record)) == {0: 6, 1: 10}


def test_a_write_sent_before_a_crash_still_arrives_and_nobody_hears_of_it() -> None:
    controller = Fixed({19: {ONE: 10.0}})
    record = run(scenario(faults=fault(FaultKind.CRASH, 20, 40, target="")), controller)
    assert changes(limits(record)) == {0: 6, 20: 10}
    assert controller.acks == []


def test_the_wall_clock_jumps_and_the_monotonic_one_does_not() -> None:
    controller = Fixed()
    small = scenario(faults=fault(FaultKind.CLOCK_JUMPS, 10, 30, target="", seconds=-3600.0))
    run(small, controller)
    shift = [(now.wall - small.start).total_seconds() - second for second, now in enumerate(controller.steps)]
    assert shift == [0] * 10 + [-3600] * 20 + [0] * 30
    assert [now.monotonic for now in controller.steps] == [START + second for second in range(60)]


def test_a_silent_meter_reaches_nobody() -> None:
    controller = Fixed()
    run(scenario(faults=fault(FaultKind.METER_SILENT, 10, 20, target=MAIN)), controller)
    assert [reading.taken - START for reading in controller.heard] == [*range(10), *range(20, 60)]


@pytest.mark.parametrize(
    ("kind", "target", "message"),
    [
        (FaultKind.METER_FROZEN, "garage", "faults: meter_frozen at 'garage', which has no meter"),
        (FaultKind.CHARGER_SILENT, MAIN, "faults: charger_silent at 'main', which is no charger"),
    ],
)
def test_refuses_faults_of_what_is_not_there(kind: FaultKind, target: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run(scenario(faults=fault(kind, 0, 10, target=target)), Fixed())


# Rules of the devices and limits from outside


def test_writes_that_come_too_soon_are_refused_and_noted() -> None:
    controller = Fixed({10: {ONE: 8.0}, 15: {ONE: 9.0}, 20: {ONE: 10.0}})
    record = run(scenario(capability=Capability(write_interval=10.0)), controller)
    assert changes(limits(record)) == {0: 6, 11: 8, 21: 10}
    assert [order.taken for order in record.orders] == [True, False, True]
    assert [ack.error for ack in controller.acks] == [None, "too soon: 5 s after the write before", None]


def test_limits_from_outside_come_and_go() -> None:
    small = scenario()
    dim = Limit(id="dim", source="grid", target=ONE, value=8.0, expires=small.start)
    peak = Limit(id="peak", source="peak", target=MAIN, value=20.0)
    controller = Fixed()
    run(
        replace(small, limits=(LimitChange(at=10, until=30, limit=dim), LimitChange(at=20, until=50, limit=peak))),
        controller,
    )
    standing = replace(dim, expires=None)
    assert [(now.monotonic - START, settings.limits) for now, settings in controller.changes] == [
        (10, (standing,)),
        (20, (standing, peak)),
        (30, (peak,)),
        (50, ()),
    ]


def test_limits_outlive_a_restart() -> None:
    peak = Limit(id="peak", source="peak", target=MAIN, value=20.0)
    gone = fault(FaultKind.RESTART, 5, 20, target="")
    controller = Fixed()
    run(scenario(faults=gone, limits=(LimitChange(at=10, until=30, limit=peak),)), controller)
    assert [settings.limits for _, settings in controller.starts] == [(), (peak,)]
    assert [(now.monotonic - START, settings.limits) for now, settings in controller.changes] == [(30, ())]


def test_breaches_that_the_controller_tells_are_kept() -> None:
    class Guilty(Fixed):
        def step(self, now: Now, readings: list[Reading], acks: list) -> Orders:
            return Orders(breaches=("too much",) if now.monotonic == START + 7 else ())

        def stop(self, now: Now) -> tuple[Write, ...]:
            return ()

    assert run(scenario(), Guilty()).breaches == ((7, "too much"),)


def test_the_same_scenario_runs_the_same() -> None:
    noisy = scenario(
        seconds=300,
        households={MAIN: replace(scenario().households[MAIN], noise=0.5)},
        faults=fault(FaultKind.METER_ABSURD, 50, 250, target=MAIN),
    )
    controllers = [Fixed({20: {ONE: 10.0}}) for _ in range(2)]
    records = [run(noisy, controller) for controller in controllers]
    assert np.array_equal(records[0].currents, records[1].currents)
    assert repr(controllers[0].heard) == repr(controllers[1].heard)
