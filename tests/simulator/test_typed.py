"""What a person types in a terminal call."""

import pytest

from flowengine.core.commands import Dial, Enqueue, Listen, Record, Wait
from flowengine.simulator.typed import UnclearError, answer, duration, understand
from flowengine.simulator.world import Answer

KEYS = Listen(timeout=5, interdigit=3, bargein=True, language="en-US")
WORDS = Listen(timeout=5, interdigit=3, bargein=True, language="en-US", speech=True)
RECORD = Record(longest=60, silence=5, finish="#", beep=True, language="en-US")
DIAL = Dial(targets=("+15551230000",), timeout=30, language="en-US")
QUEUE = Enqueue("support", joined=True)


@pytest.mark.parametrize(
    ("typed", "wait", "line"),
    [
        ("1", KEYS, 'press "1"'),
        ("12 34 #", KEYS, 'press "1234#"'),
        ("press 0", KEYS, 'press "0"'),
        ("sales please", WORDS, 'speak "sales please"'),
        ('speak "sales"', KEYS, 'speak "sales"'),
        ("1", WORDS, 'press "1"'),
        ("hangup", RECORD, "hangup"),
        ("wait", KEYS, "wait"),
        ("wait 4s", KEYS, "wait 4s"),
        ("Please call me back.", RECORD, 'leave 2s "Please call me back."'),
        ("leave 5s Call me", RECORD, 'leave 5s "Call me"'),
        ('5s "Call me" hangup', RECORD, 'leave 5s "Call me" hangup'),
        ("press #", RECORD, 'press "#"'),
        ("busy", DIAL, "peer busy"),
        ("peer noanswer", DIAL, "peer noanswer"),
        ("answered 2m", DIAL, "peer answered 120s"),
        ("answered", QUEUE, "peer answered 30s"),
        ("1", QUEUE, 'press "1"'),
    ],
)
def test_it_is_a_line_of_a_script(typed: str, wait: Wait, line: str) -> None:
    assert understand(typed, wait).line == line


@pytest.mark.parametrize(
    ("typed", "wait"),
    [("sales", KEYS), ("wait long", KEYS), ("maybe", DIAL), ("busy 3s", DIAL), ("press x", KEYS), ("answered x", DIAL)],
)
def test_it_may_be_unclear(typed: str, wait: Wait) -> None:
    with pytest.raises(UnclearError):
        understand(typed, wait)


@pytest.mark.parametrize(
    ("typed", "given", "line"),
    [
        (
            '{"name": "Ada", "vip": true}',
            Answer("u", body={"name": "Ada", "vip": True}),
            'json={"name": "Ada", "vip": true}',
        ),
        ("[1, null]", Answer("u", body=[1, None]), "json=[1, none]"),
        ("404", Answer("u", 404), "status=404"),
        ("fails", Answer("u", fails=True), "fails"),
        ("hello", Answer("u", body="hello"), 'text="hello"'),
    ],
)
def test_an_answer_of_a_service(typed: str, given: Answer, line: str) -> None:
    assert answer("u", typed) == (given, f'given fetch "u" {line}')


def test_durations() -> None:
    assert [duration(text) for text in ("500ms", "5s", "2m", "1h", "5", "s", "5 s")] == [
        0.5,
        5,
        120,
        3600,
        None,
        None,
        None,
    ]
