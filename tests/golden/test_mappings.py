"""Golden mappings 映射样例: staged rows in, hospital rows out, each a file that a person can read."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import yaml

from yishu.integration import define_macros

CASES = sorted((Path(__file__).parent / "mappings").glob("*.yaml"))
HOSPITALS = Path(__file__).parents[2] / "hospitals"


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_mapping_gives_the_rows(case: Path) -> None:
    said = yaml.safe_load(case.read_text(encoding="utf-8"))
    hospital, source, table = said["mapping"].split("/")
    connection = duckdb.connect()
    define_macros(connection)
    for name, rows in said["tables"].items():
        connection.register("given", pa.Table.from_pylist(rows))
        connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM given')
        connection.unregister("given")
    select = (HOSPITALS / hospital / "mappings" / source / f"{table}.sql").read_text(encoding="utf-8")
    columns = ", ".join(f'CAST("{column}" AS VARCHAR)' for column in said["columns"])
    found = connection.execute(f"WITH placed AS ({select}) SELECT {columns} FROM placed ORDER BY 1").fetchall()
    connection.close()
    assert [list(row) for row in found] == said["rows"]
