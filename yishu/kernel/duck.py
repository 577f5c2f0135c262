"""DuckDB instances 引擎实例: opened in one place, encrypted, locked down (design §3 "Processes")."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import duckdb

from yishu.kernel.errors import SourceError
from yishu.kernel.keys import derive

EXTENSIONS = ("httpfs", "sqlite_scanner", "postgres_scanner", "mysql_scanner", "excel")


def extension_file(name: str) -> Path:
    """The signed binary 扩展 of an extension wheel."""
    module = find_spec(f"duckdb_extension_{name}")
    if module is None or module.origin is None:
        raise SourceError("duckdb.extension", f"缺少 DuckDB 扩展 {name}", hint="运行 make setup")
    folder = Path(module.origin).parent / "extensions" / f"v{duckdb.__version__}"
    return folder / f"{name}.duckdb_extension"


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _open(home: Path, extensions: tuple[str, ...], threads: int, memory: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": str(threads)}
    )
    for name in extensions:
        connection.execute(f"LOAD {_quote(str(extension_file(name)))}")
    spill = home / "tmp"
    spill.mkdir(parents=True, exist_ok=True, mode=0o700)
    connection.execute(f"SET temp_directory={_quote(str(spill))}")
    connection.execute("SET temp_file_encryption=true")
    connection.execute(f"SET memory_limit={_quote(memory)}")
    connection.execute("SET enable_progress_bar=false")
    connection.execute("SET preserve_insertion_order=true")
    connection.execute("SET enable_progress_bar=false")
    connection.execute("SET TimeZone='Asia/Shanghai'")
    connection.execute(f"PRAGMA add_parquet_key('raw', {_quote(derive(home, 'raw').hex()[:32])})")
    return connection


def worker_instance(home: Path, extensions: tuple[str, ...] = (), *, memory: str = "2GB") -> duckdb.DuckDBPyConnection:
    """An in-memory instance 工作实例 that may read the outside world; parquet key `raw` is set."""
    return _open(home, ("httpfs", *extensions), threads=os.cpu_count() or 2, memory=memory)


def warehouse_instance(
    home: Path, *, locked: bool = True, read_only: bool = False, memory: str = "4GB"
) -> duckdb.DuckDBPyConnection:
    """The warehouse 数据仓库 `warehouse.duckdb`, attached as `wh` and used; locked down unless a rebuild of ours asks else.

    After the lock the instance reads and writes files in `$HOME/staging` only.
    Raises SourceError `warehouse.busy` when another process holds it.
    """
    connection = _open(home, ("httpfs",), threads=os.cpu_count() or 2, memory=memory)
    staging = home / "staging"
    staging.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = home / "warehouse.duckdb"
    mode = ", READ_ONLY" if read_only else ""
    try:
        connection.execute(
            f"ATTACH {_quote(str(path))} AS wh (ENCRYPTION_KEY {_quote(derive(home, 'warehouse').hex())}{mode})"
        )
    except duckdb.Error as error:
        connection.close()
        if "lock" in str(error).lower():
            raise SourceError(
                "warehouse.busy", "数据仓库正被另一个进程使用", hint="先停止 yishu serve，或让命令经由它执行", where=str(home)
            ) from None
        raise SourceError("warehouse.unreadable", "数据仓库打不开", hint="可删除后用 yishu load --rebuild 重建", where=str(path)) from None
    if path.exists():
        path.chmod(0o600)
    connection.execute("USE wh")
    if locked:
        connection.execute(f"SET allowed_directories=[{_quote(str(staging))}, {_quote(str(home / 'tmp'))}]")
        connection.execute("SET enable_external_access=false")
        connection.execute("SET lock_configuration=true")
    return connection
