"""A file that cannot be used is refused with its name, the field and the reason."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from custom_components.ev_charger_pool.drivers.fields import ProfileError
from custom_components.ev_charger_pool.drivers.meter_mapping import Pace, Quantity, load_meter_mapping

VARIANT: dict[str, Any] = {
    "lines": ["l1", "l2", "l3"],
    "current": {"unique_id": "(?P<meter>.+)_current_{line}"},
    "power": {"translation_key": "power_{line}"},
}
MAPPING: dict[str, Any] = {
    "title": "Box",
    "confidence": "single",
    "sources": ["its manual"],
    "interval": 2,
    "pace": "meter",
    "variants": [VARIANT],
}


def load(folder: Path, content: object) -> Any:
    path = folder / "box.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_meter_mapping(path)


def test_a_file_is_an_integration(tmp_path: Path) -> None:
    mapping = load(tmp_path, MAPPING)
    assert (mapping.integration, mapping.title, mapping.interval, mapping.pace) == ("box", "Box", 2, Pace.METER)
    (variant,) = mapping.variants
    assert [pattern.translation_key for pattern in variant.sensors[Quantity.POWER]] == [
        "power_l1",
        "power_l2",
        "power_l3",
    ]
    assert variant.sensors[Quantity.CURRENT][2].unique_id.fullmatch("1_current_l3")["meter"] == "1"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": ""}, "box.yaml.title: '' is not a text"),
        ({"pace": "often"}, "box.yaml.pace: 'often' is not one of setting, integration, meter, cloud"),
        ({"pace": "setting"}, "box.yaml.option: is there with the pace setting, and only then"),
        ({"option": "seconds"}, "box.yaml.option: is there with the pace setting, and only then"),
        ({"interval": 0}, "box.yaml.interval: 0 is not between 0.1 and inf"),
        ({"whole_amperes": "yes"}, "box.yaml.whole_amperes: 'yes' is neither true nor false"),
        ({"sources": []}, "box.yaml.sources: [] is not a list of texts"),
        ({"variants": []}, "box.yaml.variants: there is none"),
        ({"colour": "red"}, "box.yaml.colour: there is no such field"),
    ],
)
def test_a_wrong_field(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ProfileError) as refused:
        load(tmp_path, MAPPING | changes)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lines": ["l1", "l2"]}, "lines: ['l1', 'l2'] are not the names of 3 lines"),
        ({"lines": ["l1", "l2", "l2"]}, "lines: ['l1', 'l2', 'l2'] are not the names of 3 lines"),
        ({"lines": [1, 2, 3]}, "lines: [1, 2, 3] is not a list of texts"),
        ({"current": None}, "current: is missing"),
        ({"current": {"unique_id": "current"}}, "current: {line} is missing, so that all lines would have the same"),
        ({"current": {"unique_id": "({line}"}}, "current.unique_id: is no regular expression"),
        ({"current": {"name": "{line}"}}, "current.translation_key: is missing, and so is unique_id"),
        (
            {"current": {"unique_id": "{line}", "unit": "A"}},
            "current.unit: there is no such field",
        ),
        ({"power_import": {"unique_id": "{line}"}}, "power: is signed, so there is no power_import nor power_export"),
        ({"grid": {"states": ["0"]}}, "grid.translation_key: is missing, and so is unique_id"),
        ({"grid": {"unique_id": "x"}}, "grid.states: is missing"),
        ({"voltages": {}}, "voltages: there is no such field"),
    ],
)
def test_a_wrong_field_of_a_variant(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ProfileError) as refused:
        load(tmp_path, MAPPING | {"variants": [VARIANT | changes]})
    assert str(refused.value).startswith(f"box.yaml.variants[0].{message}")


def test_sensors_that_make_no_meter(tmp_path: Path) -> None:
    only_power = {"lines": ["a", "b", "c"], "power": {"unique_id": "{line}"}}
    with pytest.raises(ProfileError, match="current: is missing, and so is power or voltage"):
        load(tmp_path, MAPPING | {"variants": [only_power]})
    no_export = {"lines": ["a", "b", "c"], "current": {"unique_id": "{line}"}, "power_import": {"unique_id": "p{line}"}}
    with pytest.raises(ProfileError, match="power_export: is missing beside power_import"):
        load(tmp_path, MAPPING | {"variants": [no_export]})


@pytest.mark.parametrize("text", ["[", "- a list", "\x00"])
def test_no_mapping_at_all(tmp_path: Path, text: str) -> None:
    path = tmp_path / "box.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError, match=r"box\.yaml"):
        load_meter_mapping(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"box\.yaml: cannot be read"):
        load_meter_mapping(tmp_path / "box.yaml")
