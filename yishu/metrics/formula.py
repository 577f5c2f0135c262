"""Formula 算式: an expression of a definition file, parsed once, made of allowed words only.

A formula names columns or other figures; it has no sub-query, no table and no function outside the list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from yishu.kernel.errors import InputError

ALLOWED: tuple[type[exp.Expr], ...] = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod,
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Is, exp.In, exp.Between, exp.Case, exp.If,
    exp.Cast, exp.DataType, exp.Coalesce, exp.Nullif, exp.Abs, exp.Lower, exp.Upper, exp.DPipe, exp.Concat, exp.Like,
    exp.Tuple, exp.TimestampTrunc, exp.DateTrunc, exp.Var, exp.Interval, exp.Round, exp.Greatest, exp.Least,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula 算式 as written; `tree` gives a fresh copy of its parsed form."""

    text: str

    def tree(self) -> exp.Expr:
        """A fresh tree."""
        return _parsed(self.text).copy()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns or figures it names, in order."""
        return tuple(dict.fromkeys(c.name for c in _parsed(self.text).find_all(exp.Column)))

    def over(self, given: Callable[[str], exp.Expr]) -> exp.Expr:
        """The tree with every name replaced; wrapped so that it can stand beside operators."""
        tree = self.tree()
        if isinstance(tree, exp.Column):
            return given(tree.name)
        for column in list(tree.find_all(exp.Column)):
            column.replace(given(column.name))
        return exp.Paren(this=tree) if isinstance(tree, (exp.Binary, exp.Connector, exp.Not)) else tree


def formula(text: object, where: str = "") -> Formula:
    """Read a formula; InputError names the word that is not allowed."""
    written = str(text).strip()
    tree = _parsed(written)
    for node in tree.walk():
        if not isinstance(node, ALLOWED) or (isinstance(node, exp.Column) and node.table):
            raise InputError(
                "formula.word", f"算式“{written[:80]}”里不能用 {type(node).__name__}", hint="只用列名、四则、比较、CASE、COALESCE、NULLIF", where=where
            )
    return Formula(written)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> exp.Expr:
    try:
        return sqlglot.parse_one(text, dialect="duckdb")
    except SqlglotError:
        raise InputError("formula.text", f"算式读不懂：{text[:80]}", hint="检查括号与运算符") from None
