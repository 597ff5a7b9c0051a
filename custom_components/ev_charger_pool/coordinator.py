"""The coordinator of each device, which polls it and feeds the pool.

A device is polled by a loop of its own, not by the coordinator's schedule: that one runs at whole seconds plus a random
part and stops when nobody listens, and a fuse does neither.
"""

from abc import abstractmethod
import asyncio
from collections.abc import Callable, Coroutine, Mapping
from itertools import count
from logging import INFO, WARNING
import math
from time import monotonic
from typing import Any, Protocol, cast, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .arming import Arming
from .charger_facts import ChargerFacts
from .const import DOMAIN, LOGGER
from .drivers.interface import (
    AccessDenied,
    CannotConnect,
    ChargerDriver,
    DriverError,
    FallBack,
    Identity,
    MeterDriver,
    WrongDevice,
)
from .pool.heartbeat import UNHEARD
from .pool.model import Ack, ChargerReading, Failure, MeterReading, Notice, PerLine, Reading, Write
from .pool.records import field_values

READ_TIMEOUT = 10.0
WRITE_TIMEOUT = 5.0
FIRST_RETRY = 2.0
LAST_RETRY = 10.0
PUBLISH_INTERVAL = 5.0
"""Live values are published at most this often, s, unless something else changed."""
PUBLISH_STEP = 0.5
"""A current that moved by this much, A, is published at once."""

_SEQUENCE = count(1)
"""Numbers the readings of all devices, so that a device that is reached anew goes on counting."""


class _Driver(Protocol):
    async def identify(self) -> Identity: ...

    async def close(self) -> None: ...


class _Pushing(Protocol):
    def subscribe(self, on_news: Callable[[], None]) -> CALLBACK_TYPE: ...


def moved(before: PerLine, after: PerLine) -> bool:
    """Whether a current appeared, vanished or moved enough to be shown at once."""
    return any(
        (old is None) != (new is None) or (old is not None and new is not None and abs(new - old) >= PUBLISH_STEP)
        for old, new in zip(before, after, strict=True)
    )


class DeviceCoordinator[DriverT: _Driver, DataT](DataUpdateCoordinator[DataT]):
    """Keeps one device read at its own pace and hands every reading and failure to the pool."""

    config_entry: ConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        *,
        source: str,
        name: str,
        driver: DriverT,
        driver_data: Mapping[str, Any],
        deliver: Callable[[Reading], None],
    ) -> None:
        super().__init__(hass, LOGGER, config_entry=entry, name=name)
        self.source = source
        self.driver = driver
        self.driver_data = driver_data
        self.identity: Identity | None = None
        self.online = False
        self.denied = False
        """It wants a password, or another one."""
        self._deliver = deliver
        self._news = asyncio.Event()
        self._failures = 0
        self._stopped = False
        self._task: asyncio.Task[None] | None = None

    @callback
    def start(self) -> None:
        """Begin to poll."""
        self._task = self.config_entry.async_create_background_task(
            self.hass, self._poll(), f"{DOMAIN} polls {self.name}", eager_start=False
        )

    async def stop(self) -> None:
        """End polling and let go of the device."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await self.driver.close()

    async def async_ask[ResultT](self, call: Coroutine[Any, Any, ResultT], seconds: float) -> ResultT:
        """Wait for the device, but not for ever.

        Raises:
            CannotConnect: Where it takes longer.
            DriverError: Where it fails.
        """
        try:
            async with asyncio.timeout(seconds):
                return await call
        except TimeoutError as err:
            raise CannotConnect(f"no answer within {seconds:.0f} s") from err

    @abstractmethod
    def _interval(self) -> float:
        """Seconds between two reads."""

    def _may_ask(self) -> bool:
        """Whether the device may be asked now."""
        return True

    @abstractmethod
    async def _async_read(self) -> None:
        """Read once, deliver and show it.

        Raises:
            DriverError: Where the device does not answer.
        """

    async def _poll(self) -> None:
        push = getattr(self.driver, "subscribe", None)
        unsubscribe = None if push is None else cast("_Pushing", self.driver).subscribe(self._news.set)
        try:
            while True:
                started = self.hass.loop.time()
                self._news.clear()
                if self._may_ask():
                    await self._async_read_once()
                pause = self._interval() if self.online else min(FIRST_RETRY * self._failures, LAST_RETRY)
                try:
                    async with asyncio.timeout_at(max(started + pause, self.hass.loop.time())):
                        await self._news.wait()
                except TimeoutError:
                    continue
        finally:
            if unsubscribe is not None:
                unsubscribe()

    async def _async_read_once(self) -> None:
        try:
            if self.identity is None:
                identity = await self.async_ask(self.driver.identify(), READ_TIMEOUT)
                self._identified(identity)
                self.identity = identity
            await self._async_read()
        except DriverError as err:
            self._failed(err)
        except Exception as err:  # noqa: BLE001 - whatever a device sends, it must be asked again
            if not self._failures:
                LOGGER.exception("%s could not be read", self.name)
            self._failed(DriverError(repr(err)))
        else:
            if not self.online and self._failures:
                LOGGER.info("%s answers again", self.name)
            self.online, self.denied, self._failures = True, False, 0

    @callback
    def _identified(self, identity: Identity) -> None:
        """The device has told who it is.

        Raises:
            WrongDevice: Where it is not the one it should be.
        """

    @callback
    def _failed(self, err: DriverError) -> None:
        self.online, self.denied = False, isinstance(err, AccessDenied)
        self._failures += 1
        if isinstance(err, (CannotConnect, WrongDevice)):
            # What comes back may be another box: ask again who it is.
            self.identity = None
        self._deliver(Failure(source=self.source, at=monotonic(), error=str(err)))
        # Logs once, until the next success.
        self.async_set_update_error(
            UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="no_answer",
                translation_placeholders={"name": self.name, "error": str(err)},
            )
        )


class MeterCoordinator(DeviceCoordinator[MeterDriver, MeterReading | None]):
    """Reads the meter of one circuit."""

    @override
    def _interval(self) -> float:
        return self.driver.poll_interval

    @override
    async def _async_read(self) -> None:
        asked = monotonic()
        values = await self.async_ask(self.driver.read(), READ_TIMEOUT)
        reading = MeterReading(
            source=self.source,
            sequence=next(_SEQUENCE),
            taken=asked - values.age,
            amperes=values.amperes,
            watts=values.watts,
            resolution=values.resolution,
        )
        self._deliver(reading)
        self.async_set_updated_data(reading)


class ChargerCoordinator(DeviceCoordinator[ChargerDriver, ChargerReading | None]):
    """Reads and sets one charger.

    Args:
        facts: What is known of its kind.
        unique_id: Of the charger that was added; another one at its address is not taken for it.
        fall_back: What the user wants it to do once it hears nothing; None where nothing.
        on_capability: Called when the charger has told what it can do.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        *,
        source: str,
        name: str,
        driver: ChargerDriver,
        driver_data: Mapping[str, Any],
        deliver: Callable[[Reading], None],
        facts: ChargerFacts,
        unique_id: str | None,
        fall_back: FallBack | None,
        on_capability: Callable[[], None],
    ) -> None:
        super().__init__(hass, entry, source=source, name=name, driver=driver, driver_data=driver_data, deliver=deliver)
        self.impostor: Identity | None = None
        """Another charger that answers at its address."""
        self.facts = facts
        self.unique_id = unique_id
        self.heartbeat = UNHEARD
        """What is done about its watchdog; the runner keeps it current."""
        self.arming = Arming(fall_back)
        """When its fall-back is set; the runner tells whether it is ours."""
        self._on_capability = on_capability
        self._refused = False
        self._writing = asyncio.Lock()
        self._written = self._armed = -math.inf
        """Monotonic times of the last limit and of the last fall-back: the device's pace holds between them."""
        self._published = -math.inf

    @property
    def heard(self) -> ChargerReading | None:
        """The last reading, None while the charger does not answer."""
        return self.data if self.last_update_success else None

    @property
    def notices(self) -> frozenset[Notice]:
        """What it does besides what it is told, by the last reading that came."""
        return frozenset() if self.data is None else self.data.notices

    @override
    def _interval(self) -> float:
        return self.driver.capability.poll_interval

    @override
    def _may_ask(self) -> bool:
        return self.heartbeat.asks(self.driver.capability.feed)

    @override
    def _identified(self, identity: Identity) -> None:
        known = identity.unique_id is not None and self.unique_id is not None
        self.impostor = identity if known and identity.unique_id != self.unique_id else None
        self._check_impostor()
        self.arming.connected()
        self._on_capability()

    def _check_impostor(self) -> None:
        if self.impostor is not None:
            raise WrongDevice(f"another charger answers at its address (serial number {self.impostor.serial})")

    async def _async_arm(self) -> None:
        """Set the fall-back where it is due. Limits go first: a charger that has just come is read once before.

        Whatever becomes of it, the charger is read all the same.
        """
        pace = self.driver.capability.write_interval
        if not self.online or self._writing.locked() or monotonic() < self._written + pace:
            return
        if (wanted := self.arming.due(self.driver.capability)) is None:
            return
        what = f"a fall-back of {wanted.amperes:g} A"
        try:
            async with self._writing:
                await self.async_ask(self.driver.arm_fall_back(wanted), 2 * WRITE_TIMEOUT + READ_TIMEOUT + pace)
        except (DriverError, ValueError) as err:
            LOGGER.warning("%s did not take %s: %s", self.name, what, err)
        else:
            kept = wanted.stands_in(self.driver.capability)
            LOGGER.log(INFO if kept else WARNING, "%s %s %s", self.name, "has" if kept else "did not keep", what)
        self._armed = monotonic()
        self._on_capability()

    @override
    async def _async_read(self) -> None:
        await self._async_arm()
        asked = monotonic()
        values = await self.async_ask(self.driver.read(), READ_TIMEOUT)
        reading = ChargerReading(
            source=self.source,
            sequence=next(_SEQUENCE),
            asked=asked,
            taken=monotonic(),
            **field_values(values),
        )
        self._deliver(reading)
        self._show(reading)

    @callback
    def _show(self, reading: ChargerReading) -> None:
        """Publish, at most every PUBLISH_INTERVAL seconds unless it matters now."""
        before, now = self.data, monotonic()
        matters = (
            before is None
            or not self.last_update_success
            or (before.state, before.limit, before.locked, before.fault, before.notices)
            != (reading.state, reading.limit, reading.locked, reading.fault, reading.notices)
            or moved(before.amperes, reading.amperes)
        )
        if matters or now - self._published >= PUBLISH_INTERVAL:
            self._published = now
            self.async_set_updated_data(reading)

    async def _async_set(self, write: Write) -> None:
        if self._stopped:
            raise CannotConnect("it is not ours any more")
        self._check_impostor()
        # A pause and its end may be two writes of the device, each at its own pace; so may a switch of phases.
        seconds = WRITE_TIMEOUT + 2 * self.driver.capability.write_interval
        if write.phases is None:
            await self.async_ask(self.driver.write_limit(write.amperes), seconds)
        else:
            await self.async_ask(self.driver.write_phases(write.phases), seconds)

    async def async_write(self, write: Write) -> Ack:
        """Set limit or phases and say what became of it; whatever happens, the pool gets an answer."""
        what = f"{write.amperes:g} A" if write.phases is None else f"{write.phases} phase(s)"
        error = None
        try:
            async with self._writing:
                if (pause := self._armed + self.driver.capability.write_interval - monotonic()) > 0:
                    await asyncio.sleep(pause)
                try:
                    await self._async_set(write)
                finally:
                    self._written = monotonic()
        except Exception as err:  # noqa: BLE001 - the pool waits for an answer to every write
            error = str(err) or repr(err)
            if not self._refused:
                known = isinstance(err, (DriverError, ValueError))
                LOGGER.warning("%s did not take %s: %s", self.name, what, error, exc_info=not known)
        else:
            if self._refused:
                LOGGER.info("%s takes its limit again", self.name)
            LOGGER.debug("%s set to %s", self.name, what)
        self._refused = error is not None
        return Ack(charger=write.charger, number=write.number, amperes=write.amperes, at=monotonic(), error=error)
