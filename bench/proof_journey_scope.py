"""Journeys within scope 全流程的范围: random people under random policies; maps, edges, conformance, suggestions, one patient's journey.

The copy each person may see is filtered in plain Python by `bench.guard_oracle` from the declarations; what is asked of the copy here is
counted row by row and shares no code with `yishu.journey`.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import yaml

from bench.guard_oracle import DECLARED, Eyes, Person, Row, Rows, some_policy, somebody
from bench.proof import Outcome
from tests.hospital_rows import NOW, random_hospital, warehouse
from yishu import identity, journey
from yishu.hospital import Batch, model
from yishu.hospital.events import derive_events
from yishu.hospital.store import QUALITY
from yishu.journey.conform import Pathway, Rule
from yishu.kernel.errors import NotPermitted
from yishu.kernel.store import open_store
from yishu.security import people

TITLE = "全流程的范围：随机的人看流程图、连线、路径符合、查找、一位患者，与纯 Python 过滤的副本相同"
UNIT = "个探针"
PROBES_A_HOSPITAL = 700
NAMES = ("张三丰", "李四", "王五", "赵六", "欧阳修", "张伟")
KEY = {"stay": "stay_id", "visit": "visit_id"}


class Ground:
    """A small hospital 小医院 with its event log, ten people, and what each of them may see."""

    def __init__(self, seed: int, home: Path) -> None:
        r = random.Random(seed)
        self.seed, self.home = seed, home
        self.rows = _hospital(r, seed)
        self.connection = warehouse(self.rows)
        self.connection.execute(f"CREATE SCHEMA wh.quality; CREATE TABLE wh.quality.applied ({QUALITY['applied']})")
        derive_events(self.connection, Batch("derived", "l", NOW, 1, ""))
        self.rows["event"] = _events(self.connection)
        roles, labels = some_policy(r)
        self.people = [somebody(r, roles, i) for i in range(10)]
        (home / "policy.yaml").write_text(yaml.safe_dump({"roles": roles, "labels": labels}, allow_unicode=True))
        (home / "people.yaml").write_text(yaml.safe_dump({"people": self.people}, allow_unicode=True))
        self.viewers = {v.name: v for v in people(home)}
        moment = NOW.replace(minute=0, second=0, microsecond=0)
        from dataclasses import replace

        self.viewers = {name: replace(v, at=moment) for name, v in self.viewers.items()}
        self.eyes = {p["name"]: Eyes(p, roles, labels, self.rows, NOW) for p in self.people}
        self.views: dict[str, Rows] = {}
        self.tables = model()
        self.store = open_store(home)
        self.names = {row["patient_key"]: r.choice(NAMES) for row in self.rows["patient"]}
        _remember(self)

    def view(self, name: str) -> Rows:
        """The copy this person may see."""
        if name not in self.views:
            self.views[name] = self.eyes[name].view()
        return self.views[name]

    def looking(self, name: str) -> journey.Looking:
        """The look of this person."""

        @contextlib.contextmanager
        def reading() -> Iterator[duckdb.DuckDBPyConnection]:
            cursor = self.connection.cursor()
            try:
                yield cursor
            finally:
                cursor.close()

        return journey.Looking(self.viewers[name], self.tables, reading, self.store, self.home, lambda: NOW)


def _hospital(r: random.Random, seed: int) -> Rows:
    rows: Rows = random_hospital(seed, 60)
    for i, exam in enumerate(rows["exam"]):
        exam |= {"stay_id": f"ZY-{i % 60}", "visit_id": None} if i % 3 else {"stay_id": None, "visit_id": f"visit-{i}"}
    for i, surgery in enumerate(rows["surgery"]):
        surgery |= {"stay_id": f"ZY-{i % 20}", "visit_id": None}
    for i, booked in enumerate(rows["appointment"]):
        booked |= {"visit_id": f"visit-{(i * 7) % 60}"}
    for row in r.sample(rows["stay"], 20):
        row |= {"status": "在院", "discharged_at": None, "admitted_at": NOW - timedelta(days=r.randint(0, 9))}
    rows["patient"] = [
        {"patient_key": k, "person_id": r.randint(1, 35), "gender": r.choice(["男", "女"]), "birth_date": date(1940 + k, 5, 6), "source": "his",
         "source_table": "PATIENT", "source_key": f"patient-{k}", "known_from": NOW}
        for k in range(1, 51)
    ]  # fmt: skip
    return rows


def _events(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    columns = [*DECLARED["event"]["columns"], "source", "source_table", "source_key"]
    told = connection.execute(f"SELECT {', '.join(columns)}, hash(event_id) AS tie FROM wh.hospital.event").fetchall()
    return [dict(zip([*columns, "tie"], row, strict=True)) for row in told]


def _remember(ground: Ground) -> None:
    nothing = {n: pa.nulls(len(ground.names), pa.string()) for n in ("id_card", "phone", "card_no", "address")}
    identity.remember(
        ground.store, ground.home,
        pa.table({"patient_key": pa.array(list(ground.names), pa.int64()), "name": list(ground.names.values()), **nothing,
                  "birth_date": pa.nulls(len(ground.names), pa.date32()), "gender": pa.nulls(len(ground.names), pa.string())}),
    )  # fmt: skip


# the oracle: cases and their walks in a copy


def _some_cohort(r: random.Random, ground: Ground) -> dict[str, Any]:
    unit = r.choice(["stay", "stay", "visit"])
    asked: dict[str, Any] = {"unit": unit}
    activities = sorted({e["activity"] for e in ground.rows["event"]})
    for word, given in (
        ("departments", r.sample(["D0403", "D0301", "D0401", "D1000"], r.choice([1, 2]))), ("gender", r.choice(["男", "女"])), ("age_min", r.randint(0, 60)),
        ("age_max", r.randint(30, 95)), ("start", f"2024-{r.randint(6, 12):02d}-01"), ("end", f"2025-{r.randint(1, 7):02d}-11"),
        ("diagnosis", r.choice(["肺", "脑梗死", "t1", "t"])), ("passed", r.sample(activities, 1)), ("without", r.sample(activities, 1)), ("only", r.sample(activities, 6)),
    ):  # fmt: skip
        if r.random() < 0.14:
            asked[word] = given
    return asked


def _walks(view: Rows, asked: dict[str, Any]) -> dict[str, list[Row]]:
    """Each case of the cohort with its events in order, counted from the copy."""
    unit, key = asked["unit"], KEY[asked["unit"]]
    cases = set()
    for row in view[unit]:
        began = row["admitted_at"] if unit == "stay" else row["visit_date"]
        if began is None or row[key] is None or row["status"] == ("取消" if unit == "stay" else "退号"):
            continue
        day = began.date() if isinstance(began, datetime) else began
        ok = "departments" not in asked or row["department"] in asked["departments"]
        ok &= "gender" not in asked or row["gender"] == asked["gender"]
        ok &= "age_min" not in asked or (row["age_years"] is not None and row["age_years"] >= asked["age_min"])
        ok &= "age_max" not in asked or (row["age_years"] is not None and row["age_years"] <= asked["age_max"])
        ok &= "start" not in asked or day >= date.fromisoformat(asked["start"])
        ok &= "end" not in asked or day <= date.fromisoformat(asked["end"])
        if ok and "diagnosis" in asked:
            told = [(row.get("diagnosis"), row.get("diagnosis_code"))] if unit == "visit" else _diagnoses(view, row["stay_id"])
            ok = any((name is not None and asked["diagnosis"] in name) or (code is not None and code.startswith(asked["diagnosis"])) for name, code in told)
        if ok:
            cases.add(row[key])
    walks: dict[str, list[Row]] = defaultdict(list)
    for event in view["event"]:
        if event[key] in cases and event["completed"] is not None and (unit == "stay" or event["stay_id"] is None):
            walks[event[key]].append(event)
    kept = {}
    for case, events in walks.items():
        met = {e["activity"] for e in events}
        if all(a in met for a in asked.get("passed", [])) and not any(a in met for a in asked.get("without", [])):
            mine = [e for e in events if "only" not in asked or e["activity"] in asked["only"]]
            if mine:
                kept[case] = sorted(mine, key=lambda e: (e["completed"], e["place"], e["tie"]))
    return kept


def _diagnoses(view: Rows, stay: str) -> list[tuple[Any, Any]]:
    said = [(d.get("name"), d.get("code")) for d in view.get("diagnosis", []) if d["stay_id"] == stay]
    return said + [(f.get("main_diagnosis_name"), f.get("main_diagnosis_code")) for f in view["front_page"] if f["stay_id"] == stay]


def _map(r: random.Random, ground: Ground, person: Person) -> str | None:
    """Cases, events, every edge with its count and cases, the ways, the busiest resources."""
    asked = _some_cohort(r, ground)
    walks = _walks(ground.view(person["name"]), asked)
    drawn = journey.draw(ground.looking(person["name"]), journey.Cohort.parse(asked))
    edges: Counter[tuple[str, str]] = Counter()
    owners: dict[tuple[str, str], set[str]] = defaultdict(set)
    busy: Counter[tuple[str, str]] = Counter()
    for case, events in walks.items():
        for pair in itertools.pairwise(e["activity"] for e in events):
            edges[pair] += 1
            owners[pair].add(case)
        busy.update((e["activity"], e["resource"]) for e in events if e["resource"] is not None)
    found = drawn.map
    ways = Counter(tuple(e["activity"] for e in events) for events in walks.values())
    labels = {s["staff"]: s["label"] for s in ground.view(person["name"])["staff"]}
    told: Counter[tuple[str, str]] = Counter()
    for (activity, resource), n in busy.items():
        told[activity, labels.get(resource) or resource] += n
    load = Counter({(x.activity, x.resource): x.events for x in drawn.resources})
    return (
        _differs("events", (found.cases, found.events), (len(walks), sum(map(len, walks.values()))))
        or _differs("edges", {(e.before, e.after): (e.count, e.cases) for e in found.edges}, {p: (n, len(owners[p])) for p, n in edges.items()})
        or _differs("ways", (found.variants, [v.cases for v in found.top_variants]), (len(ways), sorted(ways.values(), reverse=True)[:30]))
        or (None if len(busy) > 60 else _differs("resources", dict(load), dict(told)))
    )


def _edge(r: random.Random, ground: Ground, person: Person) -> str | None:
    """What stands behind an edge, of the whole hospital's as often as of one's own."""
    asked = _some_cohort(r, ground)
    walks = _walks(ground.view(person["name"]), asked)
    source = r.choice([walks, _walks(ground.rows, asked)])
    pairs = sorted({p for events in source.values() for p in itertools.pairwise(e["activity"] for e in events)})
    if not pairs:
        return None
    before, after = r.choice(pairs)
    behind = journey.walks(ground.looking(person["name"]), journey.Cohort.parse(asked), before, after, 0, 1000)
    want = Counter(
        (case, a["event_id"], b["event_id"], a["source_key"], b["source_key"])
        for case, events in walks.items()
        for a, b in itertools.pairwise(events)
        if (a["activity"], b["activity"]) == (before, after)
    )
    got = Counter((w.case, w.before.event_id, w.after.event_id, w.before.source_key, w.after.source_key) for w in behind.rows)
    return _differs("walks", got, want) or _differs("total", behind.total, sum(want.values()))


def _kept(r: random.Random, ground: Ground, person: Person) -> str | None:
    """A pathway: judged, and by name the cases that broke it."""
    asked = _some_cohort(r, ground)
    activities = sorted({e["activity"] for e in ground.rows["event"]})
    first, then = (r.choice(activities),), (r.choice(activities),)
    kind = r.choice(["existence", "absence", "precedence", "response"])
    rule = Rule(kind, "", first, then, 1440.0 if kind == "response" else None, 1 if kind == "absence" else 0)
    kept = journey.check(ground.looking(person["name"]), Pathway("p", "p", journey.Cohort.parse(asked), (rule,)))
    broken, judged = set(), 0
    walks = _walks(ground.view(person["name"]), asked)
    for case, events in walks.items():
        ok = _holds(rule, events)
        judged += ok is not None
        if ok is False:
            broken.add(case)
    said = kept.rules[0]
    return _differs("judged", (kept.cases, said.verdict.judged), (len(walks), judged)) or _differs("broken", {c for c, _ in said.cases}, broken)


def _holds(rule: Rule, events: list[Row]) -> bool | None:
    first = [n for n, e in enumerate(events) if e["activity"] in rule.first]
    then = [n for n, e in enumerate(events) if e["activity"] in rule.then]
    if rule.kind == "existence":
        return bool(first)
    if rule.kind == "absence":
        return len(first) <= rule.at_most
    if rule.kind == "precedence":
        return None if not then else any(f < then[0] for f in first)
    nexts = [(f, next((t for t in then if t > f), None)) for f in first]
    day = timedelta(days=1)
    return None if not nexts else all(t is not None and events[t]["completed"] - events[f]["completed"] <= day for f, t in nexts)


def _search(r: random.Random, ground: Ground, person: Person) -> str | None:
    """Suggestions: by number, by the first letter of a name, the latest."""
    view = ground.view(person["name"])
    mine = [(s["stay_id"], s["patient_key"]) for s in view["stay"]] + [(v["visit_id"], v["patient_key"]) for v in view["visit"]]
    persons = {p["patient_key"]: p["person_id"] if p["person_id"] is not None else p["patient_key"] for p in ground.rows["patient"]}
    mine = [(number, key) for number, key in mine if key in persons]
    kind = r.choice(["number", "number", "letter", "latest"])
    asked = {"number": f"{r.choice(['ZY-', 'VISIT-'])}{r.randint(0, 59)}", "letter": r.choice([n[0] for n in NAMES]), "latest": ""}[kind]
    looking = ground.looking(person["name"])
    with looking.reading() as connection:
        found = journey.search(looking, connection, asked)
    if kind == "number":
        want = {persons[key] for number, key in mine if number is not None and (number.startswith(asked) or number.split("-")[1:2] == [asked])}
    else:
        want = {persons[key] for _, key in mine}
        if kind == "letter":
            firsts = {who: min(k for _, k in mine if persons[k] == who) for who in want}
            want = {who for who in want if ground.names[firsts[who]].startswith(asked)}
    wrong = _differs(f"found by {kind}", {f.person for f in found}, want)
    care = _care(ground, person, view)
    told = {f.person: f.name for f in found if f.name is not None and not f.name.endswith("*") and not any(persons.get(k) == f.person for k in care)}
    return wrong or (_differs("names in clear", told, {}))


def _care(ground: Ground, person: Person, view: Rows) -> set[int]:
    """Patient keys in this person's care: design §3, from his copy."""
    grants = ground.eyes[person["name"]].grants
    width = max(("none", "rules", "departments", "all").index(g["rows"]) for g in grants)
    if width != 2:
        return set()
    since = NOW - timedelta(days=30)
    keys = set()
    if not any("stay" in g.get("whole", []) for g in grants):
        for s in view["stay"]:
            left = s["status"] == "在院" or (s["discharged_at"] is not None and s["discharged_at"] >= since)
            if s["status"] != "取消" and s["admitted_at"] is not None and s["admitted_at"] <= NOW and left:
                keys.add(s["patient_key"])
    if person.get("doctor"):
        for v in view["visit"]:
            if v["doctor"] == person["doctor"] and v["visit_date"] is not None and since.date() <= v["visit_date"] <= NOW.date():
                keys.add(v["patient_key"])
    return keys - {None}


def _patient(r: random.Random, ground: Ground, person: Person) -> str | None:
    """One patient: opened in care or after a reason, else refused; then every event and contact of his that is in the copy, no other."""
    name = person["name"]
    looking = ground.looking(name)
    known: dict[int, list[int]] = defaultdict(list)
    for p in ground.rows["patient"]:
        known[p["person_id"]].append(p["patient_key"])
    who = r.choice([*known, 999])
    keys = set(known.get(who, []))
    view = ground.view(name)
    care = bool(keys & _care(ground, person, view))
    opening = not care and bool(keys) and looking.viewer.role == "director" and r.random() < 0.7
    if opening:
        journey.open_patient(looking.store, looking.viewer, who, None, "随机探针", NOW)
        wide = Eyes(person, {}, ground.eyes[name].labels, ground.rows, NOW)
        wide.grants = [{**g, "rows": "all"} for g in ground.eyes[name].grants]
        view = wide.view(["stay", "visit", "event"])
    with looking.reading() as connection:
        try:
            leave = journey.admit(looking, connection, who)
        except NotPermitted:
            return "refused" if care or opening else None
        held = leave.ground == "opened" and not opening
        if held:
            return None  # an opening of an earlier probe is still in force: asked with `opening` only
        if not care and not opening:
            return "let in"
        line = journey.timeline(looking, connection, leave)
    want = {e["event_id"] for e in view["event"] if e["patient_key"] in keys}
    contacts = {s["stay_id"] for s in view["stay"] if s["patient_key"] in keys and s["admitted_at"] is not None}
    return (
        _differs("marks", {m.event_id for m in line.marks}, want)
        or _differs("events", line.events, len(want))
        or _differs("stays", {c.id for c in line.contacts if c.kind == "住院"}, contacts)
    )


def _differs(what: str, got: object, want: object) -> str | None:
    return None if got == want else f"{what}: {str(got)[:140]} instead of {str(want)[:140]}"


Probe = Callable[[random.Random, Ground, Person], str | None]
KINDS: tuple[tuple[str, int, Probe], ...] = (("map", 30, _map), ("edge", 20, _edge), ("conformance", 15, _kept), ("suggestions", 15, _search), ("patient", 20, _patient))


def probe(seed: int, probes: int, until: float = float("inf")) -> tuple[Counter[str], list[dict[str, Any]]]:
    """Probes of one hospital; what was asked, and what was wrong."""
    counts, failures, r = Counter[str](), [], random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        ground = Ground(seed, Path(folder))
        for _ in range(probes):
            if time.monotonic() > until:
                break
            kind, _, ask = r.choices(KINDS, weights=[w for _, w, _ in KINDS])[0]
            person = r.choice(ground.people)
            wrong = ask(r, ground, person)
            counts[kind] += 1
            if wrong:
                failures.append({"hospital": seed, "person": person, "kind": kind, "what": wrong})
        ground.store.dispose()
        ground.connection.close()
    return counts, failures


def run(seed: int, seconds: float) -> Outcome:
    """Hospital after hospital until the time is up."""
    until, counts, failures, n = time.monotonic() + seconds, Counter[str](), [], 0
    while time.monotonic() < until:
        asked, wrong = probe(seed * 100_000 + n, PROBES_A_HOSPITAL, until)
        n, counts, failures = n + 1, counts + asked, failures + wrong
        for failure in wrong[:3]:
            sys.stderr.write(f"{failure}\n")
    return Outcome(sum(counts.values()), len(failures), {"hospitals": n, "kinds": dict(counts), "first": failures[:5]})
