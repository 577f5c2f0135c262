"""Message stage 消息暂存: the rows of a batch of messages, where mapping SELECTs read them like those of a table load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from yishu.integration.adapters.scan import quoted
from yishu.integration.channels import ChannelSpec
from yishu.integration.macros import define_macros
from yishu.integration.message_map import Rows, TableMap
from yishu.integration.spec import SourceSpec, TableSpec
from yishu.integration.stage import Staged, StagedTable, loads, stage, unstage
from yishu.kernel import Settings, SourceError

SYSTEM = ("_key", "_message", "_seq", "_load_id", "_recorded")


@dataclass(frozen=True, slots=True)
class Read:
    """A message read into rows 已读消息."""

    id: int
    received_at: datetime
    rows: Rows
    said_at: datetime | None = None   # MSH-7, what the sender's clock said

    @property
    def message_id(self) -> str:
        """What people call it."""
        return f"M{self.id}"


def database_of(channel: str, system: str) -> str:
    """The staged database of a channel's rows for one system."""
    return f"staged_{channel}__{system}"


def open_stage(connection: duckdb.DuckDBPyConnection, settings: Settings, channel: ChannelSpec, system: str, specs: Mapping[str, SourceSpec]) -> None:
    """Make the staged database of a channel, with macros and the dictionaries its SELECTs look things up in."""
    database = database_of(channel.name, system)
    connection.execute(f"DETACH DATABASE IF EXISTS {quoted(database)}")
    connection.execute(f"ATTACH ':memory:' AS {quoted(database)}")
    connection.execute(f"USE {quoted(database)}")
    try:
        define_macros(connection)
        stage_batch(connection, channel, system, ())
        _lookups(connection, settings, channel, system, specs)
    finally:
        connection.execute("USE wh")


def _lookups(connection: duckdb.DuckDBPyConnection, settings: Settings, channel: ChannelSpec, system: str, specs: Mapping[str, SourceSpec]) -> None:
    names = channel.map.lookups.get(system, ())
    spec = specs.get(system)
    if not names or spec is None:
        return
    if not loads(settings, system):
        raise SourceError("take.lookups", f"通道 {channel.label} 要用 {spec.label} 的字典，它还没有装载过", hint=f"先运行 yishu load {system}；消息在收件箱里等着", where=channel.name)
    own = replace(spec, tables=tuple(t for t in spec.tables if t.name in names))
    staged = stage(connection, settings, own)
    try:
        for table in staged.tables:
            target = f"{quoted(database_of(channel.name, system))}.{quoted(table.name)}"
            connection.execute(f"CREATE OR REPLACE TABLE {target} AS SELECT * FROM {table.qualified}")
    finally:
        unstage(connection, staged)
        connection.execute(f"USE {quoted(database_of(channel.name, system))}")


def stage_batch(connection: duckdb.DuckDBPyConnection, channel: ChannelSpec, system: str, batch: Sequence[Read]) -> Staged:
    """Put the rows of a batch into the staged tables of one system; what an earlier batch left there is gone."""
    database = database_of(channel.name, system)
    tables = []
    for table in channel.map.tables:
        if (table.system or channel.name) != system:
            continue
        arrow = _arrow(table, batch)
        connection.register("message_rows", arrow)
        connection.execute(f"CREATE OR REPLACE TABLE {quoted(database)}.{quoted(table.name)} AS SELECT * FROM message_rows")
        connection.unregister("message_rows")
        names = tuple(c.name for c in table.columns)
        spec = TableSpec(table.name, table.label, ("_key",), identifiers=table.identifiers, checks=table.checks, line=table.line)
        tables.append(StagedTable(table.name, spec, f"{quoted(database)}.{quoted(table.name)}", arrow.num_rows, names))
    moment = batch[-1].received_at if batch else datetime.min
    source = SourceSpec(channel.name, channel.label, channel.kind, "", channel.owner, tuple(t.spec for t in tables), channel.map.file)
    return Staged(channel.name, database, source, "", moment, tuple(tables), Path())


def _arrow(table: TableMap, batch: Sequence[Read]) -> pa.Table:
    keys: list[str] = []
    ids: list[str] = []
    seqs: list[int] = []
    moments: list[datetime] = []
    values: list[tuple[str | None, ...]] = []
    for read in batch:
        rows = read.rows.get(table.name)
        if not rows:
            continue
        name = read.message_id
        for place, row in enumerate(rows, start=1):
            keys.append(f"{name}|{place}")
            ids.append(name)
            seqs.append(read.id)
            moments.append(read.received_at)
            values.append(row)
    columns: list[Sequence[str | None]] = list(zip(*values, strict=True)) if values else [[] for _ in table.columns]
    arrays = [pa.array(column, pa.string()) for column in columns]
    arrays += [pa.array(keys, pa.string()), pa.array(ids, pa.string()), pa.array(seqs, pa.int64()), pa.nulls(len(keys), pa.string()), pa.array(moments, pa.timestamp("us"))]
    return pa.table(arrays, names=[*(c.name for c in table.columns), *SYSTEM])
