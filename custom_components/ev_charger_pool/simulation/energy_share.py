"""How much of what was possible a run delivered.

Energy counts up to the second in which the oracle has filled a car, or in which the car leaves: what comes later could
have come anyway. It is *contended* where the oracle gives the car less than it could take in at least one of these
seconds. All of them count then, not only those in which it is short: a car that waits has its turn later, and gets all
it can take in it.

The share of a scenario is what its cars got whose energy is contended, over what the oracle gave them. Where no car's
energy is contended, all cars count. It may be a little above 1: a slow meter misses short peaks of the house that the
oracle makes room for, and a car that draws on three phases may be served before one that draws on one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .oracle import OracleRun
from .record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class CarShare:
    """The energy of one car until the oracle has filled it, or it leaves.

    Args:
        car: Its name.
        short: Seconds in which the oracle gave it less than it could take.
        delivered: By the run, Wh.
        possible: By the oracle, Wh.
    """

    car: str
    short: int
    delivered: float
    possible: float

    @property
    def share(self) -> float | None:
        """Delivered over possible, None where nothing was possible."""
        return _ratio(self.delivered, self.possible)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyShare:
    """The energy of a scenario.

    Args:
        cars: In the order of the scenario.
        delivered: By the run to the cars that count, Wh.
        possible: By the oracle to the same cars, Wh.
    """

    cars: tuple[CarShare, ...]
    delivered: float
    possible: float

    @property
    def share(self) -> float | None:
        """Delivered over possible, None where nothing was possible."""
        return _ratio(self.delivered, self.possible)


def energy_share(record: Record, oracle_run: OracleRun) -> EnergyShare:
    """Compare a run with the oracle's.

    Args:
        record: The run.
        oracle_run: Of the same scenario.

    Raises:
        ValueError: The two are not of the same length or number of cars.
    """
    if record.charged.shape != oracle_run.charged.shape:
        raise ValueError(f"oracle_run: {oracle_run.charged.shape} is not of the record's {record.charged.shape}")
    cars = tuple(_car(record, oracle_run, number) for number in range(len(record.scenario.cars)))
    counted: Sequence[CarShare] = [car for car in cars if car.short] or cars
    return EnergyShare(
        cars=cars,
        delivered=sum(car.delivered for car in counted),
        possible=sum(car.possible for car in counted),
    )


def _car(record: Record, oracle_run: OracleRun, number: int) -> CarShare:
    full = oracle_run.full[number]
    last = len(record.charged) - 1 if full is None else full
    return CarShare(
        car=record.scenario.cars[number].name,
        short=int(np.count_nonzero(oracle_run.contended[: last + 1, number])),
        delivered=float(record.charged[last, number]),
        possible=float(oracle_run.charged[last, number]),
    )


def _ratio(delivered: float, possible: float) -> float | None:
    return delivered / possible if possible > 0 else None
