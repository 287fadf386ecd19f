"""Building a project: parse, bind, check, lower.

The result is a program, or the findings that stand in its way.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from flowengine.compiler.binding import Bound
from flowengine.compiler.checks import CHECKS
from flowengine.compiler.collector import collector_paused
from flowengine.compiler.config import Config, parse_config
from flowengine.compiler.lowering import lower
from flowengine.compiler.memory import Memory, flow_file
from flowengine.compiler.model import Abilities, Checked
from flowengine.compiler.reading import read_project
from flowengine.compiler.silence import silence
from flowengine.compiler.sources import CONFIG_FILE, Sources
from flowengine.compiler.translation.translate import apologies, localized
from flowengine.core.graph import FlowGraph, Program
from flowengine.core.languages import recordings_of
from flowengine.diagnostics import Diagnostic, Severity, Span
from flowengine.expressions.tree import Name, walk
from flowengine.language import tree
from flowengine.language.call_tree import ExpectThat, Script
from flowengine.language.calls import parse_calls
from flowengine.verbs import all_verbs


@dataclass(frozen=True, slots=True)
class Build:
    """What became of a project.

    `program` is None when there is an error; `diagnostics` are in the order of the files. `checked` is what the checks
    saw: for tools that look further.
    """

    sources: Sources
    config: Config
    diagnostics: tuple[Diagnostic, ...]
    program: Program | None
    flows: Mapping[str, tree.Flow] = field(default_factory=dict)
    scripts: Mapping[str, tuple[Script, ...]] = field(default_factory=dict)
    checked: Checked | None = None

    @property
    def failed(self) -> bool:
        """Whether an error stands in the way."""
        return any(diagnostic.is_error for diagnostic in self.diagnostics)


def build(root: Path, carriers: Mapping[str, Abilities] | None = None) -> Build:
    """Read the project at `root` and build it; `carriers` are as in `build_sources`.

    Raises:
        OSError: a file that is there cannot be read.
    """
    return build_sources(read_project(root), carriers)


def build_sources(sources: Sources, carriers: Mapping[str, Abilities] | None = None) -> Build:
    """Build a project from its texts.

    `carriers` tells by name what each carrier can do: what one cannot is a finding where it answers a number. Without
    it nothing is said about carriers.
    """
    with collector_paused():
        return _built(sources, carriers or {})


def _built(sources: Sources, carriers: Mapping[str, Abilities]) -> Build:
    config, wrong = _config(sources.config)
    found = list(wrong)
    for file, problem in sources.unreadable.items():
        found.append(_plain("FE191", f"the file cannot be read: {problem}", file))
    files: dict[str, tree.Flow] = {}
    flows: dict[str, tree.Flow] = {}
    bound: dict[int, Bound] = {}
    memories: dict[int, Memory] = {}
    lost = bool(sources.unreadable)
    for file, text in sources.flows.items():
        if file in sources.unreadable:
            continue
        read_file = flow_file(sources.root, file, text)
        found += read_file.found
        if read_file.flow is None:
            lost = True
            continue
        lost = lost or not read_file.flow.complete
        files[file] = read_file.flow
        flows.setdefault(read_file.flow.name.text, read_file.flow)
        bound.update(read_file.uses)
        memories[id(read_file.flow)] = read_file.memory
    scripts: dict[str, tuple[Script, ...]] = {}
    for file, text in sources.calls.items():
        scripts[file] = _scripts(file, text)
    checked = Checked(
        sources,
        config,
        all_verbs(),
        files,
        flows,
        bound,
        lost,
        frozenset(script.flow for s in scripts.values() for script in s),
        frozenset(name for s in scripts.values() for script in s for name in _read(script)),
        carriers,
        memories=memories,
    )
    for check in CHECKS:
        found += check.run(checked)
    found = silence(files, found)
    diagnostics = tuple(sorted(set(found), key=lambda d: (d.span, d.code, d.message)))
    program = None
    if not any(diagnostic.is_error for diagnostic in diagnostics):
        program = _program(checked)
    # What the checks have shared leads back to what they saw. Without the circle an old build goes as soon as nobody
    # holds it, also where the garbage collector does not look; whoever looks further works out again what he needs.
    checked.memo.clear()
    return Build(sources, config, diagnostics, program, flows, scripts, checked)


@lru_cache(maxsize=64)
def _config(text: str | None) -> tuple[Config, tuple[Diagnostic, ...]]:
    config, found = parse_config(text, CONFIG_FILE)
    return config, tuple(found)


@lru_cache(maxsize=1024)
def _scripts(file: str, text: str) -> tuple[Script, ...]:
    return tuple(parse_calls(text, file).scripts)


def _program(checked: Checked) -> Program:
    version = checked.sources.digest()
    catalogues = checked.sources.written_catalogues
    graphs: dict[str, FlowGraph] = {}
    for flow in checked.files.values():
        called = {run.flow.text: checked.flows[run.flow.text] for run in checked.runs(flow)}
        declared = tuple((name, tuple(one.name.text for one in to.parameters)) for name, to in called.items())
        graph = checked.recall(flow, _graph, declared, catalogues)
        graphs[flow.name.text] = replace(graph, version=version)
    recordings = recordings_of(checked.sources.audio)
    project = replace(checked.config.project(), recordings=recordings, apologies=apologies(checked))
    return Program(version, graphs, project)


def _graph(checked: Checked, flow: tree.Flow, _declared: Hashable, _catalogues: Hashable) -> FlowGraph:
    """The graph of a flow, of no version yet: the same flow is in many versions of a project."""
    return lower(flow, flow.span.file, "", checked.flows, localized(checked, flow))


def _read(script: Script) -> Iterator[str]:
    """The variables that a script expects something of."""
    for line in script.lines:
        if isinstance(line, ExpectThat):
            yield from (node.name for node in walk(line.test) if isinstance(node, Name))


def _plain(code: str, message: str, file: str) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, message, Span(file, 1, 1, 1, 1))
