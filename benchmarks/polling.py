"""What polling costs: ten Modbus chargers at their fastest allowed pace and a meter that is asked every second.

Home Assistant's core runs in this process with one site that is in control; chargers and meter answer over sockets
from a process of their own. The chargers are those that take the most requests. Counted are the processor time of the
whole process, and how long the event loop is held: from one look for news to the next, with everything that ran in
between and the pauses of the garbage collector. Where the operating system gave the core to somebody else meanwhile,
the processor time of the thread counts instead. Then one charger hangs, and the devices tell how the others are polled.
"""

import asyncio
from dataclasses import dataclass, replace
from functools import reduce
import logging
from pathlib import Path
from resource import RUSAGE_THREAD, getrusage
from selectors import DefaultSelector, SelectorKey
from statistics import median
import sys
import tempfile
from time import perf_counter, process_time, thread_time
from types import MappingProxyType
from typing import override

from homeassistant.bootstrap import CORE_INTEGRATIONS, async_load_base_functionality
from homeassistant.config_entries import ConfigEntries, ConfigEntry, ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_custom_components, async_setup as async_setup_loader
from homeassistant.runner import configure_event_loop
from homeassistant.setup import async_setup_component

from custom_components.ev_charger_pool.const import DOMAIN
from custom_components.ev_charger_pool.runner import PoolRunner

from .devices.process import Devices, Intervals, running

CHARGERS = (
    "em2go_home",
    "vestel_evc04",
    "kathrein",
    "goe_modbus",
    "nrgkick_gen2_modbus",
    "sungrow_ac011e",
    "webasto_next",
    "mennekes_compact",
    "schneider_evlink_pro_ac",
    "weidmueller_ac_smart",
)
"""By their fixtures: they take 5 to 9 requests for each poll and up to a write a second."""
LIMIT = 16.0
"""That stands in all of them, A: there is room for all, so that it stays what it should be."""
FUSE = 250.0
HANGING = "vestel_evc04"
POLL_INTERVAL = 2.0
"""Seconds, of all of these chargers."""
SHARE_BOUND = 0.05
HOLD_BOUND = 0.010
TOLERANCE = 0.5
"""Seconds that a poll may be late beside a charger that hangs."""
WARM_UP, WINDOW, WINDOWS = 30.0, 20.0, 3
SEED = 1


@dataclass(frozen=True, slots=True)
class Hold:
    """How long the event loop did not look for news.

    Args:
        own: Seconds that are its own doing: all of them, or its processor time where the core was taken from it.
        lasted: Seconds by the wall clock.
    """

    own: float = 0.0
    lasted: float = 0.0

    def longer(self, other: Hold) -> Hold:
        """The longer of both, each way."""
        return Hold(max(self.own, other.own), max(self.lasted, other.lasted))


class TimedSelector(DefaultSelector):
    """Notes the longest hold."""

    def __init__(self) -> None:
        super().__init__()
        self._left = _Instant.now()
        self._longest = Hold()

    @override
    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """Look for news; what passed since the look before was spent in callbacks."""
        self._longest = self._longest.longer(self._left.until(_Instant.now()))
        ready = super().select(timeout)
        self._left = _Instant.now()
        return ready

    def longest(self) -> Hold:
        """Since the last call."""
        longest, self._longest = self._longest, Hold()
        return longest


@dataclass(frozen=True, slots=True)
class _Instant:
    """Clocks of this thread, s, and how often the operating system took the core from it."""

    wall: float
    processor: float
    preempted: int

    @classmethod
    def now(cls) -> _Instant:
        return cls(perf_counter(), thread_time(), getrusage(RUSAGE_THREAD).ru_nivcsw)

    def until(self, later: _Instant) -> Hold:
        lasted = later.wall - self.wall
        return Hold(lasted if later.preempted == self.preempted else later.processor - self.processor, lasted)


@dataclass(frozen=True, slots=True)
class Window:
    """What was measured in one window.

    Args:
        share: Of one core.
        hold: The longest.
    """

    share: float
    hold: Hold


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured.

    Args:
        windows: With all chargers well.
        paces: How they were polled meanwhile.
        beside: How they were polled while one of them hung.
    """

    windows: tuple[Window, ...]
    paces: Intervals
    beside: Intervals


async def core(folder: Path) -> HomeAssistant:
    """Home Assistant with its registries and nothing set up but itself."""
    hass = HomeAssistant(str(folder))
    hass.config.skip_pip = True
    async_setup_loader(hass)
    hass.config_entries = ConfigEntries(hass, {})
    await async_get_custom_components(hass)
    await async_load_base_functionality(hass)
    for domain in CORE_INTEGRATIONS:
        await async_setup_component(hass, domain, {})
    await hass.async_start()
    return hass


def site(devices: Devices) -> ConfigEntry:
    """A house with all devices, every charger behind the main fuse."""
    chargers = [
        ConfigSubentryDataWithId(
            subentry_id=name,
            subentry_type="charger",
            title=name,
            unique_id=None,
            data={"driver": {**place, "connector": 1}, "circuit": "main", "wiring": "l1_l2_l3", "maximum": LIMIT},
        )
        for name, place in devices.chargers.items()
    ]
    house = {"grid": "tn", "fuse": [FUSE] * 3, "breaker": "b", "meter": devices.meter, "worst_house": [FUSE] * 3}
    return ConfigEntry(
        domain=DOMAIN,
        title="Home",
        data={**house, "raise_hold": 60.0, "raise_window": 300.0},
        subentries_data=chargers,
        options=None,
        source="user",
        unique_id=None,
        version=1,
        minor_version=1,
        discovery_keys=MappingProxyType({}),
    )


async def take_control(entry: ConfigEntry) -> None:
    """Let the pool write, and wait until it is used to its devices.

    Raises:
        RuntimeError: Where one of them does not answer.
    """
    runner: PoolRunner = entry.runtime_data
    await runner.async_choose(replace(runner.choices, control=True))
    await asyncio.sleep(WARM_UP)
    online = {device.name: device.online for device in runner.meters.values()}
    online |= {device.name: device.online for device in runner.chargers.values()}
    if not all(online.values()):
        raise RuntimeError(f"not all answer: {online}")


async def measure(selector: TimedSelector) -> Window:
    """One window."""
    selector.longest()
    busy, begun = process_time(), perf_counter()
    await asyncio.sleep(WINDOW)
    return Window(share=(process_time() - busy) / (perf_counter() - begun), hold=selector.longest())


async def bench(folder: Path, selector: TimedSelector) -> Measured:
    """Run the site and measure."""
    async with running(CHARGERS, SEED) as devices:
        hass = await core(folder)
        entry = site(devices)
        await hass.config_entries.async_add(entry)
        await take_control(entry)
        await devices.intervals()
        windows = tuple([await measure(selector) for _ in range(WINDOWS)])
        # From here on its log tells what is meant to be.
        logging.disable()
        paces = await devices.intervals(hang=HANGING)
        await asyncio.sleep(WINDOW)
        beside = await devices.intervals()
        await hass.async_stop(force=True)
    return Measured(windows, paces, {name: told for name, told in beside.items() if name != HANGING})


def verdicts(measured: Measured) -> list[bool]:
    """Print the figures beside their bounds; whether each holds."""
    share = median(window.share for window in measured.windows)
    holds = [window.hold for window in measured.windows]
    hold = median(hold.own for hold in holds)
    worst = reduce(Hold.longer, holds)
    paces = {
        "all of them": max(max(told) for told in measured.paces.values()),
        "nine beside a hanging one": max(max(told) for told in measured.beside.values()),
    }
    print(f"Median of {WINDOWS} windows of {WINDOW:g} s:")
    print(f"ten chargers and a meter: {share:.1%} of one core, bound {SHARE_BOUND:.0%}")
    print(f"longest hold of the event loop: {hold * 1e3:.1f} ms, bound {HOLD_BOUND * 1e3:g} ms", end="; ")
    print(f"worst {worst.own * 1e3:.1f} ms, {worst.lasted * 1e3:.1f} ms with what the system gave to others")
    for who, pace in paces.items():
        kept = "kept" if pace <= POLL_INTERVAL + TOLERANCE else "NOT KEPT"
        print(f"{who}: pace {kept}, worst interval {pace:.1f} s of {POLL_INTERVAL:g} s")
    return [share <= SHARE_BOUND, hold <= HOLD_BOUND, max(paces.values()) <= POLL_INTERVAL + TOLERANCE]


def main() -> int:
    """Print the figures; 1 where one does not hold."""
    logging.basicConfig(level=logging.ERROR)
    selector = TimedSelector()
    loop = asyncio.SelectorEventLoop(selector)
    configure_event_loop(loop)
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=lambda: loop) as runner:
        measured = runner.run(bench(Path(folder), selector))
    hold = all(verdicts(measured))
    print("holds" if hold else "DOES NOT HOLD")
    return 0 if hold else 1


if __name__ == "__main__":
    sys.exit(main())
