"""What can look after the virtual house."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..pool.model import Ack, Decision, Now, Reading, Write
from ..pool.state import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a controller wants done.

    Args:
        writes: Limits to set now; ``number`` comes back in the acknowledgement.
        wake: Monotonic time at which it wants to be asked again if nothing is heard before.
        decisions: By charger id, where the controller gives reasons.
        breaches: Sentences on rules that its own decision breaks, empty if none.
    """

    writes: tuple[Write, ...] = ()
    wake: float = float("inf")
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    breaches: tuple[str, ...] = ()


class Controller(Protocol):
    """One that reads meters and chargers and sets limits.

    Attributes:
        reaction: Seconds that its own rules let pass, at most, from a new reading to the last write that it leads to.
    """

    reaction: float

    def start(self, settings: Settings, now: Now) -> None:
        """Home Assistant has started, for the first time or again: nothing but the settings is known."""

    def change(self, settings: Settings, now: Now) -> None:
        """The settings are others now: a limit from outside has come or gone."""

    def step(self, now: Now, readings: Sequence[Reading], acks: Sequence[Ack]) -> Orders:
        """Take in what is new and say what to do."""

    def stop(self, now: Now) -> tuple[Write, ...]:
        """The last writes before Home Assistant stops."""
