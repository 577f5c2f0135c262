"""一个信息科人员的第一次改动: a department, a code, a metric and a source table, by text alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow import tiny_hospital
from yishu import flow, metrics, security
from yishu.kernel import Settings
from yishu.kernel.duck import warehouse_instance

METRIC = """
id: complaints_received
label: 投诉件数
label_en: Complaints received
synonyms: []
unit: 件
better: down
kind: simple
definition: 报告期内受理的投诉件数，按受理时间归属科室
formula: 受理的投诉数
department_role: 科室
axes: {received: 受理时间}
dimensions: [department]
numerator:
  say: 受理的投诉
  table: complaint
  count: rows
  times: {received: received_at}
owner: 质控科
steward: 信息科
level: 2
standing: 待医院确认
standards: []
version: 1
"""
COMPLAINT = """
-- 投诉登记：一件一行
SELECT 'TS' AS source_table, t._key AS source_key, 'TS-' || t.XH AS complaint_id, t.KS AS department,
       t.YX = '1' AS valid, cn_time(t.SJ) AS received_at
FROM TS t
"""


@pytest.fixture
def hospital(tmp_path: Path) -> Path:
    flow.load(tiny_hospital.build(tmp_path))
    return tmp_path


def edit(home: Path, file: str, old: str, new: str) -> None:
    path = home / "hospital" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def rows(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    connection = warehouse_instance(settings.home)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def reload(home: Path) -> Settings:
    settings = tiny_hospital.at(home, "2025-01-09T08:00:00")
    flow.load(settings)
    return settings


def test_a_new_department_and_its_code(hospital: Path) -> None:
    settings = tiny_hospital.at(hospital, "2025-01-08T08:00:00")
    assert rows(settings, "SELECT department, department_code FROM hospital.visit WHERE visit_id = 'MZ-4'") == [(None, "99")]
    edit(hospital, "hospital.yaml", "wards:", "  - {id: D03, name: 康复科, group: 内科, catalog: '21', clinical: true}\nwards:")
    codes = hospital / "hospital" / "codes" / "department.csv"
    codes.write_text(codes.read_text(encoding="utf-8") + "mz,99,康复科,D03,,\n", encoding="utf-8")

    settings = reload(hospital)

    assert rows(settings, "SELECT v.department, d.name FROM hospital.visit v JOIN hospital.department d USING (department) WHERE visit_id = 'MZ-4'") == [("D03", "康复科")]
    assert rows(settings, "SELECT count(*) FROM quality.unmapped WHERE source = 'mz' AND source_code = '99'") == [(0,)]


def test_a_new_source_table_and_a_metric_on_it(hospital: Path) -> None:
    tiny_hospital.change(hospital, "mz", "CREATE TABLE TS AS SELECT 1 AS XH, '01' AS KS, '2025-01-05 09:00' AS SJ, '1' AS YX UNION ALL SELECT 2, '02', '2025/1/6 10:30', '0'")
    edit(hospital, "sources/mz.yaml", "  KS: {", "  TS: {label: 投诉, key: [XH]}\n  KS: {")
    (hospital / "hospital" / "mappings" / "mz" / "complaint.sql").write_text(COMPLAINT, encoding="utf-8")
    (hospital / "hospital" / "metrics").mkdir()
    (hospital / "hospital" / "metrics" / "complaints_received.yaml").write_text(METRIC, encoding="utf-8")
    (hospital / "hospital" / "people.yaml").write_text("people:\n- {name: director, display: 院长, role: director}\n", encoding="utf-8")

    settings = reload(hospital)

    assert rows(settings, "SELECT rows_in, placed FROM quality.receipt WHERE source_table = 'TS' ORDER BY load_id DESC LIMIT 1") == [(2, 2)]
    centre = metrics.centre(settings.hospital)
    query = metrics.MetricQuery.parse(
        {"metrics": ["complaints_received"], "dimensions": ["department"], "time": {"start": "2025-01-01", "end": "2025-01-08"}}
    )
    connection = warehouse_instance(settings.home)
    try:
        answer = metrics.measure(security.viewer(settings.hospital, "director"), query, centre, connection, settings.clock)
    finally:
        connection.close()
    assert sorted(answer.as_json()["rows"]) == [["内科", 1], ["外科", 1]]
