"""The form of a model and its address: Modbus profiles and devices with an interface of their own in one list."""

from collections.abc import Mapping
from typing import Any

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig, TextSelectorType
import voluptuous as vol

from ..const import (
    CONF_CONNECTOR,
    CONF_KIND,
    CONF_MODEL,
    CONF_PROFILE,
    CONF_UNIT,
    KIND_MODBUS,
    KIND_NETWORK,
)
from ..drivers.network.model import Access, NetworkCharger, NetworkMeter, NetworkModel
from ..drivers.profile_model import ChargerProfile, DeviceProfile, MeterProfile
from ..entry_data import ModbusChargerData, ModbusData, NetworkChargerData, NetworkData
from .forms import FormError, named_choice, whole_number

_NETWORK = "network/"
"""Before the id of a model in the list, where it cannot be taken for a profile."""


def charger_schema(profiles: Mapping[str, ChargerProfile], models: Mapping[str, NetworkCharger]) -> vol.Schema:
    """The form of a charger."""
    sockets = max(
        *(profile.transport.connectors for profile in profiles.values()),
        *(model.connectors for model in models.values()),
        1,
    )
    fields: dict[vol.Marker, object] = {
        vol.Required(CONF_HOST): str,
        vol.Required(CONF_CONNECTOR, default=1): whole_number(1, sockets),
    }
    return _schema(profiles, models, fields)


def meter_schema(profiles: Mapping[str, MeterProfile], models: Mapping[str, NetworkMeter]) -> vol.Schema:
    """The form of a meter; one that can be heard needs no address."""
    hearable = any(model.hear is not None for model in models.values())
    return _schema(profiles, models, {vol.Optional(CONF_HOST) if hearable else vol.Required(CONF_HOST): str})


def charger_at(
    profiles: Mapping[str, ChargerProfile],
    models: Mapping[str, NetworkCharger],
    user_input: Mapping[str, Any],
    known: Mapping[str, Any] | None,
) -> ModbusChargerData | NetworkChargerData:
    """The charger of a filled in form; port and unit left empty are the model's usual ones.

    Args:
        profiles: Those of the form.
        models: Those of the form.
        user_input: The form.
        known: The charger that is being changed: a password left empty stays as it is.

    Raises:
        FormError: For a socket that no charger of this model has, or a user name that there cannot be.
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
    return ModbusChargerData(
        kind=KIND_MODBUS,
        profile=user_input[CONF_PROFILE],
        host=user_input[CONF_HOST].strip(),
        port=user_input.get(CONF_PORT, usual.port),
        unit=user_input.get(CONF_UNIT, usual.unit),
        connector=connector,
    )


def meter_at(
    profiles: Mapping[str, MeterProfile],
    models: Mapping[str, NetworkMeter],
    user_input: Mapping[str, Any],
    known: Mapping[str, Any] | None,
) -> ModbusData | NetworkData:
    """The meter of a filled in form; arguments as of ``charger_at``.

    Raises:
        FormError: Without an address, or for a user name that there cannot be.
    """
    if not user_input.get(CONF_HOST, "").strip():
        raise FormError("host_needed", CONF_HOST)
    if (model := _chosen(models, user_input)) is not None:
        return _network(model, user_input, known)
    usual = profiles[user_input[CONF_PROFILE]].address()
    return ModbusData(
        kind=KIND_MODBUS,
        profile=user_input[CONF_PROFILE],
        host=user_input[CONF_HOST].strip(),
        port=user_input.get(CONF_PORT, usual.port),
        unit=user_input.get(CONF_UNIT, usual.unit),
    )


def to_be_heard(models: Mapping[str, NetworkMeter], user_input: Mapping[str, Any]) -> NetworkMeter | None:
    """The model of a form without an address, where its meters can be heard."""
    model = _chosen(models, user_input)
    return None if model is None or model.hear is None or user_input.get(CONF_HOST, "").strip() else model


def suggest_address(known: Mapping[str, Any]) -> dict[str, Any]:
    """The form as it would have been filled in for a device, without its password."""
    suggested = dict(known)
    suggested.pop(CONF_PASSWORD, None)
    if known[CONF_KIND] == KIND_NETWORK:
        suggested[CONF_PROFILE] = _NETWORK + known[CONF_MODEL]
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
            **more,
            vol.Optional(CONF_PORT): whole_number(1, 65535),
            vol.Optional(CONF_UNIT): whole_number(0, 255),
            **logins,
        }
    )


def _chosen[ModelT](models: Mapping[str, ModelT], user_input: Mapping[str, Any]) -> ModelT | None:
    key = user_input[CONF_PROFILE]
    return models[key.removeprefix(_NETWORK)] if key.startswith(_NETWORK) else None


def _network(model: NetworkModel, user_input: Mapping[str, Any], known: Mapping[str, Any] | None) -> NetworkData:
    device = NetworkData(
        kind=KIND_NETWORK,
        model=model.id,
        host=user_input[CONF_HOST].strip(),
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
