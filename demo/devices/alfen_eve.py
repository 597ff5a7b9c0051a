"""Alfen Eve with one socket, as its Modbus manual (v2.3) describes it."""

import math

from custom_components.ev_charger_pool.simulation.car import VOLTAGE
from custom_components.ev_charger_pool.simulation.charger import Charger

from .device import Clock, Device
from .modbus_server import ModbusServer
from .registers import Function, Refusal, Refused, Registers
from .words import Words, as_f32, f32, f64, text, u16, u32

SOCKET, STATION = 1, 200
CONNECTIONS = 2
IDLE_CLOSE = 60.0
VALIDITY = 60.0
"""Seconds that a setpoint stays valid."""
SAFE_CURRENT = 6.0
NOT_AVAILABLE = math.nan


def alfen_charger(maximum: float) -> Charger:
    """The charger behind it: a setpoint stays valid for a minute, then the safe current holds, as after a reboot."""
    return Charger(maximum=maximum, reboot_default=SAFE_CURRENT, timeout=VALIDITY, fall_back=SAFE_CURRENT, latency=1.0)


class AlfenEve(Device):
    """Socket 1 at unit 1, the station at unit 200."""

    def __init__(self, charger: Charger, clock: Clock, *, serial: str, port: int = 0) -> None:
        self._charger = charger
        self._clock = clock
        units = {SOCKET: self._socket(), STATION: self._station(serial)}
        server = ModbusServer(units, port=port, most_connections=CONNECTIONS, idle_close=IDLE_CLOSE)
        super().__init__("Alfen Eve", server)

    def _station(self, serial: str) -> Registers:
        station = Registers(reads=Function.READ_HOLDING)
        station.give(100, lambda: text("ALF_1000", 17))
        station.give(117, lambda: text("Alfen NV", 5))
        station.give(122, lambda: u16(1))
        station.give(123, lambda: text("6.6.0-4255", 17))
        station.give(140, lambda: text("NG910", 17))
        station.give(157, lambda: text(serial, 11))
        station.give(1100, lambda: f32(self._charger.maximum))
        station.give(1102, lambda: f32(24.5))
        station.give(1104, lambda: u16(0))
        station.give(1105, lambda: u16(1))
        return station

    def _socket(self) -> Registers:
        charger = self._charger
        socket = Registers(reads=Function.READ_HOLDING, writes=(Function.WRITE_ONE, Function.WRITE_SEVERAL))
        socket.give(300, lambda: u16(3))
        socket.give(305, lambda: u16(0))
        socket.give(306, lambda: f32(VOLTAGE) * 3)
        socket.give(318, lambda: f32(NOT_AVAILABLE))
        socket.give(320, lambda: tuple(word for amperes in charger.currents for word in f32(amperes)))
        socket.give(344, lambda: f32(charger.power))
        socket.give(374, lambda: f64(charger.delivered))
        socket.give(1200, lambda: u16(1))
        socket.give(1201, lambda: text(self._mode_3(), 5))
        socket.give(1206, lambda: f32(charger.limit))
        socket.give(1208, lambda: u32(math.ceil(charger.remaining(self._clock()))))
        socket.give(1210, lambda: f32(charger.setpoint))
        socket.give(1212, lambda: f32(charger.fall_back))
        socket.give(1214, lambda: u16(1))
        socket.give(1215, lambda: u16(3))
        socket.take(1210, self._set_current, words=2)
        socket.take(1215, self._set_phases)
        return socket

    def _mode_3(self) -> str:
        state = self._charger.state
        return state if state == "A" else f"{state}{2 if self._charger.offered else 1}"

    def _set_current(self, words: Words) -> None:
        amperes = as_f32(words)
        if not 0 <= amperes < math.inf:
            raise Refused(Refusal.ILLEGAL_VALUE)
        self._charger.set_limit(self._clock(), amperes)

    @staticmethod
    def _set_phases(words: Words) -> None:
        """The option to charge on one phase is off."""
        if words != (3,):
            raise Refused(Refusal.ILLEGAL_VALUE)
