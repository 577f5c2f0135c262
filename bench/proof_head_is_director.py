"""The head's number 科主任与院长: for every metric, every department and every period it is the director's number for that department."""

from __future__ import annotations

import time
from typing import Any

import duckdb

from bench.proof import Outcome
from bench.proof_guard import LABELS, full_hospital
from tests.hospital_rows import NOW, warehouse
from yishu import metrics
from yishu.metrics import Centre, Metric
from yishu.security import Viewer

TITLE = "科主任看到的数等于院长看该科的数：每个指标、每个科室、每个期间"
UNIT = "个数"
DIRECTOR = Viewer("director", "director", "院长")
PERIODS: tuple[dict[str, Any], ...] = (
    {"dimensions": [], "time": None},
    {"dimensions": ["month"], "time": {"start": "2024-05-01", "end": "2025-07-14"}},
    {"dimensions": ["quarter"], "time": {"start": "2024-05-01", "end": "2025-07-14"}},
    {"dimensions": ["year"], "time": None},
    {"dimensions": ["week"], "time": {"start": "2025-05-01", "end": "2025-06-30"}},
    {"dimensions": ["day"], "time": {"start": "2025-06-01", "end": "2025-06-30"}},
    {"dimensions": ["month"], "time": {"start": "2025-01-01", "end": "2025-07-14"}, "compare": ["yoy", "mom"]},
)  # fmt: skip


def asked(centre: Centre) -> list[Metric]:
    """Metrics a head may ask: those with a department role that may be filtered by it."""
    return [m for m in centre.metrics if m.department_role is not None and "department" in m.dimensions]


def compared(connection: duckdb.DuckDBPyConnection, keep: metrics.Keep, centre: Centre, department: str, metric: Metric, period: dict[str, Any]) -> tuple[int, bool]:
    """How many numbers a head and the director were told for one metric, department and period, and whether all were the same."""
    label = LABELS[department]
    head = Viewer(f"head_{department}", "head", label, frozenset({department}))
    q = {"metrics": [metric.id]} | period
    own = q | {"filters": [{"dimension": "department", "op": "in", "values": [label]}]}
    mine, whole = (metrics.measure(v, metrics.MetricQuery.parse(x), centre, connection, lambda: NOW, keep=keep) for v, x in ((head, q), (DIRECTOR, own)))
    return sum(len(row) - len(period["dimensions"]) for row in whole.rows), mine.rows == whole.rows and mine.query == whole.query


def run(seed: int, seconds: float) -> Outcome:
    """Whole hospitals one after the other; none is begun that would not end in time."""
    until, longest, count, failures, n = time.monotonic() + seconds, 0.0, 0, [], 0
    centre = metrics.centre()
    while n == 0 or time.monotonic() + longest < until:
        started = time.monotonic()
        connection, keep = warehouse(full_hospital(seed * 1000 + n)), metrics.Keep(str(n))
        n += 1
        for department in LABELS:
            for metric in asked(centre):
                for period in PERIODS:
                    numbers, same = compared(connection, keep, centre, department, metric, period)
                    count += numbers
                    if not same:
                        failures.append({"metric": metric.id, "department": department, "period": period})
        connection.close()
        longest = max(longest, time.monotonic() - started)
    return Outcome(count, len(failures), {"hospitals": n, "metrics": len(asked(centre)), "departments": len(LABELS), "periods": len(PERIODS), "first": failures[:5]})
