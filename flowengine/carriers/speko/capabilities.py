"""What Speko can do in a live call: nothing that a flow asks for. It only places calls, and tells of them."""

from __future__ import annotations

from flowengine.carriers.contract import Capabilities, partly

CAPABILITIES = Capabilities(
    runs_flows=False,
    of={
        "hangup": partly("A call can be ended over the API, from outside a flow."),
        "transfer": partly("A call can be transferred over the API, from outside a flow."),
    },
)
