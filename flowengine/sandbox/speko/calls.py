"""Calls onto agents: placing, ending and transferring them, and what is known of them."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import Any

from aiohttp import web

from flowengine.sandbox.accounts import Account, Owned
from flowengine.sandbox.api import Carrier, account_of
from flowengine.sandbox.calls import Call
from flowengine.sandbox.network.leg import Heard, Leg, LegState
from flowengine.sandbox.selling import keep_call, place_call, require_money
from flowengine.sandbox.speko.events import Events
from flowengine.sandbox.speko.requests import AgentCalls, BlindTransfer, Dial, Finalize, Nothing, WarmTransfer
from flowengine.sandbox.speko.views import detail_view, entry_view, moment_of, report_view, status_of, time
from flowengine.sandbox.telefonie.errors import ApiError, not_found
from flowengine.sandbox.telefonie.requests import read_body, read_query

_PENDING = ("requested", "screening", "bridging")


class Calls:
    """Handlers."""

    def __init__(self, carrier: Carrier, events: Events) -> None:
        self._carrier = carrier
        self._events = events
        self._fields: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def routes(self) -> list[web.RouteDef]:
        """The paths that they serve."""
        call = "/v1/calls/{id}"
        return [
            web.post("/v1/sessions/phone", self.dial),
            web.get("/v1/agents/{id}/calls", self.list_calls),
            web.get(call, self.get_call),
            web.get(f"{call}/events", self.list_events),
            web.get(f"{call}/report", self.get_report),
            web.post(f"{call}/report/finalize", self.finalize),
            web.get(f"{call}/recording", self.get_recording),
            web.post(f"{call}/end", self.end),
            web.post(f"{call}/transfers/blind", self.transfer_blind),
            web.post(f"{call}/transfers/warm", self.transfer_warm),
            web.post(f"{call}/transfers/{{transferId}}/complete", self.complete),
            web.post(f"{call}/transfers/{{transferId}}/cancel", self.cancel),
        ]

    async def dial(self, request: web.Request) -> web.Response:
        """`createPhoneSession`: an agent talks with whoever answers."""
        account, wish = account_of(request), await read_body(request, Dial)
        call = self._place(account, wish)
        answer = {
            "sessionId": call.leg.id,
            "callControlId": f"sip-{call.leg.id}",
            "roomName": f"call-{call.leg.id}",
            "status": "dialing",
            "to": wish.to,
            "from": call.leg.caller,
        }
        return web.json_response(answer)

    async def call_back(self, account: Account, to: str, caller: str | None, agent: str | None) -> str:
        """Place a call that was promised; gives its id.

        Raises:
            ApiError: it cannot be placed.
        """
        return self._place(account, Dial.model_validate({"to": to, "from": caller, "agentId": agent})).leg.id

    def _place(self, account: Account, wish: Dial) -> Call:
        if wish.agentId is None and wish.intent is None:
            raise ApiError(400, "invalid_request", "agentId or intent is required")
        if wish.agentId is not None and wish.agentId not in account.config.agents:
            raise ApiError(404, "not_found", "not found")
        require_money(account, status=402)
        caller = wish.from_ or next(iter(account.numbers), "")
        if caller not in account.numbers:
            raise ApiError(404, "not_found", f"{caller or 'from'} is no number of yours.", "from")
        call = place_call(self._carrier, account, caller, wish.to, self._teller(account, wish.firstMessage))
        self._remember(call, wish.agentId, wish.metadata)
        return call

    def answer(self, account: Account, owned: Owned, leg: Leg) -> None:
        """Take a call to a number of an account: its agent talks, or nobody does."""
        agent = owned.fields.get("agentId")
        if owned.fields.get("direction") == "outbound" or not agent:
            leg.move_to(LegState.BUSY)
            return
        call = self._carrier.exchange.take(leg)
        keep_call(self._carrier, account, call, self._teller(account, "Hello."))
        self._remember(call, agent, {})

    def _remember(self, call: Call, agent: str | None, metadata: dict[str, Any]) -> None:
        self._fields[call.leg.id] = {"agent": agent, "metadata": metadata, "transfers": [], "events": []}
        while len(self._fields) > self._carrier.services.config.keep:
            self._fields.popitem(last=False)

    def _teller(self, account: Account, greeting: str) -> Any:
        async def tell(call: Call, state: LegState) -> None:
            leg = call.leg
            if state is LegState.IN_PROGRESS:
                leg.tell(Heard(leg.clock.now(), "say", greeting, "en-US"))
            fields = self._fields.get(leg.id)
            if fields is not None:
                fields["events"].append(self._event(account, leg, state))
            await self._events.status(account, call)
            if leg.is_over and state is leg.state and fields is not None:
                await self._events.report(account, call, report_view(account, call, fields))

        return tell

    def _event(self, account: Account, leg: Leg, state: LegState) -> dict[str, Any]:
        now = time(leg.clock.wall())
        return {
            "id": self._carrier.services.network.ids("evt_"),
            "session_id": leg.id,
            "organization_id": account.id,
            "provider": "sandbox",
            "event_type": "call.status",
            "status": state.value,
            "failure_cause": state.value if state in (LegState.BUSY, LegState.NO_ANSWER, LegState.FAILED) else None,
            "sip_status_code": {LegState.BUSY: 486, LegState.NO_ANSWER: 480, LegState.FAILED: 404}.get(state),
            "sip_status": None,
            "occurred_at": now,
            "payload": {},
            "created_at": now,
        }

    async def list_calls(self, request: web.Request) -> web.Response:
        """`listAgentCalls`: the newest first."""
        account, agent, query = account_of(request), request.match_info["id"], read_query(request, AgentCalls)
        if agent not in account.config.agents:
            raise ApiError(404, "not_found", "not found")
        before, since = moment_of(query.cursor, "cursor"), moment_of(query.since, "since")
        found = [
            call
            for call in reversed(account.calls.values())
            if self._fields.get(call.leg.id, {}).get("agent") == agent
            and (before is None or call.leg.created < before)
            and (since is None or call.leg.created >= since)
        ]
        page = found[: query.limit]
        entries = [entry_view(call, agent) for call in page]
        cursor = page[-1].leg.created.isoformat() if len(found) > len(page) else None
        return web.json_response({"calls": entries, "entries": entries, "next_cursor": cursor})

    async def get_call(self, request: web.Request) -> web.Response:
        """`getCall`."""
        call = self._call(request)
        return web.json_response(detail_view(call, self._fields[call.leg.id]))

    async def list_events(self, request: web.Request) -> web.Response:
        """`getCallEvents`."""
        return web.json_response({"events": self._fields[self._call(request).leg.id]["events"]})

    async def get_report(self, request: web.Request) -> web.Response:
        """`getCallReport`: once the call is over."""
        call = self._call(request)
        if not call.leg.is_over:
            raise ApiError(404, "not_found", "The call is not over yet.")
        return web.json_response(report_view(account_of(request), call, self._fields[call.leg.id]))

    async def finalize(self, request: web.Request) -> web.Response:
        """`finalizeCallReport`: the report at once, and to webhooks again where that is wanted."""
        call, wish = self._call(request), await read_body(request, Finalize, required=False)
        if not call.leg.is_over:
            raise ApiError(409, "conflict", "The call is not over yet.")
        account, fields = account_of(request), self._fields[call.leg.id]
        report = report_view(account, call, fields)
        if wish.retryWebhook:
            await self._events.report(account, call, report)
        names = ("session_id", "summary", "outcome", "cost_micro_usd")
        told = {"retried": wish.retryWebhook}
        return web.json_response({name: report[name] for name in names} | {"webhook": told})

    async def get_recording(self, request: web.Request) -> web.Response:
        """`getCallRecording`."""
        call = self._call(request)
        if call.recording is None:
            raise ApiError(404, "not_found", "The call has no recording.")
        return web.json_response({"url": call.recording.url})

    async def end(self, request: web.Request) -> web.Response:
        """`endCall`."""
        call = self._call(request)
        if call.leg.is_over:
            return web.json_response({"ok": True, "status": "already_ended", "ended_at": time(call.leg.ended)})
        call.leg.hang_up("network")
        return web.json_response({"ok": True, "status": "ending"})

    def events_after(self, call: str, milliseconds: int) -> list[dict[str, Any]]:
        """The events of a call since a time in Unix milliseconds; each has its own as `_at`."""
        events: list[dict[str, Any]] = self._fields[call]["events"] if call in self._fields else []
        timed = [event | {"_at": _milliseconds(event["created_at"])} for event in events]
        return [event for event in timed if event["_at"] > milliseconds]

    def has_ended(self, leg: Leg) -> bool:
        """Whether a call is over and its last event is there: it is written down a moment after the end."""
        if leg.id not in self._fields:
            return leg.is_over
        events: list[dict[str, Any]] = self._fields[leg.id]["events"]
        return leg.is_over and bool(events) and events[-1]["status"] == leg.state.value

    def find(self, request: web.Request) -> Call:
        """The call that a request's path names.

        Raises:
            ApiError: 404.
        """
        return self._call(request)

    def _call(self, request: web.Request) -> Call:
        key = request.match_info["id"]
        call = account_of(request).calls.get(key)
        if call is None or key not in self._fields:
            raise not_found("call", key)
        return call

    # Transfers.

    async def transfer_blind(self, request: web.Request) -> web.Response:
        """`createBlindTransfer`: the agent leaves, whoever answers takes its place."""
        call, wish = self._live(request), await read_body(request, BlindTransfer)
        transfer = self._transfer(request, call, "blind", wish.to)
        self._carrier.services.in_background(self._bridge(call, transfer, wish.ringingTimeout), "blind transfer")
        return web.json_response(transfer, status=201)

    async def transfer_warm(self, request: web.Request) -> web.Response:
        """`createWarmTransfer`: the agent talks with the other first, until it is completed or cancelled."""
        call, wish = self._live(request), await read_body(request, WarmTransfer)
        first = wish.to or next((str(each["to"]) for each in wish.destinations if each.get("to")), "")
        if not first:
            raise ApiError(400, "invalid_request", "to or destinations is required")
        transfer = self._transfer(request, call, "warm", first)
        transfer |= {"status": "screening", "screening_prompt": wish.screeningPrompt}
        return web.json_response(transfer, status=201)

    async def complete(self, request: web.Request) -> web.Response:
        """`completeWarmTransfer`."""
        call, transfer = self._live(request), self._pending(request)
        await read_body(request, Nothing, required=False)
        transfer["status"] = "bridging"
        self._carrier.services.in_background(self._bridge(call, transfer, 30), "warm transfer")
        return web.json_response(transfer)

    async def cancel(self, request: web.Request) -> web.Response:
        """`cancelWarmTransfer`."""
        self._call(request)
        transfer = self._pending(request)
        await read_body(request, Nothing, required=False)
        transfer |= {"status": "cancelled", "updated_at": self._now()}
        return web.json_response(transfer)

    def _live(self, request: web.Request) -> Call:
        call = self._call(request)
        if not call.leg.is_answered:
            raise ApiError(409, "conflict", f"The call is {status_of(call.leg)}.")
        return call

    def _pending(self, request: web.Request) -> dict[str, Any]:
        key = request.match_info["transferId"]
        transfers: list[dict[str, Any]] = self._fields[self._call(request).leg.id]["transfers"]
        found = next((each for each in transfers if each["id"] == key), None)
        if found is None:
            raise not_found("transfer", key)
        if found["kind"] != "warm" or found["status"] not in _PENDING:
            raise ApiError(409, "conflict", f"The transfer is {found['status']}.")
        return found

    def _transfer(self, request: web.Request, call: Call, kind: str, to: str) -> dict[str, Any]:
        now = self._now()
        transfer: dict[str, Any] = {
            "id": self._carrier.services.network.ids("tr_"),
            "session_id": call.leg.id,
            "organization_id": account_of(request).id,
            "kind": kind,
            "status": "requested",
            "transfer_to": to,
            "failure_cause": None,
            "metadata": {},
            "created_at": now,
            "updated_at": now,
            "completed_at": None,
        }
        self._fields[call.leg.id]["transfers"].append(transfer)
        return transfer

    async def _bridge(self, call: Call, transfer: dict[str, Any], ringing: float) -> None:
        leg = call.leg
        far = self._carrier.services.network.dial(leg.caller, transfer["transfer_to"], ringing, parent=leg.id)
        leg.dependants.append(far)
        await far.until(lambda: far.is_answered or far.is_over or leg.is_over)
        if far.is_answered and not leg.is_over:
            transfer |= {"status": "completed", "completed_at": self._now(), "updated_at": self._now()}
            leg.media.join(far.media)
            await far.until(lambda: far.is_over or leg.is_over)
            leg.media.part(far.media)
        else:
            transfer |= {"status": "failed", "failure_cause": far.state.value, "updated_at": self._now()}
        far.hang_up("network")

    def _now(self) -> str | None:
        return time(self._carrier.services.clock.wall())


def _milliseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp() * 1000)
