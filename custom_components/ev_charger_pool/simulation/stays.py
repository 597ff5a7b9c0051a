"""What became of every car: its energy, and how often it was bothered.

*Stop*: the limit in force goes from above 0 to 0 while the car is plugged in and not full. *Set-point change*: a
write that was taken and differs from the set-point before by over 0.05 A while the car is plugged in; what a charger
forgot or somebody else set is no set-point of ours.
"""

from dataclasses import dataclass

import numpy as np

from .record import NO_CAR, Indexes, Record

CHANGE = 0.05
"""A write that differs by less changes nothing, A."""
FULL = 0.01
"""A car that lacks less than this is full, Wh."""
_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """One stay of a car.

    Args:
        car: Its name.
        charger: Id of its charger.
        plugged: Seconds that it was plugged in.
        energy: Charged, Wh.
        stops: How often its current was taken away.
        changes: How often its set-point was changed.
    """

    car: str
    charger: str
    plugged: int
    energy: float
    stops: int
    changes: int


def stays(record: Record) -> tuple[Stay, ...]:
    """What became of every car, in the order of the scenario."""
    stops, changes = _stops(record), _changes(record)
    charged = record.charged[-1].tolist() if len(record.charged) else [0.0] * len(record.scenario.cars)
    return tuple(
        Stay(
            car=car.name,
            charger=car.charger,
            plugged=int((record.cars == number).sum()),
            energy=charged[number],
            stops=int(stops[number]),
            changes=int(changes[number]),
        )
        for number, car in enumerate(record.scenario.cars)
    )


def per_car_hour(changes: int, plugged: float) -> float | None:
    """Changes per hour of plugged-in time, None where no car was plugged in."""
    return changes * _HOUR / plugged if plugged else None


def _stops(record: Record) -> Indexes:
    """(cars,) how often."""
    counts = np.zeros(len(record.scenario.cars), dtype=np.intp)
    needs = np.array([car.needs for car in record.scenario.cars])
    cars, limits = record.cars, record.limits
    stopped = (limits[:-1] > 0) & (limits[1:] == 0) & (cars[1:] == cars[:-1]) & (cars[1:] != NO_CAR)
    for row, column in zip(*np.nonzero(stopped), strict=True):
        car = cars[row, column]
        counts[car] += record.charged[row, car] < needs[car] - FULL
    return counts


def _changes(record: Record) -> Indexes:
    """(cars,) how often."""
    counts = np.zeros(len(record.scenario.cars), dtype=np.intp)
    set_points: dict[str, float] = {}
    for order in record.orders:
        if not order.taken:
            continue
        row, column = min(int(order.at), len(record.limits) - 1), record.chargers.index(order.charger)
        before = set_points.get(order.charger, float(record.limits[row, column]))
        set_points[order.charger] = order.amperes
        car = record.cars[row, column]
        if car != NO_CAR and abs(order.amperes - before) > CHANGE:
            counts[car] += 1
    return counts
