"""Flow files that nobody would write: made from nothing, mutated, spliced, deep, packed, wrongly encoded.

Each is bytes, as they would lie on the disk, and is made from a number alone, so a number names a file for good.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from tests.conftest import SEED
from tests.language.test_bounds import ATTACKS, SNIPPETS

ROOT = Path(__file__).resolve().parents[2]
FLOWS = tuple(path.read_text("utf-8") for path in sorted((ROOT / "examples").rglob("*.flow")))
LONG = 10 * 1024 * 1024
LONG_EVERY = 5000
"""One file in so many is ten megabytes in one line: each is read and refused the same way."""

_WORDS = (
    "account", "customer", "pin", "x", "call", "call.from", "call.language", "flow.step", "now", "none", "true", "if",
    "on", "when", "is", "not", "٣", "é", "_", "a" * 300, "__class__", "items",
)  # fmt: skip
_NUMBERS = ("0", "-1", "3", "2.5", "1e9", "5s", "500ms", "99999999h", "4..8", "8..4", "1..999999999", "9" * 400)
_VERBS = (
    "answer", "hangup", "reject", "say", "play", "pause", "menu", "gather", "record", "transfer", "conference", "queue",
    "redirect", "send", "fetch", "sms", "log", "emit", "sya", "run", "set", "return", "fail", "->", "on failed",
    "on hangup", "on press 0", "when 1", "else", "elif", "match", "if",
)  # fmt: skip
_KEYS = ("timeout", "digits", "finish", "tries", "bargein", "sensitive", "where", "json", "method", "max", "loop", "z")
_SETTINGS = ("language", "voice", "timeout", "interdigit", "tries", "bargein", "unknown")


def flow_file(number: int) -> bytes:
    """The file of a number."""
    chance = random.Random(f"{SEED} {number}")
    if number % LONG_EVERY == LONG_EVERY - 1:
        return b'flow a\n\ns:\n    say "' + chance.choice((b"a", b"{{", b"(", b'"""', b"\\")) * LONG
    kinds: tuple[Callable[[random.Random], str], ...] = (_made, _made, _mutated, _mutated, _spliced, _deep, _attack)
    return _encoded(chance.choice(kinds)(chance), chance)


def mutated(text: str, chance: random.Random) -> str:
    """The text with a few things taken out, put in, doubled and moved."""
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((0, 0, 1, 3, 20, 200)))
        put = chance.choice((*SNIPPETS, "", chance.choice(_VERBS), text[end : end + 40], chance.choice(_NUMBERS)))
        text = text[:start] + put + text[end:]
    return text


def _mutated(chance: random.Random) -> str:
    return mutated(chance.choice(FLOWS), chance)


def _spliced(chance: random.Random) -> str:
    """Rows of several flows, as after a merge that went wrong."""
    rows: list[str] = []
    for _ in range(chance.randint(2, 4)):
        other = chance.choice(FLOWS).split("\n")
        start = chance.randrange(len(other))
        rows += other[start : start + chance.choice((1, 5, 40))]
    if chance.random() < 0.7:
        rows.insert(0, "flow spliced")
    return "\n".join(rows)


def _made(chance: random.Random) -> str:
    """Statements of right and wrong shape below each other, at any depth."""
    rows = [f"flow {chance.choice(_WORDS)}{chance.choice(('', '(pin)', '(a, b=1)', '('))}{chance.choice((':', ''))}"]
    if rows[0].endswith(":"):
        rows += [f"    {chance.choice(_SETTINGS)} {_value(chance, 1)}" for _ in range(chance.randint(0, 3))]
    for step in range(chance.randint(1, 5)):
        rows += ["", f"{chance.choice(('start', 'main', 'bye', f's{step}'))}:"]
        depth = 1
        for _ in range(chance.randint(1, 12)):
            row = _statement(chance)
            rows.append("    " * depth + row)
            depth = depth + 1 if row.endswith(":") else max(1, depth - chance.choice((0, 0, 0, 1, 2)))
    return "\n".join(rows) + chance.choice(("", "\n"))


def _statement(chance: random.Random) -> str:
    parts = [chance.choice(_VERBS)]
    parts += [_value(chance, 2) for _ in range(chance.choice((0, 1, 1, 1, 2)))]
    parts += [f"{chance.choice(_KEYS)}={_value(chance, 1)}" for _ in range(chance.choice((0, 0, 0, 1, 2)))]
    return " ".join(parts) + chance.choice(("", "", "", ":", " -> main", " -> nowhere", "  # note"))


def _value(chance: random.Random, depth: int) -> str:
    if depth == 0:
        return chance.choice((*_WORDS, *_NUMBERS))
    inner = _value(chance, depth - 1)
    return chance.choice(
        (
            inner,
            f'"{inner} {{{{ {_value(chance, depth - 1)} }}}}"',
            f'"{{% if {inner} %}}a{{% endif %}}"',
            f"({inner} {chance.choice(('+', '**', 'in', 'is not', '~', '|', '<'))} {_value(chance, depth - 1)})",
            f"[{inner}, {_value(chance, depth - 1)}]",
            f'{{"k": {inner}}}',
            f"{chance.choice(('open', 'range', 'next_open', 'eval'))}({inner})",
            f"({inner} | {chance.choice(('luhn', 'e164', 'money(1)', 'upper', 'random', 'center(99999999)'))})",
            '"+15551230000"',
            '"https://crm.example/{{ account }}"',
        )
    )


def _deep(chance: random.Random) -> str:
    """Something inside of itself, many times."""
    depth = chance.choice((10, 45, 60, 200, 2000))
    opening, closing = chance.choice((("[", "]"), ("(", ")"), ('{"k": ', "}"), ("not ", ""), ("-", ""), ("f(", ")")))
    expression = opening * depth + "1" + closing * depth
    blocks = "".join(
        " " * (n + 1) + f"{chance.choice(('if x:', 'menu:', 'match x:', 'on failed:'))}\n" for n in range(depth)
    )
    body = chance.choice(
        (
            f"    set x = {expression}\n",
            f'    say "{{{{ {expression} }}}}"\n',
            f'    say "{"{% if x %}" * depth}{"{% endif %}" * depth}"\n',
            f'    say "{"<speak>" * depth}"\n',
            f"{blocks}{' ' * (depth + 1)}hangup\n",
            f"    if x:\n{'    elif y -> start' * depth}\n",
            "".join(f"    run a(x) as x{n}\n" for n in range(depth)),
        )
    )
    return f"flow a\n\nstart:\n{body}"


def _attack(chance: random.Random) -> str:
    attack: Callable[[int], str] = ATTACKS[chance.choice(tuple(ATTACKS))]
    return f"flow a\n\n{attack(chance.choice((100, 1000, 4000)))}\n"


def _encoded(text: str, chance: random.Random) -> bytes:
    """As UTF-8 mostly; else as some editor, system or transfer would leave it."""
    match chance.randrange(24):
        case 0:
            text = "\ufeff" + text
        case 1:
            text = text.replace("\n", "\r\n")
        case 2:
            text = text.replace("\n", "\r")
        case 3:
            text = text.replace(" ", chance.choice(("\t", "\u00a0", "\u3000", "\u200b", "\f")), chance.randint(1, 20))
        case 4:
            text = mutated(text, chance).replace("e", chance.choice(("\0", "\u202e", "\u2066", "e\u0301")), 3)
        case 5:
            return text.encode("utf-16", "surrogatepass")
        case 6:
            return text.encode("latin-1", "replace") + b"\xe9"
        case 7:
            data = text.encode("utf-8", "surrogatepass")
            return data[: chance.randrange(len(data) + 1)]
        case 8:
            changed = bytearray(text.encode("utf-8", "surrogatepass"))
            for _ in range(chance.randint(1, 8)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            return bytes(changed)
    return text.encode("utf-8", "surrogatepass")
