"""Reading documents: both forms mean the same, and no bytes at all make the reader fail in another way."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.sandbox.documents.build import build
from flowengine.sandbox.documents.node import DocumentError, read
from flowengine.sandbox.documents.verbs import Dial, Gather, QueueTarget, Say, Target, Verb


def _verbs(document: str, content_type: str = "text/xml") -> tuple[Verb, ...]:
    return build(read(document.encode(), content_type))


@pytest.mark.parametrize(
    ("xml", "json"),
    [
        (
            "<Say voice='a' language='de-DE' loop='2'>Hi</Say>",
            '{"say": {"text": "Hi", "voice": "a", "language": "de-DE", "loop": 2}}',
        ),
        ("<Say>Hi</Say>", '{"say": "Hi"}'),
        ("<Say>Hi <break/>you</Say>", '{"say": "<speak>Hi <break/>you</speak>"}'),
        ("<Play>/a.wav</Play>", '{"play": {"url": "/a.wav"}}'),
        ("<Play digits='1w2'/>", '{"play": {"digits": "1w2"}}'),
        ("<Pause length='2'/>", '{"pause": {"length": 2}}'),
        (
            "<Gather input='dtmf speech' numDigits='3' finishOnKey='' actionOnEmptyResult='true'><Pause/></Gather>",
            (
                '{"gather": {"input": ["dtmf", "speech"], "num_digits": 3, "finish_on_key": "",'
                ' "action_on_empty_result": true, "prompts": [{"pause": {}}]}}'
            ),
        ),
        ("<Record maxLength='9' playBeep='false'/>", '{"record": {"max_length": 9, "play_beep": false}}'),
        ("<Dial timeout='9'>+1555</Dial>", '{"dial": {"number": "+1555", "timeout": 9}}'),
        (
            "<Dial><Number url='/w'>+1555</Number><Sip>sip:a@b</Sip></Dial>",
            '{"dial": {"numbers": [{"number": "+1555", "url": "/w"}], "sip": "sip:a@b"}}',
        ),
        (
            "<Dial><Conference startConferenceOnEnter='false'>r</Conference></Dial>",
            '{"dial": {"conference": {"name": "r", "start_conference_on_enter": false}}}',
        ),
        ("<Dial><Queue>q</Queue></Dial>", '{"dial": {"queue": "q"}}'),
        ("<Enqueue waitUrl='/w'>q</Enqueue>", '{"enqueue": {"queue": "q", "wait_url": "/w"}}'),
        ("<Redirect method='GET'>/r</Redirect>", '{"redirect": {"url": "/r", "method": "GET"}}'),
        ("<Reject reason='busy'/>", '{"reject": {"reason": "busy"}}'),
        ("<Answer/><Leave/><Hangup/>", '{"answer": {}}, {"leave": null}, {"hangup": true}'),
    ],
)
def test_both_forms_mean_the_same(xml: str, json: str) -> None:
    verbs = _verbs(f"<Response>{xml}</Response>")
    assert verbs
    assert verbs == _verbs(f'{{"actions": [{json}]}}', "application/json; charset=utf-8")


def test_defaults() -> None:
    [gather] = _verbs("<Response><Gather><Say> One\n  two </Say></Gather></Response>")
    assert isinstance(gather, Gather)
    assert gather.prompts == (Say("One two", "", "", 1),)
    assert (gather.timeout, gather.interdigit_timeout, gather.finish_on_key, gather.num_digits) == (5, 5, "#", None)
    [dial] = _verbs("<Response><Dial>+1555</Dial></Response>")
    assert dial == Dial((Target("+1555", "", "POST", "", ""),))
    [served] = _verbs("<Response><Dial><Queue>q</Queue></Dial></Response>")
    assert served == Dial(QueueTarget("q"))


@pytest.mark.parametrize("body", [b"", b"  \n", b"<Response/>"])
def test_documents_without_a_verb(body: bytes) -> None:
    assert read(body, "application/xml") == ()


@pytest.mark.parametrize(
    ("document", "content_type"),
    [
        ("<Response>" + "<Say>" * 9000 + "</Say>" * 9000 + "</Response>", "text/xml"),
        ('{"actions": ' + "[" * 100_000, "application/json"),
        ("<Response>" + "x" * 1_048_576 + "</Response>", "text/xml"),
    ],
)
def test_deep_and_long_documents_are_refused(document: str, content_type: str) -> None:
    with pytest.raises(DocumentError):
        _verbs(document, content_type)


_NAMES = st.sampled_from(["Say", "Gather", "Dial", "Number", "Conference", "Record", "Play", "Redirect", "Other"])
_ATTRIBUTES = st.dictionaries(
    st.sampled_from(["timeout", "numDigits", "finishOnKey", "loop", "input", "beep", "maxLength", "method", "digits"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["C"], exclude_characters="<&'\""), max_size=6),
)
_XML = st.recursive(
    st.text("ab 1+", max_size=5),
    lambda inner: st.builds(
        lambda name, attributes, children: (
            f"<{name} "
            + " ".join(f"{key}='{value}'" for key, value in attributes.items())
            + f">{''.join(children)}</{name}>"
        ),
        _NAMES,
        _ATTRIBUTES,
        st.lists(inner, max_size=3),
    ),
    max_leaves=6,
)


@given(
    _XML.map(lambda inner: f"<Response>{inner}</Response>".encode()) | st.binary(),
    st.sampled_from(["text/xml", "application/json"]),
)
def test_any_document_is_read_or_refused(body: bytes, content_type: str) -> None:
    with contextlib.suppress(DocumentError):  # Anything else that is raised fails the test.
        assert all(isinstance(verb, Verb) for verb in build(read(body, content_type)))
