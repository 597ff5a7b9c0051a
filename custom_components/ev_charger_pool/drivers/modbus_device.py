"""A Modbus device as chargers and meters see it: read by registers, recognised by its fingerprint."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self, override

from .interface import Identity, WrongDevice
from .modbus import Connection, Connections, ExceptionAnswer, Reopened, place
from .modbus_line import TCP, Line
from .profile_model import Check, DeviceProfile
from .registers import Block, Cell, Register, Value, Write, blocks


class Memory:
    """What was read of a device.

    Args:
        words: By unit, table and address.
        unit: The device's own, for registers that name none.
    """

    def __init__(self, words: Mapping[Cell, int], unit: int) -> None:
        self._words = words
        self._unit = unit

    def __or__(self, newer: Self) -> Self:
        """Both; what is newer holds."""
        return type(self)({**self._words, **newer._words}, self._unit)

    def without(self, registers: Iterable[Register]) -> Memory:
        """All but what was read of these registers."""
        gone = {cell for register in registers for cell in register.cells(self._unit)}
        return Memory({cell: word for cell, word in self._words.items() if cell not in gone}, self._unit)

    def values(self, register: Register | None) -> tuple[Value | None, ...]:
        """All values of a register; none without one."""
        return () if register is None else register.decode(self._words, self._unit)

    def numbers(self, register: Register | None) -> tuple[float | None, ...]:
        """All values of a register that are numbers."""
        return tuple(None if isinstance(value, str) else value for value in self.values(register))

    def number(self, register: Register | None) -> float | None:
        """The first value of a register if it is a number."""
        return next(iter(self.numbers(register)), None)

    def text(self, register: Register | None) -> str | None:
        """The first value of a register as a text."""
        value = next(iter(self.values(register)), None)
        return None if value is None else str(value)

    def lacking(self, registers: Iterable[Register | None]) -> list[Register]:
        """The registers there are whose words were not read."""
        return [
            register
            for register in registers
            if register is not None and not self._words.keys() >= set(register.cells(self._unit))
        ]

    def passes(self, check: Check) -> bool:
        """Whether a value is there and matches."""
        text = self.text(check.register)
        return text is not None and check.matches.search(text) is not None


@dataclass(frozen=True, slots=True)
class _Known:
    """Who answered, and over which connection.

    Args:
        register: Of the serial number, None where it has none.
        serial: What it said.
        opened: Number of the connection.
    """

    register: Register | None
    serial: str | None
    opened: int


class ModbusDevice:
    """A unit at a host and port; it holds its connection from the first request until it is closed.

    Once it was identified, a connection that had to be opened anew is used only when the same device answers there.

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
        profile: DeviceProfile,
        host: str,
        port: int,
        unit: int,
        line: Line = TCP,
    ) -> None:
        self._connections = connections
        self._profile = profile
        self._host = host
        self._port = port
        self._line = line
        self._unit = unit
        self._connection: Connection | None = None
        self._known: _Known | None = None

    async def fetch(self, registers: Iterable[Register], *, of_anybody: bool = False) -> Memory:
        """Read registers; an optional one that the device does not have is not in the memory.

        Args:
            registers: Which.
            of_anybody: Also of another device than the one that was identified, as to identify it.

        Raises:
            CannotConnect: Where nobody answers.
            BadAnswer: Where the answer makes no sense.
            WrongDevice: Where another device answers than before.
        """
        transport = self._profile.transport
        words: dict[Cell, int] = {}
        for block in blocks(registers, self._unit, transport.words_per_read):

            async def read(over: int | None, block: Block = block) -> tuple[int, ...]:
                return await self._connected().read(
                    block.unit,
                    block.table,
                    block.address,
                    block.count,
                    gap=transport.gap,
                    over=over,
                    line=self._line,
                )

            try:
                answer = await (read(None) if of_anybody else self._surely(read))
            except ExceptionAnswer as error:
                if block.optional and error.lasting:
                    continue
                raise
            words |= {(block.unit, block.table, block.address + offset): word for offset, word in enumerate(answer)}
        return Memory(words, self._unit)

    async def write(self, write: Write, amperes: float) -> None:
        """Write one number.

        Raises:
            CannotConnect: Where nobody answers.
            BadAnswer: Where the device refuses.
            WrongDevice: Where another device answers than before; nothing was written.
        """
        unit = self._unit if write.unit is None else write.unit
        gap = self._profile.transport.gap
        words = write.encode(amperes)

        async def send(over: int | None) -> None:
            await self._connected().write(unit, write.code, write.address, words, gap=gap, over=over, line=self._line)

        await self._surely(send)

    async def recognise(self) -> Memory:
        """Compare with the profile's fingerprint, up to the first difference; what was read comes back.

        Raises:
            WrongDevice: Where it is not what the profile says.
        """
        memory = Memory({}, self._unit)
        for check in self._profile.fingerprint:
            try:
                memory |= await self.fetch((check.register,), of_anybody=True)
            except ExceptionAnswer as error:
                if error.lasting:
                    raise WrongDevice(f"{self} is no {self._profile.title}: {error}") from error
                raise
            if not memory.passes(check):
                told = memory.text(check.register)
                raise WrongDevice(f"{self} is no {self._profile.title}: {told!r} at {check.register.address}")
        return memory

    def identity(self, profile: DeviceProfile, memory: Memory, connector: int = 1) -> Identity:
        """Who it is, by what was read.

        Raises:
            WrongDevice: Where it has no such socket.
        """
        told = memory.number(profile.identity.connectors)
        connectors = connector if told is None else int(told)
        if connector > connectors:
            raise WrongDevice(f"{self} has no socket {connector}, only {connectors}")
        serial = memory.text(profile.identity.serial)
        self._known = _Known(profile.identity.serial, serial, self._connected().opened)
        return Identity(
            manufacturer=profile.brand,
            model=memory.text(profile.identity.model) or profile.model,
            serial=serial,
            firmware=memory.text(profile.identity.firmware),
            connector=connector,
            connectors=connectors,
        )

    async def close(self) -> None:
        """Let go of the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._connections.release(connection)

    @override
    def __str__(self) -> str:
        return f"{place(self._host, self._port)} unit {self._unit}"

    async def _surely[AnswerT](self, ask: Callable[[int | None], Awaitable[AnswerT]]) -> AnswerT:
        """Ask over the connection on which the device was identified, or another one if the same device answers."""
        known = self._known
        if known is None:
            return await ask(None)
        try:
            return await ask(known.opened)
        except Reopened:
            memory = await self.recognise()
            memory |= await self.fetch(memory.lacking((known.register,)), of_anybody=True)
            serial = memory.text(known.register)
            if serial != known.serial:
                raise WrongDevice(f"{self}: serial number {serial} instead of {known.serial}") from None
            self._known = replace(known, opened=self._connected().opened)
            return await ask(None)

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._connections.acquire(self._host, self._port)
        return self._connection
