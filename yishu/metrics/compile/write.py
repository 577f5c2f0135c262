"""Writer 书写: a plan's scans, cells, results and answer as flat CTEs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from yishu.metrics.centre import Centre
from yishu.metrics.compile.dialect import null_of
from yishu.metrics.compile.rolled import instead
from yishu.metrics.compile.source import REACH, SYSTEM, Source
from yishu.metrics.compile.sql import all_of, any_of, col, double, ident, left_join, named_as, select, table_of
from yishu.metrics.compile.value import based, having, ordering, percent, value_of
from yishu.metrics.definition import SnapshotRule
from yishu.metrics.plan import NOW, Figure, Measure, Plan, Scan, split
from yishu.metrics.reach import Reach
from yishu.security import Viewer, scope, value


def compiled(plan: Plan, viewer: Viewer, centre: Centre) -> exp.Select:
    """The query 查询语句 of one answer."""
    writer = Writer(viewer, centre, plan)
    writer.cells("cells", plan)
    writer.result(plan)
    if plan.share:
        parent = replace(plan, dimensions=plan.dimensions[:-1])
        _share(writer, plan, parent)
    return writer.answer(plan)


class Writer:
    """Writes CTEs 逐段书写 in order."""

    def __init__(self, viewer: Viewer, centre: Centre, plan: Plan) -> None:
        self.viewer, self.centre, self.plan = viewer, centre, plan
        self.ctes: list[exp.CTE] = []

    def add(self, name: str, query: exp.Expr, say: str) -> None:
        cte = exp.CTE(this=query, alias=exp.TableAlias(this=ident(name)))
        cte.comments = [say]
        self.ctes.append(cte)

    def cells(self, name: str, plan: Plan) -> None:
        """Scans of one grain, stacked and grouped into one row a cell."""
        for scan in plan.scans:
            self.scan(scan)
        full = plan.full
        names = [m.name for s in full for m in s.measures]
        if len(full) == 1:
            self.add(name, select([exp.Star()], table_of(full[0].name)), "单元格")
            return
        keys = [d.id for d in plan.dimensions]
        homes = {m.name: s.name for s in full for m in s.measures}
        if not keys:  # every scan is one row: side by side costs an engine a third of stacking them
            beside = select([named_as(col(n, homes[n]), n) for n in names], table_of(full[0].name))
            for scan in full[1:]:
                beside.append("joins", exp.Join(this=table_of(scan.name), kind="CROSS"))
            self.add(name, beside, "单元格：各事实一行，左右并列")
            return
        branches: list[exp.Expr] = []
        for scan in full:
            own = {m.name for m in scan.measures}
            columns = [named_as(col(k), k) for k in keys]
            columns += [named_as(col(n) if n in own else null_of(homes[n], n), n) for n in names]
            columns.append(named_as(exp.Literal.number(1 if scan.period == NOW else 0), "current"))
            branches.append(select(columns, table_of(scan.name)))
        stacked: exp.Expr = branches[0]
        for branch in branches[1:]:
            stacked = exp.Union(this=stacked, expression=branch, distinct=False)
        self.add(f"{name}_stacked", stacked, "各事实先在自己的粒度汇总，再上下叠放")
        columns = [named_as(col(k), k) for k in keys] + [named_as(exp.Max(this=col(n)), n) for n in names]
        query = select(columns, table_of(f"{name}_stacked"))
        query.set("group", exp.Group(expressions=[col(k) for k in keys]))
        if any(s.period != NOW for s in full):
            one = exp.EQ(this=exp.Max(this=col("current")), expression=exp.Literal.number(1))
            query.set("having", exp.Having(this=one))
        self.add(name, query, "单元格：一格一行")

    def scan(self, scan: Scan) -> None:
        viewer = SYSTEM if scan.everyone else self.viewer
        short = instead(scan, viewer, self.centre, self.plan.now, self.plan.fresh) if self.plan.fresh and self.plan.as_of is None else None
        source = short or Source(scan, viewer, self.centre, self.plan.as_of, self.plan.now)
        if scan.last:
            self._last(scan, source)
        if scan.reach is not None:
            source.extra_joins.append(self._reach(scan, scan.reach))
        groups = [source.dimension(d) for d in scan.dimensions]
        columns: list[exp.Expr] = [named_as(g, d.id) for g, d in zip(groups, scan.dimensions, strict=True)]
        wheres = list(dict.fromkeys(m.part.where for m in scan.measures if not m.days))
        conditions = source.conditions()
        if short is not None:
            conditions.append(short.some())
        shared = tuple(c for c in wheres[0] if all(c in where for where in wheres)) if wheres else ()
        rests = [[c for c in where if c not in shared] for where in wheres]
        if short is None:
            conditions += [source.clause(c) for c in shared]
            if rests and all(rests):
                conditions.append(any_of([all_of([source.clause(c) for c in rest]) for rest in rests]))
        for measure in scan.measures:
            columns.append(named_as(source.measure(measure, shared), measure.name))
        query = select(columns, source.relation())
        source.join(query)
        if conditions:
            query.set("where", exp.Where(this=all_of(conditions)))
        if groups:
            query.set("group", exp.Group(expressions=[exp.Literal.number(i + 1) for i in range(len(groups))]))
        if scan.rule is SnapshotRule.MAX:
            self._greatest(scan, source, query)
            return
        self.add(scan.name, query, scan.say)

    def _greatest(self, scan: Scan, source: Source, query: exp.Select) -> None:
        """Each day added up in its cell, then the greatest day of each cell."""
        query.append("expressions", named_as(exp.cast(source.time.copy(), "date", copy=False), "each_day"))
        group = query.args.get("group") or exp.Group(expressions=[])
        group.append("expressions", exp.Literal.number(len(query.expressions)))
        query.set("group", group)
        self.add(f"{scan.name}_daily", query, f"{scan.say}：逐日")
        columns = [col(d.id) for d in scan.dimensions]
        most = select([*columns, *(named_as(exp.Max(this=col(m.name)), m.name) for m in scan.measures)], table_of(f"{scan.name}_daily"))
        if columns:
            most.set("group", exp.Group(expressions=[c.copy() for c in columns]))
        self.add(scan.name, most, "期间最高的一日")

    def _reach(self, scan: Scan, reach: Reach) -> exp.Join:
        """The windows of an accumulation; a row counts in every window it lies in."""
        name = f"{scan.name}_{REACH}"
        lists = (("member", reach.members), ("first", reach.firsts), ("until", reach.untils))
        spread = [named_as(exp.Unnest(expressions=[value(list(days))]), n) for n, days in lists]
        if not reach.members:
            day = exp.DataType(this=exp.DataType.Type.DATE)
            spread = [named_as(exp.Cast(this=exp.Null(), to=day.copy()), n) for n, _ in lists]
        self.add(name, exp.Select(expressions=spread), "累计的时段")
        return exp.Join(this=exp.Table(this=ident(name), alias=exp.TableAlias(this=ident(REACH))), kind="CROSS")

    def _last(self, scan: Scan, source: Source) -> None:
        """The last day with stock 期末日 of each period, the same for every viewer."""
        whole = Source(replace(scan, last=False), SYSTEM, self.centre, self.plan.as_of, self.plan.now)
        times = [d for d in scan.dimensions if d.grain is not None]
        columns = [named_as(whole.dimension(d), d.id) for d in times]
        edge = exp.Min(this=whole.time) if scan.rule is SnapshotRule.FIRST else exp.Max(this=whole.time)
        columns.append(named_as(edge, "last_moment"))
        query = select(columns, whole.relation())
        conditions = whole.conditions(only_time=True)
        whole.join(query)
        query.set("where", exp.Where(this=all_of(conditions)))
        if times:
            query.set("group", exp.Group(expressions=[exp.Literal.number(i + 1) for i in range(len(times))]))
        name = f"{scan.name}_last"
        self.add(name, query, "期初日" if scan.rule is SnapshotRule.FIRST else "期末日")
        on = [exp.EQ(this=source.time, expression=col("last_moment", name))]
        on += [exp.EQ(this=source.dimension(d), expression=col(d.id, name)) for d in times]
        source.extra_joins.append(exp.Join(this=table_of(name), kind="INNER", on=all_of(on)))

    def result(self, plan: Plan, name: str = "result", cells: str = "cells") -> None:
        """Values of every metric and comparison 指标值, at the grain of the cells."""
        columns: list[exp.Expr] = [named_as(col(d.id, cells), d.id) for d in plan.dimensions]
        joined = len(plan.full) > 1 or not plan.dimensions
        for (metric, period), figure in plan.figures.items():
            found = based(figure, plan, value_of(figure, plan, joined, cells), cells)
            columns.append(named_as(found, metric if period == NOW else f"{metric}.{period}_base"))
        raws = [r for f in plan.figures.values() for r in (f.numerator, f.denominator, f.days) if r is not None] if plan.raw else []
        columns += [named_as(col(raw), raw) for raw in raws]
        query = select(columns, table_of(cells))
        for scan in plan.broad:
            same = [exp.NullSafeEQ(this=col(d.id, cells), expression=col(d.id, scan.name)) for d in scan.dimensions]
            if same:
                query.append("joins", exp.Join(this=table_of(scan.name), side="LEFT", on=all_of(same)))
            else:
                query.append("joins", exp.Join(this=table_of(scan.name), kind="CROSS"))
        if all(period == NOW for _, period in plan.figures):
            self.add(name, query, "分子分母到最后才相除")
            return
        self.add(f"{name}_values", query, "分子分母到最后才相除")
        self.add(name, _compared(plan, f"{name}_values", raws), "与对比期相减、相除")

    def answer(self, plan: Plan) -> exp.Select:
        """Names for ids, conditions on results, order and limits."""
        columns: list[exp.Expr] = []
        joins: list[exp.Join] = []
        for dimension in plan.dimensions:
            shown: exp.Expr = col(dimension.id, "result")
            if dimension.members is not None and not dimension.by_label:
                alias = f"{dimension.id}_name"
                members = dimension.members
                named = scope(self.viewer, members.table, self.centre.tables)
                joins.append(
                    left_join(
                        named, alias, exp.EQ(this=col(dimension.id, "result"), expression=col(members.key, alias))
                    )
                )
                shown = exp.Coalesce(this=col(members.label, alias), expressions=[col(dimension.id, "result")])
            columns.append(named_as(shown, dimension.id))
        extra = [c.alias for c in self.ctes_of("result") if c.alias not in {d.id for d in plan.dimensions}]
        columns += [named_as(col(name, "result"), name) for name in extra]
        if plan.share:
            for name in dict.fromkeys(split(c)[0] for c in plan.columns):
                columns.append(named_as(percent(double(col(name, "result")), col(name, "parent")), f"{name}.share"))
            same = [
                exp.NullSafeEQ(this=col(d.id, "result"), expression=col(d.id, "parent")) for d in plan.dimensions[:-1]
            ]
            joins.append(exp.Join(this=table_of("parent"), side="LEFT", on=all_of(same) if same else exp.true()))
        query = select(columns, table_of("result"))
        for join in joins:
            query.append("joins", join)
        self.add("named", query, "编号换成名称")
        kept = select([exp.Star()], table_of("named"))
        if plan.having:
            kept.set("where", exp.Where(this=all_of([having(h.metric, h.op, h.values) for h in plan.having])))
        if plan.limit_by is not None:
            place = exp.Window(
                this=exp.RowNumber(),
                partition_by=[col(plan.limit_by.dimension)],
                order=exp.Order(expressions=ordering(plan)),
            )
            kept.append("expressions", named_as(place, "place_in_group"))
            self.add("placed", kept, "每组排位")
            kept = select([exp.Star()], table_of("placed"))
            few = exp.LTE(this=col("place_in_group"), expression=value(plan.limit_by.n))
            kept.set("where", exp.Where(this=few))
        shown_columns = [col(d.id) for d in plan.dimensions] + [col(c) for c in plan.columns]
        if plan.raw:
            shown_columns += [col(r) for f in plan.figures.values() for r in (f.numerator, f.denominator, f.days) if r]
        kept.set("expressions", shown_columns)
        if plan.dimensions:
            kept.set("order", exp.Order(expressions=ordering(plan)))
        if plan.limit is not None:
            kept.set("limit", exp.Limit(expression=value(plan.limit)))
        kept.set("with_", exp.With(expressions=self.ctes))
        return kept

    def ctes_of(self, name: str) -> Sequence[exp.Expr]:
        found = next(c for c in self.ctes if c.alias == name)
        select = found.this
        assert isinstance(select, exp.Select)
        return select.expressions


def _compared(plan: Plan, values: str, raws: Sequence[str]) -> exp.Select:
    """Differences and changes 同比环比 from values that are each written once."""
    columns: list[exp.Expr] = [named_as(col(d.id, values), d.id) for d in plan.dimensions]
    for metric, period in plan.figures:
        if period == NOW:
            columns.append(named_as(col(metric, values), metric))
            continue
        name = f"{metric}.{period}"
        here, base = col(metric, values), col(f"{name}_base", values)
        columns.append(named_as(base, f"{name}_base"))
        columns.append(named_as(exp.Sub(this=here, expression=base.copy()), f"{name}_diff"))
        apart = exp.Sub(this=double(here.copy()), expression=double(base.copy()))
        columns.append(named_as(percent(exp.Paren(this=apart), base.copy()), name))
    columns += [named_as(col(raw, values), raw) for raw in raws]
    return select(columns, table_of(values))


def _share(writer: Writer, plan: Plan, parent: Plan) -> None:
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
    return measure.name in (figure.numerator, figure.denominator, figure.days, figure.rows)
