"""What was true in a run, second by second."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..pool.model import Why
from .scenario import Scenario

type Floats = npt.NDArray[np.float64]
type Indexes = npt.NDArray[np.intp]

NO_CAR = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A limit that was written.

    Args:
        at: When, s.
        charger: Its id.
        amperes: The limit.
        taken: Whether the charger took it.
        phases: That were written instead of the limit, None where it was the limit.
    """

    at: float
    charger: str
    amperes: float
    taken: bool
    phases: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A decision that differs from the one before.

    Args:
        at: When, s.
        charger: Its id.
        amperes: What it is to be set to.
        why: The kind of reason.
    """

    at: float
    charger: str
    amperes: float
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One run; row ``t`` of an array is what was true at the end of second ``t`` (0 is the first).

    Args:
        scenario: What was run.
        circuits: Ids, the order of the arrays.
        chargers: Ids, the order of the arrays.
        currents: (T, C, 3) true current through each fuse, A.
        house: (T, C, 3) the same without what the cars draw, A.
        limits: (T, n) in force in the charger, A.
        drawn: (T, n, 3) on the lines of the site, A.
        cars: (T, n) index into ``scenario.cars`` of the car that is plugged in, ``NO_CAR`` without.
        charged: (T, cars) Wh in each car since it arrived.
        orders: All writes.
        changes: All changed decisions, of a controller that gives reasons.
        breaches: When and how the controller's own decision broke a rule.
    """

    scenario: Scenario
    circuits: tuple[str, ...]
    chargers: tuple[str, ...]
    currents: Floats
    house: Floats
    limits: Floats
    drawn: Floats
    cars: Indexes
    charged: Floats
    orders: tuple[Order, ...]
    changes: tuple[Change, ...]
    breaches: tuple[tuple[float, str], ...]
