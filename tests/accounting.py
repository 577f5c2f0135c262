"""Accounting 收支: what a load says of every source row, beside a count of the source of its own."""

from __future__ import annotations

import csv
import gzip
import sqlite3
from collections.abc import Callable
from pathlib import Path

from yishu.flow.receipt import LoadReceipt


def sheet(receipt: LoadReceipt) -> str:
    """The account as a table 收支表: one line a source table."""
    lines = [f"{'来源.表':<44}{'进':>9}{'入模':>9}{'并入':>8}{'标记':>8}{'隔离':>7}{'忽略':>9}  规则"]
    for source in receipt.sources:
        for t in source.tables:
            rules = "、".join(f"{rule} {n}" for rule, n in sorted(t.ignored_rules.items()))
            lines.append(f"{source.source + '.' + t.table:<44}{t.rows_in:>9,}{t.placed:>9,}{t.merged:>8,}{t.flagged:>8,}{t.quarantined:>7,}{t.ignored:>9,}  {rules}")
    return "\n".join(lines)


def balance(receipt: LoadReceipt, count: Callable[[str, str], int]) -> None:
    """Every source table that has rows is in the account with all its rows, each in one bucket, each ignored one by a named rule."""
    assert receipt.failed == (), [s.error for s in receipt.failed]
    for source in receipt.sources:
        for t in source.tables:
            assert t.adds_up(), t
            assert t.rows_in == count(source.source, t.table), (source.source, t.table)
            assert t.ignored == sum(t.ignored_rules.values()) and all(t.ignored_rules), t


def csv_rows(path: Path) -> int:
    """Rows of a CSV file by the csv module, whatever lies inside quotes."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") if path.suffix == ".gz" else path.open(encoding="gb18030", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def sqlite_rows(path: Path, table: str) -> int:
    connection = sqlite3.connect(path)
    (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    connection.close()
    return int(count)
