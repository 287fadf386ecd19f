"""What every carrier's client must keep to, whoever has written it: for the tests of one's own carrier.

```
def test_my_carrier_keeps_to_the_rules():
    assert problems(MyClient) == []
```

How it behaves over HTTP is held against the rules by `flowengine.runtime.conformance.misbehaviour`.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from flowengine.carriers.client import TASKS, CarrierClient

Ask = Callable[[CarrierClient], Awaitable[Any]]

_OURS, _OTHER = "+14155550199", "+15557650001"
_BUSINESS = {
    "legalName": "Example Ltd",
    "displayName": "Example",
    "entityType": "llc",
    "country": "US",
    "website": "https://example.com",
    "address": {"street": "1 Main St", "city": "Boston", "state": "MA", "postalCode": "02101", "country": "US"},
    "useCase": "support",
    "expectedUsage": "1000 minutes a month",
}
_PERSON = {"name": "Ada Example", "title": "Director", "email": "ada@example.com"}

ASK: Mapping[str, Ask] = {
    "numbers.search": lambda client: client.search_numbers(),
    "numbers.buy": lambda client: client.buy_number("+14155550101", label="Support"),
    "numbers.import": lambda client: client.import_number("+14155550102", "connection_1"),
    "numbers.list": lambda client: client.list_numbers(),
    "numbers.show": lambda client: client.get_number("number_1"),
    "numbers.release": lambda client: client.release_number("number_1"),
    "numbers.route": lambda client: client.route_number("number_1", "https://example.com/voice"),
    "calls.place": lambda client: client.place_call(_OTHER, sender=_OURS),
    "calls.list": lambda client: client.list_calls(limit=5),
    "calls.show": lambda client: client.get_call("call_1"),
    "calls.end": lambda client: client.end_call("call_1"),
    "calls.transfer": lambda client: client.transfer_call("call_1", _OTHER),
    "messages.send": lambda client: client.send_message(_OTHER, "hello", sender=_OURS),
    "messages.list": lambda client: client.list_messages(limit=5),
    "messages.show": lambda client: client.get_message("message_1"),
    "messages.delete": lambda client: client.delete_message("message_1"),
    "conferences.list": lambda client: client.list_conferences(),
    "conferences.create": lambda client: client.create_conference("room"),
    "conferences.people": lambda client: client.list_participants("conference_1"),
    "conferences.add": lambda client: client.add_participant("conference_1", _OTHER, sender=_OURS),
    "recordings.list": lambda client: client.list_recordings(call="call_1"),
    "recordings.delete": lambda client: client.delete_recording("recording_1"),
    "rates": lambda client: client.list_rates(),
    "balance": lambda client: client.get_balance(),
    "status": lambda client: client.get_status(),
    "account.caller-id": lambda client: client.set_caller_id(_OURS),
    "account.sip-password": lambda client: client.set_sip_password("correct horse"),
    "account.top-up": lambda client: client.top_up(Decimal(25)),
    "webhooks.list": lambda client: client.list_webhooks(),
    "webhooks.add": lambda client: client.add_webhook("https://example.com/hook"),
    "webhooks.remove": lambda client: client.remove_webhook("webhook_1"),
    "kyb.show": lambda client: client.get_kyb(),
    "kyb.draft": lambda client: client.draft_kyb(_BUSINESS, _PERSON),
    "kyb.submit": lambda client: client.submit_kyb(_BUSINESS, _PERSON),
}
"""Each task, asked for with values that any carrier takes."""

CREATES = frozenset(
    (
        "numbers.buy",
        "numbers.import",
        "calls.place",
        "calls.transfer",
        "messages.send",
        "conferences.create",
        "conferences.add",
        "account.top-up",
        "webhooks.add",
    )
)
"""The tasks that do something anew each time, and so must never be sent again without an idempotency key."""


def problems(client: type[CarrierClient]) -> list[str]:
    """What is wrong with a client, in sentences; nothing is sent."""
    return list(_problems(client))


def _problems(client: type[CarrierClient]) -> Iterator[str]:
    if not getattr(client, "name", ""):
        yield "it has no name"
    means = getattr(client, "means", None)
    if means is None:
        yield "it does not declare its means"
        return
    for task in (*means, *client.hints):
        if task not in TASKS:
            yield f"`{task}` is no task: there are {', '.join(TASKS)}"
    for task in client.hints:
        if task in means:
            yield f"`{task}` has a hint what to do instead, though it is declared"
    for task, method in TASKS.items():
        own, base = getattr(client, method), getattr(CarrierClient, method)
        if task in means and own is base:
            yield f"`{task}` is declared, and `{method}` is missing"
        if task not in means and own is not base:
            yield f"`{method}` is there, and `{task}` is not declared"
        if not inspect.iscoroutinefunction(own):
            yield f"`{method}` is no coroutine function"
        elif _parameters(own) != _parameters(base):
            yield f"`{method}` takes other parameters than the vocabulary has"


def _parameters(method: object) -> list[tuple[str, str]]:
    assert callable(method)
    return [(each.name, each.kind.name) for each in inspect.signature(method).parameters.values()]
