"""Seconds that the search of a whole network takes, in a network that makes it hard.

254 hosts of one /24, here addresses of the loopback interface, are asked for all chargers that are known. Ten of them
are chargers made of raw words. Of the others 80 do not answer at all, as addresses that nobody has, 30 accept every
connection and say nothing, and the rest refuse. A host that does not answer is a listening socket with a full queue:
the kernel drops what else knocks.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, closing
from dataclasses import replace
import resource
import socket
import sys
from time import perf_counter

import aiohttp

from custom_components.ev_charger_pool.drivers.modbus import Connections
from custom_components.ev_charger_pool.drivers.modbus_search import Found, ModbusLook
from custom_components.ev_charger_pool.drivers.network.model import Shared
from custom_components.ev_charger_pool.drivers.network.models import network_chargers
from custom_components.ev_charger_pool.drivers.network.search import FoundCharger, HttpLook
from custom_components.ev_charger_pool.drivers.profile_library import charger_profiles
from custom_components.ev_charger_pool.drivers.search import Question, search
from custom_components.ev_charger_pool.drivers.targets import private_targets
from tests.drivers.conftest import FIXTURES
from tests.drivers.raw_server import RawServer

BOUND = 20.0
"""Seconds."""
TIMEOUT = 1.0
"""Seconds for a connection or an answer, as Home Assistant searches."""
NETWORK = "127.77.1"
CHARGERS = (
    "abb_terra_ac",
    "alfen_eve",
    "bender_cc",
    "etrel_inch",
    "keba_p30",
    "keba_p40",
    "peblar_modbus",
    "phoenix_em_cp_pp_eth",
    "siemens_versicharge",
    "vestel_evc04",
)
FIRST_CHARGER = 20
SILENT = range(100, 130)
DEAD = range(150, 230)
FILES = 4096


def host(number: int) -> str:
    """An address of the network."""
    return f"{NETWORK}.{number}"


def free_ports(usual: Iterable[int]) -> dict[int, int]:
    """A free port for each usual one: those below 1024 are not for everybody."""
    with ExitStack() as stack:
        probes = {port: stack.enter_context(closing(socket.socket())) for port in usual}
        for probe in probes.values():
            probe.bind((host(1), 0))
        return {port: probe.getsockname()[1] for port, probe in probes.items()}


async def start_chargers(stack: AsyncExitStack, port: int) -> dict[str, str]:
    """Profile by host of the chargers that run now."""
    running: dict[str, str] = {}
    for number, name in enumerate(CHARGERS, start=FIRST_CHARGER):
        server = RawServer(FIXTURES[name])
        server.host, server.port = host(number), port
        await stack.enter_async_context(server)
        running[server.host] = FIXTURES[name]["profile"]
    return running


async def start_silent(stack: AsyncExitStack, ports: Iterable[int]) -> None:
    """Accept every connection and say nothing."""
    opened: list[asyncio.StreamWriter] = []

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)

    hosts = [host(number) for number in SILENT]
    for port in ports:
        server = await asyncio.start_server(accept, hosts, port)
        stack.callback(server.close)
    stack.callback(lambda: [writer.transport.abort() for writer in opened])


def start_dead(stack: AsyncExitStack, ports: Iterable[int]) -> None:
    """Let nothing come through any more."""
    for number in DEAD:
        for port in ports:
            full = stack.enter_context(closing(socket.socket()))
            full.bind((host(number), port))
            full.listen(0)
            stack.enter_context(closing(socket.create_connection(full.getsockname(), TIMEOUT)))


async def look(ports: Mapping[int, int]) -> tuple[float, Sequence[Found | FoundCharger]]:
    """Search the network; seconds and what was found."""
    profiles = [
        replace(profile, transport=replace(profile.transport, port=ports[profile.transport.port]))
        for profile in charger_profiles().values()
    ]
    models = [replace(model, port=ports[model.port]) for model in network_chargers().values() if model.searchable]
    over_http = {model.port for model in models}
    over_modbus = {profile.transport.port for profile in profiles}
    async with aiohttp.ClientSession() as session:
        modbus, http = ModbusLook(Connections(TIMEOUT), profiles), HttpLook(Shared(session=session), models)
        network = f"{NETWORK}.0/24"
        questions = [Question[Found | FoundCharger](one, modbus) for one in private_targets(network, over_modbus)]
        questions += [Question(one, http) for one in private_targets(network, over_http)]
        begun = perf_counter()
        found = await search(questions, TIMEOUT)
        return perf_counter() - begun, found


async def measure() -> int:
    """Print how long it took and what was found; 1 where that is too long or not all."""
    usual = {profile.transport.port for profile in charger_profiles().values()}
    usual |= {model.port for model in network_chargers().values() if model.searchable}
    ports = free_ports(usual)
    async with AsyncExitStack() as stack:
        running = await start_chargers(stack, ports[502])
        await start_silent(stack, ports.values())
        start_dead(stack, ports.values())
        taken, found = await look(ports)
    for one in found:
        kind = one.profile if isinstance(one, Found) else one.model
        print(f"{one.host:>12}  {kind}, socket {one.identity.connector}")
    all_found = {one.host: one.profile for one in found if isinstance(one, Found)} == running
    print(f"found: {len(running)} of {len(running)}" if all_found else f"NOT ALL FOUND: there are {running}")
    print(f"254 addresses at {len(ports)} ports: {taken:.1f} s, bound {BOUND:g} s")
    holds = all_found and taken < BOUND
    print("holds" if holds else "DOES NOT HOLD")
    return 0 if holds else 1


def main() -> int:
    """Measure with enough open files for both sides of every connection."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, most), most))
    return asyncio.run(measure())


if __name__ == "__main__":
    sys.exit(main())
