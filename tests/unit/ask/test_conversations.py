"""Conversations 对话: follow-ups edit the frame, answers bind, a department's person stays in his department."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from yishu.ask import Asker, Reply, Turn, Understanding, Vocabulary

GOLDEN = Path(__file__).parents[2] / "golden" / "ask"
HOUSE = Understanding(Vocabulary.of_catalog(json.loads((GOLDEN / "catalog.json").read_text(encoding="utf-8"))), date(2025, 7, 15))
ROWS = [row for row in (GOLDEN / "conversations.txt").read_text(encoding="utf-8").splitlines() if row and not row.startswith("#")]


def told(reply: Reply) -> str:
    """The reply in the words of the file."""
    if reply.behaviour == "clarify":
        return f"?{reply.about}"
    if reply.behaviour == "refuse":
        return f"!{reply.reason}"
    frame = reply.frame
    assert frame is not None
    filters = "+".join(("not " if f.op == "not_in" else "") + "+".join(f.values) for f in frame.filters)
    parts = [
        ",".join(HOUSE.linker.metrics[m].label for m in frame.metrics), ",".join(frame.dimensions), filters,
        f"{frame.time.start}~{frame.time.end}" if frame.time else "", ",".join(frame.compare), frame.order[1] if frame.order else "", str(frame.limit or ""),
    ]  # fmt: skip
    return " / ".join(p or "-" for p in parts)


@pytest.mark.parametrize("row", ROWS)
def test_a_conversation_is_followed(row: str) -> None:
    talk, _, expected = row.partition(" => ")
    who = Asker()
    if talk.startswith("@"):
        head, _, talk = talk.partition(" ")
        role, _, department = head[1:].partition(":")
        who = Asker(role, department)
    *turns, question = talk.split(" | ")
    assert told(HOUSE.ask(question, turns, who)) == expected


def test_an_answer_leaves_the_waiting_question_as_it_was() -> None:
    _, turn = HOUSE.step("上月次均费用", Turn(), Asker())
    first, _ = HOUSE.step("门诊的", turn, Asker())
    second, _ = HOUSE.step("住院的", turn, Asker())
    assert first.frame and second.frame
    assert (first.frame.metrics, second.frame.metrics) == (("avg_outpatient_cost",), ("avg_inpatient_cost",))


@pytest.mark.parametrize(
    "text",
    ["", " ", "?", "。。。", "😀😀😀", "啊" * 10_000, "门诊人次" * 2_500, "上月门诊人次 مرحبا привет", "2月30日门诊人次", "13月门诊人次", "去年明年门诊人次", "上月到去年的门诊人次", "从6月到3月门诊人次", "\x00\x01", "%%%%", "1", "null", "上月 AND 1=1 门诊人次"],
)  # fmt: skip
def test_bad_input_is_never_answered_with_a_guess(text: str) -> None:
    reply = HOUSE.ask(text)
    assert reply.behaviour in {"clarify", "refuse", "query"}
    assert reply.behaviour == "query" or reply.say
    if reply.behaviour == "query":
        assert reply.frame and reply.frame.metrics


@pytest.mark.parametrize(
    ("text", "behaviour", "word"),
    [
        ("", "clarify", "哪个指标"), ("😀😀😀", "clarify", "哪个指标"), ("？！。，、", "clarify", "哪个指标"), ("啊" * 10_000, "clarify", "10000 字"), ("门诊人次" * 2_500, "clarify", "太长"),
        ("上月门诊人次 مرحبا привет", "clarify", "没听懂"), ("ЖЖ上月收入", "clarify", "没听懂"), ("2月30日门诊人次", "clarify", "2月30日"), ("13月门诊人次", "clarify", "13月"), ("第5季度收入", "clarify", "第5季度"),
        ("昨天上个月门诊人次", "clarify", "几个时间"), ("上月今年去年门诊人次", "clarify", "几个时间"), ("5月和上月的2023年门诊人次", "clarify", "几个时间"), ("去年明年门诊人次", "refuse", "预测"),
    ],
)  # fmt: skip
def test_bad_input_has_an_honest_reply(text: str, behaviour: str, word: str) -> None:
    reply = HOUSE.ask(text)
    assert reply.behaviour == behaviour and word in reply.say, reply


def test_a_metric_retired_yesterday_is_not_answered() -> None:
    raw = json.loads((GOLDEN / "catalog.json").read_text(encoding="utf-8"))
    raw["metric_details"] = {"no_show_rate": {"retired": True}}
    house = Understanding(Vocabulary.of_catalog(raw), date(2025, 7, 15))
    for question in ("爽约率上个月", "上月失约率各科室排名", "no-show rate last month"):
        reply = house.ask(question)
        assert reply.behaviour in {"refuse", "clarify"}, question
        assert "no_show_rate" not in [o.id for o in reply.options]
