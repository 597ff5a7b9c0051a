"""What happened in a run, as one JSON document.

Names end in their unit: ``_s`` seconds since the start (``_at_s``) or of length, ``_a`` A, ``_w`` W, ``_wh`` Wh,
``_percent``, ``_per_h``. What is not there is null. The keys::

    scenario   name, about, start (ISO 8601), duration_s, seed, strategy
    energy     charged_wh, oracle_wh, oracle_percent, oracle_without_window_percent: of the cars that compete, until
               the oracle has filled them; null where an average is limited, which the oracle knows nothing of
    cars       per stay: name, charger, arrives_at_s, leaves_at_s, charged_wh, needed_wh, oracle_percent, stops,
               setpoint_changes, setpoint_changes_per_h
    bounds     per fuse and line, then per limit from outside: place, target (circuit or charger), line (L1...),
               limit (its id, null for a fuse), value_a or value_w, highest_a or highest_w, over_s, heat_percent,
               events: at_s, over_s, relief_s, relief_bound_s, highest_a or highest_w
    averages   per limit on an average and whole window of it: circuit, value_w, at_s, until_s, average_w,
               may_be_w (with what is tolerated), judged (nothing fails in it), kept (no rule is broken)
    broken     a sentence per broken rule
    writes     at_s, charger, limit_a, taken
    decisions  each that differs from the one before: at_s, charger, limit_a, why
    series     one value per entry of at_s, which is every second of a run of up to six hours, else every so many:
               circuits: per id and line current_a, house_a (without the cars)
               chargers: per id limit_a, car (its name, null without), drawn_a per line
"""

from typing import Any

from custom_components.ev_charger_pool.pool.model import LINES, Unit
from custom_components.ev_charger_pool.simulation.averages import Window
from custom_components.ev_charger_pool.simulation.energy_share import EnergyShare
from custom_components.ev_charger_pool.simulation.judge import Line
from custom_components.ev_charger_pool.simulation.record import NO_CAR, Floats, Record
from custom_components.ev_charger_pool.simulation.stays import per_car_hour

from .trial import Trial

type Json = dict[str, Any]

MOST_SAMPLES = 6 * 3600
"""Of a series."""

_NAMES = tuple(f"L{line + 1}" for line in range(LINES))


def document(trial: Trial) -> Json:
    """All figures of a run and a series."""
    record, verdict = trial.record, trial.verdict
    scenario = record.scenario
    return {
        "scenario": {
            "name": scenario.name,
            "about": scenario.about,
            "start": scenario.start.isoformat(),
            "duration_s": scenario.seconds,
            "seed": scenario.seed,
            "strategy": scenario.strategy,
        },
        "energy": _energy(trial.energy, trial.energy_at_once),
        "cars": _cars(trial),
        "bounds": [_bound(line) for line in verdict.lines],
        "averages": [_average(window) for window in trial.averages],
        "broken": list(verdict.broken),
        "writes": [
            {"at_s": order.at, "charger": order.charger, "limit_a": order.amperes, "taken": order.taken}
            for order in record.orders
        ],
        "decisions": [
            {"at_s": change.at, "charger": change.charger, "limit_a": change.amperes, "why": change.why}
            for change in record.changes
        ],
        "series": _series(record),
    }


def _energy(energy: EnergyShare | None, at_once: EnergyShare | None) -> Json:
    return {
        "charged_wh": None if energy is None else round(energy.delivered, 1),
        "oracle_wh": None if energy is None else round(energy.possible, 1),
        "oracle_percent": None if energy is None else _percent(energy.share),
        "oracle_without_window_percent": None if at_once is None else _percent(at_once.share),
    }


def _cars(trial: Trial) -> list[Json]:
    rows = zip(trial.record.scenario.cars, trial.verdict.stays, trial.car_shares, strict=True)
    return [
        {
            "name": car.name,
            "charger": car.charger,
            "arrives_at_s": car.arrives,
            "leaves_at_s": car.leaves,
            "charged_wh": round(stay.energy, 1),
            "needed_wh": car.needs,
            "oracle_percent": _percent(share),
            "stops": stay.stops,
            "setpoint_changes": stay.changes,
            "setpoint_changes_per_h": per_car_hour(stay.changes, stay.plugged),
        }
        for car, stay, share in rows
    ]


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _bound(line: Line) -> Json:
    unit = "a" if line.unit == Unit.AMPERE else "w"
    return {
        "place": line.place,
        "target": line.target,
        "line": None if line.line is None else _NAMES[line.line],
        "limit": line.limit,
        f"value_{unit}": line.value,
        f"highest_{unit}": round(line.peak, 2),
        "over_s": line.over_seconds,
        "heat_percent": None if line.heat is None else round(line.heat.percent, 1),
        "events": [
            {
                "at_s": event.at,
                "over_s": event.seconds,
                "relief_s": event.relief,
                "relief_bound_s": event.bound,
                f"highest_{unit}": round(event.peak, 2),
            }
            for event in line.events
        ],
    }


def _average(window: Window) -> Json:
    return {
        "circuit": window.limit.circuit,
        "value_w": window.limit.watts,
        "at_s": window.at,
        "until_s": window.until,
        "average_w": round(window.watts, 1),
        "may_be_w": round(window.highest, 1),
        "judged": window.judged,
        "kept": window.kept,
    }


def _series(record: Record) -> Json:
    pace = -(-len(record.limits) // MOST_SAMPLES)
    cars = record.scenario.cars
    return {
        "at_s": list(range(0, len(record.limits), pace)),
        "circuits": {
            key: {
                "current_a": _per_line(record.currents[::pace, index]),
                "house_a": _per_line(record.house[::pace, index]),
            }
            for index, key in enumerate(record.circuits)
        },
        "chargers": {
            key: {
                "limit_a": record.limits[::pace, index].round(2).tolist(),
                "car": [None if car == NO_CAR else cars[car].name for car in record.cars[::pace, index].tolist()],
                "drawn_a": _per_line(record.drawn[::pace, index]),
            }
            for index, key in enumerate(record.chargers)
        },
    }


def _per_line(values: Floats) -> dict[str, list[float]]:
    return {name: values[:, line].round(2).tolist() for line, name in enumerate(_NAMES)}
