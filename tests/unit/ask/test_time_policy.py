"""Time policies 时间约定: what the hospital sets is what its times mean, and is said."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from yishu.ask import Understanding, Vocabulary
from yishu.ask.policy import TimePolicy, policy
from yishu.kernel.errors import InputError

CATALOG = json.loads((Path(__file__).parents[2] / "golden" / "ask" / "catalog.json").read_text(encoding="utf-8"))
VOCABULARY = Vocabulary.of_catalog(CATALOG)
TUESDAY, SUNDAY, LEAP = date(2025, 7, 15), date(2025, 7, 13), date(2024, 2, 29)


def asked(question: str, mine: TimePolicy, day: date = TUESDAY) -> tuple[str, str, str, tuple[str, ...]]:
    """(from, to, compared with, notes)."""
    reply = Understanding(VOCABULARY, day, mine).ask(question)
    assert reply.frame and reply.frame.time, reply
    base = reply.frame.compare_base
    return reply.frame.time.start.isoformat(), reply.frame.time.end.isoformat(), f"{base.start}~{base.end}" if base else "", reply.notes


@pytest.mark.parametrize(
    ("question", "declared", "start", "day", "want"),
    [
        ("最近7天门诊人次", None, "monday", TUESDAY, ("2025-07-09", "2025-07-15", "“最近7天”含今天")),
        ("最近7天门诊人次", {"today": False}, "monday", TUESDAY, ("2025-07-08", "2025-07-14", "“最近7天”不含今天")),
        ("最近7天门诊人次", {"today": False, "complete": True}, "monday", TUESDAY, ("2025-07-08", "2025-07-14", "“最近7天”不含今天")),
        ("近3个月门诊人次", None, "monday", TUESDAY, ("2025-04-16", "2025-07-15", "“近3个月”含今天")),
        ("近3个月门诊人次", {"complete": True}, "monday", TUESDAY, ("2025-04-01", "2025-06-30", "“近3个月”取完整的周期")),
        ("近1个月门诊人次", {"complete": True}, "monday", LEAP, ("2024-01-01", "2024-01-31", "“近1个月”取完整的周期")),
        ("近两周门诊人次", {"complete": True}, "monday", TUESDAY, ("2025-06-30", "2025-07-13", "“近两周”取完整的周期")),
        ("近两周门诊人次", {"complete": True}, "sunday", TUESDAY, ("2025-06-29", "2025-07-12", "“近两周”取完整的周期")),
        ("近一年门诊人次", {"complete": True}, "monday", TUESDAY, ("2024-01-01", "2024-12-31", "“近一年”取完整的周期")),
        ("近两个季度门诊人次", {"complete": True}, "monday", TUESDAY, ("2025-01-01", "2025-06-30", "“近两个季度”取完整的周期")),
        ("上周门诊人次", None, "monday", TUESDAY, ("2025-07-07", "2025-07-13", "一周从周一起")),
        ("上周门诊人次", None, "sunday", TUESDAY, ("2025-07-06", "2025-07-12", "一周从周日起")),
        ("本周门诊人次", None, "sunday", TUESDAY, ("2025-07-13", "2025-07-15", "一周从周日起")),
        ("本周门诊人次", None, "sunday", SUNDAY, ("2025-07-13", "2025-07-13", "一周从周日起")),
        ("本周门诊人次", None, "monday", SUNDAY, ("2025-07-07", "2025-07-13", "一周从周一起")),
        ("上周门诊人次", None, "sunday", SUNDAY, ("2025-07-06", "2025-07-12", "一周从周日起")),
    ],
)  # fmt: skip
def test_what_the_hospital_sets_is_what_times_mean(question: str, declared: object, start: str, day: date, want: tuple[str, str, str]) -> None:
    begin, end, _, notes = asked(question, policy(declared, start), day)
    assert (begin, end) == want[:2] and want[2] in notes


def test_a_running_period_is_compared_as_the_hospital_wants() -> None:
    elapsed, whole = policy(None), policy({"running": "whole"})
    assert asked("本月门诊人次环比", elapsed)[2:] == ("", ("“本月”未完，与对比期同样天数比",))
    assert asked("本月门诊人次环比", whole)[2:] == ("2025-06-01~2025-06-30", ("“本月”未完，与对比期整期比",))
    assert asked("今年收入同比", whole)[2] == "2024-01-01~2024-12-31"
    assert asked("上月收入同比", whole)[2:] == ("", ())  # not running: nothing to choose


def test_complete_periods_are_complete_on_every_day() -> None:
    mine, day = policy({"complete": True}), date(2024, 1, 1)
    for step in range(0, 731, 7):
        here = day + timedelta(step + step % 5)
        start, end, _, _ = asked("近2个月门诊人次", mine, here)
        first = here.replace(day=1)
        assert date.fromisoformat(end) == first - timedelta(1) and start.endswith("-01")
        assert (first.year * 12 + first.month) - (int(start[:4]) * 12 + int(start[5:7])) == 2


@pytest.mark.parametrize(("declared", "start"), [({"todya": True}, "monday"), ({"today": "yes"}, "monday"), ({"running": "some"}, "monday"), ("x", "monday"), (None, "friday")])
def test_a_policy_that_is_not_known_is_refused_in_words(declared: object, start: str) -> None:
    with pytest.raises(InputError) as caught:
        policy(declared, start)
    assert caught.value.hint and "hospital.yaml" in (caught.value.where or "")


def test_a_retired_metric_says_since_when_and_what_stands_in_its_place() -> None:
    raw = json.loads(json.dumps(CATALOG))
    place = next(i for i, m in enumerate(raw["metrics"]) if m[0] == "drug_cost_ratio")
    raw["metrics"][place].append({"retired": "2025-07-14", "successor": "consumable_ratio"})
    house = Understanding(Vocabulary.of_catalog(raw), TUESDAY)
    for question in ("上月药占比", "药费占比是多少", "What was the drug ratio last month?", "骨科6月药占比同比"):
        reply = house.ask(question)
        assert (reply.behaviour, reply.reason, reply.metric) == ("refuse", "no_metric", "consumable_ratio"), question
        assert "2025-07-14" in reply.say and "耗占比" in reply.say
