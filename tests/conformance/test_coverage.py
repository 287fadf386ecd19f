"""The page of what is documented and tested is complete, and names tests that are there."""

import ast

import pytest

from tests.conformance.coverage import PAGE, ROOT, SERVED, documented, page, tests
from tests.conformance.documented import FILES, OURS


def test_the_page_is_what_would_be_made_now() -> None:
    assert PAGE.read_text("utf-8") == page(), "python -m tests.conformance.coverage writes it"


@pytest.mark.parametrize("test", sorted(tests()))
def test_every_test_that_it_names_is_there(test: str) -> None:
    path, _, name = test.partition("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_carriers_file_is_on_the_page() -> None:
    assert set(SERVED) == set(FILES)
    assert set(OURS) <= set(SERVED)
    text = PAGE.read_text("utf-8")
    for title in FILES:
        for each in documented(title):
            assert f"| {each.method} `{each.path}` |" in text
