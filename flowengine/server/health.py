"""How a worker is: for people, load balancers and probes.

/health                    `ok`, `degraded` or `draining`, whether it is ready, and the project's version
/health/ready, /ready      200 while new requests should come here, else 503
/live                      200 as long as the process answers at all
"""

from __future__ import annotations

from aiohttp import web

from flowengine.runtime.engine import Engine


def routes(engine: Engine) -> list[web.RouteDef]:
    """The routes of an engine's health."""

    async def health(_request: web.Request) -> web.Response:
        status = "draining" if engine.draining else "degraded" if engine.degraded else "ok"
        program = engine.projects.program
        version = program.version if program is not None else None
        return web.json_response({"status": status, "ready": engine.ready, "version": version})

    async def ready(_request: web.Request) -> web.Response:
        return web.json_response({"ready": engine.ready}, status=200 if engine.ready else 503)

    async def live(_request: web.Request) -> web.Response:
        return web.json_response({"live": True})

    return [
        web.get("/health", health),
        web.get("/health/ready", ready),
        web.get("/ready", ready),
        web.get("/live", live),
    ]
