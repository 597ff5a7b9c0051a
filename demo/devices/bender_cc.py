"""A charger with a Bender controller (Mennekes Professional, Webasto Live and others), firmware from 5.22 on."""

from custom_components.ev_charger_pool.simulation.car import VOLTAGE
from custom_components.ev_charger_pool.simulation.charger import Charger

from .device import Clock, Device
from .modbus_server import ModbusServer
from .registers import Function, Refusal, Refused, Registers
from .words import Words, text, u16, u32

UNITS = range(1, 256)
MOST = 32
COMMUNICATION_TIMEOUT = 60.0
SAFE_CURRENT = 6.0
NOT_AVAILABLE = 0xFFFF_FFFF
AVAILABLE, CHARGING, SUSPENDED_BY_STATION, SUSPENDED_BY_CAR = 0, 6, 7, 8
RELAY_OFF, RELAY_THREE_PHASES, RELAY_ONE_PHASE = 0, 1, 5


def bender_charger(maximum: float) -> Charger:
    """The charger behind it: a safe current after a minute of silence, its full current after a reboot."""
    return Charger(
        maximum=maximum,
        reboot_default=maximum,
        timeout=COMMUNICATION_TIMEOUT,
        fall_back=SAFE_CURRENT,
        latency=1.0,
    )


class BenderCc(Device):
    """Whole amperes, every unit id; any answered request feeds its watchdog."""

    def __init__(self, charger: Charger, clock: Clock, *, model: str, port: int = 0) -> None:
        self._charger = charger
        self._clock = clock
        registers = self._registers(model)
        super().__init__(model, ModbusServer(dict.fromkeys(UNITS, registers), port=port))

    def _registers(self, model: str) -> Registers:
        charger = self._charger
        registers = Registers(
            reads=Function.READ_HOLDING,
            writes=(Function.WRITE_SEVERAL,),
            heard=lambda: charger.feed(self._clock()),
        )
        registers.give(100, lambda: text("5.22", 2))
        registers.give(104, lambda: u16(self._ocpp_status()))
        registers.give(105, lambda: u32(0) * 4)
        registers.give(120, lambda: u16(6))
        registers.give(122, lambda: u16("ABC".index(charger.state) + 1))
        registers.give(124, lambda: u16(1))
        registers.give(131, lambda: u16(charger.fall_back))
        registers.give(132, lambda: u16(charger.timeout or 0))
        registers.give(134, lambda: u16(charger.maximum))
        registers.give(140, lambda: u16(self._relay()))
        registers.give(142, lambda: text(model, 10))
        registers.give(200, lambda: u32(NOT_AVAILABLE) * 3)
        registers.give(206, lambda: tuple(word for amperes in charger.currents for word in u32(amperes * VOLTAGE)))
        registers.give(212, lambda: tuple(word for amperes in charger.currents for word in u32(amperes * 1000)))
        registers.give(218, lambda: u32(charger.delivered))
        registers.give(220, lambda: u32(charger.power))
        registers.give(222, lambda: u32(VOLTAGE) * 3)
        registers.give(706, lambda: u16(charger.offered))
        registers.give(712, lambda: u16(6))
        registers.give(715, lambda: u16(charger.maximum))
        registers.give(716, lambda: u32(charger.session))
        registers.give(718, lambda: u32(NOT_AVAILABLE))
        registers.give(720, lambda: text("", 10))
        registers.give(1000, lambda: u16(charger.setpoint))
        registers.take(131, self._set_safe_current)
        registers.take(132, self._set_timeout)
        registers.take(1000, self._set_current)
        return registers

    def _ocpp_status(self) -> int:
        match self._charger.state:
            case "A":
                return AVAILABLE
            case "C" if self._charger.offered:
                return CHARGING
            case _:
                return SUSPENDED_BY_CAR if self._charger.offered else SUSPENDED_BY_STATION

    def _relay(self) -> int:
        car = self._charger.car
        if car is None or car.current == 0:
            return RELAY_OFF
        return RELAY_ONE_PHASE if car.phases == 1 else RELAY_THREE_PHASES

    def _set_current(self, words: Words) -> None:
        self._charger.set_limit(self._clock(), _amperes(words))

    def _set_safe_current(self, words: Words) -> None:
        self._charger.fall_back = _amperes(words)

    def _set_timeout(self, words: Words) -> None:
        self._charger.timeout = float(words[0]) or None


def _amperes(words: Words) -> float:
    if words[0] > MOST:
        raise Refused(Refusal.ILLEGAL_VALUE)
    return float(words[0])
