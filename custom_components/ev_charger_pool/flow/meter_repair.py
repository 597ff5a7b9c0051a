"""Repairs of a meter: another way to one that is silent or has lost a sensor, or another meter."""

from dataclasses import replace
from typing import Any, override

from homeassistant.components.repairs import RepairsFlowContext, RepairsFlowResult
import voluptuous as vol

from ..const import CONF_FUSE, CONF_METER
from ..entry_data import MeterData
from ..pool.model import MAIN
from .meter_kinds import KnownMeter, kind_of
from .meter_steps import MeterSteps
from .part_repair import PartRepair


class MeterRepair(MeterSteps[RepairsFlowContext, RepairsFlowResult, str], PartRepair):
    """Asks for the meter as it was set up, and reads it before it is saved."""

    async def async_step_init(self, _: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Begin with the only question."""
        return await self.async_step_meter()

    async def async_step_meter(self, _: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Show what is known of the meter."""
        meter, fuse = self.saved[CONF_METER], self.saved[CONF_FUSE]
        known = KnownMeter(place=(self.entry.entry_id, self.subentry_id), meter=meter, fuse=fuse)
        return await self._async_ask_meter(kind_of(meter), fuse, known)

    @override
    async def _async_meter_confirmed(self, meter: MeterData) -> RepairsFlowResult:
        return self._async_mended(**{CONF_METER: meter})


class FollowingRepair(MeterRepair):
    """Asks for the right meter where the one there is does not move with the cars, or why it does not."""

    @override
    async def async_step_init(self, _: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Choose what the reason is."""
        return self.async_show_menu(step_id="init", menu_options=["meter", "evened_out"])

    async def async_step_evened_out(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Take the meter as it is."""
        if user_input is None:
            return self.async_show_form(step_id="evened_out", data_schema=vol.Schema({}))
        runner = self.entry.runtime_data
        uncompared = runner.choices.uncompared | {self.subentry_id or MAIN}
        await runner.async_choose(replace(runner.choices, uncompared=uncompared))
        return self.async_create_entry(data={})
