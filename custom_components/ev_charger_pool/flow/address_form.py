"""The form of a model and its address: Modbus profiles and devices with an interface of their own in one list."""

from collections.abc import Mapping
from typing import Any, TypeGuard

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig, TextSelectorType
import voluptuous as vol

from ..const import (
    CONF_CONNECTOR,
    CONF_FRAMING,
    CONF_KIND,
    CONF_MODEL,
    CONF_PROFILE,
    CONF_UNIT,
    KIND_MODBUS,
    KIND_NETWORK,
)
from ..drivers.modbus_line import Framing
from ..drivers.network.model import Access, NetworkCharger, NetworkMeter, NetworkModel
from ..drivers.profile_model import Address, ChargerProfile, DeviceProfile, MeterProfile
from ..entry_data import ModbusChargerData, ModbusData, NetworkChargerData, NetworkData
from .forms import FormError, choice, named_choice, whole_number

CONF_CONNECTION = "connection"

_NETWORK = "network/"
"""Before the id of a model in the list, where it cannot be taken for a profile."""


def charger_schema(profiles: Mapping[str, ChargerProfile], models: Mapping[str, NetworkCharger]) -> vol.Schema:
    """The form of a charger."""
    sockets = max(
        *(profile.transport.connectors for profile in profiles.values()),
        *(model.connectors for model in models.values()),
        1,
    )
    return _schema(profiles, models, {vol.Required(CONF_CONNECTOR, default=1): whole_number(1, sockets)})


def meter_schema(profiles: Mapping[str, MeterProfile], models: Mapping[str, NetworkMeter]) -> vol.Schema:
    """The form of a meter."""
    return _schema(profiles, models, {})


def charger_at(
    profiles: Mapping[str, ChargerProfile],
    models: Mapping[str, NetworkCharger],
    user_input: Mapping[str, Any],
    known: Mapping[str, Any] | None,
) -> ModbusChargerData | NetworkChargerData:
    """The charger of a filled in form; port and unit left empty are the model's usual ones.

    One on a serial port has no host yet: another form asks for it.

    Args:
        profiles: Those of the form.
        models: Those of the form.
        user_input: The form.
        known: The charger that is being changed: a password left empty stays as it is.

    Raises:
        FormError: Where the address is missing, for a socket or line that no charger of this model has, or a user name
            that there cannot be.
    """
    connector = user_input[CONF_CONNECTOR]
    if (model := _chosen(models, user_input)) is not None:
        if connector > model.connectors:
            raise FormError("no_such_connector", CONF_CONNECTOR)
        return NetworkChargerData(**_network(model, user_input, known), connector=connector)
    try:
        usual = profiles[user_input[CONF_PROFILE]].address(connector)
    except ValueError as err:
        raise FormError("no_such_connector", CONF_CONNECTOR) from err
    return ModbusChargerData(**_modbus(usual, user_input), connector=connector)


def meter_at(
    profiles: Mapping[str, MeterProfile],
    models: Mapping[str, NetworkMeter],
    user_input: Mapping[str, Any],
    known: Mapping[str, Any] | None,
) -> ModbusData | NetworkData:
    """The meter of a filled in form; arguments and errors as of ``charger_at``."""
    if (model := _chosen(models, user_input)) is not None:
        return _network(model, user_input, known)
    return _modbus(profiles[user_input[CONF_PROFILE]].address(), user_input)


def is_on_port[DataT: ModbusData](device: DataT | NetworkData) -> TypeGuard[DataT]:
    """Whether a device hangs on a serial port."""
    return device.get(CONF_FRAMING) == Framing.SERIAL


def rtu_models(profiles: Mapping[str, DeviceProfile]) -> str:
    """The models that speak RTU, as a list for a text; there are commas within their names."""
    titles = (profile.title for profile in profiles.values() if profile.transport.framing is Framing.RTU)
    return "; ".join(sorted(titles, key=str.casefold)) or "-"


def to_be_heard(models: Mapping[str, NetworkMeter], user_input: Mapping[str, Any]) -> NetworkMeter | None:
    """The model of a form without an address, where its meters can be heard."""
    model = _chosen(models, user_input)
    if model is None or model.hear is None or user_input[CONF_CONNECTION] != Framing.TCP:
        return None
    return None if user_input.get(CONF_HOST, "").strip() else model


def suggest_address(known: Mapping[str, Any]) -> dict[str, Any]:
    """The form as it would have been filled in for a device, without its password."""
    suggested = dict(known)
    suggested.pop(CONF_PASSWORD, None)
    if known[CONF_KIND] == KIND_NETWORK:
        suggested[CONF_PROFILE] = _NETWORK + known[CONF_MODEL]
    elif (framing := known.get(CONF_FRAMING)) is not None:
        suggested[CONF_CONNECTION] = framing
        if framing == Framing.SERIAL:
            del suggested[CONF_HOST], suggested[CONF_PORT]
    return suggested


def _schema(
    profiles: Mapping[str, DeviceProfile], models: Mapping[str, NetworkModel], more: Mapping[vol.Marker, object]
) -> vol.Schema:
    titles = {key: profile.title for key, profile in profiles.items()}
    titles |= {_NETWORK + key: model.title for key, model in models.items()}
    by_title = sorted(titles.items(), key=lambda item: item[1].casefold())
    logins: dict[vol.Marker, object] = {}
    if any(model.access is not Access.OPEN for model in models.values()):
        logins = {
            vol.Optional(CONF_USERNAME): str,
            vol.Optional(CONF_PASSWORD): TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD)),
        }
    return vol.Schema(
        {
            vol.Required(CONF_PROFILE): named_choice(dict(by_title)),
            vol.Required(CONF_CONNECTION, default=Framing.TCP.value): choice(
                (framing.value for framing in Framing), CONF_CONNECTION
            ),
            vol.Optional(CONF_HOST): str,
            **more,
            vol.Optional(CONF_PORT): whole_number(1, 65535),
            vol.Optional(CONF_UNIT): whole_number(0, 255),
            **logins,
        }
    )


def _chosen[ModelT](models: Mapping[str, ModelT], user_input: Mapping[str, Any]) -> ModelT | None:
    key = user_input[CONF_PROFILE]
    return models[key.removeprefix(_NETWORK)] if key.startswith(_NETWORK) else None


def _modbus(usual: Address, user_input: Mapping[str, Any]) -> ModbusData:
    framing = Framing(user_input[CONF_CONNECTION])
    device = ModbusData(
        kind=KIND_MODBUS,
        profile=user_input[CONF_PROFILE],
        host="",
        port=0,
        unit=user_input.get(CONF_UNIT, usual.unit),
    )
    if framing is Framing.SERIAL:
        device["framing"] = "serial"
        return device
    if framing is Framing.RTU:
        device["framing"] = "rtu"
    device["host"] = _host(user_input)
    device["port"] = user_input.get(CONF_PORT, usual.port)
    return device


def _host(user_input: Mapping[str, Any]) -> str:
    host: str = user_input.get(CONF_HOST, "").strip()
    if not host:
        raise FormError("address_needed", CONF_HOST)
    return host


def _network(model: NetworkModel, user_input: Mapping[str, Any], known: Mapping[str, Any] | None) -> NetworkData:
    if user_input[CONF_CONNECTION] != Framing.TCP:
        raise FormError("modbus_only", CONF_CONNECTION)
    device = NetworkData(
        kind=KIND_NETWORK,
        model=model.id,
        host=_host(user_input),
        port=user_input.get(CONF_PORT, model.port),
    )
    if model.access is Access.OPEN:
        return device
    same = known if known is not None and known.get(CONF_MODEL) == model.id else {}
    if username := user_input.get(CONF_USERNAME, "").strip():
        if ":" in username:
            # HTTP has no such names (RFC 7617).
            raise FormError("access_denied", CONF_USERNAME)
        device["username"] = username
    if password := user_input.get(CONF_PASSWORD) or same.get(CONF_PASSWORD):
        device["password"] = password
    return device
