"""Two systems that disagree become one hospital 装载一家小医院."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.flow import tiny_hospital
from yishu import flow, hospital
from yishu.kernel import InputError, Settings, SourceError
from yishu.kernel.duck import warehouse_instance
from yishu.kernel.store import open_store


@pytest.fixture
def loaded(tmp_path: Path) -> Settings:
    settings = tiny_hospital.build(tmp_path)
    flow.load(settings)
    return settings


def rows(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    connection = warehouse_instance(settings.home)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_every_source_row_is_in_one_bucket(tmp_path: Path) -> None:
    receipt = flow.load(tiny_hospital.build(tmp_path))
    found = {t.table: (t.rows_in, t.placed, t.merged, t.flagged, t.quarantined, t.ignored, dict(t.ignored_rules)) for s in receipt.sources for t in s.tables}
    assert found == {
        "BR": (4, 3, 0, 1, 0, 0, {}),
        "GH": (7, 3, 0, 2, 1, 1, {"red": 1}),
        "FZ": (3, 0, 2, 0, 1, 0, {}),
        "KS": (2, 0, 0, 0, 0, 2, {"dictionary": 2}),
        "RY": (4, 4, 0, 0, 0, 0, {}),
        "ZK": (2, 1, 0, 1, 0, 0, {}),
    }
    assert all(t.adds_up() for s in receipt.sources for t in s.tables)
    json.dumps(receipt.as_json(), ensure_ascii=False)


def test_codes_hold_for_their_days_and_the_longest_prefix_wins(loaded: Settings) -> None:
    found = rows(loaded, "SELECT visit_id, department, department_code, diagnosis, diagnosis_code FROM wh.hospital.visit ORDER BY 1")
    assert found == [
        ("MZ-1", "D01", "01", "急性心肌梗死", "I21.001"),
        ("MZ-2", "D01", "02", "未特指的心梗", "I21.901"),
        ("MZ-3", "D02", "02", "呼吸系统疾病", "J18.900"),
        ("MZ-4", None, "99", None, None),
        ("MZ-5", "D01", "01", None, None),
    ]
    assert rows(loaded, "SELECT code_system, source_code, uses FROM wh.quality.unmapped") == [("department", "99", 1)]


def test_one_person_over_cards_and_systems(loaded: Settings) -> None:
    found = rows(loaded, "SELECT source, source_key, person_id FROM wh.hospital.patient ORDER BY patient_key")
    assert [row[2] for row in found if row[:2] in {("mz", "1"), ("mz", "2"), ("zy", "100")}] == [1, 1, 1]
    assert len({row[2] for row in found}) == 4


def test_defects_say_family_row_and_column(loaded: Settings) -> None:
    found = rows(loaded, "SELECT family, source, source_table, key FROM wh.quality.defect ORDER BY ALL")
    assert found == [
        ("bad_id", "mz", "BR", "3"),
        ("duplicate_person", "mz", "BR", "2"),
        ("orphan", "mz", "FZ", "3"),
        ("orphan", "mz", "GH", "5"),
        ("orphan", "zy", "ZK", "2"),
        ("time_order", "mz", "GH", "6"),
        ("unmapped_code", "mz", "GH", "4"),
    ]


def test_bed_days_are_counted_at_midnight(loaded: Settings) -> None:
    found = rows(loaded, "SELECT CAST(date AS VARCHAR), department, open_beds, occupied_beds, same_day_stays FROM wh.hospital.bed_day ORDER BY ALL")
    assert [(d, p, n, s) for d, p, _, n, s in found if n or s] == [
        ("2025-01-02", "D02", 1, 0),
        ("2025-01-03", "D02", 1, 0),
        ("2025-01-04", "D01", 0, 1),
        ("2025-01-04", "D02", 1, 0),
        ("2025-01-05", "D02", 1, 0),
        ("2025-01-07", "D01", 1, 0),
    ]
    assert {(p, o) for _, p, o, _, _ in found} == {("D01", 10), ("D02", 4)}


def test_a_change_moves_the_old_face_to_history(tmp_path: Path) -> None:
    settings = tiny_hospital.build(tmp_path)
    flow.load(settings)
    tiny_hospital.change(tmp_path, "zy", "UPDATE RY SET CY = '2025-01-08 18:00:00', ZT = '8' WHERE ZYH = 101")
    tiny_hospital.change(tmp_path, "mz", "DELETE FROM GH WHERE XH = 3")
    later = tiny_hospital.at(tmp_path, "2025-01-09T08:00:00")
    flow.load(later)
    old = rows(later, "SELECT stay_id, status, CAST(known_from AS VARCHAR), CAST(known_until AS VARCHAR) FROM wh.history.stay")
    assert old == [("ZY-101", "在院", "2025-01-08 08:00:00", "2025-01-09 08:00:00")]
    assert rows(later, "SELECT status, load_id FROM wh.hospital.stay WHERE stay_id = 'ZY-101'") == [("出院", "L000002")]
    assert rows(later, "SELECT load_id FROM wh.hospital.stay WHERE stay_id = 'ZY-100'") == [("L000001",)]
    assert rows(later, "SELECT visit_id FROM wh.history.visit") == [("MZ-3",)]
    assert rows(later, "SELECT count(*) FROM wh.hospital.visit") == [(4,)]


def test_a_rebuild_makes_the_same_rows_history_included(tmp_path: Path) -> None:
    settings = tiny_hospital.build(tmp_path)
    flow.load(settings)
    tiny_hospital.change(tmp_path, "zy", "UPDATE RY SET CY = '2025-01-08 18:00:00', ZT = '8' WHERE ZYH = 101")
    tiny_hospital.change(tmp_path, "zy", "INSERT INTO RY VALUES (104, 10, '钱七', '', '1960-01-01', '2025-01-08 12:00:00', NULL, 1, '0')")
    later = tiny_hospital.at(tmp_path, "2025-01-09T08:00:00")
    flow.load(later)
    before = checksum(later)
    flow.load(tiny_hospital.at(tmp_path, "2025-03-01T00:00:00"), rebuild=True)
    assert checksum(later) == before


def test_loading_again_changes_nothing(loaded: Settings) -> None:
    before = checksum(loaded)
    flow.load(loaded)
    assert checksum(loaded) == before


def checksum(settings: Settings) -> dict[str, str]:
    connection = warehouse_instance(settings.home)
    try:
        return hospital.checksum(connection)
    finally:
        connection.close()


def test_trace_leads_to_the_masked_source_record(loaded: Settings) -> None:
    traced = flow.trace(loaded, "patient", "1")
    assert traced.record is not None
    assert traced.record["XM"] == "张*" and traced.record["DH"] == "138****5678"
    assert traced.record["SFZ"] == "1101**********881X"
    with pytest.raises(InputError, match="没有 99"):
        flow.trace(loaded, "patient", "99")


def test_no_identifier_reaches_the_warehouse_or_the_store_in_clear(loaded: Settings) -> None:
    words = [word.encode() for word in ("张三丰", tiny_hospital.CARD, "13812345678")]
    for path in [p for p in loaded.home.rglob("*") if p.is_file() and "sources" not in p.parts]:
        content = path.read_bytes()
        assert not any(word in content for word in words), path.name
    tables = rows(loaded, "SELECT table_schema || '.' || table_name FROM information_schema.tables WHERE table_catalog = 'wh'")
    for (name,) in tables:
        text = str(rows(loaded, f"SELECT * FROM wh.{name}"))
        assert not any(word.decode() in text for word in words), name


def test_a_typo_in_a_mapping_is_told_with_line_and_nearest_word(tmp_path: Path) -> None:
    settings = tiny_hospital.build(tmp_path)
    mapping = settings.hospital / "mappings" / "zy" / "stay.sql"
    good = mapping.read_text(encoding="utf-8")
    mapping.write_text(good.replace("FROM RY", "FROM RYY"), encoding="utf-8")
    assert [(f.file.name, f.line, "RY" in f.text) for f in flow.check(settings)] == [("stay.sql", 6, True)]
    mapping.write_text(good.replace("AS ward", "AS wards"), encoding="utf-8")
    assert [(f.line, "是不是 ward" in f.text) for f in flow.check(settings)] == [(4, True)]
    mapping.write_text(good.replace("CAST(RY AS TIMESTAMP)", "CAST(RYX AS TIMESTAMP)"), encoding="utf-8")
    with pytest.raises(InputError, match=r"stay.sql:3 没有列 RYX；是不是 .*RY"):
        flow.load(settings)
    mapping.write_text(good, encoding="utf-8")
    flow.load(settings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT 1; SELECT 2", "只能是一条 SELECT"),
        ("COPY (SELECT 1) TO 'x.csv'", "只能是一条 SELECT"),
        ("ATTACH 'x.db'", "只能是一条 SELECT"),
        ("SELECT * FROM read_csv('/etc/passwd')", "表函数"),
        ("SELECT * FROM '/etc/passwd'", "没有表"),
        ("SELECT * FROM wh.hospital.stay", "不要带前缀"),
        ("SELECT getenv('HOME') AS stay_id FROM RY", "getenv"),
        ("SELEC 1", "写法有误"),
        ("SELECT (1 AS x FROM RY", "写法有误"),
    ],
)
def test_a_mapping_is_one_select_over_staged_tables(tmp_path: Path, text: str, said: str) -> None:
    settings = tiny_hospital.build(tmp_path)
    (settings.hospital / "mappings" / "zy" / "stay.sql").write_text(text, encoding="utf-8")
    faults = flow.check(settings)
    assert faults and any(said in fault.text for fault in faults), [fault.text for fault in faults]


def test_a_missing_source_does_not_stop_the_others(tmp_path: Path) -> None:
    settings = tiny_hospital.build(tmp_path)
    (settings.home / "sources" / "mz.db").unlink()
    receipt = flow.load(settings)
    assert {s.source: s.state for s in receipt.sources} == {"mz": "failed", "zy": "loaded"}
    assert [s.source for s in receipt.failed] == ["mz"]


def test_a_warehouse_in_use_is_a_clear_error(loaded: Settings) -> None:
    import subprocess
    import sys

    code = "import sys; from pathlib import Path; from yishu.kernel.duck import warehouse_instance; c = warehouse_instance(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    holder = subprocess.Popen([sys.executable, "-c", code, str(loaded.home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == b"open\n"
        with pytest.raises(SourceError) as caught:
            flow.load(loaded)
        assert caught.value.code == "warehouse.busy" and caught.value.exit_status == 4
    finally:
        holder.communicate()


def test_vault_is_found_by_exact_value_only(loaded: Settings) -> None:
    from yishu import identity

    engine = open_store(loaded.home)
    try:
        assert identity.find(engine, loaded.home, "phone", "13812345678") == (1,)
        assert identity.find(engine, loaded.home, "id_card", tiny_hospital.CARD.lower()) == (1, 2, 7)
        assert identity.find(engine, loaded.home, "phone", "13800000000") == ()
    finally:
        engine.dispose()
    with sqlite3.connect(loaded.home / "platform.db") as store:
        assert store.execute("SELECT count(*) FROM identity_vault").fetchone() == (6,)
    store.close()
