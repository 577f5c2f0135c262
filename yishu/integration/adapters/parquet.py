"""Parquet 来源: files or directories of files, types as they are."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from yishu.integration.adapters.files import tables_in
from yishu.integration.adapters.scan import Note, Place, Scan, literal
from yishu.integration.adapters.sqlite import first_line
from yishu.integration.errors import SourceDamaged
from yishu.kernel import SourceError


class Parquet:
    """An open Parquet file or directory."""

    one_transaction = False

    def __init__(self, connection: duckdb.DuckDBPyConnection, place: Place) -> None:
        self.connection = connection
        self.place = place
        self.files = tables_in(place, (".parquet",))

    def names(self) -> Sequence[str]:
        return tuple(self.files)

    def close(self) -> None:
        """Nothing is held."""

    def apart(self) -> tuple[Note, ...]:
        return ()

    def again(self, table: str, error: duckdb.Error) -> Scan | None:
        return None

    def scan(self, table: str, sheet: str | None) -> Scan | None:
        paths = ", ".join(literal(str(path)) for path in self.files[table])
        relation = f"read_parquet([{paths}], union_by_name=true)"
        rows = self.connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        return Scan(relation, tuple(row[0] for row in rows))

    def explain(self, error: Exception, table: str) -> SourceError:
        text = str(error)
        if any(word in text for word in ("magic bytes", "footer", "too small", "Snappy", "ZSTD", "TProtocol", "Parquet file")):
            return SourceDamaged(
                "source.truncated",
                f"来源 {self.place.source} 的 {table}.parquet 残缺或不是 Parquet 文件",
                hint="文件可能没有传完；请重传后再装载，本次什么也没有装入",
                where=table,
            )
        return SourceError("source.failed", f"来源 {self.place.source} 的 {table} 读不出：{first_line(error)}", where=table)
