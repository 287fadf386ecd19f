"""A pytest plugin: `.call` files are collected beside the Python tests, one item a script; and `flowengine_sandbox`.

It is there where Flowengine is installed; `pytest -p no:flowengine` leaves it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from flowengine.cli.pytest_sandbox import flowengine_sandbox, flowengine_sandbox_config
from flowengine.compiler.build import build
from flowengine.compiler.sources import find_root
from flowengine.diagnostics.render import Style
from flowengine.diagnostics.render.text import TEXT
from flowengine.simulator.project import Scripts, read_scripts
from flowengine.simulator.report import describe
from flowengine.simulator.runner import Result, simulate
from flowengine.simulator.script import Case

__all__ = ["flowengine_sandbox", "flowengine_sandbox_config", "pytest_collect_file"]


class ProjectError(Exception):
    """The project has errors; its scripts cannot run. The message is the findings as `check` shows them."""


class ScriptFailedError(Exception):
    """A script did not pass; `report` shows the line, what was heard instead, and the conversation."""

    def __init__(self, report: str) -> None:
        super().__init__(report)
        self.report = report


@cache
def _scripts(root: Path) -> Scripts:
    """The scripts of a project, built once a run."""
    return read_scripts(build(root))


class CallItem(pytest.Item):
    """One script."""

    def __init__(self, *, case: Case, scripts: Scripts, **rest: Any) -> None:
        super().__init__(**rest)
        self.case = case
        self.scripts = scripts

    def runtest(self) -> None:
        program = self.scripts.program
        if program is None:
            raise ProjectError("the project has errors")
        result: Result = simulate(self.case, program)
        if not result.passed:
            raise ScriptFailedError(describe(result, self.scripts.sources, self.scripts.zone))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        if isinstance(excinfo.value, ScriptFailedError):
            return excinfo.value.report
        return str(super().repr_failure(excinfo, style))

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.span.line - 1, f"call: {self.case.name}"


class CallFile(pytest.File):
    """A file of call scripts."""

    def collect(self) -> Iterator[CallItem]:
        root = find_root(self.path).resolve()
        scripts = _scripts(root)
        if scripts.program is None:
            errors = [finding for finding in scripts.diagnostics if finding.is_error]
            raise ProjectError(TEXT.render(errors, scripts.sources, Style()))
        name = self.path.resolve().relative_to(root).as_posix()
        for case in scripts.cases:
            if case.file == name:
                yield CallItem.from_parent(self, name=case.name, case=case, scripts=scripts)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, ProjectError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> CallFile | None:
    """Take `.call` files."""
    return CallFile.from_parent(parent, path=file_path) if file_path.suffix == ".call" else None
