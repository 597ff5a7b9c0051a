"""Profiles: files that say what a Modbus charger or meter is. ``profiles/README.md`` has the fields.

Loading one reads a file: call it from an executor.
"""

from collections.abc import Mapping
from pathlib import Path

from ..pool.model import LINES, Capability, Expiry, Feed, VehicleState
from .fields import Fields, ProfileError, content
from .profile_fields import DeviceFields, optional_number
from .profile_model import (
    ChargerProfile,
    ChargerRegisters,
    LimitWrites,
    MeterProfile,
    Variant,
    Watchdog,
)
from .registers import Write

_TIMEOUT_RANGE = (1.0, 600.0)
"""Seconds that a watchdog can be set to where the file tells nothing else."""

_DEFAULTS = Capability()


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
    device = DeviceFields(fields, path.stem)
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
    device = DeviceFields(fields, path.stem)
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
            resend=optional_number(limit_fields, "resend", least=1.0),
            feed=feed,
            expiry=expiry,
            fall_back_settable=watchdog.set_fall_back is not None,
            timeout_range=watchdog.timeout_range,
            reboot_default=optional_number(limit_fields, "reboot_default"),
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
    data: Mapping[str, object], family: Mapping[str, object], device: DeviceFields, path: Path
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


def _charger_registers(device: DeviceFields, fields: Fields) -> ChargerRegisters:
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


def _limit_writes(device: DeviceFields, fields: Fields, capability: Capability) -> LimitWrites:
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


def _watchdog(device: DeviceFields, fields: Fields) -> Watchdog:
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
        timeout=optional_number(fields, "timeout"),
        read_timeout=device.optional(fields, "read_timeout"),
        read_fall_back=device.optional(fields, "read_fall_back"),
        set_timeout=set_timeout,
        timeout_range=timeout_range,
        set_fall_back=set_fall_back,
    )
    fields.finish()
    return watchdog


def _phase_switch(device: DeviceFields, fields: Fields) -> dict[int, tuple[Write, ...]]:
    switch = {}
    for name, phases in (("one", 1), ("three", LINES)):
        switch[phases] = tuple(device.write(item) for item in fields.each(name))
        if not switch[phases]:
            raise fields.refuse(name, "is missing")
        if any(write.value is None for write in switch[phases]):
            raise fields.refuse(name, "a switch of phases writes fixed values")
    fields.finish()
    return switch
