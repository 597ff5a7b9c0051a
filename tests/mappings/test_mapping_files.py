"""A mapping that cannot be used is refused with file, field and reason."""

from pathlib import Path
import re
from typing import Any

import pytest
import yaml

from custom_components.ev_charger_pool.drivers.fields import ProfileError
from custom_components.ev_charger_pool.drivers.mapping import CHARGERS, charger_mappings, load_charger_mapping

GOOD: dict[str, Any] = {
    "title": "Box",
    "origin": "hacs",
    "repository": "somebody/box",
    "version": "1.0",
    "quality": "direct",
    "confidence": "single",
    "sources": ["somebody/box 1.0"],
    "entities": {
        "state": {"domain": "sensor", "unique_id": "(?P<serial>.+)_state"},
        "current": {"domain": "sensor", "unique_id": "{serial}_current", "optional": True},
        "limit": {"domain": "number", "translation_key": "limit"},
        "pause": {"domain": "switch", "translation_key": "pause"},
    },
    "state": [{"entity": "state", "words": {"free": "A", "car": "B", "busy": "C", "away": "none", "Fault*": "E"}}],
    "currents": [{"phases": [{"entity": "current"}]}],
    "limit": {"entity": "limit", "minimum": 6, "maximum": 16, "step": 1},
    "pause": {"switch": "pause"},
}


def load(folder: Path, **changes: Any) -> None:
    content = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    path = folder / "box.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    load_charger_mapping(path)


def test_one_that_can_be_used(tmp_path: Path) -> None:
    load(tmp_path)
    load(tmp_path, pause={"select": "pause", "pause": "off", "run": ["on"]})
    load(tmp_path, pause={"buttons": {"pause": "pause", "run": "pause"}})
    assert charger_mappings(tmp_path).keys() == {"box"}


ENTITIES = GOOD["entities"]
LIMIT = GOOD["limit"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": None}, "box.yaml.title: is missing"),
        ({"origin": "shop"}, "box.yaml.origin: 'shop' is not one of core, hacs"),
        ({"repository": None}, "box.yaml.repository: is missing"),
        ({"quality": "limit_only"}, "box.yaml.quality: limit_only is not what currents and limit make it"),
        ({"limit": None, "quality": "direct"}, "box.yaml.quality: direct is not what currents and limit make it"),
        ({"wrong": 1}, "box.yaml.wrong: there is no such field"),
        ({"entities": None}, "box.yaml.entities: is missing"),
        (
            {"entities": {**ENTITIES, "more": {"domain": "sensor"}}},
            "box.yaml.entities.more.translation_key: is missing",
        ),
        (
            {"entities": {**ENTITIES, "more": {"domain": "sensor", "translation_key": "more"}}},
            "box.yaml.entities: more: nothing uses it",
        ),
        (
            {"entities": {**ENTITIES, "limit": {"domain": "number", "unique_id": "{socket}_limit"}}},
            "box.yaml.entities.limit: socket: the anchor has no such group",
        ),
        (
            {
                "entities": {
                    **ENTITIES,
                    "state": {"domain": "sensor", "unique_id": "(?P<serial>.+)", "optional": True},
                }
            },
            "box.yaml.entities.state: the first entity of the state cannot be optional",
        ),
        ({"state": None}, "box.yaml.state: is missing"),
        ({"state": [{"entity": "state"}]}, "box.yaml.state[0].words: is missing"),
        (
            {"state": [{"entity": "door", "words": {"on": "C"}}]},
            "box.yaml.state[0].entity: door is none of the",
        ),
        (
            {"state": [{"entity": "state", "words": {"on": "Z"}}]},
            "box.yaml.state[0].words.on: 'Z' is neither a state nor none",
        ),
        ({"state": [{"entity": "state", "words": {True: "C"}}]}, "box.yaml.state[0].words.True: is not a text"),
        ({"currents": [{"phases": []}]}, "box.yaml.currents[0].phases: 0 values are not one for each"),
        ({"limit": {**LIMIT, "minimum": 20}}, "box.yaml.limit.minimum: 20 A is above the maximum"),
        ({"limit": {**LIMIT, "action": "set_it"}}, "box.yaml.limit.action: 'set_it' is not the name of an action"),
        ({"pause": {}}, "box.yaml.pause.switch: there has to be one of switch, select, buttons and actions"),
        ({"grids": ["moon"]}, "box.yaml.grids: 'moon' is no kind of grid"),
        ({"pace": {"latency": -1}}, "box.yaml.pace.latency: -1 is not between 0 and inf"),
        ({"conflicts": [{"entity": "pause", "states": []}]}, "box.yaml.conflicts[0].states: [] is not a list of texts"),
    ],
)
def test_one_that_cannot(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ProfileError, match=re.escape(message)):
        load(tmp_path, **changes)


@pytest.mark.parametrize("content", ["{", "- 1", "\x00"])
def test_a_file_that_is_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "box.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ProfileError, match=r"box\.yaml: "):
        load_charger_mapping(path)


def test_every_field_is_explained() -> None:
    """The page that tells how to add one names every field that a file uses."""
    page = (CHARGERS.parent / "README.md").read_text(encoding="utf-8")
    fields = {field for path in CHARGERS.glob("*.yaml") for field in yaml.safe_load(path.read_text(encoding="utf-8"))}
    assert all(f"`{field}`" in page for field in fields)
