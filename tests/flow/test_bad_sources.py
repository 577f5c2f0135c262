"""Bad sources 坏来源: each ends in a clear message in Chinese, and nothing that was loaded before is lost."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import psycopg
import pymysql
import pytest

from tests import servers
from tests.hospital_folder import a_hospital, a_sqlite
from yishu.integration import Extraction, checks, extract, loads, sources, stage, verify
from yishu.integration.adapters.files import recover
from yishu.integration.errors import (
    DiskFull,
    RawDamaged,
    SourceChanged,
    SourceDamaged,
    SourceLocked,
    SourceMissing,
    SourceRefused,
    SourceSlow,
)
from yishu.integration.worker import malformed_file
from yishu.kernel import InputError, Settings, YishuError
from yishu.kernel.duck import warehouse_instance

ROOT = Path(__file__).parents[2]
HIS = """\
label: 门诊HIS
kind: sqlite
address: ${YISHU_HOME}/sources/his.db
limits: {wait: 0.3}
tables:
  GHZD: {label: 挂号, key: [XH], identifiers: {HZXM: name, SFZH: id_card}}
"""
SCHEMA = "CREATE TABLE GHZD (XH INTEGER PRIMARY KEY, HZXM TEXT, SFZH TEXT, KSDM TEXT);"
ROWS = [(number, f"病人{number}", "11010519491231002X", "0312") for number in range(1, 201)]


def files_of(kind: str, charset: str = "{policy: detect}") -> str:
    """The text of a source of files."""
    return f"""\
label: 文件
kind: {kind}
address: ${{YISHU_HOME}}/sources/files
charset: {charset}
tables:
  drug: {{label: 药品, key: [id], identifiers: {{card: id_card}}}}
"""


def load(settings: Settings, load_id: str, *, full: bool = False) -> Extraction:
    (spec,) = sources(settings.hospital)
    return extract(settings, spec, full=full, load_id=load_id)


def refused(settings: Settings, load_id: str = "L2") -> YishuError:
    """The error of a load that must fail; it leaves no file behind and says so in a sentence with a hint."""
    kept = set((settings.home / "raw").rglob("*.parquet"))
    before = loads(settings, sources(settings.hospital)[0].name)
    with pytest.raises(YishuError) as caught:
        load(settings, load_id)
    assert loads(settings, sources(settings.hospital)[0].name) == before
    assert set((settings.home / "raw").rglob("*.parquet")) == kept
    assert not list((settings.home / "raw").rglob("*.part"))
    assert any("一" <= sign <= "鿿" for sign in caught.value.message) and caught.value.hint
    assert "病人" not in caught.value.message and "1101051949" not in caught.value.message
    return caught.value


def rows_now(settings: Settings, query: str) -> list[tuple[object, ...]]:
    (spec,) = sources(settings.hospital)
    connection = warehouse_instance(settings.home)
    try:
        staged = stage(connection, settings, spec)
        checks(connection, staged)
        connection.execute(f"USE {staged.database}")
        return connection.execute(query).fetchall()
    finally:
        connection.close()


# --- SQLite -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def his(tmp_path: Path) -> Settings:
    """A hospital whose outpatient system was loaded once."""
    settings = a_hospital(tmp_path, {"his": HIS})
    a_sqlite(settings.home / "sources" / "his.db", SCHEMA, {"GHZD": ROWS})
    load(settings, "L1")
    return settings


def his_file(settings: Settings) -> Path:
    return settings.home / "sources" / "his.db"


def test_a_missing_file(his: Settings) -> None:
    his_file(his).unlink()
    error = refused(his)
    assert isinstance(error, SourceMissing) and error.exit_status == 4 and "his.db" in error.message
    assert rows_now(his, "SELECT count(*) FROM GHZD") == [(200,)]


def test_a_locked_file(his: Settings) -> None:
    holder = sqlite3.connect(his_file(his), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    error = refused(his)
    assert isinstance(error, SourceLocked) and "正被另一个程序写入" in error.message
    holder.execute("COMMIT")
    holder.close()
    assert load(his, "L3").tables[0].rows == 200


def test_a_lock_that_goes_away_is_waited_for(his: Settings) -> None:
    path = his.hospital / "sources" / "his.yaml"
    path.write_text(HIS.replace("wait: 0.3", "wait: 30"), encoding="utf-8")
    holder = sqlite3.connect(his_file(his), isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(2.5, lambda: holder.execute("COMMIT"))
    release.start()
    assert load(his, "L2").tables[0].rows == 200
    release.join()
    holder.close()


def test_a_truncated_sqlite_file(his: Settings) -> None:
    whole = his_file(his).read_bytes()
    his_file(his).write_bytes(whole[: len(whole) // 2])
    assert isinstance(refused(his), SourceDamaged)
    his_file(his).write_bytes(b"")
    refused(his, "L3")
    his_file(his).write_bytes(b"not a database at all " * 400)
    assert isinstance(refused(his, "L4"), SourceDamaged)
    his_file(his).write_bytes(whole)
    assert load(his, "L5").tables[0].rows == 200


def test_a_renamed_column_names_the_nearest(his: Settings) -> None:
    connection = sqlite3.connect(his_file(his))
    connection.execute("ALTER TABLE GHZD RENAME COLUMN KSDM TO KSDM2")
    connection.commit()
    error = refused(his)
    assert isinstance(error, SourceChanged)
    assert error.where == "GHZD.KSDM" and "KSDM2" in error.message
    connection.execute("ALTER TABLE GHZD RENAME COLUMN SFZH TO SFZHM")
    connection.commit()
    connection.close()
    with pytest.raises(SourceChanged, match="SFZHM"):
        load(his, "L3", full=True)


def test_a_column_that_was_given_up_is_accepted_by_a_full_load(his: Settings) -> None:
    connection = sqlite3.connect(his_file(his))
    connection.execute("ALTER TABLE GHZD DROP COLUMN KSDM")
    connection.commit()
    connection.close()
    done = load(his, "L2", full=True)
    assert [note.code for note in done.notes] == ["column.gone"]
    assert rows_now(his, "SELECT count(*) FROM GHZD") == [(200,)]


def test_a_new_column_is_kept_and_noted(his: Settings) -> None:
    connection = sqlite3.connect(his_file(his))
    connection.execute("ALTER TABLE GHZD ADD COLUMN QD TEXT DEFAULT '微信'")
    connection.commit()
    connection.close()
    (note,) = load(his, "L2").notes
    assert note.code == "column.new" and "QD" in note.say
    assert rows_now(his, "SELECT DISTINCT QD FROM GHZD") == [("微信",)]


def test_a_missing_table_names_the_nearest(his: Settings) -> None:
    connection = sqlite3.connect(his_file(his))
    connection.execute("ALTER TABLE GHZD RENAME TO MZ_GHZD")
    connection.commit()
    connection.close()
    error = refused(his)
    assert isinstance(error, SourceChanged) and "MZ_GHZD" in error.message


def test_a_source_that_is_too_slow_is_stopped(his: Settings) -> None:
    path = his.hospital / "sources" / "his.yaml"
    path.write_text(HIS.replace("wait: 0.3", "wait: 60, seconds: 3"), encoding="utf-8")
    holder = sqlite3.connect(his_file(his), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    error = refused(his)
    holder.close()
    assert isinstance(error, SourceSlow) and "3 秒" in error.message


def test_a_throttled_source_is_read_whole(his: Settings) -> None:
    path = his.hospital / "sources" / "his.yaml"
    path.write_text(HIS.replace("wait: 0.3", "rows_per_second: 400"), encoding="utf-8")
    began = time.monotonic()
    assert load(his, "L2").tables[0].rows == 200
    assert time.monotonic() - began > 0.4
    first, second = loads(his, "his")
    assert first.tables[0].checksum == second.tables[0].checksum


def test_an_address_that_needs_an_unknown_variable(tmp_path: Path) -> None:
    settings = a_hospital(tmp_path, {"his": HIS.replace("${YISHU_HOME}", "${NOWHERE}")})
    error = refused(settings)
    assert isinstance(error, InputError) and "NOWHERE" in error.message


def test_two_loads_at_once(his: Settings) -> None:
    import fcntl

    with (his.home / "raw" / "his" / ".lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert refused(his).code == "load.busy"


# --- CSV --------------------------------------------------------------------------------------------------------------
def a_csv(tmp_path: Path, content: bytes, charset: str = "{policy: detect}", name: str = "drug.csv") -> Settings:
    settings = a_hospital(tmp_path, {"hrp": files_of("csv", charset)})
    path = settings.home / "sources" / "files" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return settings


DRUGS = 'id,name,card\n1,"阿莫西林,胶囊",\n2,"两行的\n名字",11010519491231002X\n3,"",440524188001010014\n'


@pytest.mark.parametrize(
    ("content", "charset", "name"),
    [
        (DRUGS.encode(), "{policy: detect}", "drug.csv"),
        (b"\xef\xbb\xbf" + DRUGS.encode(), "{policy: detect}", "deep/er/drug.csv"),
        (DRUGS.replace("\n3", "\r\n3").encode("gb18030"), "{policy: detect}", "drug.csv"),
        (DRUGS.encode("gbk"), "{policy: declared, name: gbk}", "drug.csv"),
        (gzip.compress(DRUGS.encode("gb18030")), "{policy: declared, name: gb18030}", "drug.csv.gz"),
        (DRUGS.rstrip("\n").encode(), "{policy: forced, name: utf-8}", "drug.csv"),
    ],
)
def test_a_csv_is_decoded_before_it_is_split(tmp_path: Path, content: bytes, charset: str, name: str) -> None:
    settings = a_csv(tmp_path, content, charset, name)
    load(settings, "L1")
    assert rows_now(settings, "SELECT id, name, card FROM drug ORDER BY id") == [
        ("1", "阿莫西林,胶囊", None), ("2", "两行的\n名字", "11010519491231002X"), ("3", "", "440524188001010014")]


def test_gbk_declared_as_utf8(tmp_path: Path) -> None:
    settings = a_csv(tmp_path, DRUGS.encode("gbk"), "{policy: declared, name: utf-8}")
    error = refused(settings, "L1")
    assert isinstance(error, SourceDamaged) and error.code == "source.charset"
    assert "第 2 行" in error.message and "gb18030" in error.message and error.where == "drug.csv:2"


def test_forced_reads_on_and_leaves_a_mark(tmp_path: Path) -> None:
    settings = a_csv(tmp_path, b"id,name,card\n1,\xff\xfe,\n", "{policy: forced, name: utf-8}")
    load(settings, "L1")
    assert rows_now(settings, "SELECT name FROM drug") == [("��",)]


def test_bytes_nobody_can_read_are_set_apart_and_kept(tmp_path: Path) -> None:
    settings = a_csv(tmp_path, DRUGS.encode())
    load(settings, "L1")
    path = settings.home / "sources" / "files" / "drug.csv"
    strange = b"id,name,card\n1,\xff\xff\xff,\n"
    path.write_bytes(strange)
    done = load(settings, "L2")
    assert [(table.state, table.rows) for table in done.tables] == [("apart", 0)]
    (note,) = done.notes
    assert note.code == "file.quarantined" and "隔离" in note.say
    (kept,) = (settings.home / "raw" / "hrp" / ".apart").iterdir()
    assert b"\xff\xff\xff" not in kept.read_bytes()
    assert recover(settings.home, kept) == strange
    assert rows_now(settings, "SELECT count(*) FROM drug") == [(3,)]


def test_a_csv_cut_in_a_row(tmp_path: Path) -> None:
    settings = a_csv(tmp_path, DRUGS.encode())
    load(settings, "L1")
    (settings.home / "sources" / "files" / "drug.csv").write_bytes(DRUGS.encode() + "4,头".encode())
    error = refused(settings)
    assert isinstance(error, SourceDamaged) and "第 6 行" in error.message and "截断" in error.message


CROOKED = DRUGS + '4,"头孢,拉定",无,多出的\n5,青霉素\n6,"甲\n乙",\n'


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_a_crooked_csv_row_is_quarantined_alone(tmp_path: Path, charset: str) -> None:
    settings = a_csv(tmp_path, CROOKED.encode(charset))
    done = load(settings, "L1")
    assert [(table.state, table.rows) for table in done.tables] == [("done", 4)]
    assert any(note.code == "rows.quarantined" and "2 行" in note.say for note in done.notes)
    assert rows_now(settings, "SELECT id FROM drug ORDER BY id") == [("1",), ("2",), ("3",), ("6",)]
    connection = warehouse_instance(settings.home)
    try:
        staged = stage(connection, settings, sources(settings.hospital)[0])
        found = connection.execute(f"SELECT key, action, say FROM {checks(connection, staged)} WHERE kind = 'malformed' ORDER BY key").fetchall()
        kept = connection.execute(f"SELECT line, bytes FROM {staged.tables[0].malformed_in} ORDER BY line").fetchall()
    finally:
        connection.close()
    assert staged.tables[0].malformed == 2
    assert found == [
        ("drug.csv:6", "quarantine", "drug.csv 第 6 行有 4 列，表头有 3 列；这一行原样加密保存，未装入"),
        ("drug.csv:7", "quarantine", "drug.csv 第 7 行有 2 列，表头有 3 列；这一行原样加密保存，未装入"),
    ]
    assert kept == [(6, '4,"头孢,拉定",无,多出的'.encode(charset)), (7, "5,青霉素".encode(charset))]
    for path in (settings.home / "raw").rglob("*"):
        assert not path.is_file() or "青霉素".encode(charset) not in path.read_bytes()


@pytest.mark.parametrize("harm", ["lost", "another"])
def test_the_file_of_crooked_rows_is_guarded_like_the_rest(tmp_path: Path, harm: str) -> None:
    settings = a_csv(tmp_path, CROOKED.encode())
    done = load(settings, "L1")
    file = malformed_file(done.tables[0].path(settings.home))
    assert (done.tables[0].malformed, verify(settings, "hrp")) == (2, ())
    if harm == "lost":
        file.unlink()
    else:
        shutil.copyfile(done.tables[0].path(settings.home), file)
    assert [entry.table for entry in verify(settings, "hrp")] == ["drug"]
    connection = warehouse_instance(settings.home)
    try:
        if harm == "lost":
            with pytest.raises(RawDamaged, match="不见了"):
                stage(connection, settings, sources(settings.hospital)[0])
    finally:
        connection.close()


def test_a_row_mended_at_the_source_is_no_longer_quarantined(tmp_path: Path) -> None:
    settings = a_csv(tmp_path, CROOKED.encode())
    load(settings, "L1")
    (settings.home / "sources" / "files" / "drug.csv").write_bytes(DRUGS.encode())
    load(settings, "L2")
    connection = warehouse_instance(settings.home)
    try:
        assert stage(connection, settings, sources(settings.hospital)[0]).tables[0].malformed == 0
    finally:
        connection.close()


def test_a_csv_with_another_delimiter_is_refused_not_emptied(tmp_path: Path) -> None:
    lines = "".join(f"{number};药;\n" for number in range(40))
    settings = a_csv(tmp_path, ("id,name,card\n1,甲,\n" + lines).encode())
    error = refused(settings, "L1")
    assert isinstance(error, SourceDamaged) and error.code == "source.malformed" and "40 行" in error.message and "分隔符" in str(error.hint)


def test_a_quote_never_closed_is_a_damaged_file(tmp_path: Path) -> None:
    settings = a_csv(tmp_path, 'id,name,card\n1,甲,\n2,"乙,\n3,丙,\n4,丁,\n'.encode())
    error = refused(settings, "L1")
    assert isinstance(error, SourceDamaged) and "第 3 行" in error.message and "截断" in error.message


def test_a_gzip_cut_short(tmp_path: Path) -> None:
    big = "id,name,card\n" + "".join(f"{number},药{number * 7919 % 10007},\n" for number in range(20_000))
    settings = a_csv(tmp_path, gzip.compress(big.encode())[:-2000], name="drug.csv.gz")
    error = refused(settings, "L1")
    assert isinstance(error, SourceDamaged) and "压缩包不完整" in error.message


def test_an_empty_csv_and_a_header_without_rows(tmp_path: Path) -> None:
    settings = a_csv(tmp_path, b"")
    error = refused(settings, "L1")
    assert isinstance(error, SourceDamaged) and "没有表头" in error.message
    (settings.home / "sources" / "files" / "drug.csv").write_bytes(b"id,name,card\n")
    assert load(settings, "L1").tables[0].rows == 0


def test_a_csv_with_scientific_notation_in_ids(tmp_path: Path) -> None:
    settings = a_csv(tmp_path, "id,name,card\n1,甲,1.10105E+17\n6.90E+12,乙,\n".encode())
    load(settings, "L1")
    assert rows_now(settings, "SELECT key, column_name, family, action FROM checks ORDER BY key") == [
        ("1", "card", "value_format", "flag"), ("6.90E+12", "id", "value_format", "quarantine")]


# --- Excel and Parquet ------------------------------------------------------------------------------------------------
def test_excel_ids_that_lost_their_digits_are_said_not_guessed(tmp_path: Path) -> None:
    settings = a_hospital(tmp_path, {"hrp": files_of("excel")})
    folder = settings.home / "sources" / "files"
    folder.mkdir()
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["id", "name", "card"], [1, "甲", 110105194912310020], [2, "乙", "1.10105E+17"], [3, "丙", "11010519491231002X"]):
        sheet.append(row)
    book.save(folder / "drug.xlsx")
    load(settings, "L1")
    rows = rows_now(settings, "SELECT id, card FROM drug ORDER BY id")
    assert [row[0] for row in rows] == ["1", "2", "3"] and "E+17" in str(rows[0][1])
    found = rows_now(settings, "SELECT key, kind, say FROM checks ORDER BY key")
    assert [(row[0], row[1]) for row in found] == [("1", "scientific"), ("2", "scientific")]
    assert "无法还原" in str(found[0][2])


def test_a_workbook_cut_short(tmp_path: Path) -> None:
    settings = a_hospital(tmp_path, {"hrp": files_of("excel")})
    folder = settings.home / "sources" / "files"
    folder.mkdir()
    book = openpyxl.Workbook()
    book.save(folder / "drug.xlsx")
    whole = (folder / "drug.xlsx").read_bytes()
    (folder / "drug.xlsx").write_bytes(whole[: len(whole) // 2])
    error = refused(settings, "L1")
    assert isinstance(error, SourceDamaged) and "Excel" in error.message


def test_a_parquet_file_cut_short(tmp_path: Path) -> None:
    import duckdb

    settings = a_hospital(tmp_path, {"hrp": files_of("parquet")})
    folder = settings.home / "sources" / "files"
    folder.mkdir()
    path = folder / "drug.parquet"
    duckdb.execute(f"COPY (SELECT i AS id, 'x' AS card FROM range(5000) t(i)) TO '{path}' (FORMAT parquet)")
    assert load(settings, "L1").tables[0].rows == 5000
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    error = refused(settings)
    assert isinstance(error, SourceDamaged) and "Parquet" in error.message


# --- servers ----------------------------------------------------------------------------------------------------------
def a_server_source(tmp_path: Path, kind: str, server: servers.Server, **environment: str) -> Settings:
    scheme = {"postgres": "postgresql", "mysql": "mysql"}[kind]
    text = f"""\
label: 服务器
kind: {kind}
address: {server.url(scheme)}
password: {{secret: LIS_PASSWORD}}
tables:
  lis_sample: {{label: 标本, key: [barcode], cursor: recv_time, identifiers: {{pat_name: name}}}}
"""
    return a_hospital(tmp_path, {"lis": text}, **environment)


@pytest.fixture(scope="module")
def postgres() -> Iterator[servers.Server]:
    with servers.postgres() as server:
        until = time.monotonic() + 30
        while True:
            try:
                connection = psycopg.connect(
                    host=server.host, port=server.port, user=server.user, password=server.password, dbname=server.database
                )
                break
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        connection.execute("CREATE TABLE lis_sample (barcode text PRIMARY KEY, pat_name text, recv_time timestamp, n numeric(10,2))")
        connection.execute(
            "INSERT INTO lis_sample SELECT lpad(i::text, 8, '0'), '病人' || i, timestamp '2025-03-01' + i * interval '1 minute', i / 3.0"
            " FROM generate_series(1, 3000) i"
        )
        connection.commit()
        connection.close()
        yield server


@pytest.mark.needs("postgres")
def test_postgres_is_read_and_then_read_on(tmp_path: Path, postgres: servers.Server) -> None:
    settings = a_server_source(tmp_path, "postgres", postgres, LIS_PASSWORD=postgres.password)
    first = load(settings, "L1")
    assert (first.tables[0].rows, first.tables[0].cursor_high) == (3000, "t:2025-03-03 02:00:00")
    second = load(settings, "L2")
    assert (second.tables[0].kind, second.tables[0].rows) == ("incremental", 1)
    assert rows_now(settings, "SELECT count(*), min(barcode), sum(n) FROM lis_sample")[0][:2] == (3000, "00000001")


@pytest.mark.needs("postgres")
def test_a_wrong_password_of_postgres(tmp_path: Path, postgres: servers.Server) -> None:
    settings = a_server_source(tmp_path, "postgres", postgres, LIS_PASSWORD="wrong-one")
    error = refused(settings, "L1")
    assert isinstance(error, SourceRefused) and "postgres" in error.message and "wrong-one" not in str(error.as_json())


@pytest.mark.needs("postgres")
def test_a_password_in_secrets_yaml_must_be_private(tmp_path: Path, postgres: servers.Server) -> None:
    settings = a_server_source(tmp_path, "postgres", postgres)
    assert refused(settings, "L1").code == "secret.missing"
    path = settings.home / "secrets.yaml"
    path.write_text(f"LIS_PASSWORD: {postgres.password}\n", encoding="utf-8")
    path.chmod(0o644)
    assert refused(settings, "L1").code == "secret.open"
    path.chmod(0o600)
    assert load(settings, "L1").tables[0].rows == 3000


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    nowhere = servers.Server("127.0.0.1", servers.free_port(), "reader", "x", "lis")
    for kind in ("postgres", "mysql"):
        settings = a_server_source(tmp_path / kind, kind, nowhere, LIS_PASSWORD="x")
        error = refused(settings, "L1")
        assert isinstance(error, SourceMissing) and "连不上" in error.message


@pytest.fixture(scope="module")
def mariadb() -> Iterator[servers.Server]:
    with servers.mariadb() as server:
        connection = pymysql.connect(
            host=server.host, port=server.port, user=server.user, password=server.password, database=server.database,
            charset="utf8mb4",
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE lis_sample (barcode varchar(20) PRIMARY KEY, pat_name varchar(40), recv_time datetime, urgent tinyint(1))"
            )
            cursor.executemany(
                "INSERT INTO lis_sample VALUES (%s, %s, %s, %s)",
                [(f"{number:08d}", f"病人{number}", "2025-03-01 08:00:00", 2) for number in range(500)],
            )
        connection.commit()
        connection.close()
        yield server


@pytest.mark.needs("mariadb")
def test_mariadb_is_read(tmp_path: Path, mariadb: servers.Server) -> None:
    settings = a_server_source(tmp_path, "mysql", mariadb, LIS_PASSWORD=mariadb.password)
    assert load(settings, "L1").tables[0].rows == 500
    assert rows_now(settings, "SELECT pat_name, urgent FROM lis_sample WHERE barcode = '00000007'") == [("病人7", 2)]


@pytest.mark.needs("mariadb")
def test_a_wrong_password_of_mariadb(tmp_path: Path, mariadb: servers.Server) -> None:
    settings = a_server_source(tmp_path, "mysql", mariadb, LIS_PASSWORD="wrong-one")
    error = refused(settings, "L1")
    assert isinstance(error, SourceRefused) and "wrong-one" not in str(error.as_json())


# --- the disk and the power -------------------------------------------------------------------------------------------
RUN = """
import json, os, resource, signal, sys
from yishu.integration import extract, sources
from yishu.kernel import Settings, YishuError
hospital, home, load_id, size, die_after = sys.argv[1:]
left = [int(die_after)]
def tell(progress):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
settings = Settings.of(hospital, home)
if int(size):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))
try:
    done = extract(settings, sources(settings.hospital)[0], load_id=load_id, progress=tell)
    print(json.dumps([table.checksum for table in done.tables]))
except YishuError as error:
    print(json.dumps({"kind": type(error).__name__, **error.as_json()["error"]}, ensure_ascii=False))
"""


def in_a_process(settings: Settings, load_id: str, size: int = 0, die_after: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(settings.hospital), str(settings.home), load_id, str(size), str(die_after)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "YISHU_NOW": "2025-07-15T08:30:00"},
    )


def many(settings: Settings, tables: int = 6, rows: int = 4000) -> None:
    """Make the outpatient system larger: several tables."""
    names = [f"T{number}" for number in range(tables)]
    text = HIS.split("tables:")[0] + "tables:\n" + "".join(f"  {name}: {{key: [XH]}}\n" for name in names)
    (settings.hospital / "sources" / "his.yaml").write_text(text, encoding="utf-8")
    schema = "".join(SCHEMA.replace("GHZD", name) for name in names)
    his_file(settings).unlink()
    values = [(number, f"病人{number}", os.urandom(9).hex(), f"{number % 97}") for number in range(rows)]
    a_sqlite(his_file(settings), schema, dict.fromkeys(names, values))


def test_a_full_disk(his: Settings) -> None:
    many(his, tables=2, rows=30_000)
    done = json.loads(in_a_process(his, "L2", size=200_000).communicate()[0].splitlines()[-1])
    assert done["kind"] == "DiskFull" and "磁盘已满" in done["message"]
    assert not list((his.home / "raw").rglob("*.part"))
    assert [one.load_id for one in loads(his, "his")] == ["L1"]
    assert [table.rows for table in load(his, "L3").tables] == [30_000, 30_000]


def test_a_full_disk_of_our_own_list(his: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["yishu.integration.extract"]

    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "enter", no_room)
    with pytest.raises(DiskFull):
        load(his, "L2")


def test_a_killed_load_leaves_nothing_half_and_can_be_run_again(his: Settings) -> None:
    many(his)
    for die_after in (1, 4, 3):
        process = in_a_process(his, "L2", die_after=die_after)
        process.communicate()
        assert process.returncode == -9
        assert [one.load_id for one in loads(his, "his")] == ["L1"]
    again = load(his, "L2")
    assert not list((his.home / "raw").rglob("*.part"))
    assert not (his.home / "raw" / "his" / ".pending").exists()
    undisturbed = load(his, "L3")
    assert [table.checksum for table in again.tables] == [table.checksum for table in undisturbed.tables]
    assert len(list((his.home / "raw" / "his").glob("T*/*.parquet"))) == 12


def test_what_a_killed_load_left_is_swept_by_the_next(his: Settings) -> None:
    folder = his.home / "raw" / "his" / "GHZD"
    (folder / "L9.part").write_bytes(b"half")
    (folder / "L9.parquet").write_bytes(b"whole, but never listed")
    load(his, "L2")
    assert {path.name for path in folder.iterdir()} == {"L1.parquet", "L2.parquet"}


def test_the_worker_leaves_with_its_parent(his: Settings) -> None:
    path = his.hospital / "sources" / "his.yaml"
    path.write_text(HIS.replace("wait: 0.3", "wait: 60"), encoding="utf-8")
    holder = sqlite3.connect(his_file(his), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    process = in_a_process(his, "L2")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until = time.monotonic() + 20
    while not (kids := children.read_text().split()) and time.monotonic() < until:
        time.sleep(0.05)
    assert kids
    process.kill()
    process.communicate()
    while any(Path(f"/proc/{kid}").exists() and _alive(kid) for kid in kids) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(_alive(kid) for kid in kids)
    holder.close()


def _alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_raw_file_that_went_missing_is_named(his: Settings) -> None:
    (his.home / "raw" / "his" / "GHZD" / "L1.parquet").unlink()
    with pytest.raises(YishuError, match="贴源文件不见了"):
        rows_now(his, "SELECT 1")


def test_a_load_cut_off_goes_on_where_it_was_under_the_same_id(his: Settings) -> None:
    many(his)
    in_a_process(his, "L2", die_after=6).communicate()
    (spec,) = sources(his.hospital)
    read: list[str] = []
    extract(his, spec, load_id="L2", progress=lambda progress: read.append(f"{progress.state} {progress.table}"))
    assert "reading T0" not in read and "reading T1" not in read and read[-1] == "done T5"


def test_a_clock_that_stands_still_keeps_the_order_of_loads(his: Settings) -> None:
    load(replace(his), "A0")
    assert [one.load_id for one in loads(his, "his")] == ["L1", "A0"]
