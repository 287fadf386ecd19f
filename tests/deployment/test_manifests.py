"""The files for Kubernetes, containers and systemd say what our command line and our paths are."""

import argparse
import re
import shlex
from collections.abc import Sequence
from typing import Any

import kubernetes_validate
import yaml
from aiohttp import web

from flowengine.carriers.listening import LISTENING
from flowengine.cli import serve
from flowengine.runtime.engine import Engine
from flowengine.runtime.projects import Projects
from flowengine.runtime.store.memory import MemoryStore
from flowengine.server.app import application
from tests.deployment.proxy import GIVEN
from tests.server.stage import write_project

GRACE = 30
"""Seconds that requests under way may take at most after the drain."""


def _manifests() -> dict[str, dict[str, Any]]:
    return {each["kind"]: each for each in yaml.safe_load_all((GIVEN / "kubernetes.yaml").read_text("utf-8"))}


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    serve.arguments(parser)
    return parser.parse_args(list(words))


def test_kubernetes_takes_the_manifests() -> None:
    for manifest in _manifests().values():
        kubernetes_validate.validate(manifest, "1.33", strict=True)


def test_the_pod_runs_what_the_command_line_takes() -> None:
    spec = _manifests()["Deployment"]["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    options = _options(["/srv/ivr", "--host", "0.0.0.0", *container["args"]])
    assert options.port == container["ports"][0]["containerPort"]
    assert spec["terminationGracePeriodSeconds"] >= options.drain + GRACE
    assert options.store.startswith("redis://")


def test_the_probes_ask_paths_that_exist(tmp_path: Any) -> None:
    app = application(Engine(Projects(write_project(tmp_path)), MemoryStore(), {}, _Nowhere()))
    (container,) = _manifests()["Deployment"]["spec"]["template"]["spec"]["containers"]
    served = {resource.canonical for resource in app.router.resources() if isinstance(resource, web.Resource)}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["path"] in served


def test_every_carrier_is_let_through_everywhere() -> None:
    paths = {f"/{name}/" for name in LISTENING} | {"/media/"}
    rules = _manifests()["Ingress"]["spec"]["rules"][0]["http"]["paths"]
    assert paths <= {rule["path"] for rule in rules}
    nginx = re.search(r"location ~ \^/\((.+)\)/", (GIVEN / "nginx.conf").read_text("utf-8"))
    assert nginx is not None
    assert paths <= {f"/{name}/" for name in nginx[1].split("|")}
    haproxy = re.search(r"acl carrier path_beg (.+)", (GIVEN / "haproxy.cfg").read_text("utf-8"))
    assert haproxy is not None
    assert paths <= set(haproxy[1].split())


def test_the_image_and_the_unit_start_the_server() -> None:
    image = (GIVEN / "Dockerfile").read_text("utf-8")
    entry = re.search(r"ENTRYPOINT \[(.+)\]", image)
    assert entry is not None
    assert [word.strip(' "') for word in entry[1].split(",")][:2] == ["flowengine", "serve"]
    unit = (GIVEN / "flowengine.service").read_text("utf-8")
    start = re.search(r"ExecStart=(.+)", unit)
    stop = re.search(r"TimeoutStopSec=(\d+)", unit)
    assert start is not None
    assert stop is not None
    _, command, *words = shlex.split(start[1])
    assert command == "serve"
    assert int(stop[1]) >= _options(words).drain + GRACE


class _Nowhere:
    """No world: nothing is asked of it here."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"asked for {name}")
