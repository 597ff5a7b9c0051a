"""A meter over Modbus, as its profile describes it."""

from .interface import Identity, MeterValues
from .lines import directed, per_line
from .modbus import Connections
from .modbus_device import ModbusDevice
from .modbus_line import TCP, Line
from .profile_model import MeterProfile


class ModbusMeter:
    """A meter. Fulfils ``MeterDriver``.

    Args:
        connections: Shared by all devices.
        profile: What it is.
        host: Name or address; the path of a serial port.
        port: TCP port, 0 for a serial port.
        unit: Modbus unit.
        line: How it is talked to.
    """

    def __init__(
        self,
        connections: Connections,
        profile: MeterProfile,
        host: str,
        port: int,
        unit: int,
        line: Line = TCP,
    ) -> None:
        self.line = line
        self._device = ModbusDevice(connections, profile, host, port, unit, line)
        self._profile = profile
        self._registers = [register for register in (profile.amperes, profile.watts) if register is not None]

    @property
    def poll_interval(self) -> float:
        """Seconds between two reads."""
        return self._profile.poll_interval

    async def identify(self) -> Identity:
        """Ask who it is.

        Raises:
            CannotConnect: Where nobody answers.
            BadAnswer: Where the answer makes no sense.
            WrongDevice: Where it is not what its profile says.
        """
        await self._device.recognise()
        memory = await self._device.fetch(self._profile.identity, of_anybody=True)
        return self._device.identity(self._profile, memory)

    async def read(self) -> MeterValues:
        """Read the currents; where they carry no direction, the active power of the same line tells it (R13).

        Raises:
            CannotConnect: Where nobody answers.
            BadAnswer: Where the answer makes no sense.
        """
        memory = await self._device.fetch(self._registers)
        amperes = per_line(memory.numbers(self._profile.amperes))
        watts = per_line(memory.numbers(self._profile.watts))
        if not self._profile.signed:
            pairs = zip(amperes, watts, strict=True)
            amperes = per_line([None if current is None else directed(current, power) for current, power in pairs])
        return MeterValues(amperes=amperes, watts=watts, resolution=self._profile.resolution)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._device.close()
