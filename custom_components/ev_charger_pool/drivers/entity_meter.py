"""Meters made of sensors that Home Assistant already has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, zip_longest
import math

from homeassistant.const import UnitOfElectricCurrent, UnitOfElectricPotential, UnitOfPower
from homeassistant.core import CALLBACK_TYPE, HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    ElectricCurrentConverter,
    ElectricPotentialConverter,
    PowerConverter,
)

from .entities import POLL_INTERVAL, Entities, Measured, measure
from .interface import Identity, MeterValues
from .lines import directed, per_line

PHASE_LAG = 30.0
"""Seconds after which a phase that is silent while the others report counts as missing."""

LEAST_VOLTAGE = 50.0
"""V below which a voltage is no mains voltage and gives no current."""


@dataclass(frozen=True, slots=True)
class _Sensors:
    """The registry ids of one line, None for what nobody measures."""

    current: str | None
    power: str | None
    export: str | None
    voltage: str | None


@dataclass(frozen=True, slots=True)
class _Line:
    """What is known of one line; ``reported`` is the oldest one where several sensors make the value."""

    amperes: float
    watts: float | None
    resolution: float
    reported: datetime

    def seconds_before(self, moment: datetime) -> float:
        """How long before a moment it was reported, never negative."""
        return max((moment - self.reported).total_seconds(), 0.0)


class EntityMeter:
    """A meter made of sensors, per line: current; or power and voltage; or current, and power for its sign.

    With current, power and voltage the larger magnitude counts: a current in whole amperes hides up to 1 A that the
    power shows, and the power hides reactive current.

    Args:
        hass: Home Assistant.
        currents: Registry id per line, None on a line that is not measured; empty where powers and voltages stand in.
        powers: The same for the active power, positive into the site.
        exports: The same for the active power out of the site, subtracted from ``powers``.
        voltages: The same for the voltage of the line.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        currents: Sequence[str | None] = (),
        powers: Sequence[str | None] = (),
        exports: Sequence[str | None] = (),
        voltages: Sequence[str | None] = (),
    ) -> None:
        self._lines = [_Sensors(*line) for line in zip_longest(currents, powers, exports, voltages)]
        self._entities = Entities(hass, filter(None, chain(currents, powers, exports, voltages)))
        self._finest: dict[str, float] = {}

    @property
    def poll_interval(self) -> float:
        """Seconds between two reads; ``subscribe`` tells of news in between."""
        return POLL_INTERVAL

    def subscribe(self, on_news: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back once per sample, changed or not; returns a function that ends it."""
        return self._entities.subscribe(on_news)

    async def identify(self) -> Identity:
        """Manufacturer and model of the device that the first sensor belongs to."""
        return self._entities.identity()

    async def read(self) -> MeterValues:
        """The present values; a phase that lags behind the newest one by more than ``PHASE_LAG`` is missing.

        Raises:
            EntityMissing: Where a sensor was removed.
            CannotConnect: Where all sensors are unavailable.
        """
        self._entities.reachable()
        lines = [self._line(sensors) for sensors in self._lines]
        newest = max((line.reported for line in lines if line), default=dt_util.utcnow())
        lines = [line if line and line.seconds_before(newest) <= PHASE_LAG else None for line in lines]
        now = dt_util.utcnow()
        return MeterValues(
            amperes=per_line([line.amperes if line else None for line in lines]),
            watts=per_line([line.watts if line else None for line in lines]),
            resolution=max((line.resolution for line in lines if line), default=1.0),
            age=max((line.seconds_before(now) for line in lines if line), default=0.0),
        )

    async def close(self) -> None:
        """Nothing to let go of."""

    def _line(self, sensors: _Sensors) -> _Line | None:
        watts = self._power(sensors)
        volts = self._read(sensors.voltage, ElectricPotentialConverter, UnitOfElectricPotential.VOLT)
        active = None if watts is None or volts is None or volts.value < LEAST_VOLTAGE else _quotient(watts, volts)
        if sensors.current is None:
            return active
        amperes = self._read(sensors.current, ElectricCurrentConverter, UnitOfElectricCurrent.AMPERE)
        if amperes is None:
            return None
        if watts is None:
            return _Line(amperes.value, None, amperes.digit, amperes.reported)
        measured = _Line(
            directed(amperes.value, watts.value),
            watts.value,
            amperes.digit,
            min(amperes.reported, watts.reported),
        )
        if active is None or abs(active.amperes) <= abs(measured.amperes):
            return measured
        return replace(active, resolution=measured.resolution, reported=min(active.reported, measured.reported))

    def _power(self, sensors: _Sensors) -> Measured | None:
        """The active power into the site, None where a sensor of it tells nothing."""
        taken, given = (
            self._read(source, PowerConverter, UnitOfPower.WATT) for source in (sensors.power, sensors.export)
        )
        if sensors.export is None:
            return taken
        if given is None or (sensors.power is not None and taken is None):
            return None
        if taken is None:
            return replace(given, value=0.0 - given.value)
        return Measured(taken.value - given.value, max(taken.digit, given.digit), min(taken.reported, given.reported))

    def _read(self, source: str | None, converter: type[BaseUnitConverter], unit: str) -> Measured | None:
        """The number of a sensor, with the finest digit that it has shown so far."""
        if source is None:
            return None
        measured = measure(self._entities.state(source), converter, unit)
        if measured is None:
            return None
        self._finest[source] = min(measured.digit, self._finest.get(source, math.inf))
        return replace(measured, digit=self._finest[source])


def _quotient(watts: Measured, volts: Measured) -> _Line:
    """The current that the active power needs."""
    return _Line(watts.value / volts.value, watts.value, watts.digit / volts.value, min(watts.reported, volts.reported))
