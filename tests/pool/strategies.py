"""Random houses for Hypothesis: trees of circuits, wirings, limits and what asks for current in them."""

from dataclasses import dataclass

from hypothesis import strategies as st

from custom_components.ev_charger_pool.pool.model import (
    LINES,
    MAIN,
    Amperes,
    Capability,
    Charger,
    Circuit,
    Draw,
    Grid,
    Limit,
    Request,
    Row,
    Site,
    Unit,
)
from custom_components.ev_charger_pool.pool.rows import compile_rows
from custom_components.ev_charger_pool.wiring import WIRINGS

DEPTH = 4
LINES_OF_GRID = {Grid.TN: (0, 1, 2), Grid.SPLIT_PHASE: (0, 1), Grid.IT: (0, 1, 2)}


@dataclass(frozen=True)
class Case:
    """All that the allocator is asked with."""

    rows: tuple[Row, ...]
    house: tuple[float, ...]
    draws: dict[str, Draw]
    requests: tuple[Request, ...]


def per_line(values: dict[int, float]) -> Amperes:
    return values.get(0, 0.0), values.get(1, 0.0), values.get(2, 0.0)


@st.composite
def trees(draw: st.DrawFn, grid: Grid) -> tuple[Circuit, ...]:
    """A main fuse and up to four more circuits, some with fewer lines than the one above."""
    lines = {MAIN: LINES_OF_GRID[grid]}
    depth = {MAIN: 1}
    parents: dict[str, str | None] = {MAIN: None}
    for number in range(draw(st.integers(0, 4))):
        parent = draw(st.sampled_from([name for name, level in depth.items() if level < DEPTH]))
        name = f"circuit{number}"
        parents[name], depth[name] = parent, depth[parent] + 1
        lines[name] = lines[parent] if draw(st.integers(0, 3)) else lines[parent][:1]
    amperes = st.sampled_from((10.0, 16.0, 20.0, 25.0, 32.0, 50.0, 63.0))
    return tuple(
        Circuit(
            id=name,
            name=name,
            parent=parent,
            fuse=per_line({line: draw(amperes) for line in lines[name]}),
            margin=draw(st.sampled_from((0.5, 1.0))),
        )
        for name, parent in parents.items()
    )


@st.composite
def sites(draw: st.DrawFn, max_chargers: int = 6) -> Site:
    grid = draw(st.sampled_from(Grid))
    circuits = draw(trees(grid))
    bare = Site(grid=grid, circuits=circuits)
    chargers = []
    for number in range(draw(st.integers(1, max_chargers))):
        circuit = draw(st.sampled_from(circuits)).id
        here = bare.lines(circuit)
        wirings = [wiring for wiring in WIRINGS[grid].values() if frozenset().union(*wiring) <= here]
        chargers.append(
            Charger(
                id=f"charger{number}",
                name=f"charger{number}",
                circuit=circuit,
                wiring=draw(st.sampled_from([None, *wirings])),
                capability=Capability(
                    maximum=draw(st.sampled_from((10.0, 16.0, 32.0))),
                    step=draw(st.sampled_from((1.0, 1.0, 0.5, 0.1))),
                    phases=draw(st.sampled_from((1, 3))),
                ),
                user_cap=draw(st.sampled_from((None, None, 5.0, 8.0, 13.0))),
                enabled=draw(st.integers(0, 7)) > 0,
            )
        )
    return Site(grid=grid, circuits=circuits, chargers=tuple(chargers))


@st.composite
def limits(draw: st.DrawFn, site: Site) -> list[Limit]:
    targets = [circuit.id for circuit in site.circuits] + [charger.id for charger in site.chargers]
    amperes = st.builds(
        Limit,
        id=st.uuids().map(str),
        source=st.just("test"),
        target=st.sampled_from(targets),
        value=st.sampled_from((0.0, 7.5, 12.0, 20.0)),
        floor=st.sampled_from((0.0, 10.0)),
    )
    watts = st.builds(
        Limit,
        id=st.uuids().map(str),
        source=st.just("test"),
        target=st.sampled_from(targets),
        value=st.sampled_from((1500.0, 4200.0, 11000.0)),
        unit=st.just(Unit.WATT),
    )
    return draw(st.lists(amperes | watts, max_size=3))


def _requests(site: Site, charger: Charger) -> st.SearchStrategy[Request]:
    lines = sorted(charger.lines & site.lines(charger.circuit))
    return st.builds(
        Request,
        charger=st.just(charger.id),
        lines=st.sets(st.sampled_from(lines), min_size=1).map(frozenset),
        minimum=st.sampled_from((6.0, 6.0, 8.0, 7.3)),
        maximum=st.sampled_from((charger.capability.maximum, 13.7, 6.2)),
        step=st.just(charger.capability.step),
        tier=st.integers(0, 2),
        weight=st.sampled_from((1.0, 1.0, 0.5, 1 / 3, 2.0)),
        order=st.integers(0, 3),
        keep=st.integers(0, 4).map(lambda roll: roll == 0),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A house with house loads, draws and requests."""
    site = draw(sites())
    rows = compile_rows(site, draw(limits(site)))
    share = st.sampled_from((-0.3, 0.0, 0.1, 0.35, 0.6, 0.9, 1.2))
    house = tuple(0.0 if row.circuit is None else round(draw(share) * row.bound, 2) for row in rows)
    enabled = [charger for charger in site.chargers if charger.enabled]
    requests = tuple(draw(_requests(site, charger)) for charger in enabled if draw(st.integers(0, 4)))
    amperes = st.tuples(*[st.sampled_from((0.0, 0.0, 0.3, 6.0, 10.0))] * LINES)
    draws = {charger.id: Draw(low=(0.0, 0.0, 0.0), high=draw(amperes)) for charger in enabled if draw(st.booleans())}
    return Case(rows, house, draws, requests)


@st.composite
def small_cases(draw: st.DrawFn) -> Case:
    """At most four chargers with whole amperes, one ampere counting as one: small enough to try everything."""
    main = Circuit(
        id=MAIN, name=MAIN, parent=None, fuse=draw(st.tuples(*[st.integers(6, 40).map(float)] * 3)), margin=0.0
    )
    circuits = [main]
    for number in range(draw(st.integers(0, 2))):
        fuse = draw(st.tuples(*[st.integers(6, 25).map(float)] * 3))
        parent = draw(st.sampled_from(circuits)).id
        circuits.append(Circuit(id=f"circuit{number}", name="", parent=parent, fuse=fuse, margin=0.0))
    chargers = tuple(
        Charger(
            id=f"charger{number}",
            name="",
            circuit=draw(st.sampled_from(circuits)).id,
            wiring=draw(st.sampled_from([*WIRINGS[Grid.TN].values()])),
        )
        for number in range(draw(st.integers(1, 4)))
    )
    rows = compile_rows(Site(grid=Grid.TN, circuits=tuple(circuits), chargers=chargers))
    requests = tuple(
        Request(
            charger=charger.id,
            lines=charger.lines,
            minimum=float(draw(st.integers(6, 9))),
            maximum=float(draw(st.integers(9, 14))),
            tier=draw(st.integers(0, 1)),
            order=draw(st.integers(0, 2)),
            keep=draw(st.integers(0, 3)) == 0,
        )
        for charger in chargers
    )
    house = tuple(float(draw(st.sampled_from((-3, 0, 2, 9)))) for _ in rows)
    return Case(rows, house, {}, requests)
