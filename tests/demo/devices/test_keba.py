import struct

import pytest

from custom_components.ev_charger_pool.simulation.car import Car
from demo.devices.keba import Keba, keba_charger

P30, P40, SWITCHING_P40 = 312_100, 4_221_010, 4_223_010


@pytest.fixture
def charger():
    return keba_charger(16.0)


@pytest.fixture
async def client(charger, clock, connect):
    return await connect(Keba(charger, clock, serial=21_718_281, product=P30))


async def value(client, address: int) -> int:
    return struct.unpack(">I", await client.read(255, address, 2))[0]


async def test_says_who_it_is(client) -> None:
    assert await value(client, 1014) == 21_718_281
    assert await value(client, 1016) == P30
    assert await value(client, 1018) == 0x030A2A00


async def test_charges_by_the_limit_and_pauses_by_enable(client, charger, clock) -> None:
    charger.car = Car(phases=1, maximum=32.0)
    await client.write_one(255, 5004, 12_500)
    for clock.now in range(30):
        charger.tick(clock.now)
    assert await value(client, 1000) == 3
    assert await value(client, 1004) == 7
    assert [await value(client, address) for address in (1008, 1010, 1012)] == [12_500, 0, 0]
    assert await value(client, 1020) == 12_500 * 230
    assert await value(client, 1100) == 12_500
    assert await value(client, 1502) == round(charger.session * 10)
    await client.write_one(255, 5014, 0)
    for clock.now in range(30, 40):
        charger.tick(clock.now)
    assert await value(client, 1000) == 5
    assert await value(client, 1008) == 0
    await client.write_one(255, 5014, 1)
    assert charger.limit == 12.5


async def test_without_a_car_it_is_not_ready(client) -> None:
    assert await value(client, 1000) == 1
    assert await value(client, 1004) == 1


async def test_keeps_its_limit_when_nobody_speaks(client, charger, clock) -> None:
    await client.write_one(255, 5004, 12_500)
    clock.now = 10_000
    charger.tick(clock.now)
    assert charger.limit == 12.5


async def test_failsafe_falls_back_unless_any_request_feeds_it(client, charger, clock) -> None:
    await client.write_one(255, 5004, 12_500)
    await client.write_one(255, 5016, 6_000)
    await client.write_one(255, 5018, 30)
    assert (await value(client, 1600), await value(client, 1602)) == (6_000, 30)
    clock.now = 29
    await value(client, 1000)
    clock.now = 58
    charger.tick(clock.now)
    assert charger.limit == 12.5
    clock.now = 59
    charger.tick(clock.now)
    assert charger.limit == 6


async def test_a_refused_request_does_not_feed_the_failsafe(client, charger, clock) -> None:
    await client.write_one(255, 5018, 30)
    clock.now = 29
    assert await client.refusal(255, struct.pack(">BHH", 3, 1000, 4)) == 2
    clock.now = 30
    charger.tick(clock.now)
    assert charger.limit == 0


@pytest.mark.parametrize(
    ("unit", "pdu", "code"),
    [
        pytest.param(255, struct.pack(">BHH", 3, 1008, 4), 2, id="two values at once"),
        pytest.param(255, struct.pack(">BHH", 3, 1001, 2), 2, id="across two values"),
        pytest.param(255, struct.pack(">BHH", 3, 1002, 2), 2, id="unknown register"),
        pytest.param(255, struct.pack(">BHH", 3, 5004, 1), 2, id="write-only register"),
        pytest.param(255, struct.pack(">BHH", 4, 1000, 2), 1, id="input registers"),
        pytest.param(255, struct.pack(">BHHBH", 16, 5004, 1, 2, 8000), 1, id="write of several"),
        pytest.param(255, struct.pack(">BHH", 6, 1100, 8000), 2, id="read-only register"),
        pytest.param(255, struct.pack(">BHH", 6, 5004, 5999), 3, id="below 6 A"),
        pytest.param(255, struct.pack(">BHH", 6, 5004, 0), 3, id="a P30 pauses by enable"),
        pytest.param(255, struct.pack(">BHH", 6, 5004, 32_001), 3, id="above 32 A"),
        pytest.param(255, struct.pack(">BHH", 6, 5014, 2), 3, id="neither on nor off"),
        pytest.param(255, struct.pack(">BHH", 6, 5016, 3000), 3, id="failsafe below 6 A"),
        pytest.param(255, struct.pack(">BHH", 3, 1200, 2), 2, id="register of the P40"),
        pytest.param(1, struct.pack(">BHH", 3, 1000, 2), 11, id="another unit"),
    ],
)
async def test_refuses_what_it_does_not_have(client, charger, unit: int, pdu: bytes, code: int) -> None:
    assert await client.refusal(unit, pdu) == code
    assert charger.limit == 16


async def test_p40_pauses_at_0_and_bounds_its_failsafe_time(charger, clock, connect) -> None:
    client = await connect(Keba(charger, clock, serial=1, product=P40))
    await client.write_one(255, 5004, 0)
    assert charger.limit == 0
    assert await client.refusal(255, struct.pack(">BHH", 6, 5018, 601)) == 3
    assert await client.refusal(255, struct.pack(">BHH", 6, 5020, 1)) == 2
    assert await value(client, 1200) == 0


async def test_a_p40_that_can_switches_its_phases_by_modbus(charger, clock, connect) -> None:
    client = await connect(Keba(charger, clock, serial=1, product=SWITCHING_P40))
    assert await value(client, 1552) == 3
    assert await client.refusal(255, struct.pack(">BHH", 6, 5052, 0)) == 3, "nobody has said that Modbus may"
    await client.write_one(255, 5050, 3)
    assert await value(client, 1550) == 3
    await client.write_one(255, 5052, 0)
    assert (await value(client, 1552), charger.phases) == (1, 1)
    await client.write_one(255, 5052, 1)
    assert (await value(client, 1552), charger.phases) == (3, 3)


@pytest.mark.parametrize("product", [P30, P40])
async def test_others_have_no_phases_to_switch(charger, clock, connect, product: int) -> None:
    client = await connect(Keba(charger, clock, serial=1, product=product))
    assert await client.refusal(255, struct.pack(">BHH", 6, 5050, 3)) == 2
