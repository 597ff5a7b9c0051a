"""A car was plugged in or went."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_charger_pool.pool.model import ChargerReading, VehicleState
from tests.common import show_charger, start_house, until


async def until_event(hass: HomeAssistant, entity_id: str, event_type: str) -> None:
    await until(hass, lambda: hass.states.get(entity_id).attributes["event_type"] == event_type)


async def test_what_was_there_before_is_no_news(hass: HomeAssistant):
    await start_house(hass)

    assert hass.states.get("event.garage_session").state == "unknown"
    assert hass.states.get("event.carport_session").state == "unknown"


async def test_a_session_starts_and_ends(hass: HomeAssistant):
    await start_house(hass)
    show_charger(hass, "Carport", "plugged", 0.0)
    await until_event(hass, "event.carport_session", "started")

    show_charger(hass, "Carport", "free", 0.0)
    await until_event(hass, "event.carport_session", "ended")
    assert hass.states.get("event.carport_session").attributes["energy_kwh"] is None


async def test_a_state_that_is_not_known_ends_nothing(hass: HomeAssistant):
    entry = await start_house(hass)
    show_charger(hass, "Garage", "unheard of", 6.0, 6.0, 6.0)
    await until(hass, lambda: entry.runtime_data.chargers["garage"].heard.state is None)
    assert hass.states.get("event.garage_session").state == "unknown"

    show_charger(hass, "Garage", "free", 0.0, 0.0, 0.0)
    await until_event(hass, "event.garage_session", "ended")


@pytest.mark.parametrize(
    ("energies", "expected"),
    [
        pytest.param([0.0, 7_400.0, 7_450.0], 7.45, id="counts to the end"),
        pytest.param([0.0, 7_400.0, 0.0], 7.4, id="resets as the car goes"),
        pytest.param([9_000.0, 3_000.0, 0.0], 3.0, id="still shows the session before at the start"),
        pytest.param([None, None, None], None, id="does not tell"),
    ],
)
async def test_energy_of_the_session(hass: HomeAssistant, energies: list[float | None], expected: float | None):
    entry = await start_house(hass)
    coordinator = entry.runtime_data.chargers["carport"]
    states = (VehicleState.B, VehicleState.C, VehicleState.A)
    for sequence, (state, energy) in enumerate(zip(states, energies, strict=True)):
        reading = ChargerReading(
            source="carport",
            sequence=1_000 + sequence,
            asked=0.0,
            taken=0.0,
            amperes=(0.0, None, None),
            state=state,
            session_wh=energy,
        )
        coordinator.async_set_updated_data(reading)

    attributes = hass.states.get("event.carport_session").attributes
    assert attributes["event_type"] == "ended"
    assert attributes["energy_kwh"] == expected
