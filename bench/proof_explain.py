"""Proof 证明: a planted cause is named first, and contributions add up.

A small hospital is drawn twice, for May and for June, from the same laws, so that the two months differ by chance alone. Then one member of
one dimension is changed in June (fewer or more rows, longer stays, dearer drugs, more no-shows) so that the whole moves by 8 to 40 %. The
explanation must name that member first, over all members of all dimensions, and the parts of every dimension must add up to the difference.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bench.proof import Outcome
from tests.hospital_rows import warehouse
from yishu.ask.insight import causes
from yishu.metrics import Looking, MetricQuery, centre, explain
from yishu.security import Viewer

TITLE = "为什么：种下的原因排第一"
UNIT = "个种下的原因"
PLANTS = 200
ROWS = 3000
NOW = datetime(2025, 7, 15, 8)
MAY, JUNE = datetime(2025, 5, 1), datetime(2025, 6, 1)
DIRECTOR = Viewer("director", "director", "院长")
Row = dict[str, Any]

GROUPS = ("内科", "外科", "妇产", "儿科", "五官")
DEPARTMENTS = [(f"D{i:02d}", f"第{i + 1}科", GROUPS[i % 5]) for i in range(12)]
WARDS = [(f"W{d}{i}", f"{name}{i + 1}病区", ("HQ", "EAST", "WEST")[i % 3], d) for d, name, _ in DEPARTMENTS for i in range(2)]
CAMPUSES = [("HQ", "总院"), ("EAST", "东院区"), ("WEST", "西院区")]
DOCTORS = [(f"S{d}{i}", f"{name}医生{i + 1}", d) for d, name, _ in DEPARTMENTS for i in range(4)]
DRUGS = [(f"M{i}", f"药品{i + 1}") for i in range(6)]
VALUES = {
    "insurance_type": ("城镇职工医保", "城乡居民医保", "异地医保", "自费", "商业保险"), "gender": ("男", "女"), "channel": ("微信", "APP", "自助机", "窗口", "电话"),
    "visit_type": ("初诊", "复诊"), "diagnosis": ("肺炎", "脑梗死", "高血压", "阑尾炎", "骨折", "糖尿病"), "exam_type": ("CT", "MRI", "超声", "X线", "内镜"),
    "surgery_level": ("一级", "二级", "三级", "四级"),
}  # fmt: skip
COMMON = ("department", "campus", "doctor", "gender")
BANDS = ((0, 14), (15, 44), (45, 59), (60, 74), (75, 95))


@dataclass(frozen=True, slots=True)
class Kind:
    """A metric, the table behind it, the dimensions a cause may sit in, and what moves it."""

    metric: str
    table: str
    dimensions: tuple[str, ...]
    by: str  # rows | stay | drug | show


KINDS = (
    Kind("outpatient_visits", "visit", (*COMMON, "insurance_type", "channel", "visit_type", "diagnosis"), "rows"),
    Kind("discharges", "stay", (*COMMON, "ward", "insurance_type"), "rows"),
    Kind("imaging_exams", "exam", (*COMMON, "ward", "exam_type"), "rows"),
    Kind("surgeries", "surgery", (*COMMON, "ward", "surgery_level"), "rows"),
    Kind("revenue", "charge", ("department", "campus", "doctor", "insurance_type"), "rows"),
    Kind("avg_length_of_stay", "stay", (*COMMON, "ward", "insurance_type"), "stay"),
    Kind("drug_cost_ratio", "charge", ("department", "campus", "doctor", "insurance_type"), "drug"),
    Kind("no_show_rate", "appointment", ("department", "campus", "doctor", "channel", "visit_type"), "show"),
)


def drawn(r: random.Random, kind: Kind, first: datetime) -> list[Row]:
    """One month of rows of the kind's table."""
    rows: list[Row] = []
    for i in range(round(r.gauss(ROWS, ROWS**0.5))):
        at = first + timedelta(seconds=r.randrange(30 * 86400))
        doctor = r.choices(DOCTORS, [1 + j % 4 for j in range(len(DOCTORS))])[0]
        row: Row = {name: r.choices(values, range(len(values) + 1, 1, -1))[0] for name, values in VALUES.items()}
        row |= {"department": doctor[2], "doctor": doctor[0], "campus": r.choices([c for c, _ in CAMPUSES], (6, 3, 2))[0],
                "ward": r.choice([w for w, _, _, d in WARDS if d == doctor[2]]), "age_years": r.choices(range(96))[0],
                "surgeon_department": doctor[2], "exec_department": doctor[2], "known_from": NOW, "source": "x"}  # fmt: skip
        key = f"{kind.table}-{first.month}-{i}"
        row |= {"source_table": "T", "source_key": key}
        if kind.table == "visit":
            row |= {"visit_id": key, "visit_class": "门诊", "status": "已就诊", "visit_date": at.date(), "started_at": at}
        elif kind.table == "stay":
            days = max(1, round(r.gammavariate(4, 2)))
            row |= {"stay_id": key, "status": "出院", "discharged_at": at, "admitted_at": at - timedelta(days), "length_of_stay": days}
        elif kind.table == "exam":
            row |= {"exam_id": key, "status": "已完成", "done_at": at, "requested_at": at}
        elif kind.table == "surgery":
            row |= {"surgery_id": key, "status": "完成", "started_at": at}
        elif kind.table == "appointment":
            row |= {"appointment_id": key, "slot_at": at, "status": "爽约" if r.random() < 0.15 else "已就诊"}
        else:
            row |= {"charge_id": key, "charged_at": at, "settled_at": at, "patient_class": r.choice(("门急诊", "住院")),
                    "fin_category": r.choices(("西药", "检查", "治疗", "卫生材料"), (3, 3, 3, 1))[0], "amount": Decimal(round(r.gammavariate(3, 60), 2)).quantize(Decimal("0.01"))}  # fmt: skip
            row["drug"] = r.choice(DRUGS)[0] if row["fin_category"] == "西药" else None
        rows.append(row)
    return rows


def planted(r: random.Random, kind: Kind, rows: list[Row], dimension: str, member: str, share: float) -> list[Row]:
    """June with the cause in it: the member changed so that the whole moves by `share`."""
    mine = [row for row in rows if row[dimension] == member]
    others = [row for row in rows if row[dimension] != member]
    weight = len(mine) / len(rows)
    if kind.by == "rows":
        if share < 0:
            gone = min(1.0, -share / weight)
            return others + [row for row in mine if r.random() >= gone]
        extra = share / weight
        more = [dict(row, **{f"{kind.table}_id": f"{row['source_key']}-{n}", "source_key": f"{row['source_key']}-{n}"})
                for row in mine for n in range(int(extra) + (r.random() < extra % 1))]  # fmt: skip
        return rows + more
    if kind.by == "stay":
        days = max(1, round(abs(share) * 8 / weight))
        return others + [dict(row, length_of_stay=row["length_of_stay"] + days) for row in mine]
    if kind.by == "drug":
        factor = Decimal(str(round(1 + abs(share) * 2 / weight, 3)))
        return others + [dict(row, amount=row["amount"] * factor) if row["fin_category"] == "西药" else row for row in mine]
    chance = min(0.85, abs(share) * 0.3 / weight)
    return others + [dict(row, status="爽约") if r.random() < chance else row for row in mine]


def dimension_rows() -> dict[str, list[Row]]:
    """The small tables every hospital has."""
    return {
        "department": [{"department": d, "name": n, "department_group": g, "clinical": True} for d, n, g in DEPARTMENTS],
        "ward": [{"ward": w, "name": n, "campus": c, "department": d} for w, n, c, d in WARDS],
        "campus": [{"campus": c, "name": n} for c, n in CAMPUSES],
        "staff": [{"staff": s, "name": n, "label": n, "department": d} for s, n, d in DOCTORS],
        "drug": [{"drug": d, "name": n} for d, n in DRUGS],
    }


def names() -> Callable[[str, str], str]:
    """The label of a member of a dimension."""
    known = {"department": {d: n for d, n, _ in DEPARTMENTS}, "ward": {w: n for w, n, _, _ in WARDS}, "campus": dict(CAMPUSES), "doctor": {s: n for s, n, _ in DOCTORS}}
    return lambda dimension, member: known.get(dimension, {}).get(member, member)


def run(seed: int, seconds: float, plants: int = PLANTS) -> Outcome:
    """Plant so many causes and ask why."""
    until, label = time.monotonic() + seconds, names()
    first = added = count = 0
    worst, missed = 0.0, []
    for place in range(plants):
        if time.monotonic() > until:
            break
        r = random.Random(f"{seed}-{place}")
        kind = KINDS[place % len(KINDS)]
        before, after = drawn(r, kind, MAY), drawn(r, kind, JUNE)
        dimension = r.choice(kind.dimensions)
        heavy = sorted({row[dimension] for row in after})
        smallest = 0.08 if kind.by != "rows" else 0.015
        heavy = [m for m in heavy if sum(row[dimension] == m for row in after) >= smallest * len(after)]
        if not heavy:
            dimension, heavy = "campus", [c for c, _ in CAMPUSES]
        member = r.choice(heavy)
        weight = sum(row[dimension] == member for row in after) / len(after)
        # A fall can be no deeper than the member itself: small members rise, large ones fall or rise.
        share = r.uniform(0.08, 0.4)
        if kind.by == "rows" and weight > 0.12 and r.random() < 0.6:
            share = -min(share, 0.9 * weight)
        after = planted(r, kind, after, dimension, member, share)
        connection = warehouse(dimension_rows() | {kind.table: before + after})
        query = MetricQuery.parse({"metrics": [kind.metric], "time": {"start": "2025-06-01", "end": "2025-06-30"}})
        told = explain(Looking(DIRECTOR, centre(), connection, lambda: NOW), query, None, "mom")
        connection.close()
        count += 1
        difference = told.difference or 0.0
        gap = max((abs(sum(p.amount for p in by.parts) - difference) / max(1.0, abs(difference)) for by in told.by), default=0.0)
        worst, added = max(worst, gap), added + (gap <= 1e-9)
        named = causes(told)
        if named and (named[0].dimension, named[0].label) == (dimension, label(dimension, member)):
            first += 1
        else:
            missed.append({"metric": kind.metric, "dimension": dimension, "weight": round(weight, 3), "share": round(share, 3), "named": f"{named[0].dimension}:{named[0].label}" if named else ""})
    return Outcome(count, count - first, {"first": first, "rate": round(first / max(1, count), 4), "add_up": added, "worst_gap": worst, "missed": missed[:12]})


if __name__ == "__main__":
    import json
    import sys

    outcome = run(int(sys.argv[1]) if len(sys.argv) > 1 else 1, 1200)
    print(json.dumps({"count": outcome.count, "failures": outcome.failures, **outcome.detail}, ensure_ascii=False))
