"""What no house can be is refused with the name of the field."""

import math

import pytest

from custom_components.ev_charger_pool.pool.model import (
    ALL_LINES,
    MAIN,
    Capability,
    Charger,
    Circuit,
    Grid,
    Limit,
    Request,
    Site,
    VehicleState,
)

HOUSE = Circuit(id=MAIN, name="House", parent=None, fuse=(25.0, 25.0, 25.0))


def circuit(name: str, parent: str | None, fuse: tuple[float, float, float] = (16.0, 16.0, 16.0)) -> Circuit:
    return Circuit(id=name, name=name, parent=parent, fuse=fuse)


@pytest.mark.parametrize(
    ("circuits", "message"),
    [
        ((HOUSE, HOUSE), "circuits: an id occurs twice"),
        ((), "circuits: the root"),
        ((circuit("garage", None),), "circuits: the root|parent: .* hangs on nothing"),
        ((circuit(MAIN, "garage"), circuit("garage", None)), "circuits: the root"),
        ((circuit(MAIN, None, (0.0, 0.0, 0.0)),), "fuse: "),
        ((circuit(MAIN, None, (16.0, -1.0, 16.0)),), "fuse: "),
        ((circuit(MAIN, None, (16.0, math.nan, 16.0)),), "fuse: "),
        ((HOUSE, circuit("a", "b"), circuit("b", "a")), "parent: circuit a would hang on itself"),
        ((HOUSE, circuit("a", "nowhere")), "parent: circuit a hangs on nowhere"),
        ((HOUSE, circuit("a", None)), "parent: circuit a hangs on nothing"),
    ],
)
def test_circuits_that_are_no_tree(circuits: tuple[Circuit, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Site(grid=Grid.TN, circuits=circuits)


@pytest.mark.parametrize(
    ("chargers", "message"),
    [
        ((Charger(id="a", name="A"), Charger(id="a", name="B")), "chargers: an id occurs twice"),
        ((Charger(id="garage", name="A"),), "chargers: an id occurs twice"),
        ((Charger(id="a", name="A", circuit="nowhere"),), "circuit: charger A hangs on nowhere"),
        ((Charger(id="a", name="A", circuit="garage", wiring=(frozenset({1}),)),), "wiring: charger A loads a line"),
        ((Charger(id="a", name="A", circuit="cellar"),), "wiring: charger A loads a line"),
    ],
)
def test_chargers_that_cannot_be(chargers: tuple[Charger, ...], message: str) -> None:
    circuits = (HOUSE, circuit("garage", MAIN, (16.0, 0.0, 0.0)), circuit("cellar", "garage", (0.0, 16.0, 0.0)))
    with pytest.raises(ValueError, match=message):
        Site(grid=Grid.TN, circuits=circuits, chargers=chargers)


def test_the_way_up_and_the_lines_that_reach_a_circuit() -> None:
    garage, box = circuit("garage", MAIN, (16.0, 16.0, 0.0)), circuit("box", "garage")
    site = Site(grid=Grid.TN, circuits=(HOUSE, garage, box))
    assert site.path("box") == (box, garage, HOUSE)
    assert site.lines("box") == {0, 1}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"minimum": 0.0}, "minimum: "),
        ({"minimum": 33.0}, "minimum: "),
        ({"step": 0.0}, "step: "),
        ({"step": 40.0}, "step: "),
        ({"phases": 4}, "phases: "),
    ],
)
def test_capabilities_that_cannot_be(fields: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Capability(**fields)


@pytest.mark.parametrize("field", ["value", "floor"])
@pytest.mark.parametrize("number", [-1.0, math.nan, math.inf])
def test_limits_that_are_no_bound(field: str, number: float) -> None:
    with pytest.raises(ValueError, match=f"{field}: "):
        Limit(**{"id": "1", "source": "test", "target": MAIN, "value": 8.0, field: number})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lines", frozenset()),
        ("minimum", 0.0),
        ("maximum", math.nan),
        ("maximum", -1.0),
        ("step", 0.0),
        ("weight", 0.0),
        ("weight", math.inf),
    ],
)
def test_requests_outside_the_rules(field: str, value: object) -> None:
    fields = {"charger": "a", "lines": ALL_LINES, "minimum": 6.0, "maximum": 16.0}
    with pytest.raises(ValueError, match=f"{field}: "):
        Request(**{**fields, field: value})


def test_the_minimum_is_the_higher_of_charger_and_car_on_the_step() -> None:
    box = Charger(id="a", name="A", capability=Capability(step=0.5), car_minimum=7.2)
    assert box.minimum == 7.5
    assert Charger(id="a", name="A", capability=Capability(step=0.1)).minimum == pytest.approx(6.0)


def test_the_lines_of_a_charger() -> None:
    assert Charger(id="a", name="A").lines == ALL_LINES
    assert Charger(id="a", name="A", wiring=(frozenset({0, 1}),)).lines == {0, 1}


def test_a_car_is_connected_in_b_and_c_only() -> None:
    assert [state for state in VehicleState if state.connected] == [VehicleState.B, VehicleState.C]
