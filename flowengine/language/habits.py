"""What people write out of habit: from other languages, from prose, from a keypad. A rule knows one habit."""

from __future__ import annotations

import re

from flowengine.language.situation import Mistake, Situation

UNFIT = "FE100"
MISSING_COLON = "FE107"
ONE_EQUALS_SIGN = "FE109"
NUMBER = "FE112"
FOREIGN = "FE114"
NO_PARENT = "FE116"
LEFT_OUT = "FE117"
NAME = "FE122"
SPACING = "FE127"
WRONG_PLACE = "FE128"

_WORD = r"[A-Za-z_][A-Za-z0-9_]*"


def comment(at: Situation) -> Mistake | None:
    """`// …`, `/* … */`, `-- …`, `<!-- … -->` where a statement begins."""
    match = re.match(r"(//|/\*|--(?!>)|<!--)\s*(.*?)\s*(\*/|-->)?$", at.rest)
    if match is None or not at.begins_statement:
        return None
    return Mistake(UNFIT, "a comment begins with `#`", f"write `# {match[2]}`", len(at.rest))


def arrow(at: Situation) -> Mistake | None:
    """`=> step`, `--> step`, `> step`."""
    match = re.match(rf"(=+>|-{{2,}}>|[>\u2192])\s*({_WORD})?", at.rest)
    if match is None or (at.rest.startswith(">") and not at.begins_statement):
        return None
    return Mistake(UNFIT, f"`{match[1]}` is no arrow", f"write `-> {match[2] or 'step'}`", len(match[1]))


def arrow_after_colon(at: Situation) -> Mistake | None:
    """`when 1: -> step`."""
    if not at.rest.startswith("->") or not at.before.rstrip().endswith(":"):
        return None
    return Mistake(WRONG_PLACE, "nothing follows a `:` on its line", "take the `:` away: `when 1 -> step`", 2)


def after_colon(at: Situation) -> Mistake | None:
    """`if x: say "…"`, `digits: 4`, `say: "…"`, `start: hangup`."""
    match = re.match(rf"(\s*)(.*?)({_WORD})?\s*:\s*$", at.before)
    if match is None or "_NL" not in at.accepts or "RBRACE" in at.accepts:
        return None
    margin, head, word = match.groups()
    value = at.rest.strip()
    length = len(value)
    if head.strip() == "" and word == "flow":
        return Mistake("FE101", "a flow file begins with `flow NAME`", f"write `flow {value}`", length)
    plain = re.match(r"""["0-9\[{]|(true|false|none)\b""", value) is not None
    if plain and head.strip() == "" and margin:
        return Mistake(WRONG_PLACE, f"after `{word}` stands no `:`", f"write `{word} {value}`", length)
    if plain and word is not None and re.match(_WORD, head) and not head.startswith(("if ", "when ", "match ", "on ")):
        return Mistake(WRONG_PLACE, f"after `{word}` stands `=`, not `:`", f"write `{word}={value}`", length)
    return Mistake(WRONG_PLACE, "nothing follows a `:` on its line", "write it on the next line, indented", length)


def then(at: Situation) -> Mistake | None:
    """`if x then`."""
    if not re.match(r"then\b|do\b", at.rest) or "COLON" not in at.accepts:
        return None
    hint = "end the line with `:` and indent the next, or write `-> step`"
    return Mistake(MISSING_COLON, f"`{at.rest.split()[0]}` is not part of the language", hint, len(at.rest.split()[0]))


def assignment(at: Situation) -> Mistake | None:
    """`x = 1`, `x = run verify()`, `x += 1`, `x++`, `set x == 1`; in a header, `language = "en"`."""
    if at.rest.startswith("=") and re.search(r"\bset\s+\S+\s*=$", at.before):
        return Mistake(ONE_EQUALS_SIGN, "`==` compares two values", "to set a value, write `=`")
    changed = re.match(r"(\+\+|--)|([-+*/~])=", at.rest)
    name = re.search(r"([A-Za-z_][A-Za-z0-9_.]*)\s*$", at.before)
    if changed is not None and name is not None and re.fullmatch(r"\s*(set\s+)?[\w.]+\s*", at.before):
        sign, value = changed[0][0], "1" if changed[1] else at.rest[2:].strip()
        hint = f"write `set {name[1]} = {name[1]} {sign} {value}`"
        return Mistake(LEFT_OUT, f"`{changed[0]}` is not part of the language", hint, 2)
    word = re.fullmatch(rf"\s+({_WORD})\s*", at.before)
    if word is None or not at.rest.startswith("=") or at.rest.startswith(("==", "=>")):
        return None
    value = at.rest[1:].strip()
    if "ASSIGN" not in at.accepts and "_NL" not in at.accepts:
        return Mistake(UNFIT, f"after `{word[1]}` stands no `=`", f"write `{word[1]} {value}`")
    run = re.match(r"run\s+(.*)", value)
    hint = f"write `run {run[1]} as {word[1]}`" if run else f"write `set {word[1]} = {value}`"
    return Mistake(UNFIT, "a variable gets its value by `set`", hint)


def setting(at: Situation) -> Mistake | None:
    """`language: "en"` in a header."""
    word = re.fullmatch(rf"\s+({_WORD})\s*", at.before)
    if word is None or not at.rest.startswith(":") or "_NL" in at.accepts:
        return None
    hint = f"write `{word[1]} {at.rest[1:].strip()}`" if at.rest[1:].strip() else "steps begin in column 1"
    return Mistake(WRONG_PLACE, f"after `{word[1]}` stands no `:`", hint)


def missing_equals(at: Situation) -> Mistake | None:
    """`set x 1`."""
    word = re.fullmatch(r"\s*set\s+([\w.]+)\s+", at.before)
    if word is None or "ASSIGN" not in at.accepts or not re.match(r"[\w\"'(\[{]", at.rest):
        return None
    return Mistake(UNFIT, "`=` is missing", f"write `set {word[1]} = {at.rest.strip()}`")


def value_as_statement(at: Situation) -> Mistake | None:
    """`1 -> sales`, `"Hello"`, `{{ name }}` where a statement begins."""
    if not at.begins_statement:
        return None
    digits = re.match(r"[0-9]+|\*", at.rest)
    if digits is not None:
        key = digits[0] if digits[0] != "*" else '"*"'
        return Mistake(
            UNFIT, "a statement begins with a word", f"a choice of a menu is written `when {key}`", len(digits[0])
        )
    if at.rest.startswith('"'):
        hint = 'write `say "…"`; a choice of a menu is written `when "…"`'
        return Mistake(UNFIT, "a statement begins with a word", hint, len(at.rest))
    return None


def template_outside(at: Situation) -> Mistake | None:
    """`say {{ name }}`."""
    if not at.rest.startswith("}") and not at.rest.startswith("{{"):
        return None
    if "{{" not in at.before + at.rest or at.in_template:
        return None
    return Mistake(UNFIT, "`{{ }}` stands only inside a text", 'write it in quotes: `"{{ … }}"`', 1)


def hyphen(at: Situation) -> Mistake | None:
    """`set order-id = 3`, `flow my-flow`."""
    before = re.search(rf"({_WORD})$", at.before)
    rest = re.match(r"(-[A-Za-z0-9_]+)+", at.rest)
    if before is None or rest is None or "MINUS" in at.accepts:
        return None
    name = before[1] + rest[0]
    return Mistake(
        NAME, f"`{name}` is no name: a name has no hyphen", f"write `{name.replace('-', '_')}`", len(rest[0])
    )


def name_of_flow(at: Situation) -> Mistake | None:
    """`flow "x"`, `flow my flow`, `flow x (a)`, `flow x(a: 1)`, `flow x {`."""
    named = re.fullmatch(rf"flow\s+({_WORD})?\s*", at.before)
    if named is not None and at.rest.startswith('"'):
        return Mistake(NAME, "a flow's name stands without quotes", "write `flow NAME`", len(at.rest))
    if named is not None and named[1] and re.match(r"\w", at.rest):
        words = "_".join(re.findall(r"\w+", f"{named[1]} {at.rest}"))
        return Mistake(NAME, "a flow's name is one word", f"write `flow {words}`", len(at.rest.rstrip(": ")))
    if named is not None and named[1] and at.rest.startswith("("):
        return Mistake(SPACING, "between a flow's name and its `(` stands no space", f"write `flow {named[1]}(`")
    parameter = re.search(rf"^flow\s+{_WORD}\(.*?({_WORD})\s*$", at.before)
    if parameter is not None and at.rest.startswith(":"):
        value = at.rest[1:].split(",")[0].split(")")[0].strip()
        return Mistake(UNFIT, "a default stands after `=`", f"write `{parameter[1]}={value}`")
    return None


def name_of_step(at: Situation) -> Mistake | None:
    """`-> end of call`."""
    match = re.fullmatch(rf".*->\s*({_WORD})\s+", at.before)
    if match is None or not re.match(r"\w", at.rest):
        return None
    words = "_".join(re.findall(r"\w+", f"{match[1]} {at.rest}"))
    return Mistake(NAME, "a step's name is one word", f"name it, for example, `{words}`", len(at.rest))


def name_of_script(at: Situation) -> Mistake | None:
    """`call x:`."""
    if not re.fullmatch(r"call\s+", at.before):
        return None
    return Mistake(
        UNFIT, "a script's name is a text", f'write `call "{at.rest.rstrip(": ")}":`', len(at.rest.rstrip(": "))
    )


def run_statement(at: Situation) -> Mistake | None:
    """`run "verify"`, `run verify() into x`."""
    if re.fullmatch(r"\s*run\s+", at.before) and at.rest.startswith('"'):
        name = at.rest.strip('": ')
        return Mistake(UNFIT, "a flow is run by its name, without quotes", f"write `run {name}()`", len(at.rest))
    into = re.match(rf"(into|to|=|->|in)\s*({_WORD})", at.rest)
    if into is not None and re.match(r"\s*run\s+\S", at.before) and "AS" in at.accepts:
        return Mistake(UNFIT, f"`{into[1]}` does not fit here", f"write `as {into[2]}`", len(into[1]))
    return None


def choice(at: Situation) -> Mistake | None:
    """`when -> c`, `when *`, `when 1 or 2`, `when 1-5`, `on no input` and the like."""
    word = re.match(r"\s*(when|on)\b", at.before)
    if word is None or at.before.count('"') % 2:
        return None
    if at.rest.startswith("->") and re.fullmatch(r"\s*(when|on)\s+", at.before):
        hint = 'write `when 1 -> step`, or `when "sales" -> step`' if word[1] == "when" else "write `on failed -> step`"
        return Mistake(UNFIT, f"what `{word[1]}` is about is missing", hint, 2)
    if at.rest.startswith("*") and "STRING" in at.accepts:
        return Mistake(UNFIT, "this key is a text", 'write `"*"`')
    if re.match(r"\s*-\s*[0-9]", at.rest) and re.search(r"[0-9]\s*$", at.before):
        low = re.search(r"[0-9]+", at.before[::-1])
        high = re.search(r"[0-9]+", at.rest)
        hint = f"write `{low[0][::-1] if low else 1}..{high[0] if high else 5}`"
        return Mistake(NUMBER, "from one number to another is a range", hint, len(at.rest.split()[0]))
    joined = re.match(r"(or|and)\b|[\"0-9]|\|", at.rest)
    if joined is not None and "COMMA" in at.accepts:
        return Mistake(UNFIT, "between several stands a comma", f"write `{word[1]} a, b`", len(joined[0]))
    return None


def keys(at: Situation) -> Mistake | None:
    """`press *`, `send *1`."""
    if not at.rest.startswith("*") or not re.fullmatch(r"\s*(press|send)\s+", at.before):
        return None
    return Mistake(UNFIT, "such keys are a text", f'write `"{at.rest.split()[0]}"`', len(at.rest.split()[0]))


def phone_number(at: Situation) -> Mistake | None:
    """`transfer +15551230000`, `transfer sip:bob@acme.example`."""
    number = re.match(r"\+[0-9][0-9 ()-]{4,}", at.rest)
    if number is not None and at.in_argument:
        return Mistake(UNFIT, "a phone number is a text", f'write `"{number[0].strip()}"`', len(number[0].strip()))
    address = re.search(r"\b(sips?|https?|queue):$", at.before)
    if address is not None:
        whole = f"{address[1]}:{at.rest.split()[0].rstrip(':')}"
        return Mistake(UNFIT, "an address is a text", f'write `"{whole}"`', len(at.rest.split()[0]))
    return None


def comma(at: Situation) -> Mistake | None:
    """`say "a",`, `pause 2,5s`, `[1,, 2]`, `return 1, 2`."""
    if not at.rest.startswith(","):
        return None
    decimals = re.match(r",([0-9]+(ms|s|m|h)?)(?![0-9A-Za-z,])", at.rest)
    whole = re.search(r"([0-9.]+)$", at.before)
    if decimals is not None and whole is not None and "COMMA" not in at.accepts:
        number = f"{whole[1].replace('.', '')}.{decimals[1]}"
        return Mistake(NUMBER, "a number has a point, no comma", f"write `{number}`", len(decimals[0]))
    if at.before.rstrip().endswith(","):
        return Mistake(UNFIT, "here is one comma too many", "take it away")
    if re.match(r"\s*(set|return|if|elif|match)\b", at.before) and "COMMA" not in at.accepts:
        return Mistake(LEFT_OUT, "several values together stand in a list", "write `[a, b]`")
    if at.in_argument:
        return Mistake(UNFIT, "between arguments stands a space, no comma", "take it away")
    return None


def pair(at: Situation) -> Mistake | None:
    """`{"a" = 1}`."""
    if not at.rest.startswith("=") or at.rest.startswith("==") or "COLON" not in at.accepts or "_NL" in at.accepts:
        return None
    if at.before.count("{") <= at.before.count("}"):
        return None
    return Mistake(UNFIT, "between a key and its value stands `:`", 'write `{"key": value}`')


def texts_side_by_side(at: Situation) -> Mistake | None:
    """`set x = "a" "b"`, `set x = f"a"`."""
    if not at.rest.startswith(('"', "'")) or "TILDE" not in at.accepts:
        return None
    prefix = re.search(r"\b([fFrRbBuU])$", at.before)
    if prefix is not None:
        hint = f'join texts and values with `~`, without the `{prefix[1]}`: `"a" ~ b`'
        return Mistake(LEFT_OUT, f'`{prefix[1]}"…"` is not part of the language', hint, len(at.rest))
    if at.before.rstrip().endswith(('"', "'")):
        return Mistake(UNFIT, "texts are joined by `~`", 'write `"a" ~ "b"`', len(at.rest))
    return None


def double_bar(at: Situation) -> Mistake | None:
    """`a || b`."""
    if not at.rest.startswith("|") or not (at.before.endswith("|") or at.rest.startswith("||")):
        return None
    return Mistake(FOREIGN, "`||` is not part of the language", "write `or`")


def without_if(at: Situation) -> Mistake | None:
    """`else -> step` without an `if`: the parser took the word for a verb."""
    match = re.fullmatch(r"\s*(else|elif)\b.*", at.before)
    if not at.before.strip():
        match = re.match(r"(else|elif)\b", at.rest)
    elif not at.rest.startswith("->") or "ARROW" in at.accepts:
        return None
    if match is None:
        return None
    parent = "`if` or `match`" if match[1] == "else" else "`if`"
    hint = "in a `menu`, what fits no `when` is handled by `on nomatch`" if match[1] == "else" else None
    return Mistake(NO_PARENT, f"`{match[1]}` has no {parent} above it", hint, 2 if at.before.strip() else 4)


def reason(at: Situation) -> Mistake | None:
    """`fail bad news`."""
    if not re.match(r"\s*fail\s+\w+\s", at.before):
        return None
    return Mistake(UNFIT, "a reason is a text", 'write `fail "…"`', len(at.rest))


def ellipsis(at: Situation) -> Mistake | None:
    """`...` for what is to come."""
    match = re.match(r"\.{2,}|\u2026", at.rest)
    if match is None or not at.begins_statement:
        return None
    return Mistake(
        UNFIT, "a block holds at least one statement", "write what happens here, for example `hangup`", len(match[0])
    )


def condition_first(at: Situation) -> Mistake | None:
    """`set x = if b then a else c`."""
    if not re.search(r"(?:[=(,\[]|\breturn)\s*if\s+$", at.before):
        return None
    return Mistake(LEFT_OUT, "the value stands before its condition", "write `a if test else b`")


HABITS = (
    comment,
    ellipsis,
    double_bar,
    without_if,
    reason,
    phone_number,
    arrow_after_colon,
    arrow,
    after_colon,
    then,
    assignment,
    setting,
    missing_equals,
    value_as_statement,
    template_outside,
    hyphen,
    name_of_flow,
    name_of_step,
    name_of_script,
    run_statement,
    choice,
    keys,
    comma,
    pair,
    texts_side_by_side,
    condition_first,
)
