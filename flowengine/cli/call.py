"""`flowengine call`: a call in the terminal."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from time import time

from flowengine.cli.audio import AudioError, Loudspeaker
from flowengine.cli.main import UsageError
from flowengine.cli.projects import Opened, open_projects
from flowengine.cli.terminal import Terminal
from flowengine.compiler.build import Build
from flowengine.core.commands import Fetch, Listen
from flowengine.core.journal import MASK
from flowengine.core.machine import ArgumentsError
from flowengine.diagnostics.model import Span
from flowengine.diagnostics.render import Style
from flowengine.diagnostics.render.text import TEXT
from flowengine.diagnostics.sources import Sources
from flowengine.diagnostics.suggest import closest
from flowengine.simulator.binding import CALLER, number_of
from flowengine.simulator.line import CannotError, Setup, finished
from flowengine.simulator.phone import Phone
from flowengine.simulator.project import read_scripts
from flowengine.simulator.recorder import Recorder, quoted
from flowengine.simulator.report import line_of
from flowengine.simulator.script import Give
from flowengine.simulator.transcript import Did, Said, Who
from flowengine.simulator.typed import Action, UnclearError, answer, help_for, literal, understand
from flowengine.simulator.values import moment
from flowengine.simulator.world import Given, NoAnswerGivenError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("flow", metavar="FLOW", help="the flow in which the call begins")
    parser.add_argument("args", nargs="*", metavar="NAME=VALUE", help="values for the flow's parameters")
    parser.add_argument("--project", default=".", metavar="DIR", help="the project's folder (default: the present one)")
    parser.add_argument("--from", dest="caller", default=None, metavar="NUMBER", help="who calls")
    parser.add_argument("--to", dest="called", default=None, metavar="NUMBER", help="who is called")
    parser.add_argument("--at", metavar="TIME", help="when, in the project's zone: 2026-11-21T20:00 (default: now)")
    parser.add_argument("--outbound", action="store_true", help="we call, and the other side answers")
    parser.add_argument(
        "--answered-by", choices=("human", "machine", "fax", "unknown"), help="what machine detection says"
    )
    parser.add_argument("--given", metavar="FILE.call", help="answers fetches as the `given` lines of this script do")
    parser.add_argument("--save", metavar="FILE.call", help="keep the call as a test")
    parser.add_argument("--audio", action="store_true", help="speak the prompts")


def run(options: argparse.Namespace) -> int:
    (project,) = open_projects([options.project])
    build = project.build
    if build.program is None:
        errors = [found for found in build.diagnostics if found.is_error]
        sys.stdout.write(TEXT.render(errors, Sources(build.sources.texts), Style()))
        return 1
    if options.flow not in build.program.flows:
        near = closest(options.flow, build.program.flows)
        raise UsageError(f"there is no flow `{options.flow}`" + (f": did you mean `{near}`?" if near else ""))
    setup = _setup(options, build)
    try:
        phone = Phone(build.program, setup)
    except ArgumentsError as error:
        raise UsageError(f"{error}; give it as NAME=VALUE") from None
    recorder = Recorder(options.flow, _setup_lines(setup, build))
    for given, line in _givens(options.given, project):
        phone.give(given)
        recorder.gave(line)
    try:
        loudspeaker = Loudspeaker() if options.audio else None
    except AudioError as error:
        raise UsageError(str(error)) from None
    call = _Call(phone, Terminal(), recorder, loudspeaker)
    try:
        call.hold()
    finally:
        if loudspeaker is not None:
            loudspeaker.close()
    if options.save:
        Path(options.save).write_text(recorder.text(phone.transcript, phone.ended), "utf-8")
        call.terminal.tell(f"saved as {options.save}")
    return 0


def _setup(options: argparse.Namespace, build: Build) -> Setup:
    at = time()
    if options.at:
        try:
            at = moment(options.at, build.config.zone)
        except ValueError:
            raise UsageError(f"--at takes a time such as 2026-11-21T20:00, not {options.at}") from None
    ours, other = number_of(build.config, options.flow), CALLER
    caller, called = (ours, other) if options.outbound else (other, ours)
    return Setup(
        options.flow,
        options.caller or caller,
        options.called or called,
        at,
        dict(_argument(text) for text in options.args),
        "outbound" if options.outbound else "inbound",
        options.answered_by,
    )


def _argument(text: str) -> tuple[str, object]:
    """`tries=3` is a number, `name=Ada` a text: what reads as JSON is what it says."""
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"{text} is no NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _setup_lines(setup: Setup, build: Build) -> list[str]:
    given = ", ".join(f"{name}={literal(value)}" for name, value in setup.arguments.items())
    local = datetime.fromtimestamp(setup.at, build.config.zone).replace(tzinfo=None, microsecond=0)
    lines = [f"flow {setup.flow}({given})" if given else f"flow {setup.flow}"]
    lines += [f"from {quoted(setup.caller)}", f"to {quoted(setup.called)}", f"at {quoted(local.isoformat())}"]
    if setup.direction != "inbound":
        lines.append(f"direction {quoted(setup.direction)}")
    if setup.answered_by:
        lines.append(f"answered_by {quoted(setup.answered_by)}")
    return lines


def _givens(file: str | None, project: Opened) -> Iterable[tuple[Given, str]]:
    """The `given` lines of a script, each with its text, so that what is kept of the call has them too."""
    if file is None:
        return
    scripts = read_scripts(project.build)
    path = Path(file).resolve()
    cases = [case for case in scripts.cases if (project.root / case.file).resolve() == path]
    if not cases:
        raise UsageError(f"{file} is not a call script of this project, or has errors: `flowengine test` shows them")
    for case in cases:
        text = project.build.sources.calls[case.file]
        yield from ((step.given, _cut(text, step.span)) for step in case.steps if isinstance(step, Give))


def _cut(text: str, span: Span) -> str:
    """What stands in this stretch of a file."""
    lines = text.split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


class _Call:
    """The call under way: the phone's clock follows the person's."""

    def __init__(self, phone: Phone, terminal: Terminal, recorder: Recorder, loudspeaker: Loudspeaker | None) -> None:
        self.phone = phone
        self.terminal = terminal
        self.recorder = recorder
        self.loudspeaker = loudspeaker
        self._shown = 0
        self._helped = ""

    def hold(self) -> None:
        """From the first ring to the end."""
        self._do(Action("start", ""))
        while self.phone.ended is None:
            if isinstance(self.phone.wait_now, Fetch):
                self._answer_fetch(self.phone.wait_now.url)
            else:
                self._turn()
        self.terminal.tell(f"-- {self.phone.doing}")

    def _turn(self) -> None:
        phone = self.phone
        self._help()
        due = phone.due
        line, passed = self.terminal.ask(None if due is None else due - phone.now)
        if line is None:
            self._do(Action("hangup", "hangup"))
            return
        if line == "":
            self._do(Action("wait", "wait", (None,)))
            return
        phone.lapse(passed)
        if line == "\n":
            return
        try:
            action = understand(line, phone.wait_now)
        except UnclearError as error:
            self.terminal.tell(f"({error})")
            return
        self._do(action)

    def _do(self, action: Action) -> None:
        phone = self.phone
        if action.line:
            wait = phone.wait_now
            secret = isinstance(wait, Listen) and wait.sensitive and action.kind in ("press", "speak")
            self.recorder.did(f'{action.kind} "{MASK}"' if secret else action.line, phone.transcript)
        phone.transcript.mark()
        with suppress(NoAnswerGivenError):  # the call now waits for this fetch, and the person is asked next
            try:
                finished(getattr(phone, action.kind)(*action.args))
            except CannotError as error:
                self.terminal.tell(f"({error})")
        self._show()

    def _answer_fetch(self, url: str) -> None:
        self.terminal.tell(
            f"(the flow fetches {url}: type the answer as JSON or text, a status such as 404, or `fails`)"
        )
        line, passed = self.terminal.ask()
        given, script = answer(url, "fails" if line is None else line.strip())
        self.phone.lapse(passed)
        self.phone.give(given)
        self.recorder.gave(script)
        with suppress(NoAnswerGivenError):  # another fetch follows this one, and is asked for next
            self.phone.resume()
        self._show()

    def _show(self) -> None:
        """What has happened since, and its sound."""
        items = self.phone.transcript.items
        for item in items[self._shown :]:
            text = line_of(item)
            if text is None or (isinstance(item, Did) and item.who is Who.CALLER and self.terminal.live):
                continue  # the person has just typed it
            self.terminal.show(item.who, text)
            if self.loudspeaker is not None and isinstance(item, Said) and item.language:
                self.loudspeaker.speak(item.shown, item.language)
        self._shown = len(items)

    def _help(self) -> None:
        text = help_for(self.phone.wait_now)
        if text != self._helped:
            self._helped = text
            self.terminal.tell(f"({text})")
