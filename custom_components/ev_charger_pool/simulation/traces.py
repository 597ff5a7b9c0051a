"""Measured household loads over a day, one value a minute."""

import csv
from functools import cache
import gzip
from pathlib import Path

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]

_FILE = Path(__file__).parent / "data" / "loads_1min_kw.csv.gz"
_DAY = 86_400
_MINUTE = 60


@cache
def _houses() -> dict[str, Floats]:
    """By name the active power of a single-phase house, kW: (1440,) from midnight on."""
    with gzip.open(_FILE, "rt", encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    table = np.array(rows, dtype=np.float64)
    return {name: table[:, column] for column, name in enumerate(names) if name != "minute"}


def trace_names() -> tuple[str, ...]:
    """The houses there are."""
    return tuple(_houses())


def trace(name: str, *, peak: float, second: float, seconds: int) -> Floats:
    """The load of a house, second by second: the mean of a minute stands for the whole minute, as appliances switch.

    Args:
        name: Of the house.
        peak: Its highest load of the day after scaling, A.
        second: Of the day, at which it is entered; after midnight the same day begins again.
        seconds: How many.

    Returns:
        (seconds,) A.

    Raises:
        ValueError: There is no such house.
    """
    houses = _houses()
    if name not in houses:
        raise ValueError(f"trace: there is no house {name!r}, only {', '.join(houses)}")
    minutes = houses[name]
    at = (second + np.arange(seconds)) % _DAY // _MINUTE
    load: Floats = minutes[at.astype(np.intp)]
    return load * (peak / float(minutes.max()))
