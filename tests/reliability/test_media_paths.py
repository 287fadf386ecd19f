"""Everything that a path may be, asked of the folder of recordings and prompts: never a file outside it."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.server.stage import running, write_project

UP = ("../", "..%2f", "..%2F", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\", "%252e%252e%252f", "....//", "..;/", ".%00./",
      "%c0%ae%c0%ae/", "%uff0e%uff0e/", "./../", "..%00/")  # fmt: skip
TARGETS = ("flowengine.toml", "flows/main.flow", "secret.wav", "etc/passwd", ".flowengine/state.db")
BEFORE = ("", "/", "//", "a.wav/", "folder/", "./", "%2f", "C:", "file:///", "~/", "\\\\server\\share\\")


async def test_never_outside_the_folder(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    root = write_project(tmp_path / "project")
    (root / "audio" / "folder").mkdir(parents=True)
    (root / "audio" / "a.wav").write_bytes(b"RIFF inside")
    (tmp_path / "secret.wav").write_bytes(b"outside")
    (root / "audio" / "link.wav").symlink_to(tmp_path / "secret.wav")
    (root / "audio" / "up").symlink_to(tmp_path)
    paths = [
        f"/media/{before}{up * depth}{target}"
        for before, up, depth, target in itertools.product(BEFORE, UP, (0, 1, 2, 5), TARGETS)
    ]
    paths += ["/media/link.wav", "/media/up/secret.wav", "/media/", "/media", "/media/%00", "/media/" + "a/" * 4000]
    statuses: Counter[int] = Counter()
    async with running(root) as (server, _):
        port = int(server.url.rpartition(":")[2])

        async def ask(some: list[str]) -> None:
            for path in some:
                # By hand: every client would put the path in order first.
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode("latin-1"))
                answer = await reader.read()
                writer.close()
                status = int(answer.split(b" ", 2)[1])
                statuses[status] += 1
                assert status < 500, path
                assert not any(secret in answer for secret in (b"outside", b"root:", b"[numbers]", b"flow main")), path
                assert (status == 200) == (answer.endswith(b"RIFF inside")), path

        await asyncio.gather(*(ask(paths[start::8]) for start in range(8)))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /media/a.wav HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert (await reader.read()).endswith(b"RIFF inside")
        writer.close()
    record_property(
        "figure", f"{len(paths)} paths: " + ", ".join(f"{n} answers {s}" for s, n in sorted(statuses.items()))
    )
