"""What chargers do when nobody steers them any more, and whether the fuses bear it (R15)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import math

from .model import LINES, Amperes, Capability, Circuit, Expiry, Feed, Site
from .rows import compile_rows

_TOLERANCE = 1e-6


class Loss(StrEnum):
    """How chargers come to be without their master."""

    SILENCE = "silence"
    """Nobody speaks to them: watchdogs expire."""
    POWER_CUT = "power_cut"
    """All of them start anew, before anybody has spoken to them."""


class Cause(StrEnum):
    """Why a charger is left with a current."""

    FALL_BACK = "fall_back"
    STOPS = "stops"
    LAST_LIMIT = "last_limit"
    """It keeps the limit it has, which may be its maximum."""
    REBOOT_DEFAULT = "reboot_default"
    UNKNOWN = "unknown"
    """Nobody knows, so its maximum counts."""


@dataclass(frozen=True, slots=True)
class Left:
    """What one charger is left with.

    Args:
        charger: Its id.
        amperes: Per phase.
        cause: Why that much.
    """

    charger: str
    amperes: float
    cause: Cause


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A fuse that the worst house and the chargers left alone would overload on one line.

    Args:
        loss: How they came to be left alone.
        circuit: Its id.
        line: 0, 1, 2 for L1, L2, L3.
        amperes: By how much.
        house: The worst house load, A.
        chargers: Those that load the line, by id.
    """

    loss: Loss
    circuit: str
    line: int
    amperes: float
    house: float
    chargers: tuple[Left, ...]


def fall_back_shortfalls(site: Site, worst_house: Mapping[str, Amperes]) -> tuple[Shortfall, ...]:
    """Every fuse and line that is not safe without us: worst house + sum of fall-backs > fuse.

    Disabled chargers are house load. A circuit without a meter has its reserve and the house load of its branches. A
    metered circuit whose worst house load is not known is not judged, and neither is one that would have to add it.

    Args:
        site: The tree.
        worst_house: By circuit id the highest load per line without the chargers behind it, A.

    Raises:
        ValueError: With the name of the field, where a circuit does not exist or a load is no finite number.
    """
    houses = _houses(site, worst_house)
    by_id = {circuit.id: circuit for circuit in site.circuits}
    rows = [(row.circuit, row.line, row.coefficients) for row in compile_rows(site)]
    shortfalls = []
    for loss in Loss:
        left = {charger.id: _left(charger.id, charger.capability, loss) for charger in site.chargers}
        for circuit_id, line, coefficients in rows:
            house = None if circuit_id is None else houses[circuit_id]
            if circuit_id is None or line is None or house is None:
                continue
            drawn = math.fsum(left[key].amperes * load[line] for key, load in coefficients.items())
            over = house[line] + drawn - by_id[circuit_id].fuse[line]
            if over > _TOLERANCE:
                chargers = tuple(left[key] for key in sorted(coefficients))
                shortfalls.append(Shortfall(loss, circuit_id, line, over, house[line], chargers))
    return tuple(shortfalls)


def _left(charger: str, capability: Capability, loss: Loss) -> Left:
    """What a charger is left with; nothing makes it more than its maximum."""
    if loss is Loss.POWER_CUT:
        amperes, cause = capability.reboot_default, Cause.REBOOT_DEFAULT
    elif capability.expiry is Expiry.FALL_BACK:
        amperes, cause = capability.fall_back, Cause.FALL_BACK
    elif capability.expiry is Expiry.STOPS:
        amperes, cause = 0.0, Cause.STOPS
    else:
        amperes, cause = capability.maximum, Cause.LAST_LIMIT
    if amperes is None:
        return Left(charger, capability.maximum, Cause.UNKNOWN)
    return Left(charger, min(amperes, capability.maximum), cause)


def _houses(site: Site, worst_house: Mapping[str, Amperes]) -> dict[str, Amperes | None]:
    """The worst house load by circuit id, None where it is not known."""
    unknown = sorted(worst_house.keys() - {circuit.id for circuit in site.circuits})
    if unknown:
        raise ValueError(f"worst_house: there is no circuit {unknown[0]}")
    for circuit_id, load in worst_house.items():
        if not all(math.isfinite(value) for value in load):
            raise ValueError(f"worst_house: {load} A of circuit {circuit_id} are not all finite numbers")
    houses: dict[str, Amperes | None] = {}
    for circuit in sorted(site.circuits, key=lambda circuit: len(site.path(circuit.id)), reverse=True):
        branches = [houses[branch.id] for branch in site.circuits if branch.parent == circuit.id]
        known = worst_house.get(circuit.id)
        houses[circuit.id] = known if known is not None or circuit.metered else _unmetered(circuit, branches)
    return houses


def _unmetered(circuit: Circuit, branches: list[Amperes | None]) -> Amperes | None:
    """The house load of a circuit that nobody measures; what a branch feeds in does not count."""
    total = list(circuit.reserve)
    for branch in branches:
        if branch is None:
            return None
        for line in range(LINES):
            total[line] += max(branch[line], 0.0)
    return total[0], total[1], total[2]


class Feeding(StrEnum):
    """What to do about the watchdog of a charger."""

    FEED = "feed"
    STARVE = "starve"
    """Send nothing that feeds it until it has expired: where any request does, not even a question."""
    NOT_OURS = "not_ours"
    """We do not steer it, or it has no watchdog."""


def feeding(capability: Capability, *, controlled: bool, wanted: float, standing: float, failing: bool) -> Feeding:
    """Whether to feed or to starve the watchdog of a charger.

    As long as it takes our limits it is fed, whatever it would fall back to: what stands is what we want. It is starved
    only where it may draw more than we want, we cannot lower it, and expiry would.

    Args:
        capability: What feeds its watchdog, and what it does at expiry.
        controlled: Whether we may write to it; who only observes never arms or feeds (R19).
        wanted: The limit that is to be in force, A.
        standing: The highest limit that may be in force, A.
        failing: Whether our last write failed, or was confirmed and not kept.
    """
    if not controlled or capability.feed is Feed.NOTHING:
        return Feeding.NOT_OURS
    if not failing or standing <= wanted + _TOLERANCE or capability.expiry is Expiry.KEEPS_LIMIT:
        return Feeding.FEED
    expired = _left("", capability, Loss.SILENCE).amperes
    return Feeding.STARVE if expired < standing - _TOLERANCE else Feeding.FEED
