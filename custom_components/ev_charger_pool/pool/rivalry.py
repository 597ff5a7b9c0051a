"""Another master of a charger: somebody who sets its limit after us (R17)."""

from dataclasses import dataclass, replace

from .defaults import RIVAL_FORGOTTEN, RIVAL_STEPS, STEP_BACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Rivalry:
    """How often a limit of ours was taken, told back, and then replaced by another one.

    Args:
        agreed: Number of the last of our writes that the charger has told back.
        lost: Number of the last of our writes that was replaced.
        count: How often, without a long peace between.
        at: Monotonic time of the last time.
        back: Until when we step back and do not write, None if we never did.
    """

    agreed: int = 0
    lost: int = 0
    count: int = 0
    at: float = 0.0
    back: float | None = None

    def after(self, at: float, number: int, *, same: bool) -> Rivalry:
        """After the charger told the limit it has.

        Args:
            at: Monotonic time.
            number: Of our last write, which was confirmed before the charger was asked.
            same: Whether it tells that limit.
        """
        if same:
            return self if self.agreed == number else replace(self, agreed=number)
        if self.agreed != number or self.lost == number:
            return self
        count = 1 if at - self.at > RIVAL_FORGOTTEN else self.count + 1
        back = at + STEP_BACK if count >= RIVAL_STEPS else self.back
        return replace(self, lost=number, count=count, at=at, back=back)

    def steps_back(self, at: float) -> bool:
        """Whether somebody else has the charger for now."""
        return self.back is not None and at < self.back


ALONE = Rivalry()
"""Nobody else has ever set a limit."""
