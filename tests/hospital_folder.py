"""A small hospital folder 小医院 for tests of sources: written in one line, with a clock that stands still."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from yishu.kernel import Settings


def a_hospital(folder: Path, sources: Mapping[str, str], **environment: str) -> Settings:
    """A hospital folder with these `sources/*.yaml`, and the settings to use it."""
    hospital = folder / "hospital"
    (hospital / "sources").mkdir(parents=True, exist_ok=True)
    (hospital / "hospital.yaml").write_text("name: 测试医院\n", encoding="utf-8")
    for name, text in sources.items():
        (hospital / "sources" / f"{name}.yaml").write_text(text, encoding="utf-8")
    home = folder / "home"
    (home / "sources").mkdir(parents=True, exist_ok=True)
    return Settings.of(hospital, home, {"YISHU_NOW": "2025-07-15T08:30:00", **environment})


def a_sqlite(path: Path, schema: str, rows: Mapping[str, Iterable[tuple[object, ...]]]) -> Path:
    """A SQLite file with these tables and rows."""
    connection = sqlite3.connect(path)
    connection.executescript(schema)
    for table, values in rows.items():
        kept = list(values)
        if kept:
            marks = ", ".join("?" * len(kept[0]))
            connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', kept)
    connection.commit()
    connection.close()
    return path
