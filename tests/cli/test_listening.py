"""The address that a command tells, and a port that is somebody else's."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowengine.cli.listening import reachable
from flowengine.cli.main import main


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "[::1]"),
        ("::1", "[::1]"),
        ("192.0.2.7", "192.0.2.7"),
        ("ivr.example", "ivr.example"),
    ],
)
def test_the_address_that_is_told_can_be_opened(host: str, told: str) -> None:
    assert reachable(host) == told


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("command", [["dev"], ["serve", "--insecure"], ["sandbox"]])
def test_a_port_that_is_in_use(
    command: list[str], taken: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["new", str(tmp_path / "line")]) == 0
    monkeypatch.chdir(tmp_path / "line")
    assert main([*command, "--port", str(taken)]) != 0
    says = f"flowengine: port {taken} of 127.0.0.1 is in use: --port takes another one, or 0 for one that is free\n"
    assert capsys.readouterr().err.endswith(says)
