"""The files of a project, read once: everything after this works on texts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

CONFIG_FILE = "flowengine.toml"
CATALOGUE = "LC_MESSAGES/flows.po"
"""Where the translations into a language lie in its folder."""
SKIPPED = frozenset({"node_modules", "__pycache__", "dist", "build"})


@dataclass(frozen=True, slots=True)
class Sources:
    """The texts of a project by file name, relative to its root with forward slashes.

    `config` is the text of `flowengine.toml`, or None where there is none. `audio` holds the names of the files under
    the audio folder, relative to it. `unreadable` are files that are not UTF-8, with what is wrong. `catalogues` are
    the translations, `locale/LANGUAGE/LC_MESSAGES/flows.po`.
    """

    root: Path
    config: str | None
    flows: Mapping[str, str]
    calls: Mapping[str, str] = field(default_factory=dict)
    audio: frozenset[str] = frozenset()
    unreadable: Mapping[str, str] = field(default_factory=dict)
    catalogues: Mapping[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> dict[str, str]:
        """Every text by file name, for showing a finding with its line."""
        own = {} if self.config is None else {CONFIG_FILE: self.config}
        return {**own, **self.flows, **self.calls, **self.catalogues}

    @property
    def readable_catalogues(self) -> dict[str, str]:
        """The catalogues but for those that are not UTF-8."""
        return {file: text for file, text in self.catalogues.items() if file not in self.unreadable}

    @property
    def written_catalogues(self) -> tuple[tuple[str, str], ...]:
        """The same as one value: what decides all translations."""
        return tuple(sorted(self.readable_catalogues.items()))

    def digest(self) -> str:
        """A name for exactly this content of configuration, flows, translations and audio folder: 16
        hexadecimal digits."""
        digest = hashlib.sha256()
        for name, text in sorted({CONFIG_FILE: self.config or "", **self.flows, **self.catalogues}.items()):
            digest.update(f"{name}\0{len(text)}\0{text}\0".encode("utf-8", "surrogatepass"))
        for name in sorted(self.audio):
            digest.update(f"{name}\0".encode("utf-8", "surrogatepass"))
        return digest.hexdigest()[:16]


def find_root(path: Path) -> Path:
    """The project that a file or folder belongs to: the nearest folder above it with a `flowengine.toml`, else the
    folder itself."""
    folder = path if path.is_dir() else path.parent
    for candidate in (folder, *folder.resolve().parents):
        if (candidate / CONFIG_FILE).is_file():
            return candidate
    return folder


def read(
    root: Path, flows_folder: str = "flows", audio_folder: str = "audio", locale_folder: str = "locale"
) -> Sources:
    """Read the files of the project at `root`.

    Flows lie under `flows_folder`; a folder without one and without a `flowengine.toml` is searched whole. Hidden
    folders, and those of package managers, are passed over.

    Raises:
        OSError: a file that is there cannot be read.
    """
    unreadable: dict[str, str] = {}
    config_path = root / CONFIG_FILE
    config = _text(config_path, CONFIG_FILE, unreadable) if config_path.is_file() else None
    where = root / flows_folder
    if not where.is_dir() and config is None:
        where = root
    flows = _texts(root, where, ".flow", unreadable)
    calls = _texts(root, root, ".call", unreadable)
    audio_root = root / audio_folder
    audio = (
        frozenset(path.relative_to(audio_root).as_posix() for path in _walk(audio_root) if path.is_file())
        if audio_root.is_dir()
        else frozenset()
    )
    catalogues = _catalogues(root, root / locale_folder, unreadable)
    return Sources(root, config, flows, calls, audio, unreadable, catalogues)


def _catalogues(root: Path, locale: Path, unreadable: dict[str, str]) -> dict[str, str]:
    """The translations under the locale folder, where gettext's tools put them."""
    texts: dict[str, str] = {}
    for path in sorted(locale.glob(f"*/{CATALOGUE}")) if locale.is_dir() else ():
        if path.is_file() and not path.relative_to(locale).parts[0].startswith("."):
            name = path.relative_to(root).as_posix()
            texts[name] = _text(path, name, unreadable)
    return texts


def _texts(root: Path, where: Path, ending: str, unreadable: dict[str, str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    if where.is_dir():
        for path in sorted(_walk(where)):
            if path.suffix == ending and path.is_file():
                name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
                text = _text(path, name, unreadable)
                texts[name] = text
    return texts


def _walk(folder: Path) -> list[Path]:
    found: list[Path] = []
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in SKIPPED:
            continue
        if path.is_dir() and not path.is_symlink():
            if path != folder and (path / CONFIG_FILE).is_file():
                continue  # a project inside a project is one of its own
            found += _walk(path)
        else:
            found.append(path)
    return found


def _text(path: Path, name: str, unreadable: dict[str, str]) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        unreadable[name] = f"line {line} is not UTF-8"
        return data.decode("utf-8", "replace")
