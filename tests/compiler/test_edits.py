"""After an edit only some findings are worked out again: all must be those of a build that knows nothing of before."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from flowengine.carriers.abilities import abilities
from flowengine.compiler.build import Build, build_sources
from flowengine.compiler.memory import flow_file
from flowengine.compiler.sources import Sources
from tests.benchmarks.large import large_project

EDITS = 200

EDITS_OF_A_LINE = ("insert", "delete", "word", "blank")
EDITS_OF_MORE = ("change", "change", "change", "change", "restore", "restore", "all", "config", "scripts")

CONFIG = """\
[numbers]
"+15551230000" = "hub_0"
"+15551230001" = {flow = "pin_1", carrier = "telefonie"}

[vars]
company = "Northern Light"
"""

HUB = """\
flow hub_{n}(name="nobody"):
    on press 9 -> bye
    on failed -> bye
    on hangup:
        log "{{{{ name }}}} has left"

start:
    run pin_{a}(name, tries=2) as pin:
        on failed -> bye
    run lost_{b}() as found
    if found.place == "here":
        say "{{{{ found.place }}}}, {{{{ name }}}}"
    menu:
        say "Press 1 to go on, or 2 to stop."
        when 1 -> start
        when 2 -> bye

bye:
    say "Goodbye from {{{{ company }}}}."
    hangup
"""

PIN = """\
flow pin_{n}(who="you", tries=3):
    on failed:
        fail "no pin"

start:
    set hello = "Dear " ~ who
    set note = who
    gather pin digits=4 sensitive=true:
        say "{{{{ hello }}}}, your number please."
        on noinput:
            say "Are you there?"
    if pin == "0000":
        return "{{{{ tries }}}}"
    run leaf_{a}(pin)
    return pin
"""

LOST = """\
flow lost_{n}:
    on failed:
        return none

start:
    if call.from == "+15550000000":
        reject
    run leaf_{a}("nothing")
    -> wait

wait:
    menu:
        say "Press 1 to wait. Press 9 to leave."
        when 1 -> last

last:
    run leaf_{b}(call.from) as told
    if told:
        return {{"place": "here"}}
    return none
"""

LEAF = """\
flow leaf_{n}(text)

start:
    if text == "0000":
        log "zeros"
    play "music.wav"
    if text is none:
        fail
    return true
"""

CHANGES = (
    (", tries=3", ""),
    ('="you"', ""),
    ("(who", "(other, who"),
    ("    on press 9 -> bye\n", ""),
    ("return none", "return true"),
    ('return {"place": "here"}', 'return {"place": "there"}'),
    ("sensitive=true", "sensitive=false"),
    ("return pin", "return none"),
    ("-> bye", "-> leaf_1"),
    ("-> last", "-> leaf_2"),
    ("flow leaf_", "flow leaves_"),
    ("flow pin_", "flow pins_"),
    ("    fail\n", "    reject\n"),
    ("start:\n    if call.from", 'start:\n    run leaf_0("x")\n    if call.from'),
    ('    play "music.wav"\n', ""),
    ("    return true\n", "    hangup\n"),
)
"""Edits of one flow that others notice."""

SCRIPTS = {"a.call": 'call "a number":\n    flow pin_1\n    expect note == "you"\n'}
"""A call script that looks at a variable."""

KINDS = {"hub": HUB, "pin": PIN, "lost": LOST, "leaf": LEAF}


def original(size: int = 5) -> Sources:
    """Flows that run each other, `size` of each kind."""
    flows = {
        f"flows/{kind}_{n}.flow": text.format(n=n, a=(n + 1) % size, b=(n + 2) % size)
        for n in range(size)
        for kind, text in KINDS.items()
    }
    return Sources(Path("edited"), CONFIG, flows, {}, frozenset({"music.wav"}))


def edited(sources: Sources, first: Sources, dice: random.Random) -> Sources:
    """The project after one edit: a line more, less, moved or with another word, or a file as it was at first."""
    file = dice.choice(sorted(sources.flows))
    lines = sources.flows[file].split("\n")
    at = dice.randrange(len(lines))
    match dice.choice(EDITS_OF_A_LINE + EDITS_OF_MORE):
        case "insert":
            other = dice.choice(sorted(first.flows))
            lines.insert(at, dice.choice(first.flows[other].split("\n")))
        case "delete":
            del lines[at]
        case "blank":
            lines.insert(at, "")
        case "word":
            words = [word for text in first.flows.values() for word in text.split()]
            old = lines[at].split()
            if old:
                lines[at] = lines[at].replace(dice.choice(old), dice.choice(words), 1)
        case "change":
            # The file is as it was but for this: more mistakes in it would hide what others see of it.
            fitting = [change for change in CHANGES if change[0] in first.flows[file]]
            lines = first.flows[file].replace(*dice.choice(fitting)).split("\n")
        case "restore":
            lines = first.flows[file].split("\n")
        case "all":
            return first
        case "config":
            return replace(sources, config=dice.choice((CONFIG, CONFIG.replace("company", "hello"), None)))
        case "scripts":
            return replace(sources, calls=dice.choice(({}, SCRIPTS)))
    return replace(sources, flows={**sources.flows, file: "\n".join(lines)})


def cold(sources: Sources) -> Build:
    """A build that has forgotten all it knew."""
    elsewhere = replace(sources, root=Path("cold"))
    for file, text in sources.flows.items():
        flow_file(elsewhere.root, file, text).memory.results.clear()
    return build_sources(elsewhere, abilities())


def graphs(build: Build) -> object:
    """What the build made, as values."""
    if build.program is None:
        return None
    shapes = {
        name: [(node.kind, node.index, node.step, node.span, node.exits) for node in graph.nodes]
        for name, graph in build.program.flows.items()
    }
    heads = [replace(graph, nodes=[], parameters=()) for graph in build.program.flows.values()]
    return shapes, heads


def test_findings_after_any_edit_are_those_of_a_build_from_nothing() -> None:
    dice = random.Random(20)
    first = sources = original()
    seen: set[str] = set()
    served = 0
    for _ in range(EDITS):
        sources = edited(sources, first, dice)
        warm = build_sources(sources, abilities())
        fresh = cold(sources)
        assert warm.diagnostics == fresh.diagnostics
        assert graphs(warm) == graphs(fresh)
        seen |= {finding.code for finding in warm.diagnostics}
        served += warm.program is not None
    assert len(seen) > 20, "the edits must make mistakes of many kinds"
    assert served, "and sometimes none"


def changed(change: tuple[str, str], sources: Sources) -> Sources:
    """The project with a change of `CHANGES` in every flow where it fits."""
    return replace(sources, flows={file: text.replace(*change) for file, text in sources.flows.items()})


def test_findings_after_one_change_follow_another() -> None:
    first = original(2)
    changes: list[Callable[[Sources], Sources]] = [partial(changed, change) for change in CHANGES]
    changes.append(lambda sources: replace(sources, calls=SCRIPTS))
    for before in changes:
        for after in changes:
            build_sources(before(first), abilities())
            both = after(before(first))
            assert build_sources(both, abilities()).diagnostics == cold(both).diagnostics


def test_what_an_edit_does_not_touch_is_the_same_thing_as_before() -> None:
    sources = large_project(20)
    before = build_sources(sources)
    assert before.diagnostics == ()
    file = "flows/desk_7.flow"
    text = sources.flows[file].replace("Goodbye", "Good night")
    after = build_sources(replace(sources, flows={**sources.flows, file: text}))
    assert before.program is not None
    assert after.program is not None
    for name, graph in after.program.flows.items():
        kept = graph.nodes is before.program.flows[name].nodes
        assert kept == (name != "desk_7")
        assert graph.version == after.program.version != before.program.version
