"""The rows of the report: what must hold, and the tests that hold it."""

from __future__ import annotations

from dataclasses import dataclass

_R = "tests/reliability"


@dataclass(frozen=True, slots=True)
class Row:
    """`gate`: no release without it. `each`: what one test stands for, where the tests tell no figure of their own."""

    area: str
    what: str
    must: str
    tests: tuple[str, ...]
    gate: bool = False
    each: str = "tests"


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
        "Redis stopped, Redis frozen, SQLite locked, no room on the disk, under load",
        "every webhook answered within 3 s, no traceback, health says degraded, normal within 2 s",
        (f"{_R}/test_store_away.py",),
        gate=True,
    ),
    Row(
        "store",
        "64 writers on one SQLite file",
        "no lock reaches a caller",
        (f"{_R}/test_sqlite_writers.py",),
    ),
    Row(
        "stale",
        "calls whose hang-up never comes",
        "ended by their time limit, once",
        (f"{_R}/test_stale_calls.py",),
    ),
    Row(
        "drain",
        "SIGTERM under load; three workers replaced one after the other under load",
        "not ready within 1 s, ended within 30 s, no failed webhook",
        (
            f"{_R}/test_workers.py::test_an_end_by_signal_under_load",
            f"{_R}/test_workers.py::test_workers_are_replaced_under_load",
            f"{_R}/test_closing.py",
        ),
        gate=True,
    ),
    Row(
        "soak",
        "calls in both directions through all verbs, with reloads",
        "every call completed; memory, handles and tasks flat",
        (f"{_R}/test_soak.py",),
    ),
    Row(
        "webhooks",
        "every webhook at once to two machines, and twice more",
        "answers equal to the byte, each turn taken once",
        (f"{_R}/test_webhooks.py::test_each_webhook_at_once_to_two_machines",),
        gate=True,
    ),
    Row(
        "webhooks",
        "orders of up to five status callbacks; webhooks an hour late",
        "the same final state, ended once; an unknown call logged once",
        (
            f"{_R}/test_webhooks.py::test_all_orders_of_status_callbacks",
            f"{_R}/test_webhooks.py::test_webhooks_an_hour_late",
        ),
        gate=True,
    ),
    Row(
        "webhooks",
        "interleaved step by step at two machines: a key, its repeats, another key, the end",
        "repeats get equal bytes, each turn is taken once, a request that must not happen twice does not",
        (f"{_R}/test_interleavings.py",),
    ),
    Row(
        "webhooks",
        "a hundred at once for each of many calls: keys, recordings, the end, a new beginning",
        "one after the other for a call, others unaffected, no deadlock",
        (f"{_R}/test_webhooks.py::test_a_hundred_at_once_of_all_kinds",),
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
        each="cases: an old link; keys after the end, in memory and in SQLite",
    ),
    Row(
        "webhooks",
        "malformed requests; bytes that are hardly HTTP",
        "a 4xx or a safe document, no 5xx, no traceback",
        (f"{_R}/test_webhooks.py::test_malformed_requests", f"{_R}/test_raw_bytes.py"),
        gate=True,
    ),
    Row(
        "outbound",
        "creates that time out, break after sending, or are answered with 5xx",
        "dialled at most once each",
        (f"{_R}/test_outbound.py",),
        gate=True,
    ),
    Row(
        "upstream",
        "`fetch` against servers that are slow, endless, packed, redirecting, broken",
        "`failed` within its timeout, at most 256 KiB read",
        ("tests/runtime/test_fetching.py::test_answers",),
        gate=True,
        each="ways to answer",
    ),
    Row(
        "upstream",
        "many such at once beside other calls",
        "`failed` within its timeout; other calls answered within 200 ms (p99)",
        (f"{_R}/test_upstream.py",),
        gate=True,
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
    Row(
        "flows",
        "escapes and blow-ups of templates and expressions, huge numbers, odd characters",
        "refused or bounded: 50 ms, 10,000 characters",
        ("tests/expressions/test_escapes.py",),
        each="templates",
    ),
    Row(
        "flows",
        "fuzzed flow files: made, mutated, spliced, deep, wrongly encoded, a line of 10 MB",
        "a program or findings, each at its place; never a traceback; within 1 s and 256 MB each",
        (f"{_R}/test_flow_files.py::test_fuzzed_flow_files",),
        gate=True,
    ),
    Row(
        "flows",
        "random flows laid out by `fmt` and read again",
        "equal",
        (f"{_R}/test_flow_files.py::test_random_flows_keep_their_meaning",),
    ),
    Row(
        "flows",
        "graphs of many steps, a menu of many choices",
        "the cost of a step does not grow; webhooks unaffected while one is loaded (p99 200 ms)",
        (f"{_R}/test_huge_projects.py",),
        gate=True,
    ),
    Row(
        "histories",
        "random histories of the machine, of each store beside a model, of a server with restarts",
        "what must hold, holds after every step",
        (f"{_R}/test_state_machines.py",),
    ),
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
        (f"{_R}/test_media_paths.py",),
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
        "sensitive values in the log at debug level, in the store, in metrics, after errors in flows",
        "not once",
        (f"{_R}/test_secrets.py",),
    ),
    Row(
        "reload",
        "a thousand bad saves: empty, half, renamed, garbage, wrong",
        "the last good version stays",
        ("tests/runtime/test_reload.py",),
        gate=True,
        each="tests: a thousand bad saves, a lost configuration, backups of editors, and more",
    ),
    Row(
        "reload",
        "reloads under calls",
        "no failed webhook, calls keep their version, memory flat",
        (f"{_R}/test_reloads.py",),
        gate=True,
    ),
    Row(
        "versions",
        "steps renamed and flows gone in the middle of a call, on another machine each",
        "the call ends on its version",
        (f"{_R}/test_versions.py",),
    ),
    Row(
        "upgrade",
        "a store written in a layout of another release",
        "refused at start with a message",
        (
            "tests/runtime/test_stores.py::test_a_file_of_another_layout_is_refused",
            "tests/runtime/test_stores.py::test_a_layout_of_another_release_is_refused",
        ),
        each="stores: SQLite and Redis",
    ),
    Row(
        "contract",
        "the embedded carrier against its OpenAPI description",
        "no failure",
        (f"{_R}/test_contract.py",),
    ),
)
