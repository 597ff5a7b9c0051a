"""ABB Terra AC, as its Modbus description (v1.11) has it."""

from custom_components.ev_charger_pool.simulation.car import VOLTAGE
from custom_components.ev_charger_pool.simulation.charger import Charger

from .device import Clock, Device
from .modbus_server import ModbusServer
from .registers import Function, Refusal, Refused, Registers
from .words import Words, as_u32, u16, u32

UNIT = 1
HARDWARE_MAXIMUM = 32.0
COMMUNICATION_TIMEOUT = 60.0
SHORTEST_TIMEOUT = 10
NO_FALL_BACK = 0xFF
MODBUS_LOST = 1 << 14
CURRENT_BELOW_COMMAND = 1 << 15
NOTICEABLY = 0.5
"""A car this far below the limit counts as below the command, A."""
CABLE, CABLE_LOCKED_IN_CAR = 0x001, 0x111


def abb_charger(maximum: float) -> Charger:
    """The charger behind it: forgets its limit at a reboot, stops after a minute of silence."""
    return Charger(
        maximum=maximum,
        reboot_default=HARDWARE_MAXIMUM,
        timeout=COMMUNICATION_TIMEOUT,
        fall_back=0.0,
        latency=2.0,
    )


class AbbTerraAc(Device):
    """Any answered request feeds its watchdog."""

    def __init__(self, charger: Charger, clock: Clock, *, serial: Words, port: int = 0) -> None:
        self._charger = charger
        self._clock = clock
        self._fall_back = NO_FALL_BACK
        super().__init__("ABB Terra AC", ModbusServer({UNIT: self._registers(serial)}, port=port))

    def _registers(self, serial: Words) -> Registers:
        charger = self._charger
        registers = Registers(
            reads=Function.READ_HOLDING,
            writes=(Function.WRITE_ONE, Function.WRITE_SEVERAL),
            heard=lambda: charger.feed(self._clock()),
        )
        registers.give(0x4000, lambda: serial)
        registers.give(0x4004, lambda: u32(0x0108_0B00))
        registers.give(0x4006, lambda: u32(charger.maximum * 1000))
        registers.give(0x4008, lambda: u32(MODBUS_LOST if charger.expired else 0))
        registers.give(0x400A, lambda: u32(CABLE_LOCKED_IN_CAR if charger.car else CABLE))
        registers.give(0x400C, lambda: u32(self._state()))
        registers.give(0x400E, lambda: u32(charger.limit * 1000))
        registers.give(0x4010, lambda: tuple(word for amperes in charger.currents for word in u32(amperes * 1000)))
        registers.give(0x4016, lambda: u32(VOLTAGE * 10) * 3)
        registers.give(0x401C, lambda: u32(charger.power))
        registers.give(0x401E, lambda: u32(charger.session))
        registers.give(0x4020, lambda: u16(charger.timeout or 0))
        registers.give(0x4022, lambda: u32(charger.setpoint * 1000))
        registers.give(0x4024, lambda: u16(self._fall_back))
        registers.take(0x4100, self._set_current, words=2)
        registers.take(0x4105, self._start_or_stop)
        registers.take(0x4106, self._set_timeout)
        registers.take(0x4109, self._set_fall_back)
        return registers

    def _state(self) -> int:
        charger = self._charger
        below = CURRENT_BELOW_COMMAND if 0 < charger.current < charger.limit - NOTICEABLY else 0
        step = {"A": 0, "B": 2 if charger.offered else 1, "C": 4 if charger.offered else 3}[charger.state]
        return step << 8 | below

    def _set_current(self, words: Words) -> None:
        amperes = as_u32(words) / 1000
        if amperes > HARDWARE_MAXIMUM:
            raise Refused(Refusal.ILLEGAL_VALUE)
        self._charger.set_limit(self._clock(), amperes)

    def _start_or_stop(self, words: Words) -> None:
        if words[0] > 1:
            raise Refused(Refusal.ILLEGAL_VALUE)
        self._charger.enabled = words == (0,)

    def _set_timeout(self, words: Words) -> None:
        if words[0] < SHORTEST_TIMEOUT:
            raise Refused(Refusal.ILLEGAL_VALUE)
        self._charger.timeout = float(words[0])

    def _set_fall_back(self, words: Words) -> None:
        self._fall_back = words[0]
        self._charger.fall_back = 0.0 if words == (NO_FALL_BACK,) else float(words[0])
