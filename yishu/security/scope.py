"""Scope 范围: the only form in which a hospital table may be read for a person (design §2.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from sqlglot import exp

from yishu.security.bind import among, value
from yishu.security.meeting import Meeting
from yishu.security.policy import Mask, Rows
from yishu.security.viewer import Viewer

CATALOG, CURRENT, HISTORY, ROLLUP = "wh", "hospital", "history", "rollup"


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
    """A column 字段: its name, its GB/T 39725 level, its type, the companion that keeps the source's own code."""

    @property
    def name(self) -> str: ...
    @property
    def level(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def sql_type(self) -> str: ...
    @property
    def code_column(self) -> str | None: ...


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


def rolled(viewer: Viewer, table: str, rollup: str, carried: frozenset[str], used: frozenset[str], tables: TableSet) -> exp.Select | None:
    """A roll-up 汇总表 of a hospital table under the very row rule of the table itself; None where the rule or a mask needs more.

    `carried` columns stand in the roll-up as they stand in the table, so a rule over them alone keeps the same rows before
    and after adding up; `used` are all columns that went into it: none of them may be masked for this viewer.
    """
    rules = tables.table(table)
    rule = _rule(viewer, rules, tables, None)
    if rule is not None and (rule.find(exp.Select) is not None or not {c.name for c in rule.find_all(exp.Column)} <= carried):
        return None
    if not viewer.system and any(c.name in used and viewer.granted.mask(rules.name, c.name, c.level) is not None for c in rules.columns):
        return None
    query = exp.Select(expressions=[exp.Star()])
    query.set("from_", exp.From(this=_named(rollup, ROLLUP)))
    if rule is not None:
        query.set("where", exp.Where(this=rule))
    return query


def _columns(viewer: Viewer, rules: TableRules) -> list[exp.Expr]:
    """Every column, those masked replaced by what their mask leaves."""
    if viewer.system:
        return [exp.Star()]
    grant = viewer.granted
    masks = [(c, grant.mask(rules.name, c.name, c.level)) for c in rules.columns]
    replaced = [_as(_masked(c, mask), c.name) for c, mask in masks if mask is not None]
    replaced += [_as(_nothing("VARCHAR"), c.code_column) for c, mask in masks if mask is not None and c.code_column]
    return [exp.Star(replace=replaced)] if replaced else [exp.Star()]


def _as(of: exp.Expr, name: str) -> exp.Expr:
    return exp.Alias(this=of, alias=exp.Identifier(this=name, quoted=True))


def _masked(column: Named, mask: Mask) -> exp.Expr:
    """The first of the year of a date; anything else is hidden, as is every column where a mask does not fit its type."""
    if mask is Mask.YEAR and column.type in ("date", "timestamp"):
        start = exp.TimestampTrunc(this=_column(column.name), unit=exp.var("YEAR"))
        return exp.cast(start, column.type, copy=False)
    return _nothing(column.sql_type)


def _nothing(sql_type: str) -> exp.Expr:
    """A typed null: an untyped one would break functions over the column, and the error would tell that it is masked."""
    return exp.Cast(this=exp.Null(), to=_type(sql_type).copy())


@lru_cache(maxsize=64)
def _type(sql_type: str) -> exp.DataType:
    return exp.DataType.build(sql_type, dialect="duckdb")


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
    """What opens rows and nothing that denies them; None where every row is open."""
    if viewer.system or rules.public:
        return None
    if viewer.granted.statistics and not viewer.counting:
        return exp.false()  # numbers only: whoever reads rows with this viewer reads none
    opened = _opened(viewer, rules, tables, as_of)
    met = Meeting(viewer, tables, lambda table: _relation(table, as_of))
    denied = [met.rule(rule, rules) for rule in viewer.granted.deny if rule.reaches(rules.name)]
    if not denied:
        return opened
    kept = exp.Not(this=exp.Paren(this=exp.Coalesce(this=_any(denied), expressions=[exp.false()])))
    return kept if opened is None else exp.And(this=_wrapped(opened), expression=kept)


def _opened(viewer: Viewer, rules: TableRules, tables: TableSet, as_of: datetime | None) -> exp.Expr | None:
    grant = viewer.granted
    if grant.rows is Rows.ALL or rules.name in grant.whole:
        return None
    ways: list[exp.Expr] = []
    if grant.rows is Rows.DEPARTMENTS and viewer.departments:
        ways += _departments(viewer, rules, tables, as_of)
    met = Meeting(viewer, tables, lambda table: _relation(table, as_of))
    ways += [met.rule(rule, rules) for rule in grant.allow if rule.reaches(rules.name)]
    return _any(ways)


def _departments(viewer: Viewer, rules: TableRules, tables: TableSet, as_of: datetime | None) -> list[exp.Expr]:
    own = sorted(viewer.departments)
    ways = [among(_column(column), own) for column in rules.belonging]
    also = rules.belonging_also
    if also is not None:
        inner = _keys(also.on, _relation(also.table, as_of))
        inner.set("where", exp.Where(this=_any([among(_column(column), own) for column in also.columns])))
        ways.append(exp.In(this=_column(also.on), query=exp.Subquery(this=inner)))
    parent = rules.belonging_of
    if parent is not None:
        seen = _keys(parent.on, _relation(parent.table, as_of))
        seen.set("where", exp.Where(this=_any(_departments(viewer, tables.table(parent.table), tables, as_of))))
        ways.append(exp.In(this=_column(parent.on), query=exp.Subquery(this=seen)))
    return ways


def _wrapped(of: exp.Expr) -> exp.Expr:
    return exp.Paren(this=of) if isinstance(of, exp.Connector) else of


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
