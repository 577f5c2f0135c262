"""Every difference between a hospital with defects and the same hospital without has a planted defect behind it.

Without defects every figure is the truth (`test_model_truth.py`), so what differs here differs from the truth. Rows that
count, not cells, are compared: a row explains itself when it, or a row of the same visit, stay or report, was made faulty.
"""

from __future__ import annotations

import csv
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.flow.test_model_truth import CATALOGUE
from tests.model_hospital import FOLDER, UNTIL, a_model_hospital
from yishu import metrics, security
from yishu.kernel.duck import warehouse_instance

Key = tuple[str, str, str]
Row = dict[str, object]
SAYS_NOTHING = {"source", "source_key", "source_table", "load_id", "flags", "person_id", "patient_key"}
OF_THE_PERSON = {"age", "age_years", "gender", "readmitted_31d", "readmission_due"}
"""What a faulty id card or a person in two files changes beside the number; the number itself is compared."""
BY_STAY = {"EMR_BASY", "EMR_DRG"}
"""Keyed by patient number and stay; a duplicated person gets another number, his stay keeps its own."""


NTH_STAY = "SELECT ZYH, BRID, row_number() OVER (PARTITION BY BRID ORDER BY ZYH) FROM ZY_BRRY"


@pytest.fixture(scope="module")
def homes() -> Iterator[dict[str, Path]]:
    made = {defects: a_model_hospital(days=30, scale=0.3, defects=defects) for defects in ("none", "full")}
    yield made
    for home in made.values():
        shutil.rmtree(home, ignore_errors=True)


def test_every_difference_has_a_named_defect_behind_it(homes: dict[str, Path]) -> None:
    clean, faulty = (warehouse_instance(homes[name], read_only=True) for name in ("none", "full"))
    planted = _planted(homes["full"])
    touched = _touched(homes["full"], faulty, set(planted))
    differing, unexplained = 0, []
    for metric in CATALOGUE:
        before, after = _counted(clean, metric), _counted(faulty, metric)
        for key in before.keys() | after.keys():
            rows = [row for row in (before.get(key), after.get(key)) if row]
            if len(rows) == 2 and not _differs(*rows):
                continue
            differing += 1
            if not any(_key(row) in planted or any((name, row[name]) in touched for name in row if name.endswith("_id")) for row in rows):
                unexplained.append((metric, key, [sorted(row.items(), key=str) for row in rows]))
    clean.close()
    faulty.close()
    print(f"\n{differing} differing rows of {len(CATALOGUE)} metrics, {len(unexplained)} without a planted defect; {len(planted)} faulty source rows")
    assert differing > 500
    assert unexplained == []


def _planted(home: Path) -> dict[Key, str]:
    with (home / "truth" / "truth_defects.csv").open(encoding="utf-8") as text:
        return {(row["source"], row["table"], row["key"]): row["family"] for row in csv.DictReader(text)}


def _touched(home: Path, connection: duckdb.DuckDBPyConnection, planted: set[Key]) -> set[tuple[str, object]]:
    """Visits, stays, samples and reports of which some source row was made faulty."""
    found: set[tuple[str, object]] = set()
    for (table,) in connection.execute("SELECT table_name FROM information_schema.tables WHERE table_catalog = 'wh' AND table_schema = 'hospital'").fetchall():
        names = [row[0] for row in connection.execute(f'DESCRIBE wh.hospital."{table}"').fetchall()]
        ids = [name for name in names if name.endswith("_id") and name not in ("person_id", "load_id", "message_id")]
        if ids and "source_key" in names:
            for row in connection.execute(f'SELECT source, source_table, source_key, {", ".join(ids)} FROM wh.hospital."{table}"').fetchall():
                if row[:3] in planted:
                    found |= {(name, value) for name, value in zip(ids, row[3:], strict=True) if value}
    with sqlite3.connect(home / "sources" / "his_mz.db") as source:
        calls = source.execute("SELECT XH, GHXH FROM MZ_FZJH").fetchall()  # merged into their visit, so no row of their own
    found |= {("visit_id", f"MZ-{visit}") for call, visit in calls if ("his_mz", "MZ_FZJH", str(call)) in planted}
    with sqlite3.connect(home / "sources" / "his_zy.db") as source:
        stays = {(str(patient), str(times)): stay for stay, patient, times in source.execute(NTH_STAY).fetchall()}
    for system, table, key in planted:
        number, _, times = key.partition("|")
        if system == "emr_basy" and table == "EMR_BASY" and (stay := stays.get((number.lstrip("0"), times))):
            found.add(("stay_id", f"ZY-{stay}"))  # set apart whole: no hospital row carries the key
    samples = {value for name, value in found if name == "sample_id"}
    reports = connection.execute("SELECT report_id, sample_id FROM wh.hospital.lab_report").fetchall()
    return found | {("report_id", report) for report, sample in reports if sample in samples}


def _counted(connection: duckdb.DuckDBPyConnection, metric: str) -> dict[tuple[object, ...], Row]:
    """Every row that counts in a metric over all time, by the key that both hospitals share."""
    centre, viewer = metrics.centre(FOLDER), security.viewer(FOLDER, "director")
    found: dict[tuple[object, ...], Row] = {}
    total, offset = 1, 0
    while offset < total:
        asked = metrics.RowsRequest.parse({"query": {"metrics": [metric]}, "cell": {"metric": metric, "member": {}}, "offset": offset, "limit": 5000})
        page = metrics.rows(viewer, asked, centre, connection, lambda: UNTIL).as_json()
        names = [column["id"] for column in page["columns"]]
        for values in page["rows"]:
            row = dict(zip(names, values, strict=True))
            own = row.get("stay_id") if row["source_table"] in BY_STAY else row["source_key"]
            found[row["source"], row["source_table"], own, row["part"]] = row
        total, offset = page["total"], offset + 5000
    return found


def _differs(before: Row, after: Row) -> bool:
    return any(before[name] != after.get(name) for name in before if name not in SAYS_NOTHING | OF_THE_PERSON)


def _key(row: Row) -> Key:
    return str(row["source"]), str(row["source_table"]), str(row["source_key"])
