"""Binding 绑定: values travel in the tree as placeholders and reach the engine as parameters, never as text."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from yishu.security.text import VALUE, written


def value(content: object) -> exp.Placeholder:
    """A value 值 standing in a SQLGlot tree."""
    holder = exp.Placeholder(this="v")
    holder.meta[VALUE] = content
    return holder


def among(column: exp.Expr, contents: Iterable[object]) -> exp.Expr:
    """`column IN (…)`; long lists go as one list parameter so that the text stays short."""
    listed = list(contents)
    if not listed:
        return exp.false()
    if len(listed) > 20:
        inner = exp.Select(expressions=[exp.Unnest(expressions=[value(listed)])])
        return exp.In(this=column, query=exp.Subquery(this=inner))
    return exp.In(this=column, expressions=[value(item) for item in listed])


def bound(query: exp.Expr, dialect: str = "duckdb", *, pretty: bool = False) -> tuple[str, dict[str, object]]:
    """SQL text and its named parameters 语句与参数. The tree is spent: writing it may reshape it (a copy would cost as much again)."""
    if dialect == "duckdb" and not pretty:
        return written(query)
    parameters: dict[str, object] = {}
    for holder in query.find_all(exp.Placeholder):
        if VALUE in holder.meta:
            name = f"p{len(parameters) + 1}"
            holder.set("this", name)
            parameters[name] = holder.meta[VALUE]
    return query.sql(dialect, pretty=pretty, copy=False), parameters
