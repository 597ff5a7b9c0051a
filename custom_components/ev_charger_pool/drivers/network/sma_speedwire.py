"""SMA Energy Meter and Sunny Home Manager 2.0: meters that send what they measure to everybody, about once a second.

Facts: SMA "Energy Meter protocol" technical information; Tinkerforge/esp32-firmware meter_sma_speedwire.cpp; evcc
meter/sma.go. A container without the host's network does not hear them.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
import math
import struct
from time import monotonic

from ..interface import CannotConnect, Identity, MeterValues
from ..lines import directed, per_line
from ..profile_model import Confidence
from .model import Connection, Heard, NetworkMeter, Place, Shared
from .udp import Group, Source, UdpPort, open_port, resolve

GROUP = "239.12.255.254"
PORT = 9522
EVERYWHERE = "0.0.0.0"  # noqa: S104 - the meter may be in any network of this machine
PATIENCE = 5.0
"""Seconds of silence after which a meter that sends every second is gone."""

_HEADER = struct.Struct(">4sHHIHHHHII")
"""Mark; length and tag of the group; group; length and tag of the data; protocol; SUSy id; serial number; clock."""
_MARK, _GROUP_TAG, _DATA_TAG, _PROTOCOL = b"SMA\0", 0x02A0, 0x0010, 0x6069
_COUNTED_FROM = 16
"""The length of the data counts from the protocol."""
_ENTRY = struct.Struct(">BBBB")
"""Channel, index, kind and tariff of a value: 0.31.4.0 is the present current of L1."""
_PRESENT, _COUNTER, _VERSION = 4, 8, 0
_SIZES = {_PRESENT: 4, _COUNTER: 8, _VERSION: 4}
"""Bytes of a value by its kind."""
_VERSION_CHANNEL = 144

_CURRENTS = (31, 51, 71)
_IMPORTS = (21, 41, 61)
_EXPORTS = (22, 42, 62)
_MILLI, _TENTH = 0.001, 0.1

_MODELS = {270: "Energy Meter", 349: "Energy Meter 2.0", 372: "Sunny Home Manager 2.0", 501: "Sunny Home Manager 2.0"}
"""By SUSy id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telegram:
    """What a meter sent once.

    Args:
        susy_id: Kind of the device.
        serial: Unique per device.
        ticks: The meter's own clock, ms.
        values: Present values by index, raw.
        firmware: Version, None where it is not told.
    """

    susy_id: int
    serial: str
    ticks: int
    values: Mapping[int, int]
    firmware: str | None

    @property
    def identity(self) -> Identity:
        """Who sent it."""
        return Identity(
            manufacturer="SMA",
            model=_MODELS.get(self.susy_id, f"Energy Meter ({self.susy_id})"),
            serial=self.serial,
            firmware=self.firmware,
        )

    def measured(self, age: float) -> MeterValues:
        """The currents; they carry no direction, so import and export of the same phase tell it (R13).

        Args:
            age: Seconds since it came.
        """
        lines = [self._line(*indexes) for indexes in zip(_CURRENTS, _IMPORTS, _EXPORTS, strict=True)]
        return MeterValues(
            amperes=per_line([amperes for amperes, _ in lines]),
            watts=per_line([watts for _, watts in lines]),
            resolution=_MILLI,
            age=age,
        )

    def _line(self, current: int, imported: int, exported: int) -> tuple[float | None, float | None]:
        """Amperes and watts of a line."""
        milliamperes, taken, given = (self.values.get(index) for index in (current, imported, exported))
        watts = None if taken is None or given is None else (taken - given) * _TENTH
        return None if milliamperes is None else directed(milliamperes * _MILLI, watts), watts


def parse(data: bytes) -> Telegram | None:
    """What a datagram says; None for one of another protocol in the same group, or one that is cut short."""
    if len(data) < _HEADER.size:
        return None
    mark, _, group_tag, _, length, data_tag, protocol, susy_id, serial, ticks = _HEADER.unpack_from(data)
    end = _COUNTED_FROM + length
    if (mark, group_tag, data_tag, protocol) != (_MARK, _GROUP_TAG, _DATA_TAG, _PROTOCOL) or len(data) < end:
        return None
    values: dict[int, int] = {}
    firmware = None
    place = _HEADER.size
    while place < end:
        if place + _ENTRY.size > end:
            return None
        channel, index, kind, tariff = _ENTRY.unpack_from(data, place)
        place += _ENTRY.size
        size = _SIZES.get(kind)
        if size is None or place + size > end:
            return None
        raw = data[place : place + size]
        place += size
        if (channel, kind, tariff) == (0, _PRESENT, 0):
            values[index] = int.from_bytes(raw)
        elif (channel, kind) == (_VERSION_CHANNEL, _VERSION):
            firmware = f"{raw[0]}.{raw[1]}.{raw[2]}.{chr(raw[3])}"
    return Telegram(susy_id=susy_id, serial=str(serial), ticks=ticks, values=values, firmware=firmware)


class SmaMeter:
    """One meter among those that are heard. Fulfils ``MeterDriver``, and tells of every telegram.

    Args:
        serial: Serial number of the meter; without it the first one that is heard from ``host`` is it.
        host: Name or address of the meter, None for any; not looked at where the serial number is given.
        group: Multicast group.
        port: UDP port.
        interface: Address of the network interface to listen on.
        patience: Seconds of silence after which it is gone.
    """

    def __init__(
        self,
        *,
        serial: str | None = None,
        host: str | None = None,
        group: str = GROUP,
        port: int = PORT,
        interface: str = EVERYWHERE,
        patience: float = PATIENCE,
    ) -> None:
        self._wanted = serial
        self._host = host
        self._group = Group(address=group, interface=interface)
        self._port = port
        self._patience = patience
        self._listening: UdpPort | None = None
        self._address: str | None = None
        self._serial = serial
        self._last: tuple[float, Telegram] | None = None
        """The last telegram and the monotonic time at which it came."""
        self._arrived = asyncio.Event()
        """Clear while identify() waits for a telegram."""
        self._others: set[str] = set()
        """Serial numbers of other meters that were heard."""
        self._subscribers: list[Callable[[], None]] = []

    @property
    def poll_interval(self) -> float:
        """Seconds until silence is to be noticed; ``subscribe`` tells of every telegram."""
        return self._patience

    def subscribe(self, on_news: Callable[[], None]) -> Callable[[], None]:
        """Call back with every telegram but the one that identify() waits for; returns a function that ends it."""
        self._subscribers.append(on_news)
        return lambda: self._subscribers.remove(on_news)

    async def identify(self) -> Identity:
        """Listen, and wait for a telegram.

        Raises:
            CannotConnect: Where this meter is silent, or the port or the group cannot be had.
        """
        if self._listening is None:
            await self._listen()
        if self._age() >= self._patience:
            self._arrived.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience):
                    await self._arrived.wait()
        telegram, _ = await self._present()
        self._serial = telegram.serial
        return telegram.identity

    async def read(self) -> MeterValues:
        """The last telegram with its age.

        Raises:
            CannotConnect: Where the meter is silent.
        """
        telegram, age = await self._present()
        return telegram.measured(age)

    async def close(self) -> None:
        """Listen no longer."""
        self._last = None
        if self._listening is not None:
            listening, self._listening = self._listening, None
            await listening.close()

    async def _listen(self) -> None:
        self._serial = self._wanted
        self._others.clear()
        self._address = None
        if self._serial is None and self._host is not None:
            self._address, _ = await resolve(self._host, self._port)
        self._listening = await open_port(self._hear, self._port, self._group)

    async def _present(self) -> tuple[Telegram, float]:
        """The last telegram and its age; where that is too old the next identify() listens anew.

        Raises:
            CannotConnect: Where it is too old.
        """
        age = self._age()
        if self._last is not None and age < self._patience:
            return self._last[1], age
        await self.close()
        who = self._serial or self._host or "any meter"
        others = f", only of {', '.join(sorted(self._others))}" if self._others else ""
        raise CannotConnect(f"multicast {self._group.address}:{self._port}: nothing of {who}{others}")

    def _age(self) -> float:
        return math.inf if self._last is None else monotonic() - self._last[0]

    def _hear(self, source: Source, data: bytes) -> None:
        telegram = parse(data)
        if telegram is None:
            return
        if telegram.serial != self._serial if self._serial is not None else self._address not in (None, source[0]):
            self._others.add(telegram.serial)
            return
        if self._last is not None and self._last[1].ticks == telegram.ticks:
            # What comes again by another way is no newer.
            return
        self._last = monotonic(), telegram
        if not self._arrived.is_set():
            self._arrived.set()
            return
        for on_news in tuple(self._subscribers):
            on_news()


async def hear_meters(
    seconds: float, *, group: str = GROUP, port: int = PORT, interface: str = EVERYWHERE
) -> list[Heard]:
    """The meters that are heard within some seconds.

    Raises:
        CannotConnect: Where the port or the group cannot be had.
    """
    heard: dict[str, Heard] = {}

    def hear(source: Source, data: bytes) -> None:
        if (telegram := parse(data)) is not None:
            heard[telegram.serial] = Heard(host=source[0], identity=telegram.identity)

    listening = await open_port(hear, port, Group(address=group, interface=interface))
    try:
        await asyncio.sleep(seconds)
    finally:
        await listening.close()
    return list(heard.values())


def _at(_: Shared, place: Place) -> SmaMeter:
    """The meter at an address, or that with a serial number: a new address makes no difference to it then."""
    if place.host.isdecimal():
        return SmaMeter(serial=place.host, port=place.port)
    return SmaMeter(host=place.host, port=place.port)


SMA_SPEEDWIRE = NetworkMeter(
    id="sma_speedwire",
    title="SMA Energy Meter, Sunny Home Manager 2.0 (multicast; its address or serial number)",
    brand="SMA",
    model="Energy Meter",
    confidence=Confidence.DOUBLE,
    sources=(
        "Tinkerforge/esp32-firmware meters_sma_speedwire/meter_sma_speedwire.cpp",
        "evcc-io/evcc meter/sma.go",
    ),
    connection=Connection.MULTICAST,
    port=PORT,
    factory=_at,
    hear=hear_meters,
)
