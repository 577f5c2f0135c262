"""Keeping roll-ups 汇总表的维护: made once, then only the days that a batch touched are added up again.

A job of the platform, run by whoever has just placed a batch. The state names the data version a roll-up is true of; where
it is not the warehouse's own, nobody reads the roll-up and the next refresh makes it anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
from sqlglot import exp

from yishu import hospital
from yishu.metrics.centre import Centre
from yishu.metrics.compile.rolled import built
from yishu.metrics.rollup import Rollup
from yishu.security import bound

_STATE = "wh.rollup.state"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a refresh did 更新了什么: rebuilt whole, or so many days of it."""

    name: str
    whole: bool
    days: int
    rows: int


def refresh(connection: duckdb.DuckDBPyConnection, centre: Centre, before: str, since: datetime | None) -> tuple[Kept, ...]:
    """Bring every roll-up to the data as it is now.

    `before` is the data version (`hospital.marks`) just before the batches placed since the last refresh, `since` the earliest
    moment any of them is known from; what was not true of `before` is made anew.
    """
    if not centre.rollups:
        return ()
    connection.execute("CREATE SCHEMA IF NOT EXISTS wh.rollup")
    connection.execute(f"CREATE TABLE IF NOT EXISTS {_STATE} (name VARCHAR, version VARCHAR)")
    done = []
    for rollup in centre.rollups:
        connection.execute("BEGIN")
        try:
            done.append(_one(connection, centre, rollup, before, since))
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    names = [r.name for r in centre.rollups]
    for (gone,) in connection.execute(f"SELECT name FROM {_STATE} WHERE NOT list_contains(?, name)", [names]).fetchall():
        connection.execute(f"DROP TABLE IF EXISTS wh.rollup.{_quoted(gone)}")
        connection.execute(f"DELETE FROM {_STATE} WHERE name = ?", [gone])
    return tuple(done)


def _one(connection: duckdb.DuckDBPyConnection, centre: Centre, rollup: Rollup, before: str, since: datetime | None) -> Kept:
    table = f"wh.rollup.{_quoted(rollup.name)}"
    true_of = connection.execute(f"SELECT version FROM {_STATE} WHERE name = ?", [rollup.name]).fetchone()
    now = hospital.marks(connection)
    whole = true_of is None or since is None or true_of[0] != before
    days: Sequence[date] = ()
    if whole:
        connection.execute(f"DROP TABLE IF EXISTS {table}")
        text, values = bound(built(rollup, centre))
        connection.execute(f"CREATE TABLE {table} AS {text}", values)
    else:
        assert since is not None
        days = hospital.touched_days(connection, rollup.table, rollup.time.column, since)
        own = connection.execute(f"SELECT DISTINCT {_quoted(rollup.time.column)} FROM {table} WHERE known >= ?", [since]).fetchall()
        days = sorted({*days, *(row[0] for row in own)})
        if days:
            connection.execute(f"DELETE FROM {table} WHERE {_quoted(rollup.time.column)} IN (SELECT unnest(?::DATE[]))", [days])
            text, values = bound(built(rollup, centre, days))
            connection.execute(f"INSERT INTO {table} {text}", values)
    connection.execute(f"DELETE FROM {_STATE} WHERE name = ?", [rollup.name])
    connection.execute(f"INSERT INTO {_STATE} VALUES (?, ?)", [rollup.name, now])
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return Kept(rollup.name, whole, len(days), int(row[0]) if row else 0)


def true_now(cursor: duckdb.DuckDBPyConnection, centre: Centre) -> frozenset[str]:
    """The roll-ups true of the data this cursor sees."""
    if not centre.rollups:
        return frozenset()
    try:
        found = cursor.execute(f"SELECT name FROM {_STATE} WHERE version = ?", [hospital.marks(cursor)]).fetchall()
    except duckdb.CatalogException:
        return frozenset()
    return frozenset(str(row[0]) for row in found) & {r.name for r in centre.rollups}


def _quoted(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql("duckdb")
