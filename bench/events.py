"""`python -m bench.events CSV`: the process map of an event log kept by others (design §5.5).

CSV `case,activity,start,complete,resource`; start may be empty; ties are kept in file order. Rows with a
blank case belong to one case without name (the Sepsis log has one).
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from yishu.journey.process import UNKNOWN, ProcessMap, Steps, discover, steps_of
from yishu.kernel.errors import InputError, YishuError

COLUMNS = ("case", "activity", "complete")
KNOWN_AS = {"case_id": "case", "caseid": "case", "timestamp": "complete", "end": "complete", "event": "activity"}
_FORMATS = "['%Y/%m/%d %H:%M:%S', '%Y/%m/%d %H:%M', '%Y%m%d%H%M%S', '%d.%m.%Y %H:%M:%S', '%d.%m.%Y %H:%M', '%d/%m/%Y %H:%M:%S', '%d/%m/%Y %H:%M']"
_TIME = "coalesce(TRY_CAST({0} AS TIMESTAMP), try_strptime({0}, {1}))"


@contextmanager
def _readable(path: Path) -> Iterator[Path]:
    """The file itself where it is UTF-8, else a copy that is."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for charset in ("utf-8-sig", "gb18030", "latin-1"):
        try:
            text = raw.decode(charset)
        except UnicodeDecodeError:
            continue
        break
    if charset == "utf-8-sig" and path.suffix != ".gz" and "\0" not in text:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "log.csv"
        copy.write_text(text.replace("\0", ""), encoding="utf-8", newline="")
        yield copy


def load(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """Make the relation `events` from a CSV; what was found wrong and set aside. Raises InputError."""
    if not path.is_file():
        raise InputError("events.no_file", "没有这个事件日志文件", hint="给出 CSV 的路径", where=path.name)
    with _readable(path) as file:
        return _load(connection, file, path.name)


def _load(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as text:
        head = [column.strip().lower() for column in next(csv.reader(text), [])]
    head = [KNOWN_AS[c] if c in KNOWN_AS and KNOWN_AS[c] not in head else c for c in head]
    missing = [column for column in COLUMNS if column not in head]
    if missing:
        raise InputError("events.no_column", f"事件日志缺少列：{'、'.join(missing)}", hint="需要 case,activity,start,complete,resource", where=name)
    # every column by its place: doubled, empty or odd names do no harm
    columns = {f"c{place}": "VARCHAR" for place in range(len(head))}
    case, activity, complete = (f"c{head.index(column)}" for column in COLUMNS)
    start = _TIME.format(f"c{head.index('start')}", _FORMATS) if "start" in head else "NULL::TIMESTAMP"
    try:
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE event_line AS SELECT coalesce({case}, '') AS case_id, nullif(trim({activity}), '') AS activity, {start} AS started,
            {_TIME.format(complete, _FORMATS)} AS completed, row_number() OVER () AS place
            FROM read_csv(?, header=true, columns=?, delim=',', quote='"', escape='"', null_padding=true, strict_mode=false, max_line_size=10000000, parallel=false)""",
            [str(path), columns],
        )
    except duckdb.Error as error:
        raise InputError("events.unreadable", "事件日志读不成 CSV", hint=str(error).splitlines()[0][:200], where=name) from None
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


def steps(connection: duckdb.DuckDBPyConnection) -> Steps:
    """The relation `events` (case_id, activity, started, completed) as columns of numbers, in the order of the file, which a scan keeps."""
    table = connection.execute("SELECT case_id, activity, started, completed FROM events").to_arrow_table()
    if not table.num_rows:
        nothing = np.zeros(0, np.int64)
        return steps_of(nothing, nothing, nothing, nothing, ())
    with ThreadPoolExecutor(2) as side:
        case = side.submit(_case_numbers, table.column("case_id").combine_chunks())
        activity = pc.dictionary_encode(table.column("activity")).combine_chunks()
    return steps_of(
        case.result(),
        activity.indices.to_numpy().astype(np.int64),
        pc.fill_null(table.column("started").cast(pa.int64()), UNKNOWN).to_numpy(),
        table.column("completed").cast(pa.int64()).to_numpy(),
        activity.dictionary.to_pylist(),
    )


def _case_numbers(column: pa.StringArray) -> NDArray[np.int64]:
    """Cases numbered; rows of one case that follow each other are looked up once."""
    runs = pc.run_end_encode(column, run_end_type=pa.int64())
    numbers = pc.dictionary_encode(runs.values).indices.to_numpy().astype(np.int64)
    return np.repeat(numbers, np.diff(runs.run_ends.to_numpy(), prepend=0))


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
    found = discover(steps(connection))
    return as_json(found, time.perf_counter() - began, said)


if __name__ == "__main__":
    try:
        print(json.dumps(main(Path(sys.argv[1])), ensure_ascii=False))
    except YishuError as error:
        print(json.dumps(error.as_json(), ensure_ascii=False))
        sys.exit(error.exit_status)
