"""Outpatient 门急诊: clinics with slots, who comes, who waits, what is ordered and paid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yishu.demo import people_names
from yishu.demo.population import age_on
from yishu.demo.structure import Diagnosis, Drug
from yishu.demo.world import DAY, HOUR, NONE, SEASONS, Array, Columns, World, demand, month_of, to_day

PER_DAY = 780.0  # outpatients a working day of factor 1
EMERGENCY = 70.0
SLOTS = 22
BOOKED = 0.40
AHEAD = 7  # days for which slots are already booked


@dataclass(frozen=True, slots=True)
class Clinics:
    """Clinic sessions 出诊单元, one a doctor and half day."""

    day: Array
    department: Array
    campus: Array
    doctor: Array
    half: Array  # 1 morning, 2 afternoon, 3 evening (emergency), 4 after midnight (emergency)
    begin: Array
    end: Array
    slots: Array


def expected_visits(world: World) -> float:
    """How many visits the window will hold, roughly 预计就诊数."""
    factor, _ = demand(world.days)
    return float(world.scale * (PER_DAY * factor.sum() + EMERGENCY * len(factor)))


def epidemic_days(world: World) -> tuple[int, int]:
    """The epidemic week 疫情周: a Monday to Sunday that ended about three weeks ago, when the window reaches so far."""
    monday = world.last_day - 27
    monday -= (monday + 3) % 7
    return monday, monday + 6


def outpatient(world: World, people: Columns) -> None:
    """Make sessions, visits, appointments, waiting, prescriptions and settlements; leave them in `world.events`."""
    days = np.arange(world.first_day, world.last_day + 1 + AHEAD)
    cell = _cells(world, days)
    emergency = _emergency_cells(world, days[: len(world.days)])
    clinics, visit = _visits(world, cell, emergency)
    visit["diagnosis"] = _diagnoses(world, visit)
    visit["person"] = _who(world, people, visit)
    world.events["clinic"] = {k: getattr(clinics, k) for k in clinics.__slots__}
    world.events["raw_visit"] = visit


def settle(world: World, people: Columns) -> None:
    """The rest of the day, once it is known who lies in a ward or has died: waiting, orders, payment."""
    visit = world.events.pop("raw_visit")
    visit = _not_in_hospital(world, visit)
    clinics = world.events["clinic"]
    _times(world, visit, clinics)
    _visit_type(world, visit)
    _truncate(world, people, visit)
    _appointments(world)
    _orders(world, people)


def _cells(world: World, days: Array) -> Columns:
    """Demand by day, department, campus and half day 需求单元."""
    s = world.structure
    rng = world.rng("outpatient cells")
    factor, _ = demand(days)
    departments = [d for d in s.departments if d.opd > 0]
    total = sum(d.opd for d in departments)
    first, last = epidemic_days(world)
    epidemic = (days >= first) & (days <= last)
    parts = []
    for d in departments:
        season = _season_of_department(world, d.index)[month_of(days)]
        rate = PER_DAY * world.scale * d.opd / total * factor * season
        if d.name in ("儿科", "呼吸与危重症医学科"):
            rate = np.where(epidemic, rate * 1.9, rate)
        share = sum(d.at.values())
        for campus, c in enumerate(s.campuses):
            if not d.at.get(c.id):
                continue
            for half, portion in ((1, 0.62), (2, 0.38)):
                portion_of = np.where(factor < 0.5, 1.0 if half == 1 else 0.0, portion)
                expected = rate * d.at[c.id] / share * portion_of
                count = rng.poisson(expected)
                parts.append((days, np.full(len(days), d.index), np.full(len(days), campus), np.full(len(days), half), count, expected))
    names = ("day", "department", "campus", "half", "count", "expected")
    cells = {n: np.concatenate([p[i] for p in parts]) for i, n in enumerate(names)}
    keep = np.nonzero(cells["expected"] > 0.15)[0]
    order = keep[np.lexsort((cells["half"][keep], cells["campus"][keep], cells["department"][keep], cells["day"][keep]))]
    return {n: v[order] for n, v in cells.items()}


def _season_of_department(world: World, department: int) -> Array:
    own = [d for d in world.structure.diagnoses if d.department == department]
    weight = np.array([d.weight for d in own])
    table = np.array([SEASONS["winter" if d.season == "ice" else d.season] for d in own])
    return np.asarray((weight @ table) / weight.sum())


def _emergency_cells(world: World, days: Array) -> Columns:
    """Emergency demand by day, campus and shift 急诊单元."""
    s = world.structure
    rng = world.rng("emergency cells")
    department = next(d for d in s.departments if d.name == "急诊科")
    _, factor = demand(days)
    season = _season_of_department(world, department.index)[month_of(days)]
    first, last = epidemic_days(world)
    factor = np.where((days >= first) & (days <= last), factor * 1.5, factor)
    share = sum(department.at.values())
    parts = []
    for campus, c in enumerate(s.campuses):
        for half, portion in ((4, 0.11), (1, 0.53), (3, 0.36)):
            expected = EMERGENCY * world.scale * factor * season * department.at[c.id] / share * portion
            parts.append((days, np.full(len(days), department.index), np.full(len(days), campus), np.full(len(days), half), rng.poisson(expected), expected))
    names = ("day", "department", "campus", "half", "count", "expected")
    cells = {n: np.concatenate([p[i] for p in parts]) for i, n in enumerate(names)}
    order = np.lexsort((cells["half"], cells["campus"], cells["day"]))
    return {n: v[order] for n, v in cells.items()}


def _visits(world: World, cell: Columns, emergency: Columns) -> tuple[Clinics, Columns]:
    """Sessions with doctors, and the visits that fall into them."""
    s = world.structure
    rng = world.rng("visits")
    doctors = np.maximum(1, np.ceil(cell["expected"] * 1.06 / SLOTS)).astype(np.int64)
    staff = [np.array([p.index for p in s.doctors_of(d.index)], dtype=np.int64) for d in s.departments]
    sizes = np.array([len(p) for p in staff])
    doctors = np.minimum(doctors, np.maximum(sizes[cell["department"]] - 2, 1))
    at = np.repeat(np.arange(len(doctors)), doctors)
    rank = np.arange(len(at)) - np.repeat(np.cumsum(doctors) - doctors, doctors)
    day, department, campus, half = (cell[k][at] for k in ("day", "department", "campus", "half"))
    turn = ((day + 3) % 7 * 3 + half * 2 + campus * 5 + rank) % sizes[department]
    table = np.zeros((len(staff), int(sizes.max())), dtype=np.int64)
    for i, own in enumerate(staff):
        table[i, : len(own)] = own
    begin = day * DAY + np.where(half == 1, 8 * HOUR, 13 * HOUR + 1800)
    length = np.where(half == 1, 4 * HOUR, 3 * HOUR + 1800)
    n_open = len(at)
    e_begin = emergency["day"] * DAY + np.choose(emergency["half"] - 1, (8 * HOUR, 8 * HOUR, 20 * HOUR, 2 * HOUR))
    e_end = e_begin + np.choose(emergency["half"] - 1, (12, 12, 6, 6)) * HOUR
    clinics = Clinics(
        day=np.concatenate((day, emergency["day"])),
        department=np.concatenate((department, emergency["department"])),
        campus=np.concatenate((campus, emergency["campus"])),
        doctor=np.concatenate((table[department, turn], np.full(len(emergency["day"]), NONE))),
        half=np.concatenate((half, emergency["half"])),
        begin=np.concatenate((begin, e_begin)),
        end=np.concatenate((begin + length, e_end)),
        slots=np.concatenate((np.full(n_open, SLOTS + 4), np.maximum(10, (emergency["expected"] * 1.6).astype(np.int64)))),
    )
    first = np.cumsum(doctors) - doctors
    which = np.repeat(np.arange(len(cell["count"])), cell["count"])
    session = first[which] + np.minimum((rng.random(len(which)) * doctors[which]).astype(np.int64), doctors[which] - 1)
    session = np.concatenate((session, n_open + np.repeat(np.arange(len(emergency["count"])), emergency["count"])))
    session.sort(kind="stable")
    urgent = session >= n_open
    visit = {
        "session": session,
        "day": clinics.day[session],
        "department": clinics.department[session],
        "campus": clinics.campus[session],
        "urgent": urgent,
    }
    own = np.array([p.index for p in s.staff if s.departments[p.department].name == "急诊科" and p.category == "医师"])
    visit["doctor"] = np.where(urgent, own[rng.integers(0, len(own), len(session))], clinics.doctor[session])
    return clinics, visit


def _diagnoses(world: World, visit: Columns) -> Array:
    """A diagnosis 诊断 for each visit, by department and month; the epidemic week is a month of its own."""
    rng = world.rng("diagnoses")
    u = rng.random(len(visit["day"]))
    month = month_of(visit["day"])
    first, last = epidemic_days(world)
    month = np.where((visit["day"] >= first) & (visit["day"] <= last), 12, month)
    chosen = np.zeros(len(u), dtype=np.int64)
    order = np.lexsort((month, visit["department"]))
    key = visit["department"][order] * 13 + month[order]
    cut = np.nonzero(np.diff(key, prepend=-1))[0]
    for begin, end in zip(cut, [*cut[1:], len(key)], strict=True):
        department, m = divmod(int(key[begin]), 13)
        own = [d for d in world.structure.diagnoses if d.department == department]
        weight = np.array([d.weight * (SEASONS[d.season][m] if m < 12 else (3.4 if d.season == "flu" else 1.0)) for d in own])
        at = order[begin:end]
        chosen[at] = np.array([d.index for d in own])[np.searchsorted(np.cumsum(weight) / weight.sum(), u[at], side="right").clip(0, len(own) - 1)]
    return chosen


def pool_of(people: Columns, age: Array, rng: np.random.Generator, sex: str, low: int, high: int) -> Array:
    """Persons whom it may befall, in an order of their own."""
    fit = (age >= low) & (age <= high)
    if sex:
        fit &= people["female"] == (sex == "女")
    return np.asarray(rng.permutation(np.nonzero(fit)[0]))


def _who(world: World, people: Columns, visit: Columns) -> Array:
    """Who comes 谁来: the same persons again for what lasts, new ones for what passes."""
    rng = world.rng("who comes")
    u = rng.random(len(visit["day"]))
    age = age_on(people["birth"], np.full(len(people["birth"]), world.first_day))
    person = np.zeros(len(u), dtype=np.int64)
    order = np.argsort(visit["diagnosis"], kind="stable")
    cut = np.searchsorted(visit["diagnosis"][order], np.arange(len(world.structure.diagnoses) + 1))
    for d in world.structure.diagnoses:
        at = order[cut[d.index] : cut[d.index + 1]]
        pool = pool_of(people, age, rng, d.sex, d.age_low, d.age_high)
        skew = 1.2 if d.season == "flu" else 1.7
        person[at] = pool[np.minimum((u[at] ** skew * len(pool)).astype(np.int64), len(pool) - 1)]
    return person


def _not_in_hospital(world: World, visit: Columns) -> Columns:
    """Leave out whoever lies in a ward that day or has died 在院或已故者不再来门诊."""
    spell = world.events["spell"]  # person, first day, day after the last; death = until forever
    order = np.lexsort((spell["begin"], spell["person"]))
    person, begin, end = spell["person"][order], spell["begin"][order], spell["end"][order]
    key = visit["person"] * 100_000 + visit["day"]
    at = np.searchsorted(person * 100_000 + begin, key, side="right") - 1
    safe = np.maximum(at, 0)
    inside = (at >= 0) & (person[safe] == visit["person"]) & (visit["day"] < end[safe])
    twice = _same_day_twice(visit)
    return {k: v[~inside & ~twice] for k, v in visit.items()}


def _same_day_twice(visit: Columns) -> Array:
    """A second visit of one person to one department on one day."""
    key = (visit["person"] * 100_000 + visit["day"]) * 64 + visit["department"]
    order = np.argsort(key, kind="stable")
    again = np.zeros(len(key), dtype=bool)
    again[order[1:]] = key[order][1:] == key[order][:-1]
    return again


def _times(world: World, visit: Columns, clinic: Columns) -> None:
    """Arrival, registration, call and end 到达、挂号、叫号、结束 by a queue at each door."""
    rng = world.rng("times")
    n = len(visit["day"])
    session = visit["session"]
    begin, end = clinic["begin"][session], clinic["end"][session]
    urgent = visit["urgent"]
    first = np.searchsorted(session, session)
    rank = np.arange(n) - first
    size = np.searchsorted(session, session, side="right") - first
    booked = (rng.random(n) < BOOKED) & ~urgent
    slot = begin + ((rank + 0.5) / np.maximum(size, SLOTS) * (end - begin) / 300).astype(np.int64) * 300
    early = np.rint(rng.normal(16, 11, n) * 60).astype(np.int64)
    walk = begin - 1500 + (rng.beta(1.0, 2.7, n) * (end - begin - 600 + 1500)).astype(np.int64)
    rush = begin + (rng.random(n) * (end - begin)).astype(np.int64)
    arrive = np.where(urgent, rush, np.where(booked, np.maximum(slot - early, begin - 2400), walk))
    absent = booked & (rng.random(n) < 0.062)
    cancelled = booked & ~absent & (rng.random(n) < 0.075)
    refunded = ~cancelled & ~absent & ~urgent & (rng.random(n) < 0.011)
    gone = ~cancelled & ~absent & ~refunded & (rng.random(n) < 0.006)
    seen = ~(absent | cancelled | refunded | gone)
    register = arrive - rng.integers(60, 420, n)
    service = np.rint(np.where(urgent, rng.gamma(4.0, 150, n), rng.gamma(3.2, 172, n))).astype(np.int64) + 60
    start = _queue(session, np.maximum(arrive, begin + 120), service, seen & ~urgent)
    start = np.where(urgent, arrive + np.rint(rng.gamma(2.0, 190, n)).astype(np.int64) + 30, start)
    channel = rng.choice(5, n, p=np.array([c["share"] for c in world.structure.raw["channels"]]) / 100)
    channel = np.where(urgent & (channel != 2), 3, channel)
    visit.update(
        booked=booked, slot=slot, arrive=arrive, register=register, call=start - rng.integers(20, 150, n), start=start,
        finish=start + service, absent=absent, cancelled=cancelled, refunded=refunded, seen=seen, channel=channel,
        checked=rng.random(n) < 0.985,
    )  # fmt: skip


def _queue(session: Array, arrive: Array, service: Array, real: Array) -> Array:
    """Single-server queues 排队 side by side: each starts when he is there and the one before has left."""
    at = np.nonzero(real)[0]
    order = at[np.lexsort((arrive[at], session[at]))]
    s, a, work = session[order], arrive[order], service[order]
    group = np.cumsum(np.diff(s, prepend=-1) != 0)
    total = np.cumsum(work) - work
    first = np.nonzero(np.diff(s, prepend=-1) != 0)[0]
    total = total - total[first][group - 1]
    slack = a - total
    base = int(slack.min())
    lifted = (slack - base) + group * 10_000_000_000
    start = np.maximum.accumulate(lifted) - group * 10_000_000_000 + base + total
    made = arrive.copy()
    made[order] = start
    return made


def _visit_type(world: World, visit: Columns) -> None:
    """First or return visit 初诊/复诊 within the department."""
    rng = world.rng("visit type")
    key = visit["person"] * 64 + visit["department"]
    order = np.lexsort((visit["day"], key))
    again = np.zeros(len(key), dtype=bool)
    again[order[1:]] = key[order][1:] == key[order][:-1]
    known_before = rng.random(len(key)) < 0.38
    visit["again"] = (again | known_before) & ~visit["urgent"]


def _truncate(world: World, people: Columns, visit: Columns) -> None:
    """What is there at `until`: registrations made, appointments booked, patients seen so far."""
    rng = world.rng("bookings")
    n = len(visit["day"])
    lead = np.minimum((rng.exponential(2.6, n) * DAY).astype(np.int64) + 3600, 7 * DAY)
    visit["booked_at"] = np.where(visit["booked"], visit["slot"] - lead, NONE)
    visit["cancelled_at"] = np.where(visit["cancelled"], visit["booked_at"] + ((visit["slot"] - visit["booked_at"]) * rng.random(n)).astype(np.int64), NONE)
    came = ~visit["absent"] & ~visit["cancelled"] & (visit["register"] <= world.until)
    booked = visit["booked"] & (visit["booked_at"] <= world.until)
    visit["came"] = came
    visit["has_booking"] = booked
    keep = came | booked
    for k in list(visit):
        visit[k] = visit[k][keep]
    visit["seen"] = visit["seen"] & visit["came"] & (visit["start"] <= world.until)
    visit["age"] = age_on(people["birth"][visit["person"]], visit["day"])
    order = np.lexsort((np.arange(len(visit["day"])), np.where(visit["came"], visit["register"], visit["booked_at"])))
    for k in list(visit):
        visit[k] = visit[k][order]
    number = np.full(len(visit["day"]), NONE)
    number[visit["came"]] = 10_000_001 + world.after + np.arange(int(visit["came"].sum()))
    visit["number"] = number
    world.events["visit"] = visit


def _appointments(world: World) -> None:
    visit = world.events["visit"]
    at = np.nonzero(visit["has_booking"])[0]
    at = at[np.lexsort((at, visit["booked_at"][at]))]
    cancelled = visit["cancelled"][at] & (visit["cancelled_at"][at] <= world.until)
    seen = visit["seen"][at]
    over = world.events["clinic"]["end"][visit["session"][at]] <= world.until
    missed = visit["absent"][at] & over
    state = np.where(cancelled, 1, np.where(seen, 2, np.where(missed, 3, 0)))
    # registered but left, or given back: he came, the booking was kept
    kept = (state == 0) & visit["came"][at]
    state = np.where(kept, 2, state)
    number = 20_000_001 + world.after + np.arange(len(at))
    booking = np.full(len(visit["day"]), NONE)
    booking[at] = number
    visit["booking"] = booking
    world.events["appointment"] = {
        "number": number,
        "visit": at,
        "state": state,
        "slot": visit["slot"][at],
        "booked_at": visit["booked_at"][at],
        "cancelled_at": np.where(cancelled, visit["cancelled_at"][at], NONE),
    }


def _orders(world: World, people: Columns) -> None:
    """Prescriptions, tests, exams and treatment of those seen; each line with its price."""
    s = world.structure
    rng = world.rng("orders")
    visit = world.events["visit"]
    seen = np.nonzero(visit["seen"] & (visit["finish"] <= world.until))[0]
    diagnosis = visit["diagnosis"][seen]
    lines: list[tuple[Array, int, Array, Array, Array, Array, Array]] = []
    wants_drug = rng.random(len(seen)) < 0.48
    wants_lab = rng.random(len(seen)) < np.where(visit["urgent"][seen], 0.40, 0.135)
    exam_u = rng.random(len(seen))
    wants_treatment = rng.random(len(seen)) < np.array([TREATED.get(x.name, 0.06) for x in s.departments])[visit["department"][seen]]
    by_use = _drugs_by_use(world)
    age = age_on(people["birth"][visit["person"][seen]], visit["day"][seen])
    for d in s.diagnoses:
        at = np.nonzero(diagnosis == d.index)[0]
        if not len(at):
            continue
        lines += _drug_lines(world, rng, d, at[wants_drug[at]], by_use, age)
        lines += _lab_lines(world, rng, d, at[wants_lab[at]])
        lines += _exam_lines(world, d, at[exam_u[at] < d.exam_rate * 0.64])
        lines += _treatment_lines(world, rng, d, at[wants_treatment[at]])
    owner = np.concatenate([x[0] for x in lines])
    kind = np.concatenate([np.full(len(x[0]), x[1]) for x in lines])
    drug, item, quantity, pack, amount = (np.concatenate([x[i] for x in lines]) for i in range(2, 7))
    order = np.lexsort((np.arange(len(owner)), kind, owner))
    owner, kind, drug, item, quantity, pack, amount = (a[order] for a in (owner, kind, drug, item, quantity, pack, amount))
    key = owner * 8 + kind
    new = np.diff(key, prepend=-1) != 0
    head = np.cumsum(new) - 1
    h_owner, h_kind = seen[owner[new]], kind[new]
    issued = visit["start"][h_owner] + rng.integers(60, 240, len(h_owner))
    paid_visit = rng.random(len(visit["day"])) >= 0.02
    paid_at = visit["finish"] + np.rint(rng.gamma(2.0, 260, len(visit["day"]))).astype(np.int64) + 60
    paid = paid_visit[h_owner] & (paid_at[h_owner] <= world.until)
    world.events["prescription"] = {
        "number": 30_000_001 + world.after + np.arange(len(h_owner)), "visit": h_owner, "kind": h_kind, "issued": issued, "paid": paid,
        "paid_at": np.where(paid, paid_at[h_owner], NONE),
    }  # fmt: skip
    world.events["line"] = {
        "number": 50_000_001 + world.after + np.arange(len(owner)), "prescription": head, "drug": drug, "item": item,
        "quantity": quantity, "pack": pack, "amount": amount,
    }  # fmt: skip


Line = tuple[Array, int, Array, Array, Array, Array, Array]


def _drugs_by_use(world: World) -> dict[str, list[int]]:
    made: dict[str, list[int]] = {}
    for drug in world.structure.drugs:
        for use in drug.used_for:
            made.setdefault(use, []).append(drug.index)
        made.setdefault(drug.name, [drug.index])
    oral = {"抗感染": ("阿莫西林", "左氧氟沙星", "阿奇霉素", "头孢呋辛")}
    made["抗感染"] = [world.structure.drug(n).index for n in oral["抗感染"]]
    made["心脑"] = [i for i in made["心脑"] if world.structure.drugs[i].name != "低分子肝素"]
    made["骨"] = [world.structure.drug(n).index for n in ("塞来昔布", "碳酸钙D3")]
    made["化疗"] = [world.structure.drug(n).index for n in ("昂丹司琼", "重组人粒细胞刺激因子")]
    return made


# what a child is given instead 儿童用药: name → (below which age, what)
CHILD = {
    "左氧氟沙星": (18, "阿奇霉素"), "塞来昔布": (18, "布洛芬"), "噻托溴铵": (18, "布地奈德"), "孟鲁司特": (15, "氨溴索"), "对乙酰氨基酚": (12, "布洛芬"),
    "奥司他韦": (12, "小儿豉翘清热颗粒"), "连花清瘟": (12, "小儿豉翘清热颗粒"), "氯雷他定": (3, "卤米松"), "头孢呋辛": (6, "阿莫西林"),
}  # fmt: skip
CHRONIC = frozenset(("心脑", "降压", "降糖", "内分泌", "神经", "泌尿", "感染", "骨", "中医"))


def _most_boxes(drug: Drug) -> int:
    """As many packs as one sheet may hold 处方限量: three months of what lasts, a week or two of what passes."""
    if "肾" in drug.used_for:
        return 12 if drug.pack == 1 else 2
    days = 84 if CHRONIC & set(drug.used_for) else 10
    if drug.pack == 1:
        return 4 if days > 10 else 2
    return int(np.clip(-(-days * 3 // (2 * drug.pack)), 1, 9))


def _drug_lines(world: World, rng: np.random.Generator, d: Diagnosis, at: Array, by_use: dict[str, list[int]], age: Array) -> list[Line]:
    made: list[Line] = []
    choices = [i for use in d.drugs for i in by_use[use]]
    if not choices or not len(at):
        return made
    drugs = world.structure.drugs
    most = np.array([_most_boxes(x) for x in drugs])
    first = rng.integers(0, len(choices), len(at))
    second = (first + 1 + rng.integers(0, max(len(choices) - 1, 1), len(at))) % len(choices)
    third = rng.random(len(at))
    for n, which in enumerate((first, second)):
        if n and len(choices) == 1:
            break
        mine = np.arange(len(at)) if not n else np.nonzero(third < 0.21)[0]
        chosen = np.array(choices)[which[mine]]
        for name, (below, instead) in CHILD.items():
            chosen = np.where((chosen == world.structure.drug(name).index) & (age[at[mine]] < below), world.structure.drug(instead).index, chosen)
        herbal = np.array([x.kind == "中药饮片" for x in drugs])[chosen]
        pack = np.where(herbal, 1, np.array([x.pack for x in drugs])[chosen])
        box = np.array([x.price for x in drugs])[chosen] * pack
        boxes = np.where(herbal, rng.integers(10, 31, len(mine)) * 7, np.clip(np.rint(rng.gamma(2.0, 600 / np.maximum(box, 6))), 1, most[chosen])).astype(np.int64)
        amount = np.rint(box * boxes * 100).astype(np.int64)
        for kind, name in ((1, "西药"), (2, "中成药"), (3, "中药饮片")):
            pick = np.array([x.kind == name for x in drugs])[chosen]
            if pick.any():
                made.append((at[mine][pick], kind, chosen[pick], np.full(int(pick.sum()), NONE), boxes[pick], pack[pick], amount[pick]))
    return made


def _items(at: Array, kind: int, index: int, quantity: Array, price: float) -> Line:
    return (at, kind, np.full(len(at), NONE), np.full(len(at), index), quantity, np.ones(len(at), dtype=np.int64), np.rint(quantity * price * 100).astype(np.int64))


def _lab_lines(world: World, rng: np.random.Generator, d: Diagnosis, at: Array) -> list[Line]:
    made = []
    for n, use in enumerate(d.labs or ("BC",)):
        item = next(i for i in world.structure.items if i.used_for == use and i.category == "化验")
        mine = at if n == 0 else at[rng.random(len(at)) < 0.12]
        made.append(_items(mine, 4, item.index, np.ones(len(mine), dtype=np.int64), item.price))
    return made


def _exam_lines(world: World, d: Diagnosis, at: Array) -> list[Line]:
    if not d.exam:
        return []
    item = world.structure.item(d.exam)
    return [_items(at, 5, item.index, np.ones(len(at), dtype=np.int64), item.price)]


TREATED = {"口腔科": 0.6, "康复医学科": 0.6, "肾内科": 0.4, "中医科": 0.4, "皮肤科": 0.2}  # share of visits
MATERIAL = {"F0301": "F0601", "F0303": "F0609"}  # what a treatment uses up
TREATMENT = {"急诊科": "F0301", "口腔科": "F0308", "皮肤科": "F0310", "中医科": "F0305", "康复医学科": "F0304", "肾内科": "F0306", "儿科": "F0302", "呼吸与危重症医学科": "F0302"}


def _treatment_lines(world: World, rng: np.random.Generator, d: Diagnosis, at: Array) -> list[Line]:
    s = world.structure
    department = s.departments[d.department]
    item = s.item(TREATMENT.get(department.name, {"内科": "F0251", "外科": "F0303"}.get(department.group, "F0251")))
    times = np.ones(len(at), dtype=np.int64) if item.code in ("F0251", "F0306", "F0308") else rng.integers(1, 4, len(at))
    made = [_items(at, 6, item.index, times, item.price)]
    if item.code in MATERIAL:
        material = s.item(MATERIAL[item.code])
        made.append(_items(at, 6, material.index, times, material.price))
    return made


def unnamed(world: World, people: Columns) -> None:
    """Emergency patients without a name 无名氏: a few a month."""
    visit = world.events["visit"]
    rng = world.rng("unnamed")
    once = np.bincount(visit["person"], minlength=len(people["birth"]))
    fit = np.nonzero(visit["urgent"] & (once[visit["person"]] == 1) & visit["came"] & (visit["age"] > 15))[0]
    chosen = np.sort(rng.choice(fit, min(len(fit), max(1, len(world.days) // 12)), replace=False)) if len(fit) else fit
    who = visit["person"][chosen]
    people["name"] = people["name"].astype("U8")
    for n, i in enumerate(who.tolist()):
        people["name"][i] = f"无名氏{n + 1}"
        people["idcard"][i] = ""
        people["phone"][i] = ""
        people["address"][i] = ""


__all__ = ["expected_visits", "outpatient", "people_names", "pool_of", "settle", "to_day", "unnamed"]
