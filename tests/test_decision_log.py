"""The log tells every decision once, in the words of the entities."""

import logging

from homeassistant.core import HomeAssistant
import pytest

from tests.common import start_house


async def test_a_decision_is_logged_once(hass: HomeAssistant, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG, "custom_components.ev_charger_pool")
    entry = await start_house(hass)
    site = entry.runtime_data.site
    sentence = hass.states.get("sensor.garage_reason").attributes["sentence"]
    assert caplog.text.count(f"Garage: {sentence}") == 1
    site.async_update_listeners()
    assert caplog.text.count(f"Garage: {sentence}") == 1
