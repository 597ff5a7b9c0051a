"""R1 to R7 on random houses, and what trying everything finds on small ones."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations, product
import math
import random

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.ev_charger_pool.pool.allocation import Grant, allocate
from custom_components.ev_charger_pool.pool.model import LINES, Request, Row

from .strategies import Case, cases, small_cases

NOISE = 1e-6
thorough = settings(
    derandomize=True,
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def solved(case: Case) -> dict[str, Grant]:
    return allocate(case.rows, case.house, case.draws, case.requests)


def coefficient(row: Row, request: Request) -> float:
    """What one ampere of the request adds to a row."""
    per_line = row.coefficients.get(request.charger, (0.0, 0.0, 0.0))
    return sum(per_line[line] for line in request.lines)


def fixed(case: Case, row: Row, house: float) -> float:
    """What a row bears whatever is allocated."""
    lines = {request.charger: request.lines for request in case.requests}
    return house + sum(
        per_line[line] * case.draws[charger].high[line]
        for charger, per_line in row.coefficients.items()
        if charger in case.draws
        for line in range(LINES)
        if line not in lines.get(charger, ())
    )


def room(case: Case, row: Row, amperes: Mapping[str, float]) -> float:
    """What a row has left with these currents."""
    house = case.house[next(index for index, other in enumerate(case.rows) if other is row)]
    taken = sum(coefficient(row, request) * amperes[request.charger] for request in case.requests)
    return row.bound - fixed(case, row, house) - taken


def least(request: Request) -> float:
    return math.ceil(request.minimum / request.step - 1e-9) * request.step


def most(request: Request) -> float:
    return math.floor(request.maximum / request.step + 1e-9) * request.step


@thorough
@given(cases())
def test_no_row_is_ever_exceeded(case: Case) -> None:
    """R1: what a row bears stays within its bound; where that is over already, nothing is added."""
    grants = solved(case)
    amperes = {charger: grant.amperes for charger, grant in grants.items()}
    for row in case.rows:
        nothing = dict.fromkeys(amperes, 0.0)
        if room(case, row, nothing) >= 0:
            assert room(case, row, amperes) >= -2e-9
        else:
            assert all(amperes[request.charger] == 0 for request in case.requests if coefficient(row, request) > 0)


@thorough
@given(cases())
def test_off_or_between_minimum_and_maximum_on_the_step(case: Case) -> None:
    """R2, R3."""
    grants = solved(case)
    assert grants.keys() == {request.charger for request in case.requests}
    for request in case.requests:
        amperes = grants[request.charger].amperes
        if amperes:
            assert least(request) - 1e-9 <= amperes <= most(request) + 1e-9
            assert amperes / request.step == pytest.approx(round(amperes / request.step))


@thorough
@given(cases())
def test_whoever_is_below_its_maximum_is_bound(case: Case) -> None:
    """R5: the binding row cannot take the next step, and nobody on it is ahead by more than rounding explains.

    On the binding row a charger of the same tier has at most what the bound one would have after one more step, per
    weight, and one of a lower tier has its minimum. What is left on the row after the bound one was refused is less
    than its step; only chargers with a finer step, or a smaller coefficient, can have taken of that.
    """
    grants = solved(case)
    amperes = {charger: grant.amperes for charger, grant in grants.items()}
    for request in case.requests:
        grant = grants[request.charger]
        if grant.amperes == 0:
            continue
        if grant.binding is None:
            assert grant.amperes == pytest.approx(most(request))
            continue
        refused = coefficient(grant.binding, request) * request.step
        assert room(case, grant.binding, amperes) < refused
        level = (grant.amperes + request.step) / request.weight
        leftovers = 0.0
        for other in case.requests:
            load = coefficient(grant.binding, other)
            if load == 0 or amperes[other.charger] == 0 or other.tier < request.tier:
                continue
            share = least(other)
            if other.tier == request.tier:
                share = max(share, level * other.weight)
            ahead = load * (amperes[other.charger] - share)
            if ahead > NOISE:
                assert load * other.step < refused
                leftovers += ahead
        assert leftovers < refused


@thorough
@given(cases())
def test_whoever_is_off_is_told_the_row_that_has_no_room(case: Case) -> None:
    """R2, R6, R20."""
    grants = solved(case)
    on = {r.charger: least(r) if grants[r.charger].amperes else 0.0 for r in case.requests}
    nothing = dict.fromkeys(on, 0.0)
    for request in case.requests:
        grant = grants[request.charger]
        if grant.amperes:
            assert not grant.waiting
            continue
        if grant.binding is None:
            assert least(request) > most(request)
            continue
        need = coefficient(grant.binding, request) * least(request)
        fits_alone = all(
            coefficient(row, request) * least(request) <= room(case, row, nothing) + 1e-9
            for row in case.rows
            if coefficient(row, request) > 0
        )
        assert grant.waiting == fits_alone
        assert need > room(case, grant.binding, on if grant.waiting else nothing)


@thorough
@given(cases(), st.randoms(use_true_random=False))
def test_order_of_listing_does_not_matter(case: Case, shuffle: random.Random) -> None:
    """R7."""
    rows = list(zip(case.rows, case.house, strict=True))
    shuffle.shuffle(rows)
    requests = list(case.requests)
    shuffle.shuffle(requests)
    reordered = Case(
        rows=tuple(replace(row, coefficients=dict(reversed(row.coefficients.items()))) for row, _ in rows),
        house=tuple(house for _, house in rows),
        draws=dict(reversed(case.draws.items())),
        requests=tuple(requests),
    )
    assert solved(reordered) == solved(case)


def fits(case: Case, currents: Mapping[str, float]) -> bool:
    """Whether currents are within all rows that they load."""
    return all(
        room(case, row, currents) >= -1e-9
        for row in case.rows
        if any(coefficient(row, request) * currents[request.charger] > 0 for request in case.requests)
    )


def best_running_set(case: Case) -> set[str]:
    """R6 by its words: try every set of chargers."""
    queue = sorted(case.requests, key=lambda request: (request.tier, request.order, request.charger))

    def can(chosen: list[Request]) -> bool:
        return fits(case, {r.charger: least(r) if r in chosen else 0.0 for r in case.requests})

    if can(queue):
        return {request.charger for request in queue}
    first: list[Request] = []
    for request in queue:
        if request.keep and can([*first, request]):
            first.append(request)
    head = next((request for request in queue if request not in first and can([*first, request])), None)
    if head is not None:
        first.append(head)

    best: tuple[list[int], list[bool]] | None = None
    chosen: set[str] = set()
    others = [request for request in queue if request not in first]
    for size in range(len(others) + 1):
        for added in combinations(others, size):
            running = [*first, *added]
            if not can(running):
                continue
            rank = [sum(r.tier == tier for r in running) for tier in range(2)], [r in running for r in queue]
            if best is None or rank > best:
                best, chosen = rank, {request.charger for request in running}
    return chosen


@thorough
@given(small_cases())
def test_running_set_is_the_best_of_all_sets(case: Case) -> None:
    """R6 by trying all sets."""
    assert {charger for charger, grant in solved(case).items() if grant.amperes} == best_running_set(case)


@thorough
@given(small_cases())
def test_currents_are_the_fairest_of_all_within_a_step(case: Case) -> None:
    """R5 by trying all whole amperes: the smallest current is the largest there can be, then the next, and so on.

    Who gets the last ampere of several with the same claim is the queue's decision, whatever it costs the others; so
    at the first difference, smallest current first, the best possible is ahead by one step at most.
    """
    case = replace(case, requests=tuple(replace(request, tier=0) for request in case.requests))
    grants = solved(case)
    running = [request for request in case.requests if grants[request.charger].amperes]
    ranges = [range(int(request.minimum), int(request.maximum) + 1) for request in running]
    off = {request.charger: 0.0 for request in case.requests}
    fairest = max(
        sorted(currents)
        for currents in product(*ranges)
        if fits(
            case, off | {request.charger: float(current) for request, current in zip(running, currents, strict=True)}
        )
    )
    ours = sorted(grants[request.charger].amperes for request in running)
    ahead = [best - own for best, own in zip(fairest, ours, strict=True) if best != own]
    assert not ahead or ahead[0] == 1
