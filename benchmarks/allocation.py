"""Time per decision of the allocator beside one HiGHS solve of the linear relaxation of the same rows.

Timed are arrays in, amperes and binding rows out; matrices are built before, for both. The relaxation knows nothing of
minimums, whole amperes, fairness or turns: it is the least that a general solver would have to do.

Both are timed in two orders. In blocks each finds its own data in the caches, as in any repeated timing; by turns each
run follows one of the other, which costs the allocator more because HiGHS touches more memory. The figures are judged
in blocks.
"""

from collections.abc import Callable
from dataclasses import dataclass
import statistics
import sys
from time import perf_counter

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from custom_components.ev_charger_pool.pool.solver import TOLERANCE, Floats, Indexes, Problem, solve

SIZES = (1, 3, 10, 100, 1_000, 10_000)
BLOCK = 10
"""Runs of one before the other has its turn, so that neither is timed with the other's caches."""
RUNS = {1: 300, 3: 300, 10: 300, 100: 150, 1_000: 60, 10_000: 10}
"""Of each, per house and order."""
HOUSES = 3
"""Random houses per size; the table shows the median over all of their runs."""
SEED = 20_260
MINIMUM = 6.0
ROW_SHARE = 0.6
"""Bound of a row, as a share of what its chargers could take."""
SHORTAGE_SHARE = 0.3
"""The same in the table with shortage: 32 A cars would have 9.6 A each, 16 A cars 4.8 A, below their minimum."""


@dataclass(frozen=True, slots=True)
class House:
    """One problem in both forms.

    Args:
        problem: For the allocator.
        matrix: (R, n) its rows.
        bounds: (n, 2) what the relaxation may give.
    """

    problem: Problem
    matrix: csr_array
    bounds: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Medians over the houses: rows, seconds of both in blocks, ratio by turns, and how many chargers are off."""

    rows: float
    allocator: float
    highs: float
    ratio_by_turns: float
    off: float


def build(chargers: int, share: float, rng: np.random.Generator) -> House:
    """A tree of depth 3 (main fuse, distribution boards, circuits) with mixed 1- and 3-phase chargers."""
    circuits = max(1, chargers // 8)
    boards = max(1, circuits // 6)
    circuit = rng.integers(circuits, size=chargers)
    board = rng.integers(boards, size=circuits)[circuit]
    three_phase = rng.random(chargers) < 0.5
    first = rng.integers(3, size=chargers)
    row, column = [], []
    for charger in range(chargers):
        lines = range(3) if three_phase[charger] else (int(first[charger]),)
        nodes = (0, 1 + int(board[charger]), 1 + boards + int(circuit[charger]))
        row += [3 * node + line for node in nodes for line in lines]
        column += [charger] * len(nodes) * len(lines)
    _, rows = np.unique(row, return_inverse=True)
    columns = np.array(column)
    maximum = rng.choice([16.0, 32.0], chargers)
    slack = np.asarray(share * np.bincount(rows, maximum[columns]), dtype=np.float64)
    order = np.lexsort((rows, columns))
    problem = Problem(
        row=rows[order],
        column=columns[order],
        coefficient=np.ones(len(rows)),
        slack=slack,
        minimum=np.full(chargers, MINIMUM),
        maximum=maximum,
        step=np.ones(chargers),
        weight=np.ones(chargers),
        tier=np.zeros(chargers, dtype=np.intp),
        keep=np.zeros(chargers, dtype=bool),
    )
    matrix = csr_array((problem.coefficient, (problem.row, problem.column)), shape=(len(slack), chargers))
    least = np.full(chargers, MINIMUM if share == ROW_SHARE else 0.0)
    return House(problem, matrix, np.column_stack((least, maximum)))


def relax(house: House) -> tuple[Floats, Indexes]:
    """The most amperes by HiGHS, without steps; amperes and the rows that bind."""
    result = linprog(
        -house.problem.weight, A_ub=house.matrix, b_ub=house.problem.slack, bounds=house.bounds, method="highs"
    )
    return result.x, np.flatnonzero(result.slack <= TOLERANCE)


def seconds[T](call: Callable[[T], object], argument: T) -> float:
    """How long one call takes."""
    start = perf_counter()
    call(argument)
    return perf_counter() - start


def medians(houses: list[House], runs: int, block: int) -> tuple[float, float]:
    """Seconds of the allocator and of HiGHS over so many runs per house, each ``block`` times before the other."""
    ours: list[float] = []
    theirs: list[float] = []
    for house in houses:
        for _ in range(runs // block):
            ours += [seconds(solve, house.problem) for _ in range(block)]
            theirs += [seconds(relax, house) for _ in range(block)]
    return statistics.median(ours), statistics.median(theirs)


def measure(chargers: int, share: float) -> Timing:
    """Run both in this process, in both orders."""
    rng = np.random.default_rng([SEED, chargers])
    houses = [build(chargers, share, rng) for _ in range(HOUSES)]
    off = [int(np.count_nonzero(solve(house.problem).amperes == 0)) for house in houses]
    allocator, highs = medians(houses, RUNS[chargers], BLOCK)
    allocator_by_turns, highs_by_turns = medians(houses, RUNS[chargers], 1)
    return Timing(
        rows=statistics.median(len(house.problem.slack) for house in houses),
        allocator=allocator,
        highs=highs,
        ratio_by_turns=highs_by_turns / allocator_by_turns,
        off=statistics.median(off),
    )


def table(title: str, share: float) -> dict[int, Timing]:
    """Measure and print one table."""
    print(f"\n{title}")
    print(f"{'chargers':>9} {'rows':>6} {'off':>6} {'allocator ms':>13} {'HiGHS ms':>10} {'ratio':>7} {'by turns':>9}")
    timings = {}
    for chargers in SIZES:
        timing = timings[chargers] = measure(chargers, share)
        print(
            f"{chargers:>9} {timing.rows:>6.0f} {timing.off:>6.0f} {timing.allocator * 1e3:>13.3f} "
            f"{timing.highs * 1e3:>10.3f} {timing.highs / timing.allocator:>7.1f} {timing.ratio_by_turns:>9.1f}",
            flush=True,
        )
    print(f"1,000 chargers cost {timings[1_000].allocator / timings[100].allocator:.1f} times what 100 cost")
    return timings


def figures(timings: dict[int, Timing]) -> dict[str, bool]:
    """The figures that are to hold."""
    return {
        "10 times faster at 3": timings[3].highs >= 10 * timings[3].allocator,
        "5 times faster at 1,000": timings[1_000].highs >= 5 * timings[1_000].allocator,
        "1,000 at most 15 times 100": timings[1_000].allocator <= 15 * timings[100].allocator,
        "at most 0.5 ms at 10": timings[10].allocator <= 0.5e-3,
    }


def main() -> int:
    """Print both tables and the verdict."""
    verdicts = []
    for name, share in (("without shortage", ROW_SHARE), ("with shortage", SHORTAGE_SHARE)):
        timings = table(f"{name}: rows at {share:.0%} of demand", share)
        verdicts += [(f"{figure} {name}", holds) for figure, holds in figures(timings).items()]
    print("\n" + "; ".join(f"{'holds' if holds else 'DOES NOT HOLD'}: {figure}" for figure, holds in verdicts))
    return 0 if all(holds for _, holds in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
