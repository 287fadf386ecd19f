"""A call that VoIPBIN carries out alone, with no server of ours behind it, beside the same call in the simulator."""

from datetime import UTC, datetime

from flowengine.carriers.voipbin.compiled import Compiled
from flowengine.core.commands import Conference
from flowengine.core.graph import Program
from flowengine.core.words import words
from flowengine.sandbox import Handset, LegState, Sandbox, SandboxConfig, VirtualClock
from flowengine.sandbox.voipbin import VoipbinAccount
from flowengine.simulator.phone import Phone
from flowengine.simulator.script import Case, Give, HangUp, Peer, Press, Step, Wait

_REFUSALS = {"busy": LegState.BUSY, "failed": LegState.FAILED, "declined": LegState.BUSY}


class Alone:
    """The two calls. What the caller does is done in both; what is heard, sent and rung must be the same."""

    def __init__(self, case: Case, program: Program, compiled: Compiled) -> None:
        self.case = case
        self.rooms = {name: key for key, name in compiled.rooms.items()}
        self.simulated = Phone(program, case.setup)
        self.clock = VirtualClock(datetime.fromtimestamp(case.setup.at, UTC))
        account = VoipbinAccount(numbers={case.setup.called: compiled.as_json()}, conferences=dict(compiled.rooms))
        self.config = SandboxConfig(listen=False, public_url="https://phone.example", pace=0, seed=1, voipbin=account)
        self.ringing: list[Handset] = []
        self.heard = 0

    async def run(self) -> None:
        """Do everything that the script does.

        Raises:
            AssertionError: the calls differ.
        """
        for step in self.case.steps:
            if isinstance(step, Give):
                self.simulated.give(step.given)
        async with Sandbox(self.config, self.clock) as sandbox:
            self.sandbox = sandbox
            sandbox.network.operators.append(self._rings)
            await self.simulated.start()
            self.phone = sandbox.network.place_call(self.case.setup.caller, self.case.setup.called)
            await self._settle()
            self._compare("the beginning")
            for step in self.case.steps:
                if isinstance(step, Press | Wait | Peer | HangUp):
                    await self._do(step)
                    self._compare(f"line {step.span.line}")
            self._compare_texts()

    def _rings(self, phone: Handset) -> bool:
        self.ringing.append(phone)
        return True

    async def _do(self, step: Step) -> None:
        simulated, phone = self.simulated, self.phone
        simulated.transcript.mark()
        match step:
            case Press(keys=keys):
                await simulated.press(keys)
                phone.press(keys)
            case Wait(seconds=seconds):
                room = self._room()
                await simulated.wait(seconds)
                heard = len(phone.heard)
                await self.clock.advance(seconds or 60, lambda: phone.leg.is_over or len(phone.heard) > heard)
                if room and simulated.ended:
                    self.sandbox.network.room(self.rooms[room]).end()
            case Peer(outcome=outcome, seconds=seconds):
                await simulated.peer(outcome, seconds)
                await self._peer(outcome, seconds)
            case HangUp():
                await simulated.hangup()
                phone.hang_up()
        await self._settle()

    def _room(self) -> str:
        wait = self.simulated.wait_now
        return wait.room if isinstance(wait, Conference) else ""

    async def _peer(self, outcome: str, seconds: float) -> None:
        phones, self.ringing = self.ringing, []
        assert phones, "nobody is called"
        if outcome == "noanswer":
            await self.clock.advance(61, lambda: self.phone.leg.is_over)
        elif outcome == "answered":
            phones[0].answer()
            await self.clock.advance(seconds)
            phones[0].hang_up()
        else:
            for each in phones:
                each.refuse(_REFUSALS[outcome])

    async def _settle(self) -> None:
        await self.clock.settle()
        while (awaiting := self.phone.awaiting) is not None and awaiting.kind == "pause":
            await self.clock.advance(60, lambda: self.phone.awaiting is not awaiting)

    def _compare(self, where: str) -> None:
        heard = [
            word for one in self.phone.heard[self.heard :] if one.kind in ("say", "play") for word in words(one.text)
        ]
        self.heard = len(self.phone.heard)
        transcript = self.simulated.transcript
        said = transcript.words[transcript.window[1] :]
        assert heard == said, f"{where}: heard {heard}, simulated {said}"
        leg = self.phone.leg
        over = None if not leg.is_over else "caller" if leg.hung_up_by == "phone" else "flow"
        assert over == self.simulated.ended, where

    def _compare_texts(self) -> None:
        asked = [request.asked for _, request in self.simulated.transcript.requests(0) if request.asked.verb == "sms"]
        rows = self.sandbox.voipbin.account.tables["messages"].rows.values()
        sent = [(row["targets"][0]["destination"]["target"], row["text"]) for row in rows]
        assert sent == [tuple(one.args) for one in asked]
