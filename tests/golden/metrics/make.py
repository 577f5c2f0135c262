"""Golden questions 金标准: each file holds a question, the SQL it becomes and the rows it gives on the small hospital.

Run `python -m tests.golden.metrics.make` after a wanted change and read the difference.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import duckdb
import yaml

from tests.hospital_rows import NOW, random_hospital, warehouse
from yishu.metrics import MetricQuery, centre, measure, sql
from yishu.security import Viewer

FOLDER = Path(__file__).parent
VIEWERS = {
    "director": Viewer("director", "director", "院长"),
    "head_ortho": Viewer("head_ortho", "head", "骨科主任", frozenset({"D0403"})),
}


@lru_cache(maxsize=1)
def hospital() -> duckdb.DuckDBPyConnection:
    """The small hospital of all golden questions."""
    return warehouse(random_hospital(11, 80))


def answered(file: Path) -> dict[str, object]:
    """The question of a file, its SQL and rows as they are now."""
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    con = hospital()
    viewer, query = VIEWERS[told["viewer"]], MetricQuery.parse(told["question"])
    answer = measure(viewer, query, centre(), con, lambda: NOW)
    return {
        "viewer": told["viewer"],
        "question": told["question"],
        "duckdb": sql(viewer, query, centre(), con, lambda: NOW),
        "columns": [c.id for c in answer.columns],
        "rows": [list(r) for r in answer.rows],
    }


class _Text(yaml.SafeDumper):
    pass


def _written(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Text.add_representer(str, _written)


def main() -> None:
    """Write every golden file anew."""
    for file in sorted(FOLDER.glob("*.yaml")):
        file.write_text(
            yaml.dump(answered(file), Dumper=_Text, allow_unicode=True, sort_keys=False, width=160), encoding="utf-8"
        )


if __name__ == "__main__":
    main()


def plain(value: object) -> object:
    """As JSON would carry it."""
    return json.loads(json.dumps(value))
