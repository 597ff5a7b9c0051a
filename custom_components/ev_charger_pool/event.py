"""The event of a charging session: a car was plugged in or went."""

from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import ChargerEntity, async_add_per_charger
from .pool.model import ChargerReading
from .pool.vehicle import connected
from .runner import PoolConfigEntry

PARALLEL_UPDATES = 0

STARTED = "started"
ENDED = "ended"
ATTR_ENERGY = "energy_kwh"

SESSION = EventEntityDescription(key="session", translation_key="session", event_types=[STARTED, ENDED])


async def async_setup_entry(
    hass: HomeAssistant, entry: PoolConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the events."""
    async_add_per_charger(
        hass,
        entry,
        async_add_entities,
        lambda key: [SessionEvent(hass, entry, key, SESSION)],
    )


class SessionEvent(ChargerEntity, EventEntity):
    """Tells when a car is plugged in and when it goes.

    What the first reading shows began before anyone watched: it is where watching begins, not news.
    """

    _connected: bool | None = None
    _session_wh: float | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Take note of what is there already."""
        await super().async_added_to_hass()
        self._compare(self.coordinator.heard)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self._compare(self.coordinator.heard)
        super()._handle_coordinator_update()

    @callback
    def _compare(self, reading: ChargerReading | None) -> None:
        now = connected(reading)
        if reading is None or now is None:
            return
        if now and self._connected is False:
            self._trigger_event(STARTED)
        if now:
            self._session_wh = reading.session_wh
        elif self._connected:
            # Some chargers reset the session's energy as the car goes, others count to the end.
            known = [wh for wh in (self._session_wh, reading.session_wh) if wh is not None]
            self._trigger_event(ENDED, {ATTR_ENERGY: round(max(known) / 1000, 3) if known else None})
        self._connected = now
