"""The settings: what a flow's header and `[settings]` of `flowengine.toml` may say, and of what kind each is."""

from __future__ import annotations

from collections.abc import Mapping

from flowengine.verbs.kinds import BOOLEAN, LANGUAGE, NAMED, TEXT, Kind, duration, whole

HEADER_SETTINGS: Mapping[str, Kind] = {
    "language": LANGUAGE,
    "voice": NAMED,
    "timeout": duration(0.1, 600),
    "interdigit": duration(0.1, 60),
    "tries": whole(1, 100),
    "bargein": BOOLEAN,
}
"""What a flow's header may set."""

PROJECT_SETTINGS: Mapping[str, Kind] = {**HEADER_SETTINGS, "apology": TEXT}
"""What `[settings]` may set: the apology is one for the whole project."""
