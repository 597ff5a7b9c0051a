"""The actions: set a limit, clear it, and rebalance."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest

from custom_components.ev_charger_pool.const import DOMAIN
from tests.common import currents, device_id, show_currents, show_house, start_house, until_state
from tests.houses import add_site


async def act(hass: HomeAssistant, action: str, **data: Any) -> dict[str, Any]:
    return await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=True)


async def test_a_limit_on_a_charger(hass: HomeAssistant):
    entry = await start_house(hass)
    answer = await act(hass, "set_limit", device_id=device_id(hass, entry, "garage"), amperes=9, source="tariff")

    assert answer == {"target": "Garage", "amperes": 9.0, "source": "tariff", "until": None}
    state = await until_state(hass, "sensor.garage_reason", "limit")
    assert state.attributes["source"] == "tariff"
    assert state.attributes["sentence"].startswith("Limited to 9 A by the limit of tariff")
    assert hass.states.get("sensor.garage_allocated_current").state == "9.0"


async def test_a_limit_on_the_house_in_watts(hass: HomeAssistant):
    await start_house(hass)
    answer = await act(hass, "set_limit", watts=9_000)

    assert answer == {"target": "Home", "watts": 9_000.0, "source": "an action", "until": None}
    state = await until_state(hass, "sensor.garage_reason", "limit")
    assert state.attributes["line"] is None
    assert hass.states.get("sensor.garage_allocated_current").state == "8.0"


async def test_a_limit_on_a_circuit(hass: HomeAssistant):
    entry = await start_house(hass, cellar=True)
    answer = await act(hass, "set_limit", device_id=device_id(hass, entry, "cellar"), amperes=10)

    assert answer["target"] == "Cellar"
    assert entry.runtime_data.choices.limits[0].target == "cellar"


async def test_a_limit_expires(hass: HomeAssistant):
    entry = await start_house(hass)
    before = dt_util.utcnow()
    answer = await act(hass, "set_limit", amperes=12, duration={"minutes": 30})

    until = dt_util.parse_datetime(answer["until"])
    assert before + timedelta(minutes=30) <= until <= dt_util.utcnow() + timedelta(minutes=30)
    assert entry.runtime_data.choices.limits[0].expires == until


async def test_a_source_has_one_limit_per_target(hass: HomeAssistant):
    entry = await start_house(hass)
    for amperes in (12, 10):
        await act(hass, "set_limit", amperes=amperes)
    await act(hass, "set_limit", amperes=20, source="grid")

    assert sorted((limit.source, limit.value) for limit in entry.runtime_data.choices.limits) == [
        ("an action", 10.0),
        ("grid", 20.0),
    ]


async def test_clear_one_source_or_all(hass: HomeAssistant):
    entry = await start_house(hass)
    await act(hass, "set_limit", amperes=12)
    await act(hass, "set_limit", amperes=20, source="grid")

    assert await act(hass, "clear_limit", source="grid") == {
        "cleared": [{"target": "Home", "amperes": 20.0, "source": "grid", "until": None}]
    }
    answer = await act(hass, "clear_limit")
    assert [limit["source"] for limit in answer["cleared"]] == ["an action"]
    assert entry.runtime_data.choices.limits == ()
    assert await act(hass, "clear_limit") == {"cleared": []}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "Give the limit in one unit: either amperes or watts"),
        ({"amperes": 6, "watts": 1000}, "Give the limit in one unit: either amperes or watts"),
        ({"amperes": -1}, "amperes: -1 is not a number from 0 up"),
        ({"amperes": float("nan")}, "amperes: nan is not a number from 0 up"),
        ({"watts": -5}, "watts: -5 is not a number from 0 up"),
        ({"amperes": 26}, "amperes: 26 is above 25, the most that Home can carry"),
        ({"watts": 20_000}, "watts: 20000 is above 17250, the most that Home can carry"),
        ({"amperes": 6, "duration": 0}, "duration: a limit has to last from one second to one year"),
    ],
)
async def test_mistakes_name_the_field(hass: HomeAssistant, data: dict[str, Any], message: str):
    entry = await start_house(hass)

    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, "set_limit", **data)
    assert raised.value.translation_domain == DOMAIN
    assert str(raised.value) == message
    assert entry.runtime_data.choices.limits == ()


async def test_a_limit_above_the_hardware(hass: HomeAssistant):
    entry = await start_house(hass)

    with pytest.raises(ServiceValidationError, match="amperes: 17 is above 16, the most that Carport can carry"):
        await act(hass, "set_limit", device_id=device_id(hass, entry, "carport"), amperes=17)
    with pytest.raises(ServiceValidationError, match="watts: 3681 is above 3680, the most that Carport can carry"):
        await act(hass, "set_limit", device_id=device_id(hass, entry, "carport"), watts=3681)


async def test_a_device_that_is_not_there(hass: HomeAssistant):
    await start_house(hass)

    with pytest.raises(ServiceValidationError) as raised:
        await act(hass, "set_limit", device_id="nowhere", amperes=6)
    assert raised.value.translation_key == "service_device_not_found"


async def test_several_sites_need_a_device(hass: HomeAssistant):
    entry = await start_house(hass)
    show_currents(hass, "cabin", 1.0, 1.0, 1.0)
    cabin = add_site(hass, name="Cabin", meter={"kind": "entities", "currents": currents("cabin")}, fuse=[16, 16, 16])
    assert await hass.config_entries.async_setup(cabin.entry_id)

    with pytest.raises(ServiceValidationError):
        await act(hass, "set_limit", amperes=6)
    answer = await act(hass, "set_limit", device_id=device_id(hass, cabin, cabin.entry_id), amperes=6)
    assert answer["target"] == "Cabin"
    assert entry.runtime_data.choices.limits == ()
    assert await act(hass, "rebalance", config_entry_id=cabin.entry_id, dry_run=True) == {"chargers": []}


async def test_a_dry_run_tells_and_changes_nothing(hass: HomeAssistant):
    entry = await start_house(hass)
    show_house(hass, 9.0, 20.0, 11.0)
    await until_state(hass, "sensor.garage_allocated_current", "10.0")
    state = entry.runtime_data.state

    answer = await act(hass, "rebalance", dry_run=True)
    garage, carport = sorted(answer["chargers"], key=lambda told: told["charger"], reverse=True)
    assert garage["charger"] == "Garage"
    assert (garage["amperes"], garage["reason"], garage["circuit"], garage["line"]) == (10.0, "fuse", "Home", "L2")
    assert garage["sentence"].startswith("Limited to 10 A by phase L2 of the main fuse")
    assert (carport["charger"], carport["reason"]) == ("Carport", "no_car")
    assert entry.runtime_data.state is state


async def test_rebalance_skips_the_wait(hass: HomeAssistant):
    await start_house(hass, raise_hold=3600)
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.home_control"}, blocking=True)
    state = await until_state(hass, "sensor.garage_reason", "hold")
    assert state.attributes["until"]

    await act(hass, "rebalance")
    await until_state(hass, "input_number.box_garage", "16.0")
