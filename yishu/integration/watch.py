"""Watchbook 值班簿: what messages tell of their senders (clock, sequence numbers), and alerts with one start and one end; tables beside the inbox."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from yishu.integration.inbox import _connect

SCHEMA = """
CREATE TABLE IF NOT EXISTS pulse (source TEXT PRIMARY KEY, delay REAL, at TEXT NOT NULL, last INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS missing (source TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (source, number)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alert (id INTEGER PRIMARY KEY, source TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, began TEXT NOT NULL, ended TEXT) STRICT;
"""
ENOUGH = 10
WIDEST = 1_000


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a channel's last messages told 脉搏: the least delay between their word and their receipt, and the sequence numbers left out."""

    delay: timedelta | None
    missing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert 提醒; `ended` is empty while it lasts."""

    source: str
    kind: str
    text: str
    began: str
    ended: str | None


class Watchbook:
    """The watchbook 值班簿 of one home."""

    def __init__(self, home: Path) -> None:
        self.path = home / "inbox.db"
        with closing(_connect(self.path)) as connection:
            connection.executescript(SCHEMA)

    def heard(self, source: str, delays: Iterable[timedelta], numbers: Iterable[int], now: datetime) -> None:
        """Note one batch of a channel; few messages say nothing of a clock. A number far back or far ahead begins a new count."""
        seconds = sorted(d.total_seconds() for d in delays)
        with closing(_connect(self.path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute("SELECT delay, last FROM pulse WHERE source = ?", (source,)).fetchone()
            delay = seconds[0] if len(seconds) >= ENOUGH else row[0] if row else None
            last = int(row[1]) if row else 0
            for number in numbers:
                if last and 0 < number - last <= WIDEST:
                    connection.executemany("INSERT OR IGNORE INTO missing VALUES (?, ?)", [(source, n) for n in range(last + 1, number)])
                elif last and 0 <= last - number < WIDEST:
                    connection.execute("DELETE FROM missing WHERE source = ? AND number = ?", (source, number))
                    continue
                elif last:
                    connection.execute("DELETE FROM missing WHERE source = ?", (source,))
                last = number
            connection.execute("INSERT INTO pulse VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET delay = excluded.delay, at = excluded.at, last = excluded.last", (source, delay, now.isoformat(), last))
            connection.execute("COMMIT")

    def pulses(self) -> dict[str, Pulse]:
        """By channel."""
        with closing(_connect(self.path)) as connection:
            gaps: dict[str, list[int]] = {}
            for source, number in connection.execute("SELECT source, number FROM missing ORDER BY 1, 2"):
                gaps.setdefault(source, []).append(number)
            rows = connection.execute("SELECT source, delay FROM pulse").fetchall()
        return {source: Pulse(None if delay is None else timedelta(seconds=delay), tuple(gaps.get(source, ()))) for source, delay in rows}

    def settle(self, now_true: Mapping[tuple[str, str], str], now: datetime) -> list[Alert]:
        """Begin what is new, end what is over; each once. What began or ended."""
        moved: list[Alert] = []
        with closing(_connect(self.path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            held = {(s, k): (i, text, began) for i, s, k, text, began in connection.execute("SELECT id, source, kind, text, began FROM alert WHERE ended IS NULL")}
            for key, text in now_true.items():
                if key in held:
                    connection.execute("UPDATE alert SET text = ? WHERE id = ?", (text, held[key][0]))
                else:
                    connection.execute("INSERT INTO alert (source, kind, text, began) VALUES (?, ?, ?, ?)", (*key, text, now.isoformat()))
                    moved.append(Alert(*key, text, now.isoformat(), None))
            for key, (ident, text, began) in held.items():
                if key not in now_true:
                    connection.execute("UPDATE alert SET ended = ? WHERE id = ?", (now.isoformat(), ident))
                    moved.append(Alert(*key, text, began, now.isoformat()))
            connection.execute("COMMIT")
        return moved

    def alerts(self, since: datetime) -> list[Alert]:
        """Those that last, and those that ended since a moment; the newest first."""
        with closing(_connect(self.path)) as connection:
            rows = connection.execute("SELECT source, kind, text, began, ended FROM alert WHERE ended IS NULL OR ended >= ? ORDER BY ended IS NOT NULL, id DESC LIMIT 100", (since.isoformat(),))
            return [Alert(*row) for row in rows]
