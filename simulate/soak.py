"""Evenings drawn at random, to find what nobody has thought of."""

from collections.abc import Iterable
from pathlib import Path

from custom_components.ev_charger_pool.simulation.evening import SECONDS, draw_evening
from custom_components.ev_charger_pool.simulation.scenario_file import write_scenario

from .progress import Progress
from .table import counted, sentences
from .trial import run_and_judge
from .workers import ended_by, spread

KEPT = Path(".simulate")
"""Where broken evenings go."""

_SENTENCES = 3
"""So many broken rules of an evening are written out; running its file tells all."""

type Which = tuple[int, int]
"""Seed and number of an evening."""


def run_random(seed: int, evenings: int, processes: int) -> int:
    """Run the first evenings of a seed and print those that break a rule; 1 if there is one.

    Args:
        seed: Of all of them.
        evenings: How many.
        processes: How many run at the same time.

    Raises:
        OSError: A broken evening cannot be saved.
    """
    work = [(seed, number) for number in range(1, evenings + 1)]
    failed, rules = report(spread(broken_rules, work, processes), evenings, KEPT)
    hours = evenings * SECONDS // 3600
    print(
        f"seed {seed}: {counted(evenings, 'evening')}, {counted(hours, 'simulated hour')}, "
        f"{counted(rules, 'broken rule')} in {counted(failed, 'evening')}"
    )
    return 1 if failed else 0


def broken_rules(which: Which) -> tuple[str, ...]:
    """The rules that were broken in an evening."""
    return run_and_judge(draw_evening(*which))[1].broken


def report(
    results: Iterable[tuple[Which, tuple[str, ...] | BaseException]], evenings: int, folder: Path
) -> tuple[int, int]:
    """Tell how far it is, and keep and print the evenings that break a rule.

    Args:
        results: Per evening the sentences about its broken rules, or what ended it.
        evenings: How many there will be.
        folder: Where broken ones go; made if it is not there.

    Returns:
        How many evenings broke a rule, and how many rules were broken.

    Raises:
        OSError: A broken evening cannot be saved.
    """
    progress = Progress()
    failed = rules = 0
    for done, (which, result) in enumerate(results, 1):
        broken = ended_by(result) if isinstance(result, BaseException) else result
        if broken:
            failed, rules = failed + 1, rules + len(broken)
            progress.clear()
            print("\n".join((f"{_keep(which, folder)}:", *sentences(broken, most=_SENTENCES))), flush=True)
        progress.tell(f"{done} of {evenings} evenings, {failed} with a broken rule")
    progress.clear()
    return failed, rules


def _keep(which: Which, folder: Path) -> Path:
    """Save an evening, so that it can be run again."""
    evening = draw_evening(*which)
    path = folder / f"{evening.name}.yaml"
    folder.mkdir(exist_ok=True)
    path.write_text(write_scenario(evening), encoding="utf-8")
    return path
