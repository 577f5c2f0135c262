"""The review desk 复核台: verdicts, four eyes, taking back; what people said feeds the thresholds."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from yishu.identity import Index, Registration, desk, ledger, review
from yishu.identity.errors import FourEyes
from yishu.identity.review import Agreement, advised
from yishu.kernel.errors import InputError
from yishu.kernel.store import open_store

AT = datetime(2026, 6, 1, 8)


def a_doubt(home: Path) -> Index:
    """Two who may be one: same birth, phone and home, one other character."""
    index = Index(open_store(home), home)
    for local, name in (("1", "张家豪"), ("2", "张家宝")):
        index.register(Registration("his", local, name, "男", date(1985, 3, 1), None, "13912345678", None, "滨湖区锦绣路8号3栋101室"), AT)
    return index


def test_same_merges_and_taking_back_restores(tmp_path: Path) -> None:
    index = a_doubt(tmp_path)
    before = ledger.state(index.engine)
    done = desk.decide(index.engine, 1, "same", by="it", reason="本人核对", at=AT)
    assert done.state == "same" and done.first_by == "it"
    assert len(desk.pair(index.engine, tmp_path, 1).left.patients) == 2
    with pytest.raises(InputError, match="已由 it 处理"):
        desk.decide(index.engine, 1, "different", by="it", reason="改判", at=AT)
    assert desk.take_back(index.engine, 1, by="it", reason="看错了", at=AT).state == "open"
    assert ledger.state(index.engine) == before


def test_different_keeps_apart_for_good(tmp_path: Path) -> None:
    index = a_doubt(tmp_path)
    desk.decide(index.engine, 1, "different", by="quality", reason="双胞胎", at=AT)
    assert ledger.history(index.engine.connect(), [1])[-1].kind == "apart"
    assert review.queue(index.engine)[1] == 0


def test_four_eyes_want_two_people(tmp_path: Path) -> None:
    index = a_doubt(tmp_path)
    assert desk.decide(index.engine, 1, "same", by="it", reason="很像", at=AT, two_people=True).state == "second"
    with pytest.raises(FourEyes):
        desk.decide(index.engine, 1, "same", by="it", reason="再点一次", at=AT, two_people=True)
    done = desk.decide(index.engine, 1, "same", by="quality", reason="同意", at=AT, two_people=True)
    assert (done.state, done.first_by, done.second_by) == ("same", "it", "quality")


def test_nothing_identifying_is_shown(tmp_path: Path) -> None:
    index = a_doubt(tmp_path)
    shown = str(desk.pair(index.engine, tmp_path, 1))
    assert "张*" in shown and "张家" not in shown and "13912345678" not in shown


def test_the_threshold_follows_measured_agreement() -> None:
    bands = (Agreement(0.9, 0.95, 10, 30), Agreement(0.95, 0.99, 300, 0), Agreement(0.99, 1.0, 500, 0))
    assert advised(bands) == 0.95
    assert advised((Agreement(0.99, 1.0, 20, 0),)) is None
