"""From saved data to the drivers that talk to the devices."""

from collections.abc import Mapping
from pathlib import Path

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util.hass_dict import HassKey

from .const import CONF_KIND, CONF_MAPPING, DOMAIN, KIND_ENTITIES, KIND_MAPPING, KIND_NETWORK
from .drivers.absent import AbsentCharger, AbsentMeter
from .drivers.entity_charger import chosen_charger, mapped_charger
from .drivers.entity_meter import EntityMeter
from .drivers.entity_values import Span
from .drivers.interface import ChargerDriver, MeterDriver
from .drivers.mapping import charger_mappings
from .drivers.mapping_model import ChargerMapping
from .drivers.meter_mapping import MeterMapping, meter_mappings
from .drivers.modbus import Connections
from .drivers.modbus_charger import ModbusCharger
from .drivers.modbus_line import Framing, Line, Parity, SerialSettings
from .drivers.modbus_meter import ModbusMeter
from .drivers.network.model import NetworkCharger, NetworkMeter, Place, Shared
from .drivers.network.models import network_chargers, network_meters
from .drivers.profile_library import Library, library
from .drivers.profile_model import ChargerProfile, DeviceProfile, MeterProfile
from .entry_data import ChargerDriverData, MeterData, ModbusData, NetworkData

CONNECTIONS: HassKey[Connections] = HassKey(f"{DOMAIN}_connections")
CHARGER_MAPPINGS: HassKey[dict[str, ChargerMapping]] = HassKey(f"{DOMAIN}_charger_mappings")
LIBRARY: HassKey[Library] = HassKey(f"{DOMAIN}_library")
METER_MAPPINGS: HassKey[dict[str, MeterMapping]] = HassKey(f"{DOMAIN}_meter_mappings")
NETWORK_CHARGERS: HassKey[dict[str, NetworkCharger]] = HassKey(f"{DOMAIN}_network_chargers")
NETWORK_METERS: HassKey[dict[str, NetworkMeter]] = HassKey(f"{DOMAIN}_network_meters")
PROFILE_REFUSED = "profile_refused"
SHARED: HassKey[Shared] = HassKey(f"{DOMAIN}_shared")


@callback
def connections(hass: HomeAssistant) -> Connections:
    """The Modbus connections that all sites and forms share: several boxes accept only one."""
    return hass.data.setdefault(CONNECTIONS, Connections())


@callback
def shared(hass: HomeAssistant) -> Shared:
    """What all drivers of the network share."""
    if SHARED not in hass.data:
        hass.data[SHARED] = Shared(session=async_get_clientsession(hass))
    return hass.data[SHARED]


@callback
def known_network_chargers(hass: HomeAssistant) -> dict[str, NetworkCharger]:
    """The chargers with an interface of their own on the network, by id."""
    return hass.data.setdefault(NETWORK_CHARGERS, network_chargers())


@callback
def known_network_meters(hass: HomeAssistant) -> dict[str, NetworkMeter]:
    """The meters with an interface of their own on the network, by id."""
    return hass.data.setdefault(NETWORK_METERS, network_meters())


async def async_charger_mappings(hass: HomeAssistant) -> dict[str, ChargerMapping]:
    """The integrations whose chargers are known, by domain; the files are read once."""
    if CHARGER_MAPPINGS not in hass.data:
        hass.data[CHARGER_MAPPINGS] = await hass.async_add_executor_job(charger_mappings)
    return hass.data[CHARGER_MAPPINGS]


async def async_charger_profiles(hass: HomeAssistant) -> Mapping[str, ChargerProfile]:
    """The chargers that can be reached over Modbus, by id."""
    return (await _async_library(hass)).chargers


async def async_meter_profiles(hass: HomeAssistant) -> Mapping[str, MeterProfile]:
    """The meters that can be reached over Modbus, by id."""
    return (await _async_library(hass)).meters


async def _async_library(hass: HomeAssistant) -> Library:
    """The devices that are known over Modbus; the files are read once, what is wrong with the user's own is told."""
    if LIBRARY not in hass.data:
        hass.data[LIBRARY] = await hass.async_add_executor_job(library, Path(hass.config.path(DOMAIN, "profiles")))
        for file, reason in hass.data[LIBRARY].refused.items():
            ir.async_create_issue(
                hass,
                DOMAIN,
                f"{PROFILE_REFUSED}_{file}",
                is_fixable=False,
                severity=ir.IssueSeverity.WARNING,
                translation_key=PROFILE_REFUSED,
                translation_placeholders={"file": f"{DOMAIN}/profiles/{file}", "reason": reason},
            )
    return hass.data[LIBRARY]


async def async_meter_mappings(hass: HomeAssistant) -> dict[str, MeterMapping]:
    """The integrations with sensors that are a mains meter, by domain; the files are read once."""
    if METER_MAPPINGS not in hass.data:
        hass.data[METER_MAPPINGS] = await hass.async_add_executor_job(meter_mappings)
    return hass.data[METER_MAPPINGS]


async def async_meter_driver(hass: HomeAssistant, meter: MeterData) -> MeterDriver:
    """The driver of a meter; its connection is let go of with ``close``."""
    if meter[CONF_KIND] == KIND_ENTITIES:
        return EntityMeter(
            hass,
            currents=meter.get("currents", ()),
            powers=meter.get("powers", ()),
            exports=meter.get("exports", ()),
            voltages=meter.get("voltages", ()),
        )
    if meter[CONF_KIND] == KIND_NETWORK:
        return known_network_meters(hass)[meter["model"]].factory(shared(hass), _place(meter))
    profile = (await async_meter_profiles(hass)).get(meter["profile"])
    if profile is None:
        return AbsentMeter(meter["profile"])
    return ModbusMeter(connections(hass), profile, meter["host"], meter["port"], meter["unit"], _line(meter, profile))


async def async_charger_driver(hass: HomeAssistant, charger: ChargerDriverData) -> ChargerDriver:
    """The driver of a charger; its connection is let go of with ``close``."""
    if charger[CONF_KIND] == KIND_MAPPING:
        mappings = await async_charger_mappings(hass)
        span = Span(minimum=charger["minimum"], maximum=charger["maximum"], step=charger["step"])
        return mapped_charger(hass, mappings[charger[CONF_MAPPING]], charger["entities"], span)
    if charger[CONF_KIND] == KIND_ENTITIES:
        return chosen_charger(
            hass,
            state=charger["state"],
            state_map=charger["state_map"],
            limit=charger["limit"],
            minimum=charger["minimum"],
            maximum=charger["maximum"],
            step=charger["step"],
            currents=charger.get("currents", ()),
            pause=charger.get("pause"),
        )
    if charger[CONF_KIND] == KIND_NETWORK:
        model = known_network_chargers(hass)[charger["model"]]
        return model.factory(shared(hass), _place(charger, charger["connector"]))
    profile = (await async_charger_profiles(hass)).get(charger["profile"])
    if profile is None:
        return AbsentCharger(charger["profile"])
    return ModbusCharger(
        connections(hass),
        profile,
        charger["host"],
        charger["port"],
        charger["unit"],
        charger["connector"],
        line=_line(charger, profile),
    )


def _line(device: ModbusData, profile: DeviceProfile) -> Line:
    framing = Framing(device.get("framing", Framing.TCP))
    if framing is not Framing.SERIAL:
        return Line(framing=framing)
    if (chosen := device.get("line")) is None:
        return Line(framing=framing, serial=profile.transport.serial)
    settings = SerialSettings(baud=chosen["baud"], parity=Parity(chosen["parity"]), stop_bits=chosen["stop_bits"])
    return Line(framing=framing, serial=settings)


def _place(device: NetworkData, connector: int = 1) -> Place:
    return Place(
        host=device["host"],
        port=device["port"],
        connector=connector,
        username=device.get("username"),
        password=device.get("password"),
    )
