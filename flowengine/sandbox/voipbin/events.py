"""Events: signed webhooks, and the WebSocket with its topics."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
from aiohttp import web
from yarl import URL

from flowengine.sandbox.happenings import Bulletin
from flowengine.sandbox.voipbin.account import Account
from flowengine.sandbox.voipbin.tables import Resource

HEADER = "X-VoIPBIN-Signature"
_ATTEMPTS = 3


@dataclass(eq=False)
class Subscriber:
    """One connection of the WebSocket; `shape` is how it gets events: in an envelope, or only the resource."""

    socket: web.WebSocketResponse
    shape: Literal["envelope", "resource"]
    topics: set[str] = field(default_factory=set)


class Events:
    """Tells customers what happens."""

    def __init__(self, account: Account, client: aiohttp.ClientSession, bulletin: Bulletin, seconds: float) -> None:
        """`seconds` is how long a webhook may take."""
        self._account = account
        self._client = client
        self._bulletin = bulletin
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self.subscribers: list[Subscriber] = []

    def publish(self, kind: str, data: Resource, also: tuple[str, str] | None = None) -> None:
        """Tell everybody, without waiting. `also` is a further URL, with its method."""
        public = {name: value for name, value in data.items() if not name.startswith("_")}
        body = json.dumps({"type": kind, "data": public}, separators=(",", ":")).encode()
        customer = self._account.customer
        for uri, method in [(customer["webhook_uri"], customer["webhook_method"] or "POST"), *([also] if also else [])]:
            if uri:
                self._account.clock.spawn(self.deliver(uri, method, body), f"event {kind}")
        for subscriber in list(self.subscribers):
            self._account.clock.spawn(self._send(subscriber, kind, public), f"event {kind}")

    async def deliver(self, uri: str, method: str, body: bytes, content_type: str = "application/json") -> None:
        """Make a webhook's request: again after a second where nobody answers or the answer is a 5xx, three times in
        all; any other answer counts as delivered."""
        clock = self._account.clock
        if self._account.config.webhook_delay:
            await clock.sleep(self._account.config.webhook_delay)
        headers = {"Content-Type": content_type}
        if secret := self._account.customer["webhook_secret"]:
            headers[HEADER] = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                request = self._client.request(method, URL(uri), data=body, headers=headers, timeout=self._timeout)
                async with request as response:
                    await response.read()
                    self._bulletin.tell("request", "", f"{method} {uri} -> {response.status}", body=body.decode())
                    if response.status < 500:
                        return
                    reason = f"status {response.status}"
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                reason = str(error) or type(error).__name__
            self._bulletin.tell("error", "", f"{method} {uri}: {reason}", attempt=attempt)
            if attempt < _ATTEMPTS:
                await clock.sleep(1)

    async def _send(self, subscriber: Subscriber, kind: str, data: dict[str, Any]) -> None:
        family = kind.partition("_")[0]
        topic = f"customer_id:{self._account.id}:{family}:{data.get('id', '')}"
        # A topic is the beginning of what it stands for, at whole words.
        if not any(f"{topic}:".startswith(f"{wanted}:") for wanted in subscriber.topics):
            return
        try:
            await subscriber.socket.send_json({"type": kind, "data": data} if subscriber.shape == "envelope" else data)
        except (ConnectionError, RuntimeError, TypeError):
            if subscriber in self.subscribers:
                self.subscribers.remove(subscriber)
