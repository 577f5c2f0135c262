"""Random questions over what the guard gives for a table 逐表的问题, many in one statement, each over its own scope.

The answer wanted comes from the person's filtered copy (`bench.guard_oracle`). Every question gives rows (place, key, other key, number),
so that they stand under one UNION ALL; a group is known by the smallest source key in it, which needs no text of its value.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.guard_oracle import DECLARED, Row, Rows

Scoped = Callable[[str], tuple[str, dict[str, Any]]]
"""The text and parameters the guard gives one person for a table."""
Told = list[tuple[Any, Any, Any]]
PUBLIC = ("department", "ward", "campus", "staff", "drug")
KINDS = ("filter", "filter", "group", "group", "order", "join", "count", "trace", "range")


@dataclass(frozen=True, slots=True)
class Question:
    """One question 一问: its statement, and the answer by the person's copy; `ordered` where the order of the rows counts."""

    kind: str
    about: tuple[str, ...]
    sql: str
    parameters: dict[str, Any]
    wanted: Callable[[Rows], Told]
    ordered: bool = False

    def right(self, told: Told, view: Rows) -> bool:
        """Whether this is what the copy says."""
        wanted = self.wanted(view)
        return told == wanted if self.ordered else Counter(told) == Counter(wanted)


def named(text: str, parameters: dict[str, Any], mark: str) -> tuple[str, dict[str, Any]]:
    """The same statement with its parameters under names of their own."""
    for key in sorted(parameters, key=lambda k: -len(k)):
        text = text.replace(f"${key}", f"${mark}{key}")
    return text, {f"{mark}{key}": value for key, value in parameters.items()}


def statement(questions: list[Question]) -> tuple[str, dict[str, Any]]:
    """All questions in one statement."""
    parameters: dict[str, Any] = {}
    asked = []
    for place, question in enumerate(questions):
        text, own = named(question.sql, question.parameters, f"q{place}x")
        asked.append(f"(SELECT {place}, {text})")
        parameters |= own
    return " UNION ALL ".join(asked), parameters


def answers(rows: list[tuple[Any, ...]], questions: list[Question]) -> list[Told]:
    """What came back, question by question."""
    found: list[Told] = [[] for _ in questions]
    for place, *rest in rows:
        found[place].append((rest[0], rest[1], rest[2]))
    return found


def some_question(r: random.Random, hospital: Rows, scoped: Scoped) -> Question | None:
    """A random question; None where the kind drawn does not fit the table."""
    table = r.choice([t for t in hospital if hospital[t] and t not in PUBLIC])
    columns = list(DECLARED[table]["columns"])
    inner, parameters = scoped(table)
    kind, column = r.choice(KINDS), r.choice(columns)
    said = f'"{column}"'

    def ask(sql: str, wanted: Callable[[Rows], Told], more: dict[str, Any] | None = None, *about: str) -> Question:
        return Question(kind, (table, column, *about), sql, parameters | (more or {}), wanted, kind == "order")

    if kind == "filter":
        picked = r.choice(hospital[table]).get(column)
        where, more = (f"{said} IS NULL", {}) if picked is None else (f"{said} = $picked", {"picked": picked})
        return ask(f"source_key, NULL, 1 FROM ({inner}) WHERE {where}", lambda view: [(row["source_key"], None, 1) for row in view[table] if row.get(column) == picked], more)
    if kind == "range":
        picked = r.choice(hospital[table]).get(column)
        if picked is None or isinstance(picked, (str, bool)):
            return None
        return ask(f"source_key, NULL, 1 FROM ({inner}) WHERE {said} >= $picked", lambda view: [(row["source_key"], None, 1) for row in view[table] if row.get(column) is not None and row[column] >= picked], {"picked": picked})
    if kind == "group":
        return ask(f"min(source_key), max(source_key), count(*) FROM ({inner}) GROUP BY {said}", lambda view: _groups(view[table], column))
    if kind == "order":
        return ask(f"source_key, NULL, 1 FROM ({inner}) ORDER BY {said} NULLS LAST, source_key LIMIT 7", lambda view: _first(view[table], column))
    if kind == "count":
        return ask(f"NULL, NULL, count(DISTINCT {said}) FROM ({inner})", lambda view: [(None, None, len({row[column] for row in view[table] if row.get(column) is not None}))])
    if kind == "trace":
        keys, row = DECLARED[table]["key"], r.choice(hospital[table])
        words = {f"k{i}": str(row.get(k)) for i, k in enumerate(keys)}
        where = " AND ".join(f'CAST("{k}" AS VARCHAR) = $k{i}' for i, k in enumerate(keys))
        return ask(f"source_key, NULL, 1 FROM ({inner}) WHERE {where}", lambda view: [(x["source_key"], None, 1) for x in view[table] if all(x.get(k) is not None and str(x[k]) == str(row.get(k)) for k in keys)], words)
    other, on = r.choice([("stay", "stay_id"), ("visit", "visit_id"), ("patient", "patient_key")])
    if on not in columns or other == table:
        return None
    second, more = named(*scoped(other), "z")
    return ask(f'a.source_key, b.source_key, 1 FROM ({inner}) a JOIN ({second}) b ON a."{on}" = b."{on}"', lambda view: _pairs(view[table], view[other], on), more, other)


def _groups(rows: list[Row], column: str) -> Told:
    held: dict[Any, list[str]] = {}
    for row in rows:
        held.setdefault(row.get(column), []).append(row["source_key"])
    return [(min(keys), max(keys), len(keys)) for keys in held.values()]


def _first(rows: list[Row], column: str) -> Told:
    def key(row: Row) -> tuple[Any, ...]:
        held = row.get(column)
        return (held is None, "" if held is None else held, row["source_key"])

    return [(row["source_key"], None, 1) for row in sorted(rows, key=key)[:7]]


def _pairs(rows: list[Row], others: list[Row], on: str) -> Told:
    there: dict[Any, list[str]] = {}
    for row in others:
        if row.get(on) is not None:
            there.setdefault(row[on], []).append(row["source_key"])
    return [(row["source_key"], key, 1) for row in rows for key in there.get(row.get(on), [])]
