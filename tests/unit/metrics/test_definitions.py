"""Definitions: the catalogue's 25 under their ids, faults found with file, line and nearest right word."""

from __future__ import annotations

from pathlib import Path

import pytest

from yishu.kernel.errors import InputError
from yishu.metrics import card, centre, listing
from yishu.metrics.definition import Path as ColumnPath
from yishu.security import Viewer

CATALOGUE = [
    "outpatient_visits",
    "emergency_visits",
    "admissions",
    "discharges",
    "avg_length_of_stay",
    "bed_occupancy_rate",
    "bed_turnover",
    "revenue",
    "drug_cost_ratio",
    "consumable_ratio",
    "avg_outpatient_cost",
    "avg_inpatient_cost",
    "surgeries",
    "grade4_surgery_ratio",
    "mortality_rate",
    "readmission_rate_31d",
    "lab_tat_minutes",
    "imaging_exams",
    "wait_minutes",
    "antibiotic_ddd",
    "stock_value",
    "satisfaction",
    "no_show_rate",
    "critical_value_timely_rate",
    "cmi",
]


def test_the_library_holds_the_catalogue() -> None:
    house = centre()
    assert set(CATALOGUE) <= set(house.by_id)
    assert house.metric("平均住院日").id == house.metric("平均住院天数").id == "avg_length_of_stay"
    assert len(listing(house)) == len(house.by_id)


@pytest.mark.parametrize("metric", CATALOGUE)
def test_every_card_is_whole(metric: str) -> None:
    told = card(centre(), metric, Viewer("it", "it", "信息科"))
    for key in (
        "definition",
        "formula",
        "owner",
        "steward",
        "standing",
        "standards",
        "time_axes",
        "department_role",
        "hash",
    ):
        assert told[key], key
    assert "SELECT" in str(told["sql"])
    assert "sql" not in card(centre(), metric, Viewer("h", "head", "主任", frozenset({"D0403"})))


@pytest.mark.parametrize("metric", CATALOGUE)
def test_the_department_role_makes_a_row_belong(metric: str) -> None:
    """Else a head's number could differ from the director's for his department."""
    house = centre()
    for part in house.metric(metric).parts:
        path: ColumnPath = house.dimension("department").path(part)
        table = house.tables.table(path.hop or part.table)
        assert path.column in table.belonging
        if path.hop:
            hanging = house.tables.table(part.table).belonging_of
            assert hanging is not None and hanging.table == path.hop


def test_a_hospital_sets_a_parameter_and_adds_a_metric(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    (folder / "online.yaml").write_text(
        "metric: outpatient_visits\nparameters: {classes: [门诊, 互联网]}\n", encoding="utf-8"
    )
    house = centre(tmp_path)
    assert house.metric("outpatient_visits").parameters[0].value == ("门诊", "互联网")
    assert house.metric("outpatient_visits").hash != centre().metric("outpatient_visits").hash


@pytest.mark.parametrize(
    ("wrong", "right", "line"),
    [
        ("  table: stey", "stay", 12),
        ("  sum: length_of_sty", "length_of_stay", 14),
        ("better: dwon", "down", 6),
        ("kind: ratoi", "ratio", 7),
    ],
)
def test_a_fault_names_file_line_and_nearest_word(tmp_path: Path, wrong: str, right: str, line: int) -> None:
    text = """id: own_metric
label: 自定指标
synonyms: [自定]
unit: 天
label_en: Own
better: down
kind: simple
definition: 试
owner: 医务部
axes: {discharge: 出院时间}
numerator:
  table: stay
  where: [{status: 出院}]
  sum: length_of_stay
  times: {discharge: discharged_at}
"""
    key = wrong.split(":")[0]
    lines = [wrong if row.startswith(key + ":") else row for row in text.splitlines()]
    folder = tmp_path / "metrics"
    folder.mkdir()
    (folder / "own.yaml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        centre(tmp_path)
    assert right in caught.value.message
    assert f"own.yaml:{line}" in caught.value.message


def test_synonyms_are_unique(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    library = Path(__file__).parents[3] / "yishu/metrics/library/discharges.yaml"
    text = library.read_text(encoding="utf-8").replace("id: discharges", "id: own_discharges", 1)
    (folder / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        centre(tmp_path)
    assert "discharges" in caught.value.message
