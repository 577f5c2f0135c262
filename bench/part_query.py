"""Query overhead 查询开销: a MetricQuery end to end (compile, rules, query, JSON) against the hand-written SQL, in turn.

Two million visits and charges; `YISHU_BENCH_SCALE=1` makes twenty. Each figure is printed as soon as it is known.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench import fixtures
from bench.ratio import paired
from yishu import hospital, metrics
from yishu.kernel.duck import warehouse_instance
from yishu.kernel.errors import InputError
from yishu.kernel.turnstile import Turnstile
from yishu.metrics import store
from yishu.metrics.choose import Register
from yishu.metrics.compile import compiled
from yishu.metrics.plan import plan
from yishu.security import Viewer, bound

measuring = importlib.import_module("yishu.metrics.measure")

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
SUM = {**RATIO, "metrics": ["revenue"]}
RAW_SUM = """SELECT d.name, strftime(c.charged_at, '%Y-%m') AS month, sum(c.amount)
FROM wh.hospital.charge c LEFT JOIN wh.hospital.department d ON d.department = c.department
WHERE c.patient_class IN ('门急诊', '住院') AND c.charged_at >= TIMESTAMP '2024-01-01' AND c.charged_at < TIMESTAMP '2025-12-31' GROUP BY ALL ORDER BY 1, 2"""
ROLLUPS = """
- id: places
  metrics: [outpatient_visits, emergency_visits, total_visits, revenue, drug_cost_ratio, consumable_ratio, service_revenue_share]
  dimensions: [department, campus]
- id: payers
  metrics: [outpatient_visits, emergency_visits, total_visits, revenue, drug_cost_ratio, consumable_ratio, service_revenue_share]
  dimensions: [department, insurance_type, gender]
"""
RUNS = 7


TILES = ("outpatient_visits", "emergency_visits", "total_visits", "revenue", "drug_cost_ratio", "consumable_ratio", "avg_outpatient_cost",
         "admissions", "discharges", "avg_length_of_stay", "wait_minutes", "service_revenue_share")  # fmt: skip
DIRECTOR = Viewer(name="bench", role="director", display="测速")
HEAD = Viewer(name="bench_head", role="head", display="测速主任", departments=frozenset({"D0003"}))
PEOPLE, SECONDS, AT_ONCE = 50, float(os.environ.get("YISHU_BENCH_SECONDS", "30")), 4


def measure() -> dict[str, Any]:
    """Ratios of a count and of a ratio by department and month; compile, overhead, cache hit, tiles of a cockpit, many people."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        connection = warehouse_instance(Path(folder))
        rows = fixtures.make(connection, scale=SCALE)
        bench = _Bench(connection)
        out: dict[str, Any] = {"rows": rows, "fixtures_s": round(time.monotonic() - began, 1)}
        _tell(out)
        for name, query, sql in (("count", VISITS, RAW_VISITS), ("sum", SUM, RAW_SUM), ("ratio", RATIO, RAW_RATIO)):
            out[name] = paired(lambda q=query: bench.cold(DIRECTOR, q), lambda s=sql: bench.raw(s), runs=RUNS).as_json()  # type: ignore[misc]
            _tell({name: out[name]})
        for who, viewer in (("director", DIRECTOR), ("head", HEAD)):
            times = sorted(bench.compile(viewer, q) for q in (VISITS, RATIO) for _ in range(60))
            hits = sorted(bench.hit(viewer, q) for q in (VISITS, RATIO) for _ in range(60))
            out[who] = {
                "compile_p50_ms": _ms(times, 0.5), "compile_p95_ms": _ms(times, 0.95),
                "cache_hit_p50_ms": _ms(hits, 0.5), "cache_hit_p95_ms": _ms(hits, 0.95),
                "overhead_p50_ms": _ms(sorted(bench.overhead(viewer) for _ in range(40)), 0.5),
            }  # fmt: skip
            _tell({who: out[who]})
        out["cockpit_12_tiles_cold_s"] = round(median(bench.cockpit() for _ in range(3)), 3)
        out["crowd"] = bench.crowd()
        _tell({k: out[k] for k in ("cockpit_12_tiles_cold_s", "crowd")})
        out["rollup"] = bench.rolled()
        out["rollup"]["cockpit_12_tiles_cold_s"] = round(median(bench.cockpit() for _ in range(3)), 3)
        out["rollup"]["crowd"] = bench.crowd()
        _tell({"rollup": out["rollup"]})
        out["peak_memory_gb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)
        out["all_s"] = round(time.monotonic() - began, 1)
        connection.close()
    return out


def _tell(part: dict[str, Any]) -> None:
    sys.stderr.write(json.dumps(part, ensure_ascii=False) + "\n")


def _ms(ordered: list[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2)


class _Bench:
    """The metric centre on one warehouse, with what a server keeps."""

    def __init__(self, connection: Any) -> None:
        self.connection, self.centre = connection, metrics.centre()
        self.keep = metrics.Keep("1", "1")
        self.true_of: frozenset[str] | None = None

    def ask(self, viewer: Viewer, query: dict[str, Any], keep: metrics.Keep) -> str:
        answer = metrics.measure(viewer, metrics.MetricQuery.parse(query), self.centre, self.connection, lambda: NOW, keep=keep)
        return json.dumps(answer.as_json(), ensure_ascii=False)

    def cold(self, viewer: Viewer, query: dict[str, Any]) -> str:
        """As a server answers a question nobody asked yet: extents known, no rows kept."""
        return self.ask(viewer, query, self.fresh())

    def fresh(self) -> metrics.Keep:
        """Extents of the data version, no rows."""
        return metrics.Keep("1", "1", self.keep.extents, self.true_of if self.centre.rollups else None)

    def raw(self, sql: str) -> str:
        return json.dumps(self.connection.cursor().execute(sql).fetchall(), ensure_ascii=False, default=float)

    def compile(self, viewer: Viewer, query: dict[str, Any]) -> float:
        """Question to SQL text and parameters, by this thread's own time: the machine is shared."""
        with store.reading(self.connection, 30, self.keep) as reader:
            began = time.thread_time()
            asked = measuring.ask(metrics.MetricQuery.parse(query), Register(reader, viewer, self.centre), NOW)
            bound(compiled(plan(asked.query, asked.chosen, asked.query.dimensions, self.centre, asked.extents, asked.now), viewer, self.centre))
            return time.thread_time() - began

    def hit(self, viewer: Viewer, query: dict[str, Any]) -> float:
        """A question whose statement was run before: the rows are kept, all else is done anew; by this thread's own time."""
        self.ask(viewer, query, self.keep)
        began = time.thread_time()
        self.ask(viewer, query, self.keep)
        return time.thread_time() - began

    def overhead(self, viewer: Viewer) -> float:
        """A small answer end to end, less the engine's own time for the same statement."""
        query = {"metrics": ["outpatient_visits"], "dimensions": ["campus"], "time": {"start": "2025-12-30", "end": "2025-12-30"}}
        began = time.perf_counter()
        self.cold(viewer, query)
        whole = time.perf_counter() - began
        began = time.perf_counter()
        text = metrics.sql(viewer, metrics.MetricQuery.parse(query), self.centre, self.connection, lambda: NOW, keep=self.keep)
        lines = [line for line in text.splitlines() if not line.startswith("-- $")]
        parameters = dict(line[4:].split(" = ", 1) for line in text.splitlines() if line.startswith("-- $"))
        cursor = self.connection.cursor()
        began = time.perf_counter()
        cursor.execute("\n".join(lines), parameters).fetchall()
        return whole - (time.perf_counter() - began)

    def cockpit(self) -> float:
        """Twelve figures with last year's, nothing kept, four at once as a server asks them."""
        keep = self.fresh()
        span = {"start": "2025-12-01", "end": "2025-12-30"}
        began = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda m: self.ask(DIRECTOR, {"metrics": [m], "time": span, "compare": ["yoy"]}, keep), TILES))
        return time.perf_counter() - began

    def rolled(self) -> dict[str, Any]:
        """Roll-ups made and brought up to date after a day's batch; the same questions against the base table, in turn."""
        base = self.centre
        hospital.make(self.connection, base.tables)
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "rollups.yaml").write_text(ROLLUPS, encoding="utf-8")
            rolled = metrics.centre(Path(folder))
        out: dict[str, Any] = {}
        began = time.perf_counter()
        made = metrics.refresh_rollups(self.connection, rolled, "", None)
        out["made_s"], out["made_rows"] = round(time.perf_counter() - began, 1), sum(k.rows for k in made)
        before, moment = hospital.marks(self.connection), datetime(2026, 1, 2)
        for table, time_ in (("visit", "visit_date"), ("charge", "charged_at")):
            self.connection.execute(f"UPDATE wh.hospital.{table} SET known_from = ? WHERE {time_} >= DATE '2025-12-30' AND hash(source_key) % 10 = 0", [moment])
        self.connection.execute("INSERT INTO wh.quality.applied VALUES ('bench-2', 'bench', '', ?)", [moment])
        began = time.perf_counter()
        done = metrics.refresh_rollups(self.connection, rolled, before, moment)
        out["refreshed_s"], out["refreshed_days"] = round(time.perf_counter() - began, 2), max(k.days for k in done)
        for who, viewer in (("director", DIRECTOR), ("head", HEAD)):
            for name, query in (("count", VISITS), ("sum", SUM), ("ratio", RATIO)):
                out[f"{name}_{who}"] = paired(self._as(base, viewer, query), self._as(rolled, viewer, query), runs=RUNS).as_json()
        self.centre = rolled
        return out

    def _as(self, house: metrics.Centre, viewer: Viewer, query: dict[str, Any]) -> Callable[[], str]:
        """A cold question by one centre; what it says must not depend on which."""

        def ask() -> str:
            self.centre = house
            keep = self.fresh()
            told = self.ask(viewer, query, keep)
            self.true_of = keep.fresh if house.rollups else self.true_of
            return told

        return ask

    def crowd(self) -> dict[str, float]:
        """Fifty people asking for charts without a pause, four answered at a time; what was asked before is kept."""
        keep, gate, took, until = self.fresh(), Turnstile(AT_ONCE), list[float](), time.monotonic() + SECONDS

        def person(seed: int) -> None:
            r = random.Random(seed)
            viewer = DIRECTOR if seed % 2 else Viewer(f"h{seed}", "head", "主任", frozenset({f"D{r.randrange(25):04d}"}))
            while time.monotonic() < until:
                month = r.randint(1, 12)
                query = {"metrics": [r.choice(TILES)], "dimensions": r.choice([["month"], ["campus"], ["gender"], ["insurance_type", "month"]]),
                         "time": {"start": f"2025-{month:02d}-01", "end": "2025-12-30"}}  # fmt: skip
                if r.random() < 0.3:
                    query["compare"] = ["yoy"]
                began = time.perf_counter()
                try:
                    with gate:
                        self.ask(viewer, query, keep)
                except InputError:
                    continue
                took.append(time.perf_counter() - began)

        threads = [threading.Thread(target=person, args=(n,)) for n in range(PEOPLE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took.sort()
        return {"people": PEOPLE, "seconds": SECONDS, "charts_per_s": round(len(took) / SECONDS, 1), "p50_s": round(took[len(took) // 2], 2), "p95_s": round(took[int(len(took) * 0.95)], 2), "kept_share": round(keep.hits / max(1, len(took)), 2)}
