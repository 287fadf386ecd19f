"""The known answers of each carrier's signature, and every way in which they may be changed."""

import json
from pathlib import Path
from typing import Any

import pytest

from flowengine.carriers import signature as timed
from flowengine.carriers.speko import signature as standard

VECTORS = {
    vector["system"]: vector
    for vector in json.loads((Path(__file__).parents[1] / "data" / "webhook-signature-vectors.json").read_text())
}
TIMED = ["sms-voip", "finespeak", "telefonie"]
SPEKO = VECTORS["speko"]
AT = 1768248900


def timed_problem(vector: dict[str, Any], **changes: Any) -> str | None:
    found = {
        "header": vector["value"],
        "body": vector["body"].encode(),
        "secrets": [vector["secret"]],
        "now": vector["timestamp"],
    } | changes
    return timed.problem(found["header"], found["body"], found["secrets"], found["now"])


@pytest.mark.parametrize("system", TIMED)
def test_a_timed_signature_has_the_known_value(system: str) -> None:
    vector = VECTORS[system]
    assert timed.sign(vector["secret"], vector["timestamp"], vector["body"].encode()) == vector["value"]
    assert timed_problem(vector) is None
    assert timed_problem(vector, secrets=["another", vector["secret"]]) is None
    assert timed_problem(vector, now=vector["timestamp"] + vector["tolerance_s"]) is None


@pytest.mark.parametrize("system", TIMED)
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"header": None}, "not signed"),
        ({"header": ""}, "not signed"),
        ({"secrets": ["another"]}, "does not fit"),
        ({"secrets": [""]}, "does not fit"),
        ({"secrets": []}, "does not fit"),
        ({"now": AT + 301}, "too old"),
        ({"now": AT - 301}, "from the future"),
    ],
    ids=str,
)
def test_a_timed_signature_that_was_changed_is_refused(system: str, change: dict[str, Any], why: str) -> None:
    assert why in str(timed_problem(VECTORS[system], **change))


@pytest.mark.parametrize("system", TIMED)
def test_every_changed_byte_of_the_body_is_noticed(system: str) -> None:
    body = VECTORS[system]["body"].encode()
    for place in range(len(body)):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        assert timed_problem(VECTORS[system], body=changed) is not None


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("v1={v}", "no time"),
        ("t=x,v1={v}", "no time"),
        ("t=²,v1={v}", "no time"),
        ("t={t},t={t},v1={v}", "no time"),
        ("t={t}", "no v1"),
        ("t={t},v0={v}", "no v1"),
        ("t={t},v1=", "does not fit"),
        ("t={t},v1={v}0", "does not fit"),
        ("t=1768248901,v1={v}", "does not fit"),
    ],
)
def test_a_header_of_another_form_is_refused(header: str, why: str) -> None:
    vector = VECTORS["sms-voip"]
    value = vector["value"].partition("v1=")[2]
    assert why in str(timed_problem(vector, header=header.format(t=AT, v=value)))


def test_unknown_parts_and_further_signatures_are_let_pass() -> None:
    vector = VECTORS["sms-voip"]
    value = vector["value"].partition("v1=")[2]
    assert timed_problem(vector, header=f"t={AT}, v0=old, v1={'0' * 64}, v1={value}, new=1") is None


# Standard Webhooks.


def standard_problem(body: str | None = None, secrets: list[str] | None = None, now: float = AT, **headers: str) -> Any:
    named = {**SPEKO["headers"], **{f"webhook-{name}": value for name, value in headers.items()}}
    return standard.problem(
        named, (SPEKO["body"] if body is None else body).encode(), secrets or [SPEKO["secret"]], now
    )


def test_a_standard_signature_has_the_known_value() -> None:
    assert (
        standard.sign(SPEKO["secret"], "msg_2b1", AT, SPEKO["body"].encode()) == SPEKO["headers"]["webhook-signature"]
    )
    assert standard_problem() is None
    assert standard_problem(secrets=["whsec_AAAA", SPEKO["secret"]]) is None


@pytest.mark.parametrize("between", [" ", ",", ", "])
def test_one_of_several_standard_signatures_is_enough(between: str) -> None:
    good = SPEKO["headers"]["webhook-signature"]
    assert standard_problem(signature=f"v1,AAAA{between}{good}") is None
    assert standard_problem(signature=f"v1a,AAAA{between}{good}") is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"signature": ""}, "not signed"),
        ({"id": ""}, "webhook-id"),
        ({"id": "msg_2b2"}, "does not fit"),
        ({"timestamp": "1768248901"}, "does not fit"),
        ({"timestamp": "soon"}, "no Unix time"),
        ({"timestamp": "²"}, "no Unix time"),
        ({"signature": "v2,AAAA"}, "no v1"),
        ({"signature": "v1,AAAA"}, "does not fit"),
        ({"body": "{}"}, "does not fit"),
        ({"secrets": ["whsec_AAAA"]}, "does not fit"),
        ({"secrets": [SPEKO["secret"].removeprefix("whsec_")]}, "does not fit"),
        ({"now": AT + 301}, "too old"),
        ({"now": AT - 301}, "from the future"),
    ],
    ids=str,
)
def test_a_standard_signature_that_was_changed_is_refused(change: dict[str, Any], why: str) -> None:
    assert why in str(standard_problem(**change))
