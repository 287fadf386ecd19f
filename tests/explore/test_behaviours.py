"""What callers, services and the other side can do is walked, and the scripts that come of it pass."""

import pytest

from flowengine.simulator.coverage import Coverage, Kind
from flowengine.simulator.explore import explore, write_scripts
from tests.explore.exploring import CONFIG, built, never, rewritten


def all_is_reached(flow: str | dict[str, str], config: str = CONFIG) -> None:
    """Nothing is wrong with `main`, everything in it is reached, and its scripts pass and reach it again."""
    build = built(flow, config)
    exploration = explore(build, "main")
    assert exploration.findings == []
    assert never(exploration) == []
    assert [point.never for point in rewritten(build, exploration).missed] == []


BYE = '\nbye:\n    say "Goodbye."\n    hangup\n'
HEAD = "flow main:\n    on failed -> bye\n"


def main(body: str, header: str = "") -> str:
    return f"{HEAD}{header}\nstart:\n{body}{BYE}"


def test_keys_words_and_tries() -> None:
    all_is_reached(
        main(
            """\
    menu choice:
        say "For sales, press 1. For extension 100 to 199, press its number. To hear this again, press star."
        when 1, "sales", "buy something":
            say "Sales."
        when 200..299 -> bye
        when 12 -> bye
        when "*" -> start
        on noinput 1:
            say "Hello?"
        on noinput 2:
            say "Are you there?"
        on nomatch:
            say "No."
    -> bye
""",
            "    on press 0 -> bye\n    on hangup:\n        log 'gone'\n".replace("'", '"'),
        ).replace("For extension 100 to 199, press its number.", "For extension 200 to 299, press its number, or 12.")
    )


def test_choices_under_a_condition() -> None:
    all_is_reached(
        main(
            """\
    menu:
        say "For sales, press 1."
        when 1 -> bye
        if open("office"):
            say "For support, press 2."
            when 2 -> bye
"""
        )
    )


@pytest.mark.parametrize(
    "arguments",
    [
        "digits=4",
        "digits=4..8",
        'finish="*"',
        'digits=2..6 finish=""',
        "digits=6 where=(x | luhn)",
        'digits=4 where=(x == "4711")',
        'where=(x in ["1", "42", "4711"])',
        "digits=1..3 where=(x | int >= 100 and x | int < 120)",
        "digits=4 speech=true sensitive=true",
        'speech=true where=(x == "blue" or x == "7")',
    ],
)
def test_inputs(arguments: str) -> None:
    all_is_reached(main(f'    gather x {arguments}:\n        say "Your number?"\n    -> bye\n'))


def test_an_input_is_chosen_by_what_the_flow_does_with_it() -> None:
    all_is_reached(
        {
            "main.flow": main(
                """\
    gather order digits=5:
        say "The number of your order?"
    run kind_of(order) as kind
    if kind == "none":
        say "There is no such order."
    elif order | int > 90000:
        say "That is a big one."
    -> bye
"""
            ),
            "kind.flow": """\
flow kind_of(number)

start:
    match number | last:
        when 0..3:
            return "small"
        when 4, 5:
            return "middle"
        when 8:
            return "none"
        else:
            return "large"
""",
        }
    )


def test_bodies_of_services() -> None:
    all_is_reached(
        main(
            """\
    gather account digits=6:
        say "Your account?"
    fetch customer "https://crm.example/{{ account }}":
        on 404:
            say "There is no such account."
            -> bye
        on failed -> bye
    gather pin digits=4 sensitive=true:
        say "Your PIN?"
    if pin != customer.pin:
        say "That is not it."
        -> bye
    if customer.balance > 100:
        say "You owe us {{ customer.balance | money("EUR") }}, due on {{ customer.due | date }}."
    if customer.blocked -> bye
    if customer.tariff.name == "gold":
        say "Thank you."
    elif customer.orders | length > 2:
        say "You have ordered {% for order in customer.orders %}{{ order.name }}, {% endfor %}."
    if customer.orders | length == 0 or customer.note is none -> bye
    say "The last one was {{ customer.orders[0].name }}."
    -> bye
"""
        )
    )


def test_the_other_side_of_the_call() -> None:
    all_is_reached(
        main(
            """\
    transfer ["+15551230001", "+15551230002"] timeout=20s:
        on busy, noanswer:
            say "Nobody is free."
    transfer ["+15551230001", "+15551230002"] together=true:
        on completed:
            say "It was nice to have you here."
        on declined, failed -> bye
    record message transcribe=true:
        say "Speak after the tone."
        on empty -> bye
    sms "+15551239999" "{{ message.url }}":
        on failed:
            say "The text could not be sent."
    play message.url
    -> bye
"""
        )
    )


def test_rooms_and_queues() -> None:
    all_is_reached(
        main(
            """\
    conference "weekly":
        on press 5:
            say "Five."
        on full -> bye
        on failed -> bye
    queue "service" timeout=2m:
        say "You are number {{ queue.position }}."
        if queue.waited > 60:
            say "It takes long today."
        on press 1 -> bye
        on timeout, full:
            say "Nobody is free."
    -> bye
"""
        )
    )


def test_a_long_wait_in_a_queue_is_no_endless_one() -> None:
    all_is_reached(main('    queue "service" timeout=2h:\n        say "Please wait."\n    -> bye\n'))


def test_times_callers_and_directions() -> None:
    all_is_reached(
        """\
flow main:
    on failed -> bye

start:
    if call.direction == "outbound":
        match call.answered_by:
            when "machine":
                say "Please call us back."
                hangup
            when "fax":
                hangup
    if call.from == "anonymous":
        say "We cannot see your number."
    elif call.from == "+15557650009":
        say "Welcome, Ada."
    if not open("office"):
        say "We are closed."
    elif now | hour < 10:
        say "Good morning."
    match now | weekday:
        when "saturday", "sunday":
            say "Have a nice weekend."
    -> bye

bye:
    say "Goodbye."
    hangup
"""
    )


def test_parameters_are_given() -> None:
    flow = """\
flow main(patient, at, visits)

start:
    if visits > 3:
        say "Welcome back, {{ patient }}."
    say "Your appointment is on {{ at | date }}."
    hangup
"""
    all_is_reached(flow, CONFIG.replace('[numbers]\n"+15551230000" = "main"\n', ""))


def test_parameters_with_a_default_are_varied() -> None:
    flow = """\
flow main(way="plain")

start:
    match way:
        when "plain":
            say "Plain."
        when "other":
            say "Other."
        else:
            say "Neither."
    hangup
"""
    all_is_reached(flow)


def test_a_flow_that_fetches_after_the_caller_has_left() -> None:
    all_is_reached(
        main(
            """\
    menu:
        say "Press 1."
        when 1 -> bye
""",
            """\
    on hangup:
        fetch receipt "https://crm.example/left" method="POST" json={"from": call.from}:
            on failed:
                log "not told"
""",
        )
    )


def test_what_tests_take_is_not_written_again() -> None:
    flow = main('    menu:\n        say "Press 1 or 2."\n        when 1 -> bye\n        when 2 -> bye\n')
    build = built(flow)
    exploration = explore(build, "main")
    assert build.program is not None
    tested = Coverage(build.program, build.flows, exploration.flows)
    tested.taken |= {point.key for point in tested.points if point.what != "menu: key 2"}
    (script,) = write_scripts(exploration, build, tested)
    assert 'press "2"' in script.text
    assert script.why == ("flows/main.flow:8  menu: key 2",)
    assert tested.tally(Kind.OUTCOME).percent == 100


def test_many_behaviours_are_few_states() -> None:
    # Ten menus one after the other: 5 ways through each, and not 5 to the power of 10 states.
    step = 'm{n}:\n    menu c{n}:\n        say "Press 1 or 2."\n        when 1 -> m{m}\n        when 2 -> m{m}\n\n'
    steps = "".join(step.format(n=n, m=n + 1) for n in range(10))
    exploration = explore(built(f"{HEAD}\n{steps}m10:\n    -> bye\n{BYE}"), "main")
    assert exploration.states == 10 * 6
    assert exploration.stopped == ""


def test_one_answer_a_url_between_two_things_that_are_done() -> None:
    # A script cannot answer the first of these well and the second not, so this is not walked, and nothing is lost.
    flow = main(
        """\
    menu tries=1:
        say "Press 1."
        when 1
    sms "+15551239999" "One.":
        on failed -> bye
    sms "+15551239999" "Two.":
        on failed:
            say "The second text was refused."
    fetch state "https://crm.example/state"
    fetch again "https://crm.example/state"
    say "{{ state.name }}, {{ again.name }}."
    -> bye
"""
    )
    build = built(flow)
    exploration = explore(build, "main")
    assert exploration.findings == []
    assert "sms: failed was never tried" in never(exploration)
    taken = exploration.coverage.taken
    assert {point.what for point in rewritten(build, exploration).missed if point.key in taken} == set()
