"""What is remembered goes on after a restart, as far as it still holds (R19).

What is younger than a day goes on where it was; of what is older only the worst house load of the week says something.
"""

from collections.abc import Iterable
from dataclasses import replace

from .appetite import HUNGRY, Appetite
from .memory import ChargerMemory, Entries, Memory, Session
from .meter import Meter
from .model import LINES, NO_VALUES, ChargerReading, Now, Reading
from .outlet import Outlet
from .peak_guard import watch as watch_peak
from .peaks import Peaks
from .phase_switch import unswitched
from .state import State
from .strategy import Turns

FORGOTTEN = 86_400.0
"""After a day another evening begins: other cars, other turns, s."""

SAME_SESSION = 600.0
"""Where a charger does not count the energy of a session, a car that is plugged in after so short a time is taken for
the one that was there before, s."""


def recall(state: State, memory: Memory, now: Now) -> State:
    """The controller with what it remembers of all that it has not heard of yet; unknown ids count for nothing.

    A session is taken for the one that was there before until ``resume`` has seen the first reading of its charger. A
    wall clock that was set back since counts as no time passed.
    """
    passed = _passed(memory, now)
    then = now.monotonic - passed
    meters = {key: _recalled_meter(state, meter, memory, then, passed) for key, meter in state.meters.items()}
    if passed > FORGOTTEN:
        return replace(state, meters=meters)
    outlets = {
        key: outlet
        if outlet.seen or (saved := memory.chargers.get(key)) is None
        else _recalled_outlet(outlet, saved, then, now.monotonic)
        for key, outlet in state.outlets.items()
    }
    turns = _only_known(memory.turns, outlets.keys()) if not state.turns.queue else state.turns
    return _recalled_guards(replace(state, meters=meters, outlets=outlets, turns=turns), memory, now)


def resume(state: State, memory: Memory, readings: Iterable[Reading], now: Now) -> State:
    """The controller before it hears of chargers for the first time, without the sessions that are over by that.

    A session has ended where its energy counter fell; where none is told it is taken to have ended if that could have
    happened unseen for longer than ``SAME_SESSION``.
    """
    outlets = dict(state.outlets)
    for reading in readings:
        outlet, saved = outlets.get(reading.source), memory.chargers.get(reading.source)
        if (
            isinstance(reading, ChargerReading)
            and outlet is not None
            and not outlet.seen
            and saved is not None
            and saved.session is not None
            and not _goes_on(saved.session, reading, _passed(memory, now))
        ):
            outlets[reading.source] = replace(
                outlet,
                plugged=None,
                stops=0,
                idle_phases=NO_VALUES,
                appetite=HUNGRY,
                settle=outlet.settle.parted(),
                phase_switch=None,
            )
    return replace(state, outlets=outlets)


def _passed(memory: Memory, now: Now) -> float:
    """Seconds since it was saved."""
    return max(now.wall.timestamp() - memory.at, 0.0)


def _goes_on(session: Session, reading: ChargerReading, passed: float) -> bool:
    if session.session_wh is None or reading.session_wh is None:
        return passed <= SAME_SESSION
    return reading.session_wh >= session.session_wh


def _recalled_meter(state: State, meter: Meter, memory: Memory, then: float, passed: float) -> Meter:
    """A meter with the house loads that it had seen, if the same chargers were no part of them."""
    saved = memory.circuits.get(meter.circuit.id)
    if meter.seen or saved is None or saved.behind != set(state.layout.behind[meter.circuit.id]):
        return meter
    hour = meter.peaks if passed > FORGOTTEN else _recalled_peaks(meter.peaks, saved.hour, then, passed)
    return replace(meter, peaks=hour, week=_recalled_peaks(meter.week, saved.week, then, passed))


def _recalled_peaks(
    peaks: tuple[Peaks, ...], saved: tuple[Entries, ...], then: float, passed: float
) -> tuple[Peaks, ...]:
    return tuple(
        replace(line, entries=tuple((then - age, value) for age, value in entries if age + passed <= line.memory))
        for line, entries in zip(peaks, saved, strict=True)
    )


def _recalled_outlet(outlet: Outlet, saved: ChargerMemory, then: float, now: float) -> Outlet:
    settle = outlet.settle
    outlet = replace(
        outlet,
        written=None if saved.written is None else then - saved.written,
        settle=replace(
            settle,
            delay=replace(settle.delay, seen=saved.delay),
            cut=replace(settle.cut, seen=saved.cut),
            rise=replace(settle.rise, seen=saved.rise),
        ),
    )
    if (session := saved.session) is None:
        return outlet
    first, second, third = (None if age is None else then - age for age in session.idle_phases)
    return replace(
        outlet,
        plugged=then - session.plugged,
        # Nobody has seen what happened meanwhile, so the hold of raises begins anew.
        steady=now,
        stops=session.stops,
        idle_phases=(first, second, third),
        appetite=Appetite(enough=session.enough, satisfied=session.satisfied),
        phase_switch=None
        if session.phases_switched is None
        else replace(unswitched(LINES), last=then - session.phases_switched, used=session.phase_switches),
    )


def _only_known(turns: Turns, chargers: Iterable[str]) -> Turns:
    known = set(chargers)
    return replace(
        turns,
        queue=tuple(key for key in turns.queue if key in known),
        waiting={key: since for key, since in turns.waiting.items() if key in known},
        yielding=turns.yielding & known,
    )


def _recalled_guards(state: State, memory: Memory, now: Now) -> State:
    """With the average powers, each where it was in its running window."""
    if state.guards:
        return state
    guards = (
        watch_peak(limit, now.monotonic, now.wall, saved.guard)
        for limit in state.settings.averages
        if (saved := memory.circuits.get(limit.circuit)) is not None
    )
    return replace(state, guards=tuple(guards))
