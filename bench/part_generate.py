"""Generation 造院: the default hospital (500 beds, from 1 January of the year before last), its wall, CPU and memory, and the ratio
to DuckDB writing the same columns in the same minute: once into its own file, once into the SQLite files the demo must write.

`YISHU_BENCH_SCALE` and `YISHU_BENCH_DAYS` make another size.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from yishu.kernel.duck import extension_file

UNTIL = "2026-11-24T10:30"
MAKE = """
import json, resource, sys, time
from datetime import datetime
from pathlib import Path
from yishu.demo import make
home, until, days, scale = sys.argv[1:]
began = time.perf_counter()
made = make(Path(home), seed=1, until=datetime.fromisoformat(until), days=int(days) or None, scale=float(scale), defects="full")
wall = time.perf_counter() - began
here, beside = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"rows": made.total, "wall_s": wall, "cpu_s": [here.ru_utime + here.ru_stime, beside.ru_utime + beside.ru_stime],
    "peak_mb": [here.ru_maxrss / 1024, beside.ru_maxrss / 1024], "steps_s": made.seconds, "tables": made.rows}))
"""


def measure() -> dict[str, Any]:
    """Make it in a process of its own, then let DuckDB write each table's columns from memory."""
    scale, days = os.environ.get("YISHU_BENCH_SCALE", "1"), os.environ.get("YISHU_BENCH_DAYS", "0")
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        home = Path(folder) / "home"
        done = subprocess.run([sys.executable, "-c", MAKE, str(home), UNTIL, days, scale], check=True, capture_output=True, text=True)
        made = json.loads(done.stdout)
        size = sum(p.stat().st_size for p in home.rglob("*") if p.is_file())
        own, sqlite, cpu = _duckdb(home / "sources", Path(folder))
    cpu_s = [round(s, 1) for s in made["cpu_s"]]
    return {
        "rows": made["rows"],
        "rows_by_system": {system: sum(tables.values()) for system, tables in made["tables"].items()},
        "wall_s": round(made["wall_s"], 1),
        "cpu_s": cpu_s,
        "busier_process_cpu_s": max(cpu_s),
        "peak_mb": [round(m) for m in made["peak_mb"]],
        "disk_mb": round(size / 2**20),
        "duckdb_own_file_s": round(own, 1),
        "duckdb_sqlite_s": round(sqlite, 1),
        "to_duckdb_own_file": round(made["wall_s"] / own, 2),
        "to_duckdb_sqlite": round(made["wall_s"] / sqlite, 2),
        "cpu_to_duckdb_cpu": round(sum(made["cpu_s"]) / cpu, 2),
        "steps_s": made["steps_s"],
        "load_average": round(os.getloadavg()[0], 2),
    }


def _duckdb(sources: Path, folder: Path) -> tuple[float, float, float]:
    """(seconds into a DuckDB file, seconds into SQLite files, CPU seconds of both): each table read into memory first, which is not timed."""
    own = sqlite = cpu = 0.0
    with duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}) as connection:
        connection.execute(f"LOAD '{extension_file('sqlite_scanner')}'")
        connection.execute(f"ATTACH '{folder / 'written.duckdb'}' AS written")
        for n, path in enumerate(sorted(sources.glob("*.db"))):
            connection.execute(f"ATTACH '{path}' AS here (TYPE sqlite, READ_ONLY)")
            connection.execute(f"ATTACH '{folder / f'written{n}.db'}' AS other (TYPE sqlite)")
            for (table,) in connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'here'").fetchall():
                connection.execute(f"CREATE TEMP TABLE t AS SELECT * FROM here.{table}")
                began, used = time.perf_counter(), time.process_time()
                connection.execute(f"CREATE TABLE written.{table}_{n} AS SELECT * FROM t")
                half = time.perf_counter()
                connection.execute(f"CREATE TABLE other.{table} AS SELECT * FROM t")
                own, sqlite, cpu = own + half - began, sqlite + time.perf_counter() - half, cpu + time.process_time() - used
                connection.execute("DROP TABLE t")
            connection.execute("DETACH here")
            connection.execute("DETACH other")
        connection.execute("CHECKPOINT written")
    return own, sqlite, cpu
