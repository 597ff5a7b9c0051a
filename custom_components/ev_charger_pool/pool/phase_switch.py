"""Running a charger on one phase instead of three, and back: an opt-in, for profiles that can (R11).

A switch is worth it where the minimum on three phases does not fit but on one phase does: the car goes on instead of
being paused. Some cars are destroyed where phases are added under load, relays wear, and cars fall asleep after a few
interruptions. So the charger is set to 0, stays without load for a dead time before and after the switch, and has a
budget per session.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
import math

DEAD_TIME = 10.0
"""Without load before and after a switch, s: a car has to notice that its supply was gone."""

NO_LOAD = 0.5
"""Less than this is no load, A: a ghost of a meter, or the standby of an electronic."""

APART = 600.0
"""Between two switches, s."""

DOWN_AFTER = 60.0
"""The minimum on three phases must not have fitted for this long, s, where nobody has to pause for it."""

UP_AFTER = 600.0
"""There must have been room for three phases for this long, s."""

BUDGET = 4
"""Switches in a session. The last one is kept for going down: on one phase a car seldom has to be paused."""

PREPARE_MOST = 180.0
"""A car that still draws this long after it was set to 0 will not let go, s."""

SWITCH_MOST = 60.0
"""A charger that has not told this long after it was asked that it has switched will not, s."""


class PhaseAction(StrEnum):
    """What to do about the phases of a charger."""

    STAY = "stay"
    """Go on with the phases it has."""
    PREPARE = "prepare"
    """Set it to 0 and keep it there."""
    SWITCH = "switch"
    """Keep it at 0 and switch, until the charger tells that it has."""
    DEAD = "dead"
    """Keep it at 0: the dead time after a switch."""


@dataclass(frozen=True, slots=True)
class PhasePlan:
    """What is to be done now.

    Args:
        action: The kind.
        phases: To be used from now on or after the switch, 1 or 3.
        until: Monotonic time of the next look, None where only other facts change the plan.
    """

    action: PhaseAction
    phases: int
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseFacts:
    """What is known of a charger that can switch.

    Args:
        phases: That it uses now, 1 or 3.
        connected: Whether a car may be plugged in.
        granted: What the allocation grants with these phases, A.
        fits_one: Whether the minimum on one phase fits.
        fits_three: Whether the minimum on three phases fits. On one phase: whether three would give the car more power
            than it has now, by the worst house load of the window.
        ceiling: The highest limit that may be in force, A.
        drawn: Current of the phase that carries most, A; None if not known: then it is not switched.

    Raises:
        ValueError: Where phases are not 1 or 3.
    """

    phases: int
    connected: bool
    granted: float
    fits_one: bool
    fits_three: bool
    ceiling: float
    drawn: float | None

    def __post_init__(self) -> None:
        """Refuse what nobody switches between."""
        if self.phases not in (1, 3):
            raise ValueError(f"phases: {self.phases} is not 1 or 3")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSwitch:
    """The phases of one charger over time.

    Args:
        plan: What is to be done now.
        began: Monotonic time from which that is so.
        attempt: Monotonic time from which the last switch was prepared.
        lacking: From when on three phases do not fit but one does, None while that is not so.
        roomy: From when on three phases fit, None while they do not.
        idle: From when on it has been without load at a limit of 0, None while it may not be.
        last: Monotonic time of the last switch or vain attempt.
        used: Switches of this session, vain attempts included: they interrupt a car as well.
    """

    plan: PhasePlan
    began: float = -math.inf
    attempt: float = -math.inf
    lacking: float | None = None
    roomy: float | None = None
    idle: float | None = None
    last: float = -math.inf
    used: int = 0

    def after(self, at: float, facts: PhaseFacts) -> PhaseSwitch:
        """The switch at a later time.

        Args:
            at: Monotonic time.
            facts: What is known then.
        """
        lacking = _since(self.lacking, at, holds=facts.fits_one and not facts.fits_three)
        roomy = _since(self.roomy, at, holds=facts.fits_three)
        idle = _since(self.idle, at, holds=facts.ceiling <= 0 and facts.drawn is not None and facts.drawn < NO_LOAD)
        action = self.plan.action
        used = 0 if not facts.connected and action is PhaseAction.STAY else self.used
        now = self
        if (lacking, roomy, idle, used) != (self.lacking, self.roomy, self.idle, self.used):
            now = replace(self, lacking=lacking, roomy=roomy, idle=idle, used=used)
        if action is PhaseAction.STAY:
            return _stay(now, at, facts)
        if action is PhaseAction.PREPARE:
            return _prepare(now, at, facts)
        if action is PhaseAction.SWITCH:
            return _switch(now, at, facts)
        return now if at - now.began < DEAD_TIME else _go_on(now, at, facts)


def _go_on(now: PhaseSwitch, at: float, facts: PhaseFacts) -> PhaseSwitch:
    """On with the phases that there are."""
    return replace(now, plan=PhasePlan(PhaseAction.STAY, facts.phases), began=at)


def _stay(now: PhaseSwitch, at: float, facts: PhaseFacts) -> PhaseSwitch:
    due = _due(now, facts)
    if due is not None and at >= due:
        plan = PhasePlan(PhaseAction.PREPARE, 4 - facts.phases, at + PREPARE_MOST)
        return _prepare(replace(now, plan=plan, began=at, attempt=at), at, facts)
    plan = now.plan
    if plan.phases == facts.phases and plan.until == due:
        return now
    return replace(now, plan=PhasePlan(PhaseAction.STAY, facts.phases, due))


def _due(now: PhaseSwitch, facts: PhaseFacts) -> float | None:
    """When to switch if nothing changes until then, None if not at all."""
    if not facts.connected:
        return None
    if facts.phases == 3:
        if now.lacking is None or now.used >= BUDGET:
            return None
        return max(now.lacking + (DOWN_AFTER if facts.granted > 0 else 0.0), now.last + APART)
    if now.roomy is None or now.used >= BUDGET - 1:
        return None
    return max(now.roomy + UP_AFTER, now.last + APART)


def _prepare(now: PhaseSwitch, at: float, facts: PhaseFacts) -> PhaseSwitch:
    if not facts.connected or facts.phases == now.plan.phases:
        return _go_on(now, at, facts)
    if at - now.attempt >= PREPARE_MOST:
        return _go_on(replace(now, last=at, used=now.used + 1), at, facts)
    if now.idle is not None and at - now.idle >= DEAD_TIME:
        plan = PhasePlan(PhaseAction.SWITCH, now.plan.phases, at + SWITCH_MOST)
        return replace(now, plan=plan, began=at)
    until = now.attempt + PREPARE_MOST if now.idle is None else now.idle + DEAD_TIME
    return now if until == now.plan.until else replace(now, plan=replace(now.plan, until=until))


def _switch(now: PhaseSwitch, at: float, facts: PhaseFacts) -> PhaseSwitch:
    if facts.phases == now.plan.phases or at - now.began >= SWITCH_MOST:
        # It may have switched without telling, so it rests in any case.
        plan = PhasePlan(PhaseAction.DEAD, facts.phases, at + DEAD_TIME)
        return replace(now, plan=plan, began=at, last=at, used=now.used + 1)
    if now.idle is None:
        plan = PhasePlan(PhaseAction.PREPARE, now.plan.phases, now.attempt + PREPARE_MOST)
        return replace(now, plan=plan, began=at)
    return now


def _since(before: float | None, at: float, *, holds: bool) -> float | None:
    """From when on something holds."""
    if not holds:
        return None
    return at if before is None else before


def unswitched(phases: int) -> PhaseSwitch:
    """A charger that has never been switched.

    Args:
        phases: That it uses now, 1 or 3.
    """
    return PhaseSwitch(plan=PhasePlan(PhaseAction.STAY, phases))
