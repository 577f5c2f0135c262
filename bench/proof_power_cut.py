"""Power cuts with torn writes of the inbox store: sectors of what was not yet synced are old, new, zero or garbage; all acknowledged is there."""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from datetime import datetime
from pathlib import Path

from bench.proof import Outcome
from yishu.integration.inbox import Inbox, Letter

TITLE = "收件箱断电与撕裂写：收讫不丢，链完整"
UNIT = "次断电"
SECTOR = 512
NOW = datetime(2026, 1, 1)


def _tear(rng: random.Random, before: bytes, after: bytes) -> bytes:
    """Each sector of a write in flight: as before, as after, zeroed or half written."""
    out = bytearray()
    size = max(len(before), len(after)) if rng.random() < 0.7 else rng.randint(len(before), max(len(before), len(after)))
    for at in range(0, size, SECTOR):
        old, new = before[at : at + SECTOR], after[at : at + SECTOR]
        dice = rng.random()
        if old == new or dice < 0.4:
            out += new[: size - at]
        elif dice < 0.7:
            out += (old or b"\0" * len(new))[: size - at]
        elif dice < 0.85:
            half = len(new) // 2
            out += (new[:half] + (old[half:] or b"\0" * (len(new) - half)))[: size - at]
        else:
            out += rng.randbytes(len(new)) if len(old) == 0 else new
    return bytes(out)


def _states(rng: random.Random, home: Path) -> list[tuple[bytes, bytes, list[int]]]:
    """(database, WAL, numbers acknowledged) after each commit, files as synced at that moment."""
    inbox = Inbox(home, lambda: NOW)
    states: list[tuple[bytes, bytes, list[int]]] = []
    acknowledged: list[int] = []
    try:
        for n in range(rng.randint(15, 40)):
            letters = [Letter("his", f"M{n}-{i}", f"p{i % 3}", "ADT^A01", rng.randbytes(rng.randint(20, 6000))) for i in range(rng.randint(1, 6))]
            acknowledged += [f.result(10).id for f in [inbox.put(letter) for letter in letters]]
            if rng.random() < 0.1:
                with sqlite3.connect(inbox.path) as other:
                    other.execute("PRAGMA wal_checkpoint(PASSIVE)")
            states.append((inbox.path.read_bytes(), Path(f"{inbox.path}-wal").read_bytes(), list(acknowledged)))
    finally:
        inbox.close()
    return states


def cut(rng: random.Random, key: bytes, before: tuple[bytes, bytes, list[int]], after: tuple[bytes, bytes, list[int]]) -> bool:
    """Cut the power between two commits; whether everything acknowledged before is there and the chain holds."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        home = Path(folder)
        (home / "master.key").write_bytes(key)
        (home / "master.key").chmod(0o600)
        path = home / "inbox.db"
        grown = after[1][: len(before[1])] == before[1]   # the log only grew: what was synced stays as it was
        if not grown:   # the log began anew: the database holds all of it, the new log is in flight
            database, wal = after[0], _tear(rng, before[1], after[1])
        elif before[0] != after[0]:   # a checkpoint: the log was synced first, the database is in flight
            database, wal = _tear(rng, before[0], after[0]), after[1]
        else:
            database, wal = before[0], before[1] + _tear(rng, b"", after[1][len(before[1]) :])
        path.write_bytes(database)
        Path(f"{path}-wal").write_bytes(wal)
        box = Inbox(home, lambda: NOW)
        try:
            kept = [k.id for k in box.all()]
            more = box.put(Letter("his", "after", "p", "ADT^A01", b"x")).result(10)
            return box.verify() is None and kept[: len(before[2])] == before[2] and kept == sorted(set(kept)) and more.id > max(kept, default=0)
        finally:
            box.close()


def run(seed: int, seconds: float) -> Outcome:
    """As many cuts as fit, at most 10,000."""
    rng, until = random.Random(seed), time.monotonic() + seconds
    cuts = failures = 0
    while cuts < 10_000 and time.monotonic() < until:
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            states = _states(rng, Path(folder))
            key = (Path(folder) / "master.key").read_bytes()
        for _ in range(60):
            at = rng.randrange(len(states) - 1)
            failures += not cut(rng, key, states[at], states[at + 1])
            cuts += 1
    return Outcome(cuts, failures)
