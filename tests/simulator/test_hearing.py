"""`hear`, `unheard`, and what they count from."""

import pytest

from tests.simulator.flows import MENU
from tests.simulator.running import fails, passes


@pytest.mark.parametrize(
    "text",
    [
        "For sales, press 1.",
        "for SALES press 1",
        "press   1",
        "press 1. For the weather",
        "For sales, press 1. For the weather, press 2. For extension 21, press 21.",
    ],
)
def test_words_are_heard_without_case_punctuation_and_spacing(text: str) -> None:
    passes(MENU, f'hear "{text}"\nhangup')


@pytest.mark.parametrize("text", ["sale", "press 3", "press 1 weather", "ress 1"])
def test_parts_of_words_are_not_heard(text: str) -> None:
    line, expected, instead, _ = fails(MENU, f'hear "{text}"\nhangup')
    assert (line, expected) == (1, f'to hear "{text}"')
    assert instead == ("For sales, press 1. For the weather, press 2. For extension 21, press 21.",)


def test_each_hear_goes_on_after_the_last() -> None:
    passes(MENU, 'hear "press"\nhear "press"\nhear "press"\nhangup')
    assert fails(MENU, 'hear "press 2"\nhear "press 1"\nhangup') == (
        2,
        'to hear "press 1"',
        ("For sales, press 1. For the weather, press 2. For extension 21, press 21.",),
        "it was said, but before what the last `hear` found",
    )


def test_what_was_said_before_the_last_line_that_did_something_is_not_heard_any_more() -> None:
    assert fails(MENU, 'press 1\nhear "weather"')[1:] == (
        'to hear "weather"',
        ("Sales.",),
        "it was said, but before the last line that did something",
    )


def test_texts_are_heard_across_prompts() -> None:
    passes(MENU, 'wait\nhear "did not hear anything for sales"\nhangup')


def test_unheard() -> None:
    passes(MENU, 'unheard "Goodbye"\npress 1\nunheard "weather"\nexpect hangup')
    assert fails(MENU, 'hear "press 21"\nunheard "sales"\nhangup')[:2] == (2, 'not to hear "sales"')


def test_a_file_is_heard_by_its_name() -> None:
    flow = 'flow main\n\nstart:\n    play "https://media.example/welcome.wav"\n    hangup\n'
    passes(flow, 'hear "welcome.wav"\nexpect hangup')


def test_markup_is_not_heard() -> None:
    flow = 'flow main\n\nstart:\n    say "<speak>Your <emphasis>code</emphasis> is 12 &amp; 3.</speak>"\n    hangup\n'
    passes(flow, 'hear "your code is 12 3"\nunheard "emphasis"\nexpect hangup')


def test_a_text_that_is_said_twice_is_heard_twice() -> None:
    flow = 'flow main\n\nstart:\n    say "Hello." loop=2\n    hangup\n'
    passes(flow, 'hear "hello"\nhear "hello"\nexpect hangup')
    assert fails(flow, 'hear "hello"\nhear "hello"\nhear "hello"')[0] == 3
