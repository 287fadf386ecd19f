"""The embedded VoIPBIN: its account over the simulated network."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import aiohttp

from flowengine.sandbox.documents.services import Services
from flowengine.sandbox.network.leg import Leg
from flowengine.sandbox.post_office import PostOffice
from flowengine.sandbox.voipbin.account import Account
from flowengine.sandbox.voipbin.activeflow import Action, Activeflow
from flowengine.sandbox.voipbin.calls import VoipbinCall, address, dialled
from flowengine.sandbox.voipbin.config import VoipbinAccount
from flowengine.sandbox.voipbin.errors import ApiError, invalid
from flowengine.sandbox.voipbin.events import Events
from flowengine.sandbox.voipbin.names import NIL, is_set
from flowengine.sandbox.voipbin.perform import perform
from flowengine.sandbox.voipbin.perform.reach import RING_SECONDS
from flowengine.sandbox.voipbin.tables import Resource

_FETCH_SECONDS = 60.0


class VoipbinCarrier:
    """Calls, flows and events of one customer.

    Attributes:
        calls: By id, the oldest first. Those that are over are forgotten when there are too many.
        flows: Those on no call that run, by id.
        client: What requests to the customer are made with.
        patience: How long a fetch may take; the carrier itself knows no limit.
    """

    def __init__(
        self, config: VoipbinAccount, services: Services, client: aiohttp.ClientSession, post: PostOffice
    ) -> None:
        self._post = post
        self.perform = perform
        self.client = client
        self.patience = aiohttp.ClientTimeout(total=_FETCH_SECONDS)
        self.account = Account(config, services.clock, services.network.ids, services.config.keep)
        self.events = Events(self.account, client, services.bulletin, services.config.webhook_timeout)
        self.services = replace(services, dial=self._dial)
        self.calls: OrderedDict[str, VoipbinCall] = OrderedDict()
        self.flows: dict[str, Activeflow] = {}
        for number, actions in config.numbers.items():
            self.own(number, actions)
        for key, name in config.conferences.items():
            self.add_conference(name=name, own_id=key)
        for key, name in config.queues.items():
            self.add_queue(name=name, id=key)

    # --------------------------------------------------------------------------------------------------------- numbers

    def own(self, number: str, actions: Sequence[Action]) -> Resource:
        """Let a number be answered by a flow of these actions."""
        flow = self.add_flow(f"answers {number}", "", actions)
        return self.add_number(number, call_flow_id=flow["id"])

    def add_number(self, number: str, **fields: Any) -> Resource:
        """Take a number over."""
        row = self.account.add(
            "numbers",
            number=number,
            type="virtual" if number.startswith("+899") else "normal",
            call_flow_id=NIL,
            message_flow_id=NIL,
            name="",
            detail="",
            status="active",
            t38_enabled=False,
            emergency_enabled=False,
            metadata={"rtp_debug": False},
        )
        row.update(fields, tm_purchase=row["tm_create"], tm_renew=row["tm_create"])
        self.services.network.lines[number] = lambda leg: self._incoming(leg, row)
        self._post.receivers[number] = self._received
        return row

    def release_number(self, row: Resource) -> Resource:
        """Give a number back."""
        self.services.network.lines.pop(row["number"], None)
        self._post.receivers.pop(row["number"], None)
        row["status"] = "deleted"
        return self.account.tables["numbers"].delete(row)

    def _incoming(self, leg: Leg, number: Resource) -> None:
        call = self._remember(VoipbinCall(self, leg))
        row = self.account.tables["flows"].get(number["call_flow_id"])
        if row is None:
            self.services.bulletin.tell("error", leg.id, f"no flow answers {number['number']}")
            call.hang_up("failed")
            return
        call.begin(row["actions"], flow_id=row["id"])
        self.publish("call_created", call.view(), call.activeflow)

    # ----------------------------------------------------------------------------------------------------------- calls

    def require_allowed(self, given: Mapping[str, Any]) -> None:
        """Refuse outside phones that the account may not call.

        Raises:
            ApiError: 400.
        """
        target = str(given.get("target", ""))
        if given.get("type") != "tel" or target in self.services.network.lines:
            return
        if not self.account.config.verified:
            raise invalid("The customer's identity is not verified.")
        countries = self.account.config.countries
        if countries is not None and not target.startswith(tuple(countries)):
            raise invalid("Outbound destination country not whitelisted.")

    def place(
        self,
        source: Mapping[str, Any],
        given: dict[str, Any],
        actions: Sequence[Action],
        *,
        master: VoipbinCall | None = None,
        **settings: Any,
    ) -> VoipbinCall:
        """Dial; who answers is in a flow of these actions. It ends with its `master`.

        Raises:
            ApiError: it is not allowed, or there is no money.
        """
        self.account.require_money()
        self.require_allowed(given)
        target = dialled(given)
        leg = self.services.network.dial(str(source.get("target", "")) or "anonymous", target, RING_SECONDS)
        call = self._remember(VoipbinCall(self, leg, master=NIL if master is None else master.id))
        if master is not None:
            master.chained.append(call.id)
            master.bound.append(call)
        call.destination = address(target) | {name: str(value) for name, value in given.items()}
        call.begin(actions, **settings)
        self.publish("call_created", call.view(), call.activeflow)
        return call

    def _dial(self, caller: str, callee: str, timeout: float, *, parent: str, status_callback: str) -> Leg:
        """Dial the far end of a transfer, for whoever carries it out."""
        leg = self.services.network.dial(caller, callee, timeout, parent=parent)
        master = next((call for call in self.calls.values() if call.leg.id == parent), None)
        call = self._remember(VoipbinCall(self, leg, master=master.id if master is not None else NIL))
        if master is not None:
            master.chained.append(call.id)
        self.publish("call_created", call.view(), None if master is None else master.activeflow)
        return leg

    def _remember(self, call: VoipbinCall) -> VoipbinCall:
        self.calls[call.id] = call
        while len(self.calls) > self.services.config.keep:
            over = next((key for key, old in self.calls.items() if old.leg.is_over), None)
            if over is None:
                break
            del self.calls[over]
        return call

    def call_is_over(self, call: VoipbinCall) -> None:
        """Charge what it cost, and end the calls that were to end with it."""
        for bound in call.bound:
            bound.hang_up()
        seconds = int(call.leg.seconds_talked)
        if call.leg.answered is not None:
            way = "incoming" if call.direction == "incoming" else "outgoing"
            self.account.charge("call", call.id, f"call_pstn_{way}", -(-max(1, seconds) // 60), seconds)

    # ------------------------------------------------------------------------------------------------------- resources

    def add_flow(self, name: str, detail: str, actions: Sequence[Action], **fields: Any) -> Resource:
        """Keep a flow; actions without an id get one."""
        row = self.account.add(
            "flows", type="flow", name=name, detail=detail, actions=self.with_ids(actions), direct_hash=""
        )
        row.update({"on_complete_flow_id": NIL} | fields)
        self.publish("flow_created", row)
        return row

    def with_ids(self, actions: Sequence[Action]) -> list[Action]:
        """The actions, each with an id."""
        return [
            {"option": {}, **action, "id": action["id"] if is_set(action.get("id")) else self.account.new_id()}
            for action in actions
        ]

    def add_conference(self, *, name: str, own_id: str = "", **fields: Any) -> Resource:
        """Make a conference room."""
        row: Resource = {
            "type": "conference",
            "status": "progressing",
            "name": name,
            "detail": "",
            "data": {},
            "timeout": 0,
            "pre_flow_id": NIL,
            "post_flow_id": NIL,
            "conferencecall_ids": [],
            "recording_id": NIL,
            "recording_ids": [],
            "transcribe_id": NIL,
            "transcribe_ids": [],
            "direct_hash": "",
        }
        row = self.account.add("conferences", **row | fields | ({"id": own_id} if own_id else {}))
        self.publish("conference_created", row)
        return row

    def add_queue(self, **fields: Any) -> Resource:
        """Make a queue."""
        row: Resource = {
            "name": "",
            "detail": "",
            "routing_method": "random",
            "tag_ids": [],
            "direct_hash": "",
            "wait_flow_id": NIL,
            "wait_timeout": 0,
            "service_timeout": 0,
            "wait_queuecall_ids": [],
            "service_queuecall_ids": [],
            "total_incoming_count": 0,
            "total_serviced_count": 0,
            "total_abandoned_count": 0,
        }
        return self.account.add("queues", **row | fields)

    def send_message(self, source: Mapping[str, Any], destinations: Sequence[Mapping[str, Any]], text: str) -> Resource:
        """Send a text message to each destination; a number that cannot be dialled fails.

        Raises:
            ApiError: there is no money.
        """
        self.account.require_money()
        parts = 1 + len(text) // 160
        targets = [{"destination": dict(one), "status": "queued", "parts": parts} for one in destinations]
        row = self.account.add(
            "messages", type="sms", source=dict(source), targets=targets, text=text, direction="outbound"
        )
        for _ in targets:
            self.account.charge("sms", row["id"], "sms", parts)
        self.publish("message_created", row)
        self.services.in_background(self._deliver(row), f"message {row['id']}")
        return row

    async def _deliver(self, row: Resource) -> None:
        await self.services.clock.sleep(1)
        for target in row["targets"]:
            good = self._post.deliver(str(row["source"].get("target", "")), _number(target), row["text"])
            target.update(status="delivered" if good else "failed", tm_update=self.account.times.now())
        self.account.tables["messages"].change(row)
        self.publish("message_updated", row)

    def _received(self, sender: str, to: str, text: str) -> None:
        targets = [{"destination": address(to), "status": "received", "parts": 1 + len(text) // 160}]
        source = address(sender)
        row = self.account.add("messages", type="sms", source=source, targets=targets, text=text, direction="inbound")
        self.publish("message_created", row)

    def send_email(
        self, destinations: Sequence[Mapping[str, Any]], subject: str, content: str, attachments: Sequence[Any]
    ) -> Resource:
        """Keep an e-mail, as if it had been sent.

        Raises:
            ApiError: there is no money.
        """
        self.account.require_money()
        source = address("sandbox@voipbin.example") | {"type": "email"}
        row = self.account.add(
            "emails",
            source=source,
            destinations=[dict(one) for one in destinations],
            status="processed",
            subject=subject,
            content=content,
            attachments=list(attachments),
        )
        self.publish("email_created", row)
        return row

    def transcribe(
        self, kind: str, reference: str, language: str, option: Mapping[str, Any], flow: Activeflow | None = None
    ) -> Resource:
        """Begin a transcription: what is said on the call is told by events.

        Raises:
            ApiError: 409, there is one already.
        """
        table = self.account.tables["transcribes"]
        for row in table.rows.values():
            if row["reference_id"] == reference and row["status"] == "progressing":
                raise ApiError(409, "STATE_INVALID", "It is transcribed already.")
        row = self.account.add(
            "transcribes",
            activeflow_id=flow.id if flow is not None else NIL,
            on_end_flow_id=option.get("on_end_flow_id") or NIL,
            reference_type=kind,
            reference_id=reference,
            status="progressing",
            language=language,
            direction=option.get("direction") or "both",
            provider=option.get("provider") or "",
        )
        self.publish("transcribe_created", row, flow)
        call = self.calls.get(reference)
        if call is not None:
            self.services.in_background(self._listen(row, call), f"transcription of {reference}")
        return row

    async def _listen(self, row: Resource, call: VoipbinCall) -> None:
        leg = call.leg
        last = leg.utterance
        while row["status"] == "progressing" and not leg.is_over:
            await leg.until(
                lambda heard=last: leg.utterance is not heard or leg.is_over or row["status"] != "progressing"  # type: ignore[misc]
            )
            if leg.utterance is not None and leg.utterance is not last:
                last = leg.utterance
                now = self.account.times.now()
                said = self.account.add(
                    "transcripts", transcribe_id=row["id"], direction="in", message=last.text, tm_transcript=now
                )
                self.publish("transcript_created", said, call.activeflow)
        self.end_transcription(row)

    def end_transcription(self, row: Resource) -> Resource:
        """End a transcription."""
        if row["status"] == "progressing":
            self.account.tables["transcribes"].change(row, status="done")
            self.publish("transcribe_done", row)
            call = self.calls.get(row["reference_id"])
            if call is not None:
                call.leg.changed.fire()
        return row

    def publish(self, kind: str, data: Resource, flow: Activeflow | None = None) -> None:
        """Tell the customer what happened."""
        self.events.publish(kind, data, flow.webhook if flow is not None and flow.webhook[0] else None)


def _number(target: Mapping[str, Any]) -> str:
    return str(target["destination"].get("target", ""))
