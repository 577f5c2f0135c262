"""Hints while typing 输入提示: by characters, pinyin and initials; only what can be answered is offered."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from yishu.ask import Asker, Hints, Understanding, Vocabulary

CATALOG = json.loads((Path(__file__).parents[2] / "golden" / "ask" / "catalog.json").read_text(encoding="utf-8"))
HINTS = Hints(Understanding(Vocabulary.of_catalog(CATALOG), date(2025, 7, 15)))


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("mzrc", "门诊人次"), ("yzb", "药占比"), ("menzhen", "门诊人次"), ("上月pjzyr", "上月平均住院日"), ("床位", "床位使用率"), ("儿科门诊", "儿科门诊人次")],
)
def test_what_is_typed_is_completed(typed: str, offered: str) -> None:
    texts = [h.text for h in HINTS.complete(typed)]
    assert offered in texts, texts


def test_every_hint_can_be_answered() -> None:
    for typed in ("门", "药占比", "床位使用率", "骨科", "mz", "住院"):
        for hint in HINTS.complete(typed):
            reply = HINTS.house.ask(hint.text)
            assert reply.behaviour in ("query", "define", "lineage") or (reply.behaviour == "clarify" and reply.about == "metric"), hint


def test_another_department_is_not_offered_to_a_bound_person() -> None:
    nurse = Asker("nurse", "骨科")
    assert all("儿科" not in h.text for h in HINTS.complete("门诊人次上个月儿", nurse))
    assert HINTS.complete("患者姓名") == ()
