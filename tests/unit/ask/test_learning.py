"""Learning 学习: what is kept of a question, what a correction proposes, what owners are told."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from yishu.ask.learn import (
    UNKEPT,
    Asked,
    confirmed,
    correct,
    decide,
    mark,
    note,
    pairs,
    proposals,
    unanswered,
    unknown_words,
    without_people,
)
from yishu.kernel.errors import InputError
from yishu.kernel.store import open_store

NOW = datetime(2025, 7, 15, 9)
MEANT = {"metrics": ["revenue"], "dimensions": []}


def asked(question: str, behaviour: str = "refuse", reason: str = "no_metric", at: datetime = NOW) -> Asked:
    return Asked(at, "director", "c1", question, behaviour, reason, "", "", None)


def test_names_and_numbers_of_people_are_not_kept() -> None:
    assert without_people("查一下440106199001011234的就诊记录", "privacy") == UNKEPT
    for text in ("患者李建国的费用为什么高", "王建军得了什么病", "病案号00123456用药", "电话13812345678", "a.b@c.cn 上月门诊"):
        kept = without_people(text)
        assert not any(p in kept for p in ("李建国", "王建军", "00123456", "13812345678", "a.b@c.cn")), kept
    assert without_people("上个月骨科门诊人次超过1000的有哪些天") == "上个月骨科门诊人次超过1000的有哪些天"


def test_a_correction_becomes_a_pair_and_a_proposal_and_then_a_synonym(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    number = note(store, asked("上个月流水多少"))
    correct(store, number, "director", MEANT, ("流水",), NOW)
    correct(store, number, "director", MEANT, ("流水",), NOW)
    (one,) = proposals(store)
    assert (one.word, one.metric, one.state) == ("流水", "revenue", "proposed")
    assert pairs(store)[0]["expect"] == {"behaviour": "query", "query": MEANT}
    assert confirmed(store) == {}
    decide(store, one.id, "quality", True)
    assert confirmed(store) == {"revenue": ("流水",)} and proposals(store) == ()
    decide(store, one.id, "quality", False)
    assert confirmed(store) == {}


def test_only_the_asker_marks_and_corrects(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    number = note(store, asked("上个月流水多少"))
    mark(store, number, "director", False)
    with pytest.raises(InputError):
        mark(store, number, "finance", True)
    with pytest.raises(InputError):
        correct(store, number, "finance", MEANT, (), NOW)
    with pytest.raises(InputError):
        decide(store, 99, "quality", True)


def test_the_weekly_list_counts_what_owners_can_mend(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    for _ in range(3):
        note(store, asked("上月体检人次"))
    note(store, asked("张三得了什么病", reason="privacy"))
    note(store, asked("上月门诊人次", "query", ""))
    note(store, asked("占比是多少", "clarify", ""))
    note(store, asked("旧问题", at=NOW - timedelta(30)))
    told = unanswered(store, NOW - timedelta(7))
    assert [(u.question, u.times, u.reason) for u in told] == [("上月体检人次", 3, "no_metric"), ("占比是多少", 1, "unclear")]


def test_a_question_back_that_was_answered_is_no_failure(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    for conversation, then in (("c1", "query"), ("c2", "refuse"), ("c3", ""), ("", "query")):
        for question, behaviour in ((f"占比是多少{conversation}", "clarify"), ("药占比", then)):
            if behaviour:
                note(store, Asked(NOW, "director", conversation, question, behaviour, "permission" if behaviour == "refuse" else "", "", "", None))
    note(store, Asked(NOW, "finance", "c3", "药占比", "query", "", "", "", None))  # another person's conversation
    assert {u.question for u in unanswered(store, NOW - timedelta(7))} == {"占比是多少c2", "占比是多少c3", "占比是多少"}


def test_unknown_words_are_words() -> None:
    assert unknown_words(["流水", "x", "123", "  "]) == ("流水",)
