"""Did you mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.diagnostics import closest

VERBS = [
    "answer",
    "conference",
    "emit",
    "fetch",
    "gather",
    "hangup",
    "log",
    "menu",
    "pause",
    "play",
    "queue",
    "record",
    "redirect",
    "reject",
    "say",
    "send",
    "sms",
    "transfer",
]
ARGUMENTS = ["bargein", "caller_id", "finish", "timeout", "tries", "wait_for_moderator", "whisper"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("sya", "say"),
        ("Say", "say"),
        ("asy", "say"),
        ("sayy", "say"),
        ("gahter", "gather"),
        ("gater", "gather"),
        ("hang_up", "hangup"),
        ("hangUp", "hangup"),
        ("hnagpu", "hangup"),
        ("transfre", "transfer"),
        ("trans", "transfer"),
        ("conf", "conference"),
        ("confernece", "conference"),
        ("recieve", None),
        ("rec", "record"),
        ("redirekt", "redirect"),
        ("rejekt", "reject"),
        ("re", None),
        ("x", None),
        ("goto", None),
        ("speak", None),
        ("", None),
    ],
)
def test_verbs(word: str, meant: str | None) -> None:
    assert closest(word, VERBS) == meant


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("callerId", "caller_id"),
        ("caller-id", "caller_id"),
        ("callerid", "caller_id"),
        ("time_out", "timeout"),
        ("timout", "timeout"),
        ("wait_for_moderater", "wait_for_moderator"),
        ("wait", "wait_for_moderator"),
        ("colour", None),
    ],
)
def test_arguments(word: str, meant: str | None) -> None:
    assert closest(word, ARGUMENTS) == meant


def test_the_word_itself_is_no_suggestion() -> None:
    assert closest("sales", ["sales"]) is None


def test_no_candidates() -> None:
    assert closest("sales", []) is None


def test_equally_near_candidates_give_the_first_in_the_alphabet() -> None:
    assert closest("sale_x", ["sale_c", "sale_b"]) == "sale_b"


@given(st.sampled_from([verb for verb in VERBS if len(verb) > 3]), st.data())
def test_two_swapped_neighbours_are_always_found(verb: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(verb) - 2))
    swapped = verb[:at] + verb[at + 1] + verb[at] + verb[at + 2 :]
    assert closest(swapped, [verb, "unlike"]) == (verb if swapped != verb else None)


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=5))
def test_a_suggestion_is_one_of_the_candidates(word: str, candidates: list[str]) -> None:
    suggestion = closest(word, candidates)
    assert suggestion is None or (suggestion in candidates and suggestion != word)
