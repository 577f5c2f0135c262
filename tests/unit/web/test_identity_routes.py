"""Identity routes 患者主索引接口: who may, what is shown, what is written down before it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import text

from tests.web_hospital import ROLES, loaded, logged_in, opened
from yishu.identity import Index, Registration, ledger
from yishu.security import rights, viewer
from yishu.security.policy import Rows
from yishu.web import House

AT = datetime(2025, 1, 7, 8)
CANARIES = ("张家豪", "张家宝", "13912345678", "锦绣路8号", "A0012345")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = opened(loaded(tmp_path_factory.mktemp("identity")))
    index = Index(house.store, house.settings.home)
    for local, name in (("K1", "张家豪"), ("K2", "张家宝")):
        index.register(Registration("his", local, name, "男", date(1985, 3, 1), None, "13912345678", "A0012345", "滨湖区锦绣路8号3栋101室"), AT)
    index.close()
    yield house
    house.close()


def doubt(house: House) -> tuple[int, int]:
    """The task of the two, and one of their persons."""
    (task,) = logged_in(house, "it").get("/api/v1/identity/tasks").json()["tasks"]
    with house.store.connect() as connection:
        return task["id"], ledger.person_of(connection, [task["low"]])[task["low"]]


def test_who_sees_less_than_the_whole_hospital_sees_no_suggestion_and_no_person(house: House) -> None:
    number, person = doubt(house)
    reads = (f"/api/v1/identity/tasks/{number}", "/api/v1/identity/tasks", f"/api/v1/identity/persons/{person}", "/api/v1/identity/persons/999999", "/api/v1/identity/tasks/999999")
    writes = (f"/api/v1/identity/tasks/{number}/decision", f"/api/v1/identity/tasks/{number}/undo", f"/api/v1/identity/persons/{person}/reveal")
    bodies: tuple[dict[str, object], ...] = ({"verdict": "same", "reason": "本人核对"}, {"reason": "看错了"}, {"fields": ["name"], "reason": "随访"})
    before = ledger.state(house.store)
    for name in ROLES:
        who = viewer(house.settings.hospital, name)
        if "links" in rights(who):
            assert who.granted.rows is Rows.ALL, f"{name}: the queue shows every patient of the hospital"
            continue
        browser = logged_in(house, name)
        answers = [browser.get(path) for path in reads] + [browser.post(path, json=body) for path, body in zip(writes, bodies, strict=True)]
        assert {answer.status_code for answer in answers} == {403}, name
        said = {answer.json()["error"]["code"] for answer in answers}
        assert said == {"right.missing"}, "what exists and what does not are refused alike"
        assert not any(canary in answer.text for answer in answers for canary in CANARIES)
    assert ledger.state(house.store) == before


def test_a_right_to_link_without_the_whole_hospital_opens_nothing(house: House) -> None:
    number, person = doubt(house)
    browser = logged_in(house, "head")
    before = house.people["head"]
    house.people["head"] = replace(before, grant=replace(before.granted, rights=before.granted.rights | {"links"}))
    try:
        for path in ("/api/v1/identity/tasks", f"/api/v1/identity/tasks/{number}", f"/api/v1/identity/persons/{person}"):
            assert browser.get(path).status_code == 403
    finally:
        house.people["head"] = before


def test_nothing_identifying_leaves_without_a_reason(house: House) -> None:
    number, person = doubt(house)
    it, quality = logged_in(house, "it"), logged_in(house, "quality")
    for path in ("/api/v1/identity/tasks", f"/api/v1/identity/tasks/{number}", f"/api/v1/identity/persons/{person}"):
        assert not any(canary in it.get(path).text for canary in CANARIES), path
    asked = {"fields": ["name", "phone"], "reason": "核对是否同一人"}
    refused = quality.post(f"/api/v1/identity/persons/{person}/reveal", json={**asked, "reason": " "})
    assert refused.status_code in (400, 403, 422) and not any(c in refused.text for c in CANARIES)
    shown = quality.post(f"/api/v1/identity/persons/{person}/reveal", json=asked).json()["fields"]
    assert shown == {"name": ["张家豪"], "phone": ["13912345678"]}
    with house.store.connect() as connection:
        row = connection.execute(text("SELECT viewer, person_id, fields, reason FROM identity_revealed")).one()
        assert tuple(row) == ("quality", person, "name,phone", "核对是否同一人")
        trail = connection.execute(text("SELECT viewer, action, object FROM audit WHERE action = 'identity.reveal'")).all()
    assert ("quality", "identity.reveal", str(person)) in [tuple(r) for r in trail]


def test_decided_undone_and_decided_again(house: House) -> None:
    number, _ = doubt(house)
    browser = logged_in(house, "it")
    before = ledger.state(house.store)
    path = f"/api/v1/identity/tasks/{number}"
    assert browser.post(f"{path}/decision", json={"verdict": "later", "reason": "等病历"}).json()["state"] == "later"
    assert browser.post(f"{path}/decision", json={"verdict": "same", "reason": "本人核对"}).json()["state"] == "same"
    again = browser.post(f"{path}/decision", json={"verdict": "different", "reason": "改判"})
    assert again.status_code == 400 and again.json()["error"]["code"] == "identity.task_done"
    assert browser.post(f"{path}/undo", json={"reason": "看错了"}).json()["state"] == "open"
    assert ledger.state(house.store) == before
    assert browser.get("/api/v1/identity/tasks", params={"state": "nowhere"}).json()["error"]["code"] == "identity.no_state"
    assert browser.get("/api/v1/identity/tasks/999999").status_code == 404
    assert browser.get("/api/v1/identity/persons/999999").status_code == 404


def test_four_eyes_over_http(house: House) -> None:
    number, _ = doubt(house)
    policy = house.settings.hospital / "policy.yaml"
    before = policy.read_text("utf-8") if policy.exists() else None
    policy.write_text((before or "") + "\nreview: {four_eyes: true}\n", "utf-8")
    try:
        path = f"/api/v1/identity/tasks/{number}/decision"
        body = {"verdict": "same", "reason": "很像"}
        assert logged_in(house, "it").post(path, json=body).json()["state"] == "second"
        refused = logged_in(house, "it").post(path, json=body)
        assert refused.status_code == 403 and refused.json()["error"]["code"] == "identity.four_eyes"
        done = logged_in(house, "quality").post(path, json=body).json()
        assert (done["state"], done["first_by"], done["second_by"]) == ("same", "it", "quality")
        logged_in(house, "it").post(f"/api/v1/identity/tasks/{number}/undo", json={"reason": "还原"})
    finally:
        policy.unlink() if before is None else policy.write_text(before, "utf-8")
