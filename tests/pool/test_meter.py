"""What is known of a meter, and for how long."""

from dataclasses import replace

import pytest

from custom_components.ev_charger_pool.pool.meter import Age, watch
from custom_components.ev_charger_pool.pool.model import MAIN, Circuit, MeterReading, PerLine

LATER = 10_000.0
CIRCUIT = Circuit(id=MAIN, name="Main fuse", parent=None, fuse=(25.0, 25.0, 25.0), metered=True)


def reading(sequence: int, taken: float, amperes: PerLine = (1.0, 2.0, 3.0)) -> MeterReading:
    return MeterReading(source=MAIN, sequence=sequence, taken=taken, amperes=amperes)


@pytest.mark.parametrize(
    ("interval", "allowed"),
    [(1.0, 10.0), (5.0, 15.0), (10.0, 30.0), (60.0, 90.0)],
)
def test_the_allowed_age_follows_the_observed_interval(interval: float, allowed: float) -> None:
    meter = watch(CIRCUIT, 0.0)
    for count in range(6):
        meter = meter.accept(reading(count, count * interval), LATER)
    assert meter.allowed_age == allowed
    last = 5 * interval
    assert meter.age(0, last + allowed) is Age.FRESH
    assert meter.age(0, last + allowed + 0.1) is Age.STALE
    assert meter.changes_at(0, last) == last + allowed
    assert meter.age(0, last + max(60, 2 * allowed) + 0.1) is Age.LOST


def test_one_gap_does_not_make_a_meter_patient() -> None:
    meter = watch(CIRCUIT, 0.0)
    for count, taken in enumerate((0, 1, 2, 3, 63, 64, 65)):
        meter = meter.accept(reading(count, taken), LATER)
    assert meter.allowed_age == 10


def test_readings_out_of_order_doubled_or_from_the_future_are_counted_and_change_nothing() -> None:
    meter = watch(CIRCUIT, 0.0).accept(reading(5, 10.0), 10.0)
    for wrong in (reading(5, 11.0), reading(4, 11.0), reading(6, 9.0), reading(6, 99.0)):
        assert meter.accept(wrong, 12.0) == replace(meter, ignored=1)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 6553.5, -6553.5, None])
def test_what_no_wiring_carries_is_missing(value: float | None) -> None:
    meter = watch(CIRCUIT, 0.0).accept(reading(1, 1.0), 1.0).accept(reading(2, 20.0, (value, 5.0, 6.0)), 20.0)
    assert meter.amperes == (1.0, 5.0, 6.0)
    assert meter.age(0, 20.0) is Age.STALE
    assert meter.age(1, 20.0) is Age.FRESH


def test_a_line_that_the_circuit_does_not_have_is_never_missed() -> None:
    single = Circuit(id=MAIN, name="Main fuse", parent=None, fuse=(25.0, 0.0, 0.0), metered=True)
    meter = watch(single, 0.0).accept(reading(1, 1.0, (4.0, None, None)), 1.0)
    assert meter.lines == (0,)
    assert meter.seen
    assert meter.amperes == (4.0, None, None)


def test_readings_without_a_value_do_not_make_a_meter_patient() -> None:
    meter = watch(CIRCUIT, 0.0)
    for second in range(10):
        meter = meter.accept(reading(second, float(second)), LATER)
    for second in range(10, 60):
        meter = meter.accept(reading(second, float(second), (None, None, None)), LATER)
    assert meter.allowed_age == 10
    assert meter.age(0, 20.0) is Age.STALE
