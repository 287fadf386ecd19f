"""What each operator, filter, test and function gives."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flowengine.expressions.calendars import parse_calendar
from flowengine.expressions.catalogue import FILTERS, FUNCTIONS, TESTS
from flowengine.expressions.evaluate import ExpressionError, Scope
from tests.expressions import reading

OPERATORS = [
    ("1 + 2", 3),
    ('"a" + "b"', "ab"),
    ("[1] + [2]", [1, 2]),
    ("5 - 2.5", 2.5),
    ("3 * 4", 12),
    ('"ab" * 2', "abab"),
    ("2 * [1]", [1, 1]),
    ("7 / 2", 3.5),
    ("7 // 2", 3),
    ("7 % 3", 1),
    ('"%s is %d" % "x" if false else "%d%%" % 5', "5%"),
    ("-7 + 2", -5),
    ("+3", 3),
    ("not 0", True),
    ("1 ~ 2 ~ none ~ true ~ 1.5", "12true1.5"),
    ("0 or none or 3", 3),
    ("1 and 0", 0),
    ("1 == 1.0", True),
    ('1 == "1"', False),
    ("1 != 2", True),
    ("1 < 2 <= 2", True),
    ("1 < 3 < 2", False),
    ("3 > 2 >= 3", False),
    ("2 in [1, 2]", True),
    ('"b" in "abc"', True),
    ('"k" in {"k": 1}', True),
    ("3 not in [1, 2]", True),
    ('"yes" if 1 > 0 else "no"', "yes"),
    ('"yes" if 1 < 0', None),
    ('{"items": 5}.items', 5),
    ('{"a": {"b": [10, 20]}}.a.b[1]', 20),
    ("[1, 2, 3][-1]", 3),
    ('"abc"[1]', "b"),
    ("1 + 2 * 3", 7),
    ("(1 + 2) * 3", 9),
    ("1 ~ 2 * 3", "16"),
    ("not 1 == 2", True),
]

FILTER_CASES = [
    ("-3 | abs", 3),
    ("[1, 2, 3] | batch(2)", [[1, 2], [3]]),
    ('[1, 2, 3] | batch(2, "-")', [[1, 2], [3, "-"]]),
    ('"hELLO you" | capitalize', "Hello you"),
    ('"ab" | center(6)', "  ab  "),
    ("[1, 2] | count", 2),
    ("missing | d(5)", 5),
    ("missing | default", ""),
    ('missing.deep.er | default("x")', "x"),
    ('none | default("x")', None),
    ('none | default("x", true)', "x"),
    ('"" | default(boolean=true, default_value="x")', "x"),
    ('{"b": 1, "a": 2} | dictsort', [["a", 2], ["b", 1]]),
    ('{"b": 1, "a": 2} | dictsort(by="value")', [["b", 1], ["a", 2]]),
    ('"<a>" | e', "&lt;a&gt;"),
    ('"<a>" | escape | escape', "&amp;lt;a&amp;gt;"),
    ("13000 | filesizeformat", "13.0 kB"),
    ("[4, 5] | first", 4),
    ('[] | first | default("none")', "none"),
    ('"1.5" | float', 1.5),
    ('"x" | float(2.5)', 2.5),
    ('"<" | forceescape', "&lt;"),
    ('"%s-%03d" | format("a", 7)', "a-007"),
    ('"%(k)s" | format(k="v")', "v"),
    ('[{"c": 2, "n": 1}, {"c": 1, "n": 2}] | groupby("c")', [[1, [{"c": 1, "n": 2}]], [2, [{"c": 2, "n": 1}]]]),
    ('"a\nb" | indent(2)', "a\n  b"),
    ('"42" | int', 42),
    ('"x" | int(7)', 7),
    ('"ff" | int(base=16)', 255),
    ('{"a": 1} | items', [["a", 1]]),
    ('[1, none, true] | join("-")', "1--true"),
    ('[{"n": "x"}, {"n": "y"}] | join(", ", attribute="n")', "x, y"),
    ("[4, 5] | last", 5),
    ('"abc" | length', 3),
    ('"abc" | list', ["a", "b", "c"]),
    ('"ABC" | lower', "abc"),
    ('["a", "b"] | map("upper")', ["A", "B"]),
    ('[{"n": {"m": 1}}] | map(attribute="n.m")', [1]),
    ('[{}] | map(attribute="n", default=0)', [0]),
    ('["1", "2"] | map("digits")', ["1", "2"]),
    ("[1, 3, 2] | max", 3),
    ("[3, 1, 2] | min", 1),
    ("[1] | pprint", "[1]"),
    ('[1, 2, 3] | reject("odd")', [2]),
    ('[{"a": 1}, {"a": 2}] | rejectattr("a", "eq", 1)', [{"a": 2}]),
    ('"a-b-c" | replace("-", "+")', "a+b+c"),
    ('"a-b-c" | replace("-", "+", 1)', "a+b-c"),
    ('"abc" | reverse', "cba"),
    ("[1, 2] | reverse", [2, 1]),
    ("2.567 | round(1)", 2.6),
    ('2.1 | round(method="ceil")', 3.0),
    ('"<a>" | safe', "<a>"),
    ('[1, 2, 3] | select("odd")', [1, 3]),
    ("[0, 1, none] | select", [1]),
    ('[{"a": 1}, {"a": 2}] | selectattr("a", "gt", 1)', [{"a": 2}]),
    ("[1, 2, 3] | slice(2)", [[1, 2], [3]]),
    ("[3, 1, 2] | sort", [1, 2, 3]),
    ('["b", "A"] | sort(reverse=true)', ["b", "A"]),
    ("none | string", ""),
    ("true | string", "true"),
    ('"<b>x</b> y" | striptags', "x y"),
    ("[1, 2.5] | sum", 3.5),
    ('[{"a": 1}, {"a": 2}] | sum(attribute="a", start=10)', 13),
    ('"two words" | title', "Two Words"),
    ('{"a": [1, none]} | tojson', '{"a": [1, null]}'),
    ('"  x " | trim', "x"),
    ('"one two three four" | truncate(9)', "one..."),
    ("[1, 2, 1] | unique", [1, 2]),
    ('"abc" | upper', "ABC"),
    ("none | upper", ""),
    ('"a b&c" | urlencode', "a%20b%26c"),
    ('{"a": "b c"} | urlencode', "a=b+c"),
    ('"see http://a.example" | urlize', 'see <a href="http://a.example" rel="noopener">http://a.example</a>'),
    ('"two words" | wordcount', 2),
    ('"one two" | wordwrap(4)', "one\ntwo"),
    ('{"a": 1} | xmlattr', ' a="1"'),
    ('"4711" | digits', "4 7 1 1"),
    ('"ab 1" | spell', "A B 1"),
    ('"+493012345" | phone', "+ 4 9, 3 0, 1 2 3 4 5"),
    ('10 | money("EUR")', "10 euros"),
    ("1234.5 | number", "1,234.5"),
    ("3 | ordinal", "3rd"),
    ('1 | plural("call", "calls")', "call"),
    ('"2" | plural("call", "calls")', "calls"),
    ('1.5 | plural("call", "calls")', "calls"),
    ('"2026-01-05T09:00" | date', "Monday, January 5, 2026"),
    ('"2026-01-05T09:00" | time', "9:00 AM"),
    ('"2026-01-05T09:00" | datetime', "Monday, January 5, 2026, 9:00 AM"),
    ('"2026-01-05T09:00" | hour', 9),
    ('"2026-01-05T09:00" | weekday', "monday"),
    ('"2026-01-05T09:00" | day', 5),
    ('"4539578763621486" | luhn', True),
    ('"+15551230000" | e164', True),
]

TEST_CASES = [
    ("1 is != 2", True),
    ("1 is < 2", True),
    ("1 is <= 1", True),
    ("1 is == 1", True),
    ("1 is > 2", False),
    ("1 is >= 1", True),
    ("true is boolean", True),
    ("1 is boolean", False),
    ('"a" is callable', False),
    ("x is defined", True),
    ("missing is defined", False),
    ("missing.deep is not defined", True),
    ("missing is undefined", True),
    ("9 is divisibleby 3", True),
    ("9 is divisibleby(2)", False),
    ("1 is eq 1", True),
    ("1 is equalto 2", False),
    ('"a" is escaped', False),
    ("2 is even", True),
    ("false is false", True),
    ('"upper" is filter', True),
    ('"attr" is filter', False),
    ("1.0 is float", True),
    ("2 is ge 2", True),
    ("2 is greaterthan 1", True),
    ("2 is gt 2", False),
    ("1 is in [1, 2]", True),
    ("1 is not in [1, 2]", False),
    ("1 is integer", True),
    ("true is integer", False),
    ("[] is iterable", True),
    ("1 is le 1", True),
    ("1 is lessthan 1", False),
    ('"a" is lower', True),
    ("1 is lt 2", True),
    ("{} is mapping", True),
    ("1 is ne 2", True),
    ("none is none", True),
    ("0 is not none", True),
    ("1.5 is number", True),
    ("3 is odd", True),
    ("none is sameas none", True),
    ("[] is sequence", True),
    ('"a" is string', True),
    ('"odd" is test', True),
    ("true is true", True),
    ('"A" is upper', True),
]

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY_NOON = Scope(
    {},
    now=datetime(2026, 1, 5, 12, tzinfo=BERLIN),
    zone=BERLIN,
    calendars={
        "office": parse_calendar({"timezone": "Europe/Berlin", "hours": {"mon-fri": "09:00-17:00"}}),
        "night": parse_calendar({"timezone": "America/New_York", "hours": {"mon": "20:00-22:00"}}),
        "never": parse_calendar({}),
    },
)
FUNCTION_CASES = [
    ('open("office")', True),
    ('open(calendar="night")', False),
    ('open("never")', False),
    ('next_open("office")', "2026-01-05T12:00:00+01:00"),
    ('next_open("night")', "2026-01-06T02:00:00+01:00"),
    ('next_open("never")', None),
    ("range(3)", [0, 1, 2]),
    ("range(1, 4)", [1, 2, 3]),
    ("range(6, 0, -2)", [6, 4, 2]),
]


@pytest.mark.parametrize(("source", "expected"), [*OPERATORS, *FILTER_CASES, *TEST_CASES, *FUNCTION_CASES])
def test_value(source: str, expected: Any) -> None:
    if "is " in source and any(f"is {sign} " in source for sign in ("!=", "<", "<=", "==", ">", ">=")):
        # Only `select` can name these tests; `is` takes a name.
        left, _, sign, right = source.split(" ")
        source = f'[{left}] | select("{sign}", {right}) | length == 1'
    found = reading.value(source, MONDAY_NOON.with_variables({"x": 1}))
    assert (found, type(found)) == (expected, type(expected))


def test_every_filter_test_and_function_has_a_case() -> None:
    filters = {name for name in FILTERS if any(f"| {name}" in source for source, _ in FILTER_CASES)}
    tests = {name for name in TESTS if any(f"is {name}" in source for source, _ in TEST_CASES)}
    functions = {name for name in FUNCTIONS if any(source.startswith(f"{name}(") for source, _ in FUNCTION_CASES)}
    assert (filters, tests, functions) == (set(FILTERS), set(TESTS), set(FUNCTIONS))


REFUSED = [
    ("foo", "there is no name `foo`"),
    ("record.pin", "`record` has no key `pin`"),
    ("record.deep.pin", "`record.deep` has no key `pin`"),
    ('record["pin"]', "`record` has no key `pin`"),
    ("nothing.pin", "`nothing` is none, so it has no key `pin`"),
    ("text.upper", "`text` is a text, so it has no key `upper`"),
    ("numbers[5]", "`numbers` has 2 items, so none at 5"),
    ("numbers[true]", "`numbers` has 2 items, so none at True"),
    ("one[0]", "`one` is a number, which has no numbered items"),
    ("1 / 0", "a division by zero"),
    ("5 % 0", "a division by zero"),
    ('1 + "a"', "a number `+` a text cannot be computed"),
    ("none - 1", "none `-` a number cannot be computed"),
    ('1 < "a"', "a number `<` a text cannot be compared"),
    ('1 < 2 < "a"', "a number `<` a text cannot be compared"),
    ("1 in none", "a number `in` none cannot be compared"),
    ('-"a"', "`-` needs a number, not a text"),
    ("{1: 2}", "a key is a text, not a number"),
    ("1e308 * 10", "the result is not a number that can be kept"),
    ('"inf" | float', "the result is not a number that can be kept"),
    ("[] | first", "`first` finds nothing: a list without items"),
    ("1 | first", "`first` cannot be applied to a number: 'int' object is not iterable"),
    ('[{}] | map(attribute="n")', "an item does not have this key"),
    ('[1] | map("nothing")', "there is no filter `nothing`"),
    ('[""] | sum(start="")', "`sum` adds up numbers"),
    (
        '"x" is divisibleby 2',
        "`is divisibleby` cannot be asked of a text: not all arguments converted during string formatting",
    ),
    ("range(1.5)", "`range` takes whole numbers, not a number"),
    ("range(1, 2, 0)", "the step of `range` cannot be 0"),
    ('open("shop")', "there is no calendar `shop`"),
    ("open(none)", "there is no calendar `None`"),
    ('"x" | money("EUR")', "a number is needed, not `x`"),
    ("none | number", "a number is needed, not none"),
    ("true | number", "a number is needed, not true or false"),
    ('1 | money("ABC")', 'there is no currency `ABC`: write its three letters, such as "EUR"'),
    ("1.5 | ordinal", "a whole number is needed, not `1.5`"),
    ('"soon" | datetime', "a time such as `2026-01-05T12:00` is needed, not `soon`"),
    ("5 | hour", "a time such as `2026-01-05T12:00` is needed, not a number"),
    ("[] | digits", "a text is needed, not a list"),
]


@pytest.mark.parametrize(("source", "message"), REFUSED)
def test_refused(source: str, message: str) -> None:
    variables = {"record": {"deep": {}}, "nothing": None, "text": "a", "numbers": [1, 2], "one": 1}
    with pytest.raises(ExpressionError) as caught:
        reading.value(source, MONDAY_NOON.with_variables(variables))
    assert caught.value.message == message
    assert str(caught.value) == message
    assert caught.value.span == reading.HERE


UNCOMPILABLE = [
    ("x | uper", "there is no filter `uper`"),
    ('x | attr("a")', "there is no filter `attr`"),
    ("x | random", "there is no filter `random`"),
    ("x is primely", "there is no test `primely`"),
    ("opened()", "there is no function `opened`"),
    ("x | money", "`money` takes 1 argument, not 0"),
    ('x | upper("a")', "`upper` takes no argument, not 1"),
    ("x | round(1, 2, 3)", "`round` takes 0 to 2 arguments, not 3"),
    ("x | round(digits=1)", "`round` has no argument `digits`"),
    ("x | round(1, precision=1)", "`round` is given `precision` twice"),
    ('x | replace("a")', "`replace` takes 2 to 3 arguments, not 1"),
    ('x | replace("a", count=1)', "`replace` takes 2 to 3 arguments, not 2"),
    ("x is divisibleby", "`divisibleby` takes 1 argument, not 0"),
    ("open()", "`open` takes 1 argument, not 0"),
    ('open("a", "b")', "`open` takes 1 argument, not 2"),
    ("range(1, 2, 3, 4)", "`range` takes 1 to 3 arguments, not 4"),
]


@pytest.mark.parametrize(("source", "message"), UNCOMPILABLE)
def test_uncompilable(source: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        reading.compiled(source)
    assert caught.value.message == message
