"""The demo's house behind real sockets with a real Home Assistant, in time that only passes when a test lets it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState, ConfigSubentry, ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.pool.model import Decision, Why
from custom_components.ev_charger_pool.runner import PoolRunner
from custom_components.ev_charger_pool.simulation.house import House
from demo.devices.modbus_server import HOST
from demo.devices.sdm630 import Sdm630
from demo.house import ABB, ALFEN, FUSE, KEBA, METER, DemoHouse

DRIVERS = {
    ALFEN: {"profile": "alfen_eve", "unit": 1},
    ABB: {"profile": "abb_terra_ac", "unit": 1},
    KEBA: {"profile": "keba_kecontact", "unit": 255},
}
UNIQUE_IDS = {ALFEN: "ACE0314159_1", ABB: "0747223104159265_1", KEBA: "21718281_1"}
WIRINGS = {ALFEN: "l1_l2_l3", ABB: "l1", KEBA: "l2"}
FULL = 11.0
"""With this limit in every charger the house is as full as the fuse allows, A."""
CARS_FOLLOW = 15
"""Seconds until cars have followed a limit."""
TURNS_OF_THE_LOOP = 25
"""Enough for a request to go to a device and back."""


def modbus(profile: str, port: int, unit: int) -> dict[str, Any]:
    """How the entry names a device of the house."""
    return {"kind": "modbus", "profile": profile, "host": HOST, "port": port, "unit": unit}


class VirtualHouse:
    """A site in Home Assistant that is the demo's house."""

    def __init__(
        self, hass: HomeAssistant, freezer: FrozenDateTimeFactory, demo: DemoHouse, *, hold: float = 10.0
    ) -> None:
        self.hass = hass
        # Time jumps, so every callback would look slow; and noting where each was made takes longer than all they do.
        hass.loop.set_debug(False)
        self.demo = demo
        self._freezer = freezer
        self._sub_meters: list[Sdm630] = []
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title="Home",
            data={
                "grid": "tn",
                "fuse": [FUSE] * 3,
                "breaker": "b",
                "meter": modbus("eastron_sdm630", demo.ports[METER], 1),
                "worst_house": [FUSE] * 3,
                "raise_hold": hold,
                "raise_window": 30.0,
            },
            subentries_data=[self.charger(name) for name in DRIVERS],
        )

    def charger(self, name: str) -> ConfigSubentryDataWithId:
        """The subentry of a charger; its id is its name."""
        driver = modbus(DRIVERS[name]["profile"], self.demo.ports[name], DRIVERS[name]["unit"])
        return ConfigSubentryDataWithId(
            subentry_id=name,
            subentry_type="charger",
            title=name.upper(),
            unique_id=UNIQUE_IDS[name],
            data={"driver": {**driver, "connector": 1}, "circuit": "main", "wiring": WIRINGS[name], "maximum": 16.0},
        )

    @property
    def runner(self) -> PoolRunner:
        """The running site."""
        runner: PoolRunner = self.entry.runtime_data
        return runner

    async def set_up(self, *, control: bool = True) -> None:
        """Set up the entry and turn control on."""
        if self.hass.config_entries.async_get_entry(self.entry.entry_id) is None:
            self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        if control:
            await self.turn_control(on=True)

    async def set_up_charging(self) -> None:
        """Set up the entry while all cars charge with as much as there is, and let it find that all is well."""
        for name in DRIVERS:
            self.demo.charger(name).set_limit(self.hass.loop.time(), FULL)
        for _ in range(CARS_FOLLOW * 4):
            self._freezer.tick(0.25)
            self._tick()
        await self.set_up()
        await self.pass_time(12)
        assert self.limits() == dict.fromkeys(DRIVERS, FULL)
        self.demo.moments.clear()

    async def turn_control(self, *, on: bool) -> None:
        """Turn control on or off."""
        await self.meanwhile(self.runner.async_choose(replace(self.runner.choices, control=on)))

    async def unload(self) -> None:
        """Unload the entry, if it is loaded."""
        if self.entry.state is ConfigEntryState.LOADED:
            await self.meanwhile(self.hass.config_entries.async_unload(self.entry.entry_id))

    async def meanwhile(self, doing: Coroutine[Any, Any, Any]) -> None:
        """Let time pass until something is done."""
        task = self.hass.async_create_task(doing)
        assert await self.pass_time(30, task.done)
        await task

    async def pass_time(self, seconds: float, until: Callable[[], bool] | None = None) -> bool:
        """Let house, devices and Home Assistant live; whether the condition came true, where there is one."""
        for _ in range(round(seconds * 4)):
            self._freezer.tick(0.25)
            self._tick()
            for _ in range(TURNS_OF_THE_LOOP):
                await asyncio.sleep(0)
            if until is not None and until():
                return True
        return until is None

    def _tick(self) -> None:
        now = self.hass.loop.time()
        self.demo.tick(now)
        for meter in self._sub_meters:
            meter.tick(now)

    async def add_circuit(self, circuit: str, fuse: list[float], *chargers: str) -> None:
        """Put chargers behind a fuse and a meter of their own while the site runs; the meter is one of the devices."""
        outlets = {name: self.demo.house.outlets[name] for name in chargers}
        meter = Sdm630(House((0.0, 0.0, 0.0), (), outlets))
        self.demo.devices[circuit] = meter
        self._sub_meters.append(meter)
        await meter.plug_in()
        data = {
            "parent": "main",
            "fuse": fuse,
            "breaker": "b",
            "reserve": [0.0, 0.0, 0.0],
            "meter": modbus("eastron_sdm630", meter.port, 1),
        }
        self.hass.config_entries.async_add_subentry(
            self.entry,
            ConfigSubentry(
                data=MappingProxyType(data),
                subentry_id=circuit,
                subentry_type="circuit",
                title=circuit.title(),
                unique_id=None,
            ),
        )
        for name in chargers:
            charger = self.entry.subentries[name]
            self.hass.config_entries.async_update_subentry(
                self.entry, charger, data={**charger.data, "circuit": circuit}
            )

    def limits(self) -> dict[str, float]:
        """What stands in the devices."""
        return {name: self.demo.charger(name).limit for name in DRIVERS}

    def as_before(self) -> bool:
        """Whether every car may draw about as much as ``set_up_charging`` gave it."""
        return min(self.limits().values()) > FULL - 2

    def raises(self) -> list[str]:
        """The chargers whose limit went up, as the house remembers."""
        return [
            name
            for before, after in pairwise(self.demo.moments)
            for name in after.limits
            if after.limits[name] > before.limits[name]
        ]

    def highest(self) -> float:
        """The highest current that has flowed through the main fuse, as the house remembers, A."""
        return max(max(moment.mains) for moment in self.demo.moments)

    def issues(self) -> dict[str, dict[str, str] | None]:
        """The placeholders of our issues by their translation key."""
        return {
            issue.translation_key: issue.translation_placeholders
            for (domain, _), issue in ir.async_get(self.hass).issues.items()
            if domain == DOMAIN and issue.active and issue.translation_key is not None
        }

    def shows(self, entity_id: str) -> str:
        """The state of an entity."""
        state = self.hass.states.get(entity_id)
        assert state is not None, entity_id
        return state.state

    def decision(self, name: str) -> Decision:
        """The last decision for a charger."""
        outcome = self.runner.site.data
        assert outcome is not None
        return outcome.decisions[name]

    def why(self, name: str) -> Why:
        """The reason of the last decision for a charger."""
        return self.decision(name).reason.why
