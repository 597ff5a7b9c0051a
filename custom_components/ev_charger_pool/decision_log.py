"""The log of decisions: the same sentences as the entities show (R20)."""

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from .const import LOGGER
from .explanation import explain
from .pool.model import Decision
from .runner import PoolConfigEntry


@callback
def async_log_decisions(hass: HomeAssistant, entry: PoolConfigEntry) -> CALLBACK_TYPE:
    """Log every decision that differs from the one before; returns a function that ends it."""
    logged: dict[str, Decision] = {}

    @callback
    def log() -> None:
        outcome = entry.runtime_data.site.data
        for key, decision in (outcome.decisions if outcome else {}).items():
            before = logged.get(key)
            if before is None or (before.amperes, before.reason) != (decision.amperes, decision.reason):
                logged[key] = decision
                LOGGER.debug("%s: %s", entry.subentries[key].title, explain(hass, entry.runtime_data, decision))

    log()
    return entry.runtime_data.site.async_add_listener(log)
