"""Sums over all chargers, with the names of those that a sum lacks."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.sensor import SensorEntity

from .const import CONF_FUSE
from .entity import SiteEntity, names
from .pool.model import ChargerReading
from .pool.totals import Total, amperes_on_lines, total
from .pool.vehicle import charging
from .runner import PoolConfigEntry, PoolRunner
from .sensor_descriptions import CurrentDescription, PowerDescription, ValueDescription
from .wiring import lines_of

EV_CURRENT = "ev_current"

type TotalDescription = ValueDescription[PoolRunner, Total]


def readings(runner: PoolRunner) -> dict[str, ChargerReading | None]:
    """By charger id the last answer, None for a charger that does not answer now."""
    return {key: charger.heard for key, charger in runner.chargers.items()}


def ev_current_description(line: int) -> TotalDescription:
    """What all chargers draw on a line of the site."""
    return CurrentDescription(
        key=EV_CURRENT, translation_key=EV_CURRENT, value_fn=lambda runner: _ev_amperes(runner, line)
    )


def _ev_amperes(runner: PoolRunner, line: int) -> Total:
    site_lines = lines_of(runner.entry.data[CONF_FUSE])
    values: dict[str, float | None] = {}
    for key, reading in readings(runner).items():
        outlet = runner.state.outlets.get(key)
        if reading is None or outlet is None:
            values[key] = None
        else:
            values[key] = amperes_on_lines(outlet.charger, reading.amperes, site_lines)[line]
    return total(values)


def _ev_watts(runner: PoolRunner) -> Total:
    return total({key: None if reading is None else reading.watts for key, reading in readings(runner).items()})


def _cars_charging(runner: PoolRunner) -> Total:
    states = {key: charging(reading) for key, reading in readings(runner).items()}
    return total({key: None if state is None else int(state) for key, state in states.items()})


TOTALS: tuple[TotalDescription, ...] = (
    PowerDescription(key="ev_power", translation_key="ev_power", value_fn=_ev_watts),
    PowerDescription(
        key="consumption_power",
        translation_key="consumption_power",
        value_fn=lambda runner: _ev_watts(runner).clipped(1),
    ),
    PowerDescription(
        key="production_power",
        translation_key="production_power",
        value_fn=lambda runner: _ev_watts(runner).clipped(-1),
    ),
    ValueDescription(
        key="cars_charging", translation_key="cars_charging", suggested_display_precision=0, value_fn=_cars_charging
    ),
)


def total_sensors(entry: PoolConfigEntry) -> list[SensorEntity]:
    """The sums that there is one of."""
    return [TotalSensor(entry, description) for description in TOTALS]


class TotalSensor(SiteEntity, SensorEntity):
    """A sum over all chargers."""

    _unrecorded_attributes = frozenset({"missing"})
    entity_description: TotalDescription

    @property
    def total(self) -> Total:
        """In the unit of the description."""
        return self.entity_description.value_fn(self.runner)

    @property
    @override
    def native_value(self) -> float | None:
        """The sum of what is known."""
        return self.total.value

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """The chargers that the sum lacks."""
        return {"missing": names(self.entry, self.total.missing)}
