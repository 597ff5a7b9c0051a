"""What a browser needs of a form: that it can be sent, and a text for all that it shows."""

from collections.abc import Mapping
import json
from pathlib import Path
from string import Formatter
from typing import Any

from homeassistant.data_entry_flow import FlowResultType, section
from homeassistant.helpers import config_validation as cv
import probatio

INTEGRATION = Path(__file__).parents[1] / "custom_components" / "ev_charger_pool"
TEXTS = json.loads((INTEGRATION / "translations" / "en.json").read_text(encoding="utf-8"))
CORE_ABORTS = {"reconfigure_successful"}


def presentable[Result: Mapping[str, Any]](result: Result, subentry_type: str | None = None) -> Result:
    """The same result, once it is certain that a browser can show it."""
    texts = TEXTS["config"] if subentry_type is None else TEXTS["config_subentries"][subentry_type]
    placeholders = result.get("description_placeholders") or {}
    match result["type"]:
        case FlowResultType.FORM:
            _check_form(result, texts)
        case FlowResultType.MENU:
            step = texts["step"][result["step_id"]]
            assert set(result["menu_options"]) <= set(step["menu_options"])
            assert set(result["menu_options"]) <= set(step["menu_option_descriptions"])
        case FlowResultType.SHOW_PROGRESS:
            assert result["progress_action"] in texts["progress"]
        case FlowResultType.ABORT if result["reason"] not in CORE_ABORTS:
            assert _named(texts["abort"][result["reason"]]) <= set(placeholders)
    return result


def _check_form(result: Mapping[str, Any], texts: Mapping[str, Any]) -> None:
    assert probatio.to_field_list(result["data_schema"], custom_serializer=cv.custom_serializer) is not None
    step = texts["step"][result["step_id"]]
    placeholders = set(result["description_placeholders"] or {})
    assert _named(step.get("description", "")) <= placeholders
    for error in (result["errors"] or {}).values():
        assert _named(texts["error"][error]) <= placeholders
    for field, kind in result["data_schema"].schema.items():
        holder, fields = (step["sections"][field], kind.schema.schema) if isinstance(kind, section) else (step, [field])
        assert set(fields) <= set(holder["data"]) & set(holder["data_description"])


def _named(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def presentable_repair[Result: Mapping[str, Any]](result: Result, issue: Mapping[str, Any]) -> Result:
    """The same step of a repair as a browser gets it, once it is certain that it has a text for all of it.

    Args:
        result: What Home Assistant answered.
        issue: As Home Assistant lists it; its placeholders are there in all texts of the repair.
    """
    texts = TEXTS["issues"][issue["translation_key"]]["fix_flow"]
    placeholders = (issue["translation_placeholders"] or {}).keys() | (result.get("description_placeholders") or {})
    match result["type"]:
        case FlowResultType.FORM:
            step = texts["step"][result["step_id"]]
            shown = [
                step["title"],
                step["description"],
                *(texts["error"][key] for key in (result["errors"] or {}).values()),
            ]
            for field in result["data_schema"]:
                shown += [step["data"][field["name"]], step["data_description"][field["name"]]]
        case FlowResultType.MENU:
            step = texts["step"][result["step_id"]]
            shown = [step["title"], step["description"]]
            for option in result["menu_options"]:
                shown += [step["menu_options"][option], step["menu_option_descriptions"][option]]
        case FlowResultType.SHOW_PROGRESS:
            shown = [texts["progress"][result["progress_action"]]]
        case FlowResultType.ABORT:
            shown = [texts["abort"][result["reason"]]]
        case _:
            shown = []
    assert set().union(*map(_named, shown)) <= placeholders
    return result
