"""Checkpoint 检查点: the write-ahead log is carried into the store beside the windows, not while one of them waits (SQLite only)."""

from __future__ import annotations

import threading

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

EVERY = 200
"""Registrations between two checkpoints; some forty pages each."""

DEFAULT = 1_000
CACHE_KIB = 64 * 1_024
"""Of the pages a registration touches, kept in memory."""


class Checkpoints:
    """Carries the log over in a thread of its own once enough was written 检查点线程.

    A passive checkpoint blocks nobody. What was written while it ran is little: the next writer carries that over himself
    (`written`), and the log starts again from its beginning instead of growing.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._since = 0
        self._worker: threading.Thread | None = None
        self._writer: Connection | None = None

    def leave_to_me(self, writer: Connection) -> None:
        """From now on this connection makes no checkpoint by itself."""
        self._writer = writer
        writer.exec_driver_sql("PRAGMA wal_autocheckpoint = 0")
        writer.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIB}")

    def take_back(self) -> None:
        """The connection goes back to others: it makes its own checkpoints again, at the engine's default."""
        if self._writer is not None:
            self._writer.exec_driver_sql(f"PRAGMA wal_autocheckpoint = {DEFAULT}")
            self._writer = None

    def written(self, count: int) -> None:
        """So many registrations are committed; called by the one whose turn it is."""
        self._since += count
        if self._writer is None:
            return
        if self._worker is not None:
            if not self._worker.is_alive():
                self._worker = None
                self._writer.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
        elif self._since >= EVERY:
            self._since = 0
            self._worker = threading.Thread(target=self._carry, name="identity-checkpoint", daemon=True)
            self._worker.start()

    def close(self) -> None:
        """Wait for the one that runs."""
        if self._worker is not None:
            self._worker.join()

    def _carry(self) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
