"""Plan 计划: what must be scanned, at which grain and over which span, to answer a query.

Pure: takes the checked query, the definitions and what is known of each fact; gives typed values to `compile.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from yishu.kernel.errors import InputError
from yishu.metrics.centre import Centre, refuse_unknown_calendar
from yishu.metrics.definition import Aggregate, Dimension, Grain, Kind, Metric, Part, Path, SnapshotRule
from yishu.metrics.period import NO_SHIFT, Base, Shift, base_of, finest, moved
from yishu.metrics.query import Having, LimitBy, MetricQuery, Order, Span
from yishu.metrics.reach import Reach, reach

NOW = "now"
COMPARE_PARTS = ("_base", "_diff", "")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A filter 筛选 whose values have been looked up: ids, labels, numbers or spans of days."""

    dimension: str
    op: str
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Extent:
    """What is known of a fact 已知范围: its first and last moment (the last not after the clock); None where it has no rows.

    `quiet`: the longest run of days without rows since the first; asked only where a comparison reaches before it.
    """

    first: datetime | None
    last: datetime | None
    quiet: int = 0


FactTime = tuple[str, Path]
Extents = Mapping[FactTime, Extent]


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure 度量 computed by a scan: one part, the number of days a fact has, or the number of rows of a part."""

    name: str
    part: Part
    days: bool = False
    rows: bool = False


@dataclass(slots=True)
class Scan:
    """One fact aggregated at its own grain 扫描 over one span."""

    name: str
    table: str
    time: Path
    moment: Path | None
    dimensions: tuple[Dimension, ...]
    filters: tuple[Chosen, ...]
    span: Span | None
    shift: Shift
    last: bool
    everyone: bool
    period: str
    say: str
    measures: list[Measure] = field(default_factory=list)
    rule: SnapshotRule = SnapshotRule.LAST
    reach: Reach | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric over one period 指标值: where its numerator, denominator and days are found.

    `late`, of a period compared with: its data begin only on that day; `begins` is the day carried forward, before which nothing is compared.
    `zero_from`/`zero_until` bound the days for which no rows mean zero; None where that is never so. `rows` counts the
    numerator's rows where it is a sum that may have to be told apart from nothing: rows without amounts are unknown, no rows are zero.
    """

    metric: Metric
    period: str
    numerator: str
    denominator: str | None
    days: str | None
    sparse: bool
    zero_from: datetime | None
    zero_until: datetime | None
    late: datetime | None = None
    begins: datetime | None = None
    rows: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The logical plan 逻辑计划 of one answer at one grain."""

    dimensions: tuple[Dimension, ...]
    scans: tuple[Scan, ...]
    figures: Mapping[tuple[str, str], Figure]
    columns: tuple[str, ...]
    order: Order | None
    limit: int | None
    limit_by: LimitBy | None
    having: tuple[Having, ...]
    share: bool
    raw: bool
    as_of: datetime | None
    now: datetime
    bases: Mapping[str, Span]
    fresh: frozenset[str] = frozenset()
    """The roll-ups 汇总表 true of the data; a scan that one of them answers exactly reads it instead."""

    @property
    def full(self) -> tuple[Scan, ...]:
        """Scans at the answer's grain."""
        return tuple(s for s in self.scans if s.dimensions == self.dimensions and not s.everyone)

    @property
    def broad(self) -> tuple[Scan, ...]:
        """Scans at a coarser grain, joined to every cell they cover."""
        return tuple(s for s in self.scans if s.dimensions != self.dimensions or s.everyone)

    @property
    def grains(self) -> tuple[Grain, ...]:
        """The time grains among the dimensions."""
        return tuple(d.grain for d in self.dimensions if d.grain is not None)


def split(column: str) -> tuple[str, str, str]:
    """`m`, `m.yoy`, `m.yoy_diff`, `m.share` → metric, period (`now` for the metric itself), part."""
    metric, _, rest = column.partition(".")
    if not rest:
        return metric, NOW, ""
    if rest == "share":
        return metric, NOW, "share"
    period, _, part = rest.partition("_")
    return metric, period, "_" + part if part else ""


def check(query: MetricQuery, centre: Centre) -> None:
    """Refuse what cannot be asked 检查, each with the nearest or the allowed words."""
    metrics = [centre.metric(m) for m in query.metrics]
    for name in (*query.dimensions, *(f.dimension for f in query.filters)):
        centre.dimension(name)
    columns = [h.metric for h in query.having] + ([query.order.by] if query.order else [])
    for place, column in enumerate(columns):
        where = "order.by" if query.order and place == len(columns) - 1 else "having.metric"
        if where == "order.by" and column in query.dimensions:
            continue
        if where == "order.by" and column in centre.dimensions:
            raise InputError(
                "query.order",
                f"排序用的维度 {column} 不在 dimensions 里",
                hint="加入 dimensions，或按指标排序",
                where=where,
            )
        metric, period, part = split(column)
        metrics.append(centre.metric(metric))
        if period not in (NOW, "yoy", "mom", "custom") or part not in ("", "_base", "_diff", "share"):
            hint = f"可用：{metric}、{metric}.yoy、{metric}.yoy_diff、{metric}.yoy_base、{metric}.mom…、{metric}.share"
            raise InputError("query.column", f"没有列 {column}", hint=hint, where=where)
        if part == "share" and not query.share:
            raise InputError("query.column", f"{column} 要求 share 为 true", hint='加上 "share": true', where=where)
    wanted = _periods(query)
    if "custom" in wanted and query.compare_base is None:
        raise InputError(
            "query.compare", "custom 对比要给 compare_base", hint='{"start": …, "end": …}', where="compare_base"
        )
    for metric_ in metrics:
        allowed = centre.allowed(metric_)
        for name in (*query.dimensions, *(f.dimension for f in query.filters)):
            if name not in allowed:
                labels = "、".join(f"{d}（{centre.dimensions[d].label}）" for d in allowed)
                raise InputError(
                    "dimension.not_allowed",
                    f"指标“{metric_.label}”不能按 {name}（{centre.dimensions[name].label}）看",
                    hint=f"可用：{labels}",
                    where="dimensions" if name in query.dimensions else "filters",
                )
        grains = tuple(centre.dimensions[d].grain for d in query.dimensions)
        refuse_unknown_calendar(centre, metric_, tuple(g for g in grains if g), bool(wanted))
        axis(metric_, query.on)
        if metric_.rolling is not None:
            _check_rolling(query, metric_, centre)
    if query.limit_by and query.limit_by.dimension not in query.dimensions:
        raise InputError(
            "query.limit_by",
            f"limit_by 的维度 {query.limit_by.dimension} 不在 dimensions 里",
            hint="、".join(query.dimensions),
            where="limit_by",
        )
    for by in query.totals:
        for name in by:
            if name not in query.dimensions:
                raise InputError(
                    "query.totals",
                    f"totals 的维度 {name} 不在 dimensions 里",
                    hint="、".join(query.dimensions) or "dimensions 为空时写 true",
                    where="totals",
                )


def _check_rolling(query: MetricQuery, metric: Metric, centre: Centre) -> None:
    """What an accumulation cannot be asked 累计不能这样问."""
    timed = [f.dimension for f in query.filters if centre.dimension(f.dimension).grain is not None]
    cyclic = [d for d in query.dimensions if (g := centre.dimension(d).grain) is not None and g.cyclic]
    last = query.share and query.dimensions and centre.dimension(query.dimensions[-1]).grain is not None
    if not (timed or cyclic or last or (query.time is not None and query.time.fine)):
        return
    what = f"按 {timed[0]} 筛选" if timed else f"按 {cyclic[0]} 看" if cyclic else "以时间为最后一维求占比" if last else "精确到分钟"
    hint = "时间写在 time 里，粒度用日、周、月、季、年"
    raise InputError("query.rolling", f"累计指标“{metric.label}”不能{what}", hint=hint, where="query")


def axis(metric: Metric, on: str | None) -> str:
    """The time axis of a metric for this question; its first by default."""
    if on is None:
        return metric.axes[0].id
    if on not in [a.id for a in metric.axes]:
        told = "、".join(f"{a.id}（{a.label}）" for a in metric.axes)
        raise InputError("query.axis", f"指标“{metric.label}”没有时间口径 {on}", hint=f"可用：{told}", where="time.on")
    return on


def _periods(query: MetricQuery) -> tuple[str, ...]:
    """Every period asked for anywhere, NOW left out."""
    named = [split(h.metric)[1] for h in query.having] + ([split(query.order.by)[1]] if query.order else [])
    return tuple(dict.fromkeys((*query.compare, *(p for p in named if p != NOW))))


def fact_times(query: MetricQuery, centre: Centre) -> tuple[FactTime, ...]:
    """The facts and time columns 事实与时间列 whose extent the plan needs to know."""
    found: dict[FactTime, None] = {}
    for name in _needed(query):
        metric = centre.metric(name)
        for part in metric.parts:
            found[(part.table, part.time(axis(metric, query.on)))] = None
    return tuple(found)


def _needed(query: MetricQuery) -> tuple[str, ...]:
    named = [split(h.metric)[0] for h in query.having]
    if query.order and query.order.by not in query.dimensions:
        named.append(split(query.order.by)[0])
    return tuple(dict.fromkeys((*query.metrics, *named)))


def _facts(metric: Metric, on: str | None) -> tuple[FactTime, ...]:
    return tuple((part.table, part.time(axis(metric, on))) for part in metric.parts)


def late(query: MetricQuery, centre: Centre, extents: Extents) -> tuple[FactTime, ...]:
    """The facts that begin later than a period compared with 晚于基期的事实: whether that is a silence or a beginning must be looked up."""
    found: dict[FactTime, None] = {}
    if query.time is None:
        return ()
    groupings = {tuple(g for d in by if (g := centre.dimension(d).grain) is not None) for by in (query.dimensions, *query.totals)}
    for metric in map(centre.metric, _needed(query)):
        last = extent(metric, query.on, extents).last
        for period in _periods(query) if last is not None else ():
            starts = [base_of(period, query.time, last, grains, query.compare_base).span.start for grains in groupings]  # type: ignore[arg-type]
            for fact in _facts(metric, query.on):
                first = extents[fact].first
                if first is not None and first.date() > min(starts).date():
                    found[fact] = None
    return tuple(found)


def extent(metric: Metric, on: str | None, extents: Extents) -> Extent:
    """What is known of a metric: from its first moment to the last that all its facts have reached."""
    found = [extents[fact] for fact in _facts(metric, on)]
    firsts = [e.first for e in found if e.first is not None]
    lasts = [e.last for e in found if e.last is not None]
    if not firsts or len(lasts) < len(found):
        return Extent(None, None)
    return Extent(min(firsts), min(lasts))


def plan(
    query: MetricQuery,
    chosen: tuple[Chosen, ...],
    dimensions: tuple[str, ...],
    centre: Centre,
    extents: Extents,
    now: datetime,
    *,
    main: bool = True,
    raw: bool = False,
) -> Plan:
    """The plan of the answer (`main`) or of one of its totals at another grain."""
    by = tuple(centre.dimension(d) for d in dimensions)
    grains = tuple(d.grain for d in by if d.grain is not None)
    building = _Building(query, chosen, by, centre, extents, now)
    columns: list[str] = []
    for name in query.metrics:
        building.figure(name, NOW)
        columns.append(name)
        for period in query.compare:
            building.figure(name, period)
            columns += [f"{name}.{period}{part}" for part in COMPARE_PARTS]
        if query.share:
            columns.append(f"{name}.share")
    if main:
        others = [h.metric for h in query.having]
        if query.order and query.order.by not in dimensions:
            others.append(query.order.by)
        for column in others:
            metric, period, _ = split(column)
            building.figure(metric, NOW)
            if period != NOW:
                building.figure(metric, period)
    building.count_rows()
    _check_hours(building.scans.values(), grains, centre)
    return Plan(
        dimensions=by,
        scans=tuple(building.scans.values()),
        figures=building.figures,
        columns=tuple(columns),
        order=query.order if main else None,
        limit=query.limit if main else None,
        limit_by=query.limit_by if main else None,
        having=query.having if main else (),
        share=query.share,
        raw=raw,
        as_of=query.as_of,
        now=now,
        bases=building.bases,
    )


class _Building:
    """Collects scans 收集扫描: parts that read the same fact alike share one."""

    def __init__(
        self,
        query: MetricQuery,
        chosen: tuple[Chosen, ...],
        by: tuple[Dimension, ...],
        centre: Centre,
        extents: Extents,
        now: datetime,
    ) -> None:
        self.query, self.chosen, self.by, self.centre, self.extents, self.now = query, chosen, by, centre, extents, now
        self.grains = tuple(d.grain for d in by if d.grain is not None)
        self.scans: dict[object, Scan] = {}
        self.figures: dict[tuple[str, str], Figure] = {}
        self.bases: dict[str, Span] = {}

    def figure(self, name: str, period: str) -> None:
        metric = self.centre.metric(name)
        if (metric.id, period) in self.figures:
            return
        known = extent(metric, self.query.on, self.extents)
        base = self._base(metric, period, known)
        stem = metric.id if period == NOW else f"{metric.id}_{period}"
        numerator = self._scan(metric, metric.numerator, f"{stem}_numerator", base, period)
        denominator = days = None
        if metric.denominator is not None:
            denominator = self._scan(metric, metric.denominator, f"{stem}_denominator", base, period)
            if metric.times_days:
                days = self._scan(metric, metric.denominator, f"{stem}_days", base, period, days=True)
        if metric.kind is Kind.SNAPSHOT and metric.snapshot is SnapshotRule.MEAN:
            days = self._scan(metric, metric.numerator, f"{stem}_days", base, period, days=True)
        first_day = self._late(metric, period, base) if base else None
        zero = metric.zero_is_known and known.first is not None and known.last is not None and _meets(base, known)
        self.figures[(metric.id, period)] = Figure(
            metric=metric,
            period=period,
            numerator=numerator,
            denominator=denominator,
            days=days,
            sparse=metric.denominator is not None
            and metric.numerator.aggregate.additive
            and (metric.numerator.table, metric.numerator.where)
            != (metric.denominator.table, metric.denominator.where),
            zero_from=moved(known.first, base.shift) if zero and known.first and base else None,
            zero_until=moved(known.last, base.shift) if zero and known.last and base else None,
            late=first_day,
            begins=moved(first_day, base.shift) if base and first_day else None,
        )

    def _late(self, metric: Metric, period: str, base: Base) -> datetime | None:
        """The day on which the data of a base begin 迟到的基期: within it or after it, after a silence longer than any since."""
        if period == NOW or base is _ALL or (metric.kind is Kind.SNAPSHOT and metric.snapshot is not SnapshotRule.MEAN):
            return None
        days = []
        for fact in _facts(metric, self.query.on):
            known = self.extents[fact]
            if known.first is not None and (known.first.date() - base.span.start.date()).days > known.quiet:
                days.append(_midnight(known.first))
        return max(days, default=None)
    def count_rows(self) -> None:
        """Beside each sum that no rows would make zero, how many rows it has 行数."""
        full = [s for s in self.scans.values() if s.dimensions == self.by and not s.everyone]
        joined = len(full) > 1 or not self.by or (self.query.share and len(self.by) == 1)
        for key, figure in self.figures.items():
            metric = figure.metric
            wanted = figure.sparse or (joined and metric.zero_is_known)
            if not wanted or metric.numerator.aggregate is not Aggregate.SUM:
                continue
            scan = next(s for s in self.scans.values() if figure.numerator in [m.name for m in s.measures])
            name = f"{figure.numerator}_rows"
            scan.measures.append(Measure(name, metric.numerator, rows=True))
            self.figures[key] = replace(figure, rows=name)

    def _base(self, metric: Metric, period: str, known: Extent) -> Base | None:
        span = self.query.time
        if period == NOW:
            return Base(span, NO_SHIFT) if span else _ALL
        if span is None:
            if known.first is None or known.last is None:
                return None
            day = known.last if metric.kind is Kind.SNAPSHOT and not self.grains else known.first
            span = Span(_midnight(day), _midnight(known.last))
        base = base_of(period, span, known.last or span.end, self.grains, self.query.compare_base)
        self.bases.setdefault(period, base.span)
        return base

    def _scan(
        self, metric: Metric, part: Part, name: str, base: Base | None, period: str, *, days: bool = False
    ) -> str:
        on = axis(metric, self.query.on)
        heard = [d for d in (*(x.id for x in self.by), *(c.dimension for c in self.chosen)) if d in part.ignores]
        by = tuple(d for d in self.by if d.id not in heard and (not days or d.grain is not None))
        filters = tuple(
            c
            for c in self.chosen
            if c.dimension not in heard and (not days or self.centre.dimension(c.dimension).grain is not None)
        )
        span, shift = (base.span, base.shift) if base and base is not _ALL else (None, NO_SHIFT)
        if metric.rolling is not None:
            span, shift = None, NO_SHIFT
        nothing = base is None
        snapshot = metric.kind is Kind.SNAPSHOT and not days
        window = self._reach(metric, base) if metric.rolling is not None else None
        rule = metric.snapshot if snapshot else SnapshotRule.LAST
        key = (
            window, rule,
            part.table, part.time(on), dict(part.moments).get(on), tuple(d.id for d in by), tuple(self._path(d.id, part) for d in by),
            tuple(id(f) for f in filters), span, shift, snapshot, days, nothing, period,
            tuple(self._path(c.dimension, part) for c in filters),
        )  # fmt: skip
        scan = self.scans.get(key)
        if scan is None:
            table = self.centre.tables.table(part.table)
            scan = Scan(
                name=f"{part.table}_{len(self.scans) + 1}",
                table=part.table,
                time=part.time(on),
                moment=dict(part.moments).get(on),
                dimensions=by,
                filters=(*filters, Chosen("", "never", ())) if nothing else filters,
                span=span,
                shift=shift,
                last=snapshot and rule in (SnapshotRule.LAST, SnapshotRule.FIRST),
                everyone=days,
                period=period,
                say=_say(table.label, by, period, days),
                rule=rule,
                reach=window,
            )
            self.scans[key] = scan
        if name not in [m.name for m in scan.measures]:
            scan.measures.append(Measure(name, part, days))
        return name

    def _reach(self, metric: Metric, base: Base | None) -> Reach:
        assert metric.rolling is not None
        known = extent(metric, self.query.on, self.extents)
        if base is None:
            return Reach((), (), ())
        return reach(metric.rolling, finest(self.grains), self.query.time, base, known.first, known.last)

    def _path(self, dimension: str, part: Part) -> Path | None:
        found = self.centre.dimension(dimension)
        if found.grain is not None:
            return None
        return (self.centre.dimension(found.through) if found.through else found).path(part)


_ALL = Base(Span(datetime.min, datetime.min), NO_SHIFT)


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), datetime.min.time())


def _meets(base: Base | None, known: Extent) -> bool:
    if base is None or known.first is None or known.last is None:
        return False
    return base is _ALL or (base.span.start <= known.last and base.span.until > known.first)


_PERIODS = {NOW: "", "yoy": "，去年同期", "mom": "，上期", "custom": "，对比期"}


def _say(label: str, by: tuple[Dimension, ...], period: str, days: bool) -> str:
    grain = " × ".join(d.label for d in by) or "合计"
    return f"{label}{'有数据的天数' if days else ''}：{grain}{_PERIODS[period]}"


def _check_hours(scans: object, grains: tuple[Grain, ...], centre: Centre) -> None:
    for scan in scans:  # type: ignore[attr-defined]
        table = centre.tables.table(scan.time.hop or scan.table)
        dated = table.column(scan.time.column).type == "date" and scan.moment is None
        asked = (
            Grain.HOUR in grains
            or any(f.dimension == Grain.HOUR for f in scan.filters)
            or (scan.span and scan.span.fine)
        )
        if dated and asked and not scan.everyone:
            raise InputError(
                "query.no_clock",
                f"{table.label}只有日期，没有时刻",
                hint="按日或更粗的粒度看，时间只写到日",
                where="time",
            )


def finest_grain(plan: Plan) -> Grain | None:
    """The finest running grain 最细粒度 of a plan."""
    return finest(plan.grains)
