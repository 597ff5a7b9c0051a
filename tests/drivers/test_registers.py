"""Words become values and back."""

import struct
from typing import Any

import pytest

from custom_components.ev_charger_pool.drivers.registers import (
    Block,
    Encoding,
    Kind,
    Register,
    Render,
    Table,
    Value,
    WordOrder,
    Write,
    blocks,
)


def decode(words: list[int], **how: Any) -> tuple[Value | None, ...]:
    cells = {(1, Table.HOLDING, address): word for address, word in enumerate(words)}
    return Register(address=0, **how).decode(cells, 1)


@pytest.mark.parametrize(
    ("words", "how", "value"),
    [
        ([0xFFFE], {"kind": Kind.U16}, 65534),
        ([0xFFFE], {"kind": Kind.I16}, -2),
        ([0x0001, 0x0002], {"kind": Kind.U32}, 65538),
        ([0x0001, 0x0002], {"kind": Kind.U32, "word_order": WordOrder.LITTLE}, 131073),
        ([0xFFFF, 0xFFFE], {"kind": Kind.I32}, -2),
        ([0, 0, 0, 5], {"kind": Kind.U64}, 5),
        ([5, 0, 0, 0], {"kind": Kind.U64, "word_order": WordOrder.LITTLE}, 5),
        ([0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE], {"kind": Kind.I64}, -2),
        ([0x4180, 0xCCCD], {"kind": Kind.F32}, 16.1),
        ([0xCCCD, 0x4180], {"kind": Kind.F32, "word_order": WordOrder.LITTLE}, 16.1),
        ([0x4030, 0x1999, 0x9999, 0x999A], {"kind": Kind.F64}, 16.1),
        ([0, 0], {"kind": Kind.F32}, 0.0),
        ([0x00A1], {"kind": Kind.U16, "scale": 0.1}, 16.1),
        ([0x8455], {"kind": Kind.U16, "bits": (8, 14)}, 4),
        ([0x4146, 0x4320], {"kind": Kind.TEXT, "count": 2}, "AFC"),
        ([0x5AC2, 0x0007], {"kind": Kind.HEX, "count": 2}, "5AC20007"),
        ([0x4C41, 0x4346], {"kind": Kind.TEXT, "count": 2, "byte_order": WordOrder.LITTLE}, "ALFC"),
        ([0x0041, 0x00C4, 0x0000, 0x0042], {"kind": Kind.TEXT, "count": 4, "encoding": Encoding.UTF_16}, "A\u00c4"),
        ([0x030A, 0x1B00], {"kind": Kind.U32, "render": Render.BYTES}, "3.10.27.0"),
        ([0x0003, 0x0A1B], {"kind": Kind.U32, "render": Render.BYTES}, "3.10.27"),
        ([0x0000, 0x27D9], {"kind": Kind.U32, "render": Render.DECIMALS}, "1.2.1"),
    ],
)
def test_values(words: list[int], how: dict[str, Any], value: Value) -> None:
    assert decode(words, **how) == (value,)


@pytest.mark.parametrize(
    ("words", "how"),
    [
        ([0x7FC0, 0x0000], {"kind": Kind.F32}),
        ([0x7F80, 0x0000], {"kind": Kind.F32}),
        ([0x0000, 0x4180], {"kind": Kind.F32}),
        ([0xFFFF], {"kind": Kind.U16, "not_available": 0xFFFF}),
        ([0xFFFF], {"kind": Kind.U16, "scale": 0.1, "most": 100}),
        ([0xFFFF], {"kind": Kind.I16, "least": 0}),
        ([0, 0], {"kind": Kind.TEXT, "count": 2}),
        ([0xFFFF, 0xFFFF], {"kind": Kind.TEXT, "count": 2}),
        ([0x0741, 0x4141], {"kind": Kind.TEXT, "count": 2}),
        ([0, 0], {"kind": Kind.HEX, "count": 2}),
        ([0xFFFF, 0xFFFF], {"kind": Kind.HEX, "count": 2}),
        ([0, 0], {"kind": Kind.U32, "render": Render.BYTES}),
        ([1], {"kind": Kind.U32}),
    ],
)
def test_no_values(words: list[int], how: dict[str, Any]) -> None:
    assert decode(words, **how) == (None,)


def test_a_row_of_values_misses_only_what_is_missing() -> None:
    assert decode([1, 0xFFFF, 3], kind=Kind.U16, count=3, not_available=0xFFFF) == (1, None, 3)


@pytest.mark.parametrize(
    ("how", "amperes", "words"),
    [
        ({"kind": Kind.U16}, 10.9, [10]),
        ({"kind": Kind.U16, "scale": 0.1}, 16.1, [161]),
        ({"kind": Kind.U16, "scale": 0.001}, 16.1, [16100]),
        ({"kind": Kind.U32, "scale": 0.001}, 70, [1, 4464]),
        ({"kind": Kind.U32, "scale": 0.001, "word_order": WordOrder.LITTLE}, 70, [4464, 1]),
        ({"kind": Kind.F32}, 16, [0x4180, 0]),
        ({"kind": Kind.U16, "value": 1}, 16, [1]),
    ],
)
def test_limits_are_written_and_never_rounded_up(how: dict[str, Any], amperes: float, words: list[int]) -> None:
    assert Write(address=0, code=16, **how).encode(amperes) == words


def test_a_limit_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match="does not fit a u16"):
        Write(address=0, code=6, kind=Kind.U16, scale=0.001).encode(80)


def test_every_tenth_of_an_ampere_arrives_as_it_is() -> None:
    milliamperes = Write(address=0, code=6, kind=Kind.U16, scale=0.001)
    floating = Write(address=0, code=16, kind=Kind.F32)
    for tenth in range(60, 330):
        assert milliamperes.encode(tenth / 10) == [tenth * 100]
        packed = struct.pack(">2H", *floating.encode(tenth / 10))
        assert struct.unpack(">f", packed)[0] == pytest.approx(tenth / 10)


def test_neighbours_are_read_together_and_holes_are_not() -> None:
    registers = [
        Register(address=10, kind=Kind.U32, count=3),
        Register(address=16, kind=Kind.U16),
        Register(address=18, kind=Kind.U16),
        Register(address=17, kind=Kind.U16, unit=2),
        Register(address=17, kind=Kind.U16, table=Table.INPUT),
        Register(address=19, kind=Kind.U16, optional=True),
        Register(address=12, kind=Kind.U16),
    ]
    assert blocks(registers, 1, 125) == [
        Block(1, Table.HOLDING, 10, 7, optional=False),
        Block(1, Table.HOLDING, 18, 1, optional=False),
        Block(1, Table.HOLDING, 19, 1, optional=True),
        Block(1, Table.INPUT, 17, 1, optional=False),
        Block(2, Table.HOLDING, 17, 1, optional=False),
    ]


def test_numbers_with_holes_between_them() -> None:
    register = Register(address=6, kind=Kind.U16, count=3, stride=2, scale=0.1)
    assert blocks([register], 1, 125) == [Block(1, Table.HOLDING, at, 1, False) for at in (6, 8, 10)]
    words = {(1, Table.HOLDING, at): at for at in (6, 7, 8, 10)}
    assert register.decode(words, 1) == (0.6, 0.8, 1.0)


def test_a_number_is_written_several_times_in_a_row() -> None:
    write = Write(address=1012, kind=Kind.F32, code=16, count=3)
    assert write.encode(16) == [0x4180, 0x0000] * 3


def test_a_request_asks_for_whole_values_only() -> None:
    assert blocks([Register(address=10, kind=Kind.U32, count=3)], 1, 5) == [
        Block(1, Table.HOLDING, 10, 4, optional=False),
        Block(1, Table.HOLDING, 14, 2, optional=False),
    ]
