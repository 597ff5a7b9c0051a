"""The JSON client says what went wrong, and its answers never make up a value."""

import asyncio
from collections.abc import AsyncGenerator
from time import monotonic
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.ev_charger_pool.drivers.interface import (
    AccessDenied,
    BadAnswer,
    Busy,
    CannotConnect,
    NotThere,
)
from custom_components.ev_charger_pool.drivers.network import http
from custom_components.ev_charger_pool.drivers.network.http import Answer, JsonClient

from ..conftest import IMPATIENT
from .http_box import Asked, HttpBox, Mishap


def echo(asked: Asked) -> Any:
    return None if asked.path == "/nothing" else {"path": asked.path}


@pytest.fixture
async def box(socket_enabled: None) -> AsyncGenerator[HttpBox]:
    async with HttpBox(echo) as box:
        yield box


@pytest.fixture
def client(box: HttpBox, session: aiohttp.ClientSession) -> JsonClient:
    return JsonClient(session, "127.0.0.1", box.port, timeout=IMPATIENT)


async def test_it_asks_as_it_is_told(box: HttpBox, client: JsonClient) -> None:
    assert await client.get("/api", {"filter": "a,b"}) == {"path": "/api"}
    assert await client.put("/limit", data={"current": 6000}) == {"path": "/limit"}
    assert await client.post("/form", form={"ampere": "6.0"}) == {"path": "/form"}
    await client.post("/empty", query={"mode": "4"}, form={})
    assert box.asked == [
        Asked("GET", "/api", {"filter": "a,b"}, ""),
        Asked("PUT", "/limit", {}, {"current": 6000}),
        Asked("POST", "/form", {}, {"ampere": "6.0"}),
        Asked("POST", "/empty", {"mode": "4"}, ""),
    ]


async def test_a_write_may_be_answered_with_anything(box: HttpBox, client: JsonClient) -> None:
    box.answers = lambda _: "OK"
    assert await client.post("/limit", data={}) is None
    with pytest.raises(BadAnswer, match=r"/limit: no JSON but 'OK'"):
        await client.get("/limit")


@pytest.mark.parametrize(
    ("mishap", "error", "text"),
    [
        (Mishap.UNAUTHORIZED, AccessDenied, "/api: 401"),
        (Mishap.FORBIDDEN, AccessDenied, "/api: 403"),
        (Mishap.BUSY, Busy, "/api: 429"),
        (Mishap.FAILURE, BadAnswer, "/api: 500 no"),
        (Mishap.ELSEWHERE, BadAnswer, "/api: 302"),
        (Mishap.HALF, BadAnswer, "/api: "),
        (Mishap.CUT_JSON, BadAnswer, "/api: no JSON but '{\"path"),
        (Mishap.NO_JSON, BadAnswer, "/api: no JSON but '<html>Welcome"),
        (Mishap.ENDLESS, BadAnswer, "/api: more than"),
        (Mishap.RESET, CannotConnect, "127.0.0.1:"),
        (Mishap.HANG, CannotConnect, "127.0.0.1:"),
    ],
)
async def test_it_says_what_went_wrong(
    box: HttpBox, client: JsonClient, mishap: Mishap, error: type[Exception], text: str
) -> None:
    box.befall(mishap)
    with pytest.raises(error) as failed:
        await client.get("/api")
    assert type(failed.value) is error
    assert str(failed.value).startswith(text)
    assert "\n" not in str(failed.value)


async def test_what_is_not_there(client: JsonClient) -> None:
    with pytest.raises(NotThere, match="/nothing: 404"):
        await client.get("/nothing")


async def test_a_busy_device_is_left_alone(box: HttpBox, client: JsonClient, monkeypatch: pytest.MonkeyPatch) -> None:
    now = monotonic()
    monkeypatch.setattr(http, "monotonic", lambda: now)
    box.befall(Mishap.BUSY)
    with pytest.raises(Busy):
        await client.get("/api")
    now += http.PATIENCE - 0.1
    with pytest.raises(Busy, match="left alone"):
        await client.get("/api")
    assert len(box.asked) == 1
    now += 0.2
    await client.get("/api")


async def test_a_busy_device_is_not_left_alone_for_long(
    box: HttpBox, client: JsonClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = monotonic()
    monkeypatch.setattr(http, "monotonic", lambda: now)
    box.befall(Mishap.BUSY_FOR_LONG)
    with pytest.raises(Busy):
        await client.get("/api")
    now += http.MOST_PATIENCE + 0.1
    await client.get("/api")


async def test_one_request_at_a_time_for_all_clients_of_a_host(box: HttpBox, session: aiohttp.ClientSession) -> None:
    clients = [JsonClient(session, "127.0.0.1", box.port) for _ in range(3)]
    await asyncio.gather(*(client.get("/api") for client in clients for _ in range(3)))
    assert box.at_once == 1
    assert len(box.asked) == 9


async def test_a_request_that_is_cancelled_holds_up_nobody(box: HttpBox, session: aiohttp.ClientSession) -> None:
    client = JsonClient(session, "127.0.0.1", box.port)
    box.befall(Mishap.HANG)
    asking = asyncio.create_task(client.get("/api"))
    await box.hanging.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    async with asyncio.timeout(IMPATIENT):
        await client.get("/api")


async def test_no_connection_is_kept(box: HttpBox, client: JsonClient) -> None:
    await client.get("/api")
    await client.get("/api")
    assert len(box.accepted) == 2


async def serve(handler: Any) -> web.ServerRunner:
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner


DIGEST = 'Digest realm="box", nonce="abc", qop="auth", algorithm=SHA-256'


@pytest.mark.parametrize(("challenge", "scheme"), [('Basic realm="box"', "Basic"), (DIGEST, "Digest")])
async def test_it_shows_its_password_where_it_is_asked(
    challenge: str, scheme: str, session: aiohttp.ClientSession
) -> None:
    shown: list[str | None] = []

    async def guarded(request: web.BaseRequest) -> web.StreamResponse:
        shown.append(request.headers.get("Authorization"))
        if not (shown[-1] or "").startswith(scheme):
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        return web.json_response({"in": True})

    runner = await serve(guarded)
    port = runner.addresses[0][1]
    client = JsonClient(session, "127.0.0.1", port, username="anna", password="secret")
    assert await client.get("/api") == {"in": True}
    if scheme == "Basic":
        assert shown == [None, "Basic YW5uYTpzZWNyZXQ="]
    else:
        assert shown[0] is None
        assert 'username="anna"' in (shown[1] or "")
    with pytest.raises(AccessDenied):
        await JsonClient(session, "127.0.0.1", port).get("/api")
    await runner.cleanup()


async def test_a_wrong_password(session: aiohttp.ClientSession) -> None:
    async def guarded(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=401, headers={"WWW-Authenticate": DIGEST})

    runner = await serve(guarded)
    client = JsonClient(session, "127.0.0.1", runner.addresses[0][1], username="anna", password="wrong")
    with pytest.raises(AccessDenied):
        await client.get("/api")
    await runner.cleanup()


SAID = {
    "number": 3.5,
    "text": " abc ",
    "digits": "16.0",
    "empty": "",
    "nothing": None,
    "yes": True,
    "list": [1, 2, {"x": 7}],
    "nan": float("nan"),
    "huge": 10**400,
}


def test_what_is_there_is_taken() -> None:
    answer = Answer("/api", SAID)
    assert answer.number("number") == 3.5
    assert answer.number("digits", scale=0.5) == 8.0
    assert answer.whole("digits") == 16
    assert answer.whole("list", 2, "x") == 7
    assert answer.text("text") == "abc"
    assert answer.flag("yes") is True


@pytest.mark.parametrize(
    "keys", [("missing",), ("nothing",), ("list", 3), ("list", "x"), ("number", "x"), ("list", 2, "y")]
)
def test_what_is_missing_is_nothing(keys: tuple[str | int, ...]) -> None:
    answer = Answer("/api", SAID)
    assert not answer.has(*keys)
    for optional in (answer.optional_number, answer.optional_whole, answer.optional_text, answer.optional_flag):
        assert optional(*keys) is None
    for needed in (answer.number, answer.whole, answer.text, answer.flag):
        with pytest.raises(BadAnswer, match=r"^/api: " + r"\.".join(map(str, keys)) + ": is missing"):
            needed(*keys)


@pytest.mark.parametrize(
    ("take", "key"),
    [
        ("number", "text"),
        ("number", "empty"),
        ("number", "yes"),
        ("number", "list"),
        ("number", "nan"),
        ("number", "huge"),
        ("whole", "number"),
        ("text", "number"),
        ("text", "list"),
        ("flag", "number"),
        ("flag", "text"),
    ],
)
def test_what_is_of_another_kind_is_refused(take: str, key: str) -> None:
    for method in (take, f"optional_{take}"):
        with pytest.raises(BadAnswer, match=f"^/api: {key}: "):
            getattr(Answer("/api", SAID), method)(key)


def test_an_empty_text_is_nothing() -> None:
    assert Answer("/api", SAID).optional_text("empty") is None
