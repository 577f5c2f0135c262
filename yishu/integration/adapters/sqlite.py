"""SQLite 来源: attached read-only through the scanner; a column whose values break its type is read as text."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import duckdb

from yishu.integration.adapters.scan import Note, Place, Scan, literal, quoted
from yishu.integration.errors import SourceDamaged, SourceLocked, SourceMissing
from yishu.kernel import SourceError


class Sqlite:
    """An open SQLite file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, place: Place) -> None:
        self.connection = connection
        self.place = place
        self.path = Path(place.address)
        if not self.path.is_file():
            raise SourceMissing(
                "source.missing",
                f"来源 {place.source} 的文件不存在：{self.path.name}",
                hint="检查 sources 里的 address；上一次装载的数据仍在，不受影响",
                where=str(self.path),
            )
        self.one_transaction = _whole(self.path, place.source)
        self.holder = self._held()
        try:
            self.connection.execute(f"ATTACH {literal(str(self.path))} AS src (TYPE sqlite, READ_ONLY)")
        except duckdb.Error as error:
            self.holder.close()
            raise self.explain(error, "") from None

    def _held(self) -> sqlite3.Connection:
        """A connection of our own that holds a read lock, so that all tables are of one moment; waits for a writer.

        Inside a transaction of the engine the scanner reads with one thread (1.8 s instead of 0.9 s for a million rows).
        A file with a write-ahead log cannot be held like this and is read in one transaction.
        """
        address = self.path.absolute().as_uri() + "?mode=ro"
        holder = sqlite3.connect(address, uri=True, timeout=self.place.wait, isolation_level=None)
        try:
            if not self.one_transaction:
                holder.execute("BEGIN")
            query = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
            self.tables = tuple(row[0] for row in holder.execute(query).fetchall())
        except sqlite3.Error as error:
            holder.close()
            raise self.explain(error, "") from None
        return holder

    def names(self) -> Sequence[str]:
        return self.tables

    def _types(self, table: str) -> list[tuple[str, str]]:
        rows = self.connection.execute(f"DESCRIBE SELECT * FROM src.{quoted(table)}").fetchall()
        return [(row[0], row[1]) for row in rows]

    def scan(self, table: str, sheet: str | None) -> Scan | None:
        self.connection.execute("SET GLOBAL sqlite_all_varchar=false")
        return Scan(f"src.{quoted(table)}", tuple(name for name, _ in self._types(table)))

    def close(self) -> None:
        self.holder.close()

    def apart(self) -> tuple[Note, ...]:
        return ()

    def again(self, table: str, error: duckdb.Error) -> Scan | None:
        """SQLite columns hold any type; where a value breaks the declared one the whole column is kept as text."""
        if "mismatch" not in str(error).lower() and "invalid input" not in str(error).lower():
            return None
        types = self._types(table)
        self.connection.execute("SET GLOBAL sqlite_all_varchar=true")
        self.connection.execute("DETACH DATABASE IF EXISTS src_text")
        self.connection.execute(f"ATTACH {literal(str(self.path))} AS src_text (TYPE sqlite, READ_ONLY)")
        relation = f"src_text.{quoted(table)}"
        tests = [
            f"count(*) FILTER ({quoted(name)} IS NOT NULL AND TRY_CAST({quoted(name)} AS {kind}) IS NULL)"
            for name, kind in types
        ]
        broken = self.connection.execute(f"SELECT {', '.join(tests)} FROM {relation}").fetchone() or ()
        shown: list[str] = []
        notes: list[Note] = []
        for (name, kind), count in zip(types, broken, strict=True):
            if count:
                shown.append(quoted(name))
                notes.append(Note(table, "column.text", f"{table}.{name} 有 {count} 个值不是 {kind}，整列按文本保留"))
            else:
                shown.append(f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}")
        return Scan(f"(SELECT {', '.join(shown)} FROM {relation})", tuple(name for name, _ in types), tuple(notes))

    def explain(self, error: Exception, table: str) -> SourceError:
        text = str(error).lower()
        where = f"{self.path.name}{':' + table if table else ''}"
        if "locked" in text or "busy" in text:
            return SourceLocked(
                "source.locked",
                f"来源 {self.place.source} 正被另一个程序写入，等了 {self.place.wait:g} 秒",
                hint="稍后再装载；上一次装载的数据仍在",
                where=where,
            )
        if "malformed" in text or "not a database" in text or "corrupt" in text or "disk i/o" in text:
            return _damaged(self.place.source, where)
        return SourceError("source.failed", f"来源 {self.place.source} 读不出：{first_line(error)}", where=where)


def _damaged(source: str, where: str) -> SourceDamaged:
    return SourceDamaged(
        "source.damaged",
        f"来源 {source} 的 SQLite 文件残缺或已损坏",
        hint="请来源方重新给出完整文件；本次什么也没有装入，上一次的数据仍在",
        where=where,
    )


def _whole(path: Path, source: str) -> bool:
    """Whether the file has a write-ahead log (SQLite file format §1.3.3).

    A file shorter than its header says was cut off (§1.3.7), unless a log beside it may hold the rest.
    """
    with path.open("rb") as file:
        header = file.read(100)
    if not header:
        return False
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        raise _damaged(source, path.name)
    size = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    valid = header[24:28] == header[92:96]
    if valid and pages * (65536 if size == 1 else size) > path.stat().st_size and not Path(f"{path}-wal").exists():
        raise _damaged(source, path.name)
    return header[18] == 2


def first_line(error: Exception) -> str:
    """The first line of an engine's error text, without the values that may follow it."""
    lines = str(error).splitlines()
    return lines[0][:200] if lines else type(error).__name__
