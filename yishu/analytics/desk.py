"""Desk 案头: all a board is made from. Every figure is asked as a MetricQuery; rows are read through `security.scope`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from duckdb import DuckDBPyConnection

from yishu import hospital, metrics
from yishu.kernel import Clock, InputError, NotPermitted
from yishu.security import Viewer

Query = Mapping[str, object]
Number = float | int | None
Made = TypeVar("Made")
AT_ONCE = 2
"""Questions of one board under way together: while the engine works on one, the next is written; more would keep others waiting."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A number and the door 凭据入口 behind it: the query and the cell."""

    value: Number
    query: Query | None = None
    cell: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """An answer 答案 read by column name."""

    answer: metrics.Answer

    def at(self, column: str) -> int | None:
        """Where a column stands."""
        return next((place for place, known in enumerate(self.answer.columns) if known.id == column), None)

    def value(self, column: str, row: int = 0) -> Number:
        """A number of a row, None where there is none."""
        place = self.at(column)
        if place is None or row >= len(self.answer.rows):
            return None
        found = self.answer.rows[row][place]
        return found if isinstance(found, (int, float)) and not isinstance(found, bool) else None

    def series(self, dimension: str, column: str) -> dict[str, Number]:
        """Member → number."""
        place = self.at(dimension)
        if place is None:
            return {}
        return {str(row[place]): self.value(column, at) for at, row in enumerate(self.answer.rows)}


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk 案头 of one viewer: who looks, at what hospital, by which clock; `within` narrows every question."""

    viewer: Viewer
    centre: metrics.Centre
    model: hospital.Model
    profile: hospital.HospitalProfile
    clock: Clock
    ask: Callable[[metrics.MetricQuery], metrics.Answer]
    reading: Callable[[], AbstractContextManager[DuckDBPyConnection]]
    within: tuple[Mapping[str, object], ...] = ()

    def narrowed(self, dimension: str, value: str) -> Desk:
        """The same desk for one member of a dimension."""
        return replace(self, within=(*self.within, {"dimension": dimension, "op": "in", "values": [value]}))

    def knows(self, metric: str) -> bool:
        """Whether the hospital has this metric and may ask it within these filters."""
        if metric not in self.centre.by_id:
            return False
        allowed = self.centre.allowed(self.centre.metric(metric))
        return all(narrow["dimension"] in allowed for narrow in self.within)

    def query(self, names: Iterable[str], start: date | None = None, end: date | None = None, **more: object) -> dict[str, object]:
        """A question within this desk's filters."""
        asked: dict[str, object] = {"metrics": list(names)}
        if start is not None and end is not None:
            asked["time"] = {"start": start.isoformat(), "end": end.isoformat()}
        if self.within:
            asked["filters"] = [dict(narrow) for narrow in self.within]
        return asked | more

    def answer(self, query: Query) -> Table:
        """Ask one question."""
        return Table(self.ask(metrics.MetricQuery.parse(dict(query))))

    def answers(self, names: Iterable[str], start: date | None, end: date | None, **more: object) -> dict[str, Table]:
        """Ask several metrics at once; those refused are left out, comparisons that cannot be made are dropped."""
        known = [name for name in names if self.knows(name)]
        if not known:
            return {}
        try:
            table = self.answer(self.query(known, start, end, **more))
            return dict.fromkeys(known, table)
        except (InputError, NotPermitted):
            pass
        found: dict[str, Table] = {}
        for name in known:
            for words in (more, {word: given for word, given in more.items() if word != "compare"}):
                try:
                    found[name] = self.answer(self.query([name], start, end, **words))
                    break
                except (InputError, NotPermitted):
                    continue
        return found

    def together(self, *works: Callable[[], Made]) -> list[Made]:
        """What each of several independent works 同时问 gives, in their order; the first error is raised."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="board") as pool:
            return list(pool.map(lambda work: work(), works))

    def spot(self, name: str, start: date | None, end: date | None, value: Number) -> Spot:
        """A number with its door."""
        return Spot(value, self.query([name], start, end), {"metric": name, "member": {}})


def last_complete_day(desk: Desk, through: datetime | None) -> date:
    """The day 所说之日 the cards speak of: yesterday, or the last day that the data holds whole."""
    yesterday = desk.clock().date() - timedelta(days=1)
    with desk.reading() as connection:
        row = connection.execute("SELECT max(applied_at) FROM wh.quality.applied").fetchone()
    loaded: datetime | None = row[0] if row else None
    days = [yesterday]
    if loaded is not None:
        days.append(loaded.date() - timedelta(days=1))
    if through is not None:
        days.append(through.date())
    return min(days)
