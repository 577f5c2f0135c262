"""The guard 行权 against copies filtered in plain Python: random people under random policies, random questions.

Kinds of probe, mixed: `table` (a random selection, grouping, join, order or look-up by key over `security.scope`,
now or as it was known at an earlier moment), `whole` (every row and
column of it), `query` (a MetricQuery, every cell; some asked before by somebody else), `rows` (the evidence of a cell), `values` (a value list). The oracle of who may see what is
`bench.guard_oracle`, that of numbers `tests.property.metrics_oracle`; neither shares code with what it checks.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from bench.guard_oracle import DECLARED, Eyes, Person, Rows, some_policy, somebody
from bench.guard_tables import PUBLIC, answers, some_question, statement
from bench.proof import Outcome
from tests.hospital_rows import NOW, random_hospital, warehouse
from tests.property.metrics_oracle import CAMPUS_NAMES, DOCTORS, METRICS, WARD_NAMES, Oracle
from yishu import metrics
from yishu.kernel.errors import InputError, NotPermitted
from yishu.security import Viewer, bound, people, scope

TITLE = "行权：随机的人与随机的问题，与用纯 Python 过滤的副本逐一相同"
UNIT = "个探针"
PROBES_A_HOSPITAL = 3000
VALUES = {
    "department": ["骨科", "心血管内科", "普通外科", "儿科"], "campus": ["总院", "东院区"], "gender": ["男", "女"],
    "insurance_type": ["自费", "商业保险", "城镇职工医保"], "age_group": ["0-14岁", "15-44岁"], "diagnosis": ["肺炎", "脑梗死"],
}  # fmt: skip
MEASURED: dict[str, tuple[tuple[str, str], ...]] = {
    **dict.fromkeys(("revenue", "drug_cost_ratio", "consumable_ratio", "avg_outpatient_cost"), (("charge", "amount"),)),
    "avg_length_of_stay": (("stay", "length_of_stay"),), "avg_inpatient_cost": (("front_page", "total_cost"),),
    "bed_occupancy_rate": (("bed_day", "occupied_beds"), ("bed_day", "same_day_stays"), ("bed_day", "open_beds")),
    "lab_tat_minutes": (("lab_report", "turnaround_minutes"),), "wait_minutes": (("visit", "checked_in_at"), ("visit", "started_at")),
    "antibiotic_ddd": (("dispense", "ddds"), ("stay", "length_of_stay")), "stock_value": (("stock_day", "cost"),),
    "satisfaction": (("survey", "score"),), "cmi": (("drg_case", "weight"),),
}  # fmt: skip
"""Columns a metric adds up: masked for somebody, he is refused the metric."""
NAMES = {"骨科": "D0403", "心血管内科": "D0301", "普通外科": "D0401", "儿科": "D1000"}
LABELS = {v: k for k, v in NAMES.items()}
SAFE = [m for m in sorted(METRICS) if m not in ("bed_turnover",)]  # its days are the same for everybody: not a matter of rows


class Ground:
    """One small hospital 小医院 with its people, policies and what each of them sees."""

    def __init__(self, seed: int) -> None:
        r = random.Random(seed)
        self.rows = full_hospital(seed)
        on_the_edge(r, self.rows)
        self.then, history = with_history(r, self.rows)
        self.connection = warehouse(self.rows, history=history)
        self.roles, self.labels = some_policy(r)
        self.people = [somebody(r, self.roles, i) for i in range(10)]
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "policy.yaml").write_text(yaml.safe_dump({"roles": self.roles, "labels": self.labels}, allow_unicode=True))
            (Path(folder) / "people.yaml").write_text(yaml.safe_dump({"people": self.people}, allow_unicode=True))
            known = {v.name: v for v in people(Path(folder))}
        self.viewers = {p["name"]: with_moment(known[p["name"]]) for p in self.people}
        self.eyes = {p["name"]: Eyes(p, self.roles, self.labels, self.rows, NOW) for p in self.people}
        self.eyes_then = {p["name"]: Eyes(p, self.roles, self.labels, self.then, NOW) for p in self.people}
        self.texts: dict[tuple[str, str, datetime | None], tuple[str, dict[str, Any]]] = {}
        self.views: dict[tuple[str, str], Rows] = {}
        self.oracles: dict[str, Oracle] = {}
        self.full = Oracle({t: [dict(r) for r in listed] for t, listed in self.rows.items()}, NOW)
        self.keep = metrics.Keep(str(seed))
        self.centre = metrics.centre()
        self.asked: list[dict[str, Any]] = []

    def scoped(self, name: str, table: str, as_of: datetime | None = None) -> tuple[str, dict[str, Any]]:
        """The text of what the guard gives this person for a table, written once."""
        key = (name, table, as_of)
        if key not in self.texts:
            self.texts[key] = bound(scope(self.viewers[name], table, self.centre.tables, as_of=as_of))
        return self.texts[key]

    def view(self, name: str, as_of: datetime | None = None) -> Rows:
        """The person's copy, of today or as it was known at a moment."""
        if as_of is not None and as_of < BEFORE:
            return {table: [] for table in self.rows}
        eyes, key = (self.eyes, "now") if as_of is None or as_of >= CHANGED else (self.eyes_then, "then")
        if (name, key) not in self.views:
            self.views[(name, key)] = eyes[name].view()
        return self.views[(name, key)]

    def oracle(self, name: str) -> Oracle:
        if name not in self.oracles:
            made = Oracle({t: [dict(r) for r in listed] for t, listed in self.view(name).items()}, NOW)
            made.snapshot_days, made.bed_days = self.full.snapshot_days, self.full.bed_days
            self.oracles[name] = made
        return self.oracles[name]


def with_moment(viewer: Viewer) -> Viewer:
    from dataclasses import replace

    return replace(viewer, at=NOW.replace(minute=0, second=0, microsecond=0))


def full_hospital(seed: int) -> Rows:
    """A random hospital with a patient table, so that people have several keys."""
    rows = random_hospital(seed, 50)
    r = random.Random(seed * 31 + 7)
    rows["patient"] = [
        {"patient_key": k, "person_id": r.randint(1, 40), "gender": r.choice(["男", "女"]), "birth_date": date(1940 + k, 5, 6), "source": "his",
         "source_table": "PATIENT", "source_key": f"patient-{k}", "known_from": NOW}
        for k in range(1, 51)
    ]  # fmt: skip
    return rows


def on_the_edge(r: random.Random, rows: Rows) -> None:
    """Stays and visits exactly at the edges of the windows that policies ask for (`treated_days`)."""
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    stays, visits = r.sample(rows["stay"], 12), r.sample(rows["visit"], 9)
    for place, days in enumerate((0, 30, 200) * 2):
        edge = hour - timedelta(days=days)
        stays[place] |= {"discharged_at": edge if place < 3 else edge - timedelta(seconds=1), "admitted_at": edge - timedelta(days=3), "doctor": r.choice(["S1", "S2", "S4"])}
        visits[place] |= {"visit_date": edge.date() if place < 3 else edge.date() - timedelta(days=1), "doctor": r.choice(["S1", "S2", "S4"])}
    for place in range(6, 9):
        stays[place] |= {"admitted_at": hour, "discharged_at": None, "doctor": r.choice(["S1", "S2", "S4"])}
        stays[place + 3] |= {"admitted_at": hour + timedelta(seconds=1), "discharged_at": None, "doctor": r.choice(["S1", "S2", "S4"])}
        visits[place] |= {"visit_date": hour.date() + timedelta(days=place - 6), "doctor": r.choice(["S1", "S2", "S4"])}


BEFORE, CHANGED = NOW - timedelta(days=60), NOW - timedelta(days=10)
"""Every row is known from the first moment, save those corrected, late or withdrawn at the second."""
MOMENTS = (None, None, None, None, CHANGED - timedelta(seconds=1), BEFORE, CHANGED, BEFORE - timedelta(seconds=1))


def with_history(r: random.Random, rows: Rows) -> tuple[Rows, Rows]:
    """The hospital as it was known before its corrections, and the history that the writer keeps of it; sets when each row is known from."""
    then: Rows = {}
    history: Rows = {}
    for table, listed in rows.items():
        then[table], history[table] = [], []
        free = [c for c in DECLARED[table]["columns"] if c not in DECLARED[table]["key"] and not (c.endswith("_id") and c != "person_id")]
        for row in listed:
            drawn = 1.0 if table in PUBLIC else r.random()
            row["known_from"] = BEFORE if drawn >= 0.4 else CHANGED
            if drawn >= 0.4:
                then[table].append(row)
            elif drawn >= 0.1:
                donor = r.choice(listed)
                old = row | {c: donor.get(c) for c in free if r.random() < 0.3} | {"known_from": BEFORE}
                then[table].append(old)
                history[table].append(old | {"known_until": CHANGED})
        if table not in PUBLIC:
            for row in r.sample(listed, min(3, len(listed))):
                gone = row | {"source_key": f"gone-{row['source_key']}", "known_from": BEFORE} | {k: f"gone-{row[k]}" for k in DECLARED[table]["key"] if isinstance(row.get(k), str)}
                then[table].append(gone)
                history[table].append(gone | {"known_until": CHANGED})
    return then, history


# table probes

BATCH = 12
"""Questions in one statement."""


def _tables(r: random.Random, ground: Ground, person: Person) -> list[str | None]:
    """Several random selections, groupings, orders, joins and look-ups by key over the scope."""
    name, as_of = person["name"], r.choice(MOMENTS)
    drawn = (some_question(r, ground.rows, lambda table: ground.scoped(name, table, as_of)) for _ in range(BATCH))
    asked = [q for q in drawn if q is not None]
    if not asked:
        return []
    rows = rows_of(ground, *statement(asked))
    view = ground.view(name, as_of)
    return [None if q.right(told, view) else f"{q.kind} {q.about} {as_of}: {told[:3]} / {q.wanted(view)[:3]}" for q, told in zip(asked, answers(rows, asked), strict=True)]


def _whole(r: random.Random, ground: Ground, person: Person) -> str | None:
    """Every row and column of a table as the guard gives it."""
    table = r.choice([t for t in ground.rows if ground.rows[t]])
    columns = list(DECLARED[table]["columns"])
    inner, parameters = ground.scoped(person["name"], table)
    listed = ", ".join(f'"{c}"' for c in columns)
    got = rows_of(ground, f"SELECT {listed} FROM ({inner})", parameters)
    return same(Counter(got), Counter(tuple(row.get(c) for c in columns) for row in ground.view(person["name"])[table]), ("all", table))


def rows_of(ground: Ground, sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    return ground.connection.execute(sql, parameters).fetchall()


def same(got: Any, want: Any, about: Any) -> str | None:
    return None if got == want else f"{about}: {list(got)[:3]} / {list(want)[:3]}"


# metric probes


def _question(r: random.Random, ground: Ground, metric: str) -> dict[str, Any]:
    allowed = [d for d in ground.centre.allowed(ground.centre.metric(metric)) if d not in ("hour", "day", "week", "doctor_group")]
    dims = r.sample(allowed, r.choice([0, 1, 1, 2]))
    filters = []
    for d in r.sample([a for a in allowed if a in VALUES], r.choice([0, 0, 1])):
        filters.append({"dimension": d, "op": r.choice(["in", "not_in"]), "values": r.sample(VALUES[d], r.randint(1, len(VALUES[d])))})
    span = r.choice([None, {"start": "2025-01-01", "end": "2025-06-30"}, {"start": "2024-09-01", "end": "2025-03-15"}])
    return {"metrics": [metric], "dimensions": dims, "filters": filters, "time": span}


def _narrowed(ground: Ground, person: Person, metric: str, q: dict[str, Any]) -> list[tuple[str, str, list[Any]]] | None:
    """The filters the person's question must get, in plain words of design §3; None where it must be refused."""
    eyes = ground.eyes[person["name"]]
    filters = [(f["dimension"], f["op"], f["values"]) for f in q["filters"]]
    kinds = {g["rows"] for g in eyes.grants}
    if any(eyes.masks(table, column) for table, column in MEASURED.get(metric, ())):
        return None
    if "all" in kinds:
        return filters
    parts = [p for p in METRICS[metric][:2] if p is not None]
    whole = set().union(*(g.get("whole", []) for g in eyes.grants))
    if all(p[0] in whole for p in parts):
        return filters
    allows = any(g.get("allow") for g in eyes.grants)
    if "departments" not in kinds and "rules" not in kinds:
        return None
    if allows:
        return filters
    if "departments" not in kinds or not eyes.own:
        return None
    own = [LABELS[d] for d in sorted(eyes.own)]
    for d, op, values in filters:
        if d == "department" and op == "in":
            return filters if set(values) <= set(own) else None
    return [*filters, ("department", "in", own)]


def _query(r: random.Random, ground: Ground, person: Person) -> str | None:
    if ground.asked and r.random() < 0.3:
        q = r.choice(ground.asked)  # somebody asked it before: what is kept of it must not reach another
    else:
        q = _question(r, ground, r.choice(SAFE))
        ground.asked.append(q)
    name, metric = person["name"], q["metrics"][0]
    filters = _narrowed(ground, person, metric, q)
    try:
        told = metrics.measure(ground.viewers[name], metrics.MetricQuery.parse(q), ground.centre, ground.connection, lambda: NOW, keep=ground.keep)
    except NotPermitted:
        return None if filters is None else f"refused {q}"
    if filters is None:
        return f"not refused {q}"
    dims, oracle = q["dimensions"], ground.oracle(name)
    lower, upper = bounds(q)
    got = {tuple(row[: len(dims)]): row[len(dims)] for row in told.rows}
    if dims and set(got) != oracle.keys(metric, dims, lower, upper, filters):
        return f"members {q}: {sorted(map(str, got))[:4]} / {sorted(map(str, oracle.keys(metric, dims, lower, upper, filters)))[:4]}"
    for key, value in got.items():
        true = oracle.value(metric, dims, key, lower, upper, filters)
        if true == 0 and value is None and METRICS[metric][1] is None:
            continue  # a count of nothing beyond what is known
        if not close(value, true):
            return f"value {q} {key}: {value} / {true}"
    return None


def _rows(r: random.Random, ground: Ground, person: Person) -> str | None:
    name, metric = person["name"], r.choice([m for m in SAFE if m not in ("stock_value", "bed_occupancy_rate")])
    q = _question(r, ground, metric) | {"dimensions": []}
    filters = _narrowed(ground, person, metric, q)
    asked = metrics.RowsRequest.parse({"query": q, "cell": {"metric": metric, "member": {}}, "limit": 2000})
    try:
        told = metrics.rows(ground.viewers[name], asked, ground.centre, ground.connection, lambda: NOW)
    except NotPermitted:
        return None if filters is None else f"refused rows {q}"
    if filters is None:
        return f"rows not refused {q}"
    top, bottom, _, ignores = METRICS[metric]
    lower, upper = bounds(q)
    want = {(p[0], row["source_key"]) for p, ig in ((top, frozenset()), (bottom, ignores)) if p is not None for row in ground.oracle(name).rows_of(p, lower, upper, filters, ig)}
    ids = [c.id for c in told.columns]
    got = [(row[ids.index("table")], row[ids.index("source_key")]) for row in told.rows]
    return same(Counter(got), Counter(want), ("rows", q)) or (None if told.total == len(want) else f"total {q}") or _told_apart(ground, name, told, ids)


def _told_apart(ground: Ground, name: str, told: metrics.Evidence, ids: list[str]) -> str | None:
    """Whether every column of the rows is what the person may see of it (names of members aside)."""
    copies = {table: {row["source_key"]: row for row in ground.view(name)[table]} for table in {row[ids.index("table")] for row in told.rows}}
    for row in told.rows:
        table = str(row[ids.index("table")])
        copy = copies[table][row[ids.index("source_key")]]
        for column, cell in zip(told.columns, row, strict=True):
            if column.role != "column" or column.id not in DECLARED[table]["columns"]:
                continue
            held = copy.get(column.id)
            if (held is None) != (cell is None) or (isinstance(held, (date, datetime)) and held.isoformat() != cell):
                return f"rows of {table}: {column.id} {cell} / {held}"
    return None


OCCURRING = ("diagnosis", "gender", "insurance_type", "channel", "department", "doctor", "ward", "campus")


def _values(r: random.Random, ground: Ground, person: Person) -> str | None:
    """The members of a dimension a person is shown: values that occur in his rows, or declared, or his own departments."""
    name, eyes, wanted = person["name"], ground.eyes[person["name"]], r.choice(OCCURRING)
    dimension = ground.centre.dimension(wanted)
    told = sorted(v.label for v in metrics.values(ground.viewers[name], wanted, ground.centre, ground.connection, "", 500).values)
    kinds = {g["rows"] for g in eyes.grants}
    if dimension.members is not None:
        labels = {"department": LABELS, "doctor": DOCTORS, "ward": WARD_NAMES, "campus": CAMPUS_NAMES}[wanted]
        if kinds <= {"none"}:
            return same(told, [], ("values", wanted))
        if wanted == "department" and "departments" in kinds and "all" not in kinds:
            return same(told, sorted(labels[d] for d in eyes.own), ("values", wanted))
        return same(told, sorted(set(labels.values())), ("values", wanted))
    metric = next(m for m in ground.centre.metrics if wanted in m.dimensions)
    path = dimension.path(metric.numerator)
    table = path.hop or metric.numerator.table
    declared = (DECLARED[table]["columns"][path.column] or {}).get("values")
    want = sorted(declared or {row[path.column] for row in ground.view(name)[table] if row.get(path.column) is not None})
    return same(told, want, ("values", table))


def bounds(q: dict[str, Any]) -> tuple[date | None, date | None]:
    span = q["time"]
    return (None, None) if span is None else (date.fromisoformat(span["start"]), date.fromisoformat(span["end"]))


def close(told: Any, true: Fraction | None) -> bool:
    if told is None or true is None:
        return told is None and true is None
    return abs(float(told) - float(true)) <= 1e-9 * max(1.0, abs(float(true)))


KINDS: tuple[tuple[str, int, Callable[[random.Random, Ground, Person], str | None]], ...] = (
    ("whole", 12, _whole), ("query", 58, _query), ("rows", 14, _rows), ("values", 16, _values),
)  # fmt: skip
TABLES_A_PROBE = 0.2
"""How often a batch of table questions is put between the others: 0.25 × 12 questions to one of them."""


def run(seed: int, seconds: float) -> Outcome:
    """Probe until the time is up."""
    until, counts, failures, n, hits = time.monotonic() + seconds, Counter[str](), [], 0, 0
    while time.monotonic() < until:
        ground = Ground(seed * 100_000 + n)
        n += 1
        r = random.Random(ground.keep.version)
        done = 0
        while done < PROBES_A_HOSPITAL and time.monotonic() < until:
            person = r.choice(ground.people)
            kind, wrongs = probe(r, ground, person)
            counts[kind] += len(wrongs)
            done += len(wrongs) or 1
            for wrong in filter(None, wrongs):
                failures.append({"hospital": ground.keep.version, "person": person["name"], "kind": kind, "what": wrong[:300]})
                if len(failures) <= 5:
                    sys.stderr.write(f"{failures[-1]}\n")
        hits += ground.keep.hits
        ground.connection.close()
    return Outcome(sum(counts.values()), len(failures), {"hospitals": n, "kinds": dict(counts), "served_from_cache": hits, "first": failures[:5]})


def probe(r: random.Random, ground: Ground, person: Person) -> tuple[str, list[str | None]]:
    """One probe, or a batch of table questions: what was asked, and for each what was wrong."""
    if r.random() < TABLES_A_PROBE:
        return "table", _tables(r, ground, person)
    kind, _, ask = r.choices(KINDS, weights=[w for _, w, _ in KINDS])[0]
    try:
        return kind, [ask(r, ground, person)]
    except InputError as error:
        return kind, [f"{kind} {error.code} {error.message}"]
