"""KEBA over UDP: one port for all chargers, and what they say there."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
import socket
from typing import Any

import pytest

from custom_components.ev_charger_pool.drivers.interface import (
    BadAnswer,
    CannotConnect,
    FallBack,
    Identity,
    WrongDevice,
)
from custom_components.ev_charger_pool.drivers.network.keba_listener import KebaListener
from custom_components.ev_charger_pool.drivers.network.keba_udp import Answered, KebaCharger, discover
from custom_components.ev_charger_pool.pool.model import Expiry, Feed, VehicleState

from ..conftest import IMPATIENT
from .keba_box import REFUSED, KebaBox, silence

LOOPBACK = "127.0.0.1"
GAP = 0.1
"""Seconds that the guide asks for between two commands."""


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def reply_port(socket_enabled: None) -> int:
    """In place of 7090."""
    return free_port()


@pytest.fixture
async def listener(reply_port: int) -> KebaListener:
    return KebaListener(reply_port, patience=IMPATIENT, gap=0.0)


@pytest.fixture
async def box(reply_port: int) -> AsyncGenerator[KebaBox]:
    async with KebaBox(reply_port) as box:
        yield box


@pytest.fixture
async def charger(listener: KebaListener, box: KebaBox) -> AsyncGenerator[KebaCharger]:
    charger = KebaCharger(listener, LOOPBACK, box.port)
    yield charger
    await charger.close()


def is_bound(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return True
    return False


async def test_it_tells_who_it_is(charger: KebaCharger) -> None:
    assert await charger.identify() == Identity(
        manufacturer="KEBA",
        model="KC-P30-EC240422-E0R",
        serial="17625628",
        firmware="P30 v 3.10.16 (180417-150256)",
    )


async def test_a_wallbox_of_bmw_is_named_so(charger: KebaCharger, box: KebaBox) -> None:
    box.about["Product"] = "BMW-10-EC240522-E1R"
    assert (await charger.identify()).manufacturer == "BMW"


@pytest.mark.parametrize(
    ("state", "plug", "meant"),
    [
        (0, 0, None),
        (1, 0, VehicleState.A),
        (1, 1, VehicleState.A),
        (1, 3, VehicleState.A),
        (1, 5, VehicleState.B),
        (1, 7, VehicleState.B),
        (2, 7, VehicleState.B),
        (3, 7, VehicleState.C),
        (4, 7, VehicleState.E),
        (5, 7, VehicleState.B),
        (5, 3, VehicleState.A),
    ],
)
async def test_each_state(
    charger: KebaCharger, box: KebaBox, state: int, plug: int, meant: VehicleState | None
) -> None:
    await charger.identify()
    box.status |= {"State": state, "Plug": plug}
    assert (await charger.read()).state is meant


async def test_a_charging_car(charger: KebaCharger, box: KebaBox) -> None:
    await charger.identify()
    box.status |= {"State": 3, "Plug": 7, "Max curr": 16000, "Curr user": 16000}
    box.measured |= {"U1": 231, "U2": 229, "U3": 230, "I1": 15980, "I2": 15950, "I3": 16020, "P": 11034000}
    box.measured |= {"E pres": 72003}
    values = await charger.read()
    assert values.amperes == pytest.approx((15.98, 15.95, 16.02))
    assert values.watts == pytest.approx(11034)
    assert values.session_wh == pytest.approx(7200.3)
    assert values.total_wh == pytest.approx(478146.1)
    assert values.limit == pytest.approx(16)
    assert values.locked is True
    assert values.fault is None


async def test_a_fault_is_told_in_its_own_codes(charger: KebaCharger, box: KebaBox) -> None:
    await charger.identify()
    box.status |= {"State": 4, "Error1": 0x8001, "Error2": 0x2B}
    assert (await charger.read()).fault == "0x8001, 0x2B"


@pytest.mark.parametrize(
    ("status", "limit"),
    [
        ({"Enable user": 1, "Curr user": 10000, "Max curr": 0}, 10),
        ({"Enable user": 0, "Curr user": 10000, "Max curr": 0}, 0),
        # Its watchdog has expired: it offers the current of its fall-back.
        ({"Enable user": 1, "Curr user": 6000, "Max curr": 13000, "Curr FS": 13000, "Tmo FS": 60}, 13),
    ],
)
async def test_the_limit_is_what_is_in_force(
    charger: KebaCharger, box: KebaBox, status: dict[str, int], limit: float
) -> None:
    await charger.identify()
    box.status |= status
    assert (await charger.read()).limit == pytest.approx(limit)


async def test_without_a_meter_currents_are_not_told(charger: KebaCharger, box: KebaBox) -> None:
    await charger.identify()
    box.status |= {"State": 3, "Plug": 7}
    assert (await charger.read()).amperes == (None, None, None)


async def test_the_edition_without_a_meter_promises_none(charger: KebaCharger, box: KebaBox) -> None:
    box.about["Product"] = "KC-P30-EC220112-000-DE"
    await charger.identify()
    assert not charger.capability.measures
    assert (await charger.read()).amperes == (None, None, None)


async def test_what_the_guide_says_of_a_watchdog_that_is_off(charger: KebaCharger) -> None:
    await charger.identify()
    capability = charger.capability
    assert (capability.feed, capability.expiry, capability.timeout) == (Feed.NOTHING, Expiry.KEEPS_LIMIT, None)
    assert capability.fall_back is None


@pytest.mark.parametrize("fall_back", [0, 6000])
async def test_an_armed_watchdog_is_told_and_fed_in_time(charger: KebaCharger, box: KebaBox, fall_back: int) -> None:
    box.status |= {"Tmo FS": 30, "Curr FS": fall_back}
    await charger.identify()
    capability = charger.capability
    assert (capability.feed, capability.expiry, capability.timeout) == (Feed.WRITE, Expiry.FALL_BACK, 30)
    assert capability.fall_back == pytest.approx(fall_back / 1000)
    assert capability.resend == 15


async def test_an_emulator_has_no_watchdog(charger: KebaCharger, box: KebaBox) -> None:
    del box.status["Tmo FS"], box.status["Curr FS"]
    await charger.identify()
    assert charger.capability.feed is Feed.NOTHING
    with pytest.raises(ValueError, match="cannot be set"):
        await charger.arm_fall_back(FallBack(6.0, 60.0))


async def test_its_failsafe_is_set_and_told_at_once(charger: KebaCharger, box: KebaBox) -> None:
    """Never kept in its EEPROM."""
    await charger.identify()
    box.heard.clear()
    await charger.arm_fall_back(FallBack(6.0, 60.0))
    assert box.heard == ["failsafe 60 6000 0", "report 2"]
    capability = charger.capability
    assert (capability.feed, capability.expiry, capability.fall_back) == (Feed.WRITE, Expiry.FALL_BACK, 6)
    assert (capability.timeout, capability.resend) == (60, 30)


@pytest.mark.parametrize(
    "fall_back", [FallBack(0.0, 60.0), FallBack(33.0, 60.0), FallBack(6.0, 9.0), FallBack(6.0, None)]
)
async def test_a_failsafe_that_it_cannot_have(charger: KebaCharger, box: KebaBox, fall_back: FallBack) -> None:
    await charger.identify()
    box.heard.clear()
    with pytest.raises(ValueError, match=r"A is not from|cannot be set|s is not from"):
        await charger.arm_fall_back(fall_back)
    assert not box.heard


async def test_a_failsafe_that_is_refused(charger: KebaCharger, box: KebaBox) -> None:
    await charger.identify()
    box.says.append(lambda _: [REFUSED.encode()])
    with pytest.raises(BadAnswer):
        await charger.arm_fall_back(FallBack(6.0, 60.0))
    assert charger.capability.expiry is Expiry.KEEPS_LIMIT


@pytest.mark.parametrize(("hardware", "maximum"), [(32000, 32), (16000, 16), (63000, 63), (0, 32)])
async def test_the_hardware_caps_it(charger: KebaCharger, box: KebaBox, hardware: int, maximum: float) -> None:
    box.status["Curr HW"] = hardware
    await charger.identify()
    assert charger.capability.maximum == maximum


async def test_a_limit_is_set_before_it_is_enabled(charger: KebaCharger, box: KebaBox) -> None:
    await charger.identify()
    box.heard.clear()
    await charger.write_limit(10.3)
    assert box.heard == ["curr 10300", "ena 1"]
    assert (await charger.read()).limit == pytest.approx(10.3)


@pytest.mark.parametrize(("amperes", "sent"), [(16.4, "curr 16400"), (6.3 - 1e-9, "curr 6300"), (8.0009, "curr 8000")])
async def test_a_limit_is_rounded_down_to_milliamperes(
    charger: KebaCharger, box: KebaBox, amperes: float, sent: str
) -> None:
    await charger.identify()
    await charger.write_limit(amperes)
    assert box.heard[-2] == sent


@pytest.mark.parametrize(("plug", "locked"), [(0, False), (1, False), (3, True), (5, False), (7, True)])
async def test_the_lock(charger: KebaCharger, box: KebaBox, plug: int, locked: bool) -> None:
    await charger.identify()
    box.status["Plug"] = plug
    assert (await charger.read()).locked is locked


async def test_a_pause_disables_and_keeps_the_current(charger: KebaCharger, box: KebaBox) -> None:
    await charger.identify()
    box.heard.clear()
    await charger.write_limit(0)
    assert box.heard == ["ena 0"]
    assert (await charger.read()).limit == 0
    assert box.status["Curr user"] == 16000


@pytest.mark.parametrize("amperes", [5.9, 32.1, -6])
async def test_what_it_cannot_offer_is_not_sent(charger: KebaCharger, box: KebaBox, amperes: float) -> None:
    await charger.identify()
    box.heard.clear()
    with pytest.raises(ValueError, match="neither 0 nor from"):
        await charger.write_limit(amperes)
    assert not box.heard


async def test_phases_are_not_switched(charger: KebaCharger) -> None:
    with pytest.raises(ValueError, match="3 phases"):
        await charger.write_phases(3)


async def test_commands_keep_their_distance(box: KebaBox, reply_port: int) -> None:
    charger = KebaCharger(KebaListener(reply_port), LOOPBACK, box.port)
    await charger.identify()
    await asyncio.gather(charger.read(), charger.write_limit(8))
    await charger.close()
    gaps = [after - before for before, after in zip(box.times, box.times[1:], strict=False)]
    assert len(gaps) == 5
    assert min(gaps) >= GAP * 0.95


async def test_a_refusal_is_an_error(charger: KebaCharger, box: KebaBox) -> None:
    await charger.identify()
    box.says = [lambda _: [REFUSED.encode()]]
    with pytest.raises(BadAnswer, match="refuses 'curr 8000': TCH-ERR"):
        await charger.write_limit(8)
    assert box.heard[-1] == "curr 8000"


async def test_pushes_are_no_answers(charger: KebaCharger, box: KebaBox) -> None:
    await charger.identify()
    pushes = [b'{"State": 3}\n', b'{"Plug": 7}\n', b'{"E pres": 7200}\n', b"TCH-OK :done\n"]
    box.says = [lambda text: [*pushes, box.answer(text)], lambda text: [b'{"Max curr": 8000}\n', box.answer(text)]]
    assert (await charger.read()).state is VehicleState.A
    box.says = [lambda text: [b'{"Max curr": 8000}\n', box.answer(text)]]
    await charger.write_limit(8)
    assert box.status["Curr user"] == 8000


async def test_another_report_is_no_answer(charger: KebaCharger, box: KebaBox) -> None:
    await charger.identify()
    box.says = [lambda _: [box.answer("report 3")]]
    with pytest.raises(CannotConnect, match=r"no answer to 'report 2' within 0\.3 s"):
        await charger.read()


@pytest.mark.parametrize("noise", [b"", b"\xff\x00\x10", b"hello\n", b"[1, 2]\n", b"7\n"])
async def test_noise_is_no_answer(charger: KebaCharger, box: KebaBox, noise: bytes) -> None:
    await charger.identify()
    box.says = [lambda text: [noise, box.answer(text)]]
    assert (await charger.read()).limit == 16


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
async def test_half_an_answer_is_none(charger: KebaCharger, box: KebaBox, share: float) -> None:
    await charger.identify()
    whole = box.answer("report 2")
    box.says = [lambda _: [whole[: int(len(whole) * share)]]]
    with pytest.raises(BadAnswer, match="no whole report"):
        await charger.read()


@pytest.mark.parametrize(
    ("report", "field", "value", "complaint"),
    [
        ("status", "State", None, "State is missing"),
        ("status", "State", "charging", "'charging' is not a number"),
        ("status", "Curr user", True, "True is not a number"),
        ("status", "Enable user", None, "Enable user is missing"),
        ("measured", "I1", float("nan"), "nan is not a number"),
        ("measured", "I2", 10**400, "is not a number"),
        ("measured", "I3", [1], r"\[1\] is not a number"),
    ],
)
async def test_nonsense_is_refused_by_name(
    charger: KebaCharger, box: KebaBox, report: str, field: str, value: Any, complaint: str
) -> None:
    await charger.identify()
    getattr(box, report)[field] = value
    with pytest.raises(BadAnswer, match=complaint):
        await charger.read()


async def test_a_current_that_is_not_told_is_not_zero(charger: KebaCharger, box: KebaBox) -> None:
    await charger.identify()
    del box.measured["I2"]
    assert (await charger.read()).amperes == (0, None, 0)


async def test_silence_ends_at_the_time_out(charger: KebaCharger, box: KebaBox) -> None:
    await charger.identify()
    box.says = [silence]
    with pytest.raises(CannotConnect, match=r"no answer to 'report 2' within 0\.3 s"):
        await charger.read()
    assert (await charger.read()).limit == 16


async def test_a_late_confirmation_does_not_confirm_the_next_command(charger: KebaCharger, box: KebaBox) -> None:
    await charger.identify()
    box.says = [silence]
    with pytest.raises(CannotConnect):
        await charger.write_limit(8)
    asyncio.get_running_loop().call_later(IMPATIENT / 3, box.send, b"TCH-OK :done\n")
    box.says = [silence]
    with pytest.raises(CannotConnect, match="no answer to 'ena 0'"):
        await charger.write_limit(0)


async def test_nobody_there(listener: KebaListener) -> None:
    charger = KebaCharger(listener, LOOPBACK, free_port())
    with pytest.raises(CannotConnect, match="no answer to 'report 1'"):
        await charger.identify()
    await charger.close()


async def test_an_address_of_another_kind(listener: KebaListener, reply_port: int) -> None:
    charger = KebaCharger(listener, "::1")
    with pytest.raises(CannotConnect, match="no address"):
        await charger.identify()
    await charger.close()
    assert not is_bound(reply_port)


async def test_another_device_that_answers_is_refused(charger: KebaCharger, box: KebaBox) -> None:
    del box.about["Product"]
    with pytest.raises(WrongDevice, match="no product"):
        await charger.identify()


async def test_it_has_one_socket(listener: KebaListener, box: KebaBox) -> None:
    charger = KebaCharger(listener, LOOPBACK, box.port, connector=2)
    with pytest.raises(WrongDevice, match="no socket 2"):
        await charger.identify()
    await charger.close()


async def test_another_charger_at_its_address_is_noticed(charger: KebaCharger, box: KebaBox) -> None:
    await charger.identify()
    box.status["Serial"] = "99999999"
    with pytest.raises(WrongDevice, match="99999999 answers instead of 17625628"):
        await charger.read()


async def test_a_charger_that_has_started_anew_is_asked_anew_who_it_is(charger: KebaCharger, box: KebaBox) -> None:
    await charger.identify()
    box.running += 5
    await charger.read()
    box.running = 4
    box.status |= {"Tmo FS": 60, "Curr FS": 8000}
    with pytest.raises(CannotConnect, match="has started anew"):
        await charger.read()
    await charger.identify()
    assert charger.capability.fall_back == 8
    assert (await charger.read()).limit == 16


async def test_two_chargers_are_told_apart(listener: KebaListener, reply_port: int) -> None:
    async with (
        KebaBox(reply_port, "11111111", {"Curr user": 7000}) as first_box,
        KebaBox(reply_port, "22222222", {"Curr user": 13000}) as second_box,
    ):
        first, second = (KebaCharger(listener, LOOPBACK, box.port) for box in (first_box, second_box))
        identities = await asyncio.gather(first.identify(), second.identify())
        assert [identity.serial for identity in identities] == ["11111111", "22222222"]
        values = await asyncio.gather(first.read(), second.read())
        assert [value.limit for value in values] == [7, 13]
        await asyncio.gather(first.write_limit(9), second.write_limit(0))
        assert first_box.status["Curr user"] == 9000
        assert second_box.status["Enable user"] == 0
        await asyncio.gather(first.close(), second.close())


async def test_a_dead_charger_does_not_hold_up_the_other(
    listener: KebaListener, charger: KebaCharger, box: KebaBox
) -> None:
    await charger.identify()
    dead = KebaCharger(listener, LOOPBACK, free_port())
    hanging = asyncio.create_task(dead.identify())
    await charger.read()
    assert not hanging.done()
    with pytest.raises(CannotConnect):
        await hanging
    await dead.close()


async def test_several_users_of_one_charger_take_turns(listener: KebaListener, box: KebaBox) -> None:
    users = [KebaCharger(listener, LOOPBACK, box.port) for _ in range(3)]
    await asyncio.gather(*(user.identify() for user in users))
    assert sorted(box.heard) == ["report 1"] * 3 + ["report 2"] * 3
    await asyncio.gather(*(user.close() for user in users))


async def test_a_charger_that_answers_from_another_port_is_known_by_its_address(
    charger: KebaCharger, box: KebaBox, reply_port: int
) -> None:
    def from_elsewhere(text: str) -> list[bytes]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(box.answer(text), (LOOPBACK, reply_port))
        return []

    box.says = [from_elsewhere, from_elsewhere]
    assert (await charger.identify()).serial == "17625628"


async def test_the_port_is_held_only_while_it_is_used(
    listener: KebaListener, charger: KebaCharger, box: KebaBox, reply_port: int
) -> None:
    other = KebaCharger(listener, LOOPBACK, box.port)
    assert not is_bound(reply_port)
    await charger.identify()
    await other.identify()
    await charger.close()
    assert is_bound(reply_port)
    await other.close()
    assert not is_bound(reply_port)
    assert (await charger.identify()).serial == "17625628"


async def test_a_port_that_another_program_holds_is_told(charger: KebaCharger, reply_port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("0.0.0.0", reply_port))
        with pytest.raises(CannotConnect, match=f"UDP port {reply_port}.* is held by another program or integration"):
            await charger.identify()
    assert (await charger.identify()).serial == "17625628"


class Network(asyncio.DatagramProtocol):
    """Hands on to all chargers what is sent to it, as a network does with its broadcast address."""

    def __init__(self, boxes: list[KebaBox]) -> None:
        self._boxes = boxes

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for box in self._boxes:
            box.datagram_received(data, addr)


@pytest.fixture
async def boxes(reply_port: int) -> AsyncGenerator[list[KebaBox]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(KebaBox(reply_port, str(serial))) for serial in (11111111, 22222222)]


async def found_by(listener: KebaListener, boxes: list[KebaBox], seconds: float = IMPATIENT) -> list[Answered]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Network(boxes), local_addr=(LOOPBACK, 0))
    try:
        async with aclosing(
            discover(listener, LOOPBACK, seconds, port=transport.get_extra_info("sockname")[1])
        ) as chargers:
            return [charger async for charger in chargers]
    finally:
        transport.close()


async def test_a_broadcast_finds_each_charger_once(
    listener: KebaListener, boxes: list[KebaBox], reply_port: int
) -> None:
    found = await found_by(listener, boxes)
    assert sorted(found, key=lambda one: one.serial) == [
        Answered(host=LOOPBACK, port=box.port, serial=serial, product="KC-P30-EC240422-E0R")
        for box, serial in zip(boxes, ("11111111", "22222222"), strict=True)
    ]
    assert not is_bound(reply_port)


async def test_one_that_answers_only_the_first_broadcast_is_found(listener: KebaListener, boxes: list[KebaBox]) -> None:
    first, second = boxes
    first.says = [lambda text: [first.answer(text)], silence]
    second.says = [silence, lambda text: [second.answer(text)]]
    assert {one.serial for one in await found_by(listener, boxes)} == {"11111111", "22222222"}


async def test_noise_is_not_found(listener: KebaListener, boxes: list[KebaBox]) -> None:
    first, second = boxes
    first.says = [lambda _: [b'{"ID": "1"'], lambda _: [b'{"ID": "1", "Product": ["KC"], "Serial": "1"}']]
    second.says = [lambda _: [b"i"], lambda _: [b'{"ID": "2", "Serial": "2"}']]
    assert await found_by(listener, boxes) == []


async def test_a_search_does_not_disturb_a_charger_in_use(listener: KebaListener, boxes: list[KebaBox]) -> None:
    charger = KebaCharger(listener, LOOPBACK, boxes[0].port)
    await charger.identify()
    found, values = await asyncio.gather(found_by(listener, boxes), charger.read())
    assert len(found) == 2
    assert values.limit == 16
    await charger.close()
