"""Stage 暂存: the latest version of every source row, where mapping SELECTs can read it.

DuckDB's temporary catalog has no schemas, so each source gets an in-memory database `staged_<source>`, attached to the
locked warehouse instance; `USE staged_<source>` makes its tables and the macros known by plain names.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from yishu.integration.adapters.scan import literal, quoted
from yishu.integration.errors import RawDamaged
from yishu.integration.macros import define_macros
from yishu.integration.spec import SourceSpec, TableSpec
from yishu.integration.store import TableLoad, listed
from yishu.integration.worker import malformed_file
from yishu.kernel import InputError, Settings, SourceError
from yishu.kernel.store import open_store

SYSTEM_COLUMNS = ("_load_id", "_recorded", "_key")


@dataclass(frozen=True, slots=True)
class Load:
    """A finished load 装载 of a source, oldest first in `loads`."""

    load_id: str
    recorded_at: datetime
    tables: tuple[TableLoad, ...]


@dataclass(frozen=True, slots=True)
class StagedTable:
    """A staged table 暂存表; `columns` are the source's own, `_load_id`, `_recorded`, `_key` come after them.

    `malformed` rows did not fit the header; they lie in the relation `malformed_in` (file, line, bytes, say).
    """

    name: str
    spec: TableSpec
    qualified: str
    rows: int
    columns: tuple[str, ...]
    load_id: str = ""
    malformed: int = 0
    malformed_in: str = ""


@dataclass(frozen=True, slots=True)
class Staged:
    """A staged source 暂存的来源."""

    source: str
    database: str
    spec: SourceSpec
    load_id: str
    recorded_at: datetime
    tables: tuple[StagedTable, ...]
    folder: Path

    def table(self, name: str) -> StagedTable:
        """The staged table of that name."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)


def loads(settings: Settings, source: str) -> tuple[Load, ...]:
    """The finished loads 历次装载 of a source, oldest first: the order in which a rebuild replays them."""
    store = open_store(settings.home)
    try:
        entries = listed(store, source)
    finally:
        store.dispose()
    grouped: dict[str, list[TableLoad]] = {}
    for entry in entries:
        grouped.setdefault(entry.load_id, []).append(entry)
    return tuple(Load(name, tables[0].recorded_at, tuple(tables)) for name, tables in grouped.items())


def stage(
    connection: duckdb.DuckDBPyConnection, settings: Settings, spec: SourceSpec, loads: Sequence[str] | None = None
) -> Staged:
    """Stage a source 暂存来源 on the warehouse instance: the state after the given loads, all of them by default."""
    history = _history(settings, spec, loads)
    _tidy(settings.home)
    folder = settings.home / "staging" / f"load-{os.getpid()}-{secrets.token_hex(6)}"
    folder.mkdir(parents=True, mode=0o700)
    database = f"staged_{spec.name}"
    try:
        connection.execute(f"DETACH DATABASE IF EXISTS {quoted(database)}")
        connection.execute(f"ATTACH ':memory:' AS {quoted(database)}")
        before = _current(connection)
        connection.execute(f"USE {quoted(database)}")
        try:
            define_macros(connection)
        finally:
            connection.execute(f"USE {before}")
        tables = tuple(
            _table(connection, settings.home, folder, database, table, _needed(history, table.name, spec))
            for table in spec.tables
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    last = history[-1]
    return Staged(spec.name, database, spec, last.load_id, last.recorded_at, tables, folder)


def unstage(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Take a staged source away 撤去暂存: after the commit, or after a failure."""
    before = _current(connection)
    if before.startswith(quoted(staged.database)):
        connection.execute("USE wh")
    connection.execute(f"DETACH DATABASE IF EXISTS {quoted(staged.database)}")
    shutil.rmtree(staged.folder, ignore_errors=True)


def _current(connection: duckdb.DuckDBPyConnection) -> str:
    row = connection.execute("SELECT current_database(), current_schema()").fetchone()
    assert row is not None
    return f"{quoted(row[0])}.{quoted(row[1])}"


def _history(settings: Settings, spec: SourceSpec, wanted: Sequence[str] | None) -> tuple[Load, ...]:
    history = loads(settings, spec.name)
    if wanted is not None:
        unknown = [name for name in wanted if name not in {load.load_id for load in history}]
        if unknown:
            raise InputError("load.unknown", f"来源 {spec.name} 没有装载 {unknown[0]}")
        history = tuple(load for load in history if load.load_id in set(wanted))
    if not history:
        raise SourceError("staged.never_loaded", f"来源 {spec.name} 还没有装载过", hint=f"先运行 yishu load {spec.name}")
    return history


def _needed(history: Sequence[Load], table: str, spec: SourceSpec) -> tuple[TableLoad, ...]:
    """The loads that still matter for a table: from its last full one on."""
    entries = [entry for load in history for entry in load.tables if entry.table == table and entry.state == "done"]
    start = max((at for at, entry in enumerate(entries) if entry.kind == "full"), default=0)
    if not entries:
        raise SourceError(
            "staged.never_loaded",
            f"来源 {spec.name} 的表 {table} 还没有成功装载过",
            hint=f"先运行 yishu load {spec.name} --full；若文件被隔离，请来源方重新导出",
            where=f"{spec.file.name}:{spec.table(table).line}",
        )
    return tuple(entries[start:])


def _table(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    folder: Path,
    database: str,
    table: TableSpec,
    needed: Sequence[TableLoad],
) -> StagedTable:
    qualified = f"{quoted(database)}.{quoted(table.name)}"
    missing = [name for name in table.key if name not in needed[-1].columns]
    if missing:
        raise InputError("source.key", f"表 {table.name} 没有主键列 {missing[0]}", where=f"{table.name}:{table.line}")
    parts: list[str] = []
    for at, load in enumerate(needed):
        scan = _scan(_linked(home, folder, load), load, table.key)
        newer = [_linked(home, folder, later) for later in needed[at + 1 :]]
        keys = " UNION ALL BY NAME ".join(f"SELECT {_key(table.key)} AS _key FROM {_read(path)}" for path in newer)
        parts.append(scan + (f" WHERE _key NOT IN (SELECT _key FROM ({keys}) WHERE _key IS NOT NULL)" if keys else ""))
    form = "VIEW" if len(parts) == 1 else "TABLE"
    connection.execute(f"CREATE {form} {qualified} AS {' UNION ALL BY NAME '.join(parts)}")
    described = connection.execute(f"DESCRIBE SELECT * FROM {qualified}").fetchall()
    columns = tuple(row[0] for row in described if row[0] not in SYSTEM_COLUMNS)
    if len(parts) == 1:
        rows = needed[-1].rows
    else:
        row = connection.execute(f"SELECT count(*) FROM {qualified}").fetchone()
        rows = row[0] if row else 0
    apart = _malformed(home, folder, needed[-1])
    crooked = 0
    if apart:
        row = connection.execute(f"SELECT count(*) FROM {apart}").fetchone()
        crooked = row[0] if row else 0
    return StagedTable(table.name, table, qualified, rows, columns, needed[-1].load_id, crooked, apart)


def _malformed(home: Path, folder: Path, load: TableLoad) -> str:
    """The malformed rows 坏行 of the last load, which read every file whole; empty where it had none."""
    file = malformed_file(load.path(home))
    if not file.exists() and not load.malformed:
        return ""
    linked = folder / malformed_file(Path(load.file)).as_posix().replace("/", "~")
    try:
        shutil.copyfile(file, linked)
    except FileNotFoundError:
        raise _missing(malformed_file(Path(load.file)).as_posix()) from None
    return _read(linked)


def _linked(home: Path, folder: Path, load: TableLoad) -> Path:
    """The raw file under a name inside `staging`, the only folder the locked instance may read."""
    path = folder / load.file.replace("/", "~")
    if not path.exists():
        try:
            os.link(load.path(home), path)
        except FileNotFoundError:
            raise _missing(load.file) from None
        except OSError:
            shutil.copyfile(load.path(home), path)
    return path


def _missing(file: str) -> RawDamaged:
    return RawDamaged("raw.missing", f"贴源文件不见了：{file}", hint="从备份恢复 raw 文件夹，或用 yishu load --full 重新抽取", where=file)


def _read(path: Path) -> str:
    return f"read_parquet({literal(str(path))}, encryption_config={{footer_key: 'raw'}})"


def _key(columns: Sequence[str]) -> str:
    """The key values joined by `|`; NULL counts as an empty word, so that no row is without a key."""
    return "concat_ws('|', " + ", ".join(f"coalesce(CAST({quoted(name)} AS VARCHAR), '')" for name in columns) + ")"


def _scan(path: Path, load: TableLoad, key: Sequence[str]) -> str:
    moment = load.recorded_at.isoformat(sep=" ")
    return (
        f"SELECT *, {literal(load.load_id)} AS _load_id, TIMESTAMP {literal(moment)} AS _recorded, {_key(key)} AS _key "
        f"FROM {_read(path)}"
    )


def _tidy(home: Path) -> None:
    """Remove what dead processes left in staging."""
    for path in (home / "staging").glob("load-*-*"):
        found = re.fullmatch(r"load-(\d+)-[0-9a-f]+", path.name)
        if found and int(found[1]) != os.getpid() and not Path(f"/proc/{found[1]}").exists():
            shutil.rmtree(path, ignore_errors=True)
