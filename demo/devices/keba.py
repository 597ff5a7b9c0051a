"""KEBA KeContact P30 and P40 over Modbus TCP, as the programmer's guides have it."""

from custom_components.ev_charger_pool.simulation.car import MOST_PHASES, VOLTAGE
from custom_components.ev_charger_pool.simulation.charger import Charger

from .device import Clock, Device
from .modbus_server import ModbusServer
from .registers import Function, Refusal, Refused, Registers
from .words import Words, u32

UNIT = 255
LONGEST_READ = 2
LEAST, MOST = 6_000, 32_000
"""Limits it takes, mA."""
P40_PRODUCTS = 4_000_000
"""Product codes of a P40 have seven digits and begin with 4."""
P40_TIMEOUTS = range(5, 601)
P30_FIRMWARE, P40_FIRMWARE = 0x030A_2A00, 10_300
SWITCHES_PHASES = "3"
"""The fourth digit of the product code of a P40 that can."""
BY_MODBUS = 3
CABLE_IN_STATION, LOCKED_IN_CAR = 1, 7
NOT_READY, READY, CHARGING, SUSPENDED = 1, 2, 3, 5


def keba_charger(maximum: float) -> Charger:
    """The charger behind it: keeps its limit until the next write, its watchdog is off."""
    return Charger(maximum=maximum, reboot_default=maximum, latency=1.0)


class Keba(Device):
    """One value per read, writes of one word only; any answered request feeds its watchdog.

    Args:
        product: Six digits beginning with 3 for a P30, seven beginning with 4 for a P40.
    """

    def __init__(self, charger: Charger, clock: Clock, *, serial: int, product: int, port: int = 0) -> None:
        self._charger = charger
        self._clock = clock
        self._is_p40 = product >= P40_PRODUCTS
        self._phases_from = 0
        """Who may switch the phases; 0 is nobody."""
        server = ModbusServer({UNIT: self._registers(serial, product)}, port=port)
        super().__init__(f"KEBA {'P40' if self._is_p40 else 'P30'}", server)

    def _registers(self, serial: int, product: int) -> Registers:
        charger = self._charger
        registers = Registers(
            reads=Function.READ_HOLDING,
            writes=(Function.WRITE_ONE,),
            longest_read=LONGEST_READ,
            heard=lambda: charger.feed(self._clock()),
        )
        registers.give(1000, lambda: u32(self._state()))
        registers.give(1004, lambda: u32(LOCKED_IN_CAR if charger.car else CABLE_IN_STATION))
        registers.give(1006, lambda: u32(0))
        registers.give(1008, lambda: u32(charger.currents[0] * 1000))
        registers.give(1010, lambda: u32(charger.currents[1] * 1000))
        registers.give(1012, lambda: u32(charger.currents[2] * 1000))
        registers.give(1014, lambda: u32(serial))
        registers.give(1016, lambda: u32(product))
        registers.give(1018, lambda: u32(P40_FIRMWARE if self._is_p40 else P30_FIRMWARE))
        registers.give(1020, lambda: u32(charger.power * 1000))
        registers.give(1036, lambda: u32(charger.delivered * 10))
        for address in (1040, 1042, 1044):
            registers.give(address, lambda: u32(VOLTAGE))
        registers.give(1046, lambda: u32(1000))
        registers.give(1100, lambda: u32(charger.limit * 1000))
        registers.give(1110, lambda: u32(charger.maximum * 1000))
        registers.give(1500, lambda: u32(0))
        registers.give(1502, lambda: u32(charger.session * 10))
        registers.give(1550, lambda: u32(self._phases_from))
        registers.give(1552, lambda: u32(charger.phases if self._is_p40 else 1))
        registers.give(1600, lambda: u32(charger.fall_back * 1000))
        registers.give(1602, lambda: u32(charger.timeout or 0))
        registers.take(5004, self._set_current)
        registers.take(5014, self._enable)
        registers.take(5016, self._set_failsafe_current)
        registers.take(5018, self._set_failsafe_timeout)
        if self._is_p40:
            registers.give(1200, lambda: u32(0))
            if str(product)[3] == SWITCHES_PHASES:
                registers.take(5050, self._set_phase_source)
                registers.take(5052, self._trigger_phases)
        else:
            registers.take(5020, lambda _: None)
        return registers

    def _state(self) -> int:
        match self._charger.state:
            case "A":
                return NOT_READY
            case "C" if self._charger.offered:
                return CHARGING
            case _:
                return READY if self._charger.offered else SUSPENDED

    def _set_current(self, words: Words) -> None:
        if not (LEAST <= words[0] <= MOST or (self._is_p40 and words == (0,))):
            raise Refused(Refusal.ILLEGAL_VALUE)
        self._charger.set_limit(self._clock(), words[0] / 1000)

    def _enable(self, words: Words) -> None:
        if words[0] > 1:
            raise Refused(Refusal.ILLEGAL_VALUE)
        self._charger.enabled = words == (1,)

    def _set_phase_source(self, words: Words) -> None:
        if words[0] > BY_MODBUS + 1:
            raise Refused(Refusal.ILLEGAL_VALUE)
        (self._phases_from,) = words

    def _trigger_phases(self, words: Words) -> None:
        if self._phases_from != BY_MODBUS or words[0] > 1:
            raise Refused(Refusal.ILLEGAL_VALUE)
        self._charger.set_phases(self._clock(), MOST_PHASES if words[0] else 1)

    def _set_failsafe_current(self, words: Words) -> None:
        if not (LEAST <= words[0] <= MOST or words == (0,)):
            raise Refused(Refusal.ILLEGAL_VALUE)
        self._charger.fall_back = words[0] / 1000

    def _set_failsafe_timeout(self, words: Words) -> None:
        if self._is_p40 and words[0] and words[0] not in P40_TIMEOUTS:
            raise Refused(Refusal.ILLEGAL_VALUE)
        self._charger.timeout = float(words[0]) or None
