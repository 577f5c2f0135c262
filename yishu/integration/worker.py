"""Worker 工作进程: reads one source in a process of its own, so that a hung driver can be killed.

A job comes as one JSON line on standard input; events go as JSON lines to standard output, the last one is `end`.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import duckdb

from yishu.integration.adapters.scan import Adapter, Note, Place, Scan, literal, quoted
from yishu.integration.errors import DiskFull, SourceChanged, SourceDamaged, nearest
from yishu.integration.macros import define_macros
from yishu.kernel import Defect, SourceError, YishuError
from yishu.kernel.duck import worker_instance

if TYPE_CHECKING:
    import pyarrow as pa

_EXTENSIONS = {"sqlite": ("sqlite_scanner",), "postgres": ("postgres_scanner",), "mysql": ("mysql_scanner",)}
IDLE_SECONDS = 60
FEW_MALFORMED, MOST_MALFORMED = 10, 0.1   # malformed rows of a table beyond both are no longer single slips
ENCRYPTED = "FORMAT parquet, COMPRESSION zstd, ENCRYPTION_CONFIG {footer_key: 'raw'}"


@dataclass(frozen=True, slots=True)
class TableJob:
    """What to read of one table 一张表的任务; `high` and `overlap` (seconds) are set for an incremental read."""

    table: str
    file: str
    sheet: str | None
    named: tuple[str, ...]
    cursor: str | None
    high: str | None
    overlap: float
    before: tuple[str, ...]
    strict: bool


_events: TextIO = sys.stdout


def main() -> None:
    """Entry point 入口 of the process. What drivers print must not get between the events."""
    global _events
    _events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=[lines], daemon=True).start()
    while True:
        try:
            job = json.loads(lines.get(timeout=IDLE_SECONDS))
        except queue.Empty:
            return
        _do(job)
        _say(event="end")


def _listen(lines: queue.Queue[str]) -> None:
    """Collect jobs; the end of standard input means that the parent is gone, and the worker leaves at once."""
    for line in sys.stdin:
        lines.put(line)
    os._exit(1)


def _do(job: dict[str, Any]) -> None:
    try:
        run(Path(job["home"]), Place(**job["place"]), [TableJob(**table) for table in job["tables"]], job["rate"])
    except YishuError as error:
        _say(event="error", kind=type(error).__name__, code=error.code, message=error.message, hint=error.hint, where=error.where)
    except Exception as error:
        _say(event="defect", message=type(error).__name__)
        raise


def _say(**event: object) -> None:
    _events.write(json.dumps(event, ensure_ascii=False) + "\n")
    _events.flush()


def run(home: Path, place: Place, jobs: list[TableJob], rate: int | None) -> None:
    """Read every table of the job in one transaction of the source, where the source has such."""
    connection = worker_instance(home, _EXTENSIONS.get(place.kind, ()))
    define_macros(connection)
    adapter = _adapter(connection, place)
    try:
        if adapter.one_transaction:
            connection.execute("BEGIN TRANSACTION")
        for job in jobs:
            _say(event="reading", table=job.table)
            _one(connection, adapter, place, job, rate)
    finally:
        adapter.close()
        connection.close()


def _adapter(connection: duckdb.DuckDBPyConnection, place: Place) -> Adapter:
    """The adapter of this kind of source; the others, and what they need, are not even imported."""
    module = import_module(f"yishu.integration.adapters.{place.kind}")
    opened: Adapter = getattr(module, place.kind.capitalize())(connection, place)
    return opened


def _one(connection: duckdb.DuckDBPyConnection, adapter: Adapter, place: Place, job: TableJob, rate: int | None) -> None:
    if job.table not in adapter.names():
        near = nearest(job.table, adapter.names())
        raise SourceChanged(
            "source.table_missing",
            f"来源 {place.source} 里没有表 {job.table}" + (f"；您要的是：{'、'.join(near)}？" if near else ""),
            hint="改 sources 里的表名，或删去这张表；上一次装载的数据仍在",
            where=job.table,
        )
    part = Path(job.file).with_suffix(".part")
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        scan = adapter.scan(job.table, job.sheet)
        if scan is None:
            said = [asdict(note) for note in adapter.apart() if note.table == job.table]
            _say(event="apart", table=job.table, notes=said)
            return
        more = _columns(place, job, scan)
        try:
            _copy(connection, scan, job, part, rate)
        except duckdb.Error as error:
            other = None
            if not _no_room(error):
                with suppress(duckdb.Error):
                    connection.execute("ROLLBACK")
                other = adapter.again(job.table, error)
            if other is None:
                raise
            scan = other
            if adapter.one_transaction:
                connection.execute("BEGIN TRANSACTION")
            _copy(connection, scan, job, part, rate)
        apart = _apart(connection, scan, job, place)
        rows, checksum = tally(connection, part)
        high = _high(connection, part, job)
        malformed, malformed_checksum = tally(connection, malformed_file(Path(job.file))) if apart else (0, "")
        _keep(part, Path(job.file))
    except YishuError:
        part.unlink(missing_ok=True)
        raise
    except (duckdb.Error, OSError, EOFError, ValueError) as error:
        part.unlink(missing_ok=True)
        if _no_room(error):
            raise no_room(place.source) from None
        raise adapter.explain(error, job.table) from None
    notes = [*scan.notes, *more, *apart, *(note for note in adapter.apart() if note.table == job.table)]
    _say(
        event="table",
        table=job.table,
        rows=rows,
        checksum=checksum,
        high=high,
        columns=scan.columns,
        malformed=malformed,
        malformed_checksum=malformed_checksum,
        notes=[asdict(note) for note in notes],
    )


def _columns(place: Place, job: TableJob, scan: Scan) -> tuple[Note, ...]:
    """Columns that the spec names must be there; those of the last load too, unless the load is full on request."""
    for name in job.named:
        if name not in scan.columns:
            raise _gone(place, job, scan, name)
    gone = [name for name in job.before if name not in scan.columns]
    if gone and job.strict:
        raise _gone(place, job, scan, gone[0])
    notes = [Note(job.table, "column.gone", f"{job.table} 少了列 {name}，旧数据仍在") for name in gone]
    if job.before:
        new = [name for name in scan.columns if name not in job.before]
        notes += [Note(job.table, "column.new", f"{job.table} 多了列 {name}，已保留，映射尚未用到") for name in new]
    return tuple(notes)


def _gone(place: Place, job: TableJob, scan: Scan, name: str) -> SourceChanged:
    near = nearest(name, [column for column in scan.columns if column not in job.before] or scan.columns)
    return SourceChanged(
        "source.column_missing",
        f"来源 {place.source} 的表 {job.table} 没有列 {name}" + (f"；现有相近的列：{'、'.join(near)}" if near else ""),
        hint="若来源改了列名，改 sources 与 mappings；若确已取消，用 yishu load --full 接受。上一次装载的数据仍在",
        where=f"{job.table}.{name}",
    )


def _copy(connection: duckdb.DuckDBPyConnection, scan: Scan, job: TableJob, part: Path, rate: int | None) -> None:
    where = ""
    if job.cursor and job.high:
        where = f" WHERE {_since(quoted(job.cursor), job.high, job.overlap)}"
    query = f"SELECT * FROM {scan.relation}{where}"
    target = f"TO {literal(str(part))} ({ENCRYPTED})"
    if not rate:
        connection.execute(f"COPY ({query}) {target}")
        return
    import pyarrow as pa

    reader = connection.cursor().execute(query).to_arrow_reader(min(rate, 50_000))
    connection.register("src_slow", pa.RecordBatchReader.from_batches(reader.schema, _throttled(reader, rate)))
    connection.execute(f"COPY (SELECT * FROM src_slow) {target}")


def malformed_file(file: Path) -> Path:
    """Where the malformed rows of a raw file lie 坏行文件, beside it."""
    return file.with_suffix(".malformed")


def _apart(connection: duckdb.DuckDBPyConnection, scan: Scan, job: TableJob, place: Place) -> tuple[Note, ...]:
    """Keep the rows that do not fit the header, encrypted like the others; a file made of such rows is refused."""
    file = malformed_file(Path(job.file))
    file.unlink(missing_ok=True)
    found = scan.malformed
    if not found:
        return ()
    part = file.with_suffix(".part2")
    row = connection.execute(f"SELECT count(*) FROM {_sealed(Path(job.file).with_suffix('.part'))}").fetchone()
    whole = len(found) + (row[0] if row else 0)
    if len(found) > max(FEW_MALFORMED, whole * MOST_MALFORMED):
        raise SourceDamaged(
            "source.malformed",
            f"来源 {place.source} 的表 {job.table} 有 {len(found)} 行列数与表头不同（共 {whole} 行）",
            hint="多半是分隔符或引号写法变了：改 sources 里的 delimiter，或请来源方重新导出；本次什么也没有装入，上一次的数据仍在",
            where=f"{found[0].file}:{found[0].line}",
        )
    import pyarrow as pa

    columns = {"file": [m.file for m in found], "line": [m.line for m in found], "bytes": [m.bytes for m in found], "say": [m.say for m in found]}
    connection.register("src_malformed", pa.table(columns, schema=pa.schema([("file", pa.string()), ("line", pa.int64()), ("bytes", pa.binary()), ("say", pa.string())])))
    connection.execute(f"COPY (SELECT * FROM src_malformed) TO {literal(str(part))} ({ENCRYPTED})")
    connection.unregister("src_malformed")
    _keep(part, file)
    lines = "、".join(str(m.line) for m in found[:5])
    return (Note(job.table, "rows.quarantined", f"{len(found)} 行的列数与表头不同（第 {lines} 行{'等' if len(found) > 5 else ''}），已隔离，原样加密保存"),)


def _throttled(reader: pa.RecordBatchReader, rate: int) -> Iterator[pa.RecordBatch]:
    started, given = time.monotonic(), 0
    for batch in reader:
        yield batch
        given += batch.num_rows
        time.sleep(max(0.0, started + given / rate - time.monotonic()))


def _since(column: str, high: str, overlap: float) -> str:
    """Rows from `high` less the overlap; rows whose cursor is empty or unreadable always come along."""
    if high.startswith("n:"):
        return f"({column} IS NULL OR {column} >= {float(high[2:]) - overlap})"
    moment = f"TIMESTAMP {literal(high[2:])} - to_seconds({float(overlap)})"
    return f"(cn_time({column}) IS NULL OR cn_time({column}) >= {moment})"


def _high(connection: duckdb.DuckDBPyConnection, part: Path, job: TableJob) -> str | None:
    """The highest cursor value: `t:` and a moment, or `n:` and a number."""
    if not job.cursor:
        return None
    column = quoted(job.cursor)
    row = connection.execute(
        f"SELECT max(cn_time({column})), max(TRY_CAST({column} AS DOUBLE)) FROM {_sealed(part)}"
    ).fetchone()
    moment, number = row or (None, None)
    found = f"t:{moment.isoformat(sep=' ')}" if moment else f"n:{number!r}" if number is not None else None
    if found and job.high and found[0] == job.high[0]:
        return max(found, job.high, key=lambda text: (float(text[2:]) if text[0] == "n" else text[2:]))
    return found or job.high


def _sealed(path: Path) -> str:
    return f"read_parquet({literal(str(path))}, encryption_config={{footer_key: 'raw'}})"


def tally(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[int, str]:
    """Row count and checksum 校验和 of a raw file, read back: the sum of row hashes over all columns, in any order."""
    row = connection.execute(f"SELECT count(*), coalesce(sum(hash(*COLUMNS(*))), 0) FROM {_sealed(path)}").fetchone()
    count, total = row or (0, 0)
    return int(count), f"h1:{int(total):x}"


def _keep(part: Path, file: Path) -> None:
    """Make the written file last: fsync, rename, fsync of the folder."""
    with part.open("rb") as handle:
        os.fsync(handle.fileno())
    part.chmod(0o600)
    part.rename(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _no_room(error: Exception) -> bool:
    text = str(error)
    return any(word in text for word in ("No space left", "File too large", "Disk quota", "Could not write"))


def no_room(source: str) -> DiskFull:
    """The disk is full."""
    return DiskFull(
        "disk.full",
        f"磁盘已满，来源 {source} 的贴源副本写不下",
        hint="腾出空间后再运行 yishu load；没有写完的文件已删除，上一次装载的数据仍在",
    )


def failure(event: dict[str, str]) -> YishuError:
    """The error 错误 an event of the worker tells of."""
    if event["event"] == "defect":
        return Defect("worker.failed", f"读取来源的进程出错：{event['message']}", hint="请把日志交给开发者")
    from yishu.integration import errors
    from yishu.kernel import InputError

    kind = getattr(errors, event["kind"], InputError if event["kind"] == "InputError" else SourceError)
    found: YishuError = kind(event["code"], event["message"], hint=event["hint"], where=event["where"])
    return found
