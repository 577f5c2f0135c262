"""Desk 复核台: two patients side by side, masked, with every field's weight; what a person says of them, and how it is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import yaml
from sqlalchemy import Engine

from yishu.identity import ledger, review
from yishu.identity.errors import FourEyes
from yishu.identity.merge import keep_apart_within, merge_within, reasoned, undo_within
from yishu.identity.person import PersonCard, show
from yishu.identity.review import Task
from yishu.kernel.errors import InputError

Verdict = Literal["same", "different", "later"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A task with both persons 并排两人."""

    task: Task
    left: PersonCard
    right: PersonCard


def four_eyes(folder: Path) -> bool:
    """Whether this hospital wants two people for a merge 双人复核 (`review: {four_eyes: true}` in policy.yaml)."""
    path = folder / "policy.yaml"
    said = yaml.safe_load(path.read_text("utf-8")) if path.is_file() else None
    asked = said.get("review") if isinstance(said, Mapping) else None
    return bool(asked.get("four_eyes")) if isinstance(asked, Mapping) else False


def pair(engine: Engine, home: Path, number: int) -> Pair:
    """A task and its two persons, masked."""
    with engine.connect() as connection:
        found = review.task(connection, number)
        persons = ledger.person_of(connection, [found.low, found.high])
    return Pair(found, show(engine, home, persons[found.low]), show(engine, home, persons[found.high]))


def decide(engine: Engine, number: int, verdict: Verdict, *, by: str, reason: str, at: datetime, two_people: bool = False) -> Task:
    """What a person says of a task; `same` merges, `different` keeps the two apart for good, `later` puts it off.

    Under four eyes the first `same` only marks the task; another person's `same` merges, his `different` sends it back for later.
    """
    said = reasoned(reason)
    with ledger.writing(engine) as connection:
        found = review.task(connection, number)
        if found.state in review.DONE:
            raise InputError("identity.task_done", f"任务 {number} 已由 {found.first_by} 处理", hint="要改判，先撤销")
        if verdict == "later":
            review.settle(connection, number, state=review.LATER, first_by=None)
        elif found.state == review.AGREED and found.first_by == by:
            raise FourEyes
        elif verdict == "same" and two_people and found.state != review.AGREED:
            review.settle(connection, number, state=review.AGREED, first_by=by, decided_at=at)
        elif verdict == "different" and found.state == review.AGREED:
            review.settle(connection, number, state=review.LATER, first_by=None, decided_at=None)
        else:
            event = merge_within(connection, found.low, found.high, by, said, at) if verdict == "same" else keep_apart_within(connection, found.low, found.high, by, said, at)
            second = by if found.state == review.AGREED else None
            review.settle(connection, number, state=verdict, first_by=found.first_by if second else by, second_by=second, decided_at=at, event=event)
        return review.task(connection, number)


def take_back(engine: Engine, number: int, *, by: str, reason: str, at: datetime) -> Task:
    """Undo what was decided of a task; the persons stand as before and the task is open again."""
    said = reasoned(reason)
    with ledger.writing(engine) as connection:
        found = review.task(connection, number)
        if found.state == review.OPEN:
            raise InputError("identity.task_open", f"任务 {number} 还没有处理", hint="无需撤销")
        if found.event is not None:
            undo_within(connection, found.event, by, said, at)
        review.settle(connection, number, state=review.OPEN, first_by=None, second_by=None, decided_at=None, event=None)
        return review.task(connection, number)
