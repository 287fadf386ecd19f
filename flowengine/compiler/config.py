"""`flowengine.toml` (sections 6 and 10 of the language reference): read, checked, with every mistake at its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, time, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field, PrivateAttr, ValidationError
from pydantic_core import ErrorDetails

from flowengine.compiler.config_tables import (
    DestinationTable,
    EventsTable,
    HttpTable,
    LimitsTable,
    NumberTarget,
    ProjectTable,
    Section,
    seconds,
)
from flowengine.compiler.settings import PROJECT_SETTINGS
from flowengine.compiler.toml_places import Path, Places, find_places
from flowengine.core.graph import DEFAULTS, Limits, Project
from flowengine.core.policy import Destinations, Hosts, is_number, is_sip
from flowengine.core.reading import RESERVED
from flowengine.diagnostics import Diagnostic, Severity, Span
from flowengine.diagnostics.suggest import closest
from flowengine.expressions.calendars import Calendar, CalendarError, parse_calendar

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class Config(Section):
    """The whole file.

    Tables whose keys are free (`vars`, `settings`, `carriers`) are dicts."""

    project_table: ProjectTable = Field(default_factory=ProjectTable, alias="project")
    numbers: dict[str, NumberTarget] = Field(default_factory=dict)
    variables: dict[str, Any] = Field(default_factory=dict, alias="vars")
    calendar_tables: dict[str, dict[str, Any]] = Field(default_factory=dict, alias="calendars")
    carriers: dict[str, dict[str, Any]] = Field(default_factory=dict)
    http: HttpTable = Field(default_factory=HttpTable)
    transfer: DestinationTable = Field(default_factory=DestinationTable)
    sms: DestinationTable = Field(default_factory=DestinationTable)
    settings: dict[str, Any] = Field(default_factory=dict)
    events: EventsTable = Field(default_factory=EventsTable)
    limits: LimitsTable = Field(default_factory=LimitsTable)

    _calendars: dict[str, Calendar] = PrivateAttr(default_factory=dict)
    _places: Places = PrivateAttr(default_factory=lambda: Places(""))
    _broken: bool = PrivateAttr(default=False)

    @property
    def calendars(self) -> Mapping[str, Calendar]:
        """The calendars that `open` and `next_open` know, by name."""
        return self._calendars

    @property
    def zone(self) -> tzinfo:
        """The project's time zone."""
        return ZoneInfo(self.project_table.timezone)

    @property
    def broken(self) -> bool:
        """Whether the file is no TOML, so that names may exist in it that nobody can see."""
        return self._broken

    def has_place(self, *path: str | int) -> bool:
        """Whether a value is written in the file under exactly this path."""
        return path in self._places.values

    def key_span(self, *path: str | int) -> Span:
        """Where a key stands in the file: `key_span("numbers", "+15551230000")`."""
        return self._places.key(path)

    def value_span(self, *path: str | int) -> Span:
        """Where a value stands in the file."""
        return self._places.value(path)

    def project(self) -> Project:
        """What a call can notice of this file."""
        return Project(
            settings={**DEFAULTS, **self.settings},
            variables=self.variables,
            zone=self.zone,
            calendars=self._calendars,
            limits=Limits(**self.limits.model_dump()),
            transfers=Destinations(tuple(self.transfer.allow)),
            texts=Destinations(tuple(self.sms.allow)),
            hosts=Hosts(tuple(self.http.allow)),
        )


# ------------------------------------------------------------------------------------------------------------- reading


def parse_config(text: str | None, file: str) -> tuple[Config, list[Diagnostic]]:
    """Read the text of a `flowengine.toml`; None stands for a project without one.

    Never raises: what is wrong is left out of the configuration and told.
    """
    if text is None:
        return _finished(Config(), Places(file))
    try:
        data = tomllib.loads(text)
        places = find_places(text, file)
    except tomllib.TOMLDecodeError as error:
        return _unread(file), [_syntax(error, text, file)]
    except RecursionError:
        return _unread(file), [_error("FE190", "values are nested too deeply", Span(file, 1, 1, 1, 1))]
    found: list[Diagnostic] = []
    for check in (_check_settings, _check_variables, _check_numbers, _check_calendars):
        found += check(data, places)
    config, wrong = _validated(data, places)
    config, more = _finished(config, places)
    return config, [*found, *wrong, *more]


def _unread(file: str) -> Config:
    config, _ = _finished(Config(), Places(file))
    config._broken = True
    return config


def _syntax(error: tomllib.TOMLDecodeError, text: str, file: str) -> Diagnostic:
    message = str(error)
    at = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    lines = text.split("\n")
    line = int(at[1]) if at and at[1] else len(lines)
    column = int(at[2]) if at and at[2] else len(lines[-1]) + 1
    plain = message[: at.start()] if at else message
    return Diagnostic("FE190", Severity.ERROR, f"this is not TOML: {plain}", Span(file, line, column, line, column + 1))


def _validated(data: dict[str, Any], places: Places) -> tuple[Config, list[Diagnostic]]:
    """The file without what is wrong in it: each round takes out the parts that the models refuse."""
    found: list[Diagnostic] = []
    while True:
        try:
            return Config.model_validate(data), found
        except ValidationError as error:
            details = error.errors(include_url=False)
            paths = [_written(data, tuple(detail["loc"])) for detail in details]
            found += [_refused(detail, path, places) for detail, path in zip(details, paths, strict=True)]
            for path in reversed(paths):  # from the back, so that the places in lists stay true
                _remove(data, path)


def _written(data: Any, path: Path) -> Path:
    """The part of `path` that the file really has: a missing key is blamed on its table."""
    for end, key in enumerate(path):
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return path[:end]
    return path


def _remove(data: Any, path: Path) -> None:
    try:
        for key in path[:-1]:
            data = data[key]
        del data[path[-1]]
    except (KeyError, IndexError):
        return  # what it stood in is gone already


def _refused(detail: ErrorDetails, path: Path, places: Places) -> Diagnostic:
    name = ".".join(str(part) for part in path) or "the file"
    match detail["type"]:
        case "extra_forbidden":
            return _unknown_key(path, places)
        case "missing":
            lacking = detail["loc"][-1]
            return _error("FE301", f"`{name}` needs `{lacking}`", places.key(path))
        case "unfit":
            return _error("FE315", f"`{name}` {detail['msg']}", places.value(path))
    kinds = {
        "string_type": "a text",
        "list_type": "a list",
        "dict_type": "a table",
        "model_type": "a table",
        "model_attributes_type": "a table",
        "bool_type": "true or false",
        "int_type": "a whole number",
        "float_type": "a number",
    }
    expected = kinds.get(detail["type"], f"something else ({detail['msg']})")
    return _error("FE315", f"`{name}` must be {expected}", places.value(path))


def _unknown_key(path: Path, places: Places) -> Diagnostic:
    known = _KEYS.get(path[:1], frozenset()) if len(path) > 1 else _SECTIONS
    if len(path) == 3:
        known = frozenset(NumberTarget.model_fields) if path[0] == "numbers" else _CALENDAR_KEYS
    word = str(path[-1])
    near = closest(word, known)
    hint = f"did you mean `{near}`?" if near else f"known are {', '.join(f'`{key}`' for key in sorted(known))}"
    section = ".".join(str(part) for part in path[:-1])
    where = f"`[{section}]` has no key `{word}`" if section else f"there is no section `{word}`"
    return _error("FE213", where, places.key(path), hint)


_SECTIONS = frozenset(info.alias or name for name, info in Config.model_fields.items())
_CALENDAR_KEYS = frozenset({"timezone", "hours", "holidays", "closed"})
_KEYS: Mapping[Path, frozenset[str]] = {
    ("project",): frozenset(ProjectTable.model_fields),
    ("http",): frozenset(HttpTable.model_fields),
    ("transfer",): frozenset(DestinationTable.model_fields),
    ("sms",): frozenset(DestinationTable.model_fields),
    ("events",): frozenset(EventsTable.model_fields),
    ("limits",): frozenset(LimitsTable.model_fields),
    ("settings",): frozenset(PROJECT_SETTINGS),
}


# ------------------------------------------------------------------- tables whose keys are not the fields of a model


def _check_settings(data: dict[str, Any], places: Places) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    settings = data.get("settings")
    if not isinstance(settings, dict):
        return found
    for name, written in list(settings.items()):
        kind = PROJECT_SETTINGS.get(name)
        path: Path = ("settings", name)
        if kind is None:
            found.append(_unknown_key(path, places))
            del settings[name]
            continue
        value = seconds(written) if kind.name == "duration" else written
        try:
            settings[name] = kind.accept(value)
        except ValueError as error:
            found.append(_error("FE315", f"`settings.{name}` must be {error}", places.value(path)))
            del settings[name]
    return found


def _check_variables(data: dict[str, Any], places: Places) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    variables = data.get("vars")
    if not isinstance(variables, dict):
        return found
    for name, value in list(variables.items()):
        path: Path = ("vars", name)
        if name in RESERVED:
            found.append(_error("FE214", f"`{name}` is a name of the language and cannot be set", places.key(path)))
            del variables[name]
        elif _NAME.fullmatch(name) is None:
            expected = "letters, digits and `_`, and does not begin with a digit"
            found.append(_error("FE315", f"`{name}` is no name: a name has {expected}", places.key(path)))
            del variables[name]
        else:
            variables[name] = _json_value(value)
    return found


def _json_value(value: Any) -> Any:
    """A TOML value as one that JSON can hold: dates and times become ISO 8601 text."""
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _json_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json_value(item) for item in value]
    if isinstance(value, float) and value - value != 0:
        return str(value)  # JSON has no infinity
    return value


def _check_numbers(data: dict[str, Any], places: Places) -> list[Diagnostic]:
    numbers = data.get("numbers")
    if not isinstance(numbers, dict):
        return []
    found = []
    for number in list(numbers):
        if not is_number(number) and not is_sip(number):
            message = f"`{number}` is not a phone number in E.164 form"
            hint = 'a number begins with `+` and its country code, in quotes: "+15551230000"'
            found.append(_error("FE304", message, places.key(("numbers", number)), hint))
            del numbers[number]
    return found


def _check_calendars(data: dict[str, Any], places: Places) -> list[Diagnostic]:
    calendars = data.get("calendars")
    found = []
    for name, table in calendars.items() if isinstance(calendars, dict) else ():
        for key in list(table) if isinstance(table, dict) else ():
            if key not in _CALENDAR_KEYS:
                found.append(_unknown_key(("calendars", name, key), places))
                del table[key]
    return found


def _finished(config: Config, places: Places) -> tuple[Config, list[Diagnostic]]:
    """Parse the calendars, and keep the places for the checks to come."""
    found: list[Diagnostic] = []
    config._places = places
    for name, table in config.calendar_tables.items():
        try:
            config._calendars[name] = parse_calendar({"timezone": config.project_table.timezone, **table})
        except CalendarError as error:
            path: Path = ("calendars", name, *error.key_path)
            unknown = path not in places.values and path in places.keys
            span = places.key(path) if unknown else places.value(path)
            found.append(_error("FE310", f"calendar `{name}`: {error.message}", span))
    return config, found


def _error(code: str, message: str, span: Span, hint: str | None = None) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, message, span, hint)
