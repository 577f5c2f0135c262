"""Inbox 收件箱: raw bytes, hash chain and work entry in one transaction; the sender hears after the commit, never before.

One thread writes. Whatever waits when it turns round is committed together (adaptive group commit, nobody sleeps).
"""

from __future__ import annotations

import hashlib
import queue
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from yishu.kernel.clock import Clock
from yishu.kernel.errors import SourceError
from yishu.kernel.keys import derive

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL, epoch TEXT NOT NULL, control_id TEXT NOT NULL, hash BLOB NOT NULL,
  order_key TEXT NOT NULL, also_key TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL, received_at TEXT NOT NULL,
  body BLOB NOT NULL, chain BLOB NOT NULL,
  state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', conflict INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0,
  retry_at TEXT NOT NULL DEFAULT '', copy_of INTEGER,
  UNIQUE (source, epoch, control_id, hash)
) STRICT;
CREATE INDEX IF NOT EXISTS message_work ON message (id) WHERE state IN ('waiting', 'failed');
CREATE INDEX IF NOT EXISTS message_depth ON message (source) WHERE state IN ('waiting', 'failed');
CREATE INDEX IF NOT EXISTS message_stuck ON message (source, state, reason, received_at) WHERE state IN ('failed', 'parked', 'quarantined');
CREATE INDEX IF NOT EXISTS message_key ON message (order_key, id);
CREATE INDEX IF NOT EXISTS message_also ON message (also_key, id) WHERE also_key <> '';
CREATE INDEX IF NOT EXISTS message_time ON message (received_at);
CREATE INDEX IF NOT EXISTS message_control ON message (control_id);
CREATE TABLE IF NOT EXISTS counter (
  source TEXT NOT NULL, day TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (source, day, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS heard (
  source TEXT NOT NULL, day TEXT NOT NULL, hour INTEGER NOT NULL, number INTEGER NOT NULL, last TEXT NOT NULL,
  PRIMARY KEY (source, day, hour)
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
    also_key: str = ""            # a merge (A40) keeps the order of both patients
    copy_of: int | None = None    # an edited message names the original, which stays as it came


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
    also_key: str = ""
    tries: int = 0
    copy_of: int | None = None

    @property
    def message_id(self) -> str:
        """What people call it 消息号."""
        return f"M{self.id}"


@dataclass(frozen=True, slots=True)
class Search:
    """What messages are looked for 查找条件; empty parts match everything."""

    source: str = ""
    control_id: str = ""
    order_key: str = ""
    kind: str = ""
    state: str = ""
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 50

    def conditions(self) -> tuple[list[str], list[object]]:
        """As SQL conditions and their bound words."""
        parts: list[tuple[str, object]] = [
            ("order_key = ?", self.order_key),
            ("control_id = ?", self.control_id),
            ("source = ?", self.source),
            ("kind LIKE ? || '%'", self.kind),
            ("state = ?", self.state),
            ("reason = ?", self.reason),
            ("+received_at >= ?", self.since.isoformat() if self.since else ""),
            ("+received_at < ?", self.until.isoformat() if self.until else ""),
            ("id < ?", self.before or ""),
        ]
        used = [(text, word) for text, word in parts if word != ""]
        return [text for text, _ in used], [word for _, word in used]


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
            while True:
                batch = self._batch()
                if batch is None:
                    return
                self._commit(connection, batch)

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

    def _commit(self, connection: sqlite3.Connection, batch: Sequence[tuple[Letter, Future[Stamp]]]) -> None:
        stamps: list[Stamp] = []
        now = self._clock()
        try:
            connection.execute("BEGIN IMMEDIATE")
            # read anew each time: the gateway and a command may write the same chain
            last = connection.execute("SELECT chain FROM message ORDER BY id DESC LIMIT 1").fetchone()
            chain = bytes(last[0]) if last else START
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
            return
        for (_, future), stamp in zip(batch, stamps, strict=True):
            future.set_result(stamp)

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
            "INSERT INTO message (source, epoch, control_id, hash, order_key, kind, received_at, body, chain, state, reason, conflict,"
            " also_key, copy_of) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
                letter.also_key,
                letter.copy_of,
            ),
        )
        self._count(connection, letter.source, now, "quarantined" if letter.quarantine else "received")
        connection.execute(
            "INSERT INTO heard VALUES (?, ?, ?, 1, ?) ON CONFLICT DO UPDATE SET number = number + 1, last = excluded.last",
            (letter.source, now.date().isoformat(), now.hour, now.isoformat()),
        )
        return Stamp(int(cursor.lastrowid or 0), Taken.CONFLICT if conflict else Taken.NEW), link

    @staticmethod
    def _count(connection: sqlite3.Connection, source: str, now: datetime, name: str, number: int = 1) -> None:
        connection.execute(
            "INSERT INTO counter VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET number = number + excluded.number",
            (source, now.date().isoformat(), name, number),
        )

    def _open(self, row: Sequence[Any]) -> Kept:
        ident, source, control_id, order_key, kind, received, state, reason, conflict, digest, body, also, tries, copy_of = row
        plain = self._cipher.decrypt(body[:12], body[12:], digest)
        moment = datetime.fromisoformat(received)
        return Kept(ident, source, control_id, order_key, kind, moment, State(state), reason, bool(conflict), plain, also, tries, copy_of)

    def work(self, limit: int = 5_000, until: datetime | None = None) -> list[Kept]:
        """What may be worked on now, in order 待办: a failed head holds back its own patient, nobody else.

        A failed message is tried again when its time has come; `until` leaves out what came later.
        """
        now, last = self._clock().isoformat(), until.isoformat() if until else "9999"
        held: set[str] = set()
        out: list[Kept] = []
        with closing(_connect(self.path)) as connection:
            failed = {row[0]: row[1:] for row in connection.execute("SELECT id, order_key, also_key, retry_at FROM message WHERE state = 'failed'")}
            cursor = connection.execute(
                f"SELECT {COLUMNS} FROM message WHERE state IN ('waiting', 'failed') AND received_at <= ? ORDER BY id", (last,)
            )
            for row in cursor:
                keys = {key for key in (row[3], row[11]) if key}
                if keys & held or (row[0] in failed and failed[row[0]][2] > now):
                    held |= keys
                else:
                    out.append(self._open(row))
                    if len(out) >= limit:
                        break
        return out

    def since(self, key: str, moment: datetime) -> list[Kept]:
        """What was placed already of one patient's messages received since a moment, in order."""
        with closing(_connect(self.path)) as connection:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM message WHERE (order_key = ? OR (also_key = ? AND also_key <> '')) AND received_at >= ? AND state = 'done' ORDER BY id",
                (key, key, moment.isoformat()),
            ).fetchall()
        return [self._open(row) for row in rows]

    def untold(self) -> list[int]:
        """The numbers of what came and was never settled; what is replayed is wanted again, whatever the marks say."""
        with closing(_connect(self.path)) as connection:
            return [row[0] for row in connection.execute("SELECT id FROM message WHERE state = 'waiting' AND retry_at <> 'again' ORDER BY id")]

    def waiting(self) -> list[int]:
        """The numbers of all that is not settled yet."""
        with closing(_connect(self.path)) as connection:
            return [row[0] for row in connection.execute("SELECT id FROM message WHERE state IN ('waiting', 'failed') ORDER BY id")]

    def get(self, ident: int) -> Kept | None:
        """One message by its number."""
        with closing(_connect(self.path)) as connection:
            row = connection.execute(f"SELECT {COLUMNS} FROM message WHERE id = ?", (ident,)).fetchone()
        return self._open(row) if row else None

    def all(self, after: int = 0) -> Iterator[Kept]:
        """Every message in order of arrival."""
        with closing(_connect(self.path)) as connection:
            for row in connection.execute(f"SELECT {COLUMNS} FROM message WHERE id > ? ORDER BY id", (after,)):
                yield self._open(row)

    def search(self, wanted: Search) -> list[Kept]:
        """Messages found by channel, number, patient, time, state, type or signature 查找; the newest first."""
        where, words = wanted.conditions()
        with closing(_connect(self.path)) as connection:
            # numbers grow with time: bounds in time become bounds of numbers, or a day of millions would be sorted for fifty
            for bound, text in (("since", "SELECT min(id) FROM message WHERE received_at = (SELECT min(received_at) FROM message WHERE received_at >= ?)"),
                                ("until", "SELECT max(id) FROM message WHERE received_at = (SELECT max(received_at) FROM message WHERE received_at < ?)")):  # fmt: skip
                moment: datetime | None = getattr(wanted, bound)
                if moment is None:
                    continue
                edge = connection.execute(text, (moment.isoformat(),)).fetchone()[0]
                where.append("id >= ?" if bound == "since" else "id <= ?")
                words.append(edge if edge is not None else (1 << 62 if bound == "since" else -1))
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM message WHERE {' AND '.join(where) or 'TRUE'} ORDER BY id DESC LIMIT ?", (*words, wanted.limit)
            ).fetchall()
        return [self._open(row) for row in rows]

    def mark(self, idents: Sequence[int], state: State, reason: str = "", *, most_tries: int = 5, wait: float = 1.0) -> None:
        """Say what became of messages; one that failed `most_tries` times is parked, else tried again after `wait` seconds."""
        now = self._clock()
        again = (now + timedelta(seconds=wait)).isoformat() if state is State.FAILED else ""
        marked = "UPDATE message SET state = CASE WHEN ? = 'failed' AND tries + 1 >= ? THEN 'parked' ELSE ? END, reason = ?, tries = tries + (? = 'failed'), retry_at = ? WHERE id = ? RETURNING source, state"
        with closing(_connect(self.path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            counts: dict[tuple[str, str], int] = {}
            for ident in idents:
                for row in connection.execute(marked, (state.value, most_tries, state.value, reason, state.value, again, ident)):
                    counts[(row[0], row[1])] = counts.get((row[0], row[1]), 0) + 1
            for (source, name), number in counts.items():
                self._count(connection, source, now, name, number)
            connection.execute("COMMIT")

    def replay(self, idents: Sequence[int]) -> int:
        """Put messages back into the queue 重放; their tries begin anew. How many were put back."""
        with closing(_connect(self.path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            changed = 0
            for ident in idents:
                changed += connection.execute(
                    "UPDATE message SET state = 'waiting', tries = 0, retry_at = 'again' WHERE id = ? AND state <> 'waiting'", (ident,)
                ).rowcount
            connection.execute("COMMIT")
        return changed

    def stuck(self) -> list[tuple[str, str, str, int, int, str, str]]:
        """What is stuck, grouped by signature 死信: (channel, state, reason, number, last id, first, last)."""
        with closing(_connect(self.path)) as connection:
            return connection.execute(
                "SELECT source, state, reason, count(*), max(id), min(received_at), max(received_at) FROM message "
                "WHERE state IN ('failed', 'parked', 'quarantined') GROUP BY source, state, reason ORDER BY count(*) DESC, 5 DESC"
            ).fetchall()

    def depth(self) -> dict[str, int]:
        """How many wait, by channel 队列."""
        with closing(_connect(self.path)) as connection:
            return dict(connection.execute("SELECT source, count(*) FROM message WHERE state IN ('waiting', 'failed') GROUP BY source"))

    def latest(self) -> dict[str, str]:
        """When each channel was last heard of."""
        with closing(_connect(self.path)) as connection:
            return dict(connection.execute("SELECT source, max(last) FROM heard GROUP BY source"))

    def note(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Count what happened to messages elsewhere: (channel, name) → number."""
        if not counts:
            return
        now = self._clock()
        with closing(_connect(self.path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            for (source, name), number in counts.items():
                self._count(connection, source, now, name, number)
            connection.execute("COMMIT")

    def counters(self, day: str) -> dict[tuple[str, str], int]:
        """Numbers of a day by (source, name), as counted with the messages."""
        with closing(_connect(self.path)) as connection:
            return {(s, n): k for s, n, k in connection.execute("SELECT source, name, number FROM counter WHERE day = ?", (day,))}

    def hours(self, since: str) -> list[tuple[str, str, int, int]]:
        """(channel, day, hour, messages) since a day."""
        with closing(_connect(self.path)) as connection:
            return connection.execute("SELECT source, day, hour, number FROM heard WHERE day >= ? ORDER BY 1, 2, 3", (since,)).fetchall()

    def version(self) -> int:
        """The last number given; for those who wait for news."""
        with closing(_connect(self.path)) as connection:
            row = connection.execute("SELECT max(id) FROM message").fetchone()
        return int(row[0] or 0)

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


COLUMNS = "id, source, control_id, order_key, kind, received_at, state, reason, conflict, hash, body, also_key, tries, copy_of"


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=15, check_same_thread=False)
    for line in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=4000"):
        connection.execute(f"PRAGMA {line}")
    return connection

