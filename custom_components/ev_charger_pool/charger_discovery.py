"""Offers the chargers that other integrations bring, once there is a house that they can join."""

from datetime import datetime

from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import discovery_flow, entity_registry as er
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.start import async_at_started

from .const import DOMAIN
from .devices import async_charger_mappings
from .flow.recognised import RecognisedInfo, async_recognised
from .runner import PoolConfigEntry

QUIET = 10.0
"""Seconds without news of entities after which they are looked at: an integration brings many at once."""


@callback
def async_watch_chargers(hass: HomeAssistant, entry: PoolConfigEntry) -> CALLBACK_TYPE:
    """Offer chargers that no site has, as discovered devices; returns a function that ends it."""
    pending: list[CALLBACK_TYPE] = []

    @callback
    def wait() -> None:
        forget()
        pending.append(async_call_later(hass, QUIET, look))

    @callback
    def forget() -> None:
        while pending:
            pending.pop()()

    @callback
    def look(_: datetime) -> None:
        pending.clear()
        entry.async_create_background_task(hass, _async_offer(hass), f"{DOMAIN} looks for chargers")

    @callback
    def started(_: HomeAssistant) -> None:
        wait()

    async def changed(_hass: HomeAssistant, _entry: PoolConfigEntry) -> None:
        wait()

    @callback
    def registered(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        entity = er.async_get(hass).async_get(event.data["entity_id"])
        if entity is None or entity.platform != DOMAIN:
            wait()

    stops = [
        async_at_started(hass, started),
        entry.add_update_listener(changed),
        hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, registered),
    ]

    @callback
    def end() -> None:
        forget()
        for stop in stops:
            stop()

    return end


async def _async_offer(hass: HomeAssistant) -> None:
    """Start a flow for each charger that can be added, and end those for chargers that cannot any more."""
    integrations = {entity.platform for entity in er.async_get(hass).entities.values()}
    if integrations.isdisjoint(await async_charger_mappings(hass)):
        return
    offered = {
        charger.key
        for charger in await async_recognised(hass)
        if charger.mapping.obstacle is None and not charger.missing
    }
    flows = hass.config_entries.flow
    for flow in flows.async_progress_by_init_data_type(RecognisedInfo, lambda info: info["key"] not in offered):
        flows.async_abort(flow["flow_id"])
    for key in offered:
        discovery_flow.async_create_flow(
            hass, DOMAIN, context={"source": SOURCE_INTEGRATION_DISCOVERY}, data=RecognisedInfo(key)
        )
