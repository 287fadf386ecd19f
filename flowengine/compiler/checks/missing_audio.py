"""FE210: a recorded prompt that is not in the audio folder."""

from __future__ import annotations

from flowengine.compiler.checks.check import Check, Found, error
from flowengine.compiler.model import Checked
from flowengine.diagnostics.suggest import closest


def _run(checked: Checked) -> Found:
    folder = checked.config.project_table.audio
    for bound in checked.bound.values():
        for value in bound.args.values():
            source = value.constant
            if value.kind.name != "source" or not isinstance(source, str) or "://" in source or value.expr is None:
                continue
            if source not in checked.sources.audio:
                near = closest(source, checked.sources.audio)
                hint = f"did you mean `{near}`?" if near else f"audio files lie in the folder `{folder}` of the project"
                yield error("FE210", f"there is no audio file `{source}`", value.expr.span, hint)


CHECK = Check(("FE210",), _run)
