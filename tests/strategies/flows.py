"""Texts of flows as people might write them: of right syntax, laid out as it comes. What they mean is not looked at."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

NAMES = ("account", "customer", "order", "pin", "note", "x", "_y", "Z9", "sales", "whenever")
STEPS = ("start", "main", "sales", "goodbye", "step_2")
VERBS = ("say", "gather", "fetch", "log", "menu", "transfer", "record", "anything")
OPERATORS = ("+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", "<=", ">", ">=", " in ", " not in ", " and ", " or ")
TEXTS = (
    '""',
    '"Welcome."',
    '"He said \\"hi\\", # no comment"',
    '"{{ account | money("EUR") }} of {{ order["a"].b }}"',
    '"{% if x %}a{% elif not y %}b{% else %}c{% endif %}{# note #}"',
    '"{% for k, v in d %}{{ k ~ \'"\' ~ v }}{% endfor %}\\u263A"',
    '"""\n        two\n          lines of "text"\n        """',
    '"( [ {"',
)

names = st.sampled_from(NAMES)
spaces = st.sampled_from(("", " ", "  "))
comments = st.sampled_from(("# a comment", "#", '# "quotes" and ( brackets [', "# ends in a colon:"))


@cache
def expressions(depth: int = 3) -> SearchStrategy[str]:
    """Expressions, with spaces as it comes; `depth` is how deep they stand in one another at most."""
    return _expressions(depth)


@st.composite
def _expressions(draw: DrawFn, depth: int) -> str:
    if depth == 0:
        atoms = (
            "3",
            "2.5",
            "5s",
            "true",
            "none",
            "'single'",
            '"double"',
            "a.b[0]",
            "f(1)",
            "not_a_word",
            "-1",
            "x.if.on",
        )
        return draw(st.sampled_from((*atoms, *NAMES)))
    part = expressions(depth - 1)
    gap = draw(spaces)
    kind = draw(
        st.sampled_from(("atom", "binary", "sign", "not", "if", "filter", "test", "group", "list", "dict", "call"))
    )
    match kind:
        case "binary":
            return f"({draw(part)}){gap}{draw(st.sampled_from(OPERATORS))}{gap}({draw(part)})"
        case "sign":
            return f"{draw(st.sampled_from('-+'))}{gap}({draw(part)})"
        case "not":
            return f"not ({draw(part)})"
        case "if":
            return f"({draw(part)}) if {draw(names)} else ({draw(part)})"
        case "filter":
            called = draw(st.sampled_from(("upper", "default(1,boolean=true)", "join( ',' )")))
            return f"({draw(part)}){gap}|{gap}{called}"
        case "test":
            return f"({draw(part)}) is {draw(st.sampled_from(('none', 'not none', 'divisibleby 3', 'sameas(x)')))}"
        case "list":
            return _items(draw, "[", draw(st.lists(part, max_size=3)), "]")
        case "dict":
            pairs = draw(st.lists(st.tuples(st.sampled_from(('"k"', "'l'", '"m n"')), part), max_size=3))
            return _items(draw, "{", [f"{key}{gap}:{gap}{value}" for key, value in pairs], "}")
        case "call":
            return _items(draw, "range(", draw(st.lists(part, max_size=3)), ")")
        case "group":
            return f"({gap}{draw(part)}{gap})"
    return draw(expressions(0))


def _items(draw: DrawFn, opening: str, items: list[str], closing: str) -> str:
    """Items in brackets, on one line or over several, with comments where those may stand."""
    if not items:
        return opening + draw(st.sampled_from(("", " "))) + closing
    comma = draw(st.sampled_from((",", ", ", " ,")))
    if draw(st.integers(0, 3)):
        return opening + comma.join(items) + draw(st.sampled_from(("", ",", " "))) + closing
    behind = st.sampled_from(("", "  # behind", " # ]"))
    rows = [f"{draw(spaces)}{item},{draw(behind)}" for item in items]
    if draw(st.booleans()):
        rows[-1] = items[-1]
    if draw(st.booleans()):
        rows.insert(draw(st.integers(0, len(rows))), "# between")
    return opening + "\n" + "\n".join(rows) + "\n" + draw(spaces) + closing


@cache
def arguments() -> SearchStrategy[str]:
    """One argument of a verb."""
    literals = ("3", "-1", "2.5", "500ms", "-2s", "4..8", "true", "none", "a.b", "a[0].c", "f(1, k=2)")
    return st.one_of(
        st.sampled_from(TEXTS),
        st.sampled_from((*literals, *NAMES)),
        expressions(2).map(lambda expression: f"({expression})"),
        st.lists(st.sampled_from(TEXTS), max_size=3).map(lambda items: f"[ {' ,'.join(items)} ]"),
    )


def _verb(draw: DrawFn) -> str:
    written = [draw(st.sampled_from(VERBS)), *draw(st.lists(arguments(), max_size=2))]
    keys = draw(st.lists(st.sampled_from(("timeout", "loop", "voice", "json")), max_size=2, unique=True))
    written += [f"{key}{draw(spaces)}={draw(spaces)}{draw(arguments())}" for key in keys]
    return draw(st.sampled_from((" ", "   "))).join(written)


def _block(draw: DrawFn, depth: int, kind: str = "statement") -> list[str]:
    """The lines of a block, indented within itself only."""
    makes = {"statement": _statement, "on": _on, "when": _when}[kind]
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.integers(0, 5)) == 0:
            lines += ["", draw(comments)]
        if draw(st.integers(0, 5)) == 0:
            lines.append("")
        lines += makes(draw, depth)
    if draw(st.integers(0, 6)) == 0:
        lines.append(draw(comments))
    return lines


def _indented(lines: list[str], width: int) -> list[str]:
    """The lines of a block below its head. Rows inside of a text or of brackets go along: they may stand anywhere."""
    return [" " * width + line if line else line for line in lines]


def _headed(draw: DrawFn, head: str, depth: int, kind: str = "statement") -> list[str]:
    """A head with its block, or with `-> step`."""
    behind = draw(st.sampled_from(("", "", "", "  # behind")))
    if kind == "statement" and (depth == 0 or draw(st.booleans())):
        return [f"{head}{draw(st.sampled_from((' ', '  ')))}->{draw(spaces)}{draw(st.sampled_from(STEPS))}{behind}"]
    body = _block(draw, max(depth - 1, 0), kind)
    return [f"{head}{draw(spaces)}:{behind}", *_indented(body, draw(st.sampled_from((1, 2, 4, 7))))]


def _on(draw: DrawFn, depth: int) -> list[str]:
    triggers = st.sampled_from(("failed", "noinput 2", "404", 'press "*"', "press 0", "busy", "nomatch"))
    return _headed(draw, f"on {' , '.join(draw(st.lists(triggers, min_size=1, max_size=2)))}", depth)


def _when(draw: DrawFn, depth: int) -> list[str]:
    values = st.sampled_from(("1", '"sales"', "1..5", '"*"', "12", "x"))
    head = f"when {draw(st.sampled_from((',', ', ', ' ,'))).join(draw(st.lists(values, min_size=1, max_size=3)))}"
    return [head] if draw(st.integers(0, 3)) == 0 else _headed(draw, head, depth)


def _statement(draw: DrawFn, depth: int) -> list[str]:
    kinds = ["goto", "set", "verb", "verb", "run", "return", "fail"]
    if depth:
        kinds += ["if", "match", "menu", "block"]
    expression = expressions(2)
    match draw(st.sampled_from(kinds)):
        case "goto":
            return [f"->{draw(spaces)}{draw(st.sampled_from(STEPS))}"]
        case "set":
            path = draw(st.sampled_from(("", ".a.b", ".if")))
            return [f"set {draw(names)}{path}{draw(spaces)}={draw(spaces)}{draw(expression)}"]
        case "run":
            called = draw(st.sampled_from(("", "()", "( 1 )", "(x, tries = 2)"))) + draw(
                st.sampled_from(("", " as result"))
            )
            head = f"run verify{called}"
            return [head] if draw(st.booleans()) else _headed(draw, head, depth, "on")
        case "return":
            return [f"return {draw(expression)}".rstrip() if draw(st.booleans()) else "return"]
        case "fail":
            return [f"fail {draw(st.sampled_from(TEXTS))}"]
        case "if":
            lines = _headed(draw, f"if {draw(expression)}", depth)
            if draw(st.booleans()):
                lines += _headed(draw, f"elif {draw(expression)}", depth)
            return lines + (_headed(draw, "else", depth) if draw(st.booleans()) else [])
        case "match":
            width = draw(st.sampled_from((2, 4)))
            body = _block(draw, depth - 1, "when") + (_headed(draw, "else", depth - 1) if draw(st.booleans()) else [])
            return [f"match {draw(expression)}:", *_indented(body, width)]
        case "menu":
            body = _block(draw, depth - 1) + _block(draw, depth - 1, "when") + _block(draw, depth - 1, "on")
            return ["menu:", *_indented(body, draw(st.sampled_from((2, 4))))]
        case "block":
            return _headed(draw, _verb(draw), depth, "on")
    return [_verb(draw)]


@st.composite
def flow_texts(draw: DrawFn) -> str:
    """A whole flow file."""
    lines = draw(st.lists(comments | st.just(""), max_size=2))
    parameters = draw(
        st.sampled_from(("", "()", "(pin)", "( pin , tries = 3 )", "(\n  pin, # the pin\n  tries=1-1\n)"))
    )
    if draw(st.booleans()):
        settings = st.sampled_from(('language "en-US"', "timeout   5s", "tries 3  # three", "bargein true"))
        header = draw(st.lists(settings, min_size=1, max_size=2)) + _on(draw, 1)
        lines += [f"flow demo{parameters}:", *_indented(header, draw(st.sampled_from((2, 4))))]
    else:
        lines.append(f"flow demo{parameters}")
    for step in draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=3, unique=True)):
        lines += [""] * draw(st.integers(0, 3)) + draw(st.lists(comments, max_size=1))
        lines += _headed(draw, step, 2)
    text = "\n".join(lines) + draw(st.sampled_from(("", "\n", "\n\n", "\n# the end")))
    return text.replace("\n", draw(st.sampled_from(("\n", "\n", "\r\n"))))
