"""Hot reload: quick when it is right, and never a loss when it is wrong."""

import asyncio
import random
import time
from collections.abc import Callable
from pathlib import Path

from flowengine.runtime.projects import Projects
from flowengine.runtime.reload import Reloaded, Reloader
from tests.conftest import SEED

GOOD = 'flow main\n\nstart:\n    say "Version {number}."\n    hangup\n'
CONFIG = '[numbers]\n"+15551230000" = "main"\n'


class Stage:
    """A project on disk, watched or looked at by hand."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "flows").mkdir()
        (root / "flowengine.toml").write_text(CONFIG)
        self.flow = root / "flows" / "main.flow"
        self.flow.write_text(GOOD.format(number=0))
        self.projects = Projects(root)
        self.reports: list[Reloaded] = []
        self.reloader = Reloader(self.projects, self.reports.append)

    @property
    def says(self) -> str:
        """What the present version of the flow is."""
        assert self.projects.build is not None
        return self.projects.build.sources.flows["flows/main.flow"]


async def _until(condition: Callable[[], bool], seconds: float = 5.0) -> float:
    began = time.perf_counter()
    while not condition():
        assert time.perf_counter() - began < seconds
        await asyncio.sleep(0.002)
    return time.perf_counter() - began


async def test_a_save_before_anybody_watches_is_noticed(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.projects.load()
    stage.flow.write_text(GOOD.format(number=7))
    stop = asyncio.Event()
    watching = asyncio.create_task(stage.reloader.run(stop))
    await _until(lambda: stage.says == GOOD.format(number=7))
    stop.set()
    await watching
    assert len(stage.reports) == 1


async def test_a_save_is_live_within_200_ms(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.projects.load()
    stop = asyncio.Event()
    watching = asyncio.create_task(stage.reloader.run(stop))
    await asyncio.sleep(0.3)
    taken = []
    for number in range(1, 6):
        text = GOOD.format(number=number)
        stage.flow.write_text(text)
        taken.append(await _until(lambda text=text: stage.says == text))  # type: ignore[misc]
        await asyncio.sleep(0.05)
    stop.set()
    await watching
    assert sorted(taken)[2] < 0.2, taken


async def test_a_thousand_bad_saves_never_lose_the_good_version(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    stage = Stage(tmp_path)
    await stage.projects.load()
    await stage.reloader.look()
    good = stage.says
    whole = GOOD.format(number=1)
    for number in range(1000):
        match number % 5:
            case 0:
                stage.flow.write_text("")
            case 1:
                stage.flow.write_text(whole[: rng.randrange(1, len(whole) - 12)])
            case 2:
                stage.flow.write_bytes(rng.randbytes(50))
            case 3:
                stage.flow.rename(stage.flow.with_suffix(".flow~"))
                if number % 50 == 3:
                    await stage.reloader.look()
                stage.flow.with_suffix(".flow~").rename(stage.flow)
            case 4:
                stage.flow.write_text(f"{whole}\nstart:\n    sya {number}\n")
        await stage.reloader.look()
        assert stage.says == good, number
        assert stage.projects.program is not None
        assert list(stage.projects.program.flows) == ["main"]
    assert not any(report.adopted for report in stage.reports)
    stage.flow.write_text(whole)
    await stage.reloader.look()
    assert stage.says == whole


async def test_a_lost_configuration_is_not_believed(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.projects.load()
    await stage.reloader.look()
    (tmp_path / "flowengine.toml").unlink()
    await stage.reloader.look()
    assert stage.projects.flow_of("+15551230000") == "main"


async def test_backups_and_locks_of_editors_are_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.projects.load()
    await stage.reloader.look()
    for name in ("main.flow~", ".main.flow.swp", "#main.flow#", ".#main.flow", "main.flow.bak"):
        (tmp_path / "flows" / name).write_text("nonsense")
    await stage.reloader.look()
    assert stage.reports == []


async def test_findings_are_told(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.projects.load()
    await stage.reloader.look()
    stage.flow.write_text('flow main\n\nstart:\n    sya "x"\n    hangup\n')
    await stage.reloader.look()
    [report] = stage.reports
    assert not report.adopted
    assert [(d.span.file, d.span.line) for d in report.build.diagnostics if d.is_error] == [("flows/main.flow", 4)]


async def test_an_undone_mistake_is_told_as_mended(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.projects.load()
    await stage.reloader.look()
    good = stage.flow.read_text()
    stage.flow.write_text(good.replace("say", "sya"))
    await stage.reloader.look()
    stage.flow.write_text(good)
    await stage.reloader.look()
    assert [report.adopted for report in stage.reports] == [False, True]
    assert stage.says == good
