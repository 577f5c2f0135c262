"""As it was known 当时所知: random corrections, late rows, withdrawals and merges of persons; later every earlier moment is asked again.

What was answered then is compared whole (rows, totals, range, completeness) with `as_of` that moment; numbers frozen on the way are
recomputed, on the same warehouse and on one built anew from the same rows in another order.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
from sqlalchemy import create_engine

from bench.proof import Outcome
from bench.proof_guard import full_hospital
from bench.proof_noninterference import question
from tests.hospital_rows import NOW, Row, warehouse
from yishu import metrics
from yishu.kernel.errors import YishuError
from yishu.kernel.store import metadata
from yishu.metrics.definition import Aggregate, Path
from yishu.security import Viewer

TITLE = "当时所知：更正、迟到、撤回与合并之后，任一较早时刻的答案与当时相同；定格重算逐位相同"
UNIT = "次更正"
STEPS = 50
DIRECTOR = Viewer("director", "director", "院长")
HEAD = Viewer("head_ortho", "head", "骨科主任", frozenset({"D0403"}))
TABLES = ("visit", "stay", "charge", "front_page", "surgery", "lab_report", "exam", "dispense", "survey", "drg_case", "transfer")
KEPT_ALIKE = {"source", "source_table", "source_key", "known_from", "known_until", "flags"}


class Timeline:
    """Current rows and history 现行与历史, as the writer keeps them."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)
        self.current = full_hospital(seed)
        self.history: dict[str, list[Row]] = {}
        other = full_hospital(seed + 1)
        self.fresh: dict[str, list[Row]] = {t: [dict(x) for x in other[t][:30]] for t in TABLES}
        start = NOW - timedelta(days=40)
        for rows in self.current.values():
            for row in rows:
                row["known_from"] = start
        self.connection = warehouse(self.current)
        self.kinds: Counter[str] = Counter()

    def step(self, at: datetime) -> None:
        """One correction of the warehouse, known from `at` on."""
        kind = self.r.choices(["correct", "late", "withdraw", "merge", "unmerge"], weights=[45, 20, 12, 15, 8])[0]
        self.kinds[kind] += 1
        if kind in ("merge", "unmerge"):
            people = self.current["patient"]
            one, other = self.r.sample(range(len(people)), 2)
            person = people[other]["person_id"] if kind == "merge" else 1000 + self.r.randint(0, 999)
            self._replace("patient", one, at, {"person_id": person})
            return
        table = self.r.choice(TABLES)
        rows = self.current[table]
        place = self.r.randrange(len(rows))
        if kind == "late" and self.fresh[table]:
            late = self.fresh[table].pop() | {"known_from": at, "source_key": f"late-{table}-{at:%d%H%M%S}"}
            key = "transfer_id" if table == "transfer" else next(iter(late))
            late[key] = f"late-{len(rows)}-{self.kinds.total()}"
            rows.append(late)
            self._insert("hospital", table, late)
        elif kind == "withdraw" and len(rows) > 5:
            gone = rows.pop(place)
            self._close(table, gone, at)
        else:
            donor = self.r.choice(rows)
            column = self.r.choice([c for c in rows[place] if c not in KEPT_ALIKE and not c.endswith("_id") and c not in ("page", "stay")] or ["source"])
            value = donor.get(column)
            if isinstance(value, Decimal):
                value = Decimal(self.r.randint(-900, 90000)).scaleb(-2)
            self._replace(table, place, at, {column: value})

    def _replace(self, table: str, place: int, at: datetime, changes: dict[str, Any]) -> None:
        old = self.current[table][place]
        self._close(table, old, at)
        new = old | changes | {"known_from": at}
        self.current[table][place] = new
        self._insert("hospital", table, new)

    def _close(self, table: str, old: Row, at: datetime) -> None:
        ended = old | {"known_until": at}
        self.history.setdefault(table, []).append(ended)
        self._insert("history", table, ended)
        self.connection.execute(f'DELETE FROM wh.hospital."{table}" WHERE source_key = $k', {"k": old["source_key"]})

    def _insert(self, schema: str, table: str, row: Row) -> None:
        columns = [c for c, _ in metrics.centre().tables.table(table).stored if c in row and c != "flags"]
        names, marks = ", ".join(f'"{c}"' for c in columns), ", ".join(f"${i + 1}" for i in range(len(columns)))
        self.connection.execute(f'INSERT INTO wh.{schema}."{table}" ({names}) VALUES ({marks})', [row[c] for c in columns])

    def rebuilt(self) -> duckdb.DuckDBPyConnection:
        """The same rows in a new warehouse, in another order."""
        mixed = {t: self.r.sample(rows, len(rows)) for t, rows in self.current.items()}
        return warehouse(mixed, None, {t: self.r.sample(rows, len(rows)) for t, rows in self.history.items()})


def house() -> metrics.Centre:
    """The metric centre with a count of persons, whom merges make fewer."""
    centre = metrics.centre()
    visits = centre.metric("outpatient_visits")
    persons = replace(visits, id="persons_seen", label="就诊人数", numerator=replace(visits.numerator, aggregate=Aggregate.DISTINCT, measure=Path("person_id", "patient")))
    return replace(centre, by_id={**centre.by_id, persons.id: persons})


def run(seed: int, seconds: float) -> Outcome:
    """Whole timelines one after the other; none is begun that would not end in time."""
    longest = 0.0
    until, steps, failures, n, answers, frozen = time.monotonic() + seconds, 0, [], 0, 0, 0
    kinds: Counter[str] = Counter()
    centre = house()
    while n == 0 or time.monotonic() + longest < until:
        started = time.monotonic()
        line = Timeline(seed * 1000 + n)
        r = random.Random(seed * 1000 + n)
        n += 1
        store = create_engine("sqlite://")
        metadata.create_all(store)
        told: list[tuple[datetime, Viewer, metrics.MetricQuery, tuple[Any, ...]]] = []
        kept: list[int] = []
        at = NOW - timedelta(days=30)
        for _ in range(STEPS):
            at += timedelta(minutes=r.randint(1, 900))
            line.step(at)
            moment = at + timedelta(seconds=r.choice([0, 0, 30]))
            for _ in range(2):
                asked = question(r, centre) if r.random() < 0.8 else {"metrics": ["persons_seen"], "dimensions": ["department"], "totals": True}
                viewer = r.choice([DIRECTOR, DIRECTOR, HEAD])
                try:
                    query = metrics.MetricQuery.parse(asked)
                    answer = metrics.measure(viewer, query, centre, line.connection, lambda m=moment: m)  # type: ignore[misc]
                except YishuError:
                    continue
                told.append((moment, viewer, query, seen(answer)))
            if r.random() < 0.15:
                looking = metrics.Looking(DIRECTOR, centre, line.connection, lambda m=moment: m)  # type: ignore[misc]
                kept.append(metrics.freeze(looking, store, r.choice(["revenue", "outpatient_visits", "avg_length_of_stay", "lab_tat_minutes", "drug_cost_ratio"]), r.choice(["2025-05", "2025-Q1", "2025-06"])).id)
        steps += STEPS
        kinds += line.kinds
        end = at + timedelta(days=3)
        for warehouse_, name in ((line.connection, "same"), (line.rebuilt(), "rebuilt")):
            keep = metrics.Keep(name)
            for moment, viewer, query, then in told:
                now = metrics.measure(viewer, replace(query, as_of=moment), centre, warehouse_, lambda: end, keep=keep)  # noqa: B023
                answers += 1
                if seen(now) != then:
                    failures.append({"timeline": seed * 1000 + n - 1, "on": name, "moment": str(moment), "q": query.as_json(), "then": str(then)[:200], "now": str(seen(now))[:200]})
            for number in kept:
                again = metrics.recompute(metrics.Looking(DIRECTOR, centre, warehouse_, lambda: end), store, number)  # noqa: B023
                frozen += 1
                if not again.equal:
                    failures.append({"timeline": seed * 1000 + n - 1, "on": name, "freeze": again.as_json()})
            warehouse_.close()
        longest = max(longest, time.monotonic() - started)
        for failure in failures[:2]:
            sys.stderr.write(f"{failure}\n")
    return Outcome(steps, len(failures), {"timelines": n, "kinds": dict(kinds), "answers_asked_again": answers, "freezes_recomputed": frozen, "first": failures[:3]})


def seen(answer: metrics.Answer) -> tuple[Any, ...]:
    """All of an answer that depends on data."""
    totals = None if answer.totals is None else tuple((t.by, t.rows) for t in answer.totals)
    return (answer.rows, totals, str(answer.range), answer.data_through, tuple(str(i.as_json()) for i in answer.incomplete))
