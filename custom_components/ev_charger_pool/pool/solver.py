"""The allocator on arrays: who runs (R2, R6) and how much each gets (R3, R5).

The currents are those of a simple game: everybody who runs stands at its minimum; then, again and again, whoever has
the least per weight after one more step takes that step if it fits every row, and is out of the game if it does not.
Ties go to the head of the queue; a lower tier begins when the one before has ended. ``_fill`` plays this game many
steps at a time.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]
type Indexes = npt.NDArray[np.intp]
type Mask = npt.NDArray[np.bool_]

EXACT = 12
"""Up to so many candidates for the places in a shortage are tried in all combinations (R6)."""
TOLERANCE = 1e-9
"""What a row may be exceeded by: the noise of floating point sums."""
NO_ROW = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Sparse rows (R of them, E entries) over n chargers that stand in queue order: tier, order, id.

    Every charger is in at least one row.

    Args:
        row: (E,) row of each entry.
        column: (E,) charger of each entry, ascending, and within a charger by row.
        coefficient: (E,) above 0, what one ampere of the charger adds to the row.
        slack: (R,) bound minus all that is already committed.
        minimum: (n,) least current above 0, on the charger's step.
        maximum: (n,) most, at least the minimum, on the charger's step.
        step: (n,) resolution.
        weight: (n,) share within the tier, above 0.
        tier: (n,) ascending; lower ones are served first.
        keep: (n,) stays on where every row still fits.
    """

    row: Indexes
    column: Indexes
    coefficient: Floats
    slack: Floats
    minimum: Floats
    maximum: Floats
    step: Floats
    weight: Floats
    tier: Indexes
    keep: Mask


@dataclass(frozen=True, slots=True)
class Solution:
    """What each charger gets.

    Args:
        amperes: (n,) 0 or at least the minimum.
        binding: (n,) the row on which the next step, or the minimum, did not fit; ``NO_ROW`` at the maximum.
        waiting: (n,) off, though the minimum would fit if the others were not served before.
    """

    amperes: Floats
    binding: Indexes
    waiting: Mask


def solve(problem: Problem) -> Solution:
    """Share out the slack of the rows."""
    n = len(problem.minimum)
    left = problem.slack.copy()
    binding = np.full(n, NO_ROW)
    running = np.ones(n, dtype=bool)
    waiting = np.zeros(n, dtype=bool)
    minimums = _Entries(problem.row, problem.column, problem.coefficient * problem.minimum[problem.column])
    minimums.spend(left, running)
    if np.count_nonzero(left < -TOLERANCE):
        left = problem.slack.copy()
        minimums.refuse(left, running, binding)
        fits_alone = running
        running = _running(problem, minimums, left, fits_alone)
        waiting = fits_alone & ~running
        minimums.refuse(left, waiting.copy(), binding)
    steps = np.rint(problem.minimum / problem.step) * running
    start, ends = 0, (problem.tier[1:] != problem.tier[:-1]).nonzero()[0] + 1
    for end in (*ends.tolist(), n):
        _fill(problem, slice(start, end), running, steps, left, binding)
        start = end
    return Solution(steps * problem.step, binding, waiting)


@dataclass(slots=True)
class _Entries:
    """Entries that still matter: their rows and chargers, and what the charger would add to the row next."""

    row: Indexes
    column: Indexes
    need: Floats

    def of(self, chosen: Mask) -> _Entries:
        """The entries of the chosen chargers."""
        kept = chosen[self.column]
        return _Entries(self.row[kept], self.column[kept], self.need[kept])

    def refuse(self, left: Floats, asking: Mask, binding: Indexes) -> None:
        """Take those out of ``asking`` whose need does not fit and note the row that can bear the least of it."""
        short = (self.need > (left + TOLERANCE)[self.row]).nonzero()[0]
        if len(short):
            short = short[asking[self.column[short]]][::-1]
            tightest_last = (-left[self.row[short]] / self.need[short]).argsort(kind="stable")
            short = short[tightest_last]
            binding[self.column[short]] = self.row[short]
            asking[self.column[short]] = False

    def crowded(self, left: Floats, place: Indexes) -> Indexes:
        """The entries whose row cannot bear that the charger and all before its place take what they need."""
        bound = left + TOLERANCE
        total = np.bincount(self.row, self.need, len(left))
        scarce = total > bound
        contest = scarce[self.row].nonzero()[0]
        row = self.row[contest]
        order = (row * len(place) + place[self.column[contest]]).argsort()
        contest, row = contest[order], row[order]
        total *= scarce
        before = total.cumsum() - total
        over: Indexes = contest[self.need[contest].cumsum() - before[row] > bound[row]]
        return over

    def spend(self, left: Floats, times: Floats | Mask) -> None:
        """Take what each charger needs, so many times, off the rows."""
        left -= np.bincount(self.row, self.need * times[self.column], len(left))


def _running(problem: Problem, minimums: _Entries, left: Floats, candidates: Mask) -> Mask:
    """Who runs when not all minimums fit (R6); takes their minimums off ``left``.

    Those to keep, then the head of the queue, then as many others as fit, lower tiers first.
    """
    ignored = np.empty(len(candidates), dtype=np.intp)
    running = _in_queue_order(minimums, left, candidates & problem.keep)
    others = candidates & ~running
    minimums.refuse(left, others, ignored)
    head = np.zeros(len(others), dtype=bool)
    head[others.nonzero()[0][:1]] = True
    minimums.spend(left, head)
    others &= ~head
    minimums.refuse(left, others, ignored)
    running |= head
    if np.count_nonzero(others) <= EXACT:
        running |= _most(minimums.of(others), left, others, problem.tier)
    else:
        running |= _in_queue_order(minimums, left, others)
    return running


def _in_queue_order(entries: _Entries, left: Floats, candidates: Mask) -> Mask:
    """Serve one after the other as long as it fits; takes their needs off ``left``.

    Every round decides all for whom it does not matter what becomes of those before them: served are those who fit
    even if all before them are, refused those who do not fit as it is. The first one left is always among them.
    """
    served = np.zeros(len(candidates), dtype=bool)
    undecided = candidates.copy()
    place = np.arange(len(candidates))
    ignored = np.empty(len(candidates), dtype=np.intp)
    while np.count_nonzero(undecided):
        entries = entries.of(undecided)
        sure = undecided.copy()
        sure[entries.column[entries.crowded(left, place)]] = False
        entries.spend(left, sure)
        served |= sure
        undecided &= ~sure
        entries.refuse(left, undecided, ignored)
    return served


def _most(entries: _Entries, left: Floats, candidates: Mask, tier: Indexes) -> Mask:
    """The largest set that fits, lower tiers first, ties to the head of the queue; takes its needs off ``left``."""
    chosen = np.zeros(len(candidates), dtype=bool)
    who = candidates.nonzero()[0]
    needs = np.zeros((len(who), len(left)))
    needs[who.searchsorted(entries.column), entries.row] = entries.need
    scarce = needs.sum(axis=0) > np.maximum(left, 0.0) + TOLERANCE
    sets = _subsets(len(who))
    fits = (sets @ needs[:, scarce] <= left[scarce] + TOLERANCE).all(axis=1)
    next_tier = tier[who[1:]] != tier[who[:-1]]
    tiers_below = np.zeros(len(who))
    tiers_below[:-1] = next_tier[::-1].cumsum()[::-1]
    value = np.where(fits, sets @ (EXACT + 1) ** tiers_below, -1.0)
    chosen[who] = sets[(value == value.max()).nonzero()[0][-1]] > 0
    entries.spend(left, chosen)
    return chosen


@cache
def _subsets(n: int) -> Floats:
    """(2^n, n) all subsets as 0 and 1, those with the first members last."""
    sets: Floats = (np.arange(2**n)[:, None] >> np.arange(n)[::-1] & 1).astype(np.float64)
    return sets


def _fill(problem: Problem, tier: slice, running: Mask, steps: Floats, left: Floats, binding: Indexes) -> None:
    """Raise the chargers of one tier step by step, the least per weight first, until nobody can take one more (R5).

    Works in rounds. First everybody rises at once to the level that its rows bear if all rise to it. Then single
    steps are given to those whose turn is certain: no step that comes before theirs on a shared row is left out.

    Args:
        problem: The problem.
        tier: The chargers of the tier.
        running: (n,) who stands at its minimum.
        steps: (n,) how many steps each has; raised in place.
        left: (R,) what the rows can still bear; lowered in place.
        binding: (n,) the row that ended the rise; set in place.
    """
    pace = problem.weight / problem.step
    most = np.rint(problem.maximum / problem.step)
    rising = np.zeros(len(steps), dtype=bool)
    rising[tier] = (running & (steps < most))[tier]
    entries = _Entries(problem.row, problem.column, problem.coefficient * problem.step[problem.column])
    entries.refuse(left, rising, binding)
    while np.count_nonzero(rising):
        entries = entries.of(rising)
        bearable = _bearable(entries, left, steps, pace)
        level = np.where(rising, np.inf, 0.0)
        np.minimum.at(level, entries.column, bearable[entries.row])
        risen = np.minimum(np.maximum(np.floor(level * pace), steps), most) - steps
        entries.spend(left, risen)
        steps += risen
        rising &= steps < most
        entries.refuse(left, rising, binding)
        if not np.count_nonzero(rising):
            return
        entries = entries.of(rising)
        turn = _certain(entries, left, rising, bearable, (steps + 1) / pace, (steps + 2) / pace)
        entries.spend(left, turn)
        steps += turn
        rising &= steps < most
        entries.refuse(left, rising, binding)


def _bearable(entries: _Entries, left: Floats, steps: Floats, pace: Floats) -> Floats:
    """(R,) the level in amperes per weight that each row bears if all its chargers below rise to it.

    What a row has to bear is convex and piecewise linear in the level; Newton's method from above ends exactly.

    Args:
        entries: Of the chargers that rise.
        left: (R,) what the rows can still bear.
        steps: (n,) what the chargers have.
        pace: (n,) steps per level.
    """
    rows = len(left)
    taken = entries.need * steps[entries.column]
    slope = entries.need * pace[entries.column]
    reached = taken / slope
    budget = left + np.bincount(entries.row, taken, rows)
    level: Floats = budget / np.maximum(np.bincount(entries.row, slope, rows), TOLERANCE)
    above, known = np.zeros(len(reached), dtype=bool), 0
    while True:
        # The level only falls, so this set only grows; rounding must not take anybody out of it again.
        above |= reached > level[entries.row]
        if (count := int(np.count_nonzero(above))) == known:
            level -= TOLERANCE
            return level
        known = count
        rest = budget - np.bincount(entries.row, taken * above, rows)
        slopes = np.bincount(entries.row, slope * ~above, rows)
        level = np.divide(rest, slopes, out=level, where=slopes > 0)


def _certain(entries: _Entries, left: Floats, rising: Mask, bearable: Floats, key: Floats, later: Floats) -> Mask:
    """(n,) whose next step surely fits, whatever those do whose turn comes before.

    Args:
        entries: Of the chargers that rise.
        left: (R,) what the rows can still bear.
        rising: (n,) who asks.
        bearable: (R,) the level up to which the row bears everybody.
        key: (n,) level after the next step: the lowest has its turn first.
        later: (n,) level after the step that follows.
    """
    place = key.argsort(kind="stable").argsort()
    horizon = np.full(len(left), np.inf)
    np.minimum.at(horizon, entries.row, later[entries.column])
    keys = key[entries.column]
    unclear = keys >= horizon[entries.row]
    unclear[entries.crowded(left, place)] = True
    unclear &= keys > bearable[entries.row]
    certain = rising.copy()
    certain[entries.column[unclear]] = False
    return certain
