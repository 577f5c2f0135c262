"""Load 装载: extract, stage, know the people, place, derive."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from duckdb import DuckDBPyConnection

from yishu import hospital, identity, integration, metrics
from yishu.flow.house import House, Tell, prepared
from yishu.flow.receipt import LoadReceipt, SourceReceipt
from yishu.flow.take import Replaying
from yishu.hospital import runs
from yishu.hospital.errors import near
from yishu.hospital.runs import Run
from yishu.kernel import InputError, Settings, SourceError
from yishu.kernel.duck import warehouse_instance


def load(settings: Settings, names: Sequence[str] = (), full: bool = False, rebuild: bool = False, progress: Tell = lambda _: None,
         *, connection: DuckDBPyConnection | None = None) -> LoadReceipt:  # fmt: skip
    """Load sources 装载 (all by default): what an earlier load left undone is finished first.

    `rebuild` deletes the warehouse and places every raw load again; nothing is extracted.
    A running server hands in a cursor of the `connection` it holds.
    """
    began = time.perf_counter()
    house = prepared(settings, progress)
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
            replaying = Replaying(settings, connection) if rebuild else None
            for run in everything:
                if replaying:
                    replaying.upto(run.moment)
                receipts |= place_run(house, connection, run, drawing.get(run.number, {}))
                if run.open:
                    runs.close(house.engine, run)
            if replaying:
                replaying.upto(None)
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


def _wanted(house: House, names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if name not in house.specs:
            raise InputError("source.unknown", f"没有来源 {name}", hint="可选：" + "、".join(near(name, tuple(house.specs)) or house.specs), where=name)
    return tuple(name for name in house.specs if not names or name in names)


def _runs(house: House, wanted: tuple[str, ...], full: bool, rebuild: bool) -> tuple[Run, ...]:
    """All runs in order; a new one unless an unfinished one does as well or nothing new is asked for."""
    everything = runs.runs(house.engine)
    if rebuild or any(run.open and set(wanted) <= set(run.sources) and full <= run.full for run in everything):
        return everything
    return (*everything, runs.begin(house.engine, house.settings.clock().replace(microsecond=0), wanted, full))


Drawing = dict[str, "Future[SourceReceipt]"]


def _extract(house: House, run: Run, pool: ThreadPoolExecutor) -> Drawing:
    """Begin to pull every source of a run that is not in raw yet, while earlier ones are placed."""
    missing = [
        name
        for name in run.sources
        if name in house.specs and all(load.load_id != run.load_id for load in integration.loads(house.settings, name))
    ]
    return {name: pool.submit(_draw, house, run, name) for name in missing}


def _draw(house: House, run: Run, name: str) -> SourceReceipt:
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


def place_run(house: House, connection: DuckDBPyConnection, run: Run, drawing: Drawing | None = None) -> dict[str, SourceReceipt]:
    """Place what a run brought and derive what follows, unless the warehouse has it already."""
    receipts: dict[str, SourceReceipt] = {}
    folder_batch = hospital.Batch("hospital", run.load_id, run.moment, 1, "")
    if run.load_id in hospital.applied(connection, "derived"):
        return receipts
    before = hospital.marks(connection)
    _settle_folder(house, connection, folder_batch)
    for name in house.specs:
        drawn = drawing[name].result() if drawing and name in drawing else None
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
    _add_up(house, connection, before, run.moment)
    return receipts


def _add_up(house: House, connection: DuckDBPyConnection, before: str, since: datetime) -> None:
    """Roll-ups follow the load: only the days it touched."""
    if (house.settings.hospital / "rollups.yaml").is_file():
        house.tell("汇总表")
        metrics.refresh_rollups(connection, metrics.centre(house.settings.hospital, house.ground.model), before, since)


def _settle_folder(house: House, connection: DuckDBPyConnection, batch: hospital.Batch) -> None:
    connection.execute("BEGIN")
    try:
        hospital.place_folder(connection, house.ground, batch)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _place_source(house: House, connection: DuckDBPyConnection, run: Run, name: str, upto: list[str]) -> tuple[hospital.TableReceipt, ...]:
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


def _remember(house: House, patients: pa.Table) -> None:
    identity.remember(house.engine, house.settings.home, patients)
