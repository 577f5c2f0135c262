"""Random questions over random small hospitals against the brute-force oracle: cells, totals, shares, comparisons, scope."""

from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache

import pytest

from tests.hospital_rows import NOW, random_hospital, warehouse
from tests.property.metrics_oracle import GRAINS, METRICS, Oracle, grain_member, late, year_before
from yishu.kernel.errors import NotPermitted
from yishu.metrics import MetricQuery, RowsRequest, centre, measure, rows
from yishu.security import Viewer

DIRECTOR = Viewer("director", "director", "院长")
HEAD = Viewer("head_ortho", "head", "骨科主任", frozenset({"D0403"}))
VALUES = {
    "department": ["骨科", "心血管内科", "普通外科", "儿科", None],
    "department_group": ["外科", "内科", "儿科"],
    "campus": ["总院", "东院区", None],
    "ward": ["骨科一病区", "心内科一病区", "普外科一病区"],
    "doctor": ["王磊(骨科)", "陈静(儿科)"],
    "gender": ["男", "女"],
    "age_group": ["0-14岁", "15-44岁", "75岁及以上"],
    "insurance_type": ["自费", "商业保险", "城镇职工医保"],
    "drug": ["阿司匹林", "头孢曲松"],
    "visit_type": ["初诊", "复诊"],
    "channel": ["微信", "APP"],
    "diagnosis": ["肺炎", "脑梗死"],
    "surgery_level": ["一级", "四级"],
    "exam_type": ["CT", "MRI"],
    "exec_department": ["骨科", "儿科"],
    "month": ["2025-01", "2025-06", "2024-12"],
    "weekday": ["1", "5", "7"],
    "quarter": ["2025-Q1", "2024-Q4"],
}


@lru_cache(maxsize=4)
def hospital(seed: int):  # type: ignore[no-untyped-def]
    made = random_hospital(seed, 120)
    return warehouse(made), Oracle(made, NOW)


def question(r: random.Random, metrics: list[str]) -> dict[str, object]:
    house = centre()
    allowed = [d for d in house.allowed(house.metric(metrics[0])) if all(d in house.allowed(house.metric(m)) for m in metrics)]
    no_clock = {"bed_occupancy_rate", "bed_turnover", "stock_value"}
    if any(m in no_clock for m in metrics):
        allowed = [d for d in allowed if d != "hour"]
    dims = r.sample(allowed, min(len(allowed), r.choice([0, 1, 1, 2, 3])))
    filters = []
    for d in r.sample([a for a in allowed if a in VALUES], r.choice([0, 0, 1, 2])):
        op = r.choice(["in", "not_in", "=", "!=", "is_null", "not_null", "<=", ">"])
        if op in ("is_null", "not_null"):
            values: list[object] = []
        elif op in ("in", "not_in"):
            values = r.sample(VALUES[d], r.randint(1, len(VALUES[d])))
        else:
            values = [r.choice([v for v in VALUES[d] if v is not None])]
        filters.append({"dimension": d, "op": op, "values": values})
    start = date(2024, 5, 1) + timedelta(days=r.randint(0, 380))
    time = r.choice([None, {"start": start.isoformat(), "end": (start + timedelta(days=r.randint(0, 200))).isoformat()}])
    return {"metrics": metrics, "dimensions": dims, "filters": filters, "time": time}


def close(told: object, true: Fraction | None) -> bool:
    if told is None or true is None:
        return told is None and true is None
    return abs(float(told) - float(true)) <= 1e-9 * max(1.0, abs(float(true)))  # type: ignore[arg-type]


def span_of(q: dict[str, object]) -> tuple[date | None, date | None]:
    time = q["time"]
    if not isinstance(time, dict):
        return None, None
    return date.fromisoformat(time["start"]), date.fromisoformat(time["end"])


def plain(q: dict[str, object]) -> list[tuple[str, str, list[object]]]:
    return [(f["dimension"], f["op"], f["values"]) for f in q["filters"]]  # type: ignore[index, union-attr, attr-defined]


@pytest.mark.parametrize("seed", range(260))
def test_every_cell_and_total(seed: int) -> None:
    r = random.Random(seed)
    con, oracle = hospital(seed % 3)
    metric = sorted(METRICS)[seed % len(METRICS)]
    q = question(r, [metric])
    dims, (lower, upper), filters = list(q["dimensions"]), span_of(q), plain(q)  # type: ignore[call-overload]
    q["totals"] = [[], dims[:1]] if dims else True
    answer = measure(DIRECTOR, MetricQuery.parse(q), centre(), con, lambda: NOW)
    told = {tuple(row[: len(dims)]): row[len(dims)] for row in answer.rows}
    if dims:
        assert set(told) == oracle.keys(metric, dims, lower, upper, filters), q
    for key, value in told.items():
        assert close(value, known(oracle, metric, dims, key, lower, upper, filters)), (q, key, value)
    for total in answer.totals or ():
        by = list(total.by)
        for row in total.rows:
            true = known(oracle, metric, by, tuple(row[: len(by)]), lower, upper, filters)
            assert close(row[len(by)], true), (q, by, row, true)


def known(oracle: Oracle, metric: str, dims: list[str], key: tuple[object, ...], lower: date | None, upper: date | None, filters: list[tuple[str, str, list[object]]]) -> Fraction | None:
    """The oracle's value; a count of nothing outside what is known is unknown."""
    true = oracle.value(metric, dims, key, lower, upper, filters)
    extent = oracle.extent(metric)
    counts = METRICS[metric][1] is None and metric not in ("stock_value", "lab_tat_minutes")
    outside = extent is None or (lower and lower > extent[1]) or (upper and upper < extent[0])
    return None if counts and true == 0 and outside and not dims else true


@pytest.mark.parametrize("seed", range(80))
def test_shares_and_year_on_year(seed: int) -> None:
    r = random.Random(10_000 + seed)
    con, oracle = hospital(seed % 3)
    metric = sorted(METRICS)[seed % len(METRICS)]
    q = question(r, [metric])
    q["dimensions"] = [d for d in q["dimensions"] if d not in GRAINS or d in ("month", "quarter", "year")]  # type: ignore[union-attr, attr-defined]
    q["filters"] = [f for f in q["filters"] if f["dimension"] not in GRAINS]  # type: ignore[union-attr, index, attr-defined]
    start = date(2025, r.randint(1, 5), 1)
    q["time"] = {"start": start.isoformat(), "end": r.choice(["2025-06-30", "2025-06-17", "2025-05-31"])}
    q |= {"share": True, "compare": ["yoy"]}
    dims, (lower, upper), filters = list(q["dimensions"]), span_of(q), plain(q)  # type: ignore[call-overload]
    assert lower and upper
    answer = measure(DIRECTOR, MetricQuery.parse(q), centre(), con, lambda: NOW)
    for row in answer.rows:
        key = tuple(row[: len(dims)])
        value, base, diff, change, share = row[len(dims) :]
        before = tuple(earlier(k, d) for k, d in zip(key, dims, strict=True))
        end = year_before(upper)
        true_base = oracle.value(metric, dims, before, year_before(lower), end, filters)
        grain = next((d for d in ("month", "quarter", "year") if d in dims), None)
        days = [[d for d in (oracle.day(r, p) for r in oracle.rows[p[0]]) if d is not None] for p in METRICS[metric][:2] if p]
        first = late(days, year_before(lower)) if metric != "stock_value" else None
        if first is not None and (grain is None or before[dims.index(grain)] <= grain_member(grain, first - timedelta(days=1))):
            assert base is None and any(i.metric == metric and i.why == "base_partial" for i in answer.incomplete), (q, key, base)
        elif oracle.extent(metric) is not None:
            assert close(base, true_base) or (base is None and true_base == 0), (q, key, base, true_base)
        true = oracle.value(metric, dims, key, lower, upper, filters)
        if base is not None and value is not None and true is not None and true_base is not None:
            assert close(diff, true - true_base)
            assert close(change, (true - true_base) * 100 / true_base if true_base else None)
        parent = oracle.value(metric, dims[:-1], key[:-1], lower, upper, filters)
        if value is not None and true is not None:
            assert close(share, true * 100 / parent if parent else None), (q, key, share, true, parent)


def earlier(member: object, dimension: str) -> object:
    if dimension in ("month", "quarter", "year"):
        told = str(member)
        return f"{int(told[:4]) - 1}{told[4:]}"
    return member


@pytest.mark.parametrize("seed", range(100))
def test_the_head_sees_what_the_director_sees_of_his_department(seed: int) -> None:
    r = random.Random(20_000 + seed)
    con, _ = hospital(seed % 3)
    metric = sorted(METRICS)[seed % len(METRICS)]
    q = question(r, [metric])
    q["filters"] = [f for f in q["filters"] if not str(f["dimension"]).startswith(("department", "exec"))]  # type: ignore[union-attr, index, attr-defined]
    mine = measure(HEAD, MetricQuery.parse(q), centre(), con, lambda: NOW)
    own = {"dimension": "department", "op": "in", "values": ["骨科"]}
    assert mine.as_json()["query"]["filters"][-1] == own  # type: ignore[index, call-overload]
    q["filters"] = [*q["filters"], own]  # type: ignore[misc, has-type]
    whole = measure(DIRECTOR, MetricQuery.parse(q), centre(), con, lambda: NOW)
    assert mine.rows == whole.rows
    with pytest.raises(NotPermitted):
        measure(HEAD, MetricQuery.parse({"metrics": [metric], "filters": [{"dimension": "department", "op": "in", "values": ["儿科"]}]}), centre(), con, lambda: NOW)


@pytest.mark.parametrize("seed", range(75))
def test_the_rows_behind_a_cell_make_the_cell(seed: int) -> None:
    r = random.Random(30_000 + seed)
    con, _ = hospital(seed % 3)
    metric = sorted(METRICS)[seed % len(METRICS)]
    q = question(r, [metric])
    viewer = r.choice([DIRECTOR, HEAD])
    if viewer is HEAD:
        q["filters"] = [f for f in q["filters"] if not str(f["dimension"]).startswith(("department", "exec"))]  # type: ignore[union-attr, index, attr-defined]
    dims = list(q["dimensions"])  # type: ignore[call-overload]
    answer = measure(viewer, MetricQuery.parse(q), centre(), con, lambda: NOW)
    for row in r.sample(answer.rows, min(3, len(answer.rows))):
        member = dict(zip(dims, row[: len(dims)], strict=True))
        if viewer is HEAD and member.get("department", "骨科") != "骨科":
            continue
        pages, offset, total = [], 0, 1
        while offset < total:
            told = rows(viewer, RowsRequest.parse({"query": q, "cell": {"metric": metric, "member": member}, "offset": offset, "limit": 40}), centre(), con, lambda: NOW).as_json()
            total, offset = told["total"], offset + 40  # type: ignore[assignment]
            pages += told["rows"]  # type: ignore[operator, arg-type]
            assert told["value"] == row[len(dims)], (q, member)
        assert len(pages) == total
        ids = [c["id"] for c in told["columns"]]  # type: ignore[union-attr, index]
        assert len({(p[ids.index("table")], p[ids.index("source_key")], p[ids.index("source")], p[0], p[1], p[2], p[3]) for p in pages}) == total or metric in ("bed_occupancy_rate", "bed_turnover", "stock_value")
        recompute(metric, [p[ids.index("numerator")] for p in pages], [p[ids.index("denominator")] for p in pages], row[len(dims)], q)


def recompute(metric: str, top: list[object], bottom: list[object], value: object, q: object) -> None:
    from statistics import median

    over = [Fraction(str(n)) for n in top if n is not None]
    under = [Fraction(str(n)) for n in bottom if n is not None]
    if value is None:
        return
    if metric == "lab_tat_minutes":
        assert close(value, Fraction(median(over)))
    elif METRICS[metric][1] is None:
        assert close(value, sum(over, Fraction(0)))
    else:
        scale = 1 if metric == "wait_minutes" else METRICS[metric][2]
        assert close(value, sum(over, Fraction(0)) * scale / sum(under)), (q, value)
