"""Hand 直写: the statements of a registration straight to the driver; a person waits at the window while they run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from yishu.identity.ledger import FIRST, Event


class Hand:
    """Statements with `?` places on an open connection, whichever database it is."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        driver = connection.connection.dbapi_connection
        self._sqlite: sqlite3.Connection | None = driver if isinstance(driver, sqlite3.Connection) else None

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """All rows of a query."""
        if self._sqlite is not None:
            return self._sqlite.execute(sql, values).fetchall()
        return list(self.connection.exec_driver_sql(sql.replace("?", "%s"), tuple(values)).fetchall())

    def first(self, sql: str, values: Sequence[object] = ()) -> Any:
        """The first value of the first row, or None."""
        found = self.rows(sql, values)
        return found[0][0] if found else None

    def run(self, sql: str, values: Sequence[object] = ()) -> None:
        """One statement."""
        if self._sqlite is not None:
            self._sqlite.execute(sql, values)
        else:
            self.connection.exec_driver_sql(sql.replace("?", "%s"), tuple(values))

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """One statement for each row."""
        if self._sqlite is not None:
            self._sqlite.executemany(sql, rows)
        else:
            for row in rows:
                self.run(sql, row)

    def moment(self, at: datetime) -> object:
        """A moment as the store keeps it."""
        return at if self._sqlite is None else at.isoformat(sep=" ", timespec="microseconds")

    @contextmanager
    def immediate(self) -> Iterator[None]:
        """`ledger.immediate` without the engine's way round; SQLite only."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            self.run("ROLLBACK")
            raise

    def savepoint(self, step: str) -> None:
        """SAVEPOINT, RELEASE SAVEPOINT or ROLLBACK TO SAVEPOINT of one registration in a group."""
        self.run(f"{step} one")

    def append(self, event: Event) -> None:
        """Chain an event to the last one (`ledger.append`)."""
        previous = self.first("SELECT hash FROM identity_event ORDER BY seq DESC LIMIT 1") or FIRST
        self.run(
            "INSERT INTO identity_event (occurred_at, recorded_at, kind, person_id, other_id, actor, reason, detail, undoes, previous, hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self.moment(event.occurred_at), self.moment(event.recorded_at), event.kind, event.person_id, event.other_id, event.actor[:100], event.reason[:500],
             event.detail, event.undoes, previous, event.hash(previous)),
        )  # fmt: skip

    def place(self, key: int, person: int, at: datetime, rule: str) -> None:
        """Give a new patient his person, now and in the history of decisions (`ledger.move`)."""
        self.run("INSERT INTO identity_current VALUES (?, ?)", (key, person))
        self.run("INSERT INTO identity_link (patient_key, decided_at, person_id, rule) VALUES (?, ?, ?, ?)", (key, self.moment(at), person, rule))
