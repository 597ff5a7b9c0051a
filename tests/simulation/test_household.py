from datetime import UTC, datetime

import numpy as np
import pytest

from custom_components.ev_charger_pool.simulation.household import household_load
from custom_components.ev_charger_pool.simulation.scenario import Appliance, Household
from custom_components.ev_charger_pool.simulation.traces import trace, trace_names

MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
DAY = 86_400


def load(household: Household, seconds: int = 100, start: datetime = MIDNIGHT, seed: int = 1) -> np.ndarray:
    return household_load(household, seconds=seconds, start=start, seed=(seed,))


def test_the_base_always_flows() -> None:
    assert (load(Household(base=(1.0, -2.0, 3.0)), 5) == [[1, -2, 3]] * 5).all()


def test_the_ripple_is_as_strong_as_asked_and_most_of_it_lasts() -> None:
    ripple = load(Household(base=(5.0, 5.0, 5.0), noise=0.4), DAY) - 5
    assert ripple.std(axis=0) == pytest.approx(0.4, rel=0.05)
    assert ripple.mean(axis=0) == pytest.approx(0.0, abs=0.05)
    one = ripple[:, 0] / ripple[:, 0].std()
    for seconds in (1, 20, 200):
        assert np.mean(one[seconds:] * one[:-seconds]) == pytest.approx(0.8 * np.exp(-seconds / 20), abs=0.06)
    assert abs(np.corrcoef(ripple.T)[0, 1]) < 0.1


def test_the_seed_decides() -> None:
    household = Household(noise=0.3)
    assert (load(household) == load(household)).all()
    assert (load(household) != load(household, seed=2)).all()


def test_an_appliance_draws_from_the_first_second_of_its_periods_to_the_last() -> None:
    kettle = Appliance(name="kettle", amperes=(9.0, 0.0, 1.0), periods=((10, 20), (50, 52)))
    drawn = load(Household(base=(1.0, 1.0, 1.0), appliances=(kettle,)))
    assert np.flatnonzero(drawn[:, 0] == 10).tolist() == [*range(10, 20), 50, 51]
    assert (drawn[:, 1] == 1).all()
    assert drawn[10, 2] == 2


def test_a_cycle_begins_anew_with_every_period() -> None:
    hob = Appliance(name="hob", amperes=(8.0, 0.0, 0.0), periods=((5, 20), (40, 46)), cycle=(3, 4))
    assert np.flatnonzero(load(Household(appliances=(hob,)))[:, 0]).tolist() == [5, 6, 7, 12, 13, 14, 19, 40, 41, 42]


def test_periods_that_overlap_count_once() -> None:
    oven = Appliance(name="oven", amperes=(8.0, 0.0, 0.0), periods=((5, 20), (10, 30)))
    assert load(Household(appliances=(oven,)))[:, 0].max() == 8


def test_a_day_of_a_trace_peaks_where_it_is_scaled_to() -> None:
    drawn = load(Household(base=(1.0, 0.0, 0.0), trace=("h1", "h2", "h7"), trace_peak=12.0), DAY)
    assert drawn.max(axis=0) == pytest.approx([13, 12, 12])
    assert (drawn > 0).all()


def test_a_trace_is_entered_at_the_time_of_day_and_goes_on_after_midnight() -> None:
    household = Household(trace=("h1", "h2", "h3"))
    day = load(household, DAY)
    evening = load(household, 3600, start=datetime(2026, 11, 20, 23, 30, 15, tzinfo=UTC))
    second = 23 * 3600 + 30 * 60 + 15
    assert evening[: DAY - second] == pytest.approx(day[second:])
    assert evening[DAY - second :] == pytest.approx(day[: 3600 - (DAY - second)])


def test_a_trace_stands_for_a_minute() -> None:
    values = trace("h1", peak=10.0, second=0.0, seconds=DAY).reshape(-1, 60)
    assert (values == values[:, :1]).all()
    assert (values[1:, 0] != values[:-1, 0]).any()


def test_a_trace_of_no_house_is_refused() -> None:
    with pytest.raises(ValueError, match=r"trace: there is no house 'h99', only h1, .*h12"):
        load(Household(trace=("h1", "h99", "h2")))
    assert len(trace_names()) == 12
