"""Proof 人员事件可还原: random sequences of create, merge, unmerge, split, rename and keep-apart; undone one by one, every state comes back byte for byte."""

from __future__ import annotations

import random
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from bench.proof import Outcome
from yishu.identity import Index, Registration, keep_apart, ledger, merge, rename, split, undo, unmerge
from yishu.identity.ledger import person_of
from yishu.kernel.errors import InputError
from yishu.kernel.store import open_store

TITLE = "人员事件撤销后逐字节还原"
UNIT = "条序列"
MEMORY = Path("/dev/shm")
START = datetime(2026, 6, 1, 8)
NAMES = ("王建国", "李秀英", "张伟", "王建军", "无名氏", "赵敏之子", "欧阳芳", "?大勇")


def _someone(draw: random.Random, number: int) -> Registration:
    return Registration("his", f"P{number}", draw.choice(NAMES), draw.choice("男女"), datetime(1950 + draw.randrange(70), 1 + draw.randrange(12), 1 + draw.randrange(28)).date(),
                        None, f"138{draw.randrange(10**8):08d}", None, None)  # fmt: skip


def _current(engine: Engine) -> dict[int, list[int]]:
    with engine.connect() as connection:
        last = ledger.how_many(connection)
        found = person_of(connection, range(1, last + 1))
    out: dict[int, list[int]] = {}
    for patient, person in found.items():
        out.setdefault(person, []).append(patient)
    return out


def one(draw: random.Random, engine: Engine, index: Index, at: datetime, first: int) -> int:
    """One sequence; the number of things that went wrong."""
    wrong = 0
    for n in range(draw.randrange(1, 4)):
        index.register(_someone(draw, first + n), at)
    done: list[tuple[int, bytes]] = []
    for step in range(draw.randrange(1, 7)):
        at += timedelta(seconds=1)
        before = ledger.state(engine)
        people = _current(engine)
        persons = sorted(people)
        what = draw.choice(("merge", "split", "rename", "apart", "unmerge", "cycle"))
        try:
            if what == "merge":
                seq = merge(engine, draw.choice(persons), draw.choice(persons), by="proof", reason="随机合并", at=at)
            elif what == "split":
                person = draw.choice(persons)
                inside = people[person]
                seq = split(engine, person, draw.sample(inside, draw.randrange(1, len(inside) + 1)), by="proof", reason="随机拆分", at=at)
            elif what == "rename":
                seq = rename(engine, index, draw.choice(people[draw.choice(persons)]), _someone(draw, first + step), by="proof", reason="更正姓名", at=at)
            elif what == "apart":
                patients = sorted(p for inside in people.values() for p in inside)
                seq = keep_apart(engine, draw.choice(patients), draw.choice(patients), by="proof", reason="不是同一人", at=at)
            elif what == "unmerge":
                wrong += _unmerge_last(engine, done, at)
                continue
            else:
                a, b = draw.choice(persons), draw.choice(persons)
                seq = merge(engine, a, b, by="proof", reason="循环合并", at=at)
                done.append((seq, before))
                before = ledger.state(engine)
                seq = merge(engine, b, a, by="proof", reason="循环合并", at=at)
            done.append((seq, before))
        except InputError:
            wrong += ledger.state(engine) != before    # a refused change changes nothing
    for seq, before in reversed(done):
        at += timedelta(seconds=1)
        try:
            undo(engine, seq, by="proof", reason="逐一撤销", at=at)
        except InputError:
            wrong += 1
            continue
        wrong += ledger.state(engine) != before
    return wrong


def _unmerge_last(engine: Engine, done: list[tuple[int, bytes]], at: datetime) -> int:
    """Unmerge the last change by the two persons it names, if it was a merge: the state before it must come back."""
    with engine.connect() as connection:
        last = ledger.event(connection, done[-1][0]) if done else None
    if last is None or last.kind != "merge" or last.other_id is None:
        return 0
    unmerge(engine, last.person_id, last.other_id, by="proof", reason="撤销合并", at=at)
    return ledger.state(engine) != done.pop()[1]


def run(seed: int, seconds: float, most: int = 10_000) -> Outcome:
    """Sequences until the time is up; a store serves 20 of them."""
    draw = random.Random(seed)
    until = time.monotonic() + seconds
    count = failures = events = 0
    while time.monotonic() < until and count < most:
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
            home = Path(folder)
            engine = open_store(home)
            index = Index(engine, home)
            for each in range(20):
                failures += one(draw, engine, index, START + timedelta(minutes=each), each * 10)
                count += 1
            seen, broken = ledger.verify(engine)
            events += seen
            failures += broken is not None
            index.close()
            engine.dispose()
    return Outcome(count, failures, {"events": events})
