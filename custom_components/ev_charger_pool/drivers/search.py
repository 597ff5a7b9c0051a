"""Finding chargers and meters on a private network, by their Modbus fingerprints."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
import re
from types import MappingProxyType
from typing import NamedTuple

from .interface import BadAnswer, CannotConnect, DriverError, Identity, WrongDevice
from .modbus import Connections, Unreachable
from .modbus_charger import ModbusCharger
from .modbus_meter import ModbusMeter
from .profile_model import Address, ChargerProfile, MeterProfile, NextConnector

MAX_ADDRESSES = 1024
CONCURRENT_HOSTS = 64

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A device that answered like its profile; one per socket of a charger.

    Args:
        profile: Id of the profile.
        host: Where it answers.
        port: Of this socket.
        unit: Of this socket.
        identity: Who it is.
    """

    profile: str
    host: str
    port: int
    unit: int
    identity: Identity


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


async def search(
    targets: Sequence[Target],
    profiles: Sequence[ChargerProfile | MeterProfile],
    connections: Connections,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    known: Mapping[Target, str] = MappingProxyType({}),
) -> list[Found]:
    """Look at each target for the first profile that its device answers to. Cancel the task to stop.

    A host is asked over one connection at a time, hosts at the same time; what fails is not found.

    Args:
        targets: Where to look.
        profiles: What to look for, in this order.
        connections: A device that is in use is asked over the connection that it has already.
        on_progress: Called with the targets done and their number.
        known: Id of the profile where it is known what answers: nothing else is looked for there.
    """
    hosts: dict[str, list[Target]] = {}
    for target in sorted(set(targets)):
        hosts.setdefault(target.host, []).append(target)
    free = asyncio.Semaphore(CONCURRENT_HOSTS)
    found: dict[str, list[Found]] = {host: [] for host in hosts}
    total = len(set(targets))
    done = 0

    async def look(host: str) -> None:
        nonlocal done
        async with free:
            for target in hosts[host]:
                if target.port not in {one.port for one in found[host]}:
                    likely = [profile for profile in profiles if known.get(target, profile.id) == profile.id]
                    found[host] += await _look(connections, target, likely)
                done += 1
                on_progress(done, total)

    async with asyncio.TaskGroup() as tasks:
        for host in hosts:
            tasks.create_task(look(host))
    return [one for host in dict.fromkeys(target.host for target in targets) for one in found[host]]


async def _look(
    connections: Connections, target: Target, profiles: Sequence[ChargerProfile | MeterProfile]
) -> list[Found]:
    connection = connections.acquire(*target)
    silent: set[int] = set()
    try:
        for profile in profiles:
            first = Address(target.port, profile.transport.unit)
            named = profile.fingerprint[0].register.unit
            asked = first.unit if named is None else named
            if asked in silent:
                continue
            try:
                return await _sockets(connections, profile, target.host, first)
            except Unreachable:
                return []
            except CannotConnect:
                silent.add(asked)
            except BadAnswer, WrongDevice:
                continue
    finally:
        await connections.release(connection)
    return []


async def _sockets(
    connections: Connections, profile: ChargerProfile | MeterProfile, host: str, first: Address
) -> list[Found]:
    found = [await _identify(connections, profile, host, first, 1)]
    told = found[0].identity.connectors
    by_port = profile.transport.next_connector is NextConnector.PORT
    for connector in range(2, (profile.transport.connectors if by_port else told) + 1):
        try:
            found.append(await _identify(connections, profile, host, profile.neighbour(first, connector), connector))
        except DriverError:
            break
    connectors = max(told, len(found))
    return [replace(one, identity=replace(one.identity, connectors=connectors)) for one in found]


async def _identify(
    connections: Connections, profile: ChargerProfile | MeterProfile, host: str, address: Address, connector: int
) -> Found:
    match profile:
        case ChargerProfile():
            driver: ModbusCharger | ModbusMeter = ModbusCharger(
                connections, profile, host, address.port, address.unit, connector
            )
        case MeterProfile():
            driver = ModbusMeter(connections, profile, host, address.port, address.unit)
    try:
        identity = await driver.identify()
    finally:
        await driver.close()
    return Found(profile=profile.id, host=host, port=address.port, unit=address.unit, identity=identity)


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
