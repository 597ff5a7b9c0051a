"""Registers: where a value lives in a Modbus device, and how words become values and back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
import math
import struct


class Table(StrEnum):
    """The four tables: two of 16-bit registers, two of bits that are taken for words of 0 and 1."""

    COIL = "coil"
    DISCRETE = "discrete"
    HOLDING = "holding"
    INPUT = "input"

    @property
    def bits(self) -> bool:
        """Whether it holds bits."""
        return self in (Table.COIL, Table.DISCRETE)


class Encoding(StrEnum):
    """Of texts."""

    ASCII = "ascii"
    UTF_16 = "utf_16"
    """Two bytes a character, the higher one first."""


class WordOrder(StrEnum):
    """Which word of a longer number comes first, or which byte of a word of a text; those of numbers are big-endian."""

    BIG = "big"
    LITTLE = "little"


class Kind(StrEnum):
    """How words are to be read."""

    U16 = "u16"
    I16 = "i16"
    U32 = "u32"
    I32 = "i32"
    U64 = "u64"
    I64 = "i64"
    F32 = "f32"
    F64 = "f64"
    TEXT = "text"
    HEX = "hex"

    @property
    def numeric(self) -> bool:
        """Whether it is a number."""
        return self in _FORMATS

    @property
    def floating(self) -> bool:
        """Whether it is an IEEE 754 number."""
        return self in (Kind.F32, Kind.F64)

    @property
    def words(self) -> int:
        """Words of one number."""
        return struct.calcsize(_FORMATS[self]) // 2


_FORMATS = {
    Kind.U16: ">H",
    Kind.I16: ">h",
    Kind.U32: ">I",
    Kind.I32: ">i",
    Kind.U64: ">Q",
    Kind.I64: ">q",
    Kind.F32: ">f",
    Kind.F64: ">d",
}
_DECIMALS = 6
"""Kept of a scaled value: finer than any device, coarse enough to read 16.1 where f32 holds 16.10000038."""
_LEAST_FLOAT = 10.0**-_DECIMALS
"""Anything closer to 0 is no measurement but words in the wrong order."""


class Render(StrEnum):
    """How a whole number becomes a version text."""

    BYTES = "bytes"
    """One byte a part, leading zeros left out: 0x030A1B -> 3.10.27."""
    DECIMALS = "decimals"
    """Two decimal digits a part: 10201 -> 1.2.1."""


type Value = float | str
type Cell = tuple[int, Table, int]
"""Unit, table and address of a word."""
type Words = Mapping[Cell, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """A value in a device, or several of a kind in a row.

    Args:
        address: 0-based, of the first word.
        kind: How to read it.
        unit: Modbus unit.
        table: Holding or input registers.
        count: Numbers in a row; for texts the number of words.
        stride: Words from one number to the next, None where they are neighbours.
        encoding: Of a text.
        byte_order: Within the words of a text.
        scale: Times the number gives the value.
        word_order: Of numbers longer than a word.
        bits: First and last bit of the number that hold the value, 0 is the lowest.
        not_available: The number that stands for no value; NaN and infinity always do.
        least: Values below are absurd and read as None.
        most: Values above are absurd and read as None.
        render: Makes a version text of it.
        optional: Some devices do not have it: a Modbus exception reads as None.
        seldom: One of these is read at a time, in turns; for devices that answer slowly.
    """

    address: int
    kind: Kind
    unit: int | None = None
    table: Table = Table.HOLDING
    count: int = 1
    stride: int | None = None
    encoding: Encoding = Encoding.ASCII
    byte_order: WordOrder = WordOrder.BIG
    scale: float = 1.0
    word_order: WordOrder = WordOrder.BIG
    bits: tuple[int, int] | None = None
    not_available: int | None = None
    least: float = -math.inf
    most: float = math.inf
    render: Render | None = None
    optional: bool = False
    seldom: bool = False

    @property
    def atom(self) -> int:
        """Words that have to be read in one request."""
        return self.kind.words if self.kind.numeric else self.count

    @property
    def starts(self) -> range:
        """The addresses of its numbers, or of the text."""
        stride = self.stride or self.atom
        return range(self.address, self.address + (self.count if self.kind.numeric else 1) * stride, stride)

    def cells(self, default_unit: int) -> list[Cell]:
        """Where its words are; ``default_unit`` holds where the register names no unit."""
        unit = default_unit if self.unit is None else self.unit
        return [(unit, self.table, start + offset) for start in self.starts for offset in range(self.atom)]

    def decode(self, words: Words, default_unit: int) -> tuple[Value | None, ...]:
        """The values, one per number or one for a text; None where there is none.

        Args:
            words: What was read.
            default_unit: Where the register names no unit.
        """
        cells = [words.get(cell) for cell in self.cells(default_unit)]
        return tuple(self._value(cells[start : start + self.atom]) for start in range(0, len(cells), self.atom))

    def _value(self, cells: list[int | None]) -> Value | None:
        words = [cell for cell in cells if cell is not None]
        if len(words) < len(cells):
            return None
        if self.word_order is WordOrder.LITTLE and self.kind.numeric:
            words.reverse()
        swapped = not self.kind.numeric and self.byte_order is WordOrder.LITTLE
        data = struct.pack(f"{'<' if swapped else '>'}{len(words)}H", *words)
        match self.kind:
            case Kind.TEXT:
                return _text(data, self.encoding)
            case Kind.HEX:
                return data.hex().upper() if any(data) and set(data) != {0xFF} else None
        (number,) = struct.unpack(_FORMATS[self.kind], data)
        return self._number(number)

    def _number(self, number: float) -> Value | None:
        swapped = self.kind.floating and 0 < abs(number) < _LEAST_FLOAT
        if not math.isfinite(number) or swapped or number == self.not_available:
            return None
        if self.bits is not None:
            first, last = self.bits
            number = (int(number) >> first) & ((1 << (last - first + 1)) - 1)
        value = number if self.scale == 1 and not self.kind.floating else round(number * self.scale, _DECIMALS)
        if not self.least <= value <= self.most:
            return None
        match self.render:
            case Render.BYTES:
                return ".".join(map(str, int(number).to_bytes(8).lstrip(b"\0"))) or None
            case Render.DECIMALS:
                return f"{int(number) // 10000}.{int(number) // 100 % 100}.{int(number) % 100}"
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A write of a number.

    Args:
        address: 0-based, of the first word.
        kind: A numeric kind.
        code: Function code that the device accepts for this register: 6 or 16, or 5 for a coil.
        unit: Modbus unit where it is another than the device's.
        count: So many times in a row.
        scale: Times the number gives the value.
        word_order: Of numbers longer than a word.
        value: What is written; None writes the limit in A.
    """

    address: int
    kind: Kind
    code: int
    unit: int | None = None
    count: int = 1
    scale: float = 1.0
    word_order: WordOrder = WordOrder.BIG
    value: float | None = None

    def encode(self, amperes: float) -> list[int]:
        """The words for a limit, never above it.

        Raises:
            ValueError: Where it does not fit the number's kind.
        """
        value = (amperes if self.value is None else self.value) / self.scale
        number = value if self.kind.floating else math.floor(value + 1e-6)
        try:
            data = struct.pack(_FORMATS[self.kind], number)
        except (struct.error, OverflowError) as error:
            raise ValueError(f"{value:g} does not fit a {self.kind} at {self.address}") from error
        words = list(struct.unpack(f">{len(data) // 2}H", data))
        return (words[::-1] if self.word_order is WordOrder.LITTLE else words) * self.count


@dataclass(frozen=True, slots=True)
class Block:
    """Words to be read in one request; ``optional`` when a refusal does no harm."""

    unit: int
    table: Table
    address: int
    count: int
    optional: bool


def blocks(registers: Iterable[Register], default_unit: int, words_per_read: int) -> list[Block]:
    """The fewest requests that read all registers and not a word between them.

    Only neighbours share a request: devices answer with an exception when a block covers an address that they do not
    have. What is optional has requests of its own.
    """
    atoms = {
        (
            default_unit if register.unit is None else register.unit,
            register.table,
            register.optional,
            start,
            register.atom,
        )
        for register in registers
        for start in register.starts
    }
    result: list[Block] = []
    for unit, table, optional, address, count in sorted(atoms):
        last = result[-1] if result else None
        if (
            last is not None
            and (last.unit, last.table, last.optional) == (unit, table, optional)
            and last.address <= address <= last.address + last.count
            and address + count - last.address <= words_per_read
        ):
            merged = max(last.count, address + count - last.address)
            result[-1] = Block(unit, table, last.address, merged, optional)
        else:
            result.append(Block(unit, table, address, count, optional))
    return result


_UNREADABLE = "\ufffd"


def _text(data: bytes, encoding: Encoding) -> str | None:
    codec = "utf-16-be" if encoding is Encoding.UTF_16 else "ascii"
    text = data.decode(codec, "replace").split("\0", 1)[0].strip()
    return text if text and text.isprintable() and _UNREADABLE not in text else None
