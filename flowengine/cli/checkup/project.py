"""The project's files: flows without an error, settings that can be read, numbers that somebody answers."""

from __future__ import annotations

from dataclasses import asdict

from flowengine.carriers.directory import entries
from flowengine.carriers.registry import CarrierConfigError
from flowengine.cli.checkup.findings import Deployment, Finding, counted, fail, ok, warn
from flowengine.compiler.environment import UnsetVariableError, resolve


async def flows(about: Deployment) -> list[Finding]:
    """What `flowengine check` finds."""
    built = about.build
    errors = [each for each in built.diagnostics if each.is_error]
    count = len(built.flows)
    if not count:
        return [fail("flows", f"there are no flows in {about.root}", "is this the project's folder?")]
    if errors:
        first = errors[0]
        where = f"{first.span.file}:{first.span.line}: {first.code} {first.message}"
        return [
            fail(
                "flows", f"{counted(len(errors), 'error')}, the first: {where}", "`flowengine check` shows all of them"
            )
        ]
    if built.diagnostics:
        message = f"{counted(count, 'flow')}, {counted(len(built.diagnostics), 'warning')}"
        return [warn("flows", message, "`flowengine check` shows them")]
    return [ok("flows", f"{counted(count, 'flow')} without an error or warning")]


async def settings(about: Deployment) -> list[Finding]:
    """Variables of the environment that are named, and the tables of carriers."""
    config = about.build.config
    found: list[Finding] = []
    for name in ("events", "metrics"):
        try:
            resolve(asdict(getattr(config, name)), about.environment, name)
        except UnsetVariableError as error:
            found.append(_unset(f"[{name}]", error))
    known = entries()
    for name in config.carriers:
        label = f"[carriers.{name}]"
        if name not in known:
            found.append(fail(label, "there is no such carrier", f"there are {', '.join(known)}"))
            continue
        try:
            known[name].open(about.table(name))
        except UnsetVariableError as error:
            found.append(_unset(label, error))
        except CarrierConfigError as error:
            found.append(fail(label, str(error), "correct it in flowengine.toml"))
        else:
            found.append(ok(label, "its settings can be read"))
    if not config.carriers:
        found.append(fail("carriers", "the project names no carrier", "give flowengine.toml a [carriers.NAME]"))
    return found


async def numbers(about: Deployment) -> list[Finding]:
    """Whether a number has a flow at all."""
    count = len(about.build.config.numbers)
    if not count:
        return [warn("numbers", "no number has a flow", "give flowengine.toml [numbers]; calls out work without")]
    return [ok("numbers", f"{count} with a flow")]


def _unset(label: str, error: UnsetVariableError) -> Finding:
    advice = f"set {error.name} where `flowengine serve` runs, and here"
    return fail(label, f"{error.setting}: the variable {error.name} is not set", advice)
