"""Bad input 错误的问题: the same refusal through the command line and HTTP, an error of design §5 and never a stack trace."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.web_hospital import logged_in
from yishu.cli import main
from yishu.kernel import Settings
from yishu.web import House

SPAN = {"start": "2025-01-01", "end": "2025-01-07"}
VISITS = {"metrics": ["outpatient_visits"], "time": SPAN}
BAD: dict[str, tuple[Any, str, str]] = {
    "指标写错": ({"metrics": ["outpatient_visit"]}, "metric.unknown", "outpatient_visits"),
    "维度写错": ({**VISITS, "dimensions": ["departmen"]}, "dimension.unknown", "department"),
    "维度不许": ({"metrics": ["discharges"], "dimensions": ["channel"]}, "dimension.not_allowed", "department"),
    "筛选不许": ({"metrics": ["discharges"], "filters": [{"dimension": "channel", "op": "=", "values": ["微信"]}]}, "dimension.not_allowed", "department"),
    "没有的日子": ({"metrics": ["discharges"], "time": {"start": "2025-02-30", "end": "2025-03-01"}}, "query.time", ""),
    "倒着的时间": ({"metrics": ["discharges"], "time": {"start": "2025-03-02", "end": "2025-03-01"}}, "query.time", ""),
    "没有的月份": ({**VISITS, "filters": [{"dimension": "month", "op": "=", "values": ["2025-13"]}]}, "member.bad", ""),
    "一万零一个值": ({**VISITS, "filters": [{"dimension": "campus", "op": "in", "values": ["x"] * 10_001}]}, "query.too_many_values", ""),
    "没有的成员": ({**VISITS, "filters": [{"dimension": "department", "op": "in", "values": ["骨可"]}]}, "member.unknown", ""),
    "不认识的键": ({**VISITS, "fliters": []}, "query.key", "filters"),
    "不是对象": ([1], "query.type", ""),
    "嵌套很深": ({"metrics": [[[[[["a"]]]]]]}, "query.type", ""),
    "数字太大": ({**VISITS, "limit": 10**30}, "query.type", ""),
    "古怪的文字": ({"metrics": ["'; DROP TABLE visit; --\u0000"]}, "metric.unknown", ""),
}


def by_command(settings: Settings, body: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, dict[str, Any], str]:
    """What `yishu --json query - --viewer director` says, and its exit status."""
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(body, ensure_ascii=False)))
    with pytest.raises(SystemExit) as done:
        main(["--json", "--hospital", str(settings.hospital), "--home", str(settings.home), "query", "-", "--viewer", "director"])
    told = capsys.readouterr()
    return int(done.value.code or 0), json.loads(told.out), told.out + told.err


def shape(error: dict[str, Any], code: str, word: str) -> None:
    assert set(error) == {"code", "message", "hint", "where"}
    assert error["code"] == code and error["message"]
    assert word in error["hint"] + error["message"]


@pytest.mark.parametrize("name", BAD)
def test_on_the_command_line(name: str, hospital: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    body, code, word = BAD[name]
    status, told, printed = by_command(hospital, body, capsys, monkeypatch)
    assert status == 2 and "Traceback" not in printed
    shape(told["error"], code, word)


def test_ten_thousand_values_and_a_question_too_large(hospital: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    many = {**VISITS, "filters": [{"dimension": "insurance_type", "op": "in", "values": [f"v{i}" for i in range(10_000)]}]}
    status, told, _ = by_command(hospital, many, capsys, monkeypatch)
    assert status == 0 and told["rows"] == [[0]]
    profile = hospital.hospital / "hospital.yaml"
    before = profile.read_text(encoding="utf-8")
    profile.write_text(before + "\nlimits: {rows: 1}\n", encoding="utf-8")
    try:
        large = {"metrics": ["now_registered"], "dimensions": ["day", "department", "channel"]}
        status, told, printed = by_command(hospital, large, capsys, monkeypatch)
        assert status == 2 and "Traceback" not in printed
        shape(told["error"], "query.too_large", "上限 1 行")
        status, told, _ = by_command(hospital, {**large, "limit": 1}, capsys, monkeypatch)
        assert status == 0 and len(told["rows"]) == 1
    finally:
        profile.write_text(before, encoding="utf-8")


def test_a_definition_with_a_fault_names_its_file_and_line(hospital: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = hospital.hospital / "metrics"
    folder.mkdir(exist_ok=True)
    wrong = folder / "wrong.yaml"
    wrong.write_text("id: wrong\nlabel: 错\nunit: 人次\nkind: simpel\n", encoding="utf-8")
    try:
        status, told, printed = by_command(hospital, VISITS, capsys, monkeypatch)
        assert status == 2 and "Traceback" not in printed
        assert "simple" in told["error"]["message"] and "wrong.yaml:4" in told["error"]["message"]
    finally:
        wrong.unlink()


@pytest.fixture(scope="module")
def small(house: House) -> Iterator[House]:
    whole = house.centre
    house.centre = replace(whole, most_rows=2)
    yield house
    house.centre = whole


def test_over_http(house: House) -> None:
    browser = logged_in(house, "director")
    for name, (body, code, word) in BAD.items():
        answer = browser.post("/api/v1/query", json=body)
        assert answer.status_code in (400, 404), (name, answer.text[:300])
        assert "Traceback" not in answer.text
        error = answer.json()["error"]
        assert set(error) == {"code", "message", "hint", "where"}, name
        if error["code"] != "request.bad":  # what is no question at all is refused at the door
            shape(error, code, word)


def test_too_large_over_http_for_the_director_and_a_head(small: House) -> None:
    large = {"metrics": ["now_registered"], "dimensions": ["day", "department", "channel"]}
    answer = logged_in(small, "director").post("/api/v1/query", json=large)
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "query.too_large"
    head = logged_in(small, "head").post("/api/v1/query", json={**large, "dimensions": ["campus"]})
    assert head.status_code == 200
