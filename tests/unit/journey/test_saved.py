"""An edge saved as a metric 存为指标: definition in the folder, listed, computed as plain Python does, rows behind it; who may not, may not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.web_hospital import loaded, logged_in, opened
from yishu import journey
from yishu.kernel.errors import InputError
from yishu.web import House


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = opened(loaded(tmp_path_factory.mktemp("edges")))
    yield made
    made.close()


def _most_walked(house: House) -> tuple[str, str]:
    browser = logged_in(house, "director")
    return next((e["before"], e["after"]) for e in browser.post("/api/v1/process", json={}).json()["drawn"]["map"]["edges"] if e["before"] != e["after"])


def test_an_edge_becomes_a_metric_with_evidence(house: House) -> None:
    browser, (before, after) = logged_in(house, "director"), _most_walked(house)
    asked = {"before": before, "after": after, "days": 2}
    told = browser.post("/api/v1/process/metric", json=asked).json()
    file = house.settings.hospital / told["file"]
    assert told["new"] and f"activity: {before}" in file.read_text("utf-8")
    assert browser.post("/api/v1/process/metric", json=asked).json() == {**told, "new": False}
    assert told["id"] in {line["id"] for line in browser.get("/api/v1/metrics").json()}
    rows = house.warehouse.cursor().execute("SELECT event_id, stay_id, activity, completed FROM wh.hospital.event WHERE stay_id IS NOT NULL AND completed IS NOT NULL").fetchall()
    base = [r for r in rows if r[2] == before]
    met = [a for a in base if any(b[1] == a[1] and b[2] == after and b[0] != a[0] and a[3] <= b[3] <= a[3] + timedelta(days=2) for b in rows)]
    query = {"metrics": [told["id"]]}
    answer = browser.post("/api/v1/query", json=query).json()
    assert base and answer["rows"] == [[pytest.approx(100 * len(met) / len(base))]]
    behind = browser.post("/api/v1/rows", json={"query": query, "cell": {"metric": told["id"], "member": {}}, "offset": 0, "limit": 100}).json()
    assert behind["total"] == len(base) and behind["value"] == answer["rows"][0][0]


def test_roles_without_the_right_and_wrong_words_are_refused(house: House) -> None:
    asked = {"before": "入院", "after": "出院", "days": 7}
    for role in ("head", "nurse", "finance", "auditor"):
        assert logged_in(house, role).post("/api/v1/process/metric", json=asked).status_code == 403
    assert logged_in(house, "director").post("/api/v1/process/metric", json={**asked, "days": 400}).status_code == 400
    for wrong in ({"days": 400}, {"label": "长" * 61}, {"before": ""}, {"unit": "month"}):
        with pytest.raises(InputError):
            journey.edge_metric(**{"unit": "stay", "before": "入院", "after": "出院", "days": 1, **wrong})  # type: ignore[arg-type]


def test_words_of_the_edge_cannot_break_the_text(house: House, tmp_path: Path) -> None:
    odd = journey.edge_metric("stay", "入院: {a}\" '#", "出- &院", 1, "名: *称")
    told = house.publish(odd.id, journey.definition(odd, "院长"))
    assert told and house.centre.by_id[odd.id].label == "名: *称"
