"""`flowengine call`: with piped input, and at a terminal."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flowengine.cli.main import main
from tests.cli.projects import make_project


def call(folder: Path, typed: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A call with piped input."""
    command = [sys.executable, "-m", "flowengine", "call", "main", "--project", str(folder), *arguments]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=60, check=False)


def test_a_whole_call(tmp_path: Path) -> None:
    make_project(tmp_path)
    done = call(tmp_path, '1\n{"name": "Ada"}\nbusy\n')
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        done.stdout
        == """\
flow    For sales, press 1. To leave a message, press 2.
(type keys, `wait`, `hangup`)
caller  presses 1
flow    [fetch https://crm.example/agent]
(the flow fetches https://crm.example/agent: type the answer as JSON or text, a status such as 404, or `fails`)
flow    You will speak to Ada.
flow    [transfer +15551230001]
(+15551230001 rings: busy, noanswer, declined, failed, or answered 30s)
peer    +15551230001: busy
flow    Goodbye.
flow    [hangup]
-- the flow has ended the call
"""
    )


def test_the_end_of_the_input_hangs_up(tmp_path: Path) -> None:
    make_project(tmp_path)
    assert call(tmp_path, "").stdout.endswith("caller  hangs up\n-- the caller has hung up\n")


def test_what_is_unclear_is_asked_again(tmp_path: Path) -> None:
    make_project(tmp_path)
    shown = call(tmp_path, "sales\nwait\nhangup\n").stdout
    assert "(keys are 0-9, * and #; `speak …` says something, `hangup` ends the call)" in shown
    assert shown.count("For sales, press 1.") == 2


def test_a_saved_call_is_a_script_that_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path)
    saved = tmp_path / "calls" / "saved.call"
    typed = 'wait\n1\n{"name": "Ada \\"A.\\""}\nbusy\n'
    done = call(tmp_path, typed, "--save", str(saved), "--at", "2026-07-01T10:00", "--from", "+15557650001")
    assert done.returncode == 0, done.stderr
    assert (
        saved.read_text("utf-8")
        == """\
call "main":
    flow main
    from "+15557650001"
    to "+12025550100"
    at "2026-07-01T10:00:00"
    given fetch "https://crm.example/agent" json={"name": "Ada \\"A.\\""}
    hear "For sales, press 1. To leave a message, press 2."
    wait
    hear "For sales, press 1. To leave a message, press 2."
    press "1"
    hear "You will speak to Ada \\"A.\\"."
    expect transfer "+15551230001"
    peer busy
    hear "Goodbye."
    expect hangup
"""
    )
    assert main(["test", str(saved)]) == 0
    capsys.readouterr()


def test_a_sensitive_input_is_not_saved(tmp_path: Path) -> None:
    make_project(tmp_path)
    saved = tmp_path / "calls" / "saved.call"
    done = call(tmp_path, "2\n4711\n5s Hello.\n", "--save", str(saved))
    assert done.returncode == 0, done.stderr
    assert "4711" not in saved.read_text("utf-8") + done.stdout
    assert 'press "••••"' in saved.read_text("utf-8")


def test_answers_come_from_a_script(tmp_path: Path) -> None:
    make_project(tmp_path)
    shown = call(tmp_path, "1\nbusy\n", "--given", str(tmp_path / "calls" / "good.call")).stdout
    assert "You will speak to Ada." in shown
    assert "(the flow fetches" not in shown


def test_answers_of_a_script_are_kept_with_the_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path)
    given = tmp_path / "calls" / "given.call"
    line = 'given fetch "https://crm.example/*" json={\n        "name": "Bea",\n    }'
    given.write_text(f'call "given":\n    flow main\n    {line}\n    hangup\n', "utf-8")
    saved = tmp_path / "calls" / "saved.call"
    done = call(tmp_path, "1\nbusy\n", "--given", str(given), "--save", str(saved), "--at", "2026-07-01T10:00")
    assert done.returncode == 0, done.stderr
    assert line in saved.read_text("utf-8")
    assert main(["test", str(saved)]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["mian"], "did you mean `main`?"),
        (["main", "x=1"], "no parameter x"),
        (["main", "--at", "noon"], "--at takes a time"),
        (["main", "--given", "nowhere.call"], "nowhere.call is not a call script"),
    ],
)
def test_misuse(arguments: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path)
    assert main(["call", *arguments, "--project", str(tmp_path)]) == 2
    assert told in capsys.readouterr().err


def test_a_project_with_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(tmp_path)
    (tmp_path / "flows" / "main.flow").write_text("flow main\n\nstart:\n    sya 1\n", "utf-8")
    assert main(["call", "main", "--project", str(tmp_path)]) == 1
    assert "error[FE201]" in capsys.readouterr().out


def test_without_a_player_there_is_no_sound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_project(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["call", "main", "--audio", "--project", str(tmp_path)]) == 2
    assert "install one of" in capsys.readouterr().err


def test_at_a_terminal_time_runs_and_is_shown(tmp_path: Path) -> None:
    make_project(tmp_path)
    config = tmp_path / "flowengine.toml"
    config.write_text(config.read_text("utf-8") + '\n[settings]\ntimeout = "1s"\n', "utf-8")
    main_end, terminal = pty.openpty()
    command = [sys.executable, "-m", "flowengine", "call", "main", "--project", str(tmp_path)]
    process = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, close_fds=True)
    os.close(terminal)
    try:
        shown = _read_until(main_end, lambda text: text.count("To leave a message") == 2)
        assert "1 > " in re.sub(r"\x1b\[\d*m", "", shown), "the seconds that are left"
        os.write(main_end, b"hangup\n")
        shown = _read_until(main_end, lambda text: "the caller has hung up" in text)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(main_end)


def _read_until(descriptor: int, enough: object) -> str:
    """What the terminal shows, until it is enough; half a minute at most."""
    shown = ""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        ready, _, _ = select.select([descriptor], [], [], 0.2)
        if ready:
            try:
                shown += os.read(descriptor, 4096).decode("utf-8", "replace")
            except OSError:
                break
        if callable(enough) and enough(shown):
            return shown
    raise AssertionError(f"the terminal shows only {shown!r}")
