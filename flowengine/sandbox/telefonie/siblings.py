"""The APIs beside Telefonie's Voice API: messages, numbers and recordings, to the letter of their OpenAPI files.

No error body and no webhook is documented; both are as in the Voice API.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from flowengine.sandbox.accounts import MESSAGE_PRICE, NUMBER_PRICE, Account, Owned, Text
from flowengine.sandbox.api import Carrier, account_of, application
from flowengine.sandbox.config import NumberConfig
from flowengine.sandbox.inventory import available, country_of
from flowengine.sandbox.network.leg import Leg, LegState
from flowengine.sandbox.recordings import Recording
from flowengine.sandbox.selling import (
    give_up,
    own_number,
    pay_for_number,
    receiver,
    require_for_sale,
    require_money,
    send_text,
)
from flowengine.sandbox.telefonie.errors import ApiError, not_found
from flowengine.sandbox.telefonie.owners import Owners
from flowengine.sandbox.telefonie.requests import QueryInt, Whole, read_body, read_query

SMS_PREFIX, NUMBERS_PREFIX, RECORDINGS_PREFIX = "/v1/sms", "/v1/numbers", "/v1/recordings"
_LONGEST_BODY = 1600

MessageStatus = Literal["queued", "sending", "sent", "delivered", "undelivered", "failed", "receiving", "received"]
NumberType = Literal["local", "national", "toll-free", "mobile"]
Item = TypeVar("Item")


class _Query(BaseModel):
    # A filter that does not exist would quietly filter nothing: better refused.
    model_config = ConfigDict(extra="forbid")


class _Page(_Query):
    page: QueryInt = 1
    page_size: Annotated[QueryInt, Field(le=100)] = 50

    def of(self, found: Sequence[Item]) -> list[Item]:
        """The items of this page."""
        size = max(0, self.page_size)
        start = max(0, self.page - 1) * size
        return list(found[start : start + size])


class ListMessages(_Page):
    """The query of `listMessages`."""

    direction: Literal["inbound", "outbound"] | None = None
    status: MessageStatus | None = None
    from_: str | None = Field(default=None, alias="from")
    to: str | None = None


class SendMessage(BaseModel):
    """`sendMessage`."""

    model_config = ConfigDict(strict=True, extra="ignore")

    to: str
    from_: str = Field(alias="from")
    body: str = ""
    media_url: list[str] = Field(default_factory=list)
    status_callback: str = ""
    validity_period: Whole = 86_400


class SearchNumbers(_Query):
    """The query of `searchAvailableNumbers`."""

    country_code: str
    type: NumberType | None = None
    area_code: str | None = None
    contains: str = ""
    sms_enabled: Literal["true", "false"] | None = None
    voice_enabled: Literal["true", "false"] | None = None
    limit: Annotated[QueryInt, Field(le=20)] = 20


class ListNumbers(_Page):
    """The query of `listOwnedNumbers`."""

    type: NumberType | None = None


class UpdateNumber(BaseModel):
    """`updateOwnedNumber`."""

    model_config = ConfigDict(strict=True, extra="ignore")

    voice_url: str = ""
    sms_url: str = ""
    friendly_name: str = ""


class PurchaseNumber(UpdateNumber):
    """`purchaseNumber`."""

    phone_number: str


class ListRecordings(_Page):
    """The query of `listRecordings`."""

    call_id: str | None = None
    status: Literal["in-progress", "completed", "failed"] | None = None


class Siblings:
    """The handlers of the three APIs."""

    def __init__(self, carrier: Carrier, owners: Owners) -> None:
        self._carrier = carrier
        self._owners = owners
        first, *others = carrier.accounts.all
        theirs = {number: account for account in others for number in account.config.numbers}
        for number in dict.fromkeys((*carrier.services.config.numbers, *theirs)):
            self._own(theirs.get(number, first), number)

    def applications(self) -> dict[str, web.Application]:
        """The three applications by their prefixes, for those who send a key as `X-API-Key`."""
        sms, numbers, recordings = (application("telefonie", self._carrier, _key) for _ in range(3))
        sms.add_routes(
            [
                web.get("/messages", self.list_messages),
                web.post("/messages", self.send_message),
                web.get("/messages/{message_id}", self.get_message),
                web.delete("/messages/{message_id}", self.delete_message),
            ]
        )
        numbers.add_routes(
            [
                web.get("/available", self.search_numbers),
                web.get("/owned", self.list_numbers),
                web.post("/owned", self.purchase_number),
                web.get("/owned/{phone_number}", self.get_number),
                web.post("/owned/{phone_number}", self.update_number),
                web.delete("/owned/{phone_number}", self.release_number),
            ]
        )
        recordings.add_routes(
            [
                web.get("/recordings", self.list_recordings),
                web.get("/recordings/{recording_id}", self.get_recording),
                web.delete("/recordings/{recording_id}", self.delete_recording),
            ]
        )
        return {SMS_PREFIX: sms, NUMBERS_PREFIX: numbers, RECORDINGS_PREFIX: recordings}

    # Messages.

    async def list_messages(self, request: web.Request) -> web.Response:
        """`listMessages`: the newest first."""
        query = read_query(request, ListMessages)
        found = [
            text
            for text in reversed(account_of(request).messages.values())
            if query.direction in (None, text.direction)
            and query.status in (None, text.status)
            and query.from_ in (None, text.sender)
            and query.to in (None, text.to)
        ]
        views = [message_view(text) for text in query.of(found)]
        return web.json_response({"messages": views, "total": len(found)})

    async def send_message(self, request: web.Request) -> web.Response:
        """`sendMessage`."""
        account, wish = account_of(request), await read_body(request, SendMessage)
        if not wish.body and not wish.media_url:
            raise ApiError(400, "invalid_request", "body or media_url is required", "body")
        if len(wish.body) > _LONGEST_BODY:
            raise ApiError(400, "invalid_request", f"body: longer than {_LONGEST_BODY} characters", "body")
        require_money(account)
        ids, now = self._carrier.services.network.ids, self._carrier.services.clock.wall()
        text = Text(ids("SM"), wish.from_, wish.to, wish.body, "outbound", now, "queued")
        text.media, text.callback = tuple(wish.media_url), wish.status_callback
        view = message_view(text)
        send_text(self._carrier, account, text, self._tell, statuses=("sent", "delivered", "undelivered"))
        return web.json_response(view, status=201)

    async def get_message(self, request: web.Request) -> web.Response:
        """`getMessage`."""
        return web.json_response(message_view(self._message(request)))

    async def delete_message(self, request: web.Request) -> web.Response:
        """`deleteMessage`."""
        del account_of(request).messages[self._message(request).id]
        return web.Response(status=204)

    def _message(self, request: web.Request) -> Text:
        key = request.match_info["message_id"]
        text = account_of(request).messages.get(key)
        if text is None:
            raise not_found("message", key)
        return text

    def _tell(self, text: Text) -> None:
        fields: dict[str, Any] = {"message_id": text.id, "status": text.status, "from": text.sender, "to": text.to}
        if text.direction == "inbound":
            fields["body"] = text.text
        self._carrier.services.notify("", text.callback, fields)

    # Numbers.

    async def search_numbers(self, request: web.Request) -> web.Response:
        """`searchAvailableNumbers`: all are local numbers for calls and messages."""
        query = read_query(request, SearchNumbers)
        wanted = query.type in (None, "local") and "false" not in (query.sms_enabled, query.voice_enabled)
        taken = self._carrier.taken | set(self._carrier.services.network.lines)
        found = available(query.country_code, query.area_code, taken, 100) if wanted else []
        fitting = [number for number in found if query.contains in number][: max(0, query.limit)]
        return web.json_response({"available_numbers": [available_view(number) for number in fitting]})

    async def list_numbers(self, request: web.Request) -> web.Response:
        """`listOwnedNumbers`."""
        query = read_query(request, ListNumbers)
        found = list(account_of(request).numbers.values()) if query.type in (None, "local") else []
        views = [self._view(owned) for owned in query.of(found)]
        return web.json_response({"numbers": views, "total": len(found)})

    async def purchase_number(self, request: web.Request) -> web.Response:
        """`purchaseNumber`."""
        account, wish = account_of(request), await read_body(request, PurchaseNumber)
        require_for_sale(self._carrier, wish.phone_number, "phone_number")
        pay_for_number(account)
        owned = self._own(account, wish.phone_number)
        self._update(owned, wish)
        return web.json_response(self._view(owned), status=201)

    async def get_number(self, request: web.Request) -> web.Response:
        """`getOwnedNumber`."""
        return web.json_response(self._view(self._number(request)))

    async def update_number(self, request: web.Request) -> web.Response:
        """`updateOwnedNumber`."""
        owned, wish = self._number(request), await read_body(request, UpdateNumber, required=False)
        self._update(owned, wish)
        return web.json_response(self._view(owned))

    async def release_number(self, request: web.Request) -> web.Response:
        """`releaseNumber`."""
        give_up(self._carrier, account_of(request), self._number(request).number)
        return web.Response(status=204)

    def _number(self, request: web.Request) -> Owned:
        key = request.match_info["phone_number"]
        owned = account_of(request).numbers.get(key)
        if owned is None:
            raise not_found("number", key)
        return owned

    def _own(self, account: Account, number: str) -> Owned:
        answer = self._carrier.services.network.lines.get(number, _nobody)
        told = receiver(self._carrier, account, "SM", lambda text: self._received(account, text))
        return own_number(self._carrier, account, number, "PN", answer, told)

    def _received(self, account: Account, text: Text) -> None:
        owned = account.numbers.get(text.to)
        text.callback = owned.fields.get("sms_url", "") if owned is not None else ""
        self._tell(text)

    def _update(self, owned: Owned, wish: UpdateNumber) -> None:
        owned.label = wish.friendly_name or owned.label
        if wish.sms_url:
            owned.fields["sms_url"] = wish.sms_url
        if wish.voice_url:
            owned.fields["voice_url"] = wish.voice_url
            self._carrier.exchange.own(owned.number, NumberConfig(voice_url=wish.voice_url))

    def _view(self, owned: Owned) -> dict[str, Any]:
        setup = self._carrier.services.config.numbers.get(owned.number)
        voice_url = owned.fields.get("voice_url") or (setup.voice_url if setup is not None else "")
        return {
            **available_view(owned.number),
            "friendly_name": owned.label or owned.number,
            "voice_url": voice_url,
            "sms_url": owned.fields.get("sms_url", ""),
            "date_created": _time(owned.bought),
        }

    # Recordings.

    async def list_recordings(self, request: web.Request) -> web.Response:
        """`listRecordings`: the newest first."""
        query = read_query(request, ListRecordings)
        done = query.status in (None, "completed")
        found = [
            recording
            for recording in self._carrier.services.recordings.all()
            if done and query.call_id in (None, recording.call_id) and self._sees(request, recording)
        ]
        views = [recording_view(recording) for recording in query.of(found)]
        return web.json_response({"recordings": views, "total": len(found)})

    async def get_recording(self, request: web.Request) -> web.Response:
        """`getRecording`."""
        key = request.match_info["recording_id"]
        recording = self._carrier.services.recordings.get(key)
        if recording is None or not self._sees(request, recording):
            raise not_found("recording", key)
        return web.json_response(recording_view(recording))

    async def delete_recording(self, request: web.Request) -> web.Response:
        """`deleteRecording`."""
        key = request.match_info["recording_id"]
        recording = self._carrier.services.recordings.get(key)
        if recording is None or not self._sees(request, recording):
            raise not_found("recording", key)
        self._carrier.services.recordings.delete(key)
        return web.Response(status=204)

    def _sees(self, request: web.Request, recording: Recording) -> bool:
        call = self._carrier.exchange.calls.get(recording.call_id)
        return self._owners.of_call(call) is account_of(request)


def message_view(text: Text) -> dict[str, Any]:
    """A `Message`."""
    view: dict[str, Any] = {
        "id": text.id,
        "status": text.status,
        "direction": text.direction,
        "from": text.sender,
        "to": text.to,
        "body": text.text,
        "num_segments": text.segments,
        "num_media": len(text.media),
        "price": str(-MESSAGE_PRICE * text.segments),
        "price_unit": "USD",
        "date_created": _time(text.created),
    }
    if text.updated is not None:
        view |= {"date_sent": _time(text.updated), "date_updated": _time(text.updated)}
    if text.error:
        view |= {"error_code": 30_003, "error_message": text.error}
    return view


def available_view(number: str) -> dict[str, Any]:
    """An `AvailableNumber`."""
    return {
        "phone_number": number,
        "friendly_name": number,
        "country_code": country_of(number),
        "type": "local",
        "capabilities": {"voice": True, "sms": True, "mms": True},
        "monthly_rate": str(NUMBER_PRICE),
    }


def recording_view(recording: Recording) -> dict[str, Any]:
    """A `Recording`."""
    return {
        "id": recording.id,
        "call_id": recording.call_id,
        "status": "completed",
        "duration": recording.duration,
        "channels": 1,
        "source": "call",
        "price": "0.0000",
        "price_unit": "USD",
        "media_url": recording.url,
        "date_created": _time(recording.created),
    }


def _nobody(leg: Leg) -> None:
    leg.move_to(LegState.FAILED)


def _key(request: web.Request) -> str | None:
    return request.headers.get("X-API-Key")


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
