"""Rights change 权限变动 through the front door: a right taken away, a glass broken; a session open and the caches warm."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.web_hospital import PEOPLE, TestClient, loaded, logged_in, opened
from yishu import journey
from yishu.security.audit import recent
from yishu.web import House

VISITS = {"metrics": ["outpatient_visits"], "dimensions": ["department"], "time": {"start": "2025-01-01", "end": "2025-12-31"}}
ROWS = {"query": VISITS | {"dimensions": []}, "cell": {"metric": "outpatient_visits", "member": {}}}
ASKED: dict[str, Callable[[TestClient], Any]] = {
    "query": lambda b: b.post("/api/v1/query", json=VISITS),
    "rows": lambda b: b.post("/api/v1/rows", json=ROWS),
    "values": lambda b: b.get("/api/v1/dimensions/diagnosis/values"),
    "record": lambda b: b.get("/api/v1/record?source=mz&table=GH&key=1"),
    "trace": lambda b: b.get("/api/v1/trace?table=visit&key=MZ-1"),
    "patients": lambda b: b.get("/api/v1/patients"),
}


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = opened(loaded(tmp_path_factory.mktemp("rights")))
    yield made
    made.close()


def warm(browser: TestClient) -> dict[str, Any]:
    """Every door asked twice, so that whatever keeps an answer keeps it."""
    for ask in ASKED.values():
        ask(browser)
    return {name: ask(browser) for name, ask in ASKED.items()}


def test_a_right_taken_away_is_gone_at_the_next_request(house: House) -> None:
    browser = logged_in(house, "head")
    before = warm(browser)
    assert {a.status_code for a in before.values()} == {200} and before["query"].json()["rows"] and before["patients"].json()
    policy = house.settings.hospital / "policy.yaml"
    slowest = 0.0
    for name, ask in ASKED.items():
        policy.write_text("roles:\n  head: {rows: none}\n", encoding="utf-8")
        began = time.perf_counter()
        answer = ask(browser)
        slowest = max(slowest, time.perf_counter() - began)
        shut = answer.status_code in (403, 404) or answer.json() in ([], {"values": [], "more": False}) or not answer.json().get("values", True)
        assert shut, (name, answer.status_code, answer.text[:200])
        policy.unlink()
        assert ask(browser).json() == before[name].json() or name == "query"  # given back, it holds again at once
    print(f"收回权利后的下一个请求即拒：{len(ASKED)} 个入口，最慢的一个应答 {slowest * 1000:.0f} 毫秒")


def test_an_account_taken_away_is_out_at_the_next_request(house: House) -> None:
    browser, other = logged_in(house, "doctor"), logged_in(house, "head")
    warm(browser)
    people = house.settings.hospital / "people.yaml"
    people.write_text(PEOPLE.replace("- {name: doctor, display: 外科医生, role: doctor, department: D02}\n", ""), encoding="utf-8")
    assert {name: ask(browser).status_code for name, ask in ASKED.items()} == dict.fromkeys(ASKED, 401)
    assert ASKED["query"](other).status_code == 200  # the others stay


def test_another_department_is_seen_at_the_next_request(house: House) -> None:
    browser = logged_in(house, "head")
    assert [row[0] for row in warm(browser)["query"].json()["rows"]] == ["内科"]
    people = house.settings.hospital / "people.yaml"
    people.write_text(PEOPLE.replace("role: head, department: D01", "role: head, department: D02"), encoding="utf-8")
    told = ASKED["query"](browser).json()
    assert told["query"]["filters"] == [{"dimension": "department", "op": "in", "values": ["外科"]}] and "内科" not in [row[0] for row in told["rows"]]
    assert ASKED["record"](browser).status_code == 404


def test_a_broken_glass_opens_the_source_records_of_that_patient_only(house: House) -> None:
    told = house.warehouse.cursor().execute(
        "SELECT v.visit_id, p.person_id, v.source_key FROM wh.hospital.visit v JOIN wh.hospital.patient p USING (patient_key) WHERE v.department = 'D02' ORDER BY 1"
    ).fetchall()
    visit, person, key = next(t for t in told if t[0] == "MZ-3")
    browser = logged_in(house, "head")
    own = {"source": "mz", "table": "GH", "key": key}
    assert browser.get("/api/v1/record", params=own).status_code == browser.get(f"/api/v1/trace?table=visit&key={visit}").status_code == 404
    assert browser.post(f"/api/v1/patients/{person}/open", json={"reason": "外科请内科会诊"}).status_code == 200
    found = browser.get("/api/v1/record", params=own)
    assert found.status_code == 200 and found.json()["hospital_rows"][0]["key"] == visit
    assert browser.get(f"/api/v1/trace?table=visit&key={visit}").json()["row"]["key"] == visit
    entry = next(e for e in recent(house.store, 20) if e.action == "record.opened")
    assert entry.viewer == "head" and str(person) in entry.object
    for visit_, person_, key_ in told:  # that patient only
        assert (browser.get("/api/v1/record", params=own | {"key": key_}).status_code == 200) is (person_ == person), visit_
    assert logged_in(house, "nurse").get("/api/v1/record", params=own).status_code == 404  # that viewer only
    assert "外科" not in [row[0] for row in ASKED["query"](browser).json()["rows"]]  # no number is widened
    here = house.journey(house.people["head"])
    with here.reading() as connection:
        for minutes, still in ((29, True), (31, False)):
            later = replace(here, clock=lambda minutes=minutes: house.clock() + timedelta(minutes=minutes))
            wider, persons = journey.seeing_opened(later, connection)
            assert (persons == (person,)) is still and (wider == later.viewer) is not still
