"""Ways out of the sandbox of Jinja2 and Python that are known, and some that are not: none leads anywhere."""

from __future__ import annotations

from typing import Any

import jinja2
import pytest

from flowengine.expressions.evaluate import ExpressionError, Scope, compile_template
from tests.expressions import reading
from tests.expressions.reading import NotOursError

VALUES = ['""', "[]", "{}", "1", "1.5", "true", "none", "name", "record", "items", "call", "range(3)", "'a' | list"]
NAMES = [
    *("__class__", "__mro__", "__base__", "__bases__", "__subclasses__", "__globals__", "__builtins__", "__dict__"),
    *("__init__", "__getattribute__", "__reduce__", "__doc__", "__module__", "format", "format_map", "join", "upper"),
    *("items", "keys", "values", "update", "pop", "append", "mro", "gi_frame", "func_globals", "f_globals", "count"),
    *("index", "encode", "real", "imag", "as_integer_ratio", "fromhex", "hex", "maketrans", "setdefault", "sort"),
]
GLOBALS = [
    *("self", "cycler", "joiner", "namespace", "lipsum", "dict", "range", "config", "request", "session", "g", "app"),
    *("environment", "context", "caller", "varargs", "kwargs", "super", "__import__", "open", "eval", "exec", "print"),
    *(
        "__builtins__",
        "__name__",
        "__file__",
        "globals",
        "locals",
        "vars",
        "getattr",
        "type",
        "object",
        "loop",
        "blocks",
    ),
]
ATTACKS = [
    "{{ ''['__class__'] }}",
    "{{ ''['__cl' ~ 'ass__'] }}",
    "{{ ''['\\x5f\\x5fclass\\x5f\\x5f'] }}",
    "{{ '' | attr('__class__') }}",
    "{{ [''] | map(attribute='__class__') | list }}",
    "{{ [''] | map(attribute='__class__.__mro__') | list }}",
    "{{ [''] | map('attr', '__class__') | list }}",
    "{{ ['x'] | map('random') | list }}",
    "{{ [name] | sort(attribute='__class__') }}",
    "{{ [name, name] | sort(attribute='__class__.__name__') }}",
    "{{ [name] | groupby('__class__') }}",
    "{{ [name] | sum(attribute='__class__') }}",
    "{{ [name] | join(attribute='__class__') }}",
    "{{ [name] | unique(attribute='__class__') | list }}",
    "{{ [name] | min(attribute='__class__') }}",
    "{{ [name] | max(attribute='__doc__') }}",
    "{{ [name] | selectattr('__class__') | list }}",
    "{{ [name] | rejectattr('__class__', 'eq', 1) | list }}",
    "{{ [record] | map(attribute='keys') | list }}",
    "{{ [items] | map(attribute='append') | list }}",
    "{{ [1] | random }}",
    "{{ '{0.__class__}' | format(name) }}",
    "{{ '{0.__class__}' % name }}",
    "{{ '%(__class__)s' % record }}",
    "{{ '%(__class__)s' | format(**record) }}",
    "{{ '{0.__class__}'.format(name) }}",
    "{{ '{0.__class__}'.format_map(record) }}",
    "{{ name.upper() }}",
    "{{ record.items() }}",
    "{{ record.get('pin') }}",
    "{{ items.append(1) }}",
    "{{ items.pop() }}",
    "{{ items.sort() }}",
    "{{ record.update({'a': 1}) }}",
    "{{ [].__class__.__base__.__subclasses__() }}",
    "{{ ''.__class__.__mro__[1].__subclasses__()[40]('/etc/passwd').read() }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ range.__class__ }}",
    "{{ open.__globals__ }}",
    "{{ open('office').__class__ }}",
    "{{ next_open.__self__ }}",
    "{{ loop.__class__ }}",
    "{% for x in items %}{{ loop.__init__ }}{% endfor %}",
    "{% for x in items %}{{ loop['__class__'] }}{% endfor %}",
    "{% for x in items %}{{ loop._iterator }}{% endfor %}",
    "{% for x in items %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for x in items recursive %}{{ loop(items) }}{% endfor %}",
    "{% set x = namespace() %}{% set x.a = 1 %}",
    "{% set x = record %}{{ x.__class__ }}",
    "{% set __builtins__ = 1 %}{{ __builtins__.__class__ }}",
    "{% import 'os' as os %}",
    "{% from 'os' import system %}",
    "{% include '/etc/passwd' %}",
    "{% extends 'x' %}",
    "{% macro m() %}{% endmacro %}{{ m() }}",
    "{% macro m() %}{{ caller.__globals__ }}{% endmacro %}",
    "{% call m() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% block b %}{% endblock %}{{ self.b() }}",
    "{% with a = 1 %}{{ a.__class__ }}{% endwith %}",
    "{% do items.append(1) %}",
    "{% raw %}{{ x }}{% endraw %}{{ name.__class__ }}",
    "{{ (1).__class__ }}",
    "{{ 1.0.__class__ }}",
    "{{ (name ~ name).__class__ }}",
    "{{ (name | upper).__class__ }}",
    "{{ ('a' | escape).__html__ }}",
    "{{ ('a' | escape).unescape }}",
    "{{ ('a' | safe).__class__ }}",
    "{{ ({'a': 1} | xmlattr).__class__ }}",
    "{{ ({'a': 1} | tojson).__class__ }}",
    "{{ (items | groupby(0))[0].grouper }}",
    "{{ (record | dictsort)[0].__class__ }}",
    "{{ (items | map('string')).gi_frame }}",
    "{{ (items | batch(2)).gi_code }}",
    "{{ (record | items).__next__ }}",
    "{{ missing.__class__ }}",
    "{{ (missing | default(name)).__class__ }}",
    "{{ missing._undefined_message }}",
    "{{ ([] | first)._undefined_name }}",
    "{{ name[::-1].__class__ }}",
    "{{ record[name.__class__] }}",
    "{{ items[true.__class__] }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ dict(a=1).__class__ }}",
    "{{ range(3).__reduce__() }}",
    "{{ range.start }}",
    "{{ open(name='office', mode='r') }}",
    "{{ open('/etc/passwd') }}",
    "{{ open('/etc/passwd', 'r') }}",
    "{{ next_open('/etc/passwd') }}",
    "{{ open(*items) }}",
    "{{ open(**record) }}",
    "{{ name is callable and name() }}",
    "{{ items is sameas(items.__class__) }}",
    "{{ ['__class__'] | map('attr', name) | list }}",
    "{{ name | map('open') | list }}",
    "{{ ['office'] | map('open') | list }}",
    "{{ ['x'] | map('__class__') | list }}",
    "{{ ['x'] | select('__class__') | list }}",
    "{{ ['x'] | map(['upper']) | list }}",
    "{{ ['x'] | map(none) | list }}",
    "{{ ['x'] | select(none) | list }}",
    "{{ ['x'] | map({}) | list }}",
    "{{ ['x'] | map(attribute=['__class__']) | list }}",
    "{{ ['x'] | map(attribute=none) | list }}",
    "{{ [''] | groupby('__class__', default=1) }}",
    "{{ ['{0.__class__}'] | map('format', name) | list }}",
    "{{ name | urlize(extra_schemes=['javascript:'], target='\" onclick=\"x') }}",
    "{{ name | truncate(1, true, name.__class__) }}",
    "{{ name | wordwrap(1, wrapstring=name.__class__) }}",
    "{{ items | sort(reverse=name.__class__) }}",
    "{{ name | default(name.__class__, true) }}",
    "{{ record | tojson(indent=name.__class__) }}",
]
SOURCES = [
    *(f"{{{{ ({value}).{name} }}}}" for value in VALUES for name in NAMES if name not in ("items",)),
    *(f"{{{{ ({value})['{name}'] }}}}" for value in VALUES[:3] for name in NAMES),
    *(f"{{{{ {name} }}}}" for name in GLOBALS),
    *(f"{{{{ {name}.__class__ }}}}" for name in GLOBALS),
    *(f"{{{{ {name}() }}}}" for name in GLOBALS),
    *ATTACKS,
]
VARIABLES: dict[str, Any] = {
    "name": "Ada",
    "record": {"pin": "1234", "name": "Ada"},
    "items": ["a", "b"],
    "call": {"from": "+15551230000"},
}
# What a way out would say: Python's words for its own things, or what stands in the file it wants to read.
TRACES = ("<class", "<bound", "<built-in", "<function", "<method", "<generator", " object at 0x", "<module", "root:")


def test_there_are_enough_of_them() -> None:
    assert len(set(SOURCES)) >= 200
    assert len(set(ATTACKS)) >= 100


@pytest.mark.parametrize("source", SOURCES)
def test_no_way_leads_out(source: str) -> None:
    before = repr(VARIABLES)
    try:
        text = compile_template(reading.template(source))(Scope(VARIABLES))
    except (ExpressionError, NotOursError, jinja2.TemplateSyntaxError):
        return
    finally:
        assert repr(VARIABLES) == before
    assert not any(trace in text for trace in TRACES), text


def test_a_key_is_reached_whatever_it_is_called() -> None:
    order = {"items": "the order holds", "keys": 5, "__class__": "first", "format": {"upper": "deep"}}
    assert reading.text("{{ o.items }} {{ o.keys }} {{ o['__class__'] }} {{ o.format.upper }}", o=order) == (
        "the order holds 5 first deep"
    )
