"""The event log 事件: derived as the rules say, against plain Python; what changed alone is derived again and comes out the same."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import duckdb
import pytest

from tests.hospital_rows import NOW, Row, random_hospital, warehouse
from yishu.hospital import Batch
from yishu.hospital.events import RULES, derive_events
from yishu.hospital.store import QUALITY

LATER = NOW + timedelta(days=1)


def _open(rows: dict[str, list[Row]]) -> duckdb.DuckDBPyConnection:
    connection = warehouse(rows)
    connection.execute(f"CREATE SCHEMA wh.quality; CREATE TABLE wh.quality.applied ({QUALITY['applied']})")
    return connection


def _batch(moment: datetime) -> Batch:
    return Batch("derived", f"load-{moment:%d}", moment, 1, "")


def _events(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT * EXCLUDE (flags) FROM wh.hospital.event ORDER BY event_id").fetchall()


def test_visits_and_surgeries_become_events() -> None:
    rows = random_hospital(5, 80)
    connection = _open(rows)
    assert derive_events(connection, _batch(NOW)) == len(_events(connection))
    found = {
        row[0]: row[1:]
        for row in connection.execute(
            "SELECT event_id, activity, started, completed, department, coalesce(visit_id, ''), source_key, object_kind, object_id, flags FROM wh.hospital.event"
        ).fetchall()
    }
    wanted: dict[str, tuple[object, ...]] = {}
    for visit in rows["visit"]:
        def event(code: str, activity: str, at: object, started: object = None, visit: Row = visit) -> None:
            if at is None:
                return
            turned = started is not None and started > at  # type: ignore[operator]
            wanted[f"{code}-{visit['visit_id']}"] = (
                activity, None if turned else started, at, visit["department"], visit["visit_id"], visit["source_key"], "visit", visit["visit_id"],
                ["event.reversed"] if turned else None,
            )  # fmt: skip

        event("VR", "挂号", visit["registered_at"])
        if visit["status"] != "退号":
            event("VI", "报到", visit["checked_in_at"])
            event("VC", "叫号", visit["called_at"])
            event("VS", "接诊", visit["ended_at"] if visit["ended_at"] is not None else visit["started_at"], visit["started_at"])
    assert {k: v for k, v in found.items() if k[:2] in ("VR", "VI", "VC", "VS")} == wanted
    surgeries = {f"SS-{s['surgery_id']}" for s in rows["surgery"] if s["status"] != "取消" and (s["ended_at"] or s["started_at"])}
    assert {k for k in found if k.startswith("SS-")} == surgeries


def test_a_lab_report_takes_visit_and_stay_from_its_sample() -> None:
    rows = random_hospital(1, 6)
    rows["lab_sample"] = [{"sample_id": "S1", "visit_id": None, "stay_id": "ZY-1", "patient_key": 7, "source": "lis", "source_key": "S1", "known_from": NOW}]
    rows["lab_report"] = [{"report_id": "R1", "sample_id": "S1", "patient_key": 7, "tested_at": NOW, "source": "lis", "source_key": "R1", "known_from": NOW}]
    rows["critical_value"] = [{"critical_id": "K1", "report_id": "R1", "patient_key": 7, "found_at": NOW, "source": "lis", "source_key": "K1", "known_from": NOW}]
    connection = _open(rows)
    derive_events(connection, _batch(NOW))
    got = connection.execute("SELECT event_id, stay_id, patient_key FROM wh.hospital.event WHERE event_id IN ('LT-R1', 'KF-K1') ORDER BY 1").fetchall()
    assert got == [("KF-K1", "ZY-1", 7), ("LT-R1", "ZY-1", 7)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_changed_alone_is_derived_again_and_nothing_else_differs(seed: int) -> None:
    rows = random_hospital(seed, 60)
    rows["document"] = [
        {"document_id": f"B{i}", "stay_id": f"ZY-{i % 7}", "kind": "病程", "created_at": NOW, "source": "emr", "source_key": f"B{i}", "known_from": NOW} for i in range(20)
    ]
    connection = _open(rows)
    derive_events(connection, _batch(NOW))
    r = random.Random(seed)
    for table, key in (("visit", "visit_id"), ("surgery", "surgery_id"), ("dispense", "dispense_id"), ("stay", "stay_id")):
        for row in [*r.sample(rows[table], 8), *rows[table][: 2 if table == "stay" else 0]]:
            _supersede(connection, table, key, str(row[key]), gone=r.random() < 0.3)
    written = derive_events(connection, _batch(LATER))
    step = _events(connection)
    assert 0 < written < len(step) / 2
    connection.execute("DELETE FROM wh.quality.applied")
    derive_events(connection, _batch(LATER))
    assert _events(connection) == step
    assert derive_events(connection, _batch(LATER + timedelta(days=1))) == 0
    assert _events(connection) == step


def _supersede(connection: duckdb.DuckDBPyConnection, table: str, key: str, value: str, gone: bool) -> None:
    """As `store.settle` does: the old face goes to history, the new one is known since later."""
    connection.execute(f"INSERT INTO wh.history.{table} SELECT * REPLACE (?::TIMESTAMP AS known_until) FROM wh.hospital.{table} WHERE {key} = ?", [LATER, value])
    if gone:
        connection.execute(f"DELETE FROM wh.hospital.{table} WHERE {key} = ?", [value])
    else:
        connection.execute(f"UPDATE wh.hospital.{table} SET known_from = ?, department = 'D9999', patient_key = 77 WHERE {key} = ?", [LATER, value])


def test_rules_have_their_own_codes_and_names() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert len({(rule.activity, rule.table) for rule in RULES}) == len(RULES)
