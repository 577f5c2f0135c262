"""Timeline 患者全流程: what happened to one patient, in lanes on one axis of time, with the waits between measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from duckdb import DuckDBPyConnection

from yishu.journey.looking import Looking, Relations
from yishu.journey.patient import Admitted

LANES: dict[str, str] = {
    "appointment": "visits", "visit": "visits", "stay": "visits", "transfer": "visits", "icu_stay": "visits",
    "prescription": "orders", "medical_order": "orders", "document": "orders", "front_page": "orders", "observation": "orders",
    "lab_sample": "labs", "lab_report": "labs", "critical_value": "labs", "exam": "imaging",
    "dispense": "drugs", "administration": "drugs", "surgery": "surgery", "settlement": "money",
}  # fmt: skip
MOST_MARKS = 3000
MOST_VISITS = 2000


@dataclass(frozen=True, slots=True)
class Contact:
    """A visit or stay 就诊."""

    id: str
    kind: str
    department: str | None
    began: datetime
    ended: datetime | None
    diagnosis: str | None
    events: int


@dataclass(frozen=True, slots=True)
class Happening:
    """An event on the axis 事件; `source`, `source_table` and `source_key` open its source record."""

    event_id: str
    lane: str
    activity: str
    started: datetime | None
    completed: datetime
    contact: str | None
    department: str | None
    resource: str | None
    object_kind: str
    object_id: str
    source: str
    source_table: str | None
    source_key: str


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait 等待 between two steps of one thing (a visit, an examination, a sample)."""

    lane: str
    before: str
    after: str
    since: datetime
    until: datetime
    minutes: float


@dataclass(frozen=True, slots=True)
class Density:
    """How much happened 密度 in a lane in a month."""

    lane: str
    month: str
    events: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """One patient's journey 全流程. Of a long one the marks are those of the contact looked at; `density` shows all."""

    contacts: tuple[Contact, ...]
    shown: str | None
    marks: tuple[Happening, ...]
    waits: tuple[Wait, ...]
    density: tuple[Density, ...]
    events: int
    cut: bool


def timeline(looking: Looking, connection: DuckDBPyConnection, leave: Admitted, contact: str | None = None) -> Timeline:
    """The journey within the scope that `leave` gives; one contact of it where named or where the whole is too long to draw."""
    contacts, density, total = _contacts(looking, connection, leave)
    known = {c.id for c in contacts}
    shown = contact if contact in known else None
    if shown is None and total > MOST_MARKS and contacts:
        shown = contacts[0].id
    marks = _marks(looking, connection, leave, shown)
    return Timeline(contacts, shown, marks[:MOST_MARKS], waits(marks[:MOST_MARKS]), density, total, len(marks) > MOST_MARKS)


def _contacts(looking: Looking, connection: DuckDBPyConnection, leave: Admitted) -> tuple[tuple[Contact, ...], tuple[Density, ...], int]:
    seen = Relations(leave.viewer, looking.tables)
    seen.bind("keys", list(leave.keys))
    counted = connection.execute(
        f"SELECT coalesce(stay_id, visit_id) AS contact, object_kind, strftime(date_trunc('month', completed), '%Y-%m') AS month, count(*) FROM {seen.of('event')} "
        "WHERE list_contains($keys, patient_key) GROUP BY ALL",
        seen.values,
    ).fetchall()
    events: dict[str | None, int] = {}
    months: dict[tuple[str, str], int] = {}
    for which, kind, month, n in counted:
        events[which] = events.get(which, 0) + n
        lane = LANES.get(kind, "orders")
        months[lane, month] = months.get((lane, month), 0) + n
    seen = Relations(leave.viewer, looking.tables)
    seen.bind("keys", list(leave.keys))
    rows = connection.execute(
        "WITH name AS (SELECT department AS code, name FROM " + seen.of("department") + "), "
        f"lain AS (SELECT s.stay_id AS id, '住院' AS kind, s.department, s.admitted_at AS began, s.discharged_at AS ended, f.main_diagnosis_name AS diagnosis FROM {seen.of('stay')} s "
        f"LEFT JOIN {seen.of('front_page')} f ON f.stay_id = s.stay_id WHERE list_contains($keys, s.patient_key) AND s.admitted_at IS NOT NULL), "
        f"came AS (SELECT visit_id, coalesce(visit_class, '门诊'), department, coalesce(registered_at, visit_date::TIMESTAMP), ended_at, diagnosis FROM {seen.of('visit')} "
        "WHERE list_contains($keys, patient_key) AND coalesce(registered_at, visit_date::TIMESTAMP) IS NOT NULL) "
        "SELECT id, kind, coalesce(n.name, department), began, ended, diagnosis FROM (SELECT * FROM lain UNION ALL SELECT * FROM came) c "
        f"LEFT JOIN name n ON n.code = c.department ORDER BY began DESC, id LIMIT {MOST_VISITS}",
        seen.values,
    ).fetchall()
    contacts = tuple(Contact(row[0], row[1], row[2], row[3], row[4], row[5], events.get(row[0], 0)) for row in rows)
    density = tuple(Density(lane, month, n) for (lane, month), n in sorted(months.items()))
    return contacts, density, sum(events.values())


def _marks(looking: Looking, connection: DuckDBPyConnection, leave: Admitted, contact: str | None) -> tuple[Happening, ...]:
    seen = Relations(leave.viewer, looking.tables)
    seen.bind("keys", list(leave.keys))
    only = ""
    if contact is not None:
        seen.bind("contact", contact)
        only = "AND coalesce(e.stay_id, e.visit_id) = $contact"
    rows = connection.execute(
        f"SELECT e.event_id, e.object_kind, e.activity, e.started, e.completed, coalesce(e.stay_id, e.visit_id), coalesce(d.name, e.department), coalesce(s.label, e.resource), "
        f"e.object_id, e.source, e.source_table, e.source_key FROM {seen.of('event')} e LEFT JOIN {seen.of('department')} d ON d.department = e.department "
        f"LEFT JOIN {seen.of('staff')} s ON s.staff = e.resource WHERE list_contains($keys, e.patient_key) {only} "
        f"ORDER BY e.completed, e.place, e.event_id LIMIT {MOST_MARKS + 1}",
        seen.values,
    ).fetchall()
    return tuple(
        Happening(event, LANES.get(kind, "orders"), activity, started, completed, which, department, resource, kind, thing, source, table, key)
        for event, kind, activity, started, completed, which, department, resource, thing, source, table, key in rows
    )


def waits(marks: Iterable[Happening]) -> tuple[Wait, ...]:
    """Between two steps of one thing, from the end of the first to the beginning of the next; marks in order of time."""
    last: dict[tuple[str, str], Happening] = {}
    found = []
    for mark in marks:
        thing = (mark.object_kind, mark.object_id)
        before = last.get(thing)
        begun = mark.started or mark.completed
        if before is not None and mark.object_kind not in ("medical_order", "document", "stay", "icu_stay") and begun > before.completed:
            found.append(Wait(mark.lane, before.activity, mark.activity, before.completed, begun, round((begun - before.completed).total_seconds() / 60, 1)))
        last[thing] = mark
    return tuple(found)


@dataclass(frozen=True, slots=True)
class LabSeries:
    """One laboratory item over the years 检验趋势; points oldest first: (time, value, low, high, flag, source, table, key)."""

    item: str
    label: str
    unit: str | None
    points: tuple[tuple[datetime, float, float | None, float | None, str | None, str, str | None, str], ...]


def labs(looking: Looking, connection: DuckDBPyConnection, leave: Admitted, most: int = 40, points: int = 400) -> tuple[LabSeries, ...]:
    """Trends of the items with most numeric results, each with its reference range."""
    seen = Relations(leave.viewer, looking.tables)
    seen.bind("keys", list(leave.keys))
    rows = connection.execute(
        f"WITH r AS (SELECT coalesce(item, item_name) AS item, item_name, unit, resulted_at, value::DOUBLE AS value, reference_low::DOUBLE AS low, reference_high::DOUBLE AS high, flag, "
        f"source, source_table, source_key, result_id FROM {seen.of('lab_result')} WHERE list_contains($keys, patient_key) AND value IS NOT NULL AND resulted_at IS NOT NULL), "
        f"often AS (SELECT item, count(*) AS n FROM r GROUP BY item ORDER BY n DESC, item LIMIT {most}) "
        "SELECT r.item, coalesce(r.item_name, r.item), r.unit, r.resulted_at, r.value, r.low, r.high, r.flag, r.source, r.source_table, r.source_key FROM r JOIN often o ON o.item = r.item "
        f"QUALIFY row_number() OVER (PARTITION BY r.item ORDER BY r.resulted_at DESC, r.result_id) <= {points} ORDER BY o.n DESC, r.item, r.resulted_at, r.result_id",
        seen.values,
    ).fetchall()
    found: dict[str, list[tuple[object, ...]]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return tuple(LabSeries(item, str(listed[-1][1]), listed[-1][2], tuple(row[3:] for row in listed)) for item, listed in found.items())  # type: ignore[misc, arg-type]
