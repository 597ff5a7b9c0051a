"""Scenario files: read, checked, and written again. ``docs/scenarios.md`` has the fields.

Reading opens files: call it from an executor.
"""

from pathlib import Path
from typing import Any, override

import yaml

from .fields import Place, ScenarioError
from .scenario import Scenario
from .scenario_build import build
from .scenario_checks import check
from .scenario_format import SCENARIO
from .scenario_text import scenario_text

__all__ = ["ScenarioError", "parse_scenario", "read_library", "read_scenario", "write_scenario"]


def read_scenario(path: Path) -> Scenario:
    """Read one file; its name without the ending is that of the scenario.

    Raises:
        ScenarioError: With file, field and what was expected.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: cannot be read ({error})") from error
    return parse_scenario(text, path)


def read_library(folder: Path) -> list[Scenario]:
    """Read all files ``*.yaml`` of a folder, sorted by name.

    Raises:
        ScenarioError: With file, field and what was expected; also where the folder has no such file.
    """
    paths = sorted(folder.glob("*.yaml"), key=lambda path: path.stem)
    if not paths:
        raise ScenarioError(f"{folder}: expected a folder with files that end in .yaml")
    return [read_scenario(path) for path in paths]


def parse_scenario(text: str, path: Path) -> Scenario:
    """Read a text as if it stood in a file.

    Raises:
        ScenarioError: With file, field and what was expected.
    """
    try:
        content = yaml.load(text, _Loader)  # noqa: S506  it is made of the safe one
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f"line {error.problem_mark.line + 1}: "
        raise ScenarioError(f"{path}: {line}{error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ScenarioError(f"{path}: is no YAML ({error})") from error
    place = Place(path)
    scenario = build(path.stem, SCENARIO.read(content, place), place)
    check(scenario, place)
    return scenario


def write_scenario(scenario: Scenario) -> str:
    """A file that reads back as an equal scenario; what has its default is left out.

    Raises:
        ValueError: Where a file cannot hold it, such as times after the end or a sub-circuit before its parent.
    """
    text = scenario_text(scenario)
    if parse_scenario(text, Path(f"{scenario.name}.yaml")) != scenario:
        raise ValueError(f"{scenario.name}: a file cannot hold all of this scenario")
    return text


class _Loader(yaml.SafeLoader):
    """Refuses a name that stands twice in a mapping; YAML would keep the last without a word."""

    @override
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.MarkedYAMLError(problem=f"{key.value} is there twice", problem_mark=key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)
