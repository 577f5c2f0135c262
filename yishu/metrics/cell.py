"""Cell 一格: one cell of an answer asked again at its own grain, and the days whose rows make it.

An accumulation's cell is found among its windows (its rows lie outside the cell's own time); a snapshot's on the one day it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlglot import exp

from yishu.kernel import InputError
from yishu.metrics.centre import Centre
from yishu.metrics.choose import Register
from yishu.metrics.compile import SYSTEM, Source, compiled
from yishu.metrics.definition import Grain, Kind, Metric, Part, SnapshotRule
from yishu.metrics.measure import Asked, Cell, ask, number
from yishu.metrics.period import floor, member
from yishu.metrics.plan import NOW, Chosen, Plan, Scan, plan, split
from yishu.metrics.query import Filter, Member, MetricQuery, Span
from yishu.metrics.store import Reader
from yishu.security import Viewer

Members = tuple[tuple[str, Member], ...]


@dataclass(frozen=True, slots=True)
class AskedCell:
    """A cell's question 一格的问题: the plan whose scans give its rows, its value, and its number of days where the metric counts them."""

    asked: Asked
    metric: Metric
    period: str
    plan: Plan
    value: Cell
    days: int

    @property
    def averaged(self) -> bool:
        """Whether the cell is a mean over its days."""
        return self.metric.kind is Kind.SNAPSHOT and self.metric.snapshot is SnapshotRule.MEAN


def asked_cell(query: MetricQuery, column: str, given: Members, register: Register, now: datetime, reader: Reader, viewer: Viewer) -> AskedCell:
    """The cell of this column and these members; InputError `rows.cell` where it is no cell of the question."""
    centre = register.centre
    asked, period, metric = _question(query, column, given, register, now)
    dimensions = tuple(d for d in query.dimensions if d in dict(given))
    main = plan(asked.query, asked.chosen, dimensions, centre, asked.extents, asked.now, main=False, raw=True)
    times = {d: m for d, m in given if metric.rolling is not None and centre.dimension(d).grain is not None}
    worth, days = _value(reader, main, viewer, centre, column if period != NOW else metric.id, (metric.id, period), times)
    return AskedCell(asked, metric, period, _pinned(main, times) if metric.rolling is not None else main, worth, days)


def _question(query: MetricQuery, column: str, given: Members, register: Register, now: datetime) -> tuple[Asked, str, Metric]:
    """The cell's question: one metric, and the cell's members as filters (an accumulation keeps its time as a dimension)."""
    centre = register.centre
    name, period, part = split(column)
    metric = centre.metric(name)
    if (period != NOW and part not in ("_base",)) or part == "share":
        raise InputError("rows.cell", f"{column} 没有自己的明细", hint=f"看 {metric.id}，或基期 {metric.id}.yoy_base", where="cell.metric")
    for dimension, _ in given:
        if dimension not in query.dimensions:
            raise InputError("rows.cell", f"member 里的 {dimension} 不在查询的维度里", hint="、".join(query.dimensions), where="cell.member")
    exact = tuple(
        Filter(d, "is_null", ()) if m is None else Filter(d, "=", (m,))
        for d, m in given
        if metric.rolling is None or centre.dimension(d).grain is None
    )
    named = tuple(f for f in exact if centre.dimension(f.dimension).department_role)
    lone = replace(
        query, metrics=(metric.id,), filters=(*query.filters, *named), compare=() if period == NOW else (period,),
        order=None, limit=None, limit_by=None, having=(), share=False, totals=(),
    )  # fmt: skip
    return ask(lone, register, now, tuple(f for f in exact if f not in named)), period, metric


def _value(
    reader: Reader, main: Plan, viewer: Viewer, centre: Centre, column: str, of: tuple[str, str], times: dict[str, Member]
) -> tuple[Cell, int]:
    """The cell itself, asked again at its own grain, and its number of days where the metric counts them."""
    tree = compiled(main, viewer, centre)
    names = [e.name for e in tree.expressions]
    figure = main.figures[of]
    grains = {d.id: d.grain for d in main.dimensions if d.grain is not None}
    for row in reader.rows(tree):
        if all(member(row[names.index(d)], grains[d]) == str(m) for d, m in times.items()):
            told = row[names.index(figure.days)] if figure.days is not None else None
            return number(row[names.index(column)]), int(str(told)) if told is not None else 1
    return (0 if figure.zero_from is not None and not times else None), 1


def _pinned(main: Plan, times: dict[str, Member]) -> Plan:
    """An accumulation's scans over the one window of the cell."""
    grains: dict[str, Grain] = {d.id: d.grain for d in main.dimensions if d.grain is not None}
    scans = []
    for scan in main.scans:
        window = None
        if scan.reach is not None:
            for at, first, until in zip(scan.reach.members, scan.reach.firsts, scan.reach.untils, strict=True):
                start = datetime.combine(at, datetime.min.time())
                if all(member(floor(start, grains[d]), grains[d]) == str(m) for d, m in times.items()):
                    window = (first, until)
        if window is None:
            scans.append(replace(scan, reach=None, filters=(*scan.filters, Chosen("", "never", ()))))
            continue
        first_, last_ = (datetime.combine(d, datetime.min.time()) for d in (window[0], window[1] - timedelta(days=1)))
        scans.append(replace(scan, reach=None, span=Span(first_, last_), dimensions=tuple(d for d in scan.dimensions if d.grain is None)))
    return replace(main, scans=tuple(scans))


def one_day(scan: Scan, part: Part, centre: Centre, main: Plan, viewer: Viewer) -> tuple[str, exp.Expr] | None:
    """The day a snapshot's cell stands for, in words and as a condition; None where every day counts."""
    if scan.last:
        first = scan.rule is SnapshotRule.FIRST
        return ("在期初日" if first else "在期末日"), _on_edge(scan, centre, main, first)
    if scan.rule is SnapshotRule.MAX:
        return "在期间最高的一日", _on_greatest(scan, part, centre, main, viewer)
    return None


def _on_edge(scan: Scan, centre: Centre, main: Plan, first: bool) -> exp.Expr:
    """The first or last day of the fact within the cell's own time, the same for every viewer, as the compiler takes it."""
    whole = Source(replace(scan, last=False), SYSTEM, centre, main.as_of, main.now)
    edge = exp.Min(this=whole.time.copy()) if first else exp.Max(this=whole.time.copy())
    inner = exp.Select(expressions=[edge])
    inner.set("from_", exp.From(this=whole.relation()))
    where: exp.Expr = exp.true()
    for condition in whole.conditions(only_time=True):
        where = exp.And(this=where, expression=condition)
    inner.set("where", exp.Where(this=where))
    own = exp.column(scan.time.column, scan.table, quoted=True)
    return exp.EQ(this=own, expression=exp.Subquery(this=inner))


def _on_greatest(scan: Scan, part: Part, centre: Centre, main: Plan, viewer: Viewer) -> exp.Expr:
    """The day whose rows, as this viewer sees them, add up to most; the earliest of equals."""
    source = Source(scan, viewer, centre, main.as_of, main.now)
    day = exp.cast(source.time.copy(), "date", copy=False)
    measured = next(m for m in scan.measures if m.part == part)
    daily = exp.Select(expressions=[exp.alias_(day, "each_day", quoted=True), exp.alias_(source.measure(measured, part.where), "worth", quoted=True)])
    daily.set("from_", exp.From(this=source.relation()))
    where: exp.Expr = exp.true()
    for condition in (*source.conditions(), *(source.clause(c) for c in part.where)):
        where = exp.And(this=where, expression=condition)
    source.join(daily)
    daily.set("where", exp.Where(this=where))
    daily.set("group", exp.Group(expressions=[exp.Literal.number(1)]))
    best = exp.Select(expressions=[exp.column("each_day", quoted=True)])
    best.set("from_", exp.From(this=exp.Subquery(this=daily, alias=exp.TableAlias(this=exp.to_identifier("daily", quoted=True)))))
    best.set("order", exp.Order(expressions=[
        exp.Ordered(this=exp.column("worth", quoted=True), desc=True, nulls_first=False), exp.Ordered(this=exp.column("each_day", quoted=True), desc=False, nulls_first=False),
    ]))  # fmt: skip
    best.set("limit", exp.Limit(expression=exp.Literal.number(1)))
    own = exp.cast(exp.column(scan.time.column, scan.table, quoted=True), "date")
    return exp.EQ(this=own, expression=exp.Subquery(this=best))
