"""Compile 编译: a plan becomes a SQLGlot tree of flat CTEs; values are bound, hospital tables come from `security.scope`.

Every fact is aggregated at its own grain before facts meet: scans are stacked and grouped (no fan-out, null-safe on
every engine), coarser scans are joined on their own dimensions. Nothing is ever computed from displayed cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlglot import exp

from yishu.metrics.centre import Centre
from yishu.metrics.definition import (
    Aggregate,
    AnyOf,
    Clause,
    Condition,
    Dimension,
    Expression,
    Grain,
    MinutesAgo,
    Part,
    Path,
    Seconds,
    Total,
)  # fmt: skip
from yishu.metrics.period import floor
from yishu.metrics.plan import NOW, Chosen, Figure, Measure, Plan, Scan, finest_grain, split
from yishu.security import Viewer, among, scope, system_viewer, value

SYSTEM = system_viewer("metrics.calendar")
_SYMBOLS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ, "!=": exp.NEQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE,
}  # fmt: skip


def compiled(plan: Plan, viewer: Viewer, centre: Centre) -> exp.Select:
    """The query 查询语句 of one answer."""
    writer = _Writer(viewer, centre, plan)
    writer.cells("cells", plan)
    writer.result(plan)
    if plan.share:
        parent = replace(plan, dimensions=plan.dimensions[:-1])
        _share(writer, plan, parent)
    return writer.answer(plan)


class _Writer:
    """Writes CTEs 逐段书写 in order."""

    def __init__(self, viewer: Viewer, centre: Centre, plan: Plan) -> None:
        self.viewer, self.centre, self.plan = viewer, centre, plan
        self.ctes: list[exp.CTE] = []

    def add(self, name: str, query: exp.Expr, say: str) -> None:
        cte = exp.CTE(this=query, alias=exp.TableAlias(this=_id(name)))
        cte.comments = [say]
        self.ctes.append(cte)

    def cells(self, name: str, plan: Plan) -> None:
        """Scans of one grain, stacked and grouped into one row a cell."""
        for scan in plan.scans:
            self.scan(scan)
        full = plan.full
        names = [m.name for s in full for m in s.measures]
        if len(full) == 1:
            self.add(name, _select([exp.Star()], _table(full[0].name)), "单元格")
            return
        keys = [d.id for d in plan.dimensions]
        branches: list[exp.Expr] = []
        for scan in full:
            own = {m.name for m in scan.measures}
            columns = [_alias(_col(k), k) for k in keys]
            columns += [_alias(_col(n) if n in own else exp.Null(), n) for n in names]
            columns.append(_alias(exp.Literal.number(1 if scan.period == NOW else 0), "current"))
            branches.append(_select(columns, _table(scan.name)))
        stacked: exp.Expr = branches[0]
        for branch in branches[1:]:
            stacked = exp.Union(this=stacked, expression=branch, distinct=False)
        self.add(f"{name}_stacked", stacked, "各事实先在自己的粒度汇总，再上下叠放")
        columns = [_alias(_col(k), k) for k in keys] + [_alias(exp.Max(this=_col(n)), n) for n in names]
        query = _select(columns, _table(f"{name}_stacked"))
        if keys:
            query.set("group", exp.Group(expressions=[_col(k) for k in keys]))
            if any(s.period != NOW for s in full):
                one = exp.EQ(this=exp.Max(this=_col("current")), expression=exp.Literal.number(1))
                query.set("having", exp.Having(this=one))
        self.add(name, query, "单元格：一格一行")

    def scan(self, scan: Scan) -> None:
        viewer = SYSTEM if scan.everyone else self.viewer
        source = Source(scan, viewer, self.centre, self.plan.as_of, self.plan.now)
        if scan.last:
            self._last(scan, source)
        groups = [source.dimension(d) for d in scan.dimensions]
        columns: list[exp.Expr] = [_alias(g, d.id) for g, d in zip(groups, scan.dimensions, strict=True)]
        wheres = list(dict.fromkeys(m.part.where for m in scan.measures if not m.days))
        conditions = source.conditions()
        if len(wheres) == 1:
            conditions += [source.clause(c) for c in wheres[0]]
        elif wheres and all(wheres):
            conditions.append(_any([_all([source.clause(c) for c in where]) for where in wheres]))
        for measure in scan.measures:
            columns.append(_alias(source.measure(measure, filtered=len(wheres) > 1), measure.name))
        query = _select(columns, source.relation())
        source.join(query)
        if conditions:
            query.set("where", exp.Where(this=_all(conditions)))
        if groups:
            query.set("group", exp.Group(expressions=[exp.Literal.number(i + 1) for i in range(len(groups))]))
        self.add(scan.name, query, scan.say)

    def _last(self, scan: Scan, source: Source) -> None:
        """The last day with stock 期末日 of each period, the same for every viewer."""
        whole = Source(replace(scan, last=False), SYSTEM, self.centre, self.plan.as_of, self.plan.now)
        times = [d for d in scan.dimensions if d.grain is not None]
        columns = [_alias(whole.dimension(d), d.id) for d in times]
        columns.append(_alias(exp.Max(this=whole.time), "last_moment"))
        query = _select(columns, whole.relation())
        conditions = whole.conditions(only_time=True)
        whole.join(query)
        query.set("where", exp.Where(this=_all(conditions)))
        if times:
            query.set("group", exp.Group(expressions=[exp.Literal.number(i + 1) for i in range(len(times))]))
        name = f"{scan.name}_last"
        self.add(name, query, "期末日")
        on = [exp.EQ(this=source.time, expression=_col("last_moment", name))]
        on += [exp.EQ(this=source.dimension(d), expression=_col(d.id, name)) for d in times]
        source.extra_joins.append(exp.Join(this=_table(name), kind="INNER", on=_all(on)))

    def result(self, plan: Plan, name: str = "result", cells: str = "cells") -> None:
        """Values of every metric and comparison 指标值, at the grain of the cells."""
        columns: list[exp.Expr] = [_alias(_col(d.id, cells), d.id) for d in plan.dimensions]
        joined = len(plan.full) > 1 or not plan.dimensions
        for (metric, period), figure in plan.figures.items():
            now = value_of(figure, plan, joined)
            if period == NOW:
                columns.append(_alias(now, metric))
                continue
            base, here = now, value_of(plan.figures[(metric, NOW)], plan, joined)
            columns.append(_alias(base, f"{metric}.{period}_base"))
            columns.append(
                _alias(exp.Sub(this=_paren(here), expression=_paren(base.copy())), f"{metric}.{period}_diff")
            )
            apart = exp.Sub(this=_double(here.copy()), expression=_double(base.copy()))
            columns.append(_alias(_percent(exp.Paren(this=apart), base.copy()), f"{metric}.{period}"))
        if plan.raw:
            for figure in plan.figures.values():
                for raw in (figure.numerator, figure.denominator, figure.days):
                    if raw is not None:
                        columns.append(_alias(_col(raw), raw))
        query = _select(columns, _table(cells))
        for scan in plan.broad:
            same = [exp.NullSafeEQ(this=_col(d.id, cells), expression=_col(d.id, scan.name)) for d in scan.dimensions]
            if same:
                query.append("joins", exp.Join(this=_table(scan.name), side="LEFT", on=_all(same)))
            else:
                query.append("joins", exp.Join(this=_table(scan.name), kind="CROSS"))
        self.add(name, query, "分子分母到最后才相除")

    def answer(self, plan: Plan) -> exp.Select:
        """Names for ids, conditions on results, order and limits."""
        columns: list[exp.Expr] = []
        joins: list[exp.Join] = []
        for dimension in plan.dimensions:
            shown: exp.Expr = _col(dimension.id, "result")
            if dimension.members is not None and not dimension.by_label:
                alias = f"{dimension.id}_name"
                members = dimension.members
                named = scope(self.viewer, members.table, self.centre.tables)
                joins.append(
                    _left(named, alias, exp.EQ(this=_col(dimension.id, "result"), expression=_col(members.key, alias)))
                )
                shown = exp.Coalesce(this=_col(members.label, alias), expressions=[_col(dimension.id, "result")])
            columns.append(_alias(shown, dimension.id))
        extra = [c.alias for c in self.ctes_of("result") if c.alias not in {d.id for d in plan.dimensions}]
        columns += [_alias(_col(name, "result"), name) for name in extra]
        if plan.share:
            for name in dict.fromkeys(split(c)[0] for c in plan.columns):
                columns.append(_alias(_percent(_double(_col(name, "result")), _col(name, "parent")), f"{name}.share"))
            same = [
                exp.NullSafeEQ(this=_col(d.id, "result"), expression=_col(d.id, "parent")) for d in plan.dimensions[:-1]
            ]
            joins.append(exp.Join(this=_table("parent"), side="LEFT", on=_all(same) if same else exp.true()))
        query = _select(columns, _table("result"))
        for join in joins:
            query.append("joins", join)
        self.add("named", query, "编号换成名称")
        kept = _select([exp.Star()], _table("named"))
        if plan.having:
            kept.set("where", exp.Where(this=_all([_having(h.metric, h.op, h.values) for h in plan.having])))
        if plan.limit_by is not None:
            place = exp.Window(
                this=exp.RowNumber(),
                partition_by=[_col(plan.limit_by.dimension)],
                order=exp.Order(expressions=_ordering(plan)),
            )
            kept.append("expressions", _alias(place, "place_in_group"))
            self.add("placed", kept, "每组排位")
            kept = _select([exp.Star()], _table("placed"))
            few = exp.LTE(this=_col("place_in_group"), expression=value(plan.limit_by.n))
            kept.set("where", exp.Where(this=few))
        shown_columns = [_col(d.id) for d in plan.dimensions] + [_col(c) for c in plan.columns]
        if plan.raw:
            shown_columns += [_col(r) for f in plan.figures.values() for r in (f.numerator, f.denominator, f.days) if r]
        kept.set("expressions", shown_columns)
        if plan.dimensions:
            kept.set("order", exp.Order(expressions=_ordering(plan)))
        if plan.limit is not None:
            kept.set("limit", exp.Limit(expression=value(plan.limit)))
        kept.set("with_", exp.With(expressions=self.ctes))
        return kept

    def ctes_of(self, name: str) -> Sequence[exp.Expr]:
        found = next(c for c in self.ctes if c.alias == name)
        select = found.this
        assert isinstance(select, exp.Select)
        return select.expressions


def _share(writer: _Writer, plan: Plan, parent: Plan) -> None:
    """The same metrics without the last dimension 占比的分母, scanned anew at that grain."""
    keep = parent.dimensions
    dropped = {d.id for d in plan.dimensions} - {d.id for d in keep}
    shown = {split(c)[0] for c in plan.columns}
    scans = []
    for scan in plan.scans:
        measures = [m for m in scan.measures if any(_belongs(m, plan.figures[(s, NOW)]) for s in shown)]
        if scan.period == NOW and measures:
            by = tuple(d for d in scan.dimensions if d.id not in dropped)
            scans.append(replace(scan, name=f"parent_{scan.name}", dimensions=by, measures=measures))
    figures = {key: f for key, f in plan.figures.items() if key[0] in shown and key[1] == NOW}
    above = replace(parent, scans=tuple(scans), figures=figures, raw=False)
    writer.cells("parent_cells", above)
    writer.result(above, "parent", "parent_cells")


def _belongs(measure: Measure, figure: Figure) -> bool:
    return measure.name in (figure.numerator, figure.denominator, figure.days)


class Source:
    """One fact as a viewer may read it 来源, with the hops its dimensions and clauses need."""

    def __init__(self, scan: Scan, viewer: Viewer, centre: Centre, as_of: datetime | None, now: datetime) -> None:
        self.scan, self.viewer, self.centre, self.as_of, self.now = scan, viewer, centre, as_of, as_of or now
        self.known_at = as_of
        self.joins: dict[str, exp.Join] = {}
        self.extra_joins: list[exp.Join] = []
        self.name = scan.table
        self.dated = self._dated(scan.time)
        self.time = self.path(scan.time)

    def relation(self) -> exp.Expr:
        """The table in its only readable form."""
        inner = scope(self.viewer, self.scan.table, self.centre.tables, as_of=self.known_at)
        return exp.Subquery(this=inner, alias=exp.TableAlias(this=_id(self.name)))

    def join(self, query: exp.Select) -> None:
        """Add the hops that were needed."""
        for join in (*self.joins.values(), *self.extra_joins):
            query.append("joins", join)

    def path(self, path: Path) -> exp.Expr:
        """A column of the fact, or of a table one hop away."""
        if path.hop is None:
            return _col(path.column, self.name)
        other = self.centre.tables.table(path.hop)
        key = other.key[0]
        alias = f"{path.hop}_of"
        if alias not in self.joins:
            named = scope(self.viewer, path.hop, self.centre.tables, as_of=None if other.public else self.known_at)
            self.joins[alias] = _left(named, alias, exp.EQ(this=_col(key, self.name), expression=_col(key, alias)))
        return _col(path.column, alias)

    def dimension(self, dimension: Dimension) -> exp.Expr:
        """The member of a dimension for each row."""
        if dimension.grain is not None:
            return self._bucket(dimension.grain)
        if dimension.through:
            carrier = self.centre.dimension(dimension.through)
            members = carrier.members
            assert members is not None and dimension.attribute is not None
            return self._attribute(members.table, members.key, dimension.attribute, carrier, dimension.id)
        column = self.path(dimension.path(self._part))
        if dimension.bands:
            return _banded(column, dimension)
        if dimension.members is not None and dimension.by_label:
            label = self._attribute(
                dimension.members.table, dimension.members.key, dimension.members.label, dimension, dimension.id
            )
            return exp.Coalesce(this=label, expressions=[column])
        return column

    def _attribute(self, table: str, key: str, column: str, carrier: Dimension, name: str) -> exp.Expr:
        alias = f"{name}_member"
        at = self.path(carrier.path(self._part))
        if alias not in self.joins:
            named = scope(self.viewer, table, self.centre.tables)
            self.joins[alias] = _left(named, alias, exp.EQ(this=at, expression=_col(key, alias)))
        return _col(column, alias)

    @property
    def _part(self) -> Part:
        return self.scan.measures[0].part

    def _dated(self, path: Path) -> bool:
        table = self.centre.tables.table(path.hop or self.scan.table)
        return table.column(path.column).type == "date"

    def _clock(self) -> exp.Expr:
        return self.path(self.scan.moment) if self.scan.moment is not None else self.time

    def _day(self) -> exp.Expr:
        """The moment of a row, carried forward to the period it is compared with."""
        day: exp.Expr = self.time.copy()
        for count, unit in ((self.scan.shift.months, "MONTH"), (self.scan.shift.days, "DAY")):
            if count:
                step = exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit))
                day = exp.Add(this=day, expression=step)
        return day

    def _bucket(self, grain: Grain) -> exp.Expr:
        if grain is Grain.HOUR:
            return exp.Extract(this=exp.var("HOUR"), expression=self._clock())
        if grain is Grain.WEEKDAY:
            return exp.DayOfWeekIso(this=self.time.copy())
        day = self._day()
        if grain is Grain.DAY:
            return exp.cast(day, "date", copy=False)
        return exp.cast(exp.TimestampTrunc(this=day, unit=exp.var(grain.name)), "date", copy=False)

    def conditions(self, *, only_time: bool = False) -> list[exp.Expr]:
        """Span and filters of the scan."""
        span = self.scan.span
        found: list[exp.Expr] = []
        if span is None:
            found.append(_not_null(self.time.copy()))
        else:
            fine = span.fine and self.dated
            column = self._clock() if fine else self.time
            dated = self.dated and not fine
            found.append(exp.GTE(this=column.copy(), expression=_bound_moment(span.start, dated)))
            found.append(exp.LT(this=column.copy(), expression=_bound_moment(span.until, dated)))
        if self.scan.shift.months and any(d.grain is Grain.DAY for d in self.scan.dimensions):
            found.append(exp.EQ(this=_day_of(self.time), expression=_day_of(self._day())))
        for chosen in self.scan.filters:
            if chosen.op == "never":
                found.append(exp.false())
                continue
            dimension = self.centre.dimension(chosen.dimension)
            if dimension.grain is None:
                if not only_time:
                    found.append(_compare(self.dimension(dimension), chosen))
            elif dimension.grain.cyclic:
                found.append(_compare(self.dimension(dimension), chosen))
            else:
                found.append(_within(self._day(), chosen))
        return found

    def clause(self, clause: Clause) -> exp.Expr:
        """A clause of the definition."""
        if isinstance(clause, AnyOf):
            return _any([self.clause(c) for c in clause.conditions])
        assert isinstance(clause, Condition)
        of = self.expression(clause.of)
        values = [self._value(v) for v in clause.values]
        if clause.op == "is_null":
            return exp.Is(this=of, expression=exp.Null())
        if clause.op == "not_null":
            return _not_null(of)
        if clause.op in ("in", "not_in"):
            inside = exp.EQ(this=of, expression=value(values[0])) if len(values) == 1 else among(of, values)
            return exp.Not(this=exp.Paren(this=inside)) if clause.op == "not_in" else inside
        if clause.op == "between":
            return exp.Between(this=of, low=value(values[0]), high=value(values[1]))
        return _SYMBOLS[clause.op](this=of, expression=value(values[0]))

    def _value(self, given: object) -> object:
        if isinstance(given, MinutesAgo):
            return self.now - timedelta(minutes=float(given.minutes))
        return given

    def expression(self, of: Expression) -> exp.Expr:
        """An expression over one row."""
        if isinstance(of, Path):
            return self.path(of)
        if isinstance(of, Total):
            terms = [exp.Coalesce(this=self.path(t), expressions=[exp.Literal.number(0)]) for t in of.terms]
            whole: exp.Expr = terms[0]
            for term in terms[1:]:
                whole = exp.Add(this=whole, expression=term)
            return whole
        assert isinstance(of, Seconds)
        return exp.DateDiff(this=self.path(of.end), expression=self.path(of.start), unit=exp.var("SECOND"))

    def measure(self, measure: Measure, *, filtered: bool) -> exp.Expr:
        """The aggregate of a measure."""
        part = measure.part
        if measure.days:
            return exp.Count(this=exp.Distinct(expressions=[self.time.copy()]))
        whole = _aggregate(part, self.expression(part.measure) if part.measure is not None else None)
        if filtered and part.where:
            return exp.Filter(this=whole, expression=exp.Where(this=_all([self.clause(c) for c in part.where])))
        return whole


def _aggregate(part: Part, of: exp.Expr | None) -> exp.Expr:
    if of is None or part.aggregate is Aggregate.COUNT:
        return exp.Count(this=exp.Star())
    if part.aggregate is Aggregate.SUM:
        return exp.Sum(this=of)
    if part.aggregate is Aggregate.DISTINCT:
        return exp.Count(this=exp.Distinct(expressions=[of]))
    return exp.Median(this=_double(of))


def value_of(figure: Figure, plan: Plan, joined: bool) -> exp.Expr:
    """numerator × multiplier × days ÷ (denominator × per); no rows in a known period are zero for counts and sums."""
    metric = figure.metric
    top: exp.Expr = _col(figure.numerator)
    if figure.denominator is None:
        if joined and figure.zero_from is not None and figure.zero_until is not None:
            top = _zero(figure, plan, top)
        elif joined and metric.zero_is_known:
            top = _nullif(top)  # outside what is known a count of nothing is unknown
        if metric.multiplier != 1:
            top = exp.Mul(this=top, expression=exp.Literal.number(metric.multiplier))
        if metric.per != 1:
            top = exp.Div(this=_double(top), expression=exp.Literal.number(metric.per))
        return top
    if figure.sparse:
        top = exp.Coalesce(this=top, expressions=[exp.Literal.number(0)])
    if metric.multiplier != 1:
        top = exp.Mul(this=top, expression=exp.Literal.number(metric.multiplier))
    if figure.days is not None:
        top = exp.Mul(this=top, expression=_col(figure.days))
    bottom: exp.Expr = _col(figure.denominator)
    if metric.per != 1:
        bottom = exp.Mul(this=bottom, expression=exp.Literal.number(metric.per))
    return exp.Div(this=_double(top), expression=_nullif(_double(bottom)))


def _zero(figure: Figure, plan: Plan, top: exp.Expr) -> exp.Expr:
    filled = exp.Coalesce(this=top.copy(), expressions=[exp.Literal.number(0)])
    grain = finest_grain(plan)
    if grain is None or figure.zero_from is None or figure.zero_until is None:
        return filled
    bucket = next(d.id for d in plan.dimensions if d.grain is grain)
    known = exp.Between(
        this=_col(bucket), low=value(floor(figure.zero_from, grain)), high=value(floor(figure.zero_until, grain))
    )
    return exp.Case(ifs=[exp.If(this=known, true=filled)], default=top)


def _percent(part: exp.Expr, whole: exp.Expr) -> exp.Expr:
    hundred = exp.Mul(this=part, expression=exp.Literal.number(100))
    return exp.Div(this=hundred, expression=_nullif(_double(whole)))


def _having(column: str, op: str, values: Sequence[float]) -> exp.Expr:
    of = _col(column)
    if op == "is_null":
        return exp.Is(this=of, expression=exp.Null())
    if op == "not_null":
        return _not_null(of)
    if op == "between":
        return exp.Between(this=of, low=value(values[0]), high=value(values[1]))
    return _SYMBOLS[op](this=of, expression=value(values[0]))


def _ordering(plan: Plan) -> list[exp.Expr]:
    """The order asked for, then the dimension columns ascending; nulls last."""
    found: list[exp.Expr] = []
    if plan.order is not None:
        found.append(exp.Ordered(this=_col(plan.order.by), desc=plan.order.descending, nulls_first=False))
    for dimension in plan.dimensions:
        if plan.order is None or plan.order.by != dimension.id:
            found.append(exp.Ordered(this=_col(dimension.id), desc=False, nulls_first=False))
    return found


def _banded(column: exp.Expr, dimension: Dimension) -> exp.Expr:
    ifs = []
    for band in dimension.bands:
        ends: list[exp.Expr] = []
        if band.low is not None:
            ends.append(exp.GTE(this=column.copy(), expression=exp.Literal.number(band.low)))
        if band.high is not None:
            ends.append(exp.LTE(this=column.copy(), expression=exp.Literal.number(band.high)))
        ifs.append(exp.If(this=_all(ends), true=exp.Literal.string(band.label)))
    return exp.Case(ifs=ifs)


def _compare(of: exp.Expr, chosen: Chosen) -> exp.Expr:
    """A filter on a member; 'not' keeps rows without a member, so that a set and its complement make the whole."""
    if chosen.op == "is_null":
        return exp.Is(this=of, expression=exp.Null())
    if chosen.op == "not_null":
        return _not_null(of)
    if chosen.op in ("in", "=", "not_in", "!="):
        listed = [v for v in chosen.values if v is not None]
        with_null = len(listed) < len(chosen.values)
        negative = chosen.op in ("not_in", "!=")
        ways: list[exp.Expr] = []
        if listed:
            inside = among(of.copy(), listed)
            ways.append(exp.Not(this=inside) if negative else inside)
        if negative:
            if with_null:
                return _all([*ways, _not_null(of)])
            return _any([*ways, exp.Is(this=of, expression=exp.Null())]) if ways else exp.true()
        if with_null:
            ways.append(exp.Is(this=of, expression=exp.Null()))
        return _any(ways) if ways else exp.false()
    if chosen.op == "between":
        return exp.Between(this=of, low=value(chosen.values[0]), high=value(chosen.values[1]))
    return _SYMBOLS[chosen.op](this=of, expression=value(chosen.values[0]))


def _within(day: exp.Expr, chosen: Chosen) -> exp.Expr:
    """A filter on a running time grain: every value is a span of days, its end excluded."""
    if chosen.op == "is_null":
        return exp.false()
    if chosen.op == "not_null":
        return exp.true()
    spans = [v for v in chosen.values if isinstance(v, tuple)]

    def low(place: int) -> exp.Expr:
        return value(spans[place][0])

    def high(place: int) -> exp.Expr:
        return value(spans[place][1])

    if chosen.op == "<":
        return exp.LT(this=day, expression=low(0))
    if chosen.op == "<=":
        return exp.LT(this=day, expression=high(0))
    if chosen.op == ">":
        return exp.GTE(this=day, expression=high(0))
    if chosen.op == ">=":
        return exp.GTE(this=day, expression=low(0))
    if chosen.op == "between":
        return _all([exp.GTE(this=day, expression=low(0)), exp.LT(this=day.copy(), expression=high(1))])
    inside: exp.Expr = exp.false()
    if spans:
        inside = _any(
            [
                _all([exp.GTE(this=day.copy(), expression=low(i)), exp.LT(this=day.copy(), expression=high(i))])
                for i in range(len(spans))
            ]
        )
    return exp.Not(this=_paren(inside)) if chosen.op in ("not_in", "!=") else inside


def _bound_moment(moment: datetime, dated: bool) -> exp.Expr:
    if not dated:
        return value(moment)
    return value(moment.date())


def _day_of(day: exp.Expr) -> exp.Expr:
    return exp.Extract(this=exp.var("DAY"), expression=_paren(day.copy()))


def _left(query: exp.Select, alias: str, on: exp.Expr) -> exp.Join:
    return exp.Join(this=exp.Subquery(this=query, alias=exp.TableAlias(this=_id(alias))), side="LEFT", on=on)


def _select(columns: Sequence[exp.Expr], source: exp.Expr) -> exp.Select:
    query = exp.Select(expressions=list(columns))
    query.set("from_", exp.From(this=source))
    return query


def _id(name: str) -> exp.Identifier:
    return exp.Identifier(this=name, quoted=True)


def _col(name: str, table: str | None = None) -> exp.Column:
    return exp.Column(this=_id(name), table=_id(table) if table else None)


def _table(name: str) -> exp.Table:
    return exp.Table(this=_id(name))


def _alias(of: exp.Expr, name: str) -> exp.Alias:
    return exp.Alias(this=of, alias=_id(name))


def _paren(of: exp.Expr) -> exp.Expr:
    return exp.Paren(this=of) if isinstance(of, (exp.Binary, exp.Connector)) else of


def _double(of: exp.Expr) -> exp.Expr:
    return exp.Cast(this=of, to=exp.DataType(this=exp.DataType.Type.DOUBLE))


def _nullif(of: exp.Expr) -> exp.Expr:
    return exp.Nullif(this=of, expression=exp.Literal.number(0))


def _not_null(of: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=of, expression=exp.Null()))


def _all(conditions: Iterable[exp.Expr]) -> exp.Expr:
    listed = list(conditions)
    whole = listed[0] if listed else exp.true()
    for condition in listed[1:]:
        whole = exp.And(this=whole, expression=condition)
    return whole


def _any(conditions: Iterable[exp.Expr]) -> exp.Expr:
    listed = [_paren(c) for c in conditions]
    whole = listed[0] if listed else exp.false()
    for condition in listed[1:]:
        whole = exp.Or(this=whole, expression=condition)
    return exp.Paren(this=whole) if len(listed) > 1 else whole
