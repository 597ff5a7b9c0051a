"""What a site already has bounds what may be changed, also where a circuit between was deleted."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_charger_pool.flow.existing import check_lines_free
from custom_components.ev_charger_pool.flow.forms import FormError
from custom_components.ev_charger_pool.pool.model import MAIN
from tests.common import currents, entity_charger, show_currents
from tests.houses import add_site, charger, circuit

WITHOUT_L2 = (16.0, 0.0, 16.0)


def farm(hass: HomeAssistant) -> ConfigEntry:
    """A car on L2 of a stable behind a barn."""
    show_currents(hass, "mains", 1.0, 2.0, 3.0)
    return add_site(
        hass,
        circuit("Barn"),
        circuit("Stable", parent="barn"),
        charger("Car", entity_charger("Car"), None, circuit="stable", wiring="l2"),
        meter={"kind": "entities", "currents": currents("mains")},
    )


@pytest.mark.parametrize(
    ("lost", "circuit_id", "user"),
    [
        ([], "stable", "Car"),
        ([], "barn", "Stable"),
        (["stable"], "barn", "Car"),
        (["barn"], MAIN, "Stable"),
        (["stable", "barn"], MAIN, "Car"),
    ],
)
async def test_a_line_stays_for_what_hangs_on_it_through_deleted_circuits(
    hass: HomeAssistant, lost: list[str], circuit_id: str, user: str
) -> None:
    entry = farm(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    for key in lost:
        hass.config_entries.async_remove_subentry(entry, key)
        await hass.async_block_till_done()
    with pytest.raises(FormError) as refused:
        check_lines_free(entry, circuit_id, WITHOUT_L2)
    assert (refused.value.key, refused.value.field) == ("line_in_use", "fuse_l2")
    assert refused.value.placeholders == {"name": user, "lines": "L2"}
    check_lines_free(entry, circuit_id, (0.0, 16.0, 0.0) if user == "Car" else (16.0, 16.0, 16.0))


async def test_while_the_site_does_not_run_a_deleted_circuit_hung_on_the_main_fuse(hass: HomeAssistant) -> None:
    entry = farm(hass)
    hass.config_entries.async_remove_subentry(entry, "stable")
    with pytest.raises(FormError, match="line_in_use"):
        check_lines_free(entry, MAIN, WITHOUT_L2)
