"""The platform's numbers are the simulator's truth 真值; planted defects are found, and nothing else is called one."""

from __future__ import annotations

import csv
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.model_hospital import FOLDER, UNTIL, a_model_hospital
from yishu import metrics, security
from yishu.kernel.duck import warehouse_instance

CATALOGUE = ["outpatient_visits", "emergency_visits", "admissions", "discharges", "avg_length_of_stay", "bed_occupancy_rate", "bed_turnover", "revenue", "drug_cost_ratio", "consumable_ratio", "avg_outpatient_cost", "avg_inpatient_cost", "surgeries", "grade4_surgery_ratio", "mortality_rate", "readmission_rate_31d", "lab_tat_minutes", "imaging_exams", "wait_minutes", "antibiotic_ddd", "stock_value", "satisfaction", "no_show_rate", "critical_value_timely_rate", "cmi"]


@pytest.fixture(scope="module")
def clean() -> Iterator[tuple[Path, duckdb.DuckDBPyConnection]]:
    home = a_model_hospital(defects="none")
    connection = warehouse_instance(home, read_only=True)
    yield home, connection
    connection.close()
    shutil.rmtree(home, ignore_errors=True)


def _truth(home: Path) -> dict[str, dict[tuple[str, str], float | None]]:
    out: dict[str, dict[tuple[str, str], float | None]] = defaultdict(dict)
    centre = metrics.centre(FOLDER)
    known = {m.id for m in centre.metrics}
    with (home / "truth" / "truth_metric.csv").open(encoding="utf-8") as text:
        for row in csv.DictReader(text):
            if row["metric"] not in known:
                continue
            unit = centre.metric(row["metric"]).unit
            times = 100 if unit == "%" or unit.startswith("DDDs") else 1
            value: float | None = float(row["numerator"]) if row["numerator"] else None
            if row["denominator"] != "":
                value = value / float(row["denominator"]) * times if value is not None and float(row["denominator"]) else None
            out[row["metric"]][row["department"], row["date"]] = value
    return out


def test_every_metric_of_the_catalogue_equals_the_truth(clean: tuple[Path, duckdb.DuckDBPyConnection]) -> None:
    home, connection = clean
    truth = _truth(home)
    assert set(CATALOGUE) <= set(truth)
    centre = metrics.centre(FOLDER)
    viewer = security.viewer(FOLDER, "director")
    compared = 0
    different = []
    for metric, cells in truth.items():
        days = [day for _, day in cells]
        got: dict[tuple[str, str], float | None] = {}
        for dimensions in (["day"], ["department", "day"]):
            query = metrics.MetricQuery.parse({"metrics": [metric], "dimensions": dimensions, "time": {"start": min(days), "end": max(days)}})
            for row in metrics.measure(viewer, query, centre, connection, lambda: UNTIL).as_json()["rows"]:
                got["" if len(dimensions) == 1 else row[0], row[-2]] = row[-1]
        for cell, value in cells.items():
            compared += 1
            if not _same(value, got.get(cell)):
                different.append((metric, cell, value, got.get(cell)))
        different += [(metric, cell, None, value) for cell, value in got.items() if cell not in cells and value not in (None, 0)]
    assert different == []
    assert compared > 15_000


def _same(true: float | None, got: float | None) -> bool:
    """Equal to 12 digits; a day without anything is 0 for counts and unknown for ratios, whichever side says so."""
    if true in (None, 0) and got in (None, 0):
        return True
    return true is not None and got is not None and abs(true - got) <= 1e-12 * max(abs(true), 1)


def test_bed_days_are_rebuilt_from_transfers(clean: tuple[Path, duckdb.DuckDBPyConnection]) -> None:
    home, connection = clean
    with (home / "truth" / "truth_bed_day.csv").open(encoding="utf-8") as text:
        truth = {(r["date"], r["ward"], r["department"]): (int(r["open"]), int(r["occupied"])) for r in csv.DictReader(text)}
    rows = connection.execute(
        """SELECT strftime(b.date, '%Y-%m-%d'), w.name, d.name, b.open_beds, b.occupied_beds + b.same_day_stays FROM hospital.bed_day b
        JOIN hospital.ward w ON w.ward = b.ward JOIN hospital.department d ON d.department = b.department"""
    ).fetchall()
    got = {(day, ward, department): (beds, occupied) for day, ward, department, beds, occupied in rows}
    assert len(truth) > 1000
    assert {k: (v, got.get(k)) for k, v in truth.items() if got.get(k) != v} == {}


def test_planted_defects_are_found_and_nothing_else_is_called_one() -> None:
    home = a_model_hospital(defects="full")
    connection = warehouse_instance(home, read_only=True)
    found: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for family, source, table, key in connection.execute("SELECT family, source, source_table, key FROM quality.defect").fetchall():
        found[family].add((source, table, key))
    connection.close()
    planted: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    with (home / "truth" / "truth_defects.csv").open(encoding="utf-8") as text:
        for row in csv.DictReader(text):
            planted[row["family"]].add((row["source"], row["table"], row["key"]))
    shutil.rmtree(home, ignore_errors=True)
    figures = {}
    for family in sorted(planted):
        hit = len(planted[family] & found[family])
        figures[family] = (len(planted[family]), round(hit / len(planted[family]), 4), round(hit / max(len(found[family]), 1), 4))
    print("\nfamily              planted  recall  precision")
    for family, (count, recall, precision) in figures.items():
        print(f"{family:<18} {count:8d} {recall:7.4f} {precision:10.4f}")
    assert len(figures) == 9
    for family, (_, recall, precision) in figures.items():
        if family == "duplicate_person":
            assert precision >= 0.999, figures
        else:
            assert recall >= 0.95, figures
            assert precision >= 0.95, figures
