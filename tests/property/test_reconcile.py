"""Reconciliation 对数: whatever the two sides are, the steps sum exactly to the gap; known causes are named with their amount."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.hospital_rows import NOW, random_hospital, warehouse
from yishu.kernel.errors import InputError
from yishu.metrics import Looking, centre, parse_sides, reconcile
from yishu.security import Viewer

DIRECTOR = Viewer("director", "director", "院长")
FACETS = {
    "filters": [[], [{"dimension": "campus", "op": "in", "values": ["总院"]}], [{"dimension": "department", "op": "not_in", "values": ["骨科"]}]],
    "time": [None, {"start": "2025-01-01", "end": "2025-06-30"}, {"start": "2025-01-01", "end": "2025-05-31"}],
    "as_of": [None, "2025-07-10T08:00:00"],
}  # fmt: skip


@pytest.fixture(scope="module")
def looking() -> Looking:
    rows = random_hospital(5, 160)
    early = NOW - timedelta(days=9)
    for name in ("charge", "visit"):
        for i, row in enumerate(rows[name]):
            row["known_from"] = NOW - timedelta(hours=1) if i % 9 == 0 else early
            row["refund"] = i % 7 == 0 if name == "charge" else None
    for name, listed in rows.items():
        if name not in ("charge", "visit"):
            for row in listed:
                row["known_from"] = early
    return Looking(DIRECTOR, centre(), warehouse(rows), lambda: NOW)


def side(r: random.Random, metric: str) -> dict[str, object]:
    query = {"metrics": [metric]} | {k: r.choice(v) for k, v in FACETS.items()}
    return {"query": query, "sum_by": r.choice([[], [], ["month"]]), "red_entries": r.random() < 0.6}


@pytest.mark.parametrize("seed", range(12))
def test_steps_sum_exactly_to_the_gap(looking: Looking, seed: int) -> None:
    r = random.Random(seed)
    one, other = r.choice([("revenue", "revenue"), ("outpatient_visits", "outpatient_visits"), ("outpatient_visits", "emergency_visits")])
    asked = {"a": side(r, one), "b": side(r, other)}
    if r.random() < 0.3:
        asked["b"]["says"] = 12345.67
    told = reconcile(looking, *parse_sides(asked))
    a, b = told.values
    assert sum(Decimal(str(s.amount)) for s in told.steps) - Decimal(str(told.gap)) <= Decimal("1e-9")
    assert abs((b or 0) - (a or 0) - told.gap) < 1e-9
    assert not [s for s in told.steps if s.kind == "other"]
    again = reconcile(looking, *parse_sides({"a": asked["a"], "b": asked["a"]}))
    assert again.gap == 0 and not again.steps


def test_each_named_cause_has_its_amount(looking: Looking) -> None:
    june = {"start": "2025-06-01", "end": "2025-06-30"}
    a = {"name": "财务", "query": {"metrics": ["revenue"], "time": june, "as_of": "2025-07-10T00:00:00"}, "red_entries": False}
    b = {"name": "质控", "query": {"metrics": ["revenue"], "time": june}}
    told = reconcile(looking, *parse_sides({"a": a, "b": b}))
    rows = looking.connection.execute(
        "SELECT amount, refund, known_from FROM wh.hospital.charge WHERE charged_at >= '2025-06-01' AND charged_at < '2025-07-01'"
        " AND patient_class IN ('门急诊', '住院') AND amount IS NOT NULL"
    ).fetchall()
    red = sum(x for x, refund, known in rows if refund and known <= datetime(2025, 7, 10))
    late = sum(x for x, _, known in rows if known > datetime(2025, 7, 10))
    assert [(s.kind, s.amount) for s in told.steps] == [("red_entries", float(red)), ("late_rows", float(late))]


def test_what_a_side_says_is_met_by_a_step_of_its_own(looking: Looking) -> None:
    query = {"metrics": ["outpatient_visits"]}
    told = reconcile(looking, *parse_sides({"a": {"query": query, "says": 7}, "b": {"query": query}}))
    assert [s.kind for s in told.steps] == ["unexplained"] and told.values[0] == 7


@pytest.mark.parametrize("bad", [{}, {"a": 1, "b": 2}, {"a": {"query": {"metrics": ["revenue"], "dimensions": ["month"]}}, "b": {"query": {"metrics": ["revenue"]}}}])
def test_a_side_is_one_number(bad: object) -> None:
    with pytest.raises(InputError):
        parse_sides(bad)
