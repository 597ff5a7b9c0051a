from datetime import UTC, datetime

import pytest

from custom_components.ev_charger_pool.pool.model import MAIN, Now, Why
from custom_components.ev_charger_pool.simulation.pool_controller import PoolController
from custom_components.ev_charger_pool.simulation.run import run
from custom_components.ev_charger_pool.simulation.scenario import Appliance, Fault, FaultKind, Household
from tests.simulation.small import ONE, scenario

NOON = Now(0.0, datetime(2026, 11, 20, 12, tzinfo=UTC))


def test_it_shares_the_fuse_with_the_house() -> None:
    kettle = Appliance(name="kettle", amperes=(14.0, 0.0, 0.0), periods=((300, 420),))
    small = scenario(seconds=600, households={MAIN: Household(base=(1.0, 2.0, 3.0), appliances=(kettle,))})
    record = run(small, PoolController())
    assert record.limits[299, 0] == 16
    assert 6 <= record.limits[310, 0] <= 10
    assert (record.currents[315:, 0] <= 25.1).all()
    assert record.changes[0].at == 0
    assert {change.charger for change in record.changes} == {ONE}
    assert any(change.why is Why.FUSE for change in record.changes if 300 <= change.at < 420)


def test_it_hands_over_when_home_assistant_stops_and_goes_on_after() -> None:
    gone = (Fault(kind=FaultKind.RESTART, at=300, until=400),)
    record = run(scenario(seconds=700, faults=gone), PoolController())
    assert record.limits[299, 0] == 16
    assert (record.limits[301:400, 0] == 6).all()
    assert record.limits[-1, 0] == 16


def test_it_has_to_be_started() -> None:
    with pytest.raises(RuntimeError, match="not started"):
        PoolController().step(NOON, [], [])
