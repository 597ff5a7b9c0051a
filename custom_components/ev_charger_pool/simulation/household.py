"""The load of a household, second by second, worked out before a run."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from ..pool.model import LINES
from .scenario import Appliance, Household
from .traces import trace

RIPPLE_MEMORY = 20.0
"""Seconds after which the slow part of the ripple has forgotten 1 - 1/e of what it was."""
SLOW_SHARE = 0.8
"""Of the variance of the ripple; the rest differs from second to second."""

type Floats = npt.NDArray[np.float64]


def household_load(household: Household, *, seconds: int, start: datetime, seed: Sequence[int]) -> Floats:
    """What a household draws.

    Args:
        household: What it is made of.
        seconds: How long.
        start: Wall clock at the beginning: the time of day at which a trace is entered.
        seed: Of the ripple; the same one gives the same load.

    Returns:
        (seconds, 3) A per line of the site.

    Raises:
        ValueError: A trace is of a house that is not there.
    """
    load = np.tile(np.array(household.base, dtype=np.float64), (seconds, 1))
    if household.noise:
        load += household.noise * _ripple(seconds, np.random.default_rng(seed))
    if household.trace is not None:
        second = start.hour * 3600 + start.minute * 60 + start.second
        for line, name in enumerate(household.trace):
            load[:, line] += trace(name, peak=household.trace_peak, second=second, seconds=seconds)
    for appliance in household.appliances:
        load[_on(appliance, seconds)] += appliance.amperes
    return load


def _ripple(seconds: int, chance: np.random.Generator) -> Floats:
    """Noise of standard deviation 1 on every line, most of which lasts some seconds: (seconds, 3)."""
    fading = np.exp(-np.arange(round(10 * RIPPLE_MEMORY)) / RIPPLE_MEMORY)
    fading /= np.linalg.norm(fading)
    slow = [np.convolve(chance.standard_normal(seconds + fading.size - 1), fading, "valid") for _ in range(LINES)]
    fast = chance.standard_normal((seconds, LINES))
    ripple: Floats = np.sqrt(SLOW_SHARE) * np.column_stack(slow) + np.sqrt(1 - SLOW_SHARE) * fast
    return ripple


def _on(appliance: Appliance, seconds: int) -> npt.NDArray[np.bool_]:
    """In which seconds it draws: (seconds,)."""
    second = np.arange(seconds, dtype=np.float64)
    on = np.zeros(seconds, dtype=np.bool_)
    for begin, end in appliance.periods:
        within = (begin <= second) & (second < end)
        if appliance.cycle is not None:
            lit, dark = appliance.cycle
            within &= (second - begin) % (lit + dark) < lit
        on |= within
    return on
