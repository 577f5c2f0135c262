"""Query overhead 查询开销: a MetricQuery end to end (compile, rules, query, JSON) against the hand-written SQL, in turn.

Two million visits and charges (`--full` in `bench.fixtures` makes twenty).
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench import fixtures
from bench.ratio import paired
from yishu import metrics
from yishu.kernel.duck import warehouse_instance
from yishu.security import Viewer

SCALE = float(os.environ.get("YISHU_BENCH_SCALE", "0.1"))
NOW = datetime(2025, 12, 31, 12)
VISITS = {"metrics": ["outpatient_visits"], "dimensions": ["department", "month"], "time": {"start": "2024-01-01", "end": "2025-12-30"}}
RATIO = {"metrics": ["drug_cost_ratio"], "dimensions": ["department", "month"], "time": {"start": "2024-01-01", "end": "2025-12-30"}}
RAW_VISITS = """SELECT d.name, strftime(v.visit_date, '%Y-%m') AS month, count(*) FROM wh.hospital.visit v
LEFT JOIN wh.hospital.department d ON d.department = v.department
WHERE v.visit_class = '门诊' AND v.status = '已就诊' AND v.visit_date BETWEEN DATE '2024-01-01' AND DATE '2025-12-30' GROUP BY ALL ORDER BY 1, 2"""
RAW_RATIO = """SELECT d.name, strftime(c.charged_at, '%Y-%m') AS month,
100 * sum(c.amount) FILTER (c.fin_category IN ('西药', '中成药'))::DOUBLE / nullif(sum(c.amount), 0)::DOUBLE
FROM wh.hospital.charge c LEFT JOIN wh.hospital.department d ON d.department = c.department
WHERE c.patient_class IN ('门急诊', '住院') AND c.charged_at >= TIMESTAMP '2024-01-01' AND c.charged_at < TIMESTAMP '2025-12-31' GROUP BY ALL ORDER BY 1, 2"""


def measure() -> dict[str, Any]:
    """Ratios of a count and of a ratio by department and month; compile time p50 and p95 of both."""
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        connection = warehouse_instance(Path(folder))
        rows = fixtures.make(connection, scale=SCALE)
        centre = metrics.centre()
        viewer = Viewer(name="bench", role="director", display="测速", departments=frozenset())

        def ask(query: dict[str, Any]) -> str:
            answer = metrics.measure(viewer, metrics.MetricQuery.parse(query), centre, connection, lambda: NOW)
            return json.dumps(answer.as_json(), ensure_ascii=False)

        def raw(sql: str) -> str:
            return json.dumps(connection.cursor().execute(sql).fetchall(), ensure_ascii=False, default=float)

        out: dict[str, Any] = {"rows": rows}
        for name, query, sql in (("count", VISITS, RAW_VISITS), ("ratio", RATIO, RAW_RATIO)):
            out[name] = paired(lambda q=query: ask(q), lambda s=sql: raw(s), runs=9).as_json()  # type: ignore[misc]
        times = sorted(_compile(viewer, q, centre, connection) for q in (VISITS, RATIO) for _ in range(40))
        out["sql_p50_ms"] = round(median(times) * 1000, 2)
        out["sql_p95_ms"] = round(times[int(len(times) * 0.95)] * 1000, 2)
        connection.close()
    return out


def _compile(viewer: Viewer, query: dict[str, Any], centre: metrics.Centre, connection: Any) -> float:
    began = time.perf_counter()
    metrics.sql(viewer, metrics.MetricQuery.parse(query), centre, connection, lambda: NOW)
    return time.perf_counter() - began
