"""What every figure is measured against: an aiohttp handler that parses the form and returns a constant document."""

from __future__ import annotations

import sys

from aiohttp import web

DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8"?><Response><Gather input="dtmf" numDigits="6" timeout="5" '
    'action="/voice?turn=1" method="POST"><Say language="en-US">Please enter your six digit account number.</Say>'
    "</Gather></Response>"
)


async def voice(request: web.Request) -> web.Response:
    """Parse, and answer."""
    await request.post()
    return web.Response(text=DOCUMENT, content_type="application/xml")


def main() -> None:
    """Serve on the port that is given."""
    app = web.Application()
    app.router.add_post("/voice", voice)
    try:
        import uvloop

        uvloop.install()
    except ImportError:
        pass
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)


if __name__ == "__main__":
    main()
