"""Recognises chargers and meters by their Modbus fingerprints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from .interface import BadAnswer, CannotConnect, DriverError, Identity, WrongDevice
from .modbus import Connection, Connections, Unreachable
from .modbus_charger import ModbusCharger
from .modbus_line import Framing
from .modbus_meter import ModbusMeter
from .profile_model import Address, ChargerProfile, MeterProfile, NextConnector
from .search import Patience
from .targets import Target

type _Profile = ChargerProfile | MeterProfile


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


class ModbusLook:
    """Looks at a target for the first profile that its device answers to.

    A unit that stays silent is asked once. Devices that speak RTU are behind a gateway here, where they have the unit
    that was set up in them: no unit is asked for their sake alone.

    Args:
        connections: A device that is in use is asked over the connection that it has already.
        profiles: What to look for, in this order; at a port that is usual for some of them only for these.
        known: Id of the profile where it is known what answers: nothing else is looked for there.
    """

    def __init__(
        self,
        connections: Connections,
        profiles: Sequence[_Profile],
        known: Mapping[Target, str] = MappingProxyType({}),
    ) -> None:
        self._connections = connections
        self._profiles = profiles
        self._known = known

    async def __call__(self, target: Target, patience: Patience) -> list[Found]:
        """All sockets of the device at a target."""
        connection = self._acquire(target, patience)
        silent: set[int] = set()
        try:
            for profile in self._likely(target):
                if _asked(profile) in silent:
                    continue
                try:
                    found = await _sockets(self._connections.with_timeout(patience.seconds), profile, target)
                except Unreachable as error:
                    patience.unheard(error)
                    return []
                except CannotConnect as error:
                    patience.unheard(error)
                    silent.add(_asked(profile))
                    # A connection is as patient as it was when it was made.
                    await self._connections.release(connection)
                    connection = self._acquire(target, patience)
                except BadAnswer, WrongDevice:
                    patience.heard()
                else:
                    patience.heard()
                    return found
        finally:
            await self._connections.release(connection)
        return []

    def _acquire(self, target: Target, patience: Patience) -> Connection:
        return self._connections.with_timeout(patience.seconds).acquire(*target)

    def _likely(self, target: Target) -> list[_Profile]:
        if target in self._known:
            return [profile for profile in self._profiles if profile.id == self._known[target]]
        usual = [profile for profile in self._profiles if profile.transport.port == target.port]
        likely = usual or self._profiles
        asked = {_asked(profile) for profile in likely if profile.transport.framing is Framing.TCP}
        return [profile for profile in likely if _asked(profile) in asked]


def _asked(profile: _Profile) -> int:
    """The unit that is asked first."""
    named = profile.fingerprint[0].register.unit
    return profile.transport.unit if named is None else named


async def _sockets(connections: Connections, profile: _Profile, target: Target) -> list[Found]:
    first = Address(target.port, profile.transport.unit)
    found = [await _identify(connections, profile, target.host, first, 1)]
    told = found[0].identity.connectors
    by_port = profile.transport.next_connector is NextConnector.PORT
    for connector in range(2, (profile.transport.connectors if by_port else told) + 1):
        address = profile.neighbour(first, connector)
        try:
            found.append(await _identify(connections, profile, target.host, address, connector))
        except DriverError:
            break
    connectors = max(told, len(found))
    return [replace(one, identity=replace(one.identity, connectors=connectors)) for one in found]


async def _identify(connections: Connections, profile: _Profile, host: str, address: Address, connector: int) -> Found:
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
