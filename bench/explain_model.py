"""Causes planted in a model hospital 种在模拟医院里的原因: `python -m bench.explain_model HOME [N] [SEED]`.

HOME is a home made by `yishu demo --no-serve` that may be written to (each plant is taken back). May is compared with April as the hospital
lived them; then one member of one dimension is changed in May so that the whole moves by 20 to 50 %. Named first counts, also where another
member holds exactly the same rows (the only ward of a department). Prints one JSON object.
"""

from __future__ import annotations

import json
import math
import random
import sys
from typing import Any

from yishu.ask.insight import causes
from yishu.kernel import Settings
from yishu.metrics import Explanation, Looking, MetricQuery, explain
from yishu.web import House, open_house

NOW = "2026-06-30T10:00"
MONTH = "2026-05"
KINDS: dict[str, tuple[str, str, str, str, tuple[str, ...]]] = {
    "outpatient_visits": (
        "visit", "visit_class = '门诊' AND status = '已就诊'", "visit_date", "visit_id",
        ("department", "doctor", "campus", "channel", "insurance_type", "visit_type", "gender"),
    ),
    "discharges": ("stay", "status = '出院'", "discharged_at", "stay_id", ("department", "ward", "doctor", "campus", "insurance_type", "gender")),
    "revenue": ("charge", "patient_class IN ('门急诊', '住院')", "charged_at", "charge_id", ("department", "doctor", "campus", "insurance_type")),
}  # fmt: skip
LABELS = {"department": ("department", "name"), "ward": ("ward", "name"), "campus": ("campus", "name"), "doctor": ("staff", "label")}


def asked(house: House, metric: str) -> Explanation:
    """Why May differs from April."""
    query = MetricQuery.parse({"metrics": [metric], "time": {"start": f"{MONTH}-01", "end": f"{MONTH}-31"}})
    return explain(Looking(house.viewer("director"), house.centre, house.warehouse, house.clock), query, None, "mom")


def plant(house: House, r: random.Random, metric: str) -> tuple[bool, dict[str, Any]]:
    """One plant, asked about and taken back: whether it was named first, and what was."""
    table, where, when, key, dimensions = KINDS[metric]
    run = house.warehouse.cursor().execute
    dimension = r.choice(dimensions)
    month = f"CAST({when} AS DATE) BETWEEN DATE '{MONTH}-01' AND DATE '{MONTH}-31' AND {where}"
    source = f"wh.hospital.{table}"
    total = run(f"SELECT count(*) FROM {source} WHERE {month}").fetchall()[0][0]
    members = run(f"SELECT {dimension}, count(*) FROM {source} WHERE {month} AND {dimension} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1").fetchall()
    member, held = r.choice([m for m in members if m[1] >= 0.015 * total] or members[:5])
    weight, share = held / total, r.uniform(0.2, 0.5)
    falls = (asked(house, metric).difference or 0) < 0 and weight > 0.15
    if falls:
        gone = round(1000 * min(1.0, share / weight))
        run(f"CREATE OR REPLACE TABLE wh.hospital.planted AS SELECT * FROM {source} WHERE {month} AND {dimension} = ? AND hash({key}) % 1000 < {gone}", [member])
        run(f"DELETE FROM {source} WHERE {key} IN (SELECT {key} FROM wh.hospital.planted)")
    else:
        copies = math.ceil(share / weight)
        kept = round(1000 * share / weight / copies)
        run(
            f"CREATE OR REPLACE TABLE wh.hospital.planted AS SELECT * EXCLUDE (n) REPLACE ({key} || '-p' || n AS {key}) FROM {source}, range({copies}) g(n) "
            f"WHERE {month} AND {dimension} = ? AND hash({key} || n) % 1000 < {kept}", [member]
        )  # fmt: skip
        run(f"INSERT INTO {source} SELECT * FROM wh.hospital.planted")
    told = asked(house, metric)
    if falls:
        run(f"INSERT INTO {source} SELECT * FROM wh.hospital.planted")
    else:
        run(f"DELETE FROM {source} WHERE {key} IN (SELECT {key} FROM wh.hospital.planted)")
    run("DROP TABLE wh.hospital.planted")
    label = member
    if dimension in LABELS:
        listed, name = LABELS[dimension]
        label = run(f"SELECT {name} FROM wh.hospital.{listed} WHERE {listed} = ?", [member]).fetchall()[0][0]
    named = causes(told)
    best = [c for c in named if abs(c.beyond - named[0].beyond) < 1e-9]
    right = any((c.dimension, c.label) == (dimension, label) for c in best)
    gap = max(abs(sum(p.amount for p in by.parts) - (told.difference or 0)) / max(1.0, abs(told.difference or 0)) for by in told.by)
    return right, {"metric": metric, "dimension": dimension, "weight": round(weight, 3), "share": round(share, 3), "falls": falls,
                   "named": f"{named[0].dimension}:{named[0].label}" if named else "", "gap": gap}  # fmt: skip


def main(home: str, count: int = 200, seed: int = 1) -> dict[str, Any]:
    """Plant so many causes."""
    house = open_house(Settings.of("hospitals/model", home, {"YISHU_NOW": NOW}))
    r, metrics = random.Random(seed), list(KINDS)
    try:
        seen = [plant(house, r, metrics[i % len(metrics)]) for i in range(count)]
    finally:
        house.close()
    return {
        "total": count, "first": sum(right for right, _ in seen), "worst_gap": max(told["gap"] for _, told in seen),
        "missed": [told for right, told in seen if not right][:12],
    }  # fmt: skip


if __name__ == "__main__":
    words = sys.argv[1:]
    print(json.dumps(main(words[0], *(int(w) for w in words[1:])), ensure_ascii=False))
