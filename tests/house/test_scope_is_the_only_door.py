"""Every place that names a hospital table in SQL goes through `security.scope`, or is a named job of the platform."""

from __future__ import annotations

import re
from pathlib import Path

HOUSE = Path(__file__).parents[2] / "yishu"
SQL = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|DESCRIBE)\s+(?:wh\s*\.\s*)?\"?(?:hospital|history)\"?\s*\.", re.IGNORECASE
)
JOBS = ("hospital/", "flow/")
"""Placing, deriving and rebuilding write the tables; they serve no person (design §2.5: named system viewer)."""


def test_no_text_reads_a_hospital_table_round_the_guard() -> None:
    found = []
    for path in sorted(HOUSE.rglob("*.py")):
        where = path.relative_to(HOUSE).as_posix()
        if where.startswith(JOBS):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if SQL.search(line):
                found.append(f"{where}:{number} {line.strip()}")
    assert not found, "\n".join(found)


def test_only_scope_builds_the_name_of_a_hospital_table() -> None:
    """A SQLGlot table with the warehouse's schemas is made in one file."""
    found = []
    for path in sorted(HOUSE.rglob("*.py")):
        where = path.relative_to(HOUSE).as_posix()
        text = path.read_text(encoding="utf-8")
        if where in ("security/scope.py",) or where.startswith(JOBS):
            continue
        if re.search(r"exp\.(?:Table|table_|to_table)\([^)]*(?:db\s*=|\"wh|hospital\.)", text):
            found.append(where)
    assert not found, found
