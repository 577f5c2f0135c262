"""A brute-force oracle 对照 in plain Python: lists, loops and fractions; shares no code with the compiler."""

from __future__ import annotations

import calendar
import itertools
from collections.abc import Callable
from datetime import date, datetime, timedelta
from fractions import Fraction
from statistics import median

Row = dict[str, object]
Rows = dict[str, list[Row]]
NAMES = {"D0403": "骨科", "D0301": "心血管内科", "D0401": "普通外科", "D1000": "儿科"}
GROUPS = {"D0403": "外科", "D0301": "内科", "D0401": "外科", "D1000": "儿科"}
WARD_NAMES = {"W1": "骨科一病区", "W2": "心内科一病区", "W3": "普外科一病区"}
CAMPUS_NAMES = {"HQ": "总院", "EAST": "东院区"}
DOCTORS = {"S1": "王磊(骨科)", "S2": "李娜(心血管内科)", "S3": "王磊(普通外科)", "S4": "陈静(儿科)"}
DRUG_NAMES = {"M1": "阿司匹林", "M2": "头孢曲松", "M3": "头孢曲松"}
Test = Callable[[Row], bool]
Number = Callable[[Row], object]


def wait(r: Row) -> float | None:
    a, b = r["checked_in_at"], r["started_at"]
    return (b - a).total_seconds() if isinstance(a, datetime) and isinstance(b, datetime) else None


def paid(r: Row) -> bool:
    return r["patient_class"] in ("门急诊", "住院")


def waited(r: Row) -> bool:
    seconds = wait(r)
    return r["visit_class"] == "门诊" and r["status"] == "已就诊" and seconds is not None and 0 <= seconds <= 28800


def col(name: str) -> Number:
    return lambda r: r.get(name)


def one(_: Row) -> object:
    return 1


def out(r: Row) -> bool:
    return r["status"] == "出院"


def alive(r: Row) -> bool:
    return out(r) and r["page"].get("disposition") != "死亡"  # type: ignore[attr-defined]


Part = tuple[str, str, Test, Number, dict[str, Callable[[Row], object]]]


def part(table: str, time: str, test: Test, number: Number = one, **dims: Callable[[Row], object]) -> Part:
    return (table, time, test, number, dims)


def of_stay(name: str) -> Callable[[Row], object]:
    return lambda r: r["stay"].get(name)  # type: ignore[attr-defined]


ALWAYS: Test = lambda r: True  # noqa: E731
METRICS: dict[str, tuple[Part, Part | None, int, frozenset[str]]] = {
    "outpatient_visits": (part("visit", "visit_date", lambda r: r["visit_class"] == "门诊" and r["status"] == "已就诊"), None, 1, frozenset()),
    "emergency_visits": (part("visit", "visit_date", lambda r: r["visit_class"] == "急诊" and r["status"] == "已就诊"), None, 1, frozenset()),
    "admissions": (part("stay", "admitted_at", lambda r: r["status"] in ("在院", "出院"), department=col("admit_department"), ward=col("admit_ward")), None, 1, frozenset()),
    "discharges": (part("stay", "discharged_at", out), None, 1, frozenset()),
    "avg_length_of_stay": (part("stay", "discharged_at", out, col("length_of_stay")), part("stay", "discharged_at", out), 1, frozenset()),
    "bed_occupancy_rate": (
        part("bed_day", "date", ALWAYS, lambda r: r["occupied_beds"] + (r["same_day_stays"] or 0)),  # type: ignore[operator]
        part("bed_day", "date", ALWAYS, col("open_beds")), 100, frozenset()),
    "bed_turnover": (part("stay", "discharged_at", out), part("bed_day", "date", ALWAYS, col("open_beds")), 1, frozenset()),
    "revenue": (part("charge", "charged_at", paid, col("amount")), None, 1, frozenset()),
    "drug_cost_ratio": (part("charge", "charged_at", lambda r: paid(r) and r["fin_category"] in ("西药", "中成药"), col("amount")), part("charge", "charged_at", paid, col("amount")), 100, frozenset({"drug"})),
    "consumable_ratio": (part("charge", "charged_at", lambda r: paid(r) and r["fin_category"] == "卫生材料", col("amount")), part("charge", "charged_at", paid, col("amount")), 100, frozenset()),
    "avg_outpatient_cost": (
        part("charge", "charged_at", lambda r: r["patient_class"] == "门急诊", col("amount"), department=col("visit_department")),
        part("visit", "visit_date", lambda r: r["visit_class"] in ("门诊", "急诊") and r["status"] == "已就诊"), 1, frozenset()),
    "avg_inpatient_cost": (part("front_page", "discharged_at", ALWAYS, col("total_cost")), part("front_page", "discharged_at", ALWAYS), 1, frozenset()),
    "surgeries": (part("surgery", "started_at", lambda r: r["status"] == "完成", department=col("surgeon_department")), None, 1, frozenset()),
    "grade4_surgery_ratio": (part("front_page", "discharged_at", lambda r: r["operated"] is True and r["surgery_level"] == "四级"), part("front_page", "discharged_at", lambda r: r["operated"] is True), 100, frozenset()),
    "mortality_rate": (part("front_page", "discharged_at", lambda r: r["disposition"] == "死亡"), part("front_page", "discharged_at", ALWAYS), 100, frozenset()),
    "readmission_rate_31d": (part("stay", "discharged_at", lambda r: alive(r) and r["readmitted_31d"] is True), part("stay", "discharged_at", alive), 100, frozenset()),
    "lab_tat_minutes": (part("lab_report", "published_at", lambda r: r["version"] == 1 and r["turnaround_minutes"] is not None, col("turnaround_minutes")), None, 1, frozenset()),
    "imaging_exams": (part("exam", "done_at", lambda r: r["status"] == "已完成"), None, 1, frozenset()),
    "wait_minutes": (part("visit", "visit_date", waited, lambda r: Fraction(int(wait(r) or 0), 60)), part("visit", "visit_date", waited), 1, frozenset()),
    "antibiotic_ddd": (
        part("dispense", "dispensed_at", lambda r: r["antibacterial"] is True and r["discharge_medication"] is not True, col("ddds"),
             department=of_stay("department"), ward=of_stay("ward"), doctor=of_stay("doctor"), campus=of_stay("campus")),
        part("stay", "discharged_at", out, col("length_of_stay")), 100, frozenset({"drug"})),
    "stock_value": (part("stock_day", "date", lambda r: r["drug"] is not None, col("cost")), None, 1, frozenset()),
    "satisfaction": (part("survey", "answered_at", lambda r: r["valid"] is True, col("score")), part("survey", "answered_at", lambda r: r["valid"] is True), 1, frozenset()),
    "no_show_rate": (part("appointment", "slot_at", lambda r: r["status"] == "爽约"), part("appointment", "slot_at", lambda r: r["status"] in ("爽约", "已就诊")), 100, frozenset()),
    "critical_value_timely_rate": (
        part("critical_value", "found_at", lambda r: r["handling_minutes"] is not None and r["handling_minutes"] <= 30),  # type: ignore[operator]
        part("critical_value", "found_at", lambda r: r["handled_at"] is not None or r["notified_at"] is None or r["notified_at"] <= datetime(2025, 7, 15, 8, 0)),  # type: ignore[operator]
        100, frozenset()),
    "cmi": (part("drg_case", "discharged_at", lambda r: r["status"] == "入组", col("weight")), part("drg_case", "discharged_at", lambda r: r["status"] == "入组"), 1, frozenset()),
}  # fmt: skip
SAME_WHERE = {"avg_length_of_stay", "bed_occupancy_rate", "avg_inpatient_cost", "wait_minutes", "satisfaction", "cmi"}


class Oracle:
    """Answers by looping 逐行计算."""

    def __init__(self, rows: Rows, now: datetime) -> None:
        self.rows, self.now = rows, now
        pages = {r["stay_id"]: r for r in rows["front_page"]}
        stays = {r["stay_id"]: r for r in rows["stay"]}
        for stay in rows["stay"]:
            stay["page"] = pages.get(stay["stay_id"], {})
        for dose in rows["dispense"]:
            dose["stay"] = stays.get(dose["stay_id"], {})
        self.snapshot_days = sorted({r["date"] for r in rows["stock_day"]})  # type: ignore[type-var]
        self.bed_days = sorted({r["date"] for r in rows["bed_day"]})  # type: ignore[type-var]

    def dimension(self, name: str, row: Row, p: Part) -> object:
        special = p[4].get("department" if name == "department_group" else name)
        if name in ("department", "department_group"):
            key = special(row) if special else row.get("department")
            return None if key is None else (NAMES if name == "department" else GROUPS)[str(key)]
        names = {
            "ward": WARD_NAMES,
            "campus": CAMPUS_NAMES,
            "doctor": DOCTORS,
            "drug": DRUG_NAMES,
            "exec_department": NAMES,
        }
        if name in names:
            key = special(row) if special else row.get(name)
            return None if key is None else names[name][str(key)]
        if name == "age_group":
            age = row.get("age_years")
            if not isinstance(age, int):
                return None
            return (
                "0-14岁"
                if age <= 14
                else "15-44岁"
                if age <= 44
                else "45-59岁"
                if age <= 59
                else "60-74岁"
                if age <= 74
                else "75岁及以上"
            )
        if name == "diagnosis":
            if p[0] == "stay":
                return row["page"].get("main_diagnosis")  # type: ignore[attr-defined]
            return row.get("main_diagnosis" if p[0] in ("front_page", "drg_case") else "diagnosis")
        if name == "surgery_level" and p[0] == "stay":
            return row["page"].get("surgery_level")  # type: ignore[attr-defined]
        return row.get(name)

    def day(self, row: Row, p: Part) -> date | None:
        moment = row.get(p[1])
        return moment.date() if isinstance(moment, datetime) else moment  # type: ignore[return-value]

    def bucket(self, name: str, row: Row, p: Part) -> str:
        d = self.day(row, p)
        assert d is not None
        if name == "weekday":
            return str(d.weekday() + 1)
        if name == "hour":
            clock = row.get("started_at") if p[0] == "visit" else row[p[1]]
            return str(clock.hour)  # type: ignore[union-attr]
        return grain_member(name, d)

    def rows_of(
        self,
        p: Part,
        lower: date | None,
        upper: date | None,
        filters: list[tuple[str, str, list[object]]],
        ignored: frozenset[str],
        tested: bool = True,
    ) -> list[Row]:
        found = []
        for row in self.rows[p[0]]:
            d = self.day(row, p)
            if d is None or (lower and d < lower) or (upper and d > upper) or (tested and not p[2](row)):
                continue
            if all(passes(self.member(f[0], row, p), f) for f in filters if f[0] not in ignored):
                found.append(row)
        return found

    def member(self, name: str, row: Row, p: Part) -> object:
        return self.bucket(name, row, p) if name in GRAINS else self.dimension(name, row, p)

    def keys(
        self,
        metric: str,
        dims: list[str],
        lower: date | None,
        upper: date | None,
        filters: list[tuple[str, str, list[object]]],
    ) -> set[tuple[object, ...]]:
        top, bottom, _, ignores = METRICS[metric]
        found: set[tuple[object, ...]] = set()
        for side, p in (("n", top), ("d", bottom)):
            if p is None or (side == "d" and any(d in ignores for d in dims)):
                continue
            rows = self.rows_of(p, lower, upper, filters, ignores if side == "d" else frozenset())
            if metric == "stock_value":
                rows = self.last_of(dims, rows, lower, upper, filters, p)
            found |= {tuple(self.member(d, r, p) for d in dims) for r in rows}
        return found

    def last_of(
        self,
        dims: list[str],
        rows: list[Row],
        lower: date | None,
        upper: date | None,
        filters: list[tuple[str, str, list[object]]],
        p: Part,
    ) -> list[Row]:
        times = [d for d in dims if d in GRAINS]
        timed = [f for f in filters if f[0] in GRAINS]
        best: dict[tuple[object, ...], date] = {}
        for d in self.snapshot_days:
            row: Row = {"date": d}
            if (
                (lower and d < lower)
                or (upper and d > upper)
                or not all(passes(self.member(f[0], row, p), f) for f in timed)
            ):  # type: ignore[operator]
                continue
            best[tuple(self.member(t, row, p) for t in times)] = d  # type: ignore[assignment]
        return [r for r in rows if best.get(tuple(self.member(t, r, p) for t in times)) == r["date"]]

    def value(
        self,
        metric: str,
        dims: list[str],
        key: tuple[object, ...],
        lower: date | None,
        upper: date | None,
        filters: list[tuple[str, str, list[object]]],
    ) -> Fraction | None:
        top, bottom, scale, ignores = METRICS[metric]

        def mine(p: Part, ignored: frozenset[str]) -> list[Row]:
            rows = self.rows_of(p, lower, upper, filters, ignored)
            return [
                r
                for r in rows
                if all(self.member(d, r, p) == k for d, k in zip(dims, key, strict=True) if d not in ignored)
            ]

        rows = mine(top, frozenset())
        if metric == "stock_value":
            every = self.last_of(
                dims, self.rows_of(top, lower, upper, filters, frozenset()), lower, upper, filters, top
            )
            rows = [r for r in rows if any(r is e for e in every)]
        numbers = [Fraction(n) for n in (top[3](r) for r in rows) if n is not None]  # type: ignore[arg-type]
        if metric == "lab_tat_minutes":
            return Fraction(median(numbers)) if numbers else None
        if bottom is None:
            if metric == "stock_value":
                return sum(numbers, Fraction(0)) if numbers else None
            if metric == "revenue" and rows and not numbers:
                return None
            return sum(numbers, Fraction(0)) * scale
        below = mine(bottom, ignores)
        base = [Fraction(n) for n in (bottom[3](r) for r in below) if n is not None]  # type: ignore[arg-type]
        if not base or sum(base) == 0 or (not numbers and (rows or metric in SAME_WHERE)):
            return None
        if metric == "bed_turnover":
            times = [(d, k) for d, k in zip(dims, key, strict=True) if d in GRAINS]
            timed = [f for f in filters if f[0] in GRAINS]
            days = 0
            for d in self.bed_days:
                row: Row = {"date": d}
                inside = (not lower or d >= lower) and (not upper or d <= upper)  # type: ignore[operator]
                if (
                    inside
                    and all(self.member(t, row, bottom) == k for t, k in times)
                    and all(passes(self.member(f[0], row, bottom), f) for f in timed)
                ):
                    days += 1
            return sum(numbers, Fraction(0)) * days / sum(base)
        return sum(numbers, Fraction(0)) * scale / sum(base)

    def extent(self, metric: str) -> tuple[date, date] | None:
        spans = []
        for p in METRICS[metric][:2]:
            if p is not None:
                days = [d for d in (self.day(r, p) for r in self.rows[p[0]]) if d is not None]  # type: ignore[index]
                if not days:
                    return None
                spans.append((min(days), min(max(days), self.now.date())))
        return min(s[0] for s in spans), min(s[1] for s in spans)


GRAINS = ("hour", "day", "weekday", "week", "month", "quarter", "year")


def grain_member(name: str, d: date) -> str:
    if name == "day":
        return d.isoformat()
    if name == "week":
        return (d - timedelta(days=d.weekday())).isoformat()
    if name == "month":
        return d.isoformat()[:7]
    if name == "quarter":
        return f"{d.year}-Q{(d.month - 1) // 3 + 1}"
    return str(d.year)


def passes(member: object, f: tuple[str, str, list[object]]) -> bool:
    _, op, values = f
    if op == "is_null":
        return member is None
    if op == "not_null":
        return member is not None
    if op in ("in", "="):
        return member in values
    if op in ("not_in", "!="):
        return member not in values
    if member is None:
        return False
    m, v = str(member), [str(x) for x in values]
    if op == "between":
        return v[0] <= m <= v[1]
    return {"<": m < v[0], "<=": m <= v[0], ">": m > v[0], ">=": m >= v[0]}[op]


def late(parts: list[list[date]], start: date) -> date | None:
    """The day on which the data of a period from `start` begin, where that is after a silence longer than any since; the latest of the parts."""
    found = []
    for days in parts:
        known = sorted(set(days))
        if known:
            quiet = max(((b - a).days - 1 for a, b in itertools.pairwise(known)), default=0)
            if (known[0] - start).days > quiet:
                found.append(known[0])
    return max(found, default=None)


def year_before(d: date) -> date:
    return date(d.year - 1, d.month, min(d.day, calendar.monthrange(d.year - 1, d.month)[1]))


def month_before(d: date, n: int = 1) -> date:
    index = d.year * 12 + d.month - 1 - n
    return date(index // 12, index % 12 + 1, min(d.day, calendar.monthrange(index // 12, index % 12 + 1)[1]))
