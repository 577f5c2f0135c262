"""Process maps of a random hospital: no viewer's map holds an event outside his scope; every edge leads to its source rows."""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import create_engine

from tests.hospital_rows import NOW, Row, random_hospital, warehouse
from yishu import journey
from yishu.hospital import Batch, model
from yishu.hospital.events import derive_events
from yishu.hospital.store import QUALITY
from yishu.kernel.errors import InputError
from yishu.security import Viewer

VIEWERS = (
    Viewer("director", "director", "院长"),
    Viewer("head", "head", "骨科主任", frozenset({"D0403"})),
    Viewer("both", "head", "两科", frozenset({"D0301", "D1000"})),
    Viewer("nurse", "nurse", "护士", frozenset({"D0401"}), ward="W3"),
    Viewer("auditor", "auditor", "审计"),
    Viewer("nobody", "visitor", "无权"),
)


def opened(seed: int, size: int = 90) -> tuple[duckdb.DuckDBPyConnection, dict[str, list[Row]]]:
    rows = random_hospital(seed, size)
    for i, exam in enumerate(rows["exam"]):
        exam |= {"stay_id": f"ZY-{i % size}", "visit_id": None} if i % 3 else {"stay_id": None, "visit_id": f"visit-{i}"}
    for i, surgery in enumerate(rows["surgery"]):
        surgery |= {"stay_id": f"ZY-{i % 7}", "visit_id": None}
    rows["patient"] = [{"patient_key": k, "person_id": k} for k in range(1, 51)]
    connection = warehouse(rows)
    connection.execute(f"CREATE SCHEMA wh.quality; CREATE TABLE wh.quality.applied ({QUALITY['applied']})")
    derive_events(connection, Batch("derived", "l", NOW, 1, ""))
    return connection, rows


def looking(connection: duckdb.DuckDBPyConnection, viewer: Viewer, now: datetime = NOW) -> journey.Looking:
    @contextlib.contextmanager
    def reading() -> Iterator[duckdb.DuckDBPyConnection]:
        yield connection.cursor()

    return journey.Looking(viewer, model(), reading, create_engine("sqlite://"), Path(), lambda: now)


def _mine(viewer: Viewer, rows: dict[str, list[Row]]) -> tuple[set[Any], set[Any]]:
    """Stays and visits of the viewer, from the declaration in tables/*.yaml, in plain Python."""
    if viewer.role == "director":
        return {r["stay_id"] for r in rows["stay"]}, {r["visit_id"] for r in rows["visit"]}
    own = viewer.departments if viewer.role in ("head", "nurse", "doctor") else frozenset()
    moved = {t["stay_id"] for t in rows["transfer"] if own & {t["from_department"], t["to_department"]}}
    stays = {r["stay_id"] for r in rows["stay"] if own & {r["department"], r["admit_department"]} or r["stay_id"] in moved}
    return (stays, {r["visit_id"] for r in rows["visit"] if r["department"] in own}) if own else (set(), set())


def _oracle(connection: duckdb.DuckDBPyConnection, viewer: Viewer, rows: dict[str, list[Row]], unit: str) -> tuple[Counter[tuple[str, str]], int]:
    stays, visits = _mine(viewer, rows)
    cancelled = {r["stay_id"] for r in rows["stay"] if r["status"] == "取消" or r["admitted_at"] is None}
    dropped = {r["visit_id"] for r in rows["visit"] if r["status"] == "退号" or r["visit_date"] is None}
    walks: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    own = None if viewer.role == "director" else viewer.departments
    for event, stay, visit, activity, done, place, department, tie in connection.execute(
        "SELECT event_id, stay_id, visit_id, activity, completed, place, department, hash(event_id) FROM wh.hospital.event"
    ).fetchall():
        if own is not None and department not in own and stay not in stays:
            continue
        if unit == "stay" and stay in stays and stay not in cancelled:
            walks[stay].append((done, place, tie, activity, event))
        if unit == "visit" and stay is None and visit in visits and visit not in dropped:
            walks[visit].append((done, place, tie, activity, event))
    edges: Counter[tuple[str, str]] = Counter()
    for events in walks.values():
        events.sort()
        edges.update(itertools.pairwise(e[3] for e in events))
    return edges, sum(map(len, walks.values()))


@pytest.mark.parametrize("seed", [1, 2])
def test_each_viewer_sees_the_map_of_his_own_events_and_every_edge_has_its_rows(seed: int) -> None:
    connection, rows = opened(seed)
    walked = 0
    for viewer in VIEWERS:
        for unit in ("stay", "visit"):
            here = looking(connection, viewer)
            cohort = journey.Cohort.parse({"unit": unit})
            found = journey.draw(here, cohort).map
            edges, events = _oracle(connection, viewer, rows, unit)
            assert {(e.before, e.after): e.count for e in found.edges} == dict(edges), (viewer.name, unit)
            assert found.events == events
            if viewer.role in ("auditor", "visitor"):
                assert not events
            for edge in found.edges[:: 5 if viewer.role == "director" else 25]:
                behind = journey.walks(here, cohort, edge.before, edge.after, 0, 1000)
                assert behind.total == len(behind.rows) == edge.count
                assert len({w.case for w in behind.rows}) == edge.cases
                assert all(w.before.source_key and w.after.source_key and w.before.source for w in behind.rows)
                walked += 1
    assert walked > 30


def test_a_replay_holds_the_steps_of_ones_own_cases_in_order() -> None:
    connection, rows = opened(3)
    for viewer in VIEWERS:
        cohort = journey.Cohort.parse({})
        played = journey.replay(looking(connection, viewer), cohort)
        edges, events = _oracle(connection, viewer, rows, "stay")
        found = Counter((played.names[a[0]], played.names[b[0]]) for case in played.cases for a, b in itertools.pairwise(case))
        assert found == edges and sum(map(len, played.cases)) == events and played.of == len(played.cases)
        assert all(case[0][1] == 0 and list(case) == sorted(case, key=lambda step: step[1]) for case in played.cases)


def test_cohort_filters_against_plain_python() -> None:
    connection, rows = opened(7)
    here = looking(connection, VIEWERS[0])
    for asked in (
        {"departments": ["D0403"]},
        {"gender": "女", "age_min": 20, "age_max": 60},
        {"start": "2024-09-01", "end": "2025-01-31"},
        {"passed": ["手术"]},
        {"without": ["手术"], "passed": ["检查"]},
    ):
        found = journey.draw(here, journey.Cohort.parse(asked)).map
        happened: dict[str, set[str]] = defaultdict(set)
        for stay, activity in connection.execute("SELECT stay_id, activity FROM wh.hospital.event WHERE stay_id IS NOT NULL").fetchall():
            happened[stay].add(activity)
        wanted = 0
        for row in rows["stay"]:
            ok = row["status"] != "取消" and row["admitted_at"] is not None
            ok &= "departments" not in asked or row["department"] in asked["departments"]
            ok &= "gender" not in asked or row["gender"] == asked["gender"]
            ok &= "age_min" not in asked or (row["age_years"] is not None and 20 <= row["age_years"] <= 60)  # type: ignore[operator]
            ok &= "start" not in asked or "2024-09-01" <= str(row["admitted_at"])[:10] <= "2025-01-31"
            ok &= all(a in happened[str(row["stay_id"])] for a in asked.get("passed", []))
            ok &= not any(a in happened[str(row["stay_id"])] for a in asked.get("without", []))
            wanted += bool(ok and happened[str(row["stay_id"])])
        assert found.cases == wanted, asked


@pytest.mark.parametrize("asked", [{"unit": "month"}, {"departmens": []}, {"age_min": "x"}, {"start": "2025-13-01"}, {"start": "2025-02-01", "end": "2025-01-01"}, {"passed": 3}])
def test_a_wrong_cohort_says_what_is_wrong(asked: dict[str, object]) -> None:
    with pytest.raises(InputError) as caught:
        journey.Cohort.parse(asked)
    assert caught.value.code == "journey.cohort"
