"""问数 over HTTP: one's own rows, one's own conversation, refusal in words, learning by the right people."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.web_hospital import logged_in
from yishu.web import House
from yishu.web.talk import talk_room

OWN = """
id: own_visits
label: 自定门诊指标
label_en: Own visits
synonyms: []
unit: 人次
better: none
kind: simple
definition: 门诊就诊人次
formula: 就诊记录数
department_role: 接诊科室
axes: {visit: 就诊日期}
dimensions: [department]
numerator:
  say: 门诊人次
  table: visit
  where: [{visit_class: {in: [门诊]}}]
  count: rows
  times: {visit: visit_date}
owner: 门诊部
steward: 信息科
level: 2
standing: 本院
standards: []
version: 1
"""


def test_the_same_number_as_the_query_and_a_conversation(house: House) -> None:
    browser = logged_in(house, "director")
    said = browser.post("/api/v1/ask", json={"question": "2025年门诊人次", "conversation": "a"}).json()
    assert said["behaviour"] == "query", said
    again = browser.post("/api/v1/query", json=said["query"]).json()
    assert again["rows"] == said["answer"]["rows"]
    (figure,) = [p["figure"] for p in said["phrases"] if p["figure"]]
    assert figure["value"] == again["rows"][0][0]
    then = browser.post("/api/v1/ask", json={"question": "按科室拆开", "conversation": "a"}).json()
    assert then["query"]["dimensions"] == ["department"] and then["query"]["time"] == said["query"]["time"]
    retold = browser.post("/api/v1/ask", json={"question": "按科室拆开", "conversation": "new", "turns": ["2025年门诊人次"]}).json()
    assert retold["query"] == then["query"]
    alone = logged_in(house, "finance").post("/api/v1/ask", json={"question": "按科室拆开", "conversation": "a"}).json()
    assert alone["behaviour"] != "query", "another person's conversation is not mine"


def test_the_hospitals_own_times_and_retired_metrics_are_said(house: House) -> None:
    retired = [{"id": "old_visits", "label": "旧门诊量", "synonyms": ["老门诊"], "on": "2025-12-31", "successor": "outpatient_visits"}]
    house.profile = replace(house.profile, ask={"time": {"today": False}, "retired": retired}, week_start="sunday")
    house.rooms.pop("talk", None)
    browser = logged_in(house, "director")
    said = browser.post("/api/v1/ask", json={"question": "最近7天门诊人次"}).json()
    assert "“最近7天”不含今天" in said["notes"], said["notes"]
    gone = browser.post("/api/v1/ask", json={"question": "上个月老门诊"}).json()
    assert gone["behaviour"] == "refuse" and "2025-12-31" in gone["sentence"] and "门诊人次" in gone["sentence"] and gone["next"] == ["上个月门诊人次"]


def test_department_people_meet_their_own_rows_and_are_told_of_others(house: House) -> None:
    browser = logged_in(house, "doctor")
    own = browser.post("/api/v1/ask", json={"question": "我们科2025年门诊人次"}).json()
    assert own["behaviour"] == "query" and own["query"]["filters"] == [{"dimension": "department", "op": "in", "values": ["外科"]}]
    other = browser.post("/api/v1/ask", json={"question": "内科2025年门诊人次"}).json()
    assert other["behaviour"] == "refuse" and other["reason"] == "permission" and other["answer"] is None and other["hint"]
    forced = browser.post("/api/v1/ask", json={"question": "改", "query": {"metrics": ["outpatient_visits"], "filters": [{"dimension": "department", "op": "in", "values": ["内科"]}]}})
    assert forced.json()["reason"] == "permission" and forced.json()["answer"] is None


def test_the_auditor_may_not_ask(house: House) -> None:
    browser = logged_in(house, "auditor")
    assert browser.post("/api/v1/ask", json={"question": "门诊人次"}).status_code == 403
    assert browser.get("/api/v1/ask/suggest?q=m").status_code == 403
    assert "ask" not in browser.get("/api/v1/me").json()["can"]
    assert "ask" in logged_in(house, "nurse").get("/api/v1/me").json()["can"]


def test_suggestions_by_initials(house: House) -> None:
    told = logged_in(house, "director").get("/api/v1/ask/suggest", params={"q": "mzrc"}).json()["questions"]
    assert any("门诊人次" in q for q in told)


def test_a_corrected_question_becomes_answerable_when_the_steward_agrees(house: House) -> None:
    browser, steward = logged_in(house, "director"), logged_in(house, "quality")
    said = browser.post("/api/v1/ask", json={"question": "2025年嘎嘣脆多少", "conversation": "b"}).json()
    assert said["behaviour"] != "query"
    meant = {"metrics": ["outpatient_visits"], "time": {"start": "2025-01-01", "end": "2025-12-31"}}
    browser.post("/api/v1/ask", json={"question": "2025年嘎嘣脆多少", "conversation": "b", "query": meant, "corrects": said["id"]})
    assert browser.post(f"/api/v1/ask/{said['id']}/mark", json={"up": False}).status_code == 200
    listed = [p for p in steward.get("/api/v1/ask/proposals").json() if "嘎嘣脆" in p["word"]]
    assert listed and listed[0]["metric"] == "outpatient_visits"
    assert any("嘎嘣脆" in u["question"] for u in steward.get("/api/v1/ask/unanswered").json())
    assert browser.get("/api/v1/ask/proposals").status_code == 200 and logged_in(house, "finance").get("/api/v1/ask/proposals").status_code == 403
    steward.post(f"/api/v1/ask/proposals/{listed[0]['id']}", json={"accept": True})
    assert browser.post("/api/v1/ask", json={"question": f"2025年{listed[0]['word']}多少"}).json()["metric"] == "outpatient_visits"
    steward.post(f"/api/v1/ask/proposals/{listed[0]['id']}", json={"accept": False})


def test_a_published_synonym_is_answerable_at_once(house: House) -> None:
    room = talk_room(house)
    before = room.compiled()
    assert room.compiled() is before
    folder = house.settings.hospital / "metrics"
    folder.mkdir(exist_ok=True)
    file = folder / "own.yaml"
    try:
        file.write_text(OWN, encoding="utf-8")
        assert room.compiled() is not before
        said = logged_in(house, "director").post("/api/v1/ask", json={"question": "2025年自定门诊指标"}).json()
        assert said["metric"] == "own_visits", said
        file.write_text("- not: [valid", encoding="utf-8")
        assert "own_visits" in room.compiled().understanding.linker.metrics, "a faulty file leaves the last good centre in force"
    finally:
        file.unlink()
    assert "own_visits" not in room.compiled().understanding.linker.metrics


@pytest.mark.parametrize("body", [{}, {"question": 3}, {"question": "x" * 20_001}, {"question": "门诊", "query": {"metrics": []}}, {"question": "门诊", "other": 1}])
def test_bad_bodies_are_refused(house: House, body: dict[str, object]) -> None:
    assert logged_in(house, "director").post("/api/v1/ask", json=body).status_code == 400
