"""The hours ahead: many small steps tell what one long step tells, and the stores stay whole."""

from __future__ import annotations

import sqlite3
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from yishu.demo import make
from yishu.demo.ahead import Ahead, ahead
from yishu.demo.live import Change, step, write
from yishu.demo.world import seconds

UNTIL = datetime(2026, 6, 30, 9)
NOW = seconds(UNTIL)
END = NOW + 8 * 3600


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("live")
    make(home, seed=5, until=UNTIL, days=8, scale=0.4, defects="none", systems=("lis",))
    return home


@pytest.fixture(scope="module")
def day(home: Path) -> Ahead:
    return ahead(home, seed=5, now=NOW, end=END, scale=0.4)


def _said(changes: tuple[Change, ...]) -> list[tuple[object, ...]]:
    return [(c.store, c.table, tuple(c.key.values()), tuple(c.cells.items()), c.new) for c in changes]


def test_the_same_stores_give_the_same_hours(home: Path, day: Ahead) -> None:
    again = ahead(home, seed=5, now=NOW, end=END, scale=0.4)
    assert again.rows == day.rows
    assert ahead(home, seed=5, now=NOW, end=END, scale=0.4, turn=1).rows != day.rows


def test_small_steps_tell_what_one_step_tells(day: Ahead) -> None:
    whole = step(day, NOW, END)
    parts = [step(day, at, at + 600) for at in range(NOW, END, 600)]
    assert [c for p in parts for c in _said(p.changes)] == _said(whole.changes)
    assert Counter((s.moment, s.trigger, s.key, s.segments) for p in parts for s in p.speeches) == Counter((s.moment, s.trigger, s.key, s.segments) for s in whole.speeches)
    kinds = {s.trigger for s in whole.speeches}
    assert kinds >= {"ADT^A01", "ADT^A03", "ADT^A04", "ADT^A08", "ADT^A28", "ORM^O01", "ORU^R01", "DFT^P03"}


def test_the_stores_stay_whole(home: Path, day: Ahead) -> None:
    before = _counts(home)
    old = set(home.joinpath("sources", "messages").rglob("*.hl7"))
    files = write(home, step(day, NOW, END))
    after = _counts(home)
    assert all(after[t] > before[t] for t in ("MZ_GHZD", "MZ_FZJH", "MZ_CFMXK", "SF_BRJSK", "ZY_ZKJL", "ZY_BRRY", "lis_result"))
    assert {p for paths in files.values() for p in paths} == set(home.joinpath("sources", "messages").rglob("*.hl7")) - old
    mz, zy = (sqlite3.connect(home / "sources" / f"{s}.db") for s in ("his_mz", "his_zy"))
    for query in (
        "SELECT count(*) FROM MZ_FZJH WHERE GHXH NOT IN (SELECT XH FROM MZ_GHZD)",
        "SELECT count(*) FROM MZ_GHZD WHERE PATID NOT IN (SELECT PATID FROM MZ_BRXX)",
        "SELECT count(*) FROM MZ_CFMXK WHERE CFXH NOT IN (SELECT XH FROM MZ_CFK)",
        "SELECT count(*) FROM MZ_CFK WHERE JSBZ = '1' AND SJH NOT IN (SELECT SJH FROM SF_BRJSK)",
        "SELECT count(*) - count(DISTINCT SJH) FROM SF_BRJSK",
        "SELECT count(*) FROM MZ_FZJH WHERE JHSJ <> '' AND JHSJ < BDSJ AND BDSJ <> ''",
    ):
        assert mz.execute(query).fetchone()[0] == 0, query
    for query in (
        "SELECT count(*) - count(DISTINCT ZYH) FROM ZY_CWSZ WHERE CWZT = 1",
        "SELECT count(*) FROM ZY_CWSZ WHERE CWZT = 1 AND ZYH NOT IN (SELECT ZYH FROM ZY_BRRY WHERE CYPB IN (0, 1))",
        "SELECT count(*) FROM ZY_ZKJL WHERE ZYH NOT IN (SELECT ZYH FROM ZY_BRRY)",
    ):
        assert zy.execute(query).fetchone()[0] == 0, query
    mz.close()
    zy.close()


def _counts(home: Path) -> dict[str, int]:
    made: dict[str, int] = {}
    for store in ("his_mz", "his_zy", "lis"):
        connection = sqlite3.connect(home / "sources" / f"{store}.db")
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            made[table] = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        connection.close()
    return made
