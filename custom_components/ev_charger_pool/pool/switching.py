"""Chargers that go on with one phase where three do not fit: what is known of them, and their pauses for it (R11)."""

from collections.abc import Mapping
from dataclasses import replace

from .house import View
from .model import LINES, Request
from .outlet import Outlet
from .phase_switch import PhaseAction, PhaseFacts, PhaseSwitch, unswitched
from .scene import Scene
from .sharing import Share


def switching(scene: Scene, requests: Mapping[str, Request], shared: Mapping[str, Share]) -> dict[str, Share]:
    """The shares, without load for those whose phases are being switched; that is no stop for the sake of others."""
    result = dict(shared)
    for key, outlet in scene.outlets.items():
        if not outlet.charger.phase_switching and outlet.phase_switch is None:
            continue
        switch = _after(scene, outlet, requests, shared[key])
        if switch is not outlet.phase_switch:
            scene.outlets[key] = replace(outlet, phase_switch=switch)
        if switch is not None and switch.plan.until is not None:
            scene.wakes.append(switch.plan.until)
        if switch is not None and switch.plan.action is not PhaseAction.STAY:
            result[key] = replace(shared[key], amperes=0.0, cut=None, forced=True)
    return result


def _after(scene: Scene, outlet: Outlet, requests: Mapping[str, Request], share: Share) -> PhaseSwitch | None:
    """The phases of a charger over time; while it is silent they stand still."""
    before, key = outlet.phase_switch, outlet.charger.id
    if not outlet.charger.switches_phases:
        return None
    if not outlet.reachable(scene.at):
        return before
    phases = outlet.phases_told or LINES
    fits_one = fits_three = False
    if (
        key in requests
        and outlet.phases_told is not None
        and scene.wants(key)
        and scene.steerable(key)
        and scene.doubts[key] is None
        and scene.waited_for is None
    ):
        # What it has on the phases that it uses now is planned already.
        here, there = share.plan.amperes, _planned_otherwise(scene, outlet, requests, phases)
        fits_one, fits_three = (there > 0, here > 0) if phases == LINES else (here > 0, LINES * there > here)
    amperes = [value for value in outlet.samples[-1].amperes if value is not None]
    facts = PhaseFacts(
        phases=phases,
        connected=outlet.connected,
        granted=share.amperes,
        fits_one=fits_one,
        fits_three=fits_three,
        ceiling=outlet.ceiling,
        drawn=max(amperes, default=None),
    )
    return (unswitched(phases) if before is None else before).after(scene.at, facts)


def _planned_otherwise(scene: Scene, outlet: Outlet, requests: Mapping[str, Request], phases: int) -> float:
    """What it would get at rest on one phase instead of three, or on three instead of one, A per phase."""
    charger = outlet.charger
    wiring = charger.wiring or ()
    request = replace(requests[charger.id], lines=wiring[0] if phases == LINES else charger.lines)
    view = View.WEEK if scene.slow(charger.id) else View.PLANNED
    return scene.share({**requests, charger.id: request}, view)[charger.id].amperes
