"""Every route as every role: what is open, what is refused, what an error looks like, and that no canary leaks."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import openpyxl
import pytest

from tests.web_hospital import CANARIES, ROLES, TestClient, client, logged_in
from yishu.web import House
from yishu.web.app import app as application
from yishu.web.routes import questions

QUERY = {"metrics": ["outpatient_visits"], "time": {"start": "2025-01-01", "end": "2025-01-07"}}
ROWS = {"query": QUERY, "cell": {"metric": "outpatient_visits", "member": {}}}
WHOLE = {"director", "finance", "quality", "it"}
BELONGS = {"head", "doctor", "nurse"}

ROUTES: tuple[tuple[str, str, Any, set[str]], ...] = (
    ("GET", "/api/v1/me", None, set(ROLES)),
    ("POST", "/api/v1/query", QUERY, WHOLE | BELONGS),
    ("POST", "/api/v1/rows", ROWS, WHOLE | BELONGS),
    ("POST", "/api/v1/export", {"query": QUERY}, WHOLE | BELONGS),
    ("POST", "/api/v1/rows/export", ROWS, WHOLE | BELONGS),
    ("GET", "/api/v1/metrics", None, set(ROLES)),
    ("GET", "/api/v1/metrics/outpatient_visits", None, set(ROLES)),
    ("GET", "/api/v1/dimensions/department/values", None, set(ROLES)),
    ("GET", "/api/v1/cockpit", None, WHOLE),
    ("GET", "/api/v1/department", None, WHOLE | BELONGS),
    ("GET", "/api/v1/record?source=mz&table=GH&key=1", None, WHOLE | {"head", "nurse"}),
    ("GET", "/api/v1/trace?table=visit&key=MZ-1", None, WHOLE | {"head", "nurse"}),
    ("GET", "/api/v1/sources", None, {"director", "quality", "it"}),
    ("GET", "/api/v1/sources/unmapped", None, {"director", "quality", "it"}),
    ("GET", "/api/v1/sources/defects", None, {"director", "quality", "it"}),
    ("GET", "/api/v1/sources/defects.xlsx?department=门诊部", None, {"director", "quality", "it"}),
)


@pytest.mark.parametrize("role", ROLES)
def test_each_route_as_each_role(house: House, role: str) -> None:
    browser = logged_in(house, role)
    for method, path, body, allowed in ROUTES:
        answer = browser.request(method, path, json=body)
        assert answer.headers["cache-control"] == "no-store"
        if role in allowed:
            assert answer.status_code == 200, (role, path, answer.text)
        elif answer.status_code == 200:
            assert _empty(answer.json()), (role, path, answer.text[:400])
        else:
            assert answer.status_code in (403, 404), (role, path, answer.text)
            assert set(answer.json()["error"]) == {"code", "message", "hint", "where"}
        for canary in CANARIES:
            assert canary.encode() not in answer.content, (role, path, canary)


def _empty(body: Any) -> bool:
    return isinstance(body, dict) and not any(value for row in body.get("rows", []) for value in row)


def test_nothing_is_open_without_a_session(house: House) -> None:
    browser = client(house)
    for method, path, body, _ in ROUTES:
        answer = browser.request(method, path, json=body)
        assert answer.status_code == 401 and answer.json()["error"]["code"] == "login.needed", path
    told = browser.get("/api/v1/health").json()
    assert told == {"status": "ok", "hospital": "小医院", "demo": True, "accounts": []}


def test_a_department_sees_its_own_rows_only(house: House) -> None:
    by = QUERY | {"metrics": ["now_registered"], "dimensions": ["department"]}
    whole = dict(logged_in(house, "director").post("/api/v1/query", json=by).json()["rows"])
    for role, own in (("head", "内科"), ("doctor", "外科")):
        browser = logged_in(house, role)
        assert browser.post("/api/v1/query", json=by).json()["rows"] == [[own, whole[own]]]
        told = browser.post("/api/v1/rows", json={"query": by, "cell": {"metric": "now_registered", "member": {}}}).json()
        assert told["total"] == whole[own]
        names = [v["label"] for v in browser.get("/api/v1/dimensions/department/values").json()["values"]]
        assert names == [own]
    assert logged_in(house, "head").get("/api/v1/department?department=D02").status_code == 403
    mine = logged_in(house, "doctor").get("/api/v1/trace?table=visit&key=MZ-1").json()
    missing = logged_in(house, "doctor").get("/api/v1/trace?table=visit&key=MZ-987").json()
    assert mine == missing


def test_three_steps_from_number_to_source(house: House) -> None:
    browser = logged_in(house, "director")
    assert browser.get("/api/v1/metrics/outpatient_visits").json()["definition"]
    evidence = browser.post("/api/v1/rows", json=ROWS).json()
    names = [column["id"] for column in evidence["columns"]]
    row = dict(zip(names, evidence["rows"][0], strict=True))
    record = browser.get(
        "/api/v1/record", params={"source": row["source"], "table": row["source_table"], "key": row["source_key"]}
    ).json()
    assert record["hospital_rows"][0]["table"] == "visit" and record["load_id"]
    patient = browser.get("/api/v1/record?source=mz&table=BR&key=1").json()
    shown = {field["name"]: field for field in patient["fields"]}
    assert shown["XM"]["masked"] and shown["XM"]["value"].startswith("张*")
    assert shown["DH"]["value"] == "138****5678"
    traced = browser.get("/api/v1/trace?table=visit&key=MZ-1").json()
    assert traced["record"]["key"] == "1" and "outpatient_visits" in [m["id"] for m in traced["metrics"]]


def test_errors_have_one_shape_and_no_trace(house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    browser = logged_in(house, "director")
    for answer, status in (
        (browser.get("/api/v1/nothing"), 404),
        (browser.delete("/api/v1/me"), 405),
        (browser.post("/api/v1/login", json={"name": 1}), 400),
        (browser.post("/api/v1/query", content=b"{", headers={"content-type": "application/json"}), 400),
        (browser.post("/api/v1/query", json={"metrics": ["门诊量2"]}), 404),
        (browser.post("/api/v1/query", json={"metrics": ["outpatient_visits"], "limits": 3}), 400),
        (browser.post("/api/v1/rows", json={"query": QUERY, "cell": "张三丰"}), 400),
        (browser.get("/api/v1/cockpit?campus=火星"), 400),
        (browser.post("/api/v1/query", content=b"x" * 1_100_000, headers={"content-type": "application/json"}), 413),
    ):
        assert answer.status_code == status, answer.text
        error = answer.json()["error"]
        assert set(error) == {"code", "message", "hint", "where"} and "Traceback" not in answer.text
    caplog.set_level(logging.INFO, "yishu.web")

    def broken(*_: object) -> None:
        raise RuntimeError("张三丰 13812345678")

    monkeypatch.setattr(questions.metrics, "listing", broken)
    answer = browser.get("/api/v1/metrics")
    assert answer.status_code == 500 and answer.json()["error"]["code"] == "defect"
    assert answer.headers["x-request-id"] in answer.json()["error"]["hint"]
    assert "RuntimeError" in caplog.text and "张三丰" not in caplog.text + answer.text


def test_every_answer_wears_the_security_headers(house: House) -> None:
    browser = client(house)
    for path in ("/", "/cockpit", "/api/v1/health", "/api/v1/me", "/assets/none.js"):
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


def test_exports_say_what_they_are(house: House) -> None:
    answer = logged_in(house, "director").post("/api/v1/export", json={"query": QUERY, "title": "门诊"})
    assert "filename*=UTF-8''" in answer.headers["content-disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cells = [str(cell.value) for sheet in book for row in sheet for cell in row if cell.value is not None]
    for word in ("模拟数据", "截至", "数据截至", "口径"):
        assert any(word in cell for cell in [*cells, *book.sheetnames]), word
    assert any("不含急诊" in cell for cell in cells)


def test_the_sources_page(house: House) -> None:
    browser = logged_in(house, "it")
    lines = {line["name"]: line for line in browser.get("/api/v1/sources").json()}
    mz = lines["mz"]
    assert mz["state"] == "ok" and mz["owner"] == "门诊部"
    assert mz["rows_in"] == mz["placed"] + mz["merged"] + mz["flagged"] + mz["quarantined"] + mz["ignored"]
    assert any(line["source_code"] == "99" for line in browser.get("/api/v1/sources/unmapped").json())
    found = browser.get("/api/v1/sources/defects").json()
    assert {line["department"] for line in found} <= {"门诊部", "住院处"} and found
    own = browser.get("/api/v1/sources/defects", params={"department": "住院处"}).json()
    assert all(line["source"] == "zy" for line in own)


def test_answers_kept_for_one_scope_are_not_given_to_another(house: House) -> None:
    house.kept.clear()
    query = QUERY | {"metrics": ["now_registered"]}
    first = [logged_in(house, role).post("/api/v1/query", json=query).json()["rows"] for role in ("director", "head", "doctor")]
    again = [logged_in(house, role).post("/api/v1/query", json=query).json()["rows"] for role in ("doctor", "head", "director")]
    assert first == again[::-1] and len({json.dumps(rows) for rows in first}) > 1


def test_every_look_is_in_the_audit_trail(house: House) -> None:
    from yishu.security.audit import recent, verify

    logged_in(house, "doctor").get("/api/v1/trace?table=visit&key=MZ-1")
    assert [(e.viewer, e.action, e.object) for e in recent(house.store, 1)] == [("doctor", "trace", "visit")]
    assert verify(house.store).broken_at is None


def test_a_proxy_is_the_only_one_let_in(house: House) -> None:
    told = TestClient(application(house, proxy="10.9.9.9"), base_url="https://yishu.test")
    assert told.get("/api/v1/health").status_code == 403
    proxied = TestClient(application(house, proxy="10.9.9.9"), base_url="http://yishu.test", client=("10.9.9.9", 1))
    assert proxied.get("/api/v1/health", headers={"x-forwarded-proto": "https"}).headers["strict-transport-security"]
    local = TestClient(application(house, hosts=frozenset({"127.0.0.1"})), base_url="https://evil.test")
    assert local.get("/api/v1/health").status_code == 421
