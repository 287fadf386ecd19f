"""The way from outside: the public URL reaches this deployment, signed webhooks are taken and others are not, the
clocks agree.

What is sent is what a carrier would send, but says nothing: a webhook that is verified and then found to be empty.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

import aiohttp

from flowengine.carriers.registry import CarrierConfigError
from flowengine.carriers.signing import SIGNING, Signer
from flowengine.cli.checkup.findings import Deployment, Finding, counted, fail, ok, warn

_FEW_SECONDS = 2.0
_MOST_SECONDS = 60.0
_FEW_DAYS = 14
_BODY = b"{}"
_HERE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    text: str
    ahead: float | None
    """Seconds that the clock of whoever answered is ahead of ours; None where it said no time."""


async def public_url(about: Deployment) -> list[Finding]:
    """Whether it is known, leads here, and to the same version of the project; and the clock there."""
    url = about.public_url
    if not url:
        return [fail("public URL", "nobody has said it", 'set public_url = "https://…" in [project], or --public-url')]
    parts = urlsplit(url)
    found: list[Finding] = []
    if parts.scheme != "https" and parts.hostname not in _HERE:
        advice = "put a proxy with TLS before the server: whoever listens in between hears what callers type"
        found.append(warn("public URL", f"{url} is not encrypted", advice))
    answer = await _ask(about, "GET", f"{url}/health")
    if isinstance(answer, str):
        advice = "start `flowengine serve`; then look at DNS, the firewall, and the proxy's certificate"
        return [*found, fail("public URL", f"{url}/health: {answer}", advice)]
    health = _health(answer.text)
    if answer.status != 200 or "status" not in health:
        message = f"{url}/health answers {answer.status}, and not as Flowengine does"
        return [*found, fail("public URL", message, "does the proxy pass every path on, and to the right port?")]
    found.append(_state(about, url, health))
    if parts.scheme == "https":
        found += await _certificate(about, parts)
    return [*found, *_clock(answer)]


async def _certificate(about: Deployment, parts: SplitResult) -> list[Finding]:
    """How long the certificate is valid; that it is, has shown itself."""
    host, port = parts.hostname or "", parts.port or 443
    try:
        async with asyncio.timeout(about.seconds):
            _, writer = await asyncio.open_connection(host, port, ssl=ssl.create_default_context())
    except (OSError, TimeoutError) as error:
        return [fail("certificate", f"{host}: {error or 'no answer'}", "is the proxy's certificate that of this name?")]
    certificate = writer.get_extra_info("peercert")
    writer.close()
    days = int((ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) / 86400)
    message = f"valid for {counted(days, 'day')} more"
    if days < _FEW_DAYS:
        return [warn("certificate", message, "renew it: carriers refuse one that has run out, and so every call")]
    return [ok("certificate", message)]


async def others(about: Deployment) -> list[Finding]:
    """Whether those can be reached whom the server sends something; nothing is sent."""
    config = about.build.config
    urls = {"[events]": config.events.url, "[tracing]": config.tracing.endpoint}
    return [await _reached(about, label, url) for label, url in urls.items() if url is not None]


async def _reached(about: Deployment, label: str, url: str) -> Finding:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    context = ssl.create_default_context() if secure else None
    try:
        async with asyncio.timeout(about.seconds):
            address = parts.hostname or "", parts.port or (443 if secure else 80)
            _, writer = await asyncio.open_connection(*address, ssl=context)
        writer.close()
    except (OSError, TimeoutError, ValueError) as error:
        advice = "is it running, and may this machine reach it?"
        return fail(label, f"{parts.hostname} cannot be reached: {error or 'no answer'}", advice)
    return ok(label, f"{parts.hostname} can be reached")


def _state(about: Deployment, url: str, health: Mapping[str, Any]) -> Finding:
    program = about.build.program
    if health["status"] != "ok" or not health.get("ready"):
        message = f"{url} reaches a server that is {health['status']}, ready: {health.get('ready')}"
        return warn("public URL", message, "its log says why; degraded: it cannot reach the store")
    if program is not None and health.get("version") != program.version:
        message = f"the server runs version {health.get('version')} of the project, these files are {program.version}"
        return warn("public URL", message, "deploy these files, or start the server with --reload")
    return ok("public URL", f"{url} reaches this project")


def _clock(answer: _Answer) -> list[Finding]:
    if answer.ahead is None:
        return []
    off = abs(answer.ahead)
    message = f"{off:.0f} s between here and the server"
    if off > _MOST_SECONDS:
        return [fail("clock", message, "signatures older than 5 minutes are refused: let NTP set the clocks")]
    if off > _FEW_SECONDS:
        return [warn("clock", message, "let NTP set the clocks")]
    return [ok("clock", "here and at the server it is the same time")]


async def signatures(about: Deployment) -> list[Finding]:
    """Whether each carrier's webhooks are taken when they are signed, and only then."""
    if not about.public_url:
        return []
    found: list[Finding] = []
    for name, table in about.readable().items():
        make = SIGNING.get(name)
        if make is None:
            continue
        try:
            signer = make(table)
        except CarrierConfigError:
            continue  # the check of the settings says so
        label = f"webhooks of {name}"
        if signer is None:
            advice = f"set webhook_secret in [carriers.{name}], and the same at the carrier"
            found.append(fail(label, "anybody could send them: they are not signed", advice))
        else:
            found.append(await _signed(about, name, label, signer))
    return found


async def _signed(about: Deployment, name: str, label: str, signer: Signer) -> Finding:
    url = f"{about.public_url}/{name}/events"
    headers = {"Content-Type": "application/json"}
    signed = await _ask(about, "POST", url, _BODY, {**headers, **signer(_BODY, urlsplit(url).path, int(time.time()))})
    if isinstance(signed, str):
        return fail(label, f"{url}: {signed}", "the public URL does not lead here")
    if signed.status in (401, 403):
        advice = (
            "the secret of the server is another one than here, the proxy changes the body, or the clocks differ"
            if "signature" in signed.text or "signed" in signed.text
            else "the proxy refuses it before the server sees it"
        )
        return fail(label, f"one that is signed is refused: {signed.text.strip()[:100]}", advice)
    if signed.status == 404:
        advice = "restart the server with this flowengine.toml, and let the proxy pass on every path of the carrier"
        return fail(label, f"nobody listens at {url}", advice)
    if signed.status >= 500:
        return fail(label, f"{url} answers {signed.status}", "is the server behind the proxy running?")
    unsigned = await _ask(about, "POST", url, _BODY, headers)
    if isinstance(unsigned, str) or unsigned.status not in (401, 403):
        advice = "the server runs without the secret: restart it with this flowengine.toml, without --insecure"
        return fail(label, "one that nobody has signed is taken", advice)
    query = await _query(about, name, signer)
    return query or ok(label, "taken when they are signed, and only then")


async def _query(about: Deployment, name: str, signer: Signer) -> Finding | None:
    """What is wrong with requests whose path is signed, because they have no body."""
    if name != "telefonie":
        return None
    url = f"{about.public_url}/telefonie/status?call_id=doctor&status=ringing"
    parts = urlsplit(url)
    answer = await _ask(about, "GET", url, b"", signer(b"", f"{parts.path}?{parts.query}", int(time.time())))
    if isinstance(answer, str) or answer.status >= 300:
        advice = "the proxy must pass on path and query as they are, without cutting or decoding"
        return fail(f"webhooks of {name}", "one whose path is signed is refused", advice)
    return None


async def _ask(
    about: Deployment, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> _Answer | str:
    """The answer to a request; a text that says why there is none."""
    timeout = aiohttp.ClientTimeout(total=about.seconds)
    try:
        async with (
            # A context of our own: aiohttp's knows only the authorities that were there when it was loaded.
            aiohttp.TCPConnector(ssl=ssl.create_default_context()) as connector,
            aiohttp.ClientSession(timeout=timeout, connector=connector) as session,
            session.request(
                method, url, data=body or None, headers=dict(headers or {}), allow_redirects=False
            ) as response,
        ):
            text = (await response.content.read(10_000)).decode("utf-8", "replace")
            return _Answer(response.status, text, _ahead(response.headers.get("Date", "")))
    except TimeoutError:
        return f"no answer within {about.seconds:g} s"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return str(error) or type(error).__name__


def _ahead(date: str) -> float | None:
    try:
        # The header has whole seconds: half of one is the best guess at the rest.
        return parsedate_to_datetime(date).timestamp() + 0.5 - time.time()
    except ValueError:
        return None


def _health(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
