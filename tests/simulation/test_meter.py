import math

import pytest

from custom_components.ev_charger_pool.pool.model import MAIN, Amperes, MeterReading
from custom_components.ev_charger_pool.simulation.meter import FAR_TOO_HIGH, Meter
from custom_components.ev_charger_pool.simulation.scenario import Fault, FaultKind, MeterModel


def watch(
    model: MeterModel, currents: list[Amperes], faults: dict[int, tuple[Fault, ...]] | None = None, seed: int = 0
) -> list[MeterReading | None]:
    """What is heard in each second while these currents flow; faults are those from a second on."""
    meter = Meter(MAIN, model, voltage=230.0, start=100.0, seed=(seed,))
    heard = []
    for second, amperes in enumerate(currents):
        meter.faults = (faults or {}).get(second, meter.faults)
        if meter.due(100.0 + second):
            meter.measure(100.0 + second, amperes)
        heard.append(meter.hear(100.0 + second))
    return heard


def rising(seconds: int) -> list[Amperes]:
    return [(float(second), 0.0, 0.0) for second in range(seconds)]


def fault(kind: FaultKind, line: int = 0) -> tuple[Fault, ...]:
    return (Fault(kind=kind, target=MAIN, at=0, until=1e6, line=line),)


@pytest.mark.parametrize(
    ("interval", "delay", "heard_at", "values"),
    [
        (1.0, 0.0, [0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6, 7]),
        (3.0, 0.0, [0, 3, 6], [0, 3, 6]),
        (2.5, 0.0, [0, 3, 5], [0, 3, 5]),
        (3.0, 2.0, [2, 5], [0, 3]),
        (1.0, 5.0, [5, 6, 7], [0, 1, 2]),
        (0.2, 0.0, [0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_tells_in_its_interval_and_as_late_as_its_delay(
    interval: float, delay: float, heard_at: list[int], values: list[int]
) -> None:
    heard = watch(MeterModel(interval=interval, delay=delay), rising(8))
    readings = {second: reading for second, reading in enumerate(heard) if reading is not None}
    assert list(readings) == heard_at
    assert [reading.amperes[0] for reading in readings.values()] == values
    assert [reading.taken for reading in readings.values()] == [100.0 + second for second in heard_at]
    assert [reading.sequence for reading in readings.values()] == list(range(1, len(heard_at) + 1))


def only(model: MeterModel, amperes: Amperes) -> MeterReading:
    [reading] = watch(model, [amperes])
    assert reading is not None
    return reading


def test_rounds_to_the_nearest_step() -> None:
    reading = only(MeterModel(resolution=1.0), (6.4, 6.6, -0.7))
    assert (reading.amperes, reading.resolution) == ((6, 7, -1), 1.0)
    assert only(MeterModel(resolution=0.1), (6.04, 6.06, 0.0)).amperes == pytest.approx((6.0, 6.1, 0.0))


def test_magnitudes_have_no_sign_and_active_power_keeps_it() -> None:
    reading = only(MeterModel(signed=False, watts=True), (5.0, -3.0, 0.0))
    assert reading.amperes == (5, 3, 0)
    assert reading.watts == (1150, -690, 0)
    assert only(MeterModel(), (5.0, -3.0, 0.0)).watts == (None, None, None)


def test_a_silent_one_is_not_heard_until_it_speaks_again() -> None:
    heard = watch(MeterModel(), rising(6), {2: fault(FaultKind.METER_SILENT), 4: ()})
    assert [None if reading is None else reading.amperes[0] for reading in heard] == [0, 1, None, None, 4, 5]


def test_a_frozen_one_goes_on_with_its_last_value_as_if_it_was_new() -> None:
    heard = watch(MeterModel(), rising(6), {2: fault(FaultKind.METER_FROZEN), 5: ()})
    assert [reading.amperes[0] for reading in heard if reading] == [0, 1, 1, 1, 1, 5]
    assert [reading.taken for reading in heard if reading] == [100 + second for second in range(6)]
    assert [reading.sequence for reading in heard if reading] == [1, 2, 3, 4, 5, 6]


def test_one_that_is_frozen_from_the_beginning_keeps_its_first_value() -> None:
    heard = watch(MeterModel(), rising(4), {0: fault(FaultKind.METER_FROZEN)})
    assert [reading.amperes[0] for reading in heard if reading] == [0, 0, 0, 0]


def test_absurd_values_come_one_at_a_time_and_by_the_seed() -> None:
    def told(seed: int) -> list[float | None]:
        heard = watch(MeterModel(), [(1.0, 1.0, 1.0)] * 300, {100: fault(FaultKind.METER_ABSURD)}, seed)
        for reading in heard:
            assert reading is not None
            assert sum(value != 1.0 for value in reading.amperes) <= 1
        return [value for reading in heard if reading for value in reading.amperes]

    values = told(1)
    assert repr(values) == repr(told(1)) != repr(told(2))
    assert values[:300] == [1.0] * 300
    absurd = [value for value in values if value != 1.0]
    assert 40 < len(absurd) < 80
    assert {value for value in absurd if not math.isnan(value or 0)} == {FAR_TOO_HIGH}
    assert any(math.isnan(value or 0) for value in absurd)


def test_a_missing_phase_is_not_told_and_never_zero() -> None:
    heard = watch(MeterModel(watts=True), [(1.0, 2.0, 3.0)] * 2, {1: fault(FaultKind.PHASE_MISSING, line=1)})
    assert [reading.amperes for reading in heard if reading] == [(1, 2, 3), (1, None, 3)]
    assert [reading.watts for reading in heard if reading] == [(230, 460, 690), (230, None, 690)]


def test_two_faults_at_once() -> None:
    both = fault(FaultKind.METER_FROZEN) + fault(FaultKind.PHASE_MISSING, line=2)
    heard = watch(MeterModel(), rising(4), {2: both})
    assert [reading.amperes for reading in heard if reading][2:] == [(1, 0, None), (1, 0, None)]
