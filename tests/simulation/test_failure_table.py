"""Every row of the failure table in the virtual house: no rule is broken, and the reason says what is the matter."""

from pathlib import Path

import pytest

from custom_components.ev_charger_pool.pool.model import Why
from custom_components.ev_charger_pool.simulation.judge import judge
from custom_components.ev_charger_pool.simulation.pool_controller import PoolController
from custom_components.ev_charger_pool.simulation.run import run
from custom_components.ev_charger_pool.simulation.scenario_file import read_scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios"

ROWS = {
    "meter_silent_30s": {Why.METER_STALE},
    "meter_silent_10min": {Why.METER_STALE, Why.NO_ROOM},
    "phase_missing": {Why.PHASE_MISSING},
    "circuit_meter_silent": {Why.METER_STALE},
    "meter_frozen": {Why.METER_STALE},
    "meter_absurd": set(),
    "charger_silent": {Why.UNREACHABLE},
    "charger_never_seen": {Why.WAITING_FOR_CHARGER},
    "limit_ignored": {Why.LIMIT_IGNORED},
    "car_above_limit": set(),
    "writes_fail": {Why.WRITE_FAILED},
    "other_master": {Why.OTHER_MASTER},
    "charger_reboots": {Why.UNREACHABLE},
    "restart": set(),
    "crash": set(),
    "clock_jumps": set(),
    "everything_fails": {Why.UNREACHABLE, Why.METER_STALE},
}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_the_failure_table(name: str) -> None:
    record = run(read_scenario(SCENARIOS / f"{name}.yaml"), PoolController())
    assert judge(record).broken == ()
    assert ROWS[name] <= {change.why for change in record.changes}
