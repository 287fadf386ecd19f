"""The grammar, read from `grammar/` and made into one LALR parser."""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import sys
import tempfile
import threading
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import lark

from flowengine.language.builder import Builder
from flowengine.language.tokens import Blocks

STARTS = ("header", "step", "script", "only_expression", "template_tag")


def folder() -> Traversable:
    """Where the grammar lies: inside the installed package, or beside it in a checkout."""
    shipped = resources.files("flowengine") / "grammar"
    return shipped if shipped.is_dir() else Path(__file__).parents[2] / "grammar"


class Grammar:
    """The parser with the builder that makes trees while it parses. It is not safe across threads: whoever parses holds
    `lock`.

    `tables` is a file that keeps the parser's tables, as Python keeps compiled modules: they take long to make.
    """

    def __init__(self, tables: Path | None = None) -> None:
        self.builder = Builder(self)
        self.blocks = Blocks()
        self.lock = threading.RLock()
        self.lark = self._kept(tables)

    def _kept(self, tables: Path | None) -> lark.Lark:
        """The parser from the kept tables. Where there are none it is made, and kept if their folder can be written."""
        if tables is None:
            return self._made()
        try:
            with tables.open("rb") as file:
                kept = pickle.load(file)  # noqa: S301 - see `tables_file`
            return lark.Lark._load_from_dict(kept["data"], kept["memo"], **self._ours)  # type: ignore[no-any-return, no-untyped-call]
        except Exception:  # noqa: S110 - there is none, or it is damaged, and what that raises is anybody's guess
            pass
        made = self._made()
        with contextlib.suppress(OSError):
            tables.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=tables.parent, prefix="tables-") as aside:
                # Written aside and then put in place at once: another process finds all of it, or nothing.
                written = Path(aside) / tables.name
                with written.open("wb") as file:
                    made.save(file, tuple(self._ours))
                written.replace(tables)
        return made

    @property
    def _ours(self) -> dict[str, Any]:
        """What does not go into the tables."""
        return {"postlex": self.blocks, "transformer": self.builder}

    def _made(self) -> lark.Lark:
        starts = list(STARTS)
        text = grammar_text()
        return lark.Lark(text, parser="lalr", lexer="contextual", maybe_placeholders=True, start=starts, **self._ours)

    def parse(self, text: str, start: str, *, inside_brackets: bool = False) -> Any:
        """Parse from a start rule; the builder knows the file and the place of the text."""
        before = self.blocks.inside_brackets
        self.blocks.inside_brackets = inside_brackets
        try:
            return self.lark.parse(text, start=start)
        finally:
            self.blocks.inside_brackets = before


@cache
def grammar() -> Grammar:
    """The one grammar of this process."""
    return Grammar(tables_file())


def grammar_text() -> str:
    """Both files of the grammar, as one."""
    return "\n".join((folder() / name).read_text("utf-8") for name in ("expression.lark", "flow.lark"))


def tables_file() -> Path | None:
    """Where the tables of this grammar are kept: with the compiled modules, so that only who may change the code may
    change what is unpickled here. None where Python was told to keep nothing."""
    if sys.dont_write_bytecode:
        return None
    made_of = f"{grammar_text()}{lark.__version__}{sys.version_info[:3]}"
    name = f"grammar.{hashlib.sha256(made_of.encode()).hexdigest()[:16]}.tables"
    return Path(cache_from_source(__file__)).with_name(name)
