"""The extension for Visual Studio Code is built and tested with its own tools, in a copy, from its lock file."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from flowengine.compiler.settings import HEADER_SETTINGS
from flowengine.verbs import VERBS

EXTENSION = Path(__file__).parents[2] / "docs/editors/vscode"


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_it_builds_and_its_grammar_fits_its_words(tmp_path: Path) -> None:
    assert shutil.which("npm"), "Node.js and npm are needed; make test installs them where it may"
    copy = tmp_path / "vscode"
    shutil.copytree(EXTENSION, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
    run(copy, "npm", "ci", "--no-audit", "--no-fund")
    run(copy, "npm", "run", "build")
    assert (copy / "dist/extension.js").stat().st_size > 10_000
    assert "reception.flow run succes" in run(copy, "npm", "test")


def test_the_grammar_knows_every_verb_and_setting() -> None:
    text = (EXTENSION / "syntaxes/flow.tmLanguage.json").read_text("utf-8")
    patterns = json.loads(text)["patterns"]
    verbs = next(p for p in patterns if "verb" in json.dumps(p.get("captures", {})))["match"]
    settings = next(p for p in patterns if "setting" in json.dumps(p.get("captures", {})))["match"]
    assert {verb.name for verb in VERBS} <= set(verbs[verbs.index("(") + 1 : verbs.index(")")].split("|"))
    assert set(HEADER_SETTINGS) == set(settings[settings.index("(") + 1 : settings.index(")")].split("|"))


def test_the_manifest_names_files_that_are_there() -> None:
    manifest = json.loads((EXTENSION / "package.json").read_text("utf-8"))["contributes"]
    named = [entry["path"] for kind in ("grammars", "snippets") for entry in manifest[kind]]
    named += [language["configuration"] for language in manifest["languages"]]
    for path in named:
        json.loads((EXTENSION / path).read_text("utf-8"))
