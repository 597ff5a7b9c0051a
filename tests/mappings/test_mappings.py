"""Every mapping runs against entities like those of its integration; a new file is tested by being there.

Fixtures are written from the integrations' sources and the facts. What the installed Home Assistant says of its own
integrations (translation keys, words) is read from it.
"""

import ast
import json
from pathlib import Path
from typing import Any

import homeassistant.components
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.ev_charger_pool.drivers.entities import Entities, EntityMissing
from custom_components.ev_charger_pool.drivers.entity_charger import EntityCharger, mapped_charger
from custom_components.ev_charger_pool.drivers.entity_recognition import RecognisedCharger, recognise, useful_sources
from custom_components.ev_charger_pool.drivers.entity_values import EntityValues, span_of
from custom_components.ev_charger_pool.drivers.interface import BadAnswer, CannotConnect
from custom_components.ev_charger_pool.drivers.mapping import CHARGERS, charger_mappings
from custom_components.ev_charger_pool.drivers.mapping_model import ChargerMapping, Obstacle, Origin, Quality
from custom_components.ev_charger_pool.pool.model import Grid, VehicleState
from tests.mappings.box import FIXTURES, Box

MAPPINGS = charger_mappings()
COMPONENTS = Path(homeassistant.components.__file__).parent
BALANCED = [name for name, mapping in MAPPINGS.items() if mapping.obstacle is None]
UNLIMITED = [name for name, mapping in MAPPINGS.items() if mapping.roles.limit is None]
CORE = [name for name, mapping in MAPPINGS.items() if mapping.origin is Origin.CORE]


@pytest.fixture
def box(hass: HomeAssistant, integration: str) -> Box:
    box = Box(hass, integration)
    box.listen(*box.actions)
    return box


def recognised(box: Box) -> RecognisedCharger:
    """The charger of a fixture; of several the one that its states are for."""
    found = recognise(box.hass, MAPPINGS)
    assert len(found) == box.told.get("chargers", 1)
    return next(charger for charger in found if charger.anchor.entity_id.split(".")[1].startswith("box"))


def charger_of(box: Box, grid: Grid = Grid.TN) -> EntityCharger:
    charger = recognised(box)
    sources = useful_sources(box.hass, charger, grid)
    span = span_of(Entities(box.hass, sources.values()), charger.mapping.roles.limit, sources)
    assert span is not None
    return mapped_charger(box.hass, charger.mapping, sources, span)


def test_all_integrations_of_the_facts_are_there() -> None:
    origins = [mapping.origin for mapping in MAPPINGS.values()]
    assert origins.count(Origin.CORE) >= 16
    assert origins.count(Origin.HACS) >= 11
    assert MAPPINGS.keys() == FIXTURES.keys()
    assert {path.stem for path in CHARGERS.iterdir()} == MAPPINGS.keys()


@pytest.mark.parametrize("integration", MAPPINGS)
async def test_it_is_recognised(box: Box) -> None:
    charger = recognised(box)
    name = (box.told["device"] or {}).get("name", box.integration)
    assert charger.device.name == name
    assert charger.label.startswith(name)
    assert not charger.missing
    assert not charger.disabled
    assert charger.ready
    assert set(charger.sources.values()) <= set(box.sources.values())
    obstacle = box.told.get("obstacle")
    assert charger.mapping.obstacle is (Obstacle(obstacle) if obstacle else None)


@pytest.mark.parametrize("integration", MAPPINGS)
async def test_its_states(box: Box) -> None:
    charger = recognised(box)
    values = EntityValues(Entities(box.hass, charger.sources.values()), charger.sources)
    told = set()
    for shown, letter in box.told["states"]:
        box.show_all(None)
        box.show(shown)
        state = charger.mapping.roles.state_of(values.told)
        assert state is (VehicleState(letter) if letter else None), shown
        told.add(letter)
    assert {"A", "B", "C"} <= told


@pytest.mark.parametrize("integration", MAPPINGS)
async def test_every_word_of_the_mapping_is_in_the_fixture(integration: str, box: Box) -> None:
    shown = {str(entity["state"]) for entity in box.entities.values()}
    for states, _ in box.told["states"]:
        shown |= {str(what[0] if isinstance(what, list) else what) for what in states.values()}
    mapped = {
        word
        for rule in MAPPINGS[integration].roles.state
        if rule.value.attribute is None
        for word in (*rule.words, *rule.beginnings)
    }
    assert all(any(word == each or each.startswith(word) for each in shown) for word in mapped)


@pytest.mark.parametrize("integration", UNLIMITED)
async def test_one_without_a_limit_takes_no_currents(box: Box) -> None:
    charger = recognised(box)
    entities = Entities(box.hass, charger.sources.values())
    assert span_of(entities, charger.mapping.roles.limit, charger.sources) is None


@pytest.mark.parametrize("integration", BALANCED)
class TestBalanced:
    async def test_what_it_tells(self, box: Box) -> None:
        charger = charger_of(box)
        values = await charger.read()
        told = [value for value in values.amperes if value is not None]
        assert told == pytest.approx(box.told.get("amperes", []))
        assert charger.capability.measures is bool(told)
        assert charger.capability.phases == (len(told) or 3)
        assert values.limit == box.told["limit"]
        assert (await charger.identify()).model

    async def test_what_it_can_do(self, box: Box) -> None:
        told = charger_of(box).capability
        assert [told.minimum, told.maximum, told.step] == box.told["span"]
        assert not told.stored
        assert not told.phase_switch
        assert told.write_interval == box.told.get("pace", {}).get("write_interval", told.write_interval)
        assert told.write_interval > 0
        direct = MAPPINGS[box.integration].quality is Quality.DIRECT
        assert direct is ("amperes" in box.told)

    async def test_currents_that_are_not_those_of_the_phases(self, box: Box) -> None:
        charger = charger_of(box, Grid.IT)
        expected = "amperes" in box.told and "other_grids" not in box.told
        assert charger.capability.measures is expected

    async def test_a_current_that_is_turned_off_leaves_no_phase_out(self, box: Box) -> None:
        phases = charger_of(box).capability.phases
        charger = recognised(box)
        registry = er.async_get(box.hass)
        for role in charger.currents & charger.sources.keys():
            entity_id = er.async_resolve_entity_id(registry, charger.sources[role])
            assert entity_id is not None
            registry.async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
            told = charger_of(box).capability
            assert (told.phases, told.measures) == (phases, False)
            registry.async_update_entity(entity_id, disabled_by=None)

    async def test_setting_pausing_and_going_on(self, box: Box) -> None:
        charger = charger_of(box)
        told = box.told
        await charger.write_limit(told["set"]["amperes"])
        assert box.called() == box.listed(told["set"]["calls"])

        await charger.write_limit(0)
        assert box.called() == box.listed(told["pause"]["calls"])
        box.show(told["pause"]["shows"])
        assert (await charger.read()).limit == 0

        await charger.write_limit(8)
        assert box.called() == box.listed(told["resume"]["calls"])
        box.show_all(None)
        assert (await charger.read()).limit == charger.standing_limit

    async def test_what_a_pause_leaves_alone(self, box: Box) -> None:
        """A limit is set without a word about pausing where it is not paused, or where there is no car to start."""
        charger = charger_of(box)
        if "without_car" in box.told:
            box.show(box.told["without_car"]["shows"])
            await charger.write_limit(10)
            assert box.called() == box.listed(box.told["without_car"]["calls"])
            with pytest.raises(CannotConnect):
                await charger.write_limit(0)
        else:
            await charger.write_limit(8)
            box.called()
            await charger.write_limit(8)
            assert len(box.called()) == 1

    async def test_trying_writes_the_limit_that_stands(self, box: Box) -> None:
        charger = charger_of(box)
        standing = charger.standing_limit
        if standing is None:
            with pytest.raises(BadAnswer, match="nothing tells"):
                await charger.write_again()
        else:
            assert await charger.write_again() == standing
            ((action, data),) = box.called()
            assert action == box.told["set"]["calls"][0][0]
            assert standing in data.values()

    async def test_renamed_entities_are_still_found(self, box: Box) -> None:
        charger = charger_of(box)
        before = await charger.read()
        box.rename()
        box.show_all(None)
        assert await charger.read() == before
        await charger.write_limit(8)
        named = [data["entity_id"] for _, data in box.called() if "entity_id" in data]
        assert all(entity_id.endswith("_renamed") for entity_id in named)

    async def test_a_removed_entity_is_named(self, box: Box) -> None:
        charger = recognised(box)
        driver = charger_of(box)
        used = useful_sources(box.hass, charger, Grid.TN)
        for role in charger.needed & used.keys():
            entity_id = er.async_resolve_entity_id(er.async_get(box.hass), used[role])
            assert entity_id is not None
            er.async_get(box.hass).async_remove(entity_id)
            box.hass.states.async_remove(entity_id)
            with pytest.raises(EntityMissing, match=entity_id):
                await self.use(driver)
            box.add(entity_id)
            box.show({entity_id: None})

    @staticmethod
    async def use(driver: EntityCharger) -> None:
        await driver.read()
        await driver.write_limit(0)
        await driver.write_limit(8)

    async def test_unavailable_is_no_answer_and_not_removed(self, box: Box) -> None:
        charger = charger_of(box)
        box.show_all("unavailable")
        with pytest.raises(CannotConnect) as caught:
            await charger.read()
        assert not isinstance(caught.value, EntityMissing)
        with pytest.raises(CannotConnect):
            await charger.write_limit(8)
        assert not box.calls

    async def test_unknown_is_missing(self, box: Box) -> None:
        charger = charger_of(box)
        box.show({entity_id: ["unknown", {}] for entity_id in box.entities})
        values = await charger.read()
        assert (values.amperes, values.state, values.limit) == ((None, None, None), None, None)

    async def test_another_unit_is_missing_and_not_written(self, box: Box) -> None:
        charger = charger_of(box)
        currents = [entity_id for entity_id in box.entities if entity_id.split(".")[0] in ("sensor", "number")]
        box.show({entity_id: [box.entities[entity_id]["state"], {}] for entity_id in currents}, unit="W")
        values = await charger.read()
        assert values.amperes == (None, None, None)
        assert values.limit is None
        if isinstance(MAPPINGS[box.integration].roles.limit.write, str):  # type: ignore[union-attr]
            with pytest.raises(BadAnswer, match="in W, not in A"):
                await charger.write_limit(8)
            assert not box.calls

    async def test_what_balances_beside_us_is_known(self, box: Box) -> None:
        charger = recognised(box)
        conflict = box.told.get("conflict", {})
        assert [entity.entity_id for entity, _ in charger.in_the_way(box.hass)] == []
        box.show(conflict)
        assert [entity.entity_id for entity, _ in charger.in_the_way(box.hass)] == list(conflict)
        assert bool(conflict) is bool(MAPPINGS[box.integration].conflicts)


def documented(integration: str) -> dict[str, Any] | None:
    """What the installed Home Assistant says of the entities of an integration."""
    path = COMPONENTS / integration / "strings.json"
    if not path.parent.is_dir():
        return None
    entities: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")).get("entity", {})
    return entities


@pytest.mark.parametrize("integration", CORE)
class TestInstalledCore:
    def test_keys_exist(self, integration: str, box: Box) -> None:
        entities = documented(integration)
        if entities is None:
            assert box.told["not_installed"] is True
            return
        for entity_id, entity in box.entities.items():
            if "key" in entity and not (entity_id.startswith("sensor.") and entity.get("state") is None):
                assert entity["key"] in entities[entity_id.split(".")[0]]
        for wanted in MAPPINGS[integration].entities.values():
            if wanted.pattern.translation_key is not None:
                assert wanted.pattern.translation_key in entities[wanted.pattern.domain]

    def test_words_are_those_of_the_integration(self, integration: str, box: Box) -> None:
        entities = documented(integration)
        mapping = MAPPINGS[integration]
        for rule in mapping.roles.state[:1]:
            pattern = mapping.entities[rule.value.role].pattern
            if pattern.domain == "binary_sensor":
                assert set(rule.words) <= {"on", "off"}
            elif entities is not None:
                assert set(rule.words) == documented_words(entities, pattern.domain, pattern.translation_key, box)


def documented_words(entities: dict[str, Any], domain: str, key: str | None, box: Box) -> set[str]:
    if "words_from" in box.told:
        path, name = box.told["words_from"]
        tree = ast.parse((COMPONENTS / path).read_text(encoding="utf-8"))
        (words,) = [each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == name]
        values = [each.value for each in words.body if isinstance(each, ast.Assign)]
        return {ast.literal_eval(value) for value in values}
    return set(entities[domain][key]["state"])


def options_of(mapping: ChargerMapping) -> dict[str, set[str]]:
    """Role of a select to the options that are chosen or expected of it."""
    pause = mapping.roles.pause
    options = {conflict.role: set(conflict.states) for conflict in mapping.conflicts}
    if pause is not None and hasattr(pause, "run") and hasattr(pause, "role"):
        options.setdefault(pause.role, set()).update({pause.pause, *pause.run})
    return options


@pytest.mark.parametrize("integration", CORE)
def test_options_exist(integration: str) -> None:
    entities = documented(integration)
    mapping = MAPPINGS[integration]
    for role, options in options_of(mapping).items():
        pattern = mapping.entities[role].pattern
        if entities is not None and pattern.domain == "select":
            assert options <= set(entities["select"][pattern.translation_key]["state"])
