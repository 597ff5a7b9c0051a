"""What drivers over UDP have in common."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
import errno
import socket
from typing import cast, override

from ..interface import CannotConnect

type Source = tuple[str, int]
"""IPv4 address and port that a datagram came from."""

type Hear = Callable[[Source, bytes], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A multicast group.

    Args:
        address: Of the group.
        interface: Address of the network interface to join it on.
    """

    address: str
    interface: str


class UdpPort(asyncio.DatagramProtocol):
    """An open UDP port.

    Args:
        hear: Called with every datagram.
    """

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._transport: asyncio.DatagramTransport | None = None
        self._closed = asyncio.get_running_loop().create_future()

    def send(self, data: bytes, address: Source) -> None:
        """Send a datagram, also to a broadcast address."""
        if self._transport is not None:
            self._transport.sendto(data, address)

    async def close(self) -> None:
        """Close, and return when others may have the port."""
        if self._transport is not None:
            self._transport.close()
            await asyncio.shield(self._closed)

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._closed.set_result(None)

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._hear((addr[0], addr[1]), data)


async def open_port(hear: Hear, port: int, group: Group | None = None) -> UdpPort:
    """Listen on all networks of this machine.

    Args:
        hear: Called with every datagram.
        port: To listen to and to send from.
        group: To join; other programs may listen to the port as well then.

    Raises:
        CannotConnect: Where another program holds the port, or the group cannot be joined.
    """
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)  # noqa: FBT003 - it takes no keyword
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST if group is None else socket.SO_REUSEADDR, 1)
        opened.bind(("", port))
        if group is not None:
            member = socket.inet_aton(group.address) + socket.inet_aton(group.interface)
            opened.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        _, listening = await asyncio.get_running_loop().create_datagram_endpoint(lambda: UdpPort(hear), sock=opened)
    except BaseException as error:
        opened.close()
        if not isinstance(error, OSError):
            raise
        if error.errno == errno.EADDRINUSE:
            raise CannotConnect(f"UDP port {port} is held by another program or integration") from error
        joining = "" if group is None else f" for multicast group {group.address} on {group.interface}"
        raise CannotConnect(f"UDP port {port} cannot be opened{joining}: {error}") from error
    return listening


async def resolve(host: str, port: int) -> Source:
    """The IPv4 address of a host.

    Raises:
        CannotConnect: Where it has none.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise CannotConnect(f"{host}: no address ({error})") from error
    address, number = found[0][4][:2]
    return str(address), int(number)
