"""Eastron SDM630 at the main fuse, the variant with a network socket."""

from collections.abc import Callable
import math

from custom_components.ev_charger_pool.simulation.car import VOLTAGE
from custom_components.ev_charger_pool.simulation.house import House

from .device import Device
from .modbus_server import ModbusServer
from .registers import Function, Registers
from .words import Words, f32

UNIT = 1


class Sdm630(Device):
    """Measures what flows through the main fuse, once per interval. Currents are magnitudes, powers have a sign.

    Args:
        house: What it measures.
        interval: Seconds between two measurements.
    """

    def __init__(self, house: House, *, interval: float = 1.0, port: int = 0) -> None:
        self.lost: frozenset[int] = frozenset()
        """Lines (0, 1, 2) whose current transformer has come off: their registers hold no number."""
        self._house = house
        self._interval = interval
        self._due: float | None = None
        self._currents = house.currents
        registers = Registers(reads=Function.READ_INPUT)
        registers.give(0x0000, lambda: f32(VOLTAGE) * 3)
        registers.give(0x0006, self._per_line(abs))
        registers.give(0x000C, self._per_line(lambda amperes: amperes * VOLTAGE))
        registers.give(0x0034, lambda: f32(sum(self._currents) * VOLTAGE))
        registers.give(0x0048, lambda: f32(house.imported / 1000))
        registers.give(0x004A, lambda: f32(house.exported / 1000))
        super().__init__("Eastron SDM630", ModbusServer({UNIT: registers}, port=port))

    def tick(self, now: float) -> None:
        """Measure when it is time."""
        if self._due is None or now >= self._due:
            self._due = max((now if self._due is None else self._due) + self._interval, now)
            self._currents = self._house.currents

    def _per_line(self, shown: Callable[[float], float]) -> Callable[[], Words]:
        return lambda: tuple(
            word
            for line, amperes in enumerate(self._currents)
            for word in f32(math.nan if line in self.lost else shown(amperes))
        )
