"""Non-interference 互不影响: two hospitals alike in what a person may see and unlike in what he may not give him the same.

Hidden rows are changed (values, refilled columns, rows taken away or doubled), but not how far a table reaches in time nor which days
have stock or beds: those speak of loads and are the same for everybody (docs/metrics.md). Compared: data, order, totals, marks,
errors word for word, value lists, evidence pages, and whether a second asking is served from what is kept; and, over the scope of a
table, selections, groups, orders, joins and expressions that fail on some values: the rows, or the kind of failure.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb

from bench.guard_oracle import DECLARED, Eyes, Person, Rows, some_policy, somebody
from bench.guard_tables import answers, some_question, statement
from bench.proof import Outcome
from bench.proof_guard import VALUES, full_hospital, with_moment
from tests.hospital_rows import NOW, warehouse
from tests.property.metrics_oracle import METRICS
from yishu import metrics
from yishu.kernel.errors import YishuError
from yishu.security import Viewer, bound, scope

TITLE = "互不影响：改动看不到的行，数据、次序、错误、缓存与否都不变"
UNIT = "个探针"
PROBES_A_PERSON = 320
PERSONS_A_HOSPITAL = 4
BATCH = 10
FAILING = ("CAST({c} AS INTEGER)", "CAST({c} AS DATE)", "CAST(1 AS INTEGER) // CAST(length(CAST({c} AS VARCHAR)) - 4 AS INTEGER)", "error(CAST({c} AS VARCHAR))",
           "CAST(CAST({c} AS VARCHAR) AS BOOLEAN)", "strptime(CAST({c} AS VARCHAR), '%Y-%m-%d')", "CAST(length(CAST({c} AS VARCHAR)) * 40 AS TINYINT)")  # fmt: skip
"""Expressions that fail on some values: a hidden row must never be the one that fails."""
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
    """One of the two hospitals 一侧, with what is kept of it for one person."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, centre: metrics.Centre) -> None:
        self.connection, self.centre, self.keep = connection, centre, metrics.Keep("1", "1")

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

    def ran(self, sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]] | str:
        """The rows of a statement over scopes, or the kind of its failure."""
        try:
            return self.connection.execute(sql, parameters).fetchall()
        except duckdb.Error as error:
            return type(error).__name__


Asked = Iterator[tuple[str, Any, bool]]
"""What was asked (its kind and the question), and whether both sides gave the same."""


def scoped(viewer: Viewer, centre: metrics.Centre) -> Callable[[str], tuple[str, dict[str, Any]]]:
    """The guard's text for a table, written once."""
    return cache(lambda table: bound(scope(viewer, table, centre.tables)))


def tables_asked(r: random.Random, hospital: Rows, text: Callable[[str], tuple[str, dict[str, Any]]], sides: list[Side]) -> Asked:
    """Several questions over the scope in one statement."""
    drawn = (some_question(r, hospital, text) for _ in range(BATCH))
    asked = [q for q in drawn if q is not None]
    if asked:
        one, other = (side.ran(*statement(asked)) for side in sides)
        if isinstance(one, str) or isinstance(other, str):
            yield "table", [q.about for q in asked], one == other
            return
        for q, a, b in zip(asked, answers(one, asked), answers(other, asked), strict=True):
            yield "table", (q.kind, q.about), a == b if q.ordered else Counter(a) == Counter(b)


def failing_asked(r: random.Random, hospital: Rows, text: Callable[[str], tuple[str, dict[str, Any]]], sides: list[Side]) -> Asked:
    """An expression that fails on some values, in a column, a condition, a group or an order."""
    table = r.choice([t for t in hospital if hospital[t]])
    inner, parameters = text(table)
    of = r.choice(FAILING).format(c=f'"{r.choice(list(DECLARED[table]["columns"]))}"')
    form = r.choice(["SELECT source_key, {0} FROM ({1}) ORDER BY 1", "SELECT source_key FROM ({1}) WHERE {0} IS NOT NULL ORDER BY 1", "SELECT count(*) FROM ({1}) GROUP BY {0} ORDER BY 1", "SELECT source_key FROM ({1}) ORDER BY {0} DESC, 1 LIMIT 5"])
    one, other = (side.ran(form.format(of, inner), parameters) for side in sides)
    yield "failing" if isinstance(one, str) else "expression", (table, of), one == other


def metrics_asked(r: random.Random, viewer: Viewer, centre: metrics.Centre, sides: list[Side], before: list[tuple[str, dict[str, Any]]]) -> Asked:
    """A question of the metric centre, a value list or an evidence page; a third of them asked before."""
    if before and r.random() < 0.33:
        kind, q = r.choice(before)
    else:
        kind = r.choices(["query", "values", "rows"], weights=[86, 8, 6])[0]
        q = {"dimension": r.choice(["diagnosis", "department", "doctor", "channel", "gender", "ward"])} if kind == "values" else question(r, centre)
        before.append((kind, q))
    one, other = (side.told(kind, viewer, q) for side in sides)
    yield kind, q, one == other


def some_eyes(r: random.Random, hospital: Rows, n: int) -> tuple[Person, Viewer, Eyes]:
    """Somebody who sees something and not all, where one is found."""
    for attempt in range(12):
        roles, labels = some_policy(r)
        person: Person = somebody(r, roles, n)
        eyes = Eyes(person, roles, labels, hospital, NOW)
        seen = [eyes.sees(table, row) for table in ("visit", "stay", "charge") for row in hospital[table]]
        if (any(seen) and not all(seen)) or attempt == 11:
            break
    return person, viewer_of(person, roles, labels), eyes


class Pair:
    """A hospital as it is and as it is changed where one person does not see 一对医院, and that person."""

    def __init__(self, r: random.Random, hospital: Rows, base: duckdb.DuckDBPyConnection, centre: metrics.Centre, place: int) -> None:
        self.r, self.hospital, self.centre = r, hospital, centre
        self.person, self.viewer, eyes = some_eyes(r, hospital, place)
        self.hidden = sum(1 for t, rows in hospital.items() for row in rows if not eyes.sees(t, row))
        self.sides = [Side(base, centre), Side(warehouse(changed(r, hospital, eyes)), centre)]

    def probes(self, most: int) -> Asked:
        """All that the person is made to ask."""
        r, text, before, done = self.r, scoped(self.viewer, self.centre), list[tuple[str, dict[str, Any]]](), 0
        while done < most:
            drawn = r.random()
            if drawn < 0.12:
                asked = tables_asked(r, self.hospital, text, self.sides)
            elif drawn < 0.3:
                asked = failing_asked(r, self.hospital, text, self.sides)
            else:
                asked = metrics_asked(r, self.viewer, self.centre, self.sides, before)
            for told in asked:
                done += 1
                yield told


def run(seed: int, seconds: float) -> Outcome:
    """Probe until the time is up."""
    until, counts, failures, n, hidden, hits = time.monotonic() + seconds, Counter[str](), [], 0, 0, 0
    centre = metrics.centre()
    while time.monotonic() < until:
        r = random.Random(seed * 100_000 + n)
        n += 1
        hospital = full_hospital(seed * 100_000 + n)
        base = warehouse(hospital)
        for place in range(PERSONS_A_HOSPITAL):
            if time.monotonic() > until:
                break
            pair = Pair(r, hospital, base, centre, place)
            hidden += pair.hidden
            for kind, q, same in pair.probes(PROBES_A_PERSON):
                counts[kind] += 1
                if not same:
                    failures.append({"seed": seed * 100_000 + n - 1, "person": pair.person, "kind": kind, "q": str(q)[:300]})
                    if len(failures) <= 3:
                        sys.stderr.write(f"{failures[-1]}\n")
                if time.monotonic() > until:
                    break
            hits += pair.sides[0].keep.hits
            pair.sides[1].connection.close()
        base.close()
    return Outcome(sum(counts.values()), len(failures), {"hospitals": n, "hidden_rows": hidden, "kinds": dict(counts), "served_from_cache": hits, "first": failures[:3]})


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
