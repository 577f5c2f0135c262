"""Upsert 增补: staged rows of messages become hospital rows, one version a message, without touching what they do not say.

Placing makes a source's rows equal to a whole load; a message speaks of single rows. A part it leaves empty keeps what was
known before (HL7 v2.5.1 §2.10: an empty field means no change); each message that changes a row is a version of its own,
known from its receipt, so that the result does not depend on how messages were batched. A message that was said before the
load that brought the row (MSH-7) fills gaps only: the load has seen later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa
from duckdb import DuckDBPyConnection

from yishu.hospital.mapping import IDENTITY, MappingSelect
from yishu.hospital.model import SYSTEM_COLUMNS, Table
from yishu.hospital.place import Ground, People, _Placing, describe, explain
from yishu.hospital.shape import Shaping, shape
from yishu.hospital.store import Batch, key_of, literal, quote
from yishu.integration import Staged
from yishu.kernel import SourceError

SYSTEM = tuple(name for name, _, _ in SYSTEM_COLUMNS)


@dataclass(frozen=True, slots=True)
class Moved:
    """Rows the messages of a batch brought 变动 to one table: (message number, rows, rows changed)."""

    table: str
    by_message: tuple[tuple[int, int, int], ...]


class Upsert(_Placing):
    """The messages of one channel and system, placed batch by batch on one connection."""

    def __init__(self, connection: DuckDBPyConnection, ground: Ground, staged: Staged, mappings: tuple[MappingSelect, ...], batch: Batch, people: People) -> None:
        super().__init__(connection, ground, staged, "", batch, people)
        self.mappings = mappings
        self.described = {m.table: describe(connection, ground.model, staged, m) for m in mappings}
        connection.execute("USE wh")

    again = False

    def run(self, staged: Staged, findings: str, batch: Batch, *, again: bool = False) -> tuple[Moved, ...]:
        """Place one batch inside the caller's transaction; its messages stand in the temp table `batch_message`.

        `again`: later messages of the same patients are placed already. What `again_message` names is placed or will be, in order;
        each row goes back to what it was before the first of them.
        """
        self.staged, self.findings, self.batch, self.again = staged, findings, batch, again
        run = self.connection.execute
        run(
            "CREATE OR REPLACE TEMP TABLE found AS SELECT source_table, key, list(DISTINCT rule ORDER BY rule) AS flags, "
            f"bool_or(action = 'quarantine') AS quarantined FROM {findings} GROUP BY ALL"
        )
        self.checked = bool(run("SELECT count(*) FROM found").fetchall()[0][0])
        filled = {t.name.lower() for t in staged.tables if t.rows}
        return tuple(self._one(m) for m in self.mappings if not m.origins or self._reads(m) & filled)

    @staticmethod
    def _reads(mapping: MappingSelect) -> set[str]:
        return {name for name, _ in mapping.origins}

    def _one(self, mapping: MappingSelect) -> Moved:
        table, outputs = self.ground.model.tables[mapping.table], self.described[mapping.table]
        run = self.connection.execute
        run(f"USE {quote(self.staged.database)}")
        try:
            run(f"CREATE OR REPLACE TEMP TABLE mapped AS {mapping.sql}")
        except (duckdb.IOException, duckdb.FatalException, duckdb.InternalException, duckdb.OutOfMemoryException):
            raise   # the disk's fault, not the mapping's
        except duckdb.Error as error:
            fault = explain(mapping, str(error), self.staged)
            raise SourceError("take.failed", fault.text(), hint="该映射在这条消息上运行失败；可用 TRY_CAST", where=f"{fault.file.name}:{fault.line}") from None
        finally:
            run("USE wh")
        row = run("SELECT count(*) FROM mapped").fetchone()
        if not row or not row[0]:
            return Moved(table.name, ())
        self._keys(table, outputs)
        shaping = Shaping(table, mapping, outputs, self.batch, self._dictionaries(table, outputs), {}, (), self.checked)
        self._incoming(table, shape(shaping))
        if table.name == "patient" and "name" in outputs:
            self._remember(outputs)
        self._settle(table)
        rows = run(
            "SELECT i._seq, count(*), count(v._seq) FROM incoming i LEFT JOIN version v ON v._seq = i._seq AND v._place = i._place "
            "AND v.source_key = i.source_key GROUP BY 1 ORDER BY 1"
        ).fetchall()
        return Moved(table.name, tuple((int(a), int(b), int(c)) for a, b, c in rows))

    def _remember(self, outputs: dict[str, str]) -> None:
        """Hand identifiers of patients who were named to the vault; the last message wins."""
        given = [f"CAST(m.{quote(n)} AS VARCHAR) AS {n}" if n in outputs else f"NULL::VARCHAR AS {n}" for n in IDENTITY[:5]]
        known = [f"TRY_CAST(m.{n} AS {kind}) AS {n}" if n in outputs else f"NULL::{kind} AS {n}" for n, kind in (("birth_date", "DATE"), ("gender", "VARCHAR"))]
        rows = self.connection.execute(
            f"SELECT k.patient_key, {', '.join((*given, *known))} FROM mapped m "
            "JOIN patient_keys k ON k.source = ? AND k.local_id = CAST(m.local_id AS VARCHAR) WHERE m.name IS NOT NULL "
            "QUALIFY row_number() OVER (PARTITION BY k.patient_key ORDER BY CAST(split_part(m.source_key[2:], '|', 1) AS BIGINT) DESC) = 1 ORDER BY 1",
            [self.batch.source],
        ).to_arrow_table()
        if rows.num_rows:
            self.people.remember(rows)

    def _keys(self, table: Table, outputs: dict[str, str]) -> None:
        """The patient keys this batch needs, new ones allotted in the order of the messages."""
        local = "local_id" if table.name == "patient" else "patient_local_id"
        source = literal(self.batch.source) if table.name == "patient" else "patient_source"
        wanted = pa.table({"source": pa.array([], pa.string()), "local_id": pa.array([], pa.string()), "patient_key": pa.array([], pa.int64())})
        if local in outputs:
            pairs = self.connection.execute(
                f"SELECT {source} AS source, CAST({local} AS VARCHAR) AS local_id FROM mapped WHERE {source} IS NOT NULL AND {local} IS NOT NULL "
                "GROUP BY ALL ORDER BY min(CAST(split_part(source_key[2:], '|', 1) AS BIGINT)), 2"
            ).to_arrow_table()
            wanted = self.people.allot(pairs)
        self.connection.register("batch_keys", wanted)
        self.connection.execute("CREATE OR REPLACE TEMP TABLE patient_keys AS SELECT source, local_id, patient_key, true AS present FROM batch_keys")
        self.connection.unregister("batch_keys")

    def _incoming(self, table: Table, rows: str) -> None:
        columns = ", ".join(f"q.{quote(n)}" for n, _ in table.stored if n not in ("load_id", "message_id", "known_from"))
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE incoming AS SELECT {columns}, NULL::VARCHAR AS load_id, b.message_id, b.received_at AS known_from, "
            "b.seq AS _seq, b.said AS _said, TRY_CAST(split_part(q.source_key, '|', 2) AS INTEGER) AS _place "
            f"FROM ({rows}) q JOIN batch_message b ON b.message_id = split_part(q.source_key, '|', 1)"
        )

    def _settle(self, table: Table) -> None:
        """Fold each key's messages onto what is known, in order; what changed becomes versions."""
        run, current, history = self.connection.execute, f"wh.hospital.{quote(table.name)}", f"wh.history.{quote(table.name)}"
        stored = ", ".join(quote(n) for n, _ in table.stored)
        keys = ", ".join(f"{e} AS _k{i}" for i, e in enumerate(key_of(table, "t")))
        slots = [f"_k{i}" for i in range(len(table.key))]
        met = " AND ".join(f"x.{s} = {e}" for s, e in zip(slots, key_of(table, "t"), strict=True))
        run(f"CREATE OR REPLACE TEMP TABLE incoming_key AS SELECT DISTINCT {keys} FROM incoming t")
        run("CREATE OR REPLACE TEMP TABLE newer AS SELECT *, 0::BIGINT AS seq FROM incoming_key LIMIT 0")
        if self.again:
            self._go_back(table, keys, slots, met)
        run(f"CREATE OR REPLACE TEMP TABLE loaded AS SELECT t.known_from, {keys} FROM {current} t WHERE t.load_id IS NOT NULL AND EXISTS (SELECT 1 FROM incoming_key x WHERE {met})")
        folded = ", ".join(self._folds(table))
        said = ", ".join(quote(n) for n, _ in table.stored if n not in SYSTEM)
        run(
            f"CREATE OR REPLACE TEMP TABLE version AS WITH everything AS ("
            f"SELECT {stored}, 0::BIGINT AS _seq, 0 AS _place, FALSE AS _stale, {keys} FROM {current} t WHERE EXISTS (SELECT 1 FROM incoming_key x WHERE {met}) "
            f"UNION ALL SELECT {stored}, _seq, _place, {self._stale(met)} AS _stale, {keys} FROM incoming t), "
            f"folded AS (SELECT {folded}, {', '.join(quote(n) for n in SYSTEM)}, _seq, _place, {', '.join(slots)} FROM everything "
            f"WINDOW w AS (PARTITION BY {', '.join(slots)} ORDER BY _seq, _place ROWS UNBOUNDED PRECEDING)), "
            f"marked AS (SELECT *, hash({said}) AS _h FROM folded), "
            f"compared AS (SELECT *, lag(_h) OVER (PARTITION BY {', '.join(slots)} ORDER BY _seq, _place) AS _before FROM marked), "
            "kept AS (SELECT * FROM compared WHERE _before IS NULL OR _before <> _h) "
            f"SELECT *, lead(known_from) OVER (PARTITION BY {', '.join(slots)} ORDER BY _seq, _place) AS _until FROM kept"
        )
        row = run("SELECT count(*) FROM version WHERE _seq > 0").fetchone()
        if row and row[0]:
            run(f"INSERT INTO {history} ({stored}) SELECT {stored} FROM (SELECT * REPLACE (_until AS known_until) FROM version WHERE known_from < _until)")
            run(f"DELETE FROM {current} t WHERE EXISTS (SELECT 1 FROM version x WHERE x._seq > 0 AND {met})")
            run(f"INSERT INTO {current} ({stored}) SELECT {stored} FROM version WHERE _until IS NULL AND _seq > 0")

    def _go_back(self, table: Table, keys: str, slots: list[str], met: str) -> None:
        """Each row as it was before the first message of this batch, where all that changed it since is placed again.

        Where a load or a message that is not placed again has changed it, older messages fill gaps only (`newer`).
        """
        run, current, history = self.connection.execute, f"wh.hospital.{quote(table.name)}", f"wh.history.{quote(table.name)}"
        using = ", ".join(slots)
        run(f"CREATE OR REPLACE TEMP TABLE since AS SELECT {keys}, min(known_from) AS since FROM incoming t GROUP BY {', '.join(str(n + 1) for n in range(len(slots)))}")
        run(
            "CREATE OR REPLACE TEMP TABLE touched AS "
            + " UNION ALL ".join(f"SELECT {keys}, t.known_from, t.load_id, t.message_id, x.since FROM {where} t JOIN since x ON {met} AND t.known_from >= x.since" for where in (current, history))
        )
        run(
            f"CREATE OR REPLACE TEMP TABLE newer AS SELECT {using}, max(TRY_CAST(message_id[2:] AS BIGINT)) AS seq FROM touched "
            f"GROUP BY {using} HAVING bool_or(load_id IS NOT NULL OR message_id NOT IN (SELECT message_id FROM again_message))"
        )
        same = " AND ".join(f"n.{s} = x.{s}" for s in slots)
        run(f"DELETE FROM touched x WHERE EXISTS (SELECT 1 FROM newer n WHERE {same})")
        run(f"CREATE OR REPLACE TEMP TABLE back AS SELECT t.* FROM {history} t WHERE EXISTS (SELECT 1 FROM touched x WHERE {met} AND t.known_from < x.since AND t.known_until = x.known_from)")
        for where in (current, history):
            run(f"DELETE FROM {where} t WHERE EXISTS (SELECT 1 FROM touched x WHERE {met} AND t.known_from = x.known_from)")
        run(f"DELETE FROM {history} t WHERE EXISTS (SELECT 1 FROM touched x WHERE {met} AND t.known_from < x.since AND t.known_until = x.known_from)")
        stored = ", ".join(quote(n) for n, _ in table.stored)
        run(f"INSERT INTO {current} ({stored}) SELECT {stored} FROM (SELECT * REPLACE (NULL AS known_until) FROM back)")

    @staticmethod
    def _stale(met: str) -> str:
        """Whether a load has brought this row after the message was said, or a later message that is not placed again has changed it."""
        loaded = f"coalesce(t._said <= (SELECT max(x.known_from) FROM loaded x WHERE {met}), FALSE)"
        return f"({loaded} OR EXISTS (SELECT 1 FROM newer x WHERE {met} AND x.seq > t._seq))"

    @staticmethod
    def _folds(table: Table) -> list[str]:
        """Each declared column: this message's word, else the last one said; a code and its standard go together."""
        out = []
        coded = {c.code_column: c.name for c in table.columns if c.code_column}
        for name, _ in table.stored:
            if name in SYSTEM:
                continue
            column = quote(name)
            code = next((c for c, standard in coded.items() if standard == name), None)
            if code is None:
                out.append(f"coalesce({_last(f'CASE WHEN NOT _stale THEN {column} END')}, {_last(f'CASE WHEN _stale THEN {column} END')}) AS {column}")
            else:
                said = f"coalesce({quote(code)}, {column}) IS NOT NULL THEN struct_pack(s := {column}) END"
                pair = f"coalesce({_last(f'CASE WHEN NOT _stale AND {said}')}, {_last(f'CASE WHEN _stale AND {said}')})"
                out.append(f"({pair}).s AS {column}")
        return out


def _last(expression: str) -> str:
    return f"last_value({expression} IGNORE NULLS) OVER w"


def of_message(connection: DuckDBPyConnection, tables: tuple[Table, ...], message_id: str) -> list[tuple[str, str, bool]]:
    """(table, key, still current) of every row version a message made 消息的去处."""
    found: list[tuple[str, str, bool]] = []
    for table in tables:
        if table.derived:
            continue
        key = f"concat_ws('|', {', '.join(f'CAST({e} AS VARCHAR)' for e in key_of(table))})"
        for schema in ("hospital", "history"):
            rows = connection.execute(f"SELECT {key} FROM wh.{schema}.{quote(table.name)} WHERE message_id = ? ORDER BY 1", [message_id]).fetchall()
            found += [(table.name, str(row[0]), schema == "hospital") for row in rows]
    return found


def taken(connection: DuckDBPyConnection, first: int, last: int) -> set[int]:
    """The messages between two numbers whose marks are in the warehouse."""
    return {row[0] for row in connection.execute("SELECT seq FROM wh.quality.taken WHERE seq BETWEEN ? AND ?", [first, last]).fetchall()}


def note_messages(connection: DuckDBPyConnection, messages: list[tuple[int, datetime, datetime | None]]) -> None:
    """Name the messages of a batch (number, received, said) to the statements that follow."""
    ids = [number for number, _, _ in messages]
    arrow = pa.table({"seq": pa.array(ids, pa.int64()), "message_id": pa.array([f"M{i}" for i in ids], pa.string()), "received_at": pa.array([m for _, m, _ in messages], pa.timestamp("us")), "said": pa.array([s for _, _, s in messages], pa.timestamp("us"))})
    connection.register("message_lines", arrow)
    connection.execute("CREATE OR REPLACE TEMP TABLE batch_message AS SELECT * FROM message_lines")
    connection.unregister("message_lines")


def note_again(connection: DuckDBPyConnection, ids: Iterable[int]) -> None:
    """Name the messages that are placed again now or later to the statements that follow."""
    connection.register("again_lines", pa.table({"message_id": pa.array([f"M{i}" for i in ids], pa.string())}))
    connection.execute("CREATE OR REPLACE TEMP TABLE again_message AS SELECT * FROM again_lines")
    connection.unregister("again_lines")


def mark(connection: DuckDBPyConnection, channel: str, version: str, moment: datetime, *, again: bool = False) -> None:
    """The applied marks 已入模 of the batch's messages, in the same transaction as their rows; one a message, of its last placing."""
    if again:
        connection.execute("DELETE FROM wh.quality.taken t WHERE t.seq IN (SELECT seq FROM batch_message)")
    connection.execute("INSERT INTO wh.quality.taken SELECT seq, message_id, ?, ?, ? FROM batch_message", [channel, version, moment])


def last_taken(connection: DuckDBPyConnection) -> int:
    """The highest number whose mark is in the warehouse."""
    row = connection.execute("SELECT max(seq) FROM wh.quality.taken").fetchone()
    return int(row[0] or 0) if row else 0


__all__ = ["Moved", "Upsert", "last_taken", "mark", "note_again", "note_messages", "of_message", "taken"]
