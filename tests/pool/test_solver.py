"""The solver against the plain games that it plays in bulk, on houses too large to try everything."""

import heapq

import numpy as np
import pytest

from custom_components.ev_charger_pool.pool.solver import EXACT, NO_ROW, Problem, solve

NOISE = 1e-9


def house(chargers: int, share: float, seed: int, *, mixed: bool) -> Problem:
    """A main fuse, boards and circuits with one row per line; mixed varies all that a charger can differ in."""
    rng = np.random.default_rng(seed)
    circuits = max(1, chargers // 6)
    boards = max(1, circuits // 4)
    circuit = rng.integers(circuits, size=chargers)
    board = rng.integers(boards, size=circuits)[circuit]
    entries = []
    for charger in range(chargers):
        lines = range(3) if rng.random() < 0.5 else [rng.integers(3)]
        nodes = (0, 1 + board[charger], 1 + boards + circuit[charger])
        entries += [(charger, 3 * node + line) for node in nodes for line in lines]
    column, row = np.array(sorted(entries)).T
    row = np.unique(row, return_inverse=True)[1]
    step = rng.choice([0.1, 1.0], chargers) if mixed else np.ones(chargers)
    maximum = rng.choice([16.0, 32.0], chargers)
    return Problem(
        row=row,
        column=column,
        coefficient=rng.choice([1.0, 2.0], len(row)) if mixed else np.ones(len(row)),
        slack=share * np.bincount(row, maximum[column]) * rng.uniform(0.5, 1.5, row.max() + 1),
        minimum=rng.choice([6.0, 8.0], chargers) if mixed else np.full(chargers, 6.0),
        maximum=maximum,
        step=step,
        weight=rng.choice([1.0, 0.5, 1 / 3], chargers) if mixed else np.ones(chargers),
        tier=np.sort(rng.integers(3, size=chargers)) if mixed else np.zeros(chargers, dtype=int),
        keep=rng.random(chargers) < 0.1,
    )


def loads(problem: Problem) -> list[list[tuple[int, float]]]:
    """Per charger its rows with the coefficients."""
    result: list[list[tuple[int, float]]] = [[] for _ in problem.minimum]
    for row, column, coefficient in zip(problem.row, problem.column, problem.coefficient, strict=True):
        result[column].append((int(row), float(coefficient)))
    return result


def step_by_step(problem: Problem, running: list[int]) -> list[float]:
    """R5 as a game: the least per weight takes a step, or is out where it does not fit."""
    rows = loads(problem)
    left = problem.slack.tolist()
    steps = [0] * len(rows)

    def take(charger: int, count: int) -> bool:
        amperes = count * problem.step[charger]
        if any(left[row] < coefficient * amperes - NOISE for row, coefficient in rows[charger]):
            return False
        for row, coefficient in rows[charger]:
            left[row] -= coefficient * amperes
        steps[charger] += count
        return True

    def turn(charger: int) -> tuple[float, int]:
        return (steps[charger] + 1) / (problem.weight[charger] / problem.step[charger]), charger

    for charger in running:
        assert take(charger, round(problem.minimum[charger] / problem.step[charger]))
    for tier in sorted(set(problem.tier.tolist())):
        queue = [turn(charger) for charger in running if problem.tier[charger] == tier]
        heapq.heapify(queue)
        while queue:
            charger = heapq.heappop(queue)[1]
            if steps[charger] < round(problem.maximum[charger] / problem.step[charger]) and take(charger, 1):
                heapq.heappush(queue, turn(charger))
    return [count * problem.step[charger] for charger, count in enumerate(steps)]


def one_after_the_other(problem: Problem) -> list[int]:
    """R6 for many candidates: those to keep, then all others in the order of the queue, as far as they fit."""
    rows = loads(problem)
    left = problem.slack.tolist()
    running = []
    for keep in (True, False):
        for charger in np.flatnonzero(problem.keep == keep):
            needs = [(row, coefficient * problem.minimum[charger]) for row, coefficient in rows[charger]]
            if all(need <= left[row] + NOISE for row, need in needs):
                running.append(int(charger))
                for row, need in needs:
                    left[row] -= need
    return running


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("share", [0.3, 0.6])
@pytest.mark.parametrize("chargers", [1, 3, 12, 40, 150])
def test_currents_are_those_of_the_game(chargers: int, share: float, *, mixed: bool) -> None:
    for seed in range(12):
        problem = house(chargers, share, seed, mixed=mixed)
        solution = solve(problem)
        running = np.flatnonzero(solution.amperes).tolist()
        assert solution.amperes.tolist() == pytest.approx(step_by_step(problem, running))


@pytest.mark.parametrize("chargers", [60, 150])
def test_many_candidates_are_served_in_queue_order(chargers: int) -> None:
    for seed in range(12):
        problem = house(chargers, 0.2, seed, mixed=True)
        solution = solve(problem)
        assert np.count_nonzero(solution.waiting) > EXACT
        assert np.flatnonzero(solution.amperes).tolist() == sorted(one_after_the_other(problem))


def test_twelve_candidates_are_tried_in_all_combinations_and_thirteen_are_not() -> None:
    """One row of 42 A: the head with 6 A leaves 36 A. The next in the queue wants 36 A, the others 6 A each."""

    def amperes(others: int) -> list[float]:
        minimum = np.array([6.0, 36.0, *[6.0] * others])
        n = len(minimum)
        problem = Problem(
            row=np.zeros(n, dtype=int),
            column=np.arange(n),
            coefficient=np.ones(n),
            slack=np.array([42.0]),
            minimum=minimum,
            maximum=minimum,
            step=np.ones(n),
            weight=np.ones(n),
            tier=np.zeros(n, dtype=int),
            keep=np.zeros(n, dtype=bool),
        )
        return solve(problem).amperes.tolist()

    assert amperes(EXACT - 1) == [6.0, 0.0, *[6.0] * 6, *[0.0] * 5]
    assert amperes(EXACT) == [6.0, 36.0, *[0.0] * EXACT]


def test_nobody_and_nothing() -> None:
    none = np.zeros(0)
    index = np.zeros(0, dtype=int)
    solution = solve(
        Problem(
            row=index,
            column=index,
            coefficient=none,
            slack=none,
            minimum=none,
            maximum=none,
            step=none,
            weight=none,
            tier=index,
            keep=np.zeros(0, dtype=bool),
        )
    )
    assert len(solution.amperes) == len(solution.binding) == len(solution.waiting) == 0


def test_the_problem_is_left_as_it_was() -> None:
    problem = house(40, 0.3, 1, mixed=True)
    slack, maximum = problem.slack.copy(), problem.maximum.copy()
    first, second = solve(problem), solve(problem)
    assert (problem.slack == slack).all()
    assert (problem.maximum == maximum).all()
    assert (first.amperes == second.amperes).all()
    assert (first.binding == second.binding).all()
    assert ((first.binding == NO_ROW) == (first.amperes == problem.maximum)).all()


def test_a_row_that_is_full_exactly_where_somebody_stands_comes_to_an_end() -> None:
    """A weight of a third puts a minimum of 6 A at a level of 18, which is also where the first row is full."""
    rows = [[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5], [1, 6], [0, 1, 2, 3, 4, 5], [0, 1, 2]]
    problem = Problem(
        row=np.concatenate(rows),
        column=np.repeat(np.arange(5), [len(own) for own in rows]),
        coefficient=np.ones(sum(map(len, rows))),
        slack=np.array([48.0, 47.0, 37.0, 33.77, 32.97, 23.61, 10.0]),
        minimum=np.full(5, 6.0),
        maximum=np.array([7.0, 16.0, 16.0, 16.0, 32.0]),
        step=np.array([1.0, 0.1, 0.1, 0.1, 0.1]),
        weight=np.array([1.0, 1.0, 1.0, 1 / 3, 1 / 3]),
        tier=np.zeros(5, dtype=int),
        keep=np.ones(5, dtype=bool),
    )
    assert solve(problem).amperes.tolist() == pytest.approx(step_by_step(problem, list(range(5))))
