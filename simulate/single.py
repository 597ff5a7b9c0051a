"""One scenario file: its table, and on request all figures and a picture."""

import errno
import json
from pathlib import Path

from custom_components.ev_charger_pool.simulation.scenario_file import read_scenario

from .document import document
from .progress import Progress
from .table import table
from .trial import play


def run_file(path: Path, json_path: Path | None, plot_path: Path | None) -> int:
    """Run a scenario and print its table; 1 where a rule was broken.

    Args:
        path: Of the scenario.
        json_path: Where all figures and a series go.
        plot_path: Where the picture goes.

    Raises:
        ScenarioError: What is wrong with the file.
        OSError: A result cannot be written.
    """
    scenario = read_scenario(path)
    for wanted in (json_path, plot_path):
        if wanted is not None and not wanted.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(wanted.parent))
    progress = Progress()
    trial = play(
        scenario, lambda second: progress.tell(f"{scenario.name}: {100 * second // scenario.seconds} % of the time")
    )
    progress.clear()
    print(table(trial), flush=True)
    if json_path is not None:
        json_path.write_text(json.dumps(document(trial), allow_nan=False) + "\n", encoding="utf-8")
    if plot_path is not None:
        from .plot import plot  # noqa: PLC0415  loading what draws takes as long as a short scenario

        plot(trial.record, plot_path)
    return 1 if trial.verdict.broken else 0
