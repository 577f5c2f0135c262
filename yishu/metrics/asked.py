"""Asked before 问过的合计: what a statistics-only viewer has been told, so that no later total gives a small set by subtraction."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import Column, DateTime, Engine, Integer, String, Table, Text, insert, select

from yishu.kernel.store import metadata
from yishu.metrics.query import Filter, MetricQuery

MOST = 200

asked_table = Table(
    "statistics_asked",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("viewer", String(100), nullable=False, index=True),
    Column("metric", String(100), nullable=False),
    Column("question", Text, nullable=False),
    Column("at", DateTime, nullable=False),
)


class Ledger(Protocol):
    """The ledger 台账 of questions answered to statistics-only viewers."""

    def earlier(self, viewer: str, metric: str) -> tuple[MetricQuery, ...]:
        """Questions already answered to this viewer about this metric."""
        ...

    def note(self, viewer: str, metric: str, query: MetricQuery, at: datetime) -> None:
        """Write one down; durable before the answer is given."""
        ...


@dataclass(slots=True)
class MemoryLedger:
    """A ledger for one session 内存台账 (tests, proofs)."""

    held: dict[tuple[str, str], list[MetricQuery]] = field(default_factory=dict)

    def earlier(self, viewer: str, metric: str) -> tuple[MetricQuery, ...]:
        """As the protocol says."""
        return tuple(self.held.get((viewer, metric), ())[-MOST:])

    def note(self, viewer: str, metric: str, query: MetricQuery, at: datetime) -> None:
        """As the protocol says."""
        listed = self.held.setdefault((viewer, metric), [])
        if query not in listed:
            listed.append(query)


@dataclass(frozen=True, slots=True)
class StoreLedger:
    """The ledger in the platform store 平台库台账."""

    store: Engine

    def earlier(self, viewer: str, metric: str) -> tuple[MetricQuery, ...]:
        """As the protocol says, the latest MOST of them."""
        wanted = (
            select(asked_table.c.question)
            .where(asked_table.c.viewer == viewer, asked_table.c.metric == metric)
            .distinct()
            .limit(MOST)
        )
        with self.store.connect() as connection:
            return tuple(MetricQuery.parse(json.loads(text)) for text in connection.execute(wanted).scalars())

    def note(self, viewer: str, metric: str, query: MetricQuery, at: datetime) -> None:
        """As the protocol says; the same question is written once."""
        text = json.dumps(query.as_json(), ensure_ascii=False, sort_keys=True)
        known = select(asked_table.c.id).where(
            asked_table.c.viewer == viewer, asked_table.c.metric == metric, asked_table.c.question == text
        )
        with self.store.begin() as connection:
            if connection.execute(known).first() is None:
                connection.execute(insert(asked_table).values(viewer=viewer, metric=metric, question=text, at=at))


def differences(one: MetricQuery, other: MetricQuery) -> tuple[MetricQuery, ...] | None:
    """Questions that count what lies in one total and not in the other, where the two differ in one thing; None where in more.

    Both are questions of one metric without dimensions; () where they ask for the same rows or for sets that do not nest.
    """
    mine, theirs = (_by_dimension(q.filters) for q in (one, other))
    apart = [d for d in dict.fromkeys((*mine, *theirs)) if mine.get(d) != theirs.get(d)]
    if one.on != other.on:
        return ()
    if one.time == other.time and not apart:
        return ()
    if one.time != other.time and apart:
        return None
    if not apart:
        return _between(one, other)
    if len(apart) > 1:
        return None
    return _among(one, mine.get(apart[0], ()), theirs.get(apart[0], ()))


def _between(one: MetricQuery, other: MetricQuery) -> tuple[MetricQuery, ...]:
    a, b = one.time, other.time
    if a is None or b is None:
        span = a or b
        assert span is not None
        before = replace(span, start=datetime(1, 1, 2), end=span.start.replace(hour=0, minute=0)) if not span.fine else None
        if before is None:
            return ()
        early = replace(before, end=_day_before(span.start))
        late = replace(span, start=span.until, end=datetime(9998, 12, 31))
        return tuple(replace(one, time=s) for s in (early, late))
    wide, narrow = (a, b) if a.start <= b.start and a.until >= b.until else (b, a)
    if not (wide.start <= narrow.start and wide.until >= narrow.until) or wide.fine or narrow.fine:
        return ()
    found = []
    if wide.start < narrow.start:
        found.append(replace(wide, end=_day_before(narrow.start)))
    if wide.until > narrow.until:
        found.append(replace(wide, start=narrow.until))
    return tuple(replace(one, time=s) for s in found)


def _day_before(moment: datetime) -> datetime:
    return datetime.fromordinal(max(1, moment.toordinal() - 1))


def _among(one: MetricQuery, mine: tuple[Filter, ...], theirs: tuple[Filter, ...]) -> tuple[MetricQuery, ...] | None:
    """Filters of one dimension: one side has none, or both are lists of members."""
    if len(mine) > 1 or len(theirs) > 1:
        return None
    dimension = (mine or theirs)[0].dimension
    rest = tuple(f for f in one.filters if f.dimension != dimension)
    if not mine or not theirs:
        (only,) = mine or theirs
        negated = negative(only)
        return None if negated is None else (replace(one, filters=(*rest, negated)),)
    a, b = mine[0], theirs[0]
    if {a.op, b.op} <= {"in", "="}:
        wide, narrow = (a, b) if set(a.values) >= set(b.values) else (b, a)
        left = tuple(v for v in wide.values if v not in narrow.values)
        if set(wide.values) >= set(narrow.values) and left:
            return (replace(one, filters=(*rest, Filter(dimension, "in", left))),)
        return ()
    return None


_NEGATIVE = {"in": "not_in", "not_in": "in", "=": "!=", "!=": "=", "is_null": "not_null", "not_null": "is_null"}


def negative(of: Filter) -> Filter | None:
    """The filter that keeps exactly what this one leaves out; None where there is none."""
    op = _NEGATIVE.get(of.op)
    return None if op is None else Filter(of.dimension, op, of.values)


def _by_dimension(filters: tuple[Filter, ...]) -> dict[str, tuple[Filter, ...]]:
    found: dict[str, tuple[Filter, ...]] = {}
    for one in filters:
        found[one.dimension] = (*found.get(one.dimension, ()), one)
    return found
