"""What every charger asks for: its lines, its least and most, and its place in the queue (R2, R3, R5, R6, R10, R11)."""

from collections.abc import Mapping, Sequence

from .defaults import MINIMUM_ON, STOPS_PER_SESSION
from .house import View
from .model import Request, Unit
from .phase_switch import PhaseAction
from .scene import Scene
from .strategy import Candidate, Rank, Strategy, Turns, rank

_LAST_TIER = 1_000_000


def queue(scene: Scene, wanting: Sequence[Candidate]) -> Turns:
    """Who is served first, now."""
    served = {
        key
        for key, outlet in scene.outlets.items()
        if outlet.limit is None or outlet.limit > 0 or outlet.phase_action is not PhaseAction.STAY
    }
    return scene.state.turns.after(scene.now.wall, wanting, served)


def candidates(scene: Scene) -> list[Candidate]:
    """Whose car takes what it is given, as far as anybody knows."""
    return [
        Candidate(
            charger=key,
            priority=outlet.charger.priority,
            plugged_at=outlet.plugged,
            session_wh=None if outlet.reading is None else outlet.reading.session_wh,
        )
        for key, outlet in scene.outlets.items()
        if scene.wants(key)
    ]


def requests(scene: Scene, wanting: Sequence[Candidate], turns: Turns) -> dict[str, Request]:
    """One per charger that can be asked; one whose car wants nothing stands at its minimum, after all others (R11)."""
    ranks = rank(scene.settings.strategy, wanting, turns.queue)
    asking = {}
    for key, outlet in scene.outlets.items():
        charger, doubt = outlet.charger, scene.doubts[key]
        if not charger.enabled or scene.absent(key) or not outlet.seen:
            continue
        idle, minimum = key not in ranks, charger.minimum
        place = ranks.get(key, _IDLE)
        asking[key] = Request(
            charger=key,
            lines=scene.lines[key],
            minimum=minimum,
            maximum=minimum if idle or doubt is not None else _maximum(scene, key),
            step=charger.capability.step,
            tier=place.tier,
            weight=place.weight,
            order=place.order,
            keep=not idle and _kept(scene, key, turns, ranks),
        )
    return asking


_IDLE = Rank(_LAST_TIER, 1.0, 0)


def _kept(scene: Scene, key: str, turns: Turns, ranks: Mapping[str, Rank]) -> bool:
    """Whether a car stays on where every row allows it.

    It does while its turn lasts and nobody of a higher tier waits, for some minutes after it has started, and for good
    once it was paused often enough.
    """
    outlet = scene.outlets[key]
    if not outlet.limit:
        return False
    if outlet.stops >= STOPS_PER_SESSION or (outlet.running is not None and scene.at - outlet.running < MINIMUM_ON):
        return True
    if scene.settings.strategy is Strategy.LEAST_ENERGY:
        # Its tiers change with every kWh; contactors follow with the turns.
        return key not in turns.yielding
    outranked = any(ranks[waiting].tier < ranks[key].tier for waiting in turns.waiting if waiting in ranks)
    return key not in turns.yielding and not outranked


def _maximum(scene: Scene, key: str) -> float:
    """The highest limit to ask for: what the hardware can and the car takes."""
    outlet = scene.outlets[key]
    capability = outlet.charger.capability
    if not capability.measures:
        return min(capability.maximum, _half_of_room(scene, key))
    enough = outlet.appetite.enough
    return capability.maximum if enough is None else min(capability.maximum, enough)


def _half_of_room(scene: Scene, key: str) -> float:
    """What a charger that does not measure may have.

    What it draws is hidden in the house load, so it counts there and as its limit: it may have half of what both leave.
    """
    room = min(
        row.bound - load
        for row, load in zip(scene.state.rows, scene.loads(View.HIGHEST), strict=True)
        if row.circuit is not None
        and row.unit is Unit.AMPERE
        and row.line in scene.lines[key]
        and key in row.coefficients
    )
    return max((room + scene.base(key)) / 2, 0.0)
