"""Households at random, kept within what a balancer can be asked to deal with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
import math
from random import Random

import numpy as np

from ..pool.model import LINES, Amperes, Circuit, Site
from .household import Floats, household_load
from .scenario import Appliance, Household

HOUSE_SHARE = 0.8
"""Of any fuse that the house alone takes or feeds in at most: above that there is little left to share."""

STEP_SHARE = 0.6
"""Of the fuse that the house rises by at most while nobody can have followed: cars that filled it make it 1.6."""

STEP_SHARE_SLOW = 0.4
"""The same where a value of the meter may be old."""

_STEP_SECONDS = 30
"""In so long most controllers have followed; rises within it count as one."""
_SIGMAS = 5.0
"""A ripple above so many standard deviations is not seen in three hours."""

_ANY_DAY = datetime(2026, 11, 20, tzinfo=UTC)
"""Only traces depend on the time of day, and there are none here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """Something that draws; ranges are from, to.

    Args:
        name: What it is.
        likely: How likely a circuit has one.
        amperes: Per line; negative feeds in.
        lines: How many, where there are so many.
        uses: How often in an evening.
        lasts: Seconds of a use.
        on: Seconds on in a cycle, None if it stays on.
        off: Seconds off in a cycle.
    """

    name: str
    likely: float
    amperes: tuple[float, float]
    lines: int
    uses: tuple[int, int]
    lasts: tuple[float, float]
    on: tuple[int, int] | None = None
    off: tuple[int, int] = (1, 1)


_KINDS = (
    _Kind(name="kettle", likely=0.5, amperes=(8, 13), lines=1, uses=(1, 6), lasts=(60, 240)),
    _Kind(name="hob", likely=0.5, amperes=(6, 16), lines=2, uses=(1, 3), lasts=(600, 2400), on=(4, 40), off=(4, 60)),
    _Kind(
        name="oven", likely=0.3, amperes=(8, 14), lines=1, uses=(1, 1), lasts=(1800, 5400), on=(60, 300), off=(30, 120)
    ),
    _Kind(name="heat pump", likely=0.35, amperes=(3, 12), lines=3, uses=(1, 6), lasts=(300, 1800)),
    _Kind(
        name="sun", likely=0.25, amperes=(-15, -2), lines=1, uses=(1, 3), lasts=(900, 5400), on=(60, 900), off=(20, 300)
    ),
)


def draw_households(chance: Random, site: Site, seconds: int, slow: frozenset[str]) -> dict[str, Household]:
    """What flows beside the cars, by circuit id.

    Args:
        chance: Where it comes from.
        site: Its fuses scale the loads.
        seconds: How long.
        slow: Ids of the circuits whose meter is slow.
    """
    drawn = {circuit.id: _household(chance, circuit, seconds) for circuit in site.circuits}
    for circuit in sorted(site.circuits, key=lambda circuit: len(site.path(circuit.id)), reverse=True):
        behind = _behind(site, circuit.id)
        loads = sum((_steady(drawn[key], seconds) for key in behind), start=np.zeros((seconds, LINES)))
        ripple = sum(_SIGMAS * drawn[key].noise for key in behind)
        steps = STEP_SHARE_SLOW if circuit.id in slow else STEP_SHARE
        factor = _fit(loads, ripple, circuit.fuse, steps)
        if factor < 1:
            drawn |= {key: _scaled(drawn[key], factor) for key in behind}
    return drawn


def highest(households: Mapping[str, Household], circuits: Sequence[Circuit], seconds: int) -> Amperes:
    """The most that the households of some circuits take together, per line, rounded up, A."""
    loads = np.zeros((seconds, LINES))
    for circuit in circuits:
        household = households[circuit.id]
        there = np.array(circuit.fuse) > 0
        loads[:, there] += _steady(household, seconds)[:, there] + _SIGMAS * household.noise
    first, second, third = (float(math.ceil(max(peak, 0.0))) for peak in loads.max(axis=0))
    return first, second, third


def _behind(site: Site, circuit_id: str) -> list[str]:
    return [circuit.id for circuit in site.circuits if any(step.id == circuit_id for step in site.path(circuit.id))]


def _steady(household: Household, seconds: int) -> Floats:
    """(T, 3) what it draws without its ripple."""
    return household_load(replace(household, noise=0.0), seconds=seconds, start=_ANY_DAY, seed=())


def _fit(loads: Floats, ripple: float, fuse: Amperes, steps: float) -> float:
    """By what the loads behind a fuse have to be multiplied, at most 1."""
    lines = [line for line in range(LINES) if fuse[line] > 0]
    rated, there = np.array(fuse)[lines], loads[:, lines]
    before = there.copy()
    for shift in range(1, _STEP_SECONDS + 1):
        before[shift:] = np.minimum(before[shift:], there[:-shift])
    extreme = np.abs(there).max(axis=0) + ripple
    rise = (there - before).max(axis=0) + ripple
    factors = np.concatenate((HOUSE_SHARE * rated / extreme, steps * rated / np.maximum(rise, 1e-6)))
    return min(1.0, float(factors.min()))


def _scaled(household: Household, factor: float) -> Household:
    return replace(
        household,
        base=_times(household.base, factor),
        noise=_down(household.noise * factor),
        appliances=tuple(
            replace(appliance, amperes=_times(appliance.amperes, factor)) for appliance in household.appliances
        ),
    )


def _times(amperes: Amperes, factor: float) -> Amperes:
    first, second, third = (_down(value * factor) for value in amperes)
    return first, second, third


def _down(value: float) -> float:
    """Two decimals, towards 0."""
    return math.trunc(value * 100) / 100


def _household(chance: Random, circuit: Circuit, seconds: int) -> Household:
    lines = [line for line in range(LINES) if circuit.fuse[line] > 0]
    kinds = [kind for kind in _KINDS if chance.random() < kind.likely]
    return Household(
        base=_on({line: chance.uniform(0.2, 0.12 * circuit.fuse[line]) for line in lines}),
        noise=round(chance.uniform(0.0, 0.4), 2),
        appliances=tuple(_appliance(chance, kind, lines, seconds) for kind in kinds),
    )


def _appliance(chance: Random, kind: _Kind, lines: list[int], seconds: int) -> Appliance:
    """One of a kind, each of its uses in a part of the evening of its own."""
    uses = chance.randint(*kind.uses)
    part = seconds / uses
    periods = []
    for use in range(uses):
        lasts = round(min(chance.uniform(*kind.lasts), part))
        since = round(use * part + chance.uniform(0, part - lasts))
        periods.append((float(since), float(since + lasts)))
    there = chance.sample(lines, min(kind.lines, len(lines)))
    cycle = None if kind.on is None else (float(chance.randint(*kind.on)), float(chance.randint(*kind.off)))
    amperes = chance.uniform(*kind.amperes)
    return Appliance(name=kind.name, amperes=_on(dict.fromkeys(there, amperes)), periods=tuple(periods), cycle=cycle)


def _on(amperes: Mapping[int, float]) -> Amperes:
    first, second, third = (_down(amperes.get(line, 0.0)) for line in range(LINES))
    return first, second, third
