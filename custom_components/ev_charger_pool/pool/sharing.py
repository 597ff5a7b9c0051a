"""What every charger is set to now: cuts at once, raises once everything has come to rest (R8, R9)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
import math

from .allocation import Grant
from .defaults import CUT_RESERVE, PROMPT
from .house import View
from .model import LINES, Amperes, Draw, Request
from .phase_switch import PhaseAction
from .scene import TOLERANCE, Scene
from .state import Plan

_NOTHING = Grant(0.0, None, waiting=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one charger is to be set to.

    Args:
        amperes: Now.
        plan: What it would get at rest.
        cut: What lowered it in this moment, None where nothing did.
        forced: Whether a row forced it down, and not the good of others.
    """

    amperes: float
    plan: Grant
    cut: Grant | None = None
    forced: bool = True


def planned(scene: Scene, requests: Mapping[str, Request]) -> Plan:
    """What everybody would get at rest, from the worst house load of the window."""
    slow = frozenset(key for key in requests if scene.slow(key))
    week = tuple(scene.loads(View.WEEK)) if slow else ()
    asked = (scene.state.rows, scene.loads(View.PLANNED), requests, scene.standing, scene.heard_from, slow, week)
    if (before := scene.state.plan) is not None and before.asked == asked:
        return before
    # What cannot be lowered in time gets what fits beside the worst house load of a week (R12).
    lasting = scene.share(requests, View.WEEK) if slow else {}
    capped = dict(requests) | {
        key: replace(requests[key], maximum=lasting[key].amperes) for key in slow if key in lasting
    }
    grants = scene.share(capped, View.PLANNED)
    # Whoever does not obey is counted by what it may draw; what it should be set to is found as if it did.
    disobeying = [key for key in requests if key in scene.standing and key in scene.heard_from]
    if disobeying:
        others = {key: draw for key, draw in scene.standing.items() if key not in disobeying}
        obeyed = scene.share(capped, View.PLANNED, standing=others)
        grants.update({key: obeyed[key] for key in disobeying})
    for key in slow & grants.keys() & lasting.keys():
        if grants[key].binding is None:
            grants[key] = lasting[key]
    return Plan(asked, {key: grants.get(key, _NOTHING) for key in scene.outlets})


def shares(scene: Scene, requests: Mapping[str, Request], plan: Mapping[str, Grant]) -> dict[str, Share]:
    """Cut what does not fit now, then give on what is free."""
    limits, cuts = _cuts(scene, requests)
    ripe = _ripe(scene, limits, plan)
    willing = set()
    for key, outlet in scene.outlets.items():
        lower = plan[key].amperes < limits[key] - TOLERANCE
        if lower and (key in scene.standing or not outlet.connected or ripe - {key}):
            limits[key] = plan[key].amperes
            willing.add(key)
    limits.update(_raises(scene, requests, plan, ripe))
    return {
        key: Share(amperes=limits[key], plan=plan[key], cut=cuts.get(key), forced=key not in willing)
        for key in scene.outlets
    }


def _cuts(scene: Scene, requests: Mapping[str, Request]) -> tuple[dict[str, float], dict[str, Grant]]:
    """The limits in force, lowered as far as the present needs it, and the grants of those cut (R8)."""
    limits = {}
    for key in scene.outlets:
        ceiling = requests[key].maximum if key in requests else 0.0
        if key in requests and scene.outlets[key].connected and scene.doubts[key] is None:
            # A smaller appetite alone is no reason to lower anything.
            ceiling = scene.outlets[key].charger.capability.maximum
        owed = scene.outlets[key].owed
        limit = min(scene.base(key), ceiling, math.inf if owed is None else owed)
        limits[key] = limit if key not in requests or limit >= requests[key].minimum - TOLERANCE else 0.0
    if not _over(scene, limits):
        return limits, {}
    capped = {key: replace(request, maximum=limits[key]) for key, request in requests.items() if limits[key] > 0}
    cut = {key: grant for key, grant in _relief(scene, capped).items() if grant.amperes < limits[key] - TOLERANCE}
    return {**limits, **{key: grant.amperes for key, grant in cut.items()}}, cut


def _over(scene: Scene, limits: Mapping[str, float]) -> bool:
    """Whether these limits and the present house load are over any row.

    A charger that nobody can place on a line counts with what it draws: lowering it may relieve another line.
    """
    high: dict[str, Amperes] = {}
    for key, outlet in scene.outlets.items():
        if outlet.elusive(scene.layout.reach[key]):
            high[key] = outlet.standing(scene.at, scene.layout.reach[key]).high
        elif key in scene.standing:
            high[key] = scene.standing[key].high
        else:
            first, second, third = (limits[key] if line in scene.lines[key] else 0.0 for line in range(LINES))
            high[key] = first, second, third
    return any(
        house + sum([math.sumprod(row.coefficients[key], high[key]) for key in row.coefficients])
        > row.bound + TOLERANCE
        for row, house in zip(scene.state.rows, scene.loads(View.PRESENT), strict=True)
    )


def _relief(scene: Scene, capped: Mapping[str, Request]) -> dict[str, Grant]:
    """What everybody may keep.

    The others have to be enough without a charger that takes no new limit yet. One that nobody can place on a line may
    relieve the one that is over, or not: the others have to be enough without it, and it has to be enough without
    those that cannot be placed either.
    """
    elusive = {key for key in capped if scene.outlets[key].elusive(scene.layout.reach[key])}
    deaf = {key for key in capped if scene.writable_at(key) > scene.at}
    grants = _lasting(scene, capped, scene.standing)
    for uncounted in [deaf] * bool(deaf) + [elusive] * bool(elusive) + [elusive - {key} for key in elusive]:
        standing = {key: scene.outlets[key].standing(scene.at, scene.layout.reach[key]) for key in uncounted}
        for key, grant in _lasting(scene, capped, scene.standing | standing).items():
            grants[key] = min(grants[key], grant, key=lambda grant: grant.amperes)
    return grants


def _lasting(scene: Scene, capped: Mapping[str, Request], standing: Mapping[str, Draw]) -> dict[str, Grant]:
    """What fits now, with a reserve for a house load that is still rising, unless that would pause anybody.

    A raise that no reading shows used explains no overload; but nobody is paused for one that is soon shown. Until then
    all who share a line with them stand at their minimum.
    """
    grants = scene.share(capped, View.PRESENT, standing)
    least = {key: replace(request, maximum=request.minimum) for key, request in capped.items()}
    paused = _paused(grants, scene.share(least, View.EXPLAINED, standing))
    if paused and _soon_clear(scene, paused):
        crowded = frozenset().union(*(scene.lines[key] for key in paused))
        beside = {key: least[key] if scene.lines[key] & crowded else request for key, request in capped.items()}
        return scene.share(beside, View.EXPLAINED, standing)
    reserved = scene.share(capped, View.PRESENT, standing, reserve=CUT_RESERVE)
    return grants if _paused(reserved, grants) else reserved


def _soon_clear(scene: Scene, paused: frozenset[str]) -> bool:
    """Whether a pause can wait for what those say whose commands are under way: it takes no longer than a car does."""
    waited_for = {key for key, outlet in scene.outlets.items() if outlet.under_way}
    return all(
        max(capability.poll_interval, capability.write_interval) <= PROMPT
        for capability in (scene.outlets[key].charger.capability for key in paused | waited_for)
    )


def _paused(grants: Mapping[str, Grant], others: Mapping[str, Grant]) -> frozenset[str]:
    """Who is paused that is not by other grants."""
    return frozenset(key for key, grant in others.items() if grant.amperes > 0 and grants[key].amperes <= 0)


def _ripe(scene: Scene, limits: Mapping[str, float], plan: Mapping[str, Grant]) -> frozenset[str]:
    """Chargers that may have more and have stood still for the hold time."""
    ripe = set()
    for key in scene.outlets:
        if (
            plan[key].amperes < limits[key] + scene.worthwhile(key)
            or key in scene.standing
            or scene.doubts[key] is not None
            or scene.waited_for is not None
            or scene.outlets[key].phase_action is not PhaseAction.STAY
        ):
            continue
        if (due := scene.ripe_at(key)) <= scene.at:
            ripe.add(key)
        else:
            scene.wakes.append(due)
    return frozenset(ripe)


def _raises(
    scene: Scene, requests: Mapping[str, Request], plan: Mapping[str, Grant], ripe: frozenset[str]
) -> dict[str, float]:
    """What the ripe ones can have while all others still draw what they may (R9); a session starts at its minimum."""
    free = {
        key
        for key in ripe
        if not scene.outlets[key].under_way
        and scene.outlets[key].pending is None
        and scene.writable_at(key) <= scene.at
        and not scene.unproved(key)
    }
    if not free:
        return {}
    wishes = {
        key: replace(requests[key], maximum=plan[key].amperes if scene.base(key) > 0 else requests[key].minimum)
        for key in free
    }
    grants = {}
    while wishes:
        fixed = {
            key: outlet.standing(scene.at, scene.layout.reach[key])
            for key, outlet in scene.outlets.items()
            if key not in wishes and outlet.charger.enabled and not scene.absent(key)
        }
        grants = scene.share(wishes, View.HIGHEST, standing=fixed)
        # Whoever cannot be raised stays where it is, and that has to fit beside the others.
        stuck = {key for key, grant in grants.items() if grant.amperes < scene.base(key) + scene.worthwhile(key)}
        if not stuck:
            break
        wishes = {key: wish for key, wish in wishes.items() if key not in stuck}
        grants = {}
    # Who makes room is still at it: one raise once it is there is better than two.
    patient = any(outlet.under_way for outlet in scene.outlets.values())
    return {
        key: grant.amperes
        for key, grant in grants.items()
        if not patient or grant.amperes > wishes[key].maximum - scene.worthwhile(key)
    }
