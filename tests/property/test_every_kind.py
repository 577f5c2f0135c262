"""A short run of the big proof 每种类型: random queries of every kind against the grouped oracle (`bench/proof_query_oracle.py`)."""

from __future__ import annotations

import random

import pytest

from bench.proof_query_oracle import differ, question, small
from tests.hospital_rows import NOW, warehouse
from tests.property.grouped_oracle import ALL, KINDS, Grouped


@pytest.mark.parametrize("seed", range(3))
def test_random_queries_of_every_kind(seed: int) -> None:
    r = random.Random(40_000 + seed)
    made = small(r.randrange(10**9))
    connection, oracle = warehouse(made), Grouped(made, NOW)
    asked = [question(r) for _ in range(70)]
    for metric in sorted(KINDS):
        asked += [{**q, "metrics": [metric]} for q in (question(r, [metric]) for _ in range(2))]
    wrong = [(reason, q) for q in asked if (reason := differ(q, oracle, connection))]
    connection.close()
    assert not wrong, wrong[:3]


def test_the_oracle_knows_every_kind() -> None:
    assert {k.how for k in ALL.values()} >= {"sum", "distinct", "median", "p90", "first", "last", "mean", "max", "turnover"}
