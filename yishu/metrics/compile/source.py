"""Source 来源: one fact as a viewer may read it, with the hops its dimensions and clauses need."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlglot import exp

from yishu.metrics.centre import Centre
from yishu.metrics.compile.sql import (
    SYMBOLS,
    all_of,
    any_of,
    bound_moment,
    col,
    day_of,
    double,
    ident,
    left_join,
    not_null,
    paren,
)
from yishu.metrics.definition import (
    Aggregate,
    AnyOf,
    Clause,
    Condition,
    Dimension,
    Expression,
    Grain,
    Later,
    MinutesAgo,
    Part,
    Path,
    Seconds,
    Total,
)  # fmt: skip
from yishu.metrics.plan import Chosen, Measure, Scan
from yishu.security import Viewer, among, scope, system_viewer, value

SYSTEM = system_viewer("metrics.calendar")
REACH = "reach"

class Source:
    """One fact as a viewer may read it 来源, with the hops its dimensions and clauses need."""

    def __init__(
        self, scan: Scan, viewer: Viewer, centre: Centre, as_of: datetime | None, now: datetime, name: str | None = None
    ) -> None:
        self.scan, self.viewer, self.centre, self.as_of, self.now = scan, viewer, centre, as_of, as_of or now
        self.known_at = as_of
        self.joins: dict[str, exp.Join] = {}
        self.extra_joins: list[exp.Join] = []
        self.name = name or scan.table
        if name is None:
            self.dated = self._dated(scan.time)
            self.time = self.path(scan.time)

    def relation(self) -> exp.Expr:
        """The table in its only readable form."""
        inner = scope(self.viewer, self.scan.table, self.centre.tables, as_of=self.known_at)
        return exp.Subquery(this=inner, alias=exp.TableAlias(this=ident(self.name)))

    def join(self, query: exp.Select) -> None:
        """Add the hops that were needed."""
        for join in (*self.joins.values(), *self.extra_joins):
            query.append("joins", join)

    def path(self, path: Path) -> exp.Expr:
        """A column of the fact, or of a table one hop away."""
        if path.hop is None:
            return col(path.column, self.name)
        other = self.centre.tables.table(path.hop)
        key = other.key[0]
        alias = f"{path.hop}_of"
        if alias not in self.joins:
            named = scope(self.viewer, path.hop, self.centre.tables, as_of=None if other.public else self.known_at)
            self.joins[alias] = left_join(named, alias, exp.EQ(this=col(key, self.name), expression=col(key, alias)))
        return col(path.column, alias)

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
            return banded(column, dimension)
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
            self.joins[alias] = left_join(named, alias, exp.EQ(this=at, expression=col(key, alias)))
        return col(column, alias)

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
        if self.scan.reach is not None:
            member = exp.cast(col("member", REACH), "date", copy=False)
            if grain is Grain.DAY:
                return member
            return exp.cast(exp.TimestampTrunc(this=member, unit=exp.var(grain.name)), "date", copy=False)
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
        if self.scan.reach is not None:
            found.append(exp.GTE(this=self.time.copy(), expression=col("first", REACH)))
            found.append(exp.LT(this=self.time.copy(), expression=col("until", REACH)))
        elif span is None:
            found.append(not_null(self.time.copy()))
        else:
            fine = span.fine and self.dated
            column = self._clock() if fine else self.time
            dated = self.dated and not fine
            found.append(exp.GTE(this=column.copy(), expression=bound_moment(span.start, dated)))
            found.append(exp.LT(this=column.copy(), expression=bound_moment(span.until, dated)))
        if self.scan.shift.months and any(d.grain is Grain.DAY for d in self.scan.dimensions):
            found.append(exp.EQ(this=day_of(self.time), expression=day_of(self._day())))
        for chosen in self.scan.filters:
            if chosen.op == "never":
                found.append(exp.false())
                continue
            dimension = self.centre.dimension(chosen.dimension)
            if dimension.grain is None:
                if not only_time:
                    found.append(compare(self.dimension(dimension), chosen))
            elif dimension.grain.cyclic:
                found.append(compare(self.dimension(dimension), chosen))
            else:
                found.append(within(self._day(), chosen))
        return found

    def clause(self, clause: Clause) -> exp.Expr:
        """A clause of the definition."""
        if isinstance(clause, AnyOf):
            return any_of([self.clause(c) for c in clause.conditions])
        if isinstance(clause, Later):
            return self._later(clause)
        assert isinstance(clause, Condition)
        of = self.expression(clause.of)
        values = [self._value(v) for v in clause.values]
        if clause.op == "is_null":
            return exp.Is(this=of, expression=exp.Null())
        if clause.op == "not_null":
            return not_null(of)
        if clause.op in ("in", "not_in"):
            inside = exp.EQ(this=of, expression=value(values[0])) if len(values) == 1 else among(of, values)
            return exp.Not(this=exp.Paren(this=inside)) if clause.op == "not_in" else inside
        if clause.op == "between":
            return exp.Between(this=of, low=value(values[0]), high=value(values[1]))
        return SYMBOLS[clause.op](this=of, expression=value(values[0]))

    def _later(self, clause: Later) -> exp.Expr:
        """Whether another row of the same key came later within the days: judged over the whole hospital."""
        other = Source(replace(self.scan, table=clause.table, dimensions=()), SYSTEM, self.centre, self.known_at, self.now, name=f"{clause.table}_later")
        table = self.centre.tables.table(clause.table)
        at = exp.cast(col(clause.at, other.name), "timestamp", copy=False)
        after = exp.cast(self.path(clause.after), "timestamp", copy=False)
        step = exp.Interval(this=exp.Literal.string(str(clause.days)), unit=exp.var("DAY"))
        conditions: list[exp.Expr] = [
            exp.EQ(this=col(clause.on, other.name), expression=col(clause.on, self.name)),
            exp.GTE(this=at, expression=after),
            exp.LTE(this=at.copy(), expression=exp.Add(this=after.copy(), expression=step)),
            *(other.clause(c) for c in clause.where),
        ]
        if clause.other:
            same = [exp.EQ(this=col(k, other.name), expression=col(k, self.name)) for k in table.key]
            conditions.append(exp.Not(this=exp.Paren(this=all_of(same))))
        query = exp.Select(expressions=[exp.Literal.number(1)])
        query.set("from_", exp.From(this=other.relation()))
        other.join(query)
        query.set("where", exp.Where(this=all_of(conditions)))
        found = exp.Exists(this=query)
        return exp.Not(this=found) if clause.absent else found

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

    def measure(self, measure: Measure, shared: tuple[Clause, ...]) -> exp.Expr:
        """The aggregate of a measure, over the rows its own clauses let in; those `shared` by all of a scan stand in its WHERE."""
        part = measure.part
        if measure.days:
            return exp.Count(this=exp.Distinct(expressions=[self.time.copy()]))
        of = self.expression(part.measure) if part.measure is not None and not measure.rows else None
        whole = aggregated(part, of)
        own = [self.clause(c) for c in part.where if c not in shared]
        return exp.Filter(this=whole, expression=exp.Where(this=all_of(own))) if own else whole


def aggregated(part: Part, of: exp.Expr | None) -> exp.Expr:
    if of is None or part.aggregate is Aggregate.COUNT:
        return exp.Count(this=exp.Star())
    if part.aggregate is Aggregate.SUM:
        return exp.Sum(this=of)
    if part.aggregate is Aggregate.DISTINCT:
        return exp.Count(this=exp.Distinct(expressions=[of]))
    if part.aggregate is Aggregate.PERCENTILE:
        order = exp.Order(expressions=[exp.Ordered(this=double(of), nulls_first=False)])
        return exp.WithinGroup(this=exp.PercentileCont(this=exp.Literal.number(str(part.at))), expression=order)
    return exp.Median(this=double(of))


def banded(column: exp.Expr, dimension: Dimension) -> exp.Expr:
    ifs = []
    for band in dimension.bands:
        ends: list[exp.Expr] = []
        if band.low is not None:
            ends.append(exp.GTE(this=column.copy(), expression=exp.Literal.number(band.low)))
        if band.high is not None:
            ends.append(exp.LTE(this=column.copy(), expression=exp.Literal.number(band.high)))
        ifs.append(exp.If(this=all_of(ends), true=exp.Literal.string(band.label)))
    return exp.Case(ifs=ifs)


def compare(of: exp.Expr, chosen: Chosen) -> exp.Expr:
    """A filter on a member; 'not' keeps rows without a member, so that a set and its complement make the whole."""
    if chosen.op == "is_null":
        return exp.Is(this=of, expression=exp.Null())
    if chosen.op == "not_null":
        return not_null(of)
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
                return all_of([*ways, not_null(of)])
            return any_of([*ways, exp.Is(this=of, expression=exp.Null())]) if ways else exp.true()
        if with_null:
            ways.append(exp.Is(this=of, expression=exp.Null()))
        return any_of(ways) if ways else exp.false()
    if chosen.op == "between":
        return exp.Between(this=of, low=value(chosen.values[0]), high=value(chosen.values[1]))
    return SYMBOLS[chosen.op](this=of, expression=value(chosen.values[0]))


def within(day: exp.Expr, chosen: Chosen) -> exp.Expr:
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
        return all_of([exp.GTE(this=day, expression=low(0)), exp.LT(this=day.copy(), expression=high(1))])
    inside: exp.Expr = exp.false()
    if spans:
        inside = any_of(
            [
                all_of([exp.GTE(this=day.copy(), expression=low(i)), exp.LT(this=day.copy(), expression=high(i))])
                for i in range(len(spans))
            ]
        )
    return exp.Not(this=paren(inside)) if chosen.op in ("not_in", "!=") else inside
