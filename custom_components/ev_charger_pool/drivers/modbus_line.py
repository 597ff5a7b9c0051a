"""How Modbus frames travel: over TCP, in RTU frames over TCP behind a gateway, or over a serial port."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
import termios
from typing import override

from pymodbus.framer import FramerBase, FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU
from pymodbus.transport.serialtransport import create_serial_connection

type Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_SILENT_CHARACTERS = 3.5
_SHORTEST_SILENCE = 0.00175
"""Seconds between two frames on a serial line (MODBUS over serial line 1.02, 2.5.1.1)."""
_BITS_PER_CHARACTER = 11


class Framing(StrEnum):
    """How frames are put on the line."""

    TCP = "tcp"
    """Modbus TCP: the device itself, or a gateway that translates."""
    RTU = "rtu"
    """RTU frames over TCP: a gateway that passes bytes on."""
    SERIAL = "serial"
    """RTU frames over a serial port of this machine."""


class Parity(StrEnum):
    """Of a serial line, as pyserial has it."""

    NONE = "N"
    EVEN = "E"
    ODD = "O"


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialSettings:
    """Of a serial line with eight data bits.

    Args:
        baud: Bits per second.
        parity: Of each byte.
        stop_bits: 1 or 2.
    """

    baud: int
    parity: Parity
    stop_bits: int

    @override
    def __str__(self) -> str:
        return f"{self.baud} 8{self.parity}{self.stop_bits}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How a device is talked to.

    Args:
        framing: Of its frames.
        serial: Of a serial port.
    """

    framing: Framing = Framing.TCP
    serial: SerialSettings | None = None

    @override
    def __str__(self) -> str:
        return self.framing.value if self.serial is None else f"{self.framing} {self.serial}"

    @property
    def silence(self) -> float:
        """Seconds between two frames that all devices on the line need."""
        if self.serial is None:
            return 0.0
        return max(_SHORTEST_SILENCE, _SILENT_CHARACTERS * _BITS_PER_CHARACTER / self.serial.baud)

    def framer(self) -> FramerBase:
        """What builds and reads its frames."""
        decoder = DecodePDU(is_server=False)
        return FramerSocket(decoder) if self.framing is Framing.TCP else FramerRTU(decoder)

    async def open(self, host: str, port: int) -> Streams:
        """Open it.

        Args:
            host: Name or address; the path of a serial port.
            port: TCP port; of no meaning for a serial port.

        Raises:
            OSError: Where that fails, with the number of the error where the port told one.
        """
        if self.framing is not Framing.SERIAL:
            return await asyncio.open_connection(host, port)
        if self.serial is None:
            raise OSError("nobody knows the settings of this serial line")
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        try:
            transport, _ = await create_serial_connection(
                loop,
                lambda: protocol,
                host,
                baudrate=self.serial.baud,
                bytesize=8,
                parity=self.serial.parity.value,
                stopbits=self.serial.stop_bits,
            )
        except (termios.error, ValueError) as error:
            raise OSError(f"the port refuses {self.serial}: {error}") from error
        except RuntimeError as error:
            # Home Assistant has brought pyserial since 2026.11.
            raise OSError(f"serial ports cannot be used: {error}") from error
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


TCP = Line()
