"""The projects that an editor has open: the files as they are on disk, with what is being typed laid over them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flowengine.compiler.build import Build, build_sources
from flowengine.compiler.config import parse_config
from flowengine.compiler.model import Checked
from flowengine.compiler.sources import CONFIG_FILE, Sources, find_root, read
from flowengine.language import call_tree
from flowengine.languageserver.places import Lines, covers
from flowengine.languageserver.symbols import Symbol, script_symbols, symbols


def path_of(uri: str) -> Path:
    """The file that a `file:` URI names."""
    return Path(unquote(urlsplit(uri).path))


@dataclass(slots=True)
class Project:
    """One project as the editor sees it, built."""

    root: Path
    build: Build
    symbols: tuple[Symbol, ...]

    @property
    def checked(self) -> Checked:
        """What the checks saw."""
        checked = self.build.checked
        if checked is None:
            raise TypeError("a build keeps what its checks saw")
        return checked

    def uri(self, file: str) -> str:
        """The URI of a file of the project."""
        return (self.root / file).resolve().as_uri()

    def name(self, uri: str) -> str:
        """The name of a file within the project, or "" for one outside of it."""
        path = path_of(uri).resolve()
        root = self.root.resolve()
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else ""

    def text(self, file: str) -> str:
        """The text of a file, as the editor has it."""
        return self.build.sources.texts.get(file, "")

    def lines(self, file: str) -> Lines:
        """The lines of a file."""
        return Lines(self.text(file))

    def symbol_at(self, file: str, line: int, column: int) -> Symbol | None:
        """The name at a place that counts from 1."""
        return next((s for s in self.symbols if s.span.file == file and covers(s.span, line, column)), None)


class Workspace:
    """Every project of which a file is open."""

    def __init__(self) -> None:
        self.open: dict[Path, str] = {}
        self._projects: dict[Path, Project] = {}

    def put(self, uri: str, text: str) -> None:
        """A file is open, with this text."""
        self.open[path_of(uri).resolve()] = text
        self._projects.pop(self._root(uri), None)

    def drop(self, uri: str) -> None:
        """A file is closed: what is on disk counts again."""
        self.open.pop(path_of(uri).resolve(), None)
        self._projects.pop(self._root(uri), None)

    def changed_on_disk(self) -> None:
        """Files changed outside of the editor."""
        self._projects.clear()

    def project(self, uri: str) -> Project:
        """The project that a file belongs to, built as it is now."""
        root = self._root(uri)
        if root not in self._projects:
            self._projects[root] = self._build(root)
        return self._projects[root]

    def _root(self, uri: str) -> Path:
        return find_root(path_of(uri)).resolve()

    def _build(self, root: Path) -> Project:
        config_text = self.open.get(root / CONFIG_FILE)
        if config_text is None and (root / CONFIG_FILE).is_file():
            config_text = (root / CONFIG_FILE).read_text("utf-8", "replace")
        config, _ = parse_config(config_text, CONFIG_FILE)
        table = config.project_table
        built = build_sources(self._overlaid(read(root, table.flows, table.audio, table.locale)))
        found = [*symbols(built.checked)] if built.checked is not None else []
        scripts: tuple[call_tree.Script, ...]
        for scripts in built.scripts.values():
            found += script_symbols(scripts)
        return Project(root, built, tuple(found))

    def _overlaid(self, sources: Sources) -> Sources:
        root = sources.root.resolve()
        flows, calls, config = dict(sources.flows), dict(sources.calls), sources.config
        for path, text in self.open.items():
            if not path.is_relative_to(root) or find_root(path).resolve() != root:
                continue
            name = path.relative_to(root).as_posix()
            if path.name == CONFIG_FILE:
                config = text
            elif path.suffix == ".flow":
                flows[name] = text
            elif path.suffix == ".call":
                calls[name] = text
        return replace(sources, flows=flows, calls=calls, config=config)
