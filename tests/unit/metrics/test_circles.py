"""Circles 循环定义: a metric made of itself is refused by name when it is read, not by a stack that overflows when it is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.needs import ROOT
from yishu.kernel import InputError
from yishu.metrics.graph_plan import GraphQuery
from yishu.metrics.metricflow import manifest
from yishu.metrics.outside import outside_query

BODY = """
metric:
  name: {name}
  type: derived
  type_params:
    expr: {other} + 1
    metrics: [{{name: {other}}}]
"""


def test_imported_circles_and_missing_inputs_are_refused(tmp_path: Path) -> None:
    for file in (ROOT / "tests" / "golden" / "manifest").rglob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    for name, other in (("round_a", "round_b"), ("round_b", "round_c"), ("round_c", "round_a"), ("itself", "itself"), ("on_top", "round_a"), ("lost", "no_such_metric")):
        (tmp_path / f"{name}.yaml").write_text(BODY.format(name=name, other=other), encoding="utf-8")
    given = manifest(tmp_path)
    assert given.refusals["round_a"] == "指标循环：round_a → round_b → round_c → round_a"
    assert given.refusals["itself"] == "指标循环：itself → itself"
    assert "不存在的指标 round_a" in given.refusals["on_top"] and "no_such_metric" in given.refusals["lost"]
    assert given.centre.by_id
    with pytest.raises(InputError):
        outside_query(given.centre, GraphQuery(("round_a",), ()))
