"""Answers 回答: the sentence, chips, pictures and refusals of questions with data."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.property.test_ask_numbers import HEAD, NOW, desk, random_hospital, warehouse
from yishu.ask import Asker, Turn
from yishu.ask.answer import Desk, ask, edited
from yishu.ask.figures import moved, number, quantity
from yishu.ask.insight import causes, limits
from yishu.ask.sentence import member_words, span_words
from yishu.ask.suggest import matching, proposals
from yishu.metrics import Explanation, Looking, MetricQuery, explain, measure
from yishu.metrics.explain import DimensionShare, Part
from yishu.security import Viewer


def head_desk() -> Desk:
    """The head of orthopaedics at the same hospital."""
    director = desk()
    connection = warehouse(random_hospital(0, 200))
    return replace(
        director, viewer=HEAD, asker=Asker("head", "骨科", True), own="骨科",
        measure=lambda query: measure(HEAD, query, director.centre, connection, lambda: NOW),
        explain=lambda query, against: explain(Looking(HEAD, director.centre, connection, lambda: NOW), query, None, against),
    )  # fmt: skip


def test_a_value_is_told_with_its_unit_range_and_filter() -> None:
    said, turn = ask(desk(), "骨科6月门诊人次", Turn())
    assert said.sentence.startswith("2025年6月，骨科的门诊人次 ") and said.sentence.endswith("人次。")
    assert said.chart == "figure" and [c.slot for c in said.chips] == ["metric", "filter", "time", "scope"]
    assert turn.frame is not None and said.next
    compared, _ = ask(desk(), "环比呢", turn)
    assert compared.query is not None and compared.query.compare == ("mom",) and "上期" in compared.sentence
    whole, _ = ask(desk(), "6月门诊人次环比", Turn())
    assert "，比上期（" in whole.sentence and "%" in whole.sentence


def test_a_question_without_time_states_the_one_it_took() -> None:
    said, _ = ask(desk(), "门诊人次", Turn())
    assert said.query is not None and said.query.time is not None and any("没有说时间" in n for n in said.notes)
    stock, _ = ask(desk(), "药品库存金额", Turn())
    assert stock.query is not None and stock.query.time is None


def test_pictures_follow_the_shape() -> None:
    for question, picture in (
        ("今年每月门诊人次", "line"), ("上个月各科室门诊人次", "bars"), ("上个月各院区门诊人次占比", "shares"),
        ("今年各院区每月门诊人次", "lines"), ("上个月各科室各医保类型出院人次", "table"),
    ):  # fmt: skip
        assert ask(desk(), question, Turn())[0].chart == picture, question


def test_an_edited_query_goes_on_as_the_frame() -> None:
    query = MetricQuery.parse({"metrics": ["admissions"], "time": {"start": "2025-05-01", "end": "2025-05-31"}})
    said, turn = edited(desk(), "改条件", query, "value", Turn())
    assert said.query == query
    after, _ = ask(desk(), "换成按科室", turn)
    assert after.query is not None and after.query.metrics == ("admissions",) and after.query.dimensions == ("department",)


def test_another_department_is_refused_in_words_with_a_way_out() -> None:
    said, _ = ask(head_desk(), "心血管内科上个月出院人次", Turn())
    assert said.behaviour == "refuse" and said.reason == "permission" and said.answer is None
    assert said.next and "骨科" in said.sentence
    own, _ = ask(head_desk(), said.next[0], Turn())
    assert own.behaviour == "query" and own.query is not None
    assert any(f.dimension == "department" and f.values == ("骨科",) for f in own.query.filters)
    assert [c.label for c in own.chips if c.slot == "scope"] == ["科室：骨科"]


def test_a_head_meets_the_guard_even_where_words_do_not_say_it() -> None:
    query = MetricQuery.parse({"metrics": ["admissions"], "filters": [{"dimension": "department", "op": "in", "values": ["儿科"]}]})
    said, _ = edited(head_desk(), "改条件", query, "value", Turn())
    assert said.behaviour == "refuse" and said.reason == "permission" and said.answer is None


def test_a_viewer_without_rows_is_told_so() -> None:
    director = desk()
    auditor = Viewer("auditor", "auditor", "审计")
    connection = warehouse(random_hospital(0, 200))
    here = replace(director, viewer=auditor, measure=lambda q: measure(auditor, q, director.centre, connection, lambda: NOW))
    said, _ = ask(here, "上个月门诊人次", Turn())
    assert said.behaviour == "refuse" and said.reason == "permission" and "权限" in said.sentence


def test_define_and_lineage_come_from_the_metric_centre() -> None:
    defined, turn = ask(desk(), "药占比怎么算的", Turn())
    metric = desk().centre.metric("drug_cost_ratio")
    assert defined.behaviour == "define" and metric.formula in defined.sentence and metric.owner in defined.sentence
    traced, _ = ask(desk(), "数据从哪来", turn)
    assert traced.behaviour == "lineage" and "HIS" in traced.sentence


def test_a_reason_names_causes_that_add_up() -> None:
    said, _ = ask(desk(), "6月出院人次为什么比5月变了", Turn())
    assert said.explanation is not None and said.explanation.difference is not None
    for by in said.explanation.by:
        assert sum(p.amount for p in by.parts) == pytest.approx(said.explanation.difference, abs=1e-9)


def test_limits_find_the_outlier_and_say_nothing_of_few() -> None:
    assert limits([1.0, 2.0]) is None
    found = limits([10, 11, 9, 10, 12, 10, 60, None])
    assert found is not None and found.outside == (6,) and found.low >= 0
    assert limits([5, 5, 5, 5, 5]) == replace(limits([5, 5, 5, 5, 5]), outside=())  # type: ignore[type-var]


def _share(dimension: str, *parts: tuple[str, float, float]) -> DimensionShare:
    return DimensionShare(dimension, dimension, tuple(Part(n, n, v, b, v - b) for n, v, b in parts))


def test_the_cause_is_named_where_it_sits() -> None:
    """Surgeon A loses 40 of his 50; his department and campus hold him and others."""
    doctors = _share("doctor", ("A", 10, 50), ("B", 50, 50), ("C", 100, 100))
    departments = _share("department", ("骨科", 60, 100), ("普外", 100, 100))
    campuses = _share("campus", ("总院", 160, 200))
    told = Explanation("surgeries", 160, 200, -40.0, (campuses, departments, doctors), unit="台", label="手术台次")
    found = causes(told)
    assert (found[0].dimension, found[0].label, found[0].amount) == ("doctor", "A", -40)
    assert all(c.dimension != "campus" for c in found)
    blank = DimensionShare("diagnosis", "诊断", (Part(None, "", 0, 60, -60.0), Part("肺炎", "肺炎", 160, 140, 20.0)))
    assert [c.label for c in causes(replace(told, by=(blank, doctors)))] == ["A", ""], "what is not filled in names nobody"
    even = Explanation("x", 90, 100, -10.0, (_share("d", ("a", 45, 50), ("b", 45, 50)),))
    assert causes(even) == ()


def test_suggestions_can_all_be_answered() -> None:
    here = desk()
    for bound in (False, True):
        asker = Asker("head", "骨科", True) if bound else here.asker
        for one in proposals(here.centre, bound):
            reply, _ = here.understanding.step(one.text, Turn(), asker)
            assert reply.behaviour in ("query", "define"), (one.text, reply)


def test_suggestions_by_pinyin_initials() -> None:
    known = proposals(desk().centre, False)
    assert any("门诊人次" in t for t in matching(known, "mzrc"))
    assert any("平均住院日" in t for t in matching(known, "pjzyr"))
    assert matching(known, "上个月门诊")[0].startswith("上个月门诊")
    assert matching(known, "zzzzzz") == () and len(matching(known, "")) == 8


def test_follow_ups_can_all_be_answered() -> None:
    here = desk()
    for question in ("上个月门诊人次", "上个月各科室出院人次", "今年每月药占比", "药品库存金额", "骨科上个月手术台次"):
        said, turn = ask(here, question, Turn())
        for then in said.next:
            after, _ = ask(here, then, turn)
            assert after.behaviour in ("query", "define"), (question, then, after.sentence)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(9876, "人次", "9,876人次"), (123456, "元", "12.3万元"), (18_440_000, "元", "1,844万元"), (92.05, "%", "92.1%"), (8.4, "天", "8.4天"),
     (0, "%", "0%"), (None, "天", "—"), (123_000_000, "元", "1.23亿元"), (12.345, "", "12.35"), (45.2, "DDDs/百人天", "45.2 DDDs/百人天")],
)  # fmt: skip
def test_quantities(value: float | None, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


def test_changes_and_spans() -> None:
    assert moved(-3.21, "人次") == "3.2%" and moved(1.5, "%") == "1.5个百分点" and moved(0.01, "元") == "不到0.1%"
    assert number(float(Fraction(1, 3)), "天") == "0.3"
    assert span_words("2025-06-01", "2025-06-30") == "2025年6月"
    assert span_words("2025-04-01", "2025-06-30") == "2025年第二季度"
    assert span_words("2025-01-01", "2025-12-31") == "2025年"
    assert span_words("2025-07-01", "2025-07-15") == "2025年7月1日至15日"
    assert span_words("2024-11-01", "2025-02-28") == "2024年11月至2025年2月"
    assert member_words("weekday", "7") == "周日" and member_words("department", None) == "未填"


@pytest.mark.parametrize("question", ["", "   ", "？？？！！", "😀😀", "门诊" * 5000, "上个月今年去年门诊人次", "abc أبج 門診 ??", "\u200b\u200d"])
def test_odd_input_gets_an_honest_reply(question: str) -> None:
    said, _ = ask(desk(), question, Turn())
    assert said.behaviour in ("query", "clarify", "refuse") and said.sentence
