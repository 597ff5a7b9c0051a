"""From a scenario to the text of its file."""

from collections.abc import Mapping
from typing import Any

import yaml

from ..pool.model import MAIN, Charger, Circuit, Grid, Unit, Wiring
from .fields import changed
from .scenario import Fault, LimitChange, MeterModel, Scenario
from .scenario_format import (
    AVERAGE_NAMES,
    CAPABILITY_NAMES,
    CAR,
    CHARGER_MODEL_NAMES,
    CHARGER_NAMES,
    CIRCUIT_NAMES,
    FAULT_FIELDS,
    FAULT_NAMES,
    OUTSIDE,
    SCENARIO,
    SCENARIO_NAMES,
    SITE_NAMES,
    limit_id,
)
from .wirings import UNKNOWN, WIRED

_WIDTH = 120


def scenario_text(scenario: Scenario) -> str:
    """What stands in the file; what has its default is left out.

    Raises:
        ValueError: Where there is no word for a wiring.
    """
    site = scenario.site
    sections = {circuit.id: _circuit(circuit, scenario) for circuit in site.circuits}
    values = {
        **changed(scenario, SCENARIO_NAMES),
        **_but(changed(site, SITE_NAMES), grid=Grid.TN),
        **sections.pop(MAIN),
        "duration": float(scenario.seconds),
        "circuits": sections,
        "chargers": {charger.id: _charger(charger, scenario) for charger in site.chargers},
        "cars": [changed(car, {name: name for name in CAR.fields}) for car in scenario.cars],
        "limits": [_limit(index, change) for index, change in enumerate(scenario.limits)],
        "averages": [changed(average, AVERAGE_NAMES) for average in scenario.averages],
        "faults": [_fault(fault, scenario.seconds) for fault in scenario.faults],
    }
    content = SCENARIO.write(_but(values, circuits={}, cars=[], limits=[], averages=[], faults=[]))
    return yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=_WIDTH, allow_unicode=True)


def _but(values: Mapping[str, Any], **defaults: object) -> dict[str, Any]:
    """What differs from these defaults."""
    return {name: value for name, value in values.items() if name not in defaults or defaults[name] != value}


def _circuit(circuit: Circuit, scenario: Scenario) -> dict[str, Any]:
    main = circuit.id == MAIN
    values = _but(changed(circuit, CIRCUIT_NAMES), parent=None if main else MAIN)
    if not main:
        values |= _but({"name": circuit.name}, name=circuit.id)
    values |= _but({"meter": scenario.meters.get(circuit.id)}, meter=MeterModel() if main else None)
    if circuit.id in scenario.households:
        values["house"] = scenario.households[circuit.id]
    return values


def _charger(charger: Charger, scenario: Scenario) -> dict[str, Any]:
    model = scenario.chargers[charger.id]
    grid = scenario.site.grid
    really = _word(grid, model.wiring)
    told = UNKNOWN if charger.wiring is None else _word(grid, charger.wiring)
    return {
        "wiring": told,
        **_but({"name": charger.name}, name=charger.id),
        **_but({"really": really}, really=told),
        **_but({"phases": charger.capability.phases}, phases=len(model.lines)),
        **changed(charger, CHARGER_NAMES),
        **changed(charger.capability, CAPABILITY_NAMES),
        **changed(model, CHARGER_MODEL_NAMES),
    }


def _word(grid: Grid, wiring: Wiring) -> str:
    for text, model in WIRED[grid].items():
        if model.wiring == wiring:
            return text
    raise ValueError(f"wiring: there is no word for {[sorted(lines) for lines in wiring]} on {grid}")


def _fault(fault: Fault, end: float) -> dict[str, Any]:
    values = {
        name: getattr(fault, attribute) for name, attribute in FAULT_NAMES.items() if name in FAULT_FIELDS[fault.kind]
    }
    return _but(values, until=end)


def _limit(index: int, change: LimitChange) -> dict[str, Any]:
    limit = change.limit
    values = {
        "at": change.at,
        "until": change.until,
        "target": limit.target,
        "watts" if limit.unit is Unit.WATT else "amperes": limit.value,
        "floor": limit.floor,
        "source": limit.source,
        "id": limit.id,
    }
    return _but(values, floor=0.0, source=OUTSIDE, id=limit_id(index))
