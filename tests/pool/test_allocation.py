"""The allocator in cases to follow by head. The main fuse is 25 A with a margin of 0.5 A: 24.5 A per line."""

from collections.abc import Mapping, Sequence
import math

import pytest

from custom_components.ev_charger_pool.pool.allocation import Grant, allocate
from custom_components.ev_charger_pool.pool.model import (
    ALL_LINES,
    MAIN,
    NO_LINE,
    Amperes,
    Charger,
    Circuit,
    Draw,
    Grid,
    Limit,
    Request,
    Row,
    Site,
    Source,
    Unit,
)
from custom_components.ev_charger_pool.pool.rows import compile_rows
from custom_components.ev_charger_pool.wiring import wiring

HOUSE = Circuit(id=MAIN, name="House", parent=None, fuse=(25.0, 25.0, 25.0))


class Home:
    """A house of chargers by their wiring, asked with the house load per line of the main fuse."""

    def __init__(
        self, wirings: Mapping[str, str], *circuits: Circuit, limits: Sequence[Limit] = (), on: str = MAIN
    ) -> None:
        self.chargers = {
            name: Charger(id=name, name=name, circuit=on, wiring=wiring(Grid.TN, key)) for name, key in wirings.items()
        }
        site = Site(grid=Grid.TN, circuits=(HOUSE, *circuits), chargers=tuple(self.chargers.values()))
        self.rows = compile_rows(site, limits)

    def request(self, name: str, **fields: object) -> Request:
        lines = self.chargers[name].lines
        return Request(**{"charger": name, "lines": lines, "minimum": 6.0, "maximum": 32.0, **fields})

    def grants(
        self, *requests: Request, house: Amperes = NO_LINE, draws: Mapping[str, Draw] | None = None
    ) -> dict[str, Grant]:
        loads = [house[row.line] if row.circuit == MAIN and row.line is not None else 0.0 for row in self.rows]
        return allocate(self.rows, loads, draws or {}, requests or [self.request(name) for name in self.chargers])

    def amperes(self, *requests: Request, house: Amperes = NO_LINE) -> dict[str, float]:
        return {name: grant.amperes for name, grant in self.grants(*requests, house=house).items()}


def fuse_row(grant: Grant) -> tuple[str | None, int | None]:
    assert grant.binding is not None
    return grant.binding.circuit, grant.binding.line


def test_alone_a_car_has_the_fuse() -> None:
    grant = Home({"a": "l1_l2_l3"}).grants(house=(3.0, 10.2, 0.0))["a"]
    assert grant.amperes == 14.0
    assert fuse_row(grant) == (MAIN, 1)


def test_nothing_binds_at_its_own_maximum() -> None:
    home = Home({"a": "l1"})
    assert home.grants(home.request("a", maximum=16.0)) == {"a": Grant(16.0, None, waiting=False)}


def test_three_cars_share_and_rounding_is_refilled_by_the_queue() -> None:
    """24.5 / 3 = 8.17: 8 A each, the half ampere left is no step. With 25.5 A there is one more for the first."""
    home = Home({"a": "l1_l2_l3", "b": "l1_l2_l3", "c": "l1_l2_l3"})
    assert home.amperes() == {"a": 8.0, "b": 8.0, "c": 8.0}
    in_turn = [home.request(name, order=order) for name, order in (("a", 2), ("b", 0), ("c", 1))]
    assert home.amperes(*in_turn, house=(-1.0, -1.0, -1.0)) == {"a": 8.0, "b": 9.0, "c": 8.0}


def test_a_step_as_fine_as_the_charger_takes_it() -> None:
    home = Home({"a": "l1", "b": "l1"})
    amperes = home.amperes(home.request("a", step=0.1), home.request("b"))
    assert amperes == {"a": pytest.approx(12.5), "b": 12.0}


def test_minimum_and_maximum_are_taken_to_the_step() -> None:
    home = Home({"a": "l1"})
    assert home.amperes(home.request("a", minimum=6.2, maximum=15.9)) == {"a": 15.0}
    assert home.amperes(home.request("a", minimum=6.2, maximum=15.9), house=(18.0, 0.0, 0.0)) == {"a": 0.0}


def test_no_step_between_minimum_and_maximum() -> None:
    home = Home({"a": "l1", "b": "l1"})
    grants = home.grants(home.request("a", minimum=6.2, maximum=6.9), home.request("b"))
    assert grants["a"] == Grant(0.0, None, waiting=False)
    assert grants["b"].amperes == 24.0


def test_cars_on_different_lines_do_not_bother_each_other() -> None:
    """Rotated: the single phase of b is on L2."""
    home = Home({"a": "l1", "b": "l2", "c": "l2_l3_l1"})
    assert home.amperes(house=(0.0, 4.0, 14.5)) == {"a": 14.0, "b": 10.0, "c": 10.0}


def test_a_car_counts_only_on_the_lines_it_uses() -> None:
    """R4: a three-phase charger with a car that uses only its first phase."""
    home = Home({"a": "l2_l3_l1", "b": "l1_l2_l3"})
    on_l2 = home.request("a", lines=frozenset({1}))
    assert home.amperes(on_l2, home.request("b", lines=frozenset({0}))) == {"a": 24.0, "b": 24.0}


def test_what_a_car_does_not_need_goes_to_the_others() -> None:
    home = Home({"a": "l1", "b": "l1"})
    assert home.amperes(home.request("a", maximum=8.0), home.request("b")) == {"a": 8.0, "b": 16.0}


def test_a_high_minimum_is_not_shared_away() -> None:
    home = Home({"a": "l1", "b": "l1"})
    assert home.amperes(home.request("a", minimum=14.0), home.request("b")) == {"a": 14.0, "b": 10.0}


def test_weights() -> None:
    """24.5 A in shares of 1 : 1/2 : 1/2 is 12.25 : 6.125 : 6.125."""
    home = Home({"a": "l1", "b": "l1", "c": "l1"})
    amperes = home.amperes(home.request("a"), home.request("b", weight=0.5), home.request("c", weight=0.5))
    assert amperes == {"a": 12.0, "b": 6.0, "c": 6.0}


def test_a_lower_tier_stands_at_its_minimum_until_the_higher_is_served() -> None:
    home = Home({"a": "l1", "b": "l1"})
    assert home.amperes(home.request("a", tier=1), home.request("b", tier=0)) == {"a": 6.0, "b": 18.0}
    full = home.request("b", tier=0, maximum=10.0)
    assert home.amperes(home.request("a", tier=1), full) == {"a": 14.0, "b": 10.0}


def test_a_circuit_binds_before_the_main_fuse() -> None:
    garage = Circuit(id="garage", name="Garage", parent=MAIN, fuse=(16.0, 16.0, 16.0))
    home = Home({"a": "l1", "b": "l1"}, garage, on="garage")
    grants = home.grants(house=(12.0, 0.0, 0.0))
    assert [grants[name].amperes for name in "ab"] == [6.0, 6.0]
    assert fuse_row(grants["a"]) == (MAIN, 0)
    grants = home.grants()
    assert [grants[name].amperes for name in "ab"] == [8.0, 7.0]
    assert fuse_row(grants["b"]) == ("garage", 0)


def test_the_smallest_live_limit_binds_and_is_named() -> None:
    """R14."""
    limits = [Limit(id=str(value), source="test", target="a", value=value) for value in (13.0, 10.0, 11.0)]
    binding = Home({"a": "l1"}, limits=limits).grants()["a"].binding
    assert binding is not None
    assert (binding.source, binding.limit, binding.bound) == (Source.ACTION, "10.0", 10.0)


def test_watts_bound_the_sum_over_the_lines() -> None:
    """4.2 kW are 6.09 A on three phases, and 18.3 A on one."""
    dimming = Limit(id="1", source="grid", target=MAIN, value=4200.0, unit=Unit.WATT)
    assert Home({"a": "l1_l2_l3"}, limits=[dimming]).amperes() == {"a": 6.0}
    assert Home({"a": "l1"}, limits=[dimming]).amperes() == {"a": 18.0}


def test_without_room_for_a_minimum_the_row_is_named() -> None:
    """R2: 24.5 A - 19 A is less than 6 A."""
    grant = Home({"a": "l1_l2_l3"}).grants(house=(0.0, 0.0, 19.0))["a"]
    assert (grant.amperes, grant.waiting, fuse_row(grant)) == (0.0, False, (MAIN, 2))


def test_the_row_with_the_least_room_is_named() -> None:
    grant = Home({"a": "l1_l2_l3"}).grants(house=(19.0, 23.0, 20.0))["a"]
    assert fuse_row(grant) == (MAIN, 1)


def test_a_row_that_is_over_already_gives_nothing_and_leaves_the_others_alone() -> None:
    home = Home({"a": "l1", "b": "l2", "c": "l2", "d": "l2", "e": "l2", "f": "l2"})
    grants = home.grants(house=(30.0, 0.0, 0.0))
    assert grants["a"].amperes == 0.0
    assert [grants[name].amperes for name in "bcdef"] == [6.0, 6.0, 6.0, 6.0, 0.0]


def test_in_a_shortage_the_head_of_the_queue_is_served_first() -> None:
    """R6: 13 A are two minimums. The head is c; b and d tie behind it, so the first id is next."""
    home = Home({"b": "l1", "c": "l1", "d": "l1"})
    requests = [home.request("b", order=1), home.request("c", order=0), home.request("d", order=1)]
    grants = home.grants(*requests, house=(11.5, 0.0, 0.0))
    assert {name: grant.amperes for name, grant in grants.items()} == {"b": 6.0, "c": 7.0, "d": 0.0}
    assert (grants["d"].waiting, fuse_row(grants["d"])) == (True, (MAIN, 0))


def test_as_many_as_fit_beside_the_head() -> None:
    """After the head on L1, b would fill L1 and L2 and keep c and d off."""
    home = Home({"a": "l1", "b": "l1_l2_l3", "c": "l2", "d": "l3"})
    requests = [home.request(name, order=order) for order, name in enumerate("abcd")]
    amperes = home.amperes(*requests, house=(12.0, 16.0, 16.0))
    assert amperes == {"a": 12.0, "b": 0.0, "c": 8.0, "d": 8.0}


def test_one_of_a_higher_tier_beats_any_number_below() -> None:
    home = Home({"a": "l1", "b": "l1_l2_l3", "c": "l2", "d": "l3"})
    requests = [home.request("a"), home.request("b"), home.request("c", tier=1), home.request("d", tier=1)]
    assert home.amperes(*requests, house=(12.0, 16.0, 16.0)) == {"a": 6.0, "b": 6.0, "c": 0.0, "d": 0.0}


def test_those_to_keep_stay_on_where_they_fit() -> None:
    """R11: a keeper goes before the head of the queue."""
    home = Home({"a": "l1", "b": "l1", "c": "l1"})
    requests = [home.request("a"), home.request("b"), home.request("c", keep=True)]
    assert home.amperes(*requests, house=(12.0, 0.0, 0.0)) == {"a": 6.0, "b": 0.0, "c": 6.0}
    assert home.amperes(*requests, house=(17.0, 0.0, 0.0)) == {"a": 0.0, "b": 0.0, "c": 7.0}
    assert home.amperes(*requests, house=(20.0, 0.0, 0.0)) == {"a": 0.0, "b": 0.0, "c": 0.0}


def test_a_draw_without_a_request_is_committed() -> None:
    home = Home({"a": "l1", "b": "l1"})
    draws = {"b": Draw(low=NO_LINE, high=(10.0, 0.0, 0.0))}
    assert home.grants(home.request("a"), draws=draws)["a"].amperes == 14.0


def test_a_draw_outside_the_lines_of_the_request_is_committed() -> None:
    """A car that is learned to be on L1 may still draw 9 A on L2."""
    home = Home({"a": "l1_l2_l3", "b": "l2"})
    draws = {"a": Draw(low=NO_LINE, high=(20.0, 9.0, 0.0))}
    grants = home.grants(home.request("a", lines=frozenset({0})), home.request("b"), draws=draws)
    assert (grants["a"].amperes, grants["b"].amperes) == (24.0, 15.0)


def test_export_is_room() -> None:
    assert Home({"a": "l1"}).amperes(house=(-5.0, 0.0, 0.0)) == {"a": 29.0}


def test_nobody_asks() -> None:
    assert allocate(Home({"a": "l1"}).rows, [0.0] * 3, {}, []) == {}


@pytest.mark.parametrize("house", [math.nan, math.inf, -math.inf])
def test_a_house_load_that_is_no_number(house: float) -> None:
    with pytest.raises(ValueError, match="house_high"):
        Home({"a": "l1"}).grants(house=(house, 0.0, 0.0))


def test_a_charger_that_asks_twice() -> None:
    home = Home({"a": "l1"})
    with pytest.raises(ValueError, match="requests: a charger asks twice"):
        home.grants(home.request("a"), home.request("a"))


def test_a_charger_that_no_row_bounds() -> None:
    home = Home({"a": "l1"})
    with pytest.raises(ValueError, match="lines: no row bounds a"):
        home.grants(home.request("a", lines=frozenset({2})))


def test_a_house_load_per_row() -> None:
    row = Row(coefficients={"a": (1.0, 0.0, 0.0)}, bound=20.0, source=Source.FUSE)
    with pytest.raises(ValueError, match="zip"):
        allocate([row], [], {}, [Request(charger="a", lines=ALL_LINES, minimum=6.0, maximum=16.0)])
