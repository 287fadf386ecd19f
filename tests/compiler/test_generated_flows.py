"""Flows that are right by the way they are made: no check may have anything to say about them."""

from __future__ import annotations

import random

import pytest

from tests.compiler.projects import project

TOML = """\
[vars]
company = "Acme"

[calendars.office]
hours = { mon-fri = "09:00-17:30" }

[http]
allow = ["crm.example"]

[transfer]
allow = ["+1555*", "sip:*@acme.example"]

[sms]
allow = ["+1555*"]

[numbers]
"+15551230000" = "reception"
"""


class Maker:
    """Makes a project of a flow and its helpers, steps leading only forward but for what a caller decides."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.fresh = 0
        self.helpers: list[str] = []

    def project(self) -> list[str]:
        steps = self.dice.randint(1, 8)
        text = ["flow reception:"]
        if self.dice.random() < 0.5:
            text.append(f'    language "{self.dice.choice(["en-US", "en-GB"])}"')
        if self.dice.random() < 0.5:
            text.append(f"    tries {self.dice.randint(1, 4)}")
        text += ["    on failed -> bye", "    on hangup:", '        log "{{ call.from }} hung up"', "", "start:"]
        text += ['    set team = "sales"', "    set count = 0", '    set customer = {"name": "Ada"}', "    -> s0", ""]
        for number in range(steps):
            following = f"s{number + 1}" if number + 1 < steps else "bye"
            text += [f"s{number}:", *self.block(1, self.dice.randint(0, 4)), *self.end(f"s{number}", following), ""]
        text += ["bye:", '    say "{{ team }} {{ count }} {{ customer.name }} {{ company }}"', "    hangup", ""]
        return ["\n".join(text), *self.helpers]

    def name(self) -> str:
        self.fresh += 1
        return f"v{self.fresh}"

    def block(self, depth: int, size: int) -> list[str]:
        lines: list[str] = []
        for _ in range(size):
            lines += self.statement(depth)
        return lines

    def statement(self, depth: int) -> list[str]:
        makers = [self.say, self.say, self.set, self.gather, self.fetch, self.record, self.away, self.text]
        if depth < 4:
            makers += [self.condition, self.match, self.menu, self.run]
        return self.dice.choice(makers)(depth)

    def say(self, depth: int) -> list[str]:
        texts = [
            "Welcome.",
            "You are {{ customer.name }}.",
            "{{ count }} {{ team | upper }}",
            "It is {{ now | time }}.",
        ]
        return [f'{"    " * depth}say "{self.dice.choice(texts)}"']

    def set(self, depth: int) -> list[str]:
        values = ["set count = count + 1", 'set team = "support"', 'set customer.name = team ~ "!"']
        return [f"{'    ' * depth}{self.dice.choice(values)}"]

    def gather(self, depth: int) -> list[str]:
        name, pad = self.name(), "    " * depth
        options = self.dice.choice(["digits=4", "digits=2..6", f"where=({name} | luhn)", "speech=true", ""])
        lines = [f"{pad}gather {name} {options}:".replace(" :", ":"), f'{pad}    say "Please enter it."']
        if self.dice.random() < 0.5:
            lines += [f"{pad}    on nomatch:", f'{pad}        say "Once more, please."']
        return [*lines, f'{pad}log "{{{{ {name} }}}}"']

    def fetch(self, depth: int) -> list[str]:
        name, pad = self.name(), "    " * depth
        return [
            f'{pad}fetch {name} "https://crm.example/{{{{ team }}}}":',
            f"{pad}    on 404, failed -> bye",
            f'{pad}say "{{{{ {name}.greeting }}}}"',
        ]

    def record(self, depth: int) -> list[str]:
        name, pad = self.name(), "    " * depth
        lines = [f"{pad}record {name} max=1m:", f'{pad}    say "Please leave a message."']
        if self.dice.random() < 0.5:
            return [*lines, f"{pad}    on empty -> bye", f'{pad}emit "message" data={{"url": {name}.url}}']
        return [*lines, f"{pad}if {name}:", f'{pad}    emit "message" data={{"url": {name}.url}}']

    def away(self, depth: int) -> list[str]:
        pad = "    " * depth
        return self.dice.choice(
            [
                [f'{pad}transfer "+15551230001" timeout=20s'],
                [f'{pad}transfer ["+15551230001", "sip:ada@acme.example"]:', f"{pad}    on busy -> bye"],
                [f'{pad}conference "room":', f"{pad}    on full -> bye"],
                [f'{pad}queue "team" timeout=1m:', f'{pad}    say "You are number {{{{ queue.position }}}}."'],
            ]
        )

    def text(self, depth: int) -> list[str]:
        return [f'{"    " * depth}sms call.from "Thank you, {{{{ customer.name }}}}."']

    def condition(self, depth: int) -> list[str]:
        pad = "    " * depth
        tests = ['open("office")', "count > 2", 'team == "sales"', 'call.from != "anonymous" and count < 5']
        lines = [f"{pad}if {self.dice.choice(tests)}:", *self.block(depth + 1, self.dice.randint(1, 2))]
        if self.dice.random() < 0.5:
            lines += [f"{pad}else:", *self.block(depth + 1, self.dice.randint(1, 2))]
        return lines

    def match(self, depth: int) -> list[str]:
        pad = "    " * depth
        lines = [f"{pad}match count:", f"{pad}    when 1, 2:", *self.block(depth + 2, 1)]
        return [*lines, f"{pad}    when 3..9 -> bye"]

    def menu(self, depth: int) -> list[str]:
        pad = "    " * depth
        keys = self.dice.sample("123456789", self.dice.randint(1, 4))
        told = " ".join(f"For choice {chr(65 + number)}, press {key}." for number, key in enumerate(keys))
        lines = [f"{pad}menu:", f'{pad}    say "{told}"']
        for key in keys:
            if self.dice.random() < 0.3:
                lines.append(f"{pad}    when {key} -> bye")
            elif self.dice.random() < 0.4:
                lines.append(f"{pad}    when {key}")
            else:
                lines += [f"{pad}    when {key}:", *self.block(depth + 2, 1)]
        if all(line.endswith("-> bye") for line in lines[2:]):
            lines.append(f'{pad}    when "go on"')
        return lines

    def run(self, depth: int) -> list[str]:
        name, pad = f"helper{len(self.helpers)}", "    " * depth
        ask = '    gather pin digits=4:\n        say "Four digits."\n    return pin ~ value\n'
        tell = '    say "{{ value }}"\n    return value\n'
        self.helpers.append(f"flow {name}(value)\n\nstart:\n{self.dice.choice([ask, tell])}")
        result = self.name()
        return [f"{pad}run {name}(team) as {result}", f'{pad}log "{{{{ {result} }}}}"']

    def end(self, here: str, following: str) -> list[str]:
        return self.dice.choice(
            [
                [f"    -> {following}"],
                ["    if count > 3 -> bye", f"    else -> {following}"],
                [
                    "    menu:",
                    '        say "To go on, press 1. To hear this again, press star."',
                    f"        when 1 -> {following}",
                    f'        when "*" -> {here}',
                ],
            ]
        )


@pytest.mark.parametrize("start", range(0, 1000, 100))
def test_nothing_is_found(start: int) -> None:
    for seed in range(start, start + 100):
        flows = Maker(seed).project()
        found = [
            f"{finding.code} {finding.span} {finding.message}" for finding in project(*flows, toml=TOML).diagnostics
        ]
        assert not found, "\n".join([f"seed {seed}", *found, *flows])
