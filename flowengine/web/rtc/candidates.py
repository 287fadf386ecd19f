"""Where a connection can be reached: at the address that the page was opened at, and nowhere else.

By itself, aioice offers every address of this machine but the loopback ones, and looks names of browsers up by
multicast. A phone on the same machine needs neither, and must work where there is no network at all.
"""

from __future__ import annotations

from typing import Any

from aioice import Candidate
from aiortc import RTCPeerConnection


def listen_at(connection: RTCPeerConnection, address: str) -> None:
    """Let the connection be reached at `address` alone; to be called before it gathers its candidates."""
    for transceiver in connection.getTransceivers():
        ice = transceiver.receiver.transport.transport.iceGatherer._connection
        gather = ice.get_component_candidates

        async def gather_there(component: int, gather: Any = gather, **_: Any) -> list[Candidate]:
            found: list[Candidate] = await gather(component, [address])
            return found

        # aioice has no setting for this.
        ice.get_component_candidates = gather_there  # type: ignore[assignment, method-assign]


def without_candidates(sdp: str) -> str:
    """The description without the browser's own addresses, nor an end of them: it knocks, and is answered there."""
    lines = sdp.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates")))
