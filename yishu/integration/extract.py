"""Extract 抽取: a source is read in a worker process into encrypted raw files, listed in one transaction at the end."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from yishu.integration.adapters.scan import Note, Place
from yishu.integration.reading import events_of
from yishu.integration.secret import secret
from yishu.integration.spec import SourceSpec, TableSpec
from yishu.integration.store import TableLoad, enter, listed
from yishu.integration.worker import TableJob, failure, no_room
from yishu.kernel import Defect, InputError, Settings, SourceError, YishuError
from yishu.kernel.keys import master_key
from yishu.kernel.store import open_store


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress 进度 of a load."""

    source: str
    table: str
    state: str
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Extraction:
    """One finished load 一次装载 of one source."""

    source: str
    load_id: str
    recorded_at: datetime
    tables: tuple[TableLoad, ...]
    notes: tuple[Note, ...]


def extract(
    settings: Settings,
    spec: SourceSpec,
    *,
    full: bool = False,
    load_id: str,
    progress: Callable[[Progress], None] | None = None,
) -> Extraction:
    """Read a source 抽取来源 into `raw/<source>/<table>/<load_id>.parquet`; listed all together or not at all.

    A load that was cut off leaves files that no list names: the next one removes them, or takes the finished ones
    over when it is run under the same load id.
    """
    tell = progress or (lambda _: None)
    folder = settings.home / "raw" / spec.name
    master_key(settings.home)
    store = open_store(settings.home)
    try:
        with _alone(folder, spec.name):
            everything = listed(store, spec.name)
            history = [load for load in everything if load.state == "done"]
            if any(load.load_id == load_id for load in everything):
                raise InputError("load.twice", f"来源 {spec.name} 的装载号 {load_id} 已用过", hint="每次装载用新的装载号")
            pending = _Pending.of(folder, load_id, settings.clock())
            pending.tidy({load.file for load in history})
            number = max((load.number for load in everything), default=0) + 1
            latest = {load.table: load for load in history}
            jobs = [_job(settings, spec, table, latest.get(table.name), full, load_id) for table in spec.tables]
            _read(settings, spec, [job for job in jobs if job.table not in pending.done], pending, tell)
            tables = [_entry(spec, job, pending, number, settings.home, latest.get(job.table)) for job in jobs]
            enter(store, tables)
            pending.forget()
    except OSError as error:
        if error.errno in (28, 27, 122):
            raise no_room(spec.name) from None
        raise
    finally:
        store.dispose()
    notes = tuple(Note(**note) for result in pending.done.values() for note in result["notes"])
    return Extraction(spec.name, load_id, pending.recorded_at, tuple(tables), notes)


@contextmanager
def _alone(folder: Path, source: str) -> Iterator[None]:
    """One load of a source at a time."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SourceError("load.busy", f"来源 {source} 正在装载", hint="等它做完再试") from None
        yield


class _Pending:
    """The journal 进行中的装载: what of an unfinished load is already safe on disk."""

    def __init__(self, folder: Path, load_id: str, recorded_at: datetime) -> None:
        self.folder, self.load_id, self.recorded_at = folder, load_id, recorded_at
        self.done: dict[str, dict] = {}  # type: ignore[type-arg]

    @property
    def journal(self) -> Path:
        return self.folder / ".pending"

    @staticmethod
    def of(folder: Path, load_id: str, now: datetime) -> _Pending:
        """The journal of this load id, carried on if it was cut off, else a new one."""
        fresh = _Pending(folder, load_id, now)
        try:
            lines = fresh.journal.read_text(encoding="utf-8").splitlines()
            head = json.loads(lines[0]) if lines else {}
        except (FileNotFoundError, ValueError):
            lines, head = [], {}
        if head.get("load_id") != load_id:
            fresh._write({"load_id": load_id, "recorded_at": now.isoformat()}, "w")
            return fresh
        carried = _Pending(folder, load_id, datetime.fromisoformat(head["recorded_at"]))
        for line in lines[1:]:
            try:
                entry = json.loads(line)
            except ValueError:
                break
            if not entry["file"] or (folder.parent / entry["file"]).exists():
                carried.done[entry["table"]] = entry
        return carried

    def _write(self, entry: dict[str, object], mode: str) -> None:
        with self.journal.open(mode, encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def note(self, entry: dict[str, object]) -> None:
        """One more table is safe."""
        self._write(entry, "a")
        self.done[str(entry["table"])] = entry

    def tidy(self, known: set[str]) -> None:
        """Remove files that neither the list nor this journal names."""
        mine = {entry["file"] for entry in self.done.values()}
        beside = {file.removesuffix(".parquet") for file in known | mine}
        for path in self.folder.glob("*/*"):
            if path.suffix == ".malformed" and str(path.relative_to(self.folder.parent)).removesuffix(".malformed") in beside:
                continue
            if path.suffix not in (".part", ".part2", ".parquet", ".link", ".malformed"):
                continue
            if str(path.relative_to(self.folder.parent)) not in known | mine:
                path.unlink()

    def forget(self) -> None:
        """The load is listed."""
        self.journal.unlink(missing_ok=True)


def _job(
    settings: Settings, spec: SourceSpec, table: TableSpec, before: TableLoad | None, full: bool, load_id: str
) -> TableJob:
    file = settings.home / "raw" / spec.name / file_name(table.name) / f"{file_name(load_id)}.parquet"
    goes_on = bool(table.cursor and before and before.cursor_high and not full)
    return TableJob(
        table=table.name,
        file=str(file),
        sheet=table.sheet,
        named=table.named_columns(),
        cursor=table.cursor,
        high=before.cursor_high if before and goes_on else None,
        overlap=table.overlap.total_seconds(),
        before=before.columns if before else (),
        strict=not full,
    )


def file_name(word: str) -> str:
    """A word as the name of a file or folder: Chinese stays readable, path signs do not get through."""
    safe = "".join(sign if sign.isalnum() or sign in "_-." else quote(sign, safe="") for sign in word)
    return f"%2E{safe[1:]}" if safe.startswith(".") else safe


def _entry(
    spec: SourceSpec, job: TableJob, pending: _Pending, number: int, home: Path, before: TableLoad | None
) -> TableLoad:
    result = pending.done[job.table]
    apart = not result["file"]
    load = TableLoad(
        load_id=pending.load_id,
        source=spec.name,
        table=job.table,
        file=result["file"],
        rows=result["rows"],
        checksum=result["checksum"],
        kind="incremental" if job.high else "full",
        recorded_at=pending.recorded_at,
        cursor_high=result["high"],
        columns=tuple(result["columns"]),
        notes=tuple(note["say"] for note in result["notes"]),
        state="apart" if apart else "done",
        number=number,
        malformed=result.get("malformed", 0),
        malformed_checksum=result.get("malformed_checksum", ""),
    )
    if before and not apart and load.kind == before.kind == "full":
        _share(load, before, home)
    return load


def _share(load: TableLoad, before: TableLoad, home: Path) -> None:
    """A table that did not change since the last load takes no second place on the disk."""
    if (load.checksum, load.rows, load.columns) != (before.checksum, before.rows, before.columns):
        return
    old, new = before.path(home), load.path(home)
    if old.exists() and not old.samefile(new):
        link = new.with_suffix(".link")
        link.unlink(missing_ok=True)
        os.link(old, link)
        link.rename(new)


def _place(settings: Settings, spec: SourceSpec) -> Place:
    return Place(
        source=spec.name,
        kind=spec.kind,
        address=_filled(settings, spec),
        user=spec.user,
        password=secret(settings, spec.password) if spec.password else None,
        schema=spec.schema,
        policy=spec.charset.policy,
        charset=spec.charset.name,
        delimiter=spec.delimiter,
        wait=spec.limits.wait,
        quarantine=str(settings.home / "raw" / spec.name / ".apart"),
    )


def _filled(settings: Settings, spec: SourceSpec) -> str:
    """The address with `${NAME}` from the environment; a relative path is taken from the hospital folder."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in settings.environment:
            raise InputError(
                "source.variable",
                f"来源 {spec.name} 的 address 用到 ${{{name}}}，环境里没有",
                hint=f"先 export {name}=…",
                where=str(spec.file),
            )
        return settings.environment[name]

    filled = re.sub(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", value, spec.address)
    if spec.kind in ("postgres", "mysql"):
        return filled
    return str((settings.hospital / Path(filled).expanduser()).absolute())


def _read(
    settings: Settings, spec: SourceSpec, jobs: list[TableJob], pending: _Pending, tell: Callable[[Progress], None]
) -> None:
    if not jobs:
        return
    place = _place(settings, spec)
    text = json.dumps(
        {
            "home": str(settings.home),
            "place": asdict(place),
            "tables": [asdict(job) for job in jobs],
            "rate": spec.limits.rows_per_second,
        }
    )
    files = {job.table: str(Path(job.file).relative_to(settings.home / "raw")) for job in jobs}
    columns = {job.table: job.before for job in jobs}
    failed: YishuError | None = None
    with closing(events_of(text, spec)) as events:
        for event in events:
            if event["event"] in ("error", "defect"):
                failed = failure(event)
                continue
            table = event["table"]
            if event["event"] == "reading":
                tell(Progress(spec.name, table, "reading"))
                continue
            apart = event["event"] == "apart"
            pending.note(
                {
                    "table": table,
                    "file": "" if apart else files[table],
                    "rows": event.get("rows", 0),
                    "checksum": event.get("checksum", ""),
                    "high": event.get("high"),
                    "columns": list(event.get("columns", columns[table])),
                    "notes": event["notes"],
                    "malformed": event.get("malformed", 0),
                    "malformed_checksum": event.get("malformed_checksum", ""),
                }
            )
            tell(Progress(spec.name, table, "apart" if apart else "done", event.get("rows", 0)))
    if failed is not None:
        raise failed
    missing = [job.table for job in jobs if job.table not in pending.done]
    if missing:
        raise Defect("worker.gone", f"读取来源 {spec.name} 的进程中途退出，未读 {missing[0]}", hint="再运行一次；没有装入半份数据")
