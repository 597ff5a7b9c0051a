"""Three hours in a house, drawn at random: site, wiring, cars, meters and what fails."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from ..pool.model import LINES, MAIN, AverageLimit, Charger, Grid, Limit, Site, Unit
from ..pool.strategy import Strategy
from .evening_loads import draw_households, highest
from .evening_site import draw_site
from .scenario import CarModel, ChargerModel, Fault, FaultKind, Household, LimitChange, MeterModel, Scenario
from .scenario_format import METER_FAULTS, SITE_FAULTS

SECONDS = 3 * 3600
_NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_SLOW_METER = 5.0
"""A value that may be so old makes a meter slow, s."""

_LONGEST = {FaultKind.RESTART: 180.0, FaultKind.CRASH: 180.0, FaultKind.CHARGER_REBOOTS: 120.0}
_LONGEST_FAULT = 900.0


def draw_evening(seed: int, number: int) -> Scenario:
    """One evening; the same seed and number give the same one."""
    chance = Random(f"{seed}/{number}")  # noqa: S311  it is to be drawn again, and keeps no secret
    parts = draw_site(chance)
    meters = {circuit.id: _meter(chance) for circuit in parts.site.circuits if circuit.metered}
    slow = frozenset(key for key, meter in meters.items() if meter.interval + meter.delay >= _SLOW_METER)
    households = draw_households(chance, parts.site, SECONDS, slow)
    site = _measured(parts.site, meters, households)
    cars = tuple(car for charger in site.chargers for car in _stays(chance, charger, parts.chargers[charger.id]))
    worst = highest(households, site.circuits, SECONDS)
    return Scenario(
        name=f"evening_{seed}_{number}",
        about=f"Evening {number} of seed {seed}, drawn at random.",
        seconds=SECONDS,
        start=_NOON + timedelta(minutes=chance.randrange(6 * 60)),
        seed=chance.randrange(1_000_000),
        site=_car_minimums(chance, site, cars),
        strategy=chance.choice(list(Strategy)),
        hold=chance.choice((60.0, 60.0, 30.0, 10.0)),
        window=chance.choice((300.0, 300.0, 120.0, 60.0)),
        worst_house=worst if chance.random() < 0.6 else None,
        households=households,
        meters=meters,
        chargers=parts.chargers,
        cars=cars,
        faults=_faults(chance, site),
        limits=tuple(
            _limit(chance, site, f"limit_{number}") for number in range(1, chance.choices((1, 2, 3), (7, 2, 1))[0])
        ),
        averages=(_average(chance, site),) if chance.random() < 0.1 else (),
    )


def _meter(chance: Random) -> MeterModel:
    signed = chance.random() < 0.85
    return MeterModel(
        interval=chance.choice((1.0, 1.0, 1.0, 2.0, 5.0, 10.0)),
        delay=0.0 if chance.random() < 0.4 else round(chance.uniform(0.0, 4.0), 1),
        resolution=chance.choice((0.01, 0.1, 1.0)),
        signed=signed,
        watts=not signed or chance.random() < 0.3,
    )


def _measured(site: Site, meters: Mapping[str, MeterModel], households: Mapping[str, Household]) -> Site:
    """The site with margins that fit its meters, and reserves that cover what no meter tells."""
    circuits = [
        replace(circuit, margin=max(circuit.margin, meters[circuit.id].resolution))
        if circuit.id in meters
        else replace(circuit, reserve=highest(households, [circuit], SECONDS))
        for circuit in site.circuits
    ]
    return replace(site, circuits=tuple(circuits))


def _stays(chance: Random, charger: Charger, model: ChargerModel) -> Iterable[CarModel]:
    """Up to two cars, one after the other."""
    free = 0.0
    for place in range(chance.choices((0, 1, 2), (1, 6, 3))[0]):
        early = place == 0 and model.limit <= charger.minimum and chance.random() < 0.3
        arrives = 0.0 if early else float(round(free + chance.uniform(60, SECONDS / 3)))
        leaves = float(round(arrives + chance.uniform(1200, SECONDS)))
        yield _car(chance, f"car_{charger.id}_{place + 1}", charger, arrives, min(leaves, float(SECONDS)))
        free = leaves
        if free > SECONDS / 2:
            return


def _car(chance: Random, name: str, charger: Charger, arrives: float, leaves: float) -> CarModel:
    wired = charger.capability.phases
    phases = chance.choice((1, wired, wired))
    minimum = chance.choice((6.0, 6.0, 6.0, 8.0, 10.0, 13.0))
    needs = float(100 * chance.randint(10, 400))
    later = (float(chance.randint(60, 3600)), wired) if phases < wired and chance.random() < 0.3 else None
    return CarModel(
        name=name,
        charger=charger.id,
        arrives=arrives,
        leaves=leaves,
        needs=needs,
        phases=phases,
        maximum=max(minimum, chance.choice((10.0, 16.0, 16.0, 20.0, 32.0))),
        minimum=minimum,
        reaction=round(chance.uniform(1.0, 5.0), 1),
        ramp=round(chance.uniform(0.5, 10.0), 1),
        taper=float(round(needs * chance.uniform(0.02, 0.2))) if chance.random() < 0.4 else 0.0,
        sleeps_after=chance.randint(1, 4) if chance.random() < 0.15 else None,
        later_phases=later,
        excess=0.5 if chance.random() < 0.1 else 0.0,
    )


def _car_minimums(chance: Random, site: Site, cars: Iterable[CarModel]) -> Site:
    """The site, told of some chargers what their cars charge with at least."""
    least: dict[str, float] = {}
    for car in cars:
        least[car.charger] = max(car.minimum, least.get(car.charger, 0.0))
    chargers = [
        replace(charger, car_minimum=least[charger.id])
        if least.get(charger.id, 0.0) > charger.capability.minimum and chance.random() < 0.6
        else charger
        for charger in site.chargers
    ]
    return replace(site, chargers=tuple(chargers))


def _faults(chance: Random, site: Site) -> tuple[Fault, ...]:
    """Up to three, no two of a kind on one target."""
    drawn: dict[tuple[FaultKind, str], Fault] = {}
    for _ in range(chance.randint(0, 3)):
        fault = _fault(chance, site)
        drawn.setdefault((fault.kind, fault.target), fault)
    return tuple(sorted(drawn.values(), key=lambda fault: fault.at))


def _fault(chance: Random, site: Site) -> Fault:
    kind = chance.choice(list(FaultKind))
    circuit = chance.choice([circuit for circuit in site.circuits if circuit.metered])
    charger = chance.choice(site.chargers)
    at = chance.randint(120, SECONDS - 1800)
    lasts = round(chance.uniform(5, _LONGEST.get(kind, _LONGEST_FAULT)))
    target = circuit.id if kind in METER_FAULTS else "" if kind in SITE_FAULTS else charger.id
    fault = Fault(kind=kind, target=target, at=float(at), until=float(at + lasts))
    match kind:
        case FaultKind.PHASE_MISSING:
            return replace(fault, line=chance.choice([line for line in range(LINES) if circuit.fuse[line] > 0]))
        case FaultKind.OTHER_MASTER:
            amperes = chance.choice((6.0, 10.0, charger.capability.maximum))
            return replace(fault, amperes=amperes, period=float(chance.randint(5, 60)))
        case FaultKind.CLOCK_JUMPS:
            return replace(fault, seconds=float(chance.choice((-1, 1)) * chance.randint(60, 7200)))
        case _:
            return fault


def _limit(chance: Random, site: Site, key: str) -> LimitChange:
    """Of the grid, of a circuit or of one charger."""
    at = chance.randint(0, SECONDS - 600)
    target = chance.choice(
        (MAIN, *(circuit.id for circuit in site.circuits), *(charger.id for charger in site.chargers))
    )
    unit = chance.choice(list(Unit))
    amperes = float(chance.randint(6, 32))
    scale = 1.0 if unit is Unit.AMPERE else site.voltage
    return LimitChange(
        at=float(at),
        until=float(min(at + chance.randint(120, 3600), SECONDS)),
        limit=Limit(
            id=key,
            source="grid" if target == MAIN else "owner",
            target=target,
            value=amperes * scale,
            unit=unit,
            floor=6.0 * scale if chance.random() < 0.3 else 0.0,
        ),
    )


def _average(chance: Random, site: Site) -> AverageLimit:
    """Of a circuit with a meter, by the quarter-hour or the hour: a part of what its fuses carry."""
    circuit = chance.choice([circuit for circuit in site.circuits if circuit.metered])
    volts = site.voltage if site.grid is Grid.TN else site.voltage / 2
    watts = round(chance.uniform(0.3, 0.8) * volts * sum(circuit.fuse), -2)
    return AverageLimit(circuit=circuit.id, watts=watts, minutes=chance.choice((15, 60)))
