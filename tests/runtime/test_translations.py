"""Catalogues at run time: a saved one is live for the next call, and a call goes on with the texts it began with."""

from pathlib import Path

from flowengine.core.commands import Say
from flowengine.core.events import Started
from flowengine.core.graph import Program
from flowengine.core.machine import begin, step
from flowengine.core.session import Facts
from flowengine.runtime.projects import Projects
from flowengine.runtime.reload import Reloaded, Reloader
from flowengine.runtime.store.memory import MemoryStore

FLOW = 'flow main:\n    language "es"\n\nstart:\n    say "Welcome."\n    hangup\n'
TOML = '[settings]\nlanguage = "en-US"\napology = "."\n'


def says(program: Program | None) -> list[str]:
    """What the caller hears."""
    assert program is not None
    facts = Facts("call-1", "+15557650001", "+15551230000", "inbound", "test", 1_795_000_000.0)
    _, turn = step(program, begin(program, "main", facts, {}), Started(facts.started))
    assert turn is not None
    return [command.text for command in turn.commands if isinstance(command, Say)]


async def test_a_saved_catalogue_is_live_and_older_calls_keep_theirs(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "main.flow").write_text(FLOW)
    (tmp_path / "flowengine.toml").write_text(TOML)
    catalogue = tmp_path / "locale" / "es" / "LC_MESSAGES" / "flows.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text('msgid "Welcome."\nmsgstr "Hola."\n')
    projects, store = Projects(tmp_path), MemoryStore()
    reports: list[Reloaded] = []
    reloader = Reloader(projects, reports.append)
    await projects.load()
    before = projects.program
    assert before is not None
    assert says(before) == ["Hola."]
    await projects.keep(before, store, 1_795_000_000.0)

    catalogue.write_text('msgid "Welcome."\nmsgstr "Bienvenido {{ nombre }}."\n')
    await reloader.look()
    assert [report.adopted for report in reports] == [False]
    assert says(projects.program) == ["Hola."]

    catalogue.write_text('msgid "Welcome."\nmsgstr "Bienvenido."\n')
    await reloader.look()
    assert [report.adopted for report in reports] == [False, True]
    assert says(projects.program) == ["Bienvenido."]

    # Another process, which knows the older version from the store only.
    other = Projects(tmp_path)
    await other.load()
    assert says(await other.version(before.version, store)) == ["Hola."]
