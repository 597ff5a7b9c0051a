"""Connections: shared, one request at a time, whole again after every failure."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from custom_components.ev_charger_pool.drivers.interface import CannotConnect
from custom_components.ev_charger_pool.drivers.modbus import (
    WRITE_MULTIPLE,
    WRITE_SINGLE,
    Connection,
    Connections,
    ExceptionAnswer,
    Unreachable,
)
from custom_components.ev_charger_pool.drivers.registers import Table

from .conftest import IMPATIENT
from .raw_server import ILLEGAL_ADDRESS, NO_SUCH_UNIT, Mishap, RawServer, Request

DEVICE = {
    "unit": 1,
    "registers": [
        {"address": 10, "words": [1, 2, 3]},
        {"code": 4, "address": 10, "words": [40]},
        {"unit": 2, "address": 10, "words": [21]},
    ],
    "writes": [{"code": 6, "address": 10, "count": 1}, {"code": 16, "address": 10, "count": 2}],
}


@pytest.fixture
async def server(socket_enabled: None) -> AsyncGenerator[RawServer]:
    async with RawServer(DEVICE) as server:
        yield server


@pytest.fixture
async def connection(server: RawServer, connections: Connections) -> AsyncGenerator[Connection]:
    connection = connections.acquire("127.0.0.1", server.port)
    yield connection
    await connections.release(connection)


async def test_it_reads_both_tables(connection: Connection) -> None:
    assert await connection.read(1, Table.HOLDING, 10, 3) == (1, 2, 3)
    assert await connection.read(1, Table.INPUT, 10, 1) == (40,)


async def test_it_writes_with_the_code_it_is_told(server: RawServer, connection: Connection) -> None:
    await connection.write(1, WRITE_SINGLE, 10, [7])
    await connection.write(1, WRITE_MULTIPLE, 10, [7, 8])
    assert server.requests == [Request(1, 6, 10, 1, (7,)), Request(1, 16, 10, 2, (7, 8))]


@pytest.mark.parametrize(("unit", "address", "code"), [(1, 11, ILLEGAL_ADDRESS), (3, 10, NO_SUCH_UNIT)])
async def test_an_exception_keeps_the_connection(
    server: RawServer, connection: Connection, unit: int, address: int, code: int
) -> None:
    with pytest.raises(ExceptionAnswer) as refused:
        await connection.read(unit, Table.HOLDING, address, 3)
    assert refused.value.code == code
    assert refused.value.lasting
    assert await connection.read(1, Table.HOLDING, 10, 1) == (1,)
    assert server.accepted == 1


async def test_a_busy_device_may_answer_later(server: RawServer, connection: Connection) -> None:
    server.mishaps.append(Mishap.BUSY)
    with pytest.raises(ExceptionAnswer) as refused:
        await connection.read(1, Table.HOLDING, 10, 1)
    assert not refused.value.lasting


async def test_many_callers_share_one_connection(server: RawServer, connections: Connections) -> None:
    users = [connections.acquire("127.0.0.1", server.port) for _ in range(5)]
    answers = await asyncio.gather(
        *(user.read(1 + index % 2, Table.HOLDING, 10, 1) for index, user in enumerate(users))
    )
    assert answers == [(1,), (21,), (1,), (21,), (1,)]
    assert server.accepted == 1
    for user in users:
        await connections.release(user)


async def test_the_last_user_closes(server: RawServer, connections: Connections) -> None:
    first, second = (connections.acquire("127.0.0.1", server.port) for _ in range(2))
    await first.read(1, Table.HOLDING, 10, 1)
    await connections.release(first)
    await second.read(1, Table.HOLDING, 10, 1)
    assert server.accepted == 1
    await connections.release(second)
    third = connections.acquire("127.0.0.1", server.port)
    await third.read(1, Table.HOLDING, 10, 1)
    assert server.accepted == 2
    await connections.release(third)


async def test_a_cancelled_request_does_not_answer_the_next_one(server: RawServer, connection: Connection) -> None:
    server.mishaps.append(Mishap.LATE)
    server.late = 0.02
    task = asyncio.create_task(connection.read(2, Table.HOLDING, 10, 1))
    await server.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await connection.read(1, Table.HOLDING, 10, 1) == (1,)
    assert await connection.read(1, Table.HOLDING, 11, 1) == (2,)


async def test_one_cancelled_caller_does_not_disturb_the_others(server: RawServer, connection: Connection) -> None:
    server.mishaps.append(Mishap.LATE)
    server.late = 0.02
    first, second, third = (
        asyncio.create_task(connection.read(1, Table.HOLDING, address, 1)) for address in (10, 11, 12)
    )
    await server.asked.wait()
    second.cancel()
    assert await asyncio.gather(first, third) == [(1,), (3,)]
    assert server.accepted == 1


async def test_silence_ends_at_the_time_out(server: RawServer, connection: Connection) -> None:
    server.mishaps.append(Mishap.SILENCE)
    with pytest.raises(CannotConnect, match=r"no answer within 0\.3 s"):
        await connection.read(1, Table.HOLDING, 10, 1)
    assert await connection.read(1, Table.HOLDING, 10, 1) == (1,)
    assert server.accepted == 2


async def test_a_shared_connection_waits_as_long_as_its_most_patient_user(
    server: RawServer, connections: Connections
) -> None:
    connection = connections.with_timeout(IMPATIENT / 2).acquire("127.0.0.1", server.port)
    assert connection.timeout == IMPATIENT / 2
    for sharing in (connections, connections.with_timeout(IMPATIENT / 3)):
        assert sharing.acquire("127.0.0.1", server.port) is connection
        assert connection.timeout == IMPATIENT


async def test_a_reset_is_noticed_at_once(server: RawServer) -> None:
    patient = Connections(timeout=60)
    connection = patient.acquire("127.0.0.1", server.port)
    server.mishaps.append(Mishap.CUT)
    async with asyncio.timeout(5):
        with pytest.raises(CannotConnect, match="broke"):
            await connection.read(1, Table.HOLDING, 10, 3)
        assert await connection.read(1, Table.HOLDING, 10, 3) == (1, 2, 3)
    await patient.release(connection)


@pytest.mark.usefixtures("socket_enabled")
async def test_a_device_that_closes_idle_connections_is_none_the_wiser(connections: Connections) -> None:
    server = RawServer(DEVICE)
    async with server:
        connection = connections.acquire("127.0.0.1", server.port)
        await connection.read(1, Table.HOLDING, 10, 1)
    async with server:
        await asyncio.sleep(0)
        assert await connection.read(1, Table.HOLDING, 10, 1) == (1,)
        await connections.release(connection)
    assert server.accepted == 2


@pytest.mark.usefixtures("socket_enabled")
async def test_a_refused_connection_names_the_likely_cause(connections: Connections) -> None:
    async with RawServer(DEVICE) as server:
        port = server.port
    connection = connections.acquire("127.0.0.1", port)
    with pytest.raises(Unreachable, match="refuses the connection: Modbus is off, or another system holds"):
        await connection.read(1, Table.HOLDING, 10, 1)
    await connections.release(connection)


async def test_closing_ends_a_request_under_way(server: RawServer) -> None:
    patient = Connections(timeout=60)
    connection = patient.acquire("127.0.0.1", server.port)
    server.mishaps.append(Mishap.SILENCE)
    task = asyncio.create_task(connection.read(1, Table.HOLDING, 10, 1))
    await server.asked.wait()
    await patient.release(connection)
    async with asyncio.timeout(5):
        with pytest.raises(CannotConnect):
            await task
