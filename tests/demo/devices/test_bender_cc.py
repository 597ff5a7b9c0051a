import struct

import pytest

from custom_components.ev_charger_pool.simulation.car import Car
from demo.devices.bender_cc import BenderCc, bender_charger


@pytest.fixture
def charger():
    return bender_charger(32.0)


@pytest.fixture
async def client(charger, clock, connect):
    return await connect(BenderCc(charger, clock, model="CC612"))


async def words(client, address: int, count: int, unit: int = 255) -> tuple[int, ...]:
    return struct.unpack(f">{count}H", await client.read(unit, address, count))


@pytest.mark.parametrize("unit", [1, 50, 255])
async def test_answers_at_every_unit(client, unit: int) -> None:
    assert await client.read(unit, 100, 2) == b"5.22"
    assert (await client.read(unit, 142, 10)).rstrip(b"\0") == b"CC612"


async def test_charges_by_the_limit_of_the_energy_manager(client, charger, clock) -> None:
    charger.car = Car(phases=3, maximum=32.0)
    await client.write(255, 1000, struct.pack(">H", 13))
    for clock.now in range(30):
        charger.tick(clock.now)
    assert await words(client, 1000, 1) == (13,)
    assert await words(client, 706, 1) == (13,)
    assert await words(client, 122, 1) == (3,)
    assert await words(client, 104, 1) == (6,)
    assert await words(client, 140, 1) == (1,)
    assert struct.unpack(">3I", await client.read(255, 212, 6)) == (13_000,) * 3
    assert struct.unpack(">I", await client.read(255, 220, 2)) == (3 * 13 * 230,)
    assert await client.read(255, 200, 2) == b"\xff" * 4


async def test_pauses_at_0(client, charger, clock) -> None:
    charger.car = Car(phases=1)
    await client.write(255, 1000, struct.pack(">H", 0))
    for clock.now in range(5):
        charger.tick(clock.now)
    assert await words(client, 122, 1) == (2,)
    assert await words(client, 104, 1) == (7,)
    assert await words(client, 140, 1) == (0,)


async def test_falls_back_to_the_safe_current(client, charger, clock) -> None:
    await client.write(255, 131, struct.pack(">HH", 8, 20))
    await client.write(255, 1000, struct.pack(">H", 16))
    clock.now = 20
    charger.tick(clock.now)
    assert charger.limit == 8


@pytest.mark.parametrize(
    ("pdu", "code"),
    [
        (struct.pack(">BHH", 6, 1000, 10), 1),
        (struct.pack(">BHH", 4, 122, 1), 1),
        (struct.pack(">BHH", 3, 730, 1), 2),
        (struct.pack(">BHHBH", 16, 706, 1, 2, 10), 2),
        (struct.pack(">BHHBH", 16, 1000, 1, 2, 33), 3),
        (struct.pack(">BHHBH", 16, 131, 1, 2, 33), 3),
    ],
)
async def test_refuses_what_it_does_not_have(client, pdu: bytes, code: int) -> None:
    assert await client.refusal(255, pdu) == code
