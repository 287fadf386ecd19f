"""Calls, groups of calls, and transfers."""

from typing import Any

from aiohttp import web

from flowengine.sandbox.documents import verbs
from flowengine.sandbox.documents.perform.prompts import prompt
from flowengine.sandbox.documents.program import HungUp, Program, Redirected, Stopped
from flowengine.sandbox.voipbin.api.reading import Fields, Shape, read_body, read_page
from flowengine.sandbox.voipbin.api.rows import Rows, public
from flowengine.sandbox.voipbin.calls import VoipbinCall
from flowengine.sandbox.voipbin.carrier import VoipbinCarrier
from flowengine.sandbox.voipbin.errors import ApiError, not_found
from flowengine.sandbox.voipbin.names import NIL, is_set
from flowengine.sandbox.voipbin.perform.media import spoken
from flowengine.sandbox.voipbin.recorder import Recorder
from flowengine.sandbox.voipbin.tables import Resource
from flowengine.sandbox.voipbin.transfers import transfer as hand_over

CREATE = Shape(
    "flow_id:uuid actions:actions source:address destinations:addresses anonymous:anonymous variables:variables"
)
GROUP = Shape(
    "source*:address destinations*:somebody flow_id:uuid actions:actions ring_method*:ring_method "
    "answer_method*:answer_method"
)
TRANSFER = Shape("transfer_type*:transfer_type transferer_call_id* transferee_addresses*:somebody")
RECORD = Shape("format*:wav end_of_silence*:int end_of_key* duration*:int on_end_flow_id*")
MUTE = Shape("direction:mute")
TALK = Shape("text language provider voice_id")


class Calls:
    """Handlers."""

    def __init__(self, carrier: VoipbinCarrier, rows: Rows) -> None:
        self._carrier = carrier
        self._account = carrier.account
        self._rows = rows

    def routes(self) -> list[web.RouteDef]:
        """The paths that they serve."""
        one = "/calls/{id}"
        routes = [
            web.get("/calls", self.list_calls),
            web.post("/calls", self.create),
            web.get(one, self.get),
            web.delete(one, self.delete),
            web.post(f"{one}/hangup", self.hang_up),
            web.post(f"{one}/mute", self.mute),
            web.delete(f"{one}/mute", self.unmute),
            web.post(f"{one}/talk", self.talk),
            web.post(f"{one}/recording_start", self.start_recording),
            web.post(f"{one}/recording_stop", self.stop_recording),
            web.get(f"{one}/media_stream", self.media_stream),
            web.post("/groupcalls", self.create_group),
            web.post("/groupcalls/{id}/hangup", self.hang_up_group),
            web.delete("/groupcalls/{id}", self.delete_group),
            web.post("/transfers", self.transfer),
        ]
        for state in ("hold", "moh", "silence"):
            routes.append(web.post(f"{one}/{state}", self._keep_waiting(state, on=True)))
            routes.append(web.delete(f"{one}/{state}", self._keep_waiting(state, on=False)))
        return routes

    async def list_calls(self, request: web.Request) -> web.Response:
        """Calls, the newest first."""
        size, token = read_page(request)
        rows = [call.view() for call in reversed(self._carrier.calls.values()) if not call.deleted]
        rows = [row for row in rows if not token or _token(row) < token]
        following = _token(rows[size - 1]) if len(rows) > size else ""
        return web.json_response({"result": rows[:size], "next_page_token": following})

    async def create(self, request: web.Request) -> web.Response:
        """Dial all destinations."""
        body = await read_body(request, CREATE, required=False)
        actions, settings = self._flow(body)
        settings["variables"] = body.get("variables", {})
        made = [
            self._carrier.place(body.get("source", {}), given, actions, **settings)
            for given in body.get("destinations", [])
        ]
        return web.json_response({"calls": [call.view() for call in made], "groupcalls": []})

    def _flow(self, body: Fields) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        if is_set(body.get("flow_id")):
            row = self._rows.row("flows", "flow", body["flow_id"])
            return row["actions"], {"flow_id": row["id"]}
        return self._carrier.with_ids(body.get("actions", [])), {}

    async def get(self, request: web.Request) -> web.Response:
        """One call."""
        return web.json_response(self._call(request).view())

    async def delete(self, request: web.Request) -> web.Response:
        """End a call, and forget it."""
        call = self._call(request)
        call.hang_up()
        call.deleted = True
        view = call.view() | {"tm_delete": self._account.times.now()}
        self._carrier.publish("call_deleted", view)
        return web.json_response(view)

    async def hang_up(self, request: web.Request) -> web.Response:
        """End a call."""
        call = self._live(request)
        call.hang_up()
        return web.json_response(call.view())

    async def mute(self, request: web.Request) -> web.Response:
        """Mute a call."""
        return await self._mute(request, on=True)

    async def unmute(self, request: web.Request) -> web.Response:
        """The opposite."""
        return await self._mute(request, on=False)

    async def _mute(self, request: web.Request, *, on: bool) -> web.Response:
        body = await read_body(request, MUTE, required=False)
        self._live(request).mute(body.get("direction", "both"), on)
        return web.json_response({})

    def _keep_waiting(self, state: str, *, on: bool) -> Any:
        async def handler(request: web.Request) -> web.Response:
            call = self._live(request)
            call.held = state if on else ""
            self._carrier.publish("call_updated", call.view(), call.activeflow)
            return web.json_response({})

        return handler

    async def talk(self, request: web.Request) -> web.Response:
        """Speak into a call, over whatever is heard there."""
        body = await read_body(request, TALK, required=False)
        call = self._progressing(request)
        said = verbs.Say(spoken(body.get("text", "")), body.get("language") or "en-US", body.get("voice_id", ""), 1)

        async def speak() -> None:
            program = Program(self._carrier.services, call.control, _nothing)
            try:
                await prompt(program, said)
            except (HungUp, Redirected, Stopped):
                return

        self._carrier.services.in_background(speak(), f"talk to {call.id}")
        return web.json_response({})

    async def start_recording(self, request: web.Request) -> web.Response:
        """Begin a recording."""
        body = await read_body(request, RECORD)
        call = self._progressing(request)
        if call.recorder is not None:
            raise ApiError(409, "RECORDING_ALREADY_ACTIVE", "The call is recorded already.")
        call.recorder = Recorder(
            call, silence=body["end_of_silence"], key=body["end_of_key"], longest=max(0, body["duration"])
        )
        return web.json_response(call.view())

    async def stop_recording(self, request: web.Request) -> web.Response:
        """End it."""
        call = self._live(request)
        if call.recorder is None:
            raise ApiError(409, "RECORDING_NOT_ACTIVE", "The call is not recorded.")
        call.recorder.stop()
        return web.json_response(call.view())

    async def media_stream(self, request: web.Request) -> web.Response:
        """Raw sound over a WebSocket: there is none here."""
        self._live(request)
        return web.Response()

    # ---------------------------------------------------------------------------------------------------------- groups

    async def create_group(self, request: web.Request) -> web.Response:
        """Dial all destinations at once."""
        body = await read_body(request, GROUP)
        actions, settings = self._flow(body)
        calls = [self._carrier.place(body["source"], given, actions, **settings) for given in body["destinations"]]
        row = self._account.add(
            "groupcalls",
            owner_type="",
            owner_id=NIL,
            status="progressing",
            flow_id=settings.get("flow_id", NIL),
            source=body["source"],
            destinations=body["destinations"],
            master_call_id=NIL,
            master_groupcall_id=NIL,
            ring_method=body["ring_method"],
            answer_method=body["answer_method"],
            answer_call_id=NIL,
            call_ids=[call.id for call in calls],
            answer_groupcall_id=NIL,
            groupcall_ids=[],
            call_count=len(calls),
            groupcall_count=0,
            dial_index=0,
        )
        for call in calls:
            call.group_id = row["id"]
        self._carrier.publish("groupcall_created", row)
        return web.json_response(public(row))

    async def hang_up_group(self, request: web.Request) -> web.Response:
        """End all calls of a group."""
        row = self._rows.row("groupcalls", "groupcall", request.match_info["id"])
        self._end_group(row)
        return web.json_response(public(row))

    async def delete_group(self, request: web.Request) -> web.Response:
        """End all calls of a group, and forget it."""
        row = self._rows.row("groupcalls", "groupcall", request.match_info["id"])
        self._end_group(row)
        self._account.tables["groupcalls"].delete(row)
        self._carrier.publish("groupcall_deleted", row)
        return web.json_response(public(row))

    def _end_group(self, row: Resource) -> None:
        for key in row["call_ids"]:
            if key in self._carrier.calls:
                self._carrier.calls[key].hang_up()
        self._account.tables["groupcalls"].change(row, status="hangup")
        self._carrier.publish("groupcall_hangup", row)

    # ------------------------------------------------------------------------------------------------------- transfers

    async def transfer(self, request: web.Request) -> web.Response:
        """Transfer a call that goes on: the phones ring, and who answers first is connected with who stays."""
        body = await read_body(request, TRANSFER)
        call = self._carrier.calls.get(body["transferer_call_id"])
        if call is None:
            raise not_found("call")
        if not call.leg.is_answered:
            raise ApiError(409, "CALL_STATE_INVALID", f"The call is {call.status}.")
        rung = [
            self._carrier.place(call.destination, given, [{"type": "sleep", "option": {"duration": 3_600_000}}])
            for given in body["transferee_addresses"]
        ]
        hand_over(self._carrier, call, body["transfer_type"], rung)
        row = self._account.add(
            "transfers",
            type=body["transfer_type"],
            transferer_call_id=call.id,
            transferee_addresses=body["transferee_addresses"],
            transferee_call_id=rung[0].id if rung else NIL,
            groupcall_id=NIL,
            confbridge_id=NIL,
        )
        return web.json_response(public(row))

    # --------------------------------------------------------------------------------------------------------- helpers

    def _call(self, request: web.Request) -> VoipbinCall:
        call = self._carrier.calls.get(request.match_info["id"])
        if call is None or call.deleted:
            raise not_found("call")
        return call

    def _live(self, request: web.Request) -> VoipbinCall:
        call = self._call(request)
        if call.leg.is_over:
            raise ApiError(409, "CALL_ALREADY_HANGUP", "The call has ended already.")
        return call

    def _progressing(self, request: web.Request) -> VoipbinCall:
        call = self._live(request)
        if not call.leg.is_answered:
            raise ApiError(409, "CALL_STATE_INVALID", f"The call is {call.status}.")
        return call


async def _nothing(program: Program, verb: verbs.Verb) -> None:
    raise TypeError(f"{program.leg.id}: {verb}")


def _token(row: Resource) -> str:
    created: str = row["tm_create"]
    return created.replace("T", " ").removesuffix("Z")
