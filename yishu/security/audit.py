"""Audit trail 审计: who did what, when, from where; each entry carries the hash of the one before it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime, Engine, Integer, Select, String, Table, Text, func, insert, select
from sqlalchemy.exc import IntegrityError

from yishu.kernel.errors import Defect
from yishu.kernel.store import metadata

audit_table = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at", DateTime, nullable=False),
    Column("viewer", String(100), nullable=False),
    Column("action", String(40), nullable=False),
    Column("object", Text, nullable=False),
    Column("address", String(64), nullable=False),
    Column("request", String(40), nullable=False),
    Column("previous", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False),
)

FIRST = "0" * 64
_TRIES = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry 审计记录; `object` names what was touched, never its content."""

    at: datetime
    viewer: str
    action: str
    object: str
    address: str = ""
    request: str = ""

    def hash(self, previous: str) -> str:
        """SHA-256 over the entry and the hash before it."""
        words = [previous, self.at.isoformat(), self.viewer, self.action, self.object, self.address, self.request]
        return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking the chain 校验结果 found: how many entries, and the first that does not fit."""

    entries: int
    broken_at: int | None


def note(store: Engine, entry: Entry) -> None:
    """Write one entry; returns only once it is durable. Two writers cannot follow the same entry."""
    for _ in range(_TRIES):
        with store.connect() as connection:
            last = connection.execute(select(audit_table.c.hash).order_by(audit_table.c.seq.desc()).limit(1)).scalar()
            previous = last or FIRST
            try:
                connection.execute(
                    insert(audit_table).values(
                        at=entry.at, viewer=entry.viewer, action=entry.action, object=entry.object,
                        address=entry.address, request=entry.request, previous=previous, hash=entry.hash(previous),
                    )
                )  # fmt: skip
                connection.commit()
                return
            except IntegrityError:
                connection.rollback()
    raise Defect("audit.busy", "审计记录写不进去，操作未执行", hint="稍后再试")


def verify(store: Engine) -> Verdict:
    """Walk the chain from the first entry."""
    previous, entries = FIRST, 0
    with store.connect() as connection:
        for row in connection.execute(select(audit_table).order_by(audit_table.c.seq)):
            entry = Entry(row.at, row.viewer, row.action, row.object, row.address, row.request)
            if row.previous != previous or row.hash != entry.hash(previous):
                return Verdict(entries, row.seq)
            previous, entries = row.hash, entries + 1
    return Verdict(entries, None)


def recent(store: Engine, limit: int = 200) -> tuple[Entry, ...]:
    """The latest entries, newest first."""
    with store.connect() as connection:
        rows = connection.execute(select(audit_table).order_by(audit_table.c.seq.desc()).limit(limit)).all()
    return tuple(Entry(r.at, r.viewer, r.action, r.object, r.address, r.request) for r in rows)


@dataclass(frozen=True, slots=True)
class Sought:
    """What is sought 查询条件 in the trail; what is None is not asked for."""

    since: datetime | None = None
    until: datetime | None = None
    viewer: str | None = None
    action: str | None = None
    object: str | None = None

    def narrow(self, query: Select[Any]) -> Select[Any]:
        """The query with these conditions."""
        c = audit_table.c
        if self.since is not None:
            query = query.where(c.at >= self.since)
        if self.until is not None:
            query = query.where(c.at < self.until)
        if self.viewer is not None:
            query = query.where(c.viewer == self.viewer)
        if self.action is not None:
            query = query.where(c.action == self.action)
        return query if self.object is None else query.where(c.object.contains(self.object, autoescape=True))


@dataclass(frozen=True, slots=True)
class Page:
    """A page 一页 of the trail, newest first: entries with their numbers, how many there are in all, and who and what occurs."""

    total: int
    entries: tuple[tuple[int, Entry], ...]
    viewers: tuple[str, ...]
    actions: tuple[str, ...]


def search(store: Engine, sought: Sought, limit: int = 100, offset: int = 0) -> Page:
    """Entries 审计查询 that fit, newest first."""
    c = audit_table.c
    with store.connect() as connection:
        total = connection.execute(sought.narrow(select(func.count()).select_from(audit_table))).scalar() or 0
        rows = connection.execute(sought.narrow(select(audit_table)).order_by(c.seq.desc()).limit(limit).offset(offset)).all()
        viewers = connection.execute(select(c.viewer).distinct().order_by(c.viewer)).scalars().all()
        actions = connection.execute(select(c.action).distinct().order_by(c.action)).scalars().all()
    entries = tuple((row.seq, Entry(row.at, row.viewer, row.action, row.object, row.address, row.request)) for row in rows)
    return Page(total, entries, tuple(viewers), tuple(actions))
