"""Card 指标卡: what the metric centre tells people about a metric, and the values a dimension has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from yishu.metrics import store
from yishu.metrics.centre import Centre
from yishu.metrics.choose import DEPARTMENT, Register
from yishu.metrics.compile import compiled
from yishu.metrics.definition import Metric, Part
from yishu.metrics.measure import SECONDS, number, written
from yishu.metrics.plan import Extent, fact_times, plan
from yishu.metrics.query import MetricQuery
from yishu.security import Rows, Viewer, rights, system_viewer

_EXAMPLE = datetime(2025, 7, 1)


def listing(centre: Centre) -> list[dict[str, object]]:
    """All metrics in brief 指标目录."""
    return [
        {
            "id": m.id, "label": m.label, "label_en": m.label_en, "unit": m.unit, "better": m.better.value, "kind": m.kind.value,
            "owner": m.owner, "standing": m.standing, "synonyms": list(m.synonyms), "target": _target(m), "level": m.level,
            "dimensions": list(centre.allowed(m)),
        }
        for m in centre.metrics
    ]  # fmt: skip


def card(centre: Centre, metric_id: str, viewer: Viewer) -> dict[str, object]:
    """The full card 指标卡 of a metric; its SQL only for those whose role may see it."""
    m = centre.metric(metric_id)
    told: dict[str, object] = {
        "id": m.id, "label": m.label, "label_en": m.label_en, "unit": m.unit, "better": m.better.value, "kind": m.kind.value,
        "definition": m.definition, "formula": m.formula, "numerator": _part(m.numerator, centre),
        "denominator": _part(m.denominator, centre) if m.denominator else None,
        "time_axes": [{"id": a.id, "label": a.label} for a in m.axes], "department_role": m.department_role,
        "dimensions": [{"id": d, "label": centre.dimensions[d].label} for d in centre.allowed(m)],
        "target": _target(m), "owner": m.owner, "steward": m.steward, "level": m.level, "version": m.version, "hash": m.hash,
        "standing": m.standing, "multiplier": m.multiplier,
        "standards": [{"code": s.code, "title": s.title, "edition": s.edition} for s in m.standards],
        "parameters": [
            {"id": p.id, "label": p.label, "value": [str(v) for v in p.value], "default": [str(v) for v in p.default]}
            for p in m.parameters
        ],
        "synonyms": list(m.synonyms),
    }  # fmt: skip
    if "sees_sql" in rights(viewer) or viewer.system:
        told["sql"] = metric_sql(centre, m.id)
    return told


def metric_sql(centre: Centre, metric_id: str, dialect: str = "duckdb") -> str:
    """The SQL 语句 of a metric over everything known, by department where it has one."""
    m = centre.metric(metric_id)
    by = (DEPARTMENT,) if DEPARTMENT in m.dimensions else ()
    query = MetricQuery(metrics=(m.id,), dimensions=by)
    known = {fact: Extent(_EXAMPLE, _EXAMPLE) for fact in fact_times(query, centre)}
    tree = compiled(plan(query, (), by, centre, known, _EXAMPLE), system_viewer("metrics.sql"), centre)
    return written(tree, dialect)


def _target(metric: Metric) -> dict[str, object] | None:
    return None if metric.target is None else {"value": number(metric.target.value), "source": metric.target.source}


def _part(part: Part, centre: Centre) -> dict[str, object]:
    return {"say": part.say, "table": part.table, "table_label": centre.tables.table(part.table).label}


@dataclass(frozen=True, slots=True)
class ValueList:
    """Values 取值 of a dimension and whether there are more."""

    values: tuple[store.Member, ...]
    more: bool

    def as_json(self) -> dict[str, object]:
        """As the API tells it."""
        listed = [
            {"value": m.label, "label": m.label} | ({"parent": m.parent} if m.parent else {}) | {"id": m.id}
            for m in self.values
        ]
        return {"values": listed, "more": self.more}


def values(
    viewer: Viewer,
    dimension: str,
    centre: Centre,
    connection: duckdb.DuckDBPyConnection,
    text: str = "",
    limit: int = 50,
) -> ValueList:
    """The values of a dimension for this viewer; a department user meets his own departments only."""
    found = centre.dimension(dimension)
    with store.reading(connection, SECONDS) as reader:
        register = Register(reader, viewer, centre)
        if found.members is not None or found.through:
            listed = list(register.of(found))
            if viewer.granted.rows is Rows.DEPARTMENTS and found.department_role:
                listed = [m for m in listed if m.id in viewer.departments]
            elif viewer.granted.rows is Rows.NONE and not viewer.system:
                listed = []
        elif found.bands:
            listed = [store.Member(b.label, b.label) for b in found.bands]
        elif found.grain is not None:
            listed = []
        elif viewer.granted.statistics:
            listed = [store.Member(v, v) for v in _declared(centre, found.id)]  # values that occur would tell of single persons
        else:
            listed = [store.Member(v, v) for v in _occurring(reader, viewer, centre, found.id, text, limit + 1)]
    kept = list({m.label: m for m in listed if text.lower() in m.label.lower() or text == m.id}.values())
    return ValueList(tuple(kept[:limit]), len(kept) > limit)


def _declared(centre: Centre, name: str) -> tuple[str, ...]:
    """The values a dimension is declared to have."""
    dimension = centre.dimension(name)
    for metric in centre.metrics:
        if name in metric.dimensions:
            path = dimension.path(metric.numerator)
            return centre.tables.table(path.hop or metric.numerator.table).column(path.column).values
    return ()


def _occurring(
    reader: store.Reader, viewer: Viewer, centre: Centre, name: str, text: str, limit: int
) -> tuple[str, ...]:
    """Declared values, or those of the first table that carries the dimension as its own column."""
    dimension = centre.dimension(name)
    for metric in centre.metrics:
        if name not in metric.dimensions:
            continue
        path = dimension.path(metric.numerator)
        table = path.hop or metric.numerator.table
        declared = centre.tables.table(table).column(path.column).values
        return declared or store.present(reader, viewer, centre, table, path.column, text, limit)
    return ()
