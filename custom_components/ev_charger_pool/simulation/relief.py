"""How soon a current that is too high has to be back below its bound.

The bound is the sum of: the interval and the delay of the meter that tells; the rest of the write pace; the latency
of the chargers; 5 s for the cars, or more where a car there is slower; 1 s; what the controller itself may take. Of
several chargers or cars the slowest counts.

The rest of the write pace is, over the chargers behind the bound, the longest time until ``write_interval`` after
their last write lets them be written again. It is taken where the event begins. A write that was made before anybody
could hear of it blocks its charger, and one that does not lower does so until the meter had to tell: nobody could know
better.
"""

from collections import defaultdict
from collections.abc import Mapping

from ..pool.model import Charger
from .guards import Guard
from .record import NO_CAR, Order, Record

CAR = 5.0
"""A car follows the control pilot within this time, s (IEC 61851-1)."""
SPARE = 1.0
"""Everything lives in steps of a second, s."""


class Relief:
    """The bounds of one run.

    Args:
        record: The run.
        reaction: Seconds that the controller's own rules let pass from a reading to the last write it leads to.
    """

    def __init__(self, record: Record, reaction: float) -> None:
        self._record = record
        self._reaction = reaction
        chargers: Mapping[str, Charger] = {charger.id: charger for charger in record.scenario.site.chargers}
        self._paces = [chargers[key].capability.write_interval for key in record.chargers]
        self._latencies = [record.scenario.chargers[key].latency for key in record.chargers]
        self._orders: Mapping[str, list[Order]] = defaultdict(list)
        for order in record.orders:
            self._orders[order.charger].append(order)

    def bound(self, guard: Guard, second: int) -> float:
        """Seconds that an event may last that begins in a second."""
        meter = self.meter(guard)
        delay = min((self._record.scenario.meters[circuit].delay for circuit in guard.meters), default=0.0)
        return (
            meter
            + max((self._pace(index, second, second + delay, second + meter) for index in guard.chargers), default=0.0)
            + max((self._latencies[index] for index in guard.chargers), default=0.0)
            + max((self._car(index, second) for index in guard.chargers), default=CAR)
            + SPARE
            + self._reaction
        )

    def meter(self, guard: Guard) -> float:
        """Seconds from a change of the current to its being heard, at most."""
        models = [self._record.scenario.meters[circuit] for circuit in guard.meters]
        return max((model.interval + model.delay for model in models), default=0.0)

    def sampling(self, guard: Guard) -> float:
        """Seconds between two values of the meter that tells most often."""
        return min((self._record.scenario.meters[circuit].interval for circuit in guard.meters), default=1.0)

    def _pace(self, index: int, second: int, heard: float, told: float) -> float:
        """Seconds until a charger can be written again.

        Args:
            index: Of the charger.
            second: In which the event begins.
            heard: Up to when nobody can have heard of it.
            told: By when everybody has.
        """
        pace = self._paces[index]
        if not pace:
            return 0.0
        blocking = [
            order.at
            for order in self._orders[self._record.chargers[index]]
            if order.at < heard or (order.at < told and self._does_not_lower(index, order))
        ]
        return max(max(blocking, default=-pace) + pace - second, 0.0)

    def _does_not_lower(self, index: int, order: Order) -> bool:
        limits = self._record.limits
        return order.amperes >= float(limits[min(int(order.at), len(limits) - 1), index])

    def _car(self, index: int, second: int) -> float:
        car = self._record.cars[second, index]
        return CAR if car == NO_CAR else max(CAR, self._record.scenario.cars[car].reaction)
