"""The living index at a million people 百万人在线登记: latency of one durable registration, memory, and what one commit costs in the same minute.

The store is built first (minutes); a process of its own then opens it and registers, so that its memory is the index's alone.
`YISHU_BENCH_PEOPLE` and `YISHU_BENCH_REGISTRATIONS` change the sizes.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from bench.million import build, people_file, records
from yishu.identity import Index, Registration
from yishu.kernel.store import open_store

SEED = 12
AT = datetime(2026, 6, 1, 8)
WINDOWS = 16
EVERY_KNOWN = 5
"""One registration in so many is of a patient number met before."""


def _people() -> int:
    return int(os.environ.get("YISHU_BENCH_PEOPLE", "1000000"))


def _registrations() -> int:
    return int(os.environ.get("YISHU_BENCH_REGISTRATIONS", "20000"))


def measure() -> dict[str, Any]:
    """Milliseconds of one registration, alone and with sixteen windows; megabytes; milliseconds of one fdatasync and one SQLite commit."""
    people, count = _people(), _registrations()
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        began = time.monotonic()
        file = people_file(Path(folder) / "people.csv", people + count + count // 4, SEED)
        home = Path(folder) / "home"
        build(home, file, people).dispose()
        built = time.monotonic() - began
        done = subprocess.run([sys.executable, "-m", "bench.part_identity", str(home), str(file), str(people), str(count)], check=True, capture_output=True, text=True)
    return {"people": people, "built_s": round(built)} | json.loads(done.stdout)


def registering(home: Path, file: Path, people: int, count: int) -> dict[str, Any]:
    """Open the store and register; printed by the process of its own."""
    wanted = _wanted(file, people, count)
    before = _memory()
    sync, commit = _syncs(home / "sync"), _commits(home / "scratch.db")
    engine = open_store(home)
    began = time.perf_counter()
    index = Index(engine, home)
    opened = time.perf_counter() - began
    wall: list[float] = []
    cpu: list[float] = []
    outcomes: Counter[str] = Counter()
    for each in wanted[:count]:
        a, b = time.perf_counter(), time.thread_time()
        outcomes[index.register(each, AT).outcome] += 1
        wall.append(time.perf_counter() - a)
        cpu.append(time.thread_time() - b)
    memory = _memory()
    after, later = _syncs(home / "sync"), _commits(home / "scratch.db")
    many, rate = _windows(index, wanted[count:])
    index.close()
    engine.dispose()
    return {
        "registered": dict(outcomes), "register_ms": _spread(wall), "of_it_cpu_ms": _spread(cpu),
        "sixteen_windows_ms": _spread(many), "sixteen_windows_per_s": round(rate),
        "fdatasync_ms": _spread(sync + after), "sqlite_commit_ms": _spread(commit + later),
        "open_s": round(opened, 2), "memory_mb": round(memory), "memory_index_mb": round(memory - before), "load_average": round(os.getloadavg()[0], 2),
    }  # fmt: skip


def _wanted(file: Path, people: int, count: int) -> list[Registration]:
    """People at the window: most under a number not met before (new, or known from elsewhere), some under their old one."""
    known = [one for one, _ in islice(records(file), count // EVERY_KNOWN)]
    fresh = [replace(one, source="window") for one, _ in islice(records(file), people, people + count + count // 4)]
    out = [known[at // EVERY_KNOWN] if at % EVERY_KNOWN == 0 else fresh[at] for at in range(count)]
    return out + fresh[count:]


def _windows(index: Index, wanted: Sequence[Registration]) -> tuple[list[float], float]:
    def one(each: Registration) -> float:
        began = time.perf_counter()
        index.register(each, AT)
        return time.perf_counter() - began

    with ThreadPoolExecutor(WINDOWS) as windows:
        began = time.perf_counter()
        spent = list(windows.map(one, wanted))
    return spent, len(wanted) / (time.perf_counter() - began)


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    ranked = sorted(seconds)
    at = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p999": 0.999}
    return {name: round(ranked[int(len(ranked) * share)] * 1_000, 3) for name, share in at.items()} | {"max": round(ranked[-1] * 1_000, 1)}


def _memory() -> float:
    """Resident megabytes of this process."""
    with Path("/proc/self/status").open() as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1_024


def _timed(work: Callable[[int], object], times: int = 500) -> list[float]:
    spent = []
    for at in range(times):
        began = time.perf_counter()
        work(at)
        spent.append(time.perf_counter() - began)
    return spent


def _syncs(path: Path) -> list[float]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)

    def sync(at: int) -> None:
        os.pwrite(handle, b"x" * 1_024, at * 1_024)
        os.fdatasync(handle)

    spent = _timed(sync)
    os.close(handle)
    return spent


def _commits(path: Path) -> list[float]:
    store = sqlite3.connect(path, isolation_level=None)
    for line in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, said TEXT)"):
        store.execute(line)
    spent = _timed(lambda _: store.execute("INSERT INTO t (said) VALUES (?)", ("x" * 200,)))
    store.close()
    return spent


if __name__ == "__main__":
    print(json.dumps(registering(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))
