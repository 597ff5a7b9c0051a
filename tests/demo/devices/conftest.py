"""A clock that the test moves, and devices on free ports."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from demo.devices.device import Device

from .modbus_client import ModbusClient


class Clock:
    """Monotonic seconds, as the test sets them."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def connect(socket_enabled: None) -> AsyncIterator[Callable[[Device], Awaitable[ModbusClient]]]:
    """Plugs a device in and connects to it; both are taken down after the test."""
    devices: list[Device] = []
    clients: list[ModbusClient] = []

    async def plug_in_and_connect(device: Device) -> ModbusClient:
        if device not in devices:
            await device.plug_in()
            devices.append(device)
        clients.append(await ModbusClient.connect(device.port))
        return clients[-1]

    yield plug_in_and_connect
    for client in clients:
        client.close()
    for device in devices:
        await device.unplug()
