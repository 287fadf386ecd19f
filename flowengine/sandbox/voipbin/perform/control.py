"""Flow control: where it goes on, what it remembers, and actions fetched from the customer."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from flowengine.sandbox.voipbin.activeflow import DIGITS, Action, Activeflow, Finished, FlowError
from flowengine.sandbox.voipbin.names import is_set

Option = Mapping[str, Any]

_COMPARE = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}
_MOST_BYTES = 1024 * 1024


async def branch(flow: Activeflow, option: Option) -> None:
    """Go where the variable's value leads, and empty the variable."""
    name = option.get("variable") or DIGITS
    value = flow.get(name)
    flow.set(name, "")
    targets = option.get("target_ids") or {}
    flow.go_to(targets.get(value, option.get("default_target_id")))


async def go_to(flow: Activeflow, option: Option) -> None:
    """Go to an action, as often as `loop_count` says."""
    left = flow.loops.get(option["_id"], _number(option, "loop_count"))
    if left < 1:
        return
    flow.loops[option["_id"]] = left - 1
    flow.go_to(option.get("target_id"))


async def condition_variable(flow: Activeflow, option: Option) -> None:
    """Compare a text, in which `${name}` is replaced, with a text, a number or a length."""
    value: Any = str(option.get("variable", ""))
    wanted: Any
    match option.get("value_type"):
        case "number":
            wanted = option.get("value_number", 0)
            try:
                value = float(value)
            except ValueError:
                value = 0.0
        case "length":
            value, wanted = len(value), option.get("value_length", 0)
        case _:
            wanted = option.get("value_string", "")
    _unless(flow, option, _holds(option, value, wanted))


async def condition_datetime(flow: Activeflow, option: Option) -> None:
    """Compare the time, in UTC, with one that has wildcards: below 0, or for days and months below 1."""
    now = flow.carrier.services.clock.wall()
    fields = (("month", now.month, 1), ("day", now.day, 1), ("hour", now.hour, 0), ("minute", now.minute, 0))
    given = [(value, _number(option, name)) for name, value, least in fields if _number(option, name) >= least]
    days = option.get("weekdays") or []
    fits = not days or _weekday(now) in days
    actual, wanted = tuple(value for value, _ in given), tuple(value for _, value in given)
    _unless(flow, option, fits and _holds(option, actual, wanted))


def _weekday(now: datetime) -> int:
    return now.isoweekday() % 7  # Sunday is 0.


async def condition_call_digits(flow: Activeflow, option: Option) -> None:
    """Look whether enough keys were pressed, or a certain one."""
    typed, length, key = flow.get(DIGITS), _number(option, "length"), str(option.get("key", ""))
    _unless(flow, option, bool((length and len(typed) >= length) or (key and any(one in key for one in typed))))


async def condition_call_status(flow: Activeflow, option: Option) -> None:
    """Look what state the call is in."""
    _unless(flow, option, flow.call is not None and flow.call.status == option.get("status"))


def _holds(option: Option, value: Any, wanted: Any) -> bool:
    compare = _COMPARE.get(str(option.get("condition")))
    try:
        return compare is not None and bool(compare(value, wanted))
    except TypeError:
        return False


def _unless(flow: Activeflow, option: Option, holds: bool) -> None:
    if not holds:
        flow.go_to(option.get("false_target_id"))


def _number(option: Option, name: str) -> int:
    value = option.get(name)
    return value if isinstance(value, int) else 0


async def set_variable(flow: Activeflow, option: Option) -> None:
    """Set a variable."""
    flow.set(str(option.get("key", "")), str(option.get("value", "")))


async def stop(flow: Activeflow, _option: Option) -> None:
    """The flow is over."""
    raise Finished


async def fetch_flow(flow: Activeflow, option: Option) -> None:
    """Carry out another flow of the account."""
    row = flow.carrier.account.tables["flows"].get(str(option.get("flow_id", "")))
    if row is None:
        raise FlowError("there is no such flow")
    flow.push(row["actions"])


async def fetch(flow: Activeflow, option: Option) -> None:
    """Ask the customer for actions, and carry them out.

    Anything but a 200 with a JSON array ends the flow. An array whose first action has no id is skipped; at a later
    one without, the flow ends.
    """
    method, text = str(option.get("event_method") or "POST"), str(option.get("event_url", ""))
    reference = flow.call.id if flow.call is not None else flow.row["reference_id"]
    body = json.dumps({"activeflow_id": flow.id, "reference_id": reference})
    carrier = flow.carrier
    headers = {"Content-Type": "application/json; charset=utf-8"}
    try:
        # What variables brought in is not encoded; only what cannot stand in a request at all is.
        url = URL(quote(text, safe="!#$%&'()*+,/:;=?@[]~"), encoded=True)
        request = carrier.client.request(method, url, data=body, headers=headers, timeout=carrier.patience)
        if flow.program is None:
            status, answer = await _ask(request)
        else:
            with flow.program.awaiting("request", url=text):
                status, answer = await _ask(request)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise FlowError(f"{method} {text}: {error or type(error).__name__}") from error
    leg_id = "" if flow.call is None else flow.call.leg.id
    carrier.services.bulletin.tell("request", leg_id, f"{method} {text} -> {status}", url=text, status=status)
    if status != 200:
        raise FlowError(f"{method} {text}: status {status}")
    actions = _actions(answer)
    if actions is None:
        raise FlowError(f"{method} {text}: no JSON array of actions")
    if actions:
        flow.push(actions)


async def _ask(request: Any) -> tuple[int, bytes]:
    async with request as response:
        body = bytearray()
        async for piece in response.content.iter_chunked(16_384):
            body += piece
            if len(body) > _MOST_BYTES:
                raise ValueError("the answer is too long")
        return response.status, bytes(body)


def _actions(answer: bytes) -> list[Action] | None:
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or not all(isinstance(action, dict) for action in found):
        return None
    good: list[Action] = []
    for action in found:
        if not is_set(action.get("id")):
            return [*good, {"type": "stop"}] if good else []
        good.append(action | {"type": str(action.get("type", ""))})
    return good
