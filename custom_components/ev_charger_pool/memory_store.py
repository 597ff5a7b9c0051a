"""What the pool has learned, in a store of its own beside the choices (R19)."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .const import DOMAIN, LOGGER
from .pool.memory import Memory, read

SAVE_INTERVAL = timedelta(minutes=15)
"""So much is lost at most when Home Assistant is cut off."""

_VERSION = 1


class MemoryStore(Store[dict[str, Any]]):
    """The memory of one site on disk."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        super().__init__(hass, _VERSION, f"{DOMAIN}.{entry_id}.memory")

    async def async_read(self) -> Memory | None:
        """What was remembered, None where nothing was or where it makes no sense."""
        if (data := await self.async_load()) is None:
            return None
        try:
            return read(data)
        except ValueError as err:
            LOGGER.warning("What was learned before is of no use, so it is learned anew: %s", err)
            return None
