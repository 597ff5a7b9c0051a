"""A site at random: fuses, sub-circuits, and chargers that are what their capability promises."""

from dataclasses import dataclass
import math
from random import Random

from ..pool.model import (
    LINES,
    MAIN,
    Amperes,
    Breaker,
    Capability,
    Charger,
    Circuit,
    Expiry,
    Feed,
    Grid,
    Site,
    Wiring,
)
from .scenario import ChargerModel

_FUSES = (16.0, 20.0, 25.0, 32.0, 35.0, 40.0, 50.0, 63.0)
_VOLTAGE = {Grid.TN: 230.0, Grid.IT: 230.0, Grid.SPLIT_PHASE: 240.0}
_QUICK, _SLOW, _VERY_SLOW = (0.0, 0.0, 1.0, 2.0, 5.0, 10.0), 90.0, 900.0
"""Write intervals: of most chargers, of some behind a cloud, of a few that may be written four times an hour."""

_DELTA: Wiring = (frozenset({0, 1}), frozenset({1, 2}), frozenset({0, 2}))


@dataclass(frozen=True, slots=True)
class Parts:
    """A site and what its chargers really are, by id."""

    site: Site
    chargers: dict[str, ChargerModel]


def draw_site(chance: Random) -> Parts:
    """One to six chargers behind a main fuse and up to two sub-circuits; unmetered ones have no reserve yet."""
    grid = chance.choices((Grid.TN, Grid.IT, Grid.SPLIT_PHASE), (8, 1, 1))[0]
    bare = Site(grid=grid, circuits=_circuits(chance, grid), voltage=_VOLTAGE[grid])
    models: dict[str, ChargerModel] = {}
    chargers = []
    for number in range(1, chance.randint(1, 6) + 1):
        key = f"box_{number}"
        circuit = chance.choice(bare.circuits).id
        wiring = _wiring(chance, grid, sorted(bare.lines(circuit)))
        capability, models[key] = _charger(chance, wiring)
        chargers.append(
            Charger(
                id=key,
                name=f"Box {number}",
                circuit=circuit,
                wiring=None if chance.random() < 0.2 else wiring,
                capability=capability,
                user_cap=chance.choice((8.0, 10.0, 13.0)) if chance.random() < 0.15 else None,
                priority=chance.randint(1, 3),
            )
        )
    return Parts(Site(grid=grid, circuits=bare.circuits, chargers=tuple(chargers), voltage=bare.voltage), models)


def _circuits(chance: Random, grid: Grid) -> tuple[Circuit, ...]:
    rated = chance.choice(_FUSES)
    lines = _lines(chance, grid)
    circuits = [
        Circuit(
            id=MAIN,
            name="Main fuse",
            parent=None,
            fuse=_on(lines, rated),
            breaker=chance.choices((Breaker.B, Breaker.C, Breaker.GG), (5, 2, 3))[0],
            metered=True,
        )
    ]
    for number in range(1, chance.choices((0, 1, 2), (5, 3, 2))[0] + 1):
        parent = chance.choice(circuits)
        there = [line for line in range(LINES) if parent.fuse[line] > 0]
        if grid is Grid.TN and chance.random() < 0.2:
            there = [chance.choice(there)]
        smaller = [fuse for fuse in _FUSES if fuse <= max(parent.fuse)]
        circuits.append(
            Circuit(
                id=f"sub_{number}",
                name=f"Sub-circuit {number}",
                parent=parent.id,
                fuse=_on(there, chance.choice(smaller)),
                breaker=chance.choice((Breaker.B, Breaker.C)),
                metered=chance.random() < 0.5,
            )
        )
    return tuple(circuits)


def _lines(chance: Random, grid: Grid) -> list[int]:
    if grid is Grid.SPLIT_PHASE:
        return [0, 1]
    if grid is Grid.IT:
        return [0, 1, 2]
    return [0] if chance.random() < 0.2 else [0, 1, 2]


def _on(lines: list[int], amperes: float) -> Amperes:
    values = [amperes if line in lines else 0.0 for line in range(LINES)]
    return values[0], values[1], values[2]


def _wiring(chance: Random, grid: Grid, lines: list[int]) -> Wiring:
    """How a charger is really wired; without a neutral its phases lie between two lines."""
    if grid is not Grid.TN:
        pairs = _DELTA if len(lines) == LINES else (frozenset(lines),)
        return pairs if len(pairs) == LINES and chance.random() < 0.3 else (chance.choice(pairs),)
    phases = len(lines) if chance.random() < 0.6 else 1
    return tuple(frozenset({line}) for line in chance.sample(lines, phases))


def _charger(chance: Random, wiring: Wiring) -> tuple[Capability, ChargerModel]:
    """What is promised of a charger, and how it really is: never slower or wilder than promised."""
    maximum = chance.choice((16.0, 16.0, 32.0))
    latency = round(chance.uniform(0.1, 3.0), 1)
    pace = chance.choices((chance.choice(_QUICK), _SLOW, _VERY_SLOW), (88, 8, 4))[0]
    reboot_default = chance.choice((6.0, 6.0, 10.0, maximum))
    timeout = max(60.0, 3 * pace) if chance.random() < 0.25 else None
    fall_back = chance.choice((0.0, 6.0, 10.0))
    expiry = Expiry.KEEPS_LIMIT if timeout is None else (Expiry.FALL_BACK if fall_back else Expiry.STOPS)
    capability = Capability(
        maximum=maximum,
        step=chance.choice((0.1, 1.0)),
        phases=len(wiring),
        measures=chance.random() < 0.85,
        poll_interval=chance.choice((1.0, 2.0, 2.0, 5.0, 10.0)),
        write_interval=pace,
        latency=float(math.ceil(latency)),
        resend=None if timeout is None else timeout / 3,
        feed=Feed.NOTHING if timeout is None else Feed.WRITE,
        expiry=expiry,
        fall_back=fall_back if expiry is Expiry.FALL_BACK else None,
        reboot_default=reboot_default if chance.random() < 0.7 else None,
    )
    model = ChargerModel(
        lines=tuple(min(lines) for lines in wiring),
        returns=tuple(max(lines) for lines in wiring if len(lines) > 1),
        limit=6.0 if chance.random() < 0.8 else chance.choice((0.0, 10.0, maximum)),
        latency=latency,
        reboot_default=reboot_default,
        timeout=timeout,
        fall_back=fall_back,
    )
    return capability, model
