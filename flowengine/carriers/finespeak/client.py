"""FineSpeak in the common vocabulary."""

from __future__ import annotations

from typing import ClassVar

from flowengine.carriers.client import CarrierClient, Means, needs
from flowengine.carriers.finespeak import rest
from flowengine.carriers.models import AvailableNumber, Call, Message, Number

_DASHBOARD = "FineSpeak documents it for its dashboard only"


class FinespeakClient(CarrierClient):
    """FineSpeak's API."""

    name: ClassVar = "finespeak"
    means: ClassVar = {
        "numbers.search": Means("GET /numbers/available"),
        "numbers.buy": Means("POST /numbers/purchase"),
        "numbers.list": Means("GET /numbers"),
        "calls.place": Means("POST /calls"),
        "calls.show": Means("GET /calls/{call_id}"),
        "calls.end": Means("DELETE /calls/{call_id}"),
        "messages.send": Means("POST /messages"),
        "messages.list": Means("GET /messages"),
    }
    hints: ClassVar = {
        "numbers.release": _DASHBOARD,
        "numbers.route": _DASHBOARD,
        "balance": _DASHBOARD,
        "calls.list": "keep the ids of the calls that you place, and ask for each",
    }

    async def search_numbers(
        self, *, country: str = "US", area_code: str | None = None, limit: int | None = None
    ) -> list[AvailableNumber]:
        found = await self.run(rest.search_numbers(country=country, area_code=area_code))
        return found if limit is None else found[:limit]

    async def buy_number(self, number: str, *, label: str | None = None) -> Number:
        return await self.run(rest.purchase_number(number, label))

    async def list_numbers(self) -> list[Number]:
        return await self.run(rest.list_numbers())

    async def place_call(self, to: str, *, sender: str | None = None, callback_url: str | None = None) -> Call:
        return await self.run(rest.make_call(needs(sender, self.name, "a number to call from"), to, callback_url))

    async def get_call(self, call: str) -> Call:
        return await self.run(rest.get_call(call))

    async def end_call(self, call: str) -> None:
        await self._hang_up(rest.end_call(call), call)

    async def send_message(
        self, to: str, text: str, *, sender: str | None = None, callback_url: str | None = None
    ) -> Message:
        return await self.run(rest.send_message(needs(sender, self.name, "a number to send from"), to, text))

    async def list_messages(self, *, limit: int = 50) -> list[Message]:
        return await self.run(rest.list_messages(limit))
