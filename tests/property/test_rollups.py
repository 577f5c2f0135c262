"""Roll-ups 汇总表 say what the base tables say: for everyone, after corrections, deletions, late rows and merges, fresh or stale."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.hospital_rows import DEPARTMENTS, NOW, random_hospital, warehouse
from tests.property.test_metrics_against_brute_force import VALUES
from yishu import hospital
from yishu.hospital.errors import HospitalFaults
from yishu.kernel.errors import YishuError
from yishu.metrics import Centre, MetricQuery, centre, measure, refresh_rollups, sql
from yishu.security import Viewer

DECLARED = """
- id: outpatient
  metrics: [outpatient_visits, emergency_visits]
  dimensions: [department, campus, age_group, insurance_type]
- id: money
  metrics: [revenue, drug_cost_ratio]
  dimensions: [department, campus, drug]
- id: inpatient
  metrics: [discharges, avg_length_of_stay]
  dimensions: [department, ward]
"""
METRICS = ("outpatient_visits", "emergency_visits", "revenue", "drug_cost_ratio", "discharges", "avg_length_of_stay", "consumable_ratio")
DIRECTOR = Viewer("director", "director", "院长")
HEADS = tuple(Viewer(f"head_{d}", "head", "主任", frozenset({d})) for d, _, _ in DEPARTMENTS[:2])


@pytest.fixture
def house(tmp_path: Path) -> Centre:
    (tmp_path / "rollups.yaml").write_text(DECLARED, encoding="utf-8")
    return centre(tmp_path)


def question(r: random.Random) -> MetricQuery:
    dims = r.sample(["department", "campus", "insurance_type", "age_group", "department_group", "month", "week", "day", "weekday", "ward", "gender"], r.choice([0, 1, 1, 2]))
    filters = [{"dimension": "department", "op": r.choice(["in", "not_in"]), "values": r.sample(VALUES["department"], 1)}] if r.random() < 0.3 else []
    start = date(2024, 6, 1) + timedelta(days=r.randint(0, 300))
    time = None if r.random() < 0.2 else {"start": start.isoformat(), "end": (start + timedelta(days=r.randint(0, 120))).isoformat()}
    return MetricQuery.parse({
        "metrics": r.sample(METRICS, r.choice([1, 1, 2])), "dimensions": dims, "filters": filters, "time": time,
        "compare": r.choice([[], [], ["yoy"], ["mom"]]) if time else [], "totals": bool(dims), "share": bool(dims) and r.random() < 0.3,
    })  # fmt: skip


def batch(r: random.Random, connection: duckdb.DuckDBPyConnection, moment: datetime) -> None:
    """What a load does: some rows corrected, some taken back, some new and late; a merge of two patients."""
    run = connection.execute
    for table, key, time, amounts in (("visit", "visit_id", "visit_date", ""), ("charge", "charge_id", "charged_at", "amount"), ("stay", "stay_id", "discharged_at", "length_of_stay")):
        keys = [row[0] for row in run(f"SELECT {key} FROM wh.hospital.{table} ORDER BY 1").fetchall()]
        moved, gone = r.sample(keys, 4), r.sample(keys, 2)
        for listed in (moved, gone):
            run(f"INSERT INTO wh.history.{table} SELECT * REPLACE (?::TIMESTAMP AS known_until) FROM wh.hospital.{table} WHERE list_contains(?, {key}) AND known_from < ?", [moment, listed, moment])
        sets = f"department = 'D0301', {time} = {time} + to_days({r.randint(-40, 40)}), known_from = ?" + (f", {amounts} = {amounts} + 7" if amounts else "")
        run(f"UPDATE wh.hospital.{table} SET {sets} WHERE list_contains(?, {key})", [moment, moved])
        run(f"DELETE FROM wh.hospital.{table} WHERE list_contains(?, {key})", [gone])
        run(f"INSERT INTO wh.hospital.{table} SELECT * REPLACE ({key} || ? AS {key}, ?::TIMESTAMP AS known_from) FROM wh.hospital.{table} WHERE list_contains(?, {key})", [f"-{moment:%d%H}", moment, r.sample(keys, 3)])
    run("UPDATE wh.hospital.patient SET person_id = 1")
    run("INSERT INTO wh.quality.applied VALUES (?, 'his', '', ?)", [str(moment), moment])


@pytest.mark.parametrize("seed", range(2))
def test_a_roll_up_answers_as_its_base_table(seed: int, house: Centre) -> None:
    r = random.Random(900 + seed)
    connection = warehouse(random_hospital(seed, 120))
    hospital.make(connection, house.tables)
    base, used, moment = replace(house, rollups=()), Counter[str](), NOW
    assert {k.whole for k in refresh_rollups(connection, house, "", None)} == {True}
    for turn in range(6):
        for _ in range(14):
            query, viewer = question(r), r.choice([DIRECTOR, DIRECTOR, *HEADS])
            try:
                true = measure(viewer, query, base, connection, lambda: NOW)
            except YishuError:
                continue
            told = measure(viewer, query, house, connection, lambda: NOW)
            assert told.rows == true.rows and told.totals == true.totals, query
            used[viewer.role if '"rollup"' in sql(viewer, query, house, connection, lambda: NOW) else "base"] += 1
        before, moment = hospital.marks(connection), moment + timedelta(hours=r.choice([1, 5]))
        if turn == 0:
            moment = NOW  # a second batch of the very moment the first rows are known from
        batch(r, connection, moment)
        if turn != 3:  # a batch after which nobody refreshed: the base is read, and the next refresh makes all anew
            done = refresh_rollups(connection, house, before, moment)
            assert {k.whole for k in done} == {turn == 4}
            assert turn in (0, 4) or all(0 < k.days < 120 for k in done)
    connection.close()
    assert used["director"] > 15 and used["head"] > 4 and used["base"] > 8, used


def test_as_of_and_distinct_read_the_base(house: Centre) -> None:
    connection = warehouse(random_hospital(2, 60))
    hospital.make(connection, house.tables)
    refresh_rollups(connection, house, "", None)

    def text(**query: object) -> str:
        return sql(DIRECTOR, MetricQuery.parse(query), house, connection, lambda: NOW)

    assert '"rollup"' in text(metrics=["outpatient_visits"], dimensions=["month"])
    assert '"rollup"' not in text(metrics=["outpatient_visits"], as_of="2025-07-01T00:00")
    assert '"rollup"' not in text(metrics=["outpatient_visits"], dimensions=["hour"])
    assert '"rollup"' not in text(metrics=["outpatient_visits"], dimensions=["doctor"])
    assert '"rollup"' not in text(metrics=["outpatient_patients"], dimensions=["month"])
    doctor = Viewer("d", "doctor", "医生", frozenset({"D0403"}))
    measure(doctor, MetricQuery.parse({"metrics": ["outpatient_visits"]}), house, connection, lambda: NOW)
    connection.close()


def test_what_cannot_be_added_up_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "rollups.yaml").write_text("- id: bad\n  metrics: [outpatient_patients, revenu]\n  dimensions: [departmen]\n", encoding="utf-8")
    with pytest.raises(YishuError) as caught:
        centre(tmp_path)
    told = caught.value.message if not isinstance(caught.value, HospitalFaults) else "\n".join(f.text() for f in caught.value.faults)
    assert "revenue" in told and "department" in told and "rollups.yaml" in told
