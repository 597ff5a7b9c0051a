"""A data file taken field by field: what is missing, of the wrong kind or left over is refused by name."""

from collections.abc import Mapping
from enum import Enum
import math
from pathlib import Path
import re

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast where PyYAML was built with libyaml."""


class ProfileError(ValueError):
    """A profile that cannot be used: file, field and reason."""


def content(path: Path) -> dict[str, object]:
    """What a data file holds.

    Raises:
        ProfileError: Where it cannot be read or is no mapping.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506  # A safe one.
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ProfileError(f"{path.name}: cannot be read ({error})") from error
    if not isinstance(data, dict):
        raise ProfileError(f"{path.name}: {data!r} is not a mapping")
    return data


class Fields:
    """A mapping of a data file.

    Args:
        data: What the file holds at this place.
        place: File and field, for messages.

    Raises:
        ProfileError: Here and in every method, for what does not fit.
    """

    def __init__(self, data: object, place: str) -> None:
        if not isinstance(data, Mapping):
            raise ProfileError(f"{place}: {data!r} is not a mapping")
        self._left = {str(name): value for name, value in data.items()}
        self._place = place

    def refuse(self, name: str, why: str) -> ProfileError:
        """The error for a field."""
        return ProfileError(f"{self._place}.{name}: {why}")

    def __contains__(self, name: str) -> bool:
        """Whether a field is there and not yet taken."""
        return name in self._left

    def names(self) -> tuple[str, ...]:
        """The fields not yet taken."""
        return tuple(self._left)

    def rest(self) -> dict[str, object]:
        """All that nobody took, taken now."""
        rest, self._left = self._left, {}
        return rest

    def finish(self) -> None:
        """Refuse what nobody took."""
        if self._left:
            raise self.refuse(next(iter(self._left)), "there is no such field")

    def number(self, name: str, default: float | None = None, *, least: float = 0.0, most: float = math.inf) -> float:
        """A number between two bounds; without a default it has to be there."""
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse(name, f"{value!r} is not a number")
        if not math.isfinite(value):
            raise self.refuse(name, f"{value!r} is not finite")
        if not least <= value <= most:
            raise self.refuse(name, f"{value!r} is not between {least:g} and {most:g}")
        return value

    def whole(self, name: str, default: int | None = None, *, least: int = 0, most: int = 0xFFFF) -> int:
        """A whole number between two bounds; without a default it has to be there."""
        value = self.number(name, default, least=least, most=most)
        if not isinstance(value, int):
            raise self.refuse(name, f"{value!r} is not a whole number")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise self.refuse(name, f"{value!r} is neither true nor false")
        return value

    def text(self, name: str) -> str:
        """A text that is not empty."""
        value = self._take(name, None)
        if not isinstance(value, str) or not value:
            raise self.refuse(name, f"{value!r} is not a text")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, at least one."""
        value = self._take(name, None)
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            raise self.refuse(name, f"{value!r} is not a list of texts")
        return tuple(value)

    def pattern(self, name: str) -> re.Pattern[str]:
        """A regular expression that is not empty."""
        try:
            return re.compile(self.text(name))
        except (re.PatternError, OverflowError) as error:
            raise self.refuse(name, f"is no regular expression ({error})") from error

    def pair(self, name: str) -> tuple[float, float]:
        """Two numbers, the lower first."""
        match self._take(name, None):
            case [int() | float() as low, int() | float() as high] if low <= high:
                return low, high
            case value:
                raise self.refuse(name, f"{value!r} is not a pair of numbers, the lower first")

    def choice[Choice: Enum](self, name: str, kind: type[Choice], default: Choice | None = None) -> Choice:
        """A word of an enumeration; without a default it has to be there."""
        value = self._take(name, default)
        try:
            return kind(value)
        except ValueError as error:
            words = ", ".join(str(member.value) for member in kind)
            raise self.refuse(name, f"{value!r} is not one of {words}") from error

    def fields(self, name: str) -> Fields:
        """A mapping; an empty one where it is not there."""
        return self.within(name, self._take(name, {}))

    def within(self, name: str, data: object) -> Fields:
        """Other data in the place of a field that was taken."""
        return Fields(data, f"{self._place}.{name}")

    def each(self, name: str) -> list[Fields]:
        """The mappings of a list; none where it is not there."""
        value = self._take(name, [])
        if not isinstance(value, list):
            raise self.refuse(name, f"{value!r} is not a list")
        return [Fields(item, f"{self._place}.{name}[{index}]") for index, item in enumerate(value)]

    def _take(self, name: str, default: object) -> object:
        value = self._left.pop(name, default)
        if value is None:
            raise self.refuse(name, "is missing")
        return value
