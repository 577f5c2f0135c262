"""Versions, effective periods, worked examples and units 版本、生效期、算例、单位: what a definition says of itself is checked and run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.hospital_rows import NOW, warehouse
from tests.needs import ROOT
from yishu.metrics import Centre, MetricQuery, centre, measure, wrong_examples
from yishu.metrics.read import DefinitionFaults
from yishu.security import Viewer

DIRECTOR = Viewer("director", "director", "院长")
OWN = """
id: own_visits
label: 本院门诊人次
unit: 人次
kind: simple
definition: 2025 年起互联网诊疗计入
axes: {visit: 就诊日期}
dimensions: [department]
parameters:
  classes: {label: 计入的类别, value: [门诊, 互联网诊疗]}
numerator:
  table: visit
  where: [{visit_class: {in: {parameter: classes}}}]
  count: rows
  times: {visit: visit_date}
owner: 门诊部
version: 2
effective: {since: 2025-01-01}
earlier:
  - {version: 1, until: 2024-12-31, say: 互联网诊疗不计入, parameters: {classes: [门诊]}}
examples:
  - say: 一次互联网诊疗计入
    rows: {visit: [{visit_id: A, visit_class: 互联网诊疗, visit_date: 2025-02-01}]}
    value: 1
"""


def house(folder: Path, text: str) -> Centre:
    (folder / "metrics").mkdir(exist_ok=True)
    (folder / "metrics" / "own.yaml").write_text(text, encoding="utf-8")
    return centre(folder)


def faults(folder: Path, text: str) -> str:
    with pytest.raises(DefinitionFaults) as caught:
        house(folder, text)
    return "\n".join(f.text() for f in caught.value.faults)


def test_every_example_of_the_library_comes_out() -> None:
    found = centre()
    assert sum(len(m.examples) for m in found.metrics) >= 4
    assert [(m.id, e.say, reason) for m, e, reason in wrong_examples(found)] == []


def test_an_example_that_does_not_come_out_says_what_came(tmp_path: Path) -> None:
    found = wrong_examples(house(tmp_path, OWN.replace("value: 1\n", "value: 2\n")))
    assert [(m.id, reason) for m, _, reason in found] == [("own_visits", "算得 1，写的是 2")]
    assert found[0][1].line == OWN.splitlines().index("  - say: 一次互联网诊疗计入") + 1


def test_an_example_names_tables_and_columns_that_are_there(tmp_path: Path) -> None:
    told = faults(tmp_path, OWN.replace("visit_id: A", "visit_idd: A"))
    assert "没有字段 visit_idd" in told and "visit_id" in told


def test_a_series_shows_the_break_and_restates_under_one_version(tmp_path: Path) -> None:
    found = house(tmp_path, OWN)
    rows = [
        {"visit_id": str(i), "visit_class": kind, "visit_date": day, "known_from": NOW}
        for i, (kind, day) in enumerate([("门诊", date(2024, 12, 5)), ("互联网诊疗", date(2024, 12, 6)), ("门诊", date(2025, 1, 7)), ("互联网诊疗", date(2025, 1, 8))])
    ]
    connection = warehouse({"visit": rows})

    def ask(metric: str, start: str) -> tuple[tuple[object, ...], object]:
        query = MetricQuery.parse({"metrics": [metric], "dimensions": ["month"], "time": {"start": start, "end": "2025-01-31"}})
        told = measure(DIRECTOR, query, found, connection, lambda: NOW)
        return tuple(told.rows), told.definitions[metric].get("breaks")

    now, crossed = ask("own_visits", "2024-12-01")
    assert now == (("2024-12", 2), ("2025-01", 2))
    assert crossed == [{"since": "2025-01-01", "before": "own_visits@1", "say": "互联网诊疗不计入"}]
    assert ask("own_visits@1", "2024-12-01") == ((("2024-12", 1), ("2025-01", 1)), None)
    assert ask("own_visits", "2025-01-01")[1] is None
    assert "own_visits@1" not in [m.id for m in found.metrics]
    connection.close()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("until: 2024-12-31", "重叠"), ("until: 2024-12-30", "中间没有版本"), ("until: 2024-12-32", "要是日期"),
        ("since: 2025-01-01, until: 2024-12-31", "生效期倒了"), ("say: 无", "要写 until"),
    ],
)  # fmt: skip
def test_effective_periods_neither_overlap_nor_leave_a_gap(tmp_path: Path, wrong: str, said: str) -> None:
    text = OWN.replace("until: 2024-12-31", wrong)
    if said == "重叠":
        text = text.replace("effective: {since: 2025-01-01}", "effective: {since: 2024-12-15}")
    assert said in faults(tmp_path, text)


@pytest.mark.parametrize(
    ("unit", "body", "said"),
    [
        ("人次", "table: charge\n  sum: amount\n  times: {visit: charged_at}", "加的是金额"),
        ("元", "table: visit\n  distinct: patient_key\n  times: {visit: visit_date}", "单位不能是 元"),
        ("天", "table: visit\n  sum: {seconds: [checked_in_at, started_at]}\n  times: {visit: visit_date}", "时长除以 1 是秒"),
    ],
)  # fmt: skip
def test_a_unit_follows_from_what_is_added_up(tmp_path: Path, unit: str, body: str, said: str) -> None:
    start = OWN.index("numerator:")
    text = OWN[:start].replace("unit: 人次", f"unit: {unit}") + f"numerator:\n  {body}\nowner: 门诊部\n"
    assert said in faults(tmp_path, text)


def test_examples_run_where_the_hospital_declares_roll_ups() -> None:
    found = centre(ROOT / "hospitals" / "model")
    assert found.rollups and wrong_examples(found) == ()
