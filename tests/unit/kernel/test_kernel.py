"""The ground 地基: keys, locked instances, clocks, settings, errors."""

import stat
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from cryptography.exceptions import InvalidTag

from yishu.kernel import Settings, clock_from
from yishu.kernel.duck import warehouse_instance, worker_instance
from yishu.kernel.errors import InputError, NotPermitted, SourceError, YishuError
from yishu.kernel.keys import derive, master_key, seal, unseal
from yishu.kernel.store import open_store

CANARY = "欧阳金丝雀"


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    home = tmp_path / "home"
    key = master_key(home)
    assert master_key(home) == key
    assert len(key) == 32
    assert stat.S_IMODE((home / "master.key").stat().st_mode) == 0o600
    assert derive(home, "a") != derive(home, "b")
    assert not list(home.glob(".master.key*"))


def test_a_damaged_key_is_said_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "master.key").write_bytes(b"short")
    with pytest.raises(SourceError) as caught:
        master_key(tmp_path)
    assert caught.value.code == "key.damaged"
    assert (tmp_path / "master.key").read_bytes() == b"short"


def test_a_sealed_field_opens_only_where_it_belongs() -> None:
    key = b"k" * 32
    sealed = seal(key, CANARY, b"person 1")
    assert CANARY.encode() not in sealed
    assert unseal(key, sealed, b"person 1") == CANARY
    with pytest.raises(InvalidTag):
        unseal(key, sealed, b"person 2")


REFUSED = (
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/hostname')",
    "SELECT * FROM '/etc/passwd'",
    "COPY (SELECT 1) TO '/tmp/yishu-leak.csv'",
    "ATTACH '/tmp/other.duckdb' AS other",
    "EXPORT DATABASE '/tmp/yishu-export'",
    "INSTALL json",
    "SET enable_external_access=true",
    "SET allowed_directories=['/']",
    "SET lock_configuration=false",
    "SET memory_limit='100GB'",
    "SET temp_file_encryption=false",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_blob('/etc/hostname')",
    "SELECT * FROM read_parquet('http://127.0.0.1:1/x.parquet')",
)


@pytest.mark.parametrize("statement", REFUSED)
def test_a_locked_warehouse_reaches_nothing_outside(tmp_path: Path, statement: str) -> None:
    connection = warehouse_instance(tmp_path)
    try:
        with pytest.raises(duckdb.Error):
            connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_staging_is_the_one_way_in_and_everything_at_rest_is_encrypted(tmp_path: Path) -> None:
    worker = worker_instance(tmp_path)
    staged = tmp_path / "staging" / "a.parquet"
    staged.parent.mkdir(parents=True)
    worker.execute(
        f"COPY (SELECT '{CANARY}' AS name, range AS n FROM range(1000)) TO '{staged}' (FORMAT parquet, ENCRYPTION_CONFIG {{footer_key: 'raw'}})"
    )
    worker.close()
    warehouse = warehouse_instance(tmp_path)
    warehouse.execute(f"CREATE TABLE t AS SELECT * FROM read_parquet('{staged}', encryption_config={{footer_key: 'raw'}})")
    assert warehouse.execute("SELECT count(*) FROM t").fetchall() == [(1000,)]
    warehouse.execute("CHECKPOINT")
    warehouse.close()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path.name
    again = warehouse_instance(tmp_path)
    assert again.execute("SELECT min(name) FROM t").fetchall() == [(CANARY,)]
    again.close()


def test_the_warehouse_does_not_open_with_another_key(tmp_path: Path) -> None:
    warehouse_instance(tmp_path).close()
    (tmp_path / "master.key").unlink()
    with pytest.raises(SourceError) as caught:
        warehouse_instance(tmp_path)
    assert caught.value.code == "warehouse.unreadable"


def test_the_clock_can_be_fixed() -> None:
    assert clock_from({"YISHU_NOW": "2025-07-15T08:30:00"})() == datetime(2025, 7, 15, 8, 30)
    with pytest.raises(InputError) as caught:
        clock_from({"YISHU_NOW": "昨天"})
    assert caught.value.exit_status == 2


def test_settings_take_the_command_line_before_the_environment(tmp_path: Path) -> None:
    folder = tmp_path / "h"
    folder.mkdir()
    (folder / "hospital.yaml").write_text("name: 甲\n")
    settings = Settings.of(folder, None, {"YISHU_HOSPITAL": "/nowhere"})
    assert (settings.hospital, settings.home) == (folder, folder / ".yishu")
    assert Settings.of(folder, tmp_path / "x", {"YISHU_HOME": "/y"}).home == tmp_path / "x"
    with pytest.raises(InputError) as caught:
        Settings.of(tmp_path, None, {})
    assert caught.value.code == "hospital.missing"


def test_the_platform_store_is_durable_and_private(tmp_path: Path) -> None:
    engine = open_store(tmp_path)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    engine.dispose()
    assert stat.S_IMODE((tmp_path / "platform.db").stat().st_mode) == 0o600


@pytest.mark.parametrize(("kind", "exit_status"), [(InputError, 2), (NotPermitted, 3), (SourceError, 4)])
def test_an_error_has_its_exit_status_and_form(kind: type[YishuError], exit_status: int) -> None:
    error = kind("a.b", "说明", hint="办法", where="第 3 行")
    assert error.exit_status == exit_status
    assert error.as_json() == {"error": {"code": "a.b", "message": "说明", "hint": "办法", "where": "第 3 行"}}
