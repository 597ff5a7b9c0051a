"""What a Modbus charger or meter is: the data of a profile, checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
import re

from ..pool.model import Capability, VehicleState
from .modbus_line import Framing, SerialSettings
from .registers import Register, Write


class Confidence(StrEnum):
    """How well the facts of a profile are known."""

    DOUBLE = "double"
    """Two independent sources agree."""
    SINGLE = "single"
    MIXED = "mixed"


class PauseKind(StrEnum):
    """How a charger is paused."""

    LIMIT = "limit"
    """Its limit becomes 0."""
    SWITCH = "switch"
    """Something is turned off, and on again: a register, a switch, a mode."""
    COMMAND = "command"
    """One command pauses, another ends it."""


class NextConnector(StrEnum):
    """How the second socket of a device is addressed."""

    UNIT = "unit"
    """One unit further."""
    PORT = "port"
    """One port further."""
    REGISTER = "register"
    """Its registers are some addresses further."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a socket of a device answers."""

    port: int
    unit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """How to talk to a device.

    Args:
        port: Of the first socket.
        unit: Of the first socket.
        connectors: The most sockets that a device of this kind has.
        next_connector: How the second one is addressed.
        connector_step: From the registers of a socket to those of the next one.
        words_per_read: The most words that one request may ask for.
        gap: Seconds to keep between two requests.
        framing: That devices of this kind have where no gateway translates.
        serial: Of a serial line to it, None where it has none.
    """

    port: int
    unit: int
    connectors: int
    next_connector: NextConnector
    connector_step: int
    words_per_read: int
    gap: float
    framing: Framing
    serial: SerialSettings | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a device must answer to be the one that a profile describes.

    Args:
        register: One value; where it is not available or absurd the check fails.
        matches: Has to be found in the value's text.
    """

    register: Register
    matches: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRegisters:
    """Where a device says who it is; None where it does not.

    Args:
        serial: Serial number.
        firmware: Version of the firmware.
        model: Name of the model.
        connectors: Number of sockets.
    """

    serial: Register | None
    firmware: Register | None
    model: Register | None
    connectors: Register | None

    def __iter__(self) -> Iterator[Register]:
        """The registers there are."""
        return (place for place in (self.serial, self.firmware, self.model, self.connectors) if place is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceProfile:
    """What chargers and meters have in common.

    Args:
        id: Name of the file.
        title: Brand and models, as shown in a list.
        brand: Manufacturer.
        model: Name of the model where the device does not tell a better one.
        confidence: How well the facts are known.
        sources: Where the facts come from.
        transport: How to talk to it.
        fingerprint: All of these hold for this kind of device and for no other.
        identity: Where it says who it is.
        poll_interval: Seconds between two reads.
    """

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

    def address(self, connector: int = 1) -> Address:
        """Where a socket answers when nothing else was set up in the device.

        Raises:
            ValueError: For a socket that no device of this kind has.
        """
        if not 1 <= connector <= self.transport.connectors:
            raise ValueError(f"{self.title} has no socket {connector}")
        return self.neighbour(Address(self.transport.port, self.transport.unit), connector)

    def neighbour(self, first: Address, connector: int) -> Address:
        """Where a socket answers, given where the first one does."""
        further = connector - 1
        match self.transport.next_connector:
            case NextConnector.PORT:
                return Address(first.port + further, first.unit)
            case NextConnector.UNIT:
                return Address(first.port, first.unit + further)
            case NextConnector.REGISTER:
                return first


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerRegisters:
    """Where the values of a charger are; None where it does not tell.

    Args:
        state: Its words are translated by ``states``.
        states: Text of the value to IEC 61851-1; others mean that the state is not known.
        plugged: Not 0 with a car plugged in; decides between states A and B.
        locked: Not 0 with the plug locked.
        amperes: Per phase.
        limit: The limit that stands in the device, A.
        watts: Total power.
        session_wh: Energy of the session.
        total_wh: Energy counter.
        fault: Not 0 with a fault.
        phases: That it is switched to, 1 or 3.
    """

    state: Register
    states: Mapping[str, VehicleState]
    plugged: Register | None
    locked: Register | None
    amperes: Register | None
    limit: Register | None
    watts: Register | None
    session_wh: Register | None
    total_wh: Register | None
    fault: Register | None
    phases: Register | None

    def __iter__(self) -> Iterator[Register]:
        """The registers there are."""
        places = (
            self.state,
            self.plugged,
            self.locked,
            self.amperes,
            self.limit,
            self.watts,
            self.session_wh,
            self.total_wh,
            self.fault,
            self.phases,
        )
        return (register for register in places if register is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitWrites:
    """How to set the limit.

    Args:
        set: Writes the limit.
        pause: Stops charging and keeps the session.
        resume: After ``set``, where a pause has to be taken back.
        hardware: Where the highest current of the hardware is.
    """

    set: tuple[Write, ...]
    pause: tuple[Write, ...]
    resume: tuple[Write, ...]
    hardware: Register | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchdog:
    """What a charger does when it hears nothing.

    Args:
        timeout: Seconds of silence where the device does not tell; None where that is not known.
        read_timeout: Where it tells; 0 means that the watchdog is off.
        read_fall_back: Where the current after expiry is.
        set_timeout: Sets the seconds.
        timeout_range: The least and the most of them that it takes; None where they cannot be set.
        set_fall_back: Sets the current after expiry.
    """

    timeout: float | None
    read_timeout: Register | None
    read_fall_back: Register | None
    set_timeout: Write | None
    timeout_range: tuple[float, float] | None
    set_fall_back: Write | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerProfile(DeviceProfile):
    """A charger.

    Args:
        registers: Where its values are.
        limit: How to set its limit.
        watchdog: What it does when it hears nothing.
        phase_switch: By number of phases what switches to them, empty where nothing does.
        balances_itself: Whether it can share or follow power by itself, and only its user can turn that off.
        capability: What it can do as far as the file tells; a device may tell more.
        variants: Other models of the family, the first that fits holds.
    """

    registers: ChargerRegisters
    limit: LimitWrites
    watchdog: Watchdog
    phase_switch: Mapping[int, tuple[Write, ...]]
    balances_itself: bool
    capability: Capability
    variants: tuple[Variant, ...]

    @property
    def pause_kind(self) -> PauseKind:
        """How it is paused."""
        limit = {write.address for write in self.limit.set}
        return PauseKind.LIMIT if all(write.address in limit for write in self.limit.pause) else PauseKind.SWITCH


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A model that differs from its family.

    Args:
        when: All of these hold for it.
        profile: What it is.
    """

    when: tuple[Check, ...]
    profile: ChargerProfile


def of_connector(profile: ChargerProfile, connector: int) -> ChargerProfile:
    """The profile of a socket, where sockets have registers of their own."""
    step = profile.transport.connector_step * (connector - 1)
    if not step:
        return profile

    def writes(ones: tuple[Write, ...]) -> tuple[Write, ...]:
        return tuple(replace(one, address=one.address + step) for one in ones)

    def register[Place: (Register, Register | None)](one: Place) -> Place:
        return one if one is None else replace(one, address=one.address + step)

    told, limit = profile.registers, profile.limit
    registers = replace(
        told,
        state=register(told.state),
        plugged=register(told.plugged),
        locked=register(told.locked),
        amperes=register(told.amperes),
        limit=register(told.limit),
        watts=register(told.watts),
        session_wh=register(told.session_wh),
        total_wh=register(told.total_wh),
        fault=register(told.fault),
        phases=register(told.phases),
    )
    return replace(
        profile,
        registers=registers,
        limit=replace(limit, set=writes(limit.set), pause=writes(limit.pause), resume=writes(limit.resume)),
        variants=tuple(
            replace(variant, profile=of_connector(variant.profile, connector)) for variant in profile.variants
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterProfile(DeviceProfile):
    """A meter.

    Args:
        amperes: Per line.
        signed: Whether these carry the direction.
        watts: Per line, signed, positive into the site.
        resolution: Smallest step of the currents.
    """

    amperes: Register
    signed: bool
    watts: Register | None
    resolution: float
