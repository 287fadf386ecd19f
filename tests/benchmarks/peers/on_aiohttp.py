"""The IVR on aiohttp: `python -m tests.benchmarks.peers.on_aiohttp PORT`, with `--signed` for signed requests only."""

from __future__ import annotations

import sys

import uvloop
from aiohttp import web

from tests.benchmarks.peers.ivr import answer, is_genuine

SIGNED = "--signed" in sys.argv


async def voice(request: web.Request) -> web.Response:
    """Answer a webhook."""
    fields = {name: str(value) for name, value in (await request.post()).items()}
    if SIGNED and not is_genuine(str(request.url), fields, request.headers.get("X-Twilio-Signature", "")):
        return web.Response(status=403)
    return web.Response(text=answer(request.path, request.query, fields), content_type="application/xml")


def main() -> None:
    """Serve on the port that is given."""
    app = web.Application()
    app.router.add_post("/{path:.*}", voice)
    uvloop.install()
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)


if __name__ == "__main__":
    main()
