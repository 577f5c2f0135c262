"""The model hospital's policy 示范医院的策略 as text: its nine roles are the platform's own, its further ones do what they say; `yishu check` reads it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.proof_guard import full_hospital
from tests.hospital_rows import NOW, warehouse
from tests.needs import ROOT
from yishu.hospital.model import model
from yishu.security import Viewer, bound, scope
from yishu.security.policy import DEFAULT
from yishu.security.policy_check import policy_faults
from yishu.security.policy_file import grants

FOLDER = ROOT / "hospitals" / "model"
TABLES = {name: frozenset(c.name for c in table.columns) for name, table in model().tables.items()}


def test_the_nine_roles_are_the_platforms_own() -> None:
    known = grants(FOLDER)
    assert {name: known[name] for name in DEFAULT} == dict(DEFAULT)
    assert policy_faults(FOLDER, TABLES, frozenset()) == ()


@pytest.mark.parametrize(
    ("policy", "people", "file", "line", "say"),
    [
        ("roles:\n  a: {rows: all}\n  b: {rows: rules, allow: [{where: {wardd: $ward}}]}\n", "", "policy.yaml", 3, "没有表有列 wardd"),
        ("roles:\n  a:\n    rows: all\n    masks:\n      patientt: {birth_date: year}\n", "", "policy.yaml", 2, "没有表 patientt，您要找的是 patient？"),
        ("roles:\n  a:\n    rows: all\n    masks:\n      patient:\n        birth_date: blur\n", "", "policy.yaml", 6, "不能是 blur"),
        ("labels:\n  vip: {table: visit, key: patient_key, column: chanel, values: [a]}\n", "", "policy.yaml", 2, "没有列 chanel，您要找的是 channel？"),
        ("roles:\n  a: {rows: all\n", "", "policy.yaml", 3, "不是合法的 YAML"),
        ("roles:\n  a: {row: all}\n", "", "policy.yaml", 2, "可用：rows"),
        ("", "people:\n- {name: x, role: head, department: D1}\n- {name: y, role: haed, department: D1}\n", "people.yaml", 3, "没有角色 haed，您要找的是 head？"),
        ("", "people:\n- {name: x, role: head, department: D9}\n", "people.yaml", 2, "没有科室 D9，您要找的是 D1？"),
        ("", "people:\n- {name: x, role: it}\n- {name: x, role: head}\n", "people.yaml", 3, "写了两次"),
        ("", "people:\n- {name: x}\n", "people.yaml", 1, "name 和 role"),
    ],
)  # fmt: skip
def test_faults_are_found_with_their_line(tmp_path: Path, policy: str, people: str, file: str, line: int, say: str) -> None:
    (tmp_path / "policy.yaml").write_text(policy, encoding="utf-8")
    (tmp_path / "people.yaml").write_text(people or "people: []\n", encoding="utf-8")
    (fault,) = policy_faults(tmp_path, TABLES, frozenset({"D1"}))
    assert (fault.file, fault.line) == (file, line) and say in fault.text


def test_review_of_the_patient_index_may_stand_in_the_policy(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("review: {four_eyes: true}\nroles:\n  a: {rows: all}\n", encoding="utf-8")
    assert set(grants(tmp_path)) == {"a"}


def test_the_sample_roles_see_what_they_say() -> None:
    rows, known = full_hospital(3), grants(FOLDER)
    rows["diagnosis"] = [
        {"diagnosis_id": "d1", "patient_key": rows["stay"][0]["patient_key"], "code": "B20.9", "source_key": "d1", "known_from": NOW},
    ]  # fmt: skip
    connection = warehouse(rows)

    def seen(role: str, table: str, column: str, **more: object) -> list[object]:
        viewer = replace(Viewer(role, role, role, grant=known[role], at=NOW), **more)  # type: ignore[arg-type]
        text, parameters = bound(scope(viewer, table, model()))
        return [row[0] for row in connection.execute(f'SELECT "{column}" FROM ({text})', parameters).fetchall()]

    assert set(seen("ward_nurse", "stay", "ward", ward="W1")) == {"W1"} and seen("ward_nurse", "stay", "ward") == []
    assert set(seen("campus_head", "visit", "campus", campuses=frozenset({"HQ"}))) == {"HQ"}
    assert {d for d in seen("campus_head", "patient", "birth_date", campuses=frozenset({"HQ"})) if d and (d.month, d.day) != (1, 1)} == set()  # type: ignore[attr-defined]
    assert set(seen("consultant", "stay", "doctor", doctor="S1")) <= {*{s["doctor"] for s in rows["stay"]}} and seen("consultant", "stay", "doctor") == []
    marked = rows["stay"][0]["patient_key"]
    researcher = seen("researcher", "visit", "patient_key", counting=True)
    vip = {s["patient_key"] for s in rows["stay"] if s["insurance_type"] == "商业保险"} - {None}
    assert researcher and vip and not {marked, *vip} & set(researcher)
    assert seen("researcher", "visit", "patient_key") == []
    connection.close()
