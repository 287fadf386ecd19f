"""`flowengine.toml` (sections 6 and 10 of the language reference): read, checked, with every mistake at its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field
from datetime import date, time, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from flowengine.compiler.config_tables import (
    Accept,
    DestinationTable,
    EventsTable,
    HttpTable,
    LimitsTable,
    MetricsTable,
    NumberTarget,
    ProjectTable,
    RecordsTable,
    TracingTable,
    keys_of,
    seconds,
)
from flowengine.compiler.settings import PROJECT_SETTINGS
from flowengine.compiler.toml_places import Path, Places, find_places
from flowengine.core.graph import DEFAULTS, Limits, Project
from flowengine.core.policy import Hosts, is_number, is_sip
from flowengine.core.reading import RESERVED
from flowengine.diagnostics import Diagnostic, Severity, Span
from flowengine.diagnostics.suggest import closest
from flowengine.expressions.calendars import Calendar, CalendarError, parse_calendar

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file.

    Tables whose keys are free (`vars`, `settings`, `carriers`) are dicts. `calendars` are those that `open` and
    `next_open` know, by name. `broken`: the file is no TOML, so that names may exist in it that nobody can see.
    """

    project_table: ProjectTable = field(default_factory=ProjectTable)
    numbers: Mapping[str, NumberTarget] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    calendar_tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    carriers: dict[str, dict[str, Any]] = field(default_factory=dict)
    http: HttpTable = field(default_factory=HttpTable)
    transfer: DestinationTable = field(default_factory=DestinationTable)
    sms: DestinationTable = field(default_factory=DestinationTable)
    settings: Mapping[str, Any] = field(default_factory=dict)
    events: EventsTable = field(default_factory=EventsTable)
    limits: LimitsTable = field(default_factory=LimitsTable)
    records: RecordsTable = field(default_factory=RecordsTable)
    metrics: MetricsTable = field(default_factory=MetricsTable)
    tracing: TracingTable = field(default_factory=TracingTable)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    places: Places = field(default_factory=lambda: Places(""))
    broken: bool = False

    @property
    def zone(self) -> tzinfo:
        """The project's time zone."""
        return ZoneInfo(self.project_table.timezone)

    def has_place(self, *path: str | int) -> bool:
        """Whether a value is written in the file under exactly this path."""
        return path in self.places.values

    def key_span(self, *path: str | int) -> Span:
        """Where a key stands in the file: `key_span("numbers", "+15551230000")`."""
        return self.places.key(path)

    def value_span(self, *path: str | int) -> Span:
        """Where a value stands in the file."""
        return self.places.value(path)

    def project(self) -> Project:
        """What a call can notice of this file."""
        return Project(
            settings={**DEFAULTS, **self.settings},
            variables=self.variables,
            zone=self.zone,
            calendars=self.calendars,
            limits=Limits(**asdict(self.limits)),
            transfers=self.transfer.destinations(),
            texts=self.sms.destinations(),
            hosts=Hosts(self.http.allow),
        )


# ------------------------------------------------------------------------------------------------------------- reading


def parse_config(text: str | None, file: str) -> tuple[Config, list[Diagnostic]]:
    """Read the text of a `flowengine.toml`; None stands for a project without one.

    Never raises: what is wrong is left out of the configuration and told.
    """
    if text is None:
        return Config(places=Places(file)), []
    try:
        data = tomllib.loads(text)
        places = find_places(text, file)
    except tomllib.TOMLDecodeError as error:
        return Config(places=Places(file), broken=True), [_syntax(error, text, file)]
    except RecursionError:
        return Config(places=Places(file), broken=True), [
            _error("FE190", "values are nested too deeply", Span(file, 1, 1, 1, 1))
        ]
    found: list[Diagnostic] = []
    for check in (_check_settings, _check_variables, _check_numbers, _check_calendars):
        found += check(data, places)
    reading = _Reading(places, found)
    for name in list(data):
        if name not in _SECTIONS:
            found.append(_unknown_key((name,), places))
    tables = {name: reading.table(kind, data.get(name, {}), (name,)) for name, kind in _TABLES.items()}
    free = {name: reading.free(data.get(name, {}), (name,)) for name in ("vars", "settings")}
    nested = {name: reading.tables(data.get(name, {}), (name,)) for name in ("calendars", "carriers")}
    return (
        Config(
            project_table=tables["project"],
            numbers=reading.numbers(data.get("numbers", {})),
            variables=free["vars"],
            calendar_tables=nested["calendars"],
            carriers=nested["carriers"],
            http=tables["http"],
            transfer=tables["transfer"],
            sms=tables["sms"],
            settings=free["settings"],
            events=tables["events"],
            limits=tables["limits"],
            records=tables["records"],
            metrics=tables["metrics"],
            tracing=tables["tracing"],
            calendars=reading.calendars(nested["calendars"], tables["project"].timezone),
            places=places,
        ),
        found,
    )


def _syntax(error: tomllib.TOMLDecodeError, text: str, file: str) -> Diagnostic:
    message = str(error)
    at = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    lines = text.split("\n")
    line = int(at[1]) if at and at[1] else len(lines)
    column = int(at[2]) if at and at[2] else len(lines[-1]) + 1
    plain = message[: at.start()] if at else message
    return Diagnostic("FE190", Severity.ERROR, f"this is not TOML: {plain}", Span(file, line, column, line, column + 1))


class _Reading:
    """Reads tables and leaves out what is wrong in them, which it tells in `found`."""

    def __init__(self, places: Places, found: list[Diagnostic]) -> None:
        self._places = places
        self._found = found

    def table(self, kind: type, written: Any, path: Path) -> Any:
        """A table of fixed keys; None where it lacks one that has no default."""
        known = keys_of(kind)
        values: dict[str, Any] = {}
        for name, value in self.free(written, path).items():
            if name not in known:
                self._found.append(_unknown_key((*path, name), self._places))
                continue
            told = known[name].metadata
            read = self._list if told.get("list") else self._accepted
            found = read(told["accept"], value, (*path, name))
            if found is not None:
                values[name] = found
        for name, key in known.items():
            if name not in values and key.default is MISSING and key.default_factory is MISSING:
                if not isinstance(written, dict) or name not in written:
                    self._found.append(_error("FE301", f"`{_shown(path)}` needs `{name}`", self._places.key(path)))
                return None
        return kind(**values)

    def numbers(self, written: Any) -> dict[str, NumberTarget]:
        """`[numbers]`: a flow's name, or a table."""
        targets: dict[str, NumberTarget] = {}
        for number, value in self.free(written, ("numbers",)).items():
            path: Path = ("numbers", number)
            if isinstance(value, str):
                targets[number] = NumberTarget(value)
            elif not isinstance(value, dict):
                self._must("a table", path)
            elif (target := self.table(NumberTarget, value, path)) is not None:
                targets[number] = target
        return targets

    def tables(self, written: Any, path: Path) -> dict[str, dict[str, Any]]:
        """Tables by names that are free."""
        found: dict[str, dict[str, Any]] = {}
        for name, value in self.free(written, path).items():
            if isinstance(value, dict):
                found[name] = value
            else:
                self._must("a table", (*path, name))
        return found

    def free(self, written: Any, path: Path) -> dict[str, Any]:
        """A table whose keys are free; empty where it is none."""
        if isinstance(written, dict):
            return written
        self._must("a table", path)
        return {}

    def calendars(self, tables: Mapping[str, Mapping[str, Any]], timezone: str) -> dict[str, Calendar]:
        """The calendars; one that is wrong is known by its table alone."""
        calendars: dict[str, Calendar] = {}
        for name, table in tables.items():
            try:
                calendars[name] = parse_calendar({"timezone": timezone, **table})
            except CalendarError as error:
                path: Path = ("calendars", name, *error.key_path)
                unknown = path not in self._places.values and path in self._places.keys
                span = self._places.key(path) if unknown else self._places.value(path)
                self._found.append(_error("FE310", f"calendar `{name}`: {error.message}", span))
        return calendars

    def _list(self, accept: Accept, value: Any, path: Path) -> tuple[Any, ...] | None:
        if not isinstance(value, list):
            self._must("a list", path)
            return None
        items = [self._accepted(accept, item, (*path, number)) for number, item in enumerate(value)]
        return tuple(item for item in items if item is not None)

    def _accepted(self, accept: Accept, value: Any, path: Path) -> Any:
        """The value in the form that is used; None where it is refused."""
        try:
            return accept(value)
        except ValueError as error:
            self._must(str(error), path)
            return None

    def _must(self, expected: str, path: Path) -> None:
        self._found.append(_error("FE315", f"`{_shown(path)}` must be {expected}", self._places.value(path)))


def _shown(path: Path) -> str:
    return ".".join(str(part) for part in path)


def _unknown_key(path: Path, places: Places) -> Diagnostic:
    known = _KEYS.get(path[:1], frozenset()) if len(path) > 1 else _SECTIONS
    if len(path) == 3:
        known = frozenset(keys_of(NumberTarget)) if path[0] == "numbers" else _CALENDAR_KEYS
    word = str(path[-1])
    near = closest(word, known)
    hint = f"did you mean `{near}`?" if near else f"known are {', '.join(f'`{key}`' for key in sorted(known))}"
    section = ".".join(str(part) for part in path[:-1])
    where = f"`[{section}]` has no key `{word}`" if section else f"there is no section `{word}`"
    return _error("FE213", where, places.key(path), hint)


_TABLES: Mapping[str, type] = {
    "project": ProjectTable,
    "http": HttpTable,
    "transfer": DestinationTable,
    "sms": DestinationTable,
    "events": EventsTable,
    "limits": LimitsTable,
    "records": RecordsTable,
    "metrics": MetricsTable,
    "tracing": TracingTable,
}
_SECTIONS = frozenset({*_TABLES, "numbers", "vars", "calendars", "carriers", "settings"})
_CALENDAR_KEYS = frozenset({"timezone", "hours", "holidays", "closed"})
_KEYS: Mapping[Path, frozenset[str]] = {
    **{(name,): frozenset(keys_of(kind)) for name, kind in _TABLES.items()},
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


def _error(code: str, message: str, span: Span, hint: str | None = None) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, message, span, hint)
