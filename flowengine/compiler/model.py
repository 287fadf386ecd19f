"""What a check can see: the whole project as trees, with the verbs of every statement already bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, TypeVarTuple

from flowengine.compiler.binding import Bound
from flowengine.compiler.config import Config
from flowengine.compiler.memory import Memory
from flowengine.compiler.sources import Sources
from flowengine.language import tree
from flowengine.verbs.base import Verb

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Ability(Protocol):
    """Whether a carrier can do something: `level` is full, partly or no, `note` says what is lost.

    `fractions`: it is lost only where a time is no whole number of seconds.
    """

    @property
    def level(self) -> str: ...

    @property
    def note(self) -> str: ...

    @property
    def fractions(self) -> bool: ...


class Budget(Protocol):
    """How much a carrier does in one call: `limit` actions, `first` of them before the flow begins, and about `of` a
    verb for each use of it; `note` tells what happens then."""

    @property
    def limit(self) -> int: ...

    @property
    def first(self) -> int: ...

    @property
    def of(self) -> Mapping[str, int]: ...

    @property
    def note(self) -> str: ...


class Abilities(Protocol):
    """What a carrier can do.

    `of` has entries for verbs (`queue`), arguments (`queue.music`) and outcomes (`transfer: declined`); a verb that is
    missing cannot be done. `runs_flows` is False for a carrier that only places calls. `budget` is None where a call
    may do as much as it likes.
    """

    @property
    def runs_flows(self) -> bool: ...

    @property
    def of(self) -> Mapping[str, Ability]: ...

    @property
    def budget(self) -> Budget | None: ...


@dataclass(frozen=True, slots=True)
class Checked:
    """The project under check.

    `files` holds every flow file that gave a tree, by file name; `flows` the first flow of each name. `bound` has, by
    the identity of the statement, each use of a verb whose name is known. `lost` tells that some file did not parse
    whole, so that names may exist that nobody can see. `named_by_scripts` are the flows that call scripts name,
    `read_by_scripts` the variables that they look at. `carriers` tells what the carriers can do, by name; it is empty
    where nobody has said. `memo` keeps what several checks work out of the whole project, `memories` what this build
    and those before it have worked out of each flow, by the identity of its tree.
    """

    sources: Sources
    config: Config
    verbs: Mapping[str, Verb]
    files: Mapping[str, tree.Flow]
    flows: Mapping[str, tree.Flow]
    bound: Mapping[int, Bound]
    lost: bool
    named_by_scripts: frozenset[str] = frozenset()
    read_by_scripts: frozenset[str] = frozenset()
    carriers: Mapping[str, Abilities] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    memories: dict[int, Memory] = field(default_factory=dict, compare=False, repr=False)

    def lines(self, file: str) -> list[str]:
        """The lines of a file as they are written; none where there is no such file."""
        known: dict[str, list[str]] = self.memo.setdefault("lines", {})
        if file not in known:
            known[file] = self.sources.texts.get(file, "").removeprefix("\ufeff").split("\n")
        return known[file]

    def recall(self, flow: tree.Flow, work: Callable[[Checked, tree.Flow, *Ts], T], *seen: *Ts) -> T:
        """What `work` gives for a flow; it is not done again while nothing that it looks at has changed.

        It may look at the flow and at `flowengine.toml`. Of all else it may look at `seen` only, which it is given.
        What it gives must not be changed afterwards.
        """
        return self.memory(flow).recall((work, self.sources.config, *seen), lambda: work(self, flow, *seen))

    def memory(self, flow: tree.Flow) -> Memory:
        """Where results of a flow are kept."""
        return self.memories.setdefault(id(flow), Memory())

    def statements(self, flow: tree.Flow) -> Sequence[tree.Statement]:
        """Every statement of a flow: of its handlers, then of its steps."""
        return self.recall(flow, _statements)

    def uses(self, flow: tree.Flow) -> Sequence[Bound]:
        """Every use of a verb in a flow whose name is known, in the order of its statements."""
        return self.recall(flow, _uses)

    def runs(self, flow: tree.Flow) -> Sequence[tree.Run]:
        """Every `run` of a flow, in the order of its statements."""
        return self.recall(flow, _runs)


def _statements(_checked: Checked, flow: tree.Flow) -> Sequence[tree.Statement]:
    found = [statement for handler in flow.handlers for statement in (handler, *tree.walk(handler.body))]
    return [*found, *(statement for step in flow.steps for statement in tree.walk(step.body))]


def _uses(checked: Checked, flow: tree.Flow) -> Sequence[Bound]:
    found = (checked.bound.get(id(statement)) for statement in checked.statements(flow))
    return [bound for bound in found if bound is not None]


def _runs(checked: Checked, flow: tree.Flow) -> Sequence[tree.Run]:
    return [statement for statement in checked.statements(flow) if isinstance(statement, tree.Run)]
