"""Three hospital folders 三个医院文件夹: `yishu check` finds nothing in them, and `yishu load` accounts for every row of each.

MIMIC is loaded once, beside its figures (`test_mimic_figures.py`); `-s` prints the account of each folder.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from tests.accounting import balance, csv_rows, sheet, sqlite_rows
from tests.needs import ROOT, data_dir, mimic_dir
from yishu import flow
from yishu.demo import make
from yishu.demo.schema import SQLITE
from yishu.kernel import Settings
from yishu.kernel.duck import extension_file

UNTIL = datetime(2026, 6, 30, 10)


def _settings(name: str, home: Path) -> Settings:
    told = {"YISHU_NOW": UNTIL.isoformat(), "YISHU_MIMIC_DIR": str(mimic_dir()), "YISHU_SYNTHEA_DIR": str(data_dir() / "synthea")}
    return Settings.of(ROOT / "hospitals" / name, home, told)


@pytest.mark.parametrize("name", ["model", "mimic", "synthea"])
def test_check_finds_nothing(name: str, tmp_path: Path) -> None:
    assert [f.text for f in flow.check(_settings(name, tmp_path))] == []


def test_every_row_of_the_model_hospital_is_accounted_for(tmp_path: Path) -> None:
    made = make(tmp_path, seed=2, until=UNTIL, days=4, scale=0.1, defects="full")
    receipt = flow.load(_settings("model", tmp_path))
    print("\n" + sheet(receipt))

    def count(source: str, table: str) -> int:
        folder = tmp_path / "sources"
        if source in SQLITE:
            return sqlite_rows(folder / f"{source}.db", table)
        here = {"hrp": folder / "hrp", "zlk": folder / "zlk" / "csv"}.get(source)
        if here is not None:
            return csv_rows(here / f"{table}.csv")
        with duckdb.connect() as excel:
            excel.execute(f"LOAD '{extension_file('excel')}'")
            (book,) = folder.rglob(f"{table}.xlsx")
            return int((excel.execute(f"SELECT count(*) FROM read_xlsx('{book}', all_varchar = true)").fetchone() or (0,))[0])

    balance(receipt, count)
    # nothing the demo has written is left out
    assert sum(t.rows_in for s in receipt.sources for t in s.tables) == made.total


@pytest.mark.needs("data:synthea")
def test_every_row_of_synthea_is_accounted_for(tmp_path: Path) -> None:
    receipt = flow.load(_settings("synthea", tmp_path))
    print("\n" + sheet(receipt))
    files = {p.name.removesuffix(".csv.gz"): p for p in (data_dir() / "synthea" / "csv").glob("*.csv.gz")}
    balance(receipt, lambda _source, table: csv_rows(files[table]))
    assert {t.table for s in receipt.sources for t in s.tables} == set(files)
