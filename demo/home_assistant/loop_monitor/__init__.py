"""Tells over the WebSocket how long the pool's callbacks keep the event loop of this Home Assistant busy."""

from typing import Any

from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import websocket_command
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .stopwatch import Stopwatch

DOMAIN = "loop_monitor"
CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _: ConfigType) -> bool:
    """Start measuring."""
    stopwatch = Stopwatch("/custom_components/ev_charger_pool/")
    stopwatch.start()

    @websocket_command({"type": f"{DOMAIN}/figures"})
    @callback
    def figures(_: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
        connection.send_result(msg["id"], stopwatch.figures())

    async_register_command(hass, figures)
    return True
