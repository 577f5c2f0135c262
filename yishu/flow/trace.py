"""Trace 溯源: from a hospital row to its source record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from yishu import hospital, identity, integration
from yishu.kernel import InputError, Settings
from yishu.kernel.duck import warehouse_instance


@dataclass(frozen=True, slots=True)
class Traced:
    """A hospital row and where it came from 溯源结果; the record is masked."""

    table: str
    label: str
    key: str
    row: tuple[tuple[str, str | None], ...]
    values: Mapping[str, str | None]
    source: str
    source_table: str
    source_key: str
    load_id: str
    record: Mapping[str, str | None] | None

    def as_json(self) -> dict[str, object]:
        """As `yishu trace --json` prints it."""
        origin = {"source": self.source, "table": self.source_table, "key": self.source_key, "load_id": self.load_id}
        return {"table": self.table, "label": self.label, "key": self.key, "row": dict(self.values), "origin": origin, "record": dict(self.record) if self.record else None}


@dataclass(frozen=True, slots=True)
class _CommandLine:
    """Whoever sits at the command line 命令行."""

    name: str = "system:trace"


def trace(settings: Settings, table: str, key: str, *, connection: DuckDBPyConnection | None = None) -> Traced:
    """From a hospital row to its source record 溯源, every identifier masked; a running server hands in its cursor."""
    declared = hospital.model(settings.hospital).table(table)
    opened = connection or warehouse_instance(settings.home, read_only=True)
    try:
        values = hospital.row_of(opened, declared, key)
    finally:
        if connection is None:
            opened.close()
    if values is None:
        raise InputError("trace.unknown", f"{declared.label}里没有 {key}", hint="主键 " + "、".join(declared.key) + " 多列用 | 连接", where=table, status=404)
    labels = {column.name: column.label for column in declared.columns} | {name: label for name, _, label in hospital.SYSTEM_COLUMNS}
    row = tuple((labels.get(name, f"{labels.get(name.removesuffix('_code'), name)}（源代码）"), value) for name, value in values.items())
    source, origin, place = (values[name] or "" for name in ("source", "source_table", "source_key"))
    known = {spec.name for spec in integration.sources(settings.hospital)}
    record = integration.record(settings, source, origin, place) if source in known else None
    masked = identity.mask(_CommandLine(), record) if record else None
    return Traced(table, declared.label, key, row, values, source, origin, place, values["load_id"] or "", masked)
