"""FE601 to FE603: a transfer, a text or a request of the web that the project does not allow."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from flowengine.compiler.analysis.constants import Known, known_texts
from flowengine.compiler.binding import Bound
from flowengine.compiler.checks.check import Found, each_flow, error
from flowengine.compiler.model import Checked
from flowengine.core.policy import Destinations, Hosts, is_number, is_sip
from flowengine.diagnostics import Diagnostic, Label
from flowengine.language import tree

_WEB = frozenset({"url", "source"})


def _run(checked: Checked, flow: tree.Flow) -> Found:
    project = checked.config.project()
    for statement in checked.statements(flow):
        bound = checked.bound.get(id(statement))
        if bound is None:
            continue
        if bound.verb.name == "transfer":
            yield from _called(checked, flow, bound, project.transfers, "FE601", "transfer")
        elif bound.verb.name == "sms":
            yield from _called(checked, flow, bound, project.texts, "FE602", "sms")
        for name, value in bound.args.items():
            if value.kind.name in _WEB and value.expr is not None:
                for known in known_texts(checked, flow, bound.exprs[name]):
                    yield from _host(known, project.hosts)


def _called(
    checked: Checked, flow: tree.Flow, bound: Bound, allowed: Destinations, code: str, section: str
) -> Iterator[Diagnostic]:
    expr = bound.exprs.get("to")
    if expr is None or "to" not in bound.args:
        return
    for known in known_texts(checked, flow, expr):
        if known.text.startswith("queue:"):
            continue
        if known.whole:
            if not is_number(known.text) and not is_sip(known.text):
                continue  # no number at all: another check tells
            fine = allowed.allows(known.text)
        else:
            fine = allowed.may_allow(known.text)
        if not fine:
            number = f'"{known.text}"' if known.whole else f'a number that begins with "{known.text}"'
            hint = f"add it to `[{section}] allow` in flowengine.toml, if it is meant"
            if known.whole and any(pattern.endswith("*") for pattern in allowed.patterns):
                hint += "; a pattern opens no premium, satellite or far-off numbers that it does not spell out"
            yield error(code, f"`[{section}] allow` does not name {number}", known.span, hint, *_labels(known))


def _host(known: Known, hosts: Hosts) -> Iterator[Diagnostic]:
    if not known.text.startswith(("http://", "https://")):
        return
    after = known.text.partition("://")[2]
    if not known.whole and not any(mark in after for mark in "/?#"):
        return  # the host itself is worked out in the call
    if not hosts.allows(known.text):
        host = _named(known.text)
        hint = f'add "{host}" to `[http] allow` in flowengine.toml, if it is meant'
        yield error("FE603", f"`[http] allow` does not name the host `{host}`", known.span, hint, *_labels(known))


def _named(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def _labels(known: Known) -> tuple[Label, ...]:
    return () if known.set_at is None else (Label(known.set_at, "it gets this value here"),)


CHECK = each_flow(("FE601", "FE602", "FE603"), _run)
