"""`flowengine fmt`: what it writes, what it tells, and how it ends."""

from pathlib import Path

import pytest

from flowengine.cli.main import main

UGLY = 'flow a\nstart:\n  say   "Hi"\n  hangup\n'
TIDY = 'flow a\n\nstart:\n    say "Hi"\n    hangup\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flows" / ".hidden").mkdir(parents=True)
    (tmp_path / "flows" / "a.flow").write_text(UGLY)
    (tmp_path / "flows" / "b.flow").write_text(TIDY)
    (tmp_path / "flows" / ".hidden" / "c.flow").write_text(UGLY)
    (tmp_path / "a.call").write_text('call "x":\n  flow a\n  hear "Hi"\n')
    (tmp_path / "notes.txt").write_text("  left alone")
    return tmp_path


def test_files_are_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt"]) == 0
    assert (project / "flows" / "a.flow").read_text() == TIDY
    assert (project / "a.call").read_text() == 'call "x":\n    flow a\n    hear "Hi"\n'
    assert (project / "flows" / ".hidden" / "c.flow").read_text() == UGLY
    output = capsys.readouterr()
    assert output.out.splitlines() == ["a.call laid out", "flows/a.flow laid out"]
    assert output.err == "2 of 3 files changed\n"
    assert main(["fmt"]) == 0
    assert capsys.readouterr().err == "0 of 3 files changed\n"


def test_check(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--check", "flows"]) == 1
    assert capsys.readouterr().out == "flows/a.flow is laid out otherwise\n"
    assert (project / "flows" / "a.flow").read_text() == UGLY
    assert main(["fmt", "--check", "flows/b.flow"]) == 0


def test_diff(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--diff", "flows/a.flow"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[:2] == ["--- flows/a.flow", "+++ flows/a.flow"]
    assert '-  say   "Hi"' in shown
    assert '+    say "Hi"' in shown
    assert (project / "flows" / "a.flow").read_text() == UGLY
    assert main(["fmt", "--diff", "--check", "flows/a.flow"]) == 1


def test_a_file_that_cannot_be_parsed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = project / "flows" / "b.flow"
    broken.write_text('flow b\n\nstart:\n  say "Hi\n')
    assert main(["fmt"]) == 1
    assert "error[FE103]" in capsys.readouterr().err
    assert broken.read_text() == 'flow b\n\nstart:\n  say "Hi\n'
    assert (project / "flows" / "a.flow").read_text() == TIDY


def test_flows_need_not_compile(project: Path) -> None:
    unknown = project / "flows" / "b.flow"
    unknown.write_text("flow b\nstart:\n  sya nothing\n")
    assert main(["fmt"]) == 0
    assert unknown.read_text() == "flow b\n\nstart:\n    sya nothing\n"


def test_line_ends_count_as_layout(project: Path) -> None:
    file = project / "flows" / "b.flow"
    file.write_bytes(TIDY.replace("\n", "\r\n").encode())
    assert main(["fmt", "--check", "flows/b.flow"]) == 1
    assert main(["fmt", "flows/b.flow"]) == 0
    assert file.read_bytes() == TIDY.encode()


@pytest.mark.parametrize("path", ["missing", "notes.txt", "flows/latin.flow"])
def test_misuse(project: Path, capsys: pytest.CaptureFixture[str], path: str) -> None:
    (project / "flows" / "latin.flow").write_bytes(b"# f\xfcr\n")
    assert main(["fmt", path]) == 2
    assert path in capsys.readouterr().err
