"""What all repairs share: the part of the site that an issue is about."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigSubentry
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow


class PartRepair(RepairsFlow):
    """Mends a site, or a circuit or charger of it.

    Args:
        entry_id: Of the site.
        subentry_id: Of the circuit or charger, None for the site itself.
    """

    def __init__(self, entry_id: str, subentry_id: str | None) -> None:
        self.entry_id = entry_id
        self.subentry_id = subentry_id

    @property
    def entry(self) -> ConfigEntry:
        """The site.

        Raises:
            AbortFlow: Where it was removed or turned off meanwhile.
        """
        entry = self.hass.config_entries.async_get_entry(self.entry_id)
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            raise AbortFlow("gone")
        return entry

    @property
    def subentry(self) -> ConfigSubentry:
        """The circuit or charger.

        Raises:
            AbortFlow: Where it was removed meanwhile.
        """
        subentry = self.entry.subentries.get(self.subentry_id or "")
        if subentry is None:
            raise AbortFlow("gone")
        return subentry

    @property
    def saved(self) -> Mapping[str, Any]:
        """What is saved of the part."""
        return self.entry.data if self.subentry_id is None else self.subentry.data

    @callback
    def _async_mended(self, **changes: Any) -> RepairsFlowResult:
        """End with some of what is saved changed."""
        data = {**self.saved, **changes}
        if self.subentry_id is None:
            self.hass.config_entries.async_update_entry(self.entry, data=data)
        else:
            self.hass.config_entries.async_update_subentry(self.entry, self.subentry, data=data)
        return self.async_create_entry(data={})
