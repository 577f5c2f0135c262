"""Random queries over random small hospitals against brute force: every kind; cells, subtotals, shares, comparisons, conditions."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Any

from bench.proof import Outcome
from tests.hospital_rows import LAST, NOW, random_hospital, warehouse
from tests.needs import ROOT
from tests.property.grouped_oracle import ALL, RUNNING, Filters, Grouped, Key, Period, first_of, forward, last_of
from tests.property.metrics_oracle import GRAINS
from tests.property.test_metrics_against_brute_force import VALUES
from yishu.metrics import Centre, Keep, MetricQuery, centre, measure
from yishu.security import Viewer

TITLE = "随机指标查询与逐行暴力对照（无共享代码）：单元格、小计、占比、同比环比、条件、排序"
UNIT = "个查询"
DIRECTOR = Viewer("director", "director", "院长")
SIZE, QUERIES = 45, 400
Query = dict[str, Any]


@cache
def house() -> Centre:
    """The library and one metric of every other kind."""
    return centre(ROOT / "tests" / "golden" / "kinds")


def run(seed: int, seconds: float) -> Outcome:
    """As many queries as fit; a fresh hospital every few hundred."""
    until = time.monotonic() + seconds
    count, kinds, failures = 0, Counter[str](), list[str]()
    hospital = 0
    while time.monotonic() < until:
        hospital += 1
        r = random.Random(seed * 100_003 + hospital)
        made = small(r.randrange(10**9))
        connection, oracle, keep = warehouse(made), Grouped(made, NOW), Keep(str(hospital), str(seed))
        for _ in range(QUERIES):
            q = question(r)
            reason = differ(q, oracle, connection, keep)
            count += 1
            kinds[house().metric(q["metrics"][0]).kind.value] += 1
            if reason:
                failures.append(f"{reason} {q}"[:600])
            if time.monotonic() >= until:
                break
        connection.close()
    return Outcome(count, len(failures), {"hospitals": hospital, "kinds": dict(kinds), "first": failures[:3]})


def small(seed: int) -> dict[str, list[dict[str, object]]]:
    """A hospital of some fifty rows a table; few patients, so that they come again."""
    made = random_hospital(seed, SIZE)
    r = random.Random(seed)
    for name in ("visit", "stay", "appointment", "charge"):
        for row in made[name]:
            row["patient_key"] = r.choice([None, *range(1, 13)])
    for row in made["charge"]:
        if r.random() < 0.2:
            row["amount"] = None
    return made


def question(r: random.Random, metrics: list[str] | None = None) -> Query:
    """A question about one or two metrics."""
    metrics = metrics or r.sample(sorted(ALL), 1 if r.random() < 0.8 else 2)
    known = [house().allowed(house().metric(m)) for m in metrics]
    rolling = any(ALL[m].window for m in metrics)
    dated = "k_patients" in metrics or any(ALL[m].top[0] in ("bed_day", "stock_day") or ((b := ALL[m].bottom) is not None and b[0] in ("bed_day", "stock_day")) for m in metrics)
    compare = r.choice([[], [], ["yoy"], ["mom"], ["yoy", "mom"]])
    allowed = [d for d in known[0] if all(d in k for k in known) and d != "doctor_group" and not (dated and d == "hour")]
    if rolling:
        allowed = [d for d in allowed if d not in ("hour", "weekday")]
    dims = r.sample(allowed, min(len(allowed), r.choice([0, 1, 1, 2, 2, 3])))
    if rolling and compare == ["yoy", "mom"]:
        compare = ["yoy"]
    filters = []
    for d in r.sample(can := [a for a in allowed if a in VALUES and not (rolling and a in GRAINS)], min(len(can), r.choice([0, 0, 1, 2]))):
        op = r.choice(["in", "not_in", "=", "!=", "is_null", "not_null", "<=", ">"])
        values: list[object] = [] if op.endswith("null") else r.sample(VALUES[d], r.randint(1, len(VALUES[d]))) if op.endswith("in") else [r.choice([v for v in VALUES[d] if v is not None])]
        filters.append({"dimension": d, "op": op, "values": values})
    start = date(2024, 5, 1) + timedelta(days=r.randint(0, 380))
    if r.random() < 0.5:
        start = start.replace(day=1)
    span = r.choice([None, *[{"start": start.isoformat(), "end": end_of(r, start).isoformat()}] * 3])
    if compare and span is None:
        span = {"start": start.isoformat(), "end": end_of(r, start).isoformat()}
    q: Query = {"metrics": metrics, "dimensions": dims, "filters": filters, "time": span, "compare": compare}
    if dims:
        q["totals"] = r.choice([False, [[]], [[], dims[:1]], [dims[1:]] if dims[1:] else [[]]])
        q["share"] = r.random() < 0.25 and not (rolling and dims[-1] in GRAINS)
        if r.random() < 0.2:
            q["order"] = {"by": metrics[0], "dir": r.choice(["asc", "desc"])}
            q["limit"] = r.randint(1, 5)
        elif r.random() < 0.15:
            q["having"] = [{"metric": metrics[0], "op": r.choice([">", "<=", "not_null"]), "value": None}]
            if q["having"][0]["op"] != "not_null":
                q["having"][0]["value"] = r.choice([0.5, 3.5, 41.25])
    return q


def end_of(r: random.Random, start: date) -> date:
    """The end of a span, of a month as often as not; never after what is known."""
    end = start + timedelta(days=r.randint(0, 200))
    if r.random() < 0.5:
        end = last_of(end, "month")
    return min(end, LAST - timedelta(days=20)) if end > LAST - timedelta(days=20) and start <= LAST - timedelta(days=20) else end


def differ(q: Query, oracle: Grouped, connection: Any, keep: Keep | None = None) -> str:
    """Why an answer is not the oracle's; empty where it is."""
    oracle.forget()
    told = measure(DIRECTOR, MetricQuery.parse(q), house(), connection, lambda: NOW, keep=keep)
    dims, filters = list(q["dimensions"]), [(f["dimension"], f["op"], f["values"]) for f in q["filters"]]
    ids = [c.id for c in told.columns]
    rows = {tuple(row[: len(dims)]): dict(zip(ids, row, strict=True)) for row in told.rows}
    if len(rows) != len(told.rows):
        return "a key twice"
    reason = whole(q, dims, filters, rows, oracle, cut=bool(q.get("limit") or q.get("having")))
    for total in told.totals or ():
        by = list(total.by)
        under = {tuple(row[: len(by)]): dict(zip([*by, *(i for i in ids if i not in dims)], row, strict=True)) for row in total.rows}
        reason = reason or whole({**q, "share": False}, by, filters, under, oracle, cut=False)
    return reason or limits(q, dims, filters, rows, oracle)


def whole(q: Query, dims: list[str], filters: Filters, rows: dict[Key, dict[str, Any]], oracle: Grouped, *, cut: bool) -> str:
    """Cells, shares and comparisons of one grain."""
    now = {m: oracle.answer(m, dims, filters, period(q, m, "", dims, oracle)) for m in q["metrics"]}
    keys = {k for found in now.values() for k in found}
    if dims and (set(rows) - keys if cut else set(rows) != keys):
        return f"keys {sorted(map(str, set(rows) ^ keys))[:4]} by {dims}"
    for m in q["metrics"]:
        parent = oracle.answer(m, dims[:-1], filters, period(q, m, "", dims[:-1], oracle)) if q.get("share") and dims else {}
        bases = {c: oracle.answer(m, dims, filters, period(q, m, c, dims, oracle)) for c in q["compare"]}
        for key, row in rows.items():
            true = cell(m, now[m], key, dims, period(q, m, "", dims, oracle), oracle)
            if true is None and key not in now[m]:
                true = oracle.without_top(m, key, dims, filters, period(q, m, "", dims, oracle))
            if not close(row[m], true):
                return f"{m}{key}: {row[m]} for {true}"
            if parent:
                above = parent.get(key[:-1])
                if row[m] is not None and not close(row[f"{m}.share"], true * 100 / above if true is not None and above else None):
                    return f"{m}.share{key}: {row[f'{m}.share']} for {true}/{above}"
            for c, found in bases.items():
                base = cell(m, found, key, dims, period(q, m, c, dims, oracle), oracle)
                if base is None and key not in found:
                    base = oracle.without_top(m, key, dims, filters, period(q, m, c, dims, oracle))
                if oracle.uncompared(m, key, dims, period(q, m, c, dims, oracle)):
                    base = None
                if not close(row[f"{m}.{c}_base"], base):
                    return f"{m}.{c}_base{key}: {row[f'{m}.{c}_base']} for {base}"
                both = true is not None and base is not None
                if not close(row[f"{m}.{c}_diff"], true - base if both else None):  # type: ignore[operator]
                    return f"{m}.{c}_diff{key}"
                if not close(row[f"{m}.{c}"], (true - base) * 100 / base if both and base else None):  # type: ignore[operator]
                    return f"{m}.{c}{key}: {row[f'{m}.{c}']}"
    return ""


def cell(m: str, found: dict[Key, Fraction | None], key: Key, dims: list[str], p: Period, oracle: Grouped) -> Fraction | None:
    """A cell; where it has no rows, a count or sum is zero inside what is known, and unknown outside."""
    kind = ALL[m]
    counted = kind.bottom is None and kind.how in ("sum", "distinct")
    if key in found:
        if not dims and counted and found[key] == 0 and not inside(m, p, oracle):
            return None
        return found[key]
    known = oracle.known_span(m)
    if not counted or known is None or not inside(m, p, oracle):
        return None
    grain = next((g for g in RUNNING if g in dims), None)
    if grain is None:
        return Fraction(0)
    member = day_of(str(key[dims.index(grain)]), grain)
    first, last = forward(known[0], p.months, p.days), forward(known[1], p.months, p.days)
    return Fraction(0) if first_of(first, grain) <= member <= first_of(last, grain) else None


def inside(m: str, p: Period, oracle: Grouped) -> bool:
    """Whether a period meets what is known of a metric."""
    known = oracle.known_span(m)
    return known is not None and (p.lower is None or p.lower <= known[1]) and (p.upper is None or p.upper >= known[0])


def day_of(member: str, grain: str) -> date:
    """The first day of a member."""
    if grain == "quarter":
        return date(int(member[:4]), int(member[6]) * 3 - 2, 1)
    return date.fromisoformat({"month": f"{member}-01", "year": f"{member}-01-01"}.get(grain, member))


def period(q: Query, m: str, compare: str, dims: list[str], oracle: Grouped) -> Period:
    """The span of a question or of what it is compared with (design §5.2)."""
    if q["time"] is None:
        return Period(None, None)
    lower, upper = date.fromisoformat(q["time"]["start"]), date.fromisoformat(q["time"]["end"])
    if not compare:
        return Period(lower, upper)
    known = oracle.known_span(m)
    through = known[1] if known else upper
    grain = next((g for g in RUNNING if g in dims), None)
    months, days = _shift(compare, grain, lower, upper, through)
    end = upper if upper <= through or through < lower else through
    base_end = forward(end, -months, -days)
    if months and end == last_of(end, "month") and lower <= end.replace(day=1):
        base_end = last_of(base_end, "month")
    return Period(forward(lower, -months, -days), base_end, months, days)


def _shift(compare: str, grain: str | None, lower: date, upper: date, through: date) -> tuple[int, int]:
    if compare == "yoy":
        return (0, 364) if grain == "week" else (12, 0)
    if grain is not None:
        return {"day": (0, 1), "week": (0, 7), "month": (1, 0), "quarter": (3, 0), "year": (12, 0)}[grain]
    if lower.day == 1 and upper == last_of(upper, "month"):
        return (upper.year - lower.year) * 12 + upper.month - lower.month + 1, 0
    if upper >= through and upper > lower:
        for grain_ in ("week", "month", "quarter", "year"):
            if first_of(lower, grain_) == lower and upper <= last_of(lower, grain_):
                return {"week": (0, 7), "month": (1, 0), "quarter": (3, 0), "year": (12, 0)}[grain_]
    return 0, (upper - lower).days + 1


def limits(q: Query, dims: list[str], filters: Filters, rows: dict[Key, dict[str, Any]], oracle: Grouped) -> str:
    """Conditions on results keep just the right cells; a limit keeps the first."""
    if not q.get("limit") and not q.get("having"):
        return ""
    m = q["metrics"][0]
    found = {n: oracle.answer(n, dims, filters, period(q, n, "", dims, oracle)) for n in q["metrics"]}
    every = {k: cell(m, found[m], k, dims, period(q, m, "", dims, oracle), oracle) for n in found for k in found[n]}
    if q.get("having"):
        h = q["having"][0]
        kept = {k for k, v in every.items() if v is not None and (h["op"] == "not_null" or (v > h["value"] if h["op"] == ">" else v <= h["value"]))}
        return "" if kept == set(rows) else f"having keeps {len(rows)} for {len(kept)}"
    if len(rows) != min(q["limit"], len(every)):
        return f"limit keeps {len(rows)}"
    down = -1.0 if q["order"]["dir"] == "desc" else 1.0
    ranks = [float("inf") if row[m] is None else down * float(row[m]) for row in rows.values()]
    others = [float("inf") if v is None else down * float(v) for k, v in every.items() if k not in rows]
    if ranks != sorted(ranks) or (ranks and others and min(others) < ranks[-1] - 1e-9 * max(1.0, abs(ranks[-1]))):
        return "order"
    return ""


def close(told: object, true: Fraction | None) -> bool:
    """The same number, to nine digits; nothing only equals nothing."""
    if told is None or true is None:
        return told is None and true is None
    return abs(float(told) - float(true)) <= 1e-9 * max(1.0, abs(float(true)))  # type: ignore[arg-type]
