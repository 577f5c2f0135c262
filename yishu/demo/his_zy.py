"""his_zy 住院HIS: the inpatient store in its vendor's dialect (numbers for everything, stays instead of persons)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from yishu.demo import text as text_of
from yishu.demo.defects import Defects
from yishu.demo.his_mz import spoiled_ids
from yishu.demo.pathway import pathways
from yishu.demo.structure import Drug
from yishu.demo.world import DAY, NONE, Array, Columns, World
from yishu.demo.write import Moments, Sqlite


def red_entries(world: World, defects: Defects) -> None:
    """Red entries 住院冲红: charges taken back within days; facts of the world, so the stay's cost falls."""
    charge, stay = world.events["charge"], world.events["stay"]
    count = len(charge["stay"])
    rng = defects.rng("red_entry", "stay moments")
    back = charge["time"] + (DAY * (0.1 + 3.0 * rng.random(count))).astype(np.int64)
    chosen = defects.pick("red_entry", "his_zy.ZY_FYMX", count, (back <= world.until) & (charge["drug"] == NONE))
    for name in list(charge):
        charge[name] = np.concatenate((charge[name], charge[name][chosen]))
    charge["original"] = np.concatenate((np.zeros(count, dtype=np.int64), charge["number"][chosen]))
    charge["time"][count:] = back[chosen]
    charge["quantity"] = np.where(charge["original"] > 0, -charge["quantity"], charge["quantity"])
    charge["cents"] = np.where(charge["original"] > 0, -charge["cents"], charge["cents"])
    charge["number"][count:] = 190_000_001 + np.arange(len(chosen))
    stay["cost"] = np.bincount(charge["stay"], charge["cents"], len(stay["number"])).astype(np.int64)


def patients(world: World, people: Columns, defects: Defects) -> None:
    """Inpatient numbers 病人ID: one BRID a person (a second one where duplicates are planted), and the count of stays."""
    stay, newborn = world.events["stay"], world.events["newborn"]
    order = np.lexsort((stay["begin"], stay["person"]))
    person = stay["person"][order]
    new = np.diff(person, prepend=-1) != 0
    last = np.append(new[1:], True) if len(new) else new
    again = np.zeros(len(order), dtype=bool)
    again[order[last & ~new]] = True
    doubled = defects.pick("duplicate_person", "his_zy.ZY_BRRY", int(new.sum()), None if not len(new) else _spread(again, int(new.sum())))
    at = np.nonzero(again)[0][: len(doubled)] if len(doubled) else np.zeros(0, dtype=np.int64)
    first = np.empty(len(order), dtype=np.int64)
    first[order] = order[new][np.cumsum(new) - 1]
    head = np.zeros(len(order), dtype=bool)
    head[order[new]] = True
    head[at] = True
    owner = first.copy()
    owner[at] = at
    number = np.full(len(order), NONE)
    number[head] = 3_000_001 + np.arange(int(head.sum()))
    stay["brid"] = number[owner]
    rank = np.empty(len(order), dtype=np.int64)
    by = np.lexsort((stay["begin"], stay["brid"]))
    brid = stay["brid"][by]
    rank[by] = np.arange(len(by)) - np.searchsorted(brid, brid) + 1
    stay["times"] = rank
    newborn["brid"] = 4_000_001 + np.arange(len(newborn["person"]))
    defects.note("duplicate_person", "his_zy", "ZY_BRRY", stay["number"][at], "BRID", "new_patient_number")


def _spread(again: Array, size: int) -> Array:
    """As many eligible marks as returning patients, in a vector as long as there are persons."""
    made = np.zeros(size, dtype=bool)
    made[: min(int(again.sum()), size)] = True
    return made


def write(world: World, people: Columns, defects: Defects, home: Path, moments: Moments) -> dict[str, int]:
    """Write his_zy.db; rows by table."""
    store = Sqlite(home / "sources" / "his_zy.db", "his_zy")
    _dictionaries(world, store)
    _stays(world, people, defects, store, moments)
    _moves(world, defects, store, moments)
    _beds(world, store, moments)
    _orders(world, defects, store, moments)
    _charges(world, people, defects, store, moments)
    _dispensing(world, store, moments)
    store.close()
    return store.rows


def codes(world: World) -> Array:
    """Department × campus code table of this HIS."""
    return np.array([[d.zy(c) for c in range(3)] for d in world.structure.departments])


def _dictionaries(world: World, store: Sqlite) -> None:
    s = world.structure
    here = [(d, c) for d in s.departments for c, campus in enumerate(s.campuses) if campus.id in d.at]
    store.put(
        "GY_KSDM", len(here) + len(s.wards), KSDM=[d.zy(c) for d, c in here] + [w.code for w in s.wards],
        KSMC=[d.name + s.campuses[c].suffix for d, c in here] + [w.name for w in s.wards],
        SJKS=[0] * len(here) + [s.departments[w.beds[0][0]].zy(w.campus) for w in s.wards],
        MZSY=[1 if d.opd else 0 for d, _ in here] + [0] * len(s.wards), ZYSY=1, BQSY=[0] * len(here) + [1] * len(s.wards),
        YQ=[s.campuses[c].code for _, c in here] + [s.campuses[w.campus].code for w in s.wards],
    )  # fmt: skip
    store.put(
        "GY_YGDM", len(s.staff), YGDM=[p.zy for p in s.staff], YGXM=[p.name for p in s.staff],
        KSDM=[s.departments[p.department].zy(0) for p in s.staff], ZC=[p.title for p in s.staff], ZFPB=0,
    )  # fmt: skip
    store.put(
        "YK_TYPK", len(s.drugs), YPXH=[d.zy for d in s.drugs], YPMC=[d.name for d in s.drugs], YPGG=[d.spec for d in s.drugs],
        YPDW=[d.unit for d in s.drugs], BZXS=[d.pack for d in s.drugs], YPLX=[int(d.kind_code) for d in s.drugs],
        KJYW=[{"": 0, "非限制": 1, "限制": 2, "特殊": 3}[d.anti_level] for d in s.drugs],
        DDDS=[d.ddd_per_unit if d.anti_level and d.systemic else None for d in s.drugs], QSYY=[int(d.systemic) for d in s.drugs],
    )  # fmt: skip
    kind = {name: zy for name, _, zy in s.raw["fin_categories"]}
    store.put(
        "GY_FYXM", len(s.items), FYXH=[i.zy for i in s.items], FYMC=[i.name for i in s.items],
        FYLB=[kind[i.category] for i in s.items], FYDJ=[i.price for i in s.items],
    )  # fmt: skip


def _stays(world: World, people: Columns, defects: Defects, store: Sqlite, moments: Moments) -> None:
    s = world.structure
    stay, segment, newborn = world.events["stay"], world.events["segment"], world.events["newborn"]
    rng = world.rng("stays written")
    count = len(stay["number"])
    who = stay["person"]
    code = codes(world)
    campus = np.array([w.campus for w in s.wards])
    ward = np.array([w.code for w in s.wards])
    ids, wrong, missing = spoiled_ids(defects, "his_zy.ZY_BRRY", people["idcard"][who])
    name = people["name"][who].astype("U12").copy()
    broken = defects.pick("encoding", "his_zy.ZY_BRRY", count, np.strings.str_len(name) > 1)
    for i in broken.tolist():
        name[i] = name[i][:-1] + "?"
    first, current = stay["first"], stay["current"]
    state = np.where(stay["ended"], 8, np.where(stay["end"] <= world.until + DAY, 1, 0))
    # one in five is written out before he goes: the same morning, or the afternoon before
    early = np.where(rng.random(count) < 0.5, stay["end"] - rng.integers(1800, 3 * 3600, count), (stay["end"] // DAY - 1) * DAY + 15 * 3600 + rng.integers(0, 2 * 3600, count))
    planned = np.where(rng.random(count) < 0.2, early, stay["end"])
    planned = np.where(planned < stay["begin"] + 3600, stay["end"], planned)
    story = np.array([(p.icd, p.name) for p in pathways()])
    insurance = np.array([i["zy"] for i in s.raw["insurance"]])
    doctor = np.array([p.zy for p in s.staff])
    n_room = np.strings.add(text_of.zfill(segment["number"].astype("U3"), 2), "床")
    void = world.events["void"]["stay"]
    mother = newborn["mother"]
    gone = stay["ended"][mother]
    base = np.concatenate((np.arange(count), void, mother))
    number = np.concatenate((stay["number"], 29_000_001 + np.arange(len(void)), stay["number"][mother] * 100 + newborn["rank"]))
    person = np.concatenate((who, who[void], newborn["person"]))
    baby = np.arange(len(base)) >= count + len(void)
    empty = (np.arange(len(base)) >= count) & ~baby
    state = np.concatenate((state, np.full(len(void), 9), np.where(gone, 8, 0)))
    begin = np.concatenate((stay["begin"], stay["begin"][void] - 5400, newborn["born"]))
    brid = np.concatenate((stay["brid"], stay["brid"][void], newborn["brid"]))
    planned = np.concatenate((planned, np.full(len(void), NONE), stay["end"][mother]))
    written = np.where((state == 8) | (state == 1), planned, NONE)
    suffix = np.concatenate((np.full(count + len(void), ""), np.strings.add("-", newborn["rank"].astype("U1")))).astype("U2")
    own = np.where(baby, np.concatenate((np.zeros(count + len(void), np.int64), stay["number"][mother])), number)
    store.put(
        "ZY_BRRY", len(base), ZYH=number, BRID=brid, ZYHM=np.strings.add(text_of.zfill(own.astype("U10"), 10), suffix),
        BAHM=text_of.zfill(brid.astype("U10"), 10), BRXM=np.concatenate((name, name[void], people["name"][newborn["person"]])),
        BRXB=np.where(people["female"][person], 2, 1), CSNY=moments.day10(people["birth"][person]),
        SFZH=np.concatenate((ids, ids[void], np.full(len(mother), ""))), LXDH=people["phone"][person], JTDZ=people["address"][person],
        BRXZ=insurance[people["insurance"][person]], RYRQ=moments.iso(begin), CYRQ=moments.iso(written), CYPB=state,
        RYKS=code[stay["in_department"], campus[stay["in_ward"]]][base], RYBQ=ward[stay["in_ward"]][base], RYCH=n_room[first][base],
        BRKS=code[stay["department"], campus[stay["ward"]]][base], BRBQ=ward[stay["ward"]][base], BRCH=np.where(empty, "", n_room[current][base]),
        ZYYS=doctor[stay["doctor"]][base], RYTJ=stay["route"][base],
        RYZD=np.where(baby, "Z38.000", story[stay["story"][base], 0]), RYZDMC=np.where(baby, "单胎活产婴儿", story[stay["story"][base], 1]),
        CYFS=np.where(state == 8, np.where(baby, 1, stay["leave"][base]), 0), DJSJ=moments.iso(begin - 900),
    )  # fmt: skip
    for rows, column, kind, family in ((wrong, "SFZH", "wrong", "bad_id"), (missing, "SFZH", "missing", "bad_id"), (broken, "BRXM", "replacement", "encoding")):
        defects.note(family, "his_zy", "ZY_BRRY", stay["number"][rows], column, kind)


def voids(world: World) -> None:
    """Cancelled admissions 取消入院: registered, never lay in a bed."""
    begin = world.events["stay"]["begin"]
    void = np.sort(world.rng("cancelled admissions").choice(len(begin), max(1, len(begin) // 110), replace=False))
    world.events["void"] = {"stay": void, "number": 29_000_001 + np.arange(len(void)), "begin": begin[void] - 5400}


def moves(world: World) -> None:
    """Bed history 转科记录 in the order it is numbered: moment, kind (1 in, 2 department, 3 bed, 9 out) and bed segment."""
    stay, segment = world.events["stay"], world.events["segment"]
    count = len(segment["stay"])
    first = np.zeros(count, dtype=bool)
    first[stay["first"]] = True
    before = np.maximum(np.arange(count) - 1, 0)
    ended = np.nonzero(stay["ended"])[0]
    out = stay["current"][ended]
    kind = np.where(first, 1, np.where(segment["department"] != segment["department"][before], 2, 3))
    time = np.concatenate((segment["begin"], stay["end"][ended]))
    own = np.concatenate((stay["number"][segment["stay"]], stay["number"][ended]))
    order = np.lexsort((own, time))
    piece, kinds = np.concatenate((np.arange(count), out)), np.concatenate((kind, np.full(len(ended), 9)))
    world.events["move"] = {"number": 1 + np.arange(len(order)), "time": time[order], "kind": kinds[order], "segment": piece[order], "order": order}


def _moves(world: World, defects: Defects, store: Sqlite, moments: Moments) -> None:
    """Bed history 转科记录: into the first bed, on to the next, out."""
    s = world.structure
    stay, segment = world.events["stay"], world.events["segment"]
    code = codes(world)
    campus = np.array([w.campus for w in s.wards])
    ward = np.array([w.code for w in s.wards])
    count = len(segment["stay"])
    first = np.zeros(count, dtype=bool)
    first[stay["first"]] = True
    before = np.maximum(np.arange(count) - 1, 0)
    department = code[segment["department"], campus[segment["ward"]]]
    place, room = ward[segment["ward"]], np.strings.add(text_of.zfill(segment["number"].astype("U3"), 2), "床")
    ended = np.nonzero(stay["ended"])[0]
    out = stay["current"][ended]
    kind = np.where(first, 1, np.where(segment["department"] != segment["department"][before], 2, 3))
    zero = np.zeros(len(ended), dtype=np.int64)
    columns = {
        "ZYH": np.concatenate((stay["number"][segment["stay"]], stay["number"][ended])),
        "YSKS": np.concatenate((np.where(first, 0, department[before]), department[out])),
        "XHKS": np.concatenate((department, zero)),
        "YSBQ": np.concatenate((np.where(first, 0, place[before]), place[out])),
        "XHBQ": np.concatenate((place, zero)),
        "YSCH": np.concatenate((np.where(first, "", room[before]), room[out])),
        "XHCH": np.concatenate((room, np.full(len(ended), "", dtype=room.dtype))),
        "ZKSJ": np.concatenate((segment["begin"], stay["end"][ended])),
        "ZKLX": np.concatenate((kind, np.full(len(ended), 9))),
    }
    order = world.events["move"]["order"]
    columns = {k: v[order] for k, v in columns.items()}
    rng = world.rng("moves written")
    total = len(order)
    entered = np.minimum(columns["ZKSJ"] + rng.integers(60, 1500, total), world.until)
    late = defects.pick("late_row", "his_zy.ZY_ZKJL", total, columns["ZKSJ"] < world.until - 9 * DAY)
    entered[late] = columns["ZKSJ"][late] + 3 * DAY + late % (5 * DAY)
    number = 1 + np.arange(total)
    defects.note("late_row", "his_zy", "ZY_ZKJL", number[late], "LRSJ", "entered_late")
    store.put("ZY_ZKJL", total, JLXH=number, **{**columns, "ZKSJ": moments.iso(columns["ZKSJ"])}, LRSJ=moments.iso(entered))


def _beds(world: World, store: Sqlite, moments: Moments) -> None:
    s = world.structure
    bed, stay, segment = world.events["bed"], world.events["stay"], world.events["segment"]
    campus = np.array([w.campus for w in s.wards])
    closed = bed["closed"] <= world.last_day
    holder = np.zeros(len(bed["ward"]), dtype=np.int64)
    lying = ~stay["ended"]
    holder[segment["bed"][stay["current"][lying]]] = stay["number"][lying]
    store.put(
        "ZY_CWSZ", len(bed["ward"]), BQ=np.array([w.code for w in s.wards])[bed["ward"]],
        CWH=np.strings.add(text_of.zfill(bed["number"].astype("U3"), 2), "床"), KSDM=codes(world)[bed["department"], campus[bed["ward"]]],
        CWZT=np.where(closed, 9, np.where(holder > 0, 1, 0)), ZYH=holder, JCPB=0, KFRQ="2020-01-01",
        TYRQ=np.where(closed, moments.day10(np.minimum(bed["closed"], 39_999)), ""),
    )  # fmt: skip


UNDER_SKIN = ("低分子肝素", "胰岛素", "促红细胞生成素", "重组人粒细胞刺激因子")


def _route(drug: Drug) -> str:
    """给药途径 by the form a drug comes in."""
    if drug.name in UNDER_SKIN:
        return "皮下注射"
    forms = {"吸入": "雾化吸入", "滴眼": "滴眼", "鼻喷": "喷鼻", "乳膏": "外用", "饮片": "水煎服", "注射": "静滴"}
    way = next((way for form, way in forms.items() if form in drug.spec), "口服")
    return "静滴" if drug.unit == "袋" and way == "口服" and drug.used_for == ("输液",) else way


def _orders(world: World, defects: Defects, store: Sqlite, moments: Moments) -> None:
    s = world.structure
    order, stay, segment = world.events["order"], world.events["stay"], world.events["segment"]
    count = len(order["stay"])
    drugs = np.array([d.name + " " + d.spec.split("*")[0] for d in s.drugs] + [""])
    items = np.array([i.name for i in s.items] + [""])
    texts = np.array(["拟行" + p.surgery.name if p.surgery else "" for p in pathways()] + [""])
    name = np.where(order["drug"] >= 0, drugs[order["drug"]], np.where(order["item"] >= 0, items[order["item"]], texts[order["text"]]))
    stop = np.where(order["stop"] <= world.until, order["stop"], NONE)
    bad = defects.pick("time_order", "his_zy.ZY_BQYZ", count, stop != NONE)
    stop[bad] = order["time"][bad] - 7200 - bad % 5000
    number = 1 + np.arange(count)
    defects.note("time_order", "his_zy", "ZY_BQYZ", number[bad], "TZSJ", "stopped_before_start")
    campus = np.array([w.campus for w in s.wards])
    unit = np.array([d.unit for d in s.drugs] + [""])[order["drug"]]
    route = np.array([_route(d) for d in s.drugs] + [""])
    store.put(
        "ZY_BQYZ", count, YZXH=number, ZYH=stay["number"][order["stay"]], YZLX=order["long"], XMLX=order["kind"],
        YPXH=np.array([d.zy for d in s.drugs] + [0])[order["drug"]], XMXH=np.array([i.zy for i in s.items] + [0])[order["item"]], YZMC=name,
        YCJL=np.where(order["drug"] >= 0, np.strings.add("1", unit), ""),
        GYTJ=route[order["drug"]],
        KSSJ=moments.iso(order["time"]), TZSJ=moments.iso(stop), YSGH=np.array([p.zy for p in s.staff])[order["doctor"]],
        KSDM=codes(world)[order["department"], campus[order["ward"]]], YYTS=1, JLZT=np.where(stop != NONE, 2, 1),
        LRSJ=moments.iso(np.minimum(order["time"] + 60 + number % 900, world.until)),
    )  # fmt: skip
    del segment


def _charges(world: World, people: Columns, defects: Defects, store: Sqlite, moments: Moments) -> None:
    s = world.structure
    charge, stay = world.events["charge"], world.events["stay"]
    order = np.lexsort((charge["number"], charge["time"]))
    charge = world.events["charge"] = {k: v[order] for k, v in charge.items()}
    count = len(charge["stay"])
    code = codes(world)
    campus = np.array([w.campus for w in s.wards])[charge["ward"]]
    only_here = np.array([not set(d.at) - {"HQ"} for d in s.departments])
    drug = charge["drug"] >= 0
    item = np.array([i.zy for i in s.items] + [0])[charge["item"]]
    lost = defects.pick("unmapped_code", "his_zy.ZY_FYMX", count, ~drug)
    item[lost] = 69_900 + lost % 23
    defects.note("unmapped_code", "his_zy", "ZY_FYMX", charge["number"][lost], "FYXH", "unknown_item")
    entered = np.minimum(charge["time"] + 60 + charge["number"] % 1700, world.until)
    late = defects.pick("late_row", "his_zy.ZY_FYMX", count, charge["time"] < world.until - 10 * DAY)
    entered[late] = charge["time"][late] + 3 * DAY + late % (6 * DAY)
    defects.note("late_row", "his_zy", "ZY_FYMX", charge["number"][late], "LRSJ", "entered_late")
    red = charge["original"] > 0
    defects.note("red_entry", "his_zy", "ZY_FYMX", charge["number"][red], "ZJJE", "refund")
    orphan = defects.pick("orphan", "his_zy.ZY_FYMX", count, ~red & defects.sound(count, late, lost))
    extra = 195_000_001 + np.arange(len(orphan))
    defects.note("orphan", "his_zy", "ZY_FYMX", extra, "ZYH", "no_stay")
    x = np.concatenate((np.arange(count), orphan))
    price = np.where(drug, np.array([d.price for d in s.drugs] + [0.0])[charge["drug"]], np.array([i.price for i in s.items] + [0.0])[charge["item"]])
    name = np.where(drug, np.array([d.name for d in s.drugs] + [""])[charge["drug"]], np.array([i.name for i in s.items] + [""])[charge["item"]])
    insured = np.array((0.7, 0.58, 0.48, 0.0, 0.4))[people["insurance"][stay["person"][charge["stay"]]]]
    settled = stay["settled_at"][charge["stay"]] != NONE
    store.put(
        "ZY_FYMX", len(x), JLXH=np.concatenate((charge["number"], extra)),
        ZYH=np.concatenate((stay["number"][charge["stay"]], 98_000_001 + np.arange(len(orphan)))), FYRQ=moments.iso(charge["time"])[x],
        FYXH=item[x], YPXH=np.array([d.zy for d in s.drugs] + [0])[charge["drug"]][x], FYMC=name[x], FYSL=charge["quantity"][x].astype(float),
        FYDJ=price[x], ZJJE=charge["cents"][x] / 100, ZFJE=(np.rint(charge["cents"] * (1 - insured)) / 100)[x],
        KSDM=code[charge["department"], campus][x], ZXKS=code[charge["exec"], np.where(only_here[charge["exec"]], 0, campus)][x],
        BQDM=np.array([w.code for w in s.wards])[charge["ward"]][x], YSGH=np.array([p.zy for p in s.staff])[charge["doctor"]][x],
        YPLX=np.where(drug, np.array([int(d.kind_code) for d in s.drugs] + [0])[charge["drug"]], 0)[x], JSCS=np.where(settled, 1, 0)[x],
        YJLXH=charge["original"][x], LRSJ=moments.iso(entered)[x],
    )  # fmt: skip
    done = np.nonzero(stay["settled_at"] != NONE)[0]
    done = done[np.lexsort((done, stay["settled_at"][done]))]
    part = np.array((0.7, 0.58, 0.48, 0.0, 0.4))[people["insurance"][stay["person"][done]]]
    paid = np.rint(stay["cost"][done] * part).astype(np.int64)
    store.put(
        "ZY_JSK", len(done), JSXH=1 + np.arange(len(done)), ZYH=stay["number"][done], JSCS=1, JSRQ=moments.iso(stay["settled_at"][done]),
        FYHJ=stay["cost"][done] / 100, ZFHJ=(stay["cost"][done] - paid) / 100, YBHJ=paid / 100, ZFPB=0, YJSXH=0,
    )  # fmt: skip


def _dispensing(world: World, store: Sqlite, moments: Moments) -> None:
    s = world.structure
    given, stay = world.events["dispense"], world.events["stay"]
    count = len(given["stay"])
    campus = np.array([w.campus for w in s.wards])[given["ward"]]
    store.put(
        "YF_ZYFY", count, FYID=1 + np.arange(count), ZYH=stay["number"][given["stay"]], YPXH=np.array([d.zy for d in s.drugs])[given["drug"]],
        FYSL=given["quantity"].astype(float), FYJE=given["cents"] / 100, CYDY=given["take_home"], FYSJ=moments.iso(given["time"]),
        KSDM=codes(world)[given["department"], campus], BQDM=np.array([w.code for w in s.wards])[given["ward"]],
        YSGH=np.array([p.zy for p in s.staff])[given["doctor"]], YZXH=0, LRSJ=moments.iso(np.minimum(given["time"] + 300, world.until)),
    )  # fmt: skip
