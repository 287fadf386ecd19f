"""What everybody else does: the other side of a transfer, agents, rooms, services; and the clock."""

import pytest

from tests.simulator.flows import CONFERENCE, FETCH, QUEUE, TRANSFER
from tests.simulator.running import CONFIG, fails, passes, results


def test_each_number_of_a_list_is_tried() -> None:
    passes(
        TRANSFER,
        """
        expect transfer ["+15551230001", "+15551230002"] timeout=20s
        peer noanswer
        expect transfer "+15551230002"
        peer busy
        hear "They are busy"
        hear "Nobody was there"
        expect hangup
        """,
    )


def test_a_number_that_rings_long_enough_does_not_answer() -> None:
    passes(TRANSFER, 'wait 20s\npeer declined\nhear "Nobody was there"\nexpect hangup')
    passes(TRANSFER, "wait\nwait\nexpect hangup")


def test_who_has_been_talked_to_is_hung_up() -> None:
    passes(TRANSFER, "peer answered 40s\nexpect hangup")


def test_nobody_answers_who_was_not_called() -> None:
    assert fails(TRANSFER, "peer busy\npeer busy\npeer busy")[:3] == (
        3,
        "this line can be done",
        ("nobody is called: the flow has ended the call",),
    )


def test_a_queue_repeats_its_prompts_until_its_timeout() -> None:
    passes(
        QUEUE, 'hear "number 1, after 0"\nwait 20s\nhear "after 20"\nwait 29s\nhear "after 40"\nwait 1s\nhear "Nobody"'
    )
    passes(QUEUE, 'wait\nhear "after 20"\nhear "after 40"\nhear "Nobody came"\nexpect hangup')


def test_an_agent_takes_the_call() -> None:
    passes(QUEUE, 'peer busy\npeer answered 2m\nunheard "Nobody came"\nexpect hangup')


def test_a_key_takes_the_caller_out_of_the_queue() -> None:
    passes(QUEUE, 'press 7\nunheard "Leaving"\npress 1\nhear "Leaving the queue"\nexpect hangup')


@pytest.mark.parametrize("outcome", ["full", "failed"])
def test_a_queue_that_takes_nobody(outcome: str) -> None:
    passes(QUEUE, f'given queue "support" {outcome}\nhear "Nobody came"\nunheard "You are"\nexpect hangup')


def test_a_conference_lasts_until_the_caller_leaves() -> None:
    passes(CONFERENCE, 'wait 1h\nunheard "over"\nhangup\nexpect log "left"')


def test_a_conference_that_ends() -> None:
    passes(
        CONFERENCE, 'given conference "weekly" ended\nunheard "over"\nwait\nhear "The meeting is over"\nexpect hangup'
    )


def test_a_conference_that_is_full() -> None:
    passes(CONFERENCE, 'given conference "weekly" full\nhear "The room is full"\nexpect hangup')


def test_a_call_is_never_longer_than_it_may_be() -> None:
    limited = CONFIG + '[limits]\nlength = "10m"\n'
    passes(CONFERENCE, 'wait\nhear "Something went wrong"\nexpect hangup', limited)
    passes(TRANSFER, 'peer answered 11m\nhear "Something went wrong"\nexpect hangup', limited)


def test_the_last_answer_that_matches_counts() -> None:
    passes(
        FETCH,
        """
        from "+15557650001"
        given fetch "*" json={"state": "lost"}
        given fetch "https://shop.example/orders/*" json={"state": "sent"}
        given fetch "https://other.example/*" fails
        expect fetch order "https://shop.example/orders/%2B15557650001" timeout=2s retries=1
        hear "Your order is sent"
        expect order.state == "sent"
        expect hangup
        """,
    )


def test_a_status_is_an_outcome() -> None:
    passes(FETCH, 'given fetch "*" status=404\nhear "You have no order"\nexpect hangup')
    passes(FETCH, 'given fetch "*" status=500\nhear "does not answer"\nexpect hangup')


def test_a_service_that_cannot_be_reached_or_is_late() -> None:
    passes(FETCH, 'given fetch "*" fails\nhear "does not answer"\nexpect hangup')
    passes(FETCH, 'given fetch "*" json={} delay=3s\nhear "does not answer"\nexpect hangup')
    passes(FETCH, 'given fetch "*" json={"state": "sent"} delay=1s\nhear "One moment"\nhear "sent"\nexpect hangup')


def test_a_fetch_without_an_answer_fails_the_script() -> None:
    line, expected, instead, note = fails(FETCH, 'given fetch "https://other.example/*" fails\nhear "One moment"')
    assert (line, expected) == (2, "every fetch has an answer")
    assert "https://shop.example/orders/%2B12025550143" in instead[0]
    assert "given fetch" in note


def test_a_text_that_fails() -> None:
    flow = (
        "flow main\n\nstart:\n"
        '    sms "+15551239999" "Hello":\n'
        "        on failed:\n"
        '            say "It was not sent."\n'
        "            hangup\n"
        '    say "Sent."\n'
        "    hangup\n"
    )
    passes(flow, 'hear "Sent"\nunheard "not"\nexpect hangup')
    passes(flow, 'given sms "+15551239999" fails\nexpect sms "+15551239999" "Hello"\nhear "not sent"')


def test_the_set_up_is_what_the_flow_reads() -> None:
    flow = (
        'flow main(name="Bob")\n\nstart:\n'
        '    say "{{ name }}, {{ call.from }}, {{ call.to }}, {{ call.direction }}, {{ call.answered_by }}, {{ now }},'
        ' {{ company }}."\n'
        "    hangup\n"
    )
    script = (
        'call "the call":\n'
        '    flow main(name="Ada")\n'
        '    from "+15557650001"\n'
        '    to "+15557650002"\n'
        '    direction "outbound"\n'
        '    answered_by "machine"\n'
        '    at "2026-07-01T20:30"\n'
        '    given company = "Bolt"\n'
        '    hear "Ada, +15557650001, +15557650002, outbound, machine, 2026-07-01T20:30:00+02:00, Bolt."\n'
        "    expect hangup\n"
    )
    (result,) = results(flow, script)
    assert result.failure is None


def test_a_call_begins_on_a_monday_at_noon() -> None:
    flow = 'flow main\n\nstart:\n    say "{{ now }} {{ call.to }}"\n    hangup\n'
    passes(flow, 'hear "2026-01-05T12:00:00+01:00 +15551230000"\nexpect hangup')
