"""The proxies that the operations page gives configurations for, run with these on loopback."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import trustme

GIVEN = Path(__file__).parents[2] / "docs" / "deployment"

_NGINX = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/flowengine.conf;
}}
"""


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def certificate(folder: Path) -> ssl.SSLContext:
    """Write a certificate for localhost; gives what a client needs to trust it."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    (folder / "fullchain.pem").write_bytes(chain)
    (folder / "privkey.pem").write_bytes(issued.private_key_pem.bytes())
    (folder / "all.pem").write_bytes(chain + issued.private_key_pem.bytes())
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    return trust


def _nginx(folder: Path) -> Sequence[str]:
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder))
    return ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def _haproxy(folder: Path) -> Sequence[str]:
    return ["haproxy", "-db", "-f", str(folder / "flowengine.conf")]


PROXIES = {"nginx": ("nginx.conf", _nginx), "haproxy": ("haproxy.cfg", _haproxy)}


@asynccontextmanager
async def proxy(name: str, folder: Path, port: int, servers: Sequence[int]) -> AsyncIterator[None]:
    """Run a proxy on `port` before servers on these two ports, with the configuration that we give but for addresses.

    The folder holds the certificate.
    """
    file, command = PROXIES[name]
    text = (GIVEN / file).read_text("utf-8")
    for given, here in (
        ("10.0.0.11:8080", f"127.0.0.1:{servers[0]}"),
        ("10.0.0.12:8080", f"127.0.0.1:{servers[1]}"),
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("bind :443", f"bind 127.0.0.1:{port}"),
        ("ivr.example.com;", "localhost;"),
        ("/etc/ssl/ivr.example.com", str(folder)),
    ):
        text = text.replace(given, here)
    (folder / "flowengine.conf").write_text(text)
    words = command(folder)
    program = shutil.which(words[0], path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
    assert program is not None, f"{words[0]} is needed: `make test` installs it"
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(program, *words[1:], stdin=DEVNULL, stdout=output, stderr=output)
    try:
        await _listening(port, process, log)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 10)


async def _listening(port: int, process: asyncio.subprocess.Process, log: Path) -> None:
    for _ in range(400):
        if process.returncode is not None:
            break
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.025)
            continue
        writer.close()
        return
    raise AssertionError(f"nothing listens on {port}: {await asyncio.to_thread(log.read_text)}")
