"""Cockpit request 驾驶舱请求 end to end (HTTP, rules, queries, JSON; no answer kept) against hand-written SQL for the same figures.

`YISHU_BENCH_HOME` names a home of the model hospital already loaded (`yishu demo --no-serve`); else one of 120 days is made.
The SQL reads each fact once for the cards, once by day for sparklines and movements, once by department for the ranking.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
import warnings
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from bench.ratio import paired
from yishu import flow, metrics
from yishu.demo.make import make
from yishu.kernel import Settings
from yishu.security.login import Accounts
from yishu.web.app import app
from yishu.web.house import House, open_house

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

FOLDER = Path(__file__).parents[1] / "hospitals" / "model"
PASSWORD = "只为测速的口令 2026"
HISTORY = 98
FACTS: dict[str, tuple[str, str, str, dict[str, str]]] = {
    "visits": ("visit", "visit_date", "status = '已就诊'", {
        "total": "visit_class IN ('门诊', '急诊')", "outpatient": "visit_class = '门诊'", "emergency": "visit_class = '急诊'"}),
    "discharges": ("stay", "discharged_at::DATE", "status = '出院'", {"count": "TRUE", "days": "length_of_stay"}),
    "admissions": ("stay", "admitted_at::DATE", "status IN ('在院', '出院')", {"count": "TRUE"}),
    "surgeries": ("surgery", "started_at::DATE", "status = '完成'", {"count": "TRUE", "major": "surgery_level IN ('三级', '四级')"}),
    "beds": ("bed_day", "date", "TRUE", {"used": "occupied_beds + same_day_stays", "open": "open_beds"}),
    "money": ("charge", "charged_at::DATE", "patient_class IN ('门急诊', '住院')", {
        "all": "amount", "service": "CASE WHEN fin_category IN ('挂号', '诊察', '床位', '治疗', '护理', '手术', '药事服务') THEN amount ELSE 0 END",
        "drug": "CASE WHEN fin_category IN ('西药', '中成药') THEN amount ELSE 0 END", "material": "CASE WHEN fin_category = '卫生材料' THEN amount ELSE 0 END"}),
    "cases": ("drg_case", "discharged_at::DATE", "status = '入组'", {"count": "TRUE", "weight": "weight"}),
}  # fmt: skip


def statements(day: date) -> list[str]:
    """The hand-written SQL 手写语句 of one cockpit."""
    year = day.replace(month=1, day=1)
    before = year.replace(year=year.year - 1)
    spans = [(day, day), (day.replace(day=1), day), (year, day)]
    spans += [(a.replace(year=a.year - 1), b.replace(year=b.year - 1)) for a, b in spans]
    out = []
    for table, column, where, measures in FACTS.values():
        said = {name: f"count(*) FILTER ({{}} AND {m})" if m == "TRUE" or " IN " in m[:20] or " = " in m[:16] else f"sum({m}) FILTER ({{}})" for name, m in measures.items()}
        cells = [form.format(f"{column} BETWEEN DATE '{a}' AND DATE '{b}'") for form in said.values() for a, b in spans]
        out.append(f"SELECT {', '.join(cells)} FROM wh.hospital.{table} WHERE {where} AND {column} BETWEEN DATE '{before}' AND DATE '{day}'")
        whole = [form.format("TRUE") for form in said.values()]
        out.append(f"SELECT {column} AS day, {', '.join(whole)} FROM wh.hospital.{table} WHERE {where} AND {column} BETWEEN DATE '{day - timedelta(days=HISTORY)}' AND DATE '{day}' GROUP BY ALL ORDER BY 1")
    month, then = spans[1], spans[4]
    out.append(
        "SELECT d.name, sum(c.amount) FILTER (c.charged_at >= DATE '{0}'), sum(c.amount) FILTER (c.charged_at < DATE '{1}') FROM wh.hospital.charge c "
        "LEFT JOIN wh.hospital.department d ON d.department = c.department WHERE c.patient_class IN ('门急诊', '住院') AND (c.charged_at::DATE BETWEEN DATE '{0}' AND DATE '{2}' "
        "OR c.charged_at::DATE BETWEEN DATE '{3}' AND DATE '{4}') GROUP BY ALL ORDER BY 2 DESC".format(month[0], then[1] + timedelta(days=1), month[1], *then)
    )
    out.append("SELECT count(*) FILTER (status = '在院') FROM wh.hospital.stay")
    out.append("SELECT count(*) FILTER (status = '进行中') FROM wh.hospital.surgery")
    out.append(f"SELECT count(*) FILTER (status IN ('已就诊', '候诊', '爽约')), count(*) FILTER (status = '候诊') FROM wh.hospital.visit WHERE visit_date = DATE '{day + timedelta(days=1)}'")
    out.append("SELECT sum(open_beds) FROM wh.hospital.bed_day WHERE date = (SELECT max(date) FROM wh.hospital.bed_day)")
    return out


def measure() -> dict[str, Any]:
    """Both in turn, five times; the first figure of both is compared, so that they speak of the same thing."""
    with tempfile.TemporaryDirectory() as folder:
        given = os.environ.get("YISHU_BENCH_HOME")
        home, until = Path(given or folder), datetime(2026, 6, 30, 10)
        if given:
            until = datetime.fromisoformat(json.loads((home / "demo.json").read_text(encoding="utf-8"))["until"])
        else:
            make(home, seed=1, until=until, days=120, scale=0.3)
        settings = Settings.of(FOLDER, home, {"YISHU_NOW": until.isoformat()})
        if not given:
            flow.load(settings)
        house = open_house(settings, demo=True)
        try:
            return _measured(house)
        finally:
            house.close()


def _measured(house: House) -> dict[str, Any]:
    house.accounts = Accounts(house.store, house.settings.clock, demo=True)
    house.accounts.set_password("director", PASSWORD)
    browser = TestClient(app(house), base_url="https://yishu.test")
    assert browser.post("/api/v1/login", json={"name": "director", "password": PASSWORD}).status_code == 200
    told = browser.get("/api/v1/cockpit").json()
    day = date.fromisoformat(told["speaks_of"])
    listed = statements(day)

    def ours() -> None:
        house.kept.clear()
        house._keep = metrics.Keep()  # rows kept by statement: as on the first morning
        assert browser.get("/api/v1/cockpit").status_code == 200

    def raw() -> list[Any]:
        cursor = house.warehouse.cursor()
        found = [cursor.execute(text).fetchall() for text in listed]
        cursor.close()
        return found

    first = raw()[0][0][:3]
    shown = next(card for card in told["cards"] if card["id"] == "total_visits")["columns"]
    assert list(first) == [shown[p]["value"] for p in ("yesterday", "month", "year")], (first, shown)
    again = []
    pair = paired(ours, raw)
    for _ in range(5):
        began = time.perf_counter()
        browser.get("/api/v1/cockpit")
        again.append(time.perf_counter() - began)
    rows = house.warehouse.execute("SELECT (SELECT count(*) FROM wh.hospital.visit), (SELECT count(*) FROM wh.hospital.charge)").fetchone()
    return {"cockpit_to_sql": pair.as_json(), "statements": len(listed), "kept_answer_s": round(median(again), 4), "visits_charges": rows}
