"""Load rate 装载速度: source rows a second, against DuckDB reading the same raw files once, in the same minute."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from yishu import flow
from yishu.demo.make import make
from yishu.kernel import Settings
from yishu.kernel.duck import worker_instance

UNTIL = datetime(2026, 6, 30, 10)
FOLDER = Path(__file__).parents[1] / "hospitals" / "model"


def measure() -> dict[str, Any]:
    """Cold load of 90 days at full scale; the raw read decrypts and scans every column of every raw file."""
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        home = Path(folder)
        made = make(home, seed=1, until=UNTIL, days=90)
        settings = Settings.of(FOLDER, home, {"YISHU_NOW": UNTIL.isoformat()})
        began = time.perf_counter()
        receipt = flow.load(settings)
        loaded = time.perf_counter() - began
        rows = sum(source.total("rows_in") for source in receipt.sources)
        raw = min(_read(home) for _ in range(3))
    cores = os.cpu_count() or 1
    return {
        "source_rows": made.total,
        "rows_in": rows,
        "load_s": round(loaded, 1),
        "rows_per_s_per_core": round(rows / loaded / cores),
        "raw_read_s": round(raw, 2),
        "load_to_raw_read": round(loaded / raw, 1),
        "load_average": round(os.getloadavg()[0], 2),
    }


def _read(home: Path) -> float:
    connection = worker_instance(home)
    began = time.perf_counter()
    for path in sorted((home / "raw").rglob("*.parquet")):
        columns = connection.execute(f"DESCRIBE SELECT * FROM read_parquet('{path}', encryption_config={{footer_key: 'raw'}})").fetchall()
        listed = ", ".join(f'max("{name}")' for name, *_ in columns)
        connection.execute(f"SELECT {listed} FROM read_parquet('{path}', encryption_config={{footer_key: 'raw'}})").fetchall()
    return time.perf_counter() - began
