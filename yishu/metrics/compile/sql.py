"""Pieces of SQL 语句零件: small SQLGlot trees, built, never parsed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlglot import exp

from yishu.security import value

SYMBOLS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ, "!=": exp.NEQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE,
}  # fmt: skip


def bound_moment(moment: datetime, dated: bool) -> exp.Expr:
    if not dated:
        return value(moment)
    return value(moment.date())


def day_of(day: exp.Expr) -> exp.Expr:
    return exp.Extract(this=exp.var("DAY"), expression=paren(day.copy()))


def left_join(query: exp.Select, alias: str, on: exp.Expr) -> exp.Join:
    return exp.Join(this=exp.Subquery(this=query, alias=exp.TableAlias(this=ident(alias))), side="LEFT", on=on)


def select(columns: Sequence[exp.Expr], source: exp.Expr) -> exp.Select:
    query = exp.Select(expressions=list(columns))
    query.set("from_", exp.From(this=source))
    return query


def ident(name: str) -> exp.Identifier:
    return exp.Identifier(this=name, quoted=True)


def col(name: str, table: str | None = None) -> exp.Column:
    return exp.Column(this=ident(name), table=ident(table) if table else None)


def table_of(name: str) -> exp.Table:
    return exp.Table(this=ident(name))


def named_as(of: exp.Expr, name: str) -> exp.Alias:
    return exp.Alias(this=of, alias=ident(name))


def paren(of: exp.Expr) -> exp.Expr:
    return exp.Paren(this=of) if isinstance(of, (exp.Binary, exp.Connector)) else of


def double(of: exp.Expr) -> exp.Expr:
    return exp.Cast(this=of, to=exp.DataType(this=exp.DataType.Type.DOUBLE))


def nullif(of: exp.Expr) -> exp.Expr:
    return exp.Nullif(this=of, expression=exp.Literal.number(0))


def not_null(of: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=of, expression=exp.Null()))


def all_of(conditions: Iterable[exp.Expr]) -> exp.Expr:
    listed = list(conditions)
    whole = listed[0] if listed else exp.true()
    for condition in listed[1:]:
        whole = exp.And(this=whole, expression=condition)
    return whole


def any_of(conditions: Iterable[exp.Expr]) -> exp.Expr:
    listed = [paren(c) for c in conditions]
    whole = listed[0] if listed else exp.false()
    for condition in listed[1:]:
        whole = exp.Or(this=whole, expression=condition)
    return exp.Paren(this=whole) if len(listed) > 1 else whole
