"""Repairs that a person can make in a few clicks: which flow mends which issue."""

from typing import Any

from homeassistant.components.repairs import RepairsFlow
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .const import CONF_ENTRY_ID, CONF_SUBENTRY_ID, DOMAIN
from .flow.charger_repair import LostEntitiesRepair, WrongChargerRepair
from .flow.circuit_repair import CircuitRepair
from .flow.master_repair import OtherMasterRepair
from .flow.meter_repair import FollowingRepair, MeterRepair
from .flow.part_repair import PartRepair
from .issues import CHARGER_SOURCE_REMOVED, CIRCUIT_DELETED, METER_SOURCE_REMOVED, METER_STALE, WRONG_CHARGER
from .pool.troubles import TroubleKind

_FLOWS: dict[str | None, type[PartRepair]] = {
    METER_STALE: MeterRepair,
    METER_SOURCE_REMOVED: MeterRepair,
    CHARGER_SOURCE_REMOVED: LostEntitiesRepair,
    CIRCUIT_DELETED: CircuitRepair,
    WRONG_CHARGER: WrongChargerRepair,
    TroubleKind.OTHER_MASTER.value: OtherMasterRepair,
    TroubleKind.METER_DOES_NOT_FOLLOW.value: FollowingRepair,
}


async def async_create_fix_flow(hass: HomeAssistant, issue_id: str, data: dict[str, Any]) -> RepairsFlow:
    """The flow that mends an issue of ours."""
    issue = ir.async_get(hass).issues[DOMAIN, issue_id]
    return _FLOWS[issue.translation_key](data[CONF_ENTRY_ID], data[CONF_SUBENTRY_ID])
