"""One small hospital and its questions, answered in plain Python; each engine must say the same."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.needs import ROOT
from yishu.metrics.graph_plan import GraphQuery, item
from yishu.metrics.metricflow import Manifest, filters, manifest

FIRST = date(2025, 1, 20)
DAYS = 50
MANIFEST = ROOT / "tests" / "golden" / "manifest"
Row = dict[str, Any]
Told = dict[tuple[Any, ...], Any]


def rows(seed: int = 5) -> dict[str, list[Row]]:
    """Bookings, visits, departments, campuses, wards with changing heads, a calendar."""
    r = random.Random(seed)
    days = [FIRST + timedelta(days=i) for i in range(DAYS)]
    calendar = [{"day": FIRST + timedelta(days=i - 40), "ten_days": FIRST + timedelta(days=(i - 40) // 10 * 10)} for i in range(160)]
    departments = [
        {"department_code": "D1", "kind": "内科", "campus_code": "C1"},
        {"department_code": "D2", "kind": "外科", "campus_code": "C2"},
        {"department_code": "D3", "kind": None, "campus_code": None},
    ]
    campuses = [{"campus_code": "C1", "city": "北京"}, {"campus_code": "C2", "city": "上海"}]
    wards = [
        {"ward_code": "W1", "opened": days[0], "closed": days[20], "head": "王磊"},
        {"ward_code": "W1", "opened": days[20], "closed": None, "head": "李娜"},
        {"ward_code": "W2", "opened": days[10], "closed": days[30], "head": "陈静"},
    ]
    patients = [f"P{i}" for i in range(9)]
    bookings = [
        {"patient_key": r.choice(patients), "department_code": r.choice(["D1", "D2", "D3", None]), "booked_on": r.choice(days), "channel": r.choice(["微信", "窗口"])}
        for _ in range(40)
    ]
    visits = [
        {
            "patient_key": r.choice([*patients, None]), "department_code": r.choice(["D1", "D2", "D3", "D9", None]), "ward_code": r.choice(["W1", "W2", None]),
            "seen_on": r.choice(days), "amount": r.choice([None, 5, 10, 10, 35, 80, -20]), "first_visit": r.choice([True, False, None]),
        }
        for _ in range(70)
    ]  # fmt: skip
    return {"bookings": bookings, "visits": visits, "departments": departments, "campuses": campuses, "wards": wards, "calendar": calendar}


def written(folder: Path) -> list[Path]:
    """The tables as Parquet files."""
    files = []
    for name, listed in rows().items():
        columns = {k: [_stamp(row[k]) for row in listed] for k in listed[0]}
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
        files.append(folder / f"{name}.parquet")
    return files


def _stamp(cell: Any) -> Any:
    return datetime(cell.year, cell.month, cell.day) if isinstance(cell, date) else cell


@dataclass(frozen=True)
class Question:
    """A question 问题 and its answer by key."""

    name: str
    query: GraphQuery
    answer: Callable[[dict[str, list[Row]]], Told]


@cache
def imported() -> Manifest:
    """The manifest of these tables."""
    return manifest(MANIFEST)


def asked(metrics: list[str], by: list[str], where: str | None = None, **more: Any) -> GraphQuery:
    """A question over the manifest."""
    graph = imported().graph
    return GraphQuery(tuple(metrics), tuple(item(n, graph) for n in by), filters(where), **more)


def grouped(listed: list[Row], key: Callable[[Row], tuple[Any, ...]], worth: Callable[[list[Row]], Any]) -> Told:
    """Rows grouped by hand."""
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in listed:
        found[key(row)].append(row)
    return {k: worth(v) for k, v in found.items()}


def total(listed: list[Row]) -> Any:
    told = [r["amount"] for r in listed if r["amount"] is not None]
    return sum(told) if told else None


def people(listed: list[Row]) -> int:
    return len({r["patient_key"] for r in listed} - {None})


def monday(d: date) -> date:
    return d - timedelta(days=d.weekday())


def month(d: date) -> date:
    return d.replace(day=1)


def cities(h: dict[str, list[Row]]) -> dict[Any, Any]:
    campus = {c["campus_code"]: c["city"] for c in h["campuses"]}
    return {d["department_code"]: campus.get(d["campus_code"]) for d in h["departments"]}


def head(h: dict[str, list[Row]], v: Row) -> Any:
    for w in h["wards"]:
        if w["ward_code"] == v["ward_code"] and w["opened"] <= v["seen_on"] and (w["closed"] is None or v["seen_on"] < w["closed"]):
            return w["head"]
    return None


def rolling(h: dict[str, list[Row]]) -> Told:
    found = {}
    for c in h["calendar"]:
        inside = [v for v in h["visits"] if c["day"] - timedelta(days=7) < v["seen_on"] <= c["day"]]
        if inside:
            found[(c["day"],)] = people(inside)
    return found


def to_date(h: dict[str, list[Row]]) -> Told:
    found = {}
    for c in h["calendar"]:
        inside = [v for v in h["visits"] if month(c["day"]) <= v["seen_on"] <= c["day"]]
        if inside:
            found[(c["day"],)] = total(inside)
    return found


def change(h: dict[str, list[Row]]) -> Told:
    now = grouped(h["visits"], lambda v: (v["seen_on"],), len)
    known = {c["day"] for c in h["calendar"]}
    before = {(d + timedelta(days=7),): n for (d,), n in now.items() if d + timedelta(days=7) in known}
    return {k: None if k not in now or k not in before else now[k] - before[k] for k in {*now, *before}}


def converted(h: dict[str, list[Row]]) -> Told:
    done: dict[Any, int] = defaultdict(int)
    for v in h["visits"]:
        near = [b for b in h["bookings"] if b["patient_key"] == v["patient_key"] and v["seen_on"] - timedelta(days=5) < b["booked_on"] <= v["seen_on"]]
        if near:
            done[max(b["booked_on"] for b in near)] += 1
    base = grouped(h["bookings"], lambda b: (b["booked_on"],), len)
    return {k: Fraction(done[k[0]], n) if done[k[0]] else None for k, n in base.items()}


def last_paid(h: dict[str, list[Row]]) -> Told:
    by: dict[Any, list[Row]] = defaultdict(list)
    for v in h["visits"]:
        by[month(v["seen_on"])].append(v)
    return {(m,): total([v for v in listed if v["seen_on"] == max(x["seen_on"] for x in listed)]) for m, listed in by.items()}


def high(listed: list[Row]) -> Any:
    told = sorted(r["amount"] for r in listed if r["amount"] is not None)
    return told[max(0, -(-9 * len(told) // 10) - 1)] if told else None


def ratio(top: Any, bottom: Any) -> Any:
    return None if top is None or not bottom else Fraction(top) / Fraction(bottom)


def middle(listed: list[Row]) -> Any:
    told = [r["amount"] for r in listed if r["amount"] is not None]
    return median(told) if told else None


def busy(h: dict[str, list[Row]]) -> Told:
    many = {k[0] for k, n in grouped(list(h["visits"]), lambda v: (v["department_code"],), len).items() if n > 12 and k[0] is not None}
    return {(): total([v for v in h["visits"] if v["department_code"] in many])}


QUESTIONS = (
    Question("weeks", asked(["seen"], ["metric_time__week"]), lambda h: grouped(h["visits"], lambda v: (monday(v["seen_on"]),), len)),
    Question("weekdays", asked(["people"], ["metric_time__extract_dow"]), lambda h: grouped(h["visits"], lambda v: (v["seen_on"].isoweekday(),), people)),
    Question("two hops", asked(["paid"], ["department__campus__city"]), lambda h: grouped(h["visits"], lambda v: (cities(h).get(v["department_code"]),), total)),
    Question("as it was then", asked(["seen"], ["ward__head"]), lambda h: grouped(h["visits"], lambda v: (head(h, v),), len)),
    Question("own ten days", asked(["seen"], ["metric_time__ten_days"]), lambda h: grouped(h["visits"], lambda v: (next(c["ten_days"] for c in h["calendar"] if c["day"] == v["seen_on"]),), len)),
    Question("median", asked(["median_paid"], ["visit__first_visit"]), lambda h: grouped(h["visits"], lambda v: (v["first_visit"],), middle)),
    Question("discrete percentile", asked(["high_paid"], ["metric_time__month"]), lambda h: grouped(h["visits"], lambda v: (month(v["seen_on"]),), high)),
    Question("last of the month", asked(["last_paid"], ["metric_time__month"]), last_paid),
    Question("every day", asked(["seen_every_day"], ["metric_time__day"]), lambda h: {(c["day"],): sum(v["seen_on"] == c["day"] for v in h["visits"]) for c in h["calendar"]}),
    Question("rolling people", asked(["people_7_days"], ["metric_time__day"]), rolling),
    Question("month to date", asked(["paid_month_to_date"], ["metric_time__day"]), to_date),
    Question("per visit", asked(["paid_per_visit"], []), lambda h: {(): ratio(total(h["visits"]), len(h["visits"]))}),
    Question("share of first", asked(["first_share"], ["department__kind"]), lambda h: grouped(
        h["visits"], lambda v: ({d["department_code"]: d["kind"] for d in h["departments"]}.get(v["department_code"]),),
        lambda listed: ratio(sum(v["first_visit"] is True for v in listed) or None, len(listed)))),
    Question("change", asked(["seen_change"], ["metric_time__day"]), change),
    Question("booked then seen", asked(["booked_then_seen"], ["metric_time__day"]), converted),
    Question("only busy departments", asked(["busy_departments_paid"], []), busy),
    Question("not or null", asked(["seen"], [], "NOT {{ Dimension('visit__first_visit') }} OR {{ Dimension('visit__first_visit') }} IS NULL"),
             lambda h: {(): sum(v["first_visit"] is not True for v in h["visits"])}),
    Question("a span", asked(["paid"], ["metric_time__month"], time=(datetime(2025, 2, 10), datetime(2025, 2, 12))),
             lambda h: {(month(date(2025, 2, 1)),): total([v for v in h["visits"] if month(v["seen_on"]) == date(2025, 2, 1)])}),
)  # fmt: skip


def same(told: list[tuple[Any, ...]], expected: Told, width: int) -> str:
    """Why rows are not the expected ones; empty where they are."""
    mine = {tuple(_plain(c) for c in row[:width]): row[width] for row in told}
    wanted = {tuple(_plain(c) for c in k): v for k, v in expected.items()}
    if len(mine) != len(told) or set(mine) != set(wanted):
        return f"keys {sorted(map(str, set(mine) ^ set(wanted)))[:6]}"
    for key, worth in wanted.items():
        got = mine[key]
        if (got is None) != (worth is None) or (worth is not None and abs(float(got) - float(worth)) > 1e-9 * max(1.0, abs(float(worth)))):
            return f"{key}: {got} for {worth}"
    return ""


def _plain(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)
    return int(cell) if isinstance(cell, (int, float)) and not isinstance(cell, bool) else cell if not hasattr(cell, "to_integral_value") else int(cell)
