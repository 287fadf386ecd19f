"""What FineSpeak can do in a live call: nothing that a flow asks for. It only places calls, and tells of them."""

from __future__ import annotations

from flowengine.carriers.contract import FULL, Capabilities, partly

CAPABILITIES = Capabilities(
    runs_flows=False, of={"sms": FULL, "hangup": partly("A call can be ended over the API, from outside a flow.")}
)
