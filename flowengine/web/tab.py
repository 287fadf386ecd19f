"""One open tab: a phone in a browser, at the end of a WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from flowengine.sandbox import Handset
from flowengine.sandbox.network.leg import Leg
from flowengine.sandbox.voice import estimate
from flowengine.web import messages
from flowengine.web.audio import TabAudio
from flowengine.web.messages import Accepted, News, Ringing, Rings, Silent, Trouble
from flowengine.web.switchboard import Switchboard
from flowengine.web.watching import Watch

_MOST_WAITING = 1_000
_MOST_SOUND = 25
"""Messages that may wait for a browser that is slow; half a second of sound, after which sound is left out."""


class Tab:
    """A phone: what its page asks for is done, what happens to its call is told."""

    def __init__(self, socket: web.WebSocketResponse, switchboard: Switchboard, address: str) -> None:
        """`address` is the one of ours at which the page was opened."""
        self.watch: Watch | None = None
        self._socket = socket
        self._switchboard = switchboard
        self._number = ""
        self._rings: Rings = "none"
        self._handset: Handset | None = None
        self._audio = TabAudio(address, self._send_frame)
        self._waiting: asyncio.Queue[str | bytes] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve the page until it goes. A call that it holds ends with it."""
        self._spawn(self._send())
        self._switchboard.enter(self)
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    self._asked(message.data)
                elif message.type is WSMsgType.BINARY:
                    self._audio.picked_up(message.data)
        finally:
            self._switchboard.leave(self)
            if self._handset is not None:
                self._handset.hang_up()
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._audio.close()

    async def close(self) -> None:
        """We stop."""
        await self._socket.close(code=WSCloseCode.GOING_AWAY)

    # For the switchboard.

    def wants(self, number: str, is_anybodys: bool) -> bool:
        """Whether it rings for calls to this number; `is_anybodys`: no behaviour is set up for it."""
        if number == self._number:
            return self._rings != "none"
        return self._rings == "any" and is_anybodys

    def ring(self, leg: Leg) -> None:
        """Begin to ring."""
        self.tell(Ringing(leg.id, leg.caller, leg.callee))

    def quiet(self, leg: Leg) -> None:
        """Ring no more."""
        self.tell(Silent(leg.id))

    def tell(self, news: News) -> None:
        """Send the page something; one that does not read for long is let go."""
        if self._waiting.qsize() >= _MOST_WAITING:
            self._spawn(self.close())
            return
        self._waiting.put_nowait(messages.write(news))

    # What the page asks for.

    def _asked(self, text: str) -> None:
        try:
            self._do(messages.read(text))
        except msgspec.DecodeError as error:
            self.tell(Trouble(f"not understood: {error}"))
        except (ValueError, RuntimeError) as error:
            self.tell(Trouble(str(error)))

    def _do(self, request: messages.Request) -> None:
        match request:
            case messages.Phone(number=number, rings=rings):
                self._number, self._rings = number, rings
            case messages.Dial():
                self._dial(request)
            case messages.Answer(call=call):
                self._answer(call)
            case messages.Decline(call=call):
                self._switchboard.decline(call, self)
            case messages.Press(keys=keys):
                self._in_call().press(keys)
            case messages.Say(text=text):
                self._say(text)
            case messages.HangUp():
                self._in_call().hang_up()
            case messages.Behave():
                self._switchboard.behave(request)
            case messages.Forget(number=number):
                self._switchboard.forget(number)
            case messages.Offer(sdp=sdp):
                self._spawn(self._offered(sdp))
            case messages.Listen(over=over):
                self._audio.go_over(over)

    def _in_call(self) -> Handset:
        if self._handset is None:
            raise RuntimeError("there is no call")
        return self._handset

    def _dial(self, wish: messages.Dial) -> None:
        if self._handset is not None:
            raise RuntimeError("one call at a time: hang up first")
        self._hold(self._switchboard.placing.place(wish.caller, wish.to, wish.flow, wish.at))

    def _answer(self, call: str) -> None:
        if self._handset is not None:
            raise RuntimeError("one call at a time: hang up first")
        handset = self._switchboard.answer(call, self)
        if handset is not None:
            self._hold(handset)

    def _say(self, text: str) -> None:
        """Words instead of the microphone: into the recording that runs, or to what listens to speech."""
        handset = self._in_call()
        if handset.leg.dictation is not None:
            handset.leave(estimate(text), text)
        else:
            handset.speak(text)

    # The call.

    def _hold(self, handset: Handset) -> None:
        self._handset = handset
        self.watch = Watch(handset.leg, self._switchboard.builds, self.tell, self._switchboard.placing.clock)
        self._spawn(self._follow(self.watch))
        self._spawn(self._audio.carry(handset.leg))

    async def _follow(self, watch: Watch) -> None:
        await watch.run()
        self._handset = self.watch = None

    async def _offered(self, sdp: str) -> None:
        try:
            answer = await self._audio.offered(sdp)
        except ValueError:
            answer = ""
        self.tell(Accepted(answer))

    def _send_frame(self, frame: bytes) -> None:
        if self._waiting.qsize() < _MOST_SOUND:
            self._waiting.put_nowait(frame)

    async def _send(self) -> None:
        while True:
            item = await self._waiting.get()
            # A page that went says so by ending the loop that reads.
            with suppress(ConnectionError):
                if isinstance(item, bytes):
                    await self._socket.send_bytes(item)
                else:
                    await self._socket.send_str(item)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
