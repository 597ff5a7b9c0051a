"""The two small interfaces that every driver fulfils, and how a driver fails."""

from dataclasses import dataclass
from typing import Protocol

from ..pool.model import NO_VALUES, Capability, ChargerValues, Expiry, Feed, PerLine


class DriverError(Exception):
    """A device did not do what was asked. The text is for the log."""


class CannotConnect(DriverError):
    """Nobody answers at the address, or the connection broke."""


class WrongDevice(DriverError):
    """Something answers, but it is another device than expected."""


class BadAnswer(DriverError):
    """The device answers with an exception, too little or nonsense."""


class NotThere(BadAnswer):
    """The device knows nothing of what it was asked."""


class Busy(BadAnswer):
    """The device asks to be left alone for a while."""


class AccessDenied(DriverError):
    """The device wants a password, or another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a device says it is.

    Args:
        manufacturer: Brand.
        model: As the device or its profile names it.
        serial: Unique per device, None where it does not tell.
        firmware: Version text, None where it does not tell.
        connector: Number of the socket at a device with several.
        connectors: How many sockets the device has.
    """

    manufacturer: str
    model: str
    serial: str | None = None
    firmware: str | None = None
    connector: int = 1
    connectors: int = 1

    @property
    def unique_id(self) -> str | None:
        """What tells this socket from every other one, None where the device has no serial number."""
        return None if self.serial is None else f"{self.serial}_{self.connector}"


@dataclass(frozen=True, slots=True)
class FallBack:
    """What a charger does by itself once it has heard nothing for a while (R15).

    Args:
        amperes: That it goes to.
        timeout: Seconds until then; None where the charger has a time of its own.
    """

    amperes: float
    timeout: float | None

    def stands_in(self, capability: Capability) -> bool:
        """Whether a charger that can do this has it already."""
        return (
            capability.feed is not Feed.NOTHING
            and capability.expiry is Expiry.FALL_BACK
            and capability.fall_back == self.amperes
            and self.timeout in (None, capability.timeout)
        )

    def check(self, capability: Capability) -> None:
        """Refuse what a charger cannot have.

        None may be set to 0, although some could be: others take that for a fault.

        Raises:
            ValueError: Where it has no fall-back to be set, or not this one.
        """
        if not capability.fall_back_settable:
            raise ValueError("its fall-back cannot be set")
        if not capability.minimum <= self.amperes <= capability.maximum:
            raise ValueError(f"{self.amperes} A is not from {capability.minimum} to {capability.maximum} A")
        if (self.timeout is None) != (capability.timeout_range is None):
            raise ValueError(f"a time-out of {self.timeout} s cannot be set, only {capability.timeout_range}")
        if capability.timeout_range is not None and self.timeout is not None:
            least, most = capability.timeout_range
            if not least <= self.timeout <= most:
                raise ValueError(f"{self.timeout} s is not from {least} to {most} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterValues:
    """One answer of a meter; None is "not told", never 0.

    Args:
        amperes: Per line, positive into the site where the sign is known, else the magnitude.
        watts: Per line, signed.
        resolution: Smallest step of ``amperes``.
        age: Seconds since the device took the values, where it tells.
    """

    amperes: PerLine
    watts: PerLine = NO_VALUES
    resolution: float = 0.1
    age: float = 0.0


class ChargerDriver(Protocol):
    """A charger. Every method raises DriverError; a write may come in the middle of a read, never of another write."""

    @property
    def capability(self) -> Capability:
        """What the charger can do; final after identify()."""

    async def identify(self) -> Identity:
        """Ask who it is.

        Raises:
            WrongDevice: Where it is not what its profile says.
        """

    async def read(self) -> ChargerValues:
        """Read state, currents and limit."""

    async def write_limit(self, amperes: float) -> None:
        """Set the limit, 0 pauses without ending the session."""

    async def write_phases(self, phases: int) -> None:
        """Switch to one phase or three; only while nothing flows, and only where the capability has it."""

    async def arm_fall_back(self, fall_back: FallBack) -> None:
        """Set what it does once it has heard nothing for a while; it may be kept in flash.

        What the charger tells of it afterwards is in the capability.

        Raises:
            ValueError: Where it cannot have that.
        """

    async def close(self) -> None:
        """Let go of the connection."""


class MeterDriver(Protocol):
    """A meter. Every method raises DriverError; calls never overlap."""

    @property
    def poll_interval(self) -> float:
        """Seconds between two reads."""

    async def identify(self) -> Identity:
        """Ask who it is."""

    async def read(self) -> MeterValues:
        """Read the currents."""

    async def close(self) -> None:
        """Let go of the connection."""
