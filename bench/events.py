"""`python -m bench.events CSV`: the process map of an event log kept by others (design §5.5).

CSV `case,activity,start,complete,resource`; start may be empty; ties are kept in file order. Rows with a
blank case belong to one case without name (the Sepsis log has one).
"""

from __future__ import annotations

import csv
import json
import sys
import time
from pathlib import Path
from typing import Any

import duckdb

from yishu.journey.process import ProcessMap, discover
from yishu.kernel.errors import InputError, YishuError

COLUMNS = ("case", "activity", "complete")


def load(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """Make the relation `events` from a CSV; what was found wrong and set aside. Raises InputError."""
    with path.open(encoding="utf-8-sig", newline="") as text:
        head = next(csv.reader(text), [])
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        raise InputError("events.no_column", f"事件日志缺少列：{'、'.join(missing)}", hint="需要 case,activity,start,complete,resource", where=path.name)
    start = "TRY_CAST(nullif(start, '') AS TIMESTAMP)" if "start" in head else "NULL::TIMESTAMP"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE event_line AS SELECT coalesce("case", '') AS case_id, activity, {start} AS started,
        TRY_CAST(nullif(complete, '') AS TIMESTAMP) AS completed, row_number() OVER () AS place
        FROM read_csv(?, header=true, all_varchar=true)""",
        [str(path)],
    )
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE events AS SELECT * REPLACE (CASE WHEN started > completed THEN NULL ELSE started END AS started)
        FROM event_line WHERE activity IS NOT NULL AND completed IS NOT NULL"""
    )
    aside, turned = connection.execute(
        """SELECT count(*) FILTER (activity IS NULL OR completed IS NULL), count(*) FILTER (started > completed) FROM event_line"""
    ).fetchone() or (0, 0)
    said = []
    if aside:
        said.append(f"{aside} 行缺少 activity 或可读的 complete，未计入")
    if turned:
        said.append(f"{turned} 行开始晚于完成，开始时间未采用")
    return said


def as_json(found: ProcessMap, seconds: float, said: list[str]) -> dict[str, Any]:
    """The answer as design §5.5 prints it."""
    return {
        "cases": found.cases,
        "events": found.events,
        "edges": {f"{e.before}→{e.after}": e.count for e in found.edges},
        "variants": found.variants,
        "top_variants": [{"activities": list(v.activities), "cases": v.cases} for v in found.top_variants],
        "median_hours": found.median_hours,
        "seconds": round(seconds, 3),
        "set_aside": said,
    }


def main(path: Path) -> dict[str, Any]:
    """Read, discover, time."""
    began = time.perf_counter()
    connection = duckdb.connect()
    said = load(connection, path)
    found = discover(connection)
    return as_json(found, time.perf_counter() - began, said)


if __name__ == "__main__":
    try:
        print(json.dumps(main(Path(sys.argv[1])), ensure_ascii=False))
    except YishuError as error:
        print(json.dumps(error.as_json(), ensure_ascii=False))
        sys.exit(error.exit_status)
