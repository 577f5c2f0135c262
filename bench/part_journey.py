"""Journeys 全流程: the process map against PM4Py at two million events, a cohort of ten million, 患者360 of fifty thousand events.

`YISHU_BENCH_EVENTS` shrinks the ten million. PM4Py runs in its own environment, made from its lock file where it lacks.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from bench import events, proof_event_oracle
from bench.fixtures import make_empty
from yishu import hospital, journey
from yishu.kernel.duck import warehouse_instance
from yishu.kernel.store import open_store
from yishu.security import Viewer

EVENTS = int(os.environ.get("YISHU_BENCH_EVENTS", "10000000"))
WAYS = 40
_LOG = """COPY (SELECT 'C' || (i // 16) AS "case", ['挂号','报到','接诊','开检验','采集标本','接收标本','发布检验报告','开处方','缴费','取药','检查','审核'][1 + (hash((i % 16) * 977 + (hash(i // 16) % {ways}) * 31) % 12)::INTEGER] AS activity,
 '' AS start, strftime(TIMESTAMP '2025-01-01' + INTERVAL ((i // 16) % 400000) MINUTE + INTERVAL ((i % 16) * 600 + (hash(i) % 500)::INTEGER) SECOND, '%Y-%m-%d %H:%M:%S') AS complete, 'r' AS resource
 FROM range({n}) t(i)) TO '{path}' (HEADER)"""


def measure() -> dict[str, Any]:
    """Ratio to PM4Py, seconds of a cohort, milliseconds of a patient; load average beside them."""
    with tempfile.TemporaryDirectory(dir=Path.home()) as name:
        folder = Path(name)
        return {"pm4py": _pm4py(folder), "cohort": _cohort(folder), "load_average": round(os.getloadavg()[0], 2)}


def _pm4py(folder: Path) -> dict[str, Any]:
    """Graph, waits, variants and durations of one log on both sides; both answers are compared before their times are.

    `ratio` takes both from text and times in memory; `ratio_prepared` from what each makes of them first (PM4Py's formatted log, our columns).
    """
    path = folder / "log.csv"
    duckdb.connect().execute(_LOG.format(n=2_000_000, ways=WAYS, path=path))
    connection = duckdb.connect()
    events.load(connection, path)
    ours = [_both_times(connection) for _ in range(6)][1:]
    said = proof_event_oracle.oracle([path])[0]
    ours += [_both_times(connection) for _ in range(5)]
    wrong = proof_event_oracle.differs(path, said)
    assert not wrong, wrong
    path.unlink()
    wall, prepared, cpu = (median(row[n] for row in ours) for n in range(3))
    other, counted = said["seconds"], said["seconds"] - said["format_seconds"]
    return {
        "events": 2_000_000, "ours_s": round(wall, 3), "other_s": round(other, 2), "ratio": round(other / wall, 1),
        "ours_prepared_s": round(prepared, 3), "other_prepared_s": round(counted, 2), "ratio_prepared": round(counted / prepared, 1),
        "ours_cpu_s": round(cpu, 3), "other_cpu_s": round(said["cpu_seconds"], 2), "ratio_cpu": round(said["cpu_seconds"] / cpu, 1),
    }  # fmt: skip


def _both_times(connection: duckdb.DuckDBPyConnection) -> tuple[float, float, float]:
    """Seconds in all, seconds from the prepared columns, processor seconds in all."""
    began, used = time.perf_counter(), time.process_time()
    steps = events.steps(connection)
    ready = time.perf_counter()
    journey.discover(steps)
    done = time.perf_counter()
    return done - began, done - ready, time.process_time() - used


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _cohort(folder: Path) -> dict[str, Any]:
    """Ten million events of half a million stays; one department in one quarter; one patient of fifty thousand events."""
    connection = warehouse_instance(folder)
    make_empty(connection)
    stays = EVENTS // 20
    connection.execute(
        f"""INSERT INTO wh.hospital.stay (stay_id, patient_key, admitted_at, discharged_at, department, admit_department, status, age_years, gender, source, source_key)
        SELECT 'ZY-' || i, 2 + i // 2, TIMESTAMP '2021-01-01' + INTERVAL (hash(i) % 43000) HOUR, TIMESTAMP '2021-01-10' + INTERVAL (hash(i) % 43000) HOUR,
        'D' || lpad((hash(i * 3) % 25)::VARCHAR, 4, '0'), 'D' || lpad((hash(i * 3) % 25)::VARCHAR, 4, '0'), '出院', (hash(i * 5) % 90)::INTEGER, '女', 'bench', i::VARCHAR FROM range({stays}) t(i)"""
    )
    connection.execute("INSERT INTO wh.hospital.patient (patient_key, person_id, gender, birth_date) SELECT 1 + i, 1 + i, '女', DATE '1960-01-01' FROM range(1000) t(i)")
    activity = "['入院','开药品医嘱','采集标本','接收标本','发布检验报告','检查','手术','发药','书写入院记录','结算','出院'][1 + (hash((i % 20) * 977 + (hash(i // 20) % 60) * 31) % 11)::INTEGER]"
    columns = "event_id, patient_key, stay_id, visit_id, activity, place, completed, department, object_kind, object_id, source, source_table, source_key, known_from"
    connection.execute(
        f"""INSERT INTO wh.hospital.event ({columns}) SELECT 'E-' || i, 2 + (i // 20) // 2, 'ZY-' || (i // 20), NULL, {activity}, 0,
        TIMESTAMP '2021-01-01' + INTERVAL (hash(i // 20) % 43000) HOUR + INTERVAL ((i % 20) * 600) MINUTE, 'D' || lpad((hash((i // 20) * 3) % 25)::VARCHAR, 4, '0'),
        'medical_order', i::VARCHAR, 'bench', 'T', i::VARCHAR, TIMESTAMP '2026-01-01' FROM range({stays * 20}) t(i)"""
    )
    # one patient of twenty years: five hundred stays of a hundred events
    connection.execute(
        """INSERT INTO wh.hospital.stay (stay_id, patient_key, admitted_at, discharged_at, department, admit_department, status, source, source_key)
        SELECT 'ZP-' || i, 1, TIMESTAMP '2006-01-01' + INTERVAL (i * 14) DAY, TIMESTAMP '2006-01-08' + INTERVAL (i * 14) DAY, 'D0001', 'D0001', '出院', 'bench', 'p' || i FROM range(500) t(i)"""
    )
    connection.execute(
        f"""INSERT INTO wh.hospital.event ({columns}) SELECT 'P-' || i, 1, 'ZP-' || (i // 100), NULL, '发药', 0, TIMESTAMP '2006-01-01' + INTERVAL ((i // 100) * 14) DAY + INTERVAL (i % 100) HOUR,
        'D0001', 'dispense', i::VARCHAR, 'bench', 'T', 'p' || i, TIMESTAMP '2026-01-01' FROM range(50000) t(i)"""
    )
    looking = _looking(connection, folder, Viewer("director", "director", "院长"))
    head = _looking(connection, folder, Viewer("head", "head", "主任", frozenset({"D0001"})))
    cohort = journey.Cohort.parse({"departments": ["D0001"], "start": "2024-01-01", "end": "2025-12-31"})
    drawn = journey.draw(looking, cohort)
    edge = drawn.map.edges[0]
    whole = journey.Cohort.parse({})
    journey.open_patient(looking.store, looking.viewer, 1, None, "测速用例", looking.clock())
    answer = {
        "events": EVENTS,
        "cohort_cases": drawn.map.cases,
        "cohort_events": drawn.map.events,
        "cohort_s": round(median(_timed(lambda: journey.draw(looking, cohort)) for _ in range(5)), 2),
        "cohort_of_a_head_s": round(median(_timed(lambda: journey.draw(head, cohort)) for _ in range(5)), 2),
        "edge_rows_s": round(median(_timed(lambda: journey.walks(looking, cohort, edge.before, edge.after, 0, 50)) for _ in range(3)), 2),
        "whole_map_s": round(_timed(lambda: journey.draw(looking, whole)), 2),
        "patient_events": 50_000,
        "patient_ms": round(1000 * median(_timed(lambda: _page(looking)) for _ in range(9)), 1),
    }
    connection.close()
    return answer


def _page(looking: journey.Looking) -> None:
    with looking.reading() as connection:
        leave = journey.admit(looking, connection, 1)
        journey.header(looking, connection, leave)
        assert journey.timeline(looking, connection, leave).events == 50_000


def _looking(connection: duckdb.DuckDBPyConnection, home: Path, viewer: Viewer) -> journey.Looking:
    @contextlib.contextmanager
    def reading() -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    return journey.Looking(viewer, hospital.model(), reading, open_store(home), home, lambda: datetime(2026, 6, 30, 12))
