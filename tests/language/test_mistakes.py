"""What a beginner gets wrong is told in one finding: its code, the place that is underlined, and what to write.

Each mistake is made at two depths: as the first statement of a step, and below another one in a nested block.
"""

from __future__ import annotations

import pytest

from flowengine.diagnostics import Diagnostic
from flowengine.language.calls import parse_calls
from flowengine.language.parser import parse_flow

STATEMENTS = [
    # Written, code, underlined, part of the message or hint.
    ('say "Hello', "FE103", '"Hello', "never closed"),
    ('say Hello"', "FE103", '"', "never closed"),
    ("say 'Hello'", "FE115", "'Hello'", '"Hello"'),
    ("say “Hello”", "FE113", "“", "straight"),
    ("say \u2018Hello\u2019", "FE113", "\u2018", "straight"),
    ('say "C:\\dir"', "FE121", "\\d", "no escape"),
    ('say "He said "hi" to me"', "FE127", "h", '\\"'),
    ('say("Hello")', "FE127", "(", "space"),
    ('say: "Hello"', "FE128", '"Hello"', 'write `say "Hello"`'),
    ('say "a",', "FE100", ",", "no comma"),
    ('say "a";', "FE114", ";", "line of its own"),
    ('say "a" + b', "FE124", "+", "parentheses"),
    ('say "a" -> x', "FE100", "->", "next line"),
    ("say {{ name }}", "FE100", "}", "inside a text"),
    ("say $name", "FE114", "$", "its name alone"),
    ('say "{{ name }"', "FE105", "{{", "`}}`"),
    ('say "{{ }}"', "FE126", "{{ }}", "empty"),
    ('say "{% if x %}a"', "FE105", "{% if x %}", "endif"),
    ('say "{% endif %}"', "FE129", "{% endif %}", "nothing"),
    ("say \"{% include 'x' %}\"", "FE129", "{% include 'x' %}", "include"),
    ('say "{{ a ** 2 }}"', "FE117", "*", "`**`"),
    ('say voice="x" "b"', "FE123", '"b"', "before `voice=`"),
    ("gather x, digits=4", "FE100", ",", "no comma"),
    ("gather x digits: 4", "FE128", "4", "write `digits=4`"),
    ("gather x digits=4-8", "FE112", "4-8", "`4..8`"),
    ("gather x digits=4...8", "FE112", "4...8", "`4..8`"),
    ("gather x timeout=5 s", "FE112", "5 s", "`5s`"),
    ("gather x timeout=5sec", "FE112", "5sec", "`5s`"),
    ("gather x where=account | luhn", "FE124", "|", "parentheses"),
    ("gather x timeout=", "FE126", "", "missing"),
    ("pause 2 minutes", "FE112", "2 minutes", "`2m`"),
    ("pause 2,5s", "FE112", ",5s", "`2.5s`"),
    ("record message-1", "FE122", "message-1", "`message_1`"),
    ("transfer +15551234567", "FE100", "+15551234567", '`"+15551234567"`'),
    ("transfer sip:bob@acme.example", "FE100", "bob@acme.example", '"sip:bob@acme.example"'),
    ("// a comment", "FE100", "// a comment", "`# a comment`"),
    ("/* a comment */", "FE100", "/* a comment */", "`# a comment`"),
    ("-- a comment", "FE100", "-- a comment", "`# a comment`"),
    ("=> main", "FE100", "=>", "`-> main`"),
    ("--> main", "FE100", "-->", "`-> main`"),
    ("> main", "FE100", ">", "`-> main`"),
    ("->", "FE126", "", "step"),
    ("-> end of call", "FE122", "of call", "one word"),
    ("...", "FE100", "...", "at least one"),
    ('"Hello"', "FE100", '"Hello"', "begins with a word"),
    ("1 -> sales", "FE100", "1", "`when 1`"),
    ("x = 1", "FE100", "=", "`set x = 1`"),
    ("x = run verify()", "FE100", "=", "`run verify() as x`"),
    ("x += 1", "FE117", "+=", "`set x = x + 1`"),
    ("x++", "FE117", "++", "`set x = x + 1`"),
    ("set x 1", "FE100", "1", "`set x = 1`"),
    ("set x == 1", "FE109", "=", "write `=`"),
    ("set x =", "FE126", "", "value is missing"),
    ("set if = 3", "FE122", "if", "word of the language"),
    ("set a-b = 3", "FE122", "-b", "`a_b`"),
    ("set x = True", "FE117", "True", "`true`"),
    ("set x = None", "FE117", "None", "`none`"),
    ("set x = null", "FE117", "null", "`none`"),
    ("set x = [1, 2", "FE104", "[", "`]`"),
    ("set x = 1)", "FE104", ")", "closes nothing"),
    ("set x = a[1:2]", "FE117", ":", "part of a list"),
    ("set x = (1, 2)", "FE117", ",", "`[a, b]`"),
    ("set x = 1, 2", "FE117", ",", "list"),
    ("set x = a.items()", "FE117", "(", "methods"),
    ("set x = lambda y: y", "FE117", "y", "lambda"),
    ("set x = a ? b : c", "FE114", "?", "`a if test else b`"),
    ("set x = if b then a else c", "FE117", "b", "`a if test else b`"),
    ('set x = f"hello"', "FE117", '"hello"', "`~`"),
    ('set x = "a" "b"', "FE100", '"b"', "`~`"),
    ("set x = 3..4", "FE117", "3..4", "range"),
    ("set x = .5", "FE112", ".5", "`0.5`"),
    ("set x = 1_000", "FE112", "1_000", "`1000`"),
    ("set x = 0x10", "FE112", "0x10", "no number"),
    ("set x = größe", "FE114", "öße", "letters"),
    ('fetch x "u" json={"a" = 1}', "FE100", "=", "`:`"),
    ('fetch x "u" json={"a": 1,, "b": 2}', "FE100", ",", "too many"),
    ("run verify() into x", "FE100", "into", "`as x`"),
    ('run "verify"', "FE100", '"verify"', "`run verify()`"),
    ("fail bad news", "FE100", "news", '`fail "…"`'),
    ("else -> b", "FE116", "->", "`if`"),
    ("if x = 1 -> b", "FE109", "=", "`==`"),
    ("if x && y -> b", "FE114", "&&", "`and`"),
    ("if x || y -> b", "FE114", "|", "`or`"),
    ("if !x -> b", "FE114", "!", "`not`"),
    ("if x: -> b", "FE128", "->", "take the `:` away"),
    ('if x: say "a"', "FE128", 'say "a"', "next line"),
    ("if x -> b c", "FE122", "c", "one word"),
]
IN_MENU = [
    ("when 1: -> x", "FE128", "->", "take the `:` away"),
    ("when 1 => x", "FE100", "=>", "`-> x`"),
    ("when 1 or 2 -> x", "FE100", "or", "comma"),
    ('when "a" "b" -> x', "FE100", '"', "comma"),
    ("when 1-5 -> x", "FE112", "-5", "`1..5`"),
    ("when * -> x", "FE100", "*", '`"*"`'),
    ("when -> x", "FE100", "->", "`when 1 -> step`"),
    ("on failed: -> x", "FE128", "->", "take the `:` away"),
    ("on -> x", "FE100", "->", "`on failed -> step`"),
    ("1 -> x", "FE100", "1", "`when 1`"),
]


def underlined(text: str, finding: Diagnostic) -> str:
    """What the finding underlines: it stands on one line."""
    assert finding.span.line == finding.span.end_line
    return text.split("\n")[finding.span.line - 1][finding.span.column - 1 : finding.span.end_column - 1]


def check(text: str, line: int, code: str, place: str, said: str) -> None:
    findings = parse_flow(text, "a.flow").diagnostics
    assert [finding.code for finding in findings] == [code], findings
    [finding] = findings
    assert finding.span.line == line
    assert underlined(text, finding).strip() == place
    assert said in f"{finding.message} {finding.hint}"


@pytest.mark.parametrize(("written", "code", "place", "said"), STATEMENTS, ids=[case[0] for case in STATEMENTS])
def test_as_the_first_statement(written: str, code: str, place: str, said: str) -> None:
    check(f"flow a\n\nstart:\n    {written}\n    hangup\n", 4, code, place, said)


@pytest.mark.parametrize(("written", "code", "place", "said"), STATEMENTS, ids=[case[0] for case in STATEMENTS])
def test_in_a_nested_block(written: str, code: str, place: str, said: str) -> None:
    text = f'flow a\n\nstart:\n    if x:\n        say "Hi."\n        {written}\n    hangup\n\nb:\n    hangup\n'
    check(text, 6, code, place, said)


@pytest.mark.parametrize(("written", "code", "place", "said"), IN_MENU, ids=[case[0] for case in IN_MENU])
def test_in_a_menu(written: str, code: str, place: str, said: str) -> None:
    check(f"flow a\n\nstart:\n    menu:\n        {written}\n    hangup\n", 5, code, place, said)
    menu = f'        menu:\n            say "Hi."\n            when 9 -> b\n            {written}\n'
    check(f"flow a\n\nstart:\n    if x:\n{menu}    hangup\n", 8, code, place, said)


@pytest.mark.parametrize(
    ("text", "line", "code", "said"),
    [
        ("", 1, "FE101", "no flow"),
        ("# nothing\n", 1, "FE101", "no flow"),
        ("start:\n    hangup\n", 1, "FE101", "`flow NAME`"),
        ("Flow x\n\nstart:\n    hangup\n", 1, "FE101", "small letters"),
        ('{"flow": "a"}\n', 1, "FE101", "`flow NAME`"),
        ("flow\n\nstart:\n    hangup\n", 1, "FE126", "name is missing"),
        ('flow "x"\n\nstart:\n    hangup\n', 1, "FE122", "without quotes"),
        ("flow my flow\n\nstart:\n    hangup\n", 1, "FE122", "`flow my_flow`"),
        ("flow my-flow\n\nstart:\n    hangup\n", 1, "FE122", "`my_flow`"),
        ("flow x (a)\n\nstart:\n    hangup\n", 1, "FE127", "`flow x(`"),
        ("flow x(a: 1)\n\nstart:\n    hangup\n", 1, "FE100", "`a=1`"),
        ("flow x(a, b\n\nstart:\n    hangup\n", 1, "FE104", "`)`"),
        ('flow x\n    language "en"\n\nstart:\n    hangup\n', 1, "FE107", "colon"),
        ("flow x:\n\nstart:\n    hangup\n", 1, "FE108", "empty"),
        ('flow x:\n    language = "en"\n\nstart:\n    hangup\n', 2, "FE100", '`language "en"`'),
        ('flow x:\n    language: "en"\n\nstart:\n    hangup\n', 2, "FE128", '`language "en"`'),
        ("flow x:\n    -> b\n\nstart:\n    hangup\n", 2, "FE128", "header"),
        ("flow x\n\nstart\n    hangup\n", 3, "FE107", "colon"),
        ("flow x\n\nstart: hangup\n", 3, "FE128", "next line"),
        ("flow x\n\nstart:\n\nother:\n    hangup\n", 3, "FE108", "empty"),
        ("flow x\n\nstart:\n    hangup\n\nflow b\n", 6, "FE119", "file of its own"),
        ("flow x\n\nif:\n    hangup\n", 3, "FE122", "word of the language"),
        ("flow x\n\nstart:\n\thangup\n", 4, "FE102", "spaces"),
        ("flow x\n\nstart:\n    say \"a\"\n      say \"b\"\n    hangup\n", 5, "FE106", "deeper"),
        ("flow x\n\nstart:\n    if a:\n        answer\n      say \"b\"\n    hangup\n", 6, "FE111", "none of the"),
        ("flow x\n\nstart:\n    if a\n        say \"a\"\n    hangup\n", 4, "FE107", "colon"),
        ("flow x\n\nstart:\n    if a then\n        say \"a\"\n    hangup\n", 4, "FE107", "colon"),
        ("flow x\n\nstart:\n    if a:\n    say \"a\"\n    hangup\n", 4, "FE108", "empty"),
        ("flow x\n\nstart:\n    menu\n        when 1 -> b\n    hangup\n", 4, "FE107", "colon"),
        ("flow x\n\nstart:\n    if a:\n        hangup\n    else if b:\n        hangup\n", 6, "FE110", "elif"),
        ("flow x\n\nstart:\n    if a:\n        hangup\n    elsif b:\n        hangup\n", 6, "FE110", "elif"),
        ("flow x\n\nstart:\n    -> b:\n        hangup\n", 4, "FE128", "colon"),
        ("flow x\n\nstart:\n    menu:\n        when 1\n        else -> b\n    hangup\n", 6, "FE116", "nomatch"),
        ("flow x\n\nstart:\n    menu:\n        else -> b\n    hangup\n", 5, "FE116", "nomatch"),
        ("flow x\n\nstart:\n    while a:\n        hangup\n", 4, "FE117", "loops"),
        ("flow x\n\nstart:\n    match a:\n        case 1 -> b\n    hangup\n", 5, "FE128", "`when`"),
        ("flow x\n\nstart:\n    say \"\u202ea\"\n    hangup\n", 4, "FE125", "U+202E"),
        ("flow x\n\nstart:\n    say \"\0a\"\n    hangup\n", 4, "FE125", "U+0000"),
    ],
)  # fmt: skip
def test_of_a_file(text: str, line: int, code: str, said: str) -> None:
    findings = parse_flow(text, "a.flow").diagnostics
    assert [(finding.code, finding.span.line) for finding in findings] == [(code, line)], findings
    assert said in f"{findings[0].message} {findings[0].hint}"


@pytest.mark.parametrize(
    ("written", "code", "place", "said"),
    [
        ("hear 'x'", "FE115", "'x'", '"x"'),
        ('hear "x', "FE103", '"x', "never closed"),
        ("expect", "FE126", "", "missing"),
        ("expect x = 3", "FE109", "=", "`==`"),
        ("press *", "FE100", "*", '`"*"`'),
        ("wait 4 seconds", "FE112", "4 seconds", "`4s`"),
        ("given", "FE126", "", "missing"),
        ("if x:", "FE108", ":", "empty"),
    ],
)
def test_of_a_script(written: str, code: str, place: str, said: str) -> None:
    for before in ("", "    flow a\n    press 1\n"):
        text = f'call "x":\n{before}    {written}\n    hear "y"\n'
        result = parse_calls(text, "a.call")
        assert [finding.code for finding in result.diagnostics] == [code]
        assert underlined(text, result.diagnostics[0]).strip() == place
        assert said in f"{result.diagnostics[0].message} {result.diagnostics[0].hint}"
        assert [line.span.line for line in result.scripts[0].lines][-1] == text.count("\n")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("call x:\n    flow a\n", "FE100"),
        ('call "x"\n    flow a\n', "FE107"),
        ('call "x":\n', "FE108"),
        ('test "x":\n    flow a\n', "FE118"),
        ('  call "x":\n    flow a\n', "FE118"),
        ('call "x":\n    wait 4s\n      press 1\n', "FE106"),
    ],
)
def test_of_a_file_of_scripts(text: str, code: str) -> None:
    assert [finding.code for finding in parse_calls(text, "a.call").diagnostics] == [code]


def test_every_mistake_of_a_file_is_told_in_one_run() -> None:
    one = 'one:\n    say "x\n    set b = (1\n    if c = 2:\n        pause 5s\n    hangup\n'
    text = f"flow a\n\n{one}\ntwo:\n    x++\n    hangup\n"
    result = parse_flow(text, "a.flow")
    told = [(finding.code, finding.span.line) for finding in result.diagnostics]
    assert told == [("FE103", 4), ("FE104", 5), ("FE109", 6), ("FE117", 11)]
    assert result.flow is not None
    assert not result.flow.complete
    assert [step.name.text for step in result.flow.steps] == ["one", "two"]
