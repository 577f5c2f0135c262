"""Review 复核: what the index is not sure of, decided by people; what they say feeds back into the thresholds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.engine import Connection

from yishu.identity import ledger
from yishu.identity.ledger import canonical, tasks
from yishu.kernel.errors import InputError

OPEN, LATER, AGREED = "open", "later", "second"
DONE = ("same", "different")


@dataclass(frozen=True, slots=True)
class Doubt:
    """Two patients who may be one 疑似同一人 (`pair`), or a card shown by another (`card_misuse`); `why` explains field by field."""

    kind: str
    low: int
    high: int
    score: float
    why: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Task:
    """A task of the queue 复核任务."""

    id: int
    kind: str
    low: int
    high: int
    score: float
    why: Mapping[str, object]
    state: str
    made_at: datetime
    decided_at: datetime | None
    first_by: str | None
    second_by: str | None
    event: int | None


def ask(connection: Connection, doubt: Doubt, at: datetime) -> None:
    """Put a doubt into the queue, once for each pair and kind; not for a pair that people keep apart."""
    low, high = sorted((doubt.low, doubt.high))
    known = connection.execute(select(tasks.c.id).where(tasks.c.low == low, tasks.c.high == high, tasks.c.kind == doubt.kind)).scalar()
    parted = connection.execute(select(ledger.apart.c.low).where(ledger.apart.c.low == low, ledger.apart.c.high == high)).scalar()
    if known is None and parted is None:
        connection.execute(
            insert(tasks).values(kind=doubt.kind, low=low, high=high, score=doubt.score, detail=canonical(dict(doubt.why)), state=OPEN, made_at=at)
        )


def queue(engine: Engine, state: str = OPEN, limit: int = 50, offset: int = 0) -> tuple[tuple[Task, ...], int]:
    """Tasks by score, highest first, and how many there are."""
    with engine.connect() as connection:
        wanted = tasks.c.state == state if state != "done" else tasks.c.state.in_(DONE)
        total = connection.execute(select(func.count()).select_from(tasks).where(wanted)).scalar() or 0
        rows = connection.execute(select(tasks).where(wanted).order_by(tasks.c.score.desc(), tasks.c.id).limit(limit).offset(offset))
        return tuple(_task(row) for row in rows), total


def task(connection: Connection, number: int) -> Task:
    """One task. Raises InputError where there is none."""
    row = connection.execute(select(tasks).where(tasks.c.id == number)).one_or_none()
    if row is None:
        raise InputError("identity.no_task", f"没有复核任务 {number}", hint="刷新队列", status=404)
    return _task(row)


def settle(connection: Connection, number: int, **values: object) -> None:
    """Write how a task stands."""
    connection.execute(update(tasks).where(tasks.c.id == number).values(**values))


@dataclass(frozen=True, slots=True)
class Agreement:
    """What people said of each score band 复核一致率: the share of pairs they called one person."""

    low: float
    high: float
    same: int
    different: int

    @property
    def share(self) -> float | None:
        """None while nobody has said anything."""
        return self.same / (self.same + self.different) if self.same + self.different else None


BANDS = (0.9, 0.95, 0.99, 0.999, 0.9999, 1.0)


def agreement(engine: Engine) -> tuple[Agreement, ...]:
    """Measured agreement by score band."""
    with engine.connect() as connection:
        rows = connection.execute(select(tasks.c.score, tasks.c.state).where(tasks.c.state.in_(DONE), tasks.c.kind == "pair")).all()
    out = []
    for low, high in pairwise(BANDS):
        inside = [state for score, state in rows if low <= score < high or (high == BANDS[-1] and score >= low)]
        out.append(Agreement(low, high, inside.count("same"), inside.count("different")))
    return tuple(out)


def advised(found: tuple[Agreement, ...], least: int = 200, precision: float = 0.9999) -> float | None:
    """The lowest chance above which people always agreed, once they judged enough of them; None while there is too little to say."""
    best: float | None = None
    same = different = 0
    for band in reversed(found):
        same, different = same + band.same, different + band.different
        if same + different >= least and same / (same + different) >= precision:
            best = band.low
    return best


def _task(row: object) -> Task:
    r = row._mapping  # type: ignore[attr-defined]
    return Task(
        r["id"], r["kind"], r["low"], r["high"], r["score"], json.loads(r["detail"]), r["state"], r["made_at"], r["decided_at"], r["first_by"],
        r["second_by"], r["event"],
    )  # fmt: skip
