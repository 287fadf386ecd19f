"""Writes `docs/carriers/coverage.md`: everything that a carrier documents, and the test that exercises it.

`python -m tests.conformance.coverage` writes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.documented import OURS, Documented, operations

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "carriers" / "coverage.md"

SENT = "tests/conformance/test_requests.py::test_an_operation_sends_everything_that_is_documented_and_nothing_else"
OTHERS = "tests/sandbox/test_openapi_of_others.py"
SERVED = {
    "Telefonie Voice": "tests/sandbox/test_openapi.py::test_each_operation_is_as_documented",
    "Telefonie SMS": f"{OTHERS}::test_telefonie_sms_is_as_documented",
    "Telefonie Numbers": f"{OTHERS}::test_telefonie_numbers_is_as_documented",
    "Telefonie Recordings": f"{OTHERS}::test_telefonie_recordings_is_as_documented",
    "VoIPBIN": "tests/sandbox/test_voipbin_openapi.py::test_each_operation_is_as_documented",
    "FineSpeak": f"{OTHERS}::test_finespeak_is_as_documented",
    "sms-voip": f"{OTHERS}::test_sms_voip_is_as_documented",
    "Speko": f"{OTHERS}::test_speko_is_as_documented",
}
"""The test that sends made-up requests to every operation of a file, with all its fields and statuses."""

ERRORS = "tests/conformance/test_vocabulary.py::test_errors_come_by_kind_with_the_carriers_own_words"
HOOKS = "tests/conformance/test_webhooks.py"
VECTORS = "tests/carriers/test_signature_vectors.py"
ONCE = "tests/conformance/test_once.py"
PUT_OFF = f"{ONCE}::test_a_call_that_was_put_off_is_placed_once_the_carrier_takes_it"
ACCOUNTS = "tests/sandbox/test_accounts.py"
LET_IN = f"{ACCOUNTS}::test_who_is_let_in"
FORMS = f"{ACCOUNTS}::test_each_carrier_refuses_in_its_own_form"


_INTRODUCTION = """\
This page is made by `python -m tests.conformance.coverage`, and a test holds it against the carriers' files.

*We send*: the method, path, query, fields and headers of our request are compared with the file, name by name. *The
embedded carrier serves*: made-up requests, a bounded number of them, go to the operation, and each answer must have the
documented form and one of the documented statuses, or be a refusal in the carrier's own form. Errors, events,
signatures and limits have tests of their own, in the second table of a carrier. Fields in *italics* are inferred.
"""


@dataclass(frozen=True)
class Fact:
    """Something documented beyond the operations: `kind` is header, status, error, event or limit."""

    kind: str
    what: str
    test: str


FACTS: dict[str, tuple[Fact, ...]] = {
    "FineSpeak": (
        Fact("header", "Authorization: Bearer", FORMS),
        *(Fact("status", f"{status}, served", FORMS) for status in (400, 401, 403, 404, 429)),
        *(Fact("status", f"{status}, read", ERRORS) for status in (400, 401, 403, 404)),
        Fact("status", "429, waited for", PUT_OFF),
        Fact("status", "500, never sent again", f"{ONCE}::test_a_call_whose_answer_is_lost_is_placed_once_at_most"),
        Fact("error", "error.code, error.message, error.param", FORMS),
        *(
            Fact("event", event, f"{HOOKS}::test_finespeak_sends_its_five_events")
            for event in (
                "call.initiated",
                "call.answered",
                "call.completed",
                "message.received",
                "message.delivered",
            )
        ),
    ),
    "sms-voip": (
        Fact("header", "Authorization: Bearer", FORMS),
        Fact("header", "Idempotency-Key", f"{ONCE}::test_with_an_idempotency_key_it_is_sent_again_and_costs_one_call"),
        Fact("header", "X-Signature: t=, v1=", f"{VECTORS}::test_a_timed_signature_has_the_known_value"),
        *(Fact("status", f"{status}, served", FORMS) for status in (400, 401, 403, 429)),
        *(Fact("status", f"{status}, read", ERRORS) for status in (400, 401, 403)),
        Fact("status", "403: blocked, suspended, or IP not allowed", LET_IN),
        Fact("status", "429", f"{ACCOUNTS}::test_the_limit_of_a_minute_is_that_of_the_account"),
        Fact(
            "status",
            "5xx: transient, retry with backoff",
            f"{ONCE}::test_with_an_idempotency_key_it_is_sent_again_and_costs_one_call",
        ),
        Fact("limit", "120 requests a minute, theirs", f"{ACCOUNTS}::test_the_documented_limit_is_the_default"),
        Fact(
            "limit",
            "120 requests a minute, kept by us",
            "tests/runtime/test_pace.py::test_any_minute_holds_the_limit_and_no_more",
        ),
        Fact("limit", "rates need no key", f"{ACCOUNTS}::test_rates_are_for_everybody"),
        Fact("event", "delivery_report", f"{HOOKS}::test_sms_voip_sends_its_delivery_report"),
        Fact("event", "ringing, answered, completed (inferred)", f"{HOOKS}::test_a_call_is_told_of_to_its_end"),
    ),
    "Speko": (
        Fact("header", "Authorization: Bearer", FORMS),
        Fact("error", "error, code", FORMS),
        *(Fact("status", f"{status}, served", FORMS) for status in (400, 401, 404)),
        Fact("status", "402 and 409, served", f"{ACCOUNTS}::test_a_verification_goes_its_way"),
        *(Fact("status", f"{status}, read", ERRORS) for status in (400, 401, 402, 404, 409)),
        Fact("status", "429 with Retry-After, served", FORMS),
        Fact("status", "429, waited for", PUT_OFF),
        Fact(
            "header", "webhook-id, -timestamp, -signature", f"{VECTORS}::test_a_standard_signature_has_the_known_value"
        ),
        Fact("event", "call.status, call.report", f"{HOOKS}::test_a_call_is_told_of_to_its_end"),
        Fact("limit", "states of the verification", f"{ACCOUNTS}::test_a_verification_goes_its_way"),
        Fact(
            "limit",
            "area codes of three digits, labels of 120 characters, attestation",
            "tests/carriers/speko/test_limits.py::test_what_is_known_to_be_wrong_is_not_sent",
        ),
    ),
    "Telefonie Voice": (
        Fact("header", "X-API-Key", "tests/sandbox/test_api.py::test_a_key_is_needed"),
        Fact("status", "404, read", ERRORS),
    ),
}


def documented(title: str) -> list[Documented]:
    """The operations of a file that a test of ours has to exercise."""
    return operations(title)


def tests() -> set[str]:
    """All tests that the page names."""
    return {SENT, *SERVED.values(), *(fact.test for facts in FACTS.values() for fact in facts)}


def page() -> str:
    """The page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# What is documented, and what tests it"
    yield ""
    yield from _INTRODUCTION.splitlines()
    for title in SERVED:
        yield ""
        yield f"## {title}"
        yield ""
        yield "| operation | query, fields, headers | statuses | we send | the embedded carrier serves |"
        yield "|---|---|---|---|---|"
        for each in documented(title):
            sent = _link(SENT) if each.name in OURS.get(title, {}) else ""
            values = ", ".join([*sorted(each.query), *_fields(each), *sorted(each.headers)])
            cells = [f"{each.method} `{each.path}`", values, ", ".join(each.statuses), sent, _link(SERVED[title])]
            yield f"| {' | '.join(cells)} |"
        if title in FACTS:
            yield ""
            yield "| kind | documented | test |"
            yield "|---|---|---|"
            for fact in FACTS[title]:
                yield f"| {fact.kind} | {fact.what} | {_link(fact.test)} |"


def _fields(each: Documented) -> list[str]:
    return [f"*{name}*" if name in each.inferred else name for name in sorted(each.fields)]


def _link(test: str) -> str:
    path, _, name = test.partition("::")
    return f"[{name.removeprefix('test_').replace('_', ' ')}](../../{path})"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
