"""The carriers: keys that they know, something left to spend, numbers that are ours and lead to us."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flowengine.carriers.client import CarrierClient, UnableError
from flowengine.carriers.models import Balance, Number
from flowengine.carriers.registry import CarrierConfigError
from flowengine.carriers.voipbin.rest import get_flow
from flowengine.cli.carrier_api import advice
from flowengine.cli.checkup.findings import Deployment, Finding, fail, ok, warn
from flowengine.runtime.connecting import connect
from flowengine.runtime.http.rest import CarrierError, OutcomeUnknownError, UnreachableError

_LITTLE = Decimal(5)
_ERRORS = (CarrierError, UnreachableError, OutcomeUnknownError)


async def carriers(about: Deployment) -> list[Finding]:
    """What each carrier says of our key, our balance and our numbers."""
    found: list[Finding] = []
    for name, table in about.readable().items():
        try:
            async with connect(name, table, patience=about.seconds) as client:
                found += await _carrier(about, name, client)
        except CarrierConfigError:
            continue  # the check of the settings says so
    return found


async def _carrier(about: Deployment, name: str, client: CarrierClient) -> list[Finding]:
    means = client.means
    balance: Balance | None = None
    numbers: Sequence[Number] | None = None
    try:
        if "balance" in means:
            balance = await client.get_balance()
        if "numbers.list" in means:
            numbers = await client.list_numbers()
        if balance is None and numbers is None and "calls.list" in means:
            await client.list_calls(limit=1)
    except UnableError:
        pass
    except _ERRORS as error:
        return [fail(f"key of {name}", str(error), advice(error, name, None) or "look at its dashboard")]
    if balance is None and numbers is None and "calls.list" not in means:
        return [ok(f"key of {name}", "cannot be tried without a call: the carrier has nothing to look at")]
    found = [ok(f"key of {name}", "the carrier knows it")]
    if balance is not None:
        found.append(_balance(name, balance))
    if numbers is not None:
        found += [await _number(about, name, client, number, numbers) for number in _ours(about, name)]
    return found


def _balance(name: str, balance: Balance) -> Finding:
    label = f"balance at {name}"
    left = f"{balance.amount.normalize():f} {balance.currency}".strip()
    if balance.amount <= 0:
        return fail(label, f"{left} is left", "top up the account: calls are refused")
    if balance.amount < _LITTLE:
        return warn(label, f"{left} is left", "top up the account soon")
    return ok(label, f"{left} is left")


def _ours(about: Deployment, name: str) -> list[str]:
    """The project's numbers that this carrier has."""
    config = about.build.config
    only = next(iter(config.carriers)) if len(config.carriers) == 1 else None
    return [number for number, target in config.numbers.items() if (target.carrier or only) == name]


async def _number(
    about: Deployment, name: str, client: CarrierClient, number: str, numbers: Sequence[Number]
) -> Finding:
    label = f"number {number}"
    owned = next((each for each in numbers if each.number == number), None)
    if owned is None:
        advise = f"buy it (`flowengine numbers buy {number} --carrier {name}`), or take it out of [numbers]"
        return fail(label, f"is not one of ours at {name}", advise)
    wanted = f"{about.public_url}/{name}/voice"
    if not about.public_url:
        return warn(label, "belongs to us; where it leads cannot be judged", "say the public URL")
    route = f"`flowengine numbers route {number} {wanted} --carrier {name}`"
    if name == "voipbin":
        return await _flow(label, client, owned, wanted)
    if not owned.target:
        return fail(label, "leads nowhere", route)
    if not (owned.target == wanted or owned.target.startswith((f"{wanted}/", f"{wanted}?"))):
        return fail(label, f"leads to {owned.target}, not to us", route)
    return ok(label, f"leads to {wanted}")


async def _flow(label: str, client: CarrierClient, owned: Number, wanted: str) -> Finding:
    """VoIPBIN's numbers lead to a flow that it keeps; one of its actions has to ask us."""
    advise = f"give the number a flow with the action `fetch` of {wanted}/TOKEN; `flowengine numbers route` sets it"
    if not owned.target.strip("0-"):
        return fail(label, "has no flow", advise)
    try:
        flow = await client.run(get_flow(owned.target))
    except _ERRORS as error:
        return fail(label, f"its flow {owned.target} cannot be read: {error}", advise)
    if any(_url(action).startswith(wanted) for action in flow.actions):
        return ok(label, f"leads to {wanted}")
    return fail(label, f"its flow {owned.target} does not ask us", advise)


def _url(action: dict[str, Any]) -> str:
    option = action.get("option")
    return str(option.get("event_url") or "") if isinstance(option, dict) else ""
