"""The coordinator of the site, which shows what the pool decided."""

import math
from time import monotonic

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .const import DOMAIN, LOGGER
from .coordinator import PUBLISH_INTERVAL, moved
from .pool.control import Outcome


class SiteCoordinator(DataUpdateCoordinator[Outcome | None]):
    """Shows what the pool decided for the site."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        super().__init__(hass, LOGGER, config_entry=entry, name=entry.title)
        self._published = -math.inf

    @callback
    def show(self, outcome: Outcome) -> None:
        """Publish, at most every PUBLISH_INTERVAL seconds unless it matters now."""
        now = monotonic()
        if now - self._published >= PUBLISH_INTERVAL or not self.last_update_success or self._matters(outcome):
            self._published = now
            self.async_set_updated_data(outcome)

    @callback
    def fail(self) -> None:
        """Show that there is no decision to show."""
        self.async_set_update_error(UpdateFailed(translation_domain=DOMAIN, translation_key="decision_failed"))

    def _matters(self, outcome: Outcome) -> bool:
        before = self.data
        if before is None or before.decisions.keys() != outcome.decisions.keys():
            return True
        if before.troubles != outcome.troubles:
            return True
        if any(
            (old := before.decisions[key]).amperes != new.amperes or old.reason != new.reason
            for key, new in outcome.decisions.items()
        ):
            return True
        return before.circuits.keys() != outcome.circuits.keys() or any(
            before.circuits[key].stale != new.stale or moved(before.circuits[key].amperes, new.amperes)
            for key, new in outcome.circuits.items()
        )
