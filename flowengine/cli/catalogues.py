"""`flowengine messages extract | update | check`: the texts of flows in other languages."""

from __future__ import annotations

import argparse
from pathlib import Path

from flowengine.cli.check import style
from flowengine.cli.main import UsageError
from flowengine.cli.projects import Opened, open_projects
from flowengine.compiler.model import Checked
from flowengine.compiler.sources import CATALOGUE
from flowengine.compiler.translation.catalogue import read_catalogue
from flowengine.compiler.translation.extract import same_but_for_its_date, template, update, written
from flowengine.diagnostics.render.text import TEXT
from flowengine.diagnostics.sources import Sources
from flowengine.verbs.kinds import LANGUAGE

TEMPLATE = "flows.pot"
CODES = frozenset({"FE191", "FE317", "FE318", "FE319", "FE353"})


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The actions on catalogues; each sets `do`."""
    extract = actions.add_parser("extract", help=f"write every text of the flows into locale/{TEMPLATE}")
    extract.set_defaults(do=_extract)
    bring = actions.add_parser("update", help="put new texts into the catalogues, and begin one for a language")
    bring.add_argument(
        "--language", metavar="TAG", action="append", default=[], help="begin a catalogue: es, pt-BR; may be repeated"
    )
    bring.set_defaults(do=_update)
    check = actions.add_parser("check", help="find what is missing or wrong in the catalogues; exit 1 if anything is")
    check.set_defaults(do=_check)
    for action in (extract, bring, check):
        action.add_argument(
            "project", metavar="DIR", nargs="?", default=".", help="the project's folder (default: the present one)"
        )


def _extract(options: argparse.Namespace) -> int:
    project, checked = _open(options.project)
    path = _locale(project) / TEMPLATE
    catalog = template(checked)
    text = written(catalog)
    if not path.is_file() or not same_but_for_its_date(path.read_text("utf-8", "replace"), text):
        _write(path, text)
    print(f"{path}: {_texts(len(catalog))}")
    return 0


def _update(options: argparse.Namespace) -> int:
    project, checked = _open(options.project)
    locale = _locale(project)
    languages = {path.parents[1].name: path for path in sorted(locale.glob(f"*/{CATALOGUE}"))}
    for tag in options.language:
        try:
            LANGUAGE.accept(tag.replace("_", "-"))
        except ValueError as error:
            raise UsageError(f"--language must be {error}") from None
        languages.setdefault(tag, locale / tag / CATALOGUE)
    if not languages:
        raise UsageError("there is no catalogue yet: begin one with `--language es`")
    wrong = 0
    for language, path in languages.items():
        before = path.read_text("utf-8", "replace") if path.is_file() else None
        if before is not None:
            _, found = read_catalogue(path.relative_to(project.root).as_posix(), before)
            if found:
                print(TEXT.render(list(found), Sources(project.build.sources.texts), style()), end="")
                wrong += 1
                continue
        updated = update(checked, language, before)
        if updated.text != before:
            _write(path, updated.text)
        count = updated.translated + updated.fuzzy + updated.missing
        print(f"{path}: {_texts(count)}, {updated.missing} to translate, {updated.fuzzy} to look at again")
    return int(wrong > 0)


def _check(options: argparse.Namespace) -> int:
    project, _ = _open(options.project)
    sources = project.build.sources
    if not sources.catalogues:
        raise UsageError("there is no catalogue: begin one with `flowengine messages update --language es`")
    found = [finding for finding in project.build.diagnostics if finding.code in CODES]
    print(TEXT.render(found, Sources(sources.texts), style()), end="")
    if not found:
        names = ", ".join(Path(file).parts[-3] for file in sources.catalogues)
        print(f"every text is translated: {names}")
    return int(bool(found))


def _open(directory: str) -> tuple[Opened, Checked]:
    """The project.

    Raises:
        UsageError: a file of it cannot be read, so that its texts would be missing.
    """
    (project,) = open_projects([directory])
    checked = project.build.checked
    if checked is None or checked.lost:
        raise UsageError("a flow has a syntax error, and its texts would be missing: see `flowengine check`")
    return project, checked


def _locale(project: Opened) -> Path:
    return project.root / project.build.config.project_table.locale


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from error


def _texts(count: int) -> str:
    return "1 text" if count == 1 else f"{count} texts"
