"""Evidence 凭据 of every kind: the metric computed from the rows behind a cell is the cell, and a record is in where its clauses say so."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from bench.proof_query_oracle import DIRECTOR, house, question, small
from tests.hospital_rows import NOW, warehouse
from tests.property.grouped_oracle import ALL, KINDS
from yishu.kernel.errors import InputError
from yishu.metrics import Evidence, Looking, MetricQuery, RowsRequest, measure, membership, rows
from yishu.security import Viewer

HEAD = Viewer("head_ortho", "head", "骨科主任", frozenset({"D0403"}))
MADE = small(5)
CONNECTION = warehouse(MADE)


def cell_of(r: random.Random, name: str, viewer: Viewer, compare: list[str]) -> tuple[dict[str, Any], Any] | None:
    """A random cell of a random question about this metric, with its number."""
    q = {k: v for k, v in question(r, [name]).items() if k in ("metrics", "dimensions", "filters", "time")} | {"compare": compare}
    q["filters"] = [f for f in q["filters"] if f["dimension"] not in ("department", "department_group", "exec_department", "admit_department")]
    answer = measure(viewer, MetricQuery.parse(q), house(), CONNECTION, lambda: NOW)
    if not answer.rows:
        return None
    row = r.choice(answer.rows)
    at, column = len(q["dimensions"]), name if not compare else f"{name}.{compare[0]}_base"
    return {"query": q, "cell": {"metric": column, "member": dict(zip(q["dimensions"], row, strict=False))}, "limit": 5000}, row[at + len(compare)]


def computed(name: str, told: Evidence) -> float | None:
    """The metric from its evidence alone: what is counted, added, averaged or ranked, by the oracle's words for the kind."""
    kind, ids = ALL[name], [c.id for c in told.columns]
    part, top, bottom = (ids.index(c) for c in ("part", "numerator", "denominator"))
    above = [row[top] for row in told.rows if row[part] in ("numerator", "both") and row[top] is not None]
    below = [float(row[bottom]) for row in told.rows if row[part] in ("denominator", "both") and row[bottom] is not None]  # type: ignore[arg-type]
    if kind.how in ("median", "p90"):
        ranked = sorted(float(x) for x in above)  # type: ignore[arg-type]
        place = (len(ranked) - 1) * (0.5 if kind.how == "median" else 0.9)
        low = math.floor(place)
        return ranked[low] + (ranked[min(low + 1, len(ranked) - 1)] - ranked[low]) * (place - low) if ranked else None
    whole = float(len(set(above))) if kind.how == "distinct" else math.fsum(float(x) for x in above)  # type: ignore[arg-type]
    if kind.bottom is None:
        return whole * kind.scale
    return whole * kind.scale / math.fsum(below) if math.fsum(below) else None


@pytest.mark.parametrize("name", sorted(ALL))
def test_the_rows_behind_a_cell_make_the_cell(name: str) -> None:
    r, asked = random.Random(name), 0
    viewers = (DIRECTOR, HEAD) if house().metric(name).department_role else (DIRECTOR, DIRECTOR)
    for viewer in viewers:
        for compare in ([], ["yoy"]) if name in KINDS else ([],):
            found = next((c for _ in range(5) if (c := cell_of(r, name, viewer, compare))), None)
            if found is None:
                continue
            request, value = found
            told = rows(viewer, RowsRequest.parse(request), house(), CONNECTION, lambda: NOW)
            again = computed(name, told)
            asked += 1
            assert same(told.value, value), (request, told.value, value)
            assert same(again, value) or (value is None and not again), (request, again, value)
            assert told.total == len(told.rows) and {p.part for p in told.parts} >= {"numerator"}
    assert asked


def same(one: Any, other: Any) -> bool:
    """The same number to nine digits."""
    return one is other is None or (one is not None and other is not None and abs(one - other) <= 1e-9 * max(1.0, abs(other)))


@pytest.mark.parametrize(("name", "table", "key"), [
    ("k_people_7d", "visit", "visit_id"), ("k_stay_ever", "stay", "stay_id"), ("k_stay_p90", "stay", "stay_id"), ("k_booked_seen", "appointment", "appointment_id"),
    ("k_not_back", "stay", "stay_id"), ("k_beds_first", "bed_day", ""), ("k_beds_mean", "bed_day", ""), ("k_beds_max", "bed_day", ""), ("stock_value", "stock_day", ""),
])  # fmt: skip
def test_a_record_is_in_exactly_where_its_clauses_say_so(name: str, table: str, key: str) -> None:
    r, keys = random.Random(name), house().tables.table(table).key
    q = {"metrics": [name], "dimensions": ["month"] if name != "k_stay_p90" else [], "time": {"start": "2024-11-01", "end": "2025-05-31"}}
    row = r.choice(measure(DIRECTOR, MetricQuery.parse(q), house(), CONNECTION, lambda: NOW).rows)
    request = RowsRequest.parse({"query": q, "cell": {"metric": name, "member": {"month": row[0]} if q["dimensions"] else {}}, "limit": 5000})
    told = rows(DIRECTOR, request, house(), CONNECTION, lambda: NOW)
    ids = [c.id for c in told.columns]
    inside = {part: {x[ids.index("source_key")] for x in told.rows if x[ids.index("part")] in (part, "both")} for part in ("numerator", "denominator")}
    listed = {x[ids.index("source_key")] for x in told.rows}
    picked = [x for x in MADE[table] if x["source_key"] in listed][:5] + r.sample(MADE[table], 9)
    for record in picked:
        try:
            found = membership(Looking(DIRECTOR, house(), CONNECTION, lambda: NOW), request, table, "|".join(str(record[k]) for k in keys))
        except InputError as error:
            assert error.code == "record.unknown" and any(record[k] is None for k in keys)
            continue
        for part in found:
            assert part.inside == (record["source_key"] in inside[part.part]) == all(t.met for t in part.tests), (record, part)
