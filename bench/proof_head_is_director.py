"""The head's number 科主任与院长: for every metric, every department and every period it is the director's number for that department."""

from __future__ import annotations

import time
from typing import Any

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


def run(seed: int, seconds: float) -> Outcome:
    """Whole hospitals one after the other until the time is up; a hospital begun is finished."""
    until, count, failures, n = time.monotonic() + seconds, 0, [], 0
    centre = metrics.centre()
    while time.monotonic() < until:
        connection, keep = warehouse(full_hospital(seed * 1000 + n)), metrics.Keep(str(n))
        n += 1
        for department, label in LABELS.items():
            head = Viewer(f"head_{department}", "head", label, frozenset({department}))
            for metric in asked(centre):
                for period in PERIODS:
                    q = {"metrics": [metric.id]} | period
                    own = q | {"filters": [{"dimension": "department", "op": "in", "values": [label]}]}
                    mine, whole = (metrics.measure(v, metrics.MetricQuery.parse(x), centre, connection, lambda: NOW, keep=keep) for v, x in ((head, q), (DIRECTOR, own)))
                    count += sum(len(row) - len(period["dimensions"]) for row in whole.rows)
                    if mine.rows != whole.rows or mine.query != whole.query:
                        failures.append({"metric": metric.id, "department": department, "period": period})
        connection.close()
    return Outcome(count, len(failures), {"hospitals": n, "metrics": len(asked(centre)), "departments": len(LABELS), "periods": len(PERIODS), "first": failures[:5]})
