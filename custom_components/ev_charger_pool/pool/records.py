"""Records field by field: faster than ``dataclasses.replace``, and into a record of a wider class."""

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, NamedTuple, cast


class _Slots(NamedTuple):
    """How the fields of a class are read all at once, and how each is set whatever the class says of setting them."""

    values: attrgetter[Any]
    setters: tuple[Callable[[Any, Any], None], ...]
    by_name: dict[str, Callable[[Any, Any], None]]


_KNOWN: dict[type, _Slots] = {}


def changed[RecordT](record: RecordT, **changes: Any) -> RecordT:
    """The record with some fields changed, as ``dataclasses.replace`` gives it, in a third of the time or so.

    Args:
        record: A dataclass with slots and without ``__post_init__``, which would not be run.
        changes: By the names of its fields.

    Raises:
        KeyError: Where there is no such field.
    """
    kind = type(record)
    slots = _KNOWN.get(kind) or _slots(kind)
    new: RecordT = object.__new__(kind)
    for put, value in zip(slots.setters, slots.values(record), strict=True):
        put(new, value)
    for name, value in changes.items():
        slots.by_name[name](new, value)
    return new


def field_values(record: Any) -> dict[str, Any]:
    """The values of a dataclass by the names of its fields, to make one of a class that has these and more."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _slots(kind: type) -> _Slots:
    names = [field.name for field in fields(cast("Any", kind))]
    by_name = {name: getattr(kind, name).__set__ for name in names}
    _KNOWN[kind] = _Slots(attrgetter(*names), tuple(by_name.values()), by_name)
    return _KNOWN[kind]
