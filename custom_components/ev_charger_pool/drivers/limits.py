"""What holds for the limit of every charger before it is written."""

import math

from ..pool.model import Capability

TOLERANCE = 1e-6
"""Of a limit in A, for sums of floats."""


def check_limit(capability: Capability, amperes: float) -> None:
    """Refuse a limit that a charger cannot have.

    Raises:
        ValueError: Where it is neither 0 nor within the charger's bounds.
    """
    if amperes != 0 and not capability.minimum - TOLERANCE <= amperes <= capability.maximum + TOLERANCE:
        raise ValueError(f"{amperes} A is neither 0 nor from {capability.minimum} to {capability.maximum} A")


def on_step(capability: Capability, amperes: float) -> float:
    """A limit rounded down to the charger's step, A."""
    return round(math.floor(amperes / capability.step + TOLERANCE) * capability.step, 3)
