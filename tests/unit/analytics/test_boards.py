"""Boards of a random hospital: every figure equals its own question, and the rows behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.hospital_rows import NOW, random_hospital, warehouse
from yishu import analytics, hospital, metrics
from yishu.analytics.board import CARDS, progress
from yishu.analytics.department import fitting
from yishu.analytics.desk import Desk
from yishu.kernel import InputError, NotPermitted
from yishu.security import Viewer
from yishu.web.schema import Board, DepartmentBoard

FOLDER = """
name: 小医院
campuses: [{id: HQ, name: 总院}, {id: EAST, name: 东院区}]
departments: [{id: D0403, name: 骨科, group: 外科}, {id: D0301, name: 心血管内科, group: 内科}]
wards: [{id: W1, name: 骨科一病区, campus: HQ, department: D0403, beds: [{department: D0403, since: 2024-01-01, open: 6}]}]
"""
DIRECTOR = Viewer("director", "director", "院长")
HEAD = Viewer("head", "head", "骨科主任", frozenset({"D0403"}))


@pytest.fixture(scope="module")
def data() -> Iterator[duckdb.DuckDBPyConnection]:
    made = warehouse(random_hospital(7, 400))
    made.execute("CREATE SCHEMA IF NOT EXISTS wh.quality")
    made.execute("CREATE TABLE IF NOT EXISTS wh.quality.applied (load_id VARCHAR, source VARCHAR, map_version VARCHAR, applied_at TIMESTAMP)")
    made.execute("INSERT INTO wh.quality.applied VALUES ('L1', 'his', '', ?)", [NOW])
    yield made
    made.close()


def desk(data: duckdb.DuckDBPyConnection, folder: Path, viewer: Viewer, now: datetime = NOW) -> Desk:
    (folder / "hospital.yaml").write_text(FOLDER, encoding="utf-8")
    centre = metrics.centre(folder)

    @contextmanager
    def reading() -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = data.cursor()
        yield cursor
        cursor.close()

    return Desk(
        viewer=viewer, centre=centre, model=hospital.model(), profile=hospital.profile(folder), clock=lambda: now,
        ask=lambda query: metrics.measure(viewer, query, centre, data, lambda: now), reading=reading,
    )  # fmt: skip


def test_the_cockpit_has_every_piece(data: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    told = analytics.cockpit(desk(data, tmp_path, DIRECTOR)).as_json()
    Board.model_validate(told)
    strip = {moment["id"]: moment for moment in told["strip"]}
    assert {"now_inpatients", "free_beds", "now_registered", "total_visits", "admissions", "discharges", "now_operating"} <= set(strip)
    cards: dict[str, Any] = {card["id"]: card for card in told["cards"]}
    assert set(cards) == {"total_visits", "discharges", "surgeries", "bed_occupancy_rate", "avg_length_of_stay", "revenue", "drug_cost_ratio", "consumable_ratio", "cmi"}
    assert [p["id"] for p in cards["total_visits"]["parts"]] == ["outpatient_visits", "emergency_visits"]
    assert told["speaks_of"] in ("2025-07-13", "2025-07-14") and len(cards["revenue"]["sparkline"]) == 30
    assert cards["revenue"]["columns"]["month"]["query"]["time"] == {"start": "2025-07-01", "end": told["speaks_of"]}
    assert told["ranking"]["by"] == "department" and told["ranking"]["rows"]


def test_each_figure_is_a_door_to_its_rows(data: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    at = desk(data, tmp_path, DIRECTOR)
    told = analytics.cockpit(at, campus="总院").as_json()
    spots = [c["columns"][p] for c in told["cards"] for p in ("month", "year")] + [m for m in told["strip"] if m["id"] != "free_beds"]
    for spot in spots:
        if spot["cell"] is None:
            assert spot["value"] == 0
            continue
        request = metrics.RowsRequest.parse({"query": spot["query"], "cell": spot["cell"]})
        found = metrics.rows(DIRECTOR, request, at.centre, data, at.clock)
        assert found.value == pytest.approx(spot["value"], rel=1e-9) if spot["value"] is not None else found.value is None


def test_early_in_the_morning_it_speaks_of_yesterday(data: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    early = analytics.cockpit(desk(data, tmp_path, DIRECTOR, datetime(2025, 7, 15, 5, 10))).as_json()
    labels = {moment["id"]: moment["label"] for moment in early["strip"]}
    assert labels["admissions"] == "昨日入院"
    late = analytics.cockpit(desk(data, tmp_path, DIRECTOR)).as_json()
    assert {m["id"]: m["label"] for m in late["strip"]}["admissions"] == "今日入院"


def test_a_head_sees_his_own_department(data: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    at = desk(data, tmp_path, HEAD)
    told = analytics.department(at).as_json()
    DepartmentBoard.model_validate(told)
    assert told["department"] == {"id": "D0403", "name": "骨科"}
    whole = analytics.department(desk(data, tmp_path, DIRECTOR), "骨科").as_json()
    for mine, his in zip(told["cards"], whole["cards"], strict=True):
        assert [mine["columns"][p]["value"] for p in mine["columns"]] == [his["columns"][p]["value"] for p in his["columns"]]
    for line in told["todo"]:
        assert line["count"] > 0 and line["link"].startswith("/evidence?")
    with pytest.raises(NotPermitted):
        analytics.department(at, "心血管内科")
    with pytest.raises(InputError):
        analytics.cockpit(desk(data, tmp_path, DIRECTOR), campus="火星院区")


def test_progress_knows_which_way_is_good() -> None:
    assert progress(96, {"value": 80}, "up") == pytest.approx(120)
    assert progress(10, {"value": 8}, "down") == pytest.approx(80)
    assert progress(None, {"value": 8}, "down") is None and progress(3, None, "up") is None


def test_a_department_board_shows_only_cards_that_say_something(data: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    own = desk(data, tmp_path, HEAD)
    told = analytics.department(own)
    assert told.board.cards
    assert all(card.columns["year"].value for card in told.board.cards)
    nothing = fitting(desk(data, tmp_path, DIRECTOR).narrowed("department", "D9999"))
    assert nothing == CARDS, "where nothing is known the usual cards say so"
