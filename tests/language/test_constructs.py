"""Every construct of the language, and the tree that comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine.expressions import tree as ex
from flowengine.language import call_tree, tree
from flowengine.language.calls import parse_calls
from flowengine.language.parser import parse_flow


def flow(text: str) -> tree.Flow:
    result = parse_flow(text, "a.flow")
    assert result.diagnostics == ()
    assert result.flow is not None
    assert result.flow.complete
    return result.flow


def brief(node: Any) -> Any:
    """What matters of a tree, as short as it can be said."""
    match node:
        case None | str() | bool():
            return node
        case tuple():
            return [brief(child) for child in node]
        case tree.Word():
            return node.text
        case tree.Goto():
            return f"-> {node.target.text}"
        case tree.Set():
            return ["set", ".".join(word.text for word in (node.name, *node.path)), brief(node.value)]
        case tree.If():
            branches = [[brief(branch.test), brief(branch.body)] for branch in node.branches]
            return ["if", *branches, brief(node.otherwise)]
        case tree.Match():
            return ["match", brief(node.value), brief(node.cases), brief(node.otherwise)]
        case tree.When():
            return ["when", brief(node.values), brief(node.body)]
        case tree.Option():
            return f"{node.name.text}={brief(node.value)}"
        case tree.Run():
            result = None if node.result is None else node.result.text
            return ["run", node.flow.text, brief(node.args), brief(node.options), result, brief(node.body)]
        case tree.Return():
            return ["return", brief(node.value)]
        case tree.Fail():
            return ["fail", brief(node.reason)]
        case tree.On():
            return ["on", [brief(trigger) for trigger in node.triggers], brief(node.body)]
        case tree.Trigger():
            return node.name.text if node.argument is None else [node.name.text, brief(node.argument)]
        case tree.Verb():
            return [node.name.text, *brief(node.args), *brief(node.options), *([brief(node.body)] if node.body else [])]
        case ex.Literal(value=value):
            return repr(value)
        case ex.Duration():
            return f"{node.seconds} s"
        case ex.Range():
            return f"{node.low} to {node.high}"
        case ex.Name():
            return node.name
        case ex.Attribute():
            return f"{brief(node.of)}.{node.key}"
        case ex.Item():
            return f"{brief(node.of)}[{brief(node.index)}]"
        case ex.Call():
            named = [f"{keyword.name}={brief(keyword.value)}" for keyword in node.keywords]
            return f"{node.function.name}({', '.join([*map(brief, node.args), *named])})"
        case ex.Filter():
            return f"{brief(node.of)} | {node.name}"
        case ex.Binary():
            return f"({brief(node.left)} {node.operator} {brief(node.right)})"
        case ex.Unary():
            return f"({node.operator} {brief(node.operand)})"
        case ex.Compare():
            return "(" + brief(node.first) + "".join(f" {sign} {brief(right)}" for sign, right in node.rest) + ")"
        case ex.ListOf():
            return [brief(item) for item in node.items]
        case ex.DictOf():
            return {brief(key): brief(value) for key, value in node.items}
        case ex.Template():
            return ["template", *map(brief, node.parts)] if node.constant is None else f"text {node.constant!r}"
        case ex.Text():
            return repr(node.value)
        case ex.Hole():
            return f"{{{brief(node.value)}}}"
        case ex.IfPart():
            return ["if", *[[brief(test), brief(parts)] for test, parts in node.branches], brief(node.otherwise)]
        case ex.ForPart():
            return ["for", [name.name for name in node.names], brief(node.of), brief(node.body), brief(node.otherwise)]
        case ex.SetPart():
            return ["set", node.name.name, brief(node.value)]
    raise AssertionError(f"no {type(node).__name__} is expected here")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("-> main", "-> main"),
        ("set a = 1", ["set", "a", "1"]),
        ("set a.b.if = none", ["set", "a.b.if", "None"]),
        ('set a = "{{ plain }}"', ["set", "a", "'{{ plain }}'"]),
        ("set a = 'single'", ["set", "a", "'single'"]),
        ("set a = 1 -3", ["set", "a", "(1 - 3)"]),
        ("set a = -1", ["set", "a", "(- 1)"]),
        ("if a -> b", ["if", ["a", ["-> b"]], None]),
        ("if a -> b\n    elif c -> d\n    else -> e", ["if", ["a", ["-> b"]], ["c", ["-> d"]], ["-> e"]]),
        ("if a:\n        answer\n    else:\n        hangup", ["if", ["a", [["answer"]]], [["hangup"]]]),
        ("match a:\n        when 1\n        else -> b", ["match", "a", [["when", ["1"], None]], ["-> b"]]),
        ("match a:\n        when 1..5 -> b", ["match", "a", [["when", ["1 to 5"], ["-> b"]]], None]),
        ("run verify", ["run", "verify", [], [], None, []]),
        ("run verify(1, tries=2) as ok", ["run", "verify", ["1"], ["tries=2"], "ok", []]),
        ("run v():\n        on failed -> b", ["run", "v", [], [], None, [["on", ["failed"], ["-> b"]]]]),
        ("return", ["return", None]),
        ("return a == b", ["return", "(a == b)"]),
        ("fail", ["fail", None]),
        ('fail "no {{ a }}"', ["fail", ["template", "'no '", "{a}"]]),
        ('say "Hi"', ["say", "text 'Hi'"]),
        ('say ""', ["say", "text ''"]),
        ("say a.b[0].c", ["say", "a.b[0].c"]),
        ("say f(1, k=a + b)", ["say", "f(1, k=(a + b))"]),
        ("pause 500ms", ["pause", "0.5 s"]),
        ("pause 1.5m", ["pause", "90 s"]),
        ("pause -2s", ["pause", "-2 s"]),
        ("pause (a * 2)", ["pause", "(a * 2)"]),
        ("gather a digits=4..8 finish=\"#\"", ["gather", "a", "digits=4 to 8", "finish=text '#'"]),
        ('emit "a" data={"k": "{{ b }}", "l": [1, "{{ c }}"]}', None),
        ("log -5", ["log", "-5"]),
        ("log true false none", ["log", "True", "False", "None"]),
        ('menu a:\n        when "*" -> b\n        on noinput 2, nomatch -> c', None),
        ("queue \"q\":\n        on press 0 -> b\n        on 404:\n            hangup", None),
    ],
)  # fmt: skip
def test_statements(written: str, expected: Any) -> None:
    expected = (
        expected
        or {
            "emit": ["emit", "text 'a'", "data={\"'k'\": ['template', '{b}'], \"'l'\": ['1', ['template', '{c}']]}"],
            "menu": ["menu", "a", [["when", ["text '*'"], ["-> b"]], ["on", [["noinput", "2"], "nomatch"], ["-> c"]]]],
            "queue": ["queue", "text 'q'", [["on", [["press", "0"]], ["-> b"]], ["on", ["404"], [["hangup"]]]]],
        }[written.split()[0]]
    )
    [step] = flow(f"flow a\n\nstart:\n    {written}\n").steps
    found = brief(step.body[0])
    if written.startswith("menu"):
        # A choice is looked at as it was written: it is no template.
        found[2][0][1] = ["text '*'"]
    assert found == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"a {{ b }} c"', ["'a '", "{b}", "' c'"]),
        ('"{{ sum | money("EUR") }}"', ["{sum | money}"]),
        ('"{{ {"a": {"b": 1}}["a"].b }}"', None),
        ('"{% if a %}x{% elif b %}y{% else %}z{% endif %}"', [["if", ["a", ["'x'"]], ["b", ["'y'"]], ["'z'"]]]),
        ('"{% for k, v in d %}{{ k }}{% else %}-{% endfor %}"', [["for", ["k", "v"], "d", ["{k}"], ["'-'"]]]),
        ('"{% set n = 1 %}{{ n }}"', [["set", "n", "1"], "{n}"]),
        ('"a {#- note -#} b"', ["'a'", "'b'"]),
        ('"a {{- b -}} c"', ["'a'", "{b}", "'c'"]),
        (r'"\"q\" \\ \n \t \u263A {{ b }}"', ["'\"q\" \\\\ \\n \\t ☺ '", "{b}"]),
        (
            '"""\n        one\n          two {{ b }}\n        three\n        """',
            ["'one\\n  two '", "{b}", "'\\nthree'"],
        ),
        ('"} }} %} {{ b }}"', ["'} }} %} '", "{b}"]),
    ],
)
def test_templates(written: str, expected: Any) -> None:
    [step] = flow(f"flow a\n\nstart:\n    say {written}\n").steps
    verb = step.body[0]
    assert isinstance(verb, tree.Verb)
    template = verb.args[0]
    assert isinstance(template, ex.Template)
    if expected is None:
        [hole] = template.parts
        assert isinstance(hole, ex.Hole)
        assert isinstance(hole.value, ex.Attribute)
        return
    assert [brief(part) for part in template.parts] == expected


def test_header_and_steps() -> None:
    found = flow(
        '# a comment\nflow a(pin, tries=3):  # behind\n    language "en-US"\n    timeout 5s\n'
        '    on failed -> b\n    on hangup:\n        log "x"\n\nb -> c\n\nc:\n    hangup\n# the end'
    )
    assert found.name.text == "a"
    assert [(parameter.name.text, brief(parameter.default)) for parameter in found.parameters] == [
        ("pin", None),
        ("tries", "3"),
    ]
    assert [(setting.name.text, brief(setting.value)) for setting in found.settings] == [
        ("language", "'en-US'"),
        ("timeout", "5 s"),
    ]
    assert [brief(handler.triggers) for handler in found.handlers] == [["failed"], ["hangup"]]
    assert [(step.name.text, brief(step.body)) for step in found.steps] == [("b", ["-> c"]), ("c", [["hangup"]])]
    assert [(comment.text, comment.own_line) for comment in found.comments] == [
        ("# a comment", True),
        ("# behind", False),
        ("# the end", True),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "flow a\n\nstart:\n    hangup",
        "\ufeffflow a\r\n\r\nstart:\r\n\thangup\r\n".replace("\t", "  "),
        "flow a\nstart:\n hangup\n# last",
        "\n\n# top\nflow a\n\n\nstart:\n\n\n    # only a comment above\n    hangup\n    # and one below",
        "flow a\n\nstart:\n    set x = [1,\n2,\n    # inside\n  ]\n    hangup\n",
        "flow a\n\nstart:\n    set x = {\n'if': 1}.if\n    hangup\n",
        'flow a\n\nstart:\n    say """\nstart:\n"""\n    hangup\n',
        "flow a()\n\nstart :\n    hangup   \n",
        "flow flow\n\nflow:\n    -> flow\n",
    ],
)
def test_files_that_look_odd_and_are_right(text: str) -> None:
    assert len(flow(text).steps) == 1


def test_scripts() -> None:
    text = (
        'call "one":\n    flow a(1, b=2)\n    from "+1555"\n    given fetch "u/*" status=404\n'
        '    given fetch "u" fails\n'
        '    given company = "Acme"\n    hear "x {{ not }} a template"\n    press 0123\n    wait\n    wait 4s\n'
        '    leave 5s "text" hangup\n    peer answered 20s\n    expect transfer "+1555" timeout=5s\n    expect hangup\n'
        '    expect a.b[0] >= 3\n    hangup\n\ncall "two":\n    flow b\n'
    )
    result = parse_calls(text, "a.call")
    assert result.diagnostics == ()
    first, second = result.scripts
    assert (first.name, first.flow, second.name, second.flow) == ("one", "a", "two", "b")
    kinds = [type(line) for line in first.lines]
    assert kinds.count(call_tree.GivenValue) == 1
    assert kinds.count(call_tree.ExpectVerb) == 2
    assert kinds.count(call_tree.ExpectThat) == 1
    lines = {line.span.line: line for line in first.lines}
    pressed = lines[8]
    assert isinstance(pressed, call_tree.Line)
    assert isinstance(pressed.args[0], ex.Literal)
    assert pressed.args[0].text == "0123"
    heard = lines[7]
    assert isinstance(heard, call_tree.Line)
    assert brief(heard.args[0]) == "'x {{ not }} a template'"
    compared = lines[15]
    assert isinstance(compared, call_tree.ExpectThat)
    assert brief(compared.test) == "(a.b[0] >= 3)"
