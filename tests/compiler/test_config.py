"""`flowengine.toml`: what it becomes, and every mistake at its place."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.compiler.config import Config, parse_config
from flowengine.compiler.environment import UnsetVariableError, resolve
from flowengine.compiler.toml_places import find_places
from flowengine.core.graph import DEFAULTS
from tests.compiler.projects import findings

FLOW = "flow reception\n\nstart:\n    hangup\n"

WHOLE = """\
[project]
flows = "ivr"
audio = "sounds"
timezone = "Europe/Berlin"
public_url = "https://ivr.example.com/"

[numbers]
"+15551230000" = "reception"
"+15551230001" = { flow = "sales", carrier = "telefonie" }

[vars]
company = "Acme"
opened = 2020-01-05
offices = { berlin = "+4930123456" }

[calendars.office]
hours = { mon-fri = "09:00-17:30", sat = ["10:00-13:00"] }
holidays = "DE-BE"
closed = ["2026-12-24"]

[carriers.telefonie]
api_key = "$TELEFONIE_API_KEY"
regions = ["$REGION", "eu"]
nested.key = "plain"

[http]
allow = ["crm.example", "*.acme.example", "localhost:8080"]

[transfer]
allow = ["+1555*", "sip:*@acme.example"]

[sms]
allow = ["+1555*"]

[events]
url = "https://crm.example/events"

[settings]
language = "de-DE"
timeout = "7s"
interdigit = 2.5
tries = 2

[limits]
length = "2h"
turns = 50
"""


def parsed(text: str) -> Config:
    config, found = parse_config(text, "flowengine.toml")
    assert found == []
    return config


def test_all_of_it() -> None:
    config = parsed(WHOLE)
    assert (config.project_table.flows, config.project_table.audio) == ("ivr", "sounds")
    assert config.project_table.public_url == "https://ivr.example.com"
    assert config.numbers["+15551230000"].flow == "reception"
    assert config.numbers["+15551230001"].carrier == "telefonie"
    assert config.variables["opened"] == "2020-01-05"
    project = config.project()
    assert project.zone == ZoneInfo("Europe/Berlin")
    assert set(project.calendars) == {"office"}
    assert project.settings == {**DEFAULTS, "language": "de-DE", "timeout": 7, "interdigit": 2.5, "tries": 2}
    assert (project.limits.length, project.limits.turns, project.limits.steps) == (7200, 50, 1000)
    assert project.transfers.allows("+15551230000")
    assert not project.transfers.allows("+4930123456")
    assert project.texts.allows("+15559999999")
    assert project.hosts.allows("https://crm.example/x")


def test_without_a_file_there_are_defaults() -> None:
    config, found = parse_config(None, "flowengine.toml")
    assert found == []
    assert config.project().settings == DEFAULTS
    assert config.zone == ZoneInfo("UTC")


def test_variables_of_the_environment_are_read_by_the_caller() -> None:
    config = parsed(WHOLE)
    written = config.carriers["telefonie"]
    assert written["api_key"] == "$TELEFONIE_API_KEY"
    settings = resolve(written, {"TELEFONIE_API_KEY": "secret", "REGION": "us"}, "carriers.telefonie")
    assert settings == {"api_key": "secret", "regions": ["us", "eu"], "nested": {"key": "plain"}}


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(UnsetVariableError, match=r"carriers\.telefonie\.api_key .* TELEFONIE_API_KEY") as caught:
        resolve({"api_key": "$TELEFONIE_API_KEY"}, {}, "carriers.telefonie")
    assert caught.value.name == "TELEFONIE_API_KEY"


WRONG = [
    "«FE213:projct» = 1\n",
    "[«FE213:projct»]\nflows = 'x'\n",
    "[project]\n«FE213:flow» = 'x'\n",
    "[project]\ntimezone = «FE315:'Berlin'»\n",
    "[project]\naudio = «FE315:'../sounds'»\n",
    "[project]\npublic_url = «FE315:'ivr.example.com'»\n",
    "«FE315:project» = 3\n".replace("«FE315:project» = 3", "project = «FE315:3»"),
    "[numbers]\n«FE304:5551230000» = 'reception'\n",
    "[numbers]\n\"+15551230000\" = { flow = 'reception', «FE213:carier» = 'x' }\n",
    "[numbers]\n«FE301:\"+15551230000\"» = { carrier = 'x' }\n",
    '[numbers]\n"+15551230000" = «FE315:3»\n',
    "[vars]\n«FE214:now» = 1\n",
    "[vars]\n«FE315:a-b» = 1\n",
    "[calendars.office]\n«FE213:hour» = { mon = '09:00-17:00' }\n",
    "[calendars.office]\nhours = { mon = «FE310:'09:00-25:00'» }\n",
    "[calendars.office]\nhours.mon = ['09:00-12:00', '13:00-18:00']\ntimezone = «FE310:'Nowhere'»\n",
    "[http]\nallow = ['crm.example', «FE315:'https://crm.example/'»]\n",
    "[transfer]\nallow = [«FE315:'sales'», '+1555*', «FE315:5»]\n",
    "[transfer]\nallow = «FE315:'+1555*'»\n",
    "[settings]\n«FE213:langage» = 'en'\n",
    "[settings]\ntries = «FE315:0»\n",
    "[settings]\ntimeout = «FE315:'5 seconds'»\n",
    "[limits]\nsteps = «FE315:'many'»\n",
    "[limits]\n«FE213:step» = 3\n",
]


@pytest.mark.parametrize("toml", WRONG)
def test_mistake_is_at_its_place(toml: str) -> None:
    found, expected = findings(FLOW, toml=toml)
    assert found == expected


def test_what_is_right_is_kept() -> None:
    config, found = parse_config(
        "[http]\nallow = ['a.example', 3, 'b.example', '??']\n[limits]\nturns = 7\nx = 1\n", "f"
    )
    assert [finding.code for finding in found] == ["FE315", "FE315", "FE213"]
    assert config.http.allow == ("a.example", "b.example")
    assert config.limits.turns == 7


@pytest.mark.parametrize(
    ("toml", "line", "column"),
    [("[project\n", 1, 9), ("[vars]\na = \n", 2, 5), ("[vars]\na = 1\na = 2\n", 3, 6), ("a = '", 1, 6)],
)
def test_text_that_is_no_toml(toml: str, line: int, column: int) -> None:
    _, found = parse_config(toml, "flowengine.toml")
    assert [(finding.code, finding.span.line) for finding in found] == [("FE190", line)]
    assert abs(found[0].span.column - column) <= 1


PLACED = '''\
top = 1
[a]
"quoted key" = "value" # a comment = 3
dotted.key.here = [1, "two # no comment", { x = 1, y = [ ] },
  # a comment
  2026-01-05 10:00:00, ]
text = """
several
lines"""
raw = \'\'\'it's\'\'\'
[[list]]
name = 'one'
[[list]]
name = 'two'
[list.sub]
deep = true
'''


@pytest.mark.parametrize(
    ("path", "line", "column", "length"),
    [
        (("top",), 1, 7, 1),
        (("a", "quoted key"), 3, 16, 7),
        (("a", "dotted", "key", "here", 0), 4, 20, 1),
        (("a", "dotted", "key", "here", 1), 4, 23, 18),
        (("a", "dotted", "key", "here", 2, "y"), 4, 56, 3),
        (("a", "dotted", "key", "here", 3), 6, 3, 19),
        (("a", "raw"), 10, 7, 10),
        (("list", 0, "name"), 12, 8, 5),
        (("list", 1, "name"), 14, 8, 5),
        (("list", 1, "sub", "deep"), 16, 8, 4),
    ],
)
def test_places_of_values(path: tuple[str | int, ...], line: int, column: int, length: int) -> None:
    span = find_places(PLACED, "f").values[path]
    assert (span.line, span.column, span.end_column - span.column) == (line, column, length)


@given(st.text(alphabet="abc[]{}=.,\"'#\n 0123456789-:", max_size=60))
def test_any_text_is_answered(text: str) -> None:
    config, found = parse_config(text, "f")
    assert config.project().limits.depth == 32
    assert all(finding.span.file == "f" and finding.span.line >= 1 for finding in found)
