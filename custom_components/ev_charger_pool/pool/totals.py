"""Sums over the chargers of a site, to be shown: what is known, and whose value is missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .defaults import PHASE_SEEN
from .model import LINES, Charger, Decision, PerLine, Why

BINDING = (
    Why.STARTING,
    Why.METER_STALE,
    Why.PHASE_MISSING,
    Why.WAITING_FOR_CHARGER,
    Why.NO_ROOM,
    Why.WAITING_TURN,
    Why.FUSE,
    Why.USER_FUSE,
    Why.CIRCUIT,
    Why.PEAK,
    Why.LIMIT,
    Why.HOLD,
    Why.SETTLING,
)
"""Reasons that concern the site and not just one charger, the gravest first."""


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over chargers.

    Args:
        value: Of what is known; None where nothing is, 0 without chargers.
        missing: Ids of the chargers whose value is not known.
    """

    value: float | None
    missing: tuple[str, ...] = ()

    def clipped(self, sign: int) -> Total:
        """The part with this sign, as a positive number; cut after summing, so a charger that gives lowers it."""
        return Total(None if self.value is None else max(0.0, sign * self.value), self.missing)


def total(values: Mapping[str, float | None]) -> Total:
    """The sum of the values by charger id; a missing one is left out and named, never counted as 0."""
    known = [value for value in values.values() if value is not None]
    missing = tuple(key for key, value in values.items() if value is None)
    return Total(sum(known) if known or not missing else None, missing)


def amperes_on_lines(charger: Charger, amperes: PerLine, site_lines: Iterable[int]) -> PerLine:
    """Currents per phase of a charger as currents per line of the site.

    Where several phases share a line their amplitudes are added. With unknown wiring the lines of a car that uses
    fewer phases than the charger has are not known, unless it draws nothing.
    """
    result: list[float | None] = [None] * LINES
    phases = amperes[: charger.capability.phases]
    if charger.wiring is None:
        values = [value for value in phases if value is not None]
        if len(values) < len(phases):
            return None, None, None
        alike = len(values) == LINES and min(values) >= PHASE_SEEN
        for line in site_lines:
            result[line] = min(values) if alike or max(values) < PHASE_SEEN else None
    else:
        for line in site_lines:
            drawn = [value for value, lines in zip(phases, charger.wiring, strict=False) if line in lines]
            known = [value for value in drawn if value is not None]
            result[line] = sum(known) if len(known) == len(drawn) else None
    return result[0], result[1], result[2]


def binding(decisions: Iterable[Decision]) -> Decision | None:
    """The decision whose reason limits the site most now, None where nothing but the chargers themselves does."""
    bound = [decision for decision in decisions if decision.reason.why in BINDING]
    return min(bound, key=lambda decision: (BINDING.index(decision.reason.why), decision.charger), default=None)
