"""Chargers on the network."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from homeassistant.core import HomeAssistant

from ..const import KIND_MODBUS, KIND_NETWORK, LOGGER
from ..devices import async_charger_profiles, connections, known_network_chargers, shared
from ..drivers.interface import CannotConnect, Identity
from ..drivers.modbus_search import Found, ModbusLook
from ..drivers.network.keba_udp import KEBA_UDP, Answered, discover
from ..drivers.network.search import FoundCharger, HttpLook
from ..drivers.profile_model import ChargerProfile, NextConnector
from ..drivers.search import Question, search
from ..drivers.targets import Target
from ..entry_data import ModbusChargerData, ModbusData, NetworkChargerData, NetworkData
from .charger_form import charger_name
from .existing import online_devices

SEARCH_TIMEOUT = 1.0
"""Seconds for a connection or an answer on the local network."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A socket of a charger that has answered."""

    driver: ModbusChargerData | NetworkChargerData
    identity: Identity

    @property
    def unique_id(self) -> str | None:
        """What tells it from every other socket."""
        return self.identity.unique_id

    @property
    def key(self) -> str:
        """What tells it from the others that were found."""
        which = self.driver["model"] if self.driver["kind"] == KIND_NETWORK else self.driver["unit"]
        return f"{self.driver['host']}:{self.driver['port']}/{which}"

    @property
    def label(self) -> str:
        """How a list shows it."""
        serial = f", {self.identity.serial}" if self.identity.serial else ""
        return f"{charger_name(self.identity)} ({self.driver['host']}:{self.driver['port']}{serial})"


async def async_search(
    hass: HomeAssistant,
    targets: Sequence[Target],
    on_progress: Callable[[float], None] = lambda _: None,
    on_found: Callable[[Candidate], None] = lambda _: None,
    broadcasts: Collection[str] = (),
) -> list[Candidate]:
    """The chargers at the targets, those with an interface of their own first. Cancel the task to stop.

    Nothing is sent to devices that are in use, unless they may have another socket or a broadcast reaches them; a line
    of RTU frames is left alone. A port that only Modbus or only HTTP is usual at is asked nothing else.

    Args:
        hass: Home Assistant.
        targets: Where to look.
        on_progress: Called with what is done of the whole, from 0 to 1, at each hundredth.
        on_found: Called with each charger as it answers.
        broadcasts: Addresses at which chargers that answer to a broadcast are called.
    """
    profiles, models = await async_charger_profiles(hass), known_network_chargers(hass)
    devices = online_devices(hass)
    modbus = [(device, identity) for device, identity in devices if device["kind"] == KIND_MODBUS]
    complete = _complete(modbus, profiles) | {
        _target(device) for device, _ in devices if device["kind"] == KIND_NETWORK or "framing" in device
    }
    by_modbus = {profile.transport.port for profile in profiles.values()}
    by_http = {model.port for model in models.values() if model.searchable}
    free = [target for target in dict.fromkeys(targets) if target not in complete]
    known = {_target(device): device["profile"] for device, _ in modbus}
    over_modbus = ModbusLook(connections(hass), list(profiles.values()), known)
    over_http = HttpLook(shared(hass), list(models.values()))
    questions = [
        Question[Found | FoundCharger](target, over_modbus)
        for target in free
        if target.port in by_modbus or target.port not in by_http
    ]
    questions += [Question(target, over_http) for target in free if target.port not in by_modbus]
    shown = 0.0
    candidates: list[Candidate] = []

    def progress(done: int, total: int) -> None:
        nonlocal shown
        hundredths = 100 * done // total
        if hundredths / 100 > shown:
            shown = hundredths / 100
            on_progress(shown)

    def found(candidate: Candidate) -> None:
        if candidate.key not in {one.key for one in candidates}:
            candidates.append(candidate)
            on_found(candidate)

    async def call(broadcast: str) -> None:
        hosts = {target.host for target in free}
        async for keba in _async_called(hass, broadcast):
            if keba.host in hosts and Target(keba.host, keba.port) not in complete:
                found(_called(keba))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(
            search(questions, SEARCH_TIMEOUT, progress, lambda one: found(_answered(one))), name="search of hosts"
        )
        for broadcast in broadcasts:
            tasks.create_task(call(broadcast), name=f"call of {broadcast}")
    hosts = list(dict.fromkeys(target.host for target in free))
    return sorted(
        candidates,
        key=lambda one: (one.driver["kind"] == KIND_MODBUS, hosts.index(one.driver["host"]), one.driver["port"]),
    )


async def _async_called(hass: HomeAssistant, broadcast: str) -> AsyncGenerator[Answered]:
    """The KEBA chargers that answer to a broadcast; none where another integration holds their port."""
    port = known_network_chargers(hass)[KEBA_UDP.id].port
    try:
        async with aclosing(discover(shared(hass).keba, broadcast, SEARCH_TIMEOUT, port)) as answers:
            async for keba in answers:
                yield keba
    except CannotConnect as err:
        LOGGER.debug("KEBA chargers were not called: %s", err)


def _called(keba: Answered) -> Candidate:
    driver = NetworkChargerData(kind=KIND_NETWORK, model=KEBA_UDP.id, host=keba.host, port=keba.port, connector=1)
    return Candidate(driver=driver, identity=keba.identity)


def _answered(found: Found | FoundCharger) -> Candidate:
    connector = found.identity.connector
    match found:
        case Found():
            driver: ModbusChargerData | NetworkChargerData = ModbusChargerData(
                kind=KIND_MODBUS,
                profile=found.profile,
                host=found.host,
                port=found.port,
                unit=found.unit,
                connector=connector,
            )
        case FoundCharger():
            driver = NetworkChargerData(
                kind=KIND_NETWORK, model=found.model, host=found.host, port=found.port, connector=connector
            )
    return Candidate(driver=driver, identity=found.identity)


def _complete(devices: Sequence[tuple[ModbusData, Identity]], profiles: Mapping[str, ChargerProfile]) -> set[Target]:
    """Where a meter answers, or as many sockets as the charger has: there is nothing new to find."""
    at_target = Counter(_target(device) for device, _ in devices)
    at_host = Counter((_target(device).host, device["profile"]) for device, _ in devices)
    complete: set[Target] = set()
    for device, identity in devices:
        target, profile = _target(device), profiles.get(device["profile"])
        if profile is not None and profile.transport.next_connector is NextConnector.PORT:
            is_complete = at_host[target.host, profile.id] >= profile.transport.connectors
        else:
            is_complete = at_target[target] >= identity.connectors
        if is_complete:
            complete.add(target)
    return complete


def _target(device: ModbusData | NetworkData) -> Target:
    return Target(device["host"].lower(), device["port"])
