"""What all virtual devices have."""

from collections.abc import Callable, Collection

from .faults import Fault
from .modbus_server import ModbusServer
from .registers import Function

type Clock = Callable[[], float]
"""Monotonic seconds."""


class Device:
    """Something with a network cable.

    Args:
        name: For people.
        server: The socket and the registers behind it.
    """

    def __init__(self, name: str, server: ModbusServer) -> None:
        self.name = name
        self._server = server

    @property
    def port(self) -> int:
        """Where it listens, known once it was plugged in."""
        return self._server.port

    @property
    def requests(self) -> int:
        """How many requests it has answered without an exception."""
        return self._server.requests

    async def plug_in(self) -> None:
        """Join the network, on the same port as before."""
        await self._server.plug_in()

    async def unplug(self) -> None:
        """Leave the network; the device itself goes on."""
        await self._server.unplug()

    def fail(self, fault: Fault, functions: Collection[int] = tuple(Function)) -> None:
        """Be out of order, with some function codes or all, until ``recover``; the device itself goes on."""
        self._server.fail(fault, functions)

    def recover(self) -> None:
        """Be in order again."""
        self._server.recover()
