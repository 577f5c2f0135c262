"""Explain 为什么变了: what each member of each dimension adds to a difference, exactly, in the viewer's own rows."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from sqlglot import exp

from yishu.kernel import InputError
from yishu.metrics import store
from yishu.metrics.choose import Register
from yishu.metrics.compile import Source, compiled
from yishu.metrics.contribution import Amount, Key, Period, shares
from yishu.metrics.definition import Aggregate, Dimension, Metric
from yishu.metrics.definition import Part as Side
from yishu.metrics.looking import Looking
from yishu.metrics.measure import Asked, ask, number
from yishu.metrics.period import Base, Shift, base_of, interval, moved
from yishu.metrics.plan import Plan, Scan, extent, plan, split
from yishu.metrics.query import COMPARES, Filter, Member, MetricQuery, Span
from yishu.metrics.statistics import refuse_rows
from yishu.metrics.store import Reader

SHOWN = 12
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell 单元格 of an answer: its metric and its members."""

    metric: str
    member: tuple[tuple[str, Member], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """What one member adds 一个成员的贡献. `mix` 结构 and `rate` 水平 only for ratios; they sum to `amount`."""

    member: Key
    label: str
    value: float | None
    base: float | None
    amount: float
    mix: float | None = None
    rate: float | None = None

    def as_json(self) -> dict[str, object]:
        """As the API tells it."""
        return {
            "member": self.member, "label": self.label, "value": self.value, "base": self.base, "amount": self.amount,
            "mix": self.mix, "rate": self.rate,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class DimensionShare:
    """The difference by one dimension 按维度拆开; the amounts of all parts sum to the difference."""

    dimension: str
    label: str
    parts: tuple[Part, ...]

    def as_json(self, most: int = SHOWN) -> dict[str, object]:
        """The largest parts, and what the rest adds in one line."""
        shown, rest = self.parts[:most], self.parts[most:]
        told = [p.as_json() for p in shown]
        left = None
        if rest:
            left = {"count": len(rest), "amount": math.fsum(p.amount for p in rest)}
        return {"dimension": self.dimension, "label": self.label, "parts": told, "rest": left}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a value differs 差异的解释; `note` says why there is none."""

    metric: str
    value: float | None
    base: float | None
    difference: float | None
    by: tuple[DimensionShare, ...]
    unit: str = ""
    label: str = ""
    against: str = "yoy"
    range: tuple[str, str] | None = None
    base_range: tuple[str, str] | None = None
    query: MetricQuery | None = None
    note: str = ""

    def as_json(self) -> dict[str, object]:
        """As the API tells it."""
        return {
            "metric": self.metric, "label": self.label, "unit": self.unit, "value": self.value, "base": self.base,
            "difference": self.difference, "against": self.against, "range": self.range, "base_range": self.base_range,
            "query": self.query.as_json() if self.query else None, "by": [b.as_json() for b in self.by], "note": self.note,
        }  # fmt: skip


def parse_request(given: object) -> tuple[MetricQuery, Cell | None, str]:
    """Read `{"query", "cell": {"metric", "member"}, "against"}` strictly."""
    if not isinstance(given, dict):
        raise InputError("explain.type", "请求应是对象 {query, cell, against}", where="explain")
    for key in given:
        if key not in ("query", "cell", "against"):
            raise InputError("explain.key", f"不认识的字段 {str(key)[:40]}", hint="query、cell、against", where=str(key)[:40])
    query, cell, against = MetricQuery.parse(given.get("query")), given.get("cell"), given.get("against") or "yoy"
    if not isinstance(against, str):
        raise InputError("explain.against", "against 应是文字", hint="可用：" + "、".join(COMPARES), where="against")
    if cell is None:
        return query, None, against
    member = cell.get("member") or {} if isinstance(cell, dict) else None
    if not isinstance(cell, dict) or not isinstance(cell.get("metric"), str) or not isinstance(member, dict) or set(cell) - {"metric", "member"}:
        raise InputError("explain.cell", "cell 要写 metric 和 member", hint='{"metric": "…", "member": {"department": "骨科"}}', where="cell")
    if any(not (v is None or isinstance(v, (str, int))) for v in member.values()):
        raise InputError("explain.cell", "member 是 {维度: 成员}", where="cell.member")
    return query, Cell(cell["metric"], tuple((str(d), m) for d, m in member.items())), against


def explain(looking: Looking, query: MetricQuery, cell: Cell | None = None, against: str = "yoy") -> Explanation:
    """Why the cell (the whole answer without one) differs from the period compared with.

    Raises InputError for an unknown comparison, metric, dimension or member; NotPermitted as a query would.
    """
    refuse_rows(looking.viewer)
    if against not in COMPARES:
        raise InputError("explain.against", f"不能与 {against[:40]} 对比", hint="可用：" + "、".join(COMPARES), where="against")
    if against == "custom" and query.compare_base is None:
        raise InputError("query.compare", "custom 对比要给 compare_base", hint='{"start": …, "end": …}', where="compare_base")
    with store.reading(looking.connection, looking.seconds, looking.keep) as reader:
        register = Register(reader, looking.viewer, looking.centre)
        asked, metric, here, there = _asked(query, cell, against, register, looking.clock())
        return _explained(looking, reader, register, asked, metric, here, there, against)


def _asked(
    query: MetricQuery, cell: Cell | None, against: str, register: Register, now: datetime
) -> tuple[Asked, Metric, Span | None, Span | None]:
    """The question without its dimensions, and the two spans it is asked over; no span where nothing is known."""
    centre = register.centre
    metric = centre.metric(split(cell.metric)[0] if cell else query.metrics[0])
    members = dict(cell.member) if cell else {}
    for name in members:
        if name not in query.dimensions:
            raise InputError("explain.cell", f"member 里的 {name} 不在查询的维度里", hint="、".join(query.dimensions), where="cell")
    fixed = [d for d in query.dimensions if d not in members or centre.dimension(d).grain is None]
    timed = {d: m for d, m in members.items() if d not in fixed and _runs(centre.dimension(d))}
    exact = tuple(
        Filter(d, "is_null", ()) if m is None else Filter(d, "=", (m,)) for d, m in members.items() if d not in timed
    )
    named = tuple(f for f in exact if centre.dimension(f.dimension).department_role)
    lone = replace(
        query, metrics=(metric.id,), dimensions=(), filters=(*query.filters, *named), compare=(), order=None, limit=None,
        limit_by=None, having=(), share=False, totals=(),
    )  # fmt: skip
    asked = ask(lone, register, now, tuple(f for f in exact if f not in named))
    known = extent(metric, asked.query.on, asked.extents)
    if known.first is None or known.last is None:
        return asked, metric, None, None
    span = asked.query.time or Span(_midnight(known.first), _midnight(known.last))
    grains = tuple(g for g in (centre.dimension(d).grain for d in query.dimensions) if g is not None)
    base = base_of(against, span, known.last, grains, query.compare_base)
    here: Span | None = span
    there: Span | None = base.span
    for name, member in timed.items():
        grain = centre.dimension(name).grain
        assert grain is not None
        first, after = interval(member, grain)
        here = _within(here, first, after - timedelta(days=1))
        there = _before(there, first, after, base)
    return asked, metric, here, there


def _runs(dimension: Dimension) -> bool:
    return dimension.grain is not None and not dimension.grain.cyclic


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time.min)


def _within(span: Span | None, first: date, last: date) -> Span | None:
    """The part of a span between two days, both included."""
    if span is None:
        return None
    start, end = max(span.start, datetime.combine(first, time.min)), datetime.combine(last, time.min)
    end = min(span.end, end.replace(hour=23, minute=59) if span.fine else end)
    return replace(span, start=start, end=end) if start <= end else None


def _before(span: Span | None, first: date, after: date, base: Base) -> Span | None:
    """The days of the base that are carried forward into the member."""
    back = Shift(-base.shift.days, -base.shift.months)
    start, end = (moved(datetime.combine(d, time.min), back) for d in (first, after))
    return _within(span, start.date(), (end - timedelta(days=1)).date())


def _explained(
    looking: Looking, reader: Reader, register: Register, asked: Asked, metric: Metric, here: Span | None, there: Span | None, against: str
) -> Explanation:
    told = Explanation(
        metric=metric.id, value=None, base=None, difference=None, by=(), unit=metric.unit, label=metric.label, against=against,
        range=_told(here), base_range=_told(there), query=replace(asked.query, time=here) if here else asked.query,
    )  # fmt: skip
    if here is None or there is None:
        return replace(told, note="对比期没有数据")
    work = _Work(looking, reader, register, asked, metric)
    now, base = work.period(here, None), work.period(there, None)
    told = replace(told, value=now.whole.value, base=base.whole.value)
    if now.whole.value is None or base.whole.value is None or now.value is None or base.value is None:
        return replace(told, note="其中一期没有数据，不能比较")
    difference = now.value - base.value
    told = replace(told, difference=float(difference))
    if any(side.aggregate is Aggregate.MEDIAN for side in metric.parts):
        return replace(told, note=f"{metric.label}是分位数，各成员的分位数不能相加，不拆分")
    if not (_same(now.value, now.whole.value) and _same(base.value, base.whole.value)):
        return replace(told, note=f"{metric.label}不能由各成员的分子分母相加得到，不拆分")
    by = []
    for name in _dimensions(metric, asked):
        dimension = looking.centre.dimension(name)
        parted = metric.denominator is not None and name not in metric.denominator.ignores
        found = shares(work.period(here, dimension, now), work.period(there, dimension, base), parted=parted)
        if not _same(sum((s.amount for s in found), Fraction(0)), float(difference)):
            continue  # the dimension does not part the metric: an index row counted under several members
        parts = tuple(
            Part(s.member, "未填" if s.member is None else str(s.member), s.value, s.base, float(s.amount), _float(s.mix), _float(s.rate))
            for s in found
        )
        by.append(DimensionShare(name, dimension.label, parts))
    return replace(told, by=tuple(by))


def _told(span: Span | None) -> tuple[str, str] | None:
    return None if span is None else (span.as_json()["start"], span.as_json()["end"])


def _float(of: Fraction | None) -> float | None:
    return None if of is None else float(of)


def _same(true: Fraction, told: float) -> bool:
    return abs(float(true) - told) <= _CLOSE * max(1.0, abs(told))


def _dimensions(metric: Metric, asked: Asked) -> tuple[str, ...]:
    """Those the metric may be parted by and that are not fixed to one member already."""
    fixed = {f.dimension for f in asked.query.filters if f.op in ("=", "is_null") or (f.op == "in" and len(f.values) == 1)}
    return tuple(d for d in metric.dimensions if d not in fixed and d not in metric.numerator.ignores)


@dataclass(frozen=True, slots=True)
class _Work:
    """The metric read over one span 按期读取, whole or by one dimension."""

    looking: Looking
    reader: Reader
    register: Register
    asked: Asked
    metric: Metric

    def period(self, span: Span, dimension: Dimension | None, whole: Period | None = None) -> Period:
        by = (dimension.id,) if dimension else ()
        query = replace(self.asked.query, time=span, dimensions=by)
        main = plan(query, self.asked.chosen, by, self.looking.centre, self.asked.extents, self.asked.now, main=False, raw=True)
        figure = main.figures[(self.metric.id, "now")]
        tree = compiled(main, self.looking.viewer, self.looking.centre)
        names = [e.alias_or_name for e in tree.expressions]
        found: dict[Key, Amount] = {}
        days: Fraction | None = None
        for row in self.reader.kept(tree):
            told = dict(zip(names, row, strict=True))
            key = _key(told[dimension.id]) if dimension else None
            bottom = exactly(told[figure.denominator]) if figure.denominator else None
            worth = number(told[self.metric.id])
            held = Amount(
                exactly(told[figure.numerator]), bottom, float(worth) if isinstance(worth, (int, float)) else None
            )
            if key in found:
                before = found[key]
                more = None if before.denominator is None else before.denominator + (held.denominator or 0)
                held = Amount(before.numerator + held.numerator, more, None)
            found[key] = held
            if figure.days is not None and told[figure.days] is not None:
                days = exactly(told[figure.days])
        factor = Fraction(self.metric.multiplier, self.metric.per)
        if self.metric.times_days:
            factor *= days or 0
        if dimension is None:
            return Period(factor, found.get(None, Amount(Fraction(0), None, None)), {})
        assert whole is not None
        found = self._split(main, self.metric.numerator, figure.numerator, dimension, found, top=True)
        if self.metric.denominator is not None and figure.denominator is not None:
            found = self._split(main, self.metric.denominator, figure.denominator, dimension, found, top=False)
        return Period(whole.factor, whole.whole, found)

    def _split(
        self, main: Plan, side: Side, name: str, dimension: Dimension, found: Mapping[Key, Amount], *, top: bool
    ) -> dict[Key, Amount]:
        """A distinct key that falls under n members counts 1/n for each, so that members add up to the whole."""
        if side.aggregate is not Aggregate.DISTINCT or side.measure is None or dimension.id in side.ignores:
            return dict(found)
        scan = next(s for s in main.scans for m in s.measures if m.name == name)
        sums: dict[Key, Fraction] = defaultdict(Fraction)
        for member, among, count in self.reader.rows(self._keys(scan, side, dimension, main)):
            sums[self._label(dimension, member)] += Fraction(int(str(count)), int(str(among)))
        told: dict[Key, Amount] = {}
        for key in dict.fromkeys((*found, *sums)):
            held = found.get(key, Amount(Fraction(0), Fraction(0) if not top else None, None))
            told[key] = replace(held, numerator=sums.get(key, Fraction(0))) if top else replace(held, denominator=sums.get(key, Fraction(0)))
        return told

    def _label(self, dimension: Dimension, member: object) -> Key:
        if member is None or dimension.members is None or dimension.by_label:
            return _key(member)
        return self.register.name(dimension, str(member))

    def _keys(self, scan: Scan, side: Side, dimension: Dimension, main: Plan) -> exp.Select:
        """member, under how many members its keys fall, how many keys."""
        assert side.measure is not None
        source = Source(scan, self.looking.viewer, self.looking.centre, main.as_of, main.now)
        key, member = source.expression(side.measure), source.dimension(dimension)
        conditions = [*source.conditions(), *(source.clause(c) for c in side.where), exp.Not(this=exp.Is(this=key.copy(), expression=exp.Null()))]
        pairs = exp.Select(expressions=[exp.alias_(key, "counted", quoted=True), exp.alias_(member, "member", quoted=True)])
        pairs.set("distinct", exp.Distinct())
        pairs.set("from_", exp.From(this=source.relation()))
        source.join(pairs)
        pairs.set("where", exp.Where(this=exp.and_(*conditions, copy=False)))
        window = exp.Window(this=exp.Count(this=exp.Star()), partition_by=[exp.column("counted", quoted=True)])
        among = exp.Select(expressions=[exp.column("member", quoted=True), exp.alias_(window, "among", quoted=True)])
        among.set("from_", exp.From(this=exp.Subquery(this=pairs, alias=exp.TableAlias(this=exp.to_identifier("pairs")))))
        counted = exp.Select(
            expressions=[exp.column("member", quoted=True), exp.column("among", quoted=True), exp.Count(this=exp.Star())]
        )
        counted.set("from_", exp.From(this=exp.Subquery(this=among, alias=exp.TableAlias(this=exp.to_identifier("spread")))))
        counted.set("group", exp.Group(expressions=[exp.Literal.number(1), exp.Literal.number(2)]))
        return counted


def _key(value: object) -> Key:
    return None if value is None else str(value)


def exactly(value: object) -> Fraction:
    """The exact number; nothing is zero."""
    if value is None:
        return Fraction(0)
    return Fraction(value) if isinstance(value, float) else Fraction(str(value))
