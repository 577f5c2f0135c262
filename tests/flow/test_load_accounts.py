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


def test_a_crooked_row_is_in_the_account_and_in_the_list_of_defects(tmp_path: Path) -> None:
    settings = tiny_hospital.build(tmp_path)
    (settings.hospital / "sources" / "tj.yaml").write_text(
        "label: 体检\nkind: csv\naddress: ${YISHU_HOME}/sources/tj\nowner: 体检中心\ntables:\n  TJ: {label: 体检, key: [ID], ignore: {rule: later, say: 以后再用}}\n", encoding="utf-8"
    )
    folder = settings.home / "sources" / "tj"
    folder.mkdir()
    (folder / "TJ.csv").write_text("ID,XM\n1,甲\n2,乙,多\n3,丙\n", encoding="utf-8")
    for rebuild in (False, True):
        receipt = flow.load(settings, rebuild=rebuild)
        (table,) = next(source for source in receipt.sources if source.source == "tj").tables
        assert (table.rows_in, table.ignored, table.quarantined) == (3, 2, 1) and table.adds_up()
        connection = warehouse_instance(settings.home)
        try:
            listed = connection.execute("SELECT source_table, key, rule, load_id FROM wh.quality.quarantine WHERE source = 'tj'").fetchall()
            told = connection.execute("SELECT family, key, action FROM wh.quality.defect WHERE source = 'tj'").fetchall()
        finally:
            connection.close()
        assert listed == [("TJ", "TJ.csv:3", "TJ.malformed", receipt.load_id if not rebuild else listed[0][3])]
        assert told == [("value_format", "TJ.csv:3", "quarantine")]
