"""`yishu person` 主索引命令: for those who may, with a reason, written down, masked."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.needs import ROOT
from yishu import cli
from yishu.identity import Index, Registration
from yishu.kernel.store import open_store


def run(home: Path, *words: str) -> int:
    with pytest.raises(SystemExit) as left:
        cli.main(["--hospital", str(ROOT / "hospitals" / "model"), "--home", str(home), "--json", *words])
    return int(left.value.code or 0)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    index = Index(open_store(home), home)
    for local, name, born in (("1", "张家豪", date(1985, 3, 1)), ("2", "李秀英", date(1950, 2, 2))):
        index.register(Registration("his", local, name, None, born, None, f"1391234567{local}"), datetime(2026, 6, 1, 8))
    index.close()
    return home


def test_found_merged_shown_and_unmerged(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "person", "find", "张家豪", "--viewer", "it") == 0
    assert json.loads(capsys.readouterr().out) == {"persons": [1]}
    assert run(home, "person", "merge", "1", "2", "--viewer", "it", "--reason", "本人核对") == 0
    capsys.readouterr()
    assert run(home, "person", "show", "1", "--viewer", "it") == 0
    shown = capsys.readouterr().out
    assert len(json.loads(shown)["patients"]) == 2 and "张家豪" not in shown and "1391234567" not in shown
    assert run(home, "person", "unmerge", "1", "2", "--viewer", "it", "--reason", "并错了") == 0
    assert run(home, "person", "merge", "1", "2", "--viewer", "it", "--reason", " ") != 0
    with open_store(home).connect() as connection:
        trail = [tuple(row) for row in connection.execute(text("SELECT viewer, action, object FROM audit ORDER BY seq"))]
    assert trail[0] == ("it", "person find", "") and ("it", "person merge", "1 2") in trail


def test_not_for_those_who_may_not_link(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "person", "find", "张家豪", "--viewer", "doctor_ortho") != 0
    out = capsys.readouterr()
    assert "persons" not in out.out and "不能使用患者主索引" in out.err + out.out
