"""Table loads 表装载: what comes in is kept, counted and shown in its latest version."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from tests.hospital_folder import a_hospital, a_sqlite
from yishu.integration import Extraction, checks, extract, loads, record, sources, stage, unstage, verify
from yishu.kernel import InputError, Settings, SourceError
from yishu.kernel.duck import warehouse_instance

HIS = """\
label: 门诊HIS
kind: sqlite
address: ${YISHU_HOME}/sources/his.db
owner: 门诊部
tables:
  GHZD:
    label: 挂号
    key: [XH]
    cursor: LRSJ
    overlap: 1 day
    identifiers: {HZXM: name, SFZH: id_card}
    checks:
      - {id: gh.id, family: bad_id, column: SFZH, kind: checksum, when: "NOT id_card_valid(SFZH)", say: 校验位不符}
      - {id: gh.dup, family: value_format, column: KS, kind: empty, when: "clean(KS) IS NULL", action: quarantine, say: 没有科室}
  FZJH:
    label: 分诊
    key: [GHXH, CS]
    part_of: {table: GHZD, on: {GHXH: XH}}
"""
SCHEMA = """
CREATE TABLE GHZD (XH INTEGER PRIMARY KEY, HZXM TEXT, SFZH TEXT, KS TEXT, LRSJ TEXT, JE REAL);
CREATE TABLE FZJH (GHXH INTEGER, CS INTEGER, SJ TEXT);
"""
VISITS = [
    (1, "张三", "11010519491231002X", "0312", "2025030108:00:00", 1.5),
    (2, "李四", "110105194912310021", "0312", "2025030208:00:00", 2.5),
    (3, "王五", "", "", "2025030308:00:00", None),
]
QUEUE = [(1, 1, "2025-03-01 08:10:00"), (9, 1, "2025-03-01 08:10:00")]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = a_hospital(tmp_path, {"his": HIS})
    a_sqlite(made.home / "sources" / "his.db", SCHEMA, {"GHZD": VISITS, "FZJH": QUEUE})
    return made


def load(settings: Settings, load_id: str, *, full: bool = False, on: str = "2025-07-15T08:30:00") -> Extraction:
    moment = datetime.fromisoformat(on)
    (spec,) = sources(settings.hospital)
    return extract(replace(settings, clock=lambda: moment), spec, full=full, load_id=load_id)


def change(settings: Settings, *statements: str) -> None:
    connection = sqlite3.connect(settings.home / "sources" / "his.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def staged_rows(settings: Settings, query: str, names: list[str] | None = None) -> list[tuple[object, ...]]:
    (spec,) = sources(settings.hospital)
    connection = warehouse_instance(settings.home)
    try:
        staged = stage(connection, settings, spec, names)
        connection.execute(f"USE {staged.database}")
        rows = connection.execute(query).fetchall()
        unstage(connection, staged)
        assert list((settings.home / "staging").iterdir()) == []
        return rows
    finally:
        connection.close()


def test_a_load_is_counted_and_listed(settings: Settings) -> None:
    done = load(settings, "L1")
    assert [(table.table, table.rows, table.kind, table.state) for table in done.tables] == [
        ("GHZD", 3, "full", "done"), ("FZJH", 2, "full", "done")]
    assert done.tables[0].cursor_high == "t:2025-03-03 08:00:00"
    (listed,) = loads(settings, "his")
    assert {table.table for table in listed.tables} == {"GHZD", "FZJH"}
    assert not list(settings.home.glob("raw/**/*.part"))


def test_raw_files_are_encrypted_and_private(settings: Settings) -> None:
    (visits, _) = load(settings, "L1").tables
    path = visits.path(settings.home)
    assert path.stat().st_mode & 0o077 == 0
    assert "张三".encode() not in path.read_bytes() and b"110105" not in path.read_bytes()
    with pytest.raises(duckdb.Error):
        duckdb.execute(f"SELECT * FROM read_parquet('{path}')").fetchall()


def test_the_checksum_does_not_depend_on_row_order_but_on_every_column(settings: Settings) -> None:
    first = load(settings, "L1").tables[1].checksum
    change(settings, "DELETE FROM FZJH", "INSERT INTO FZJH VALUES (9, 1, '2025-03-01 08:10:00'), (1, 1, '2025-03-01 08:10:00')")
    assert load(settings, "L2").tables[1].checksum == first
    change(settings, "UPDATE FZJH SET SJ = '2025-03-01 08:10:01' WHERE GHXH = 9")
    assert load(settings, "L3").tables[1].checksum != first


def test_an_unchanged_table_takes_no_second_place(settings: Settings) -> None:
    first, second = load(settings, "L1").tables[1], load(settings, "L2").tables[1]
    assert second.path(settings.home).samefile(first.path(settings.home))


def test_the_latest_version_of_each_key_is_staged(settings: Settings) -> None:
    load(settings, "L1")
    change(settings, "UPDATE GHZD SET HZXM = '李四改', LRSJ = '2025030408:00:00' WHERE XH = 2",
           "INSERT INTO GHZD VALUES (4, '赵六', '', '0313', '2025030508:00:00', 4)")
    second = load(settings, "L2", on="2025-07-16T08:30:00")
    assert (second.tables[0].kind, second.tables[0].rows) == ("incremental", 3)
    query = "SELECT XH, HZXM, _load_id, _recorded, _key FROM GHZD ORDER BY XH"
    assert staged_rows(settings, query) == [
        (1, "张三", "L1", datetime(2025, 7, 15, 8, 30), "1"),
        (2, "李四改", "L2", datetime(2025, 7, 16, 8, 30), "2"),
        (3, "王五", "L2", datetime(2025, 7, 16, 8, 30), "3"),
        (4, "赵六", "L2", datetime(2025, 7, 16, 8, 30), "4"),
    ]
    assert [row[1] for row in staged_rows(settings, query, ["L1"])] == ["张三", "李四", "王五"]


def test_a_deleted_row_is_seen_by_a_full_load(settings: Settings) -> None:
    load(settings, "L1")
    change(settings, "DELETE FROM GHZD WHERE XH = 1")
    load(settings, "L2")
    assert staged_rows(settings, "SELECT count(*) FROM GHZD") == [(3,)]
    assert load(settings, "L3", full=True).tables[0].kind == "full"
    assert staged_rows(settings, "SELECT XH FROM GHZD ORDER BY 1") == [(2,), (3,)]


def test_rows_late_within_the_overlap_come_along_and_rows_without_cursor_always(settings: Settings) -> None:
    load(settings, "L1")
    change(settings, "INSERT INTO GHZD VALUES (5, '迟', '', '1', '2025030220:00:00', 0)",
           "INSERT INTO GHZD VALUES (6, '太迟', '', '1', '2025030120:00:00', 0)",
           "INSERT INTO GHZD VALUES (7, '无', '', '1', NULL, 0)")
    load(settings, "L2")
    assert staged_rows(settings, "SELECT XH FROM GHZD ORDER BY 1") == [(1,), (2,), (3,), (5,), (7,)]


def test_checks_name_row_rule_and_reason(settings: Settings) -> None:
    load(settings, "L1")
    (spec,) = sources(settings.hospital)
    connection = warehouse_instance(settings.home)
    staged = stage(connection, settings, spec)
    found = checks(connection, staged)
    rows = connection.execute(f"SELECT source_table, key, rule, family, action, say, load_id FROM {found} ORDER BY ALL").fetchall()
    connection.close()
    assert rows == [
        ("FZJH", "9|1", "FZJH.part_of", "orphan", "quarantine", "分诊 找不到它所属的挂号（GHZD）", "L1"),
        ("GHZD", "2", "gh.id", "bad_id", "flag", "校验位不符", "L1"),
        ("GHZD", "3", "gh.dup", "value_format", "quarantine", "没有科室", "L1"),
    ]


def test_a_rule_that_cannot_run_is_named_with_its_line(settings: Settings) -> None:
    path = settings.hospital / "sources" / "his.yaml"
    path.write_text(HIS.replace("clean(KS) IS NULL", "CAST(KS AS INT) > 1"), encoding="utf-8")
    load(settings, "L1")
    (spec,) = sources(settings.hospital)
    connection = warehouse_instance(settings.home)
    with pytest.raises(InputError) as caught:
        checks(connection, stage(connection, settings, spec))
    connection.close()
    assert caught.value.where == "his.yaml:14" and "gh.dup" in caught.value.message


def test_one_source_row_for_trace(settings: Settings) -> None:
    load(settings, "L1")
    change(settings, "UPDATE GHZD SET HZXM = '李四改', LRSJ = '2025030408:00:00' WHERE XH = 2")
    load(settings, "L2")
    now = record(settings, "his", "GHZD", "2")
    then = record(settings, "his", "GHZD", "2", load_id="L1")
    assert now is not None and then is not None
    assert (now.load_id, now.values["HZXM"]) == ("L2", "李四改")
    assert (then.load_id, then.values["HZXM"], then.values["JE"]) == ("L1", "李四", "2.5")
    assert now.identifiers == {"HZXM": "name", "SFZH": "id_card"}
    assert record(settings, "his", "GHZD", "1") is not None
    assert record(settings, "his", "FZJH", "9|1") is not None
    assert record(settings, "his", "GHZD", "99") is None
    with pytest.raises(InputError):
        record(settings, "his", "GHZZ", "1")


def test_a_load_id_is_used_once(settings: Settings) -> None:
    load(settings, "L1")
    with pytest.raises(InputError, match="已用过"):
        load(settings, "L1")


def test_staging_before_any_load_says_so(settings: Settings) -> None:
    with pytest.raises(SourceError, match="还没有装载过"):
        staged_rows(settings, "SELECT 1")


def test_a_column_whose_values_break_its_type_is_kept_as_text(settings: Settings) -> None:
    change(settings, "INSERT INTO FZJH VALUES ('不详', 2, NULL)")
    done = load(settings, "L1")
    assert done.tables[1].rows == 3
    assert any("FZJH.GHXH" in note.say for note in done.notes)
    assert staged_rows(settings, "SELECT GHXH, CS FROM FZJH ORDER BY ALL") == [("1", 1), ("9", 1), ("不详", 2)]


def test_a_raw_file_that_changed_is_found(settings: Settings) -> None:
    first, second = load(settings, "L1").tables
    assert verify(settings, "his") == ()
    path = first.path(settings.home)
    whole = path.read_bytes()
    path.write_bytes(second.path(settings.home).read_bytes())
    assert [entry.table for entry in verify(settings, "his")] == ["GHZD"]
    path.write_bytes(whole[:-20])
    assert [entry.table for entry in verify(settings, "his")] == ["GHZD"]
    path.unlink()
    assert [entry.table for entry in verify(settings, "his")] == ["GHZD"]
