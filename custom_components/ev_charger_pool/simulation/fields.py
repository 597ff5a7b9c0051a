"""The structure of a scenario file: fields, lists and names, each read where it stands and written back.

What does not fit is refused with file, field and what was expected there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, NoReturn, Protocol

NONE = "none"
"""The word for what is left out on purpose."""

_LONGEST = 60
"""A value in a message is cut after so many characters."""


class ScenarioError(ValueError):
    """A scenario that cannot be used: file, field and what was expected."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands.

    Args:
        file: As the caller named it.
        path: The field, such as ``cars[0].leaves``; empty for the whole file.
    """

    file: Path
    path: str = ""

    def field(self, name: object) -> Place:
        """A field of the mapping that is here."""
        return Place(self.file, f"{self.path}.{name}" if self.path else str(name))

    def item(self, index: int) -> Place:
        """An item of the list that is here."""
        return Place(self.file, f"{self.path}[{index}]")

    def refuse(self, why: str) -> NoReturn:
        """Refuse what is here.

        Raises:
            ScenarioError: Always.
        """
        raise ScenarioError(": ".join(part for part in (str(self.file), self.path, why) if part))

    def expect(self, expected: str, got: object) -> NoReturn:
        """Refuse what is here and say what belongs here.

        Raises:
            ScenarioError: Always.
        """
        self.refuse(f"expected {expected}, got {_shown(got)}")


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def listed(words: Iterable[str]) -> str:
    """Words in a message."""
    return ", ".join(words) or NONE


class Kind[Value](Protocol):
    """One kind of value: what stands in the file and what it means."""

    def read(self, raw: object, place: Place) -> Value:
        """What ``raw`` means.

        Raises:
            ScenarioError: Where it is not of this kind.
        """

    def write(self, value: Value) -> object:
        """The way back: what stands in the file."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A list of so many values, each of its own kind."""

    kinds: tuple[Kind[Any], ...]
    expected: str

    def read(self, raw: object, place: Place) -> tuple[Any, ...]:
        """What ``raw`` means."""
        if not isinstance(raw, list) or len(raw) != len(self.kinds):
            place.expect(self.expected, raw)
        pairs = zip(self.kinds, raw, strict=True)
        return tuple(kind.read(item, place.item(index)) for index, (kind, item) in enumerate(pairs))

    def write(self, value: tuple[Any, ...]) -> object:
        """The way back."""
        return [kind.write(item) for kind, item in zip(self.kinds, value, strict=True)]


@dataclass(frozen=True, slots=True)
class Each[Value]:
    """A list of any length."""

    kind: Kind[Value]

    def read(self, raw: object, place: Place) -> tuple[Value, ...]:
        """What ``raw`` means."""
        if not isinstance(raw, list):
            place.expect("a list", raw)
        return tuple(self.kind.read(item, place.item(index)) for index, item in enumerate(raw))

    def write(self, value: tuple[Value, ...]) -> object:
        """The way back."""
        return [self.kind.write(item) for item in value]


@dataclass(frozen=True, slots=True)
class ByName[Value]:
    """A mapping from names that the author of the file chooses."""

    kind: Kind[Value]

    def read(self, raw: object, place: Place) -> dict[str, Value]:
        """What ``raw`` means."""
        if not isinstance(raw, Mapping):
            place.expect("names, each with its fields", raw)
        for name in raw:
            if not isinstance(name, str) or not name:
                place.expect("a name that is a text", name)
        return {name: self.kind.read(value, place.field(name)) for name, value in raw.items()}

    def write(self, value: Mapping[str, Value]) -> object:
        """The way back."""
        return {name: self.kind.write(item) for name, item in value.items()}


@dataclass(frozen=True, slots=True)
class OrNone[Value]:
    """A value, or the word ``none``."""

    kind: Kind[Value]

    def read(self, raw: object, place: Place) -> Value | None:
        """What ``raw`` means."""
        return None if raw == NONE else self.kind.read(raw, place)

    def write(self, value: Value | None) -> object:
        """The way back."""
        return NONE if value is None else self.kind.write(value)


@dataclass(frozen=True, slots=True)
class Group:
    """Fields with fixed names; what was read holds those that are in the file.

    Args:
        what: Name of such a group, for messages.
        fields: All that may be there, in the order in which they are written.
        required: Those that have to be there.
    """

    what: str
    fields: Mapping[str, Kind[Any]]
    required: tuple[str, ...] = ()

    def read(self, raw: object, place: Place) -> dict[str, Any]:
        """What ``raw`` means."""
        if not isinstance(raw, Mapping):
            place.expect(f"the fields of {self.what} ({listed(self.fields)})", raw)
        for name in raw:
            if name not in self.fields:
                place.field(name).refuse(f"there is no such field; {self.what} has {listed(self.fields)}")
        for name in self.required:
            if name not in raw:
                place.field(name).refuse(f"is missing; {self.what} needs {listed(self.required)}")
        return {name: kind.read(raw[name], place.field(name)) for name, kind in self.fields.items() if name in raw}

    def write(self, value: Mapping[str, Any]) -> object:
        """The way back."""
        return {name: kind.write(value[name]) for name, kind in self.fields.items() if name in value}


@dataclass(frozen=True, slots=True)
class Model[Value]:
    """A dataclass whose arguments are the fields of a group."""

    group: Group
    make: type[Value]

    def read(self, raw: object, place: Place) -> Value:
        """What ``raw`` means."""
        return self.make(**self.group.read(raw, place))

    def write(self, value: Value) -> object:
        """The way back; what has its default is left out."""
        return self.group.write(changed(value, {name: name for name in self.group.fields}))


def changed(instance: Any, names: Mapping[str, str]) -> dict[str, Any]:
    """What differs from the defaults of a dataclass.

    Args:
        instance: Of the dataclass.
        names: From the fields of a file to those of the dataclass.
    """
    defaults = {
        field.name: field.default_factory() if field.default_factory is not MISSING else field.default
        for field in fields(instance)
    }
    return {field: value for field, name in names.items() if (value := getattr(instance, name)) != defaults[name]}
