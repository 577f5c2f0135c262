"""Flow 数据流: a batch walks through the house. Extract, stage, know the people, place, derive."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from duckdb import DuckDBPyConnection
from sqlalchemy import Engine

from yishu import hospital, identity, integration
from yishu.hospital import runs
from yishu.hospital.errors import near
from yishu.hospital.runs import Run
from yishu.integration import SourceSpec
from yishu.kernel import InputError, Settings, SourceError
from yishu.kernel.duck import warehouse_instance
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
        waiting = [run for run in runs.runs(house.engine) if run.open]
        done = False
        for run in waiting:
            receipts |= _extract(house, run)
            done = done or (set(wanted) <= set(run.sources) and full <= run.full)
        if not rebuild and not done:
            run = runs.begin(house.engine, settings.clock().replace(microsecond=0), wanted, full)
            receipts |= _extract(house, run)
        everything = runs.runs(house.engine)
        for run in everything:
            receipts |= _place(house, connection, run)
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
    return _House(settings, ordered, mappings, ground, open_store(settings.home), tell)


def _ordered(
    specs: tuple[SourceSpec, ...], mappings: Mapping[str, tuple[hospital.MappingSelect, ...]], model: hospital.Model
) -> list[SourceSpec]:
    """Sources so that what is pointed to comes first: a lab report after the stays it names."""
    gives = {name: {m.table for m in found} for name, found in mappings.items()}
    needs = {
        spec.name: {
            other
            for m in mappings[spec.name]
            for ref in (*model.tables[m.table].refs, *(("patient",) if "patient_local_id" in m.lines else ()))
            if ref not in gives[spec.name]
            for other, tables in gives.items()
            if ref in tables and other != spec.name
        }
        for spec in specs
    }
    left, done = list(specs), list[SourceSpec]()
    while left:
        names = {spec.name for spec in left}
        ready = [spec for spec in left if not needs[spec.name] & names] or left[:1]
        done += ready
        left = [spec for spec in left if spec not in ready]
    return done


def _wanted(house: _House, names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if name not in house.specs:
            raise InputError("source.unknown", f"没有来源 {name}", hint="可选：" + "、".join(near(name, tuple(house.specs)) or house.specs), where=name)
    return tuple(name for name in house.specs if not names or name in names)


def _extract(house: _House, run: Run) -> dict[str, SourceReceipt]:
    """Pull every source of a run that is not in raw yet; one that fails does not stop the others."""
    receipts: dict[str, SourceReceipt] = {}
    for name in run.sources:
        if name not in house.specs or any(load.load_id == run.load_id for load in integration.loads(house.settings, name)):
            continue
        house.tell(f"抽取 {house.specs[name].label}")
        began = time.perf_counter()
        settings = replace(house.settings, clock=lambda: run.moment)
        try:
            drawn = integration.extract(settings, house.specs[name], full=run.full, load_id=run.load_id)
        except (SourceError, InputError) as error:
            receipts[name] = SourceReceipt(name, "failed", (), (), error.as_json()["error"], time.perf_counter() - began)
            house.tell(f"抽取 {house.specs[name].label} 失败：{error.message}")
            continue
        notes = tuple(f"{note.table}：{note.say}" for note in drawn.notes)
        receipts[name] = SourceReceipt(name, "extracted", (), notes, None, time.perf_counter() - began)
    return receipts


def _place(house: _House, connection: DuckDBPyConnection, run: Run) -> dict[str, SourceReceipt]:
    """Place what a run brought and derive what follows, unless the warehouse has it already."""
    receipts: dict[str, SourceReceipt] = {}
    folder_batch = hospital.Batch("hospital", run.load_id, run.moment, 1, "")
    if run.load_id in hospital.applied(connection, "derived"):
        return receipts
    _settle_folder(house, connection, folder_batch)
    for name in house.specs:
        history = [load.load_id for load in integration.loads(house.settings, name)]
        if run.load_id not in history or run.load_id in hospital.applied(connection, name):
            continue
        began = time.perf_counter()
        upto = history[: history.index(run.load_id) + 1]
        tables = _place_source(house, connection, run, name, upto)
        receipts[name] = SourceReceipt(name, "loaded", tables, (), None, time.perf_counter() - began)
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
        identity.known_keys(house.engine),
        lambda wanted: identity.allot_keys(house.engine, wanted),
        lambda patients: identity.remember(house.engine, house.settings.home, patients) and None,
    )
    house.tell(f"暂存 {spec.label}")
    staged = integration.stage(connection, house.settings, spec, upto)
    try:
        findings = integration.checks(connection, staged)
        return hospital.place(connection, house.ground, staged, house.mappings[name], findings, batch, people, lambda what: house.tell(f"入模 {spec.label} · {what}"))
    finally:
        integration.unstage(connection, staged)
