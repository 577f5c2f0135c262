"""Statements written directly are SQLGlot's own, word for word 直接书写的语句."""

from __future__ import annotations

import random
import re

import pytest
from sqlglot import exp

from bench.proof_query_oracle import DIRECTOR, house, question, small
from tests.hospital_rows import NOW, warehouse
from yishu.metrics import MetricQuery, measure, store
from yishu.security.text import VALUE, written


def test_word_for_word(monkeypatch: pytest.MonkeyPatch) -> None:
    trees: list[exp.Expr] = []
    run = store.bound
    monkeypatch.setattr(store, "bound", lambda tree, *rest, **more: (trees.append(tree.copy()), run(tree, *rest, **more))[1])
    r = random.Random(5)
    connection = warehouse(small(3))
    for _ in range(40):
        measure(DIRECTOR, MetricQuery.parse(question(r)), house(), connection, lambda: NOW)
    connection.close()
    assert len(trees) > 100
    for tree in trees:
        text, parameters = written(tree.copy())
        assert set(re.findall(r"\$p\d+", text)) == {f"${n}" for n in parameters}
        for place, holder in enumerate(h for h in tree.find_all(exp.Placeholder, bfs=False) if VALUE in h.meta):
            holder.set("this", f"q{place}")
        other = tree.sql("duckdb", comments=False)
        assert re.sub(r"\$[pq]\d+", "?", text) == re.sub(r"\$[pq]\d+", "?", other)
