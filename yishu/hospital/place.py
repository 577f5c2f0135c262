"""Place 入模: a staged source becomes hospital rows, all of it in one transaction with its `applied` mark."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import duckdb
import pyarrow as pa
from duckdb import DuckDBPyConnection

from yishu.hospital import quality
from yishu.hospital.codes import CodeMaps
from yishu.hospital.errors import Fault, HospitalFaults, near
from yishu.hospital.mapping import IDENTITY, MappingSelect, wrong_outputs
from yishu.hospital.model import Model, Table
from yishu.hospital.profile import HospitalProfile
from yishu.hospital.quality import TableReceipt
from yishu.hospital.shape import Shaping, shape
from yishu.hospital.store import Batch, key_of, literal, quote, settle
from yishu.integration import Staged
from yishu.kernel import SourceError

Allot = Callable[[pa.Table], pa.Table]
Remember = Callable[[pa.Table], None]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class People:
    """What identity lends to placing 患者键的来处: keys so far, new keys, and where identifiers go."""

    known: pa.Table
    allot: Allot
    remember: Remember


@dataclass(frozen=True, slots=True)
class Ground:
    """What a folder says 依据 for every source alike."""

    model: Model
    profile: HospitalProfile
    codes: CodeMaps


def place(
    connection: DuckDBPyConnection,
    ground: Ground,
    staged: Staged,
    mappings: tuple[MappingSelect, ...],
    findings: str,
    batch: Batch,
    people: People,
    progress: Progress = lambda _: None,
) -> tuple[TableReceipt, ...]:
    """Place a staged source; `findings` is the table that `integration.checks` made. Receipts add up or nothing is kept."""
    work = _Placing(connection, ground, staged, findings, batch, people)
    described = {mapping.table: describe(connection, ground.model, staged, mapping) for mapping in mappings}
    connection.execute("USE wh")
    connection.execute("BEGIN")
    try:
        work.prepare()
        for mapping in mappings:
            progress(ground.model.tables[mapping.table].label)
            work.table(mapping, described[mapping.table])
        work.empty_unmapped(tuple(mapping.table for mapping in mappings))
        receipts = quality.settle_quality(connection, ground.model, staged, findings, mappings, batch)
        connection.execute(
            "INSERT INTO wh.quality.applied VALUES (?, ?, ?, ?)", [batch.load_id, batch.source, batch.map_version, batch.moment]
        )
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute("USE wh")
        for name in ("mapped", "shaped", "buckets", "found", "patient_keys"):
            connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
    return receipts


class _Placing:
    """One source being placed."""

    def __init__(
        self, connection: DuckDBPyConnection, ground: Ground, staged: Staged, findings: str, batch: Batch, people: People
    ) -> None:
        self.connection = connection
        self.ground = ground
        self.staged = staged
        self.findings = findings
        self.batch = batch
        self.people = people
        self.checked = False
        self.patients_of: tuple[str, ...] = ()
        self.registered: set[str] = set()

    def prepare(self) -> None:
        """Buckets of source rows, findings by row, patient keys."""
        run = self.connection.execute
        run("CREATE OR REPLACE TEMP TABLE buckets (source_table VARCHAR, h UBIGINT, rank TINYINT, rule VARCHAR)")
        run(
            "CREATE OR REPLACE TEMP TABLE found AS SELECT source_table, key, list(DISTINCT rule ORDER BY rule) AS flags, "
            f"bool_or(action = 'quarantine') AS quarantined FROM {self.findings} GROUP BY ALL"
        )
        self.checked = bool(run("SELECT count(*) FROM found").fetchall()[0][0])
        run(f"INSERT INTO buckets SELECT source_table, hash(key), 5, min(rule) FROM {self.findings} WHERE action = 'quarantine' GROUP BY ALL")
        run("DELETE FROM wh.quality.left_out WHERE source = ?", [self.batch.source])
        known = self.people.known
        self.connection.register("known_keys", known)
        run(
            "CREATE OR REPLACE TEMP TABLE patient_keys AS SELECT n.source, n.local_id, n.patient_key, p.patient_key IS NOT NULL AS present "
            "FROM known_keys n LEFT JOIN wh.hospital.patient p ON p.patient_key = n.patient_key"
        )
        self.connection.unregister("known_keys")
        self._note_patients()

    def _note_patients(self) -> None:
        rows = self.connection.execute("SELECT DISTINCT source FROM wh.hospital.patient ORDER BY 1").fetchall()
        self.patients_of = tuple(row[0] for row in rows)

    def table(self, mapping: MappingSelect, outputs: dict[str, str]) -> None:
        """Run one mapping and make the hospital table equal to it."""
        table = self.ground.model.tables[mapping.table]
        run = self.connection.execute
        run(f"USE {quote(self.staged.database)}")
        try:
            run(f"CREATE OR REPLACE TEMP TABLE mapped AS {mapping.sql}")
        except duckdb.Error as error:
            fault = explain(mapping, str(error), self.staged)
            raise SourceError("place.failed", fault.text(), hint="该映射在这批数据上运行失败；可用 TRY_CAST", where=f"{fault.file}:{fault.line}") from None
        finally:
            run("USE wh")
        self._allot(table, outputs)
        shaping = Shaping(
            table=table,
            mapping=mapping,
            outputs=outputs,
            batch=self.batch,
            codes=self._dictionaries(table, outputs),
            parents=self._parents(table, outputs),
            patients_of=self.patients_of,
            checked=self.checked,
        )
        self._leave_out(table, outputs)
        self._write(table, shape(shaping))
        run(
            "INSERT INTO buckets SELECT source_table, hash(source_key), CASE WHEN flags IS NULL THEN 3 ELSE 4 END, NULL "
            f"FROM wh.hospital.{quote(table.name)} WHERE source = ?",
            [self.batch.source],
        )
        if table.name == "patient":
            self._remember(outputs)
            run("UPDATE patient_keys SET present = true WHERE NOT present AND patient_key IN (SELECT patient_key FROM wh.hospital.patient)")
            self._note_patients()
        run("DROP TABLE temp.mapped")

    def _allot(self, table: Table, outputs: dict[str, str]) -> None:
        """Give keys to patients met for the first time, in the order of their local ids."""
        if table.name == "patient":
            wanted = f"SELECT DISTINCT {literal(self.batch.source)} AS source, CAST(local_id AS VARCHAR) AS local_id FROM mapped"
        elif "patient_local_id" in outputs:
            wanted = "SELECT DISTINCT patient_source AS source, CAST(patient_local_id AS VARCHAR) AS local_id FROM mapped"
        else:
            return
        new = self.connection.execute(
            f"SELECT w.source, w.local_id FROM ({wanted}) w ANTI JOIN patient_keys k ON k.source = w.source AND k.local_id = w.local_id "
            "WHERE w.source IS NOT NULL AND w.local_id IS NOT NULL ORDER BY w.source, length(w.local_id), w.local_id"
        ).to_arrow_table()
        if new.num_rows:
            allotted = self.people.allot(new)
            self.connection.register("new_keys", allotted)
            self.connection.execute("INSERT INTO patient_keys SELECT source, local_id, patient_key, false FROM new_keys")
            self.connection.unregister("new_keys")

    def _remember(self, outputs: dict[str, str]) -> None:
        """Hand identifiers to the vault; they go no further."""
        given = [f"CAST(m.{quote(n)} AS VARCHAR) AS {n}" if n in outputs else f"NULL::VARCHAR AS {n}" for n in IDENTITY[:5]]
        known = [f"TRY_CAST(m.{n} AS {kind}) AS {n}" if n in outputs else f"NULL::{kind} AS {n}" for n, kind in (("birth_date", "DATE"), ("gender", "VARCHAR"))]
        rows = self.connection.execute(
            f"SELECT k.patient_key, {', '.join((*given, *known))} FROM mapped m "
            "JOIN patient_keys k ON k.source = ? AND k.local_id = CAST(m.local_id AS VARCHAR) "
            + ("WHERE m.ignored IS NULL " if "ignored" in outputs else "")
            + "QUALIFY row_number() OVER (PARTITION BY k.patient_key ORDER BY m.source_table, m.source_key DESC) = 1 ORDER BY k.patient_key",
            [self.batch.source],
        ).to_arrow_table()
        self.people.remember(rows)

    def _dictionaries(self, table: Table, outputs: dict[str, str]) -> dict[str, str]:
        """A small table code → standard for each coded output, prefixes already resolved for the codes that occur."""
        result: dict[str, str] = {}
        for column in table.columns:
            if not column.codes or column.name not in outputs:
                continue
            exact, prefixes = self._codes(column.codes)
            if not exact and not prefixes:
                continue
            dated = any(since > date.min or until < date.max for _, _, since, until in exact)
            word = f"of_{column.name}" if prefixes else column.codes
            name = f"code_{word}" + ("_dated" if dated else "")
            if prefixes or name not in self.registered:
                self._register(name, exact)
                self.registered.add(name)
            if prefixes:
                self._resolve(name, column.name, prefixes)
            result[column.name] = f"temp.{quote(name)}"
        return result

    def _codes(self, system: str) -> tuple[list[tuple[str, str, date, date]], list[tuple[str, str]]]:
        lines = self.ground.codes.of(self.batch.source, system)
        own = {code.code for code in lines if code.source != "*"}
        exact: list[tuple[str, str, date, date]] = []
        prefixes: list[tuple[str, str]] = []
        for code in sorted(lines, key=lambda c: c.source == "*"):
            if code.code.endswith("*"):
                prefixes.append((code.code[:-1], code.standard))
            elif code.standard and (code.source != "*" or code.code not in own):
                exact.append((code.code.strip(), code.standard, code.since or date.min, code.until or date.max))
        present = {code for code, _, _, _ in exact} | own
        profile = self.ground.profile
        ids = {
            "department": [d.id for d in profile.departments],
            "ward": [w.id for w in profile.wards],
            "campus": [c.id for c in profile.campuses],
        }.get(system, [])
        exact += [(item, item, date.min, date.max) for item in ids if item not in present]
        return exact, prefixes

    def _register(self, name: str, exact: list[tuple[str, str, date, date]]) -> None:
        columns = list(zip(*exact, strict=True)) if exact else [(), (), (), ()]
        kinds = (pa.string(), pa.string(), pa.date32(), pa.date32())
        arrow = pa.table([pa.array(v, type=k) for v, k in zip(columns, kinds, strict=True)], names=["code", "standard", "since", "until"])
        self.connection.register("code_lines", arrow)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {quote(name)} AS SELECT * FROM code_lines")
        self.connection.unregister("code_lines")

    def _resolve(self, name: str, column: str, prefixes: list[tuple[str, str]]) -> None:
        arrow = pa.table({"prefix": pa.array([p for p, _ in prefixes]), "standard": pa.array([s for _, s in prefixes]), "place": pa.array(range(len(prefixes)))})
        self.connection.register("prefix_lines", arrow)
        self.connection.execute(
            f"INSERT INTO {quote(name)} SELECT d.code, CASE WHEN p.standard IN ('*', '=') THEN d.code ELSE p.standard END, ?::DATE, ?::DATE "
            f"FROM (SELECT DISTINCT nullif(trim(CAST({quote(column)} AS VARCHAR)), '') AS code FROM mapped) d "
            "JOIN prefix_lines p ON starts_with(d.code, p.prefix) "
            f"WHERE d.code NOT IN (SELECT code FROM {quote(name)}) "
            "QUALIFY row_number() OVER (PARTITION BY d.code ORDER BY length(p.prefix) DESC, p.place) = 1",
            [date.min, date.max],
        )
        self.connection.unregister("prefix_lines")

    def _parents(self, table: Table, outputs: dict[str, str]) -> dict[str, str]:
        """For each reference that can be looked up: the keys it may point to, left-out rows included."""
        result: dict[str, str] = {}
        for column in table.columns:
            if not column.ref or column.codes or column.name not in outputs or column.ref in ("patient", table.name):
                continue
            parent = self.ground.model.tables[column.ref]
            if len(parent.key) != 1:
                continue
            body = f"SELECT {quote(parent.key[0])} FROM wh.hospital.{quote(parent.name)}"
            if self.connection.execute(f"{body} LIMIT 1").fetchone():
                result[column.name] = f"{body} UNION ALL SELECT key FROM wh.quality.left_out WHERE hospital_table = {literal(parent.name)}"
        return result

    def _leave_out(self, table: Table, outputs: dict[str, str]) -> None:
        """Count ignored rows by rule, set keyless ones apart, and remember both keys for those that point to them."""
        run = self.connection.execute
        conditions = ["m.ignored IS NOT NULL"] if "ignored" in outputs else []
        join = ""
        if self.checked:
            join = "LEFT JOIN found f ON f.source_table = m.source_table AND f.key = m.source_key"
            conditions.append("f.quarantined")
        if "ignored" in outputs:
            run("INSERT INTO buckets SELECT source_table, hash(source_key), 1, CAST(ignored AS VARCHAR) FROM mapped WHERE ignored IS NOT NULL")
        raw = ["local_id"] if table.name == "patient" else [k for k in table.key if not table.column(k).codes]
        missing = " OR ".join(f"m.{quote(k)} IS NULL" for k in raw) or "FALSE"
        kept = "m.ignored IS NULL" if "ignored" in outputs else "TRUE"
        run(f"INSERT INTO buckets SELECT source_table, hash(source_key), 5, 'key.missing' FROM mapped m WHERE {kept} AND ({missing})")
        if conditions and len(table.key) == 1 and table.name != "patient":
            run(
                f"INSERT INTO wh.quality.left_out SELECT ?, ?, CAST(m.{quote(table.key[0])} AS VARCHAR) FROM mapped m {join} WHERE {' OR '.join(conditions)}",
                [self.batch.source, table.name],
            )

    def _write(self, table: Table, rows: str) -> None:
        """First load: straight in. Later: compare and keep what changed."""
        current, source = f"wh.hospital.{quote(table.name)}", self.batch.source
        columns = ", ".join(quote(name) for name, _ in table.stored)
        first = self.connection.execute(f"SELECT 1 FROM {current} WHERE source = ? LIMIT 1", [source]).fetchone() is None
        target = current if first else "temp.shaped"
        if first:
            self.connection.execute(f"INSERT INTO {current} ({columns}) SELECT {columns} FROM ({rows})")
        else:
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE shaped AS SELECT {columns} FROM ({rows})")
        self._merge_elsewhere(table, target)
        self._merge_twins(table, target)
        if not first:
            settle(self.connection, table, target, source, self.batch)
            self.connection.execute("DROP TABLE temp.shaped")

    def _merge_twins(self, table: Table, target: str) -> None:
        """Rows of one key: the later recorded one stays, the others are merged into it."""
        keys = ", ".join(key_of(table))
        row = self.connection.execute(f"SELECT count(*), count(DISTINCT hash({keys})) FROM {target} WHERE source = ?", [self.batch.source]).fetchone()
        if row is None or row[0] == row[1]:
            return
        axes = [c.name for axis in ("recorded", "occurred") if (c := table.timed(axis))]
        order = ", ".join((*(f"{quote(a)} DESC NULLS LAST" for a in axes), "source_table", "source_key", f"hash({', '.join(quote(n) for n, _ in table.stored)})"))
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE losers AS SELECT rowid AS loser, source_table, source_key FROM {target} WHERE source = ? "
            f"QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {order}) > 1",
            [self.batch.source],
        )
        self._drop_losers(target)

    def _merge_elsewhere(self, table: Table, target: str) -> None:
        """Rows whose key another source has brought already: merged into that row."""
        if table.name == "patient":
            return
        first = key_of(table)[0]
        bounds = self.connection.execute(
            f"SELECT min({first}) FILTER (source = $s), max({first}) FILTER (source = $s) FROM {target}", {"s": self.batch.source}
        ).fetchone()
        others = f"FROM wh.hospital.{quote(table.name)} o WHERE o.source <> $s"
        theirs = self.connection.execute(f"SELECT min({first}), max({first}) {others}", {"s": self.batch.source}).fetchone()
        if not bounds or not theirs or bounds[0] is None or theirs[0] is None or bounds[0] > theirs[1] or bounds[1] < theirs[0]:
            return
        met = " AND ".join(f"{a} = {b}" for a, b in zip(key_of(table, "o"), key_of(table, "t"), strict=True))
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE losers AS SELECT t.rowid AS loser, t.source_table, t.source_key FROM {target} t "
            f"WHERE t.source = $s AND EXISTS (SELECT 1 {others} AND {met})",
            {"s": self.batch.source},
        )
        self._drop_losers(target)

    def _drop_losers(self, target: str) -> None:
        self.connection.execute("INSERT INTO buckets SELECT source_table, hash(source_key), 2, 'merged' FROM losers")
        self.connection.execute(f"DELETE FROM {target} WHERE rowid IN (SELECT loser FROM losers)")
        self.connection.execute("DROP TABLE temp.losers")

    def empty_unmapped(self, mapped: tuple[str, ...]) -> None:
        """Tables this source no longer maps lose its rows (to history)."""
        for table in self.ground.model.tables.values():
            if table.name in mapped or table.derived:
                continue
            current = f"wh.hospital.{quote(table.name)}"
            if self.connection.execute(f"SELECT 1 FROM {current} WHERE source = ? LIMIT 1", [self.batch.source]).fetchone():
                settle(self.connection, table, f"(SELECT * FROM {current} WHERE FALSE)", self.batch.source, self.batch)


def describe(connection: DuckDBPyConnection, model: Model, staged: Staged, mapping: MappingSelect) -> dict[str, str]:
    """Output names and types as the engine sees them; a wrong name is told with file, line and nearest right one."""
    connection.execute(f"USE {quote(staged.database)}")
    try:
        rows = connection.execute(f"DESCRIBE {mapping.sql}").fetchall()
    except duckdb.Error as error:
        raise HospitalFaults((explain(mapping, str(error), staged),)) from None
    outputs = {str(row[0]).lower(): str(row[1]) for row in rows}
    wrong = wrong_outputs(mapping, model.tables[mapping.table], tuple(outputs))
    if wrong:
        raise HospitalFaults(wrong)
    return outputs


def check_bound(connection: DuckDBPyConnection, model: Model, staged: Staged, mappings: tuple[MappingSelect, ...]) -> tuple[Fault, ...]:
    """Every mapping tried against the staged columns, nothing run; the faults of all."""
    faults: list[Fault] = []
    for mapping in mappings:
        try:
            describe(connection, model, staged, mapping)
        except HospitalFaults as error:
            faults += error.faults
    return tuple(faults)


def place_folder(connection: DuckDBPyConnection, ground: Ground, batch: Batch) -> None:
    """Campuses, departments, wards and beds 医院概况 from hospital.yaml as rows of the source `hospital`."""
    profile = ground.profile
    rows: dict[str, list[tuple[object, ...]]] = {
        "campus": [(c.id, c.name) for c in profile.campuses],
        "department": [(d.id, d.name, d.group or None, d.catalog or None, d.clinical, place) for place, d in enumerate(profile.departments)],
        "ward": [(w.id, w.name, w.campus, w.department, w.approved) for w in profile.wards],
        "ward_bed": [(w.id, b.department, b.since, b.until, b.open, "") for w in profile.wards for b in w.beds],
    }
    batch = replace(batch, source="hospital")
    for name, values in rows.items():
        table = ground.model.tables[name]
        given = {column.name: [row[at] for row in values] for at, column in enumerate(table.columns[: len(values[0])])} if values else {}
        arrow = pa.table(given) if given else None
        if arrow is None:
            continue
        connection.register("given_rows", arrow)
        system = (
            f"'hospital' AS source, 'hospital.yaml' AS source_table, concat_ws('|', {', '.join(key_of(table))}) AS source_key, {literal(batch.load_id)} AS load_id, "
            f"NULL::VARCHAR AS message_id, {batch.rule_version}::INTEGER AS rule_version, TIMESTAMP {literal(batch.moment.isoformat(sep=' '))} AS known_from, "
            "NULL::TIMESTAMP AS known_until, NULL::VARCHAR[] AS flags"
        )
        casts = [f"CAST({quote(c.name)} AS {c.sql_type}) AS {quote(c.name)}" if c.name in given else f"NULL::{c.sql_type} AS {quote(c.name)}" for c in table.columns]
        casts += [f"NULL::VARCHAR AS {quote(c.code_column)}" for c in table.columns if c.code_column]
        connection.execute(f"CREATE OR REPLACE TEMP TABLE shaped AS SELECT {', '.join(casts)}, {system} FROM given_rows")
        connection.unregister("given_rows")
        settle(connection, table, "temp.shaped", "hospital", batch)
        connection.execute("DROP TABLE temp.shaped")


_AT = re.compile(r"LINE (\d+):")
_COLUMN = re.compile(r'(?:Referenced column|column named|does not have a column named) "?([^"\s]+)"?')
_TABLE = re.compile(r"Table with name (\S+) does not exist")
_FUNCTION = re.compile(r"Function with name (\S+) does not exist")


def explain(mapping: MappingSelect, message: str, staged: Staged) -> Fault:
    """What the engine said of a mapping, as a fault with line and nearest right word; no value of a row is repeated."""
    at = _AT.search(message)
    line = int(at.group(1)) if at else 1
    columns = tuple(dict.fromkeys(c for table in staged.tables for c in table.columns))
    if found := _COLUMN.search(message):
        return Fault(mapping.file, line, f"没有列 {found.group(1)}", near(found.group(1), columns))
    if found := _TABLE.search(message):
        return Fault(mapping.file, line, f"来源里没有表 {found.group(1)}", near(found.group(1), tuple(t.name for t in staged.tables)))
    if found := _FUNCTION.search(message):
        return Fault(mapping.file, line, f"没有函数 {found.group(1)}")
    kind = message.split(":", 1)[0]
    return Fault(mapping.file, line, f"{kind}：映射不能执行" + (f"（{message.split(':', 1)[1].strip().splitlines()[0][:160]}）" if kind in ("Binder Error", "Parser Error", "Catalog Error") else ""))
