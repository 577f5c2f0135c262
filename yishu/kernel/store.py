"""Platform store 平台库: keys, identity, people, versions, loads; SQLite (WAL, synchronous=FULL) by default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, create_engine, event

metadata = MetaData()


def open_store(home: Path, address: str | None = None) -> Engine:
    """The engine of the platform store; tables known to `metadata` are made where they lack."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = home / "platform.db"
    engine = create_engine(address or f"sqlite:///{path}")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite)
    metadata.create_all(engine)
    if not address and path.exists():
        path.chmod(0o600)
    return engine


def _sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for line in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
        cursor.execute(f"PRAGMA {line}")
    cursor.close()
