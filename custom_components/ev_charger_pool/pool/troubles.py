"""What a person should look after: it does not pass by itself, or may come again (R17, R13)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .scene import Scene


class TroubleKind(StrEnum):
    """The kinds of trouble."""

    LIMIT_IGNORED = "limit_ignored"
    """The charger does not keep to its limit."""
    CAR_ABOVE_LIMIT = "car_above_limit"
    """The charger has its limit, the car draws more."""
    OTHER_MASTER = "other_master"
    """Somebody else sets the charger's limit."""
    METER_DOES_NOT_FOLLOW = "meter_does_not_follow"
    """The meter does not move with the cars: it is frozen, or measures something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One trouble.

    Args:
        kind: What it is.
        charger: Id of the charger it is about, None where it is about a circuit.
        circuit: Id of the circuit it is about.
        lines: The lines of the circuit it is about.
    """

    kind: TroubleKind
    charger: str | None = None
    circuit: str | None = None
    lines: frozenset[int] = frozenset()


def troubles(scene: Scene) -> tuple[Trouble, ...]:
    """All troubles that there are now."""
    return (*_of_chargers(scene), *_of_meters(scene))


def _of_chargers(scene: Scene) -> Iterator[Trouble]:
    for key, outlet in scene.outlets.items():
        if not outlet.charger.enabled or not scene.settings.control or key not in scene.heard_from:
            continue
        if outlet.rivalry.steps_back(scene.at):
            yield Trouble(kind=TroubleKind.OTHER_MASTER, charger=key)
        elif outlet.disobeys(scene.at):
            kind = TroubleKind.CAR_ABOVE_LIMIT if outlet.told_our_limit else TroubleKind.LIMIT_IGNORED
            yield Trouble(kind=kind, charger=key)


def _of_meters(scene: Scene) -> Iterator[Trouble]:
    for key, meter in scene.state.meters.items():
        if meter.following.lost:
            yield Trouble(kind=TroubleKind.METER_DOES_NOT_FOLLOW, circuit=key, lines=meter.following.lost)
