"""Membership 归入: a record is in where every clause is met, and exactly those records are the evidence of the cell."""

from __future__ import annotations

import random

import pytest

from tests.hospital_rows import NOW, random_hospital, warehouse
from yishu.kernel.errors import InputError
from yishu.metrics import Looking, RowsRequest, centre, membership, rows
from yishu.security import Viewer

MADE = random_hospital(3, 40)
CONNECTION = warehouse(MADE)
DIRECTOR = Viewer("director", "director", "院长")
HEAD = Viewer("head_ortho", "head", "骨科主任", frozenset({"D0403"}))
CASES = (("outpatient_visits", "visit", "visit_id"), ("drug_cost_ratio", "charge", "charge_id"), ("mortality_rate", "front_page", "stay_id"))


@pytest.mark.parametrize("viewer", [DIRECTOR, HEAD], ids=lambda v: v.name)
@pytest.mark.parametrize(("metric", "table", "key"), CASES)
def test_in_exactly_where_every_clause_is_met(metric: str, table: str, key: str, viewer: Viewer) -> None:
    query = {"metrics": [metric], "filters": [{"dimension": "campus", "op": "in", "values": ["总院"]}], "time": {"start": "2024-08-01", "end": "2025-06-30"}}
    asked = RowsRequest.parse({"query": query, "cell": {"metric": metric, "member": {}}, "limit": 2000})
    told = rows(viewer, asked, centre(), CONNECTION, lambda: NOW)
    ids = [c.id for c in told.columns]
    inside = {"numerator": set(), "denominator": set()}  # type: ignore[var-annotated]
    for row in told.rows:
        for part in inside:
            if row[ids.index("part")] in (part, "both"):
                inside[part].add(row[ids.index(key)])
    looking = Looking(viewer, centre(), CONNECTION, lambda: NOW)
    for row in random.Random(1).sample(MADE[table], 14):
        try:
            found = membership(looking, asked, table, str(row[key]))
        except InputError as error:
            assert viewer is HEAD and error.code == "record.unknown"
            continue
        for part in found:
            assert part.inside == (row[key] in inside[part.part]) == all(t.met for t in part.tests)


def test_a_table_the_metric_does_not_count_is_refused() -> None:
    asked = RowsRequest.parse({"query": {"metrics": ["outpatient_visits"]}, "cell": {"metric": "outpatient_visits"}})
    for table, key, code in (("stay", "ZY-1", "record.table"), ("visit", "nobody", "record.unknown")):
        with pytest.raises(InputError) as refused:
            membership(Looking(DIRECTOR, centre(), CONNECTION, lambda: NOW), asked, table, key)
        assert refused.value.code == code
