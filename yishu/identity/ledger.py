"""Ledger 人员事件账: who is whom now, and every change of it, append-only and hash-chained, in the platform store.

`writing` opens the one transaction in which identity changes: writers follow one another, so two windows cannot both find nobody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Engine,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    func,
    insert,
    select,
)
from sqlalchemy.engine import Connection

from yishu.identity import store
from yishu.kernel.store import metadata

_SERIAL = BigInteger().with_variant(Integer, "sqlite")

current = Table(
    "identity_current",
    metadata,
    Column("patient_key", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", BigInteger, nullable=False),
)
Index("identity_current_person", current.c.person_id)
features = Table(
    "identity_feature",
    metadata,
    Column("patient_key", BigInteger, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)
blocks = Table(
    "identity_block",
    metadata,
    Column("mark", BigInteger, primary_key=True, autoincrement=False),
    Column("patient_key", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
Index("identity_block_patient", blocks.c.patient_key)
common = Table(
    "identity_common",
    metadata,
    Column("mark", BigInteger, primary_key=True, autoincrement=False),
    Column("times", Integer, nullable=False),
)
events = Table(
    "identity_event",
    metadata,
    Column("seq", _SERIAL, primary_key=True),
    Column("occurred_at", DateTime, nullable=False),
    Column("recorded_at", DateTime, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("other_id", BigInteger),
    Column("actor", String(100), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("detail", Text, nullable=False),
    Column("undoes", BigInteger),
    Column("previous", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False),
)
Index("identity_event_person", events.c.person_id)
Index("identity_event_other", events.c.other_id)
apart = Table(
    "identity_apart",
    metadata,
    Column("low", BigInteger, primary_key=True, autoincrement=False),
    Column("high", BigInteger, primary_key=True, autoincrement=False),
)
tasks = Table(
    "identity_task",
    metadata,
    Column("id", _SERIAL, primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("low", BigInteger, nullable=False),
    Column("high", BigInteger, nullable=False),
    Column("score", Float, nullable=False),
    Column("detail", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("decided_at", DateTime),
    Column("first_by", String(100)),
    Column("second_by", String(100)),
    Column("event", BigInteger),
)
Index("identity_task_pair", tasks.c.low, tasks.c.high, tasks.c.kind, unique=True)
Index("identity_task_state", tasks.c.state, tasks.c.score)

FIRST = "0" * 64
Moved = tuple[tuple[int, int | None, int], ...]
"""(patient key, person before, person after)."""


@dataclass(frozen=True, slots=True)
class Event:
    """A change of who is whom 人员事件. `detail` is canonical JSON and holds no identifier in clear."""

    kind: str
    person_id: int
    other_id: int | None
    actor: str
    reason: str
    detail: str
    recorded_at: datetime
    occurred_at: datetime
    undoes: int | None = None
    seq: int = 0

    def hash(self, previous: str) -> str:
        """SHA-256 over the event and the hash before it."""
        words = [previous, self.kind, self.person_id, self.other_id, self.actor, self.reason, self.detail, self.recorded_at.isoformat(), self.occurred_at.isoformat(), self.undoes]
        return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()

    @property
    def moved(self) -> Moved:
        """Who moved from where to where."""
        return tuple((key, before, after) for key, before, after in json.loads(self.detail).get("moved", ()))


def canonical(detail: dict[str, object]) -> str:
    """JSON with sorted keys and no spaces."""
    return json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """The transaction of a change; the second writer waits for the first."""
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection, immediate(connection):
            yield connection
        return
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7310045)")
        yield connection


@contextmanager
def immediate(connection: Connection) -> Iterator[None]:
    """BEGIN IMMEDIATE … COMMIT on an autocommit connection (SQLite): the write lock is taken before anything is read."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise


def append(connection: Connection, event: Event) -> int:
    """Chain an event to the last one; its number."""
    previous = connection.execute(select(events.c.hash).order_by(events.c.seq.desc()).limit(1)).scalar() or FIRST
    done = connection.execute(
        insert(events).values(
            occurred_at=event.occurred_at, recorded_at=event.recorded_at, kind=event.kind, person_id=event.person_id, other_id=event.other_id,
            actor=event.actor[:100], reason=event.reason[:500], detail=event.detail, undoes=event.undoes, previous=previous, hash=event.hash(previous),
        )
    )  # fmt: skip
    key = done.inserted_primary_key
    return int(key[0]) if key is not None else 0


def move(connection: Connection, moved: Moved, at: datetime, rule: str) -> None:
    """Give patients another person, now and in the history of decisions."""
    for key, before, after in moved:
        if before is None:
            connection.execute(insert(current).values(patient_key=key, person_id=after))
        else:
            connection.execute(current.update().where(current.c.patient_key == key).values(person_id=after))
    store.decided(connection, [(key, at, after, rule) for key, _, after in moved])


def members(connection: Connection, person: int) -> tuple[int, ...]:
    """The patients who are this person now, ascending."""
    return tuple(connection.execute(select(current.c.patient_key).where(current.c.person_id == person).order_by(current.c.patient_key)).scalars())


def person_of(connection: Connection, patients: Sequence[int]) -> dict[int, int]:
    """Patient → person now."""
    out: dict[int, int] = {}
    for start in range(0, len(patients), 500):
        found = connection.execute(select(current.c.patient_key, current.c.person_id).where(current.c.patient_key.in_(patients[start : start + 500])))
        out |= {row[0]: row[1] for row in found}
    return out


def event(connection: Connection, seq: int) -> Event | None:
    """One event by number."""
    row = connection.execute(select(events).where(events.c.seq == seq)).one_or_none()
    return None if row is None else _event(row)


def history(connection: Connection, persons: Iterable[int]) -> tuple[Event, ...]:
    """The events of some persons, oldest first."""
    wanted = list(persons)
    found = connection.execute(select(events).where(events.c.person_id.in_(wanted) | events.c.other_id.in_(wanted)).order_by(events.c.seq))
    return tuple(_event(row) for row in found)


def undone(connection: Connection, seq: int) -> int | None:
    """The event that undid this one, if any."""
    return connection.execute(select(events.c.seq).where(events.c.undoes == seq)).scalar()


def _event(row: object) -> Event:
    r = row._mapping  # type: ignore[attr-defined]
    return Event(r["kind"], r["person_id"], r["other_id"], r["actor"], r["reason"], r["detail"], r["recorded_at"], r["occurred_at"], r["undoes"], r["seq"])


def verify(engine: Engine) -> tuple[int, int | None]:
    """Walk the chain: how many events, and the first that does not fit."""
    previous, count = FIRST, 0
    with engine.connect() as connection:
        for row in connection.execute(select(events).order_by(events.c.seq)):
            if row.previous != previous or row.hash != _event(row).hash(previous):
                return count, row.seq
            previous, count = row.hash, count + 1
    return count, None


def how_many(connection: Connection) -> int:
    """How many patients there are."""
    return connection.execute(select(func.max(store.keys.c.patient_key))).scalar() or 0


def state(engine: Engine) -> bytes:
    """Everything that says who is whom now, byte for byte: links, pairs kept apart, sealed identifiers, marks and blocks."""
    parts = []
    with engine.connect() as connection:
        for table in (current, apart, store.vault, features, blocks):
            rows = connection.execute(select(table).order_by(*table.primary_key.columns)).all()
            parts.append([table.name, [[value.hex() if isinstance(value, bytes) else value for value in row] for row in rows]])
    return json.dumps(parts, separators=(",", ":"), default=str).encode()


def sealed_of(connection: Connection, key: int) -> dict[str, object]:
    """Sealed identifiers, features and blocks of a patient, as hexadecimal text."""
    out: dict[str, object] = {}
    for name, table in (("vault", store.vault), ("feature", features)):
        row = connection.execute(select(table).where(table.c.patient_key == key)).one_or_none()
        out[name] = None if row is None else [value.hex() if isinstance(value, bytes) else value for value in row]
    out["blocks"] = list(connection.execute(select(blocks.c.mark).where(blocks.c.patient_key == key).order_by(blocks.c.mark)).scalars())
    return out


def restore_sealed(connection: Connection, key: int, before: dict[str, object]) -> None:
    """Put back what `sealed_of` saw."""
    forget(connection, key)
    for name, table in (("vault", store.vault), ("feature", features)):
        row = before[name]
        if isinstance(row, list):
            values = {c.name: bytes.fromhex(v) if isinstance(v, str) else v for c, v in zip(table.c, row, strict=True)}
            connection.execute(insert(table).values(**values))
    marks = before["blocks"]
    if isinstance(marks, list) and marks:
        connection.execute(insert(blocks), [{"mark": mark, "patient_key": key} for mark in marks])


def forget(connection: Connection, key: int) -> None:
    """Take a patient's identifiers out; only on the way to writing them anew."""
    for table in (store.vault, features, blocks):
        connection.execute(table.delete().where(table.c.patient_key == key))


def file(engine: Engine, filed: Sequence[tuple[int, bytes]], marks: Sequence[tuple[int, int]]) -> None:
    """File the features and blocks of many patients at once, in place of what was filed of them before."""
    keys = [row[0] for row in filed]
    with writing(engine) as connection:
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            before = list(connection.execute(select(features.c.patient_key).where(features.c.patient_key.in_(part))).scalars())
            for table in (features, blocks) if before else ():
                connection.execute(table.delete().where(table.c.patient_key.in_(before)))
        store.add(connection, features, ("patient_key", "sealed"), filed)
        store.add(connection, blocks, ("mark", "patient_key"), sorted(marks))
