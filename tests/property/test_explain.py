"""Contributions 贡献 add up: every dimension's parts make the difference, for sums, ratios and distinct counts."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import lru_cache

import pytest

from tests.hospital_rows import NOW, random_hospital, warehouse
from tests.property.metrics_oracle import METRICS, Oracle
from yishu.metrics import Centre, MetricQuery, centre
from yishu.metrics.definition import Aggregate, Path
from yishu.metrics.explain import Cell, explain
from yishu.metrics.looking import Looking
from yishu.security import Viewer

DIRECTOR = Viewer("director", "director", "院长")
HEAD = Viewer("head_ortho", "head", "骨科主任", frozenset({"D0403"}))


@lru_cache(maxsize=4)
def hospital(seed: int):  # type: ignore[no-untyped-def]
    made = random_hospital(seed, 200)
    return warehouse(made), Oracle(made, NOW), made


def looking(seed: int, viewer: Viewer = DIRECTOR, house: Centre | None = None) -> Looking:
    return Looking(viewer, house or centre(), hospital(seed)[0], lambda: NOW)


def close(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))


@pytest.mark.parametrize("seed", range(50))
def test_parts_of_every_dimension_make_the_difference(seed: int) -> None:
    r = random.Random(seed)
    metric = sorted(METRICS)[seed % len(METRICS)]
    viewer = r.choice([DIRECTOR, DIRECTOR, HEAD])
    query = MetricQuery.parse({"metrics": [metric], "dimensions": ["month"], "time": {"start": "2025-03-01", "end": "2025-06-30"}})
    told = explain(looking(seed % 2, viewer), query, Cell(metric, (("month", "2025-05"),)), r.choice(["yoy", "mom"]))
    if told.difference is None or metric == "lab_tat_minutes":
        assert told.note and not told.by
        return
    assert told.value is not None and told.base is not None and close(told.difference, told.value - told.base)
    assert told.by, metric
    for share in told.by:
        assert close(sum(p.amount for p in share.parts), told.difference), share
        for part in share.parts:
            if part.mix is not None and part.rate is not None:
                assert close(part.mix + part.rate, part.amount)


@pytest.mark.parametrize("metric", ["revenue", "drug_cost_ratio", "avg_outpatient_cost"])
def test_each_part_is_what_plain_python_says(metric: str) -> None:
    _, oracle, _ = hospital(0)
    query = MetricQuery.parse({"metrics": [metric], "time": {"start": "2025-06-01", "end": "2025-06-30"}})
    told = explain(looking(0), query, None, "yoy")
    spans = ((date(2025, 6, 1), date(2025, 6, 30)), (date(2024, 6, 1), date(2024, 6, 30)))
    top, bottom, scale, _ = METRICS[metric]

    def held(p, span, member):  # type: ignore[no-untyped-def]
        rows = [x for x in oracle.rows_of(p, *span, [], frozenset()) if member is ... or oracle.member("department", x, p) == member]
        return sum((Fraction(n) for n in (p[3](x) for x in rows) if n is not None), Fraction(0))  # type: ignore[arg-type]

    (share,) = [b for b in told.by if b.dimension == "department"]
    for part in share.parts:
        (n1, n0), (t1, t0) = [[held(top, s, m) for s in spans] for m in (part.member, ...)]
        if bottom is None:
            assert close(part.amount, float(n1 - n0))
            continue
        (d1, d0), (b1, b0) = [[held(bottom, s, m) for s in spans] for m in (part.member, ...)]
        v1, v0 = scale * t1 / b1, scale * t0 / b0
        amount = scale * n1 / b1 - scale * n0 / b0 - (d1 / b1 - d0 / b0) * (v1 + v0) / 2
        assert close(part.amount, float(amount))
        if d1 and d0:
            assert part.rate is not None and close(part.rate, float((scale * n1 / d1 - scale * n0 / d0) * (d1 / b1 + d0 / b0) / 2))


def test_a_patient_of_two_departments_is_half_of_each() -> None:
    house = centre()
    visits = house.metric("outpatient_visits")
    counted = replace(visits.numerator, aggregate=Aggregate.DISTINCT, measure=Path("patient_key"))
    house = replace(house, by_id={**house.by_id, visits.id: replace(visits, numerator=counted)})
    query = MetricQuery.parse({"metrics": [visits.id], "time": {"start": "2025-01-01", "end": "2025-06-30"}})
    told = explain(looking(1, DIRECTOR, house), query, None, "mom")
    rows = [x for x in hospital(1)[2]["visit"] if x["visit_class"] == "门诊" and x["status"] == "已就诊" and x["patient_key"] is not None]

    def halves(first: date, last: date) -> dict[object, Fraction]:
        pairs = {(x["patient_key"], x["department"]) for x in rows if x["visit_date"] is not None and first <= x["visit_date"] <= last}  # type: ignore[operator]
        often = {k: sum(1 for key, _ in pairs if key == k) for k, _ in pairs}
        found: dict[object, Fraction] = {}
        for key, department in pairs:
            found[department] = found.get(department, Fraction(0)) + Fraction(1, often[key])
        return found

    here, there = halves(date(2025, 1, 1), date(2025, 6, 30)), halves(date(2024, 7, 1), date(2024, 12, 31))
    (share,) = [b for b in told.by if b.dimension == "department"]
    names = {"骨科": "D0403", "心血管内科": "D0301", "普通外科": "D0401", "儿科": "D1000", None: None}
    assert told.difference is not None and close(told.difference, float(sum(here.values()) - sum(there.values())))
    for part in share.parts:
        key = names[part.member]  # type: ignore[index]
        assert close(part.amount, float(here.get(key, Fraction(0)) - there.get(key, Fraction(0))))
