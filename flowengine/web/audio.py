"""How a tab hears a call and speaks into it: over WebRTC where its browser can, else as frames on the WebSocket.

The page knows what its browser can, and says which it is. Should WebRTC break during a call, the call goes on over the
socket: frames that come there are played whatever was agreed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from flowengine.sandbox.network.leg import Leg
from flowengine.web.messages import Over
from flowengine.web.sound import Microphone, heard

if TYPE_CHECKING:
    from flowengine.web.rtc.line import RtcLine

_TAIL = 1.0
"""Seconds that a connection outlives its call: what was said last is still on its way."""


def prepare() -> bool:
    """Load what WebRTC needs, which takes a moment; whether it is there."""
    try:
        import flowengine.web.rtc.line  # noqa: F401
    except ImportError:
        return False
    return True


class TabAudio:
    """The ear and the mouth of one tab."""

    def __init__(self, address: str, send: Callable[[bytes], None]) -> None:
        """`address` is the one of ours that the browser has reached; `send` puts a frame on the socket."""
        self._address = address
        self._send = send
        self._over: Over = "socket"
        self._line: RtcLine | None = None
        self._microphone: Microphone | None = None
        self._one_at_a_time = asyncio.Lock()

    async def offered(self, sdp: str) -> str:
        """Open a connection; the SDP that answers the browser's, empty where there is no WebRTC.

        Raises:
            ValueError: the offer cannot be answered.
        """
        async with self._one_at_a_time:
            await self.close()
            if not await asyncio.to_thread(prepare):
                return ""
            from flowengine.web.rtc.line import RtcLine

            line = RtcLine(self._address, self.picked_up, self._lost)
            try:
                answer = await line.answer(sdp)
            except BaseException:
                await line.close()
                raise
            self._line = line
            return answer

    def go_over(self, over: Over) -> None:
        """The page hears us over this from now on."""
        self._over = over

    def picked_up(self, pcm: bytes) -> None:
        """The browser's microphone picked this up."""
        if self._microphone is not None:
            self._microphone.pick_up(pcm)

    async def carry(self, leg: Leg) -> None:
        """Carry the sound of a call, from its answer to its end."""
        self._microphone = microphone = Microphone(leg)
        line = self._line
        try:
            await leg.until(lambda: leg.is_answered or leg.is_over)
            async for frame in heard(leg):
                if self._over == "rtc" and self._line is not None:
                    self._line.play(frame)
                else:
                    self._send(frame)
        finally:
            # The next call may be there already, and so may its connection below.
            if self._microphone is microphone:
                self._microphone = None
        await asyncio.sleep(_TAIL)
        if line is self._line:
            await self.close()

    async def close(self) -> None:
        """End the connection, if there is one."""
        line, self._line = self._line, None
        self._over = "socket"
        if line is not None:
            await line.close()

    def _lost(self) -> None:
        self._over = "socket"
