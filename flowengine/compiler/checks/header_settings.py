"""FE212 and FE312: the settings of a flow's header; FE307 where a time lacks its unit."""

from __future__ import annotations

from flowengine.compiler.binding import compiled
from flowengine.compiler.checks.check import Found, each_flow, error
from flowengine.compiler.model import Checked
from flowengine.compiler.settings import HEADER_SETTINGS, PROJECT_SETTINGS
from flowengine.diagnostics.suggest import closest
from flowengine.expressions.evaluate import MISSING
from flowengine.language import tree


def _run(checked: Checked, flow: tree.Flow) -> Found:
    for setting in flow.settings:
        name = setting.name.text
        kind = HEADER_SETTINGS.get(name)
        if kind is None:
            near = closest(name, HEADER_SETTINGS)
            listed = ", ".join(f"`{setting}`" for setting in HEADER_SETTINGS)
            hint = f"did you mean `{near}`?" if near else f"there are {listed}"
            if name in PROJECT_SETTINGS:
                hint = f"`{name}` is one for the whole project: it stands in [settings] of flowengine.toml"
            yield error("FE212", f"there is no setting `{name}`", setting.name.span, hint)
            continue
        wrong = kind.literal(setting.value)
        if wrong is not None:
            yield error("FE307", f"setting `{name}`: {wrong}", setting.value.span)
            continue
        code = compiled(setting.value)
        if code is None:
            continue
        if code.constant is MISSING:
            hint = f"a header has no expressions: to set it at run time, write `{name}=` at the verb"
            yield error("FE312", f"setting `{name}` must be a literal", setting.value.span, hint)
            continue
        try:
            kind.accept(code.constant)
        except ValueError as reason:
            yield error("FE312", f"setting `{name}` must be {reason}", setting.value.span)


CHECK = each_flow(("FE212", "FE307", "FE312"), _run)
