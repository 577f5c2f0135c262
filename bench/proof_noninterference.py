"""Non-interference 互不影响: two hospitals alike in what a person may see and unlike in what he may not give him the same.

Hidden rows are changed (values, refilled columns, rows taken away or doubled), but not how far a table reaches in time nor which days
have stock or beds: those speak of loads and are the same for everybody (docs/metrics.md). Compared: data, order, totals, marks,
errors word for word, value lists, evidence pages, and whether a second asking is served from what is kept.
"""

from __future__ import annotations

import copy
import json
import random
import sys
import time
from collections import Counter
from decimal import Decimal
from typing import Any

from bench.guard_oracle import DECLARED, Eyes, Person, Rows, some_policy, somebody
from bench.proof import Outcome
from bench.proof_guard import VALUES, full_hospital, with_moment
from tests.hospital_rows import NOW, warehouse
from tests.property.metrics_oracle import METRICS
from yishu import metrics
from yishu.kernel.errors import YishuError
from yishu.security import Viewer

TITLE = "互不影响：改动看不到的行，数据、次序、错误、缓存与否都不变"
UNIT = "个探针"
PROBES_A_PERSON = 160
POLICY = {"person_id", "patient_key", "doctor", "campus", "ward", "stay_id", "visit_id", "gender", "insurance_type", "channel", "main_diagnosis",
          "admitted_at", "discharged_at", "visit_date", "flags"}  # fmt: skip
"""Columns policies look at, and keys: to change them is to change who sees what."""


def changed(r: random.Random, hospital: Rows, eyes: Eyes) -> Rows:
    """The same hospital with what these eyes do not see changed."""
    found: Rows = {}
    for table, rows in hospital.items():
        told = DECLARED[table]
        fixed = {*told["key"], *told.get("belonging", []), *(told.get("belonging_also") or {}).get("columns", []), *POLICY}
        fixed |= {c for c, spec in told["columns"].items() if (spec or {}).get("type", "text") in ("date", "timestamp") or c.endswith("department")}
        made = []
        for row in rows:
            if eyes.sees(table, row):
                made.append(masked_apart(r, eyes, table, row, fixed))
                continue
            other = dict(row)
            for column in row:
                if column in told["columns"] and column not in fixed and r.random() < 0.7:
                    other[column] = another(r, row[column], [x.get(column) for x in rows])
            if table not in ("stock_day", "bed_day", "transfer", "patient") and r.random() < 0.15:
                made.append(other | {k: f"{other[k]}-x" for k in told["key"][:1] if isinstance(other[k], str) and k not in ("stay_id", "visit_id")})
            made.append(other)
        found[table] = made
    return found


def masked_apart(r: random.Random, eyes: Eyes, table: str, row: dict[str, Any], fixed: set[str]) -> dict[str, Any]:
    """A row he sees, changed in the columns he does not."""
    shown, other = eyes.masked(table, row), dict(row)
    for column in DECLARED[table]["columns"]:
        if column not in fixed and shown.get(column) is None and row.get(column) is not None:
            other[column] = another(r, row[column], [row[column]])
    return other


def another(r: random.Random, value: Any, values: list[Any]) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, Decimal):
        return Decimal(r.randint(-20000, 90000)).scaleb(-2)
    if isinstance(value, int):
        return value + r.randint(-5, 90)
    if isinstance(value, str):
        return r.choice([f"改{r.randint(0, 9)}", *(v for v in values[:8] if isinstance(v, str))])
    return value


def question(r: random.Random, centre: metrics.Centre) -> dict[str, Any]:
    """A random question, some of them bad."""
    names = r.sample(sorted(METRICS), r.choice([1, 1, 2]))
    allowed = [d for d in centre.allowed(centre.metric(names[0])) if all(d in centre.allowed(centre.metric(n)) for n in names) and d != "hour"]
    dims = r.sample(allowed, min(len(allowed), r.choice([0, 1, 1, 2])))
    if r.random() < 0.06:
        dims = [*dims, r.choice(["drug", "exam_type", "nothing", "hour"])]
    filters = [{"dimension": d, "op": r.choice(["in", "not_in", "="]), "values": [r.choice(VALUES[d])]} for d in r.sample([a for a in allowed if a in VALUES], r.choice([0, 0, 1]))]
    if r.random() < 0.05:
        filters.append({"dimension": "department", "op": "in", "values": ["没有这个科"]})
    q: dict[str, Any] = {"metrics": names, "dimensions": list(dict.fromkeys(dims)), "filters": filters}
    q["time"] = r.choice([None, {"start": "2025-01-01", "end": "2025-06-30"}])
    if q["time"] and r.random() < 0.25:
        q["compare"] = [r.choice(["yoy", "mom"])]
    if q["dimensions"] and r.random() < 0.2:
        q |= {"share": r.random() < 0.5, "totals": True, "order": {"by": names[0], "dir": r.choice(["asc", "desc"])}, "limit": r.choice([None, 3])}
    return q


class Side:
    """One of the two hospitals 一侧."""

    def __init__(self, rows: Rows, centre: metrics.Centre) -> None:
        self.connection, self.centre, self.keep = warehouse(rows), centre, metrics.Keep("1", "1")

    def told(self, kind: str, viewer: Viewer, q: dict[str, Any]) -> str:
        """All that comes back, as text."""
        try:
            if kind == "values":
                return json.dumps(metrics.values(viewer, q["dimension"], self.centre, self.connection, "", 200).as_json(), ensure_ascii=False)
            if kind == "rows":
                lone = {"query": q | {"dimensions": [], "compare": [], "share": False, "totals": False, "order": None, "limit": None}, "cell": {"metric": q["metrics"][0], "member": {}}}
                answer = metrics.rows(viewer, metrics.RowsRequest.parse(lone), self.centre, self.connection, lambda: NOW).as_json()
                return json.dumps(answer, ensure_ascii=False, default=str)
            answer = metrics.measure(viewer, metrics.MetricQuery.parse(q), self.centre, self.connection, lambda: NOW, keep=self.keep, ledger=metrics.MemoryLedger()).as_json()
        except YishuError as error:
            return json.dumps([type(error).__name__, error.as_json()], ensure_ascii=False)
        answer.pop("elapsed_ms")
        return json.dumps([answer, self.keep.hits], ensure_ascii=False, default=str)


def run(seed: int, seconds: float) -> Outcome:
    """Probe until the time is up."""
    until, counts, failures, n, hidden = time.monotonic() + seconds, Counter[str](), [], 0, 0
    centre = metrics.centre()
    while time.monotonic() < until:
        r = random.Random(seed * 100_000 + n)
        n += 1
        hospital = full_hospital(seed * 100_000 + n)
        roles, labels = some_policy(r)
        person: Person = somebody(r, roles, n)
        viewer = viewer_of(person, roles, labels)
        eyes = Eyes(person, roles, labels, hospital, NOW)
        hidden += sum(1 for t, rows in hospital.items() for row in rows if not eyes.sees(t, row))
        sides = [Side(hospital, centre), Side(changed(r, copy.deepcopy(hospital), eyes), centre)]
        for _ in range(PROBES_A_PERSON):
            kind = r.choices(["query", "values", "rows"], weights=[88, 6, 6])[0]
            q = {"dimension": r.choice(["diagnosis", "department", "doctor", "channel"])} if kind == "values" else question(r, centre)
            one, other = (side.told(kind, viewer, q) for side in sides)
            counts[kind] += 1
            if one != other:
                failures.append({"seed": seed * 100_000 + n - 1, "person": person, "kind": kind, "q": q, "one": one[:300], "other": other[:300]})
                if len(failures) <= 3:
                    sys.stderr.write(f"{failures[-1]}\n")
        for side in sides:
            side.connection.close()
    return Outcome(sum(counts.values()), len(failures), {"hospitals": n, "hidden_rows": hidden, "kinds": dict(counts), "first": failures[:3]})


def viewer_of(person: Person, roles: dict[str, Any], labels: dict[str, Any]) -> Viewer:
    """The person as the hospital folder makes him."""
    import tempfile
    from pathlib import Path

    import yaml

    from yishu.security import people

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "policy.yaml").write_text(yaml.safe_dump({"roles": roles, "labels": labels}, allow_unicode=True))
        (Path(folder) / "people.yaml").write_text(yaml.safe_dump({"people": [person]}, allow_unicode=True))
        (viewer,) = people(Path(folder))
    return with_moment(viewer)
