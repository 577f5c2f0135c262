"""Quality 质量: where every source row went, what is wrong with it, which codes are not mapped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from duckdb import DuckDBPyConnection

from yishu.hospital.mapping import MappingSelect
from yishu.hospital.model import Model
from yishu.hospital.store import Batch, literal, quote
from yishu.integration import Staged
from yishu.kernel import Defect

BUCKETS = ("ignored", "merged", "placed", "flagged", "quarantined")
FAMILY_OF = {"unmapped": "unmapped_code", "orphan": "orphan", "value": "value_format", "type": "value_format"}
SAY_OF = {
    "unmapped": "代码没有对照到标准代码",
    "orphan": "所指的记录不存在",
    "value": "取值不在值域内",
    "type": "写法与字段类型不符",
}


@dataclass(frozen=True, slots=True)
class TableReceipt:
    """Receipt 回执 of a source table: rows in = placed + merged + flagged + quarantined + ignored."""

    source: str
    table: str
    rows_in: int
    placed: int
    merged: int
    flagged: int
    quarantined: int
    ignored: int
    ignored_rules: Mapping[str, int]

    def adds_up(self) -> bool:
        """Whether every row is in exactly one bucket."""
        return self.rows_in == self.placed + self.merged + self.flagged + self.quarantined + self.ignored

    def as_json(self) -> dict[str, object]:
        """As the command line prints it."""
        return {
            "source": self.source,
            "table": self.table,
            "rows_in": self.rows_in,
            "placed": self.placed,
            "merged": self.merged,
            "flagged": self.flagged,
            "quarantined": self.quarantined,
            "ignored": self.ignored,
            "ignored_rules": dict(self.ignored_rules),
        }


def settle_quality(
    connection: DuckDBPyConnection, model: Model, staged: Staged, findings: str, mappings: tuple[MappingSelect, ...], batch: Batch
) -> tuple[TableReceipt, ...]:
    """Write receipts, quarantine, unmapped codes and defects of a source, from the buckets that placing filled."""
    receipts = _receipts(connection, staged, batch)
    _quarantine(connection, findings, batch)
    _unmapped(connection, model, mappings, batch)
    _defects(connection, model, findings, mappings, batch)
    return receipts


def _receipts(connection: DuckDBPyConnection, staged: Staged, batch: Batch) -> tuple[TableReceipt, ...]:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE bucket_of AS SELECT lower(source_table) AS source_table, h, max(rank) AS rank, arg_max(rule, rank) AS rule "
        "FROM buckets GROUP BY lower(source_table), h"
    )
    receipts = []
    for table in staged.tables:
        rest, rule = (2, "part_of") if table.spec.part_of else (1, table.spec.ignore.rule if table.spec.ignore else "not_taken")
        rows = connection.execute(
            f"SELECT coalesce(b.rank, {rest}), coalesce(b.rule, ?), count(*) FROM {table.qualified} s "
            f"LEFT JOIN (SELECT h, rank, coalesce(rule, '') AS rule FROM bucket_of WHERE source_table = ?) b ON b.h = hash(s._key) GROUP BY 1, 2",
            [rule, table.name.lower()],
        ).fetchall()
        counts = dict.fromkeys(BUCKETS, 0)
        rules: dict[str, int] = {}
        for rank, why, count in rows:
            counts[BUCKETS[rank - 1]] += count
            if rank == 1:
                rules[why] = rules.get(why, 0) + count
        counts["quarantined"] += table.malformed  # these never were rows of the staged table
        receipt = TableReceipt(batch.source, table.name, table.rows + table.malformed, ignored_rules=MappingProxyType(dict(sorted(rules.items()))), **counts)
        if not receipt.adds_up():
            raise Defect("receipt.sum", f"来源 {batch.source} 的表 {table.name} 行数不平：进 {receipt.rows_in}，去 {sum(counts.values())}")
        receipts.append(receipt)
    connection.execute("DROP TABLE temp.bucket_of")
    connection.execute("DELETE FROM wh.quality.receipt WHERE source = ? AND load_id = ?", [batch.source, batch.load_id])
    connection.executemany(
        "INSERT INTO wh.quality.receipt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (batch.load_id, r.source, r.table, r.rows_in, r.placed, r.merged, r.flagged, r.quarantined, r.ignored, json.dumps(dict(r.ignored_rules), ensure_ascii=False), batch.moment)
            for r in receipts
        ],
    )
    return tuple(receipts)


def _quarantine(connection: DuckDBPyConnection, findings: str, batch: Batch) -> None:
    connection.execute("DELETE FROM wh.quality.quarantine WHERE source = ?", [batch.source])
    connection.execute(
        f"INSERT INTO wh.quality.quarantine SELECT ?, source_table, key, rule, say, ? FROM {findings} WHERE action = 'quarantine'",
        [batch.source, batch.load_id],
    )


def _unmapped(connection: DuckDBPyConnection, model: Model, mappings: tuple[MappingSelect, ...], batch: Batch) -> None:
    connection.execute("DELETE FROM wh.quality.unmapped WHERE source = ?", [batch.source])
    parts = []
    for mapping in mappings:
        table = model.tables[mapping.table]
        axis = table.timed("occurred") or table.timed("recorded")
        moment = f"CAST({quote(axis.name)} AS TIMESTAMP)" if axis else "NULL::TIMESTAMP"
        for column in table.columns:
            if (column.code_column and column.name in mapping.lines) or (column.code_column and not mapping.lines):
                parts.append(
                    f"SELECT {literal(column.codes or '')} AS system, {quote(column.code_column)} AS code, {moment} AS happened FROM wh.hospital.{quote(table.name)} "
                    f"WHERE source = $s AND flags IS NOT NULL AND {quote(column.name)} IS NULL AND {quote(column.code_column)} IS NOT NULL"
                )
    if parts:
        connection.execute(
            "INSERT INTO wh.quality.unmapped SELECT $s, system, code, NULL, count(*), min(happened), max(happened) "
            f"FROM ({' UNION ALL '.join(parts)}) GROUP BY system, code",
            {"s": batch.source},
        )


def _defects(connection: DuckDBPyConnection, model: Model, findings: str, mappings: tuple[MappingSelect, ...], batch: Batch) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE noted AS SELECT family, source_table, key, column_name, kind, rule, action, say AS message "
        f"FROM {findings} WHERE family IS NOT NULL"
    )
    for mapping in mappings:
        table = model.tables[mapping.table]
        tables = connection.execute(
            f"SELECT DISTINCT source_table FROM wh.hospital.{quote(table.name)} WHERE source = ? AND flags IS NOT NULL", [batch.source]
        ).fetchall()
        for (source_table,) in tables:
            own = [
                f"{kind}:{column.name}"
                for column in table.columns
                for kind in FAMILY_OF
                if mapping.own(source_table, "patient_local_id" if column.name == "patient_key" else column.name)
            ]
            for kind, family in FAMILY_OF.items():
                flags = [flag for flag in own if flag.startswith(f"{kind}:")]
                connection.execute(
                    "INSERT INTO noted SELECT ?, source_table, source_key, split_part(flag, ':', 2), ?, ?, 'flag', ? FROM ("
                    f"SELECT source_table, source_key, unnest(flags) AS flag FROM wh.hospital.{quote(table.name)} "
                    "WHERE source = ? AND source_table = ? AND flags IS NOT NULL) WHERE list_contains(?, flag)",
                    [family, kind, f"{table.name}.{kind}", f"{table.label}：{SAY_OF[kind]}", batch.source, source_table, flags],
                )
    keep_defects(connection, batch, "family <> 'duplicate_person'")
    connection.execute("DROP TABLE temp.noted")


def keep_defects(connection: DuckDBPyConnection, batch: Batch, scope: str) -> None:
    """Make the defects of a source within `scope` those of the temp table `noted`; what stays keeps the day it was found."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE defects_now AS SELECT md5(concat_ws(chr(31), n.family, ?, n.source_table, n.key, n.column_name, n.rule)) AS id, "
        "n.family, n.source_table, n.key, n.column_name, any_value(n.kind) AS kind, n.rule, max(n.action) AS action, any_value(n.message) AS message "
        "FROM noted n GROUP BY ALL",
        [batch.source],
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE defects_new AS SELECT n.id, n.family, ? AS source, n.source_table, n.key, n.column_name, n.kind, n.rule, n.action, "
        "n.message, coalesce(o.load_id, ?) AS load_id, coalesce(o.found_at, ?::TIMESTAMP) AS found_at "
        "FROM defects_now n LEFT JOIN wh.quality.defect o ON o.id = n.id AND o.source = ?",
        [batch.source, batch.load_id, batch.moment, batch.source],
    )
    connection.execute(f"DELETE FROM wh.quality.defect WHERE source = ? AND {scope}", [batch.source])
    connection.execute("INSERT INTO wh.quality.defect SELECT * FROM defects_new")
    connection.execute("DROP TABLE temp.defects_now")
    connection.execute("DROP TABLE temp.defects_new")
