"""What is left when nobody steers: fuses that would not bear it, and watchdogs that are better left to expire."""

from dataclasses import replace
import itertools
import math
from random import Random

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ev_charger_pool.pool.fall_back import (
    Cause,
    Feeding,
    Left,
    Loss,
    Shortfall,
    fall_back_shortfalls,
    feeding,
)
from custom_components.ev_charger_pool.pool.model import (
    MAIN,
    Amperes,
    Capability,
    Charger,
    Circuit,
    Expiry,
    Feed,
    Grid,
    Site,
    Wiring,
)

STAR: Wiring = (frozenset({0}), frozenset({1}), frozenset({2}))
FALLS_TO_SIX = Capability(feed=Feed.WRITE, expiry=Expiry.FALL_BACK, fall_back=6.0, reboot_default=6.0)
STOPS = Capability(feed=Feed.WRITE, expiry=Expiry.STOPS, reboot_default=0.0)
KEEPS = Capability(expiry=Expiry.KEEPS_LIMIT, reboot_default=6.0)
MAIN_25 = Circuit(id=MAIN, name="Main fuse", parent=None, fuse=(25.0, 25.0, 25.0), metered=True)


def charger(
    name: str,
    capability: Capability = FALLS_TO_SIX,
    wiring: Wiring | None = STAR,
    circuit: str = MAIN,
    *,
    enabled: bool = True,
) -> Charger:
    return Charger(id=name, name=name, wiring=wiring, capability=capability, circuit=circuit, enabled=enabled)


def site(*chargers: Charger, circuits: tuple[Circuit, ...] = (MAIN_25,), grid: Grid = Grid.TN) -> Site:
    return Site(grid=grid, circuits=circuits, chargers=chargers)


def places(found: tuple[Shortfall, ...], loss: Loss = Loss.SILENCE) -> dict[tuple[str, int], float]:
    return {(each.circuit, each.line): each.amperes for each in found if each.loss is loss}


def test_up_to_the_fuse_nothing_is_short() -> None:
    house = site(charger("a"), charger("b"))
    assert fall_back_shortfalls(house, {MAIN: (13.0, 0.0, -20.0)}) == ()
    assert fall_back_shortfalls(house, {MAIN: (13.0, 13.5, -20.0)}) == (
        Shortfall(Loss.SILENCE, MAIN, 1, 0.5, 13.5, (Left("a", 6.0, Cause.FALL_BACK), Left("b", 6.0, Cause.FALL_BACK))),
        Shortfall(
            Loss.POWER_CUT,
            MAIN,
            1,
            0.5,
            13.5,
            (Left("a", 6.0, Cause.REBOOT_DEFAULT), Left("b", 6.0, Cause.REBOOT_DEFAULT)),
        ),
    )


@pytest.mark.parametrize(
    ("capability", "silence", "power_cut"),
    [
        (FALLS_TO_SIX, (6.0, Cause.FALL_BACK), (6.0, Cause.REBOOT_DEFAULT)),
        (replace(FALLS_TO_SIX, fall_back=None), (32.0, Cause.UNKNOWN), (6.0, Cause.REBOOT_DEFAULT)),
        (replace(FALLS_TO_SIX, fall_back=63.0), (32.0, Cause.FALL_BACK), (6.0, Cause.REBOOT_DEFAULT)),
        (replace(FALLS_TO_SIX, reboot_default=None), (6.0, Cause.FALL_BACK), (32.0, Cause.UNKNOWN)),
        (STOPS, (0.0, Cause.STOPS), (0.0, Cause.REBOOT_DEFAULT)),
        (KEEPS, (32.0, Cause.LAST_LIMIT), (6.0, Cause.REBOOT_DEFAULT)),
        (replace(KEEPS, fall_back=10.0), (32.0, Cause.LAST_LIMIT), (6.0, Cause.REBOOT_DEFAULT)),
    ],
)
def test_what_a_charger_is_left_with(
    capability: Capability, silence: tuple[float, Cause], power_cut: tuple[float, Cause]
) -> None:
    found = fall_back_shortfalls(site(charger("a", capability)), {MAIN: (26.0, 0.0, 0.0)})
    left = {each.loss: each.chargers for each in found if each.line == 0}
    assert left == {Loss.SILENCE: (Left("a", *silence),), Loss.POWER_CUT: (Left("a", *power_cut),)}


def test_unknown_wiring_counts_on_all_lines() -> None:
    unknown = charger("a", replace(FALLS_TO_SIX, phases=1), wiring=None)
    assert set(places(fall_back_shortfalls(site(unknown), {MAIN: (20.0,) * 3}))) == {(MAIN, 0), (MAIN, 1), (MAIN, 2)}


def test_a_line_is_loaded_by_those_wired_to_it() -> None:
    first = charger("a", wiring=(frozenset({0}),))
    second = charger("b", wiring=(frozenset({1}),))
    found = fall_back_shortfalls(site(first, second), {MAIN: (20.0, 20.0, 24.0)})
    assert places(found) == {(MAIN, 0): 1.0, (MAIN, 1): 1.0}
    assert [left.charger for left in found[0].chargers] == ["a"]


def test_amplitudes_of_a_delta_are_added() -> None:
    delta: Wiring = (frozenset({0, 1}), frozenset({1, 2}), frozenset({2, 0}))
    found = fall_back_shortfalls(site(charger("a", wiring=delta), grid=Grid.IT), {MAIN: (14.0, 13.0, 0.0)})
    assert places(found) == {(MAIN, 0): 1.0}


def test_a_disabled_charger_is_house_load() -> None:
    assert fall_back_shortfalls(site(charger("a", KEEPS, enabled=False)), {MAIN: (20.0,) * 3}) == ()


def tree(*, metered: bool = False) -> tuple[Circuit, ...]:
    reserve = (5.0, 0.0, 0.0)
    garage = Circuit(id="garage", name="Garage", parent=MAIN, fuse=(16.0, 16.0, 0.0), reserve=reserve, metered=metered)
    return MAIN_25, garage


ONE_LINE: Wiring = (frozenset({0}),)


def test_every_fuse_above_a_charger_is_checked() -> None:
    chargers = [charger(name, wiring=ONE_LINE, circuit="garage") for name in "ab"]
    found = fall_back_shortfalls(site(*chargers, circuits=tree()), {MAIN: (14.0, 0.0, 0.0)})
    assert places(found) == {("garage", 0): 1.0, (MAIN, 0): 1.0}, "5 A are reserved in the garage"


def test_a_circuit_without_a_meter_adds_up_its_branches() -> None:
    house = site(charger("a", wiring=ONE_LINE, circuit="garage"), circuits=tree(metered=True))
    unmetered = replace(house, circuits=(replace(MAIN_25, metered=False, reserve=(8.0, 0.0, 0.0)), house.circuits[1]))
    found = fall_back_shortfalls(unmetered, {"garage": (12.0, -9.0, 0.0)})
    assert places(found) == {("garage", 0): 2.0, (MAIN, 0): 1.0}
    assert fall_back_shortfalls(unmetered, {"garage": (-9.0, 0.0, 0.0)}) == (), "what feeds in makes no room above"
    tight = replace(unmetered, circuits=(replace(unmetered.circuits[0], reserve=(20.0, 0.0, 0.0)), house.circuits[1]))
    assert places(fall_back_shortfalls(tight, {"garage": (-9.0, 0.0, 0.0)})) == {(MAIN, 0): 1.0}


def test_what_is_not_known_is_not_judged() -> None:
    house = site(charger("a", KEEPS, wiring=ONE_LINE, circuit="garage"), circuits=tree(metered=True))
    assert fall_back_shortfalls(house, {}) == ()
    assert set(places(fall_back_shortfalls(house, {"garage": (0.0, 0.0, 0.0)}))) == {("garage", 0)}
    unmetered = replace(house, circuits=(replace(MAIN_25, metered=False), house.circuits[1]))
    assert fall_back_shortfalls(unmetered, {}) == ()


@pytest.mark.parametrize(
    ("worst_house", "says"),
    [
        ({"shed": (0.0, 0.0, 0.0)}, "worst_house: there is no circuit shed"),
        ({MAIN: (0.0, math.nan, 0.0)}, "worst_house: .* of circuit main are not all finite numbers"),
        ({MAIN: (0.0, 0.0, math.inf)}, "worst_house: .* of circuit main are not all finite numbers"),
    ],
)
def test_bad_input_is_refused(worst_house: dict[str, Amperes], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        fall_back_shortfalls(site(charger("a")), worst_house)


CURRENTS = st.integers(0, 32).map(float)


@settings(derandomize=True, max_examples=100)
@given(
    falls=st.lists(CURRENTS, min_size=1, max_size=4), load=st.integers(-20, 40), order=st.randoms(use_true_random=False)
)
def test_no_shortfall_means_that_the_fuse_bears_it(falls: list[float], load: int, order: Random) -> None:
    chargers = [
        charger(
            str(number), replace(FALLS_TO_SIX, fall_back=fall), circuit=order.choice([MAIN, "garage"]), wiring=ONE_LINE
        )
        for number, fall in enumerate(falls)
    ]
    worst = {MAIN: (float(load), 0.0, 0.0)}
    found = fall_back_shortfalls(site(*chargers, circuits=tree()), worst)
    total = load + sum(falls)
    branch = 5 + sum(fall for fall, each in zip(falls, chargers, strict=True) if each.circuit == "garage")
    expected = {(MAIN, 0): total - 25, ("garage", 0): branch - 16}
    assert places(found) == pytest.approx({place: over for place, over in expected.items() if over > 0})
    order.shuffle(chargers)
    assert fall_back_shortfalls(site(*chargers, circuits=tree()), worst) == found


# The watchdog


def test_who_takes_our_limits_is_fed() -> None:
    for wanted, standing in itertools.product((0.0, 6.0, 16.0), repeat=2):
        assert feeding(FALLS_TO_SIX, controlled=True, wanted=wanted, standing=standing, failing=False) is Feeding.FEED


@pytest.mark.parametrize(
    ("capability", "wanted", "standing", "expected"),
    [
        (FALLS_TO_SIX, 6.0, 16.0, Feeding.STARVE),
        (FALLS_TO_SIX, 0.0, 6.0, Feeding.FEED),
        (FALLS_TO_SIX, 16.0, 16.0, Feeding.FEED),
        (FALLS_TO_SIX, 16.0, 10.0, Feeding.FEED),
        (replace(FALLS_TO_SIX, fall_back=20.0), 6.0, 16.0, Feeding.FEED),
        (replace(FALLS_TO_SIX, fall_back=None), 6.0, 16.0, Feeding.FEED),
        (STOPS, 0.0, 6.0, Feeding.STARVE),
        (replace(STOPS, feed=Feed.ANY_REQUEST), 0.0, 6.0, Feeding.STARVE),
        (replace(KEEPS, feed=Feed.ANY_REQUEST), 6.0, 16.0, Feeding.FEED),
    ],
)
def test_who_does_not_take_our_limits_is_starved_where_that_is_less(
    capability: Capability, wanted: float, standing: float, expected: Feeding
) -> None:
    assert feeding(capability, controlled=True, wanted=wanted, standing=standing, failing=True) is expected


@pytest.mark.parametrize("failing", [True, False])
def test_who_only_observes_feeds_nothing(failing: bool) -> None:
    for capability in (FALLS_TO_SIX, STOPS, KEEPS):
        assert feeding(capability, controlled=False, wanted=0.0, standing=16.0, failing=failing) is Feeding.NOT_OURS
    assert feeding(KEEPS, controlled=True, wanted=0.0, standing=16.0, failing=failing) is Feeding.NOT_OURS
