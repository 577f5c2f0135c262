"""The truth stands on its own: recounted slowly, in plain Python, from what the stores hold."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from tests.demo_bands import banded
from yishu.demo import DemoReceipt
from yishu.demo.structure import structure

Read = Callable[[str], list[dict[str, str]]]


def _source(hospital: DemoReceipt, store: str) -> sqlite3.Connection:
    return sqlite3.connect(Path(hospital.home) / "sources" / f"{store}.db")


def test_bed_days_equal_a_walk_through_every_stay(hospital: DemoReceipt, truth: Read) -> None:
    s = structure()
    ward = {w.code: w.name for w in s.wards}
    department = {d.zy(c): d.name for d in s.departments for c in range(3)}
    source = _source(hospital, "his_zy")
    moves: dict[int, list[tuple[datetime, int, int, int]]] = {}
    for stay, at, kind, w, d in source.execute("SELECT ZYH, ZKSJ, ZKLX, XHBQ, XHKS FROM ZY_ZKJL ORDER BY ZYH, ZKSJ, ZKLX"):
        moves.setdefault(stay, []).append((datetime.fromisoformat(at), kind, w, d))
    source.close()
    last_day = date(2026, 6, 29)
    counted: Counter[tuple[date, str, str]] = Counter()
    for steps in moves.values():
        begin, left = steps[0][0], steps[-1][0] if steps[-1][1] == 9 else None
        if left is not None and begin.date() == left.date():
            place = steps[-2]
            counted[begin.date(), ward[place[2]], department[place[3]]] += 1
            continue
        day = begin.date()
        while day <= last_day and (left is None or day < left.date()):
            midnight = datetime.combine(day + timedelta(days=1), datetime.min.time())
            place = [step for step in steps if step[0] < midnight][-1]
            counted[day, ward[place[2]], department[place[3]]] += 1
            day += timedelta(days=1)
    told = {(date.fromisoformat(r["date"]), r["ward"], r["department"]): int(r["occupied"]) for r in truth("bed_day")}
    first = min(day for day, _, _ in told)
    assert {k: n for k, n in counted.items() if k[0] >= first and k[0] <= last_day} == {k: n for k, n in told.items() if n}
    assert sum(int(r["open"]) for r in truth("bed_day") if r["date"] == "2026-06-29") == 500


def test_departments_add_up_to_the_hospital(truth: Read) -> None:
    additive = {"outpatient_visits", "emergency_visits", "admissions", "discharges", "revenue", "surgeries", "imaging_exams", "wait_minutes"}
    whole: dict[tuple[str, str], float] = {}
    parts: Counter[tuple[str, str]] = Counter()
    for r in truth("metric"):
        if r["metric"] in additive:
            if r["department"]:
                parts[r["metric"], r["date"]] += float(r["numerator"])  # type: ignore[assignment]
            else:
                whole[r["metric"], r["date"]] = float(r["numerator"])
    assert whole and all(abs(parts[k] - v) < 0.02 for k, v in whole.items())


def test_revenue_equals_the_stores(hospital: DemoReceipt, truth: Read) -> None:
    mz, zy = _source(hospital, "his_mz"), _source(hospital, "his_zy")
    queries = (
        (mz, "SELECT sum(ZLF) FROM MZ_GHZD"),
        (mz, "SELECT sum(m.ZJE) FROM MZ_CFMXK m JOIN MZ_CFK c ON c.XH = m.CFXH WHERE c.JSBZ = '1'"),
        (zy, "SELECT sum(f.ZJJE) FROM ZY_FYMX f JOIN ZY_BRRY b ON b.ZYH = f.ZYH"),
    )
    stored = sum(connection.execute(query).fetchone()[0] for connection, query in queries)
    mz.close()
    zy.close()
    told = sum(float(r["numerator"]) for r in truth("metric") if r["metric"] == "revenue" and not r["department"])
    assert abs(stored - told) < 0.5


def test_the_catalogue_and_twenty_more_are_told(truth: Read) -> None:
    assert len({r["metric"] for r in truth("metric")}) >= 45


def test_it_looks_like_a_hospital(hospital: DemoReceipt) -> None:
    """Bands of `demo/config/bands.yaml`; a short summer window may stand a little outside a year's band. Whole years: `make proof NAME=bands`."""
    shown = [b for b in banded(hospital.home) if b.value is not None]
    assert len(shown) >= 17
    outside = [(b.name, b.value, b.low, b.high) for b in shown if not b.inside(slack=0.1)]
    assert not outside
