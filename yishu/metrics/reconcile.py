"""Reconcile 对数: two disputed numbers, and a bridge of named steps from one to the other that sums exactly to the gap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from yishu.kernel import InputError
from yishu.metrics.centre import Centre
from yishu.metrics.definition import Aggregate, AnyOf, Clause, Condition, Metric, Part, Path
from yishu.metrics.looking import Looking
from yishu.metrics.measure import measure
from yishu.metrics.query import Filter, MetricQuery
from yishu.metrics.statistics import refuse_rows

RED = "refund"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two numbers 一方的数: its question, how it was added up, and what that side says it is.

    `sum_by`: the number is the sum of cells at that grain (a year of monthly distinct counts added up).
    `red_entries` false: refunds and reversals 红冲 left out.
    """

    name: str
    query: MetricQuery
    sum_by: tuple[str, ...] = ()
    red_entries: bool = True
    says: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step 一步 of the bridge."""

    kind: str
    say: str
    amount: float
    value: float
    missing: bool = False

    def as_json(self) -> dict[str, object]:
        """As the API tells it."""
        return {"kind": self.kind, "say": self.say, "amount": self.amount, "value": self.value, "missing": self.missing}


@dataclass(frozen=True, slots=True)
class Bridge:
    """The bridge 对数表 from one number to the other; the amounts of its steps sum to `gap`."""

    names: tuple[str, str]
    values: tuple[float | None, float | None]
    computed: tuple[float | None, float | None]
    gap: float
    unit: str
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, object]:
        """As the API tells it."""
        return {
            "sides": [
                {"name": n, "value": v, "computed": c}
                for n, v, c in zip(self.names, self.values, self.computed, strict=True)
            ],
            "gap": self.gap, "unit": self.unit, "steps": [s.as_json() for s in self.steps],
        }  # fmt: skip


def parse_sides(given: object) -> tuple[Side, Side]:
    """Read `{"a": {query, sum_by, red_entries, says, name}, "b": {…}}` strictly."""
    if not isinstance(given, dict) or set(given) != {"a", "b"}:
        raise InputError("reconcile.type", "对数要给两方：a 和 b", hint='{"a": {"query": …}, "b": {"query": …}}', where="reconcile")
    return _side(given["a"], "a", "甲"), _side(given["b"], "b", "乙")


def _side(given: object, where: str, name: str) -> Side:
    if not isinstance(given, dict):
        raise InputError("reconcile.type", f"{where} 应是对象 {{query, …}}", where=where)
    for key in given:
        if key not in ("query", "sum_by", "red_entries", "says", "name"):
            raise InputError("reconcile.key", f"不认识的字段 {str(key)[:40]}", hint="query、sum_by、red_entries、says、name", where=where)
    by, red, says = given.get("sum_by") or [], given.get("red_entries", True), given.get("says")
    if not isinstance(by, list) or any(not isinstance(d, str) for d in by) or not isinstance(red, bool):
        raise InputError("reconcile.type", "sum_by 是维度的列表，red_entries 是 true 或 false", where=where)
    if says is not None and (isinstance(says, bool) or not isinstance(says, (int, float))):
        raise InputError("reconcile.type", "says 是一个数", where=where)
    query = MetricQuery.parse(given.get("query"))
    if len(query.metrics) != 1 or query.dimensions or query.having or query.limit_by:
        raise InputError("reconcile.query", "对数的每一方是一个数：一个指标，没有维度", hint="按粒度相加的写在 sum_by", where=f"{where}.query")
    if query.time is not None:
        query = replace(query, time=replace(query.time, on=None))
    told = given.get("name")
    return Side(str(told)[:40] if told else name, query, tuple(by), red, None if says is None else float(says))


def reconcile(looking: Looking, a: Side, b: Side) -> Bridge:
    """Walk from one number to the other, changing one thing at a time; every stop is computed in the viewer's own rows."""
    refuse_rows(looking.viewer)
    walk = _Walk(looking, a, b)
    return walk.bridge()


class _Walk:
    """From side a to side b 逐步走, one facet at a time."""

    def __init__(self, looking: Looking, a: Side, b: Side) -> None:
        self.looking, self.a, self.b, self.at = looking, a, b, a
        self.seen: dict[Side, Fraction | None] = {}
        self.steps: list[Step] = []
        self.value = Fraction(0)

    def bridge(self) -> Bridge:
        first, last = self._measured(self.a), self._measured(self.b)
        centre = self.looking.centre
        names = [centre.metric(s.query.metrics[0]).id for s in (self.a, self.b)]
        said = [None if s.says is None else exactly(s.says) for s in (self.a, self.b)]
        start, end = (s if s is not None else c for s, c in zip(said, (first, last), strict=True))
        self.value = start or Fraction(0)
        if said[0] is not None and said[0] != first:
            self._note("unexplained", f"{self.a.name}所说与按其口径算出的不同", first)
        self._filters(only=self.a)
        if self.a.sum_by != self.b.sum_by and self.a.sum_by:
            self._go("grain", f"不再按{self._labels(self.a.sum_by)}相加，整段算一次", replace(self.at, sum_by=()))
        self._dates()
        if names[0] != names[1]:
            labels = [centre.metric(n).label for n in names]
            self._go("definition", f"口径：{labels[0]} → {labels[1]}", self._with(metrics=self.b.query.metrics, on=self.b.query.on))
        elif self.a.query.on != self.b.query.on:
            axes = {a.id: a.label for a in centre.metric(names[0]).axes}
            told = [axes.get(q.on or "", "默认口径") for q in (self.a.query, self.b.query)]
            self._go("axis", f"时间口径：{told[0]} → {told[1]}", self._with(on=self.b.query.on))
        self._filters(only=self.b)
        if self.at.red_entries != self.b.red_entries:
            say = "计入红冲与退费" if self.b.red_entries else "不计红冲与退费"
            self._go("red_entries", say, replace(self.at, red_entries=self.b.red_entries))
        if self.at.query.as_of != self.b.query.as_of:
            moments = [f"{q.as_of:%Y-%m-%d %H:%M}" if q.as_of else "现在" for q in (self.a.query, self.b.query)]
            self._go("late_rows", f"迟到与更正的数据：{moments[0]}所知 → {moments[1]}所知", self._with(as_of=self.b.query.as_of))
        if self.at.sum_by != self.b.sum_by:
            self._go("grain", f"按{self._labels(self.b.sum_by)}各算一次再相加", replace(self.at, sum_by=self.b.sum_by))
        if (self._measured(self.b) or Fraction(0)) != self.value:
            self._go("other", "其余设置", self.b)
        if said[1] is not None and said[1] != last:
            self._note("unexplained", f"{self.b.name}所说与按其口径算出的不同", said[1])
        gap = (end or Fraction(0)) - (start or Fraction(0))
        return Bridge(
            (self.a.name, self.b.name), (_number(start), _number(end)), (_number(first), _number(last)), float(gap),
            centre.metric(names[1]).unit, tuple(self.steps),
        )  # fmt: skip

    def _filters(self, *, only: Side) -> None:
        """Filters that only one side has, or that both have unlike (changed while leaving side a)."""
        mine, theirs = (_by_dimension(s.query.filters) for s in (self.a, self.b))
        for name in dict.fromkeys((*mine, *theirs)):
            before, after = mine.get(name, ()), theirs.get(name, ())
            if before == after or (before == ()) is (only is self.a):
                continue
            kept = tuple(f for f in self.at.query.filters if f.dimension != name)
            label = self.looking.centre.dimension(name).label
            say = f"筛选{label}：{_told(before)} → {_told(after)}"
            self._go("filter", say, self._with(filters=(*kept, *after)))

    def _dates(self) -> None:
        before, after = self.a.query.time, self.b.query.time
        told = ["全部" if s is None else f"{s.as_json()['start']} 至 {s.as_json()['end']}" for s in (before, after)]
        if told[0] != told[1]:
            span = after and replace(after, on=None)
            self._go("dates", f"日期：{told[0]} → {told[1]}", self._with(time=span))

    def _with(self, **changes: object) -> Side:
        """Side a's question so far, one thing changed; the time axis stands in `on` alone."""
        query = replace(self.at.query, **changes)  # type: ignore[arg-type]
        return replace(self.at, query=query)

    def _labels(self, names: tuple[str, ...]) -> str:
        return "、".join(self.looking.centre.dimension(n).label for n in names)

    def _go(self, kind: str, say: str, to: Side) -> None:
        self.at = to
        self._note(kind, say, self._measured(to))

    def _note(self, kind: str, say: str, to: Fraction | None) -> None:
        value = to or Fraction(0)
        self.steps.append(Step(kind, say, float(value - self.value), float(value), to is None))
        self.value = value

    def _measured(self, side: Side) -> Fraction | None:
        if side not in self.seen:
            self.seen[side] = _measured(self.looking, side)
        return self.seen[side]


def _measured(looking: Looking, side: Side) -> Fraction | None:
    centre = looking.centre if side.red_entries else without_red(looking.centre, side.query.metrics[0])
    query = replace(side.query, dimensions=side.sum_by, limit=None, order=None, share=False, totals=(), compare=())
    answer = measure(looking.viewer, query, centre, looking.connection, looking.clock, seconds=looking.seconds, keep=looking.keep)
    values = [row[len(side.sum_by)] for row in answer.rows]
    known = [exactly(v) for v in values if v is not None]
    return sum(known, Fraction(0)) if known else None


def without_red(centre: Centre, name: str) -> Centre:
    """The centre with one metric that leaves red entries 红冲 out: refunds by their mark, else negative amounts."""
    metric = centre.metric(name)
    parts = [_without(p, centre) for p in metric.parts]
    changed: Metric = replace(metric, numerator=parts[0], denominator=parts[1] if len(parts) > 1 else None)
    return replace(centre, by_id={**centre.by_id, metric.id: changed})


def _without(part: Part, centre: Centre) -> Part:
    table = centre.tables.table(part.table)
    if table.has(RED):
        of = Path(RED)
        clause: Clause = AnyOf((Condition(of, "=", (False,)), Condition(of, "is_null")))
    elif part.aggregate is Aggregate.SUM and isinstance(part.measure, Path):
        clause = AnyOf((Condition(part.measure, ">=", (0,)), Condition(part.measure, "is_null")))
    else:
        return part
    return replace(part, where=(*part.where, clause))


def _by_dimension(filters: tuple[Filter, ...]) -> dict[str, tuple[Filter, ...]]:
    found: dict[str, tuple[Filter, ...]] = {}
    for one in filters:
        found[one.dimension] = (*found.get(one.dimension, ()), one)
    return found


_OPS = {"in": "", "=": "", "not_in": "不含 ", "!=": "不是 ", "is_null": "未填", "not_null": "已填"}


def _told(filters: tuple[Filter, ...]) -> str:
    if not filters:
        return "全部"
    return "且".join(f"{_OPS.get(f.op, f.op + ' ')}{'、'.join('未填' if v is None else str(v) for v in f.values[:5])}" for f in filters)


def exactly(told: object) -> Fraction:
    """The decimal number an answer shows 所示之数, exactly."""
    return Fraction(str(told))


def _number(of: Fraction | None) -> float | None:
    return None if of is None else float(of)
