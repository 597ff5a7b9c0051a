"""Repair: a charger that somebody else has set."""

from typing import Any

from homeassistant.components.repairs import RepairsFlowResult
import voluptuous as vol

from .part_repair import PartRepair


class OtherMasterRepair(PartRepair):
    """Asks to turn the other one off, then sets the charger again at once."""

    async def async_step_init(self, _: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Begin with the only question."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Say what to turn off."""
        if user_input is None:
            return self.async_show_form(step_id="confirm", data_schema=vol.Schema({}))
        self.entry.runtime_data.retry(self.subentry.subentry_id)
        return self.async_create_entry(data={})
