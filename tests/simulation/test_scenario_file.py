"""Scenario files: what they mean, what is refused, and the library that ships."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
import re

import numpy as np
import pytest
import yaml

from custom_components.ev_charger_pool.pool.model import AverageLimit, Breaker, Capability, Grid, Unit
from custom_components.ev_charger_pool.pool.strategy import Strategy
from custom_components.ev_charger_pool.simulation.evening import draw_evening
from custom_components.ev_charger_pool.simulation.scenario import (
    CarModel,
    ChargerModel,
    Fault,
    FaultKind,
    Household,
    MeterModel,
    Scenario,
)
from custom_components.ev_charger_pool.simulation.scenario_file import (
    ScenarioError,
    parse_scenario,
    read_library,
    read_scenario,
    write_scenario,
)
from custom_components.ev_charger_pool.simulation.scenario_format import (
    APPLIANCE,
    AVERAGE,
    CAR,
    CHARGER,
    CIRCUIT,
    FAULT,
    HOUSE,
    LIMIT,
    METER,
    SCENARIO,
)
from custom_components.ev_charger_pool.simulation.world import World

ROOT = Path(__file__).parent.parent.parent
FILE = Path("scenarios/small.yaml")

COMPARED = {
    "one_car_kettle",
    "two_cars_hob",
    "three_single_phase_25a",
    "mixed_rotation_25a",
    "six_cars_35a",
    "subpanel_tree",
    "slow_meter_hob",
    "whole_ampere_meter",
    "pv_export_one_phase",
    "heat_pump_night",
    "turns_four_cars_16a",
    "everything_evening",
}

GROUPS = {
    "Scenario": SCENARIO,
    "Meter": METER,
    "House": HOUSE,
    "Appliance": APPLIANCE,
    "Circuit": CIRCUIT,
    "Charger": CHARGER,
    "Car": CAR,
    "Limit": LIMIT,
    "Average": AVERAGE,
    "Fault": FAULT,
}
"""By their heading in the documentation."""

BASE = {
    "about": "A house.",
    "duration": "3 h",
    "fuse": 25,
    "meter": {},
    "house": {"appliances": [{"name": "kettle", "amperes": 9, "periods": [["20 min", "23 min"]]}]},
    "circuits": {"garage": {"fuse": 20}},
    "chargers": {"left": {"wiring": "L1L2L3"}, "right": {"wiring": "L2"}},
    "cars": [
        {"name": "one", "charger": "left", "arrives": "30 min", "leaves": "1 h", "needs": "20 kWh"},
        {"name": "two", "charger": "left", "arrives": "1 h", "needs": "20 kWh"},
    ],
    "limits": [{"at": "1 h", "target": "main", "amperes": 16}],
    "faults": [{"kind": "other_master", "at": "1 h", "target": "left"}],
}
REMOVED = object()


def altered(**changes: object) -> str:
    """The base with fields changed or removed; ``cars__0__leaves`` names a place."""
    content = yaml.safe_load(yaml.safe_dump(BASE))
    for field, value in changes.items():
        *path, last = (int(part) if part.isdigit() else part for part in field.split("__"))
        place = content
        for part in path:
            place = place[part]
        if value is REMOVED:
            del place[last]
        else:
            place[last] = value
    return yaml.safe_dump(content, sort_keys=False)


def read(**changes: object) -> Scenario:
    return parse_scenario(altered(**changes), FILE)


# What a file means


def test_defaults_are_those_of_the_model() -> None:
    scenario = read()
    assert scenario.name == "small"
    assert scenario.seconds == 10_800
    assert (scenario.start, scenario.seed) == (datetime(2026, 11, 20, 17, 0, tzinfo=UTC), 0)
    assert scenario.meters == {"main": MeterModel()}
    assert scenario.cars[1] == CarModel(name="two", charger="left", arrives=3600, leaves=10_800, needs=20_000)
    assert scenario.faults == (Fault(kind=FaultKind.OTHER_MASTER, target="left", at=3600, until=10_800),)
    assert scenario.chargers == {"left": ChargerModel(lines=(0, 1, 2)), "right": ChargerModel(lines=(1,))}
    left, right = scenario.site.chargers
    assert left.capability == Capability()
    assert right.capability == Capability(phases=1)
    main, garage = scenario.site.circuits
    assert (main.fuse, main.parent, main.metered, main.breaker) == ((25, 25, 25), None, True, Breaker.B)
    assert (garage.name, garage.parent, garage.metered) == ("garage", "main", False)
    assert scenario.settings.control


def test_what_differs_from_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "evening.yaml"
    path.write_text(
        """
about: All there is.
duration: 1 h 30 min
start: "2026-01-15 22:30"
seed: 7
strategy: first_come
hold: 30 s
window: 2 min
worst_house: [10, 5, 5]
fuse: [35, 25, 25]
breaker: gG
margin: 1
meter: {interval: 10 s, delay: 4 s, resolution: 1, signed: false, watts: true}
meter_lag: 5 s
house: {base: [2.5, -4, 0], noise: 0.2, trace: [h1, h2, h4], trace_peak: 8}
circuits:
  garage: {name: Garage, fuse: 20, breaker: C, reserve: 2, house: {base: 1}}
chargers:
  left: {circuit: garage, wiring: unknown, really: L2L3L1, maximum: 16, latency: 3 s, known_latency: 4 s, poll: 5 s}
cars:
  - {name: zoe, charger: left, needs: 500 Wh, phases: 1, minimum: 8, taper: 0.2 kWh, later_phases: [1 min, 3]}
limits: [{at: 0.5 h, until: 1 h, target: left, watts: 4200, floor: 1400, source: grid operator}]
faults:
  - {kind: clock_jumps, at: 10 min, by: -90 s}
  - {kind: phase_missing, target: main, line: L3, at: 5 s, until: 10 s}
""",
        encoding="utf-8",
    )
    scenario = read_scenario(path)
    assert (scenario.name, scenario.seconds, scenario.seed) == ("evening", 5400, 7)
    assert scenario.start == datetime(2026, 1, 15, 22, 30, tzinfo=UTC)
    assert (scenario.strategy, scenario.hold, scenario.window) == (Strategy.FIRST_COME, 30, 120)
    assert scenario.settings.worst_house == (10, 5, 5)
    assert scenario.meters == {
        "main": MeterModel(interval=10, delay=4, resolution=1, signed=False, watts=True),
    }
    main, garage = scenario.site.circuits
    assert (main.fuse, main.breaker, main.margin, main.meter_lag) == ((35, 25, 25), Breaker.GG, 1, 5)
    assert (garage.name, garage.breaker, garage.reserve) == ("Garage", Breaker.C, (2, 2, 2))
    assert scenario.households == {
        "main": Household(base=(2.5, -4, 0), noise=0.2, trace=("h1", "h2", "h4"), trace_peak=8),
        "garage": Household(base=(1, 1, 1)),
    }
    (charger,) = scenario.site.chargers
    assert (charger.circuit, charger.wiring) == ("garage", None)
    assert charger.capability == Capability(maximum=16, latency=4, poll_interval=5)
    assert scenario.chargers["left"] == ChargerModel(lines=(1, 2, 0), latency=3)
    (car,) = scenario.cars
    assert (car.arrives, car.leaves, car.needs, car.taper, car.later_phases) == (0, 5400, 500, 200, (60, 3))
    (change,) = scenario.limits
    assert (change.at, change.until) == (1800, 3600)
    limit = change.limit
    assert (limit.target, limit.value, limit.unit, limit.floor) == ("left", 4200, Unit.WATT, 1400)
    assert limit.source == "grid operator"
    jump, missing = scenario.faults
    assert (jump.seconds, jump.until) == (-90, 5400)
    assert (missing.line, missing.at, missing.until) == (2, 5, 10)


def test_averages_of_power() -> None:
    averages = [
        {"circuit": "main", "watts": 2500, "over": "15 min"},
        {"circuit": "garage", "watts": 8000, "over": "1 h"},
    ]
    scenario = read(circuits__garage={"fuse": 20, "meter": {}}, averages=averages)
    assert scenario.averages == (
        AverageLimit(circuit="main", watts=2500.0, minutes=15),
        AverageLimit(circuit="garage", watts=8000.0, minutes=60),
    )
    assert scenario.settings.averages == scenario.averages
    text = write_scenario(scenario)
    assert yaml.safe_load(text)["averages"] == averages
    assert parse_scenario(text, FILE) == scenario
    assert read(averages=[{"circuit": "main", "watts": 1, "over": "60 min"}]).averages[0].minutes == 60


def test_a_house_without_a_meter() -> None:
    scenario = read(meter="none", faults=[])
    assert not scenario.meters
    assert not scenario.site.circuits[0].metered


def test_without_a_neutral_a_phase_lies_between_two_lines() -> None:
    it = read(grid="IT", chargers__right__wiring="L3L1")
    assert it.chargers["right"].wiring == it.site.chargers[1].wiring == (frozenset({0, 2}),)
    assert it.chargers["left"].wiring == (frozenset({0, 1}), frozenset({1, 2}), frozenset({0, 2}))
    split = parse_scenario(
        "{about: A, duration: 1 h, grid: split_phase, voltage: 240, fuse: [99, 99, 0], chargers: {a: {wiring: L1L2}}}",
        FILE,
    )
    assert (split.site.grid, split.site.voltage) == (Grid.SPLIT_PHASE, 240)
    assert split.chargers["a"].wiring == (frozenset({0, 1}),)
    assert split.site.chargers[0].capability.phases == 1


def test_a_charger_may_be_wired_otherwise_than_told() -> None:
    scenario = read(chargers__left__really="L3L1L2")
    assert scenario.site.chargers[0].wiring == (frozenset({0}), frozenset({1}), frozenset({2}))
    assert scenario.chargers["left"].lines == (2, 0, 1)


# What is refused

BAD = [
    # fields
    ({"about": REMOVED}, "about: is missing; a scenario needs about, duration, fuse, chargers"),
    ({"colour": "red"}, "colour: there is no such field; a scenario has about, duration, "),
    ({"cars__0__seats": 5}, r"cars\[0\]\.seats: there is no such field; a car has name, charger, arrives, "),
    ({"faults__0__line": "L1"}, r"faults\[0\]\.line: there is no such field; other_master has kind, target, at, until"),
    ({"house__appliances__0__amperes": REMOVED}, r"house\.appliances\[0\]\.amperes: is missing; an appliance needs"),
    # types
    ({"about": 7}, "about: expected a text, got 7"),
    ({"about": None}, "about: expected a text, got nothing"),
    ({"fuse": "25 A"}, "fuse: expected a current in A of 0 or more, or a list of three, got 25 A"),
    ({"fuse": True}, "fuse: expected a current in A of 0 or more, or a list of three, got true"),
    ({"fuse": [25, 25]}, r"fuse: expected a current in A of 0 or more, or a list of three, got \[25, 25\]"),
    ({"fuse": [25, "x", 25]}, r"fuse\[1\]: expected a current in A of 0 or more, got x"),
    ({"fuse": 10**400}, "fuse: expected a current in A of 0 or more, or a list of three, got 1000"),
    ({"seed": 1.5}, r"seed: expected a whole number of 0 or more, got 1\.5"),
    ({"meter__signed": 1}, r"meter\.signed: expected true or false, got 1"),
    ({"meter": "always"}, r"meter: expected the fields of a meter \(interval, delay, .*\), got always"),
    ({"house": None}, r"house: expected the fields of a house \(base, .*\), got nothing"),
    ({"chargers": ["left"]}, "chargers: expected names, each with its fields, got "),
    ({"chargers__5": {"wiring": "L1"}}, "chargers: expected a name that is a text, got 5"),
    ({"cars": {}}, "cars: expected a list, got {}"),
    ({"strategy": "fair"}, "strategy: expected one of equal_share, priority, weights, .*, got fair"),
    ({"breaker": "K"}, "breaker: expected one of B, C, D, gG, got K"),
    ({"grid": "TT"}, "grid: expected one of TN, IT, split_phase, got TT"),
    ({"start": "17:00"}, "start: expected a date and a time of UTC in quotes, .*, got 17:00"),
    ({"start": "2026-11-20 17:00+02:00"}, "start: expected a date and a time of UTC in quotes"),
    ({"house__trace": ["h1", "h2"]}, r"house\.trace: expected a list of three measured houses, .*, got \['h1', 'h2'\]"),
    ({"house__trace": ["h1", "h2", "x"]}, r"house\.trace\[2\]: expected one of h1, h2, .*, got x"),
    # numbers
    ({"house": {"noise": float("nan")}}, r"house\.noise: expected a current in A of 0 or more, got nan"),
    ({"house": {"base": float("inf")}}, r"house\.base: expected a current in A, or a list of three, got inf"),
    ({"house": {"noise": -1}}, r"house\.noise: expected a current in A of 0 or more, got -1"),
    ({"voltage": 0}, "voltage: expected a voltage in V above 0, got 0"),
    ({"meter__resolution": 0}, r"meter\.resolution: expected a current in A above 0, got 0"),
    ({"cars__0__phases": 4}, r"cars\[0\]\.phases: expected 1, 2 or 3, got 4"),
    ({"chargers__left__priority": 0}, r"chargers\.left\.priority: expected a whole number of 1 or more, got 0"),
    # times and energies
    ({"duration": 90}, "duration: expected a time above 0 with its unit, such as 90 s, 30 min or 1 h 30 min, got 90"),
    ({"duration": "0.5 s"}, r"duration: expected whole seconds, got 0\.5 s"),
    ({"cars__0__arrives": "1:30"}, r"cars\[0\]\.arrives: expected a time with its unit, .*, got 1:30"),
    ({"cars__0__arrives": "-5 min"}, r"cars\[0\]\.arrives: expected a time with its unit, .*, got -5 min"),
    ({"cars__0__arrives": "5 hours"}, r"cars\[0\]\.arrives: expected a time with its unit, .*, got 5 hours"),
    ({"meter__interval": "0 s"}, r"meter\.interval: expected a time above 0 with its unit, .*, got 0 s"),
    ({"cars__0__needs": 20}, r"cars\[0\]\.needs: expected an energy above 0 with its unit, .*, got 20"),
    ({"cars__0__needs": "0 kWh"}, r"cars\[0\]\.needs: expected an energy above 0 with its unit, .*, got 0 kWh"),
    # circuits
    ({"fuse": 0}, "fuse: expected a rated current above 0 A on one line at least, got 0 on all"),
    ({"circuits__main": {"fuse": 20}}, r"circuits\.main: it is the circuit behind the main fuse"),
    ({"circuits__garage__parent": "garage"}, r"parent: expected a circuit that stands before it \(main\), got garage"),
    ({"grid": "split_phase"}, "fuse: expected a list of L1, L2 and 0, because split phase has no L3, got 25"),
    ({"fuse": [25, 25, 0]}, r"chargers\.left\.wiring: L1L2L3 needs L3, which circuit main does not have"),
    # chargers
    ({"chargers": {}}, "chargers: expected at least one charger, got none"),
    ({"chargers__left__circuit": "attic"}, r"chargers\.left\.circuit: expected one of the circuits \(garage, main\)"),
    ({"chargers__garage": {"wiring": "L1"}}, r"chargers\.garage: a circuit has the same name"),
    ({"chargers__left__wiring": "L4"}, r"chargers\.left\.wiring: expected one of L1, L2, .*, unknown, got L4"),
    ({"chargers__left__wiring": "unknown"}, r"chargers\.left\.really: is missing; one of L1, L2, L3, .* is told as"),
    ({"chargers__left__really": "unknown"}, r"chargers\.left\.really: expected one of L1, .*, got unknown"),
    ({"chargers__left__really": "L1"}, r"left\.really: expected a wiring with as many phases as L1L2L3, got L1"),
    ({"chargers__right__phases": 3}, r"chargers\.right\.phases: expected as many as its wiring has \(1\), got 3"),
    ({"chargers__left__phases": 1}, r"chargers\.left\.phases: expected as many as its wiring has \(3\), got 1"),
    ({"chargers__left__minimum": 40}, r"left\.minimum: 40\.0 A is not above 0 and at most the maximum of 32\.0 A"),
    ({"chargers__left__step": 33}, r"chargers\.left\.step: 33\.0 A is not above 0 and at most the maximum"),
    ({"chargers__left__limit": 33}, r"left\.limit: expected at most the maximum of the charger \(32 A\), got 33"),
    ({"chargers__left__timeout": "60 s"}, r"left\.feed: expected what feeds its watchdog, .*, got nothing"),
    (
        {"chargers__left__timeout": "60 s", "chargers__left__feed": "write"},
        r"left\.expiry: expected what it does after its timeout, got keeps_limit",
    ),
    # houses
    (
        {"circuits__garage": {"fuse": [20, 0, 0], "house": {"base": 1}}},
        r"circuits\.garage\.house\.base: expected a list with 0 on L2, which the circuit does not have, got 1",
    ),
    (
        {"circuits__garage": {"fuse": [20, 0, 0], "house": {"trace": ["h1", "h1", "h1"]}}},
        r"circuits\.garage\.house\.trace: needs a circuit with three lines",
    ),
    (
        {"house__appliances__0__periods": [["20 min", "10 min"]]},
        r"appliances\[0\]\.periods\[0\]\[1\]: expected a time after its beginning \(20 min\), got 10 min",
    ),
    (
        {"house__appliances__0__periods": [["20 min", "30 min"], ["25 min", "40 min"]]},
        r"appliances\[0\]\.periods\[1\]: expected a period after the one before it \(30 min\), got 25 min",
    ),
    ({"house__appliances__0__periods": ["20 min"]}, r"periods\[0\]: expected a list of two times, .*, got 20 min"),
    # cars
    ({"cars__0__leaves": "10 min"}, r"cars\[0\]\.leaves: expected a time after arrives \(30 min\), got 10 min"),
    ({"cars__1__leaves": "4 h"}, r"cars\[1\]\.leaves: expected a time up to the end of the scenario \(3 h\), got 4 h"),
    ({"cars__1__arrives": "3 h"}, r"cars\[1\]\.arrives: expected a time before the end of the scenario \(3 h\)"),
    ({"cars__1__arrives": "59 min"}, r"cars\[1\]\.charger: left is taken by one from 30 min to 1 h"),
    ({"cars__1__charger": "middle"}, r"cars\[1\]\.charger: expected one of the chargers \(left, right\), got middle"),
    ({"cars__1__name": "one"}, r"cars\[1\]\.name: expected a name that no other car has, got one"),
    ({"cars__0__minimum": 20}, r"cars\[0\]\.minimum: expected at most the maximum of the car \(16 A\), got 20"),
    ({"cars__0__taper": "21 kWh"}, r"cars\[0\]\.taper: expected at most what the car needs \(20000 Wh\), got 21000 Wh"),
    (
        {"cars__0__later_phases": ["1 min", 3]},
        r"cars\[0\]\.later_phases: expected more phases than at first \(3\), got",
    ),
    # limits
    ({"limits__0__target": "attic"}, r"limits\[0\]\.target: expected a circuit or a charger \(main, garage, left, ri"),
    ({"limits__0__watts": 4200}, r"limits\[0\]: expected one of amperes and watts, got both"),
    ({"limits__0__amperes": REMOVED}, r"limits\[0\]: expected one of amperes and watts, got none of them"),
    ({"limits__0__until": "1 h"}, r"limits\[0\]\.until: expected a time after at \(1 h\), got 1 h"),
    (
        {"limits": [{"at": "1 h", "target": "main", "amperes": 9, "id": "x"}] * 2},
        r"limits\[0\]\.id: expected an id that no other limit has, got x",
    ),
    # averages
    *(
        ({"averages": [{"circuit": "main", "watts": 2500, "over": "15 min"} | wrong]}, rf"averages\[0\]\.{message}")
        for wrong, message in (
            ({"over": "30 min"}, "over: expected 15 min or 1 h, got 30 min"),
            ({"over": 15}, "over: expected 15 min or 1 h, got 15"),
            ({"watts": 0}, "watts: expected a power in W above 0, got 0"),
            ({"circuit": "garage"}, r"circuit: expected a circuit with a meter \(main\), got garage"),
            ({"circuit": "left"}, r"circuit: expected a circuit with a meter \(main\), got left"),
            ({"floor": 5}, "floor: there is no such field; an average has circuit, watts, over"),
        )
    ),
    ({"averages": [{"circuit": "main", "over": "1 h"}]}, r"averages\[0\]\.watts: is missing; an average needs"),
    (
        {"averages": [{"circuit": "main", "watts": 2500, "over": over} for over in ("15 min", "1 h")]},
        r"averages\[0\]\.circuit: expected a circuit that no other average is for, got main",
    ),
    # faults
    ({"faults__0__kind": "fire"}, r"faults\[0\]\.kind: expected one of meter_silent, .*, got fire"),
    ({"faults__0__target": "main"}, r"faults\[0\]\.target: expected a charger \(left, right\), got main"),
    ({"faults__0__target": REMOVED}, r"faults\[0\]\.target: is missing; other_master needs it"),
    ({"faults__0__at": "4 h"}, r"faults\[0\]\.at: expected a time before the end of the scenario \(3 h\), got 4 h"),
    (
        {"faults__0__until": "4 h"},
        r"faults\[0\]\.until: expected a time up to the end of the scenario \(3 h\), got 4 h",
    ),
    (
        {"faults": [{"kind": "meter_silent", "at": "1 h", "target": "garage"}]},
        r"faults\[0\]\.target: expected a circuit with a meter \(main\), got garage",
    ),
    (
        {"faults": [{"kind": "restart", "at": "1 h", "target": "main"}]},
        r"faults\[0\]\.target: there is no such field; restart has kind, at, until",
    ),
    ({"faults": [{"kind": "clock_jumps", "at": "1 h"}]}, r"faults\[0\]\.by: is missing; clock_jumps needs it"),
    ({"faults": [{"kind": "clock_jumps", "at": "1 h", "by": 60}]}, r"faults\[0\]\.by: expected a time with its unit"),
    (
        {
            "circuits__garage": {"fuse": [20, 0, 0], "meter": {}},
            "faults": [{"kind": "phase_missing", "at": "1 h", "target": "garage", "line": "L2"}],
        },
        r"faults\[0\]\.line: circuit garage does not have L2",
    ),
]


@pytest.mark.parametrize(("changes", "message"), BAD, ids=[message[:50] for _, message in BAD])
def test_what_does_not_fit_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ScenarioError, match=rf"^scenarios/small\.yaml: .*{message}") as refused:
        read(**changes)
    assert len(str(refused.value)) < 800


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("about: [1, 2\nfuse: 25\n", r"line 2: expected ',' or ']'"),
        ("about: A\nfuse: 25\nfuse: 32\n", "line 3: fuse is there twice"),
        ("a: &a [*a]\nb: !!python/name:os.system\n", "line 2: could not determine a constructor"),
        ("? [about]\n: A\n", "line 1: found unhashable key"),
        ("about: \x00", "is no YAML"),
        ("start: 2026-13-45", "is no YAML"),
        ("", "expected the fields of a scenario .*, got nothing"),
        ("- about\n", r"expected the fields of a scenario .*, got \['about'\]"),
        ("25", "expected the fields of a scenario .*, got 25"),
    ],
)
def test_what_is_no_mapping_is_refused(text: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=rf"^scenarios/small\.yaml: {message}"):
        parse_scenario(text, FILE)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"nothing\.yaml: cannot be read"):
        read_scenario(tmp_path / "nothing.yaml")
    path = tmp_path / "binary.yaml"
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ScenarioError, match=r"binary\.yaml: cannot be read"):
        read_scenario(path)
    with pytest.raises(ScenarioError, match=r"expected a folder with files that end in \.yaml"):
        read_library(tmp_path / "nowhere")


# Writing


@pytest.mark.parametrize("number", range(15))
def test_what_is_drawn_at_random_reads_back_equal(number: int) -> None:
    scenario = draw_evening(7, number)
    assert parse_scenario(write_scenario(scenario), Path(f"{scenario.name}.yaml")) == scenario


def test_what_has_its_default_is_not_written() -> None:
    assert yaml.safe_load(write_scenario(read(meter=REMOVED, limits=REMOVED, faults=REMOVED))) == {
        "about": "A house.",
        "duration": "3 h",
        "fuse": 25,
        "house": {"appliances": [{"name": "kettle", "amperes": 9, "periods": [["20 min", "23 min"]]}]},
        "circuits": {"garage": {"fuse": 20}},
        "chargers": {"left": {"wiring": "L1L2L3"}, "right": {"wiring": "L2"}},
        "cars": [
            {"name": "one", "charger": "left", "arrives": "30 min", "leaves": "1 h", "needs": "20 kWh"},
            {"name": "two", "charger": "left", "arrives": "1 h", "leaves": "3 h", "needs": "20 kWh"},
        ],
    }


def test_what_a_file_cannot_hold_is_not_written() -> None:
    scenario = read()
    car = replace(scenario.cars[0], leaves=99_999.0)
    with pytest.raises(ScenarioError, match=r"cars\[0\]\.leaves: expected a time up to the end"):
        write_scenario(replace(scenario, cars=(car,)))
    site = scenario.site
    crossed = replace(site.chargers[0], wiring=(frozenset({0, 1}),))
    with pytest.raises(ValueError, match="wiring: there is no word for"):
        write_scenario(replace(scenario, site=replace(site, chargers=(crossed, site.chargers[1]))))
    main = replace(site.circuits[0], name="Meter cabinet")
    with pytest.raises(ValueError, match="small: a file cannot hold all of this scenario"):
        write_scenario(replace(scenario, site=replace(site, circuits=(main, site.circuits[1]))))


# The library

LIBRARY = read_library(ROOT / "scenarios")


def test_the_library() -> None:
    names = [scenario.name for scenario in LIBRARY]
    assert names == sorted(names)
    assert len(names) >= 34
    assert set(names) >= COMPARED
    assert {fault.kind for scenario in LIBRARY for fault in scenario.faults} == set(FaultKind)
    assert {scenario.strategy for scenario in LIBRARY} == set(Strategy)
    assert {len(scenario.site.chargers) for scenario in LIBRARY} == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize("scenario", LIBRARY, ids=lambda scenario: scenario.name)
def test_a_scenario_of_the_library(scenario: Scenario) -> None:
    assert parse_scenario(write_scenario(scenario), Path(f"{scenario.name}.yaml")) == scenario
    assert scenario.about.endswith(".")
    assert 2 * 3600 <= scenario.seconds <= 4 * 3600
    assert scenario.name not in COMPARED or not (scenario.faults or scenario.limits or scenario.averages)
    world = World(scenario, start=0.0)
    for index, circuit in enumerate(scenario.site.circuits):
        lines = sorted(scenario.site.lines(circuit.id))
        house, fuse = world.house[:, index, lines], np.array(circuit.fuse)[lines]
        meter = scenario.meters.get(circuit.id)
        slow = meter is not None and meter.interval + meter.delay >= 5
        share = 1.0 if scenario.name == "house_nearly_full" else 0.8
        assert (np.abs(house) <= share * fuse).all()
        # Cars that filled the fuse are still there when the house has made its step.
        step = house[15:] - house[:-15]
        assert (step <= (0.4 if slow else 0.6) * fuse).all()


# The documentation


def documented() -> dict[str, dict[str, str]]:
    """Per heading the fields of its table and their defaults."""
    text = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    tables: dict[str, dict[str, str]] = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        _, _, table = body.partition("| field | unit or values | default | meaning |")
        rows = [[cell.strip() for cell in line.split(" | ")] for line in table.partition("\n\n")[0].splitlines()[2:]]
        if rows:
            tables[heading.strip()] = {row[0].strip("| `"): row[2] for row in rows}
    return tables


def test_the_documentation_names_every_field() -> None:
    assert {heading: list(table) for heading, table in documented().items()} == {
        heading: list(group.fields) for heading, group in GROUPS.items()
    }


def test_the_documentation_says_which_fields_have_to_be_there() -> None:
    for heading, table in documented().items():
        required = {field for field, default in table.items() if default == "required"}
        assert required == set(GROUPS[heading].required), heading


PLACES = {
    "Scenario": "",
    "Meter": "meter__",
    "House": "house__",
    "Circuit": "circuits__garage__",
    "Charger": "chargers__left__",
    "Car": "cars__0__",
    "Limit": "limits__0__",
    "Fault": "faults__0__",
}
"""Where one of each stands in the base."""
DEFAULTS = [
    (f"{PLACES[heading]}{field}", default.strip("`"))
    for heading, table in documented().items()
    for field, default in table.items()
    if re.fullmatch("`[^`]*`", default)
]


@cache
def defaults() -> Scenario:
    return read(cars__0__arrives=REMOVED)


def test_there_are_documented_defaults() -> None:
    assert len(DEFAULTS) > 40


@pytest.mark.parametrize(("place", "default"), DEFAULTS)
def test_the_documented_default_is_what_is_taken(place: str, default: str) -> None:
    plain = defaults()
    written = read(**{"cars__0__arrives": REMOVED, place: yaml.safe_load(default)})
    different = [field.name for field in fields(plain) if getattr(plain, field.name) != getattr(written, field.name)]
    assert not different
