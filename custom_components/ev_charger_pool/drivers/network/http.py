"""A small client for devices that speak JSON over HTTP: one request at a time, every failure a DriverError."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
import json
import math
from time import monotonic
from typing import Any
from weakref import WeakValueDictionary

import aiohttp
from yarl import URL

from ..interface import AccessDenied, BadAnswer, Busy, CannotConnect, NotThere

MAX_BYTES = 256 * 1024
"""No device has more to say; what is longer comes from something else."""

PATIENCE = 5.0
"""Seconds to leave a busy device alone where it does not say how long (RFC 6585, 429)."""

MOST_PATIENCE = 30.0
"""Seconds to leave a busy device alone at most, whatever it says: a limit may have to be lowered."""

_EXCERPT = 80
"""Characters of an answer that are shown in an error."""

type Query = Mapping[str, str]

_LOCKS: WeakValueDictionary[tuple[aiohttp.ClientSession, str, int], asyncio.Lock] = WeakValueDictionary()
"""One per host, shared by all clients of a session: several boxes have room for one connection."""


class JsonClient:
    """Asks one device. Each request has a connection of its own, which leaves room for others in between.

    Args:
        session: Shared by all devices.
        host: Name or address.
        port: TCP port.
        timeout: Seconds until an answer has to be complete.
        username: For devices that have several users.
        password: For devices that want one; basic or digest, as the device asks (RFC 7617, RFC 7616).
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        host: str,
        port: int = 80,
        *,
        timeout: float = 5.0,
        username: str | None = None,
        password: str | None = None,
    ) -> None:
        self._session = session
        self._host = host
        self._port = port
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._lock = _LOCKS.setdefault((session, host.lower(), port), asyncio.Lock())
        self._quiet_until = 0.0
        self._user = None if password is None else (username or "", password)
        self._digest = None if self._user is None else aiohttp.DigestAuthMiddleware(*self._user)

    async def get(self, path: str, query: Query | None = None) -> object:
        """What the device answers.

        Raises:
            CannotConnect: Where nobody answers in time.
            AccessDenied: Where the password is missing or wrong.
            BadAnswer: Where the answer is an error, cut short or no JSON.
        """
        body = await self._ask("GET", path, query)
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise BadAnswer(f"{path}: no JSON but {_excerpt(body)!r}") from error

    async def put(
        self, path: str, *, data: object = None, form: Mapping[str, str] | None = None, query: Query | None = None
    ) -> object:
        """Send ``data`` as JSON, a form or nothing with PUT.

        Returns:
            What the device answers, None where that is no JSON. Raises as ``get`` otherwise.
        """
        return _json_or_none(await self._ask("PUT", path, query, json=data, data=form))

    async def post(
        self, path: str, *, data: object = None, form: Mapping[str, str] | None = None, query: Query | None = None
    ) -> object:
        """Send ``data`` as JSON, a form or nothing with POST; answers as ``put``."""
        return _json_or_none(await self._ask("POST", path, query, json=data, data=form))

    async def _ask(self, method: str, path: str, query: Query | None, **content: object) -> bytes:
        async with self._lock:
            if (left := self._quiet_until - monotonic()) > 0:
                raise Busy(f"{path}: the device asked to be left alone for another {left:.0f} s")
            try:
                url = URL.build(scheme="http", host=self._host, port=self._port, path=path, query=query or {})
                status, headers, body = await self._request(method, url, content)
                if status == HTTPStatus.UNAUTHORIZED and self._user is not None and _wants_basic(headers):
                    basic = {"Authorization": aiohttp.encode_basic_auth(*self._user)}
                    status, headers, body = await self._request(method, url, content, basic)
            except (TimeoutError, aiohttp.ClientConnectionError, OSError) as error:
                raise CannotConnect(f"{self._host}:{self._port}{path}: {error or type(error).__name__}") from error
            except aiohttp.InvalidURL as error:
                raise CannotConnect(f"{self._host!r} is no address") from error
            except aiohttp.ClientError as error:
                raise BadAnswer(f"{path}: {error or type(error).__name__}") from error
            except ValueError as error:
                raise CannotConnect(f"{self._host!r} is no address: {error}") from error
            self._check(path, status, headers, body)
            return body

    async def _request(
        self, method: str, url: URL, content: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        async with self._session.request(
            method,
            url,
            headers={"Connection": "close", **(headers or {})},
            timeout=self._timeout,
            allow_redirects=False,
            middlewares=() if self._digest is None else (self._digest,),
            **content,
        ) as response:
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise BadAnswer(f"{url.path}: more than {MAX_BYTES} bytes")
            return response.status, response.headers, bytes(body)

    def _check(self, path: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise AccessDenied(f"{path}: {status}")
        if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
            wait = headers.get("Retry-After", "")
            patience = min(float(wait), MOST_PATIENCE) if wait.isdecimal() else PATIENCE
            self._quiet_until = monotonic() + patience
            raise Busy(f"{path}: {status}, the device is busy")
        if status == HTTPStatus.NOT_FOUND:
            raise NotThere(f"{path}: {status}")
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise BadAnswer(f"{path}: {status} {_excerpt(body)}".rstrip())


class Answer:
    """What a device said at a path, taken field by field; a field is named by keys and list indexes on the way to it.

    What is missing or null is None in the methods for optional fields and refused in the others; what is of another
    kind is refused in both. Nothing ever becomes 0.

    Args:
        path: Where it was asked, for messages.
        data: What it answered.
    """

    def __init__(self, path: str, data: object) -> None:
        self._path = path
        self._data = data

    def refuse(self, *keys: str | int, why: str) -> BadAnswer:
        """The error for a field."""
        return BadAnswer(f"{self._path}: {'.'.join(map(str, keys)) or 'answer'}: {why}")

    def has(self, *keys: str | int) -> bool:
        """Whether there is a value."""
        return self._find(keys) is not None

    def optional_number(self, *keys: str | int, scale: float = 1.0) -> float | None:
        """A finite number, also one written as a text, times ``scale``.

        Raises:
            BadAnswer: Where it is something else.
        """
        value = self._find(keys)
        if value is None:
            return None
        number = math.nan
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            with suppress(ValueError, OverflowError):
                number = float(value) * scale
        if not math.isfinite(number):
            raise self.refuse(*keys, why=f"{value!r} is not a number")
        return number

    def number(self, *keys: str | int, scale: float = 1.0) -> float:
        """A number that has to be there."""
        return self._needed(self.optional_number, keys, scale=scale)

    def optional_whole(self, *keys: str | int) -> int | None:
        """A whole number.

        Raises:
            BadAnswer: Where it is something else.
        """
        value = self.optional_number(*keys)
        if value is None:
            return None
        if value != int(value):
            raise self.refuse(*keys, why=f"{value!r} is not a whole number")
        return int(value)

    def whole(self, *keys: str | int) -> int:
        """A whole number that has to be there."""
        return self._needed(self.optional_whole, keys)

    def optional_text(self, *keys: str | int) -> str | None:
        """A text; an empty one is None.

        Raises:
            BadAnswer: Where it is something else.
        """
        value = self._find(keys)
        if value is not None and not isinstance(value, str):
            raise self.refuse(*keys, why=f"{value!r} is not a text")
        return None if value is None else value.strip() or None

    def text(self, *keys: str | int) -> str:
        """A text that has to be there."""
        return self._needed(self.optional_text, keys)

    def optional_flag(self, *keys: str | int) -> bool | None:
        """True or false.

        Raises:
            BadAnswer: Where it is something else.
        """
        value = self._find(keys)
        if value is not None and not isinstance(value, bool):
            raise self.refuse(*keys, why=f"{value!r} is neither true nor false")
        return value

    def flag(self, *keys: str | int) -> bool:
        """True or false, and one of them has to be there."""
        return self._needed(self.optional_flag, keys)

    def _needed[ValueT](
        self, take: Callable[..., ValueT | None], keys: tuple[str | int, ...], **options: float
    ) -> ValueT:
        value = take(*keys, **options)
        if value is None:
            raise self.refuse(*keys, why="is missing")
        return value

    def _find(self, keys: tuple[str | int, ...]) -> object:
        found = self._data
        for key in keys:
            match found, key:
                case dict(), str():
                    found = found.get(key)
                case list(), int() if -len(found) <= key < len(found):
                    found = found[key]
                case _:
                    return None
        return found


def _json_or_none(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError, RecursionError:
        return None


def _wants_basic(headers: Mapping[str, str]) -> bool:
    return headers.get("WWW-Authenticate", "").lower().startswith("basic")


def _excerpt(body: bytes) -> str:
    return " ".join(body[:_EXCERPT].decode("utf-8", "replace").split())
