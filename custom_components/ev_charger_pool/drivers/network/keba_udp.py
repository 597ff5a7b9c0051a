"""KEBA KeContact P20 and P30, and what is built on them, over UDP.

Facts: KeContact P20/P30 UDP programmers guide; evcc charger/keba-udp.go; OpenEMS io.openems.edge.evcs.keba.udp.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
import math

from ...pool.model import NO_VALUES, Capability, ChargerValues, Expiry, Feed, PerLine, VehicleState
from ..interface import BadAnswer, CannotConnect, FallBack, Identity, WrongDevice
from ..limits import TOLERANCE, check_limit
from ..profile_model import Confidence, PauseKind
from .keba_listener import GAP, PORT, KebaListener, Line, report
from .model import Connection, NetworkCharger, Place, Shared
from .udp import Source

CAPABILITY = Capability(
    minimum=6.0,
    maximum=32.0,
    step=0.1,
    poll_interval=2.0,
    # A charger that was disabled is left alone for so long before it is enabled again.
    write_interval=2.0,
    fall_back_settable=True,
    timeout_range=(10.0, 600.0),
)
"""Of a charger that tells nothing else; its watchdog is off when it is new."""

_STATES = {1: VehicleState.A, 2: VehicleState.B, 3: VehicleState.C, 4: VehicleState.E, 5: VehicleState.B}
"""1 is "not ready" and 5 "interrupted", both with or without a car: the plug tells."""
_PLUG_LOCKED = 2
_PLUG_IN_CAR = 4
_MOST = 63.0
"""A; the highest current that can be asked for."""
_ABSURD = 1e15
"""What is above is no number of a charger."""
_RESEND_SHARE = 0.5
"""Of the watchdog's time-out: one lost datagram does no harm."""
_WITHOUT_METER = "-DE"
"""How the product of the edition without a meter ends (keba-kecontact, charging_station_info.py)."""


class KebaCharger:
    """A KeContact. Fulfils ``ChargerDriver``.

    Args:
        listener: Shared by all chargers.
        host: Name or address.
        port: UDP port of the charger.
        connector: Number of the socket; it has only one.
    """

    def __init__(self, listener: KebaListener, host: str, port: int = PORT, connector: int = 1) -> None:
        self._listener = listener
        self._host = host
        self._port = port
        self._connector = connector
        self._line: Line | None = None
        self._serial: str | None = None
        self._product = ""
        self._running = 0.0
        """Seconds that it had been running when it answered last."""
        self._capability = CAPABILITY

    @property
    def capability(self) -> Capability:
        """What the charger can do; final after identify()."""
        return self._capability

    async def identify(self) -> Identity:
        """Ask who it is, how much its hardware carries and what its watchdog is set to.

        Raises:
            CannotConnect: Where nobody answers, or another program holds the port.
            BadAnswer: Where the answer makes no sense.
            WrongDevice: Where something answers that tells no product, or has no such socket.
        """
        line = await self._reach()
        about = _Report(await line.report(1))
        product = about.text("Product")
        if product is None:
            raise WrongDevice(f"{self._host}: answers like no KEBA charger, it tells no product")
        if self._connector != 1:
            raise WrongDevice(f"{self._host}: there is no socket {self._connector}, only one")
        self._serial, self._product, self._running = about.text("Serial"), product, 0.0
        self._capability = _capability(await self._ask(2), product)
        return Identity(
            manufacturer=_manufacturer(product),
            model=product,
            serial=self._serial,
            firmware=about.text("Firmware"),
        )

    async def read(self) -> ChargerValues:
        """Read state, currents and limit.

        Raises:
            CannotConnect: Where nobody answers, or it has started anew since.
            BadAnswer: Where the answer makes no sense.
            WrongDevice: Where another charger answers.
        """
        return _values(await self._ask(2), await self._ask(3), measures=self._capability.measures)

    async def write_limit(self, amperes: float) -> None:
        """Set the limit, rounded down to whole mA, and enable it; 0 disables it without ending the session.

        It is enabled each time: when its watchdog has expired it takes a current only together with that.

        Raises:
            ValueError: For a limit that the charger cannot have.
            CannotConnect: Where nobody answers; the command may have been heard.
            BadAnswer: Where the charger refuses.
        """
        check_limit(self._capability, amperes)
        line = self._line or await self._reach()
        if amperes == 0:
            await line.command("ena 0")
        else:
            await line.command(f"curr {math.floor((amperes + TOLERANCE) * 1000)}")
            await line.command("ena 1")

    async def write_phases(self, phases: int) -> None:
        """It does not tell over UDP how many phases it is switched to, so they are not switched.

        Raises:
            ValueError: Always.
        """
        raise ValueError(f"cannot be switched to {phases} phases over UDP")

    async def arm_fall_back(self, fall_back: FallBack) -> None:
        """Set its failsafe until it starts anew: it is not kept in its EEPROM, which wears out.

        Raises:
            ValueError: For a current or a time-out that the charger cannot have.
            CannotConnect: Where nobody answers; the command may have been heard.
            BadAnswer: Where the charger refuses.
        """
        fall_back.check(self._capability)
        line = self._line or await self._reach()
        await line.command(f"failsafe {fall_back.timeout or 0:.0f} {math.floor(fall_back.amperes * 1000)} 0")
        self._capability = _capability(await self._ask(2), self._product)

    async def close(self) -> None:
        """Let go of the line."""
        if self._line is not None:
            line, self._line = self._line, None
            await self._listener.release(line)

    async def _reach(self) -> Line:
        """Look the name up anew: the charger may have another address now."""
        line = await self._listener.acquire(self._host, self._port)
        before, self._line = self._line, line
        if before is not None:
            await self._listener.release(before)
        return line

    async def _ask(self, number: int) -> _Report:
        line = self._line or await self._reach()
        fields = _Report(await line.report(number))
        serial, running = fields.text("Serial"), fields.optional("Sec")
        if serial is not None and serial != self._serial:
            raise WrongDevice(f"{self._host}: the charger {serial} answers instead of {self._serial}")
        if running is not None:
            if running < self._running:
                raise CannotConnect(f"{self._host}: has started anew")
            self._running = running
        return fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A charger that answered a broadcast."""

    host: str
    port: int
    serial: str
    product: str

    @property
    def identity(self) -> Identity:
        """Who it is."""
        return Identity(manufacturer=_manufacturer(self.product), model=self.product, serial=self.serial)


async def discover(
    listener: KebaListener, broadcast: str, seconds: float, port: int = PORT
) -> AsyncGenerator[Answered]:
    """Ask a whole network and tell of each charger as it answers; only KEBA chargers and emulators do.

    Args:
        listener: Shared by all chargers.
        broadcast: Broadcast address of the network.
        seconds: How long to listen.
        port: UDP port of the chargers.

    Raises:
        CannotConnect: Where another program holds the port.
    """
    heard: asyncio.Queue[tuple[Source, str]] = asyncio.Queue()
    told: set[Source] = set()
    asked: set[Source] = set()
    async with listener.overhear(lambda source, text: heard.put_nowait((source, text))):
        end = asyncio.get_running_loop().time() + seconds
        listener.send("i", (broadcast, port))
        await asyncio.sleep(GAP)
        listener.send("report 1", (broadcast, port))
        while True:
            try:
                async with asyncio.timeout_at(end):
                    source, text = await heard.get()
            except TimeoutError:
                return
            if text.startswith('"Firmware"') and source not in asked:
                # The short answer to "i": it is there, but has not told its serial number.
                asked.add(source)
                listener.send("report 1", source)
            found = _answered(source, text)
            if found is not None and source not in told:
                told.add(source)
                yield found


def _answered(source: Source, text: str) -> Answered | None:
    with suppress(BadAnswer):
        fields = report(text)
        if fields is not None and str(fields["ID"]) == "1":
            about = _Report(fields)
            serial, product = about.text("Serial"), about.text("Product")
            if serial is not None and product is not None:
                return Answered(host=source[0], port=source[1], serial=serial, product=product)
    return None


def _manufacturer(product: str) -> str:
    return "BMW" if product.startswith("BMW") else "KEBA"


class _Report:
    """The fields of a report by their names in the guide."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self._fields = fields

    def text(self, name: str) -> str | None:
        """A text, None where it is missing or empty."""
        value = self._fields.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
            raise BadAnswer(f"report {self._fields['ID']}: {name}: {value!r} is not a text")
        return None if value is None else str(value).strip() or None

    def optional(self, name: str, scale: float = 1.0) -> float | None:
        """A finite number times ``scale``, None where it is missing."""
        value = self._fields.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _ABSURD:
            raise BadAnswer(f"report {self._fields['ID']}: {name}: {value!r} is not a number")
        return value * scale

    def number(self, name: str, scale: float = 1.0) -> float:
        """A finite number times ``scale`` that has to be there."""
        value = self.optional(name, scale)
        if value is None:
            raise BadAnswer(f"report {self._fields['ID']}: {name} is missing")
        return value


def _capability(status: _Report, product: str) -> Capability:
    """What a charger can do, from its second report."""
    hardware = status.optional("Curr HW", 0.001)
    capability = replace(
        CAPABILITY,
        # Without a cable it tells 0.
        maximum=hardware if hardware is not None and CAPABILITY.minimum <= hardware <= _MOST else CAPABILITY.maximum,
        measures=not product.endswith(_WITHOUT_METER),
    )
    # Emulators have no watchdog.
    timeout = status.optional("Tmo FS")
    if timeout is None:
        return replace(capability, fall_back_settable=False, timeout_range=None)
    if not timeout:
        return capability
    return replace(
        capability,
        feed=Feed.WRITE,
        timeout=timeout,
        resend=timeout * _RESEND_SHARE,
        expiry=Expiry.FALL_BACK,
        fall_back=status.number("Curr FS", 0.001),
    )


def _values(status: _Report, measured: _Report, *, measures: bool) -> ChargerValues:
    state, plug = _STATES.get(int(status.number("State"))), status.optional("Plug")
    if state in (VehicleState.A, VehicleState.B) and plug is not None:
        state = VehicleState.B if int(plug) & _PLUG_IN_CAR else VehicleState.A
    errors = [int(code) for name in ("Error1", "Error2") if (code := status.optional(name))]
    return ChargerValues(
        amperes=_amperes(measured, charging=state is VehicleState.C) if measures else NO_VALUES,
        state=state,
        limit=_limit(status),
        locked=None if plug is None else bool(int(plug) & _PLUG_LOCKED),
        watts=measured.optional("P", 0.001) if measures else None,
        session_wh=measured.optional("E pres", 0.1),
        total_wh=measured.optional("E total", 0.1),
        fault=", ".join(f"0x{code:X}" for code in errors) or None,
    )


def _amperes(measured: _Report, *, charging: bool) -> PerLine:
    """The currents; a charger that sees no voltage on any phase while it charges has no meter."""
    if charging and not any(measured.optional(name) for name in ("U1", "U2", "U3")):
        return NO_VALUES
    return measured.optional("I1", 0.001), measured.optional("I2", 0.001), measured.optional("I3", 0.001)


def _limit(status: _Report) -> float:
    """The limit in force, A: what was set, or what it offers the car where that is more, as after its watchdog."""
    chosen = status.number("Curr user", 0.001) if status.number("Enable user") else 0.0
    return max(chosen, status.optional("Max curr", 0.001) or 0.0)


def _at(shared: Shared, place: Place) -> KebaCharger:
    return KebaCharger(shared.keba, place.host, place.port, place.connector)


KEBA_UDP = NetworkCharger(
    id="keba_udp",
    title="KEBA KeContact P20, P30, BMW Wallbox (UDP)",
    brand="KEBA",
    model="KeContact",
    confidence=Confidence.DOUBLE,
    sources=(
        "KeContact P20/P30 UDP programmers guide",
        "evcc-io/evcc charger/keba-udp.go",
        "OpenEMS/openems io.openems.edge.evcs.keba.udp",
        "homeassistant components/keba",
        "nymea/nymea-plugins keba",
    ),
    connection=Connection.UDP,
    port=PORT,
    capability=CAPABILITY,
    pause=PauseKind.SWITCH,
    factory=_at,
)
