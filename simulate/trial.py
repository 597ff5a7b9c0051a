"""A scenario run with the pool's own controller, and what is to be said of it."""

from collections.abc import Callable
from dataclasses import dataclass

from custom_components.ev_charger_pool.simulation.averages import Window, windows
from custom_components.ev_charger_pool.simulation.energy_share import EnergyShare, energy_share
from custom_components.ev_charger_pool.simulation.judge import Verdict, judge
from custom_components.ev_charger_pool.simulation.known import stuck
from custom_components.ev_charger_pool.simulation.oracle import oracle
from custom_components.ev_charger_pool.simulation.pool_controller import PoolController
from custom_components.ev_charger_pool.simulation.record import Record
from custom_components.ev_charger_pool.simulation.relief import Relief
from custom_components.ev_charger_pool.simulation.run import run
from custom_components.ev_charger_pool.simulation.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A run and how it measures up.

    Args:
        record: What was true.
        verdict: Its figures.
        averages: Every whole window of every limit on an average.
        energy: Beside that of the oracle; None where an average is limited, which the oracle knows nothing of.
        energy_at_once: The same beside the oracle without the window of raises.
    """

    record: Record
    verdict: Verdict
    averages: tuple[Window, ...]
    energy: EnergyShare | None
    energy_at_once: EnergyShare | None

    @property
    def car_shares(self) -> list[float | None]:
        """What each car got of what the oracle gives it, in the order of the scenario."""
        if self.energy is None:
            return [None] * len(self.record.scenario.cars)
        return [car.share for car in self.energy.cars]


def run_and_judge(scenario: Scenario, progress: Callable[[int], None] | None = None) -> tuple[Record, Verdict]:
    """Run a scenario and measure it.

    Args:
        scenario: What to run.
        progress: Told how many seconds are over.
    """
    record = run(scenario, PoolController(), progress)
    return record, judge(record, reaction=PoolController.reaction)


def play(scenario: Scenario, progress: Callable[[int], None] | None = None) -> Trial:
    """Run a scenario, measure it and compare it with the oracle.

    Args:
        scenario: What to run.
        progress: Told how many seconds are over.
    """
    record, verdict = run_and_judge(scenario, progress)
    comparable = not scenario.averages
    return Trial(
        record=record,
        verdict=verdict,
        averages=tuple(windows(record, Relief(record, PoolController.reaction), stuck(record))),
        energy=energy_share(record, oracle(scenario)) if comparable else None,
        energy_at_once=energy_share(record, oracle(scenario, window=False)) if comparable else None,
    )
