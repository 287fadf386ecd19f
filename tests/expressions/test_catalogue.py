"""The catalogue says of every filter and test what is true of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from flowengine.expressions.catalogue import FILTERS, FUNCTIONS, TESTS
from flowengine.expressions.environment import ENVIRONMENT, REFUSED_FILTERS
from flowengine.expressions.functions import FILTERS as OWN_FILTERS
from flowengine.expressions.signature import Signature


def _taken(function: Callable[..., Any]) -> tuple[int, int | None, tuple[str, ...]]:
    """What a filter or test of Jinja2 takes besides its value: the least, the most, the names."""
    parameters = list(inspect.signature(function).parameters.values())
    # Some are given the environment or the context before the value.
    value = 1 if parameters[0].name in ("context", "env", "environment", "eval_ctx") else 0
    parameters = parameters[value + 1 :]
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return 0, None, ()
    least = sum(parameter.default is parameter.empty for parameter in parameters)
    return least, len(parameters), tuple(parameter.name for parameter in parameters)


def _described(signature: Signature) -> tuple[int, int | None, tuple[str, ...]]:
    return (0, None, ()) if signature.most is None else (signature.least, signature.most, signature.keywords)


@pytest.mark.parametrize(
    ("catalogue", "jinja"), [(FILTERS, ENVIRONMENT.filters), (TESTS, ENVIRONMENT.tests)], ids=["filters", "tests"]
)
def test_what_jinja_takes(catalogue: Mapping[str, Signature], jinja: Mapping[str, Callable[..., Any]]) -> None:
    assert set(jinja) == {name for name in catalogue if catalogue is TESTS or name not in OWN_FILTERS}
    assert {name: _described(catalogue[name]) for name in jinja} == {name: _taken(jinja[name]) for name in jinja}


@pytest.mark.parametrize("name", OWN_FILTERS)
def test_what_our_filters_take(name: str) -> None:
    parameters = list(inspect.signature(OWN_FILTERS[name].does).parameters)[2:]
    assert FILTERS[name].keywords == tuple(parameters)
    assert FILTERS[name].least == FILTERS[name].most == len(parameters)


def test_what_is_left_out() -> None:
    assert {"attr", "random"} == REFUSED_FILTERS
    assert not REFUSED_FILTERS & set(FILTERS)
    assert set(FUNCTIONS) == {"open", "next_open", "range"}


@pytest.mark.parametrize("catalogue", [FILTERS, TESTS, FUNCTIONS])
def test_every_entry_has_a_line_of_documentation(catalogue: Mapping[str, Signature]) -> None:
    for name, signature in catalogue.items():
        assert signature.name == name
        assert signature.doc.endswith(".")
        assert len(signature.doc) < 100
