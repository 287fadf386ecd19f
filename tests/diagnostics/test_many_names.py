"""Among thousands of names the one that was meant is still found, and soon."""

import pytest

from flowengine.diagnostics.suggest import closest
from tests.language.test_bounds import calls_made

NAMES = [
    f"{kind}_of_{thing}{number}" for number in range(500) for kind in ("name", "sum") for thing in ("order", "day")
]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("nam_of_order7", "name_of_order7"),
        ("nmae_of_day499", "name_of_day499"),
        ("suum_of_order33", "sum_of_order33"),
        ("SUM-of-order5", "sum_of_order5"),
    ],
)
def test_the_name_that_was_meant(word: str, meant: str) -> None:
    assert closest(word, NAMES) == meant


def test_the_work_of_a_word_hardly_grows_with_the_names() -> None:
    def work(count: int) -> int:
        names = NAMES[:count]
        closest("first", names)
        return calls_made(lambda: closest("nome_of_ordre9", names))

    assert work(2000) < 2 * work(200) + 20_000
