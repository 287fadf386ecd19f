"""The parts of a condition."""

from __future__ import annotations

from collections.abc import Iterator

from flowengine.expressions.tree import Binary, Expr, Unary


def atoms(test: Expr) -> Iterator[Expr]:
    """The conditions that a test is made of with `and`, `or` and `not`."""
    match test:
        case Unary(operator="not", operand=operand):
            yield from atoms(operand)
        case Binary(operator="and" | "or", left=left, right=right):
            yield from atoms(left)
            yield from atoms(right)
        case _:
            yield test
