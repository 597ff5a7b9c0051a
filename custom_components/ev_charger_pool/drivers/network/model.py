"""What is known of a device with an interface of its own on the network before it is asked."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import aiohttp

from ...pool.model import Capability
from ..interface import ChargerDriver, Identity, MeterDriver
from ..profile_model import Confidence, PauseKind
from .keba_listener import KebaListener


class Connection(StrEnum):
    """How a device is talked to."""

    HTTP = "http"
    UDP = "udp"
    MULTICAST = "multicast"


class Access(StrEnum):
    """Whether a device lets everybody in."""

    OPEN = "open"
    PASSWORD_POSSIBLE = "password_possible"  # noqa: S105 - a word, not a password
    PASSWORD_NEEDED = "password_needed"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all drivers of the network share.

    Args:
        session: For HTTP.
        keba: For all chargers that answer to one port.
    """

    session: aiohttp.ClientSession
    keba: KebaListener = field(default_factory=KebaListener)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a device is, and how it lets us in.

    Args:
        host: Name or address.
        port: TCP or UDP port.
        connector: Number of the socket at a charger with several.
        username: Where the device has users.
        password: Where it has one.
        timeout: Seconds until an answer has to be complete.
    """

    host: str
    port: int
    connector: int = 1
    username: str | None = None
    password: str | None = None
    timeout: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkModel:
    """What chargers and meters have in common.

    Args:
        id: Saved with a device, never changed.
        title: Brand and models, as shown in a list.
        brand: Manufacturer.
        model: Name of the model where the device does not tell a better one.
        confidence: How well the facts are known.
        sources: Where the facts come from.
        connection: How it is talked to.
        port: The usual one.
        per_phase: Whether it measures a current per phase, where it has a meter.
        access: Whether it has a password.
        searchable: Whether a search may ask every address for it: only over HTTP, where one question tells.
    """

    id: str
    title: str
    brand: str
    model: str
    confidence: Confidence
    sources: tuple[str, ...]
    connection: Connection = Connection.HTTP
    port: int = 80
    per_phase: bool = True
    access: Access = Access.OPEN
    searchable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkCharger(NetworkModel):
    """A charger.

    Args:
        capability: What it can do as far as the model tells; a device may tell more.
        pause: How it is paused.
        balances_itself: Whether it can share or follow power by itself, and only its user can turn that off.
        connectors: The most sockets that a device of this kind has.
        factory: Makes its driver, which asks nothing yet.
    """

    capability: Capability
    pause: PauseKind = PauseKind.LIMIT
    balances_itself: bool = False
    connectors: int = 1
    factory: Callable[[Shared, Place], ChargerDriver]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A meter that was heard.

    Args:
        host: Where it sends from.
        identity: Who it is.
    """

    host: str
    identity: Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkMeter(NetworkModel):
    """A meter.

    Args:
        factory: Makes its driver, which asks nothing yet.
        hear: The meters of this kind that are heard within some seconds, where they send to everybody; raises
            CannotConnect where nobody can listen. Their serial number takes the place of an address.
    """

    factory: Callable[[Shared, Place], MeterDriver]
    hear: Callable[[float], Awaitable[Sequence[Heard]]] | None = None
