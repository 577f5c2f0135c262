"""Trace 溯源: from a hospital row to its source record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from yishu import hospital, identity, integration
from yishu.integration.adapters.hl7v2 import Message
from yishu.integration.channels import channels
from yishu.integration.inbox import Inbox
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
    message_id: str | None = None

    def as_json(self) -> dict[str, object]:
        """As `yishu trace --json` prints it."""
        origin = {"source": self.source, "table": self.source_table, "key": self.source_key, "load_id": self.load_id, "message_id": self.message_id}
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
    message = values.get("message_id")
    if message:
        masked = _said(settings, message, origin, place)
        return Traced(table, declared.label, key, row, values, source, origin, place, "", masked, message)
    known = {spec.name for spec in integration.sources(settings.hospital)}
    record = integration.record(settings, source, origin, place) if source in known else None
    masked = identity.mask(_CommandLine(), record) if record else None
    return Traced(table, declared.label, key, row, values, source, origin, place, values["load_id"] or "", masked)


def _said(settings: Settings, message: str, origin: str, place: str) -> dict[str, str | None] | None:
    """The staged row of the message that made a hospital row, masked."""
    inbox = Inbox(settings.home, settings.clock)
    try:
        kept = inbox.get(int(message[1:]))
    finally:
        inbox.close()
    spec = next((c for c in channels(settings.hospital) if kept and c.name == kept.source), None)
    if kept is None or spec is None or origin not in spec.map.by_name:
        return None
    number = int(place.rpartition("|")[2] or 1)
    rows = spec.map.rows(Message.read(kept.body, spec.charset)).get(origin, [])
    if number > len(rows):
        return None
    table = spec.map.by_name[origin]
    return identity.mask(_CommandLine(), _Row(dict(zip((c.name for c in table.columns), rows[number - 1], strict=True)), table.identifiers))


@dataclass(frozen=True, slots=True)
class _Row:
    """A staged row of a message 暂存行."""

    values: Mapping[str, str | None]
    identifiers: Mapping[str, str]
