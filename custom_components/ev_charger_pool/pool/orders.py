"""Writes: what has to be told to a charger now, at its own pace (R12, R16)."""

from dataclasses import replace
import math

from .defaults import SHORT_REPEAT
from .model import Write
from .outlet import Outlet
from .phase_switch import PhaseAction
from .scene import TOLERANCE, Scene
from .sharing import Share
from .state import controlled


def write(scene: Scene, key: str, share: Share) -> Write | None:
    """The write that a charger needs now, noted as ordered."""
    outlet = scene.outlets[key]
    if (
        not controlled(scene.settings, outlet.charger)
        or not outlet.reachable(scene.at)
        or outlet.pending is not None
        or outlet.rivalry.steps_back(scene.at)
    ):
        return None
    phases = _phases(outlet)
    news = (
        outlet.rewrite
        or outlet.failures > 0
        or outlet.limit is None
        or abs(outlet.limit - share.amperes) > TOLERANCE
        or phases is not None
    )
    period = _period(scene, key)
    # A limit that was adopted has to be fed from now on.
    last = outlet.written if outlet.written is not None else -math.inf
    repeat = math.inf if math.isinf(period) else last + period
    if not news and scene.at < repeat:
        scene.wakes.append(repeat)
        return None
    if scene.at < (allowed := scene.writable_at(key)):
        scene.wakes.append(allowed)
        if outlet.limit is not None and share.amperes < outlet.limit:
            scene.outlets[key] = replace(outlet, owed=share.amperes)
        return None
    order = Write(charger=key, amperes=share.amperes, number=outlet.number + 1, phases=phases)
    ordered = outlet.ordered(order, scene.at)
    if not share.forced and share.amperes <= 0 and outlet.limit and outlet.connected:
        ordered = replace(ordered, stops=ordered.stops + 1)
    scene.outlets[key] = ordered
    return order


def _phases(outlet: Outlet) -> int | None:
    """The phases to write: once in a switch, and only into a charger that stands at 0."""
    switch = outlet.phase_switch
    if switch is None or switch.plan.action is not PhaseAction.SWITCH or outlet.rewrite or outlet.limit != 0:
        return None
    return switch.plan.phases if outlet.phases_written < switch.began else None


def _period(scene: Scene, key: str) -> float:
    """Seconds after which an unchanged limit is written again (R16); one that did not take is repeated too."""
    outlet = scene.outlets[key]
    resend = outlet.charger.capability.resend or math.inf
    if outlet.overruled:
        return min(resend, outlet.patience)
    return min(resend, SHORT_REPEAT) if outlet.fallen_short else resend
