"""Others: transfers, conferences, queues, calls of their own, messages, webhooks."""

from collections.abc import Mapping
from typing import Any

from flowengine.sandbox.documents import verbs
from flowengine.sandbox.documents.perform.conference import join_conference as join_room
from flowengine.sandbox.documents.perform.dial import dial_numbers
from flowengine.sandbox.documents.program import HungUp
from flowengine.sandbox.voipbin.activeflow import Activeflow, FlowError
from flowengine.sandbox.voipbin.calls import dialled
from flowengine.sandbox.voipbin.errors import ApiError
from flowengine.sandbox.voipbin.names import NIL, is_set

Option = Mapping[str, Any]

RING_SECONDS = 60.0


def _addresses(option: Option, name: str = "destinations") -> list[dict[str, Any]]:
    given = option.get(name)
    found = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    if not found:
        raise FlowError(f"there are no {name}")
    return found


async def connect(flow: Activeflow, option: Option) -> None:
    """Ring all destinations at once, connect who takes the call first, and go on when that is over.

    Raises:
        FlowError: nobody may be called.
    """
    destinations = _addresses(option)
    program = flow.live()
    for given in destinations:
        flow.carrier.require_allowed(given)
    targets = tuple(verbs.Target(dialled(given), "", "POST", "", "") for given in destinations)
    source = option.get("source") or {}
    verb = verbs.Dial(targets, RING_SECONDS, caller_id=dialled(source) if source.get("target") else "")
    await dial_numbers(program, verb, targets)
    call = flow.call
    while call is not None and (handover := call.handover) is not None:
        call.handover = None
        await handover.run(program)


async def join_conference(flow: Activeflow, option: Option) -> None:
    """Enter a conference, and go on when the caller is out of it.

    Raises:
        FlowError: there is no such conference.
    """
    carrier, call = flow.carrier, flow.call
    room = carrier.account.tables["conferences"].get(str(option.get("conference_id") or option.get("confbridge_id")))
    if room is None or call is None:
        raise FlowError("there is no such conference")
    table = carrier.account.tables["conferencecalls"]
    member = carrier.account.add(
        "conferencecalls",
        activeflow_id=flow.id,
        conference_id=room["id"],
        reference_type="call",
        reference_id=call.id,
        status="joining",
    )
    carrier.publish("conferencecall_joining", member, flow)
    table.change(member, status="joined")
    room["conferencecall_ids"].append(member["id"])
    carrier.publish("conferencecall_joined", member, flow)
    target = verbs.ConferenceTarget(room["id"], beep="false")
    try:
        await join_room(flow.live(), verbs.Dial(target), target)
    finally:
        if member["id"] in room["conferencecall_ids"]:
            room["conferencecall_ids"].remove(member["id"])
        table.change(member, status="leaved")
        carrier.publish("conferencecall_leaved", member, flow)


async def join_queue(flow: Activeflow, option: Option) -> None:
    """Wait for an agent, and go on after the conversation, or when the queue's time is up.

    Raises:
        FlowError: there is no such queue.
    """
    carrier, call, program = flow.carrier, flow.call, flow.live()
    row = carrier.account.tables["queues"].get(str(option.get("queue_id")))
    if row is None or call is None:
        raise FlowError("there is no such queue")
    program.answer()
    call.leg.clear_keys()
    line = carrier.services.network.queue(row["name"])
    entry = line.enter(call.leg)
    if entry is None:
        raise FlowError("the queue is full")
    member = carrier.account.add(
        "queuecalls", reference_type="call", reference_id=call.id, status="waiting", service_agent_id=NIL
    )
    row["total_incoming_count"] += 1
    carrier.publish("queuecall_waiting", member, flow)
    table = carrier.account.tables["queuecalls"]
    try:
        with program.awaiting("queue", name=row["name"]):
            limit = row["wait_timeout"] / 1000 if row["wait_timeout"] else None
            await program.until(lambda: entry.agent is not None or member["status"] == "kicking", limit)
        if entry.agent is None:
            return
        agent = entry.agent
        table.change(member, status="service", tm_service=carrier.account.times.now())
        row["total_serviced_count"] += 1
        carrier.publish("queuecall_serviced", member, flow)
        with program.awaiting("bridge", **{"with": agent.id}):
            await program.until(lambda: entry.served or agent.is_over)
        table.change(member, status="done")
        carrier.publish("queuecall_done", member, flow)
    except HungUp:
        entry.served = True
        if entry.agent is not None:
            entry.agent.changed.fire()
        raise
    finally:
        line.leave(entry)
        if entry.agent is None:
            row["total_abandoned_count"] += 1
            table.change(member, status="abandoned")
            carrier.publish("queuecall_abandoned", member, flow)


async def place_calls(flow: Activeflow, option: Option) -> None:
    """Dial beside this flow; with `chained`, those calls end with this one."""
    source = option.get("source") or {}
    actions = option.get("actions") or _flow_actions(flow, str(option.get("flow_id", "")))
    for given in _addresses(option):
        try:
            flow.carrier.place(source, given, actions, master=flow.call if option.get("chained") else None)
        except ApiError as error:
            raise FlowError(str(error)) from error


def _flow_actions(flow: Activeflow, flow_id: str) -> list[dict[str, Any]]:
    row = flow.carrier.account.tables["flows"].get(flow_id) if is_set(flow_id) else None
    if row is None:
        raise FlowError("there is no such flow")
    actions: list[dict[str, Any]] = row["actions"]
    return actions


async def send_message(flow: Activeflow, option: Option) -> None:
    """Send a text message."""
    try:
        flow.carrier.send_message(option.get("source") or {}, _addresses(option), str(option.get("text", "")))
    except ApiError as error:
        raise FlowError(str(error)) from error


async def send_email(flow: Activeflow, option: Option) -> None:
    """Send an e-mail: it is kept, and nobody gets it."""
    flow.carrier.send_email(_addresses(option), str(option.get("subject", "")), str(option.get("content", "")), [])


async def send_webhook(flow: Activeflow, option: Option) -> None:
    """Call a webhook; its answer goes nowhere, whatever `sync` says."""
    uri, method = str(option.get("uri", "")), str(option.get("method") or "POST")
    body = str(option.get("data", "")).encode()
    kind = str(option.get("data_type") or "application/json")
    carrier = flow.carrier
    carrier.services.in_background(carrier.events.deliver(uri, method, body, kind), f"webhook {uri}")
