"""Overload, silent meters, and what the cars do."""

from homeassistant.core import HomeAssistant

from tests.common import show_charger, show_currents, start_house, until_state


async def test_nothing_is_wrong(hass: HomeAssistant):
    await start_house(hass, cellar=True)

    assert hass.states.get("binary_sensor.home_overload").state == "off"
    problem = hass.states.get("binary_sensor.home_meter_problem")
    assert problem.state == "off"
    assert problem.attributes["stale"] == {}


async def test_overload_names_circuit_and_line(hass: HomeAssistant):
    await start_house(hass, cellar=True)
    show_currents(hass, "cellar", 1.0, 16.4, 2.0)

    state = await until_state(hass, "binary_sensor.home_overload", "on")
    assert state.attributes["lines"] == ["Cellar L2"]
    show_currents(hass, "cellar", 1.0, 15.0, 2.0)
    state = await until_state(hass, "binary_sensor.home_overload", "off")
    assert state.attributes["lines"] == []


async def test_feeding_in_can_overload_too(hass: HomeAssistant):
    await start_house(hass)
    show_currents(hass, "mains", -26.0, 4.0, 5.0)

    state = await until_state(hass, "binary_sensor.home_overload", "on")
    assert state.attributes["lines"] == ["Home L1"]


async def test_a_silent_phase_is_a_problem_of_its_own(hass: HomeAssistant):
    await start_house(hass, silent=["mains"])
    state = hass.states.get("binary_sensor.home_meter_problem")
    assert state.attributes["stale"] == {"Home": ["L1", "L2", "L3"]}
    show_currents(hass, "mains", 9.1, None, 11.1)

    await until_state(hass, "sensor.home_mains_current_l1", "9.1")
    assert hass.states.get("sensor.home_mains_current_l2").state == "unknown"
    state = hass.states.get("binary_sensor.home_meter_problem")
    assert state.state == "on"
    assert state.attributes["stale"] == {"Home": ["L2"]}
    assert hass.states.get("binary_sensor.home_overload").state == "unknown"

    show_currents(hass, "mains", 9.0, 10.0, 11.0)
    await until_state(hass, "binary_sensor.home_meter_problem", "off")


async def test_cars(hass: HomeAssistant):
    await start_house(hass)

    assert hass.states.get("binary_sensor.garage_car_connected").state == "on"
    assert hass.states.get("binary_sensor.garage_charging").state == "on"
    assert hass.states.get("binary_sensor.carport_car_connected").state == "off"
    assert hass.states.get("binary_sensor.carport_charging").state == "off"

    show_charger(hass, "Garage", "plugged", 0.0, 0.0, 0.0)
    await until_state(hass, "binary_sensor.garage_charging", "off")
    assert hass.states.get("binary_sensor.garage_car_connected").state == "on"
