"""Documents that many calls share: each with its own URLs, and no more of them kept than there is room for."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from itertools import islice, permutations

import pytest

from flowengine.carriers.telefonie import json_form, twiml
from flowengine.carriers.telefonie.document import Document
from flowengine.carriers.telefonie.rendering import Links, elements, place
from flowengine.carriers.telefonie.skeletons import Skeletons
from flowengine.core.commands import Answer, Enqueue, Hangup, Listen, Play, Record, Say, Wait

_HELLO = (Answer(), Say("Hello", "en-US"), Play("hello.wav"))
_WAITS: tuple[Wait, ...] = (
    Listen(5, 3, True, "en-US", keys=("1", "2")),
    Record(120, 5, "#", True, "en-US"),
    Enqueue("support"),
    Hangup(),
)


@pytest.mark.parametrize("render", [twiml.render, json_form.render])
@pytest.mark.parametrize("wait", _WAITS, ids=lambda wait: type(wait).__name__)
@pytest.mark.parametrize("base", ["", "https://ivr.example/a&b"])
def test_each_call_has_its_own_urls(render: Callable[[Document], str], wait: Wait, base: str) -> None:
    skeletons = Skeletons(render, base, b"key")
    for call in ("CA1", "CA2", "a b/<&>"):
        of = place("token", call, 3)
        alone = render(elements(_HELLO, wait, Links(base, of)))
        for _ in range(2):
            assert skeletons.document(_HELLO, wait, of, type_ahead=True) == alone


def test_a_document_that_was_left_out_is_made_again() -> None:
    skeletons = Skeletons(twiml.render, "", b"key")
    first = skeletons.document(_HELLO, Hangup(), "t/CA1/1", type_ahead=True)
    for number in range(1100):
        said = skeletons.document((Say(f"{number}", "en-US"),), Hangup(), "t/CA1/1", type_ahead=True)
        assert f">{number}<" in said
    assert skeletons.document(_HELLO, Hangup(), "t/CA1/1", type_ahead=True) == first


def test_long_documents_do_not_take_the_memory() -> None:
    skeletons = Skeletons(twiml.render, "", b"key")
    texts = [Say(f"{number}" + "x" * 9_990, "en-US") for number in range(10)]
    tracemalloc.start()
    try:
        for said in islice(permutations(texts), 200):
            document = skeletons.document(said, _WAITS[0], "t/CA1/1", type_ahead=True)
            assert len(document) > 99_000
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 5_000_000
