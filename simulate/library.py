"""All scenarios of a folder: a line each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from custom_components.ev_charger_pool.simulation.scenario import Scenario
from custom_components.ev_charger_pool.simulation.scenario_file import read_library

from .progress import Progress
from .table import counted, duration, percent, sentences, share_of
from .trial import play
from .workers import ended_by, spread

_HEADING = ("kWh", "of oracle", "at once", "stops", "changes/h", "over", "relief", "heat")


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in one line.

    Args:
        cells: As the heading names them.
        share: Of what the oracle gives, None where that is nothing or cannot be compared.
        broken: A sentence per broken rule.
    """

    cells: tuple[str, ...]
    share: float | None
    broken: tuple[str, ...]


def run_library(folder: Path, processes: int) -> int:
    """Run every scenario and print a line for each and a summary; 1 where a rule was broken.

    Args:
        folder: Of the scenarios.
        processes: How many run at the same time.

    Raises:
        ScenarioError: What is wrong with a file.
    """
    library = read_library(folder)
    width = max(len(scenario.name) for scenario in library)
    print(_row("scenario", _HEADING, width))
    progress = Progress()
    summaries = []
    for done, (scenario, result) in enumerate(spread(summarise, library, processes), 1):
        summary = Summary((), None, ended_by(result)) if isinstance(result, BaseException) else result
        summaries.append(summary)
        progress.clear()
        print("\n".join((_row(scenario.name, summary.cells, width), *sentences(summary.broken))), flush=True)
        progress.tell(f"{done} of {len(library)} scenarios")
    progress.clear()
    print(_total(library, summaries))
    return 1 if any(summary.broken for summary in summaries) else 0


def summarise(scenario: Scenario) -> Summary:
    """Run one scenario."""
    trial = play(scenario)
    verdict = trial.verdict
    events = [event for line in verdict.lines for event in line.events]
    longest = max(events, key=lambda event: event.relief, default=None)
    changes = verdict.changes_per_car_hour
    cells = (
        f"{verdict.energy / 1000:.1f}",
        share_of(trial.energy),
        share_of(trial.energy_at_once),
        str(verdict.stops),
        "-" if changes is None else f"{changes:.1f}",
        f"{verdict.over_seconds} s",
        "-" if longest is None else f"{longest.relief} of {longest.bound:g} s",
        f"{verdict.heat:.0f} %",
    )
    return Summary(cells, None if trial.energy is None else trial.energy.share, verdict.broken)


def _row(name: str, cells: Sequence[str], width: int) -> str:
    numbers = [cell.rjust(wide) for cell, wide in zip(cells, (6, 9, 7, 5, 9, 6, 10, 5), strict=False)]
    return "  ".join((name.ljust(width), *numbers)).rstrip()


def _total(library: Sequence[Scenario], summaries: Sequence[Summary]) -> str:
    broken = sum(bool(summary.broken) for summary in summaries)
    simulated = duration(sum(scenario.seconds for scenario in library))
    text = f"{counted(len(library), 'scenario')}, {simulated}: {broken} broken"
    shares = {
        scenario.name: summary.share
        for scenario, summary in zip(library, summaries, strict=True)
        if summary.share is not None
    }
    if shares:
        least = min(shares, key=lambda name: shares[name])
        text += (
            f"; {percent(fmean(shares.values()))} of the oracle on average, at least {percent(shares[least])} ({least})"
        )
    return text
