"""A real Redis for a test: on a free port of the loopback interface, with nothing of it on the disk afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import redis

_SECONDS = 15.0


class RedisServer:
    """A server that a test starts, stops, freezes and starts again on the same port."""

    def __init__(self, folder: Path, *, cluster: bool = False, always: bool = True, socket: bool = False) -> None:
        """`always`: what it has answered is on the disk; else it is there within a second. With `socket` it listens on
        one in the folder, too."""
        program = shutil.which("redis-server") or shutil.which("valkey-server")
        assert program is not None, "redis-server is needed: `make test` installs it"
        self.port = _free_port()
        self.cluster = cluster
        self.url = f"redis{'+cluster' if cluster else ''}://127.0.0.1:{self.port}"
        self.socket = f"unix://{folder}/redis.sock"
        self._command = [
            program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "",
            "--appendonly", "yes", "--appendfsync", "always" if always else "everysec", "--loglevel", "warning",
        ]  # fmt: skip
        if socket:
            self._command += ["--unixsocket", f"{folder}/redis.sock"]
        if cluster:
            self._command += ["--cluster-enabled", "yes", "--cluster-port", str(_free_port())]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + _SECONDS
        with redis.Redis(port=self.port) as client:
            while True:
                try:
                    client.ping()
                    if self.cluster and client.cluster("INFO")["cluster_state"] != "ok":
                        if client.cluster("INFO")["cluster_slots_assigned"] == "0":
                            client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
                        raise redis.ConnectionError("the cluster is not formed yet")
                    return
                except redis.RedisError:
                    assert time.monotonic() < deadline, "redis-server does not answer"
                    time.sleep(0.02)

    def stop(self) -> None:
        """End it; what it holds is on the disk."""
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGCONT)
            self._process.terminate()
            self._process.wait(_SECONDS)
            self._process = None

    def freeze(self) -> None:
        """Let it take connections and say nothing."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def clear(self) -> None:
        """Drop all that it holds."""
        with redis.Redis(port=self.port) as client:
            client.flushall()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
