"""What we send is what is documented: every operation, with its method, path, query, body and headers."""

from urllib.parse import unquote

import pytest

from tests.conformance.documented import OURS, Documented, operations

# What is left out is a stream, and no request with one answer.
STREAMS = {"streamSession"}
CASES = [(title, documented) for title in OURS for documented in operations(title) if documented.name not in STREAMS]


@pytest.mark.parametrize(("title", "documented"), CASES, ids=lambda value: getattr(value, "name", value))
def test_an_operation_sends_everything_that_is_documented_and_nothing_else(title: str, documented: Documented) -> None:
    assert documented.name in OURS[title]
    request = OURS[title][documented.name].request
    assert (request.method, unquote(request.path)) == (documented.method, documented.path)
    assert set(request.query) == documented.query
    sent = dict(request.json or {})
    if documented.name == "savePhoneNumberKybDraft":
        sent["attestationAccepted"] = False  # a draft attests nothing: the field's own default
    assert set(sent) == documented.fields
    # The file leaves the header out for the password; the document has it for all that create.
    extra = {"Idempotency-Key"} if documented.name == "setSipPassword" else set()
    assert set(request.headers) == documented.headers | extra


@pytest.mark.parametrize("title", OURS)
def test_there_is_no_operation_that_is_not_documented(title: str) -> None:
    assert set(OURS[title]) <= {documented.name for documented in operations(title)}


@pytest.mark.parametrize("title", OURS)
def test_only_what_may_be_repeated_is_sent_again(title: str) -> None:
    # What changes something to a value may be repeated; what creates something only with an idempotency key.
    harmless = {"updateCall", "updateOwnedNumber", "updatePhoneNumber", "updateWebhook", "endCall", "redeliverWebhook"}
    for name, operation in OURS[title].items():
        if operation.request.again:
            assert name in harmless or "Idempotency-Key" in operation.request.headers
