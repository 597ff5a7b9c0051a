"""What the record of the house says: the judge of the check. Nothing here asks Home Assistant."""

from collections.abc import Sequence
from itertools import pairwise

from .house import Moment

NOTICEABLE = 0.01
"""Smaller differences are rounding, A."""


def between(moments: Sequence[Moment], start: float, end: float) -> list[Moment]:
    """The part of a record from one time to another."""
    return [moment for moment in moments if start <= moment.at <= end]


def seconds_over(moments: Sequence[Moment], fuse: float) -> float:
    """How long any line carried more than the fuse is rated for."""
    return sum(later.at - earlier.at for earlier, later in pairwise(moments) if max(earlier.mains) > fuse)


def peak(moments: Sequence[Moment], line: int) -> float:
    """The highest current of a line, A."""
    return max(moment.mains[line] for moment in moments)


def relief(moments: Sequence[Moment], line: int, fuse: float) -> float | None:
    """Seconds from the first moment above the fuse until the line stays below it.

    Returns:
        0 where the line was never above, None where it still is at the end of the record.
    """
    over = [moment.mains[line] > fuse for moment in moments]
    if True not in over:
        return 0.0
    if over[-1]:
        return None
    last = len(over) - 1 - over[::-1].index(True)
    return moments[last + 1].at - moments[over.index(True)].at


def first_raise(moments: Sequence[Moment]) -> float | None:
    """When the limit in any charger first went up, None where it never did."""
    return next(
        (
            later.at
            for earlier, later in pairwise(moments)
            if any(later.limits[name] > earlier.limits[name] + NOTICEABLE for name in later.limits)
        ),
        None,
    )


def all_asked(moments: Sequence[Moment]) -> float | None:
    """When every charger had answered a request since the start of the record, None where one has not."""
    return next(
        (
            moment.at
            for moment in moments
            if all(moment.requests[name] > count for name, count in moments[0].requests.items())
        ),
        None,
    )


def settled(moments: Sequence[Moment], seconds: float) -> bool:
    """Whether no limit has changed during the last seconds of a record that is at least that long."""
    if not moments or moments[-1].at - moments[0].at < seconds:
        return False
    recent = between(moments, moments[-1].at - seconds, moments[-1].at)
    return all(moment.limits == recent[-1].limits for moment in recent)
