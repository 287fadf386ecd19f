"""The web application: the carriers' webhooks, the project's audio files, and health.

/telefonie/…       webhooks (see the carrier's adapter)
/telefonie/events  what it tells beside the calls of flows, as those do that run none (see `notices`)
/media/PATH        a file of the project's audio folder
/health            how it is (see `health`)
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from flowengine.carriers.contract import Carrier, Reply
from flowengine.runtime.engine import Engine
from flowengine.server import health
from flowengine.server.connections import Bounds
from flowengine.server.requests import LONGEST_BODY, BadRequestError, read


def application(engine: Engine, more: Sequence[web.RouteDef] = (), bounds: Bounds | None = None) -> web.Application:
    """The application of an engine; `more` routes come before those of the carriers."""
    seconds = (bounds or Bounds()).body
    app = web.Application(client_max_size=LONGEST_BODY)
    app.add_routes(more)
    for name, carrier in engine.carriers.items():
        app.router.add_route("*", f"/{name}/{{path:.*}}", _webhooks(engine, carrier, seconds))
    app.router.add_get("/media/{path:.+}", _media(engine))
    app.add_routes(health.routes(engine))
    app.on_response_prepare.append(_let_go(engine))
    return app


def _let_go(engine: Engine) -> Any:
    """While we end, each answer is the last of its connection: the next request finds another worker."""

    async def prepare(_request: web.Request, response: web.StreamResponse) -> None:
        if engine.draining:
            response.force_close()
            response.headers["Connection"] = "close"

    return prepare


def _webhooks(engine: Engine, carrier: Carrier, seconds: float) -> Any:
    prefix = f"/{carrier.name}/"

    async def webhook(request: web.Request) -> web.Response:
        if request.method not in ("GET", "POST"):
            raise web.HTTPMethodNotAllowed(request.method, ["GET", "POST"])
        try:
            if request.content.is_eof():  # all of it is there, as nearly always: a timer would take 4 µs
                message = await read(request, prefix, engine.clock())
            else:
                async with asyncio.timeout(seconds):
                    message = await read(request, prefix, engine.clock())
        except BadRequestError as error:
            engine.log.warning("webhook refused", carrier=carrier.name, path=request.path[:200], reason=error.reason)
            return web.Response(text=error.reason + "\n", status=error.status)
        except TimeoutError:
            engine.log.warning("webhook refused", carrier=carrier.name, path=request.path[:200], reason="too slow")
            # While we end, the rest is not read any more. A 503 is sent again, to a server that stays; a 408 is not.
            return web.Response(text="the body came too slowly\n", status=503 if engine.draining else 408)
        return _response(await engine.handle(carrier, message))

    return webhook


def _response(reply: Reply) -> web.Response:
    if not reply.body:
        return web.Response(status=reply.status)
    body = reply.body.encode("utf-8", "replace")
    # Given as it is to be sent; `content_type` and `charset` are put together for 3 µs.
    headers = {"Content-Type": f"{reply.content_type}; charset=utf-8"}
    return web.Response(body=body, status=reply.status, headers=headers)


def _media(engine: Engine) -> Any:
    async def media(request: web.Request) -> web.StreamResponse:
        name = request.match_info["path"]
        projects = engine.projects
        root = (projects.root / projects.config.project_table.audio).resolve()
        path = await asyncio.to_thread(_inside, root, name)
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path)

    return media


def _inside(root: Path, name: str) -> Path | None:
    """The file of this name under `root`, wherever links lead; None when there is none, or it lies elsewhere."""
    try:
        path = (root / name).resolve()
        return path if path.is_relative_to(root) and path.is_file() else None
    except (OSError, ValueError):
        return None
