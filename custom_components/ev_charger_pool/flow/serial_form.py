"""The form of a serial port: which one, and how the line behind it is set."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from homeassistant.const import CONF_HOST
from homeassistant.helpers.selector import SerialPortSelector
import voluptuous as vol

from ..const import CONF_FRAMING, CONF_LINE
from ..drivers.modbus_line import Framing, Parity, SerialSettings
from ..drivers.profile_model import DeviceProfile
from ..entry_data import LineData, ModbusData
from .forms import FormError, choice, whole_number

CONF_BAUD = "baud"
CONF_PARITY = "parity"
CONF_STOP_BITS = "stop_bits"

_LOCAL = "/"
"""What the path of a port of this machine begins with; Home Assistant also lists adapters of others."""


def serial_schema() -> vol.Schema:
    """The form."""
    return vol.Schema(
        {
            vol.Required(CONF_HOST): SerialPortSelector(),
            vol.Required(CONF_BAUD): whole_number(300, 1_000_000),
            vol.Required(CONF_PARITY): choice((parity.name.lower() for parity in Parity), CONF_PARITY),
            vol.Required(CONF_STOP_BITS): whole_number(1, 2),
        }
    )


def suggest_serial(profile: DeviceProfile, known: Mapping[str, Any] | None) -> dict[str, Any]:
    """The form as far as it can be filled in: as it was before, or with what the profile says.

    Args:
        profile: Of the device.
        known: The device that is being changed.
    """
    suggested: dict[str, Any] = {CONF_PARITY: Parity.NONE.name.lower(), CONF_STOP_BITS: 1}
    if (usual := profile.transport.serial) is not None:
        suggested |= _shown(usual.baud, usual.parity, usual.stop_bits)
    if known is not None and known.get(CONF_FRAMING) == Framing.SERIAL:
        suggested[CONF_HOST] = known[CONF_HOST]
        if (line := known.get(CONF_LINE)) is not None:
            suggested |= _shown(line["baud"], Parity(line["parity"]), line["stop_bits"])
    return suggested


def on_port[DataT: ModbusData](device: DataT, profile: DeviceProfile, user_input: Mapping[str, Any]) -> DataT:
    """A device on the port of a filled in form; settings are only kept where the profile does not say the same.

    Raises:
        FormError: For a port that is not one of this machine.
    """
    path = user_input[CONF_HOST].strip()
    if not path.startswith(_LOCAL):
        raise FormError("port_elsewhere", CONF_HOST)
    settings = SerialSettings(
        baud=user_input[CONF_BAUD],
        parity=Parity[user_input[CONF_PARITY].upper()],
        stop_bits=user_input[CONF_STOP_BITS],
    )
    placed = copy(device)
    placed["host"] = path
    if settings != profile.transport.serial:
        placed["line"] = LineData(baud=settings.baud, parity=settings.parity.value, stop_bits=settings.stop_bits)
    return placed


def _shown(baud: int, parity: Parity, stop_bits: int) -> dict[str, Any]:
    return {CONF_BAUD: baud, CONF_PARITY: parity.name.lower(), CONF_STOP_BITS: stop_bits}
