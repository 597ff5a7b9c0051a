"""SMA meters: telegrams to everybody, on the loopback interface."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Generator
from contextlib import AsyncExitStack
import socket
import struct
from time import monotonic
from typing import Any

import aiohttp
import pytest

from custom_components.ev_charger_pool.drivers.interface import CannotConnect, Identity
from custom_components.ev_charger_pool.drivers.network.model import Heard, Place, Shared
from custom_components.ev_charger_pool.drivers.network.models import network_meters
from custom_components.ev_charger_pool.drivers.network.sma_speedwire import SmaMeter, hear_meters, parse

from ..conftest import IMPATIENT

GROUP = "239.12.255.254"
LOOPBACK = "127.0.0.1"

HEAD = "534d4100 0004 02a0 00000001"
"""SMA, then four bytes with tag 0x02A0: group 1."""
PROTOCOL = "6069"
FIRMWARE = "90000000 02120452"
"""Channel 144: 2.18.4.R."""
END = "00000000"
LINE_1 = "00150400 00000000  00160400 00002710  001f0400 00001158  00200400 00038270"
"""Import 0 W, export 1000.0 W, 4.440 A, 230.000 V."""
LINE_2 = "00290400 0000ea60  002a0400 00000000  00330400 000065f4  00340400 00038270"
"""Import 6000.0 W, export 0 W, 26.100 A."""
LINE_3 = "003d0400 00000000  003e0400 00000000  00470400 000000fa  00480400 00038270"
"""Import 0 W, export 0 W, 0.250 A."""
SUM = "00010400 0000c350  00010800 0000001652 2f0068"
"""Import 5000.0 W and its counter, which has eight bytes."""


def telegram(
    entries: str = SUM + LINE_1 + LINE_2 + LINE_3 + FIRMWARE,
    *,
    susy_id: int = 349,
    serial: int = 1900012345,
    ticks: int = 1,
    protocol: str = PROTOCOL,
) -> bytes:
    """A datagram of the documented layout; its length counts from the protocol on."""
    body = bytes.fromhex(protocol) + struct.pack(">HII", susy_id, serial, ticks) + bytes.fromhex(entries)
    return bytes.fromhex(HEAD) + struct.pack(">HH", len(body), 0x0010) + body + bytes.fromhex(END)


def test_the_documented_layout() -> None:
    told = parse(telegram())
    assert told is not None
    assert told.identity == Identity(
        manufacturer="SMA", model="Energy Meter 2.0", serial="1900012345", firmware="2.18.4.R"
    )
    values = told.measured(0.25)
    assert values.amperes == pytest.approx((-4.44, 26.1, 0.25))
    assert values.watts == pytest.approx((-1000, 6000, 0))
    assert values.resolution == 0.001
    assert values.age == 0.25


@pytest.mark.parametrize(
    ("susy_id", "model"), [(270, "Energy Meter"), (372, "Sunny Home Manager 2.0"), (9, "Energy Meter (9)")]
)
def test_each_kind(susy_id: int, model: str) -> None:
    told = parse(telegram(susy_id=susy_id))
    assert told is not None
    assert told.identity.model == model


def test_what_is_not_told_is_missing() -> None:
    told = parse(telegram(LINE_1 + "00330400 000065f4" + "003d0400 00000000"))
    assert told is not None
    assert told.measured(0).amperes == (pytest.approx(-4.44), pytest.approx(26.1), None)
    assert told.measured(0).watts == (pytest.approx(-1000), None, None)


@pytest.mark.parametrize("protocol", ["6065", "6081", "6073"])
def test_other_protocols_are_none_of_ours(protocol: str) -> None:
    assert parse(telegram(protocol=protocol)) is None


def test_a_truncated_datagram_tells_nothing() -> None:
    whole = telegram()
    assert parse(whole) is not None
    assert not [length for length in range(len(whole) - len(bytes.fromhex(END))) if parse(whole[:length]) is not None]


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\0" * 600,
        b"\xff" * 600,
        b"SMA\0" + b"\xff" * 600,
        # The length says that a value goes on after the end.
        telegram("001f0400 0000"),
        telegram("001f"),
        # A value of a kind that nobody knows the size of.
        telegram("001f0500 00001158"),
    ],
)
def test_garbage_tells_nothing(datagram: bytes) -> None:
    assert parse(datagram) is None


@pytest.fixture
def port(socket_enabled: None) -> int:
    """In place of 9522."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


class Air:
    """Where meters send to: the group on the loopback interface."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))

    def send(self, *datagrams: bytes) -> None:
        for datagram in datagrams:
            self._socket.sendto(datagram, (GROUP, self._port))

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def air(port: int) -> Generator[Air]:
    air = Air(port)
    yield air
    air.close()


class News:
    """Counts what a driver has told of."""

    def __init__(self) -> None:
        self.count = 0
        self._told = asyncio.Event()

    def tell(self) -> None:
        self.count += 1
        self._told.set()

    async def next(self) -> None:
        self._told.clear()
        async with asyncio.timeout(IMPATIENT):
            await self._told.wait()


class Meters:
    """Drivers under test with what they tell of, closed at the end."""

    def __init__(self, port: int, stack: AsyncExitStack) -> None:
        self._port = port
        self._stack = stack

    def __call__(self, serial: str | None = None, host: str | None = None) -> tuple[SmaMeter, News]:
        meter = SmaMeter(serial=serial, host=host, port=self._port, interface=LOOPBACK, patience=IMPATIENT)
        self._stack.push_async_callback(meter.close)
        news = News()
        self._stack.callback(meter.subscribe(news.tell))
        return meter, news


@pytest.fixture
async def meters(port: int) -> AsyncGenerator[Meters]:
    async with AsyncExitStack() as stack:
        yield Meters(port, stack)


async def identified[ResultT](listening: Coroutine[Any, Any, ResultT], air: Air, *datagrams: bytes) -> ResultT:
    """What a listener finds out while the same is sent over and over."""
    task = asyncio.create_task(listening)
    while not task.done():
        air.send(*datagrams)
        await asyncio.sleep(0.01)
    return await task


async def test_a_telegram_is_told_with_its_age(meters: Meters, air: Air) -> None:
    meter, news = meters("1900012345")
    started = monotonic()
    assert (await identified(meter.identify(), air, telegram())).serial == "1900012345"
    identified_at = monotonic()
    assert news.count == 0
    await asyncio.sleep(IMPATIENT / 3)
    asked_at = monotonic()
    values = await meter.read()
    assert values.amperes == pytest.approx((-4.44, 26.1, 0.25))
    assert asked_at - identified_at <= values.age <= monotonic() - started


async def test_every_telegram_is_news(meters: Meters, air: Air) -> None:
    meter, news = meters("1900012345")
    await identified(meter.identify(), air, telegram())
    for ticks, current in ((1000, "00001158"), (2000, "00001f40")):
        air.send(telegram(f"001f0400 {current}", ticks=ticks))
        await news.next()
        assert (await meter.read()).amperes[0] == pytest.approx(int(current, 16) / 1000)
    assert news.count == 2


async def test_silence_is_no_value(meters: Meters, air: Air) -> None:
    meter, _ = meters("1900012345")
    await identified(meter.identify(), air, telegram())
    await asyncio.sleep(meter.poll_interval)
    with pytest.raises(CannotConnect, match="nothing of 1900012345"):
        await meter.read()
    assert (await identified(meter.identify(), air, telegram())).serial == "1900012345"
    assert (await meter.read()).age < IMPATIENT


async def test_the_same_telegram_again_is_no_news(meters: Meters, air: Air) -> None:
    meter, news = meters("1900012345")
    await identified(meter.identify(), air, telegram(ticks=7))
    air.send(telegram(ticks=7), telegram(ticks=7), telegram("001f0400 000003e8", ticks=8))
    await news.next()
    assert (news.count, (await meter.read()).amperes[0]) == (1, 1)


async def test_garbage_is_no_news(meters: Meters, air: Air) -> None:
    meter, news = meters("1900012345")
    await identified(meter.identify(), air, telegram())
    air.send(telegram(ticks=2)[:-30], b"\xff" * 600, telegram(ticks=2, protocol="6065"), telegram(LINE_3, ticks=3))
    await news.next()
    assert news.count == 1
    assert (await meter.read()).amperes == (None, None, pytest.approx(0.25))


async def test_nobody_there(meters: Meters) -> None:
    meter, _ = meters("1900012345")
    with pytest.raises(CannotConnect, match=rf"multicast {GROUP}:\d+: nothing of 1900012345$"):
        await meter.identify()
    with pytest.raises(CannotConnect):
        await meter.read()


async def test_only_another_meter_is_there(meters: Meters, air: Air) -> None:
    meter, news = meters("1900012345")
    with pytest.raises(CannotConnect, match="nothing of 1900012345, only of 3000000001"):
        await identified(meter.identify(), air, telegram(serial=3000000001))
    assert not news.count


async def test_two_meters_are_told_apart(meters: Meters, air: Air) -> None:
    (first, _), (second, _) = meters("1900012345"), meters("3000000001")
    identities = await identified(
        gather(first.identify(), second.identify()),
        air,
        telegram("001f0400 000003e8", serial=1900012345),
        telegram("001f0400 000007d0", serial=3000000001, susy_id=372),
    )
    assert [identity.model for identity in identities] == ["Energy Meter 2.0", "Sunny Home Manager 2.0"]
    assert ((await first.read()).amperes[0], (await second.read()).amperes[0]) == (1, 2)


async def gather(*calls: Coroutine[Any, Any, Identity]) -> list[Identity]:
    return await asyncio.gather(*calls)


async def test_without_a_serial_number_the_first_from_its_address_is_it(meters: Meters, air: Air) -> None:
    meter, news = meters(host=LOOPBACK)
    assert (await identified(meter.identify(), air, telegram("001f0400 000003e8"))).serial == "1900012345"
    air.send(telegram("001f0400 000007d0", serial=3000000001), telegram("001f0400 00000bb8", ticks=2))
    await news.next()
    assert ((await meter.read()).amperes[0], news.count) == (3, 1)


async def test_what_another_address_sends_is_not_it(meters: Meters, air: Air) -> None:
    meter, _ = meters(host="192.0.2.1")
    with pytest.raises(CannotConnect, match=r"nothing of 192\.0\.2\.1, only of 1900012345"):
        await identified(meter.identify(), air, telegram())


@pytest.mark.parametrize(
    ("place", "serial", "host"), [("1900012345", "1900012345", None), ("192.0.2.1", None, "192.0.2.1")]
)
async def test_it_is_chosen_by_its_serial_number_or_address(
    session: aiohttp.ClientSession, place: str, serial: str | None, host: str | None
) -> None:
    meter = network_meters()["sma_speedwire"].factory(Shared(session=session), Place(host=place, port=9522))
    assert isinstance(meter, SmaMeter)
    assert (meter._wanted, meter._host) == (serial, host)


async def test_a_port_that_another_program_holds_is_told(meters: Meters, port: int) -> None:
    meter, _ = meters("1900012345")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("", port))
        with pytest.raises(CannotConnect, match=f"UDP port {port} is held by another program or integration"):
            await meter.identify()


async def test_a_group_that_cannot_be_joined_is_told(port: int) -> None:
    meter = SmaMeter(serial="1", port=port, interface="203.0.113.77", patience=IMPATIENT)
    with pytest.raises(CannotConnect, match=rf"cannot be opened for multicast group {GROUP} on 203\.0\.113\.77"):
        await meter.identify()


async def test_a_search_hears_all_meters_once(port: int, air: Air) -> None:
    found = await identified(
        hear_meters(IMPATIENT, port=port, interface=LOOPBACK),
        air,
        telegram(),
        telegram(serial=3000000001, susy_id=372),
        b"noise",
    )
    assert found == [
        Heard(
            host=LOOPBACK,
            identity=Identity(manufacturer="SMA", model="Energy Meter 2.0", serial="1900012345", firmware="2.18.4.R"),
        ),
        Heard(
            host=LOOPBACK,
            identity=Identity(
                manufacturer="SMA", model="Sunny Home Manager 2.0", serial="3000000001", firmware="2.18.4.R"
            ),
        ),
    ]
