"""Why a charger stands where it stands (R20)."""

from .allocation import Grant
from .model import Decision, Reason, Source, VehicleState, Why
from .phase_switch import PhaseAction
from .scene import Scene
from .sharing import Share

_WHY = {
    Source.FUSE: Why.FUSE,
    Source.CIRCUIT: Why.CIRCUIT,
    Source.USER_CAP: Why.USER_CAP,
    Source.USER_FUSE: Why.USER_FUSE,
    Source.PEAK: Why.PEAK,
}


def decision(scene: Scene, key: str, share: Share) -> Decision:
    """The decision for one charger, with its reason."""
    reason = (
        _obstacle(scene, key)
        or _switching(scene, key)
        or _waiting(scene, key, share)
        or _bound(scene, key, share.cut or share.plan)
    )
    return Decision(
        charger=key, amperes=share.amperes, target=share.plan.amperes, lines=scene.lines[key], reason=reason
    )


def _obstacle(scene: Scene, key: str) -> Reason | None:
    """What keeps a charger from being balanced at all."""
    outlet, doubt = scene.outlets[key], scene.doubts[key]
    if not outlet.charger.enabled:
        return Reason(why=Why.DISABLED)
    if not outlet.reachable(scene.at):
        return Reason(why=Why.UNREACHABLE)
    if scene.settings.control and scene.blind:
        return Reason(why=Why.STARTING)
    if outlet.failures:
        return Reason(why=Why.WRITE_FAILED, until=outlet.retry)
    if outlet.rivalry.steps_back(scene.at):
        return Reason(why=Why.OTHER_MASTER, until=outlet.rivalry.back)
    if outlet.disobeys(scene.at):
        return Reason(why=Why.CAR_ABOVE_LIMIT if outlet.told_our_limit else Why.LIMIT_IGNORED)
    if doubt is not None:
        return Reason(why=Why.METER_STALE if doubt.whole else Why.PHASE_MISSING, circuit=doubt.circuit, line=doubt.line)
    if outlet.state in (VehicleState.E, VehicleState.F):
        return Reason(why=Why.FAULT)
    if outlet.state is VehicleState.A:
        return Reason(why=Why.NO_CAR)
    return None


def _switching(scene: Scene, key: str) -> Reason | None:
    """Whether a charger is kept without load to switch its phases."""
    switch = scene.outlets[key].phase_switch
    if switch is None or switch.plan.action is PhaseAction.STAY:
        return None
    return Reason(why=Why.PHASE_SWITCH, until=switch.plan.until)


def _waiting(scene: Scene, key: str, share: Share) -> Reason | None:
    """Why a charger does not get yet what it could have at rest."""
    if share.plan.amperes < share.amperes + scene.worthwhile(key):
        return None
    if scene.waited_for is not None:
        return Reason(why=Why.WAITING_FOR_CHARGER, charger=scene.waited_for)
    if (due := scene.ripe_at(key)) > scene.at:
        return Reason(why=Why.HOLD, until=due)
    return Reason(why=Why.SETTLING)


def _bound(scene: Scene, key: str, grant: Grant) -> Reason:
    row = grant.binding
    if row is None:
        content = not scene.wants(key) or scene.outlets[key].appetite.enough is not None
        return Reason(why=Why.CAR_CONTENT if content else Why.UNLIMITED)
    if grant.waiting:
        return Reason(why=Why.WAITING_TURN, circuit=row.circuit, line=row.line)
    why = _WHY.get(row.source, Why.LIMIT)
    if grant.amperes <= 0 and row.source in (Source.FUSE, Source.CIRCUIT):
        why = Why.NO_ROOM
    source = next((limit.source for limit in scene.state.limits if limit.id == row.limit), None)
    return Reason(why=why, circuit=row.circuit, line=row.line, source=source)
