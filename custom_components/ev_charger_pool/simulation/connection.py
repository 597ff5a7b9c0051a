"""What passes between a controller and a charger: polls, writes on their way, answers."""

from collections import deque
import math

from ..pool.model import NO_VALUES, Ack, Capability, ChargerReading, Failure, Feed, VehicleState, Write
from .charger import Charger
from .record import Order

TRAVEL = 0.2
"""Seconds from a write or a question to the charger and back."""
TIME_OUT = 3.0
"""Seconds after which a charger that does not answer is given up."""

_TOLERANCE = 1e-6


class Connection:
    """The network cable of a charger.

    Args:
        charger_id: Of the charger at its end.
        capability: What the controller is told of it.
        charger: How it is.
        start: Monotonic time at which the scenario begins.
    """

    def __init__(self, charger_id: str, capability: Capability, charger: Charger, *, start: float) -> None:
        self.refuses = False
        """Whether the charger refuses every limit."""
        self.orders: list[Order] = []
        """All writes that have come to an end."""
        self._id = charger_id
        self._capability = capability
        self._charger = charger
        self._start = start
        self._poll = start
        self._sequence = 0
        self._sent: deque[tuple[float, Write]] = deque()
        self._acks: list[Ack] = []
        self._written = -math.inf

    def listen(self, now: float, index: int) -> None:
        """Begin to poll; what was asked before is forgotten.

        Args:
            now: Monotonic time.
            index: Of the charger: they are not all asked in the same second.
        """
        self._poll = now + index % self._capability.poll_interval
        self._acks.clear()

    def send(self, write: Write, now: float) -> None:
        """Send a write off."""
        self._sent.append((now, write))

    def arrive(self, now: float) -> None:
        """Let the writes arrive that are due."""
        while self._sent and self._sent[0][0] + TRAVEL <= now:
            self._carry_out(*self._sent.popleft())

    def acks(self, now: float) -> list[Ack]:
        """The answers that have come."""
        if not self._acks:
            return []
        come = [ack for ack in self._acks if ack.at <= now]
        self._acks = [ack for ack in self._acks if ack.at > now]
        return come

    def poll(self, now: float) -> ChargerReading | Failure | None:
        """Ask the charger if it is time to; a silent one fails."""
        if now < self._poll:
            return None
        while self._poll <= now:
            self._poll += self._capability.poll_interval
        charger = self._charger
        if not charger.hears:
            return Failure(source=self._id, at=now, error="no answer")
        if self._capability.feed is Feed.ANY_REQUEST:
            charger.feed(now)
        self._sequence += 1
        return ChargerReading(
            source=self._id,
            sequence=self._sequence,
            asked=now - TRAVEL,
            taken=now,
            amperes=charger.currents if self._capability.measures else NO_VALUES,
            state=VehicleState(charger.state),
            limit=charger.limit,
            session_wh=charger.session,
            total_wh=charger.delivered,
            phases=charger.phases if self._capability.phase_switch else None,
        )

    def _carry_out(self, sent: float, write: Write) -> None:
        at = sent + TRAVEL
        charger, error = self._charger, None
        if not charger.hears:
            at, error = sent + TIME_OUT, "no answer"
        elif at - self._written < self._capability.write_interval - _TOLERANCE:
            error = f"too soon: {at - self._written:g} s after the write before"
        else:
            self._written = at
            if self.refuses:
                error = "refused"
            elif write.phases is not None:
                charger.set_phases(at, write.phases)
            else:
                charger.set_limit(at, write.amperes)
        self.orders.append(
            Order(
                at=sent - self._start,
                charger=self._id,
                amperes=write.amperes,
                taken=error is None,
                phases=write.phases,
            )
        )
        self._acks.append(Ack(charger=self._id, number=write.number, amperes=write.amperes, at=at, error=error))
