"""The WebSocket: subscribe to topics, and get events as they happen."""

import json

from aiohttp import WSMsgType, web

from flowengine.sandbox.voipbin.errors import Handler
from flowengine.sandbox.voipbin.events import Events, Subscriber


def socket(events: Events) -> Handler:
    """A handler: `{"type": "subscribe", "topics": ["customer_id:<id>:call"]}`, and the opposite.

    The carrier has two shapes for what it sends; `?shape=resource` asks for the one without an envelope.
    """

    async def handler(request: web.Request) -> web.StreamResponse:
        connection = web.WebSocketResponse()
        if not connection.can_prepare(request):
            raise web.HTTPBadRequest(reason="a WebSocket is wanted here")
        await connection.prepare(request)
        bare = request.query.get("shape") == "resource"
        subscriber = Subscriber(connection, "resource" if bare else "envelope")
        events.subscribers.append(subscriber)
        try:
            async for message in connection:
                if message.type is WSMsgType.TEXT:
                    _obey(subscriber, message.data)
        finally:
            if subscriber in events.subscribers:
                events.subscribers.remove(subscriber)
        return connection

    return handler


def _obey(subscriber: Subscriber, text: str) -> None:
    try:
        wish = json.loads(text)
        topics = {topic for topic in wish["topics"] if isinstance(topic, str)}
        kind = wish["type"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return
    if kind == "subscribe":
        subscriber.topics |= topics
    elif kind == "unsubscribe":
        subscriber.topics -= topics
