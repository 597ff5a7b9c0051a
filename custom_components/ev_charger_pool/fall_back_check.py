"""Whether the fuses bear what chargers do without us (R15): worked out now and then, as it only changes slowly."""

from collections.abc import Mapping
import math

from .pool.fall_back import Shortfall, fall_back_shortfalls
from .pool.meter import Meter
from .pool.model import LINES, MAIN, Amperes
from .pool.state import Settings, State

INTERVAL = 900.0
"""Seconds after which it is worked out again."""


def shortfalls(state: State) -> tuple[Shortfall, ...]:
    """Every fuse and line that would be overloaded if nobody steered the chargers any more."""
    return fall_back_shortfalls(state.settings.site, _worst_houses(state))


def _worst_houses(state: State) -> Mapping[str, Amperes]:
    """By circuit id the highest house load that is known; a circuit where a line has shown none is left out."""
    worst: dict[str, Amperes] = {}
    for key, meter in state.meters.items():
        chosen = state.settings.worst_house if key == MAIN else None
        loads = [_worst(meter, line, chosen) for line in range(LINES)]
        if None not in loads:
            first, second, third = (load or 0.0 for load in loads)
            worst[key] = first, second, third
    return worst


def _worst(meter: Meter, line: int, chosen: Amperes | None) -> float | None:
    """What the user says that the house can draw at most, else what a week has shown."""
    rated = meter.circuit.fuse[line]
    if rated <= 0:
        return 0.0
    if chosen is not None and chosen[line] < rated:
        return chosen[line]
    seen = meter.worst_week(line)
    return None if seen is None else max(seen, 0.0)


class FallBackCheck:
    """The last answer, renewed after a while and when a setting has changed."""

    def __init__(self) -> None:
        self._settings: Settings | None = None
        self._due = -math.inf
        self._found: tuple[Shortfall, ...] = ()

    def found(self, state: State, at: float) -> tuple[Shortfall, ...]:
        """What was found last.

        Args:
            state: What the controller knows.
            at: Monotonic time.
        """
        if at >= self._due or state.settings is not self._settings:
            self._found, self._settings, self._due = shortfalls(state), state.settings, at + INTERVAL
        return self._found
