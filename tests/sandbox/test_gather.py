"""Gather: keys and words, type-ahead, silence."""

import pytest

from flowengine.sandbox import LegState
from tests.sandbox.customer import Stage, heard


def _menu(attributes: str = 'numDigits="1"') -> str:
    return (
        f'<Response><Gather action="/pressed" {attributes}><Say>Press a key</Say></Gather><Say>Nothing</Say></Response>'
    )


async def test_a_key_goes_to_the_action(carrier: Stage) -> None:
    carrier.customer.documents["/pressed"] = lambda fields: (
        f"<Response><Say>You pressed {fields['digits']}</Say></Response>"
    )
    phone = await carrier.call(_menu())
    assert phone.state is LegState.IN_PROGRESS
    assert phone.awaiting.kind == "gather"
    phone.press("5")
    await carrier.clock.settle()
    assert heard(phone) == ["Press a key", "You pressed 5"]
    assert phone.state is LegState.COMPLETED


async def test_silence_goes_on_after_the_timeout(carrier: Stage) -> None:
    phone = await carrier.call(_menu('timeout="4"'))
    await carrier.clock.advance(3.9)
    assert heard(phone) == ["Press a key"]
    await carrier.clock.advance(0.1)
    assert heard(phone) == ["Press a key", "Nothing"]
    assert carrier.customer.asked("/pressed") == []


async def test_silence_goes_to_the_action_when_that_is_wanted(carrier: Stage) -> None:
    await carrier.call(_menu('actionOnEmptyResult="true"'))
    await carrier.clock.advance(5)
    [fields] = carrier.customer.asked("/pressed")
    assert (fields["digits"], fields["finished_on_key"]) == ("", "")


async def test_keys_pressed_before_count_and_no_prompt_is_heard(carrier: Stage) -> None:
    carrier.customer.documents["/pressed"] = _menu()
    phone = await carrier.call(_menu())
    phone.press("12")
    await carrier.clock.settle()
    assert [fields["digits"] for fields in carrier.customer.asked("/pressed")] == ["1", "2"]
    # The first menu's prompt, and that of the third, which nothing has been pressed for.
    assert heard(phone) == ["Press a key", "Press a key"]


async def test_type_ahead_can_be_switched_off(carrier: Stage) -> None:
    carrier.customer.documents["/pressed"] = _menu('numDigits="1" typeAhead="false"')
    phone = await carrier.call(_menu())
    phone.press("12")
    await carrier.clock.settle()
    assert [fields["digits"] for fields in carrier.customer.asked("/pressed")] == ["1"]


@pytest.mark.parametrize(
    ("attributes", "keys", "digits", "finish"),
    [
        ('finishOnKey="#"', "123#", "123", "#"),
        ('finishOnKey="*"', "12#*", "12#", "*"),
        ('numDigits="3" finishOnKey=""', "1#2", "1#2", ""),
    ],
)
async def test_the_end_of_an_input(carrier: Stage, attributes: str, keys: str, digits: str, finish: str) -> None:
    phone = await carrier.call(_menu(attributes))
    phone.press(keys)
    await carrier.clock.settle()
    [fields] = carrier.customer.asked("/pressed")
    assert (fields["digits"], fields["finished_on_key"]) == (digits, finish)


async def test_the_finish_key_after_a_full_input_belongs_to_it(carrier: Stage) -> None:
    carrier.customer.documents["/pressed"] = _menu('numDigits="1"')
    phone = await carrier.call(_menu('numDigits="4" finishOnKey="#"'))
    phone.press("1234#")
    await carrier.clock.settle()
    assert [fields["digits"] for fields in carrier.customer.asked("/pressed")] == ["1234"]
    assert phone.awaiting.kind == "gather"


async def test_the_time_between_two_digits(carrier: Stage) -> None:
    phone = await carrier.call(_menu('timeout="9" interdigitTimeout="2"'))
    await carrier.clock.advance(8)
    phone.press("1")
    await carrier.clock.advance(1.9)
    phone.press("2")
    await carrier.clock.advance(1.9)
    assert carrier.customer.asked("/pressed") == []
    await carrier.clock.advance(0.1)
    assert carrier.customer.asked("/pressed")[0]["digits"] == "12"


async def test_words(carrier: Stage) -> None:
    phone = await carrier.call(_menu('input="speech dtmf"'))
    phone.speak("sales please")
    await carrier.clock.settle()
    [fields] = carrier.customer.asked("/pressed")
    assert (fields["speech"], fields["confidence"]) == ("sales please", "0.9")


async def test_words_are_lost_on_what_does_not_listen_to_them(carrier: Stage) -> None:
    phone = await carrier.call(_menu())
    phone.speak("sales please")
    await carrier.clock.settle()
    assert carrier.customer.asked("/pressed") == []
    assert phone.awaiting.kind == "gather"


async def test_the_json_form_does_the_same(carrier: Stage) -> None:
    phone = await carrier.call(
        {
            "actions": [
                {"gather": {"num_digits": 1, "action": "/pressed", "prompts": [{"say": {"text": "Press a key"}}]}}
            ]
        }
    )
    phone.press("5")
    await carrier.clock.settle()
    assert heard(phone) == ["Press a key"]
    assert carrier.customer.asked("/pressed")[0]["digits"] == "5"
