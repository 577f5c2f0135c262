"""患者360 through the front door: who may open whom, on what ground, what is shown, and that the rest stays shut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.web_hospital import CANARIES, ROLES, loaded, logged_in, opened
from yishu import journey
from yishu.journey.loops import loop as make_loop
from yishu.journey.opening import opened as in_force
from yishu.journey.patient import in_care
from yishu.journey.timeline import waits
from yishu.security.audit import recent
from yishu.web import House


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = opened(loaded(tmp_path_factory.mktemp("journeys")))
    yield made
    made.close()


@pytest.fixture(scope="module")
def people(house: House) -> dict[str, int]:
    """Person numbers by a visit: what the tests know and no screen tells."""
    rows = house.warehouse.cursor().execute(
        "SELECT v.number, p.person_id FROM (SELECT visit_id AS number, patient_key FROM wh.hospital.visit UNION ALL SELECT stay_id, patient_key FROM wh.hospital.stay) v "
        "JOIN wh.hospital.patient p USING (patient_key)"
    ).fetchall()
    return dict(rows)


def _open(house: House, role: str, person: int, **query: str) -> Any:
    return logged_in(house, role).get(f"/api/v1/patients/{person}", params=query)


def test_in_ones_care_the_patient_opens_with_his_name(house: House, people: dict[str, int]) -> None:
    told = _open(house, "head", people["ZY-101"]).json()
    assert told["ground"] == "care" and told["header"]["name"] == "张三丰" and told["header"]["identifiers"] == 3
    line = told["timeline"]
    assert [c["id"] for c in line["contacts"]] == ["ZY-101", "MZ-2", "ZY-100", "MZ-1"]
    surgeon = _open(house, "doctor", people["ZY-101"]).json()["timeline"]
    assert [c["id"] for c in surgeon["contacts"]] == ["ZY-100"] and {m["contact"] for m in surgeon["marks"]} == {"ZY-100"}  # 内科's are not 外科's
    assert all(m["source"] and m["source_key"] for m in line["marks"])
    one = _open(house, "head", people["ZY-101"], contact="ZY-101").json()["timeline"]
    assert one["shown"] == "ZY-101" and {m["contact"] for m in one["marks"]} == {"ZY-101"}


def test_outside_ones_care_asks_for_a_reason_and_tells_nothing(house: House, people: dict[str, int]) -> None:
    for role in ("head", "nurse", "director", "quality", "pharmacist", "finance", "it"):
        stranger, nobody = _open(house, role, people["MZ-3"]), _open(house, role, 999_999)
        assert stranger.status_code == nobody.status_code == 403
        assert stranger.json() == nobody.json() and stranger.json()["error"]["code"] == "patient.outside", role
    assert _open(house, "auditor", people["ZY-101"]).json()["error"]["code"] == "right.missing"
    for path in ("labs", "loops"):
        assert logged_in(house, "head").get(f"/api/v1/patients/{people['MZ-3']}/{path}").status_code == 403


def test_breaking_the_glass(house: House, people: dict[str, int]) -> None:
    person, other = people["MZ-3"], people["ZY-102"]
    browser = logged_in(house, "head")
    assert browser.post(f"/api/v1/patients/{person}/open", json={"reason": " 看 "}).json()["error"]["code"] == "patient.reason"
    assert browser.post(f"/api/v1/patients/{person}/open", json={"reason": "外科请内科会诊"}).status_code == 200
    told = browser.get(f"/api/v1/patients/{person}").json()
    assert told["ground"] == "opened" and told["reason"] == "外科请内科会诊" and told["header"]["name"] == "李*"
    assert {m["contact"] for m in told["timeline"]["marks"]} == {"MZ-3", "MZ-4"}
    # that patient only, that viewer only
    assert logged_in(house, "doctor").get(f"/api/v1/patients/{other}").status_code == 403
    assert logged_in(house, "nurse").get(f"/api/v1/patients/{person}").status_code == 403
    assert browser.get("/api/v1/patients", params={"q": "MZ-3"}).json() == []  # the opening widens no list
    found = recent(house.store, 50)
    assert any(e.viewer == "head" and e.action == "patient.break_glass" and e.object == str(person) for e in found)
    # told to the head of the patient's department and to those who review
    assert logged_in(house, "doctor").get("/api/v1/openings").status_code == 403
    listed = logged_in(house, "quality").get("/api/v1/openings").json()
    assert listed[0]["person"] == person and listed[0]["department"] == "D02" and listed[0]["verdict"] is None
    assert logged_in(house, "head").get("/api/v1/openings").json() == []  # 外科's notice is not 内科's
    number = listed[0]["id"]
    judged = logged_in(house, "quality").post(f"/api/v1/openings/{number}/review", json={"verdict": "justified"}).json()
    assert judged["verdict"] == "justified" and judged["reviewed_by"] == "quality"
    assert logged_in(house, "director").post(f"/api/v1/openings/{number}/review", json={"verdict": "questioned"}).json()["error"]["code"] == "opening.judged"
    # thirty minutes, to the minute
    here = house.journey(house.people["head"])
    for minutes, still in ((29, True), (31, False)):
        later = replace(here, clock=lambda minutes=minutes: house.clock() + timedelta(minutes=minutes))
        assert (in_force(later.store, later.viewer, person, later.clock()) is not None) is still


def test_roles_that_may_not_and_ones_own(house: House, people: dict[str, int]) -> None:
    for role in ("pharmacist", "finance", "it", "auditor"):
        answer = logged_in(house, role).post(f"/api/v1/patients/{people['MZ-3']}/open", json={"reason": "有人问起这位患者"})
        assert answer.json()["error"]["code"] == "patient.may_not_open", role
    assert logged_in(house, "quality").post(f"/api/v1/patients/{people['MZ-3']}/open", json={"reason": "投诉调查需要"}).status_code == 200
    number = next(o["id"] for o in logged_in(house, "quality").get("/api/v1/openings").json() if o["viewer"] == "quality")
    assert logged_in(house, "quality").post(f"/api/v1/openings/{number}/review", json={"verdict": "justified"}).json()["error"]["code"] == "opening.own"


def test_search_finds_within_scope_only_and_masks(house: House, people: dict[str, int]) -> None:
    for role in ROLES:
        browser = logged_in(house, role)
        listed = browser.get("/api/v1/patients").json()
        if role == "auditor":
            assert listed == []
        if role in ("director", "quality", "finance", "it"):
            assert len(listed) >= 3 and all(p["name"] is None or p["name"].endswith("*") for p in listed)
            assert browser.get("/api/v1/patients", params={"q": "李*"}).json()[0]["name"] == "李*"
            # what the mask hides cannot be asked for either
            assert browser.get("/api/v1/patients", params={"q": "李四"}).json() == []
            for canary in CANARIES:
                assert canary not in browser.get("/api/v1/patients").text
    head = logged_in(house, "head")
    assert {p["person"] for p in head.get("/api/v1/patients").json()} == {people["ZY-101"], people["ZY-102"]} | {people.get("MZ-5", people["ZY-101"])}
    assert [p["name"] for p in head.get("/api/v1/patients", params={"q": "张三丰"}).json()] == ["张三丰"]
    assert head.get("/api/v1/patients", params={"q": "ZY-101"}).json()[0]["in_care"] is True
    assert head.get("/api/v1/patients", params={"q": "101"}).json()[0]["person"] == people["ZY-101"]
    assert head.get("/api/v1/patients", params={"q": "x" * 41}).status_code == 400


def test_care_ends_thirty_days_after_discharge(house: House, people: dict[str, int]) -> None:
    doctor = house.people["doctor"]  # 外科: discharged ZY-100 on 2025-01-06
    keys_person = people["ZY-100"]
    for day, inside in ((datetime(2025, 2, 5, 9), True), (datetime(2025, 2, 6, 9), False)):
        here = replace(house.journey(doctor), clock=lambda day=day: day)
        with here.reading() as connection:
            keys = journey.keys_of(here, connection, keys_person)
            assert bool(in_care(here, connection, keys)) is inside


def test_waits_lie_between_two_steps_of_one_thing() -> None:
    def mark(activity: str, minute: int, thing: str = "E1", started: int | None = None) -> journey.Happening:
        at = datetime(2025, 1, 1, 8, 0)
        return journey.Happening(activity, "imaging", activity, at + timedelta(minutes=started) if started is not None else None, at + timedelta(minutes=minute), "V1", None, None, "exam", thing, "ris", "x", "1")

    found = waits([mark("申请检查", 0), mark("别的", 5, "E2"), mark("到检", 30), mark("检查", 50, started=40)])
    assert [(w.before, w.after, w.minutes) for w in found] == [("申请检查", "到检", 30.0), ("到检", "检查", 10.0)]


def test_a_loop_names_its_missing_node() -> None:
    at = datetime(2025, 1, 1, 8)
    made = make_loop("critical", "K1", "血钾", None, (at, None, at, at))
    assert [(s.name, s.missing) for s in made.steps] == [("发现", False), ("通报", True), ("确认", False), ("处置", False)]
    assert not made.closed and make_loop("critical", "K1", "血钾", None, (at, at, at, at)).closed
    open_yet = make_loop("critical", "K1", "血钾", None, (at, None, None, None))
    assert not open_yet.closed and not any(s.missing for s in open_yet.steps)


def test_loops_and_labs_answer_for_one_in_care(house: House, people: dict[str, int]) -> None:
    browser = logged_in(house, "head")
    assert browser.get(f"/api/v1/patients/{people['ZY-101']}/loops").json() == []
    assert browser.get(f"/api/v1/patients/{people['ZY-101']}/labs").json() == []
    assert Path("hospitals/model/pathways").is_dir()
    assert browser.get("/api/v1/process/pathways").json() == []
    assert browser.post("/api/v1/process/conform", json={"pathway": "nothing"}).status_code == 404
    drawn = browser.post("/api/v1/process", json={"cohort": {"unit": "stay"}, "against": {"unit": "visit"}}).json()
    assert drawn["drawn"]["map"]["cases"] == 3 and drawn["against"]["map"]["cases"] >= 1
