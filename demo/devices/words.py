"""Values as 16-bit words, high word first."""

import struct

type Words = tuple[int, ...]


def _words(data: bytes) -> Words:
    return struct.unpack(f">{len(data) // 2}H", data)


def u16(value: float) -> Words:
    """One word, unsigned."""
    return _words(struct.pack(">H", round(value)))


def u32(value: float) -> Words:
    """Two words, unsigned."""
    return _words(struct.pack(">I", round(value)))


def f32(value: float) -> Words:
    """Two words, IEEE 754."""
    return _words(struct.pack(">f", value))


def f64(value: float) -> Words:
    """Four words, IEEE 754."""
    return _words(struct.pack(">d", value))


def text(value: str, length: int) -> Words:
    """Two characters a word, zeros behind."""
    return _words(value.encode("ascii").ljust(2 * length, b"\0"))


def as_u32(words: Words) -> int:
    """Number from two words."""
    return words[0] << 16 | words[1]


def as_f32(words: Words) -> float:
    """Number from two words, may be NaN."""
    return float(struct.unpack(">f", struct.pack(">2H", *words))[0])
