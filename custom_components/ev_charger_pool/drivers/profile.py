"""Profiles: files that say what a Modbus charger or meter is. ``profiles/README.md`` has the fields.

Loading reads files: call it from an executor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
import math
from pathlib import Path
import re
from typing import TypedDict

from ..pool.model import LINES, Capability, Expiry, Feed, VehicleState
from .fields import Fields, ProfileError, content
from .modbus_line import Framing, Parity, SerialSettings
from .profile_model import (
    ChargerProfile,
    ChargerRegisters,
    Check,
    Confidence,
    IdentityRegisters,
    LimitWrites,
    MeterProfile,
    NextConnector,
    Transport,
    Variant,
    Watchdog,
)
from .registers import Encoding, Kind, Register, Render, Table, WordOrder, Write

PROFILES = Path(__file__).parent / "profiles"
CHARGERS = "chargers"
METERS = "meters"

MAX_WORDS_PER_READ = 125
"""Modbus Application Protocol 1.1b3, section 6.3."""
MODBUS_PORT = 502

_TIMEOUT_RANGE = (1.0, 600.0)
"""Seconds that a watchdog can be set to where the file tells nothing else."""

_DEFAULTS = Capability()
_ANYTHING = re.compile("")


class _Common(TypedDict):
    id: str
    title: str
    brand: str
    model: str
    confidence: Confidence
    sources: tuple[str, ...]
    transport: Transport
    fingerprint: tuple[Check, ...]
    identity: IdentityRegisters
    poll_interval: float


@cache
def charger_profiles() -> dict[str, ChargerProfile]:
    """The chargers that ship with the integration, by id."""
    return {path.stem: load_charger_profile(path) for path in _files(PROFILES / CHARGERS)}


@cache
def meter_profiles() -> dict[str, MeterProfile]:
    """The meters that ship with the integration, by id."""
    return {path.stem: load_meter_profile(path) for path in _files(PROFILES / METERS)}


@dataclass(frozen=True, slots=True)
class Library:
    """All devices that are known over Modbus.

    Args:
        chargers: By id.
        meters: By id.
        refused: Path below the folder of the user's files to what is wrong with it.
    """

    chargers: Mapping[str, ChargerProfile]
    meters: Mapping[str, MeterProfile]
    refused: Mapping[str, str]


def library(own: Path) -> Library:
    """What ships with the integration and what a user has added; a file of the user's replaces one of the same name.

    Args:
        own: The user's folder, with ``chargers`` and ``meters`` in it; need not be there.
    """
    chargers, meters, refused = dict(charger_profiles()), dict(meter_profiles()), {}
    for path in _files(own / CHARGERS):
        try:
            chargers[path.stem] = load_charger_profile(path)
        except ProfileError as error:
            refused[f"{CHARGERS}/{path.name}"] = str(error)
    for path in _files(own / METERS):
        try:
            meters[path.stem] = load_meter_profile(path)
        except ProfileError as error:
            refused[f"{METERS}/{path.name}"] = str(error)
    return Library(chargers, meters, refused)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))


def load_charger_profile(path: Path) -> ChargerProfile:
    """Load and check a charger's file.

    Raises:
        ProfileError: With file, field and reason.
    """
    return _charger(content(path), path)


def load_meter_profile(path: Path) -> MeterProfile:
    """Load and check a meter's file.

    Raises:
        ProfileError: With file, field and reason.
    """
    fields = Fields(content(path), path.name)
    device = _Device(fields, path.stem)
    values = fields.fields("values")
    amperes = device.register(values.fields("amperes"))
    watts = device.optional(values, "watts")
    for name, register in (("amperes", amperes), ("watts", watts)):
        if register is not None and register.count > LINES:
            raise values.refuse(name, f"{register.count} values are more than there are lines")
    values.finish()
    profile = MeterProfile(
        **device.common(fields),
        amperes=amperes,
        signed=fields.flag("signed", default=False),
        watts=watts,
        resolution=fields.number("resolution", least=0.001),
    )
    fields.finish()
    return profile


def _charger(data: Mapping[str, object], path: Path) -> ChargerProfile:
    family = {name: value for name, value in data.items() if name != "variants"}
    fields = Fields(family, path.name)
    device = _Device(fields, path.stem)
    registers = _charger_registers(device, fields.fields("values"))
    limit_fields = fields.fields("limit")
    watchdog_fields = fields.fields("watchdog")
    expiry = watchdog_fields.choice("expiry", Expiry)
    feed = watchdog_fields.choice("feed", Feed)
    watchdog = _watchdog(device, watchdog_fields)
    phase_switch = _phase_switch(device, fields.fields("phase_switch")) if "phase_switch" in fields else {}
    if phase_switch and registers.phases is None:
        raise fields.refuse("phase_switch", "nothing tells the phases that it is switched to")
    try:
        capability = Capability(
            minimum=limit_fields.number("minimum"),
            maximum=limit_fields.number("maximum"),
            step=limit_fields.number("step"),
            phases=fields.whole("phases"),
            measures=registers.amperes is not None,
            poll_interval=device.poll_interval,
            write_interval=limit_fields.number("write_interval", 0.0),
            latency=limit_fields.number("latency", _DEFAULTS.latency),
            settle=limit_fields.number("settle", _DEFAULTS.settle),
            resend=_optional_number(limit_fields, "resend", least=1.0),
            feed=feed,
            expiry=expiry,
            fall_back_settable=watchdog.set_fall_back is not None,
            timeout_range=watchdog.timeout_range,
            reboot_default=_optional_number(limit_fields, "reboot_default"),
            stored=limit_fields.flag("stored", default=False),
            phase_switch=bool(phase_switch),
        )
    except ProfileError:
        raise
    except ValueError as error:
        raise fields.refuse("limit", str(error)) from error
    profile = ChargerProfile(
        **device.common(fields),
        registers=registers,
        limit=_limit_writes(device, limit_fields, capability),
        watchdog=watchdog,
        phase_switch=phase_switch,
        balances_itself=fields.flag("balances_itself", default=False),
        capability=capability,
        variants=_variants(data, family, device, path),
    )
    fields.finish()
    return profile


def _variants(
    data: Mapping[str, object], family: Mapping[str, object], device: _Device, path: Path
) -> tuple[Variant, ...]:
    result = []
    for variant in Fields({"variants": data.get("variants", [])}, path.name).each("variants"):
        when = device.checks(variant, "when")
        result.append(Variant(when=when, profile=_charger(_merge(family, variant.rest()), path)))
    return tuple(result)


def _merge(base: Mapping[str, object], overrides: Mapping[str, object]) -> dict[str, object]:
    merged = dict(base)
    for name, value in overrides.items():
        below = base.get(name)
        merged[name] = _merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def _charger_registers(device: _Device, fields: Fields) -> ChargerRegisters:
    state = fields.fields("state")
    states = {}
    words = state.fields("states")
    for word in words.names():
        states[word] = words.choice(word, VehicleState)
    if not states:
        raise state.refuse("states", "is missing")
    registers = ChargerRegisters(
        state=device.register(state),
        states=states,
        plugged=device.optional(fields, "plugged"),
        locked=device.optional(fields, "locked"),
        amperes=device.optional(fields, "amperes"),
        limit=device.optional(fields, "limit"),
        watts=device.optional(fields, "watts"),
        session_wh=device.optional(fields, "session_wh"),
        total_wh=device.optional(fields, "total_wh"),
        fault=device.optional(fields, "fault"),
        phases=device.optional(fields, "phases"),
    )
    if registers.amperes is not None and registers.amperes.count > LINES:
        raise fields.refuse("amperes", f"{registers.amperes.count} values are more than there are phases")
    fields.finish()
    return registers


def _limit_writes(device: _Device, fields: Fields, capability: Capability) -> LimitWrites:
    writes = LimitWrites(
        set=tuple(device.write(item) for item in fields.each("set")),
        pause=tuple(device.write(item) for item in fields.each("pause")),
        resume=tuple(device.write(item) for item in fields.each("resume")),
        hardware=device.optional(fields, "hardware"),
    )
    if not any(write.value is None for write in writes.set):
        raise fields.refuse("set", "nothing writes the limit")
    if not writes.pause:
        raise fields.refuse("pause", "is missing")
    if any(write.value is None for write in writes.pause + writes.resume):
        raise fields.refuse("pause", "a pause and its end write a fixed value")
    if writes.hardware is not None and writes.hardware.least < capability.minimum:
        raise fields.refuse("hardware.range", f"has to begin at the minimum of {capability.minimum:g} A or above")
    for write in writes.set + writes.pause + writes.resume:
        if not write.kind.floating and write.value is None and write.scale > capability.step:
            raise fields.refuse("step", f"{capability.step} A is finer than the register's {write.scale} A")
        try:
            write.encode(capability.maximum)
        except ValueError as error:
            raise fields.refuse("set", str(error)) from error
    fields.finish()
    return writes


def _watchdog(device: _Device, fields: Fields) -> Watchdog:
    set_timeout = device.optional_write(fields, "set_timeout")
    set_fall_back = device.optional_write(fields, "set_fall_back")
    for name, write in (("set_timeout", set_timeout), ("set_fall_back", set_fall_back)):
        if write is not None and write.value is not None:
            raise fields.refuse(name, "writes what the user wants, not a fixed value")
    timeout_range = None
    if set_timeout is not None:
        timeout_range = fields.pair("timeout_range") if "timeout_range" in fields else _TIMEOUT_RANGE
        try:
            set_timeout.encode(timeout_range[1])
        except ValueError as error:
            raise fields.refuse("timeout_range", str(error)) from error
    watchdog = Watchdog(
        timeout=_optional_number(fields, "timeout"),
        read_timeout=device.optional(fields, "read_timeout"),
        read_fall_back=device.optional(fields, "read_fall_back"),
        set_timeout=set_timeout,
        timeout_range=timeout_range,
        set_fall_back=set_fall_back,
    )
    fields.finish()
    return watchdog


def _phase_switch(device: _Device, fields: Fields) -> dict[int, tuple[Write, ...]]:
    switch = {}
    for name, phases in (("one", 1), ("three", LINES)):
        switch[phases] = tuple(device.write(item) for item in fields.each(name))
        if not switch[phases]:
            raise fields.refuse(name, "is missing")
        if any(write.value is None for write in switch[phases]):
            raise fields.refuse(name, "a switch of phases writes fixed values")
    fields.finish()
    return switch


def _serial(fields: Fields) -> SerialSettings:
    settings = SerialSettings(
        baud=fields.whole("baud", least=300, most=1_000_000),
        parity=fields.choice("parity", Parity, Parity.NONE),
        stop_bits=fields.whole("stop_bits", 1, least=1, most=2),
    )
    fields.finish()
    return settings


def _optional_number(fields: Fields, name: str, *, least: float = 0.0) -> float | None:
    return fields.number(name, least=least) if name in fields else None


class _Device:
    """Reads what chargers and meters have in common, and registers with the device's defaults."""

    def __init__(self, fields: Fields, profile_id: str) -> None:
        self._id = profile_id
        connection = fields.fields("connection")
        self._transport = Transport(
            port=connection.whole("port", MODBUS_PORT, least=1),
            unit=connection.whole("unit", most=255),
            connectors=connection.whole("connectors", 1, least=1, most=9),
            next_connector=connection.choice("next_connector", NextConnector, NextConnector.UNIT),
            connector_step=connection.whole("connector_step", 0),
            words_per_read=connection.whole("words_per_read", MAX_WORDS_PER_READ, least=1, most=MAX_WORDS_PER_READ),
            gap=connection.number("gap", 0.0, most=10.0),
            framing=connection.choice("framing", Framing, Framing.TCP),
            serial=_serial(connection.fields("serial")) if "serial" in connection else None,
        )
        if (self._transport.next_connector is NextConnector.REGISTER) != (self._transport.connector_step > 0):
            raise connection.refuse("connector_step", "is there for sockets with registers of their own")
        if self._transport.framing is Framing.SERIAL:
            raise connection.refuse("framing", "a serial port is the user's choice")
        self._word_order = connection.choice("word_order", WordOrder)
        not_available = connection.fields("not_available")
        self._not_available = {
            Kind(name): not_available.whole(name, most=(1 << 64) - 1) for name in not_available.names() if name in Kind
        }
        not_available.finish()
        connection.finish()
        self.poll_interval = fields.number("poll_interval", least=0.1)

    def register(self, fields: Fields) -> Register:
        """A register of the file."""
        kind = fields.choice("type", Kind)
        least, most = fields.pair("range") if "range" in fields else (-math.inf, math.inf)
        bits = fields.pair("bits") if "bits" in fields else None
        not_available = self._not_available.get(kind)
        if "not_available" in fields:
            not_available = fields.whole("not_available", most=(1 << 64) - 1)
        register = Register(
            address=fields.whole("address"),
            kind=kind,
            unit=fields.whole("unit", most=255) if "unit" in fields else None,
            table=fields.choice("table", Table, Table.HOLDING),
            count=fields.whole("count", 1, least=1, most=MAX_WORDS_PER_READ),
            stride=fields.whole("stride", least=1, most=1000) if "stride" in fields else None,
            encoding=fields.choice("encoding", Encoding, Encoding.ASCII),
            byte_order=fields.choice("byte_order", WordOrder, WordOrder.BIG),
            scale=fields.number("scale", 1, least=1e-6),
            word_order=fields.choice("word_order", WordOrder, self._word_order),
            bits=None if bits is None else (int(bits[0]), int(bits[1])),
            not_available=not_available,
            least=least,
            most=most,
            render=fields.choice("render", Render) if "render" in fields else None,
            optional=fields.flag("optional", default=False),
            seldom=fields.flag("seldom", default=False),
        )
        fields.finish()
        if register.atom > self._transport.words_per_read:
            raise fields.refuse("type", f"{register.atom} words are more than one request may ask for")
        if bits is not None and (not kind.numeric or kind.floating):
            raise fields.refuse("bits", f"a {kind} has none")
        if register.table.bits and kind is not Kind.U16:
            raise fields.refuse("type", f"a bit is read as u16, not as {kind}")
        if register.stride is not None and (not kind.numeric or register.stride < register.atom):
            raise fields.refuse("stride", "is the distance of numbers, at least their length")
        return register

    def optional(self, fields: Fields, name: str) -> Register | None:
        """A register that the file may leave out."""
        return self.register(fields.fields(name)) if name in fields else None

    def write(self, fields: Fields) -> Write:
        """A write of the file."""
        write = Write(
            address=fields.whole("address"),
            kind=fields.choice("type", Kind),
            code=fields.whole("code"),
            unit=fields.whole("unit", most=255) if "unit" in fields else None,
            count=fields.whole("count", 1, least=1, most=9),
            scale=fields.number("scale", 1, least=1e-6),
            word_order=fields.choice("word_order", WordOrder, self._word_order),
            value=_optional_number(fields, "value"),
        )
        fields.finish()
        if not write.kind.numeric:
            raise fields.refuse("type", f"a {write.kind} cannot be written")
        one = write.kind.words == write.count == 1
        if write.code not in (5, 6, 16) or (write.code != 16 and not one):
            raise fields.refuse("code", "is 5 for a coil, 6 for one word, 16 for any number of words")
        if write.code == 5 and write.value not in (0, 1):
            raise fields.refuse("value", "is 0 or 1 for a coil")
        return write

    def optional_write(self, fields: Fields, name: str) -> Write | None:
        """A write that the file may leave out."""
        return self.write(fields.fields(name)) if name in fields else None

    def checks(self, fields: Fields, name: str) -> tuple[Check, ...]:
        """What a device must answer."""
        checks = []
        for item in fields.each(name):
            matches = item.pattern("matches") if "matches" in item else _ANYTHING
            checks.append(Check(register=self.register(item), matches=matches))
        if not checks:
            raise fields.refuse(name, "is missing")
        return tuple(checks)

    def common(self, fields: Fields) -> _Common:
        """What chargers and meters have in common."""
        identity = fields.fields("identity")
        common = _Common(
            id=self._id,
            title=fields.text("title"),
            brand=fields.text("brand"),
            model=fields.text("model"),
            confidence=fields.choice("confidence", Confidence),
            sources=fields.texts("sources"),
            transport=self._transport,
            fingerprint=self.checks(fields, "fingerprint"),
            identity=IdentityRegisters(
                serial=self.optional(identity, "serial"),
                firmware=self.optional(identity, "firmware"),
                model=self.optional(identity, "model"),
                connectors=self.optional(identity, "connectors"),
            ),
            poll_interval=self.poll_interval,
        )
        identity.finish()
        return common
