"""The IVR on Flask: served by gunicorn, `tests.benchmarks.peers.on_flask:app`; SIGNED=1 for signed requests only."""

from __future__ import annotations

import os

from flask import Flask, Response, request

from tests.benchmarks.peers.ivr import answer, is_genuine

SIGNED = os.environ.get("SIGNED") == "1"

app = Flask(__name__)


@app.post("/<path:path>")
def voice(path: str) -> Response:
    """Answer a webhook."""
    fields = request.form.to_dict()
    # Flask puts an empty query behind every URL that has none.
    url = request.url.removesuffix("?")
    if SIGNED and not is_genuine(url, fields, request.headers.get("X-Twilio-Signature", "")):
        return Response(status=403)
    return Response(answer(f"/{path}", request.args, fields), mimetype="application/xml")
