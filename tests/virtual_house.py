"""The demo's house behind real sockets with a real Home Assistant, in time that only passes when a test lets it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState, ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.pool.model import Decision, Why
from custom_components.ev_charger_pool.runner import PoolRunner
from demo.devices.modbus_server import HOST
from demo.house import ABB, ALFEN, FUSE, KEBA, METER, DemoHouse

DRIVERS = {
    ALFEN: {"profile": "alfen_eve", "unit": 1},
    ABB: {"profile": "abb_terra_ac", "unit": 1},
    KEBA: {"profile": "keba_kecontact", "unit": 255},
}
WIRINGS = {ALFEN: "l1_l2_l3", ABB: "l1", KEBA: "l2"}
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
        # Time jumps, so every callback looks slow.
        hass.loop.slow_callback_duration = float("inf")
        self.demo = demo
        self._freezer = freezer
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
            unique_id=None,
            data={"driver": {**driver, "connector": 1}, "circuit": "main", "wiring": WIRINGS[name], "maximum": 16.0},
        )

    @property
    def runner(self) -> PoolRunner:
        """The running site."""
        runner: PoolRunner = self.entry.runtime_data
        return runner

    async def set_up(self, *, control: bool = True) -> None:
        """Set up the entry and turn control on."""
        self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        if control:
            await self.turn_control(on=True)

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
            self.demo.tick(self.hass.loop.time())
            for _ in range(TURNS_OF_THE_LOOP):
                await asyncio.sleep(0)
            if until is not None and until():
                return True
        return until is None

    def limits(self) -> dict[str, float]:
        """What stands in the devices."""
        return {name: self.demo.charger(name).limit for name in DRIVERS}

    def decision(self, name: str) -> Decision:
        """The last decision for a charger."""
        outcome = self.runner.site.data
        assert outcome is not None
        return outcome.decisions[name]

    def why(self, name: str) -> Why:
        """The reason of the last decision for a charger."""
        return self.decision(name).reason.why
