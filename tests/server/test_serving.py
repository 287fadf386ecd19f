"""How a server is set up: what it refuses, and what it tells carriers while it ends."""

import base64
import socket
from pathlib import Path

import pytest

from flowengine.cli import main
from flowengine.server.serving import InsecureError
from tests.server.stage import running, write_project


async def test_webhooks_that_nobody_can_verify_are_refused(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    with pytest.raises(InsecureError, match=r"carriers\.telefonie"):
        async with running(root, insecure=False):
            pass
    async with running(root, insecure=False, carriers={"telefonie": {"webhook_secret": "s3cret"}}) as (server, caller):
        assert (await caller.ask("/telefonie/voice"))[0] == 403
        async with caller.client.get(f"{server.url}/health/ready") as response:
            assert response.status == 200


def test_sensitive_values_are_not_kept_openly_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused before the store is asked: nothing listens there."""
    monkeypatch.delenv("FLOWENGINE_STORE_KEY", raising=False)
    root = write_project(tmp_path)
    with (root / "flowengine.toml").open("a") as config:
        config.write('\n[carriers.telefonie]\nwebhook_secret = "s3cret"\n')
    command = ["serve", str(root), "--port", "0", "--store", "redis://127.0.0.1:1"]
    assert main(command) == 2
    assert "set FLOWENGINE_STORE_KEY to a key (openssl rand -base64 32)" in capsys.readouterr().err
    monkeypatch.setenv("FLOWENGINE_STORE_KEY", base64.b64encode(bytes(32)).decode())
    assert main(command) == 2
    assert "FLOWENGINE_STORE_KEY" not in capsys.readouterr().err


def test_serve_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_project(tmp_path)
    assert main(["serve", str(root), "--port", "0", "--store", "memory"]) == 2
    assert "webhook_secret" in capsys.readouterr().err


def test_workers_need_a_store_that_they_share(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_project(tmp_path)
    assert main(["serve", str(root), "--workers", "2", "--store", "memory", "--insecure"]) == 2
    assert "--store" in capsys.readouterr().err


def test_a_store_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_project(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert main(["serve", str(root), "--insecure", "--store", f"redis://:secret@127.0.0.1:{port}"]) == 2
    shown = capsys.readouterr().err
    assert f"127.0.0.1:{port}" in shown
    assert "secret" not in shown


async def test_only_carriers_of_the_project_are_listened_to(tmp_path: Path) -> None:
    async with running(write_project(tmp_path)) as (server, caller):
        response = await caller.client.post(f"{server.url}/voipbin/hook", json={})
        assert response.status == 404


async def test_while_it_ends_each_answer_is_the_last_of_its_connection(tmp_path: Path) -> None:
    async with running(write_project(tmp_path)) as (server, caller):
        for draining in (False, True):
            server.engine.draining = draining
            async with caller.client.get(f"{server.url}/health") as response:
                assert (response.headers.get("Connection") == "close") == draining


def test_a_refused_serve_leaves_no_files(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    assert main(["serve", str(root), "--port", "0"]) == 2
    assert not (root / ".flowengine").exists()
