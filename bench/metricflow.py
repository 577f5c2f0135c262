"""MetricFlow's own integration cases as an outside oracle 外部对照: `python -m bench.metricflow DIR [--engine E]` (design §5.5).

`unsupported` is decided from the case before anything runs; an engine's error or other rows are wrong.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from yishu.kernel import InputError
from yishu.metrics.engines import Engine, engine_named, statement
from yishu.metrics.graph_plan import GraphQuery, Item, item
from yishu.metrics.metricflow import Manifest, filters, manifest
from yishu.metrics.outside import outside_query

Case = dict[str, Any]
Row = list[Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a case 结论."""

    name: str
    outcome: str
    reason: str = ""


def main() -> int:
    """Run every case of a folder on one engine and print one JSON object."""
    words = argparse.ArgumentParser(prog="python -m bench.metricflow")
    words.add_argument("dir", type=Path)
    words.add_argument("--engine", default="duckdb", choices=("duckdb", "postgres", "clickhouse", "spark"))
    words.add_argument("--only", default="")
    asked = words.parse_args()
    verdicts = run(asked.dir, asked.engine, asked.only)
    print(json.dumps(told(verdicts, asked.engine), ensure_ascii=False, indent=1))
    return 0


def told(verdicts: list[Verdict], engine: str) -> dict[str, Any]:
    """The JSON of design §5.5, with what was wrong by name."""
    by = {o: [v for v in verdicts if v.outcome == o] for o in ("right", "wrong", "unsupported")}
    return {
        "engine": engine,
        "total": len(verdicts),
        "right": len(by["right"]),
        "wrong": len(by["wrong"]),
        "unsupported": [{"name": v.name, "reason": v.reason} for v in by["unsupported"]],
        "wrong_cases": [{"name": v.name, "reason": v.reason} for v in by["wrong"]],
    }


def run(folder: Path, engine: str, only: str = "") -> list[Verdict]:
    """Every case of a folder on one engine."""
    with gzip.open(folder / "cases.jsonl.gz", "rt", encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines]
    read: dict[str, Manifest] = {}
    with engine_named(engine) as ready:
        ready.load_parquet(sorted((folder / "tables").glob("*.parquet")))
        found = []
        for case in cases:
            if only and only not in case["name"]:
                continue
            if case["manifest"] not in read:
                read[case["manifest"]] = manifest(folder / "manifests" / case["manifest"])
            found.append(judge(case, read[case["manifest"]], ready))
    return found


def judge(case: Case, given: Manifest, engine: Engine) -> Verdict:
    """One case: refused beforehand, or run and compared."""
    try:
        tree = outside_query(given.centre, question(case, given))
        text = statement(engine, tree)
    except InputError as error:
        return Verdict(case["name"], "unsupported", f"{error.message}  [{error.code}]")
    except Exception as error:
        return Verdict(case["name"], "wrong", f"defect {type(error).__name__}: {error}")
    try:
        names, rows = engine.rows(text)
    except Exception as error:
        return Verdict(case["name"], "wrong", f"engine {type(error).__name__}: {str(error)[:300]}")
    reason = differ(case, names, [list(r) for r in rows])
    return Verdict(case["name"], "wrong" if reason else "right", reason)


def question(case: Case, given: Manifest) -> GraphQuery:
    """The case as a question of ours."""
    graph = given.graph
    if case.get("saved_query_name"):
        saved = given.saved[case["saved_query_name"]]
        metrics, by, where, order, limit = saved.metrics, saved.by, saved.where, saved.order, saved.limit
        where = (*where, *filters(case.get("where")))
        order = order or tuple(_order(o, given) for o in case.get("order_bys") or ())
        limit = limit or case.get("limit")
    else:
        metrics = tuple(case.get("metrics") or ())
        by = tuple(item(n, graph) for n in case.get("group_bys") or ())
        by += tuple(
            Item((*(i := item(o["name"], graph)).links,), i.name, o.get("grain") or i.grain, o.get("date_part") or i.part)
            for o in case.get("group_by_objs") or ()
        )
        where = filters(case.get("where"))
        order = tuple(_order(o, given) for o in case.get("order_bys") or ())
        limit = case.get("limit")
    for name in metrics:
        if name in given.refusals:
            raise InputError("manifest.refused", given.refusals[name])
    time = case.get("time_constraint")
    span = (_moment(time[0], end=False), _moment(time[1], end=True)) if time else None
    return GraphQuery(
        metrics, by, where, span, order, limit, distinct=bool(case.get("apply_group_by", True)), extremes=bool(case.get("min_max_only"))
    )


def _order(name: str, given: Manifest) -> tuple[Item | str, bool]:
    plain = name.removeprefix("-")
    return (plain if plain in given.centre.by_id else item(plain, given.graph)), name.startswith("-")


def _moment(text: str, *, end: bool) -> datetime:
    found = datetime.fromisoformat(text)
    return found.replace(hour=23, minute=59, second=59) if end and len(text) == 10 else found


def differ(case: Case, names: list[str], rows: list[Row]) -> str:
    """Why an answer is not the expected one, by the comparison rules of the cases; empty where it is."""
    expected_names = [c["name"] for c in case["columns"]]
    if set(names) != set(expected_names) or len(names) != len(expected_names):
        return f"columns {names} for {expected_names}"
    order = [names.index(n) for n in expected_names]
    mine = [[_plain(r[i]) for i in order] for r in rows]
    wanted = [[_plain(_typed(v, c["type"])) for v, c in zip(r, case["columns"], strict=True)] for r in case["expected_rows"]]
    if len(mine) != len(wanted):
        return f"{len(mine)} rows for {len(wanted)}"
    if not case.get("check_order"):
        mine, wanted = sorted(mine, key=_rank), sorted(wanted, key=_rank)
    for one, other in zip(mine, wanted, strict=True):
        if not all(_same(a, b) for a, b in zip(one, other, strict=True)):
            if "tie_nondeterministic" in (case.get("flags") or ()) and _tied(mine, wanted):
                return ""
            return f"row {one} for {other}"
    return ""


def _tied(mine: list[Row], wanted: list[Row]) -> bool:
    """The one case with two right answers: the rows that may change places are those of the tie."""
    off = [(a, b) for a, b in zip(mine, wanted, strict=True) if not all(_same(x, y) for x, y in zip(a, b, strict=True))]
    return {str(a[0]) for a, _ in off} <= {"fb_ad_1", "user_2"}


def _typed(cell: Any, kind: str) -> Any:
    return datetime.fromisoformat(cell) if isinstance(cell, str) and kind.startswith(("TIMESTAMP", "DATE")) else cell


def _plain(cell: Any) -> Any:
    if isinstance(cell, Decimal):
        return int(cell) if cell == cell.to_integral_value() else float(cell)
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)
    return cell


def _rank(row: Row) -> list[tuple[int, str]]:
    return [(0, "") if c is None else (1, f"{float(c):.5e}" if isinstance(c, (int, float)) else str(c)) for c in row]


def _same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(float(one) - float(other)) <= max(1e-9 * abs(float(other)), 1e-9)
    return bool(one == other)


if __name__ == "__main__":
    sys.exit(main())
