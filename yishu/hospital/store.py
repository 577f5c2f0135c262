"""Store 仓库: the schemas hospital, history and quality of the warehouse, and how rows are versioned in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from duckdb import DuckDBPyConnection

from yishu.hospital.model import Model, Table

QUALITY = {
    "defect": "id VARCHAR, family VARCHAR, source VARCHAR, source_table VARCHAR, key VARCHAR, column_name VARCHAR, kind VARCHAR, rule VARCHAR, action VARCHAR, message VARCHAR, load_id VARCHAR, found_at TIMESTAMP",
    "unmapped": "source VARCHAR, code_system VARCHAR, source_code VARCHAR, source_name VARCHAR, uses BIGINT, first_seen TIMESTAMP, last_seen TIMESTAMP",
    "receipt": "load_id VARCHAR, source VARCHAR, source_table VARCHAR, rows_in BIGINT, placed BIGINT, merged BIGINT, flagged BIGINT, quarantined BIGINT, ignored BIGINT, ignored_rules JSON, finished_at TIMESTAMP",
    "quarantine": "source VARCHAR, source_table VARCHAR, key VARCHAR, rule VARCHAR, message VARCHAR, load_id VARCHAR",
    "applied": "load_id VARCHAR, source VARCHAR, map_version VARCHAR, applied_at TIMESTAMP",
    "taken": "seq BIGINT, message_id VARCHAR, channel VARCHAR, map_version VARCHAR, applied_at TIMESTAMP",
    "left_out": "source VARCHAR, hospital_table VARCHAR, key VARCHAR",
}

UNVERSIONED = ("load_id", "message_id", "rule_version", "known_from", "known_until")


@dataclass(frozen=True, slots=True)
class Batch:
    """What is applied at once 批次: a load of a source, known since `moment`."""

    source: str
    load_id: str
    moment: datetime
    rule_version: int
    map_version: str


def quote(name: str) -> str:
    """An identifier in quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A constant of ours (never a value from outside) as SQL text."""
    return "'" + text.replace("'", "''") + "'"


def make(connection: DuckDBPyConnection, model: Model) -> None:
    """Create what lacks: schemas, hospital and history tables, quality tables."""
    for schema in ("hospital", "history", "quality"):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS wh.{schema}")
    for table in model.tables.values():
        columns = ", ".join(f"{quote(name)} {kind}" for name, kind in table.stored)
        for schema in ("hospital", "history"):
            connection.execute(f"CREATE TABLE IF NOT EXISTS wh.{schema}.{quote(table.name)} ({columns})")
    for name, columns in QUALITY.items():
        connection.execute(f"CREATE TABLE IF NOT EXISTS wh.quality.{name} ({columns})")


def applied(connection: DuckDBPyConnection, source: str) -> tuple[str, ...]:
    """The loads of a source that are in the warehouse."""
    rows = connection.execute("SELECT load_id FROM wh.quality.applied WHERE source = ? ORDER BY applied_at, load_id", [source]).fetchall()
    return tuple(row[0] for row in rows)


def marks(connection: DuckDBPyConnection) -> str:
    """What has been applied 入模标记 in short: another batch is another text."""
    row = connection.execute("SELECT (SELECT count(*) || '/' || coalesce(max(applied_at)::VARCHAR, '') FROM wh.quality.applied), (SELECT count(*) FROM wh.quality.taken)").fetchone()
    return f"{row[0]}/{row[1]}" if row else ""


def touched_days(connection: DuckDBPyConnection, table: str, column: str, since: datetime) -> list[date]:
    """The days 涉及的日期 of rows known or superseded at or after a moment; more rather than fewer."""
    found = connection.execute(
        f"SELECT DISTINCT CAST({quote(column)} AS DATE) FROM wh.hospital.{quote(table)} WHERE known_from >= $since AND {quote(column)} IS NOT NULL "
        f"UNION SELECT CAST({quote(column)} AS DATE) FROM wh.history.{quote(table)} WHERE known_until >= $since AND {quote(column)} IS NOT NULL",
        {"since": since},
    ).fetchall()
    return sorted(row[0] for row in found)


def key_of(table: Table, alias: str = "") -> tuple[str, ...]:
    """The key as SQL expressions; an unmapped coded part is told apart by the source's own code."""
    dot = f"{alias}." if alias else ""
    return tuple(
        f"coalesce({dot}{quote(name)}, {dot}{quote(code)})" if (code := table.column(name).code_column) else f"{dot}{quote(name)}"
        for name in table.key
    )


def row_hash(table: Table, alias: str) -> str:
    """One number for all that a mapping says of a row; system times and derived columns are left out."""
    derived = {column.name for column in table.columns if column.derived or column.name == "person_id"}
    names = [name for name, _ in table.stored if name not in UNVERSIONED and name not in derived]
    return f"hash({', '.join(f'{alias}.{quote(name)}' for name in names)})"


def settle(connection: DuckDBPyConnection, table: Table, new: str, source: str, batch: Batch) -> int:
    """Make the current rows of a source equal to relation `new`; what changed goes to history. Returns how many changed.

    Unchanged rows are not touched. A row first known at this very moment leaves no trace in history.
    """
    current, history = f"wh.hospital.{quote(table.name)}", f"wh.history.{quote(table.name)}"
    keys = ", ".join(f"{expression} AS k{place}" for place, expression in enumerate(key_of(table, "t")))
    slots = [f"k{place}" for place in range(len(table.key))]
    joined = " AND ".join(f"a.{slot} IS NOT DISTINCT FROM b.{slot}" for slot in slots)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE settling AS SELECT {', '.join(f'coalesce(a.{s}, b.{s}) AS {s}' for s in slots)}, "
        f"a.h IS NOT NULL AS is_new, b.h IS NOT NULL AS is_old "
        f"FROM (SELECT {keys}, {row_hash(table, 't')} AS h FROM {new} t) a "
        f"FULL JOIN (SELECT {keys}, {row_hash(table, 't')} AS h, t.message_id IS NOT NULL AS said FROM {current} t WHERE t.source = ?) b ON {joined} "
        # a row that only a message has brought stays: a load that has not seen it yet says nothing against it
        "WHERE a.h IS DISTINCT FROM b.h AND NOT (a.h IS NULL AND b.said)",
        [source],
    )
    row = connection.execute("SELECT count(*) FROM settling").fetchone()
    changed = int(row[0]) if row else 0
    if changed:
        met = " AND ".join(f"s.{slot} IS NOT DISTINCT FROM {e}" for slot, e in zip(slots, key_of(table, "t"), strict=True))
        mine = f"t.source = ? AND EXISTS (SELECT 1 FROM settling s WHERE s.is_old AND {met})"
        connection.execute(
            f"INSERT INTO {history} SELECT * REPLACE (?::TIMESTAMP AS known_until) FROM {current} t WHERE {mine} AND t.known_from < ?",
            [batch.moment, source, batch.moment],
        )
        connection.execute(f"DELETE FROM {current} t WHERE {mine}", [source])
        columns = ", ".join(quote(column) for column, _ in table.stored)
        connection.execute(
            f"INSERT INTO {current} ({columns}) SELECT {columns} FROM {new} t WHERE EXISTS (SELECT 1 FROM settling s WHERE s.is_new AND {met})"
        )
    connection.execute("DROP TABLE temp.settling")
    return changed


def settle_columns(connection: DuckDBPyConnection, table: Table, new: str, columns: tuple[str, ...], batch: Batch) -> int:
    """Give current rows the derived `columns` of relation `new` (same key); a row known earlier keeps its old face in history."""
    current, history = f"wh.hospital.{quote(table.name)}", f"wh.history.{quote(table.name)}"
    differs = " OR ".join(f"t.{quote(c)} IS DISTINCT FROM n.{quote(c)}" for c in columns)
    key = ", ".join(f"n.{quote(k)}" for k in table.key)
    met = " AND ".join(f"t.{quote(k)} = n.{quote(k)}" for k in table.key)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE settling AS SELECT {key}, {', '.join(f'n.{quote(c)}' for c in columns)} "
        f"FROM {current} t JOIN {new} n ON {met} WHERE {differs}"
    )
    row = connection.execute("SELECT count(*) FROM settling").fetchone()
    changed = int(row[0]) if row else 0
    if changed:
        connection.execute(
            f"INSERT INTO {history} SELECT t.* REPLACE (?::TIMESTAMP AS known_until) FROM {current} t "
            f"WHERE t.known_from < ? AND EXISTS (SELECT 1 FROM settling n WHERE {met})",
            [batch.moment, batch.moment],
        )
        sets = ", ".join(f"{quote(c)} = n.{quote(c)}" for c in columns)
        connection.execute(
            f"UPDATE {current} t SET {sets}, load_id = CASE WHEN t.known_from < ? THEN ? ELSE t.load_id END, "
            f"known_from = greatest(t.known_from, ?) FROM settling n WHERE {met}",
            [batch.moment, batch.load_id, batch.moment],
        )
    connection.execute("DROP TABLE temp.settling")
    return changed


def checksum(connection: DuckDBPyConnection) -> dict[str, str]:
    """Each table's rows and an order-independent sum over every column, history included."""
    found = connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables "
        "WHERE table_catalog = 'wh' AND table_schema IN ('hospital', 'history') ORDER BY 1, 2"
    ).fetchall()
    result: dict[str, str] = {}
    for schema, name in found:
        columns = [row[0] for row in connection.execute(f"DESCRIBE wh.{schema}.{quote(name)}").fetchall()]
        row = connection.execute(
            f"SELECT count(*), coalesce(sum(hash({', '.join(map(quote, columns))})::HUGEINT), 0) FROM wh.{schema}.{quote(name)}"
        ).fetchone()
        assert row is not None
        result[f"{schema}.{name}"] = f"{row[0]}:{int(row[1]) % (1 << 64):016x}"
    return result


def row_of(connection: DuckDBPyConnection, table: Table, key: str) -> dict[str, str | None] | None:
    """One current row by its key (parts joined by `|`), every value as text."""
    parts = key.split("|") if len(table.key) > 1 else [key]
    if len(parts) != len(table.key):
        return None
    where = " AND ".join(f"CAST({part} AS VARCHAR) = ?" for part in key_of(table))
    found = connection.execute(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM wh.hospital.{quote(table.name)} WHERE {where} LIMIT 1", parts)
    names = [column[0] for column in found.description or ()]
    row = found.fetchone()
    return dict(zip(names, row, strict=True)) if row else None
