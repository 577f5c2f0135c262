"""Audit 审计: the auditor reads the trail and nothing else; nobody else reads it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.web_hospital import ROLES, loaded, logged_in, opened
from yishu.web import House


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = opened(loaded(tmp_path_factory.mktemp("audit")))
    yield house
    house.close()


def test_the_trail_is_for_the_auditor_alone(house: House) -> None:
    for name in ROLES:
        browser = logged_in(house, name)
        allowed = name == "auditor"
        for path in ("/api/v1/audit", "/api/v1/audit/verify"):
            assert browser.get(path).status_code == (200 if allowed else 403), (name, path)
        assert ("audit" in browser.get("/api/v1/me").json()["can"]) is allowed


def test_entries_can_be_sought_by_account_action_and_object_and_looking_is_an_entry(house: House) -> None:
    logged_in(house, "director").post("/api/v1/export", json={"query": {"metrics": ["total_visits"]}})
    auditor = logged_in(house, "auditor")
    found = auditor.get("/api/v1/audit", params={"viewer": "director", "action": "export"}).json()
    assert [(e["viewer"], e["action"], e["object"]) for e in found["entries"]] == [("director", "export", "total_visits")]
    assert {"login", "export"} <= set(found["actions"]) and "director" in found["viewers"]
    assert auditor.get("/api/v1/audit", params={"object": "visits"}).json()["total"] == 1
    assert auditor.get("/api/v1/audit", params={"object": "%"}).json()["total"] == 0, "a wildcard is a plain sign"
    before = auditor.get("/api/v1/audit", params={"action": "audit", "limit": 1}).json()
    assert before["entries"][0]["viewer"] == "auditor"
    assert auditor.get("/api/v1/audit", params={"action": "audit"}).json()["total"] == before["total"] + 1
    page = auditor.get("/api/v1/audit", params={"limit": 2, "offset": 1}).json()
    assert [e["number"] for e in page["entries"]] == [page["total"] - 1, page["total"] - 2]


def test_a_changed_entry_breaks_the_chain_where_it_was_changed(house: House) -> None:
    auditor = logged_in(house, "auditor")
    assert auditor.get("/api/v1/audit/verify").json()["broken_at"] is None
    with house.store.begin() as connection:
        connection.execute(text("UPDATE audit SET object = object || ' ' WHERE seq = 2"))
    assert auditor.get("/api/v1/audit/verify").json() == {"entries": 1, "broken_at": 2}
    with house.store.begin() as connection:
        connection.execute(text("UPDATE audit SET object = substr(object, 1, length(object) - 1) WHERE seq = 2"))
