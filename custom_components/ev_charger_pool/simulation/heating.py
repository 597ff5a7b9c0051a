"""How warm the breakers of a run became: the model of ``pool.heat`` on the true current of every second.

A breaker begins with the heat that the current of the first second leads to in the long run. Heat is bounded only where
no fault is in the scenario, and only for what the cars do: in seconds in which the house alone is above the rated
current, no more than the rated current counts. The highest current of the other seconds picks the bound::

    meter interval   highest current   heat below
    <= 1 s           <= 1.6 In         60 %
    <= 1 s           <= 2 In           100 %
    <= 10 s          <= 1.4 In         60 %
    <= 10 s          <= 1.6 In         100 %

Above that, with a slower meter or none, and where a charger is slow (R12: from a rise of the house to less current it
takes longer than ``SLOW_RELIEF``), there is no bound: nobody could keep it.
"""

from dataclasses import dataclass
import math

import numpy as np

from ..pool.defaults import SLOW_RELIEF
from ..pool.heat import CHARACTERISTICS
from ..pool.model import Breaker
from .guards import Guard, charger_of
from .record import Floats, Record

_BOUNDS = ((1.0, 1.6, 60.0), (1.0, 2.0, 100.0), (10.0, 1.4, 60.0), (10.0, 1.6, 100.0))
_BLOCK = 256
"""So many seconds are worked out at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warmth:
    """The heat of a breaker on one line.

    Args:
        percent: The highest, of all that flowed: 0 at the rated current or less, 100 where it trips.
        judged: The highest of what is bounded.
        bound: Judged has to stay below it, None without a bound.
    """

    percent: float
    judged: float
    bound: float | None

    @property
    def kept(self) -> bool:
        """Whether the bound holds."""
        return self.bound is None or self.judged < self.bound


def warmth(record: Record, guard: Guard, breaker: Breaker) -> Warmth:
    """The heat behind a fuse.

    Args:
        record: The run.
        guard: A fuse.
        breaker: Its kind.
    """
    flow, rated = np.abs(guard.flow), guard.value
    percent = highest_heat(flow, breaker, rated)
    house_over = np.abs(guard.house) > rated
    if not house_over.any():
        return Warmth(percent=percent, judged=percent, bound=_bound(record, guard, float(flow.max()) / rated))
    ours = np.where(house_over, np.minimum(flow, rated), flow)
    judged = highest_heat(ours, breaker, rated)
    return Warmth(percent=percent, judged=judged, bound=_bound(record, guard, float(ours.max()) / rated))


def _bound(record: Record, guard: Guard, load: float) -> float | None:
    scenario = record.scenario
    models = [scenario.meters[circuit] for circuit in guard.meters]
    told = max((model.interval + model.delay for model in models), default=math.inf)
    capabilities = [charger_of(record, index).capability for index in guard.chargers]
    own = max((each.write_interval + each.latency + each.settle for each in capabilities), default=0.0)
    if scenario.faults or own + told > SLOW_RELIEF:
        return None
    interval = max(model.interval for model in models)
    bounds = (percent for within, highest, percent in _BOUNDS if interval <= within and load <= highest)
    return next(bounds, None)


def highest_heat(amperes: Floats, breaker: Breaker, rated: float) -> float:
    """The highest percent of heat, as ``pool.heat`` has it for one reading a second.

    Args:
        amperes: (T,) current.
        breaker: Its kind.
        rated: Its rated current, A.
    """
    kind = CHARACTERISTICS[breaker]
    load = np.abs(amperes) / rated
    if load.max() > kind.at_once:
        return 100.0
    felt = np.maximum(load[1:], load[:-1]) ** 2
    fading = np.exp(-np.arange(_BLOCK + 1) / kind.tau)
    lags = np.subtract.outer(np.arange(_BLOCK), np.arange(_BLOCK))
    weights = np.where(lags >= 0, fading[np.maximum(lags, 0)], 0.0) * (1 - fading[1])
    highest = value = float(load[0] ** 2)
    for begin in range(0, felt.size, _BLOCK):
        block = felt[begin : begin + _BLOCK]
        values = weights[: block.size, : block.size] @ block + fading[1 : block.size + 1] * value
        value = float(values[-1])
        highest = max(highest, float(values.max()))
    return 100 * min(max((highest - 1) / (kind.trip - 1), 0.0), 1.0)
