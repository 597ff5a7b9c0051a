"""A faster ``dataclasses.replace`` for the large records that change in every step."""

from dataclasses import fields
from operator import attrgetter
from typing import Any, cast

_SET = object.__setattr__
_GETTERS: dict[type, tuple[tuple[str, ...], attrgetter[Any]]] = {}


def changed[RecordT](record: RecordT, **changes: Any) -> RecordT:
    """The record with some fields changed, as ``dataclasses.replace`` gives it, in less than half of the time.

    Args:
        record: A dataclass with slots and without ``__post_init__``, which would not be run.
        changes: By the names of its fields.

    Raises:
        AttributeError: Where there is no such field.
    """
    kind = type(record)
    if (known := _GETTERS.get(kind)) is None:
        names = tuple(field.name for field in fields(cast("Any", kind)))
        known = _GETTERS[kind] = names, attrgetter(*names)
    names, values = known
    new: RecordT = object.__new__(kind)
    for name, value in zip(names, values(record), strict=True):
        _SET(new, name, value)
    for name, value in changes.items():
        _SET(new, name, value)
    return new
