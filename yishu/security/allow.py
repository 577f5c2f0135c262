"""Allowlist 许可清单: what a statement run for a person may consist of; anything else is our own defect and is not run.

One SELECT; tables of the warehouse's `hospital` and `history` schemas and its own CTEs; functions that read their arguments and
nothing else. `COPY TO` inside staging and functions such as `read_text` or `getenv` remain possible in a locked-down instance.
"""

from __future__ import annotations

from sqlglot import exp

from yishu.kernel.errors import Defect

CATALOG, SCHEMAS = "wh", ("hospital", "history", "rollup")
FUNCTIONS: tuple[type[exp.Expr], ...] = (
    exp.Abs, exp.And, exp.Avg, exp.Case, exp.Cast, exp.Coalesce, exp.Concat, exp.Count, exp.DateDiff, exp.DateTrunc, exp.DayOfWeekIso,
    exp.DayOfYear, exp.Exists, exp.Extract, exp.Greatest, exp.If, exp.Lead, exp.Least, exp.Lower, exp.Max, exp.Median, exp.Min, exp.Mod, exp.Nullif, exp.Or,
    exp.PercentileCont, exp.PercentileDisc, exp.Round, exp.RowNumber, exp.StartsWith, exp.Sum, exp.TimestampTrunc, exp.Unnest, exp.Upper,
    exp.DPipe,
)  # fmt: skip
NAMED = frozenset({"contains"})
"""Functions without a class of their own in the tree."""
_FUNCTIONS = frozenset(FUNCTIONS)
_SPOKEN: tuple[type[exp.Expr], ...] = (
    exp.Command, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter, exp.Copy, exp.Attach, exp.Detach, exp.Pragma,
    exp.Set, exp.Use, exp.Into, exp.Lock, exp.Show, exp.Describe, exp.Transaction, exp.Commit, exp.Rollback, exp.Lateral, exp.Lambda,
)  # fmt: skip
_FORBIDDEN = frozenset(_SPOKEN)
_PLAIN: set[type[exp.Expr]] = set()
"""Kinds of nodes seen to be neither forbidden nor functions off the list."""


def refused(query: exp.Expr) -> str | None:
    """What in this statement is not on the list, None where all is."""
    if not isinstance(query, (exp.Select, exp.Union)):
        return f"语句 {type(query).__name__}"
    known: set[str] = set()
    tables: list[exp.Table] = []
    waiting: list[exp.Expr] = [query]
    while waiting:  # SQLGlot's own walk visits the same nodes at five times the cost
        node = waiting.pop()
        kind = type(node)
        if kind is exp.CTE:
            known.add(node.alias)
        elif kind is exp.Table:
            assert isinstance(node, exp.Table)
            tables.append(node)
        elif kind not in _PLAIN:
            wrong = _wrong(node)
            if wrong is not None:
                return wrong
        for held in node.args.values():
            if isinstance(held, exp.Expr):
                waiting.append(held)
            elif isinstance(held, list):
                waiting += [n for n in held if isinstance(n, exp.Expr)]
    return next((f"表 {t.sql('duckdb')[:80]}" for t in tables if not _readable(t, known)), None)


def _wrong(node: exp.Expr) -> str | None:
    """What is wrong with a node on its own; kinds without fault are remembered."""
    kind = type(node)
    if kind in _FORBIDDEN:
        return f"语句 {kind.__name__}"
    if isinstance(node, exp.Anonymous):
        return None if node.name.lower() in NAMED else f"函数 {node.name[:40]}"
    if isinstance(node, exp.Func) and kind not in _FUNCTIONS:
        return f"函数 {kind.__name__}"
    _PLAIN.add(kind)
    return None


def allowed(query: exp.Expr) -> exp.Expr:
    """The statement itself, if all of it is on the list; Defect `security.statement` otherwise."""
    wrong = refused(query)
    if wrong is not None:
        raise Defect("security.statement", f"语句里有不许可的内容：{wrong}", hint="请把查询内容交给信息科", where="query")
    return query


def _readable(table: exp.Table, known: set[str]) -> bool:
    if not isinstance(table.this, exp.Identifier):
        return False
    if not table.db and not table.catalog:
        return table.name in known
    return table.catalog == CATALOG and table.db in SCHEMAS
