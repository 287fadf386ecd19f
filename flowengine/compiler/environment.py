"""Settings that stand in the environment: `"$NAME"` in `flowengine.toml`, never the secret itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)", re.ASCII)


class UnsetVariableError(LookupError):
    """A setting is to be read from a variable of the environment that is not there; `name` is the variable's."""

    def __init__(self, name: str, setting: str) -> None:
        super().__init__(f"{setting} is read from the environment variable {name}, which is not set")
        self.name = name
        self.setting = setting


def resolve(settings: Mapping[str, Any], environment: Mapping[str, str], where: str = "") -> dict[str, Any]:
    """A carrier's settings with every `"$NAME"` replaced by what `environment` has under NAME.

    Args:
        settings: a table of `config.carriers`, or any table like it.
        environment: the variables; which ones there are is the caller's business.
        where: how messages name the table: `carriers.telefonie`.

    Raises:
        UnsetVariableError: a variable is named that is not there.
    """

    def value(written: Any, name: str) -> Any:
        if isinstance(written, dict):
            return {key: value(item, f"{name}.{key}") for key, item in written.items()}
        if isinstance(written, list):
            return [value(item, name) for item in written]
        found = _VARIABLE.fullmatch(written) if isinstance(written, str) else None
        if found is None:
            return written
        if found[1] not in environment:
            raise UnsetVariableError(found[1], name)
        return environment[found[1]]

    return {key: value(item, f"{where}.{key}" if where else key) for key, item in settings.items()}
