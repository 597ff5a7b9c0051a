"""Where a user wants to look for devices: addresses of private networks."""

from collections.abc import Iterable
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
import re
from typing import NamedTuple

MAX_ADDRESSES = 1024

_PRIVATE = tuple(
    IPv4Network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8")
)
"""RFC 1918, RFC 3927 and the machine itself."""


class Target(NamedTuple):
    """Where to look."""

    host: str
    port: int


class TargetProblem(StrEnum):
    """What is wrong with a part of what the user typed."""

    EMPTY = "empty"
    NOT_AN_ADDRESS = "not_an_address"
    NOT_PRIVATE = "not_private"
    TOO_MANY = "too_many"


class TargetError(ValueError):
    """What the user typed cannot be searched.

    Args:
        problem: What is wrong.
        part: The part of the text that is.
    """

    def __init__(self, problem: TargetProblem, part: str) -> None:
        super().__init__(f"{part!r}: {problem.value.replace('_', ' ')}")
        self.problem = problem
        self.part = part


def private_targets(text: str, ports: Iterable[int]) -> list[Target]:
    """The addresses in what a user typed, times the ports.

    Args:
        text: Addresses, networks and ranges, parted by commas or blanks:
            ``192.168.1.0/24, 192.168.2.5-9, 127.0.0.1``.
        ports: TCP ports to try on each.

    Raises:
        TargetError: For a part that is no IPv4 address, is not in a private network, or makes more than
            ``MAX_ADDRESSES`` together with the parts before it.
    """
    ports = list(ports)
    addresses: dict[IPv4Address, None] = {}
    for part in re.split(r"[\s,;]+", re.sub(r"\s*-\s*", "-", text.strip(" \t\r\n,;"))):
        first, last = _bounds(part)
        if not any(first in network and last in network for network in _PRIVATE):
            raise TargetError(TargetProblem.NOT_PRIVATE, part)
        if int(last) - int(first) >= MAX_ADDRESSES:
            raise TargetError(TargetProblem.TOO_MANY, part)
        addresses |= {IPv4Address(number): None for number in range(int(first), int(last) + 1)}
        if len(addresses) > MAX_ADDRESSES:
            raise TargetError(TargetProblem.TOO_MANY, part)
    return [Target(str(address), port) for address in addresses for port in ports]


def _bounds(part: str) -> tuple[IPv4Address, IPv4Address]:
    if not part:
        raise TargetError(TargetProblem.EMPTY, part)
    try:
        if "/" in part:
            network = IPv4Network(part, strict=False)
            hosts = slice(1, -1) if network.prefixlen < 31 else slice(None)
            ends = range(int(network.network_address), int(network.broadcast_address) + 1)[hosts]
            return IPv4Address(ends[0]), IPv4Address(ends[-1])
        start, _, end = part.partition("-")
        first = IPv4Address(start)
        if end.isdecimal():
            end = f"{start.rpartition('.')[0]}.{end}"
        last = IPv4Address(end) if end else first
    except ValueError as error:
        raise TargetError(TargetProblem.NOT_AN_ADDRESS, part) from error
    if last < first:
        raise TargetError(TargetProblem.NOT_AN_ADDRESS, part)
    return first, last
