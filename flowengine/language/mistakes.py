"""What a mistake is, in plain words: decided by the token that does not fit and by what the parser would have taken."""

from __future__ import annotations

import re

from lark import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

Finding = tuple[str, str, str | None]
"""Code, message, hint."""

_WORDS = {
    "STRING": "a text",
    "NUMBER": "a number",
    "NAME": "a name",
    "COLON": "`:`",
    "ARROW": "`->`",
    "ASSIGN": "`=`",
    "RPAR": "`)`",
    "RSQB": "`]`",
    "RBRACE": "`}`",
    "COMMA": "`,`",
    "_NL": "the end of the line",
    "_INDENT": "an indented block",
}
_TYPOGRAPHIC = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019\u201a"
_OTHER = {
    "&": ("`&` is not part of the language", "write `and`"),
    "!": ("`!` is not part of the language", "write `not`, or `!=`"),
    ";": ("`;` is not part of the language", "one statement stands on a line"),
    "?": ("`?` is not part of the language", "write `a if test else b`"),
    "}": ("this `}` closes nothing", None),
    "$": ("`$` is not part of the language", "variables are read by their name alone"),
    "`": ("a backquote is not part of the language", 'a text stands in double quotes: "…"'),
}


def expected(error: UnexpectedToken) -> set[str]:
    """The kinds of token that would have fitted here."""
    try:
        return set(error.accepts or error.expected)
    except (KeyError, AttributeError):
        return set()


def in_expression(error: UnexpectedInput, text: str) -> tuple[str, str, str | None]:
    """What is wrong with the expression in a template; an empty message where nothing better can be said."""
    if isinstance(error, UnexpectedCharacters):
        return character(text[error.pos_in_stream :])
    if isinstance(error, UnexpectedToken):
        special = shape(error)
        if special is not None:
            return special
        if error.token.type == "$END":
            return "FE100", "the expression ends too early", None
        return "FE100", f"`{error.token}` does not fit here", None
    return "FE100", "", None


def character(rest: str) -> Finding:
    """A character that begins nothing: `rest` is the text from it on."""
    first = rest[:1]
    if rest.startswith('"""'):
        return "FE103", "this text is never closed", 'end it with `"""`'
    if first == '"':
        line = rest.partition("\n")[0]
        if line.count("{{") > line.count("}}") and line.count('"') > 1:
            return "FE105", "a `{{` in this text is never closed", "end it with `}}`"
        if line.count("{%") > line.count("%}") and line.count('"') > 1:
            return "FE105", "a `{%` in this text is never closed", "end it with `%}`"
        return "FE103", "this text is never closed", 'end it with `"`'
    if first == "'":
        return "FE115", "a text stands in double quotes", None
    if first in _TYPOGRAPHIC and first:
        return "FE113", f"`{first}` is a typographic quote", 'write straight double quotes: "…"'
    if first.isdigit() or re.match(r"-?[0-9]", rest):
        return number(rest)
    if first in _OTHER:
        message, hint = _OTHER[first]
        return "FE114", message, hint
    if first == "\\":
        return "FE114", "a backslash stands only in a text", "inside brackets a line goes on without one"
    shown = f"`{first}`" if first.isprintable() else f"the character U+{ord(first):04X}"
    return "FE114", f"{shown} does not fit here", None


def number(rest: str) -> Finding:
    """Digits that make no number, duration or range."""
    word = re.match(r"-?[0-9][A-Za-z0-9_.]*", rest)
    text = word[0] if word else rest[:1]
    unit = re.fullmatch(r"(-?[0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)", text)
    if unit is not None:
        near = {"sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m", "minute": "m"}
        near |= {"minutes": "m", "hour": "h", "hours": "h", "hr": "h", "hrs": "h", "msec": "ms", "d": "h", "days": "h"}
        short = near.get(unit[2].lower())
        hint = f"did you mean `{unit[1]}{short}`?" if short else "the units are ms, s, m and h"
        return "FE112", f"there is no unit `{unit[2]}`", hint
    if ".." in text:
        return "FE112", f"`{text}` is no range", "a range is two whole numbers: `4..8`"
    return "FE112", f"`{text}` is no number", None


def shape(error: UnexpectedToken) -> Finding | None:
    """What the language has not, or has in another form; None where the token says nothing special."""
    token, wanted = error.token, expected(error)
    if token.type == "ASSIGN" and "EQ" in wanted:
        return "FE109", "`=` sets a value; to compare, write `==`", None
    history = [str(t) for t in (error.token_history or [])]
    if token.type == "STAR" and history[-1:] == ["*"]:
        return "FE117", "`**` is not part of the language", None
    if token.type == "COLON" and "RSQB" in wanted:
        return "FE117", "a part of a list or text (`a[1:2]`) is not part of the language", None
    if token.type == "IF" and history[-1:] == ["else"]:
        return "FE110", "`else if` is written `elif`", None
    if token.type == "CALL":
        return (
            "FE117",
            "values have no methods: only the functions of the language are called",
            "a filter may do it: `name | upper`",
        )
    return None


def token(error: UnexpectedToken) -> Finding:
    """A token that does not fit, in a flow or a script."""
    special = shape(error)
    if special is not None:
        return special
    bad, wanted = error.token, expected(error)
    if bad.type == "_INDENT":
        return (
            "FE106",
            "this line is indented, but no block begins here",
            "a colon at the end of the line above opens a block",
        )
    if bad.type in ("_NL", "$END", "_DEDENT"):
        if "COLON" in wanted and "ARROW" in wanted:
            return "FE107", "a block must follow", "end the line with `:` and indent the next, or write `-> step`"
        if "_INDENT" in wanted:
            return "FE108", "the block is empty", "indent what belongs to it"
        return "FE100", "the line ends too early", _hint(wanted)
    if "_INDENT" in wanted:
        return "FE108", "the block is empty", "indent what belongs to it"
    if bad.type in ("ELIF", "ELSE"):
        return "FE116", f"`{bad}` has no `if` here", None
    if bad.type == "WHEN":
        return "FE116", "`when` has no `menu` or `match` here", None
    if bad.type in ("IF", "MATCH", "SET", "ON", "RUN", "RETURN", "FAIL", "ELSE") and "COLON" in wanted:
        return "FE107", "a colon is missing before the block", None
    if (
        bad.type
        in (
            "PLUS",
            "MINUS",
            "TILDE",
            "STAR",
            "SLASH",
            "PIPE",
            "EQ",
            "NE",
            "LT",
            "GT",
            "LE",
            "GE",
            "AND",
            "OR",
            "IS",
            "IN",
        )
        and "_NL" in wanted
    ):
        return "FE124", "an argument that is longer than a value stands in parentheses", "write `(a + b)`"
    if bad.type == "RANGE":
        return "FE117", "a range stands only in `digits=` and `when`", None
    return "FE100", f"`{bad}` does not fit here", _hint(wanted)


def _hint(wanted: set[str]) -> str | None:
    named = [_WORDS[kind] for kind in _WORDS if kind in wanted]
    return f"{' or '.join(named)} would" if 0 < len(named) <= 3 else None
