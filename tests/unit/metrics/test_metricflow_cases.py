"""The given half of MetricFlow's integration cases 外部对照 on DuckDB: nothing wrong, at least nine in ten right."""

from __future__ import annotations

import pytest

from bench.metricflow import run
from tests.needs import data_dir


@pytest.mark.needs("data:metricflow")
def test_nothing_is_answered_wrongly() -> None:
    verdicts = run(data_dir() / "metricflow", "duckdb")
    assert [v for v in verdicts if v.outcome == "wrong"] == []
    assert sum(v.outcome == "right" for v in verdicts) >= 0.9 * len(verdicts)
    assert all(v.reason for v in verdicts if v.outcome == "unsupported")
