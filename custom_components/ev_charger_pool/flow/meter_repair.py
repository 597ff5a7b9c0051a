"""Repair: another way to a meter that is silent or has lost a sensor."""

from typing import Any, override

from homeassistant.components.repairs import RepairsFlowContext, RepairsFlowResult

from ..const import CONF_FUSE, CONF_METER
from .meter_steps import KnownMeter, MeterData, MeterSteps, kind_of
from .part_repair import PartRepair


class MeterRepair(MeterSteps[RepairsFlowContext, RepairsFlowResult, str], PartRepair):
    """Asks for the meter as it was set up, and reads it before it is saved."""

    async def async_step_init(self, _: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Show what is known of the meter."""
        meter, fuse = self.saved[CONF_METER], self.saved[CONF_FUSE]
        known = KnownMeter(place=(self.entry.entry_id, self.subentry_id), meter=meter, fuse=fuse)
        return await self._async_ask_meter(kind_of(meter), fuse, known)

    @override
    async def _async_meter_confirmed(self, meter: MeterData) -> RepairsFlowResult:
        return self._async_mended(**{CONF_METER: meter})
