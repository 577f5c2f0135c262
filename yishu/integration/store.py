"""Store of table loads 装载台账: which raw files make up which load, with counts and checksums (platform store)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Column, DateTime, Engine, Integer, String, Table, Text, and_, insert, select

from yishu.kernel.store import metadata

raw_load = Table(
    "raw_load",
    metadata,
    Column("load_id", String(64), primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("table", String(255), primary_key=True),
    Column("file", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("checksum", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("recorded_at", DateTime, nullable=False),
    Column("cursor_high", String(64)),
    Column("columns", Text, nullable=False),
    Column("notes", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("number", Integer, nullable=False),
)
raw_malformed = Table(
    "raw_malformed",
    metadata,
    Column("load_id", String(64), primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("table", String(255), primary_key=True),
    Column("malformed", Integer, nullable=False),
    Column("malformed_checksum", String(64), nullable=False),
)


@dataclass(frozen=True, slots=True)
class TableLoad:
    """One table of one load 一张表的一次装载; `file` is relative to `$HOME/raw`, empty when nothing could be kept.

    `number` counts the loads of a source from 1, so that loads recorded in the same second keep their order.
    `malformed` rows lie in a file of their own beside `file`, under `malformed_checksum`; no such file where it is 0.
    """

    load_id: str
    source: str
    table: str
    file: str
    rows: int
    checksum: str
    kind: str
    recorded_at: datetime
    cursor_high: str | None
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()
    state: str = "done"
    number: int = 0
    malformed: int = 0
    malformed_checksum: str = ""

    def path(self, home: Path) -> Path:
        """Where the raw file lies."""
        return home / "raw" / self.file


def listed(store: Engine, source: str) -> tuple[TableLoad, ...]:
    """Every table load of a source, oldest first."""
    same = [raw_load.c[name] == raw_malformed.c[name] for name in ("load_id", "source", "table")]
    beside = (raw_malformed.c.malformed, raw_malformed.c.malformed_checksum)
    query = select(raw_load, *beside).outerjoin_from(raw_load, raw_malformed, and_(*same)).where(raw_load.c.source == source)
    query = query.order_by(raw_load.c.number, raw_load.c.table)
    with store.connect() as connection:
        return tuple(
            TableLoad(
                **{
                    **dict(row._mapping),
                    "columns": tuple(json.loads(row._mapping["columns"])),
                    "notes": tuple(json.loads(row._mapping["notes"])),
                    "malformed": row._mapping["malformed"] or 0,
                    "malformed_checksum": row._mapping["malformed_checksum"] or "",
                }
            )
            for row in connection.execute(query)
        )


def enter(store: Engine, tables: Sequence[TableLoad]) -> None:
    """List the tables of one finished load, all or none."""
    rows = [
        {
            **{column: getattr(load, column) for column in raw_load.columns.keys()},  # noqa: SIM118
            "columns": json.dumps(load.columns, ensure_ascii=False),
            "notes": json.dumps(load.notes, ensure_ascii=False),
        }
        for load in tables
    ]
    if rows:
        with store.begin() as connection:
            connection.execute(insert(raw_load), rows)
            if crooked := [load for load in tables if load.malformed]:
                connection.execute(insert(raw_malformed), [{column: getattr(load, column) for column in raw_malformed.columns.keys()} for load in crooked])  # noqa: SIM118
