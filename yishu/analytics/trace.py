"""Trace 追溯: from a hospital row to its source record, masked, and to the metrics it moves; within the viewer's scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from duckdb import DuckDBPyConnection

from yishu import identity, integration
from yishu.analytics.desk import Desk
from yishu.hospital.model import SYSTEM_COLUMNS, Table
from yishu.kernel import InputError, Settings
from yishu.security import bound, rights, scope

MOST_ROWS = 50
_SHOWN_SYSTEM = ("source", "source_table", "source_key", "load_id", "message_id", "known_from", "flags")


@dataclass(frozen=True, slots=True)
class RecordField:
    """A field 字段 of a source record."""

    name: str
    label: str | None
    value: str | None
    masked: bool


@dataclass(frozen=True, slots=True)
class HospitalRow:
    """A hospital row 统一模型行 by table and key."""

    table: str
    key: str
    label: str | None


@dataclass(frozen=True, slots=True)
class MaskedRecord:
    """A source record 来源记录 as people may see it."""

    source: str
    table: str
    label: str | None
    key: str
    fields: tuple[RecordField, ...]
    load_id: str | None
    recorded: str | None
    hospital_rows: tuple[HospitalRow, ...]

    def as_json(self) -> dict[str, object]:
        """As it goes over HTTP."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RowField:
    """A column 字段 of a hospital row with its label."""

    name: str
    label: str
    value: object


@dataclass(frozen=True, slots=True)
class TracedRow:
    """A hospital row 统一模型行 in words."""

    table: str
    label: str
    key: str
    fields: tuple[RowField, ...]


@dataclass(frozen=True, slots=True)
class Traced:
    """A trace 追溯结果."""

    row: TracedRow
    record: MaskedRecord | None
    metrics: tuple[Mapping[str, str], ...]

    def as_json(self) -> dict[str, object]:
        """As it goes over HTTP."""
        return asdict(self)


def _unseen() -> InputError:
    """The same words whether a record is missing or not the viewer's: nobody learns which keys exist."""
    return InputError("record.unknown", "没有这条记录，或您看不到它", hint="从数字的凭据行点进来", where="key", status=404)


def source_record(desk: Desk, settings: Settings, source: str, table: str, key: str) -> MaskedRecord:
    """One source record, if one of the hospital rows it became is the viewer's to see.

    A record that became no row (a dictionary, a quarantined row) is for those who keep the sources.
    """
    spec = next((s for s in integration.sources(settings.hospital) if s.name == source), None)
    if spec is None or all(table != known.name for known in spec.tables):
        raise _unseen()
    with desk.reading() as connection:
        rows = _rows_of(desk, connection, settings, source, table, key)
    if not rows and "sees_sources" not in rights(desk.viewer):
        raise _unseen()
    found = integration.record(settings, source, table, key)
    if found is None:
        raise _unseen()
    shown = identity.mask(desk.viewer, found)
    fields = tuple(
        RecordField(name, None, shown[name], shown[name] != found.values[name]) for name in found.values
    )
    recorded = found.recorded_at.isoformat(timespec="seconds")
    return MaskedRecord(source, table, found.label, key, fields, found.load_id, recorded, rows)


def trace(desk: Desk, settings: Settings, table: str, key: str) -> Traced:
    """From a hospital row to where it came from and what it moves."""
    declared = desk.model.table(table)
    words = key.split("|") if len(declared.key) > 1 else [key]
    if len(words) != len(declared.key):
        raise InputError("trace.key", f"表 {declared.label} 的键有 {len(declared.key)} 段", hint="按 " + "|".join(declared.key) + " 的次序用竖线连接", where="key")  # fmt: skip
    inner, parameters = bound(scope(desk.viewer, table, desk.model))
    where = " AND ".join(f'CAST("{name}" AS VARCHAR) = $k{place}' for place, name in enumerate(declared.key))
    with desk.reading() as connection:
        cursor = connection.execute(
            f"SELECT * FROM ({inner}) WHERE {where} LIMIT 1",
            parameters | {f"k{place}": word for place, word in enumerate(words)},
        )
        names = [column[0] for column in cursor.description or ()]
        row = cursor.fetchone()
    if row is None:
        raise _unseen()
    values = dict(zip(names, row, strict=True))
    record = None
    if values.get("source") and values.get("source_table") and values.get("source_key"):
        try:
            record = source_record(desk, settings, str(values["source"]), str(values["source_table"]), str(values["source_key"]))
        except InputError:
            record = None
    moved = tuple(
        {"id": m.id, "label": m.label} for m in desk.centre.metrics if any(part.table == table for part in m.parts)
    )
    return Traced(TracedRow(table, declared.label, key, _fields(declared, values)), record, moved)


def _fields(table: Table, values: Mapping[str, object]) -> tuple[RowField, ...]:
    labels = {name: label for name, _, label in SYSTEM_COLUMNS}
    own = [RowField(c.name, c.label, plain(values.get(c.name))) for c in table.columns]
    system = [RowField(name, labels[name], plain(values.get(name))) for name in _SHOWN_SYSTEM if name in values]
    return (*own, *system)


def _rows_of(
    desk: Desk, connection: DuckDBPyConnection, settings: Settings, source: str, table: str, key: str
) -> tuple[HospitalRow, ...]:
    """The hospital rows 统一模型行 a source row became, as far as the viewer sees them."""
    mapped = sorted(path.stem for path in (settings.hospital / "mappings" / source).glob("*.sql"))
    found: list[HospitalRow] = []
    for name in mapped:
        if name not in desk.model.tables:
            continue
        declared = desk.model.table(name)
        if declared.public and "sees_sources" not in rights(desk.viewer):
            continue
        inner, parameters = bound(scope(desk.viewer, name, desk.model))
        keys = ", ".join(f'CAST("{column}" AS VARCHAR)' for column in declared.key)
        rows = connection.execute(
            f"SELECT {keys} FROM ({inner}) WHERE source = $source AND source_key = $key AND lower(source_table) = lower($table) "
            f"LIMIT {MOST_ROWS}",
            parameters | {"source": source, "key": key, "table": table},
        ).fetchall()
        found += [HospitalRow(name, "|".join("" if w is None else str(w) for w in row), declared.label) for row in rows]
    return tuple(found)


def plain(value: object) -> object:
    """A value as JSON can carry it."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "、".join(str(each) for each in value)
    return value
