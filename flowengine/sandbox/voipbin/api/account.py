"""The account: profile, money, keys, numbers, flows, conferences, messages, recordings' files, transcriptions."""

from typing import Any

from aiohttp import web

from flowengine.sandbox.voipbin.activeflow import Activeflow
from flowengine.sandbox.voipbin.api.reading import Fields, Shape, read_body, read_page
from flowengine.sandbox.voipbin.api.rows import NUMBER_PATH, Rows, public
from flowengine.sandbox.voipbin.carrier import VoipbinCarrier
from flowengine.sandbox.voipbin.errors import ApiError, invalid, not_found
from flowengine.sandbox.voipbin.names import NIL, is_set, is_uuid
from flowengine.sandbox.voipbin.tables import Resource

CUSTOMER = Shape("name* detail* email* phone_number* address* webhook_method*:method webhook_uri*")
FLOW = Shape("name* detail* actions*:actions on_complete_flow_id")
ACTIVEFLOW = Shape("id flow_id actions:actions variables:variables webhook_uri webhook_method:method")
NUMBER = Shape("number* type:number_type call_flow_id* message_flow_id* name* detail*")
NUMBER_CHANGE = Shape("call_flow_id* message_flow_id* name* detail*")
NUMBER_FLOWS = Shape("call_flow_id* message_flow_id*")
CONFERENCE = Shape("type*:conference_type id name* detail* timeout*:int data*:object pre_flow_id* post_flow_id*")
RECORD_CONFERENCE = "format*:wav duration*:int on_end_flow_id*"
MESSAGE = Shape("source*:address destinations*:addresses text*")
EMAIL = Shape("destinations*:somebody subject* content* attachments*:attachments")
OUTBOUND = Shape("name detail codecs:text? default_outgoing_source_number_id:uuid destination_whitelist:texts?")
TRANSCRIBE = Shape(
    "reference_type*:transcribed reference_id* language* direction:direction provider:provider on_end_flow_id:uuid"
)
SPEAKING = Shape("reference_type* reference_id* language provider voice_id direction")
_DAY = 86_400


class AccountApi:
    """Handlers."""

    def __init__(self, carrier: VoipbinCarrier, rows: Rows) -> None:
        self._carrier = carrier
        self._account = carrier.account
        self._rows = rows

    def routes(self) -> list[web.RouteDef]:
        """The paths that they serve."""
        return [
            web.get("/customer", self.get_customer),
            web.put("/customer", self._changing("customer", CUSTOMER)),
            web.put("/customer/metadata", self.change_metadata),
            web.put("/customer/billing_account_id", self._changing("customer", Shape("billing_account_id*"))),
            web.get("/me", self.me),
            web.get("/billing_account", self.get_money),
            web.put("/billing_account", self._changing("money", Shape("name detail"))),
            web.put(
                "/billing_account/payment_info",
                self._changing("money", Shape("payment_type:payment_type payment_method:payment_method")),
            ),
            web.post("/billing_account/paddle_portal_session", self.portal),
            web.get("/outbound_config", self.get_outbound),
            web.put("/outbound_config", self._changing("outbound", OUTBOUND)),
            web.post("/accesskeys", self.create_accesskey),
            web.post("/activeflows", self.create_activeflow),
            web.post("/activeflows/{id}/stop", self.stop_activeflow),
            web.delete("/activeflows/{id}", self.delete_activeflow),
            web.post("/flows", self.create_flow),
            web.get("/available_numbers", self.available_numbers),
            web.post("/numbers", self.buy_number),
            web.post("/numbers/renew", self.renew_numbers),
            web.put(NUMBER_PATH, self._number(NUMBER_CHANGE)),
            web.put(f"{NUMBER_PATH}/flow_ids", self._number(NUMBER_FLOWS)),
            web.put(f"{NUMBER_PATH}/metadata", self.number_metadata),
            web.delete(NUMBER_PATH, self.release_number),
            web.post("/conferences", self.create_conference),
            web.delete("/conferences/{id}", self.delete_conference),
            web.get("/conferences/{id}/media_stream", self.conference_media),
            web.post(
                "/conferences/{id}/recording_start", self._in_conference("format*:wav duration*:int on_end_flow_id*")
            ),
            web.post("/conferences/{id}/recording_stop", self._in_conference("")),
            web.post("/conferences/{id}/transcribe_start", self._in_conference("language*")),
            web.post("/conferences/{id}/transcribe_stop", self._in_conference("")),
            web.delete("/conferencecalls/{id}", self.remove_from_conference),
            web.post("/queuecalls/{id}/kick", self.kick),
            web.post("/queuecalls/reference_id/{id}/kick", self.kick_call),
            web.get("/campaigns/{id}/campaigncalls", self.campaigncalls),
            web.get("/outdials/{id}/targets", self.list_targets),
            web.post("/outdials/{id}/targets", self.create_target),
            web.get("/outdials/{id}/targets/{target}", self.get_target),
            web.delete("/outdials/{id}/targets/{target}", self.delete_target),
            web.post("/messages", self.send_message),
            web.post("/emails", self.send_email),
            web.get("/recordingfiles/{id}", self.recording_file),
            web.post("/transcribes", self.transcribe),
            web.post("/transcribes/{id}/stop", self.stop_transcription),
            web.get("/transcripts", self.transcripts),
            web.get("/speakings", self.list_speakings),
            web.post("/speakings", self.create_speaking),
            web.get("/speakings/{id}", self._speaking({})),
            web.delete("/speakings/{id}", self.delete_speaking),
            web.post("/speakings/{id}/say", self._speaking({"status": "active"}, Shape("text*"))),
            web.post("/speakings/{id}/flush", self._speaking({})),
            web.post("/speakings/{id}/stop", self._speaking({"status": "stopped"})),
        ]

    # --------------------------------------------------------------------------------------------------------- profile

    async def get_customer(self, _request: web.Request) -> web.Response:
        """The profile; the secret of the webhooks is in it."""
        return web.json_response(self._account.customer)

    async def get_money(self, _request: web.Request) -> web.Response:
        """The balance."""
        return web.json_response(self._account.money)

    async def get_outbound(self, _request: web.Request) -> web.Response:
        """Where calls may go out to."""
        return web.json_response(self._account.outbound)

    def _changing(self, what: str, shape: Shape) -> Any:
        async def handler(request: web.Request) -> web.Response:
            row: Resource = getattr(self._account, what)
            fields = await read_body(request, shape)
            if "@" not in fields.get("email", "a@b"):
                raise invalid("email is no e-mail address")
            row.update(fields, tm_update=self._account.times.now())
            return web.json_response(row)

        return handler

    async def change_metadata(self, request: web.Request) -> web.Response:
        """What is traced."""
        body = await read_body(request, Shape("rtp_debug:bool"))
        self._account.customer["metadata"] = {"rtp_debug": False} | body
        return web.json_response(self._account.customer)

    async def me(self, _request: web.Request) -> web.Response:
        """Who asks."""
        account = self._account
        agent = {
            "id": account.agent_id,
            "customer_id": account.id,
            "username": account.config.username,
            "name": "Sandbox",
            "detail": "",
            "ring_method": "ringall",
            "status": "available",
            "permission": 64,
            "tag_ids": [],
            "addresses": [],
            "direct_hash": "",
        }
        return web.json_response(agent)

    async def portal(self, request: web.Request) -> web.Response:
        """Where a person would pay."""
        return web.json_response({"url": str(request.url.origin() / "portal")})

    async def create_accesskey(self, request: web.Request) -> web.Response:
        """A new access key, told this once."""
        body = await read_body(request, Shape("name detail expire:int"))
        seconds = min(max(0, body.get("expire", _DAY)), 100 * 365 * _DAY)
        key = self._account.ids("vb_")
        row = self._account.add(
            "accesskeys",
            name=body.get("name", ""),
            detail=body.get("detail", ""),
            token_prefix=key[:8],
            tm_expire=self._account.times.at(self._account.clock.wall().timestamp() + seconds),
            _token=key,
        )
        return web.json_response(public(row) | {"token": key})

    # ----------------------------------------------------------------------------------------------------------- flows

    async def create_flow(self, request: web.Request) -> web.Response:
        """Keep a flow."""
        body = await read_body(request, FLOW)
        complete = body.get("on_complete_flow_id") or NIL
        row = self._carrier.add_flow(body["name"], body["detail"], body["actions"], on_complete_flow_id=complete)
        return web.json_response(public(row))

    async def create_activeflow(self, request: web.Request) -> web.Response:
        """Run a flow that is on no call."""
        body = await read_body(request, ACTIVEFLOW)
        own_id = body.get("id", "")
        if own_id and not is_uuid(own_id):
            own_id = ""
        actions, flow_id = self._carrier.with_ids(body.get("actions", [])), NIL
        if is_set(body.get("flow_id")):
            row = self._rows.row("flows", "flow", body["flow_id"])
            actions, flow_id = row["actions"], row["id"]
        webhook = (body.get("webhook_uri", ""), body.get("webhook_method") or "POST")
        flow = Activeflow(
            self._carrier,
            actions,
            flow_id=flow_id,
            variables=body.get("variables"),
            webhook=webhook,
            own_id=own_id if is_set(own_id) else "",
        )
        self._carrier.flows[flow.id] = flow
        self._carrier.services.in_background(flow.run(), f"flow {flow.id}")
        return web.json_response(public(flow.row))

    async def stop_activeflow(self, request: web.Request) -> web.Response:
        """End a flow that runs, and its call."""
        row = self._rows.row("activeflows", "activeflow", request.match_info["id"])
        if row["status"] == "ended":
            raise ApiError(409, "ACTIVEFLOW_ALREADY_STOPPED", "The flow has ended already.")
        self._end_flow(row)
        return web.json_response(public(row))

    async def delete_activeflow(self, request: web.Request) -> web.Response:
        """End a flow, and forget it."""
        row = self._rows.row("activeflows", "activeflow", request.match_info["id"])
        self._end_flow(row)
        self._account.tables["activeflows"].delete(row)
        return web.Response(status=204)

    def _end_flow(self, row: Resource) -> None:
        flow = self._carrier.flows.get(row["id"])
        call = self._carrier.calls.get(row["reference_id"])
        if flow is None and call is not None:
            flow = call.activeflow
        if flow is not None:
            flow.end()

    # --------------------------------------------------------------------------------------------------------- numbers

    async def available_numbers(self, request: web.Request) -> web.Response:
        """Numbers that can be bought."""
        size, _ = read_page(request)
        kind = request.query.get("type", "normal")
        if kind not in ("normal", "virtual"):
            raise invalid("type is not as it must be")
        owned = self._carrier.services.network.lines
        virtual = tuple(f"+899{number:09d}" for number in range(100))
        found = self._account.config.inventory if kind == "normal" else virtual
        shown = [
            {"number": number, "country": request.query.get("country_code", "US"), "region": "", "postal_code": ""}
            | {"features": ["voice", "sms"]}
            for number in found
            if number not in owned
        ]
        return web.json_response({"result": shown[:size]})

    async def buy_number(self, request: web.Request) -> web.Response:
        """Take a number over."""
        body = await read_body(request, NUMBER)
        self._account.require_money()
        if body["number"] in self._carrier.services.network.lines:
            raise ApiError(403, "PERMISSION_DENIED", "The number is somebody's already.")
        row = self._carrier.add_number(**_without_empty_ids(body))
        if row["type"] == "normal":
            self._account.charge("number", row["id"], "number", 1)
        self._carrier.publish("number_created", row)
        return web.json_response(public(row))

    async def renew_numbers(self, request: web.Request) -> web.Response:
        """Renew all numbers that are due: there are none."""
        await read_body(request, Shape("tm_renew*"))
        return web.json_response([])

    def _number(self, shape: Shape) -> Any:
        async def handler(request: web.Request) -> web.Response:
            body = await read_body(request, shape)
            row = self._rows.row("numbers", "number", request.match_info["id"])
            self._account.tables["numbers"].change(row, **_without_empty_ids(body))
            return web.json_response(public(row))

        return handler

    async def number_metadata(self, request: web.Request) -> web.Response:
        """What is traced."""
        body = await read_body(request, Shape("rtp_debug:bool"))
        row = self._rows.row("numbers", "number", request.match_info["id"])
        self._account.tables["numbers"].change(row, metadata={"rtp_debug": False} | body)
        return web.json_response(public(row))

    async def release_number(self, request: web.Request) -> web.Response:
        """Give a number back."""
        row = self._rows.row("numbers", "number", request.match_info["id"])
        self._carrier.release_number(row)
        self._carrier.publish("number_deleted", row)
        return web.json_response(public(row))

    # ----------------------------------------------------------------------------------------------------- conferences

    async def create_conference(self, request: web.Request) -> web.Response:
        """Make a room; one that is there already under this id stays as it is."""
        body = await read_body(request, CONFERENCE)
        own_id = body.pop("id", "")
        there = self._account.tables["conferences"].get(own_id)
        if there is not None:
            return web.json_response(public(there))
        row = self._carrier.add_conference(**_without_empty_ids(body), own_id=own_id if is_set(own_id) else "")
        return web.json_response(public(row))

    async def delete_conference(self, request: web.Request) -> web.Response:
        """End a room."""
        row = self._rows.row("conferences", "conference", request.match_info["id"])
        for room in list(self._carrier.services.network.rooms.values()):
            if room.name == row["id"]:
                room.end()
        self._account.tables["conferences"].delete(row)
        row.update(status="terminated", tm_end=row["tm_delete"])
        self._carrier.publish("conference_deleted", row)
        return web.json_response(public(row))

    async def conference_media(self, request: web.Request) -> web.Response:
        """Raw sound over a WebSocket: there is none here."""
        if "encapsulation" not in request.query:
            raise ApiError(400, "MISSING_REQUEST_PARAMETER", "encapsulation is required")
        self._rows.row("conferences", "conference", request.match_info["id"])
        return web.Response()

    def _in_conference(self, fields: str) -> Any:
        async def handler(request: web.Request) -> web.Response:
            if fields:
                await read_body(request, Shape(fields))
            row = self._rows.row("conferences", "conference", request.match_info["id"])
            self._carrier.publish("conference_updated", row)
            return web.json_response({})

        return handler

    async def remove_from_conference(self, request: web.Request) -> web.Response:
        """Put somebody out of a room."""
        row = self._rows.row("conferencecalls", "conferencecall", request.match_info["id"])
        call = self._carrier.calls.get(row["reference_id"])
        if call is not None:
            for room in self._carrier.services.network.rooms.values():
                if call.leg.id in room.members:
                    room.leave(call.leg)
                    break
        return web.json_response(public(row))

    # ---------------------------------------------------------------------------------------- queues, campaigns, dials

    async def kick(self, request: web.Request) -> web.Response:
        """Put somebody out of a queue."""
        return self._kick(self._rows.row("queuecalls", "queuecall", request.match_info["id"]))

    async def kick_call(self, request: web.Request) -> web.Response:
        """The same, by the call."""
        rows = self._account.tables["queuecalls"].rows.values()
        row = next((row for row in rows if row["reference_id"] == request.match_info["id"]), None)
        if row is None:
            raise not_found("queuecall")
        return self._kick(row)

    def _kick(self, row: Resource) -> web.Response:
        if row["status"] == "waiting":
            self._account.tables["queuecalls"].change(row, status="kicking")
            call = self._carrier.calls.get(row["reference_id"])
            if call is not None:
                call.leg.changed.fire()
        return web.json_response(public(row))

    async def campaigncalls(self, request: web.Request) -> web.Response:
        """The calls of a campaign."""
        campaign = self._rows.row("campaigns", "campaign", request.match_info["id"])
        return self._rows.page(request, "campaigncalls", lambda row: row.get("campaign_id") == campaign["id"])

    async def list_targets(self, request: web.Request) -> web.Response:
        """Whom an outdial calls."""
        outdial = self._rows.row("outdials", "outdial", request.match_info["id"])
        return self._rows.page(request, "outdialtargets", lambda row: row["outdial_id"] == outdial["id"])

    async def create_target(self, request: web.Request) -> web.Response:
        """Add somebody."""
        places = range(5)
        shape = Shape("name* detail* data* " + " ".join(f"destination_{place}*:address" for place in places))
        body = await read_body(request, shape, required=False)
        outdial = self._rows.row("outdials", "outdial", request.match_info["id"])
        tries = {f"try_count_{place}": 0 for place in places}
        row = self._account.add("outdialtargets", outdial_id=outdial["id"], status="idle", **body, **tries)
        return web.json_response(public(row))

    async def get_target(self, request: web.Request) -> web.Response:
        """One of them."""
        self._rows.row("outdials", "outdial", request.match_info["id"])
        return web.json_response(
            public(self._rows.row("outdialtargets", "outdialtarget", request.match_info["target"]))
        )

    async def delete_target(self, request: web.Request) -> web.Response:
        """Take somebody out."""
        self._rows.row("outdials", "outdial", request.match_info["id"])
        row = self._rows.row("outdialtargets", "outdialtarget", request.match_info["target"])
        return web.json_response(public(self._account.tables["outdialtargets"].delete(row)))

    # -------------------------------------------------------------------------------------------------------- messages

    async def send_message(self, request: web.Request) -> web.Response:
        """Send a text message."""
        body = await read_body(request, MESSAGE)
        return web.json_response(public(self._carrier.send_message(body["source"], body["destinations"], body["text"])))

    async def send_email(self, request: web.Request) -> web.Response:
        """Send an e-mail."""
        body = await read_body(request, EMAIL)
        row = self._carrier.send_email(body["destinations"], body["subject"], body["content"], body["attachments"])
        return web.json_response(public(row))

    async def recording_file(self, request: web.Request) -> web.Response:
        """Where the file of a recording is, under a URL that needs no key."""
        row = self._rows.row("recordings", "recording", request.match_info["id"])
        file = self._carrier.services.recordings.get(row.get("_file", ""))
        if file is None:
            raise not_found("recording")
        return web.json_response(file.url, status=307, headers={"Location": file.url})

    async def transcribe(self, request: web.Request) -> web.Response:
        """Begin a transcription."""
        body = await read_body(request, TRANSCRIBE)
        reference = body["reference_id"]
        row = self._carrier.transcribe(body["reference_type"], reference, body["language"], body)
        return web.json_response(public(row))

    async def stop_transcription(self, request: web.Request) -> web.Response:
        """End it."""
        row = self._rows.row("transcribes", "transcribe", request.match_info["id"])
        return web.json_response(public(self._carrier.end_transcription(row)))

    async def transcripts(self, request: web.Request) -> web.Response:
        """What was said."""
        wanted = request.query.get("transcribe_id")
        if wanted is None:
            raise ApiError(400, "MISSING_REQUEST_PARAMETER", "transcribe_id is required")
        return self._rows.page(request, "transcripts", lambda row: row["transcribe_id"] == wanted)

    # -------------------------------------------------------------------------------------------------------- speaking

    async def list_speakings(self, request: web.Request) -> web.Response:
        """A list without pages: the one of its kind."""
        size, token = read_page(request)
        rows, _ = self._account.tables["speakings"].page(size, token)
        return web.json_response([public(row) for row in rows])

    async def create_speaking(self, request: web.Request) -> web.Response:
        """Begin to speak into something."""
        body: Fields = await read_body(request, SPEAKING)
        kinds, ways = ("call", "confbridge"), ("in", "out", "both")
        row = self._account.add(
            "speakings",
            reference_type=body["reference_type"] if body["reference_type"] in kinds else "",
            reference_id=body["reference_id"] if is_uuid(body["reference_id"]) else NIL,
            language=body.get("language", ""),
            provider=body.get("provider", ""),
            voice_id=body.get("voice_id", ""),
            direction=body["direction"] if body.get("direction") in ways else "",
            status="initiating",
        )
        return web.json_response(public(row), status=201)

    def _speaking(self, fields: Fields, shape: Shape | None = None) -> Any:
        async def handler(request: web.Request) -> web.Response:
            if shape is not None:
                await read_body(request, shape)
            row = self._rows.row("speakings", "speaking", request.match_info["id"])
            if fields:
                self._account.tables["speakings"].change(row, **fields)
            return web.json_response(public(row))

        return handler

    async def delete_speaking(self, request: web.Request) -> web.Response:
        """Forget it."""
        row = self._rows.row("speakings", "speaking", request.match_info["id"])
        return web.json_response(public(self._account.tables["speakings"].delete(row)))


def _without_empty_ids(body: Fields) -> Fields:
    return {name: NIL if name.endswith("flow_id") and not is_uuid(value) else value for name, value in body.items()}
