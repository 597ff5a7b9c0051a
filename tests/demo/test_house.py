import asyncio
from collections.abc import AsyncIterator

import pytest

from demo.house import ABB, ALFEN, CHARGERS, FUSE, HOB, KEBA, KETTLE, METER, DemoHouse

from .devices.modbus_client import ModbusClient


@pytest.fixture
async def house(socket_enabled: None) -> AsyncIterator[DemoHouse]:
    house = DemoHouse()
    await house.plug_in()
    yield house
    await house.unplug()


async def test_every_device_listens_on_a_port_of_its_own_and_keeps_it(house: DemoHouse) -> None:
    ports = house.ports
    assert set(ports) == {METER, ALFEN, ABB, KEBA}
    assert len(set(ports.values())) == 4
    await house.unplug()
    again = DemoHouse(ports)
    await again.plug_in()
    assert again.ports == ports
    await again.unplug()


async def test_records_what_is_true(house: DemoHouse) -> None:
    client = await ModbusClient.connect(house.ports[KEBA])
    await client.read(255, 1000, 2)
    client.close()
    house.tick(0)
    house.switch(KETTLE, on=True)
    house.switch(HOB, on=True)
    house.tick(1)
    first, last = house.moments
    assert (first.at, first.mains) == (0, (1.5, 2, 1))
    assert (last.at, last.mains) == (1, (1.5 + 9.6, 2 + 9.1, 1))
    assert last.limits == {ALFEN: 6, ABB: 16, KEBA: 16}
    assert last.drawn == dict.fromkeys(CHARGERS, 0)
    assert last.requests == {ALFEN: 0, ABB: 0, KEBA: 1}


async def test_time_passes_by_itself(house: DemoHouse) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await house.live()
    assert len(house.moments) > 1


def test_without_anybody_in_control_the_fuse_holds_until_somebody_cooks() -> None:
    house = DemoHouse()
    for second in range(60):
        house.tick(second)
    assert 20 < max(house.house.currents) < FUSE
    house.switch(KETTLE, on=True)
    assert max(house.house.currents) > 1.3 * FUSE
