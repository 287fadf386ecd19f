"""FineSpeak's answers are not documented: they are read whatever their names and wrapping, or refused with reason."""

from typing import Any

import pytest

from flowengine.carriers.finespeak import rest
from flowengine.carriers.models import CallState

NUMBER = {"phone_number": "+14155551234", "friendly_name": "Support"}
CALL = {"call_id": "CA123456789", "from": "+14155551234", "to": "+14155555678"}


@pytest.mark.parametrize(
    "answer",
    [[NUMBER], {"numbers": [NUMBER]}, {"data": [NUMBER]}, {"whatever": [NUMBER], "total": 1}, [NUMBER, "noise"]],
)
def test_a_list_is_bare_or_wrapped(answer: Any) -> None:
    assert [number.number for number in rest.list_numbers().read(answer)] == ["+14155551234"]
    assert [number.number for number in rest.search_numbers().read(answer)] == ["+14155551234"]


@pytest.mark.parametrize("answer", [None, {}, "text", 5, {"a": [], "b": []}, [{"id": 1}]])
def test_what_is_no_list_of_numbers_is_refused(answer: Any) -> None:
    with pytest.raises(ValueError, match="the answer"):
        rest.list_numbers().read(answer)


@pytest.mark.parametrize(
    "answer", [CALL, {"call": CALL}, {"data": CALL}, {**CALL, "call_id": None, "id": "CA123456789"}]
)
def test_a_call_has_its_id_under_one_name_or_the_other(answer: Any) -> None:
    call = rest.get_call("CA123456789").read(answer)
    assert (call.id, call.sender, call.to, call.state) == (
        "CA123456789",
        "+14155551234",
        "+14155555678",
        CallState.UNKNOWN,
    )


@pytest.mark.parametrize("answer", [None, {}, [], {"call_id": ""}, {"call_id": []}])
def test_a_call_without_an_id_is_refused(answer: Any) -> None:
    with pytest.raises(ValueError, match="call_id"):
        rest.make_call("+1", "+1").read(answer)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"status": "initiated"}, CallState.INITIATED),
        ({"status": "answered"}, CallState.ANSWERED),
        ({"status": "completed"}, CallState.COMPLETED),
        ({"status": "completed", "reason": "busy"}, CallState.BUSY),
        ({"status": "completed", "reason": "no-answer"}, CallState.NO_ANSWER),
        ({"status": "completed", "reason": "because"}, CallState.COMPLETED),
        ({"status": "in-progress"}, CallState.ANSWERED),
        ({"status": "teleported"}, CallState.UNKNOWN),
    ],
)
def test_the_state_of_a_call(fields: dict[str, Any], state: CallState) -> None:
    assert rest.read_call(CALL | fields).state is state


def test_a_purchase_may_answer_nothing() -> None:
    assert rest.purchase_number("+14155551234").read(None).number == "+14155551234"
