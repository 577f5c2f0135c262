"""Measure 计算: a viewer's question in, an answer out (design §5.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from time import perf_counter

import duckdb
from sqlglot import exp

from yishu.kernel import Clock
from yishu.kernel.errors import NotPermitted
from yishu.metrics import statistics, store
from yishu.metrics.asked import Ledger
from yishu.metrics.centre import Centre
from yishu.metrics.choose import Register, choose, narrowed, refuse_masked
from yishu.metrics.compile import compiled
from yishu.metrics.compile.dialect import text_of
from yishu.metrics.definition import AnyOf, Condition, Kind, Metric
from yishu.metrics.keep import Keep
from yishu.metrics.period import member
from yishu.metrics.plan import NOW, Chosen, Extents, Plan, check, extent, fact_times, late, plan, split
from yishu.metrics.query import Filter, MetricQuery
from yishu.metrics.size import refuse_too_large
from yishu.metrics.store import Reader
from yishu.metrics.versions import breaks
from yishu.security import Viewer

SECONDS = 30.0
Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """A column 列 of an answer."""

    id: str
    label: str
    role: str
    unit: str | None = None

    def as_json(self) -> dict[str, str]:
        """As in an Answer."""
        told = {"id": self.id, "label": self.label, "role": self.role}
        return told if self.unit is None else told | {"unit": self.unit}


@dataclass(frozen=True, slots=True)
class TotalRows:
    """Totals 合计 of one grouping."""

    by: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Why a metric is not final yet 尚不完整."""

    metric: str
    why: str
    say: str
    count: int | None = None
    share: float | None = None

    def as_json(self) -> dict[str, object]:
        """As in an Answer."""
        told: dict[str, object] = {"metric": self.metric, "why": self.why, "say": self.say}
        if self.count is not None:
            told["count"] = self.count
        if self.share is not None:
            told["share"] = self.share
        return told


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer 回答 to a MetricQuery."""

    columns: tuple[AnswerColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[TotalRows, ...] | None
    query: MetricQuery
    range: Mapping[str, object]
    definitions: Mapping[str, Mapping[str, object]]
    data_through: datetime | None
    as_of: datetime
    incomplete: tuple[Incomplete, ...]
    elapsed_ms: float
    marks: tuple[Mapping[str, object], ...] = ()

    def as_json(self) -> dict[str, object]:
        """Exactly the Answer of design §5.2."""
        return {
            "columns": [c.as_json() for c in self.columns],
            "rows": [list(r) for r in self.rows],
            "totals": None
            if self.totals is None
            else [{"by": list(t.by), "rows": [list(r) for r in t.rows]} for t in self.totals],
            "marks": [dict(m) for m in self.marks],
            "query": self.query.as_json(),
            "range": dict(self.range),
            "definitions": {k: dict(v) for k, v in self.definitions.items()},
            "data_through": self.data_through.isoformat(timespec="seconds") if self.data_through else None,
            "as_of": self.as_of.isoformat(timespec="seconds"),
            "incomplete": [i.as_json() for i in self.incomplete],
            "elapsed_ms": self.elapsed_ms,
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """A question ready to be planned 已理清的问题: narrowed, looked up, with what is known of its facts."""

    query: MetricQuery
    metrics: tuple[Metric, ...]
    chosen: tuple[Chosen, ...]
    extents: Extents
    now: datetime
    fresh: frozenset[str] = frozenset()


def measure(
    viewer: Viewer,
    query: MetricQuery,
    centre: Centre,
    connection: duckdb.DuckDBPyConnection,
    clock: Clock,
    *,
    seconds: float = SECONDS,
    keep: Keep | None = None,
    ledger: Ledger | None = None,
) -> Answer:
    """Answer a question for this viewer; every number at its own grain, nothing rounded before display.

    A statistics-only viewer is answered only with a `ledger` of what he was told before.
    """
    began = perf_counter()
    guarded = viewer.granted.statistics
    if guarded:
        statistics.refuse_forms(query)
        viewer = replace(viewer, counting=True)
    with store.reading(connection, seconds, keep) as reader:
        register = Register(reader, viewer, centre)
        asked = ask(query, register, clock())
        hiding = _hiding(asked, register, ledger) if guarded else None
        main = replace(plan(asked.query, asked.chosen, asked.query.dimensions, centre, asked.extents, asked.now), fresh=asked.fresh)
        refuse_too_large(main, register, _days(asked))
        rows = _rows(reader, main, viewer, centre)
        totals = tuple(_total(by, asked, reader, viewer, centre) for by in asked.query.totals)
        incomplete = () if guarded else (*_late(main, asked.query.metrics), *_incomplete(asked, reader, viewer, centre))
    marks: tuple[Mapping[str, object], ...] = ()
    if hiding is not None:
        rows, marks = _hidden(rows, asked.query.dimensions, asked.query, hiding)
        covered = [_hidden(t.rows, t.by, asked.query, hiding) for t in totals]
        totals = tuple(replace(t, rows=kept) for t, (kept, _) in zip(totals, covered, strict=True))
        marks = (*marks, *(m | {"by": list(t.by)} for t, (_, more) in zip(totals, covered, strict=True) for m in more))
    return Answer(
        columns=columns(main, centre),
        rows=rows,
        totals=totals if asked.query.totals else None,
        query=asked.query,
        range=_range(asked, main, centre),
        definitions={m.id: _definition(m, asked) for m in asked.metrics},
        data_through=_through(asked),
        as_of=asked.query.as_of or asked.now,
        incomplete=incomplete,
        elapsed_ms=round((perf_counter() - began) * 1000, 1),
        marks=marks,
    )


def _hiding(asked: Asked, register: Register, ledger: Ledger | None) -> statistics.Hiding:
    """Which cells a statistics-only viewer may not see; counted in the same rows, by the same compiler."""
    viewer, reader = register.viewer, register.reader
    if ledger is None:
        raise NotPermitted("statistics.ledger", "只看统计数字的角色要在服务里查询，以便核对问过的合计", hint="登录后再问", where="viewer")

    def counts(house: Centre, query: MetricQuery) -> Mapping[tuple[object, ...], tuple[int, ...]]:
        known = store.extents(reader, house, fact_times(query, house), asked.now, query.as_of)
        at = plan(query, choose(query, register), query.dimensions, house, known, asked.now, main=False)
        width = len(query.dimensions)
        return {row[:width]: tuple(int(n) if isinstance(n, (int, float)) else 0 for n in row[width:]) for row in _rows(reader, at, viewer, house)}

    k = statistics.small_cell(register.centre)
    return statistics.hiding(viewer, asked.query, asked.metrics, register.centre, counts, ledger, k, asked.now)


def _hidden(
    rows: tuple[tuple[Cell, ...], ...], by: tuple[str, ...], query: MetricQuery, hiding: statistics.Hiding
) -> tuple[tuple[tuple[Cell, ...], ...], tuple[dict[str, object], ...]]:
    """Rows with the hidden cells empty, and a mark for each."""
    width, kept, marks = len(by), [], []
    for place, row in enumerate(rows):
        told = list(row)
        for column, metric in enumerate(query.metrics):
            if hiding.holds(metric, row[:width]):
                told[width + column] = None
                marks.append({"row": place, "column": metric, "why": "small_cell"})
        kept.append(tuple(told))
    return tuple(kept), tuple(marks)


def sql(
    viewer: Viewer,
    query: MetricQuery,
    centre: Centre,
    connection: duckdb.DuckDBPyConnection,
    clock: Clock,
    *,
    dialect: str = "duckdb",
    keep: Keep | None = None,
) -> str:
    """The SQL 语句 of a question, with its parameters as comments."""
    with store.reading(connection, SECONDS, keep) as reader:
        asked = ask(query, Register(reader, viewer, centre), clock())
        main = replace(plan(asked.query, asked.chosen, asked.query.dimensions, centre, asked.extents, asked.now), fresh=asked.fresh)
    return written(compiled(main, viewer, centre), dialect)


def written(tree: exp.Expr, dialect: str = "duckdb") -> str:
    """Text and parameters of a compiled query, for people to read."""
    text, parameters = text_of(tree, dialect, pretty=True)
    told = "\n".join(f"-- ${name} = {given!s}" for name, given in parameters.items())
    return f"{text}\n{told}\n"


def ask(query: MetricQuery, register: Register, now: datetime, cell: tuple[Filter, ...] = ()) -> Asked:
    """Check, narrow and look up a question; `cell` names one of its own cells, so it asks for nobody else's rows."""
    centre = register.centre
    query = _canonical(query, centre)
    check(query, centre)
    wanted = dict.fromkeys([*query.metrics, *(split(h.metric)[0] for h in query.having)])
    if query.order and query.order.by not in query.dimensions:
        wanted[split(query.order.by)[0]] = None
    metrics = tuple(centre.metric(m) for m in wanted)
    refuse_masked(metrics, register)
    query = narrowed(query, metrics, register)
    query = replace(query, filters=(*query.filters, *cell))
    check(query, centre)
    now = min(now, query.as_of) if query.as_of else now
    known = store.extents(register.reader, centre, fact_times(query, centre), now, query.as_of)
    known = store.quiet(register.reader, centre, known, late(query, centre, known), query.as_of)
    fresh = frozenset[str]() if query.as_of else register.reader.fresh(centre)
    return Asked(query, tuple(centre.metric(m) for m in query.metrics), choose(query, register), known, now, fresh)


def _canonical(query: MetricQuery, centre: Centre) -> MetricQuery:
    """Labels and synonyms become ids."""
    return replace(
        query,
        metrics=tuple(centre.metric(m).id for m in query.metrics),
        dimensions=tuple(centre.dimension(d).id for d in query.dimensions),
        filters=tuple(replace(f, dimension=centre.dimension(f.dimension).id) for f in query.filters),
        on=query.on or (query.time.on if query.time else None),
    )


def _rows(reader: Reader, main: Plan, viewer: Viewer, centre: Centre) -> tuple[tuple[Cell, ...], ...]:
    found = reader.kept(compiled(main, viewer, centre))
    width = len(main.dimensions)
    grains = [d.grain for d in main.dimensions]
    return tuple(
        tuple(
            (member(cell, grain) if grain is not None else _text(cell))
            for cell, grain in zip(row[:width], grains, strict=True)
        )
        + tuple(number(cell) for cell in row[width:])
        for row in found
    )


def _total(by: tuple[str, ...], asked: Asked, reader: Reader, viewer: Viewer, centre: Centre) -> TotalRows:
    ordered = tuple(d for d in asked.query.dimensions if d in by)
    at = replace(plan(asked.query, asked.chosen, ordered, centre, asked.extents, asked.now, main=False), fresh=asked.fresh)
    return TotalRows(ordered, _rows(reader, at, viewer, centre))


def number(value: object) -> Cell:
    """A JSON number of at most 15 significant digits 数值."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, Decimal):
        if not value.is_finite():
            return None
        return int(value) if value == value.to_integral_value() and abs(value) < 10**15 else float(f"{value:.15g}")
    if isinstance(value, float):
        return float(f"{value:.15g}") if value == value and abs(value) != float("inf") else None
    return str(value)


def _text(value: object) -> Cell:
    return None if value is None else str(value)


_COMPARE_LABELS = {
    "yoy": ("去年同期", "同比差", "同比"),
    "mom": ("上期", "环比差", "环比"),
    "custom": ("对比期", "对比差", "对比"),
}


def columns(main: Plan, centre: Centre) -> tuple[AnswerColumn, ...]:
    """What stands in each column."""
    found = [AnswerColumn(d.id, d.label, "dimension") for d in main.dimensions]
    for name in main.columns:
        metric_id, period, part = split(name)
        metric = centre.metric(metric_id)
        if part == "share":
            found.append(AnswerColumn(name, f"{metric.label}占比", "share", "%"))
        elif period == NOW:
            found.append(AnswerColumn(name, metric.label, "metric", metric.unit))
        else:
            base, diff, change = _COMPARE_LABELS[period]
            points = "个百分点" if metric.unit == "%" else metric.unit
            label, unit = {"_base": (base, metric.unit), "_diff": (diff, points), "": (change, "%")}[part]
            found.append(AnswerColumn(name, label, "compare", unit))
    return tuple(found)


def _range(asked: Asked, main: Plan, centre: Centre) -> dict[str, object]:
    span = asked.query.time
    told: dict[str, object]
    if span is not None:
        told = {k: v for k, v in span.as_json().items() if k != "on"}
    else:
        known = [extent(m, asked.query.on, asked.extents) for m in asked.metrics]
        firsts = [e.first for e in known if e.first is not None]
        lasts = [e.last for e in known if e.last is not None]
        snapshots = all(m.kind is Kind.SNAPSHOT for m in asked.metrics) and not main.grains
        told = {
            "start": (max(lasts) if snapshots else min(firsts)).date().isoformat() if firsts and lasts else None,
            "end": max(lasts).date().isoformat() if lasts else None,
        }
    if main.bases:
        told["compare"] = {p: {k: v for k, v in s.as_json().items() if k != "on"} for p, s in main.bases.items()}
    return told


def _definition(metric: Metric, asked: Asked) -> dict[str, object]:
    """Which definition was used, and where the span crosses from an earlier one 口径变更."""
    told: dict[str, object] = {"version": metric.version, "hash": metric.hash, "standing": metric.standing}
    if metric.earlier:
        span, known = asked.query.time, extent(metric, asked.query.on, asked.extents)
        first = span.start.date() if span else known.first.date() if known.first else None
        last = span.end.date() if span else known.last.date() if known.last else None
        crossed = breaks(metric.earlier, first, last)
        if crossed:
            told["breaks"] = [b.as_json() for b in crossed]
    return told


def _days(asked: Asked) -> int | None:
    """How long a time is asked for."""
    if asked.query.time is not None:
        return (asked.query.time.until - asked.query.time.start).days + 1
    known = [extent(m, asked.query.on, asked.extents) for m in asked.metrics]
    spans = [(e.last - e.first).days + 1 for e in known if e.first is not None and e.last is not None]
    return max(spans) if spans and len(spans) == len(known) else 1 if not spans else None


def _through(asked: Asked) -> datetime | None:
    lasts = [extent(m, asked.query.on, asked.extents).last for m in asked.metrics]
    known = [moment for moment in lasts if moment is not None]
    return min(known) if known else None


_COMPARED = {"yoy": "同比", "mom": "环比", "custom": "对比"}


def _late(main: Plan, asked: Collection[str]) -> tuple[Incomplete, ...]:
    """Comparisons with a period whose data begin within it or after it 基期不全: not given, and said."""
    found = []
    for (name, period), figure in main.figures.items():
        if figure.late is not None and name in asked:
            say = f"{_COMPARED[period]}不给数：对比期自 {main.bases[period].start:%Y-%m-%d} 起，数据自 {figure.late:%Y-%m-%d} 才有"
            found.append(Incomplete(name, "base_partial", say))
    return tuple(found)


def _incomplete(asked: Asked, reader: Reader, viewer: Viewer, centre: Centre) -> tuple[Incomplete, ...]:
    found: list[Incomplete] = []
    for metric in asked.metrics:
        if metric.window is not None:
            open_ = _open_windows(metric, asked, reader, viewer, centre)
            if open_:
                found.append(Incomplete(metric.id, "window_open", f"{open_} 例{metric.window.say}", count=open_))
        if metric.completeness is not None:
            entry = _coverage(metric, asked, reader, viewer, centre)
            if entry is not None:
                found.append(entry)
    return tuple(found)


def _open_windows(metric: Metric, asked: Asked, reader: Reader, viewer: Viewer, centre: Centre) -> int:
    """Index rows whose window closes after the moment of the question."""
    assert metric.window is not None and metric.denominator is not None
    today = (asked.query.as_of or asked.now).date()
    still = AnyOf((Condition(metric.window.due, ">=", (today,)),))
    part = replace(metric.denominator, where=(*metric.denominator.where, still))
    counted = replace(metric, kind=Kind.SIMPLE, numerator=part, denominator=None, multiplier=1, window=None)
    return int(_single(counted, asked, reader, viewer, centre) or 0)


def _coverage(metric: Metric, asked: Asked, reader: Reader, viewer: Viewer, centre: Centre) -> Incomplete | None:
    """How much has arrived, against the metric that counts what should."""
    assert metric.completeness is not None and metric.denominator is not None
    due = centre.metric(metric.completeness.against)
    if not {f.dimension for f in asked.query.filters} <= set(centre.allowed(due)):
        return None
    axis = due.axes[0].id
    if axis not in [a.id for a in metric.axes]:
        return None
    part = replace(metric.denominator, where=())
    done_of = replace(metric, kind=Kind.SIMPLE, numerator=part, denominator=None, multiplier=1, completeness=None)
    known = {**asked.extents, **store.extents(reader, centre, [(p.table, p.time(axis)) for p in due.parts], asked.now, asked.query.as_of)}
    wide = replace(asked, extents=known)
    done, all_ = _single(done_of, wide, reader, viewer, centre), _single(due, wide, reader, viewer, centre)
    if not all_ or done is None or done >= all_:
        return None
    share = float(f"{done * 100 / all_:.15g}")
    say = f"{metric.completeness.say}：应有 {all_:g}，已有 {done:g}（{share:.1f}%）"
    return Incomplete(metric.id, "rows_missing", say, count=int(all_ - done), share=share)


def _single(metric: Metric, asked: Asked, reader: Reader, viewer: Viewer, centre: Centre) -> float | None:
    """One number over the whole question."""
    lone = replace(
        asked.query,
        metrics=(metric.id,),
        dimensions=(),
        compare=(),
        order=None,
        having=(),
        limit=None,
        limit_by=None,
        share=False,
        totals=(),
    )
    house = replace(centre, by_id={**centre.by_id, metric.id: metric})
    found = reader.kept(compiled(plan(lone, asked.chosen, (), house, asked.extents, asked.now), viewer, house))
    return None if not found or found[0][0] is None else float(str(found[0][0]))
