"""The requests of `fetch`: bounded in time and size, and only to where the project allows."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from flowengine.core.commands import Fetch
from flowengine.core.data import TooDeepError, decode
from flowengine.core.policy import Hosts
from flowengine.runtime.http.guard import ForbiddenError, GuardedResolver, check_url, hosts_in_force
from flowengine.runtime.outside import Answer

LONGEST_BODY = 256 * 1024
"""Bytes of a body that are read; a longer one is no answer."""

_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5


class Fetcher:
    """Makes the requests, over connections of its own."""

    def __init__(self) -> None:
        """To be called inside a running event loop."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=512, resolver=GuardedResolver(), use_dns_cache=False),
            cookie_jar=aiohttp.DummyCookieJar(),
            # What is packed could be a bomb: nobody is asked for it, and it is not unpacked.
            headers={"User-Agent": "flowengine", "Accept-Encoding": "identity"},
            auto_decompress=False,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def fetch(self, wait: Fetch, hosts: Hosts) -> Answer:
        """Make the request, again after a failure or a status of 500 and above if `wait` says so. Never raises."""
        answer = Answer(error="not tried")
        for _ in range(wait.retries + 1):
            answer = await self._attempt(wait, hosts)
            if answer.error is None and answer.status is not None and answer.status < 500:
                break
        return answer

    async def _attempt(self, wait: Fetch, hosts: Hosts) -> Answer:
        hosts_in_force.set(hosts)
        try:
            async with asyncio.timeout(wait.timeout):
                return await self._follow(wait, hosts)
        except TimeoutError:
            return Answer(error="timeout")
        except (aiohttp.ClientError, OSError, ValueError, TypeError, msgspec.MsgspecError) as error:
            cause = error.__cause__ if isinstance(error.__cause__, ForbiddenError) else error
            return Answer(error=str(cause) or type(cause).__name__)

    async def _follow(self, wait: Fetch, hosts: Hosts) -> Answer:
        url = URL(wait.url)
        method = wait.method
        body: dict[str, Any] = {}
        if wait.json is not None:
            body = {"data": msgspec.json.encode(wait.json), "headers": {"Content-Type": "application/json"}}
        elif wait.form is not None:
            body = {"data": wait.form}
        headers = {**body.pop("headers", {}), **(wait.headers or {})}
        for _ in range(_MOST_REDIRECTS + 1):
            check_url(url, hosts)
            async with self._session.request(method, url, headers=headers, allow_redirects=False, **body) as response:
                location = response.headers.get("Location")
                if response.status not in _REDIRECTS or not location:
                    return await _answer(response)
                target = url.join(URL(location))
                if target.origin() != url.origin():
                    # What the author meant for one server is not handed on to another.
                    headers = {}
                if response.status == 303 or (response.status in (301, 302) and method == "POST"):
                    method, body = "GET", {}
                url = target
        return Answer(error="too many redirects")


async def _answer(response: aiohttp.ClientResponse) -> Answer:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        return Answer(error="the answer is packed, though nobody asked for it")
    data = bytearray()
    async for chunk in response.content.iter_chunked(16_384):
        data += chunk
        if len(data) > LONGEST_BODY:
            return Answer(error=f"the answer is longer than {LONGEST_BODY // 1024} KiB")
    kind = response.content_type.lower()
    if kind == "application/json" or kind.endswith("+json"):
        if not data and response.status == 204:
            return Answer(response.status)
        try:
            return Answer(response.status, decode(data))
        except ValueError as error:
            if response.status >= 300:
                return Answer(response.status)
            deep = isinstance(error, TooDeepError)
            return Answer(error=f"the answer {'is nested too deep' if deep else 'calls itself JSON and is not'}")
    return Answer(response.status, data.decode(response.charset or "utf-8", "replace"))
