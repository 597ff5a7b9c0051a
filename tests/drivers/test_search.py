"""The search finds what is there, tells both sockets of a box apart, and stays on private networks."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from itertools import pairwise
from time import monotonic
from types import MappingProxyType
from typing import Any

import pytest

from custom_components.ev_charger_pool.drivers.interface import CannotConnect
from custom_components.ev_charger_pool.drivers.modbus import Connections
from custom_components.ev_charger_pool.drivers.modbus_search import Found, ModbusLook
from custom_components.ev_charger_pool.drivers.profile_library import charger_profiles, meter_profiles
from custom_components.ev_charger_pool.drivers.profile_model import ChargerProfile, MeterProfile
from custom_components.ev_charger_pool.drivers.search import Patience, Question, search
from custom_components.ev_charger_pool.drivers.targets import (
    MAX_ADDRESSES,
    Target,
    TargetError,
    TargetProblem,
    private_targets,
)

from .conftest import FIXTURES, IMPATIENT, ChargerOf, hurried
from .raw_server import Mishap, RawServer

PROFILES: list[ChargerProfile | MeterProfile] = [
    *(hurried(profile) for profile in charger_profiles().values()),
    *meter_profiles().values(),
]

BEHIND_A_GATEWAY = {"mennekes_compact", "mennekes_compact_without_fall_back", "solax_evc"}
"""Speak RTU, at units that nothing else has."""


@pytest.fixture
async def network(socket_enabled: None) -> AsyncGenerator[dict[str, RawServer]]:
    """One device of each kind, each at a port of its own."""
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(RawServer(fixture)) for name, fixture in FIXTURES.items()}


def at(*servers: RawServer) -> list[Target]:
    return [Target("127.0.0.1", server.port) for server in servers]


async def look_at(
    *servers: RawServer,
    connections: Connections | None = None,
    known: Mapping[Target, str] = MappingProxyType({}),
    profiles: Sequence[ChargerProfile | MeterProfile] = PROFILES,
    **options: Any,
) -> list[Found]:
    look = ModbusLook(connections or Connections(IMPATIENT), profiles, known)
    return await search([Question(target, look) for target in at(*servers)], IMPATIENT, **options)


async def test_every_device_is_found_by_its_own_profile(network: dict[str, RawServer]) -> None:
    found = await look_at(*network.values())
    kinds = {name: server.port for name, server in network.items()}
    assert {(one.port, one.profile) for one in found} == {
        (port, FIXTURES[name]["profile"]) for name, port in kinds.items() if name not in BEHIND_A_GATEWAY
    }


async def test_one_connection_per_device(network: dict[str, RawServer]) -> None:
    await look_at(network["alfen_eve"])
    assert network["alfen_eve"].accepted == 1


async def test_a_device_in_use_is_asked_over_its_own_connection(
    network: dict[str, RawServer], connections: Connections, charger_of: ChargerOf
) -> None:
    box = network["alfen_eve"]
    running = charger_of(box, "alfen_eve")
    await running.identify()
    found = await look_at(box, connections=connections)
    assert [one.identity.connector for one in found] == [1, 2]
    await running.read()
    assert box.accepted == 1


async def test_nothing_else_is_looked_for_where_it_is_known_what_answers(network: dict[str, RawServer]) -> None:
    box = network["keba_p40"]
    found = await look_at(box, known={at(box)[0]: "keba_kecontact"})
    assert [one.profile for one in found] == ["keba_kecontact"]
    assert {request.unit for request in box.requests} == {255}


async def test_both_sockets_of_a_double_box(network: dict[str, RawServer]) -> None:
    found = await look_at(network["alfen_eve"])
    assert [(one.unit, one.identity.connector, one.identity.serial) for one in found] == [
        (1, 1, "ACE0123456"),
        (2, 2, "ACE0123456"),
    ]
    assert {one.identity.connectors for one in found} == {2}


async def neighbours(stack: AsyncExitStack, fixture: dict[str, Any]) -> tuple[RawServer, RawServer]:
    """Two devices at ports that follow each other."""
    while True:
        first = await stack.enter_async_context(RawServer(fixture))
        second = RawServer(fixture)
        second.port = first.port + 1
        with suppress(OSError):
            return first, await stack.enter_async_context(second)


@pytest.mark.usefixtures("socket_enabled")
async def test_a_second_socket_at_the_next_port() -> None:
    async with AsyncExitStack() as stack:
        first, second = await neighbours(stack, FIXTURES["bender_cc"])
        found = await look_at(first, second)
    assert [(one.port, one.identity.connector, one.identity.connectors) for one in found] == [
        (first.port, 1, 2),
        (second.port, 2, 2),
    ]


async def test_what_is_silent_or_broken_does_not_hide_the_others(network: dict[str, RawServer]) -> None:
    network["abb_terra_ac"].mishaps.extend([Mishap.SILENCE] * 99)
    network["bender_cc"].mishaps.extend([Mishap.CUT] * 99)
    found = await look_at(network["abb_terra_ac"], network["bender_cc"], network["keba_p30"])
    assert [one.port for one in found] == [network["keba_p30"].port]


async def test_a_host_at_which_the_search_stumbles_hides_no_other(network: dict[str, RawServer]) -> None:
    async def stumble(_target: Target, _patience: Patience) -> list[Found]:
        raise IndexError("what no driver expects")

    box = network["keba_p30"]
    look = ModbusLook(Connections(IMPATIENT), PROFILES)
    questions = [Question(Target("127.0.0.2", 502), stumble), *(Question(target, look) for target in at(box))]
    assert [one.port for one in await search(questions, IMPATIENT)] == [box.port]


async def test_a_unit_that_stays_silent_is_asked_once(network: dict[str, RawServer]) -> None:
    silent = network["keba_p40"]
    silent.mishaps.extend([Mishap.SILENCE] * 99)
    await look_at(silent)
    units = [request.unit for request in silent.requests]
    assert {1, 200, 255} <= set(units)
    assert len(units) == len(set(units))


@pytest.mark.usefixtures("socket_enabled")
async def test_nobody_there() -> None:
    async with RawServer(FIXTURES["keba_p30"]) as gone:
        pass
    assert await look_at(gone) == []


async def test_progress_counts_each_target_once(network: dict[str, RawServer]) -> None:
    seen: list[tuple[int, int]] = []
    await look_at(network["alfen_eve"], network["keba_p30"], on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


async def test_each_device_is_told_as_it_answers(network: dict[str, RawServer]) -> None:
    """Here while the search still waits for one that is silent."""
    box, silent = network["abb_terra_ac"], network["keba_p30"]
    silent.mishaps.extend([Mishap.SILENCE] * 99)
    told: asyncio.Queue[Found] = asyncio.Queue()
    task = asyncio.create_task(look_at(box, silent, on_found=told.put_nowait))
    assert (await told.get()).port == box.port
    assert not task.done()
    assert [one.port for one in await task] == [box.port]


async def test_a_port_that_is_usual_is_asked_for_those_that_use_it(network: dict[str, RawServer]) -> None:
    box = network["keba_p40"]
    usual = [
        replace(one, transport=replace(one.transport, port=box.port))
        for one in PROFILES
        if one.id in ("abb_terra_ac", "keba_kecontact")
    ]
    found = await look_at(box, profiles=[*usual, *(one for one in PROFILES if one.id not in {two.id for two in usual})])
    assert [one.profile for one in found] == ["keba_kecontact"]
    assert {request.unit for request in box.requests} == {1, 255}


async def test_one_that_says_nothing_is_waited_for_less_and_less(network: dict[str, RawServer]) -> None:
    silent = network["keba_p40"]
    silent.mishaps.extend([Mishap.SILENCE] * 99)
    started = monotonic()
    await look_at(silent)
    units = len({request.unit for request in silent.requests})
    assert units > 5
    assert monotonic() - started < IMPATIENT * (2 + (units - 2) / 2) + 1.0
    gaps = [later - earlier for earlier, later in pairwise(silent.times)]
    assert min(gaps[:2]) > IMPATIENT * 0.9
    assert max(gaps[2:]) < IMPATIENT * 0.9


def test_patience_comes_back_with_the_first_word() -> None:
    patience, silence = Patience(1.0), CannotConnect("nothing")
    silence.__cause__ = TimeoutError()
    waited = []
    for _ in range(3):
        waited.append(patience.seconds)
        patience.unheard(silence)
    assert waited == [1.0, 1.0, 0.5]
    patience.heard()
    assert patience.seconds == 1.0


def test_one_that_refuses_costs_no_patience() -> None:
    patience, refused = Patience(1.0), CannotConnect("refused")
    refused.__cause__ = ConnectionRefusedError()
    for _ in range(9):
        patience.unheard(refused)
    assert patience.seconds == 1.0


async def test_it_can_be_cancelled(network: dict[str, RawServer]) -> None:
    silent = network["keba_p30"]
    silent.mishaps.extend([Mishap.SILENCE] * 99)
    task = asyncio.create_task(look_at(silent, connections=Connections()))
    await silent.asked.wait()
    started = monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert monotonic() - started < 0.5


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("127.0.0.1", ["127.0.0.1"]),
        ("192.168.1.0/30", ["192.168.1.1", "192.168.1.2"]),
        ("192.168.1.77/30", ["192.168.1.77", "192.168.1.78"]),
        ("192.168.1.4/31", ["192.168.1.4", "192.168.1.5"]),
        ("192.168.1.4/32", ["192.168.1.4"]),
        ("10.0.0.8-9", ["10.0.0.8", "10.0.0.9"]),
        ("10.0.0.255 - 10.0.1.0", ["10.0.0.255", "10.0.1.0"]),
        (" 172.16.0.1;172.16.0.1,\n172.31.255.2 ,", ["172.16.0.1", "172.31.255.2"]),
    ],
)
def test_what_a_user_may_type(text: str, hosts: list[str]) -> None:
    assert private_targets(text, [502]) == [Target(host, 502) for host in hosts]


def test_ports_are_tried_on_every_address() -> None:
    assert private_targets("10.0.0.1-2", [502, 1502]) == [
        Target("10.0.0.1", 502),
        Target("10.0.0.1", 1502),
        Target("10.0.0.2", 502),
        Target("10.0.0.2", 1502),
    ]


def test_the_most_addresses_there_may_be() -> None:
    assert len(private_targets("10.0.0.0-10.0.3.255", [502])) == MAX_ADDRESSES


@pytest.mark.parametrize(
    ("text", "part", "problem"),
    [
        ("", "", TargetProblem.EMPTY),
        (" , ", "", TargetProblem.EMPTY),
        ("10.0.0.1, keba.local", "keba.local", TargetProblem.NOT_AN_ADDRESS),
        ("10.0.0.256", "10.0.0.256", TargetProblem.NOT_AN_ADDRESS),
        ("10.0.0.9-5", "10.0.0.9-5", TargetProblem.NOT_AN_ADDRESS),
        ("10.0.0.0/33", "10.0.0.0/33", TargetProblem.NOT_AN_ADDRESS),
        ("10.0.0.1, 8.8.8.8", "8.8.8.8", TargetProblem.NOT_PRIVATE),
        ("172.32.0.1", "172.32.0.1", TargetProblem.NOT_PRIVATE),
        ("192.168.0.0/15", "192.168.0.0/15", TargetProblem.NOT_PRIVATE),
        ("10.0.0.1-11.0.0.1", "10.0.0.1-11.0.0.1", TargetProblem.NOT_PRIVATE),
        ("0.0.0.0/0", "0.0.0.0/0", TargetProblem.NOT_PRIVATE),
        ("10.0.0.0/8", "10.0.0.0/8", TargetProblem.TOO_MANY),
        ("10.0.0.0/22, 10.1.0.0/24", "10.1.0.0/24", TargetProblem.TOO_MANY),
    ],
)
def test_what_a_user_may_not_type(text: str, part: str, problem: TargetProblem) -> None:
    with pytest.raises(TargetError) as refused:
        private_targets(text, [502])
    assert (refused.value.part, refused.value.problem) == (part, problem)
