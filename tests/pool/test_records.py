"""A changed record is what dataclasses.replace would give, a wider one has all that the narrow one had."""

from dataclasses import replace

import pytest

from custom_components.ev_charger_pool.pool.model import Charger, ChargerReading, ChargerValues, VehicleState
from custom_components.ev_charger_pool.pool.outlet import watch
from custom_components.ev_charger_pool.pool.records import changed, field_values


def test_it_gives_what_replace_gives_and_leaves_the_old_one_alone() -> None:
    outlet = watch(Charger(id="a", name="A"), 5.0)
    assert changed(outlet, limit=8.0, stops=2) == replace(outlet, limit=8.0, stops=2)
    assert outlet == watch(Charger(id="a", name="A"), 5.0)


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError, match="limits"):
        changed(watch(Charger(id="a", name="A"), 5.0), limits=8.0)


def test_a_wider_record_has_all_that_the_narrow_one_had() -> None:
    told = ChargerValues(state=VehicleState.C, limit=9.0)
    reading = ChargerReading(source="a", sequence=1, asked=0.0, taken=1.0, **field_values(told))
    assert (reading.state, reading.limit, reading.watts) == (VehicleState.C, 9.0, None)
