"""Telefonie in the common vocabulary: its Voice API, and the APIs for messages, numbers and recordings beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from flowengine.carriers import models
from flowengine.carriers.client import CarrierClient, Evidence, Means, Runner, needs
from flowengine.carriers.reading import money
from flowengine.carriers.telefonie import messages, numbers, recordings, rest
from flowengine.carriers.telefonie.config import TelefonieConfig

_P = Evidence.PUBLIC


class TelefonieClient(CarrierClient):
    """Telefonie's APIs. A number's target is the URL that answers its calls."""

    name: ClassVar = "telefonie"
    means: ClassVar = {
        "numbers.search": Means("GET /v1/numbers/available", _P),
        "numbers.buy": Means("POST /v1/numbers/owned", _P),
        "numbers.list": Means("GET /v1/numbers/owned", _P),
        "numbers.release": Means("DELETE /v1/numbers/owned/{phone_number}", _P),
        "numbers.route": Means("POST /v1/numbers/owned/{phone_number}", _P),
        "calls.place": Means("POST /calls"),
        "calls.list": Means("GET /calls"),
        "calls.show": Means("GET /calls/{call_id}"),
        "calls.end": Means("DELETE /calls/{call_id}"),
        "messages.send": Means("POST /v1/sms/messages", _P),
        "messages.list": Means("GET /v1/sms/messages", _P),
        "conferences": Means("GET /conferences"),
        "recordings": Means("GET /v1/recordings/recordings", _P),
    }
    hints: ClassVar = {
        "balance": "each call and message tells its price",
        "rates": "each call and message tells its price",
    }

    def __init__(self, runner: Runner, new_key: Callable[[], str], config: TelefonieConfig) -> None:
        super().__init__(runner, new_key)
        self._sms = config.sms_url.rstrip("/")
        self._numbers = config.numbers_url.rstrip("/")
        self._recordings = config.recordings_url.rstrip("/")

    async def search_numbers(
        self, *, country: str = "US", area_code: str | None = None, limit: int | None = None
    ) -> list[models.AvailableNumber]:
        wanted = None if limit is None else min(limit, 20)
        found = await self.run(numbers.search_numbers(self._numbers, country, area_code=area_code, limit=wanted))
        return [_available(each) for each in found.available_numbers]

    async def buy_number(self, number: str, *, label: str | None = None) -> models.Number:
        return _number(await self.run(numbers.purchase_number(self._numbers, number, friendly_name=label)))

    async def list_numbers(self) -> list[models.Number]:
        found = await self.run(numbers.list_numbers(self._numbers, page_size=100))
        return [_number(each) for each in found.numbers]

    async def release_number(self, number: str) -> None:
        await self.run(numbers.release_number(self._numbers, number))

    async def route_number(self, number: str, target: str) -> models.Number:
        return _number(await self.run(numbers.update_number(self._numbers, number, voice_url=target)))

    async def place_call(self, to: str, *, sender: str | None = None, callback_url: str | None = None) -> models.Call:
        caller = needs(sender, self.name, "a number to call from")
        return _call(await self.run(rest.initiate_call(to, caller, status_callback=callback_url)))

    async def list_calls(self, *, limit: int = 50) -> list[models.Call]:
        page = await self.run(rest.list_calls(page_size=min(limit, 100)))
        return [_call(each) for each in page.calls]

    async def get_call(self, call: str) -> models.Call:
        return _call(await self.run(rest.get_call(call)))

    async def end_call(self, call: str) -> None:
        await self.run(rest.end_call(call))

    async def send_message(
        self, to: str, text: str, *, sender: str | None = None, callback_url: str | None = None
    ) -> models.Message:
        own = needs(sender, self.name, "a number to send from")
        sent = messages.send_message(self._sms, to, own, body=text, status_callback=callback_url)
        return _message(await self.run(sent))

    async def list_messages(self, *, limit: int = 50) -> list[models.Message]:
        page = await self.run(messages.list_messages(self._sms, page_size=min(limit, 100)))
        return [_message(each) for each in page.messages]

    async def list_conferences(self) -> list[models.Conference]:
        found = await self.run(rest.list_conferences())
        return [
            models.Conference(
                id=each.id,
                name=each.friendly_name or "",
                status=each.status,
                participants=each.participant_count,
                seats=each.max_participants,
                created=each.date_created,
                raw=each.model_dump(mode="json"),
            )
            for each in found.conferences
        ]

    async def list_recordings(self, *, call: str | None = None) -> list[models.Recording]:
        page = await self.run(recordings.list_recordings(self._recordings, call=call, page_size=100))
        return [
            models.Recording(
                id=each.id,
                call=each.call_id,
                status=each.status,
                seconds=each.duration,
                url=each.media_url or "",
                created=each.date_created,
                raw=each.model_dump(mode="json"),
            )
            for each in page.recordings
        ]


def _call(call: rest.Call) -> models.Call:
    raw = call.model_dump(mode="json", by_alias=True)
    return models.Call(
        id=call.id,
        state=models.call_state(call.status),
        sender=call.caller,
        to=call.to,
        direction=call.direction,
        answered=call.start_time,
        ended=call.end_time,
        seconds=call.duration,
        price=money(raw, "price"),
        currency=call.price_unit or "",
        recording_url=call.recording_url or "",
        raw=raw,
    )


def _message(message: messages.TextMessage) -> models.Message:
    raw = message.model_dump(mode="json", by_alias=True)
    return models.Message(
        id=message.id,
        status=message.status,
        sender=message.sender,
        to=message.to,
        text=message.body or "",
        direction=message.direction,
        at=message.date_sent or message.date_created,
        price=money(raw, "price"),
        currency=message.price_unit or "",
        error=message.error_message or "",
        raw=raw,
    )


def _available(found: numbers.Available) -> models.AvailableNumber:
    raw = found.model_dump(mode="json")
    return models.AvailableNumber(
        number=found.phone_number,
        label=found.friendly_name or "",
        country=found.country_code,
        features=_features(found.capabilities),
        monthly=money(raw, "monthly_rate"),
        raw=raw,
    )


def _number(found: numbers.Owned) -> models.Number:
    raw = found.model_dump(mode="json")
    return models.Number(
        number=found.phone_number,
        label=found.friendly_name or "",
        target=found.voice_url or "",
        monthly=money(raw, "monthly_rate"),
        raw=raw,
    )


def _features(features: numbers.Features) -> tuple[str, ...]:
    return tuple(name for name, has in (("voice", features.voice), ("sms", features.sms), ("mms", features.mms)) if has)
