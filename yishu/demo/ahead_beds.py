"""Beds ahead 床位的前方: who of those lying here leaves, and who comes into the empty beds, from the state the inpatient store shows."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from yishu.demo.outpatient import pool_of
from yishu.demo.pathway import pathways
from yishu.demo.population import age_on
from yishu.demo.uncover import Cells, Row, moment
from yishu.demo.world import DAY, Array, Columns, World, day_number

STAY = (
    "person", "story", "begin", "end", "dead", "leave", "doctor", "route", "number", "brid", "ended", "first", "current", "department", "ward",
)  # fmt: skip
FILLED_A_DAY = 0.55   # of the beds that stand empty or fall empty, each day


@dataclass(frozen=True, slots=True)
class Beds:
    """Rows to come and the people, those lying here added."""

    rows: tuple[Row, ...]
    people: Columns


@dataclass(slots=True)
class _Bed:
    ward: int
    department: int
    number: int
    stay: int


def _iso(at: int) -> str:
    return str(np.datetime64(at, "s")).replace("T", " ")


def beds_ahead(home: Path, world: World, people: Columns, now: int, end: int) -> Beds:
    """Discharges of those due, admissions into free beds; leaves the stays, bed segments and moves in `world.events`."""
    s = world.structure
    store = sqlite3.connect(home / "sources" / "his_zy.db")
    store.row_factory = sqlite3.Row
    lying = [dict(r) for r in store.execute("SELECT * FROM ZY_BRRY WHERE CYPB IN (0, 1) AND ZYH < 99999999 ORDER BY ZYH")]
    beds = [dict(r) for r in store.execute("SELECT * FROM ZY_CWSZ WHERE CWZT <> 9 ORDER BY BQ, CWH")]
    (last_move,), (last_stay,), (last_brid,) = (
        store.execute(q).fetchone() for q in ("SELECT max(JLXH) FROM ZY_ZKJL", "SELECT max(ZYH) FROM ZY_BRRY WHERE ZYH < 29000000", "SELECT max(BRID) FROM ZY_BRRY WHERE BRID < 4000000")
    )
    store.close()
    rng = world.rng("beds ahead")
    stories = pathways()
    by_icd = {p.icd: p.index for p in stories}
    ward_of, code_of = {w.code: w for w in s.wards}, {d.zy(c): (d.index, c) for d in s.departments for c in range(3)}
    staff = {p.zy: p.index for p in s.staff}
    people, index = _add(world, people, lying)
    rows: list[Row] = []
    stay: dict[str, list[int]] = {k: [] for k in STAY}
    piece: dict[str, list[int]] = {k: [] for k in ("stay", "begin", "end", "ward", "department", "number")}
    move: dict[str, list[int]] = {k: [] for k in ("number", "time", "kind", "segment")}
    free: list[tuple[int, Cells]] = [(now, b) for b in beds if b["CWZT"] == 0]
    bed_of = {b["ZYH"]: b for b in beds if b["ZYH"]}

    def take(person: int, story: int, begin: int, leaves: int, doctor: int, route: int, number: int, brid: int, department: int, ward: int, bed: int) -> int:
        at = len(stay["person"])
        values = (person, story, begin, leaves, 0, 1, doctor, route, number, brid, int(leaves <= end), at, at, department, ward)
        for k, v in zip(stay, values, strict=True):
            stay[k].append(int(v))
        for k, v in zip(piece, (at, begin, leaves, ward, department, bed), strict=True):
            piece[k].append(int(v))
        return at

    def moved(at: int, when: int, kind: int, cells: Cells) -> None:
        nonlocal last_move
        last_move += 1
        for k, v in zip(move, (last_move, when, kind, at), strict=True):
            move[k].append(int(v))
        rows.append(Row("his_zy", "ZY_ZKJL", {"JLXH": last_move}, ((when, {"JLXH": last_move, **cells, "ZKSJ": _iso(when), "ZKLX": kind, "LRSJ": _iso(when + 60)}),)))

    for n, r in enumerate(lying):
        bed = bed_of.get(r["ZYH"])
        story = stories[by_icd.get(str(r["RYZD"]), 0)]
        due = moment(r["RYRQ"]) + int(story.median * DAY)
        department, ward = code_of[int(r["BRKS"])][0], ward_of[int(r["BRBQ"])]
        day = max(due // DAY, now // DAY)
        leaves = day * DAY + int((9.3 + 2.4 * rng.random() if rng.random() < 0.7 else 14 + 3.2 * rng.random()) * 3600)
        if bed is None or due > end or leaves <= now + 300 or leaves > end or rng.random() > 0.6:
            continue
        at = take(index[n], story.index, moment(r["RYRQ"]), leaves, staff.get(int(r["ZYYS"]), 0), int(r["RYTJ"]), int(r["ZYH"]), int(r["BRID"]), department, ward.index, int(str(bed["CWH"])[:-1]))
        moved(at, leaves, 9, {"ZYH": r["ZYH"], "YSKS": r["BRKS"], "XHKS": 0, "YSBQ": r["BRBQ"], "XHBQ": 0, "YSCH": r["BRCH"], "XHCH": ""})
        rows.append(Row("his_zy", "ZY_BRRY", {"ZYH": r["ZYH"]}, ((leaves, {"CYPB": 8, "CYRQ": _iso(leaves), "CYFS": 1}),)))
        rows.append(Row("his_zy", "ZY_CWSZ", {"BQ": bed["BQ"], "CWH": bed["CWH"]}, ((leaves, {"CWZT": 0, "ZYH": 0}),)))
        free.append((leaves, bed))
    age = age_on(people["birth"], np.full(len(people["birth"]), now // DAY))
    taken: set[int] = set(index)
    insurance = s.raw["insurance"]
    for since, bed in free:
        if rng.random() > FILLED_A_DAY * max((end - since) / DAY, 0.2):
            continue
        department = code_of[int(str(bed["KSDM"]))][0]
        own = [p for p in stories if p.department == department]
        weight = np.array([p.weight for p in own])
        if not len(weight):
            continue
        story = own[int(rng.choice(len(own), p=weight / weight.sum()))]
        begin = since + 2400 + int(rng.random() * max(end - since - 2400, 1))
        hour = begin // 3600 % 24
        pool = pool_of(people, age, rng, story.sex, max(story.age_low, 0), story.age_high)
        who = next((int(i) for i in pool[:40] if int(i) not in taken), None)
        doctors = s.doctors_of(department)
        if who is None or begin > end or not doctors or (hour < 7 and rng.random() > 0.2):
            continue
        taken.add(who)
        last_stay, last_brid = last_stay + 1, last_brid + 1
        doctor = doctors[int(rng.random() * len(doctors))]
        ward = ward_of[int(str(bed["BQ"]))]
        route = 1 if rng.random() < story.by_emergency else 2
        place = {"RYKS": bed["KSDM"], "RYBQ": bed["BQ"], "RYCH": bed["CWH"], "BRKS": bed["KSDM"], "BRBQ": bed["BQ"], "BRCH": bed["CWH"]}
        at = take(who, story.index, begin, begin + int(story.median * DAY), doctor.index, route, last_stay, last_brid, department, ward.index, int(str(bed["CWH"])[:-1]))
        rows.append(Row("his_zy", "ZY_BRRY", {"ZYH": last_stay}, ((begin, {
            "ZYH": last_stay, "BRID": last_brid, "ZYHM": f"{last_stay:010d}", "BAHM": f"{last_brid:010d}", "BRXM": str(people["name"][who]), "BRXB": 2 if people["female"][who] else 1,
            "CSNY": str(np.datetime64(int(people["birth"][who]), "D")), "SFZH": str(people["idcard"][who]), "LXDH": str(people["phone"][who]), "JTDZ": str(people["address"][who]),
            "BRXZ": insurance[int(people["insurance"][who])]["zy"], "RYRQ": _iso(begin), "CYRQ": "", "CYPB": 0, **place, "ZYYS": doctor.zy, "RYTJ": route,
            "RYZD": story.icd, "RYZDMC": story.name, "CYFS": 0, "DJSJ": _iso(begin - 900),
        }),)))  # fmt: skip
        moved(at, begin, 1, {"ZYH": last_stay, "YSKS": 0, "XHKS": bed["KSDM"], "YSBQ": 0, "XHBQ": bed["BQ"], "YSCH": "", "XHCH": bed["CWH"]})
        rows.append(Row("his_zy", "ZY_CWSZ", {"BQ": bed["BQ"], "CWH": bed["CWH"]}, ((begin, {"CWZT": 1, "ZYH": last_stay}),)))
    for name, made in (("stay", stay), ("segment", piece), ("move", move)):
        world.events[name] = {k: np.array(v, dtype=np.int64) for k, v in made.items()}
    world.events["stay"]["ended"] = world.events["stay"]["ended"].astype(bool)
    world.events["stay"]["dead"] = world.events["stay"]["dead"].astype(bool)
    return Beds(tuple(rows), people)


def _add(world: World, people: Columns, lying: list[Cells]) -> tuple[Columns, list[int]]:
    """The people with those lying here behind them, and where each stands."""
    zy = {i["zy"]: n for n, i in enumerate(world.structure.raw["insurance"])}
    first = len(people["birth"])

    def column(name: str, default: str) -> Array:
        return np.array([str(r[name] or default) for r in lying], dtype=f"U{40 if name == 'JTDZ' else 18}")

    added: Columns = {
        "birth": np.array([day_number(np.datetime64(str(r["CSNY"])).astype(object)) for r in lying], dtype=np.int64),
        "female": np.array([r["BRXB"] == 2 for r in lying], dtype=bool), "surname": np.array([str(r["BRXM"])[:1] for r in lying], dtype="U2"),
        "name": column("BRXM", ""), "idcard": column("SFZH", ""), "phone": column("LXDH", ""), "address": column("JTDZ", ""),
        "insurance": np.array([zy.get(r["BRXZ"], 0) for r in lying], dtype=np.int64),
    }  # fmt: skip
    return {k: np.concatenate((people[k], added[k])) for k in people}, list(range(first, first + len(lying)))
