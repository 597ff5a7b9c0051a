"""Meters with an HTTP interface as their makers document them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from custom_components.ev_charger_pool.drivers.interface import Identity, MeterDriver
from custom_components.ev_charger_pool.drivers.network.model import Place, Shared
from custom_components.ev_charger_pool.drivers.network.models import network_meters

from ..conftest import IMPATIENT
from .http_box import Asked, HttpBox

P1_ABOUT = {
    "product_type": "HWE-P1",
    "product_name": "P1 Meter",
    "serial": "3c39e7aabbcc",
    "firmware_version": "4.19",
    "api_version": "v1",
}
P1_DATA = {
    "wifi_ssid": "My Wi-Fi",
    "wifi_strength": 100,
    "smr_version": 50,
    "meter_model": "ISKRA  2M550T-101",
    "unique_id": "00112233445566778899AABBCCDDEEFF",
    "total_power_import_kwh": 13779.338,
    "active_power_w": -543,
    "active_power_l1_w": -676,
    "active_power_l2_w": 133,
    "active_power_l3_w": 0,
    "active_current_l1_a": -4,
    "active_current_l2_a": 2,
    "active_current_l3_a": 0,
}
KWH3_DATA = {
    "wifi_strength": 84,
    "active_power_w": 7100.278,
    "active_power_l1_w": 0,
    "active_power_l2_w": -3547.015,
    "active_power_l3_w": 3553.263,
    "active_voltage_l1_v": 230.751,
    "active_voltage_l2_v": 228.391,
    "active_voltage_l3_v": 229.612,
    "active_current_a": 30.999,
    "active_current_l1_a": 0,
    "active_current_l2_a": 15.521,
    "active_current_l3_a": 15.477,
    "active_apparent_current_l1_a": 0.06,
    "active_apparent_current_l2_a": 15.539,
    "active_apparent_current_l3_a": 15.519,
}
SHELLY_ABOUT = {
    "name": None,
    "id": "shellypro3em-fce8c0d9e9d8",
    "mac": "FCE8C0D9E9D8",
    "slot": 0,
    "model": "SPEM-003CEBEU",
    "gen": 2,
    "fw_id": "20241011-114455/1.4.4-g6d2a586",
    "ver": "1.4.4",
    "app": "Pro3EM",
    "auth_en": False,
    "auth_domain": None,
    "profile": "triphase",
}
SHELLY_STATUS = {
    "id": 0,
    "a_current": 4.029,
    "a_voltage": 236.1,
    "a_act_power": 951.2,
    "a_aprt_power": 951.9,
    "a_pf": 1,
    "b_current": 4.027,
    "b_voltage": 236.2,
    "b_act_power": -951.1,
    "b_aprt_power": 951.8,
    "b_pf": -1,
    "c_current": 3.03,
    "c_voltage": 236.2,
    "c_act_power": 0.0,
    "n_current": None,
    "total_current": 11.083,
    "total_act_power": 0.1,
    "user_calibrated_phase": [],
}
ABOUT_P1, DATA = "/api", "/api/v1/data"
ABOUT_SHELLY, STATUS = "/shelly", "/rpc/EM.GetStatus?id=0"


class MeterBox(HttpBox):
    """A meter that says the same each time.

    Args:
        says: By path and query.
    """

    def __init__(self, says: dict[str, Any]) -> None:
        super().__init__(self._say)
        self.says = says

    def _say(self, asked: Asked) -> Any:
        query = "&".join(f"{key}={value}" for key, value in asked.query.items())
        return self.says.get(f"{asked.path}?{query}" if query else asked.path)

    def place(self) -> Place:
        """Where it is."""
        return Place(host="127.0.0.1", port=self.port, timeout=IMPATIENT)

    def driver(self, model: str, session: aiohttp.ClientSession) -> MeterDriver:
        """A driver for it."""
        return network_meters()[model].factory(Shared(session=session), self.place())


@dataclass(frozen=True)
class MeterCase:
    """A meter.

    Args:
        box: Makes one.
        measures: Where it tells what it measures.
        stranger: What another device of the same maker says.
        identity: Who it is.
    """

    box: Callable[[], MeterBox]
    measures: str
    stranger: dict[str, Any]
    identity: Identity


METERS = {
    "homewizard_p1": MeterCase(
        box=lambda: MeterBox({ABOUT_P1: P1_ABOUT, DATA: P1_DATA}),
        measures=DATA,
        stranger={ABOUT_P1: P1_ABOUT | {"product_type": "HWE-WTR", "product_name": "Watermeter"}, DATA: P1_DATA},
        identity=Identity(manufacturer="HomeWizard", model="P1 Meter", serial="3c39e7aabbcc", firmware="4.19"),
    ),
    "shelly_pro_3em": MeterCase(
        box=lambda: MeterBox({ABOUT_SHELLY: SHELLY_ABOUT, STATUS: SHELLY_STATUS}),
        measures=STATUS,
        stranger={ABOUT_SHELLY: SHELLY_ABOUT | {"model": "SPEM-002CEBEU50", "app": "ProEM50"}, STATUS: SHELLY_STATUS},
        identity=Identity(manufacturer="Shelly", model="Pro 3EM", serial="FCE8C0D9E9D8", firmware="1.4.4"),
    ),
}
