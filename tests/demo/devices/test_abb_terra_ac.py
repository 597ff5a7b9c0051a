import struct

import pytest

from custom_components.ev_charger_pool.simulation.car import Car
from demo.devices.abb_terra_ac import AbbTerraAc, abb_charger


@pytest.fixture
def charger():
    return abb_charger(32.0)


@pytest.fixture
async def client(charger, clock, connect):
    return await connect(AbbTerraAc(charger, clock, serial=(1, 2, 3, 4)))


def u32(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(data) // 4}I", data)


async def test_reads_in_one_block(client, charger, clock) -> None:
    charger.car = Car(phases=1, maximum=32.0)
    await client.write(1, 0x4100, struct.pack(">I", 12_345))
    for clock.now in range(30):
        charger.tick(clock.now)
    block = await client.read(1, 0x4000, 33)
    assert block[:8] == bytes((0, 1, 0, 2, 0, 3, 0, 4))
    maximum, error, lock, state, limit = u32(block[12:32])
    assert (maximum, error, lock, limit) == (32_000, 0, 0x111, 12_345)
    assert state >> 8 & 0x7F == 4
    assert u32(block[32:44]) == (12_345, 0, 0)
    assert u32(block[44:56]) == (2300, 2300, 2300)
    assert u32(block[56:64]) == (round(12.345 * 230), round(charger.session))
    assert block[64:] == b"\x00\x3c"
    assert u32(await client.read(1, 0x4022, 2)) == (12_345,)


async def test_tells_that_the_car_takes_less(client, charger, clock) -> None:
    charger.car = Car(phases=1, maximum=10.0)
    for clock.now in range(30):
        charger.tick(clock.now)
    assert u32(await client.read(1, 0x400C, 2)) == (0x8400,)


async def test_stops_after_a_minute_of_silence(client, charger, clock) -> None:
    charger.car = Car(phases=1, maximum=32.0)
    await client.write(1, 0x4100, struct.pack(">I", 20_000))
    clock.now = 59
    await client.read(1, 0x400E, 2)
    for clock.now in (60, 118):
        charger.tick(clock.now)
        assert charger.limit == 20
    for clock.now in range(119, 130):
        charger.tick(clock.now)
    assert u32(await client.read(1, 0x400E, 2)) == (0,)
    assert u32(await client.read(1, 0x4008, 2)) == (1 << 14,)
    assert u32(await client.read(1, 0x400C, 2)) == (0x100,)
    await client.write(1, 0x4100, struct.pack(">I", 8_000))
    assert u32(await client.read(1, 0x400E, 2)) == (8_000,)


async def test_falls_back_to_the_current_that_was_set(client, charger, clock) -> None:
    await client.write_one(1, 0x4109, 8)
    await client.write_one(1, 0x4106, 10)
    assert await client.read(1, 0x4020, 1) == b"\x00\x0a"
    assert await client.read(1, 0x4024, 1) == b"\x00\x08"
    clock.now = 10
    charger.tick(clock.now)
    assert u32(await client.read(1, 0x400E, 2)) == (8_000,)


async def test_a_reboot_returns_to_32_amperes(client, charger) -> None:
    await client.write(1, 0x4100, struct.pack(">I", 6_000))
    charger.reboot()
    assert u32(await client.read(1, 0x400E, 2)) == (32_000,)


async def test_stop_takes_the_permission_and_start_gives_it(client, charger) -> None:
    await client.write_one(1, 0x4105, 1)
    assert charger.limit == 0
    await client.write_one(1, 0x4105, 0)
    assert charger.limit == 32


async def test_less_than_six_amperes_is_no_charging(client, charger, clock) -> None:
    await client.write(1, 0x4100, struct.pack(">I", 5_999))
    for clock.now in range(5):
        charger.tick(clock.now)
    assert charger.offered == 0


@pytest.mark.parametrize(
    ("unit", "pdu", "code"),
    [
        (1, struct.pack(">BHH", 4, 0x400C, 2), 1),
        (1, struct.pack(">BHH", 3, 0x3FFF, 2), 2),
        (1, struct.pack(">BHH", 3, 0x4100, 2), 2),
        (1, struct.pack(">BHH", 6, 0x4100, 0), 2),
        (1, struct.pack(">BHH", 6, 0x400E, 0), 2),
        (1, struct.pack(">BHHBI", 16, 0x4100, 2, 4, 32_001), 3),
        (1, struct.pack(">BHH", 6, 0x4105, 2), 3),
        (1, struct.pack(">BHH", 6, 0x4106, 9), 3),
        (255, struct.pack(">BHH", 3, 0x400C, 2), 11),
    ],
)
async def test_refuses_what_it_does_not_have(client, unit: int, pdu: bytes, code: int) -> None:
    assert await client.refusal(unit, pdu) == code
