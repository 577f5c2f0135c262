"""A base that begins late 基期不全: a comparison is given against whole days or not at all, and said."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from tests.hospital_rows import random_hospital, warehouse
from yishu.metrics import Answer, MetricQuery, centre, measure
from yishu.security import Viewer

DIRECTOR = Viewer("director", "director", "院长")
NOW = datetime(2025, 7, 1, 8)
BEGAN = date(2024, 3, 11)


def asked(every: int = 1, **query: object) -> Answer:
    """One visit each `every` days from the day the data begin."""
    rows = random_hospital(3, 20)
    pattern = next(r for r in rows["visit"] if r["visit_class"] == "门诊")
    days = [BEGAN + timedelta(days=n) for n in range(0, (NOW.date() - BEGAN).days, every)]
    rows["visit"] = [pattern | {"visit_id": f"V{n}", "visit_date": d, "registered_at": datetime(d.year, d.month, d.day, 9), "status": "已就诊"} for n, d in enumerate(days)]
    return measure(DIRECTOR, MetricQuery.parse({"metrics": ["outpatient_visits"], "compare": ["yoy"]} | query), centre(), warehouse(rows), lambda: NOW)


def said(answer: Answer) -> list[tuple[str, str, str]]:
    return [(i.metric, i.why, i.say) for i in answer.incomplete]


def test_days_before_the_data_begin_are_not_compared() -> None:
    answer = asked(time={"start": "2025-01-01", "end": "2025-06-30"})
    assert answer.rows == ((181, None, None, None),)
    assert said(answer) == [("outpatient_visits", "base_partial", "同比不给数：对比期自 2024-01-01 起，数据自 2024-03-11 才有")]


def test_days_since_are() -> None:
    answer = asked(time={"start": "2025-03-11", "end": "2025-03-31"})
    assert answer.rows == ((21, 21, 0, 0.0),) and said(answer) == []


def test_by_month_only_the_months_not_whole_are_left_out() -> None:
    answer = asked(time={"start": "2025-02-01", "end": "2025-04-30"}, dimensions=["month"])
    assert [(row[0], row[2]) for row in answer.rows] == [("2025-02", None), ("2025-03", None), ("2025-04", 30)]
    assert [why for _, why, _ in said(answer)] == ["base_partial"]


def test_a_silence_no_longer_than_those_since_is_no_late_beginning() -> None:
    answer = asked(every=8, time={"start": "2025-03-04", "end": "2025-03-31"})
    assert answer.rows[0][1] == 3 and said(answer) == []
    assert asked(every=8, time={"start": "2025-03-03", "end": "2025-03-31"}).rows[0][1] is None
