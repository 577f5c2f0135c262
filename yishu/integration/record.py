"""Record 原始记录: one source row, as it came, for trace. Only identity.mask may show it to a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from yishu.integration.adapters.scan import literal, quoted
from yishu.integration.sources import sources
from yishu.integration.stage import loads
from yishu.integration.store import TableLoad
from yishu.kernel import InputError, Settings
from yishu.kernel.duck import worker_instance


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A source row 来源记录 with its identifiers in the clear; `identifiers` says which columns they are and of what kind."""

    source: str
    table: str
    label: str
    key: str
    load_id: str
    recorded_at: datetime
    values: Mapping[str, str | None]
    identifiers: Mapping[str, str]


def record(
    settings: Settings, source: str, table: str, key: str, *, load_id: str | None = None
) -> SourceRecord | None:
    """The latest version 来源记录 of a row (key values joined by `|`), or the one a given load brought; None if there is none."""
    spec = next((spec for spec in sources(settings.hospital) if spec.name == source), None)
    if spec is None or all(table != known.name for known in spec.tables):
        raise InputError("record.unknown", f"没有来源表 {source}.{table}", status=404)
    declared = spec.table(table)
    entries = [
        entry
        for load in loads(settings, source)
        for entry in load.tables
        if entry.table == table and entry.state == "done" and load_id in (None, load.load_id)
    ]
    start = max((at for at, entry in enumerate(entries) if entry.kind == "full"), default=0)
    connection = worker_instance(settings.home, memory="512MB")
    try:
        for entry in reversed(entries[start:]):
            row = _row(connection, settings.home, entry, declared.key, key)
            if row is not None:
                return SourceRecord(
                    source, table, declared.label, key, entry.load_id, entry.recorded_at, row, declared.identifiers
                )
    finally:
        connection.close()
    return None


def _row(
    connection: duckdb.DuckDBPyConnection, home: Path, entry: TableLoad, columns: tuple[str, ...], key: str
) -> dict[str, str | None] | None:
    words = key.split("|")
    read = f"read_parquet({literal(str(entry.path(home)))}, encryption_config={{footer_key: 'raw'}})"
    if len(words) == len(columns):
        where = " AND ".join(f"coalesce(CAST({quoted(name)} AS VARCHAR), '') = ?" for name in columns)
    else:
        words = [key]
        joined = ", ".join(f"coalesce(CAST({quoted(name)} AS VARCHAR), '')" for name in columns)
        where = f"concat_ws('|', {joined}) = ?"
    found = connection.execute(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM {read} WHERE {where} LIMIT 1", words)
    names = [column[0] for column in found.description or ()]
    row = found.fetchone()
    return dict(zip(names, row, strict=True)) if row else None
