"""Flow 数据流: a batch walks through the house. Extract, stage, know the people, place, derive."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from duckdb import DuckDBPyConnection
from sqlalchemy import Engine

from yishu import hospital, identity, integration
from yishu.hospital import runs
from yishu.hospital.errors import near
from yishu.hospital.runs import Run
from yishu.integration import SourceSpec
from yishu.kernel import InputError, Settings, SourceError
from yishu.kernel.duck import warehouse_instance, worker_instance
from yishu.kernel.store import open_store

Tell = Callable[[str], None]
COUNTS = ("rows_in", "placed", "merged", "flagged", "quarantined", "ignored")


@dataclass(frozen=True, slots=True)
class SourceReceipt:
    """Receipt 回执 of one source."""

    source: str
    state: str
    tables: tuple[hospital.TableReceipt, ...]
    notes: tuple[str, ...] = ()
    error: dict[str, str] | None = None
    seconds: float = 0.0

    def total(self, count: str) -> int:
        """One count over its tables."""
        return sum(int(getattr(table, count)) for table in self.tables)

    def as_json(self) -> dict[str, object]:
        """As the command line prints it."""
        totals = {count: self.total(count) for count in COUNTS}
        rules: dict[str, int] = {}
        for table in self.tables:
            for rule, number in table.ignored_rules.items():
                rules[rule] = rules.get(rule, 0) + number
        return {
            "source": self.source,
            "state": self.state,
            **totals,
            "ignored_rules": rules,
            "tables": [table.as_json() for table in self.tables],
            "notes": list(self.notes),
            "error": self.error,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class LoadReceipt:
    """Receipt 回执 of a load: what came in and where it went."""

    load_id: str
    moment: datetime
    sources: tuple[SourceReceipt, ...]
    data_through: datetime | None
    seconds: float

    @property
    def failed(self) -> tuple[SourceReceipt, ...]:
        """The sources that could not be loaded."""
        return tuple(source for source in self.sources if source.state == "failed")

    def as_json(self) -> dict[str, object]:
        """As `yishu load --json` prints it."""
        return {
            "load_id": self.load_id,
            "moment": self.moment.isoformat(),
            "data_through": self.data_through.isoformat() if self.data_through else None,
            **{count: sum(source.total(count) for source in self.sources) for count in COUNTS},
            "sources": [source.as_json() for source in self.sources],
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class _House:
    """All a load needs 备齐的一切, read and checked before the first row moves."""

    settings: Settings
    specs: Mapping[str, SourceSpec]
    mappings: Mapping[str, tuple[hospital.MappingSelect, ...]]
    ground: hospital.Ground
    engine: Engine
    keys: identity.PatientKeys
    tell: Tell


def load(settings: Settings, names: Sequence[str] = (), full: bool = False, rebuild: bool = False, progress: Tell = lambda _: None,
         *, connection: DuckDBPyConnection | None = None) -> LoadReceipt:  # fmt: skip
    """Load sources 装载 (all by default): what an earlier load left undone is finished first.

    `rebuild` deletes the warehouse and places every raw load again; nothing is extracted.
    A running server hands in a cursor of the `connection` it holds.
    """
    began = time.perf_counter()
    house = _house(settings, progress)
    wanted = _wanted(house, names)
    lent = connection is not None
    if lent and rebuild:
        raise InputError("load.rebuild_open", "服务正在运行，不能重建数据仓库", hint="先停止 yishu serve，再运行 yishu load --rebuild")
    connection = connection or warehouse_instance(settings.home)
    try:
        if rebuild:
            connection.close()
            _forget(settings.home)
            connection = warehouse_instance(settings.home)
        hospital.make(connection, house.ground.model)
        receipts: dict[str, SourceReceipt] = {}
        with ThreadPoolExecutor(max_workers=2, thread_name_prefix="extract") as pool:
            everything = _runs(house, wanted, full, rebuild)
            drawing = {run.number: _extract(house, run, pool) for run in everything if run.open}
            for run in everything:
                receipts |= _place(house, connection, run, drawing.get(run.number, {}))
                if run.open:
                    runs.close(house.engine, run)
        through = hospital.data_through(connection, everything[-1].moment) if everything else None
    finally:
        if not lent:
            connection.close()
        house.engine.dispose()
    last = everything[-1] if everything else Run(0, settings.clock(), (), full, False)
    ordered = tuple(receipts[name] for name in house.specs if name in receipts)
    return LoadReceipt(last.load_id, last.moment, ordered, through, time.perf_counter() - began)


def _forget(home: Path) -> None:
    for name in ("warehouse.duckdb", "warehouse.duckdb.wal"):
        (home / name).unlink(missing_ok=True)


def _house(settings: Settings, tell: Tell) -> _House:
    folder = settings.hospital
    specs = integration.sources(folder)
    model = hospital.model(folder)
    codes, faults = hospital.read_codes(folder)
    allowed = {c.codes: c.values for t in model.tables.values() for c in t.columns if c.codes and c.values}
    faults += hospital.check_values(folder, codes, allowed)
    mappings: dict[str, tuple[hospital.MappingSelect, ...]] = {}
    for spec in specs:
        mappings[spec.name], wrong = hospital.read_mappings(folder, spec.name, tuple(t.name for t in spec.tables), model)
        faults += wrong
    if faults:
        raise hospital.HospitalFaults(faults)
    ground = hospital.Ground(model, hospital.profile(folder), codes)
    ordered = {spec.name: spec for spec in _ordered(specs, mappings, ground.model)}
    engine = open_store(settings.home)
    return _House(settings, ordered, mappings, ground, engine, identity.PatientKeys(engine), tell)


def _ordered(
    specs: tuple[SourceSpec, ...], mappings: Mapping[str, tuple[hospital.MappingSelect, ...]], model: hospital.Model
) -> list[SourceSpec]:
    """Sources so that what is pointed to comes first: a lab report after the stays it names."""
    gives = {name: {m.table for m in found} for name, found in mappings.items()}
    needs = {
        spec.name: {other for ref in _pointed(mappings[spec.name], model) - gives[spec.name] for other, tables in gives.items() if ref in tables}
        for spec in specs
    }
    left, done = list(specs), list[SourceSpec]()
    while left:
        names = {spec.name for spec in left}
        ready = [spec for spec in left if not needs[spec.name] & names] or left[:1]
        done += ready
        left = [spec for spec in left if spec not in ready]
    return done


def _pointed(mappings: tuple[hospital.MappingSelect, ...], model: hospital.Model) -> set[str]:
    """The tables whose rows these mappings name by key (codes are looked up in code maps instead)."""
    return {
        "patient" if column.name == "patient_key" else column.ref
        for mapping in mappings
        for column in model.tables[mapping.table].columns
        if column.ref and not column.codes and ("patient_local_id" if column.name == "patient_key" else column.name) in mapping.lines
    }


def _wanted(house: _House, names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if name not in house.specs:
            raise InputError("source.unknown", f"没有来源 {name}", hint="可选：" + "、".join(near(name, tuple(house.specs)) or house.specs), where=name)
    return tuple(name for name in house.specs if not names or name in names)


def _runs(house: _House, wanted: tuple[str, ...], full: bool, rebuild: bool) -> tuple[Run, ...]:
    """All runs in order; a new one unless an unfinished one does as well or nothing new is asked for."""
    everything = runs.runs(house.engine)
    if rebuild or any(run.open and set(wanted) <= set(run.sources) and full <= run.full for run in everything):
        return everything
    return (*everything, runs.begin(house.engine, house.settings.clock().replace(microsecond=0), wanted, full))


Drawing = dict[str, "Future[SourceReceipt]"]


def _extract(house: _House, run: Run, pool: ThreadPoolExecutor) -> Drawing:
    """Begin to pull every source of a run that is not in raw yet, while earlier ones are placed."""
    missing = [
        name
        for name in run.sources
        if name in house.specs and all(load.load_id != run.load_id for load in integration.loads(house.settings, name))
    ]
    return {name: pool.submit(_draw, house, run, name) for name in missing}


def _draw(house: _House, run: Run, name: str) -> SourceReceipt:
    """Pull one source; one that fails does not stop the others."""
    house.tell(f"抽取 {house.specs[name].label}")
    began = time.perf_counter()
    settings = replace(house.settings, clock=lambda: run.moment)
    try:
        drawn = integration.extract(settings, house.specs[name], full=run.full, load_id=run.load_id)
    except (SourceError, InputError) as error:
        house.tell(f"抽取 {house.specs[name].label} 失败：{error.message}")
        return SourceReceipt(name, "failed", (), (), error.as_json()["error"], time.perf_counter() - began)
    notes = tuple(f"{note.table}：{note.say}" for note in drawn.notes)
    return SourceReceipt(name, "extracted", (), notes, None, time.perf_counter() - began)


def _place(house: _House, connection: DuckDBPyConnection, run: Run, drawing: Drawing) -> dict[str, SourceReceipt]:
    """Place what a run brought and derive what follows, unless the warehouse has it already."""
    receipts: dict[str, SourceReceipt] = {}
    folder_batch = hospital.Batch("hospital", run.load_id, run.moment, 1, "")
    if run.load_id in hospital.applied(connection, "derived"):
        return receipts
    _settle_folder(house, connection, folder_batch)
    for name in house.specs:
        drawn = drawing[name].result() if name in drawing else None
        if drawn:
            receipts[name] = drawn
        history = [load.load_id for load in integration.loads(house.settings, name)]
        if run.load_id not in history or run.load_id in hospital.applied(connection, name):
            continue
        began = time.perf_counter()
        upto = history[: history.index(run.load_id) + 1]
        tables = _place_source(house, connection, run, name, upto)
        receipts[name] = SourceReceipt(name, "loaded", tables, drawn.notes if drawn else (), None, time.perf_counter() - began)
    if run.open:
        house.tell("关联患者")
        identity.link_persons(house.engine, house.settings.home, run.moment)
    people = identity.persons(house.engine, run.moment)
    hospital.derive(connection, house.ground, replace(folder_batch, source="derived"), people, lambda what: house.tell(f"推算 {what}"))
    return receipts


def _settle_folder(house: _House, connection: DuckDBPyConnection, batch: hospital.Batch) -> None:
    connection.execute("BEGIN")
    try:
        hospital.place_folder(connection, house.ground, batch)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _place_source(house: _House, connection: DuckDBPyConnection, run: Run, name: str, upto: list[str]) -> tuple[hospital.TableReceipt, ...]:
    spec = house.specs[name]
    digest = hospital.version_digest(house.settings.hospital, name)
    batch = hospital.Batch(name, run.load_id, run.moment, runs.rule_version(house.engine, name, digest), digest)
    people = hospital.People(
        house.keys.known,
        house.keys.allot,
        lambda patients: _remember(house, patients),
    )
    house.tell(f"暂存 {spec.label}")
    staged = integration.stage(connection, house.settings, spec, upto)
    try:
        findings = integration.checks(connection, staged)
        return hospital.place(connection, house.ground, staged, house.mappings[name], findings, batch, people, lambda what: house.tell(f"入模 {spec.label} · {what}"))
    finally:
        integration.unstage(connection, staged)


def _remember(house: _House, patients: pa.Table) -> None:
    identity.remember(house.engine, house.settings.home, patients)


@dataclass(frozen=True, slots=True)
class FolderFault:
    """A fault 错处 of the hospital folder, from whichever room found it."""

    file: Path
    line: int
    text: str

    def as_json(self) -> dict[str, object]:
        """As `yishu check --json` prints it."""
        return {"file": str(self.file), "line": self.line, "message": self.text}


def check(settings: Settings) -> tuple[FolderFault, ...]:
    """Every fault in the folder's text 检查; mappings also against the columns that the sources really have, once loaded."""
    folder = settings.hospital
    found = [FolderFault(folder / "sources" / fault.file, fault.line, fault.text()) for fault in integration.source_faults(folder)]
    try:
        house = _house(settings, lambda _: None)
    except hospital.HospitalFaults as error:
        return (*found, *(FolderFault(fault.file, fault.line, fault.text()) for fault in error.faults))
    except InputError as error:
        return tuple(found) or (FolderFault(folder, 1, error.message),)
    connection = worker_instance(settings.home)
    try:
        for name, spec in house.specs.items():
            if not integration.loads(settings, name):
                continue
            staged = integration.stage(connection, settings, spec)
            try:
                wrong = hospital.check_bound(connection, house.ground.model, staged, house.mappings[name])
                found += [FolderFault(fault.file, fault.line, fault.text()) for fault in wrong]
            finally:
                connection.execute("USE memory")
                integration.unstage(connection, staged)
    finally:
        connection.close()
        house.engine.dispose()
    return tuple(found)


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
