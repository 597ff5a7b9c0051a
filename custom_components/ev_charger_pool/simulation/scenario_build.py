"""From the fields of a scenario file to a scenario."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..pool.model import MAIN, AverageLimit, Capability, Charger, Circuit, Grid, Limit, Site, Unit
from .fields import Place, listed
from .scenario import CarModel, ChargerModel, Fault, LimitChange, MeterModel, Scenario
from .scenario_format import (
    AVERAGE_NAMES,
    CAPABILITY_NAMES,
    CHARGER_MODEL_NAMES,
    CHARGER_NAMES,
    CIRCUIT_NAMES,
    FAULT_FIELDS,
    FAULT_NAMES,
    FAULT_OPTIONAL,
    MAIN_NAME,
    OUTSIDE,
    SCENARIO_NAMES,
    SITE_NAMES,
    limit_id,
)
from .values import word
from .wirings import UNKNOWN, WIRED

type Values = Mapping[str, Any]
"""What a group of fields holds."""


def build(name: str, values: Values, place: Place) -> Scenario:
    """The scenario of a file.

    Args:
        name: Of the scenario.
        values: As the format's own kinds have read them.
        place: The file.

    Raises:
        ScenarioError: Where a field does not fit the others.
    """
    seconds = values["duration"]
    if seconds != int(seconds):
        place.field("duration").expect("whole seconds", f"{seconds} s")
    site = _circuits(values, place)
    chargers: list[Charger] = []
    models: dict[str, ChargerModel] = {}
    if not values["chargers"]:
        place.field("chargers").expect("at least one charger", "none")
    for key, fields in values["chargers"].items():
        charger, models[key] = _charger(key, fields, site, place.field("chargers").field(key))
        chargers.append(charger)
    sections = {MAIN: {"meter": MeterModel()} | dict(values)} | values.get("circuits", {})
    return Scenario(
        name=name,
        seconds=int(seconds),
        site=replace(site, chargers=tuple(chargers)),
        households={key: fields["house"] for key, fields in sections.items() if "house" in fields},
        meters={key: fields["meter"] for key, fields in sections.items() if fields.get("meter") is not None},
        chargers=models,
        cars=tuple(CarModel(**{"arrives": 0.0, "leaves": seconds} | fields) for fields in values.get("cars", ())),
        faults=tuple(
            _fault(fields, seconds, place.field("faults").item(index))
            for index, fields in enumerate(values.get("faults", ()))
        ),
        limits=tuple(
            _limit(index, fields, seconds, place.field("limits").item(index))
            for index, fields in enumerate(values.get("limits", ()))
        ),
        averages=tuple(AverageLimit(**_named(fields, AVERAGE_NAMES)) for fields in values.get("averages", ())),
        **_named(values, SCENARIO_NAMES),
    )


def _named(values: Values, names: Mapping[str, str]) -> dict[str, Any]:
    """What there is of the named fields, under the names they have in the program."""
    return {names[field]: value for field, value in values.items() if field in names}


def _circuits(values: Values, place: Place) -> Site:
    """A site without chargers."""
    named = {"grid": Grid.TN} | _named(values, SITE_NAMES)
    main = {"name": MAIN_NAME, "parent": None, "meter": MeterModel()} | dict(values)
    circuits = {MAIN: _circuit(MAIN, main, named["grid"], place)}
    for key, fields in values.get("circuits", {}).items():
        at = place.field("circuits").field(key)
        if key == MAIN:
            at.refuse("it is the circuit behind the main fuse, whose fields stand at the top of the file")
        if fields.get("parent", MAIN) not in circuits:
            at.field("parent").expect(f"a circuit that stands before it ({listed(circuits)})", fields["parent"])
        circuits[key] = _circuit(key, {"name": key, "parent": MAIN} | fields, named["grid"], at)
    return Site(circuits=tuple(circuits.values()), **named)


def _circuit(key: str, fields: Values, grid: Grid, place: Place) -> Circuit:
    if not any(fields["fuse"]):
        place.field("fuse").expect("a rated current above 0 A on one line at least", "0 on all")
    if grid is Grid.SPLIT_PHASE and fields["fuse"][-1]:
        place.field("fuse").expect("a list of L1, L2 and 0, because split phase has no L3", f"{fields['fuse'][-1]:g}")
    named = _named(fields, CIRCUIT_NAMES)
    return Circuit(id=key, name=fields["name"], metered=fields.get("meter") is not None, **named)


def _charger(key: str, fields: Values, site: Site, place: Place) -> tuple[Charger, ChargerModel]:
    """What the controller is told of a charger, and how it is."""
    circuits = {circuit.id for circuit in site.circuits}
    circuit = fields.get("circuit", MAIN)
    if circuit not in circuits:
        place.field("circuit").expect(f"one of the circuits ({listed(sorted(circuits))})", circuit)
    if key in circuits:
        place.refuse("a circuit has the same name")
    told, really = _wired(fields, site, place)
    for field, model in (("wiring", told), ("really", really)):
        for line in sorted(frozenset().union(*model.wiring) if model else ()):
            if line not in site.lines(circuit):
                place.field(field).refuse(f"{fields[field]} needs L{line + 1}, which circuit {circuit} does not have")
    phases = fields.get("phases", len(really.lines))
    if phases < len(really.lines) or (told is not None and phases > len(told.lines)):
        place.field("phases").expect(f"as many as its wiring has ({len(really.lines)})", phases)
    try:
        capability = Capability(phases=phases, **_named(fields, CAPABILITY_NAMES))
    except ValueError as error:
        field, _, why = str(error).partition(": ")
        place.field(field).refuse(why)
    model = replace(really, **_named(fields, CHARGER_MODEL_NAMES))
    for field, amperes in (
        ("limit", model.limit),
        ("fall_back", model.fall_back),
        ("reboot_default", model.reboot_default),
        ("known_fall_back", capability.fall_back),
        ("known_reboot_default", capability.reboot_default),
        ("car_minimum", fields.get("car_minimum")),
    ):
        if amperes is not None and amperes > capability.maximum:
            place.field(field).expect(f"at most the maximum of the charger ({capability.maximum:g} A)", amperes)
    charger = Charger(
        id=key,
        name=fields.get("name", key),
        wiring=None if told is None else told.wiring,
        capability=capability,
        **_named(fields, CHARGER_NAMES),
    )
    return charger, model


def _wired(fields: Values, site: Site, place: Place) -> tuple[ChargerModel | None, ChargerModel]:
    """What the controller is told of the wiring, None for unknown, and how it really is."""
    words = WIRED[site.grid]
    told = fields["wiring"]
    if told not in words and told != UNKNOWN:
        place.field("wiring").expect(f"one of {listed([*words, UNKNOWN])}", told)
    if "really" in fields:
        really = word(words).read(fields["really"], place.field("really"))
    elif told == UNKNOWN:
        place.field("really").refuse(f"is missing; one of {listed(words)}, because the wiring is told as {UNKNOWN}")
    else:
        really = words[told]
    if told != UNKNOWN and len(words[told].lines) != len(really.lines):
        place.field("really").expect(f"a wiring with as many phases as {told}", fields["really"])
    return words.get(told), really


def _fault(fields: Values, end: float, place: Place) -> Fault:
    kind = fields["kind"]
    there = FAULT_FIELDS[kind]
    for field in fields:
        if field not in there:
            place.field(field).refuse(f"there is no such field; {kind} has {listed(there)}")
    for field in there:
        if field not in fields and field not in FAULT_OPTIONAL:
            place.field(field).refuse(f"is missing; {kind} needs it")
    named = {"until": end} | _named(fields, FAULT_NAMES)
    return Fault(**named)


def _limit(index: int, fields: Values, end: float, place: Place) -> LimitChange:
    if ("amperes" in fields) == ("watts" in fields):
        place.expect("one of amperes and watts", "both" if "watts" in fields else "none of them")
    return LimitChange(
        at=fields["at"],
        until=fields.get("until", end),
        limit=Limit(
            id=fields.get("id", limit_id(index)),
            source=fields.get("source", OUTSIDE),
            target=fields["target"],
            value=fields["watts"] if "watts" in fields else fields["amperes"],
            unit=Unit.WATT if "watts" in fields else Unit.AMPERE,
            floor=fields.get("floor", 0.0),
        ),
    )
