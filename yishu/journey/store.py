"""Store 取数: the events of a cohort as this viewer may see them. All SQL of the process map."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from yishu.journey.cohort import Cohort
from yishu.journey.looking import Looking, Relations
from yishu.journey.process import UNKNOWN, Steps, steps_of
from yishu.security import system_viewer

CASE_OF = {"stay": "stay_id", "visit": "visit_id"}
ORDER = "completed, place, tie"
"""Events of one moment: the order of the rules, then a fixed order of their ids."""


def _cases(cohort: Cohort, seen: Relations) -> str:
    """SELECT no, id, patient_key, began: the cases of the cohort, numbered."""
    stay = cohort.unit == "stay"
    began = "admitted_at" if stay else "visit_date"
    where = ["t.status IS DISTINCT FROM '取消'" if stay else "t.status IS DISTINCT FROM '退号'", f"t.{began} IS NOT NULL"]
    if cohort.departments:
        where.append(f"list_contains({seen.bind('departments', list(cohort.departments))}, t.department)")
    if cohort.gender:
        where.append(f"t.gender = {seen.bind('gender', cohort.gender)}")
    if cohort.age_min is not None:
        where.append(f"t.age_years >= {seen.bind('age_min', cohort.age_min)}")
    if cohort.age_max is not None:
        where.append(f"t.age_years <= {seen.bind('age_max', cohort.age_max)}")
    if cohort.start:
        where.append(f"t.{began} >= {seen.bind('start', cohort.start)}::DATE")
    if cohort.until:
        where.append(f"t.{began} < {seen.bind('until', cohort.until)}::DATE")
    if cohort.visit_class and not stay:
        where.append(f"t.visit_class = {seen.bind('visit_class', cohort.visit_class)}")
    if cohort.diagnosis:
        told = seen.bind("diagnosis", cohort.diagnosis)
        if stay:
            where.append(
                f"(t.stay_id IN (SELECT stay_id FROM {seen.of('diagnosis')} WHERE contains(name, {told}) OR starts_with(code, {told})) "
                f"OR t.stay_id IN (SELECT stay_id FROM {seen.of('front_page')} WHERE contains(main_diagnosis_name, {told}) OR starts_with(main_diagnosis_code, {told})))"
            )
        else:
            where.append(f"(contains(t.diagnosis, {told}) OR starts_with(t.diagnosis_code, {told}))")
    table, key = cohort.unit, CASE_OF[cohort.unit]
    return f"SELECT (row_number() OVER (ORDER BY t.{key}) - 1)::INTEGER AS no, t.{key} AS id, t.patient_key, t.{began}::TIMESTAMP AS began FROM {seen.of(table)} t WHERE {' AND '.join(where)}"


def _events(cohort: Cohort, seen: Relations, columns: str) -> str:
    """A statement's head: CTEs `chosen` (the cases) and `kept` (their events)."""
    key = CASE_OF[cohort.unit]
    also = "" if cohort.unit == "stay" else " AND e.stay_id IS NULL"
    limits = [f"no IN (SELECT no FROM happened WHERE activity = {seen.bind(f'passed{n}', a)})" for n, a in enumerate(cohort.passed)]
    limits += [f"no NOT IN (SELECT no FROM happened WHERE activity = {seen.bind(f'without{n}', a)})" for n, a in enumerate(cohort.without)]
    if cohort.only:
        limits.append(f"list_contains({seen.bind('only', list(cohort.only))}, activity)")
    where = f" WHERE {' AND '.join(limits)}" if limits else ""
    materialized = " AS MATERIALIZED " if limits else " AS "
    return (
        f"WITH chosen AS MATERIALIZED ({_cases(cohort, seen)}), "
        f"happened{materialized}(SELECT c.no, c.id AS case_id, {columns} FROM {seen.of('event')} e JOIN chosen c ON e.{key} = c.id{also} WHERE e.completed IS NOT NULL), "
        f"kept AS (SELECT * FROM happened{where}) "
    )


def steps(looking: Looking, connection: DuckDBPyConnection, cohort: Cohort) -> Steps:
    """The events of a cohort as columns of numbers, ties in their order."""
    seen = Relations(looking.viewer, looking.tables)
    head = _events(cohort, seen, "e.activity, e.started, e.completed, e.place, hash(e.event_id) AS tie")
    table = connection.execute(
        f"{head} SELECT no, activity, epoch_us(started) AS started, epoch_us(completed) AS completed FROM kept ORDER BY no, {ORDER}", seen.values
    ).to_arrow_table()
    if not table.num_rows:
        nothing = np.zeros(0, np.int64)
        return steps_of(nothing, nothing, nothing, nothing, ())
    activity = pc.dictionary_encode(table.column("activity")).combine_chunks()
    return steps_of(
        table.column("no").to_numpy().astype(np.int64),
        activity.indices.to_numpy().astype(np.int64),
        pc.fill_null(table.column("started"), UNKNOWN).to_numpy(),
        table.column("completed").to_numpy(),
        activity.dictionary.to_pylist(),
    )


@dataclass(frozen=True, slots=True)
class End:
    """One end of a walked edge: the event and the source row it comes from."""

    event_id: str
    started: datetime | None
    completed: datetime
    department: str | None
    resource: str | None
    source: str
    source_table: str | None
    source_key: str


@dataclass(frozen=True, slots=True)
class Walk:
    """An edge walked once 一次经过: the case, whose it is, both ends, the wait in minutes."""

    case: str
    person: int | None
    before: End
    after: End
    wait_minutes: float


@dataclass(frozen=True, slots=True)
class EdgeRows:
    """What stands behind an edge 边的凭据: one row a time it was walked."""

    rows: tuple[Walk, ...]
    total: int


_END = ("event_id", "started", "completed", "department", "resource", "source", "source_table", "source_key")


def edge_rows(looking: Looking, connection: DuckDBPyConnection, cohort: Cohort, before: str, after: str, offset: int, limit: int) -> EdgeRows:
    """The walks along one edge, longest wait first."""
    seen = Relations(looking.viewer, looking.tables)
    head = _events(cohort, seen, f"e.patient_key, e.activity, {', '.join(f'e.{c}' for c in _END)}, e.place, hash(e.event_id) AS tie")
    ahead = ", ".join(f"lead({c}) OVER line AS next_{c}" for c in ("activity", *_END))
    shown = ", ".join((*(f"w.{c}" for c in _END), *(f"w.next_{c}" for c in _END)))
    people = Relations(system_viewer("journey.person"), looking.tables)
    people.values = seen.values
    for name, value in (("before", before), ("after", after), ("offset", offset), ("limit", limit)):
        seen.bind(name, value)
    rows = connection.execute(
        f"{head}, walked AS (SELECT *, {ahead} FROM kept WINDOW line AS (PARTITION BY no ORDER BY {ORDER})) "
        f"SELECT w.case_id, coalesce(p.person_id, w.patient_key), {shown}, (epoch(coalesce(next_started, next_completed)) - epoch(completed)) / 60 AS waited, count(*) OVER () "
        f"FROM walked w LEFT JOIN {people.of('patient')} p ON p.patient_key = w.patient_key WHERE w.activity = $before AND w.next_activity = $after "
        "ORDER BY waited DESC, w.event_id LIMIT $limit OFFSET $offset",
        seen.values,
    ).fetchall()
    size = len(_END)
    walks = tuple(Walk(row[0], row[1], End(*row[2 : 2 + size]), End(*row[2 + size : 2 + 2 * size]), row[-2]) for row in rows)
    return EdgeRows(walks, int(rows[0][-1]) if rows else 0)


@dataclass(frozen=True, slots=True)
class ResourceLoad:
    """How busy a resource is 资源负荷 at an activity."""

    activity: str
    resource: str
    events: int
    cases: int
    median_minutes: float | None


def resources(looking: Looking, connection: DuckDBPyConnection, cohort: Cohort, most: int = 60) -> tuple[ResourceLoad, ...]:
    """The busiest resources: doctors by their label, instruments, rooms, windows."""
    seen = Relations(looking.viewer, looking.tables)
    head = _events(cohort, seen, "e.activity, e.resource, e.started, e.completed")
    seen.bind("most", most)
    rows = connection.execute(
        f"{head}, busy AS (SELECT activity, resource, count(*) AS n, count(DISTINCT no) AS cases, median(epoch(completed) - epoch(started)) / 60 AS took "
        "FROM kept WHERE resource IS NOT NULL GROUP BY ALL) "
        f"SELECT b.activity, coalesce(s.label, b.resource), b.n, b.cases, b.took FROM busy b LEFT JOIN {seen.of('staff')} s ON s.staff = b.resource "
        "ORDER BY b.n DESC, 1, 2 LIMIT $most",
        seen.values,
    ).fetchall()
    return tuple(ResourceLoad(*row) for row in rows)


def violations(looking: Looking, connection: DuckDBPyConnection, cohort: Cohort, numbers: list[int]) -> dict[int, tuple[str, int]]:
    """Case ids and patient keys of case numbers of this cohort."""
    seen = Relations(looking.viewer, looking.tables)
    inner = _cases(cohort, seen)
    seen.bind("numbers", numbers)
    rows = connection.execute(f"SELECT no, id, patient_key FROM ({inner}) WHERE list_contains($numbers, no)", seen.values).fetchall()
    return {no: (case, patient) for no, case, patient in rows}
