"""Telefonie in the common vocabulary: its Voice API, and the APIs for messages, numbers and recordings beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from flowengine.carriers import models
from flowengine.carriers.client import CarrierClient, Evidence, Means, Runner, needs
from flowengine.carriers.paging import collect
from flowengine.carriers.reading import money
from flowengine.carriers.telefonie import messages, numbers, recordings, rest
from flowengine.carriers.telefonie.config import TelefonieConfig

_P = Evidence.PUBLIC
_PAGE = 100
"""Entries of a page: as many as there may be."""


class TelefonieClient(CarrierClient):
    """Telefonie's APIs. A number's target is the URL that answers its calls."""

    name: ClassVar = "telefonie"
    means: ClassVar = {
        "numbers.search": Means("GET /v1/numbers/available", _P),
        "numbers.buy": Means("POST /v1/numbers/owned", _P),
        "numbers.list": Means("GET /v1/numbers/owned", _P),
        "numbers.show": Means("GET /v1/numbers/owned/{phone_number}", _P),
        "numbers.release": Means("DELETE /v1/numbers/owned/{phone_number}", _P),
        "numbers.route": Means("POST /v1/numbers/owned/{phone_number}", _P),
        "calls.place": Means("POST /calls"),
        "calls.list": Means("GET /calls"),
        "calls.show": Means("GET /calls/{call_id}"),
        "calls.end": Means("DELETE /calls/{call_id}"),
        "messages.send": Means("POST /v1/sms/messages", _P),
        "messages.list": Means("GET /v1/sms/messages", _P),
        "messages.show": Means("GET /v1/sms/messages/{message_id}", _P),
        "messages.delete": Means("DELETE /v1/sms/messages/{message_id}", _P),
        "conferences.list": Means("GET /conferences"),
        "conferences.create": Means("POST /conferences"),
        "conferences.people": Means("GET /conferences/{conference_id}/participants"),
        "conferences.add": Means("POST /conferences/{conference_id}/participants"),
        "recordings.list": Means("GET /v1/recordings/recordings", _P),
        "recordings.delete": Means("DELETE /v1/recordings/recordings/{recording_id}", _P),
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

    def placed(self, answer: Any) -> models.Call:
        return _call(rest.Call.model_validate(answer))

    async def search_numbers(
        self, *, country: str = "US", area_code: str | None = None, limit: int | None = None
    ) -> list[models.AvailableNumber]:
        wanted = None if limit is None else min(limit, 20)
        found = await self.run(numbers.search_numbers(self._numbers, country, area_code=area_code, limit=wanted))
        return [_available(each) for each in found.available_numbers]

    async def buy_number(self, number: str, *, label: str | None = None) -> models.Number:
        return _number(await self.run(numbers.purchase_number(self._numbers, number, friendly_name=label)))

    async def list_numbers(self) -> list[models.Number]:
        async def ask(page: int) -> tuple[list[models.Number], int | None]:
            found = await self.run(numbers.list_numbers(self._numbers, page=page, page_size=_PAGE))
            return [_number(each) for each in found.numbers], _next(page, len(found.numbers))

        return await collect(ask, 1)

    async def get_number(self, number: str) -> models.Number:
        return _number(await self.run(numbers.get_number(self._numbers, number)))

    async def release_number(self, number: str) -> None:
        await self.run(numbers.release_number(self._numbers, number))

    async def route_number(self, number: str, target: str) -> models.Number:
        return _number(await self.run(numbers.update_number(self._numbers, number, voice_url=target)))

    async def place_call(self, to: str, *, sender: str | None = None, callback_url: str | None = None) -> models.Call:
        caller = needs(sender, self.name, "a number to call from")
        return _call(await self.run(rest.initiate_call(to, caller, status_callback=callback_url)))

    async def list_calls(self, *, limit: int = 50) -> list[models.Call]:
        async def ask(page: int) -> tuple[list[models.Call], int | None]:
            found = await self.run(rest.list_calls(page=page, page_size=_PAGE))
            return [_call(each) for each in found.calls], _next(page, len(found.calls))

        return await collect(ask, 1, limit)

    async def get_call(self, call: str) -> models.Call:
        return _call(await self.run(rest.get_call(call)))

    async def end_call(self, call: str) -> None:
        await self._hang_up(rest.end_call(call), call)

    async def send_message(
        self, to: str, text: str, *, sender: str | None = None, callback_url: str | None = None
    ) -> models.Message:
        own = needs(sender, self.name, "a number to send from")
        sent = messages.send_message(self._sms, to, own, body=text, status_callback=callback_url)
        return _message(await self.run(sent))

    async def list_messages(self, *, limit: int = 50) -> list[models.Message]:
        async def ask(page: int) -> tuple[list[models.Message], int | None]:
            found = await self.run(messages.list_messages(self._sms, page=page, page_size=_PAGE))
            return [_message(each) for each in found.messages], _next(page, len(found.messages))

        return await collect(ask, 1, limit)

    async def get_message(self, message: str) -> models.Message:
        return _message(await self.run(messages.get_message(self._sms, message)))

    async def delete_message(self, message: str) -> None:
        await self.run(messages.delete_message(self._sms, message))

    async def list_conferences(self) -> list[models.Conference]:
        found = await self.run(rest.list_conferences())
        return [_conference(each) for each in found.conferences]

    async def create_conference(self, name: str, *, seats: int | None = None) -> models.Conference:
        return _conference(await self.run(rest.create_conference(friendly_name=name, max_participants=seats)))

    async def list_participants(self, conference: str) -> list[models.Participant]:
        found = await self.run(rest.list_participants(conference))
        return [_participant(each) for each in found.participants]

    async def add_participant(
        self, conference: str, to: str, *, sender: str, muted: bool = False
    ) -> models.Participant:
        return _participant(await self.run(rest.add_participant(conference, to, sender, muted=muted or None)))

    async def list_recordings(self, *, call: str | None = None) -> list[models.Recording]:
        async def ask(page: int) -> tuple[list[models.Recording], int | None]:
            wanted = recordings.list_recordings(self._recordings, call=call, page=page, page_size=_PAGE)
            found = await self.run(wanted)
            return [_recording(each) for each in found.recordings], _next(page, len(found.recordings))

        return await collect(ask, 1)

    async def delete_recording(self, recording: str) -> None:
        await self.run(recordings.delete_recording(self._recordings, recording))


def _next(page: int, entries: int) -> int | None:
    """The page after one with so many entries; a page that is not full is the last."""
    return page + 1 if entries >= _PAGE else None


def _conference(found: rest.Conference) -> models.Conference:
    return models.Conference(
        id=found.id,
        name=found.friendly_name or "",
        status=found.status,
        participants=found.participant_count,
        seats=found.max_participants,
        created=found.date_created,
        raw=found.model_dump(mode="json"),
    )


def _participant(found: rest.Participant) -> models.Participant:
    return models.Participant(
        call=found.call_id,
        conference=found.conference_id,
        status=found.status or "",
        muted=found.muted,
        held=found.hold,
        raw=found.model_dump(mode="json"),
    )


def _recording(found: recordings.CallRecording) -> models.Recording:
    return models.Recording(
        id=found.id,
        call=found.call_id,
        status=found.status,
        seconds=found.duration,
        url=found.media_url or "",
        created=found.date_created,
        raw=found.model_dump(mode="json"),
    )


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
