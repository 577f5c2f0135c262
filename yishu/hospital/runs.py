"""Runs 装载批次: each `yishu load` is a run with one recorded moment; kept in the platform store, so that a rebuild replays them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, Column, DateTime, Engine, Integer, String, Table, Text, func, select

from yishu.kernel.store import metadata

run_table = Table(
    "load_run",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("moment", DateTime, nullable=False),
    Column("sources", Text, nullable=False),
    Column("full", Boolean, nullable=False),
    Column("open", Boolean, nullable=False),
)
rule_table = Table(
    "rule_version",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("number", Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run 一次装载: its load id names the raw files of every source in it."""

    number: int
    moment: datetime
    sources: tuple[str, ...]
    full: bool
    open: bool

    @property
    def load_id(self) -> str:
        """The load id, sorted as text in the order of the runs."""
        return f"L{self.number:06d}"


def runs(engine: Engine) -> tuple[Run, ...]:
    """All runs, oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(select(run_table).order_by(run_table.c.number)).all()
    return tuple(Run(row.number, row.moment, tuple(json.loads(row.sources)), row.full, row.open) for row in rows)


def begin(engine: Engine, moment: datetime, sources: Sequence[str], full: bool) -> Run:
    """Open a new run."""
    with engine.begin() as connection:
        number = (connection.execute(select(func.max(run_table.c.number))).scalar() or 0) + 1
        connection.execute(run_table.insert(), [{"number": number, "moment": moment, "sources": json.dumps(list(sources)), "full": full, "open": True}])
    return Run(number, moment, tuple(sources), full, True)


def close(engine: Engine, run: Run) -> None:
    """The run is done."""
    with engine.begin() as connection:
        connection.execute(run_table.update().where(run_table.c.number == run.number).values(open=False))


def rule_version(engine: Engine, source: str, digest: str) -> int:
    """The number of the rules a source is placed by: 1, 2, … as its texts change."""
    with engine.begin() as connection:
        known = connection.execute(
            select(rule_table.c.number).where(rule_table.c.source == source, rule_table.c.digest == digest)
        ).scalar()
        if known is not None:
            return int(known)
        number = (connection.execute(select(func.max(rule_table.c.number)).where(rule_table.c.source == source)).scalar() or 0) + 1
        connection.execute(rule_table.insert(), [{"source": source, "digest": digest, "number": number}])
    return int(number)
