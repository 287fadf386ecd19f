"""The exchange: it places and answers calls over the network, and remembers them."""

from collections import OrderedDict

from flowengine.sandbox.calls import Call, follow, run
from flowengine.sandbox.clock import Clock
from flowengine.sandbox.config import NumberConfig, SandboxConfig
from flowengine.sandbox.documents.program import Goto
from flowengine.sandbox.documents.services import Services
from flowengine.sandbox.documents.verbs import Dial, QueueTarget, Verb
from flowengine.sandbox.happenings import Bulletin
from flowengine.sandbox.network.leg import Leg
from flowengine.sandbox.network.network import PhoneNetwork
from flowengine.sandbox.recordings import Recordings
from flowengine.sandbox.voice import Voice
from flowengine.sandbox.webhooks import Webhooks


class Exchange:
    """All calls of the carrier. APIs stand on top of it, the phone network lies below.

    Attributes:
        calls: By id, the oldest first. Those that are over are forgotten when there are too many.
        services: What the documents of a call are given.
    """

    def __init__(
        self,
        config: SandboxConfig,
        clock: Clock,
        bulletin: Bulletin,
        network: PhoneNetwork,
        webhooks: Webhooks,
        voice: Voice,
        recordings: Recordings,
    ) -> None:
        self.calls: OrderedDict[str, Call] = OrderedDict()
        self._keep = config.keep
        self._network = network
        self.services = Services(config, clock, bulletin, network, webhooks, voice, recordings, self._dial_for_document)
        for number, setup in config.numbers.items():
            self.own(number, setup)

    def own(self, number: str, setup: NumberConfig) -> None:
        """Let a number's webhooks answer it from now on."""
        self._network.lines[number] = lambda leg: self.answer(leg, setup)

    def disown(self, number: str) -> None:
        """Give a number up."""
        self._network.lines.pop(number, None)

    def place(
        self,
        caller: str,
        callee: str,
        *,
        target: Goto | tuple[Verb, ...] | None,
        timeout: float = 30.0,
        status_callback: str = "",
        record: bool = False,
    ) -> Call:
        """Dial out, and carry out `target` once the call is answered. The call is queued when this returns."""
        call = Call(
            self._network.dial(caller, callee, timeout), target=target, status_callback=status_callback, record=record
        )
        self._begin(call)
        return call

    def take(self, leg: Leg, target: Goto | tuple[Verb, ...] | None = None) -> Call:
        """Answer a call to a number of ours with `target`; None: it is connected until it is ended."""
        call = Call(leg, target)
        self._begin(call)
        return call

    def send_agent(self, queue: str, caller: str, agent: str) -> Call:
        """Dial an agent who, on answering, takes the next caller of a queue."""
        return self.place(caller, agent, target=(Dial(QueueTarget(queue)),))

    def redirect(self, call: Call, target: Goto) -> None:
        """Send a call to another document, whatever it does just now.

        The far end of a dial leaves the conversation that it is in.

        Raises:
            RuntimeError: it is the far end of a dial, and not connected yet.
        """
        if not call.is_dialled:
            call.target = target
            call.control.send_to(target)
            return
        if call.leg.awaiting is None or call.leg.awaiting.kind != "bridge":
            raise RuntimeError("the call is dialled from another one, and not connected with it yet")
        call.is_dialled, call.target = False, target
        call.leg.release()
        self.services.in_background(run(call, self.services), f"documents of {call.leg.id}")

    def answer(self, leg: Leg, setup: NumberConfig) -> None:
        """Let these webhooks answer a call that rings at our side."""
        fallback = Goto(setup.fallback_url) if setup.fallback_url else None
        call = Call(leg, Goto(setup.voice_url, setup.method), fallback, setup.status_callback or "")
        self._begin(call)

    def _dial_for_document(self, caller: str, callee: str, timeout: float, *, parent: str, status_callback: str) -> Leg:
        leg = self._network.dial(caller, callee, timeout, parent=parent)
        call = Call(leg, status_callback=status_callback, is_dialled=True)
        # Whoever has the call that dials has the one that it dials.
        call.is_elsewhere = parent in self.calls and self.calls[parent].is_elsewhere
        self._remember(call)
        follow(call, self.services)
        return leg

    def _begin(self, call: Call) -> None:
        self._remember(call)
        follow(call, self.services)
        self.services.in_background(run(call, self.services), f"documents of {call.leg.id}")

    def _remember(self, call: Call) -> None:
        self.calls[call.leg.id] = call
        while len(self.calls) > self._keep:
            over = next((key for key, old in self.calls.items() if old.leg.is_over), None)
            if over is None:
                break
            del self.calls[over]
