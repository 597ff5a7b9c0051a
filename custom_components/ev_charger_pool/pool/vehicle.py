"""What a charger says about its car, in the six words that are shown."""

from enum import StrEnum

from .defaults import PHASE_SEEN
from .model import Capability, ChargerReading, VehicleState


class EvState(StrEnum):
    """State of a charger and its car, as frequenz's pool of chargers names them."""

    MISSING = "missing"
    """Nothing is heard, or no current although the charger measures them."""
    IDLE = "idle"
    """No car."""
    EV_PLUGGED = "ev_plugged"
    EV_LOCKED = "ev_locked"
    """A car whose plug is locked."""
    ERROR = "error"
    UNSPECIFIED = "unspecified"
    """The charger answers, but with no state that we know."""


def ev_state(reading: ChargerReading | None, capability: Capability) -> EvState:
    """The state to show.

    Missing comes first, one known current is enough against it; then an unknown state of the charger, a fault, and
    last what the cable does.

    Args:
        reading: The last answer, None where there is none or the charger is not heard any more.
        capability: Tells which currents it promises.
    """
    if reading is None:
        return EvState.MISSING
    if capability.measures and all(value is None for value in reading.amperes[: capability.phases]):
        return EvState.MISSING
    if reading.state is None:
        return EvState.UNSPECIFIED
    if reading.state in (VehicleState.E, VehicleState.F):
        return EvState.ERROR
    if not reading.state.connected:
        return EvState.IDLE
    return EvState.EV_LOCKED if reading.locked else EvState.EV_PLUGGED


def connected(reading: ChargerReading | None) -> bool | None:
    """Whether a car is plugged in, None where the charger does not tell."""
    return None if reading is None or reading.state is None else reading.state.connected


def charging(reading: ChargerReading | None) -> bool | None:
    """Whether a car draws current, None where the charger does not tell.

    A car that is ready but draws on no phase is not charging; where the currents are not known, ready counts.
    """
    if reading is None or reading.state is None:
        return None
    known = [value for value in reading.amperes if value is not None]
    return reading.state is VehicleState.C and (not known or max(known) >= PHASE_SEEN)
