"""The declared tables 统一模型 and hospital.yaml, and what is said when they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from yishu import hospital
from yishu.kernel import InputError


def test_every_table_says_grain_key_and_belonging() -> None:
    model = hospital.model()
    assert len(model.tables) >= 30
    for table in model.tables.values():
        assert table.grain and table.key and table.label
        assert table.public or table.derived or table.belonging or table.belonging_of or table.name == "patient"
    stay = model.table("stay")
    assert stay.column("department").code_column == "department_code"
    assert stay.timed("occurred") is stay.column("admitted_at")
    assert stay.belonging_also is not None and stay.belonging_also.table == "transfer"


def test_an_unknown_table_or_column_names_the_nearest() -> None:
    model = hospital.model()
    with pytest.raises(InputError) as caught:
        model.table("vist")
    assert "visit" in caught.value.hint and caught.value.status == 404
    with pytest.raises(InputError) as caught:
        model.table("stay").column("departmnt")
    assert "department" in caught.value.hint


def test_what_is_pointed_to_comes_first() -> None:
    order = hospital.model().order(("lab_result", "lab_report", "lab_sample", "patient"))
    assert order == ("patient", "lab_sample", "lab_report", "lab_result")


def test_a_hospital_may_declare_tables_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    own = tmp_path / "tables" / "own.yaml"
    own.write_text("round:\n  label: 查房\n  grain: 一次一行\n  key: [round_id]\n  belonging: [department]\n  columns:\n    round_id: {type: text, label: 号}\n    department: {type: text, label: 科室, codes: department}\n", encoding="utf-8")
    assert hospital.model(tmp_path).table("round").column("department").codes == "department"
    own.write_text("round:\n  label: 查房\n  key: [rond_id]\n  columns:\n    round_id: {type: txt, label: 号}\n", encoding="utf-8")
    with pytest.raises(hospital.HospitalFaults) as caught:
        hospital.model(tmp_path)
    said = [fault.text() for fault in caught.value.faults]
    assert any("own.yaml:5" in line and "txt" in line and "text" in line for line in said)
    assert any("rond_id" in line and "round_id" in line for line in said)
    assert any("belonging" in line for line in said)


def test_hospital_yaml_faults_carry_line_and_nearest_word(tmp_path: Path) -> None:
    file = tmp_path / "hospital.yaml"
    file.write_text("name: 小医院\ndepartmnts: []\ncampuses: [{id: HQ, name: 总院}]\nwards:\n- {id: W, name: 病区, campus: HX, beds: [{department: D9, since: 2025-13-01, open: 3}]}\n", encoding="utf-8")
    with pytest.raises(hospital.HospitalFaults) as caught:
        hospital.profile(tmp_path)
    said = [fault.text() for fault in caught.value.faults]
    assert any(line.startswith("hospital.yaml:2 ") and "departments" in line for line in said)
    assert any("hospital.yaml:5" in line and "HX" in line for line in said)
    assert any("since" in line for line in said)


def test_codes_of_one_day_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "codes").mkdir()
    file = tmp_path / "codes" / "department.csv"
    file.write_text("source,source_code,source_name,standard_code,since,until\nmz,02,,D01,,2025-01-04\nmz,02,,D02,2025-01-05,\nmz,02,,D03,2025-06-01,\nmz,03,,D03,昨天,\n", encoding="utf-8")
    maps, faults = hospital.read_codes(tmp_path)
    assert [code.standard for code in maps.of("mz", "department")] == ["D01", "D02"]
    assert [fault.line for fault in faults] == [4, 5] and "重叠" in faults[0].reason


def test_a_mapping_knows_which_row_brings_a_column(tmp_path: Path) -> None:
    folder = tmp_path / "mappings" / "mz"
    folder.mkdir(parents=True)
    (folder / "charge.sql").write_text(
        "WITH r AS (SELECT XH, KS FROM GH)\n"
        "SELECT 'MX' AS source_table, m._key AS source_key, m.XH AS charge_id, r.KS AS department, m.ZX AS exec_department FROM MX m JOIN r ON r.XH = m.GHXH\n"
        "UNION ALL SELECT 'GH', g._key, g.XH, g.KS, g.KS FROM GH g\n",
        encoding="utf-8",
    )
    (mapping,), faults = hospital.read_mappings(tmp_path, "mz", ("GH", "MX"), hospital.model())
    assert faults == ()
    assert [mapping.own("MX", c) for c in ("department", "exec_department")] == [False, True]
    assert [mapping.own("GH", c) for c in ("department", "exec_department")] == [True, True]
