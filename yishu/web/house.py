"""House 在开的门: what one running server holds: the only warehouse instance, the metric centre, accounts, sessions."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from duckdb import DuckDBPyConnection, InterruptException
from sqlalchemy import Engine

from yishu import analytics, flow, hospital, journey, metrics
from yishu.kernel import Clock, InputError, Settings, SourceError
from yishu.kernel.duck import warehouse_instance
from yishu.kernel.store import open_store
from yishu.kernel.turnstile import Turnstile
from yishu.kernel.watchdog import WATCHDOG
from yishu.security import Grant, Viewer
from yishu.security.audit import Entry, note
from yishu.security.door import Door
from yishu.security.login import Accounts
from yishu.security.session import Sessions
from yishu.web.mail import Mail

AT_ONCE = 4
WAIT_SECONDS = 15.0
READ_SECONDS = 30.0
KEPT_ANSWERS = 400
T = TypeVar("T")
log = logging.getLogger("yishu.web")


class Busy(SourceError):
    """Too many questions at once 繁忙."""

    status = 503


@dataclass(slots=True)
class Kept:
    """Answers kept 缓存: by question, viewer's scope and data version; nothing is shared between scopes."""

    size: int = KEPT_ANSWERS
    _held: OrderedDict[str, object] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: str, make: Callable[[], T]) -> T:
        """What is kept under the key, else what `make` makes."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]  # type: ignore[return-value]
        made = make()
        with self._lock:
            self._held[key] = made
            while len(self._held) > self.size:
                self._held.popitem(last=False)
        return made

    def clear(self) -> None:
        """Forget everything 清空."""
        with self._lock:
            self._held.clear()


@dataclass(slots=True)
class House:
    """One open hospital 一家在开的医院."""

    settings: Settings
    demo: bool
    store: Engine
    warehouse: DuckDBPyConnection
    model: hospital.Model
    profile: hospital.HospitalProfile
    centre: metrics.Centre
    accounts: Accounts
    sessions: Sessions
    door: Door
    version: str = ""
    kept: Kept = field(default_factory=Kept)
    _keep: metrics.Keep = field(default_factory=metrics.Keep)
    rooms: dict[str, object] = field(default_factory=dict)
    """What other doors keep for this house as long as it is open, by name."""
    published: tuple[object, ...] = ()
    _gate: Turnstile = field(default_factory=lambda: Turnstile(AT_ONCE))
    mail: Mail | None = None
    _opening: threading.Lock = field(default_factory=threading.Lock)
    _writer: threading.Lock = field(default_factory=threading.Lock)
    _loading: threading.Lock = field(default_factory=threading.Lock)

    @property
    def clock(self) -> Clock:
        """The clock of this server."""
        return self.settings.clock

    def close(self) -> None:
        """Close the warehouse and the store."""
        if self.mail is not None:
            self.mail.close()
        self.warehouse.close()
        self.store.dispose()

    @property
    def people(self) -> Mapping[str, Viewer]:
        """The accounts as the hospital folder says at this moment; a change of people or policy holds from the next question."""
        return self.door.people()

    def viewer(self, name: str) -> Viewer:
        """An account of the hospital folder by name."""
        known = self.people
        if name not in known:
            raise InputError("viewer.unknown", f"没有账户“{name}”", hint="可用的账户：" + "、".join(known), where="--viewer")
        return known[name]

    def measure(self, viewer: Viewer, query: metrics.MetricQuery) -> metrics.Answer:
        """An answer 指标答案, kept until data, minute, policy or viewer's scope change."""
        return self._as_he_may_now(viewer, lambda now: self._measured(now, query, self.door.epoch))

    def _as_he_may_now(self, viewer: Viewer, work: Callable[[Viewer], T]) -> T:
        """Work under the rights of this moment; should they change meanwhile it is done anew and the old is not shown."""
        while True:
            now = self.current(viewer)
            epoch = self.door.epoch
            done = work(now)
            if self.door.unchanged(epoch):
                return done

    def current(self, viewer: Viewer) -> Viewer:
        """The viewer with the rights he has now; one whose account is gone has none."""
        return viewer if viewer.system else self.viewer(viewer.name) if viewer.name in self.people else replace(viewer, grant=Grant(), more=())

    def _measured(self, viewer: Viewer, query: metrics.MetricQuery, epoch: str) -> metrics.Answer:
        if viewer.granted.statistics:  # never from the cache: each question is weighed against those before
            return self._made(viewer, query)
        now = self.clock().replace(second=0, microsecond=0)
        key = _key("measure", query.as_json(), viewer, f"{self.version}|{epoch}", now)
        return self.kept.get(key, lambda: self._made(viewer, query))

    def _made(self, viewer: Viewer, query: metrics.MetricQuery) -> metrics.Answer:
        with self._turn():
            return metrics.measure(
                viewer, query, self.centre, self.warehouse, self.clock, seconds=READ_SECONDS, keep=self.keep,
                ledger=metrics.StoreLedger(self.store),
            )  # fmt: skip

    @property
    def keep(self) -> metrics.Keep:
        """What is kept of this data version and policy epoch."""
        held, epoch = self._keep, self.door.epoch
        if held.version != self.version or held.epoch != epoch:
            held = metrics.Keep(self.version, epoch)
            self._keep = held
        return held

    def rows(self, viewer: Viewer, request: metrics.RowsRequest) -> metrics.Evidence:
        """The rows behind a cell 凭据."""
        with self._turn():
            return self._as_he_may_now(viewer, lambda now: metrics.rows(now, request, self.centre, self.warehouse, self.clock, seconds=READ_SECONDS))

    def explain(self, viewer: Viewer, query: metrics.MetricQuery, cell: metrics.ExplainedCell | None, against: str) -> metrics.Explanation:
        """Why a number differs 为什么变了."""
        with self._turn():
            return self._as_he_may_now(viewer, lambda now: metrics.explain(self.looking(now), query, cell, against))

    def reconcile(self, viewer: Viewer, sides: tuple[metrics.Side, metrics.Side]) -> metrics.Bridge:
        """The bridge 对数 between two numbers."""
        with self._turn():
            return self._as_he_may_now(viewer, lambda now: metrics.reconcile(self.looking(now), *sides))

    def looking(self, viewer: Viewer) -> metrics.Looking:
        """This viewer's look 查看现场 at the house."""
        return metrics.Looking(viewer, self.centre, self.warehouse, self.clock, READ_SECONDS, self.keep)

    def journey(self, viewer: Viewer) -> journey.Looking:
        """This viewer's look at patients' journeys 全流程."""
        return journey.Looking(viewer, self.model, self.reading, self.store, self.settings.home, self.clock)

    def values(self, viewer: Viewer, dimension: str, text: str) -> metrics.ValueList:
        """Members of a dimension 维度成员 for this viewer."""
        with self._turn():
            return self._as_he_may_now(viewer, lambda now: metrics.values(now, dimension, self.centre, self.warehouse, text))

    @contextlib.contextmanager
    def reading(self) -> Iterator[DuckDBPyConnection]:
        """A read-only cursor 只读游标 for a bounded time."""
        with self._turn():
            cursor = self.warehouse.cursor()
            try:
                cursor.execute("BEGIN TRANSACTION READ ONLY")
                with WATCHDOG.watching(READ_SECONDS, cursor.interrupt):
                    yield cursor
            except InterruptException:
                raise InputError("query.too_slow", f"超过 {READ_SECONDS:.0f} 秒，已停止", hint="缩小时间或科室范围") from None
            finally:
                with contextlib.suppress(Exception):
                    cursor.execute("ROLLBACK")
                cursor.close()

    def desk(self, viewer: Viewer) -> analytics.Desk:
        """What the boards 看板 of this viewer are made from."""
        return analytics.Desk(
            viewer=viewer,
            centre=self.centre,
            model=self.model,
            profile=self.profile,
            clock=self.clock,
            ask=lambda query: self.measure(viewer, query),
            reading=self.reading,
        )

    def load(self, sources: list[str], full: bool, rebuild: bool, tell: Callable[[str], None]) -> flow.LoadReceipt:
        """Load sources 装载 on the instance this server holds; one load at a time."""
        if not self._loading.acquire(blocking=False):
            raise Busy("load.running", "已有一次装载在进行", hint="等它结束再试")
        try:
            if self.mail is not None:
                self.mail.drain()   # what came before the load is placed before it, as a rebuild will do
            cursor = self.warehouse.cursor()
            with self._writer:
                try:
                    return flow.load(self.settings, sources, full, rebuild, tell, connection=cursor)
                finally:
                    cursor.close()
                    if self.mail is not None:
                        self.mail.forget()
        finally:
            self.refresh()
            self._loading.release()

    def open_mail(self) -> None:
        """Begin to place messages 开收发室, where the hospital has channels."""
        with self._opening:  # the server opens it once its door stands open, and so does whoever sends a message before
            if self.mail is None and Mail.wanted(self.settings):
                self.mail = Mail(self.settings, self.warehouse, lambda: self._writer, self.refresh)
                self.mail.start()

    def follow(self) -> None:
        """Let the patient dimension follow 随人归并 what people merged or split; waits for a load that runs."""
        with self._writer:
            cursor = self.warehouse.cursor()
            try:
                flow.follow(self.settings, cursor)
            finally:
                cursor.close()
                self.refresh()

    def refresh(self) -> None:
        """Take note of new data: answers kept so far are of the version before."""
        self.version = data_version(self.warehouse)
        self.kept.clear()

    def republish(self) -> None:
        """Read the metric centre anew when the hospital's metric files have changed 发布生效; a faulty file leaves the old one in force."""
        seen = _published(self.settings)
        if seen == self.published:
            return
        first, self.published = not self.published, seen
        if first:
            return
        try:
            self.centre = metrics.centre(self.settings.hospital)
        except InputError as fault:
            log.warning("metric centre not republished: %s", fault.code)
            return
        self.kept.clear()

    def publish(self, metric: str, text: str) -> bool:
        """Put a metric's definition into the hospital folder and in force 新指标; False where it is there already.

        A definition the metric centre refuses is taken away again and its fault raised.
        """
        file = self.settings.hospital / "metrics" / f"{metric}.yaml"
        file.parent.mkdir(exist_ok=True)
        try:
            with file.open("x", encoding="utf-8") as out:
                out.write(text)
        except FileExistsError:
            return False
        try:
            self.centre = metrics.centre(self.settings.hospital)
        except InputError:
            file.unlink()
            raise
        self.published = _published(self.settings)
        self.kept.clear()
        return True

    def note(self, viewer: str, action: str, what: str, address: str = "", request: str = "") -> None:
        """Write to the audit trail 审计; nothing is shown before this returns."""
        note(self.store, Entry(self.clock(), viewer, action, what, address, request))

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._gate.enter(WAIT_SECONDS):
            raise Busy("server.busy", "同时查询的人太多，请稍后再试", hint="几秒后重试")
        try:
            yield
        finally:
            self._gate.leave()


def open_house(settings: Settings, *, demo: bool = False) -> House:
    """Open a hospital 开门: the warehouse locked down, tables made where they lack."""
    model = hospital.model(settings.hospital)
    profile = hospital.profile(settings.hospital)
    centre = metrics.centre(settings.hospital)
    door = Door(settings.hospital, settings.clock, {t.name: frozenset(c.name for c in t.columns) for t in model.tables.values()})
    door.people()
    warehouse = warehouse_instance(settings.home)
    hospital.make(warehouse, model)
    store = open_store(settings.home)
    return House(
        settings=settings,
        demo=demo,
        store=store,
        warehouse=warehouse,
        model=model,
        profile=profile,
        centre=centre,
        accounts=Accounts(store, settings.clock, demo=demo),
        sessions=Sessions(store, settings.clock),
        door=door,
        version=data_version(warehouse),
        published=_published(settings),
    )


def _published(settings: Settings) -> tuple[object, ...]:
    """When the hospital's metric files were last changed."""
    files = [settings.hospital / "hospital.yaml", *sorted((settings.hospital / "metrics").glob("*.yaml"))]
    return tuple((p.name, s.st_mtime_ns, s.st_size) for p in files if p.is_file() and (s := p.stat()))


def data_version(warehouse: DuckDBPyConnection) -> str:
    """Which loads the warehouse holds 数据版本; empty before the first."""
    row = warehouse.cursor().execute("SELECT count(*), max(load_id), max(applied_at) FROM wh.quality.applied").fetchone()
    said = warehouse.cursor().execute("SELECT count(*), max(seq) FROM wh.quality.taken").fetchone()
    if (row is None or not row[0]) and (said is None or not said[0]):
        return ""
    return ":".join(str(part) for part in (*(row or ()), *(said or ())))


def _key(kind: str, question: object, viewer: Viewer, version: str, now: datetime) -> str:
    scope = [viewer.role, sorted(viewer.departments), sorted(viewer.campuses), viewer.ward, viewer.doctor, str(viewer.at), viewer.granted.marks()]
    return json.dumps([kind, question, scope, version, now.isoformat()], ensure_ascii=False, sort_keys=True)
