"""The fields of a scenario file; ``docs/scenarios.md`` explains each."""

from dataclasses import dataclass

from ..pool.model import Breaker, Expiry, Feed, Grid
from ..pool.strategy import Strategy
from .fields import ByName, Each, Fixed, Group, Model, OrNone, Place, listed
from .scenario import Appliance, FaultKind, Household, MeterModel
from .traces import trace_names
from .values import (
    ENERGY,
    FLAG,
    SIGNED_TIME,
    START,
    TEXT,
    TIME,
    TIME_ABOVE_0,
    PerLine,
    Scalar,
    choice,
    duration,
    number,
    whole,
    word,
)


@dataclass(frozen=True, slots=True)
class _Measured:
    """The name of a house whose load was measured."""

    def read(self, raw: object, place: Place) -> str:
        """What ``raw`` means."""
        names = trace_names()
        if not isinstance(raw, str) or raw not in names:
            place.expect(f"one of {listed(names)}", raw)
        return raw

    def write(self, value: str) -> object:
        """The way back."""
        return value


_CURRENT = number("a current in A", least=0)
_CURRENT_ABOVE_0 = number("a current in A", above=0)
_FLOW = PerLine(number("a current in A"))
_CURRENTS = PerLine(_CURRENT)
_PHASES = whole(1, 3, "1, 2 or 3")
_SEED = whole(0, 2**32 - 1, "a whole number of 0 or more")
_COUNT = whole(1, 1000, "a whole number of 1 or more")
_GRID = word({"TN": Grid.TN, "IT": Grid.IT, "split_phase": Grid.SPLIT_PHASE})
_BREAKER = word({"B": Breaker.B, "C": Breaker.C, "D": Breaker.D, "gG": Breaker.GG})
_LINE = word({"L1": 0, "L2": 1, "L3": 2})
_MINUTES = {minutes * 60.0: minutes for minutes in (15, 60)}
_OVER = Scalar(
    "15 min or 1 h", lambda raw: _MINUTES.get(TIME.meaning(raw) or 0.0), lambda minutes: duration(60.0 * minutes)
)

METER = Group(
    "a meter",
    {
        "interval": TIME_ABOVE_0,
        "delay": TIME,
        "resolution": _CURRENT_ABOVE_0,
        "signed": FLAG,
        "watts": FLAG,
    },
)
APPLIANCE = Group(
    "an appliance",
    {
        "name": TEXT,
        "amperes": _FLOW,
        "periods": Each(Fixed((TIME, TIME), "a list of two times, from and until, such as [20 min, 23 min]")),
        "cycle": Fixed((TIME_ABOVE_0, TIME_ABOVE_0), "a list of two times, on and off, such as [20 s, 25 s]"),
    },
    required=("name", "amperes", "periods"),
)
HOUSE = Group(
    "a house",
    {
        "base": _FLOW,
        "noise": _CURRENT,
        "trace": Fixed(
            (_Measured(), _Measured(), _Measured()), "a list of three measured houses, such as [h1, h2, h3]"
        ),
        "trace_peak": _CURRENT_ABOVE_0,
        "appliances": Each(Model(APPLIANCE, Appliance)),
    },
)
_METER = OrNone(Model(METER, MeterModel))
_HOUSE = Model(HOUSE, Household)
CIRCUIT = Group(
    "a circuit",
    {
        "name": TEXT,
        "parent": TEXT,
        "fuse": _CURRENTS,
        "breaker": _BREAKER,
        "margin": _CURRENT,
        "reserve": _CURRENTS,
        "meter": _METER,
        "meter_lag": TIME,
        "house": _HOUSE,
    },
    required=("fuse",),
)
CHARGER = Group(
    "a charger",
    {
        "name": TEXT,
        "circuit": TEXT,
        "wiring": TEXT,
        "really": TEXT,
        "phases": _PHASES,
        "minimum": _CURRENT_ABOVE_0,
        "maximum": _CURRENT_ABOVE_0,
        "step": _CURRENT_ABOVE_0,
        "car_minimum": _CURRENT_ABOVE_0,
        "user_cap": _CURRENT,
        "priority": _COUNT,
        "enabled": FLAG,
        "measures": FLAG,
        "poll": TIME_ABOVE_0,
        "write_interval": TIME,
        "resend": TIME_ABOVE_0,
        "stored": FLAG,
        "phase_switch": FLAG,
        "limit": _CURRENT,
        "latency": TIME,
        "known_latency": TIME,
        "known_settle": TIME,
        "feed": choice(Feed),
        "expiry": choice(Expiry),
        "timeout": TIME_ABOVE_0,
        "fall_back": _CURRENT,
        "known_fall_back": _CURRENT,
        "fall_back_settable": FLAG,
        "reboot_default": _CURRENT,
        "known_reboot_default": _CURRENT,
    },
    required=("wiring",),
)
CAR = Group(
    "a car",
    {
        "name": TEXT,
        "charger": TEXT,
        "arrives": TIME,
        "leaves": TIME_ABOVE_0,
        "needs": ENERGY,
        "phases": _PHASES,
        "maximum": _CURRENT_ABOVE_0,
        "minimum": _CURRENT_ABOVE_0,
        "reaction": TIME,
        "ramp": number("a rise in A per second", above=0),
        "taper": ENERGY,
        "sleeps_after": _COUNT,
        "later_phases": Fixed((TIME_ABOVE_0, _PHASES), "a list of a time and a number of phases, such as [60 s, 3]"),
        "excess": _CURRENT,
    },
    required=("name", "charger", "needs"),
)
LIMIT = Group(
    "a limit",
    {
        "id": TEXT,
        "at": TIME,
        "until": TIME_ABOVE_0,
        "target": TEXT,
        "amperes": _CURRENT,
        "watts": number("a power in W", least=0),
        "floor": number("a number in the limit's own unit", least=0),
        "source": TEXT,
    },
    required=("at", "target"),
)
AVERAGE = Group(
    "an average",
    {"circuit": TEXT, "watts": number("a power in W", above=0), "over": _OVER},
    required=("circuit", "watts", "over"),
)
FAULT = Group(
    "a fault",
    {
        "kind": choice(FaultKind),
        "target": TEXT,
        "at": TIME,
        "until": TIME_ABOVE_0,
        "line": _LINE,
        "amperes": _CURRENT,
        "period": TIME_ABOVE_0,
        "by": SIGNED_TIME,
    },
    required=("kind", "at"),
)
SCENARIO = Group(
    "a scenario",
    {
        "about": TEXT,
        "duration": TIME_ABOVE_0,
        "start": START,
        "seed": _SEED,
        "grid": _GRID,
        "voltage": number("a voltage in V", above=0),
        "strategy": choice(Strategy),
        "hold": TIME,
        "window": TIME,
        "worst_house": _CURRENTS,
        "fuse": _CURRENTS,
        "breaker": _BREAKER,
        "margin": _CURRENT,
        "reserve": _CURRENTS,
        "meter": _METER,
        "meter_lag": TIME,
        "house": _HOUSE,
        "circuits": ByName(CIRCUIT),
        "chargers": ByName(CHARGER),
        "cars": Each(CAR),
        "limits": Each(LIMIT),
        "averages": Each(AVERAGE),
        "faults": Each(FAULT),
    },
    required=("about", "duration", "fuse", "chargers"),
)

MAIN_NAME = "Main fuse"
OUTSIDE = "outside"
"""Source of a limit that names none."""


def limit_id(index: int) -> str:
    """Id of a limit that has none of its own."""
    return f"limit_{index + 1}"


METER_FAULTS = frozenset(
    {FaultKind.METER_SILENT, FaultKind.METER_FROZEN, FaultKind.METER_ABSURD, FaultKind.PHASE_MISSING}
)
SITE_FAULTS = frozenset({FaultKind.RESTART, FaultKind.CRASH, FaultKind.CLOCK_JUMPS})
"""Faults without a target."""
_OWN_FIELDS = {
    FaultKind.PHASE_MISSING: ("line",),
    FaultKind.OTHER_MASTER: ("amperes", "period"),
    FaultKind.CLOCK_JUMPS: ("by",),
}
FAULT_FIELDS = {
    kind: ("kind", *(() if kind in SITE_FAULTS else ("target",)), "at", "until", *_OWN_FIELDS.get(kind, ()))
    for kind in FaultKind
}
FAULT_OPTIONAL = frozenset({"until", "amperes", "period"})

# From the fields of a file to those of the dataclasses, where a group becomes several of them.
SCENARIO_NAMES = {name: name for name in ("about", "start", "seed", "strategy", "hold", "window", "worst_house")}
SITE_NAMES = {name: name for name in ("grid", "voltage")}
CIRCUIT_NAMES = {name: name for name in ("parent", "fuse", "breaker", "margin", "reserve", "meter_lag")}
CHARGER_NAMES = {name: name for name in ("circuit", "car_minimum", "user_cap", "priority", "enabled")} | {
    "phase_switch": "phase_switching"
}
CHARGER_MODEL_NAMES = {name: name for name in ("limit", "latency", "timeout", "fall_back", "reboot_default")}
CAPABILITY_NAMES = {
    "minimum": "minimum",
    "maximum": "maximum",
    "step": "step",
    "measures": "measures",
    "poll": "poll_interval",
    "write_interval": "write_interval",
    "resend": "resend",
    "stored": "stored",
    "phase_switch": "phase_switch",
    "known_latency": "latency",
    "known_settle": "settle",
    "feed": "feed",
    "expiry": "expiry",
    "known_fall_back": "fall_back",
    "fall_back_settable": "fall_back_settable",
    "known_reboot_default": "reboot_default",
}
AVERAGE_NAMES = {"circuit": "circuit", "watts": "watts", "over": "minutes"}
FAULT_NAMES = {name: name for name in FAULT.fields if name != "by"} | {"by": "seconds"}
