"""Statistics only 仅看统计: no small cell, no subtraction gives one back, no rows."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from functools import lru_cache

import pytest

from tests.hospital_rows import NOW, random_hospital, warehouse
from yishu.kernel.errors import NotPermitted
from yishu.metrics import Looking, MemoryLedger, MetricQuery, RowsRequest, centre, explain, measure, rows
from yishu.metrics.smallcell import Persons, hidden, persons
from yishu.security import Grant, Rows, Viewer, bound, scope

RESEARCHER = Viewer("researcher", "researcher", "科研", grant=Grant(Rows.ALL, statistics=True))
K = 5


@lru_cache(maxsize=2)
def hospital(seed: int):  # type: ignore[no-untyped-def]
    made = random_hospital(seed, 60)
    return warehouse(made), made


@pytest.mark.parametrize("seed", range(300))
def test_no_line_of_a_table_gives_a_hidden_cell_back(seed: int) -> None:
    r = random.Random(seed)
    shape = [r.randint(1, 5) for _ in range(r.randint(1, 3))]
    keys = [()]
    for width in shape:
        keys = [(*k, i) for k in keys for i in range(width)]
    cells = {}
    for key in keys:
        n = r.choice([0, 1, 3, 4, 5, 8, 30])
        if r.random() < 0.8:
            cells[key] = Persons(n, 0 < n < K)
    gone = hidden(cells, K)
    assert all(key in gone for key, held in cells.items() if held.small)
    for place in range(len(shape)):
        lines: dict[object, list[object]] = {}
        for key in cells:
            lines.setdefault((*key[:place], *key[place + 1 :]), []).append(key)
        for line in lines.values():
            lost = [x for x in line if x in gone]
            open_ = [x for x in line if x not in gone and cells[x].count > 0]  # type: ignore[index]
            if lost and open_:
                assert len(lost) >= 2 and sum(cells[x].count for x in lost) >= K  # type: ignore[index]
    assert hidden(dict(reversed(list(cells.items()))), K) == gone


@pytest.mark.parametrize("seed", range(20))
def test_cells_under_k_persons_are_hidden_and_marked(seed: int) -> None:
    r = random.Random(seed)
    con, made = hospital(seed % 2)
    dims = r.sample(["department", "gender", "insurance_type", "month"], r.randint(1, 2))
    query = MetricQuery.parse({"metrics": ["outpatient_visits"], "dimensions": dims, "totals": True})
    told = measure(RESEARCHER, query, centre(), con, lambda: NOW, ledger=MemoryLedger())
    plain = measure(replace(RESEARCHER, grant=Grant(Rows.ALL)), query, centre(), con, lambda: NOW)
    names = {"D0403": "骨科", "D0301": "心血管内科", "D0401": "普通外科", "D1000": "儿科", None: None}
    persons: dict[tuple[object, ...], set[object]] = {}
    for row in made["visit"]:
        if row["visit_class"] == "门诊" and row["status"] == "已就诊" and row["visit_date"] is not None:
            day = row["visit_date"]
            assert isinstance(day, date)
            member = {"department": names[row["department"]], "gender": row["gender"], "insurance_type": row["insurance_type"], "month": f"{day:%Y-%m}"}  # type: ignore[index]
            persons.setdefault(tuple(member[d] for d in dims), set()).add(row["patient_key"])
    marked = {m["row"] for m in told.marks if "by" not in m}
    assert [row[: len(dims)] for row in told.rows] == [row[: len(dims)] for row in plain.rows]
    for place, (row, full) in enumerate(zip(told.rows, plain.rows, strict=True)):
        count = len(persons[tuple(row[: len(dims)])] - {None})
        assert row[-1] == (None if place in marked else full[-1])
        if 0 < count < K:
            assert place in marked
    left = sum(row[-1] or 0 for place, row in enumerate(plain.rows) if place in marked)  # type: ignore[misc]
    assert len(marked) != 1 and (not marked or left >= K or len(marked) == len(plain.rows))


def test_a_set_whose_rest_is_small_is_refused_and_so_is_one_by_subtraction() -> None:
    con, made = hospital(0)
    counted = [r for r in made["visit"] if r["visit_class"] == "门诊" and r["status"] == "已就诊" and r["visit_date"] and r["patient_key"] is not None]
    days = sorted({r["visit_date"] for r in counted})  # type: ignore[type-var]
    ledger = MemoryLedger()

    def ask(**more: object) -> object:
        query = MetricQuery.parse({"metrics": ["outpatient_visits"]} | more)
        return measure(RESEARCHER, query, centre(), con, lambda: NOW, ledger=ledger).rows[0][0]

    whole = {"start": str(days[0]), "end": str(days[-1])}
    assert ask(time=whole) is not None
    with pytest.raises(NotPermitted) as refused:
        ask(time={"start": str(days[0]), "end": str(days[-3])})
    assert refused.value.code == "statistics.overlap"
    assert ask(time={"start": str(days[0]), "end": str(days[len(days) // 2])}) is not None
    rare = min({r["insurance_type"] for r in counted}, key=lambda v: sum(r["insurance_type"] == v for r in counted))
    if sum(r["insurance_type"] == rare for r in counted) < K:
        with pytest.raises(NotPermitted):
            ask(filters=[{"dimension": "insurance_type", "op": "!=", "values": [rare]}])


@pytest.mark.parametrize("form", [{"having": [{"metric": "outpatient_visits", "op": ">", "value": 2}]}, {"compare": ["yoy"]}, {"share": True}, {"order": {"by": "outpatient_visits"}}, {"as_of": "2025-07-01T00:00:00"}])
def test_forms_that_tell_a_hidden_number_are_refused(form: dict[str, object]) -> None:
    con, _ = hospital(0)
    with pytest.raises(NotPermitted):
        measure(RESEARCHER, MetricQuery.parse({"metrics": ["outpatient_visits"], "dimensions": ["department"]} | form), centre(), con, lambda: NOW, ledger=MemoryLedger())


def test_rows_are_never_shown() -> None:
    con, _ = hospital(0)
    query = MetricQuery.parse({"metrics": ["outpatient_visits"]})
    with pytest.raises(NotPermitted):
        rows(RESEARCHER, RowsRequest(query, "outpatient_visits", ()), centre(), con, lambda: NOW)
    with pytest.raises(NotPermitted):
        explain(Looking(RESEARCHER, centre(), con, lambda: NOW), query)
    text, parameters = bound(scope(RESEARCHER, "visit", centre().tables))
    assert con.execute(text, parameters).fetchall() == []
    with pytest.raises(NotPermitted):
        measure(RESEARCHER, query, centre(), con, lambda: NOW)


def test_the_few_who_are_not_in_the_numerator_are_a_small_set_too() -> None:
    """8 of 10 tells of the other 2; where the numerator is no part of the denominator there are no others."""
    assert persons(8, 10, 5, within=True) == Persons(10, True)
    assert persons(8, 10, 5, within=False) == Persons(10, False)
    assert persons(10, 10, 5, within=True) == persons(5, 10, 5, within=True) == Persons(10, False)
