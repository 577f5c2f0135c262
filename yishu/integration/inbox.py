"""Inbox 收件箱: raw bytes, hash chain and work entry in one transaction; the sender hears after the commit, never before.

One thread writes. Whatever waits when it turns round is committed together (adaptive group commit, nobody sleeps).
"""

from __future__ import annotations

import hashlib
import queue
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from yishu.kernel.clock import Clock
from yishu.kernel.errors import SourceError
from yishu.kernel.keys import derive

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL, epoch TEXT NOT NULL, control_id TEXT NOT NULL, hash BLOB NOT NULL,
  order_key TEXT NOT NULL, kind TEXT NOT NULL, received_at TEXT NOT NULL,
  body BLOB NOT NULL, chain BLOB NOT NULL,
  state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', conflict INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0,
  UNIQUE (source, epoch, control_id, hash)
) STRICT;
CREATE INDEX IF NOT EXISTS message_work ON message (id) WHERE state IN ('waiting', 'failed');
CREATE TABLE IF NOT EXISTS counter (
  source TEXT NOT NULL, day TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (source, day, name)
) STRICT, WITHOUT ROWID;
"""
START = hashlib.sha256(b"yishu inbox").digest()
WAITING_ROOM = 20_000


class State(Enum):
    """Where a message stands 状态."""

    WAITING = "waiting"           # 待处理
    DONE = "done"                 # 已处理
    FAILED = "failed"             # 失败，待重试
    PARKED = "parked"             # 已搁置，待人处理
    QUARANTINED = "quarantined"   # 隔离：无法读取


class Taken(Enum):
    """What became of a message that was handed in 收件结果."""

    NEW = "new"
    REPEAT = "repeat"             # the same bytes under the same id: no second effect
    CONFLICT = "conflict"         # the same id with other bytes: kept and flagged


@dataclass(frozen=True, slots=True)
class Letter:
    """A message handed in 来件; `order_key` is what it must stay in order with (the patient)."""

    source: str
    control_id: str
    order_key: str
    kind: str
    body: bytes
    epoch: str = ""
    quarantine: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A message as the inbox keeps it 存件."""

    id: int
    source: str
    control_id: str
    order_key: str
    kind: str
    received_at: datetime
    state: State
    reason: str
    conflict: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class Stamp:
    """The inbox's word that a message is durable 收讫."""

    id: int
    taken: Taken


class InboxFull(SourceError):
    """Too many messages wait for the disk: back-pressure 反压."""


class Inbox:
    """The inbox 收件箱 of one home (SQLite, WAL, synchronous=FULL).

    `put` returns a Future that resolves after the commit, or fails with the reason the disk gave.
    """

    def __init__(self, home: Path, clock: Clock) -> None:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = home / "inbox.db"
        self._clock = clock
        self._cipher = AESGCM(derive(home, "inbox"))
        self._queue: queue.Queue[tuple[Letter, Future[Stamp]] | None] = queue.Queue(WAITING_ROOM)
        with closing(_connect(self.path)) as connection:
            connection.executescript(SCHEMA)
        self.path.chmod(0o600)
        self._writer = threading.Thread(target=self._write, name="inbox", daemon=True)
        self._writer.start()

    def put(self, letter: Letter) -> Future[Stamp]:
        """Hand in one message. Raises InboxFull when too many wait already."""
        future: Future[Stamp] = Future()
        try:
            self._queue.put_nowait((letter, future))
        except queue.Full:
            raise InboxFull("inbox.full", "收件箱来不及写入磁盘", hint="发送方稍后重发；检查磁盘") from None
        return future

    def close(self) -> None:
        """Write what waits, then stop."""
        self._queue.put(None)
        self._writer.join()

    def _write(self) -> None:
        with closing(_connect(self.path)) as connection:
            last = connection.execute("SELECT chain FROM message ORDER BY id DESC LIMIT 1").fetchone()
            chain = bytes(last[0]) if last else START
            while True:
                batch = self._batch()
                if batch is None:
                    return
                chain = self._commit(connection, batch, chain)

    def _batch(self) -> list[tuple[Letter, Future[Stamp]]] | None:
        first = self._queue.get()
        if first is None:
            return None
        batch = [first]
        while len(batch) < 2_000:
            try:
                further = self._queue.get_nowait()
            except queue.Empty:
                break
            if further is None:
                self._queue.put(None)
                break
            batch.append(further)
        return batch

    def _commit(self, connection: sqlite3.Connection, batch: Sequence[tuple[Letter, Future[Stamp]]], chain: bytes) -> bytes:
        stamps: list[Stamp] = []
        before = chain
        now = self._clock()
        try:
            connection.execute("BEGIN IMMEDIATE")
            for letter, _ in batch:
                stamp, chain = self._insert(connection, letter, now, chain)
                stamps.append(stamp)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            refusal = SourceError("inbox.disk", "收件箱写入失败，未收讫", hint="检查磁盘空间与权限；发送方会重发", where=type(error).__name__)
            for _, future in batch:
                future.set_exception(refusal)
            return before
        for (_, future), stamp in zip(batch, stamps, strict=True):
            future.set_result(stamp)
        return chain

    def _insert(self, connection: sqlite3.Connection, letter: Letter, now: datetime, chain: bytes) -> tuple[Stamp, bytes]:
        digest = hashlib.sha256(letter.body).digest()
        same = connection.execute(
            "SELECT id, hash FROM message WHERE source = ? AND epoch = ? AND control_id = ?", (letter.source, letter.epoch, letter.control_id)
        ).fetchall()
        for ident, known in same:
            if known == digest:
                self._count(connection, letter.source, now, "repeat")
                return Stamp(ident, Taken.REPEAT), chain
        conflict = bool(same) and bool(letter.control_id)
        link = hashlib.sha256(chain + digest + letter.source.encode()).digest()
        nonce = secrets.token_bytes(12)
        state = State.QUARANTINED if letter.quarantine else State.WAITING
        cursor = connection.execute(
            "INSERT INTO message (source, epoch, control_id, hash, order_key, kind, received_at, body, chain, state, reason, conflict)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                letter.source,
                letter.epoch,
                letter.control_id,
                digest,
                letter.order_key,
                letter.kind,
                now.isoformat(),
                nonce + self._cipher.encrypt(nonce, letter.body, digest),
                link,
                state.value,
                letter.quarantine,
                int(conflict),
            ),
        )
        self._count(connection, letter.source, now, "quarantined" if letter.quarantine else "received")
        return Stamp(int(cursor.lastrowid or 0), Taken.CONFLICT if conflict else Taken.NEW), link

    @staticmethod
    def _count(connection: sqlite3.Connection, source: str, now: datetime, name: str) -> None:
        connection.execute(
            "INSERT INTO counter VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET number = number + 1", (source, now.date().isoformat(), name)
        )

    def _open(self, row: tuple[int, str, str, str, str, str, str, str, int, bytes, bytes]) -> Kept:
        ident, source, control_id, order_key, kind, received, state, reason, conflict, digest, body = row
        plain = self._cipher.decrypt(body[:12], body[12:], digest)
        return Kept(ident, source, control_id, order_key, kind, datetime.fromisoformat(received), State(state), reason, bool(conflict), plain)

    def work(self, limit: int = 5_000) -> list[Kept]:
        """What may be worked on now, in order 待办: a failed head holds back its own key, nobody else."""
        with closing(_connect(self.path)) as connection:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM message WHERE state IN ('waiting', 'failed') ORDER BY id LIMIT ?", (limit,)
            ).fetchall()
        held: set[str] = set()
        out = []
        for row in rows:
            key = f"{row[1]}\0{row[3]}"
            if row[6] == State.FAILED.value:
                held.add(key)
            elif key not in held or not row[3]:
                out.append(self._open(row))
        return out

    def get(self, ident: int) -> Kept | None:
        """One message by its number."""
        with closing(_connect(self.path)) as connection:
            row = connection.execute(f"SELECT {COLUMNS} FROM message WHERE id = ?", (ident,)).fetchone()
        return self._open(row) if row else None

    def all(self) -> Iterator[Kept]:
        """Every message in order of arrival."""
        with closing(_connect(self.path)) as connection:
            for row in connection.execute(f"SELECT {COLUMNS} FROM message ORDER BY id"):
                yield self._open(row)

    def mark(self, idents: Sequence[int], state: State, reason: str = "", *, most_tries: int = 5) -> None:
        """Say what became of messages; one that failed `most_tries` times is parked."""
        with closing(_connect(self.path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "UPDATE message SET state = CASE WHEN ? = 'failed' AND tries + 1 >= ? THEN 'parked' ELSE ? END, reason = ?, tries = tries + (? = 'failed') WHERE id = ?",
                [(state.value, most_tries, state.value, reason, state.value, i) for i in idents],
            )
            connection.execute("COMMIT")

    def counters(self, day: str) -> dict[tuple[str, str], int]:
        """Numbers of a day by (source, name), as counted with the messages."""
        with closing(_connect(self.path)) as connection:
            return {(s, n): k for s, n, k in connection.execute("SELECT source, name, number FROM counter WHERE day = ?", (day,))}

    def verify(self) -> int | None:
        """Walk the hash chain 验链; the number of the first message that does not fit, or None."""
        chain = START
        with closing(_connect(self.path)) as connection:
            for ident, source, digest, link, body in connection.execute("SELECT id, source, hash, chain, body FROM message ORDER BY id"):
                chain = hashlib.sha256(chain + digest + source.encode()).digest()
                if chain != link:
                    return int(ident)
                try:
                    plain = self._cipher.decrypt(body[:12], body[12:], digest)
                except Exception:
                    return int(ident)
                if hashlib.sha256(plain).digest() != digest:
                    return int(ident)
        return None


COLUMNS = "id, source, control_id, order_key, kind, received_at, state, reason, conflict, hash, body"


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=15, check_same_thread=False)
    for line in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=4000"):
        connection.execute(f"PRAGMA {line}")
    return connection

