"""The pool's own controller in the virtual house, run as Home Assistant runs it."""

from collections.abc import Sequence

from ..pool import state as pool
from ..pool.control import Outcome, step
from ..pool.model import Ack, Now, Reading, Write
from ..pool.state import Settings, State
from .command_check import breaches
from .controller import Orders


class PoolController:
    """Steps on every reading and at its own wake-up; everything it needs is up as soon as it starts.

    Attributes:
        reaction: It writes in the step that a reading leads to.
    """

    reaction = 0.0

    def __init__(self) -> None:
        self._state: State | None = None
        self._targets: dict[str, float] = {}

    @property
    def state(self) -> State:
        """What the controller remembers.

        Raises:
            RuntimeError: It was not started.
        """
        if self._state is None:
            raise RuntimeError("the controller was not started")
        return self._state

    def start(self, settings: Settings, now: Now) -> None:
        """Begin anew with nothing but the settings."""
        self._state = pool.ready(pool.start(settings, now.monotonic), now.monotonic)
        self._targets = {}

    def change(self, settings: Settings, now: Now) -> None:
        """Go on with other settings."""
        self._state = pool.change(self.state, settings, now.monotonic)

    def step(self, now: Now, readings: Sequence[Reading], acks: Sequence[Ack]) -> Orders:
        """Take in what is new, decide, and have the decision checked."""
        before = self.state
        outcome = self.decide(now, readings, acks)
        self._targets = {key: decision.target for key, decision in outcome.decisions.items()}
        return Orders(
            writes=outcome.writes,
            wake=outcome.wake,
            decisions=outcome.decisions,
            breaches=breaches(before, self.state, outcome, now.monotonic),
        )

    def decide(self, now: Now, readings: Sequence[Reading], acks: Sequence[Ack]) -> Outcome:
        """One step of the pool's own controller."""
        self._state, outcome = step(self.state, now, readings, acks)
        return outcome

    def stop(self, now: Now) -> tuple[Write, ...]:  # noqa: ARG002 - the hand-over does not depend on the time
        """Hand over the chargers that are ours to set."""
        settings = self.state.settings
        ours = [charger.id for charger in settings.site.chargers if settings.control and charger.enabled]
        return pool.hand_over(self.state, ours, self._targets)
