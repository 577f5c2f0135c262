"""Whatever comes in 收支平衡: rows in = placed + merged + flagged + quarantined + ignored, for any rows at all."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from tests.flow import tiny_hospital
from yishu import flow
from yishu.kernel.duck import warehouse_instance


@pytest.mark.parametrize("seed", [1, 2])
def test_random_rows_are_all_accounted_for(tmp_path: Path, seed: int) -> None:
    settings = tiny_hospital.build(tmp_path)
    chance = random.Random(seed)
    with sqlite3.connect(settings.home / "sources" / "mz.db") as database:
        for number in range(100, 400):
            row = (chance.choice([number, number, 150]), chance.choice([1, 2, 3, 77, None]), chance.choice(["01", "02", "99", "", None]), chance.choice(["2025-01-02 08:10:00", "2031-01-01 00:00:00", "1999-01-01 10:00:00"]), chance.choice(["0", "2", None]), chance.choice(["I21.9", "X99", None]))
            database.execute("INSERT INTO GH VALUES (?, ?, ?, ?, ?, ?)", row)
            database.execute("INSERT INTO FZ VALUES (?, ?, ?)", (number, chance.choice([number, 1, 99999]), None))
    database.close()
    receipt = flow.load(settings)
    for source in receipt.sources:
        for table in source.tables:
            assert table.adds_up(), table
    connection = warehouse_instance(settings.home)
    try:
        (placed,) = connection.execute("SELECT count(DISTINCT source_key) FROM wh.hospital.visit").fetchone() or (0,)
        (unique, rows) = connection.execute("SELECT count(DISTINCT visit_id), count(*) FROM wh.hospital.visit").fetchone() or (0, 0)
    finally:
        connection.close()
    (visits,) = [table for source in receipt.sources for table in source.tables if table.table == "GH"]
    assert unique == rows and placed <= visits.placed + visits.flagged <= visits.rows_in
