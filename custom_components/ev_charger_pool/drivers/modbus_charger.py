"""A charger over Modbus, as its profile describes it."""

import asyncio
from dataclasses import replace

from ..pool.model import LINES, Capability, ChargerValues, Expiry, Feed, VehicleState
from .interface import DriverError, FallBack, Identity
from .limits import check_limit
from .lines import per_line
from .modbus import Connections
from .modbus_device import Memory, ModbusDevice
from .modbus_line import TCP, Line
from .profile_model import ChargerProfile, ChargerRegisters, of_connector
from .registers import Register, Write

_RESEND_SHARE = 0.5
"""Of the watchdog's time-out: one lost write does no harm."""


class ModbusCharger:
    """One socket of a charger. Fulfils ``ChargerDriver``.

    Args:
        connections: Shared by all devices.
        profile: What it is.
        host: Name or address; the path of a serial port.
        port: TCP port of this socket, 0 for a serial port.
        unit: Modbus unit of this socket.
        connector: Number of the socket, counted from 1.
        maximum: Highest current that the installation allows, A; at least the charger's minimum.
        line: How it is talked to.
    """

    def __init__(
        self,
        connections: Connections,
        profile: ChargerProfile,
        host: str,
        port: int,
        unit: int,
        connector: int = 1,
        maximum: float | None = None,
        line: Line = TCP,
    ) -> None:
        self.line = line
        profile = of_connector(profile, connector)
        self._device = ModbusDevice(connections, profile, host, port, unit, line)
        self._family = profile
        self._profile = profile
        self._connector = connector
        self._maximum = maximum
        self._capability = self._unwatched = _capped(profile.capability, maximum)
        self._charging_allowed: bool | None = None
        """Whether it is not paused; None until a reading or a write of ours tells."""
        self._turn = 0
        self._seldom: Memory | None = None

    @property
    def capability(self) -> Capability:
        """What the charger can do; final after identify()."""
        return self._capability

    async def identify(self) -> Identity:
        """Ask who it is, which model of its family, and what its watchdog is set to.

        Raises:
            CannotConnect: Where nobody answers.
            BadAnswer: Where the answer makes no sense.
            WrongDevice: Where it is not what its profile says.
        """
        self._charging_allowed = None
        memory = await self._device.recognise()
        whens = [check.register for variant in self._family.variants for check in variant.when]
        memory |= await self._device.fetch(memory.lacking(whens), of_anybody=True)
        profile = self._profile = _variant(self._family, memory)
        watchdog = profile.watchdog
        told = (*profile.identity, watchdog.read_timeout, watchdog.read_fall_back, profile.limit.hardware)
        memory |= await self._device.fetch(memory.lacking(told), of_anybody=True)
        identity = self._device.identity(profile, memory, self._connector)
        hardware = memory.number(profile.limit.hardware)
        self._unwatched = _capped(_capped(profile.capability, hardware), self._maximum)
        self._capability = _watched(self._unwatched, profile, memory)
        return identity

    async def read(self) -> ChargerValues:
        """Read state, currents and limit; what the device answers seldom is read in turns.

        Raises:
            CannotConnect: Where nobody answers.
            BadAnswer: Where the answer makes no sense.
        """
        registers = list(self._profile.registers)
        seldom = [register for register in registers if register.seldom]
        turn = [seldom[self._turn % len(seldom)]] if seldom else []
        self._turn += 1
        asked = [*(register for register in registers if not register.seldom), *turn]
        try:
            fresh = await self._device.fetch(asked)
        except DriverError:
            self._seldom = None
            raise
        memory = fresh if self._seldom is None else self._seldom.without(asked) | fresh
        self._seldom = memory if seldom else None
        values = _values(self._profile.registers, memory)
        if values.state is VehicleState.C and self._charging_allowed is None:
            self._charging_allowed = True
        return values

    async def write_limit(self, amperes: float) -> None:
        """Set the limit, rounded down to what the register holds; 0 pauses without ending the session.

        Between two writes of one command it waits as long as the device asks for; the time between two commands is
        the caller's (``capability.write_interval``).

        Raises:
            ValueError: For a limit that the charger cannot have.
            CannotConnect: Where nobody answers.
            BadAnswer: Where the device refuses.
        """
        check_limit(self._capability, amperes)
        limit = self._profile.limit
        if amperes == 0:
            self._charging_allowed = False
            await self._send(limit.pause, amperes)
        else:
            await self._send(limit.set if self._charging_allowed else limit.set + limit.resume, amperes)
            self._charging_allowed = True

    async def write_phases(self, phases: int) -> None:
        """Switch to one phase or three; only while nothing flows.

        Raises:
            ValueError: For phases that it cannot be switched to.
            CannotConnect: Where nobody answers.
            BadAnswer: Where the device refuses.
        """
        writes = self._profile.phase_switch.get(phases)
        if writes is None:
            raise ValueError(f"{self._profile.model} cannot be switched to {phases} phases")
        await self._send(writes, phases)

    async def arm_fall_back(self, fall_back: FallBack) -> None:
        """Set what it falls back to, and then after which silence: never a time-out before its current.

        What stands already is not written again. A current that cannot be read counts as it was confirmed.

        Raises:
            ValueError: For a current or a time-out that the charger cannot have.
            CannotConnect: Where nobody answers.
            BadAnswer: Where the device refuses.
        """
        fall_back.check(self._capability)
        watchdog, told = self._profile.watchdog, self._capability
        wanted = (
            (watchdog.set_fall_back, fall_back.amperes, told.fall_back),
            (watchdog.set_timeout, fall_back.timeout, told.timeout),
        )
        writes = [(write, value) for write, value, stands in wanted if write and value is not None and value != stands]
        for index, (write, value) in enumerate(writes):
            if index:
                await asyncio.sleep(told.write_interval)
            await self._device.write(write, value)
        readable = [register for register in (watchdog.read_timeout, watchdog.read_fall_back) if register is not None]
        self._capability = _watched(self._unwatched, self._profile, await self._device.fetch(readable))
        if watchdog.read_fall_back is None:
            self._capability = replace(self._capability, fall_back=fall_back.amperes)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._device.close()

    async def _send(self, writes: tuple[Write, ...], value: float) -> None:
        for index, write in enumerate(writes):
            if index:
                await asyncio.sleep(self._capability.write_interval)
            await self._device.write(write, value)


def _variant(family: ChargerProfile, memory: Memory) -> ChargerProfile:
    for variant in family.variants:
        if all(memory.passes(check) for check in variant.when):
            return variant.profile
    return family


def _capped(capability: Capability, maximum: float | None) -> Capability:
    return capability if maximum is None else replace(capability, maximum=min(capability.maximum, maximum))


def _watched(capability: Capability, profile: ChargerProfile, memory: Memory) -> Capability:
    if memory.lacking((profile.watchdog.read_timeout, profile.watchdog.read_fall_back)):
        capability = replace(capability, fall_back_settable=False, timeout_range=None)
    timeout = memory.number(profile.watchdog.read_timeout)
    if timeout == 0:
        return replace(capability, feed=Feed.NOTHING, expiry=Expiry.KEEPS_LIMIT)
    if timeout is None:
        timeout = profile.watchdog.timeout
    capability = replace(capability, timeout=timeout)
    if timeout is not None and (capability.resend is not None or capability.feed is Feed.WRITE):
        resend = timeout if capability.resend is None else capability.resend
        capability = replace(capability, resend=min(resend, timeout * _RESEND_SHARE))
    fall_back = memory.number(profile.watchdog.read_fall_back)
    # A charger that keeps its limit as it comes out of its box has to tell a time-out before it counts as armed.
    if fall_back is None or (timeout is None and capability.expiry is Expiry.KEEPS_LIMIT):
        return capability
    return replace(capability, expiry=Expiry.FALL_BACK, fall_back=fall_back)


def _values(registers: ChargerRegisters, memory: Memory) -> ChargerValues:
    return ChargerValues(
        amperes=per_line(memory.numbers(registers.amperes)),
        state=_state(registers, memory),
        limit=memory.number(registers.limit),
        locked=_truth(memory.number(registers.locked)),
        watts=memory.number(registers.watts),
        session_wh=memory.number(registers.session_wh),
        total_wh=memory.number(registers.total_wh),
        fault=_fault(registers.fault, memory),
        phases=next((count for count in (1, LINES) if count == memory.number(registers.phases)), None),
    )


def _state(registers: ChargerRegisters, memory: Memory) -> VehicleState | None:
    state = registers.states.get(memory.text(registers.state) or "")
    plugged = _truth(memory.number(registers.plugged))
    if plugged is None or state not in (VehicleState.A, VehicleState.B):
        return state
    return VehicleState.B if plugged else VehicleState.A


def _truth(value: float | None) -> bool | None:
    return None if value is None else value != 0


def _fault(register: Register | None, memory: Memory) -> str | None:
    codes = [code for code in memory.values(register) if code]
    return ", ".join(code if isinstance(code, str) else f"0x{int(code):X}" for code in codes) or None
