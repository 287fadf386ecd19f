"""What a caller can do: press, speak, wait, leave, hang up."""

from tests.simulator.flows import GATHER, MENU, RECORD
from tests.simulator.running import fails, passes


def test_a_key_is_a_choice() -> None:
    passes(MENU, 'press 1\nhear "Sales"\nexpect hangup')


def test_a_key_that_begins_a_longer_choice_waits_for_the_next_or_for_time() -> None:
    passes(MENU, 'press 21\nhear "extension"\nexpect hangup')
    passes(MENU, 'press 2\npress 1\nhear "extension"\nexpect hangup')
    passes(MENU, 'press 2\nunheard "sunny"\nwait 2s\nunheard "sunny"\nwait 1s\nhear "sunny"\nexpect hangup')


def test_silence_comes_after_the_timeout_whoever_waits_how() -> None:
    passes(MENU, 'wait 4s\nunheard "did not hear"\nwait 1s\nhear "did not hear"\nhangup')
    passes(MENU, 'wait\nhear "did not hear"\nwait\nhear "did not hear"\nwait\nhear "Goodbye"\nexpect hangup')
    passes(MENU, 'wait 15s\nhear "did not hear"\nhear "did not hear"\nhear "Goodbye"\nexpect hangup')
    passes(MENU, "wait 1h\nwait\nexpect hangup")


def test_keys_are_typed_ahead_and_nothing_that_they_interrupt_is_heard() -> None:
    passes(GATHER, 'press "1234#1"\nunheard "Account"\nhear "Done"\nexpect hangup')
    passes(GATHER, 'press "1234561"\nhear "Done"\nexpect hangup')


def test_the_finish_key_after_a_full_input_belongs_to_it() -> None:
    passes(GATHER, 'press "123456"\npress "#"\npress 1\nhear "Done"\nexpect hangup')


def test_keys_that_do_not_fit_are_no_match() -> None:
    passes(GATHER, 'press "12#"\nhear "Four to six digits"\npress "1234"\nwait\nhear "Account 1 2 3 4"\nhangup')


def test_words_are_a_choice_where_the_menu_listens_to_speech() -> None:
    passes(MENU, 'speak "I want SALES, please"\nhear "Sales."\nexpect hangup')
    passes(MENU, 'speak "I want fish"\nhear "not a choice"\nhangup')


def test_nobody_hears_words_where_only_keys_count() -> None:
    passes(GATHER, 'speak "one two three four"\nunheard "Account"\nunheard "digits"\nwait\nhangup')


def test_a_recording_is_what_was_said() -> None:
    passes(RECORD, 'leave 5s "Call me"\nexpect sms "+15551239999" "5 s: Call me"\nhear "Thank you"\nexpect hangup')


def test_a_recording_is_never_longer_than_it_may_be() -> None:
    passes(RECORD, 'leave 30s "Call me"\nexpect sms "+15551239999" "10 s: Call me"\nexpect message.duration == 10')


def test_silence_or_the_finish_key_alone_is_an_empty_recording() -> None:
    passes(RECORD, 'wait\nhear "Nothing was recorded"\nexpect hangup')
    passes(RECORD, 'wait 3s\nunheard "Nothing"\nwait 1s\nhear "Nothing was recorded"\nexpect hangup')
    passes(RECORD, 'press "5"\nunheard "Nothing"\npress "#"\nhear "Nothing was recorded"\nexpect hangup')


def test_who_hangs_up_in_a_recording_leaves_it() -> None:
    passes(RECORD, 'leave 5s "Call me" hangup\nexpect sms "+15551239999" "5 s: Call me"\nexpect log "left"')


def test_a_caller_who_hangs_up_has_not_been_hung_up_on() -> None:
    passes(MENU, "hangup")
    assert fails(MENU, "hangup\nexpect hangup") == (2, "the flow has ended the call", ("the caller has hung up",), "")


def test_nothing_can_be_done_in_a_call_that_is_over() -> None:
    assert fails(MENU, "press 1\npress 2") == (
        2,
        "this line can be done",
        ("the caller cannot press keys: the flow has ended the call",),
        "",
    )
    passes(MENU, "press 1\nwait\nhangup")


def test_nothing_is_left_where_nothing_records() -> None:
    assert fails(MENU, 'leave 5s "hello"')[2] == ("nothing records: it listens for keys and words",)


def test_a_script_may_not_stop_in_the_middle_of_a_call() -> None:
    assert fails(MENU, 'hear "press 1"')[:3] == (
        1,
        "the call is over, or the script ends in `hangup` or `expect …`",
        ("the call goes on: it listens for keys and words",),
    )
    passes(MENU, 'press 1\nhear "Sales"')
    passes(MENU, "expect say")


def test_a_recording_can_be_played_back() -> None:
    flow = 'flow main\n\nstart:\n    record greeting\n    play greeting.url\n    say "Is that right?"\n    hangup\n'
    passes(flow, 'leave 3s "Hello"\nhear "wav"\nhear "Is that right"\nexpect hangup')
