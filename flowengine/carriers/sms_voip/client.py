"""sms-voip in the common vocabulary."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from flowengine.carriers.client import CarrierClient, InvalidRequestError, Means
from flowengine.carriers.models import Call, Message, Rate, ServiceStatus
from flowengine.carriers.paging import collect
from flowengine.carriers.sms_voip import rest

_PAGE = 50
_NO_NUMBERS = "sms-voip has no API for numbers; its support sets up sender ids"


class SmsVoipClient(CarrierClient):
    """sms-voip's API, and below the common vocabulary what only it has."""

    name: ClassVar = "sms-voip"
    means: ClassVar = {
        "calls.place": Means("POST /voice/call"),
        "calls.list": Means("GET /voip/logs"),
        "messages.send": Means("POST /sms/send"),
        "rates": Means("GET /rates"),
        "status": Means("GET /status"),
        "account.caller-id": Means("POST /voip/caller-id"),
        "account.sip-password": Means("POST /voip/password"),
        "account.top-up": Means("POST /voip/topup"),
    }
    hints: ClassVar = {
        "numbers.search": _NO_NUMBERS,
        "numbers.buy": _NO_NUMBERS,
        "numbers.list": _NO_NUMBERS,
        "numbers.release": _NO_NUMBERS,
        "numbers.route": _NO_NUMBERS,
        "calls.show": "look for it among `calls list`; `calls show --told` shows what its webhooks have brought",
        "calls.end": "a call lasts until one of the two hangs up",
        "messages.list": "`messages list --told` shows the delivery reports that its webhooks have brought",
        "balance": "the dashboard shows it",
        "kyb.show": "the dashboard does it",
    }

    async def place_call(self, to: str, *, sender: str | None = None, callback_url: str | None = None) -> Call:
        return await self.run(rest.place_call(to, key=self._new_key(), sender=sender, callback_url=callback_url))

    async def list_calls(self, *, limit: int = 50) -> list[Call]:
        async def ask(offset: int) -> tuple[list[Call], int | None]:
            found = await self.run(rest.list_logs(limit=_PAGE, offset=offset))
            return found, offset + len(found) if found else None

        return await collect(ask, 0, limit)

    async def send_message(
        self, to: str, text: str, *, sender: str | None = None, callback_url: str | None = None
    ) -> Message:
        key = self._new_key()
        return await self.run(rest.send_message(to, text, key=key, sender=sender, callback_url=callback_url))

    async def list_rates(self) -> list[Rate]:
        return await self.run(rest.list_rates())

    async def ping(self) -> None:
        """Ask whether it is there."""
        await self.run(rest.ping())

    async def get_status(self) -> ServiceStatus:
        found = await self.run(rest.get_status())
        components = {part.name: part.status for part in found.components}
        return ServiceStatus(status=found.status, notice=found.notice, components=components)

    async def set_caller_id(self, number: str) -> None:
        await self.run(rest.set_caller_id(number, key=self._new_key()))

    async def set_sip_password(self, password: str) -> None:
        await self.run(rest.set_sip_password(password, key=self._new_key()))

    async def top_up(self, amount: Decimal) -> None:
        if not amount.is_finite() or amount <= 0:
            raise InvalidRequestError("the amount to move must be above zero")
        await self.run(rest.top_up(amount, key=self._new_key()))
