"""The choice of how current is shared."""

from homeassistant.core import HomeAssistant

from custom_components.ev_charger_pool.pool.strategy import Strategy
from tests.common import start_house


async def test_strategy(hass: HomeAssistant):
    entry = await start_house(hass)
    state = hass.states.get("select.home_strategy")
    assert state.state == "equal_share"
    assert state.attributes["options"] == list(Strategy)

    target = {"entity_id": "select.home_strategy", "option": "first_come"}
    await hass.services.async_call("select", "select_option", target, blocking=True)
    assert hass.states.get("select.home_strategy").state == "first_come"
    assert entry.runtime_data.state.settings.strategy is Strategy.FIRST_COME
