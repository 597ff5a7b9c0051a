"""Which lines of which meters are not heard: the same answer for the binary sensor and for Repairs."""

from time import monotonic

from .pool.meter import Age
from .runner import PoolRunner


def silent_lines(runner: PoolRunner) -> dict[str, tuple[int, ...]]:
    """By circuit id the lines whose value is too old to trust; a meter that is new has as long to give its first."""
    now = monotonic()
    lines = {
        circuit: tuple(line for line in meter.lines if meter.age(line, now) is not Age.FRESH)
        for circuit, meter in runner.state.meters.items()
    }
    return {circuit: silent for circuit, silent in lines.items() if silent}
