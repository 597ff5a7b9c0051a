"""Single values of a scenario file, with their units."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
import re

from ..pool.model import LINES, Amperes
from .fields import Place, listed

MOST = 1e6
"""No number of a scenario is above this; times in s, energies in kWh."""

_SECONDS = {"h": 3600, "min": 60, "s": 1}
_QUANTITY = r"(\d{1,9}(?:\.\d{1,9})?)"
_TIME = re.compile(rf"(?:{_QUANTITY} *h)? *(?:{_QUANTITY} *min)? *(?:{_QUANTITY} *s)?")
_ENERGY = re.compile(rf"{_QUANTITY} *(k?)Wh")


@dataclass(frozen=True, slots=True)
class Scalar[Value]:
    """A single value.

    Args:
        expected: How it looks, for messages.
        meaning: Of what stands in the file, None where it is something else.
        write: The way back.
    """

    expected: str
    meaning: Callable[[object], Value | None]
    write: Callable[[Value], object]

    def read(self, raw: object, place: Place) -> Value:
        """What ``raw`` means."""
        value = self.meaning(raw)
        if value is None:
            place.expect(self.expected, raw)
        return value


@dataclass(frozen=True, slots=True)
class PerLine:
    """One number for all lines, or a list of three."""

    number: Scalar[float]

    def read(self, raw: object, place: Place) -> Amperes:
        """What ``raw`` means."""
        if isinstance(raw, list) and len(raw) == LINES:
            first, second, third = (self.number.read(item, place.item(index)) for index, item in enumerate(raw))
            return first, second, third
        value = self.number.meaning(raw)
        if value is None:
            place.expect(f"{self.number.expected}, or a list of three", raw)
        return value, value, value

    def write(self, value: Amperes) -> object:
        """The way back."""
        return self.number.write(value[0]) if len(set(value)) == 1 else [self.number.write(one) for one in value]


def number(what: str, *, least: float = -MOST, above: float = -MOST - 1) -> Scalar[float]:
    """A plain number.

    Args:
        what: Name and unit, for messages.
        least: Lowest.
        above: It has to be above this.
    """

    def meaning(raw: object) -> float | None:
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not least <= raw <= MOST or raw <= above:
            return None
        return float(raw)

    if above >= -MOST:
        what = f"{what} above {above:g}"
    elif least > -MOST:
        what = f"{what} of {least:g} or more"
    return Scalar(what, meaning, _shortest)


def whole(least: int, most: int, expected: str) -> Scalar[int]:
    """A whole number between two bounds."""

    def meaning(raw: object) -> int | None:
        return raw if isinstance(raw, int) and not isinstance(raw, bool) and least <= raw <= most else None

    return Scalar(expected, meaning, _same)


def word[Value](words: Mapping[str, Value]) -> Scalar[Value]:
    """One of some words, each with its meaning."""
    return Scalar(
        f"one of {listed(words)}",
        lambda raw: words.get(raw) if isinstance(raw, str) else None,
        lambda value: next(text for text, meaning in words.items() if meaning == value),
    )


def choice[Member: Enum](kind: type[Member]) -> Scalar[Member]:
    """One of the words of an enumeration."""
    return word({str(member.value): member for member in kind})


def duration(value: float) -> str:
    """A time as people write it, such as ``1 h 30 min``; it reads back as the same number."""
    if value < 0:
        return f"-{duration(-value)}"
    if value != int(value):
        return f"{value!r} s"
    left, parts = int(value), []
    for unit, length in _SECONDS.items():
        count, left = divmod(left, length)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"


def _time(raw: object) -> float | None:
    match = _TIME.fullmatch(raw.strip()) if isinstance(raw, str) and raw.strip() else None
    if match is None:
        return None
    total = sum(float(part) * unit for part, unit in zip(match.groups(), _SECONDS.values(), strict=True) if part)
    return float(total) if total <= MOST else None


def _time_above_0(raw: object) -> float | None:
    return _time(raw) or None


def _signed_time(raw: object) -> float | None:
    if not isinstance(raw, str) or not raw.strip().startswith("-"):
        return _time(raw)
    value = _time(raw.strip().removeprefix("-"))
    return None if value is None else -value


def _energy(raw: object) -> float | None:
    match = _ENERGY.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if match is None or not 0 < float(match[1]) <= MOST:
        return None
    return float(match[1]) * (1000 if match[2] else 1)


def _energy_text(value: float) -> str:
    text = f"{_shortest(value / 1000)} kWh"
    return text if _energy(text) == value else f"{_shortest(value)} Wh"


def _start(raw: object) -> datetime | None:
    try:
        value = datetime.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        return None
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else None


def _start_text(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ").removesuffix(":00")


def _text(raw: object) -> str | None:
    return raw if isinstance(raw, str) and raw.strip() else None


def _same[Value](value: Value) -> Value:
    return value


def _shortest(value: float) -> float:
    """Whole numbers without a point."""
    return int(value) if value == int(value) else value


TIME = Scalar("a time with its unit, such as 90 s, 30 min or 1 h 30 min", _time, duration)
TIME_ABOVE_0 = Scalar("a time above 0 with its unit, such as 90 s, 30 min or 1 h 30 min", _time_above_0, duration)
SIGNED_TIME = Scalar("a time with its unit, such as 1 h or -90 s", _signed_time, duration)
START = Scalar('a date and a time of UTC in quotes, such as "2026-11-20 17:00"', _start, _start_text)
ENERGY = Scalar("an energy above 0 with its unit, such as 20 kWh or 500 Wh", _energy, _energy_text)
FLAG = Scalar("true or false", lambda raw: raw if isinstance(raw, bool) else None, _same)
TEXT = Scalar("a text", _text, _same)
