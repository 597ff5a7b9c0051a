"""Rules that others publish, re-stated to be compared with ours in the same virtual house.

Each one is built from the description of its rules and their numbers alone, behind the interface that our own
controller has. Where a description is silent the choice is the one that helps the rule, and its docstring says so.
"""

from dataclasses import dataclass

from .baseline import Baseline
from .equal_split import EqualSplit
from .evcc import EvccCircuits
from .everest import Everest
from .hass_evse_load_balancer import HassEvseLoadBalancer
from .openwb import OpenWb
from .smartevse import SmartEvse


@dataclass(frozen=True, slots=True)
class Rule:
    """A baseline to run.

    Args:
        name: Shown in tables.
        kind: Made anew for each run.
        closed_loop: False for the reference that measures nothing.
    """

    name: str
    kind: type[Baseline]
    closed_loop: bool = True


RULES = (
    Rule("evcc", EvccCircuits),
    Rule("SmartEVSE", SmartEvse),
    Rule("hass-evse-lb", HassEvseLoadBalancer),
    Rule("EVerest", Everest),
    Rule("openWB", OpenWb),
    Rule("equal split", EqualSplit, closed_loop=False),
)
