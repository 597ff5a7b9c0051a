import asyncio
import struct

import pytest

from demo.devices.abb_terra_ac import AbbTerraAc, abb_charger
from demo.devices.faults import NO_MODBUS, Fault
from demo.devices.registers import Function

READ_SERIAL = struct.pack(">BHH", 3, 0x4000, 4)
SERIAL = bytes((3, 8, 0, 1, 0, 2, 0, 3, 0, 4))
"""The right answer to that."""
PAUSE = struct.pack(">BHHBI", 16, 0x4100, 2, 4, 0)
"""A limit of 0; the right answer repeats its first five bytes."""


def frame(answer: bytes, *, transaction: int = 7) -> bytes:
    return struct.pack(">HHHB", transaction, 0, len(answer) + 1, 1) + answer


@pytest.fixture
def charger():
    return abb_charger(32.0)


@pytest.fixture
def device(charger, clock):
    return AbbTerraAc(charger, clock, serial=(1, 2, 3, 4))


@pytest.fixture
async def streams(device, connect):
    await connect(device)
    reader, writer = await asyncio.open_connection("127.0.0.1", device.port)
    yield reader, writer
    writer.close()


async def arrives(device, streams, fault: Fault, request: bytes) -> bytes:
    """What comes for a request while a device has a fault: all that is there before the right answer to another one."""
    reader, writer = streams
    device.fail(fault, (request[0],))
    other, right = (PAUSE, PAUSE[:5]) if request == READ_SERIAL else (READ_SERIAL, SERIAL)
    writer.write(frame(request) + frame(other, transaction=8))
    received = await reader.readuntil(frame(right, transaction=8))
    return received.removesuffix(frame(right, transaction=8))


@pytest.mark.parametrize(
    ("fault", "arriving"),
    [
        (Fault.SILENT, b""),
        (Fault.ANSWER_LOST, b""),
        (Fault.DEVICE_FAILURE, frame(b"\x83\x04")),
        (Fault.BUSY, frame(b"\x83\x06")),
        (Fault.NO_SUCH_ADDRESS, frame(b"\x83\x02")),
        (Fault.TOO_SHORT, frame(b"\x03\x06" + SERIAL[2:-2])),
        (Fault.TOO_LONG, frame(b"\x03\x0a" + SERIAL[2:] + b"\0\0")),
        (Fault.CUT_OFF, frame(SERIAL)[:8]),
        (Fault.OTHER_TRANSACTION, frame(SERIAL, transaction=7 ^ 0x0F0F)),
        (Fault.NO_MODBUS, NO_MODBUS),
    ],
)
async def test_what_arrives(device, streams, fault, arriving) -> None:
    assert await arrives(device, streams, fault, READ_SERIAL) == arriving


@pytest.mark.parametrize(("fault", "setpoint"), [(Fault.SILENT, 32), (Fault.BUSY, 32), (Fault.ANSWER_LOST, 0)])
async def test_what_it_does(device, streams, charger, fault, setpoint) -> None:
    await arrives(device, streams, fault, PAUSE)
    assert charger.setpoint == setpoint


async def test_a_reset_is_no_orderly_end(device, streams) -> None:
    reader, writer = streams
    device.fail(Fault.RESET)
    writer.write(frame(READ_SERIAL))
    with pytest.raises(ConnectionResetError):
        await reader.read()


async def test_only_some_requests_fail(device, connect) -> None:
    client = await connect(device)
    device.fail(Fault.BUSY, (Function.WRITE_SEVERAL,))
    assert await client.read(1, 0x4000, 4) == SERIAL[2:]
    assert await client.refusal(1, PAUSE) == 6
