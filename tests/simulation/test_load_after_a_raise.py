"""A load that comes on while a raise takes effect lowers cars, and pauses none that still fits."""

from pathlib import Path

import pytest

from custom_components.ev_charger_pool.simulation.scenario_file import read_scenario
from simulate.trial import run_and_judge

RAISED = 413
"""When the three-phase car is given the room that the hob has left, s."""
HOUSE = """
about: A kettle comes on around a raise.
duration: 10 min
seed: 1
fuse: 25
hold: 10 s
window: 30 s
house:
  base: [1.5, 2.0, 1.0]
  noise: 0
  appliances:
    - {name: kettle, amperes: [9.6, 0, 0], periods: [[5 min, 5 min 45 s], [KETTLE s, 10 min]]}
    - {name: hob, amperes: [0, 9.1, 0], periods: [[5 min 5 s, 6 min 5 s]]}
chargers:
  three: {wiring: L1L2L3, maximum: 16, step: 0.1}
  first: {wiring: L1, maximum: 16, step: 0.1}
  second: {wiring: L2, maximum: 16, step: 0.1, poll: 5 s, write_interval: 5 s}
cars:
  - {name: long, charger: three, arrives: 10 s, needs: 60 kWh}
  - {name: one, charger: first, arrives: 10 s, needs: 60 kWh, phases: 1}
  - {name: two, charger: second, arrives: 10 s, needs: 60 kWh, phases: 1}
"""


@pytest.mark.parametrize("kettle", range(RAISED + 1, RAISED + 9))
def test_nobody_is_paused(kettle: int, tmp_path: Path) -> None:
    file = tmp_path / "kettle.yaml"
    file.write_text(HOUSE.replace("KETTLE", str(kettle)), encoding="utf-8")
    _, verdict = run_and_judge(read_scenario(file))
    assert (verdict.stops, verdict.broken) == (0, ())
