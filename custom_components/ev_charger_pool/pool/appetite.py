"""How much of its limit a car uses: what it leaves is lent to others (R10), and a full car makes room."""

from dataclasses import dataclass, replace
import math

from .defaults import LEND_AFTER, LEND_MARGIN, PHASE_SEEN, SATISFIED_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Appetite:
    """A car at a charger, seen through what it draws while its limit stands still.

    Args:
        since: From when on it has left something of its limit, None while it does not.
        highest: The most it has drawn since then, A.
        enough: The limit that is enough for it, A; None while it may want more.
        starved: From when on it has drawn nothing although it could, None while it draws.
        satisfied: Whether it has drawn nothing for so long that others are served first.
    """

    since: float | None = None
    highest: float = 0.0
    enough: float | None = None
    starved: float | None = None
    satisfied: bool = False

    def after(self, at: float, drawn: float, limit: float, minimum: float, step: float) -> Appetite:
        """The appetite after one more reading under a limit that has taken effect.

        Args:
            at: Monotonic time of the reading.
            drawn: Current of the phase that carries most, A.
            limit: In force, at least ``minimum``, A.
            minimum: Of charger and car, A.
            step: Of the charger, A.
        """
        if drawn > limit - _WANTS_MORE:
            # Below what is enough for it a car takes all it can get.
            short = self.enough is not None and limit < self.enough - 1e-9
            return replace(HUNGRY, enough=self.enough) if short else HUNGRY
        starved = None if drawn >= PHASE_SEEN else (at if self.starved is None else self.starved)
        satisfied = starved is not None and (self.satisfied or at - starved >= SATISFIED_AFTER)
        enough = max(minimum, math.ceil((drawn + LEND_MARGIN) / step - 1e-9) * step)
        if enough >= min(limit, math.inf if self.enough is None else self.enough) - 1e-9:
            return replace(self, since=None, highest=0.0, starved=starved, satisfied=satisfied)
        since, highest = (at, drawn) if self.since is None else (self.since, max(self.highest, drawn))
        if at - since < LEND_AFTER:
            return replace(self, since=since, highest=highest, starved=starved, satisfied=satisfied)
        enough = max(minimum, math.ceil((highest + LEND_MARGIN) / step - 1e-9) * step)
        return Appetite(enough=enough, starved=starved, satisfied=satisfied)

    def paused(self) -> Appetite:
        """The appetite while nothing is offered: what was known stays, but no time is counted."""
        if self.since is None and self.starved is None:
            return self
        return replace(self, since=None, highest=0.0, starved=None)


HUNGRY = Appetite()
"""A car that may take all it can get."""
_WANTS_MORE = 0.8 * LEND_MARGIN
"""Many cars draw a little less than they are offered; one that comes this close would take more."""
