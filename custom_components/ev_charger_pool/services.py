"""Actions: set a limit, clear it, and rebalance now."""

from datetime import timedelta
import math
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_config_entry, async_get_device_and_config_entry
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid_now
import voluptuous as vol

from .const import DOMAIN
from .explanation import details, explain
from .pool.model import MAIN, Limit, Unit
from .pool.rows import live
from .runner import PoolConfigEntry, PoolRunner

SET_LIMIT = "set_limit"
CLEAR_LIMIT = "clear_limit"
REBALANCE = "rebalance"

ATTR_AMPERES = "amperes"
ATTR_WATTS = "watts"
ATTR_DURATION = "duration"
ATTR_SOURCE = "source"
ATTR_DRY_RUN = "dry_run"

DEFAULT_SOURCE = "an action"
LONGEST = timedelta(days=366)

_UNITS = {ATTR_AMPERES: Unit.AMPERE, ATTR_WATTS: Unit.WATT}
_FIELDS = {unit: name for name, unit in _UNITS.items()}

SET_LIMIT_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_DEVICE_ID): cv.string,
        vol.Optional(ATTR_AMPERES): vol.Coerce(float),
        vol.Optional(ATTR_WATTS): vol.Coerce(float),
        vol.Optional(ATTR_DURATION): cv.time_period,
        vol.Optional(ATTR_SOURCE, default=DEFAULT_SOURCE): cv.string,
    }
)

CLEAR_LIMIT_SCHEMA = vol.Schema({vol.Optional(ATTR_DEVICE_ID): cv.string, vol.Optional(ATTR_SOURCE): cv.string})

REBALANCE_SCHEMA = vol.Schema(
    {vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string, vol.Optional(ATTR_DRY_RUN, default=False): cv.boolean}
)


@callback
def async_register_actions(hass: HomeAssistant) -> None:
    """Register what all sites share."""
    for name, handler, schema in (
        (SET_LIMIT, _async_set_limit, SET_LIMIT_SCHEMA),
        (CLEAR_LIMIT, _async_clear_limit, CLEAR_LIMIT_SCHEMA),
        (REBALANCE, _async_rebalance, REBALANCE_SCHEMA),
    ):
        hass.services.async_register(DOMAIN, name, handler, schema=schema, supports_response=SupportsResponse.OPTIONAL)


async def _async_set_limit(call: ServiceCall) -> ServiceResponse:
    """Keep a limit that replaces the one of the same source and target."""
    runner, target = _target(call)
    field, value = _value(call.data)
    name, most = _most(runner, target)
    if field == ATTR_WATTS:
        most = _most_watts(runner, target, most)
    if not math.isfinite(value) or value < 0:
        raise _invalid("limit_below_zero", field=field, value=f"{value:g}")
    if value > most:
        raise _invalid("limit_too_high", field=field, value=f"{value:g}", name=name, maximum=f"{most:g}")
    duration: timedelta | None = call.data.get(ATTR_DURATION)
    if duration is not None and not timedelta(seconds=1) <= duration <= LONGEST:
        raise _invalid("limit_without_time", field=ATTR_DURATION)
    limit = Limit(
        id=ulid_now(),
        source=call.data[ATTR_SOURCE],
        target=target,
        value=value,
        unit=_UNITS[field],
        expires=None if duration is None else dt_util.utcnow() + duration,
    )
    await runner.async_choose(runner.choices.with_limit(limit))
    return _told(name, limit)


async def _async_clear_limit(call: ServiceCall) -> ServiceResponse:
    """Forget the limits of a target."""
    runner, target = _target(call)
    name, _ = _most(runner, target)
    left = runner.choices.without_limits(target, call.data.get(ATTR_SOURCE))
    cleared = live(set(runner.choices.limits) - set(left.limits), dt_util.utcnow())
    await runner.async_choose(left)
    return {"cleared": [_told(name, limit) for limit in sorted(cleared, key=lambda limit: limit.source)]}


async def _async_rebalance(call: ServiceCall) -> ServiceResponse:
    """Give on at once what is free, or only tell what every charger would get."""
    entry: PoolConfigEntry = async_get_config_entry(call.hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID))
    runner = entry.runtime_data
    if not call.data[ATTR_DRY_RUN]:
        runner.rebalance()
    return {
        "chargers": [
            {
                "charger": entry.subentries[key].title,
                "amperes": decision.amperes,
                "target": decision.target,
                "reason": decision.reason.why.value,
                **details(runner, decision),
                "sentence": explain(call.hass, runner, decision),
            }
            for key, decision in runner.dry_run().items()
            if key in entry.subentries
        ]
    }


def _target(call: ServiceCall) -> tuple[PoolRunner, str]:
    """The site and the id of the circuit or charger that a call is about; without a device, the whole site."""
    device_id = call.data.get(ATTR_DEVICE_ID)
    entry: ConfigEntry[PoolRunner]
    if device_id is None:
        entry = async_get_config_entry(call.hass, DOMAIN, None)
        return entry.runtime_data, MAIN
    device, entry = async_get_device_and_config_entry(call.hass, DOMAIN, device_id)
    own = next(identifier for domain, identifier in device.identifiers if domain == DOMAIN)
    return entry.runtime_data, MAIN if own == entry.entry_id else own


def _value(data: dict[str, Any]) -> tuple[str, float]:
    """The field that was used and its value.

    Raises:
        ServiceValidationError: Where both are given or none.
    """
    given = [(field, data[field]) for field in _UNITS if field in data]
    if len(given) != 1:
        raise _invalid("limit_in_one_unit", first=ATTR_AMPERES, second=ATTR_WATTS)
    return given[0]


def _most(runner: PoolRunner, target: str) -> tuple[str, float]:
    """Name of a target and the amperes per line that a limit can have: the fuse, or what the charger can."""
    site = runner.state.settings.site
    for circuit in site.circuits:
        if circuit.id == target:
            return circuit.name, max(circuit.fuse)
    for charger in site.chargers:
        if charger.id == target:
            return charger.name, charger.capability.maximum
    raise _invalid("target_not_running", field=ATTR_DEVICE_ID)


def _most_watts(runner: PoolRunner, target: str, amperes: float) -> float:
    site = runner.state.settings.site
    for charger in site.chargers:
        if charger.id == target:
            return amperes * charger.capability.phases * site.voltage
    return sum(next(circuit.fuse for circuit in site.circuits if circuit.id == target)) * site.voltage


def _told(name: str, limit: Limit) -> dict[str, Any]:
    return {
        "target": name,
        _FIELDS[limit.unit]: limit.value,
        "source": limit.source,
        "until": None if limit.expires is None else limit.expires.isoformat(),
    }


def _invalid(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders)
