"""FE210: a recording that is not in the audio folder; FE320: a recording of a text that differs from call to call.

A recording that is there only in the folders of some languages is missing for callers of the others, but where its text
is spoken instead: `say "…" audio="welcome.wav"`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from flowengine.compiler.binding import Bound
from flowengine.compiler.checks.check import Found, each_flow, error
from flowengine.compiler.model import Checked
from flowengine.compiler.translation.messages import project_language
from flowengine.compiler.translation.translate import catalogues
from flowengine.core.languages import recorded, recordings_of
from flowengine.diagnostics import Diagnostic
from flowengine.diagnostics.suggest import closest
from flowengine.expressions.tree import Template
from flowengine.language import tree
from flowengine.verbs.base import Value


def _run(checked: Checked, flow: tree.Flow) -> Found:
    recordings = recordings_of(checked.sources.audio)
    languages = [project_language(checked), *catalogues(checked)]
    names = {name.partition("/")[2] for name in recordings}
    for bound in checked.uses(flow):
        for value in bound.args.values():
            source = value.constant
            if not isinstance(source, str) or value.expr is None:
                continue
            if value.kind.name == "file":
                yield from _beside_a_text(checked, bound, value, names)
            elif value.kind.name == "source" and "://" not in source and source not in checked.sources.audio:
                lacking = [tag for tag in languages if recorded(source, tag, recordings) is None]
                if source not in names or lacking:
                    yield _missing(checked, value, names, "" if source not in names else lacking[0])


def _sees(checked: Checked, _flow: tree.Flow) -> Hashable:
    return checked.sources.audio, tuple(catalogues(checked))


def _beside_a_text(checked: Checked, bound: Bound, value: Value, names: set[str]) -> Iterator[Diagnostic]:
    if value.constant not in names:
        yield _missing(checked, value, names, "")
    text = bound.exprs.get("text")
    if value.expr is not None and (not isinstance(text, Template) or text.constant is None):
        hint = "part the text: what is always the same has a recording, the rest is spoken"
        yield error("FE320", "a recording always says the same, and this text does not", value.expr.span, hint)


def _missing(checked: Checked, value: Value, names: set[str], language: str) -> Diagnostic:
    folder = checked.config.project_table.audio
    near = closest(str(value.constant), checked.sources.audio if value.kind.name == "source" else names)
    hint = f"did you mean `{near}`?" if near else f"audio files lie in the folder `{folder}` of the project"
    if value.kind.name == "file" and not near:
        hint = f"recordings of texts lie in a folder for each language: `{folder}/es/{value.constant}`"
    where = ""
    if language:
        where, hint = f" in `{language}`", f"it is `{folder}/{language}/{value.constant}`, or without a language"
    span = value.expr.span if value.expr is not None else None
    assert span is not None
    return error("FE210", f"there is no audio file `{value.constant}`{where}", span, hint)


CHECK = each_flow(("FE210", "FE320"), _run, _sees)
