"""Writes `docs/carriers/coverage.md`: everything that a carrier documents, and the test that exercises it.

`python -m tests.conformance.coverage` writes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.documented import Documented, operations
from tests.conformance.test_documented import EVENT_FIELDS, KEY_AT, STATUSES
from tests.conformance.test_requests import STREAMS
from tests.conformance.voipbin_operations import API, CLIENT, UNSENT
from tests.sandbox import test_openapi as voice
from tests.sandbox import test_openapi_of_others as others
from tests.sandbox import test_voipbin_openapi as voipbin

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "carriers" / "coverage.md"

SENT = "tests/conformance/test_requests.py::test_an_operation_sends_everything_that_is_documented_and_nothing_else"
_VOIPBIN = "tests/conformance/test_voipbin_requests.py"
OVER_HTTP = {
    **dict.fromkeys(CLIENT, f"{_VOIPBIN}::test_our_client_sends_an_operation_as_documented"),
    **dict.fromkeys(API, f"{_VOIPBIN}::test_flowengine_api_sends_an_operation_as_documented"),
}
"""The test that sends an operation of VoIPBIN, by its method and path."""

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

_LOGINS = "tests/sandbox/test_voipbin_auth.py::test_an_operation_beside_the_api_is_as_documented"
BY_HAND = {
    **{
        f"{method} /auth/{path}": _LOGINS
        for method, path in (
            ("POST", "boot"),
            ("POST", "email-verify"),
            ("POST", "password-forgot"),
            ("GET", "password-reset"),
            ("POST", "password-reset"),
            ("POST", "signup"),
            ("POST", "unregister"),
            ("DELETE", "unregister"),
        )
    },
    "GET /ws": "tests/sandbox/test_voipbin_events.py::test_topics_are_matched_by_whole_words_from_their_beginning",
}
"""Operations of VoIPBIN that no request can be made up for: logins lie beside the API, and a WebSocket has none."""

SCHEMAS = {
    "Telefonie Voice": voice.schema,
    "Telefonie SMS": others.telefonie_sms,
    "Telefonie Numbers": others.telefonie_numbers,
    "Telefonie Recordings": others.telefonie_recording,
    "VoIPBIN": voipbin.schema,
    "FineSpeak": others.finespeak,
    "sms-voip": others.sms_voip,
    "Speko": others.speko,
}
"""What those tests are made from."""

CARRIERS = {
    "Telefonie Voice": "telefonie",
    "VoIPBIN": "voipbin",
    "FineSpeak": "finespeak",
    "sms-voip": "sms-voip",
    "Speko": "speko",
}
"""The files that have a second table: what is documented beside operations."""

BESIDE = "tests/conformance/test_documented.py"
HOOKS = "tests/conformance/test_webhooks.py"
HEARD = "tests/server/test_notices.py"
VECTORS = "tests/carriers/test_signature_vectors.py"
ONCE = "tests/conformance/test_once.py"
PUT_OFF = f"{ONCE}::test_a_call_that_was_put_off_is_placed_once_the_carrier_takes_it"
KEYED = f"{ONCE}::test_with_an_idempotency_key_it_is_sent_again_and_costs_one_call"
ACCOUNTS = "tests/sandbox/test_accounts.py"
ACCOUNT = "tests/sandbox/test_voipbin_account.py"
EVENTS = "tests/sandbox/test_voipbin_events.py"
REFUSED_HERE = f"{HEARD}::test_what_is_not_signed_or_no_notice_is_refused_and_a_repeat_is_answered"


_INTRODUCTION = """\
This page is made by `python -m tests.conformance.coverage`, and tests hold it against the carriers' files: each row
names a test that was collected for that very operation, status or event, or one whose text speaks of it.

*We send*: the method, path, query, fields and headers of our request are compared with the file, name by name. Those to
VoIPBIN are taken from the wire on their way to the embedded carrier, which has to do them; where our client has no
method of its own, `flowengine api METHOD PATH` sends them. A *no* says why nothing of ours sends an operation. *The
embedded carrier serves*: made-up requests, a bounded number of them, go to the operation, and each answer must have the
documented form and one of the documented statuses, or be a refusal in the carrier's own form. Errors, events,
signatures and limits have tests of their own, in the second table of a carrier. Fields in *italics* are inferred.
"""


@dataclass(frozen=True)
class Fact:
    """Something documented beyond the operations.

    `kind` is header, status, error, event, signature, page or limit. `case` are texts in the brackets of the test's
    name, where it has several cases; `says` is a text that stands in the test itself.
    """

    kind: str
    what: str
    test: str
    case: tuple[str, ...] = ()
    says: str = ""


def _of_all(title: str) -> Iterator[Fact]:
    """What holds for each carrier in the same way."""
    name = CARRIERS[title]
    yield Fact("header", f"{KEY_AT[name]}, sent", f"{BESIDE}::test_the_key_goes_where_it_is_documented", (name,))
    yield Fact(
        "header", f"{KEY_AT[name]}, asked for", f"{BESIDE}::test_who_has_no_key_is_not_let_in", ("another", name)
    )
    for status in STATUSES[name]:
        case = (name, str(status))
        served = f"{BESIDE}::test_a_documented_status_is_served_in_the_carriers_own_form"
        yield Fact("status", f"{status}, served", served, case)
        yield Fact("status", f"{status}, read", f"{BESIDE}::test_a_documented_status_is_read_as_what_it_is", case)
    form = f"{BESIDE}::test_what_is_not_there_is_404_in_the_carriers_own_form"
    yield Fact("error", ERRORS[name], form, (name,))
    for event in EVENT_FIELDS.get(name, {}):
        fields = ", ".join(sorted(EVENT_FIELDS[name][event]))
        yield Fact("event", f"{event}: {fields}", f"{BESIDE}::test_an_event_has_its_documented_fields", (name, event))
    yield Fact("event", "repeats and what nobody signed", REFUSED_HERE, (name,))


ERRORS = {
    "telefonie": "no body is documented; error.code, error.message (inferred)",
    "voipbin": "error.status, error.reason, error.message",
    "finespeak": "error.code, error.message, error.param",
    "sms-voip": "no body is documented; error.code, error.message (inferred)",
    "speko": "error, code",
}
_PAGES = f"{BESIDE}::test_lists_come_in_pages_and_are_read_to_their_end"
_LOST = f"{ONCE}::test_a_call_whose_answer_is_lost_is_placed_once_at_most"

_MORE: dict[str, tuple[Fact, ...]] = {
    "Telefonie Voice": (
        Fact("page", "page, page_size, total", _PAGES, ("telefonie",)),
        Fact("status", "5xx on a create: never sent again", _LOST, ("telefonie", "500")),
        Fact("signature", "X-Signature (inferred), refused when wrong", REFUSED_HERE, ("telefonie",)),
    ),
    "VoIPBIN": (
        Fact(
            "header",
            "Authorization: Bearer, after a login",
            f"{ACCOUNT}::test_a_token_is_asked_for_once_and_once_more_when_it_is_refused",
            says="login",
        ),
        Fact(
            "error",
            "error, message: the document's own shape",
            f"{ACCOUNT}::test_errors_are_read_in_both_shapes",
            ("document",),
        ),
        Fact("error", "auth/login: a bare 400", f"{ACCOUNT}::test_a_wrong_password_is_a_bare_400", says="400"),
        Fact(
            "status",
            "402, with nothing left",
            f"{ACCOUNT}::test_without_money_nothing_that_costs_is_done",
            says="NoCreditError",
        ),
        Fact("status", "429, waited for", f"{ACCOUNT}::test_too_many_requests_are_put_off_and_done", says="429"),
        Fact(
            "page",
            "page_token, page_size, next_page_token",
            f"{ACCOUNT}::test_pages_hold_everything_once_the_newest_first",
            ("iso",),
        ),
        Fact(
            "event",
            "type, data; tried three times",
            f"{EVENTS}::test_an_event_is_tried_three_times_a_second_apart_while_the_answer_is_a_5xx",
            ("2",),
        ),
        Fact(
            "event",
            "topics of the WebSocket",
            f"{EVENTS}::test_topics_are_matched_by_whole_words_from_their_beginning",
            says="customer_id",
        ),
        Fact(
            "signature",
            "X-VoIPBIN-Signature",
            f"{EVENTS}::test_events_are_signed_over_the_body_as_it_was_sent",
            says="sha256",
        ),
        Fact(
            "limit",
            "about 100 actions a call",
            "tests/sandbox/test_voipbin_calls.py::test_the_hundred_and_second_action_ends_the_call_without_a_word",
            says="101",
        ),
        Fact("limit", "a token is valid for seven days", f"{ACCOUNT}::test_a_token_is_valid_for_seven_days", says="7"),
    ),
    "FineSpeak": (
        Fact("status", "429, waited for", PUT_OFF, ("finespeak",)),
        Fact("status", "500 on a create: never sent again", _LOST, ("finespeak", "500")),
        Fact(
            "page",
            "limit, without pages",
            f"{BESIDE}::test_finespeaks_list_of_messages_takes_a_limit_and_has_no_pages",
            says="limit=2",
        ),
        Fact(
            "signature",
            "none; a token in the URL (inferred)",
            f"{HEARD}::test_finespeaks_token_is_asked_for_beside_the_signature",
            says="token=",
        ),
    ),
    "sms-voip": (
        Fact("header", "Idempotency-Key", KEYED, ("drop",)),
        Fact(
            "header",
            "Idempotency-Key: a key of another request",
            f"{ACCOUNTS}::test_a_key_of_another_request_is_a_conflict_and_a_repeat_is_not",
            says="Idempotency-Key",
        ),
        Fact(
            "signature", "X-Signature: t=, v1=", f"{VECTORS}::test_a_timed_signature_has_the_known_value", ("sms-voip",)
        ),
        Fact("status", "403: blocked, suspended, or IP not allowed", f"{ACCOUNTS}::test_who_is_let_in", ("403",)),
        Fact("status", "5xx: transient, retry with backoff", KEYED, ("503",)),
        Fact(
            "limit",
            "120 requests a minute, theirs",
            f"{ACCOUNTS}::test_the_documented_limit_is_the_default",
            says="120",
        ),
        Fact(
            "limit",
            "the limit is that of the key's account",
            f"{ACCOUNTS}::test_the_limit_of_a_minute_is_that_of_the_account",
            says="429",
        ),
        Fact(
            "limit",
            "120 requests a minute, kept by us",
            "tests/runtime/test_pace.py::test_any_minute_holds_the_limit_and_no_more",
            says="60",
        ),
        Fact("limit", "rates need no key", f"{ACCOUNTS}::test_rates_are_for_everybody", says="/rates"),
        Fact("page", "limit, offset", _PAGES, ("sms-voip",)),
        Fact(
            "event",
            "ringing, answered, completed (inferred)",
            f"{HOOKS}::test_a_call_is_told_of_to_its_end",
            ("sms-voip",),
        ),
    ),
    "Speko": (
        Fact("status", "402 and 409, by themselves", f"{ACCOUNTS}::test_a_verification_goes_its_way", says="402"),
        Fact("status", "429 with Retry-After, waited for", PUT_OFF, ("speko",)),
        Fact(
            "signature",
            "webhook-id, -timestamp, -signature",
            f"{VECTORS}::test_a_standard_signature_has_the_known_value",
            says="webhook-signature",
        ),
        Fact("limit", "states of the verification", f"{ACCOUNTS}::test_a_verification_goes_its_way", says="submit"),
        *(
            Fact(
                "limit", what, "tests/carriers/speko/test_limits.py::test_what_is_known_to_be_wrong_is_not_sent", (why,)
            )
            for what, why in (
                ("area codes of three digits", "three digits"),
                ("1 to 50 numbers at once", "1 to 50"),
                ("labels of 120 characters", "120 characters"),
                ("attestation", "attestation"),
            )
        ),
        Fact("page", "cursor, next_cursor", _PAGES, ("speko",)),
        Fact(
            "page",
            "cursor, nextCursor",
            "tests/sandbox/test_speko_watching.py::test_deliveries_come_in_pages",
            says="cursor",
        ),
        Fact(
            "event",
            "the stream: status, transcript, event, end",
            "tests/sandbox/test_speko_watching.py::test_the_stream_of_a_call_goes_to_its_end_and_on_from_its_cursor",
            says="end",
        ),
    ),
}

FACTS: dict[str, tuple[Fact, ...]] = {title: (*_of_all(title), *_MORE[title]) for title in CARRIERS}


def documented(title: str) -> list[Documented]:
    """The operations of a file that a test of ours has to exercise."""
    return operations(title)


def tests() -> set[str]:
    """All tests that the page names."""
    return {
        SENT,
        *OVER_HTTP.values(),
        *SERVED.values(),
        *BY_HAND.values(),
        *(fact.test for facts in FACTS.values() for fact in facts),
    }


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
            sent = _sent(title, each)
            values = ", ".join([*sorted(each.query), *_fields(each), *sorted(each.headers)])
            served = _link(BY_HAND.get(f"{each.method} {each.path}", SERVED[title]))
            cells = [f"{each.method} `{each.path}`", values, ", ".join(each.statuses), sent, served]
            yield f"| {' | '.join(cells)} |"
        if title in FACTS:
            yield ""
            yield "| kind | documented | test |"
            yield "|---|---|---|"
            for fact in FACTS[title]:
                yield f"| {fact.kind} | {fact.what} | {_link(fact.test)} |"


def _sent(title: str, each: Documented) -> str:
    if title == "VoIPBIN":
        name = f"{each.method} {each.path}"
        return _link(OVER_HTTP[name]) if name in OVER_HTTP else UNSENT[name]
    return "no: a stream, not one answer" if each.name in STREAMS else _link(SENT)


def _fields(each: Documented) -> list[str]:
    return [f"*{name}*" if name in each.inferred else name for name in sorted(each.fields)]


def _link(test: str) -> str:
    path, _, name = test.partition("::")
    return f"[{name.removeprefix('test_').replace('_', ' ')}](../../{path})"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
