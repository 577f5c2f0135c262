"""Live 活着的医院: the clock ticks; what has come true since the last tick is appended to the stores and sent as messages."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from yishu.demo.ahead import Ahead
from yishu.demo.messages.post import SENT, compose
from yishu.demo.messages.speech import Speech, stamp
from yishu.demo.uncover import Cells


@dataclass(frozen=True, slots=True)
class Change:
    """A row written 写入: new, or some cells of one that is there."""

    store: str
    table: str
    key: Cells
    cells: Cells
    new: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """What came true 一刻之间: changes of the stores and messages, both in order of time."""

    until: int
    changes: tuple[Change, ...]
    speeches: tuple[Speech, ...]


def step(ahead: Ahead, since: int, until: int) -> Tick:
    """What comes true after `since` up to `until` 走一步; looks at nothing but the day ahead."""
    found: list[tuple[int, Change]] = []
    for row in ahead.rows:
        for n, (at, cells) in enumerate(row.steps):
            if since < at <= until:
                found.append((at, Change(row.store, row.table, row.key, cells, n == 0 and set(row.key) <= set(cells))))
    found.sort(key=lambda f: f[0])
    return Tick(until, tuple(change for _, change in found), tuple(s for s in ahead.speeches if since < s.moment <= until))


def write(home: Path, tick: Tick) -> dict[str, list[Path]]:
    """Write a tick into `home/sources`: rows into the SQLite stores, messages as further files of their channels; the files by channel."""
    by_store: dict[str, list[Change]] = defaultdict(list)
    for change in tick.changes:
        by_store[change.store].append(change)
    for store, changes in by_store.items():
        connection = sqlite3.connect(home / "sources" / f"{store}.db", timeout=30)
        with connection:
            for change in changes:
                _apply(connection, change)
        connection.close()
    made: dict[str, list[Path]] = defaultdict(list)
    for speech in tick.speeches:
        folder = home / "sources" / "messages" / speech.channel
        folder.mkdir(parents=True, exist_ok=True)
        number = _next(folder)
        path = folder / f"{number:06d}.hl7"
        path.write_bytes(compose(speech, f"{SENT[speech.channel]}{stamp(speech.moment)[:8]}{number:06d}"))
        made[speech.channel].append(path)
    return dict(made)


_numbers: dict[Path, int] = {}


def _next(folder: Path) -> int:
    """The next file number of a channel; the folder is listed once."""
    if folder not in _numbers:
        _numbers[folder] = max((int(p.stem) for p in folder.glob("[0-9]*.hl7")), default=0)
    _numbers[folder] += 1
    return _numbers[folder]


def _apply(connection: sqlite3.Connection, change: Change) -> None:
    """Names come from the schema's own tables; values are bound."""
    if change.new:
        names = ", ".join(change.cells)
        connection.execute(f"INSERT OR IGNORE INTO {change.table} ({names}) VALUES ({', '.join('?' * len(change.cells))})", tuple(change.cells.values()))
        return
    sets, where = ", ".join(f"{c} = ?" for c in change.cells), " AND ".join(f"{c} = ?" for c in change.key)
    connection.execute(f"UPDATE {change.table} SET {sets} WHERE {where}", (*change.cells.values(), *change.key.values()))
