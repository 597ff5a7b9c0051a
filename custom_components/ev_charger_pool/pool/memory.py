"""What outlives a restart, as plain data and back (R19).

Monotonic time begins anew with every start, so moments are kept as ages at the time of saving.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
import math
from typing import Any

from .meter import Meter
from .model import LINES, Now, PerLine
from .outlet import Outlet
from .peak_guard import PeakGuard
from .phase_switch import PhaseSwitch
from .settle import Settle
from .state import State
from .strategy import Turns

_GUARD = ("start", "now", "wh", "watts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What is remembered of a car at a charger; ages in s.

    Args:
        plugged: Age of plugging in.
        session_wh: Energy of the session, None where the charger does not tell.
        stops: How often the car was paused for the sake of others.
        idle_phases: Per phase for how long the car has charged without it.
        enough: The limit that is enough for the car, A; None while it may want more.
        satisfied: Whether it has drawn nothing for so long that others are served first.
        phase_switches: How often its charger was switched to other phases.
        phases_switched: Age of the last time, None where it never was.
    """

    plugged: float
    session_wh: float | None
    stops: int
    idle_phases: PerLine
    enough: float | None
    satisfied: bool
    phase_switches: int
    phases_switched: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerMemory:
    """What is remembered of a charger.

    Args:
        written: Age of the last write, s.
        delay: What the last changes took until the current began to move, s.
        cut: Until a lower limit was kept.
        rise: Until a higher limit was used.
        session: None where no car was plugged in.
    """

    written: float | None
    delay: tuple[float, ...]
    cut: tuple[float, ...]
    rise: tuple[float, ...]
    session: Session | None


type Entries = tuple[tuple[float, float], ...]
"""Age, s, and height, A, of the highest house loads; the highest and oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitMemory:
    """What is remembered of a metered circuit.

    Args:
        behind: Ids of the chargers behind it that were no house load.
        hour: Per line the highest house loads of the last hour.
        week: The same of the last week.
        guard: Of its average power, None without one.
    """

    behind: frozenset[str]
    hour: tuple[Entries, ...]
    week: tuple[Entries, ...]
    guard: Mapping[str, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """All that outlives a restart.

    Args:
        at: When it was saved, s since the epoch.
        turns: Who was served first.
        chargers: By id.
        circuits: By id.
    """

    at: float
    turns: Turns
    chargers: Mapping[str, ChargerMemory]
    circuits: Mapping[str, CircuitMemory]


# To plain data


def remember(state: State, now: Now) -> dict[str, Any]:
    """What to save, as JSON can hold it."""
    guards = {guard.limit.circuit: guard for guard in state.guards}
    turns = state.turns
    return {
        "at": now.wall.timestamp(),
        "turns": {
            "number": turns.number,
            "queue": list(turns.queue),
            "waiting": dict(turns.waiting),
            "yielding": sorted(turns.yielding),
        },
        "chargers": {key: _charger_data(outlet, now.monotonic) for key, outlet in state.outlets.items()},
        "circuits": {
            key: _circuit_data(meter, state.layout.behind[key], guards.get(key), now.monotonic)
            for key, meter in state.meters.items()
        },
    }


def _charger_data(outlet: Outlet, now: float) -> dict[str, Any]:
    session = None
    if outlet.plugged is not None:
        session = {
            "plugged": now - outlet.plugged,
            "session_wh": None if outlet.reading is None else outlet.reading.session_wh,
            "stops": outlet.stops,
            "idle_phases": [None if since is None else now - since for since in outlet.idle_phases],
            "enough": outlet.appetite.enough,
            "satisfied": outlet.appetite.satisfied,
            **_switch_data(outlet.phase_switch, now),
        }
    return {
        "written": None if outlet.written is None else now - outlet.written,
        **_settle_data(outlet.settle),
        "session": session,
    }


def _switch_data(switch: PhaseSwitch | None, now: float) -> dict[str, Any]:
    last = -math.inf if switch is None else switch.last
    return {
        "phase_switches": 0 if switch is None else switch.used,
        "phases_switched": None if math.isinf(last) else now - last,
    }


def _settle_data(settle: Settle) -> dict[str, Any]:
    return {"delay": list(settle.delay.seen), "cut": list(settle.cut.seen), "rise": list(settle.rise.seen)}


def _circuit_data(meter: Meter, behind: Sequence[str], guard: PeakGuard | None, now: float) -> dict[str, Any]:
    return {
        "behind": sorted(behind),
        "hour": [[[now - at, value] for at, value in peaks.entries] for peaks in meter.peaks],
        "week": [[[now - at, value] for at, value in peaks.entries] for peaks in meter.week],
        "guard": None if guard is None else guard.as_dict(),
    }


# From plain data


def read(data: Mapping[str, Any]) -> Memory:
    """What ``remember`` gave, checked.

    Raises:
        ValueError: With the name of the field that is missing or makes no sense.
    """
    try:
        return Memory(
            at=_number(data["at"], "at"),
            turns=_turns(data["turns"]),
            chargers={key: _charger(charger, f"chargers.{key}") for key, charger in data["chargers"].items()},
            circuits={key: _circuit(circuit, f"circuits.{key}") for key, circuit in data["circuits"].items()},
        )
    except KeyError as error:
        raise ValueError(f"{error.args[0]}: is missing") from error
    except (AttributeError, TypeError) as error:
        raise ValueError(f"not what was remembered: {error}") from error


def _turns(data: Mapping[str, Any]) -> Turns:
    return Turns(
        number=_count(data["number"], "turns.number"),
        queue=tuple(map(str, data["queue"])),
        waiting={key: _number(since, f"turns.waiting.{key}") for key, since in data["waiting"].items()},
        yielding=frozenset(map(str, data["yielding"])),
    )


def _charger(data: Mapping[str, Any], where: str) -> ChargerMemory:
    session = data["session"]
    return ChargerMemory(
        written=_maybe(data["written"], f"{where}.written"),
        delay=tuple(_at_least_0(took, f"{where}.delay") for took in data["delay"]),
        cut=tuple(_at_least_0(took, f"{where}.cut") for took in data["cut"]),
        rise=tuple(_at_least_0(took, f"{where}.rise") for took in data["rise"]),
        session=None if session is None else _session(session, f"{where}.session"),
    )


def _session(data: Mapping[str, Any], where: str) -> Session:
    first, second, third = (
        _maybe(age, f"{where}.idle_phases") for age in _three(data["idle_phases"], f"{where}.idle_phases")
    )
    return Session(
        plugged=_number(data["plugged"], f"{where}.plugged"),
        session_wh=_maybe(data["session_wh"], f"{where}.session_wh"),
        stops=_count(data["stops"], f"{where}.stops"),
        idle_phases=(first, second, third),
        enough=_maybe(data["enough"], f"{where}.enough"),
        satisfied=bool(data["satisfied"]),
        phase_switches=_count(data["phase_switches"], f"{where}.phase_switches"),
        phases_switched=_maybe(data["phases_switched"], f"{where}.phases_switched"),
    )


def _circuit(data: Mapping[str, Any], where: str) -> CircuitMemory:
    guard = data["guard"]
    return CircuitMemory(
        behind=frozenset(map(str, data["behind"])),
        hour=tuple(_entries(line, f"{where}.hour") for line in _three(data["hour"], f"{where}.hour")),
        week=tuple(_entries(line, f"{where}.week") for line in _three(data["week"], f"{where}.week")),
        guard=None if guard is None else {name: _number(guard[name], f"{where}.guard.{name}") for name in _GUARD},
    )


def _entries(data: Iterable[Sequence[Any]], where: str) -> Entries:
    entries = tuple((_number(age, where), _number(value, where)) for age, value in data)
    if any(later[0] >= earlier[0] or later[1] >= earlier[1] for earlier, later in pairwise(entries)):
        raise ValueError(f"{where}: {entries} do not become younger and lower")
    return entries


def _three[ValueT](values: Sequence[ValueT], where: str) -> Sequence[ValueT]:
    if len(values) != LINES:
        raise ValueError(f"{where}: {values!r} are not {LINES} values")
    return values


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{where}: {value!r} is not a finite number")
    return float(value)


def _at_least_0(value: Any, where: str) -> float:
    if (number := _number(value, where)) < 0:
        raise ValueError(f"{where}: {value!r} is below 0")
    return number


def _maybe(value: Any, where: str) -> float | None:
    return None if value is None else _number(value, where)


def _count(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{where}: {value!r} is not a whole number from 0 up")
    return value
