"""The one task that runs the pool: readings and acknowledgements in, writes and decisions out."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from .arming import wanted_fall_back
from .charger_facts import async_charger_facts
from .choices import Choices, ChoicesStore
from .const import CONF_DRIVER, CONF_KIND, CONF_METER, DOMAIN, KINDS_WITH_ADDRESS, LOGGER, SUBENTRY_CHARGER
from .coordinator import ChargerCoordinator, MeterCoordinator
from .devices import async_charger_driver, async_meter_driver
from .entry_data import ChargerDriverData, MeterData
from .memory_store import SAVE_INTERVAL, MemoryStore
from .pool.control import Outcome, step
from .pool.memory import Memory, remember
from .pool.model import MAIN, Ack, Capability, Decision, Now, Reading, Write
from .pool.recall import recall, resume
from .pool.state import State, change, controlled, hand_over, hurry, other_meter, ready, recheck, retry, start
from .site import circuit_ids, pruned, settings_of
from .site_coordinator import SiteCoordinator

HAND_OVER_TIMEOUT = 6.0
"""Seconds that the last writes may take together: Home Assistant waits 20 s for all its shutdown jobs."""

FAULT_PAUSE = 5.0
"""Seconds until the next decision is tried after one failed."""


def new_device_signal(entry_id: str) -> str:
    """Dispatched with the id of a charger or circuit that was added while the site runs."""
    return f"{DOMAIN}_{entry_id}_new_device"


def _reached(charger: ConfigSubentry) -> tuple[ChargerDriverData, str | None]:
    """How a charger is reached and who it has to be, None where anybody may answer."""
    driver = charger.data[CONF_DRIVER]
    return driver, charger.unique_id if driver[CONF_KIND] in KINDS_WITH_ADDRESS else None


def _held_back(write: Write) -> Ack:
    error = "held back until the watchdog of the charger has expired"
    return Ack(charger=write.charger, number=write.number, amperes=write.amperes, at=monotonic(), error=error)


type PoolConfigEntry = ConfigEntry[PoolRunner]


class PoolRunner:
    """A running site."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, store: ChoicesStore, memory_store: MemoryStore) -> None:
        self.hass = hass
        self.entry = entry
        self.site = SiteCoordinator(hass, entry)
        self.meters: dict[str, MeterCoordinator] = {}
        self.chargers: dict[str, ChargerCoordinator] = {}
        self.state: State = start(settings_of(entry, store.choices, {}), monotonic())
        self._store = store
        self._memory_store = memory_store
        self._memory: Memory | None = None
        self._readings: list[Reading] = []
        self._acks: list[Ack] = []
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self._reconciling = asyncio.Lock()

    @property
    def choices(self) -> Choices:
        """What the user chose."""
        return self._store.choices

    async def async_start(self) -> None:
        """Take up the devices that the entry names and begin to balance."""
        self._memory = await self._memory_store.async_read()
        self._task = self.entry.async_create_background_task(
            self.hass, self._run(), f"{DOMAIN} balances {self.entry.title}", eager_start=False
        )
        await self.async_reconcile()
        self._unsubscribe = [
            async_at_started(self.hass, self._ready),
            self.hass.async_add_shutdown_job(HassJob(self._async_end, f"{DOMAIN} hands over")),
            async_track_time_interval(self.hass, self._save, SAVE_INTERVAL),
        ]

    async def async_stop(self) -> None:
        """Hand over every charger and let go of all devices."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        await self._async_end()

    async def _async_end(self) -> None:
        async with self._reconciling:
            if self._task is None:
                return
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
            await self._memory_store.async_save(self._remembered())
            await self._async_send(self._last_writes(self.chargers), self.chargers)
            await asyncio.gather(
                *(meter.stop() for meter in self.meters.values()),
                *(charger.stop() for charger in self.chargers.values()),
                return_exceptions=True,
            )

    @callback
    def _save(self, _: datetime) -> None:
        self._memory_store.async_delay_save(self._remembered)

    def _remembered(self) -> dict[str, Any]:
        return remember(self.state, self._now())

    # Changes from outside

    async def async_reconcile(self) -> None:
        """Fit devices to what the entry says now: new ones are taken up, others let go of or reached anew."""
        async with self._reconciling:
            if self._task is None:
                return
            new = await self._async_fit_meters() + await self._async_fit_chargers()
            self._store.async_set(pruned(self.choices, self.entry))
            self._apply()
        for key in new:
            async_dispatcher_send(self.hass, new_device_signal(self.entry.entry_id), key)

    async def _async_fit_meters(self) -> list[str]:
        wanted = {key: data for key in circuit_ids(self.entry) if (data := self._meter_data(key)) is not None}
        for key in [key for key, meter in self.meters.items() if wanted.get(key) != meter.driver_data]:
            await self.meters.pop(key).stop()
            self._meter_replaced(key)
        new = [key for key in wanted if key not in self.meters]
        for key in new:
            self.meters[key] = await self._async_meter(key, wanted[key])
            self.meters[key].start()
        for key, meter in self.meters.items():
            meter.name = self._meter_name(key)
        return new

    @callback
    def _meter_replaced(self, circuit: str) -> None:
        """What was said of the old meter does not hold for the new one."""
        meter = self.state.meters.get(circuit)
        if meter is not None and meter.following.lost:
            self.state = other_meter(self.state, circuit)
        self._store.async_set(replace(self.choices, uncompared=self.choices.uncompared - {circuit}))

    async def _async_fit_chargers(self) -> list[str]:
        wanted = {charger.subentry_id: charger for charger in self.entry.get_subentries_of_type(SUBENTRY_CHARGER)}
        gone = [key for key in self.chargers if key not in wanted]
        writes = self._last_writes(gone)
        left = {key: self.chargers.pop(key) for key in gone}
        self._apply()
        await self._async_send(writes, left)
        for charger in left.values():
            await charger.stop()
        new = []
        for key, subentry in wanted.items():
            before = self.chargers.get(key)
            if before is not None and (before.driver_data, before.unique_id) == _reached(subentry):
                before.name = subentry.title
                before.arming.want(wanted_fall_back(subentry.data))
                continue
            self.chargers[key] = await self._async_charger(subentry)
            if before is not None:
                await before.stop()
            self.chargers[key].start()
            new.append(key)
        return new

    async def async_choose(self, choices: Choices) -> None:
        """Keep and follow what the user has just chosen; a charger that is let go of is handed over."""
        let_go = [key for key in self.chargers if not (choices.control and choices.charger(key).enabled)]
        writes = self._last_writes(let_go)
        self._store.async_set(choices)
        self._apply()
        await self._async_send(writes, self.chargers)

    def rebalance(self) -> None:
        """Decide anew and give on at once what is free (R8's hold is skipped)."""
        self.state = hurry(self.state)
        self._news.set()

    def retry(self, charger: str) -> None:
        """Set a charger again at once that was left to somebody else."""
        self.state = retry(self.state, charger)
        self._news.set()

    def dry_run(self) -> dict[str, Decision]:
        """What every charger would get at rest; nothing changes."""
        _, outcome = step(
            change(self.state, settings_of(self.entry, self.choices, self._capabilities()), monotonic()), self._now()
        )
        return dict(outcome.decisions)

    # Devices

    def _meter_data(self, circuit: str) -> MeterData | None:
        data = self.entry.data if circuit == MAIN else self.entry.subentries[circuit].data
        meter: MeterData | None = data.get(CONF_METER)
        return meter

    def _meter_name(self, circuit: str) -> str:
        return f"Meter of {self.entry.title if circuit == MAIN else self.entry.subentries[circuit].title}"

    async def _async_meter(self, circuit: str, data: MeterData) -> MeterCoordinator:
        return MeterCoordinator(
            self.hass,
            self.entry,
            source=circuit,
            name=self._meter_name(circuit),
            driver=await async_meter_driver(self.hass, data),
            driver_data=data,
            deliver=self._deliver,
        )

    async def _async_charger(self, subentry: ConfigSubentry) -> ChargerCoordinator:
        data, unique_id = _reached(subentry)
        return ChargerCoordinator(
            self.hass,
            self.entry,
            source=subentry.subentry_id,
            name=subentry.title,
            driver=await async_charger_driver(self.hass, data),
            driver_data=data,
            deliver=self._deliver,
            facts=await async_charger_facts(self.hass, data),
            unique_id=unique_id,
            fall_back=wanted_fall_back(subentry.data),
            on_capability=self._apply,
        )

    # The loop

    @callback
    def _deliver(self, reading: Reading) -> None:
        self._readings.append(reading)
        self._news.set()

    @callback
    def _ready(self, _: HomeAssistant) -> None:
        self.state = ready(self.state, monotonic())
        self._news.set()

    @callback
    def _apply(self) -> None:
        """Let the controller know what is saved and chosen now."""
        settings = settings_of(self.entry, self.choices, self._capabilities())
        if settings != self.state.settings:
            self.state = change(self.state, settings, monotonic())
            if self._memory is not None:
                self.state = recall(self.state, self._memory, self._now())
        self._news.set()

    def _capabilities(self) -> dict[str, Capability]:
        return {key: charger.driver.capability for key, charger in self.chargers.items()}

    def _now(self) -> Now:
        return Now(monotonic(), dt_util.utcnow())

    async def _run(self) -> None:
        """Step on every news and at the pool's own next wake-up, whatever the coordinators do."""
        while True:
            self._news.clear()
            wake = monotonic() + FAULT_PAUSE
            try:
                wake = self._step().wake
            except Exception:  # noqa: BLE001 - a fault in one decision must not end the guard of the fuse
                await self._async_fault()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(wake - monotonic(), 0.05)):
                    await self._news.wait()

    async def _async_fault(self) -> None:
        """A decision failed: without one, every charger goes to the current it is safe to be left alone with."""
        LOGGER.exception("A decision failed; chargers are lowered to their hand-over current")
        self.site.fail()
        await self._async_send(self._last_writes(self.chargers), self.chargers)
        self.state = recheck(self.state)

    @callback
    def _step(self) -> Outcome:
        # A reading that breaks a decision is not tried twice; what became of a write is never lost.
        readings, self._readings = self._readings, []
        now = self._now()
        if self._memory is not None:
            self.state = resume(self.state, self._memory, readings, now)
        self.state, outcome = step(self.state, now, readings, tuple(self._acks))
        self._acks.clear()
        self._beat(outcome, now.monotonic)
        for write in outcome.writes:
            self.entry.async_create_background_task(
                self.hass, self._async_write(write), f"{DOMAIN} writes {write.charger}"
            )
        self.site.show(outcome)
        return outcome

    @callback
    def _beat(self, outcome: Outcome, at: float) -> None:
        """Decide whose watchdog is fed, and tell which chargers are ours to arm (R15)."""
        for key, charger in self.chargers.items():
            outlet, decision = self.state.outlets.get(key), outcome.decisions.get(key)
            if outlet is not None and decision is not None:
                ours = controlled(self.state.settings, outlet.charger)
                charger.arming.control(ours)
                charger.heartbeat = charger.heartbeat.after(at, outlet, decision.amperes, controlled=ours)

    async def _async_write(self, write: Write) -> None:
        if (charger := self.chargers.get(write.charger)) is not None:
            ack = await charger.async_write(write) if charger.heartbeat.writes else _held_back(write)
            self._acks.append(ack)
            self._news.set()

    def _last_writes(self, charger_ids: Iterable[str]) -> tuple[Write, ...]:
        """What to write to chargers before they are left alone, as far as they are ours to set."""
        ours = [
            key
            for key in charger_ids
            if self.choices.control and self.choices.charger(key).enabled and key in self.state.outlets
        ]
        decisions = {} if self.site.data is None else self.site.data.decisions
        return hand_over(self.state, ours, {key: decision.target for key, decision in decisions.items()})

    async def _async_send(self, writes: Iterable[Write], chargers: Mapping[str, ChargerCoordinator]) -> None:
        """Write now and wait for it, all chargers beside each other."""
        orders = {chargers[write.charger].name: (chargers[write.charger], write) for write in writes}
        if not orders:
            return
        told = ", ".join(f"{name} at {write.amperes:g} A" for name, (_, write) in orders.items())
        LOGGER.info("%s hands over %s", self.entry.title, told)
        try:
            async with asyncio.timeout(HAND_OVER_TIMEOUT):
                await asyncio.gather(*(charger.async_write(write) for charger, write in orders.values()))
        except TimeoutError:
            LOGGER.warning("The hand-over of %s did not finish: the last limit stands", told)
