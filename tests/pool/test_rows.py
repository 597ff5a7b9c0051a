"""Every limit becomes rows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from custom_components.ev_charger_pool.pool.allocation import allocate
from custom_components.ev_charger_pool.pool.model import (
    MAIN,
    AverageLimit,
    Capability,
    Charger,
    Circuit,
    Grid,
    Limit,
    Request,
    Row,
    Site,
    Source,
    Unit,
)
from custom_components.ev_charger_pool.pool.rows import average_row, compile_rows, live
from custom_components.ev_charger_pool.wiring import WIRINGS, wiring

HOUSE = Circuit(id=MAIN, name="House", parent=None, fuse=(25.0, 25.0, 25.0))
GARAGE = Circuit(id="garage", name="Garage", parent=MAIN, fuse=(16.0, 16.0, 0.0), margin=1.0)


def charger(name: str, key: str | None, **fields: object) -> Charger:
    grid = fields.pop("grid", Grid.TN)
    return Charger(id=name, name=name, wiring=None if key is None else wiring(grid, key), **fields)


def rows_of(*chargers: Charger, limits: tuple[Limit, ...] = (), circuits: tuple[Circuit, ...] = (HOUSE,)) -> list[Row]:
    return list(compile_rows(Site(grid=Grid.TN, circuits=circuits, chargers=chargers), limits))


def test_a_fuse_is_a_row_per_line_below_the_margin() -> None:
    rows = rows_of(charger("three", "l1_l2_l3"), charger("one", "l2"))
    assert [(row.source, row.circuit, row.line, row.bound, row.unit) for row in rows] == [
        (Source.FUSE, MAIN, 0, 24.5, Unit.AMPERE),
        (Source.FUSE, MAIN, 1, 24.5, Unit.AMPERE),
        (Source.FUSE, MAIN, 2, 24.5, Unit.AMPERE),
    ]
    assert rows[0].coefficients == {"three": (1.0, 0.0, 0.0)}
    assert rows[1].coefficients == {"three": (0.0, 1.0, 0.0), "one": (0.0, 1.0, 0.0)}


def test_a_circuit_bounds_what_hangs_on_it_and_its_parent_too() -> None:
    rows = rows_of(charger("in", "l1", circuit="garage"), charger("out", "l1"), circuits=(HOUSE, GARAGE))
    assert [(row.source, row.circuit, row.line, row.bound) for row in rows[3:]] == [
        (Source.CIRCUIT, "garage", 0, 15.0),
        (Source.CIRCUIT, "garage", 1, 15.0),
    ]
    assert rows[0].coefficients.keys() == {"in", "out"}
    assert rows[3].coefficients.keys() == {"in"}
    assert not rows[4].coefficients


def test_unknown_wiring_counts_on_every_line_that_reaches_the_charger() -> None:
    rows = rows_of(charger("unknown", None, circuit="garage"), circuits=(HOUSE, GARAGE))
    assert [(row.circuit, row.line) for row in rows if "unknown" in row.coefficients] == [
        (MAIN, 0),
        (MAIN, 1),
        ("garage", 0),
        ("garage", 1),
    ]


def test_a_disabled_charger_is_in_no_row() -> None:
    rows = rows_of(
        charger("off", "l1", enabled=False, user_cap=10.0),
        limits=(Limit(id="1", source="test", target="off", value=8.0),),
    )
    assert len(rows) == 3
    assert not any(row.coefficients for row in rows)


def test_amplitudes_of_phases_on_one_line_are_added() -> None:
    """R4: a delta loads every line with two phases, and so may an unknown charger with several phases on 230 V IT."""
    chargers = tuple(
        Charger(id=key or "unknown", name="", wiring=None if key is None else WIRINGS[Grid.IT][key])
        for key in ("l3_l1", "delta", None)
    )
    single = Charger(id="single", name="", capability=Capability(phases=1))
    rows = compile_rows(Site(grid=Grid.IT, circuits=(HOUSE,), chargers=(*chargers, single)))
    assert [{key: values[row.line] for key, values in row.coefficients.items()} for row in rows] == [
        {"l3_l1": 1.0, "delta": 2.0, "unknown": 2.0, "single": 1.0},
        {"delta": 2.0, "unknown": 2.0, "single": 1.0},
        {"l3_l1": 1.0, "delta": 2.0, "unknown": 2.0, "single": 1.0},
    ]


def test_a_user_cap_is_a_row_per_line_in_use() -> None:
    rows = rows_of(charger("capped", "l2_l3_l1", user_cap=10.0))[3:]
    assert [(row.source, row.circuit, row.line, row.bound) for row in rows] == [
        (Source.USER_CAP, None, line, 10.0) for line in range(3)
    ]
    assert rows[1].coefficients == {"capped": (0.0, 1.0, 0.0)}


def test_a_cap_is_about_the_set_current_whatever_it_adds_on_a_line() -> None:
    delta = Charger(id="delta", name="", wiring=WIRINGS[Grid.IT]["delta"], user_cap=10.0)
    rows = compile_rows(Site(grid=Grid.IT, circuits=(HOUSE,), chargers=(delta,)))
    assert rows[3].coefficients == {"delta": (1.0, 0.0, 0.0)}


def test_a_limit_in_amperes_on_a_circuit_is_a_row_per_line() -> None:
    limit = Limit(id="1", source="grid", target="garage", value=9.0)
    rows = rows_of(charger("in", "l1", circuit="garage"), limits=(limit,), circuits=(HOUSE, GARAGE))[5:]
    assert [(row.source, row.circuit, row.line, row.bound, row.limit) for row in rows] == [
        (Source.ACTION, "garage", 0, 8.0, "1"),
        (Source.ACTION, "garage", 1, 8.0, "1"),
    ], "less the margin of the circuit"
    assert rows[0].coefficients == {"in": (1.0, 0.0, 0.0)}


def test_a_limit_in_watts_is_one_row_on_the_total() -> None:
    limit = Limit(id="1", source="grid", target=MAIN, value=4200.0, unit=Unit.WATT)
    row = rows_of(charger("three", "l1_l2_l3"), charger("one", "l2"), limits=(limit,))[3]
    assert (row.circuit, row.line, row.bound, row.unit) == (MAIN, None, 4200.0, Unit.WATT)
    assert row.coefficients == {"three": (230.0, 230.0, 230.0), "one": (0.0, 230.0, 0.0)}


@pytest.mark.parametrize(
    ("grid", "key", "watts"),
    [
        (Grid.SPLIT_PHASE, "l1", (120.0, 0.0, 0.0)),
        (Grid.SPLIT_PHASE, "l1_l2", (120.0, 120.0, 0.0)),
        (Grid.IT, "l2_l3", (0.0, 120.0, 120.0)),
        (Grid.IT, "delta", (240.0, 240.0, 240.0)),
    ],
)
def test_watts_where_voltage_is_between_lines(grid: Grid, key: str, watts: tuple[float, float, float]) -> None:
    main = Circuit(id=MAIN, name="", parent=None, fuse=(50.0, 50.0, 50.0 if grid is Grid.IT else 0.0))
    box = charger("box", key, grid=grid)
    limit = Limit(id="1", source="test", target="box", value=3000.0, unit=Unit.WATT)
    row = compile_rows(Site(grid=grid, circuits=(main,), chargers=(box,), voltage=240.0), [limit])[-1]
    assert row.coefficients == {"box": watts}
    assert row.circuit is None


def test_a_limit_on_a_charger_bounds_that_charger_alone() -> None:
    limit = Limit(id="1", source="test", target="one", value=8.0)
    rows = rows_of(charger("one", "l2"), charger("other", "l2"), limits=(limit,))[3:]
    assert [(row.circuit, row.line, row.bound, row.coefficients) for row in rows] == [
        (None, 1, 8.0, {"one": (0.0, 1.0, 0.0)})
    ]


def test_several_limits_are_rows_of_their_own() -> None:
    limits = tuple(Limit(id=str(value), source="test", target="one", value=value) for value in (8.0, 7.0))
    assert [row.bound for row in rows_of(charger("one", "l2"), limits=limits)[3:]] == [8.0, 7.0]


def test_a_limit_never_asks_for_less_than_its_floor() -> None:
    limit = Limit(id="1", source="test", target="one", value=2.0, floor=6.0)
    assert rows_of(charger("one", "l2"), limits=(limit,))[3].bound == 6.0


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(ValueError, match=r"target: .* nobody"):
        rows_of(limits=(Limit(id="1", source="test", target="nobody", value=8.0),))


def test_limits_live_until_they_expire() -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    standing = Limit(id="1", source="test", target=MAIN, value=8.0)
    passing = Limit(id="2", source="test", target=MAIN, value=8.0, expires=noon)
    assert live([standing, passing], noon - timedelta(seconds=1)) == (standing, passing)
    assert live([standing, passing], noon) == (standing,)


def test_an_average_is_one_row_in_watts_on_the_total_of_what_hangs_there() -> None:
    chargers = (charger("in", "l1", circuit="garage"), charger("out", "l1"), charger("off", "l1", enabled=False))
    garage = replace(GARAGE, metered=True)
    site = Site(grid=Grid.TN, circuits=(replace(HOUSE, metered=True), garage), chargers=chargers)
    row = average_row(site, AverageLimit(circuit=MAIN, watts=2500.0, minutes=15))
    assert (row.source, row.circuit, row.line, row.bound, row.unit) == (Source.PEAK, MAIN, None, 2500.0, Unit.WATT)
    assert row.coefficients == {"in": (230.0, 0.0, 0.0), "out": (230.0, 0.0, 0.0)}
    below = average_row(site, AverageLimit(circuit="garage", watts=2500.0, minutes=60))
    assert below.coefficients.keys() == {"in"}


@pytest.mark.parametrize("circuit", ["garage", "nowhere"])
def test_an_average_needs_a_circuit_with_a_meter(circuit: str) -> None:
    site = Site(grid=Grid.TN, circuits=(replace(HOUSE, metered=True), GARAGE), chargers=())
    with pytest.raises(ValueError, match="circuit: "):
        average_row(site, AverageLimit(circuit=circuit, watts=2500.0, minutes=15))


def test_a_fuse_is_told_before_an_average_that_binds_as_hard() -> None:
    """Two rows that leave the same: the reason is the one that is a danger."""
    site = Site(grid=Grid.TN, circuits=(replace(HOUSE, metered=True),), chargers=(charger("one", "l1"),))
    rows = (average_row(site, AverageLimit(circuit=MAIN, watts=24.5 * 230, minutes=15)), *compile_rows(site))
    request = Request(charger="one", lines=frozenset({0}), minimum=6.0, maximum=32.0)
    binding = allocate(rows, [0.0] * len(rows), {}, [request])["one"].binding
    assert binding is not None
    assert binding.source is Source.FUSE
