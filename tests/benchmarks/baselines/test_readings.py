"""What all rules are told."""

from dataclasses import replace
import math

import pytest

from benchmarks.baselines.readings import Readings
from custom_components.ev_charger_pool.pool.model import (
    MAIN,
    ChargerReading,
    Failure,
    Grid,
    Limit,
    MeterReading,
    PerLine,
    Site,
    Unit,
    VehicleState,
)
from custom_components.ev_charger_pool.pool.state import Settings
from tests.benchmarks.baselines.bench import L2, charger, fuse


def settings(**changed: object) -> Settings:
    circuits = replace(fuse(), margin=0.5), fuse("garage", 16.0, metered=False, reserve=(2.0, 0.0, 0.0))
    chargers = charger("one"), charger("two", wiring=L2, circuit="garage")
    return Settings(site=Site(grid=Grid.TN, circuits=circuits, chargers=chargers), **changed)


def mains(amperes: PerLine, sequence: int = 1, watts: PerLine = (None, None, None)) -> MeterReading:
    return MeterReading(source=MAIN, sequence=sequence, taken=float(sequence), amperes=amperes, watts=watts)


def test_limits_are_the_fuse_less_margin_reserve_and_limits_from_outside() -> None:
    readings = Readings(settings())
    main, garage = readings.circuits[MAIN], readings.circuits["garage"]
    assert readings.limits(main) == (24.5, 24.5, 24.5)
    assert readings.limits(garage) == (14.0, 16.0, 16.0)
    assert readings.limit(garage) == 14.0
    dimming = Limit(id="1", source="grid", target=MAIN, value=6_900.0, unit=Unit.WATT)
    floored = Limit(id="2", source="user", target="one", value=2.0, floor=8.0)
    readings.configure(settings(limits=(dimming, floored)))
    assert readings.limits(main) == (10.0, 10.0, 10.0)
    assert [readings.maximum(one) for one in readings.chargers] == [8.0, 16.0]


def test_the_sign_is_that_of_the_power() -> None:
    readings = Readings(settings())
    assert readings.take([mains((5.0, 6.0, 7.0), watts=(-1150.0, 1380.0, None))]) == {MAIN}
    sample = readings.sample(MAIN)
    assert sample is not None
    assert sample.amperes == (-5.0, 6.0, 7.0)
    assert sample.highest == 7.0


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_a_sample_without_a_line_is_none(value: float | None) -> None:
    readings = Readings(settings())
    assert readings.take([mains((1.0, value, 1.0))]) == frozenset()
    assert readings.sample(MAIN) is None


def test_readings_out_of_order_and_of_strangers_are_ignored() -> None:
    readings = Readings(settings())
    readings.take([mains((2.0, 2.0, 2.0), sequence=2)])
    stranger = replace(mains((9.0, 9.0, 9.0), sequence=9), source="cellar")
    assert readings.take([mains((1.0, 1.0, 1.0), sequence=1), stranger]) == frozenset()
    sample = readings.sample(MAIN)
    assert sample is not None
    assert sample.amperes == (2.0, 2.0, 2.0)


def test_a_failed_meter_does_not_answer_until_it_tells_again() -> None:
    readings = Readings(settings())
    assert not readings.answers(MAIN)
    readings.take([mains((1.0, 1.0, 1.0))])
    assert readings.answers(MAIN)
    readings.take([Failure(source=MAIN, at=2.0, error="no answer")])
    assert not readings.answers(MAIN)
    readings.take([mains((1.0, 1.0, 1.0), sequence=3)])
    assert readings.answers(MAIN)


def test_a_car_is_known_to_use_the_phases_it_has_drawn_on_until_it_leaves() -> None:
    readings = Readings(settings())
    one = readings.chargers[0]
    told = ChargerReading(source="one", sequence=1, asked=1.0, taken=1.0, state=VehicleState.C, amperes=(9.0, 0.3, 0.0))
    assert readings.used_lines(one) == {0, 1, 2}
    readings.take([told])
    assert readings.used_lines(one) == {0}
    readings.take([replace(told, sequence=2, state=VehicleState.B, amperes=(0.0, 0.0, 0.0))])
    assert readings.used_lines(one) == {0}
    readings.take([replace(told, sequence=3, state=VehicleState.A, amperes=(0.0, 0.0, 0.0))])
    assert readings.used_lines(one) == {0, 1, 2}


def test_a_charger_that_does_not_measure_draws_its_limit_while_it_charges() -> None:
    silent = charger("one", measures=False)
    readings = Readings(Settings(site=Site(grid=Grid.TN, circuits=(fuse(),), chargers=(silent,))))
    told = ChargerReading(source="one", sequence=1, asked=1.0, taken=1.0, state=VehicleState.C)
    readings.take([told])
    assert readings.drawn(silent, 10.0) == (10.0, 10.0, 10.0)
    readings.take([replace(told, sequence=2, state=VehicleState.B)])
    assert readings.drawn(silent, 10.0) == (0.0, 0.0, 0.0)
