"""Dialects 方言: one tree, the same meaning on DuckDB, PostgreSQL, ClickHouse and Spark, or a refusal by name.

What differs between engines is rewritten here and nowhere else: where tables live, typed nulls, truncation, week days,
percentiles, null-safe comparison, long value lists. Division is never of integers and never by zero in any tree we build.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from sqlglot import exp

from yishu.kernel.errors import InputError
from yishu.metrics.compile.sql import col, ident
from yishu.security import bound
from yishu.security.text import VALUE

ENGINES = ("duckdb", "postgres", "clickhouse", "spark")
TYPED_NULL = "yishu_null_of"
"""Where a null stands for a column of a CTE, for engines that must know its type."""
_LONGEST_NAME = 63
Rewrite = Callable[[exp.Expr], exp.Expr]
Text = tuple[str, dict[str, object]]


def null_of(cte: str, column: str) -> exp.Null:
    """A null 空值 that stands for a column of a CTE."""
    null = exp.Null()
    null.meta[TYPED_NULL] = (cte, column)
    return null


def text_of(query: exp.Expr, engine: str, *, pretty: bool = False) -> Text:
    """The statement for an engine and its parameters; `metrics.engine_cannot` names what it cannot do."""
    if engine == "duckdb":
        return bound(query, pretty=pretty)
    if engine not in ENGINES:
        raise InputError("metrics.engine", f"还不支持引擎 {engine}", hint="可用：" + "、".join(ENGINES), where="engine")
    tree = query.copy()
    rewrite = {"postgres": _postgres, "clickhouse": _clickhouse, "spark": _spark}[engine]
    tree = _rewritten(tree, rewrite)
    return bound(tree, engine, pretty=pretty)


def _cannot(engine: str, what: str) -> InputError:
    return InputError("metrics.engine_cannot", f"{engine} 不能{what}", hint="换用 duckdb", where="engine")


def _rewritten(tree: exp.Expr, rewrite: Rewrite) -> exp.Expr:
    """Every node rewritten, the innermost first."""
    nodes = list(tree.walk(bfs=True))
    for node in reversed(nodes):
        fresh = rewrite(node)
        if fresh is not node:
            if node.parent is None:
                tree = fresh
            else:
                node.replace(fresh)
    return tree


def _moved_table(node: exp.Table, schema: str | None) -> None:
    if node.args.get("catalog") is not None:
        node.set("catalog", None)
        node.set("db", ident(schema) if schema else None)


def _masked(node: exp.Expr, engine: str) -> None:
    if isinstance(node, exp.Star) and (node.args.get("replace") or node.args.get("except_")):
        raise _cannot(engine, "遮盖列（SELECT * REPLACE），只供全院账户")


def _listed(node: exp.Expr, *, typed: bool = False) -> exp.Expr:
    """A long list that travels as one parameter becomes a list of parameters."""
    if isinstance(node, exp.In) and isinstance(node.args.get("query"), exp.Subquery):
        holders = [h for h in node.args["query"].find_all(exp.Placeholder) if isinstance(h.meta.get(VALUE), list)]
        if len(holders) == 1:
            values = [_held(v) for v in holders[0].meta[VALUE]]
            for holder in values:
                holder.set("kind", _clickhouse_type(holder.meta[VALUE]) if typed else None)
            return exp.In(this=node.this, expressions=values)
    return node


def _spread(node: exp.Expr) -> list[tuple[str, list[object]]] | None:
    """Lists spread side by side (`SELECT UNNEST($1) AS a, UNNEST($2) AS b`), by name; None where it is something else."""
    if not isinstance(node, exp.Select) or node.args.get("from_") is not None or not node.expressions:
        return None
    found: list[tuple[str, list[object]]] = []
    for column in node.expressions:
        spread = column.this if isinstance(column, exp.Alias) else None
        holder = spread.expressions[0] if isinstance(spread, exp.Unnest) else None
        if holder is None or not isinstance(holder.meta.get(VALUE), list):
            return None
        found.append((column.alias, holder.meta[VALUE]))
    return found


def _tuples(lists: list[tuple[str, list[object]]], *, typed: bool) -> list[exp.Tuple]:
    rows = []
    for row in zip(*(content for _, content in lists), strict=True):
        holders = [_held(cell) for cell in row]
        for holder in holders:
            holder.set("kind", _clickhouse_type(holder.meta[VALUE]) if typed else None)
        rows.append(exp.Tuple(expressions=list(holders)))
    return rows


def _held(content: object) -> exp.Placeholder:
    holder = exp.Placeholder(this="v")
    holder.meta[VALUE] = content
    return holder


def _part(name: str, of: exp.Expr) -> exp.Expr:
    return exp.Extract(this=exp.var(name), expression=of)


# PostgreSQL


def _postgres(node: exp.Expr) -> exp.Expr:
    _masked(node, "postgres")
    if isinstance(node, exp.Table):
        _moved_table(node, "hospital")
    if isinstance(node, exp.Identifier) and len(node.name.encode()) > _LONGEST_NAME:
        raise _cannot("postgres", f"使用超过 {_LONGEST_NAME} 字节的名称 {node.name}")
    if isinstance(node, exp.Null) and TYPED_NULL in node.meta:
        cte, column = node.meta[TYPED_NULL]
        typed = exp.Select(expressions=[col(column)])
        typed.set("from_", exp.From(this=exp.Table(this=ident(cte))))
        typed.set("limit", exp.Limit(expression=exp.Literal.number(0)))
        return exp.Subquery(this=typed)
    if isinstance(node, exp.DayOfWeekIso):
        return _part("ISODOW", node.this)
    if isinstance(node, exp.DayOfYear):
        return _part("DOY", node.this)
    if isinstance(node, exp.Median):
        return _within(exp.PercentileCont(this=exp.Literal.number("0.5")), node.this)
    if isinstance(node, exp.DateDiff):
        epoch = exp.Sub(this=_part("EPOCH", node.this), expression=_part("EPOCH", node.expression))
        return exp.Cast(this=exp.Paren(this=epoch), to=exp.DataType.build("bigint"))
    return node


def _within(aggregate: exp.Expr, of: exp.Expr) -> exp.Expr:
    return exp.WithinGroup(this=aggregate, expression=exp.Order(expressions=[exp.Ordered(this=of)]))


# ClickHouse

_MOMENT = "Nullable(DateTime64(6, 'UTC'))"


def _clickhouse(node: exp.Expr) -> exp.Expr:
    _masked(node, "clickhouse")
    lists = _spread(node)
    if lists is not None:
        shape = exp.Literal.string(", ".join(f"{name} {_clickhouse_type(content[0])}" for name, content in lists))
        values = exp.Anonymous(this="values", expressions=[shape, *_tuples(lists, typed=True)])
        query = exp.Select(expressions=[exp.Star()])
        query.set("from_", exp.From(this=exp.Table(this=values)))
        return query
    if isinstance(node, exp.Table):
        _moved_table(node, "hospital")
    if isinstance(node, exp.DataType) and node.this in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ):
        return exp.DataType.build(_MOMENT, dialect="clickhouse")
    if isinstance(node, exp.TimestampTrunc):
        word = exp.Literal.string(node.text("unit").lower())
        return exp.Cast(this=exp.Anonymous(this="dateTrunc", expressions=[word, node.this]), to=exp.DataType.build(_MOMENT, dialect="clickhouse"))
    if isinstance(node, exp.Interval):
        return exp.Anonymous(this=f"toInterval{node.text('unit').capitalize()}", expressions=[exp.Literal.number(node.this.name)])
    if isinstance(node, exp.Mul) and isinstance(node.expression, exp.Anonymous) and node.expression.name.startswith("toInterval"):
        return exp.Anonymous(this=node.expression.name, expressions=[node.this])  # so many times one day
    if isinstance(node, exp.Placeholder) and VALUE in node.meta and not isinstance(node.meta[VALUE], list):
        node.set("kind", _clickhouse_type(node.meta[VALUE]))
    if isinstance(node, exp.DayOfWeekIso):
        return exp.Anonymous(this="toDayOfWeek", expressions=[node.this])
    if isinstance(node, exp.DayOfYear):
        return exp.Anonymous(this="toDayOfYear", expressions=[node.this])
    if isinstance(node, exp.Extract):
        words = {"HOUR": "toHour", "DAY": "toDayOfMonth", "MONTH": "toMonth", "QUARTER": "toQuarter", "YEAR": "toYear"}
        return exp.Anonymous(this=words[node.this.name.upper()], expressions=[node.expression])
    if isinstance(node, exp.Median):
        return _quantile("0.5", node.this)
    if isinstance(node, exp.WithinGroup):
        at, of = node.this.this.name, node.expression.expressions[0].this
        return _quantile(at, of) if isinstance(node.this, exp.PercentileCont) else _discrete(at, of)
    if isinstance(node, exp.Count) and not isinstance(node.parent, exp.Window):
        return exp.Coalesce(this=node.copy(), expressions=[exp.Literal.number(0)]) if not isinstance(node.parent, exp.Filter) else node
    return _listed(node, typed=True)


def _clickhouse_type(content: object) -> str:
    if isinstance(content, bool):
        return "Bool"
    if isinstance(content, datetime):
        return "DateTime64(6, 'UTC')"
    kinds: dict[type, str] = {int: "Int64", float: "Float64", Decimal: "Decimal(38, 10)", date: "Date32"}
    return kinds.get(type(content), "String")


def _quantile(at: str, of: exp.Expr) -> exp.Expr:
    return exp.ParameterizedAgg(this=ident_plain("quantileExactInclusive"), expressions=[exp.Literal.number(at)], params=[of])


def ident_plain(name: str) -> exp.Identifier:
    """A name without quotes."""
    return exp.Identifier(this=name, quoted=False)


def _discrete(at: str, of: exp.Expr) -> exp.Expr:
    """The least value whose share of the rows reaches `at`."""
    ordered = exp.Anonymous(this="arraySort", expressions=[exp.Anonymous(this="groupArray", expressions=[of])])
    count = exp.Anonymous(this="count", expressions=[of.copy()])
    place = exp.Anonymous(
        this="toUInt64",
        expressions=[
            exp.Anonymous(
                this="greatest",
                expressions=[
                    exp.Literal.number(1),
                    exp.Anonymous(this="ceil", expressions=[exp.Mul(this=exp.Literal.number(at), expression=count.copy())]),
                ],
            )
        ],
    )
    found = exp.Anonymous(this="arrayElement", expressions=[ordered, place])
    none = exp.EQ(this=exp.Coalesce(this=count, expressions=[exp.Literal.number(0)]), expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=none, true=exp.Null())], default=found)


# Spark


def _spark(node: exp.Expr) -> exp.Expr:
    _masked(node, "spark")
    lists = _spread(node)
    if lists is not None:
        columns = [ident(name) for name, _ in lists]
        alias = exp.TableAlias(this=ident("spread"), columns=columns)
        query = exp.Select(expressions=[exp.Star()])
        query.set("from_", exp.From(this=exp.Values(expressions=_tuples(lists, typed=False), alias=alias)))
        return query
    if isinstance(node, exp.Table):
        _moved_table(node, None)
    if isinstance(node, exp.DayOfWeekIso):
        return exp.Add(this=exp.Anonymous(this="WEEKDAY", expressions=[node.this]), expression=exp.Literal.number(1))
    if isinstance(node, exp.DataType) and node.this is exp.DataType.Type.TIMESTAMP:
        return exp.DataType(this=exp.DataType.Type.TIMESTAMPNTZ)
    if isinstance(node, exp.TimestampTrunc):
        trunc = exp.Anonymous(this="DATE_TRUNC", expressions=[exp.Literal.string(node.text("unit")), node.this])
        return exp.Cast(this=trunc, to=exp.DataType(this=exp.DataType.Type.TIMESTAMPNTZ))
    if isinstance(node, exp.Median):
        return exp.Anonymous(this="PERCENTILE", expressions=[node.this, exp.Literal.number("0.5")])
    if isinstance(node, exp.WithinGroup) and isinstance(node.this, (exp.PercentileCont, exp.PercentileDisc)):
        # SQLGlot would write PERCENTILE_APPROX, which is neither exact nor interpolated
        of = node.expression.expressions[0].this
        if isinstance(node.this, exp.PercentileCont):
            return exp.Anonymous(this="PERCENTILE", expressions=[of, node.this.this])
        order = exp.Order(expressions=[exp.Ordered(this=of)])
        return exp.WithinGroup(this=exp.Anonymous(this="PERCENTILE_DISC", expressions=[node.this.this]), expression=order)
    if isinstance(node, exp.DateDiff):
        return exp.Anonymous(this="TIMESTAMPDIFF", expressions=[exp.var("SECOND"), node.expression, node.this])
    return _listed(node)
