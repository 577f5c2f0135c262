"""Scope 范围: the only form in which a hospital table may be read for a person (design §2.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from sqlglot import exp

from yishu.security.bind import among, value
from yishu.security.policy import Rows
from yishu.security.viewer import Viewer

CATALOG, CURRENT, HISTORY = "wh", "hospital", "history"


class Also(Protocol):
    """Rows of another table 旁证表 whose departments own this row too."""

    @property
    def table(self) -> str: ...
    @property
    def on(self) -> str: ...
    @property
    def columns(self) -> tuple[str, ...]: ...


class Of(Protocol):
    """The parent 上级表 a row belongs with."""

    @property
    def table(self) -> str: ...
    @property
    def on(self) -> str: ...


class Named(Protocol):
    """A column 字段 by its name."""

    @property
    def name(self) -> str: ...


class TableRules(Protocol):
    """What a table declares 表的声明 about whose its rows are."""

    @property
    def name(self) -> str: ...
    @property
    def public(self) -> bool: ...
    @property
    def belonging(self) -> tuple[str, ...]: ...
    @property
    def belonging_also(self) -> Also | None: ...
    @property
    def belonging_of(self) -> Of | None: ...
    @property
    def columns(self) -> Sequence[Named]: ...


class TableSet(Protocol):
    """Declared tables 表集 by name; raises where there is none of that name."""

    def table(self, name: str) -> TableRules: ...


def scope(viewer: Viewer, table: str, tables: TableSet, *, as_of: datetime | None = None) -> exp.Select:
    """The rows and columns 可见的行与列 of a hospital table for this viewer, as known at `as_of`.

    No rule that opens a row means no row: a table without declared belonging is closed to department roles.
    """
    rules = tables.table(table)
    query = exp.Select(expressions=_columns(viewer, rules))
    query.set("from_", exp.From(this=_relation(rules.name, as_of)))
    rule = _rule(viewer, rules, tables, as_of)
    if rule is not None:
        query.set("where", exp.Where(this=rule))
    return query


def _columns(viewer: Viewer, rules: TableRules) -> list[exp.Expr]:
    hidden = viewer.granted.hidden.get(rules.name, frozenset())
    if not hidden:
        return [exp.Star()]
    replaced = [exp.alias_(exp.Null(), c.name, quoted=True) for c in rules.columns if c.name in hidden]
    return [exp.Star(replace=replaced)]


def _relation(table: str, as_of: datetime | None) -> exp.Expr:
    current = _named(table, CURRENT)
    if as_of is None:
        return current
    now = exp.Select(expressions=[exp.Star()])
    now.set("from_", exp.From(this=current))
    now.set("where", exp.Where(this=exp.LTE(this=_column("known_from"), expression=value(as_of))))
    then = exp.Select(expressions=[exp.Star()])
    then.set("from_", exp.From(this=_named(table, HISTORY)))
    then.set(
        "where",
        exp.Where(
            this=exp.And(
                this=exp.LTE(this=_column("known_from"), expression=value(as_of)),
                expression=exp.GT(this=_column("known_until"), expression=value(as_of)),
            )
        ),
    )
    both = exp.Union(this=now, expression=then, distinct=False, by_name=True)
    return exp.Subquery(this=both, alias=exp.TableAlias(this=exp.to_identifier(table, quoted=True)))


def _rule(viewer: Viewer, rules: TableRules, tables: TableSet, as_of: datetime | None) -> exp.Expr | None:
    if rules.public or viewer.sees_whole(rules.name):
        return None
    if viewer.granted.rows is not Rows.DEPARTMENTS or not viewer.departments:
        return exp.false()
    own = sorted(viewer.departments)
    ways = [among(_column(column), own) for column in rules.belonging]
    also = rules.belonging_also
    if also is not None:
        inner = _keys(also.on, _relation(also.table, as_of))
        inner.set("where", exp.Where(this=_any([among(_column(column), own) for column in also.columns])))
        ways.append(exp.In(this=_column(also.on), query=exp.Subquery(this=inner)))
    parent = rules.belonging_of
    if parent is not None:
        seen = exp.Subquery(
            this=scope(viewer, parent.table, tables, as_of=as_of),
            alias=exp.TableAlias(this=exp.to_identifier("parent", quoted=True)),
        )
        ways.append(exp.In(this=_column(parent.on), query=exp.Subquery(this=_keys(parent.on, seen))))
    return _any(ways)


def _keys(column: str, relation: exp.Expr) -> exp.Select:
    inner = exp.Select(expressions=[_column(column)])
    inner.set("from_", exp.From(this=relation))
    return inner


def _any(ways: Iterable[exp.Expr]) -> exp.Expr:
    listed = list(ways)
    if not listed:
        return exp.false()
    whole = listed[0]
    for way in listed[1:]:
        whole = exp.Or(this=whole, expression=way)
    return exp.Paren(this=whole) if len(listed) > 1 else whole


def _named(table: str, schema: str) -> exp.Table:
    return exp.Table(
        this=exp.to_identifier(table, quoted=True),
        db=exp.to_identifier(schema, quoted=True),
        catalog=exp.to_identifier(CATALOG, quoted=True),
    )


def _column(name: str) -> exp.Column:
    return exp.Column(this=exp.to_identifier(name, quoted=True))
