"""The way from what a rule wants to the charger: the same for every rule.

A rule says what it wants as often as it likes. A write goes out when that is not yet in the charger, no other write is
under way and the charger's own pace allows it. Nothing between 0 and the minimum exists (IEC 61851-1): boxes that are
told less than 6 A pause, so it is written as 0.
"""

from collections.abc import Iterable
from dataclasses import dataclass
import math

from custom_components.ev_charger_pool.pool.model import Ack, Charger, Write

RETRY = 2.0
"""Seconds until a failed write is tried again."""
ANSWER = 30.0
"""After so many seconds a write without an answer has failed."""
_FUZZ = 1e-9


def offer(charger: Charger, amperes: float) -> float:
    """What a charger makes of so many amperes: on its step, 0 below its minimum."""
    step = charger.capability.step
    stepped = math.floor(min(amperes, charger.capability.maximum) / step + _FUZZ) * step
    return stepped if stepped >= charger.minimum - _FUZZ else 0.0


@dataclass(slots=True)
class _Box:
    charger: Charger
    wanted: float | None = None
    confirmed: float | None = None
    under_way: Write | None = None
    sent: float = -math.inf
    number: int = 0
    not_before: float = -math.inf

    def due(self) -> float:
        """The time from which something is to be written."""
        capability = self.charger.capability
        if self.wanted is None:
            return math.inf
        if self.under_way is not None:
            return self.sent + max(ANSWER, capability.write_interval)
        at = max(self.sent + capability.write_interval, self.not_before)
        if self.wanted != self.confirmed:
            return at
        return math.inf if capability.resend is None else max(at, self.sent + capability.resend)


class Outbox:
    """Writes that are wanted, under way and done."""

    def __init__(self, chargers: Iterable[Charger]) -> None:
        self._boxes = {charger.id: _Box(charger) for charger in chargers}

    def want(self, charger: Charger, amperes: float) -> None:
        """Have a charger set to what it makes of so many amperes."""
        self._boxes[charger.id].wanted = offer(charger, amperes)

    def wanted(self, charger: Charger) -> float | None:
        """What a charger is to be set to, A; None before anything was wanted."""
        return self._boxes[charger.id].wanted

    def take(self, acks: Iterable[Ack]) -> None:
        """Take in what became of writes."""
        for ack in acks:
            box = self._boxes.get(ack.charger)
            if box is None or box.under_way is None or box.under_way.number != ack.number:
                continue
            box.under_way = None
            box.confirmed = ack.amperes if ack.error is None else None
            box.not_before = ack.at + RETRY if ack.error is not None else -math.inf

    def send(self, at: float) -> tuple[Write, ...]:
        """The writes that go out now."""
        writes = []
        for key, box in self._boxes.items():
            if box.wanted is None or box.due() > at + _FUZZ:
                continue
            box.number += 1
            box.sent = at
            box.under_way = Write(charger=key, amperes=box.wanted, number=box.number)
            writes.append(box.under_way)
        return tuple(writes)

    @property
    def wake(self) -> float:
        """The next time at which something is to be written."""
        return min((box.due() for box in self._boxes.values()), default=math.inf)
