"""The one client for the carriers' APIs.

What may be sent again is: a request that never left, one that the carrier put off (429), and, where it changes nothing
or may be repeated, one that failed on the way. A create whose answer is lost is never sent twice: it may have dialled.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import Any, TypeVar

import aiohttp
import msgspec
from yarl import URL

from flowengine.carriers.contract import Request
from flowengine.carriers.errors import (
    KINDS,
    CarrierError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NoCreditError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    UnauthorisedError,
    UnreachableError,
)
from flowengine.carriers.operation import Operation
from flowengine.runtime.http.pace import Pace
from flowengine.runtime.log import Log

__all__ = [
    "CarrierError",
    "ConflictError",
    "ForbiddenError",
    "InvalidError",
    "NoCreditError",
    "NotFoundError",
    "OutcomeUnknownError",
    "RateLimitError",
    "RestClient",
    "UnauthorisedError",
    "UnreachableError",
]

T = TypeVar("T")

_ATTEMPTS = 4
_LONGEST_BODY = 4 * 1024 * 1024
_SAFE = frozenset({"GET", "HEAD", "PUT", "DELETE"})


class RestClient:
    """Talks to one carrier's API."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        headers: Mapping[str, str],
        *,
        query: Mapping[str, str] | None = None,
        login: Operation[Mapping[str, str]] | None = None,
        timeout: float = 10.0,
        pause: float = 0.25,
        pace: Pace | None = None,
        log: Log | None = None,
    ) -> None:
        """`timeout` is for each attempt, `pause` the shortest time between two, in seconds.

        `query` goes with every request, as `headers` do. `login` gives more headers: it is carried out before the
        first request, and once more when a request is answered with 401. `pace` makes requests wait that are too many.
        """
        self._session = session
        self._base = base_url.rstrip("/")
        self._headers = dict(headers)
        self._query = dict(query or {})
        self._login = login
        self._token: Mapping[str, str] | None = None
        self._logging_in = asyncio.Lock()
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=min(5.0, timeout))
        self._pause = pause
        self._pace = pace
        self._log = log or Log()

    async def run(self, operation: Operation[T]) -> T:
        """Carry out an operation; gives its result.

        Raises:
            CarrierError, UnreachableError, OutcomeUnknownError: it has not, or may not have, been done.
        """
        return _read(operation, await self.send(operation.request))

    async def send(self, request: Request) -> Any:
        """Send a request; the JSON of its answer, or None.

        Raises:
            CarrierError, UnreachableError, OutcomeUnknownError: as `run`.
        """
        if self._login is None:
            return await self._send(request)
        token = await self._log_in(self._login, None)
        try:
            return await self._send(request)
        except CarrierError as error:
            if error.status != 401:
                raise
        # It was refused, so it may be sent again; the token may have grown too old.
        await self._log_in(self._login, token)
        return await self._send(request)

    async def _log_in(
        self, login: Operation[Mapping[str, str]], refused: Mapping[str, str] | None
    ) -> Mapping[str, str]:
        """The headers that a login gives; another one's, unless they are those that were refused."""
        async with self._logging_in:
            if self._token is None or self._token is refused:
                self._token = None
                self._token = _read(login, await self._send(login.request))
            return self._token

    async def _send(self, request: Request) -> Any:
        again = request.again or request.method in _SAFE
        for attempt in range(1, _ATTEMPTS + 1):
            last = attempt == _ATTEMPTS
            if self._pace is not None:
                await self._pace.wait()
            try:
                status, headers, body = await self._once(request)
            except aiohttp.ClientConnectorError as error:
                if last:
                    raise UnreachableError(str(error)) from error
                wait = self._backoff(attempt)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                if not again or (last and request.method not in _SAFE):
                    raise OutcomeUnknownError(f"{request.method} {request.path}: {error or 'no answer'}") from error
                if last:
                    raise UnreachableError(f"{request.method} {request.path}: {error or 'no answer'}") from error
                wait = self._backoff(attempt)
            else:
                if status < 300:
                    return _json(body)
                put_off = status == 429 or (again and status in (502, 503, 504))
                if not put_off or last:
                    if status >= 500 and not again:
                        raise OutcomeUnknownError(f"{request.method} {request.path}: status {status}")
                    raise _error(status, body)
                wait = _retry_after(headers) or self._backoff(attempt)
            self._log("carrier asked again", method=request.method, path=request.path, attempt=attempt)
            await asyncio.sleep(wait)
        raise UnreachableError(f"{request.method} {request.path}")

    async def _once(self, request: Request) -> tuple[int, Mapping[str, str], bytes]:
        url = URL(request.path if "://" in request.path else self._base + request.path, encoded=True)
        arguments: dict[str, Any] = {"headers": {**self._headers, **(self._token or {}), **request.headers}}
        if query := {**self._query, **request.query}:
            url = url.extend_query(query)
        if request.json is not None:
            arguments["json"] = request.json
        async with self._session.request(
            request.method, url, timeout=self._timeout, allow_redirects=False, **arguments
        ) as response:
            return response.status, response.headers, await response.content.read(_LONGEST_BODY)

    def _backoff(self, attempt: int) -> float:
        # Not for secrecy: only so that many clients do not come back at the same moment.
        return min(8.0, self._pause * 2.0 ** (attempt - 1)) * random.uniform(0.5, 1.0)  # noqa: S311


def _read(operation: Operation[T], data: Any) -> T:
    try:
        return operation.read(data)
    except ValueError as error:
        raise OutcomeUnknownError(f"the answer is not as documented: {error}") from error


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("Retry-After", "")
    return min(30.0, float(value)) if value.isascii() and value.isdigit() else None


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body) if body.strip() else None
    except msgspec.DecodeError:
        return None


def _error(status: int, body: bytes) -> CarrierError:
    """The error that an answer tells of; the carriers have several shapes for it, and some have none."""
    data = _json(body)
    code, message = "", body[:200].decode("utf-8", "replace").strip()
    if isinstance(data, dict):
        inner = data.get("error")
        if isinstance(inner, dict):
            code, message = str(inner.get("code") or inner.get("reason") or ""), str(inner.get("message") or "")
        elif isinstance(inner, str):
            # One carrier has a code beside the text of its error, another a text beside the error's code.
            beside = data.get("message")
            code, message = (inner, str(beside)) if beside else (str(data.get("code") or ""), inner)
        else:
            code, message = str(data.get("code") or ""), str(data.get("message") or message)
    kind = KINDS.get(status, CarrierError)
    return kind(status, code, message or "no reason given")
