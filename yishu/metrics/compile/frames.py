"""Frames 逐步书写: every step of a plan over declared facts becomes one flat CTE; equal steps are written once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import singledispatchmethod

from sqlglot import exp

from yishu.metrics.centre import Centre
from yishu.metrics.compile.dialect import null_of
from yishu.metrics.compile.sql import all_of, col, double, ident, named_as, nullif, paren, select, table_of
from yishu.metrics.definition import Length
from yishu.metrics.formula import Formula
from yishu.metrics.frame import (
    MEASURED,
    MOMENT,
    Bounds,
    Computed,
    Edge,
    Everywhere,
    Followers,
    Frame,
    Grouped,
    Kept,
    Listed,
    Moments,
    Moved,
    Period,
    Reached,
    Read,
    Shown,
    Timed,
    Together,
)  # fmt: skip
from yishu.metrics.graph import GRAINS, Graph, Hop, Item, Route, SpineTable
from yishu.metrics.graph_plan import item
from yishu.security import Viewer, scope, value

HOME = "home"


def framed(shown: Shown, viewer: Viewer, centre: Centre, graph: Graph) -> exp.Select:
    """The query 查询语句 of a question over declared facts."""
    return _Writer(viewer, centre, graph).answer(shown)


class _Writer:
    """Writes frames 书写, each once, in the order they are needed."""

    def __init__(self, viewer: Viewer, centre: Centre, graph: Graph) -> None:
        self.viewer, self.centre, self.graph = viewer, centre, graph
        self.ctes: list[exp.CTE] = []
        self.written: dict[Frame, tuple[str, tuple[str, ...]]] = {}

    def answer(self, shown: Shown) -> exp.Select:
        """The last select, with all CTEs before it."""
        name, _ = self.name(shown.of)
        if shown.extremes:
            inner = select([col(c) for c in shown.columns], table_of(name))
            inner.set("distinct", exp.Distinct())
            self._add("members", inner, "成员")
            one = shown.columns[0]
            query = select(
                [named_as(exp.Min(this=col(one)), f"{one}__min"), named_as(exp.Max(this=col(one)), f"{one}__max")], table_of("members")
            )
        else:
            query = select([col(c) for c in shown.columns], table_of(name))
            if shown.distinct:
                query.set("distinct", exp.Distinct())
        if shown.order:
            listed = [exp.Ordered(this=col(c), desc=down, nulls_first=False) for c, down in shown.order]
            query.set("order", exp.Order(expressions=listed))
        if shown.limit is not None:
            query.set("limit", exp.Limit(expression=value(shown.limit)))
        query.set("with_", exp.With(expressions=self.ctes))
        return query

    def name(self, frame: Frame) -> tuple[str, tuple[str, ...]]:
        """The CTE of a frame and its columns, written when first asked for."""
        found = self.written.get(frame)
        if found is None:
            query, columns, say = self.write(frame)
            found = (f"step_{len(self.written) + 1}", columns)
            self._add(found[0], query, say)
            self.written[frame] = found
        return found

    def _add(self, name: str, query: exp.Expr, say: str) -> None:
        cte = exp.CTE(this=query, alias=exp.TableAlias(this=ident(name)))
        cte.comments = [say]
        self.ctes.append(cte)

    @singledispatchmethod
    def write(self, frame: Frame) -> tuple[exp.Expr, tuple[str, ...], str]:
        """One frame: its query, its columns, what it says."""
        raise TypeError(frame)

    # reading

    def _relation(self, table: str, alias: str) -> exp.Subquery:
        inner = scope(self.viewer, table, self.centre.tables)
        return exp.Subquery(this=inner, alias=exp.TableAlias(this=ident(alias)))

    @write.register
    def _(self, frame: Read) -> tuple[exp.Expr, tuple[str, ...], str]:
        joins = _Joins(self, frame.moment)
        joins.walk(r for _, r in frame.items)
        columns: list[exp.Expr] = [named_as(joins.item(i, r), i.id) for i, r in frame.items]
        names = [i.id for i, _ in frame.items]
        if frame.moment is not None:
            columns.append(named_as(_trunc(_of(frame.moment[0], HOME), frame.moment[1]), MOMENT))
            names.append(MOMENT)
        if frame.measured is not None:
            columns.append(named_as(_of(frame.measured, HOME), MEASURED))
            names.append(MEASURED)
        for name, formula in frame.extra:
            columns.append(named_as(_of(formula, HOME), name))
            names.append(name)
        for place, joined in enumerate(frame.joined):
            cte, _ = self.name(joined.frame)
            alias = f"metric_{place + 1}"
            key = frame.fact.key(joined.key)
            assert key is not None
            on = exp.EQ(this=_of(key.of, HOME), expression=col(joined.column, alias))
            joins.joins.append(exp.Join(this=_aliased(cte, alias), side="LEFT", on=on))
            columns.append(named_as(col(self.name(joined.frame)[1][-1], alias), joined.name))
            names.append(joined.name)
        query = select(columns, self._relation(frame.fact.table, HOME))
        for join in joins.joins:
            query.append("joins", join)
        return query, tuple(names), f"{frame.fact.name}：逐行读取"

    @write.register
    def _(self, frame: Listed) -> tuple[exp.Expr, tuple[str, ...], str]:
        joins = _Joins(self, None, side="FULL")
        joins.walk(r for _, r in frame.items)
        columns: list[exp.Expr] = [named_as(joins.item(i, r), i.id) for i, r in frame.items]
        names = [i.id for i, _ in frame.items]
        query = select(columns, self._relation(frame.fact.table, HOME))
        if frame.moments is not None:
            cte, _ = self.name(frame.moments)
            query.append("joins", exp.Join(this=_aliased(cte, "calendar"), kind="CROSS"))
            query.append("expressions", named_as(col(MOMENT, "calendar"), MOMENT))
            names.append(MOMENT)
        for join in joins.joins:
            query.append("joins", join)
        return query, tuple(names), f"{frame.fact.name}：维度取值"

    @write.register
    def _(self, frame: Moments) -> tuple[exp.Expr, tuple[str, ...], str]:
        at = _trunc(col(frame.spine.column, "calendar"), frame.grain)
        query = select([named_as(at, MOMENT)], self._relation(frame.spine.table, "calendar"))
        query.set("distinct", exp.Distinct())
        if frame.bounds is not None:
            query.set("where", exp.Where(this=_between(at, frame.bounds)))
        return query, (MOMENT,), f"日历：{frame.grain}"

    # moving in time

    @write.register
    def _(self, frame: Reached) -> tuple[exp.Expr, tuple[str, ...], str]:
        rows, columns = self.name(frame.of)
        calendar, _ = self.name(frame.moments)
        here, there = col(MOMENT, "calendar"), col(MOMENT, "rows_before")
        conditions: list[exp.Expr] = [exp.LTE(this=there, expression=here)]
        if frame.window is not None:
            conditions.append(exp.GT(this=there.copy(), expression=_back(here.copy(), frame.window)))
        if frame.since is not None:
            conditions.append(exp.GTE(this=there.copy(), expression=_trunc(here.copy(), frame.since)))
        query = select(_with_moment(columns, "rows_before", here.copy()), _aliased(calendar, "calendar"))
        query.append("joins", exp.Join(this=_aliased(rows, "rows_before"), kind="CROSS"))
        query.set("where", exp.Where(this=all_of(conditions)))
        return query, columns, "每个时刻与其窗口内的行"

    @write.register
    def _(self, frame: Moved) -> tuple[exp.Expr, tuple[str, ...], str]:
        rows, columns = self.name(frame.of)
        if frame.custom is not None:
            assert frame.back is not None
            return self._moved_custom(rows, columns, frame.custom, frame.back), columns, "按自定粒度平移"
        calendar, _ = self.name(frame.moments)
        here = col(MOMENT, "calendar")
        from_: exp.Expr = here.copy()
        if frame.back is not None:
            from_ = _back(here.copy(), frame.back)
        elif frame.to_start is not None:
            from_ = _trunc(here.copy(), frame.to_start)
        on = exp.EQ(this=from_, expression=col(frame.on, "earlier"))
        query = select(_with_moment(columns, "earlier", here.copy(), frame.on), _aliased(calendar, "calendar"))
        query.append("joins", exp.Join(this=_aliased(rows, "earlier"), kind="INNER", on=on))
        if frame.only_first_of:
            firsts = [exp.EQ(this=_trunc(here.copy(), str(i.grain)), expression=here.copy()) for i in frame.only_first_of]
            query.set("where", exp.Where(this=all_of(firsts)))
        return query, columns, "平移到以后的时刻"

    def _moved_custom(self, rows: str, columns: tuple[str, ...], spine: SpineTable, back: Length) -> exp.Expr:
        """Each moment goes to the same place in a later period of the calendar's own, at most to its last."""
        named = dict(spine.customs)[back.grain]
        stem = f"calendar_of_{back.grain}"
        if stem not in {c.alias for c in self.ctes}:
            place = exp.Window(
                this=exp.RowNumber(), partition_by=[col(named, "c")],
                order=exp.Order(expressions=[exp.Ordered(this=col(spine.column, "c"))]),
            )  # fmt: skip
            days = select(
                [named_as(col(spine.column, "c"), MOMENT), named_as(col(named, "c"), "period"), named_as(place, "place")],
                self._relation(spine.table, "c"),
            )
            self._add(stem, days, f"日历：{back.grain} 内的位置")
            ends = select(
                [col("period"), named_as(exp.Min(this=col(MOMENT)), "first"), named_as(exp.Max(this=col(MOMENT)), "last")], table_of(stem)
            )
            ends.set("group", exp.Group(expressions=[col("period")]))
            self._add(f"{stem}_ends", ends, "各期首末")
        later = f"{stem}_{back.count}_later"
        if later not in {c.alias for c in self.ctes}:
            order = exp.Order(expressions=[exp.Ordered(this=col("period"))])
            ahead = [
                named_as(exp.Window(this=exp.Lead(this=col(n), offset=exp.Literal.number(back.count)), order=order.copy()), n)
                for n in ("first", "last")
            ]
            self._add(later, select([col("period"), *ahead], table_of(f"{stem}_ends")), f"{back.count} 期以后的首末")
        step = exp.Mul(
            this=exp.Paren(this=exp.Sub(this=col("place", "d"), expression=exp.Literal.number(1))),
            expression=exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY")),
        )
        same = exp.Add(this=col("first", "l"), expression=step)
        moved = exp.Case(
            ifs=[exp.If(this=exp.LTE(this=same, expression=col("last", "l")), true=same.copy())], default=col("last", "l")
        )
        query = select(_with_moment(columns, "earlier", moved), _aliased(stem, "d"))
        same_period = exp.EQ(this=col("period", "d"), expression=col("period", "l"))
        query.append("joins", exp.Join(this=_aliased(later, "l"), kind="INNER", on=same_period))
        on = exp.EQ(this=col(MOMENT, "d"), expression=col(MOMENT, "earlier"))
        query.append("joins", exp.Join(this=_aliased(rows, "earlier"), kind="INNER", on=on))
        return query

    @write.register
    def _(self, frame: Timed) -> tuple[exp.Expr, tuple[str, ...], str]:
        rows, columns = self.name(frame.of)
        at = col(frame.on, "r")
        kept = [named_as(col(c, "r"), c) for c in columns]
        query = select(kept, _aliased(rows, "r"))
        fresh = [i for i in frame.items if i.id not in columns]
        for asked in fresh:
            expression, join = _time_value(self, at, asked, f"calendar_{asked.grain}")
            query.append("expressions", named_as(expression, asked.id))
            if join is not None and not any(j.alias_or_name == join.alias_or_name for j in query.args.get("joins") or []):
                query.append("joins", join)
        return query, (*columns, *(i.id for i in fresh)), "时间项"

    # choosing rows

    @write.register
    def _(self, frame: Kept) -> tuple[exp.Expr, tuple[str, ...], str]:
        rows, columns = self.name(frame.of)
        conditions = [f.over(col) for f in frame.where]
        if frame.bounds is not None:
            conditions.append(_between(col(frame.bounds[0]), frame.bounds[1]))
        query = select([col(c) for c in columns], table_of(rows))
        query.set("where", exp.Where(this=all_of([paren(c) for c in conditions])))
        return query, columns, "筛选"

    @write.register
    def _(self, frame: Edge) -> tuple[exp.Expr, tuple[str, ...], str]:
        rows, columns = self.name(frame.of)
        least = exp.Max(this=col(frame.time)) if frame.last else exp.Min(this=col(frame.time))
        edges = select([*(col(b) for b in frame.by), named_as(least, "edge")], table_of(rows))
        if frame.by:
            edges.set("group", exp.Group(expressions=[col(b) for b in frame.by]))
        self._add(f"{rows}_edge", edges, "期末" if frame.last else "期初")
        on: list[exp.Expr] = [exp.EQ(this=col(frame.time, "r"), expression=col("edge", "e"))]
        on += [exp.EQ(this=col(b, "r"), expression=col(b, "e")) for b in frame.by]
        query = select([named_as(col(c, "r"), c) for c in columns], _aliased(rows, "r"))
        query.append("joins", exp.Join(this=_aliased(f"{rows}_edge", "e"), kind="INNER", on=all_of(on)))
        return query, columns, "只留期末的行" if frame.last else "只留期初的行"

    @write.register
    def _(self, frame: Followers) -> tuple[exp.Expr, tuple[str, ...], str]:
        base, _ = self.name(frame.base)
        other, columns = self.name(frame.other)
        place = exp.Window(
            this=exp.RowNumber(), order=exp.Order(expressions=[exp.Ordered(this=col(MOMENT)), exp.Ordered(this=col(frame.entity))])
        )
        self._add(f"{other}_events", select([*(col(c) for c in columns), named_as(place, "event")], table_of(other)), "转化事件编号")
        on: list[exp.Expr] = [exp.EQ(this=col(frame.entity, "b"), expression=col(frame.entity, "o"))]
        on += [exp.EQ(this=col(b, "b"), expression=col(o, "o")) for b, o in frame.same]
        before: list[exp.Expr] = [exp.LTE(this=col(MOMENT, "b"), expression=col(MOMENT, "o"))]
        if frame.within is not None:
            before.append(exp.GT(this=col(MOMENT, "b"), expression=_back(col(MOMENT, "o"), frame.within)))
        latest = exp.Window(
            this=exp.RowNumber(),
            partition_by=[col("event", "o")],
            order=exp.Order(
                expressions=[exp.Ordered(this=col(MOMENT, "b"), desc=True, nulls_first=False)]
                + [exp.Ordered(this=col(i, "b"), nulls_first=False) for i in frame.items]
            ),
        )
        pairs = select(
            [*(named_as(col(i, "b"), i) for i in frame.items), named_as(col(MEASURED, "o"), MEASURED), named_as(latest, "rank")],
            _aliased(base, "b"),
        )
        pairs.append("joins", exp.Join(this=_aliased(f"{other}_events", "o"), kind="INNER", on=all_of(on)))
        pairs.set("where", exp.Where(this=all_of(before)))
        name = f"{other}_after_{base}"
        self._add(name, pairs, "事件与此前的基准事件")
        query = select([*(col(i) for i in frame.items), col(MEASURED)], table_of(name))
        query.set("where", exp.Where(this=exp.EQ(this=col("rank"), expression=exp.Literal.number(1))))
        return query, (*frame.items, MEASURED), "每个转化归于最近的基准事件"

    # cells

    @write.register
    def _(self, frame: Grouped) -> tuple[exp.Expr, tuple[str, ...], str]:
        rows, _ = self.name(frame.of)
        query = select([*(col(b) for b in frame.by), named_as(_aggregate(frame), frame.name)], table_of(rows))
        if frame.by:
            query.set("group", exp.Group(expressions=[col(b) for b in frame.by]))
        return query, (*frame.by, frame.name), f"{frame.name}：按格汇总"

    @write.register
    def _(self, frame: Everywhere) -> tuple[exp.Expr, tuple[str, ...], str]:
        rows, columns = self.name(frame.of)
        moments = frame.moments
        needed = {n: item(n, self.graph) for f in moments.where for n in f.names}
        items = {**needed, **{i.id: i for i in moments.items}}
        plain: Frame = Timed(Moments(moments.spine, moments.grain, bounds=moments.bounds), tuple(items.values()))
        calendar, _ = self.name(Kept(plain, moments.where) if moments.where else plain)
        every = select([col(c) for c in frame.on], table_of(calendar))
        every.set("distinct", exp.Distinct())
        self._add(f"{rows}_moments", every, "每个时刻一行")
        on = [exp.EQ(this=col(c, "e"), expression=col(c, "r")) for c in frame.on]
        query = select([named_as(col(c, "e" if c in frame.on else "r"), c) for c in columns], _aliased(f"{rows}_moments", "e"))
        query.append("joins", exp.Join(this=_aliased(rows, "r"), side="LEFT", on=all_of(on)))
        return query, columns, "补齐每个时刻"

    @write.register
    def _(self, frame: Period) -> tuple[exp.Expr, tuple[str, ...], str]:
        rows, columns = self.name(frame.of)
        base = next(c for c in columns if c not in frame.by and c != frame.name)
        worth = col(frame.name)
        if frame.rule == "average":
            query = select([*(col(b) for b in frame.by), named_as(exp.Avg(this=worth), frame.name)], table_of(rows))
            query.set("group", exp.Group(expressions=[col(b) for b in frame.by]))
            return query, (*frame.by, frame.name), "期内均值"
        order = exp.Order(expressions=[exp.Ordered(this=col(base), desc=frame.rule == "last", nulls_first=False)])
        place = exp.Window(this=exp.RowNumber(), partition_by=[col(b) for b in frame.by], order=order)
        self._add(f"{rows}_placed", select([*(col(c) for c in columns), named_as(place, "rank")], table_of(rows)), "期内排位")
        query = select([*(col(b) for b in frame.by), worth], table_of(f"{rows}_placed"))
        query.set("where", exp.Where(this=exp.EQ(this=col("rank"), expression=exp.Literal.number(1))))
        return query, (*frame.by, frame.name), "期末值" if frame.rule == "last" else "期初值"

    @write.register
    def _(self, frame: Together) -> tuple[exp.Expr, tuple[str, ...], str]:
        sides = [(self.name(f), alias, fill) for f, alias, fill in frame.frames]
        names = [alias for _, alias, _ in sides]
        columns = (*frame.by, *names)
        if len(sides) == 1:
            (cte, own), alias, _ = sides[0]
            return select([*(col(b) for b in frame.by), named_as(col(own[-1]), alias)], table_of(cte)), columns, "单元格"
        branches: list[exp.Expr] = []
        for place, ((cte, own), _, _) in enumerate(sides):
            listed: list[exp.Expr] = [named_as(col(b), b) for b in frame.by]
            for other, ((their, theirs), name, _) in enumerate(sides):
                cell = col(own[-1]) if other == place else null_of(their, theirs[-1])
                listed.append(named_as(cell, name))
            branches.append(select(listed, table_of(cte)))
        stacked = branches[0]
        for branch in branches[1:]:
            stacked = exp.Union(this=stacked, expression=branch, distinct=False)
        name = f"stacked_{len(self.ctes) + 1}"
        self._add(name, stacked, "各指标先在自己的粒度汇总，再上下叠放")
        cells: list[exp.Expr] = []
        for _, alias, fill in sides:
            whole: exp.Expr = exp.Max(this=col(alias))
            if fill is not None:
                whole = exp.Coalesce(this=whole, expressions=[exp.Literal.number(fill)])
            cells.append(named_as(whole, alias))
        query = select([*(col(b) for b in frame.by), *cells], table_of(name))
        if frame.by:
            query.set("group", exp.Group(expressions=[col(b) for b in frame.by]))
        return query, columns, "单元格：一格一行"

    @write.register
    def _(self, frame: Computed) -> tuple[exp.Expr, tuple[str, ...], str]:
        rows, _ = self.name(frame.of)
        worth: exp.Expr
        if frame.divided is not None:
            top, bottom = frame.divided
            worth = exp.Div(this=double(col(top)), expression=nullif(double(col(bottom))))
        elif frame.filled is not None:
            worth = exp.Coalesce(this=col(frame.filled[0]), expressions=[exp.Literal.number(frame.filled[1])])
        else:
            assert frame.expression is not None
            worth = _exact_division(frame.expression.over(col))
        query = select([*(col(b) for b in frame.by), named_as(worth, frame.name)], table_of(rows))
        return query, (*frame.by, frame.name), f"{frame.name}：计算"


class _Joins:
    """The joins 连接 that items need, each hop once."""

    def __init__(self, writer: _Writer, moment: tuple[Formula, str] | None, side: str = "LEFT") -> None:
        self.writer, self.moment, self.side = writer, moment, side
        self.joins: list[exp.Join] = []
        self.aliases: dict[tuple[Hop, ...], str] = {}

    def item(self, asked: Item, route: Route) -> exp.Expr:
        """The expression of an item after its hops."""
        alias = self._walk(route.hops)
        if route.key is not None:
            return _of(route.key.of, alias)
        assert route.attribute is not None
        at = _of(route.attribute.of, alias)
        if route.attribute.grain is None:
            return at
        grain = asked.grain or (None if asked.part else route.attribute.grain)
        expression, join = _time_value(self.writer, at, Item(asked.links, asked.name, grain, asked.part), f"{alias}_{asked.name}_calendar")
        if join is not None:
            self.joins.append(join)
        return expression

    def walk(self, routes: Iterable[Route]) -> None:
        """Join what these routes need, the longest first: a shorter one shares the beginning of a longer one."""
        for route in sorted(routes, key=lambda r: -len(r.hops)):
            self._walk(route.hops)

    def _walk(self, hops: tuple[Hop, ...]) -> str:
        """The alias of the last fact. Two ends behind one bridge are each reached over a bridge of their own."""
        if not hops:
            return HOME
        if hops in self.aliases:
            return self.aliases[hops]
        before = HOME
        for place, hop in enumerate(hops):
            alias = f"{hop.entity}_{hop.other.name}_{len(self.joins) + 1}"
            self.joins.append(
                exp.Join(this=self.writer._relation(hop.other.table, alias), side=self.side, on=all_of(self._on(hop, before, alias)))
            )
            self.aliases.setdefault(hops[: place + 1], alias)
            before = alias
        return before

    def _on(self, hop: Hop, before: str, alias: str) -> list[exp.Expr]:
        left, right = hop.home.key(hop.entity), hop.other.key(hop.entity)
        assert left is not None and right is not None
        on: list[exp.Expr] = [exp.EQ(this=_of(left.of, before), expression=_of(right.of, alias))]
        for mine in hop.home.attributes:
            other = hop.other.attribute(mine.name)
            if mine.partition and other is not None and other.partition and mine.grain and other.grain:
                grain = mine.grain
                on.append(exp.EQ(this=_trunc(_of(mine.of, before), grain), expression=_trunc(_of(other.of, alias), grain)))
        if hop.other.valid is not None:
            assert self.moment is not None
            start, end = (hop.other.attribute(n) for n in hop.other.valid)
            assert start is not None and end is not None
            at = _trunc(_of(self.moment[0], HOME), self.moment[1])
            from_, until = _time(_of(start.of, alias), start.grain), _time(_of(end.of, alias), end.grain)
            on.append(exp.GTE(this=at, expression=from_))
            open_ended = exp.Is(this=until.copy(), expression=exp.Null())
            on.append(exp.Paren(this=exp.Or(this=exp.LT(this=at.copy(), expression=until), expression=open_ended)))
        return on


def _time(of: exp.Expr, grain: str | None) -> exp.Expr:
    return _trunc(of, grain) if grain else of


def _of(formula: Formula, alias: str) -> exp.Expr:
    return formula.over(lambda name: col(name, alias))


def _trunc(of: exp.Expr, grain: str) -> exp.Expr:
    at = exp.Cast(this=of.copy(), to=exp.DataType(this=exp.DataType.Type.TIMESTAMP))
    if grain in ("nanosecond", "microsecond"):
        return at
    return exp.TimestampTrunc(this=at, unit=exp.var(grain.upper()))


_PARTS = {"dow": "isodow", "doy": "doy"}


def _time_value(writer: _Writer, at: exp.Expr, asked: Item, alias: str) -> tuple[exp.Expr, exp.Join | None]:
    """A time item of a moment; a grain of the calendar's own is looked up there."""
    if asked.part:
        if asked.part == "dow":
            return exp.DayOfWeekIso(this=_trunc(at, "day")), None
        if asked.part == "doy":
            return exp.DayOfYear(this=_trunc(at, "day")), None
        return exp.Extract(this=exp.var(asked.part.upper()), expression=_trunc(at, "day")), None
    grain = str(asked.grain)
    if grain in GRAINS:
        return _trunc(at, grain), None
    spine = writer.graph.custom(grain)
    assert spine is not None
    on = exp.EQ(this=_trunc(at, spine.grain), expression=col(spine.column, alias))
    join = exp.Join(this=writer._relation(spine.table, alias), side="LEFT", on=on)
    return col(dict(spine.customs)[grain], alias), join


def _back(of: exp.Expr, length: Length) -> exp.Expr:
    step = exp.Interval(this=exp.Literal.string(str(length.count)), unit=exp.var(length.grain.upper()))
    if length.grain == "quarter":
        step = exp.Interval(this=exp.Literal.string(str(length.count * 3)), unit=exp.var("MONTH"))
    return exp.Sub(this=of, expression=step)


def _between(of: exp.Expr, bounds: Bounds) -> exp.Expr:
    low, high = (
        exp.Cast(this=exp.Literal.string(m), to=exp.DataType(this=exp.DataType.Type.TIMESTAMP)) for m in (bounds.start, bounds.until)
    )
    return exp.And(this=exp.GTE(this=of, expression=low), expression=exp.LT(this=of.copy(), expression=high))


def _aliased(cte: str, alias: str) -> exp.Table:
    return exp.Table(this=ident(cte), alias=exp.TableAlias(this=ident(alias)))


def _with_moment(columns: Iterable[str], rows: str, moment: exp.Expr, on: str = MOMENT) -> list[exp.Expr]:
    return [named_as(moment.copy() if c == on else col(c, rows), c) for c in columns]


def _aggregate(frame: Grouped) -> exp.Expr:
    of = col(MEASURED)
    one, none = exp.Literal.number(1), exp.Literal.number(0)
    simple: dict[str, Callable[[], exp.Expr]] = {
        "sum": lambda: exp.Sum(this=of),
        "min": lambda: exp.Min(this=of),
        "max": lambda: exp.Max(this=of),
        "average": lambda: exp.Avg(this=of),
        "count_distinct": lambda: exp.Count(this=exp.Distinct(expressions=[of])),
        "count": lambda: exp.Sum(
            this=exp.Case(ifs=[exp.If(this=exp.Not(this=exp.Is(this=of, expression=exp.Null())), true=one)], default=none)
        ),
        "sum_boolean": lambda: exp.Sum(this=exp.Case(ifs=[exp.If(this=of, true=one)], default=none)),
        "median": lambda: _percentile(of, 0.5, False),
        "percentile": lambda: _percentile(of, frame.percentile or 0.5, frame.discrete),
    }
    return simple[frame.aggregate]()


def _percentile(of: exp.Expr, at: float, discrete: bool) -> exp.Expr:
    kind = exp.PercentileDisc if discrete else exp.PercentileCont
    return exp.WithinGroup(
        this=kind(this=exp.Literal.number(str(at))), expression=exp.Order(expressions=[exp.Ordered(this=of, nulls_first=False)])
    )


def _exact_division(tree: exp.Expr) -> exp.Expr:
    """No integer division, and nothing divided by zero: the same on every engine."""
    for division in list(tree.find_all(exp.Div)):
        division.set("this", double(division.this.copy()))
        division.set("expression", nullif(double(division.expression.copy())))
    return tree
