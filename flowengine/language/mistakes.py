"""What a mistake is, in plain words: decided by what does not fit and by what the parser would have taken there."""

from __future__ import annotations

import re
from dataclasses import replace

from lark import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from flowengine.language.habits import HABITS
from flowengine.language.situation import Mistake as Mistake
from flowengine.language.situation import Situation as Situation

UNFIT = "FE100"
MISSING_COLON = "FE107"
ONE_EQUALS_SIGN = "FE109"
ELSE_IF = "FE110"
NUMBER = "FE112"
TYPOGRAPHIC_QUOTE = "FE113"
FOREIGN_CHARACTER = "FE114"
LEFT_OUT = "FE117"
PARENTHESES = "FE124"
MISSING = "FE126"
WRONG_PLACE = "FE128"


MOST_LOOKED_AT = 500
"""How many characters of a line are looked at for what may have been meant."""


def accepted(error: UnexpectedInput) -> frozenset[str]:
    """The terminals that would have fitted."""
    if isinstance(error, UnexpectedCharacters):
        return frozenset(error.allowed or ())
    if isinstance(error, UnexpectedToken):
        return frozenset(error.accepts or error.expected)
    return frozenset()


def explain(situation: Situation) -> Mistake:
    """Say what is wrong where the parser stopped."""
    before, rest = situation.before, situation.rest
    if len(before) + len(rest) > MOST_LOOKED_AT:
        # Nobody wrote this by hand: what stands right here must do, for the patterns of the rules are not made for it.
        situation = replace(situation, before=before[-MOST_LOOKED_AT // 2 :], rest=rest[: MOST_LOOKED_AT // 2])
    for rule in _RULES:
        mistake = rule(situation)
        if mistake is not None:
            return mistake
    return _unfit(situation)


# ------------------------------------------------------------------------------------------- what stands there at all

_TYPOGRAPHIC = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019\u201a\u201b\u2032\u2033"
_FOREIGN = {
    "&&": ("`&&` is not part of the language", "write `and`"),
    "||": ("`||` is not part of the language", "write `or`"),
    "&": ("`&` is not part of the language", "write `and`; texts are joined by `~`"),
    "!": ("`!` is not part of the language", "write `not`; for two values that differ, `!=`"),
    ";": ("`;` is not part of the language", "each statement stands on a line of its own"),
    "?": ("`?` is not part of the language", "write `a if test else b`"),
    "$": ("`$` is not part of the language", "a variable is read by its name alone; in a text, `{{ name }}`"),
    "@": ("`@` is not part of the language", None),
    "^": ("`^` is not part of the language", None),
    "`": ("a backquote is not part of the language", 'a text stands in double quotes: `"…"`'),
    "\\": ("a backslash stands only in a text", "inside brackets a statement goes on without one"),
}
_UNITS = {"ms": ("msec", "millisecond"), "s": ("sec", "second"), "m": ("min", "minute"), "h": ("hr", "hour")}


def unit_of(word: str) -> str | None:
    """The unit of a duration that a word stands for: `s` for `sec`; None where it is none."""
    lower = word.lower().removesuffix("s") or "s"
    return next((unit for unit, meant in _UNITS.items() if lower in (unit, unit.removesuffix("s"), *meant)), None)


def _typographic(at: Situation) -> Mistake | None:
    if at.rest[:1] not in _TYPOGRAPHIC or not at.rest:
        return None
    return Mistake(TYPOGRAPHIC_QUOTE, f"`{at.rest[0]}` is a typographic quote", 'write straight double quotes: `"…"`')


def _number(at: Situation) -> Mistake | None:
    """Digits that make no number, duration or range."""
    match = re.match(r"-?\.?[0-9][A-Za-z0-9_.]*", at.rest)
    if match is None or re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(ms|s|m|h)?|[0-9]+\.\.[0-9]+", match[0]):
        return None
    written = match[0]
    unit = re.fullmatch(r"(-?[0-9]+(?:\.[0-9]+)?)([A-Za-z]+)", written)
    if unit is not None:
        near = unit_of(unit[2])
        hint = f"did you mean `{unit[1]}{near}`?" if near else "the units are `ms`, `s`, `m` and `h`"
        return Mistake(NUMBER, f"there is no unit `{unit[2]}`", hint, len(written))
    hint = "numbers are written `3` or `2.5`"
    if ".." in written:
        hint = "a range is two whole numbers: `4..8`"
    elif re.fullmatch(r"\.[0-9]+", written):
        hint = f"write `0{written}`"
    elif re.fullmatch(r"[0-9_]+", written):
        hint = f"write `{written.replace('_', '')}`"
    return Mistake(NUMBER, f"`{written}` is no number", hint, len(written))


def _range(at: Situation) -> Mistake | None:
    match = re.match(r"[0-9]+\.\.[0-9]+", at.rest)
    if match is None:
        return None
    hint = "in an expression, `range(1, 6)` gives the numbers from 1 to 5"
    return Mistake(LEFT_OUT, "a range stands only in `digits=` and `when`", hint, len(match[0]))


def _foreign(at: Situation) -> Mistake | None:
    """A character that the language does not have at all."""
    for written, (message, hint) in _FOREIGN.items():
        if at.rest.startswith(written):
            return Mistake(FOREIGN_CHARACTER, message, hint, len(written))
    first = at.rest[:1]
    if not first or first.isascii():
        return None
    if first.isalpha():
        word = re.match(r"\w+", at.rest)
        length = len(word[0]) if word else 1
        return Mistake(FOREIGN_CHARACTER, "names are made of the letters a to z, digits and `_`", None, length)
    shown = f"`{first}`" if first.isprintable() else f"the character U+{ord(first):04X}"
    return Mistake(FOREIGN_CHARACTER, f"{shown} is not part of the language")


# -------------------------------------------------------------------------------------------- what is written otherwise


def _equals(at: Situation) -> Mistake | None:
    if at.rest.startswith("==") and "ASSIGN" in at.accepts:
        return Mistake(ONE_EQUALS_SIGN, "`==` compares two values", "to set a value, write `=`", 2)
    if at.rest.startswith("=") and not at.rest.startswith("==") and "EQ" in at.accepts:
        return Mistake(ONE_EQUALS_SIGN, "`=` sets a value; it does not compare", "write `==`")
    return None


def _else_if(at: Situation) -> Mistake | None:
    if re.match(r"if\b", at.rest) and re.fullmatch(r"\s*else\s+", at.before):
        return Mistake(ELSE_IF, "`else if` is one word", "write `elif`", 2)
    return None


def _left_out(at: Situation) -> Mistake | None:
    """Parts of Jinja2 and Python that the language does not have."""
    rest, before = at.rest, at.before.rstrip()
    if rest.startswith("**") or (rest.startswith("*") and before.endswith("*")):
        return Mistake(LEFT_OUT, "`**` is not part of the language", None)
    if rest.startswith("*") and before.endswith(("(", ",")):
        return Mistake(LEFT_OUT, "arguments are written one by one: `*` is not part of the language")
    if (
        rest.startswith(":=")
        or (rest.startswith(":") and "RSQB" in at.accepts)
        or (rest[:1] == ":" and before[-1:] == "[")
    ):
        return Mistake(LEFT_OUT, "a part of a list or text (`a[1:2]`) is not part of the language", None)
    if rest.startswith(",") and "RPAR" in at.accepts and "COMMA" not in at.accepts:
        return Mistake(LEFT_OUT, "parentheses hold one value", "a list stands in `[ ]`: `[1, 2]`")
    if rest.startswith("(") and re.search(r"[\w\])]$", at.before):
        hint = "what a function does for a value, a filter often does: `name | upper`"
        return Mistake(LEFT_OUT, "values have no methods: only functions are called, by their name", hint)
    if rest.startswith("(") and re.search(r"\w\s+$", at.before) and "PLUS" in at.accepts:
        return Mistake(LEFT_OUT, "a function's arguments begin directly after its name", "take the space away")
    if re.match(r"for\b", rest) and "PLUS" in at.accepts:
        return Mistake(LEFT_OUT, "a list is not made by `for` within an expression", None, 3)
    if re.match(r"if\b", rest) and re.match(r"\s*for\b", at.before):
        return Mistake(LEFT_OUT, "`for … if` is not part of the language", "put `{% if %}` inside the loop", 2)
    if re.search(r"\blambda\s*$", at.before):
        return Mistake(LEFT_OUT, "`lambda` is not part of the language")
    if re.match(r"->", rest) and at.in_argument:
        return Mistake(UNFIT, "one statement stands on a line", "put `-> step` on the next line", 2)
    return None


_OPERATOR = re.compile(r"\*\*|//|==|!=|<=|>=|[-+*/%~|<>]|(?:and|or|is|in|not|if)\b")


def _parentheses(at: Situation) -> Mistake | None:
    match = _OPERATOR.match(at.rest)
    if match is None or not at.in_argument:
        return None
    message = "an argument that is more than a value stands in parentheses"
    return Mistake(PARENTHESES, message, "write `(a + b)`", len(match[0]))


def _at_the_end(at: Situation) -> Mistake | None:
    """The line, or the expression, is over too early."""
    if at.rest:
        return None
    before = at.before.rstrip()
    word = re.search(r"(->|[A-Za-z_][A-Za-z0-9_]*|[-+*/%~|<>=!,]+|\S)$", before)
    last = word[0] if word else ""
    if last == "->":
        return Mistake(MISSING, "the name of a step is missing after `->`", None, 0)
    if "COLON" in at.accepts and "ARROW" in at.accepts and not at.in_template:
        hint = "end the line with `:` and indent the next, or write `-> step`"
        return Mistake(MISSING_COLON, "a colon is missing", hint, 0)
    if at.accepts & {"NUMBER", "STRING"}:
        what = "a value is missing" if not last else f"a value is missing after `{last}`"
        return Mistake(MISSING, what, None, 0)
    if "ASSIGN" in at.accepts:
        return Mistake(MISSING, "`=` and a value are missing", f"write `{before.strip()} = value`", 0)
    if "NAME" in at.accepts:
        return Mistake(MISSING, f"a name is missing after `{last}`", None, 0)
    return Mistake(MISSING, "the line ends too early", _would_fit(at.accepts), 0)


def _wrong_place(at: Situation) -> Mistake | None:
    """A whole statement where none of its kind can stand."""
    if at.before.strip():
        return None
    length = len(at.rest.rstrip())
    if "WHEN" in at.accepts and "SET" not in at.accepts:
        hint = "what is done after the `match` stands below it, with less indentation"
        return Mistake(WRONG_PLACE, "in a `match` stand only `when`s and, as the last, `else`", hint, length)
    if "ON" in at.accepts and "SET" not in at.accepts:
        hint = "a header has settings such as `timeout 5s`, and `on …`; the rest belongs to a step"
        return Mistake(WRONG_PLACE, "this cannot stand in the header of a flow", hint, length)
    return None


def _colon(at: Situation) -> Mistake | None:
    """A colon, where what stands there opens no block."""
    if not at.rest.startswith(":") or "_NL" not in at.accepts:
        return None
    word = at.first_word
    what = f"`{word}` has no block" if word else "no block can begin here"
    return Mistake(WRONG_PLACE, what, "take the colon away")


def _no_colon(at: Situation) -> Mistake | None:
    """More on the line where its colon was due."""
    if "COLON" not in at.accepts or "ARROW" not in at.accepts or not re.match(r"[A-Za-z_\"]", at.rest):
        return None
    return Mistake(MISSING_COLON, "a colon, or `->` and a step, is missing here", "a block begins on the next line")


_RULES = (
    _at_the_end,
    _typographic,
    _number,
    _else_if,
    _wrong_place,
    *HABITS,
    _foreign,
    _equals,
    _left_out,
    _parentheses,
    _range,
    _colon,
    _no_colon,
)

_SHOWN = {
    "NAME": "a name",
    "STRING": "a text",
    "NUMBER": "a number",
    "COLON": "`:`",
    "ARROW": "`->`",
    "ASSIGN": "`=`",
    "COMMA": "`,`",
    "RPAR": "`)`",
    "RSQB": "`]`",
    "RBRACE": "`}`",
    "_NL": "the end of the line",
    "IN": "`in`",
}


def _would_fit(accepts: frozenset[str]) -> str | None:
    named = [shown for kind, shown in _SHOWN.items() if kind in accepts]
    return f"{' or '.join(named)} would fit" if 0 < len(named) <= 3 else None


def _unfit(at: Situation) -> Mistake:
    match = re.match(r'->|[A-Za-z_][A-Za-z0-9_]*|[0-9.]+[a-z]*|"[^"]*"|.', at.rest)
    written = match[0] if match else ""
    shown = written if len(written) <= 20 else "this text"
    message = f"`{shown}` does not fit here" if shown == written else f"{shown} does not fit here"
    return Mistake(UNFIT, message, _would_fit(at.accepts), max(1, len(written)))
