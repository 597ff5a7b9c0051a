"""Mappings: files that say what entities of an integration are for a charger. ``mappings/README.md`` has the fields.

Loading reads files: call it from an executor.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
import re

from ..pool.model import LINES, Grid, VehicleState
from .entity_finder import entity_pattern
from .fields import Fields, ProfileError, content
from .mapping_model import (
    Action,
    ActionPause,
    ButtonPause,
    ChargerMapping,
    ChargerRoles,
    Conflict,
    Limit,
    Origin,
    Pace,
    Pause,
    Quality,
    SelectPause,
    StateRule,
    SwitchPause,
    Value,
    Wanted,
)
from .profile_model import Confidence

CHARGERS = Path(__file__).parent.parent / "mappings" / "chargers"

_ACTION = re.compile(r"([a-z0-9_]+)\.([a-z0-9_]+)")


def charger_mappings(folder: Path = CHARGERS) -> dict[str, ChargerMapping]:
    """The integrations whose chargers are known, by domain."""
    return {path.stem: load_charger_mapping(path) for path in sorted(folder.glob("*.yaml"))}


def load_charger_mapping(path: Path) -> ChargerMapping:
    """Load and check the file of an integration.

    Raises:
        ProfileError: With file, field and reason.
    """
    data = content(path)
    _refuse_unquoted(data, path.name)
    fields = Fields(data, path.name)
    origin = fields.choice("origin", Origin)
    quality = fields.choice("quality", Quality)
    entities = _entities(fields)
    reader = _Reader(frozenset(entities))
    roles = ChargerRoles(
        state=tuple(reader.state_rules(fields)),
        currents=tuple(reader.currents(fields)),
        limit=reader.limit(fields.fields("limit")) if "limit" in fields else None,
        pause=reader.pause(fields.fields("pause")) if "pause" in fields else None,
        phases=fields.whole("phases", LINES, least=1, most=LINES),
        pace=_pace(fields.fields("pace")),
    )
    mapping = ChargerMapping(
        integration=path.stem,
        title=fields.text("title"),
        origin=origin,
        repository=fields.text("repository") if origin is Origin.HACS else None,
        version=fields.text("version") if "version" in fields else None,
        quality=quality,
        confidence=fields.choice("confidence", Confidence),
        sources=fields.texts("sources"),
        grids=frozenset(_grids(fields)),
        entities=entities,
        roles=roles,
        conflicts=tuple(reader.conflict(conflict) for conflict in fields.each("conflicts")),
    )
    if quality is not _quality(roles, mapping.quality):
        raise fields.refuse("quality", f"{quality.value} is not what currents and limit make it")
    _check_groups(fields, mapping)
    if unused := entities.keys() - reader.used:
        raise fields.refuse("entities", f"{', '.join(sorted(unused))}: nothing uses it")
    fields.finish()
    return mapping


def _check_groups(fields: Fields, mapping: ChargerMapping) -> None:
    """What the unique id of the anchor does not tell cannot be filled in."""
    anchor = mapping.entities[mapping.anchor].pattern.unique_id
    known = set(anchor.groupindex) if anchor else set()
    for role, wanted in mapping.entities.items():
        if unknown := set(wanted.pattern.placeholders) - known:
            raise fields.refuse(f"entities.{role}", f"{', '.join(sorted(unknown))}: the anchor has no such group")
    if mapping.entities[mapping.anchor].optional:
        raise fields.refuse(f"entities.{mapping.anchor}", "the first entity of the state cannot be optional")


def _quality(roles: ChargerRoles, told: Quality) -> Quality:
    """What the roles allow; without a limit the file says whether it can at least be started and stopped."""
    if roles.limit is None:
        return told if told in (Quality.START_STOP, Quality.READ_ONLY) else Quality.READ_ONLY
    return Quality.DIRECT if roles.currents else Quality.LIMIT_ONLY


def _refuse_unquoted(data: object, place: str) -> None:
    """YAML takes on and off without quotes for true and false; no field has such a name."""
    if isinstance(data, dict):
        for name, value in data.items():
            if not isinstance(name, str):
                raise ProfileError(f"{place}.{name}: is not a text, put it in quotes")
            _refuse_unquoted(value, f"{place}.{name}")
    elif isinstance(data, list):
        for index, item in enumerate(data):
            _refuse_unquoted(item, f"{place}[{index}]")


def _entities(fields: Fields) -> Mapping[str, Wanted]:
    listed = fields.fields("entities")
    entities = {}
    for role in listed.names():
        entity = listed.fields(role)
        entities[role] = Wanted(pattern=entity_pattern(entity), optional=entity.flag("optional", default=False))
        entity.finish()
    if not entities:
        raise fields.refuse("entities", "is missing")
    return entities


def _pace(fields: Fields) -> Pace:
    usual = Pace()
    pace = Pace(
        poll_interval=fields.number("poll_interval", usual.poll_interval),
        write_interval=fields.number("write_interval", usual.write_interval),
        latency=fields.number("latency", usual.latency),
    )
    fields.finish()
    return pace


def _grids(fields: Fields) -> Iterator[Grid]:
    if "grids" not in fields:
        yield from Grid
        return
    for grid in fields.texts("grids"):
        try:
            yield Grid(grid)
        except ValueError as error:
            raise fields.refuse("grids", f"{grid!r} is no kind of grid") from error


class _Reader:
    """Reads what refers to the entities of a file.

    Args:
        roles: Of its entities.
    """

    def __init__(self, roles: frozenset[str]) -> None:
        self._roles = roles
        self.used: set[str] = set()

    def state_rules(self, fields: Fields) -> Iterator[StateRule]:
        rules = fields.each("state")
        if not rules:
            raise fields.refuse("state", "is missing")
        for rule in rules:
            value = self._value(rule)
            listed = rule.fields("words")
            words = {word: _letter(listed, word) for word in listed.names()}
            if not words:
                raise rule.refuse("words", "is missing")
            rule.finish()
            yield StateRule(
                value=value,
                words={word: letter for word, letter in words.items() if not word.endswith("*")},
                beginnings={word[:-1]: letter for word, letter in words.items() if word.endswith("*")},
            )

    def currents(self, fields: Fields) -> Iterator[tuple[Value, ...]]:
        for choice in fields.each("currents"):
            values = []
            for current in choice.each("phases"):
                values.append(self._value(current))
                current.finish()
            if not 1 <= len(values) <= LINES:
                raise choice.refuse("phases", f"{len(values)} values are not one for each of 1 to {LINES} phases")
            choice.finish()
            yield tuple(values)

    def limit(self, fields: Fields) -> Limit:
        if "action" in fields:
            write: str | Action = self._action(fields)
            read = self._value(fields.fields("read"), finish=True) if "read" in fields else None
        else:
            read = self._value(fields)
            write = read.role
        limit = Limit(
            write=write,
            read=read,
            minimum=fields.number("minimum", least=0.1),
            maximum=fields.number("maximum", least=0.1),
            step=fields.number("step", least=0.01),
            ceiling=self._value(fields.fields("ceiling"), finish=True) if "ceiling" in fields else None,
            stored=fields.flag("stored", default=False),
        )
        if not limit.minimum <= limit.maximum:
            raise fields.refuse("minimum", f"{limit.minimum:g} A is above the maximum")
        fields.finish()
        return limit

    def pause(self, fields: Fields) -> Pause:
        kinds = [kind for kind in ("switch", "select", "buttons", "actions") if kind in fields]
        if len(kinds) != 1:
            raise fields.refuse("switch", "there has to be one of switch, select, buttons and actions")
        pause: Pause
        match kinds[0]:
            case "switch":
                pause = SwitchPause(
                    role=self._role(fields, "switch"),
                    on_runs=fields.flag("on_runs", default=True),
                    activity=fields.flag("activity", default=False),
                )
            case "select":
                role = self._role(fields, "select")
                pause = SelectPause(role=role, pause=fields.text("pause"), run=fields.texts("run"))
            case "buttons":
                buttons = fields.fields("buttons")
                pause = ButtonPause(pause=self._role(buttons, "pause"), run=self._role(buttons, "run"))
                buttons.finish()
            case _:
                actions = fields.fields("actions")
                pause = ActionPause(
                    pause=self._action(actions.fields("pause"), finish=True),
                    run=self._action(actions.fields("run"), finish=True),
                )
                actions.finish()
        fields.finish()
        return pause

    def conflict(self, fields: Fields) -> Conflict:
        conflict = Conflict(role=self._role(fields, "entity"), states=fields.texts("states"))
        fields.finish()
        return conflict

    def _value(self, fields: Fields, *, finish: bool = False) -> Value:
        value = Value(
            role=self._role(fields, "entity"),
            attribute=fields.text("attribute") if "attribute" in fields else None,
            unit=fields.text("unit") if "unit" in fields else None,
        )
        if finish:
            fields.finish()
        return value

    def _role(self, fields: Fields, name: str) -> str:
        role = fields.text(name)
        if role not in self._roles:
            raise fields.refuse(name, f"{role} is none of the entities")
        self.used.add(role)
        return role

    def _action(self, fields: Fields, *, finish: bool = False) -> Action:
        named = fields.text("action")
        parts = _ACTION.fullmatch(named)
        if parts is None:
            raise fields.refuse("action", f"{named!r} is not the name of an action")
        action = Action(domain=parts[1], name=parts[2], data=fields.fields("data").rest())
        if finish:
            fields.finish()
        return action


def _letter(words: Fields, word: str) -> VehicleState | None:
    """The state of a word; ``none`` where it tells nothing of the car."""
    letter = words.text(word)
    if letter == "none":
        return None
    try:
        return VehicleState(letter)
    except ValueError as error:
        raise words.refuse(word, f"{letter!r} is neither a state nor none") from error
