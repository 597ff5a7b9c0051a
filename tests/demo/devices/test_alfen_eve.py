from math import isnan
import struct

import pytest

from custom_components.ev_charger_pool.simulation.car import Car
from demo.devices.alfen_eve import AlfenEve, alfen_charger


@pytest.fixture
def charger():
    return alfen_charger(16.0)


@pytest.fixture
async def client(charger, clock, connect):
    return await connect(AlfenEve(charger, clock, serial="ACE0314159"))


def f32(data: bytes) -> tuple[float, ...]:
    return struct.unpack(f">{len(data) // 4}f", data)


async def test_station_says_who_it_is(client) -> None:
    assert (await client.read(200, 117, 5)).rstrip(b"\0") == b"Alfen NV"
    assert (await client.read(200, 157, 11)).rstrip(b"\0") == b"ACE0314159"
    assert await client.read(200, 1105, 1) == b"\x00\x01"
    assert f32(await client.read(200, 1100, 2)) == (16,)


async def test_charges_by_the_setpoint(client, charger, clock) -> None:
    charger.car = Car(phases=3)
    await client.write(1, 1210, struct.pack(">f", 10.5))
    for clock.now in range(30):
        charger.tick(clock.now)
    assert f32(await client.read(1, 1206, 2)) == (10.5,)
    assert f32(await client.read(1, 320, 6)) == (10.5, 10.5, 10.5)
    assert f32(await client.read(1, 344, 2)) == pytest.approx((3 * 10.5 * 230,))
    assert (await client.read(1, 1201, 5)).rstrip(b"\0") == b"C2"
    assert struct.unpack(">I", await client.read(1, 1208, 2)) == (31,)
    assert isnan(f32(await client.read(1, 318, 2))[0])
    assert struct.unpack(">d", await client.read(1, 374, 4))[0] == pytest.approx(charger.delivered)


async def test_setpoint_expires_to_the_safe_current_although_it_is_read(client, charger, clock) -> None:
    await client.write(1, 1210, struct.pack(">f", 16))
    for clock.now in (30, 59):
        charger.tick(clock.now)
        assert f32(await client.read(1, 1206, 2)) == (16,)
    clock.now = 60
    charger.tick(clock.now)
    assert f32(await client.read(1, 1206, 2)) == (6,)
    assert await client.read(1, 1208, 2) == bytes(4)


async def test_less_than_six_amperes_is_no_charging(client, charger, clock) -> None:
    charger.car = Car(phases=3)
    await client.write(1, 1210, struct.pack(">f", 5.9))
    for clock.now in range(10):
        charger.tick(clock.now)
    assert charger.offered == 0
    assert (await client.read(1, 1201, 5)).rstrip(b"\0") == b"B1"


async def test_half_a_number_reads_as_its_word(client) -> None:
    await client.write(1, 1210, struct.pack(">f", 10.5))
    assert await client.read(1, 1211, 1) == struct.pack(">f", 10.5)[2:]


@pytest.mark.parametrize(
    ("unit", "pdu", "code"),
    [
        pytest.param(1, struct.pack(">BHH", 4, 320, 6), 1, id="input registers"),
        pytest.param(1, struct.pack(">BHH", 1, 0, 1), 1, id="coils"),
        pytest.param(1, struct.pack(">BHH", 3, 312, 1), 2, id="unknown register"),
        pytest.param(1, struct.pack(">BHH", 3, 1214, 3), 2, id="beyond the block"),
        pytest.param(1, struct.pack(">BHH", 3, 117, 5), 2, id="station's register at the socket"),
        pytest.param(200, struct.pack(">BHH", 3, 320, 6), 2, id="socket's register at the station"),
        pytest.param(200, struct.pack(">BHH", 6, 1105, 1), 1, id="station takes nothing"),
        pytest.param(2, struct.pack(">BHH", 3, 320, 6), 11, id="second socket"),
        pytest.param(1, struct.pack(">BHH", 6, 1210, 0x4120), 2, id="half a setpoint"),
        pytest.param(1, struct.pack(">BHHBH", 16, 1211, 1, 2, 0), 2, id="other half"),
        pytest.param(1, struct.pack(">BHHBf", 16, 1206, 2, 4, 10), 2, id="read-only register"),
        pytest.param(1, struct.pack(">BHHBf", 16, 1210, 2, 4, float("nan")), 3, id="not a number"),
        pytest.param(1, struct.pack(">BHHBf", 16, 1210, 2, 4, -1), 3, id="negative"),
        pytest.param(1, struct.pack(">BHH", 3, 320, 0), 3, id="no words"),
        pytest.param(1, struct.pack(">BH", 3, 320), 3, id="cut short"),
        pytest.param(1, struct.pack(">BHHBH", 16, 1210, 2, 2, 0), 3, id="sizes disagree"),
    ],
)
async def test_refuses_what_it_does_not_have(client, charger, unit: int, pdu: bytes, code: int) -> None:
    assert await client.refusal(unit, pdu) == code
    assert charger.setpoint == 6


async def test_takes_two_connections(charger, clock, connect) -> None:
    device = AlfenEve(charger, clock, serial="ACE0314159")
    first, second, third = [await connect(device) for _ in range(3)]
    assert await third.closed()
    for client in (first, second):
        assert await client.read(1, 1200, 1) == b"\x00\x01"


async def test_unplugged_drops_connections_and_comes_back_on_its_port(charger, clock, connect) -> None:
    device = AlfenEve(charger, clock, serial="ACE0314159")
    client = await connect(device)
    port = device.port
    await device.unplug()
    assert await client.closed()
    with pytest.raises(ConnectionRefusedError):
        await connect(device)
    await device.plug_in()
    assert device.port == port
    client = await connect(device)
    assert await client.read(1, 1200, 1) == b"\x00\x01"
