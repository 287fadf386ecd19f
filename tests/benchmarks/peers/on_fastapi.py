"""The IVR on FastAPI: served by uvicorn, `tests.benchmarks.peers.on_fastapi:app`; SIGNED=1 for signed requests only."""

from __future__ import annotations

import os

from fastapi import FastAPI, Request, Response

from tests.benchmarks.peers.ivr import answer, is_genuine

SIGNED = os.environ.get("SIGNED") == "1"

app = FastAPI()


@app.post("/{path:path}")
async def voice(path: str, request: Request) -> Response:
    """Answer a webhook."""
    fields = {name: str(value) for name, value in (await request.form()).items()}
    if SIGNED and not is_genuine(str(request.url), fields, request.headers.get("X-Twilio-Signature", "")):
        return Response(status_code=403)
    return Response(answer(f"/{path}", request.query_params, fields), media_type="application/xml")
