"""Ask a device once, before anything is saved, and say in a form's words what is wrong with it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant

from ..const import CONF_FRAMING, CONF_KIND, KIND_ENTITIES, KIND_MAPPING, LOGGER
from ..devices import async_charger_driver, async_meter_driver
from ..drivers.interface import AccessDenied, CannotConnect, DriverError, Identity, MeterValues, WrongDevice
from ..drivers.modbus import PortInUse, PortMissing, PortRefused, Unreachable
from ..entry_data import ChargerDriverData, MeterData
from ..pool.defaults import ABSURD_MULTIPLE
from ..pool.model import Capability
from ..wiring import lines_of
from .forms import FormError, line_names


async def async_probe_meter(hass: HomeAssistant, meter: MeterData, fuse: Sequence[float]) -> MeterValues:
    """What a meter reads now.

    Raises:
        FormError: Where it does not answer, is another device, or a line with a fuse has no sensible current.
    """
    driver = await async_meter_driver(hass, meter)
    try:
        with _in_words(meter):
            await driver.identify()
            values = await driver.read()
    finally:
        await driver.close()
    signed = "powers" in meter or "exports" in meter
    lines = lines_of(fuse)
    if missing := [line for line in lines if values.amperes[line] is None or (signed and values.watts[line] is None)]:
        raise FormError("phase_missing", lines=line_names(missing))
    for line in lines:
        if (amperes := values.amperes[line]) is not None and abs(amperes) > ABSURD_MULTIPLE * fuse[line]:
            raise FormError("absurd", lines=line_names([line]), value=f"{amperes:.0f}", fuse=f"{fuse[line]:g}")
    return values


async def async_probe_charger(hass: HomeAssistant, charger: ChargerDriverData) -> tuple[Identity, Capability]:
    """Who a charger says it is and what it can do.

    Raises:
        FormError: Where it does not answer, is another device or must not be written in a loop (R12).
    """
    driver = await async_charger_driver(hass, charger)
    try:
        with _in_words(charger):
            identity = await driver.identify()
            await driver.read()
    finally:
        await driver.close()
    if driver.capability.stored:
        raise FormError("stored")
    return identity, driver.capability


@contextmanager
def _in_words(device: MeterData | ChargerDriverData) -> Iterator[None]:
    try:
        yield
    except DriverError as err:
        LOGGER.debug("Not usable: %s", err)
        raise _form_error(device, err) from err


def _form_error(device: MeterData | ChargerDriverData, err: DriverError) -> FormError:
    if device[CONF_KIND] in (KIND_ENTITIES, KIND_MAPPING):
        return FormError("entities_unavailable")
    if isinstance(err, CannotConnect):
        return FormError(_no_answer(device, err), CONF_HOST)
    if isinstance(err, AccessDenied):
        return FormError("access_denied", CONF_HOST)
    return FormError("wrong_device" if isinstance(err, WrongDevice) else "bad_answer", CONF_HOST)


def _no_answer(device: MeterData | ChargerDriverData, err: CannotConnect) -> str:
    match err:
        case PortMissing():
            return "port_missing"
        case PortInUse():
            return "port_in_use"
        case PortRefused():
            return "port_refused"
        case Unreachable():
            return "cannot_connect"
    return "line_silent" if CONF_FRAMING in device else "cannot_connect"
