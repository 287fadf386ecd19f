"""Texts in other languages: what a caller hears, and what is found wrong in the catalogues."""

from __future__ import annotations

import random

import pytest

from flowengine.compiler.translation.catalogue import read_catalogue
from flowengine.core.commands import Play, Say, Text
from flowengine.core.languages import fallbacks, in_language, recorded, recordings_of
from flowengine.language.parser import parse_flow
from flowengine.verbs.language import EXAMPLE
from tests.compiler.catalogues import APOLOGY, file_of, found, heard, lines, project, turn
from tests.conftest import SEED

WELCOME = 'msgid "Welcome."\nmsgstr "{}"\n'
MINUTES = """\
msgid "You have {{ n }} minute."
msgid_plural "You have {{ n }} minutes."
"""
SPANISH = f"""\
{MINUTES}msgstr[0] "Tiene un minuto."
msgstr[1] "Tiene {{{{ n }}}} minutos."
"""
POLISH = f"""\
{MINUTES}msgstr[0] "Masz {{{{ n }}}} minutę."
msgstr[1] "Masz {{{{ n }}}} minuty."
msgstr[2] "Masz {{{{ n }}}} minut."
"""
SAY_MINUTES = 'say "You have {{ n }} {{ n | plural("minute", "minutes") }}."'


# ------------------------------------------------------------------------------------------------------ what is heard


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Bienvenido."),
        ("es-US", "Bienvenido."),
        ("es-MX", "Pásele."),
        ("es-419", "Bienvenido."),
        ("de", "Welcome."),
        ("en-US", "Welcome."),
    ],
)
def test_the_calls_language_picks_the_text(language: str, text: str) -> None:
    catalogues = {"es": WELCOME.format("Bienvenido."), "es_MX": WELCOME.format("Pásele.")}
    built = project(lines(f'language "{language}"', 'say "Welcome."'), catalogues)
    assert heard(built) == [Say(text, language)]


def test_set_call_language_does_the_same_as_the_verb() -> None:
    catalogues = {"es": WELCOME.format("Bienvenido.")}
    built = project(lines('say "Welcome."', 'set call.language = "es"', 'say "Welcome."'), catalogues)
    assert heard(built) == [Say("Welcome.", "en-US"), Say("Bienvenido.", "es")]


def test_the_language_may_be_worked_out() -> None:
    flow = lines('language (["de", "es"][number])', 'say "Welcome."', header="flow main(number=0)")
    built = project(flow, {"es": WELCOME.format("Bienvenido.")})
    assert heard(built, number=1) == [Say("Bienvenido.", "es")]


def test_a_worked_out_language_that_is_none_is_an_error() -> None:
    built = project(lines("language (words)", 'say "Welcome."', header='flow main(words="Klingon")'), {})
    assert heard(built) == [Say("Sorry.", "en-US")]


def test_a_literal_language_that_is_none_is_found() -> None:
    assert found(project(lines('language "Spanish"'), {})) == [("FE302", "flows/main.flow", 4, '"Spanish"')]


def test_the_example_of_the_verb() -> None:
    assert parse_flow(EXAMPLE, "example.flow").diagnostics == ()
    built = project(EXAMPLE.replace("language_example", "main"), {})
    assert heard(built) == [Say("Bienvenido.", "es-US")]


def test_a_text_in_a_language_of_its_own_stays() -> None:
    built = project(lines('language "es"', 'say "Welcome." language="en-GB"'), {"es": WELCOME.format("Bienvenido.")})
    assert heard(built) == [Say("Welcome.", "en-GB")]


@pytest.mark.parametrize(
    ("count", "spanish", "polish"),
    [
        (1, "Tiene un minuto.", "Masz 1 minutę."),
        (2, "Tiene 2 minutos.", "Masz 2 minuty."),
        (5, "Tiene 5 minutos.", "Masz 5 minut."),
        ("22", "Tiene 22 minutos.", "Masz 22 minuty."),
        (1.5, "Tiene 1.5 minutos.", "Masz 1.5 minut."),
    ],
)
def test_the_form_follows_the_number(count: int, spanish: str, polish: str) -> None:
    flow = lines('language "es"', SAY_MINUTES, 'language "pl"', SAY_MINUTES, header="flow main(n=1)")
    built = project(flow, {"es": SPANISH, "pl": POLISH})
    assert found(built) == []
    assert heard(built, n=count) == [Say(spanish, "es"), Say(polish, "pl")]


def test_without_a_catalogue_the_text_itself_has_both_forms() -> None:
    built = project(lines(SAY_MINUTES, header="flow main(n=1)"), {})
    assert heard(built, n=1) == [Say("You have 1 minute.", "en-US")]
    assert heard(built, n=3) == [Say("You have 3 minutes.", "en-US")]


def test_a_text_that_counts_two_things_is_in_the_catalogue_as_it_is_written() -> None:
    text = '{{ a }} {{ a | plural("cat", "cats") }}, {{ b }} {{ b | plural("dog", "dogs") }}'
    quoted = text.replace('"', '\\"')
    translated = quoted.replace("cat", "Katze").replace("Katzes", "Katzen").replace("dog", "Hund").replace("ds", "de")
    built = project(
        lines('language "de"', f'say "{text}"', header="flow main(a=1, b=2)"),
        {"de": f'msgid "{quoted}"\nmsgstr "{translated}"\n'},
    )
    assert found(built) == []
    assert heard(built) == [Say("1 Katze, 2 Hunde", "de")]


def test_text_messages_whispers_and_the_apology_are_translated() -> None:
    texts = 'msgid "Hello."\nmsgstr "Hola."\n\nmsgid "A call."\nmsgstr "Una llamada."\n'
    flow = lines(
        'language "es"',
        'sms call.from "Hello."',
        'sms "+15551239999" "Hello."',
        'transfer "+15551230001" whisper="A call."',
    )
    made = turn(project(flow, {"es": texts}))
    sent = [(effect.to, effect.text) for effect in made.effects if isinstance(effect, Text)]
    assert sent == [("+15557650001", "Hola."), ("+15551239999", "Hello.")]
    assert getattr(made.wait, "whisper", None) == "Una llamada."
    failing = project(lines('language "es"', 'say "{{ call.headers.missing }}!"'), {"es": ""})
    assert heard(failing) == [Say("…", "es")]


def test_what_is_put_into_markup_is_escaped_in_a_translation_too() -> None:
    texts = 'msgid "<speak>Dear {{ name }}</speak>"\nmsgstr "<speak>Querido {{ name }}</speak>"\n'
    flow = lines('language "es"', 'say "<speak>Dear {{ name }}</speak>"', header='flow main(name="A&B")')
    assert heard(project(flow, {"es": texts})) == [Say("<speak>Querido A&amp;B</speak>", "es", ssml=True)]


def test_a_quoted_text_and_one_of_several_lines_are_found_in_the_catalogue() -> None:
    long = '"""\n        One.\n        Two.\n        """'
    flow = lines('language "es"', 'say "Say \\"yes\\"."', f"say {long}")
    texts = 'msgid "Say \\"yes\\"."\nmsgstr "Diga \\"sí\\"."\n\nmsgid "One.\\nTwo."\nmsgstr ""\n"Uno.\\n"\n"Dos."\n'
    built = project(flow, {"es": texts})
    assert found(built) == []
    assert heard(built) == [Say('Diga "sí".', "es"), Say("Uno.\nDos.", "es")]


def test_sensitive_values_stay_masked() -> None:
    flow = """\
flow main:
    on failed -> bye

start:
    language "es"
    gather pin digits=4 sensitive=true:
        say "Your PIN?"
    log "{{ pin }}"
    -> bye

bye:
    hangup
"""
    built = project(flow, {"es": 'msgid "Your PIN?"\nmsgstr "¿Su PIN?"\n'})
    assert [finding.code for finding in built.diagnostics] == ["FE604"]


# --------------------------------------------------------------------------------------------------------- recordings

AUDIO = ("es/welcome.wav", "pt-BR/welcome.wav", "jingle.wav", "es/jingle.wav")


@pytest.mark.parametrize(
    ("language", "commands"),
    [
        ("es-US", [Play("es/welcome.wav"), Play("es/jingle.wav")]),
        ("pt-BR", [Play("pt-BR/welcome.wav"), Play("jingle.wav")]),
        ("pt-PT", [Say("Welcome.", "pt-PT"), Play("jingle.wav")]),
        ("en-US", [Say("Welcome.", "en-US"), Play("jingle.wav")]),
    ],
)
def test_a_recording_is_played_where_there_is_one(language: str, commands: list[Say | Play]) -> None:
    flow = lines(f'language "{language}"', 'say "Welcome." audio="welcome.wav"', 'play "jingle.wav"')
    assert heard(project(flow, {}, audio=AUDIO)) == commands


def test_a_recording_for_some_languages_only_is_missing_for_the_others() -> None:
    audio = ("es/bell.wav", "en/bell.wav")
    assert found(project(lines('play "bell.wav"'), {"es": ""}, audio=audio)) == []
    assert found(project(lines('play "bell.wav"'), {"es": "", "fr": ""}, audio=audio)) == [
        ("FE210", "flows/main.flow", 4, '"bell.wav"')
    ]


def test_recordings_of_texts_that_are_not_there_or_cannot_be_right() -> None:
    built = project(
        lines('say "Welcome." audio="welcme.wav"', 'say "It is {{ now | time }}." audio="welcome.wav"'), {}, audio=AUDIO
    )
    assert found(built) == [
        ("FE210", "flows/main.flow", 4, '"welcme.wav"'),
        ("FE320", "flows/main.flow", 5, '"welcome.wav"'),
    ]
    assert built.diagnostics[0].hint == "did you mean `welcome.wav`?"


# ----------------------------------------------------------------------------------------------------- what is found


def test_nothing_is_asked_of_a_project_without_catalogues() -> None:
    assert found(project(lines('say "Welcome."'), {})) == []


def test_a_missing_translation_is_told_with_its_step() -> None:
    built = project(lines('say "Welcome."', 'say "{{ 1 + 1 }}"'), {"es": "", "de": WELCOME.format("Willkommen.")})
    assert found(built) == [("FE353", "flows/main.flow", 4, '"Welcome."')]
    assert built.diagnostics[0].message == (
        "this text has no translation into `es`: it is heard in the step `start` of `main`"
    )
    assert not built.failed


@pytest.mark.parametrize(
    "text", ['msgid "Welcome."\nmsgstr ""\n', '#, fuzzy\nmsgid "Welcome."\nmsgstr "Bienvenida."\n']
)
def test_empty_and_fuzzy_translations_are_missing(text: str) -> None:
    built = project(lines('language "es"', 'say "Welcome."'), {"es": text})
    assert [code for code, *_ in found(built)] == ["FE353"]
    assert heard(built) == [Say("Welcome.", "es")]


def test_the_apology_is_missing_where_it_is_written() -> None:
    built = project(lines("answer"), {"es": ""}, apology=False)
    assert found(built) == [("FE353", "flowengine.toml", 2, '"Sorry."')]


def test_a_text_in_the_flows_own_language_needs_no_translation() -> None:
    flow = lines('say "Bienvenido."', header='flow main:\n    language "es-MX"')
    assert found(project(flow, {"es": ""})) == []
    assert found(project(lines('say "Welcome."'), {"en-GB": ""})) == []


def test_a_country_needs_only_what_differs_there() -> None:
    built = project(lines('say "Welcome."'), {"es": WELCOME.format("Bienvenido."), "es-MX": ""})
    assert found(built) == []


def test_a_missing_translation_may_be_allowed() -> None:
    flow = lines("# allow FE353: a name", 'say "Acme."')
    assert found(project(flow, {"es": ""})) == []


@pytest.mark.parametrize(
    ("translation", "code", "underlined"),
    [
        ("Hola {{ name", "FE318", "Hola {{ name"),
        ("Hola {{ name | uper }}", "FE318", "Hola {{ name | uper }}"),
        ("Hola {{ name | }}", "FE318", " "),
        ("{% if name %}Hola {{ name }}", "FE318", "{% if name %}"),
        ("<speak>Hola {{ name }}</speak>", "FE318", "<speak>Hola {{ name }}</speak>"),
        ("Hola {{ nombre }} {{ name }}", "FE319", "Hola {{ nombre }} {{ name }}"),
        ("Hola", "FE319", "Hola"),
        ("{% set x = name %}Hola {{ x }}", None, ""),
        ("{{ name | upper }}, hola", None, ""),
    ],
)
def test_a_translation_must_fit_its_text(translation: str, code: str | None, underlined: str) -> None:
    flow = lines('say "Hello {{ name }}"', header='flow main(name="Ada")')
    built = project(flow, {"es": f'msgid "Hello {{{{ name }}}}"\nmsgstr "{translation}"\n'})
    expected = [] if code is None else [(code, file_of("es"), 5, underlined)]
    assert found(built) == expected
    assert built.failed is (code is not None)


def test_keys_of_a_value_are_told_apart() -> None:
    flow = lines('say "{{ a.name }} owes {{ a.sum }}"', header='flow main(a={"name": "Ada", "sum": 1})')
    built = project(flow, {"es": 'msgid "{{ a.name }} owes {{ a.sum }}"\nmsgstr "{{ a.name }} debe {{ a.name }}"\n'})
    assert [(code, line) for code, _, line, _ in found(built)] == [("FE319", 5)]


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        (f'{MINUTES}msgstr[0] "Un minuto."\nmsgstr[1] "Minutos."\n', 'say "You have {{ n }} minute."'),
        ('msgid "You have {{ n }} minute."\nmsgstr "Tiene {{ n }} minuto."\n', SAY_MINUTES),
    ],
    ids=["forms for a text that has one", "one form for a text that counts"],
)
def test_plural_forms_on_one_side_only(text: str, statement: str) -> None:
    built = project(lines(statement, header="flow main(n=1)"), {"es": text})
    assert [code for code, *_ in found(built)] == ["FE318"]


def test_a_wrapped_translation_is_underlined_where_it_begins() -> None:
    text = 'msgid "Welcome."\nmsgstr ""\n"Bien"\n"venido {{"\n'
    assert found(project(lines('say "Welcome."'), {"es": text})) == [("FE318", file_of("es"), 5, 'msgstr ""')]


@pytest.mark.parametrize(
    ("language", "text", "line"),
    [
        ("es", 'msgid "Welcome."\nmsgstr Bienvenido.\n', 5),
        ("es", 'msgid "Welcome."\n', 1),
        ("es", 'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=(n != ;\\n"\n', 1),
        ("klingon", WELCOME.format("nuqneH"), 1),
    ],
)
def test_a_catalogue_that_cannot_be_read(language: str, text: str, line: int) -> None:
    built = project(lines('say "Welcome."'), {language: text})
    (finding,) = built.diagnostics
    assert (finding.code, finding.span.file) == ("FE317", file_of(language))
    assert finding.span.line >= line


def test_whatever_stands_in_a_catalogue_nothing_is_raised() -> None:
    dice = random.Random(SEED)
    whole = (APOLOGY + SPANISH + '#, fuzzy\nmsgid "a"\nmsgstr "b"\n#~ msgid "c"\n#~ msgstr "d"\n').split("\n")
    for _ in range(500):
        rows = list(whole)
        for _ in range(dice.randint(1, 4)):
            place = dice.randrange(len(rows))
            row = rows.pop(place)
            if dice.random() < 0.7:
                cut = dice.randrange(len(row) + 1)
                rows.insert(place, row[:cut] + dice.choice(['"', "\\", "[9]", "{{", "", "msgid"]) + row[cut + 1 :])
        catalogue, problems = read_catalogue(file_of("es"), "\n".join(rows))
        assert (catalogue is None) == bool(problems)


# ------------------------------------------------------------------------------------------------------------- builds


def test_a_changed_catalogue_is_another_version() -> None:
    flow = lines('language "es"', 'say "Welcome."')
    before, after = (project(flow, {"es": WELCOME.format(text)}) for text in ("Hola.", "Buenas."))
    assert heard(before) == [Say("Hola.", "es")]
    assert heard(after) == [Say("Buenas.", "es")]
    assert heard(before) == [Say("Hola.", "es")]
    assert before.sources.digest() != after.sources.digest()
    assert [heard(project(flow, {})), heard(after)] == [[Say("Welcome.", "es")], [Say("Buenas.", "es")]]


def test_what_a_language_falls_back_to() -> None:
    assert fallbacks("zh-Hant_TW") == ("zh-hant-tw", "zh-hant", "zh")
    assert in_language("de-AT", {"de": 1, "de-at": 2}) == 2
    assert in_language("fr", {"de": 1}) is None
    files = recordings_of(["welcome.wav", "es-MX/menu/welcome.wav"])
    assert recorded("menu/welcome.wav", "es-MX", files) == "es-MX/menu/welcome.wav"
    assert recorded("welcome.wav", "es-MX", files) is None
