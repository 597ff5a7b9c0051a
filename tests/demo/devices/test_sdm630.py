import math
import struct

import pytest

from custom_components.ev_charger_pool.simulation.house import Appliance, House
from demo.devices.sdm630 import Sdm630


@pytest.fixture
def house() -> House:
    return House((10, -5, 0.25), (Appliance("kettle", (9, 0, 0)),), {})


@pytest.fixture
def meter(house: House) -> Sdm630:
    return Sdm630(house)


@pytest.fixture
async def client(meter, connect):
    return await connect(meter)


async def floats(client, address: int, count: int) -> tuple[float, ...]:
    return struct.unpack(f">{count}f", await client.read(1, address, 2 * count, function=4))


async def test_currents_have_no_sign_and_powers_have_one(client) -> None:
    block = await floats(client, 0x0000, 9)
    assert block == (230, 230, 230, 10, 5, 0.25, 2300, -1150, 57.5)
    assert await floats(client, 0x0034, 1) == (1207.5,)


async def test_counts_energy_both_ways_in_kwh(client, house) -> None:
    house.tick(0)
    house.tick(3600)
    assert await floats(client, 0x0048, 2) == (pytest.approx(1.2075), 0)


async def test_measures_once_a_second(client, house, meter) -> None:
    meter.tick(100.0)
    house.appliances["kettle"].on = True
    meter.tick(100.9)
    assert (await floats(client, 0x0006, 1)) == (10,)
    meter.tick(101.0)
    assert (await floats(client, 0x0006, 1)) == (19,)


async def test_a_lost_transformer_leaves_its_line_without_a_number(client, meter) -> None:
    meter.lost = frozenset({1})
    assert await floats(client, 0x0006, 3) == pytest.approx((10, math.nan, 0.25), nan_ok=True)


@pytest.mark.parametrize(
    ("unit", "pdu", "code"),
    [
        (1, struct.pack(">BHH", 3, 0x0006, 6), 1),
        (1, struct.pack(">BHH", 6, 0x0006, 0), 1),
        (1, struct.pack(">BHH", 4, 0x0012, 2), 2),
        (2, struct.pack(">BHH", 4, 0x0006, 6), 11),
    ],
)
async def test_refuses_what_it_does_not_have(client, unit: int, pdu: bytes, code: int) -> None:
    assert await client.refusal(unit, pdu) == code
