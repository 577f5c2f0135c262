"""Rolled 汇总: the statement that fills a roll-up, and the roll-up standing in for its table in a scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlglot import exp

from yishu.metrics.centre import Centre
from yishu.metrics.compile.source import SYSTEM, Source
from yishu.metrics.compile.sql import all_of, any_of, col, ident, named_as, not_null
from yishu.metrics.definition import Aggregate, Clause, Dimension, Grain, Part, SnapshotRule
from yishu.metrics.period import NO_SHIFT
from yishu.metrics.plan import Chosen, Measure, Scan
from yishu.metrics.rollup import Rollup
from yishu.security import Viewer, among, rolled, value

KNOWN = "known"
_EPOCH = datetime(1970, 1, 1)


def built(rollup: Rollup, centre: Centre, days: Sequence[date] | None = None) -> exp.Select:
    """A day, the carried columns, and for each thing held its rows and its sum; `known` is the latest moment any row is known from."""
    scan = Scan(
        name="rollup", table=rollup.table, time=rollup.time, moment=None, dimensions=(), filters=(), span=None, shift=NO_SHIFT,
        last=False, everyone=False, period="now", say="",
    )  # fmt: skip
    source = Source(scan, SYSTEM, centre, None, _EPOCH)
    day = exp.cast(source.time.copy(), "date", copy=False)
    columns: list[exp.Expr] = [named_as(day, rollup.time.column)]
    columns += [named_as(col(c, rollup.table), c) for c in rollup.columns]
    for place, held in enumerate(rollup.held):
        kept = [source.clause(c) for c in held.where]
        whole: list[tuple[str, exp.Expr]] = [(f"rows_{place}", exp.Count(this=exp.Star()))]
        if held.measure is not None:
            whole.append((f"sum_{place}", exp.Sum(this=source.expression(held.measure))))
        for name, of in whole:
            told = exp.Filter(this=of, expression=exp.Where(this=all_of([k.copy() for k in kept]))) if kept else of
            columns.append(named_as(told, name))
    columns.append(named_as(exp.Max(this=col("known_from", rollup.table)), KNOWN))
    query = exp.Select(expressions=columns)
    query.set("from_", exp.From(this=source.relation()))
    conditions = [not_null(source.time.copy())]
    if days is not None:
        conditions.append(among(day.copy(), days))
    query.set("where", exp.Where(this=all_of(conditions)))
    query.set("group", exp.Group(expressions=[exp.Literal.number(i + 1) for i in range(1 + len(rollup.columns))]))
    return query


def answers(rollup: Rollup, scan: Scan, dimensions: Mapping[str, Dimension]) -> bool:
    """Whether adding up the roll-up gives exactly what the scan would: same fact and time, additive parts, covered members, whole days."""
    plain = not (scan.last or scan.everyone or scan.reach is not None) and scan.rule is SnapshotRule.LAST
    if not plain or (scan.table, scan.time) != (rollup.table, rollup.time) or (scan.span is not None and scan.span.fine):
        return False
    if any(not _holds(rollup, m) for m in scan.measures):
        return False
    part = scan.measures[0].part
    wanted = [*scan.dimensions, *(dimensions[c.dimension] for c in scan.filters if c.op != "never" and c.dimension in dimensions)]
    return all(_known(c, dimensions) for c in scan.filters) and all(_covered(d, part, rollup, dimensions) for d in wanted)


def _holds(rollup: Rollup, measure: Measure) -> bool:
    return not measure.days and rollup.place(measure.part) is not None


def _known(chosen: Chosen, dimensions: Mapping[str, Dimension]) -> bool:
    return chosen.op == "never" or chosen.dimension in dimensions


def _covered(dimension: Dimension, part: Part, rollup: Rollup, dimensions: Mapping[str, Dimension]) -> bool:
    if dimension.grain is not None:
        return dimension.grain is not Grain.HOUR
    path = (dimensions[dimension.through] if dimension.through else dimension).path(part)
    return path.hop is None and path.column in rollup.carried


class Rolled(Source):
    """A roll-up in the place of its table 汇总代替原表; members, spans and filters read the same columns."""

    def __init__(self, scan: Scan, viewer: Viewer, centre: Centre, now: datetime, rollup: Rollup, inner: exp.Select) -> None:
        super().__init__(scan, viewer, centre, None, now)
        self.rollup, self.inner, self.dated = rollup, inner, True

    def relation(self) -> exp.Expr:
        """The roll-up in its only readable form."""
        return exp.Subquery(this=self.inner, alias=exp.TableAlias(this=ident(self.name)))

    def measure(self, measure: Measure, shared: tuple[Clause, ...]) -> exp.Expr:
        """What is held, added up."""
        place = self.rollup.place(measure.part)
        if measure.part.aggregate is Aggregate.COUNT or measure.rows:
            counted = exp.Sum(this=col(f"rows_{place}", self.name))
            whole = exp.Coalesce(this=counted, expressions=[exp.Literal.number(0)])
            return exp.Cast(this=whole, to=exp.DataType.build("bigint"))
        return exp.Sum(this=col(f"sum_{place}", self.name))

    def some(self) -> exp.Expr:
        """Groups with a row that any of the scan's measures counts: others have no cell."""
        places = dict.fromkeys(self.rollup.place(m.part) for m in self.scan.measures)
        return any_of([exp.GT(this=col(f"rows_{p}", self.name), expression=value(0)) for p in places])


def instead(scan: Scan, viewer: Viewer, centre: Centre, now: datetime, fresh: frozenset[str]) -> Rolled | None:
    """The smallest roll-up that answers a scan exactly for this viewer, if any does."""
    for rollup in sorted((r for r in centre.rollups if r.name in fresh), key=lambda r: len(r.columns)):
        if answers(rollup, scan, centre.dimensions):
            inner = rolled(viewer, rollup.table, rollup.name, rollup.carried, rollup.used, centre.tables)
            if inner is not None:
                return Rolled(scan, viewer, centre, now, rollup, inner)
    return None
