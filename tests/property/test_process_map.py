"""The process map against a slow obvious oracle, and on a real hospital's log."""

import csv
import gzip
import itertools
from collections import Counter
from pathlib import Path
from statistics import median

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.events import load, main, steps
from tests.needs import data_dir
from yishu.journey.process import discover
from yishu.kernel.errors import InputError

EVENT = st.tuples(st.sampled_from("一二三"), st.sampled_from(["挂号", "报到", "就诊", "缴费", "取药"]), st.integers(0, 3600 * 5), st.one_of(st.none(), st.integers(0, 900)))


def _moment(second: int) -> str:
    return f"2025-06-01 {8 + second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def _oracle(log: list[tuple[str, str, int, int | None]]) -> tuple[Counter[str], Counter[tuple[str, ...]], float | None]:
    cases: dict[str, list[tuple[int, int, str, int]]] = {}
    for place, (case, activity, complete, back) in enumerate(log):
        cases.setdefault(case, []).append((complete, place, activity, complete - (back or 0)))
    edges: Counter[str] = Counter()
    ways: Counter[tuple[str, ...]] = Counter()
    lasted = []
    for events in cases.values():
        events.sort()
        way = tuple(e[2] for e in events)
        ways[way] += 1
        edges.update(f"{a}→{b}" for a, b in itertools.pairwise(way))
        lasted.append((max(e[0] for e in events) - min(e[3] for e in events)) / 3600)
    return edges, ways, median(lasted) if lasted else None


@settings(max_examples=120, deadline=None)
@given(st.lists(EVENT, max_size=40))
def test_equal_to_the_oracle(log: list[tuple[str, str, int, int | None]]) -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TEMP TABLE events (case_id TEXT, activity TEXT, started TIMESTAMP, completed TIMESTAMP, place BIGINT)")
    rows = [(c, a, _moment(t - b) if b is not None and t >= b else None, _moment(t), n) for n, (c, a, t, b) in enumerate(log)]
    if rows:
        connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows)
    kept = [(c, a, t, b if b is not None and t >= b else None) for c, a, t, b in log]
    edges, ways, hours = _oracle(kept)
    found = discover(steps(connection), top=1000)
    assert {f"{e.before}→{e.after}": e.count for e in found.edges} == dict(edges)
    assert {v.activities: v.cases for v in found.top_variants} == dict(ways)
    assert found.variants == len(ways)
    assert found.median_hours == (pytest.approx(hours) if hours is not None else None)


@pytest.mark.needs("data:eventlogs")
def test_the_sepsis_log(tmp_path: Path) -> None:
    path = tmp_path / "sepsis.csv"
    with gzip.open(data_dir() / "eventlogs" / "sepsis_cases.csv.gz", "rt") as text, path.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["case", "activity", "start", "complete", "resource"])
        rows.writerows([r["case_id"], r["activity"], "", r["timestamp"], r["resource"]] for r in csv.DictReader(text))
    found = main(path)
    assert (found["cases"], found["events"], found["set_aside"]) == (1050, 15214, [])
    assert sum(found["edges"].values()) == 15214 - 1050
    with path.open() as text:
        by_case: dict[str, list[tuple[str, int, str]]] = {}
        for place, row in enumerate(csv.DictReader(text)):
            by_case.setdefault(row["case"], []).append((row["complete"], place, row["activity"]))
    ways = Counter(tuple(a for _, _, a in sorted(events)) for events in by_case.values())
    assert found["variants"] == len(ways)
    assert found["edges"]["CRP→Leucocytes"] == sum(
        (a, b) == ("CRP", "Leucocytes") for way, n in ways.items() for a, b in itertools.pairwise(way) for _ in range(n)
    )


def test_a_log_with_missing_and_reversed_times(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("case,activity,start,complete,resource\n1,a,2025-01-01 10:00,2025-01-01 09:00,x\n1,b,,,x\n1,c,,2025-01-01 11:00,x\n,d,,2025-01-01,x\n")
    found = main(path)
    assert found["edges"] == {"a→c": 1}
    assert len(found["set_aside"]) == 2
    (tmp_path / "bad.csv").write_text("case,what\n1,a\n")
    with pytest.raises(InputError) as caught:
        load(duckdb.connect(), tmp_path / "bad.csv")
    assert caught.value.code == "events.no_column"
