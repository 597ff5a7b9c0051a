"""What is saved becomes the settings of the controller."""

from homeassistant.core import HomeAssistant

from custom_components.ev_charger_pool.choices import Choices, RememberedCircuit
from custom_components.ev_charger_pool.pool.model import MAIN, AverageLimit
from custom_components.ev_charger_pool.site import settings_of
from tests.houses import ALFEN, METER, add_site, charger, circuit


def test_a_site_without_an_average_power_has_none(hass: HomeAssistant) -> None:
    assert settings_of(add_site(hass), Choices(), {}).averages == ()


def test_average_powers_of_the_house_and_of_circuits(hass: HomeAssistant) -> None:
    entry = add_site(
        hass,
        circuit("Barn", meter=METER | {"unit": 2}, average={"watts": 4000, "minutes": 60}),
        circuit("Shed", meter=METER | {"unit": 3}),
        average={"watts": 2500, "minutes": 15},
    )
    assert settings_of(entry, Choices(), {}).averages == (
        AverageLimit(circuit=MAIN, watts=2500, minutes=15),
        AverageLimit(circuit="barn", watts=4000, minutes=60),
    )


def test_the_average_power_of_a_deleted_circuit_is_gone_with_its_meter(hass: HomeAssistant) -> None:
    entry = add_site(hass, charger("Box", ALFEN, "a_1", circuit="barn"))
    deleted = circuit("Barn", meter=METER | {"unit": 2}, average={"watts": 4000, "minutes": 60})
    choices = Choices(circuits={"barn": RememberedCircuit(title="Barn", data=deleted["data"])})
    settings = settings_of(entry, choices, {})
    assert [found.id for found in settings.site.circuits] == [MAIN, "barn"]
    assert settings.averages == ()
