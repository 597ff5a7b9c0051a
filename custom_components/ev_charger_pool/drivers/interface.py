"""The two small interfaces that every driver fulfils, and how a driver fails."""

from dataclasses import dataclass
from typing import Protocol

from ..pool.model import Capability, ChargerValues, PerLine


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
    watts: PerLine = (None, None, None)
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
