"""Engines 引擎: where a compiled query can run. One definition, the same answer on each, or a refusal by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb
from sqlglot import exp

from yishu.kernel.errors import InputError
from yishu.security import bound

ENGINES = ("duckdb", "postgres", "clickhouse", "spark")
Text = tuple[str, dict[str, object]]


class Engine(Protocol):
    """An engine 引擎 ready to run queries over loaded tables."""

    def load_parquet(self, files: Sequence[Path]) -> None:
        """Load each file as a table of its name."""

    def text(self, query: exp.Expr) -> Text:
        """The statement and its parameters, or InputError where this engine cannot do it."""

    def rows(self, text: Text) -> tuple[list[str], list[tuple[object, ...]]]:
        """Column names and rows."""


@dataclass(slots=True)
class DuckDB:
    """The embedded warehouse 内嵌仓库."""

    connection: duckdb.DuckDBPyConnection

    def load_parquet(self, files: Sequence[Path]) -> None:
        """Tables in the warehouse's schema of an in-memory instance."""
        for file in files:
            name = exp.to_identifier(file.stem, quoted=True).sql("duckdb")
            self.connection.execute(f"CREATE TABLE wh.hospital.{name} AS SELECT * FROM read_parquet(?)", [str(file)])

    def text(self, query: exp.Expr) -> Text:
        """DuckDB's own dialect."""
        return bound(query)

    def rows(self, text: Text) -> tuple[list[str], list[tuple[object, ...]]]:
        """Run it."""
        done = self.connection.execute(*text)
        return [d[0] for d in done.description or ()], done.fetchall()


@contextmanager
def engine_named(name: str) -> Iterator[Engine]:
    """An engine started for a while, with nothing in it."""
    if name == "duckdb":
        connection = duckdb.connect()
        connection.execute("ATTACH ':memory:' AS wh")
        connection.execute("CREATE SCHEMA wh.hospital")
        yield DuckDB(connection)
        connection.close()
        return
    raise InputError("metrics.engine", f"还不支持引擎 {name}", hint="可用：" + "、".join(ENGINES), where="engine")
