"""his_mz 门诊HIS: the outpatient store in its vendor's dialect (char dates, padded names, cards instead of persons)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from yishu.demo import text as text_of
from yishu.demo.defects import Defects
from yishu.demo.world import DAY, NONE, Array, Columns, World
from yishu.demo.write import Moments, Sqlite

INSURED = (0.62, 0.48, 0.4, 0.0, 0.3)


def red_entries(world: World, defects: Defects) -> None:
    """Refunds 退费冲红: whole prescriptions given back some days later; facts of the world from here on."""
    rx = world.events["prescription"]
    rng = defects.rng("red_entry", "moments")
    count = len(rx["number"])
    back = rx["paid_at"] + (DAY * (0.2 + 5.5 * rng.random(count))).astype(np.int64)
    chosen = defects.pick("red_entry", "his_mz.SF_BRJSK", count, rx["paid"] & (back <= world.until) & (rx["kind"] <= 6))
    world.events["refund"] = {"prescription": chosen, "time": back[chosen]}


def cards(world: World, people: Columns, defects: Defects) -> None:
    """Cards 就诊卡: one PATID a person, and a second one for those who took a new card."""
    visit = world.events["visit"]
    rng = world.rng("cards")
    first = np.where(visit["came"], visit["register"], visit["booked_at"])
    order = np.lexsort((first, visit["person"]))
    person = visit["person"][order]
    new = np.diff(person, prepend=-1) != 0
    start = first[order][new]
    owner = person[new]
    visits = np.diff(np.append(np.nonzero(new)[0], len(person)))
    again = np.zeros(len(owner), dtype=bool)
    doubled = defects.pick("duplicate_person", "his_mz.MZ_BRXX", len(owner), visits > 1)
    again[doubled] = True
    begun = np.nonzero(new)[0]
    switch = np.full(len(owner), 2**40)
    switch[again] = first[order][begun[again] + 1 + (rng.random(int(again.sum())) * (visits[again] - 1)).astype(np.int64)]
    card_owner = np.concatenate((owner, owner[again]))
    made_at = np.concatenate((start, switch[again])) - rng.integers(120, 600, len(card_owner))
    second = np.concatenate((np.zeros(len(owner), dtype=bool), np.ones(int(again.sum()), dtype=bool)))
    order = np.lexsort((second, made_at))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = 1_000_123 + world.after + np.arange(len(order))
    main, other = np.full(len(people["birth"]), NONE), np.full(len(people["birth"]), NONE)
    main[owner], other[owner[again]] = number[: len(owner)], number[len(owner) :]
    changed = np.full(len(people["birth"]), 2**40)
    changed[owner] = switch
    when = np.where(visit["came"], visit["register"], visit["booked_at"])
    late = when >= changed[visit["person"]]
    visit["card"] = np.where(late, other[visit["person"]], main[visit["person"]])
    world.events["card"] = {"number": number[order], "person": card_owner[order], "made_at": made_at[order], "second": second[order]}
    defects.note("duplicate_person", "his_mz", "MZ_BRXX", np.sort(number[len(owner) :]), "PATID", "new_card")


def write(world: World, people: Columns, defects: Defects, home: Path, moments: Moments) -> dict[str, int]:
    """Write his_mz.db; rows by table."""
    store = Sqlite(home / "sources" / "his_mz.db", "his_mz")
    _dictionaries(world, store)
    _patients(world, people, defects, store, moments)
    _registrations(world, defects, store, moments)
    _queue(world, defects, store, moments)
    receipts = _receipts(world, people, store, moments, defects)
    _prescriptions(world, defects, store, moments, receipts)
    _bookings(world, store, moments)
    store.close()
    return store.rows


def codes(world: World) -> tuple[Array, Array]:
    """(department × campus code table, staff codes) of this HIS."""
    s = world.structure
    return np.array([[d.mz(c) for c in range(3)] for d in s.departments]), np.array([p.mz for p in s.staff] + [""])


def _dictionaries(world: World, store: Sqlite) -> None:
    s = world.structure
    here = [(d, c) for d in s.departments for c, campus in enumerate(s.campuses) if campus.id in d.at]
    gone = [("0398", "老年病科(撤销)"), ("0399", "预防保健科(撤销)"), ("0598", "门诊综合诊室(撤销)")]
    store.put(
        "YY_KSBMK", len(here) + 3, ID=[d.mz(c) for d, c in here] + [g[0] for g in gone],
        NAME=[d.name + s.campuses[c].suffix for d, c in here] + [g[1] for g in gone],
        PY=[d.pinyin for d, _ in here] + ["LNBK", "YFBJ", "ZHZS"], YXBZ=["1"] * len(here) + ["0"] * 3,
        YQ=[s.campuses[c].code for _, c in here] + ["1", "1", "2"],
    )  # fmt: skip
    people = [p for p in s.staff if p.category in ("医师", "药师", "技师")]
    store.put(
        "YY_ZGBMK", len(people), ID=[p.mz for p in people], NAME=[p.name for p in people],
        KSDM=[s.departments[p.department].mz(0) for p in people], ZC=[p.title for p in people], YXBZ="1",
    )  # fmt: skip
    store.put(
        "YK_YPZD", len(s.drugs), YPDM=[d.mz for d in s.drugs], YPMC=[d.name for d in s.drugs], YPGG=[d.spec for d in s.drugs],
        YPLB=[d.kind_code for d in s.drugs], DW=[d.big_unit for d in s.drugs], DWXS=[d.pack for d in s.drugs],
        LSJ=[d.price for d in s.drugs], KJYW=[{"": "0", "非限制": "1", "限制": "2", "特殊": "3"}[d.anti_level] for d in s.drugs],
    )  # fmt: skip
    kind = {name: mz for name, mz, _ in s.raw["fin_categories"]}
    store.put(
        "SF_XMZD", len(s.items), XMDM=[i.code for i in s.items], XMMC=[i.name for i in s.items],
        XMLB=[kind[i.category] for i in s.items], DJ=[i.price for i in s.items],
    )  # fmt: skip


def spoiled_ids(defects: Defects, family_place: str, ids: Array) -> tuple[Array, Array, Array]:
    """(numbers as recorded, rows wrong, rows missing): a digit mistyped, or nothing entered."""
    there = ids != ""
    missing = defects.pick("bad_id", f"{family_place}.missing", len(ids), there)
    left = there.copy()
    left[missing] = False
    wrong = defects.pick("bad_id", f"{family_place}.wrong", len(ids), left)
    made = ids.astype("U18").copy()
    rng = defects.rng("bad_id", family_place + " digit")
    for i, at in zip(wrong.tolist(), rng.integers(14, 17, len(wrong)).tolist(), strict=True):
        text = str(made[i])
        made[i] = text[:at] + str((int(text[at]) + 1 + at % 3) % 10) + text[at + 1 :]
    made[missing] = ""
    return made, wrong, missing


def _patients(world: World, people: Columns, defects: Defects, store: Sqlite, moments: Moments) -> None:
    card = world.events["card"]
    count = len(card["number"])
    who = card["person"]
    rng = world.rng("cards written")
    ids, wrong, missing = spoiled_ids(defects, "his_mz.MZ_BRXX", people["idcard"][who])
    name = people["name"][who].astype("U8").copy()
    broken = defects.pick("encoding", "his_mz.MZ_BRXX", count, np.strings.str_len(name) > 1)
    for i in broken.tolist():
        name[i] = name[i][:-1] + "?"
    phone = people["phone"][who].copy()
    other = card["second"] & (rng.random(count) < 0.3)
    phone[other] = np.strings.add(text_of.part(phone[other], 0, 7), text_of.zfill(rng.integers(0, 10_000, int(other.sum())).astype("U4"), 4))
    strange = card["second"] & (rng.random(count) < 0.08)
    phone[strange] = people["phone"][who[rng.integers(0, count, int(strange.sum()))]]
    birth = moments.day8(people["birth"][who])
    unknown = defects.pick("value_format", "his_mz.MZ_BRXX", count)
    birth[unknown] = "19000101"
    cut = text_of.part(name, 0, 6)
    store.put(
        "MZ_BRXX", count, PATID=card["number"], BLH=text_of.zfill(card["number"].astype("U8"), 8),
        CARDNO=np.strings.add("8801", text_of.zfill((card["number"] * 37 % 99_999_989).astype("U8"), 8)),
        HZXM=np.strings.add(cut, np.array([" " * n for n in range(13)])[12 - 2 * np.strings.str_len(cut)]),
        SEX=np.where(people["female"][who], "女", "男"), BIRTH=birth, SFZH=ids, LXDH=phone, LXDZ=people["address"][who],
        YBDM=np.array([i["mz"] for i in world.structure.raw["insurance"]])[people["insurance"][who]], LRRQ=moments.char16(card["made_at"]),
    )  # fmt: skip
    for rows, column, kind, family in (
        (wrong, "SFZH", "wrong", "bad_id"), (missing, "SFZH", "missing", "bad_id"), (broken, "HZXM", "replacement", "encoding"),
        (unknown, "BIRTH", "placeholder", "value_format"),
    ):  # fmt: skip
        defects.note(family, "his_mz", "MZ_BRXX", card["number"][rows], column, kind)


def _registrations(world: World, defects: Defects, store: Sqlite, moments: Moments) -> None:
    s = world.structure
    visit, clinic = world.events["visit"], world.events["clinic"]
    department, staff = codes(world)
    at = np.nonzero(visit["came"])[0]
    v = {k: x[at] for k, x in visit.items()}
    code = department[v["department"], v["campus"]]
    lost = defects.pick("unmapped_code", "his_mz.MZ_GHZD", len(at))
    code[lost] = np.array(["0398", "0399", "0598"])[lost % 3]
    defects.note("unmapped_code", "his_mz", "MZ_GHZD", v["number"][lost], "KSDM", "deleted_department")
    senior = np.array(["主任医师" in p.title for p in s.staff] + [False])
    kind = np.where(v["urgent"], 2, np.where(senior[v["doctor"]], np.where(v["number"] % 41 == 0, 3, 1), 0))
    price = np.rint(np.array([s.item(c).price for c in ("F0001", "F0002", "F0003", "F0004")])[kind] * 100).astype(np.int64)
    visit["fee"] = np.zeros(len(visit["day"]), dtype=np.int64)
    visit["fee"][at] = np.where(v["refunded"], 0, price)
    diagnosis = np.array([(d.icd, d.name) for d in s.diagnoses] + [("", "")])
    said = np.where(v["seen"], v["diagnosis"], len(s.diagnoses))
    store.put(
        "MZ_GHZD", len(at), XH=v["number"], PATID=v["card"], KSDM=code, YSDM=staff[np.where(v["seen"] | ~v["urgent"], v["doctor"], NONE)],
        GHRQ=moments.char16(v["register"]), GHLB=kind.astype("U1"), JLZT=np.where(v["refunded"], "1", "0"),
        YYBZ=np.where(v["booking"] != NONE, "1", "0"), YYXH=np.maximum(v["booking"], 0), HBH=v["session"] + 1,
        CFZBZ=np.where(v["again"], "2", "1"), QD=np.array([c["mz"] for c in s.raw["channels"]])[v["channel"]],
        ZLF=visit["fee"][at] / 100, SJH=np.strings.add("G", v["number"].astype("U10")), YXH=0,
        ZDDM=diagnosis[said, 0], ZDMC=diagnosis[said, 1],
    )  # fmt: skip
    used = np.bincount(v["session"], minlength=len(clinic["day"]))
    known = clinic["day"] <= world.last_day + 7
    store.put(
        "YY_PBB", int(known.sum()), HBH=np.nonzero(known)[0] + 1, KSDM=department[clinic["department"], clinic["campus"]][known],
        YSDM=staff[clinic["doctor"]][known], CZRQ=moments.day8(clinic["day"][known]), SXW=clinic["half"][known].astype("U1"),
        KSSJ=moments.char16(clinic["begin"][known]), JSSJ=moments.char16(clinic["end"][known]), XHS=clinic["slots"][known],
        YGS=used[known], ZT="0",
    )  # fmt: skip


def _queue(world: World, defects: Defects, store: Sqlite, moments: Moments) -> None:
    visit = world.events["visit"]
    at = np.nonzero(visit["came"] & ~visit["refunded"] & (visit["arrive"] <= world.until))[0]
    v = {k: x[at] for k, x in visit.items()}
    number = 40_000_001 + world.after + np.arange(len(at))
    called = np.where(v["seen"], np.maximum(v["call"], v["arrive"]), NONE)
    arrive = np.where(v["checked"], v["arrive"], NONE)
    bad = defects.pick("time_order", "his_mz.MZ_FZJH", len(at), v["seen"] & v["checked"])
    arrive[bad] = v["start"][bad] + 600 + bad % 3000
    defects.note("time_order", "his_mz", "MZ_FZJH", number[bad], "BDSJ", "seen_before_checkin")
    lost = defects.pick("orphan", "his_mz.MZ_FZJH", len(at), defects.sound(len(at), bad))
    extra = 49_000_001 + np.arange(len(lost))
    defects.note("orphan", "his_mz", "MZ_FZJH", extra, "GHXH", "no_registration")
    both = np.concatenate((np.arange(len(at)), lost))
    store.put(
        "MZ_FZJH", len(both), XH=np.concatenate((number, extra)), GHXH=np.concatenate((v["number"], 99_000_001 + np.arange(len(lost)))),
        BDSJ=moments.iso(arrive)[both], JHSJ=moments.iso(called)[both],
        JZSJ=moments.iso(np.where(v["seen"], v["start"], NONE))[both],
        JSSJ=moments.iso(np.where(v["seen"] & (v["finish"] <= world.until), v["finish"], NONE))[both],
    )  # fmt: skip


def _receipts(world: World, people: Columns, store: Sqlite, moments: Moments, defects: Defects) -> tuple[Array, Array]:
    """Receipts 结算: one a visit with paid prescriptions, one red a refund; returns both kinds' numbers by prescription."""
    rx, line, visit, refund = (world.events[k] for k in ("prescription", "line", "visit", "refund"))
    total = np.bincount(line["prescription"], line["amount"], len(rx["number"])).astype(np.int64)
    rx["cents"] = total
    paid = np.nonzero(rx["paid"])[0]
    owner, first, inverse = np.unique(rx["visit"][paid], return_index=True, return_inverse=True)
    sums = np.bincount(inverse, total[paid], len(owner)).astype(np.int64)
    moment = np.concatenate((rx["paid_at"][paid[first]], refund["time"]))
    who = np.concatenate((owner, rx["visit"][refund["prescription"]]))
    amount = np.concatenate((sums, -total[refund["prescription"]]))
    order = np.lexsort((who, moment))
    day = moment[order] // DAY
    rank = np.arange(len(order)) - np.searchsorted(day, day)
    number = np.empty(len(order), dtype="U14")
    number[order] = np.strings.add(moments.day8(day), text_of.zfill((rank + 1 + world.after // 20).astype("U6"), 6))
    own = np.full(len(rx["number"]), "", dtype="U14")
    own[paid] = number[: len(owner)][inverse]
    red = number[len(owner) :]
    lately = world.until - 2 * DAY
    world.receipts = {int(p): str(own[p]) for p in paid[rx["paid_at"][paid] > lately]}
    world.red_receipts = {int(b): str(red[b]) for b in np.nonzero(refund["time"] > lately)[0]}
    state = np.full(len(order), "0")
    state[len(owner) :] = "2"
    touched = np.isin(number[: len(owner)], own[refund["prescription"]])
    state[: len(owner)][touched] = "1"
    original = np.concatenate((np.full(len(owner), "", dtype="U14"), own[refund["prescription"]]))
    insured = np.rint(amount * np.array(INSURED)[people["insurance"][visit["person"][who]]]).astype(np.int64)
    store.put(
        "SF_BRJSK", len(order), SJH=number[order], PATID=visit["card"][who][order], GHXH=visit["number"][who][order],
        ZJE=amount[order] / 100, ZFJE=(amount - insured)[order] / 100, YBJE=insured[order] / 100, SFRQ=moments.char16(moment[order]),
        JLZT=state[order], TSJH=original[order],
    )  # fmt: skip
    defects.note("red_entry", "his_mz", "SF_BRJSK", np.sort(red), "ZJE", "refund")
    return own, red


def _prescriptions(world: World, defects: Defects, store: Sqlite, moments: Moments, receipts: tuple[Array, Array]) -> None:
    s = world.structure
    rx, line, visit, refund = (world.events[k] for k in ("prescription", "line", "visit", "refund"))
    department, staff = codes(world)
    own, red = receipts
    back = refund["prescription"]
    count = len(rx["number"])
    head = np.concatenate((np.arange(count), back))
    is_red = np.arange(len(head)) >= count
    number = np.concatenate((rx["number"], 38_000_001 + np.arange(len(back))))
    state = np.full(len(head), "0")
    state[:count][np.isin(np.arange(count), back)] = "1"
    state[count:] = "2"
    v = rx["visit"][head]
    store.put(
        "MZ_CFK", len(head), XH=number, PATID=visit["card"][v], GHXH=visit["number"][v], KSDM=department[visit["department"], visit["campus"]][v],
        YSDM=staff[visit["doctor"]][v], LRRQ=moments.char16(np.concatenate((rx["issued"], refund["time"]))), CFLX=rx["kind"][head].astype("U1"),
        JLZT=state, JSBZ=np.where(rx["paid"][head], "1", "0"), SJH=np.concatenate((own, red)), YXH=np.where(is_red, rx["number"][head], 0),
    )  # fmt: skip
    red_of = np.full(count, NONE)
    red_of[back] = number[count:]
    again = np.nonzero(red_of[line["prescription"]] != NONE)[0]
    at = np.concatenate((np.arange(len(line["number"])), again))
    minus = np.arange(len(at)) >= len(line["number"])
    sign = np.where(minus, -1, 1)
    parent = np.where(minus, red_of[line["prescription"][at]], rx["number"][line["prescription"][at]])
    own_number = np.concatenate((line["number"], 68_000_001 + np.arange(len(again))))
    drug = np.array([d.mz for d in s.drugs] + [""])[line["drug"][at]]
    item = np.array([i.code for i in s.items] + [""])[line["item"][at]]
    name = np.where(line["drug"][at] >= 0, np.array([d.name for d in s.drugs] + [""])[line["drug"][at]], np.array([i.name for i in s.items] + [""])[line["item"][at]])
    gone = defects.pick("unmapped_code", "his_mz.MZ_CFMXK", len(at), line["drug"][at] >= 0)
    drug[gone] = np.strings.add("ZZ", text_of.zfill((gone % 37 + 900).astype("U6"), 6))
    defects.note("unmapped_code", "his_mz", "MZ_CFMXK", own_number[gone], "YPDM", "unknown_drug")
    campus = visit["campus"][rx["visit"][line["prescription"][at]]]
    where = np.where(line["drug"][at] >= 0, s.department("D9900"), np.array([i.exec_department for i in s.items] + [NONE])[line["item"][at]])
    outside = np.array([not set(d.at) - {"HQ"} for d in s.departments])
    own_department = visit["department"][rx["visit"][line["prescription"][at]]]
    where = np.where(where == NONE, own_department, where)
    campus = np.where(outside[where] & (where != own_department), 0, campus)
    lost = defects.pick("orphan", "his_mz.MZ_CFMXK", len(at), ~minus & defects.sound(len(at), gone))
    extra = 69_000_001 + np.arange(len(lost))
    defects.note("orphan", "his_mz", "MZ_CFMXK", extra, "CFXH", "no_prescription")
    x = np.concatenate((np.arange(len(at)), lost))
    store.put(
        "MZ_CFMXK", len(x), XH=np.concatenate((own_number, extra)), CFXH=np.concatenate((parent, 99_500_001 + np.arange(len(lost)))),
        YPDM=drug[x], XMDM=item[x], YPMC=name[x], YPGG=np.array([d.spec for d in s.drugs] + [""])[line["drug"][at]][x],
        YPSL=(line["quantity"][at] * sign)[x].astype(float), DWXS=line["pack"][at][x],
        YLSJ=np.rint(np.where(line["drug"][at] >= 0, np.array([d.price for d in s.drugs] + [0.0])[line["drug"][at]] * line["pack"][at], np.array([i.price for i in s.items] + [0.0])[line["item"][at]]) * 10_000)[x] / 10_000,
        ZJE=(line["amount"][at] * sign)[x] / 100, ZXKS=department[where, campus][x],
    )  # fmt: skip


def _bookings(world: World, store: Sqlite, moments: Moments) -> None:
    booking, visit = world.events["appointment"], world.events["visit"]
    department, staff = codes(world)
    at = booking["visit"]
    store.put(
        "YY_YYXX", len(at), YYXH=booking["number"], PATID=visit["card"][at], KSDM=department[visit["department"], visit["campus"]][at],
        YSDM=staff[visit["doctor"]][at], HBH=visit["session"][at] + 1, HYSJ=moments.char16(booking["slot"]), YYSJ=moments.char16(booking["booked_at"]),
        QD=np.array([c["mz"] for c in world.structure.raw["channels"]])[visit["channel"][at]], ZT=booking["state"].astype("U1"),
        QXSJ=moments.char16(booking["cancelled_at"]), CFZBZ=np.where(visit["again"][at], "2", "1"),
    )  # fmt: skip
