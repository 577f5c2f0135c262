"""Alerts 提醒: silence, a clock that is off, numbers left out; each with one start and one end."""

from datetime import datetime, timedelta
from pathlib import Path

from tests.needs import ROOT
from yishu.flow.alerts import conditions
from yishu.integration.channels import channels
from yishu.integration.inbox import Inbox
from yishu.integration.watch import Pulse, Watchbook

NOW = datetime(2026, 6, 30, 10, 30)
SPECS = [c for c in channels(ROOT / "hospitals" / "model") if c.name == "lis_oru"]


def a_book(home: Path) -> Watchbook:
    Inbox(home, lambda: NOW).close()
    return Watchbook(home)


def minutes(*numbers: float) -> list[timedelta]:
    return [timedelta(minutes=n) for n in numbers]


def test_what_is_the_matter_is_said_in_words() -> None:
    week = {((NOW - timedelta(days=n)).date().isoformat(), 10): 40 for n in range(1, 7)}
    said = conditions(SPECS, {"lis_oru": week}, {"lis_oru": (NOW - timedelta(minutes=25)).isoformat()}, {"lis_oru": Pulse(timedelta(minutes=-7), (4, 5))}, NOW)
    assert {kind for _, kind in said} == {"silence", "clock", "gap"}
    assert "每小时 40 条，已 25 分钟没有" in said["lis_oru", "silence"] and "快 7 分钟" in said["lis_oru", "clock"] and "缺 2 个：4、5" in said["lis_oru", "gap"]
    assert conditions(SPECS, {}, {}, {"lis_oru": Pulse(timedelta(seconds=30), ())}, NOW) == {}


def test_one_alert_when_it_starts_and_one_when_it_ends(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    wrong = {("lis_oru", "gap"): "缺 1 个"}
    assert [(a.kind, a.ended) for a in book.settle(wrong, NOW)] == [("gap", None)]
    assert book.settle({("lis_oru", "gap"): "缺 2 个"}, NOW + timedelta(minutes=1)) == []
    ended = book.settle({}, NOW + timedelta(minutes=9))
    assert [(a.text, a.began, a.ended) for a in ended] == [("缺 2 个", NOW.isoformat(), (NOW + timedelta(minutes=9)).isoformat())]
    assert book.settle({}, NOW + timedelta(minutes=10)) == []
    assert len(book.alerts(NOW)) == 1 and book.alerts(NOW + timedelta(days=1)) == []


def test_numbers_left_out_are_missing_until_they_come_and_a_restart_forgets(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    book.heard("lis_oru", minutes(*[0.1] * 12), [7, 8, 11, 12], NOW)
    assert book.pulses()["lis_oru"] == Pulse(timedelta(seconds=6), (9, 10))
    book.heard("lis_oru", minutes(-9), [9], NOW)   # one message says nothing of a clock
    assert book.pulses()["lis_oru"] == Pulse(timedelta(seconds=6), (10,))
    book.heard("lis_oru", [], [500_000], NOW)
    assert book.pulses()["lis_oru"].missing == ()
    book.heard("lis_oru", minutes(*[-5.0] * 10), [500_001], NOW)
    assert book.pulses()["lis_oru"].delay == timedelta(minutes=-5)
