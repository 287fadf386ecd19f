"""The rows of the report: what must hold, and the tests that hold it."""

from __future__ import annotations

from dataclasses import dataclass

_R = "tests/reliability"


@dataclass(frozen=True, slots=True)
class Row:
    """`gate`: no release without it. Without tests it is not measured."""

    area: str
    what: str
    must: str
    tests: tuple[str, ...] = ()
    gate: bool = False


ROWS = (
    Row(
        "crash",
        "`kill -9` of one of two workers with many calls open, each call's next webhook after it",
        "no call lost, none at a wrong step, first answer within 2 s",
        (f"{_R}/test_workers.py::test_one_of_two_workers_is_killed",),
        gate=True,
    ),
    Row(
        "crash",
        "the only worker killed at points all along the way from webhook to answer, and started again",
        "the same conversation; a request that must not happen twice never does",
        (f"{_R}/test_crash_points.py",),
        gate=True,
    ),
    Row(
        "store",
        "Redis stopped, Redis frozen, SQLite locked, under load",
        "every webhook answered within 3 s, no traceback, health says degraded, normal within 2 s",
        (f"{_R}/test_store_away.py",),
        gate=True,
    ),
    Row("store", "the disk full", "as above"),
    Row("store", "64 writers on one SQLite file for 60 s", "no lock reaches a caller"),
    Row("stale", "10,000 calls whose hang-up never comes", "closed by their time limit, once"),
    Row(
        "drain",
        "SIGTERM under load; three workers replaced one after the other under load",
        "not ready within 1 s, ended within 30 s, no failed webhook",
        (
            f"{_R}/test_workers.py::test_an_end_by_signal_under_load",
            f"{_R}/test_workers.py::test_workers_are_replaced_under_load",
        ),
        gate=True,
    ),
    Row("soak", "both directions, a reload a minute, 30 minutes", "memory, handles and tasks flat"),
    Row(
        "webhooks",
        "every webhook at once to two machines, and twice more",
        "answers equal to the byte, each turn taken once",
        (f"{_R}/test_webhooks.py::test_each_webhook_at_once_to_two_machines",),
        gate=True,
    ),
    Row(
        "webhooks",
        "orders of up to five status callbacks",
        "the same final state, ended once",
        (f"{_R}/test_webhooks.py::test_all_orders_of_status_callbacks",),
        gate=True,
    ),
    Row(
        "webhooks",
        "a hundred at once for one call and for a hundred calls",
        "one after the other for a call, others unaffected",
        ("tests/server/test_calls.py::test_a_hundred_at_once_for_one_call_and_for_many",),
        gate=True,
    ),
    Row(
        "webhooks",
        "an answer for a turn that is over; keys after the hang-up",
        "a safe document, never applied to the new step",
        (
            "tests/server/test_calls.py::test_an_event_for_a_turn_that_is_over_is_not_applied",
            "tests/server/test_calls.py::test_keys_after_the_caller_has_left",
        ),
    ),
    Row(
        "webhooks",
        "malformed requests",
        "a 4xx or a safe document, no traceback",
        (f"{_R}/test_webhooks.py::test_malformed_requests",),
        gate=True,
    ),
    Row(
        "outbound",
        "creates that time out, break after sending, or are answered with 5xx",
        "sent at most once",
        ("tests/runtime/test_rest.py",),
        gate=True,
    ),
    Row(
        "upstream",
        "`fetch` against servers that are slow, endless, packed, redirecting, broken",
        "`failed` within its timeout, at most 256 KiB read",
        ("tests/runtime/test_fetching.py::test_answers",),
        gate=True,
    ),
    Row(
        "upstream", "a thousand such at once beside other calls", "other calls answered within 200 ms (p99)", gate=True
    ),
    Row(
        "SSRF",
        "forms of inner addresses through `fetch` and its redirects",
        "no packet",
        (f"{_R}/test_security.py::test_no_packet_to_an_inner_address",),
        gate=True,
    ),
    Row(
        "flows",
        "loops without a wait",
        "stopped at the cap, spoken, within 100 ms",
        (f"{_R}/test_security.py::test_a_loop_is_stopped_at_the_cap",),
        gate=True,
    ),
    Row("flows", "escapes and blow-ups of templates", "refused or bounded", ("tests/expressions/test_escapes.py",)),
    Row("flows", "100,000 fuzzed flow files", "a finding with its place, never a traceback", gate=True),
    Row("flows", "a graph of 100,000 nodes, a menu of 10,000 choices", "the cost of a step does not grow", gate=True),
    Row(
        "injection",
        "values of a caller through every field into text and attributes, in both document formats",
        "read back, the document has exactly the flow's verbs",
        (f"{_R}/test_security.py::test_what_a_caller_sends_stays_a_value",),
        gate=True,
    ),
    Row(
        "paths",
        "traversal in static media",
        "never outside the root",
        ("tests/server/test_calls.py::test_a_file_outside_the_audio_folder_is_never_served",),
    ),
    Row(
        "toll fraud",
        "premium, satellite, Caribbean and international forms; legitimate numbers that look like them",
        "refused unless allowed, no false alarm",
        (f"{_R}/test_security.py::test_only_allowed_numbers_are_called",),
    ),
    Row(
        "signatures",
        "a thousand mutations of valid requests; no secret configured",
        "accepts exactly the valid; refuses to start",
        (
            f"{_R}/test_security.py::test_exactly_the_signed_request_is_taken",
            "tests/server/test_serving.py::test_webhooks_that_nobody_can_verify_are_refused",
        ),
    ),
    Row(
        "secrets",
        "a sensitive value through log, journal and store, at debug level",
        "not once",
        ("tests/server/test_calls.py::test_a_sensitive_value_is_nowhere",),
    ),
    Row(
        "reload",
        "a thousand bad saves: empty, half, renamed, garbage, wrong",
        "the last good version stays",
        ("tests/runtime/test_reload.py",),
        gate=True,
    ),
    Row("reload", "1,000 reloads at 200 calls/s", "no failed webhook, calls keep their version", gate=True),
    Row(
        "versions",
        "a restart with another flow in the middle of a call",
        "the call ends on its version",
        ("tests/server/test_calls.py::test_a_restart_in_the_middle",),
    ),
    Row(
        "upgrade",
        "a store written in a layout of another release",
        "refused at start with a message",
        (
            "tests/runtime/test_stores.py::test_a_file_of_another_layout_is_refused",
            "tests/runtime/test_stores.py::test_a_layout_of_another_release_is_refused",
        ),
    ),
    Row(
        "contract",
        "the embedded carrier against its OpenAPI description",
        "no failure",
        ("tests/sandbox/test_openapi.py",),
    ),
)
