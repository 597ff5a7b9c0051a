"""Repairs are raised while something lasts and cleared when it is over."""

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir

from custom_components.ev_charger_pool.const import DOMAIN
from tests.common import currents, show_currents, start_house, until
from tests.houses import add_entity, add_site, circuit


def raised(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    """Our issues by their translation key."""
    issues = ir.async_get(hass).issues
    return {issue.translation_key: issue for (domain, _), issue in issues.items() if domain == DOMAIN and issue.active}


async def test_nothing_to_repair(hass: HomeAssistant):
    await start_house(hass, cellar=True)

    assert raised(hass) == {}


async def test_a_silent_meter(hass: HomeAssistant):
    await start_house(hass, cellar=True, silent=["cellar"])

    await until(hass, lambda: "meter_stale" in raised(hass))
    issue = raised(hass)["meter_stale"]
    assert issue.translation_placeholders == {"circuit": "Cellar", "phases": "L1, L2, L3"}
    assert issue.severity is ir.IssueSeverity.ERROR

    show_currents(hass, "cellar", 1.1, 1.6, 2.1)
    await until(hass, lambda: raised(hass) == {})


async def test_issues_go_with_the_site(hass: HomeAssistant):
    entry = await start_house(hass, cellar=True, silent=["cellar"])
    await until(hass, lambda: "meter_stale" in raised(hass))

    assert await hass.config_entries.async_unload(entry.entry_id)
    assert raised(hass) == {}


def publish(entry: ConfigEntry) -> None:
    """What the site does by itself at least every ten seconds."""
    entry.runtime_data.site.async_update_listeners()


async def move(hass: HomeAssistant, entry: ConfigEntry, key: str, **place: str) -> None:
    """Let a charger or circuit hang on another circuit."""
    part = entry.subentries[key]
    hass.config_entries.async_update_subentry(entry, part, data={**part.data, **place})
    await hass.async_block_till_done()


async def test_a_charger_whose_circuit_was_deleted(hass: HomeAssistant):
    entry = await start_house(hass, cellar=True)
    await move(hass, entry, "carport", circuit="cellar")
    hass.config_entries.async_remove_subentry(entry, "cellar")
    await hass.async_block_till_done()
    publish(entry)

    issue = raised(hass)["circuit_deleted"]
    assert issue.translation_placeholders == {"name": "Carport", "circuit": "Cellar"}

    await move(hass, entry, "carport", circuit="main")
    publish(entry)
    assert raised(hass) == {}


async def test_a_circuit_below_a_deleted_circuit(hass: HomeAssistant):
    entry = await start_house(hass, cellar=True)
    hass.config_entries.async_add_subentry(entry, ConfigSubentry(**circuit("Bench", parent="cellar")))
    await move(hass, entry, "carport", circuit="bench")
    hass.config_entries.async_remove_subentry(entry, "cellar")
    await hass.async_block_till_done()
    publish(entry)

    issue = raised(hass)["circuit_deleted"]
    assert issue.translation_placeholders == {"name": "Bench", "circuit": "Cellar"}
    assert [place.id for place in entry.runtime_data.state.settings.site.path("bench")] == ["bench", "cellar", "main"]

    await move(hass, entry, "bench", parent="main")
    publish(entry)
    assert raised(hass) == {}


async def test_an_entity_that_was_removed(hass: HomeAssistant):
    sources = [add_entity(hass, entity_id, "3.0", "A") for entity_id in currents("mains")]
    entry = add_site(hass, meter={"kind": "entities", "currents": sources})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert raised(hass) == {}

    er.async_get(hass).async_remove("sensor.mains_l2")
    publish(entry)
    assert raised(hass).keys() == {"meter_source_removed"}, "that it is silent too goes without saying"
    issue = raised(hass)["meter_source_removed"]
    assert issue.translation_placeholders == {"circuit": "Home", "entities": "sensor.mains_l2"}


async def test_an_issue_that_is_not_over_comes_back(hass: HomeAssistant):
    """Home Assistant deletes an issue once its repair has come to an end, whatever that has changed."""
    entry = await start_house(hass, cellar=True)
    await move(hass, entry, "carport", circuit="cellar")
    hass.config_entries.async_remove_subentry(entry, "cellar")
    await hass.async_block_till_done()
    publish(entry)
    ir.async_delete_issue(hass, DOMAIN, raised(hass)["circuit_deleted"].issue_id)
    publish(entry)

    assert raised(hass).keys() == {"circuit_deleted"}


async def test_a_meter_that_lost_an_entity_is_not_called_silent_too(hass: HomeAssistant):
    entry = await start_house(hass, cellar=True, silent=["cellar"])
    await until(hass, lambda: raised(hass).keys() == {"meter_stale"})
    lost = add_entity(hass, "sensor.lost", "3.0", "A")
    cellar = entry.subentries["cellar"]
    meter = {"kind": "entities", "currents": [lost, *currents("cellar")[1:]]}
    hass.config_entries.async_update_subentry(entry, cellar, data={**cellar.data, "meter": meter})
    await hass.async_block_till_done()
    er.async_get(hass).async_remove("sensor.lost")
    publish(entry)

    assert raised(hass).keys() == {"meter_source_removed"}
