"""Statistics only 仅看统计: answers of viewers who may see numbers but no persons (design §2.5, `small_cell` of hospital.yaml)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from yishu.kernel.errors import InputError, NotPermitted
from yishu.metrics.asked import Ledger, differences, negative
from yishu.metrics.centre import Centre
from yishu.metrics.definition import Aggregate, Kind, Metric, Part, Path
from yishu.metrics.query import MetricQuery
from yishu.metrics.smallcell import Key, Persons, hidden, persons, too_small
from yishu.security import Viewer

PATIENT = "patient_key"
Counts = Callable[[Centre, MetricQuery], Mapping[Key, tuple[int, ...]]]
"""Asks shadow metrics: for each cell the counts in the order of the query's metrics."""
_KINDS = (Kind.SIMPLE, Kind.RATIO, Kind.COHORT, Kind.DISTINCT, Kind.PERCENTILE, Kind.SNAPSHOT, Kind.DERIVED)


def refuse_rows(viewer: Viewer) -> None:
    """Rows of persons 明细 are not for a statistics-only viewer."""
    if viewer.granted.statistics:
        raise NotPermitted("statistics.rows", "您的角色只看统计数字，不能看明细、溯源与逐项拆分", hint="需要时请信息科调整角色", where="viewer")


def refuse_forms(query: MetricQuery) -> None:
    """Forms of a question whose order, presence or ratio would tell a hidden number."""
    bad = [
        name
        for name, given in (
            ("having", query.having), ("compare", query.compare), ("share", query.share), ("limit_by", query.limit_by),
            ("as_of", query.as_of), ("order", query.order if query.order and query.order.by not in query.dimensions else None),
        )
        if given
    ]  # fmt: skip
    if bad:
        raise NotPermitted(
            "statistics.form", f"只看统计数字的角色不能用 {'、'.join(bad)}", hint="去掉它们：隐藏的小格会因此被推算出来", where=bad[0]
        )


@dataclass(frozen=True, slots=True)
class Shadow:
    """The counting of one metric 人数影子: a part's persons by metric id, and whether the numerator lies within the denominator."""

    metric: Metric
    ids: tuple[str, ...]
    within: bool


def shadows(metrics: tuple[Metric, ...], centre: Centre) -> tuple[tuple[Shadow, ...], Centre]:
    """For every metric over persons a counting metric a part; a metric that speaks of no persons has none."""
    found: list[Shadow] = []
    more: dict[str, Metric] = {}
    for metric in metrics:
        if metric.kind not in _KINDS:
            raise NotPermitted("statistics.kind", f"只看统计数字的角色不能看“{metric.label}”", hint="可看计数、求和与比率类指标", where="metrics")
        ids = []
        for place, part in enumerate(metric.parts):
            counted = _counted(part, centre)
            if counted is not None:
                name = f"{metric.id}__persons_{place}"
                kind = metric.kind if metric.kind is Kind.SNAPSHOT else Kind.SIMPLE
                more[name] = replace(
                    metric, id=name, kind=kind, numerator=counted, denominator=None, multiplier=1, per=1, times_days=False,
                    window=None, completeness=None,
                )  # fmt: skip
                ids.append(name)
        parts = metric.parts
        found.append(Shadow(metric, tuple(ids), len(parts) == 2 and parts[0].table == parts[1].table))
    return tuple(found), replace(centre, by_id={**centre.by_id, **more})


def _counted(part: Part, centre: Centre) -> Part | None:
    table = centre.tables.table(part.table)
    if table.has(PATIENT):
        return replace(part, aggregate=Aggregate.DISTINCT, measure=Path(PATIENT))
    if table.belonging_of is not None or table.has("stay_id") or table.has("visit_id"):
        return replace(part, aggregate=Aggregate.COUNT, measure=None)
    return None


@dataclass(frozen=True, slots=True)
class Hiding:
    """What to hide 隐藏什么: for each metric the keys of the hidden cells."""

    keys: Mapping[str, frozenset[Key]]

    def holds(self, metric: str, key: Key) -> bool:
        """Whether this cell is hidden."""
        return key in self.keys.get(metric, frozenset())


def hiding(
    viewer: Viewer, query: MetricQuery, metrics: tuple[Metric, ...], centre: Centre, counts: Counts, ledger: Ledger, k: int, now: datetime
) -> Hiding:
    """The cells of this answer (and, by key of fewer dimensions, of its totals) that must not be shown.

    Raises NotPermitted where the question as a whole is a small set, or one short of a set asked before.
    """
    counting, wide = shadows(metrics, centre)
    found: dict[str, frozenset[Key]] = {}
    for shadow in counting:
        if not shadow.ids:
            continue
        lone = replace(query, metrics=shadow.ids, totals=(), order=None, limit=None)
        gone: set[Key] = set()
        for by in dict.fromkeys((query.dimensions, *query.totals)):
            ordered = tuple(d for d in query.dimensions if d in by)
            at = replace(lone, dimensions=ordered)
            cells = {key: _judged(shadow, held, k) for key, held in counts(wide, at).items()}
            rests = [replace(at, filters=tuple(n if g is f else g for g in at.filters)) for f in at.filters if (n := negative(f)) is not None]
            for rest in rests:
                for key, held in counts(wide, rest).items():
                    if key in cells and any(too_small(n, k) for n in held):
                        cells[key] = Persons(cells[key].count, True)
            gone |= hidden(cells, k)
        if () in gone and not query.dimensions:
            raise NotPermitted("statistics.small", f"人数不足 {k}，或与全体只差不足 {k} 人，不显示", hint="放宽筛选或时间范围", where="filters")
        total = replace(lone, dimensions=())
        for earlier in ledger.earlier(viewer.name, shadow.metric.id):
            _audit(shadow, total, replace(earlier, metrics=shadow.ids, dimensions=(), totals=()), wide, counts, k)
        ledger.note(viewer.name, shadow.metric.id, replace(query, metrics=(shadow.metric.id,), dimensions=(), totals=(), order=None, limit=None), now)
        found[shadow.metric.id] = frozenset(gone)
    return Hiding(found)


def _judged(shadow: Shadow, held: tuple[int, ...], k: int) -> Persons:
    if len(held) == 1:
        return persons(held[0], None, k, within=False)
    return persons(held[0], held[1], k, within=shadow.within)


def _audit(shadow: Shadow, total: MetricQuery, earlier: MetricQuery, wide: Centre, counts: Counts, k: int) -> None:
    """Refuse a total that with an earlier one of the same person gives a small set by subtraction."""
    apart = differences(total, earlier)
    if apart is None:
        one, other = counts(wide, total).get((), ()), counts(wide, earlier).get((), ())
        small = any(too_small(abs(a - b), k) for a, b in zip(one, other, strict=False))
    else:
        pieces = [counts(wide, piece).get((), ()) for piece in apart]
        most = [max(column) for column in zip(*pieces, strict=False)]
        small = any(too_small(n, k) for n in most)
    if small:
        raise NotPermitted(
            "statistics.overlap", f"这个合计与您问过的一个合计相减，只剩不足 {k} 人，不显示", hint="换一个差别更大的范围", where="query"
        )


def small_cell(centre: Centre) -> int:
    """The hospital's k; below 2 nothing is small."""
    if centre.small_cell < 1:
        raise InputError("statistics.k", "hospital.yaml 的 small_cell 应不小于 1", where="small_cell")
    return centre.small_cell
