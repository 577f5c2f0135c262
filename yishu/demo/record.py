"""emr_ba 电子病历与病案首页: documents, DRG groups and the front page workbook, a few days after leaving."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from yishu.demo import text as text_of
from yishu.demo.defects import Defects
from yishu.demo.pathway import pathways
from yishu.demo.population import age_on
from yishu.demo.schema import TABLES
from yishu.demo.truth import Book
from yishu.demo.world import DAY, NONE, Array, Columns, World
from yishu.demo.write import Moments, Sqlite, write_xlsx

FEE_COLUMN = {
    "床位": "YLFUF", "诊察": "YLFUF", "挂号": "YLFUF", "治疗": "ZLCZF", "护理": "HLF", "化验": "SYSZDF", "检查": "YXXZDF", "手术": "SSZLF",
    "卫生材料": "YYCLF", "西药": "XYF", "中成药": "ZCYF", "中药饮片": "ZCYF1", "药事服务": "QTF", "其他": "QTF",
}  # fmt: skip
SECOND = (("I10.x00x002", "高血压病"), ("E11.900", "2型糖尿病"), ("E78.500", "高脂血症"), ("J98.414", "肺部感染"), ("D64.900", "贫血"), ("E87.600", "低钾血症"),
    # another edition's spelling of the first, and a dagger-asterisk pair 星剑号
    ("I10.x00", "特发性(原发性)高血压"), ("E11.200x021+N08.3*", "2型糖尿病性肾病"))


def write(world: World, people: Columns, defects: Defects, home: Path, moments: Moments) -> dict[str, int]:
    """Write emr_ba.db and EMR_BASY.xlsx; rows by table; enters the front-page metrics into the truth."""
    _pages(world)
    store = Sqlite(home / "sources" / "emr_ba.db", "emr_ba")
    _documents(world, people, defects, store, moments)
    _drg(world, people, store, moments)
    store.close()
    rows = _front_pages(world, people, defects, home, moments)
    _truths(world)
    return {**store.rows, **rows}


def _pages(world: World) -> None:
    """When a page is archived 归档, whether it plans a return, and what was operated."""
    stay, surgery = world.events["stay"], world.events["surgery"]
    rng = world.rng("front pages")
    count = len(stay["number"])
    archived = stay["end"] + (DAY * (1 + 5.6 * rng.random(count) ** 1.3)).astype(np.int64)
    archived = archived // DAY * DAY + 9 * 3600 + rng.integers(0, 8 * 3600, count)
    stay["archived"] = np.where(stay["ended"] & (archived <= world.until), archived, NONE)
    order = np.lexsort((stay["begin"], stay["person"]))
    following = np.full(count, NONE)
    same = stay["person"][order[1:]] == stay["person"][order[:-1]]
    following[order[:-1][same]] = order[1:][same]
    gap = np.where(following == NONE, 10**6, stay["begin"][following] // DAY - stay["end"] // DAY)
    cycles = np.array([p.cycles for p in pathways()])
    stay["planned"] = ((gap <= 31) & (following != NONE) & cycles[stay["story"][following]]) | (rng.random(count) < 0.012) | (
        cycles[stay["story"]] & (rng.random(count) < 0.9)
    )
    stay["returns"] = (following != NONE) & (gap >= 0) & (gap <= 31) & ~stay["planned"]
    operated = np.full(count, NONE)
    done = np.nonzero(surgery["state"] == 3)[0]
    operated[surgery["stay"][done]] = done
    stay["operated"] = operated


def _documents(world: World, people: Columns, defects: Defects, store: Sqlite, moments: Moments) -> None:
    s = world.structure
    stay = world.events["stay"]
    stories = pathways()
    admit = stay["begin"] + 3600 + stay["number"] % 9000
    left = np.nonzero(stay["ended"])[0]
    notes = [(np.nonzero(admit <= world.until)[0], "入院记录", admit), (left, "出院记录", stay["end"] - 2400)]
    who = np.concatenate([n[0] for n in notes])
    kind = np.concatenate([np.full(len(n[0]), n[1]) for n in notes])
    made = np.concatenate([n[2][n[0]] for n in notes])
    order = np.lexsort((who, made))
    who, kind, made = who[order], kind[order], made[order]
    count = len(who)
    admitted = np.array([f"<doc><p>入院情况：{p.story.split('，')[0]}。</p><p>初步诊断：{p.name}</p></doc>" for p in stories])
    closing = np.array([f"<doc><p>入院诊断：{p.name}</p><p>诊疗经过：{p.story}。</p><p>出院诊断：{p.name}</p></doc>" for p in stories])
    content = np.where(kind == "入院记录", admitted[stay["story"][who]], closing[stay["story"][who]])
    sign = made + 1800 + np.arange(count) % 30000
    sign = np.where(sign <= world.until, sign, NONE)
    number = 1 + np.arange(count)
    bad = defects.pick("time_order", "emr_ba.EMR_DOC", count, sign != NONE)
    sign[bad] = made[bad] - 3600 - bad % 4000
    defects.note("time_order", "emr_ba", "EMR_DOC", number[bad], "SIGN_TIME", "signed_before_written")
    lost = defects.pick("orphan", "emr_ba.EMR_DOC", count, defects.sound(count, bad))
    extra = 9_000_001 + np.arange(len(lost))
    defects.note("orphan", "emr_ba", "EMR_DOC", extra, "ZYH", "no_stay")
    x = np.concatenate((np.arange(count), lost))
    store.put(
        "EMR_DOC", len(x), DOC_ID=np.concatenate((number, extra)), ZYH=np.concatenate((stay["number"][who], 97_000_001 + np.arange(len(lost)))),
        DOC_TYPE=kind[x], TITLE=kind[x], CONTENT=content[x], CREATE_TIME=moments.iso(made)[x], SIGN_TIME=moments.iso(sign)[x],
        SIGN_CA=np.where(sign[x] == NONE, "", np.array([p.hr for p in s.staff])[stay["doctor"][who]][x]), STATUS=np.where(sign[x] == NONE, "书写", "已签名"),
    )  # fmt: skip
    written = np.nonzero((kind == "出院记录") & (made > world.until - 3 * DAY))[0]
    world.events["discharge_record"] = {"number": number[written], "stay": who[written], "made": made[written]}
    checked = np.nonzero((number % 9 == 0) & (kind == "出院记录") & (made + DAY <= world.until))[0]
    store.put(
        "EMR_QC", len(checked), DOC_ID=number[checked], RULE=np.array(["书写时限", "诊断依据", "签名完整"])[checked % 3],
        SCORE=(100 - checked % 7).astype(float), QC_TIME=moments.iso(made[checked] + DAY), FIX_TIME="",
    )  # fmt: skip


def _drg(world: World, people: Columns, store: Sqlite, moments: Moments) -> None:
    """Groups 分组: an hour after the page is archived."""
    s = world.structure
    stay = world.events["stay"]
    rng = world.rng("drg")
    count = len(stay["number"])
    u = rng.random(count)
    grouped_at = np.where((stay["archived"] != NONE) & (stay["archived"] + 3600 <= world.until), stay["archived"] + 3600, NONE)
    state = np.where(u < 0.985, 0, np.where(u < 0.995, 1, 2))
    stories = pathways()
    surgical = np.array([p.surgery is not None for p in stories])[stay["story"]]
    plain = surgical & (stay["operated"] == NONE)
    weight = np.array([p.drg_weight for p in stories])[stay["story"]] * np.where(plain, 0.52, 1.0)
    group = np.array([p.group for p in stories])[stay["story"]]
    medical = np.array([p.group[0] + "Z" + p.group[2:] for p in stories])[stay["story"]]
    group = np.where(state == 0, np.where(plain, medical, group), np.where(state == 1, np.strings.add(text_of.part(group, 0, 1), "QY"), "0000"))
    units = np.rint(weight * 10_000).astype(np.int64)
    stay.update(drg_at=grouped_at, drg_state=state, drg_units=np.where(state == 0, units, 0))
    at = np.nonzero(grouped_at != NONE)[0]
    at = at[np.lexsort((at, grouped_at[at]))]
    campus = np.array([w.campus for w in s.wards])
    store.put(
        "EMR_DRG", len(at), BAH=text_of.zfill(stay["brid"][at].astype("U10"), 10), ZYCS=stay["times"][at], ZYH=stay["number"][at],
        CYSJ=moments.iso(stay["end"][at]), CYKB=np.array([d.hqms() for d in s.departments])[stay["department"][at]],
        CYBF=np.array([w.name for w in s.wards])[stay["ward"][at]], ZZYSGH=np.array([p.hr for p in s.staff])[stay["doctor"][at]],
        YQ=np.array([c.code for c in s.campuses])[campus[stay["ward"][at]]],
        YLFKFS=np.array([i["basy"] for i in s.raw["insurance"]])[people["insurance"][stay["person"][at]]], JBDM=np.array([p.icd for p in stories])[stay["story"][at]],
        GROUPER="CHS-DRG", VERSION="1.1", STATUS=np.array(["入组", "QY", "0000"])[state[at]],
        MDC=np.where(state[at] == 2, "", np.array([p.mdc for p in stories])[stay["story"][at]]), ADRG=text_of.part(group[at], 0, 3), DRG=group[at],
        RW=stay["drg_units"][at] / 10_000, RISK=np.array([p.risk for p in stories])[stay["story"][at]], FZSJ=moments.iso(grouped_at[at]),
    )  # fmt: skip


def _money(cents: Array, grouped: Array) -> Array:
    """`1234.50`, or `1,234.50` as some clerks' sheets have it; `-` for nothing."""
    whole, part = np.abs(cents) // 100, text_of.zfill((np.abs(cents) % 100).astype("U2"), 2)
    plain = whole.astype("U9")
    high = np.strings.add(np.strings.add((whole // 1000).astype("U6"), ","), text_of.zfill((whole % 1000).astype("U3"), 3))
    text = np.strings.add(np.strings.add(np.where(grouped & (whole >= 1000) & (whole < 1_000_000), high, plain), "."), part)
    text = np.where(cents < 0, np.strings.add("-", text), text)
    return np.where(cents == 0, "-", text)


def _front_pages(world: World, people: Columns, defects: Defects, home: Path, moments: Moments) -> dict[str, int]:
    s = world.structure
    stay, surgery, charge = world.events["stay"], world.events["surgery"], world.events["charge"]
    at = np.nonzero(stay["archived"] != NONE)[0]
    at = at[np.lexsort((at, stay["archived"][at]))]
    count = len(at)
    v = {k: x[at] for k, x in stay.items()}
    who = v["person"]
    stories = pathways()
    rng = world.rng("front page words")
    names = [c[0] for c in s.raw["fin_categories"]]
    of_item = np.array([names.index(i.category) for i in s.items] + [-1])
    of_drug = np.array([names.index(d.kind) for d in s.drugs] + [-1])
    category = np.where(charge["drug"] >= 0, of_drug[charge["drug"]], of_item[charge["item"]])
    matrix = np.bincount(charge["stay"] * len(names) + category, charge["cents"], len(stay["number"]) * len(names)).astype(np.int64).reshape(-1, len(names))[at]
    fees: dict[str, Array] = {}
    for n, name in enumerate(names):
        column = FEE_COLUMN[name]
        fees[column] = fees.get(column, np.zeros(count, dtype=np.int64)) + matrix[:, n]
    wrong = defects.pick("value_format", "emr_basy.EMR_BASY.fees", count)
    fees["SYSZDF"] = fees["SYSZDF"].copy()
    fees["SYSZDF"][wrong] += 12_300 + wrong % 900 * 10
    anti = np.array([bool(d.anti_level) for d in s.drugs] + [False])[charge["drug"]] & (charge["drug"] >= 0)
    fees["KJYWF"] = np.bincount(charge["stay"][anti], charge["cents"][anti], len(stay["number"])).astype(np.int64)[at]
    bah, times = text_of.zfill(v["brid"].astype("U10"), 10), v["times"].astype("U3")
    key = np.strings.add(np.strings.add(bah, "|"), times)
    number = v["number"].astype("U10")
    lost = defects.pick("orphan", "emr_basy.EMR_BASY", count)
    number[lost] = ""
    o = v["operated"]
    has = o != NONE
    level = np.where(has, surgery["level"][o].astype("U1"), "")
    blank = defects.pick("value_format", "emr_basy.EMR_BASY.level", count, has)
    level[blank] = ""
    for family, rows, column, kind in (
        ("value_format", wrong, "ZFY", "sum_of_fees"), ("orphan", lost, "ZYH", "no_stay_number"), ("value_format", blank, "SSJB1", "blank_level"),
    ):  # fmt: skip
        defects.note(family, "emr_basy", "EMR_BASY", key[rows], column, kind)
    begin_days, end_days = v["begin"] // DAY, v["end"] // DAY
    length = np.maximum(end_days - begin_days, 1)
    style = rng.integers(0, 3, count)
    age_days = begin_days - people["birth"][who]
    age = age_on(people["birth"][who], begin_days)
    months, rest = age_days // 30, age_days % 30
    infant = np.strings.add(np.strings.add(np.minimum(months, 11).astype("U3"), " "), np.strings.add(rest.astype("U2"), "/30"))
    campus = np.array([w.campus for w in s.wards])
    department, ward = np.array([d.hqms() for d in s.departments]), np.array([w.name for w in s.wards])
    icd, diagnosis = np.array([p.icd for p in stories])[v["story"]], np.array([p.name for p in stories])[v["story"]]
    doctors = np.array([p.name for p in s.staff])
    other = rng.random((2, count)) < np.array([[0.55], [0.25]])
    second = np.array(SECOND)[rng.integers(0, len(SECOND), (2, count))]
    adult = age >= 30
    code = np.array([p.surgery.code if p.surgery else "" for p in stories])[v["story"]]
    operation = np.array([p.surgery.name if p.surgery else "" for p in stories])[v["story"]]
    grouped = rng.random(count) < 0.3
    void = np.full(count, "")
    columns: dict[str, Array] = {
        "BAH": bah, "ZYCS": times, "ZYH": number, "USERNAME": np.full(count, "医枢示范医院"), "YQ": np.array([c.code for c in s.campuses])[campus[v["ward"]]],
        "YLFKFS": np.array([i["basy"] for i in s.raw["insurance"]])[people["insurance"][who]], "XM": people["name"][who], "XB": np.where(people["female"][who], "2", "1"),
        "CSRQ": _day_words(moments, people["birth"][who], style), "NL": np.where(age >= 1, age.astype("U3"), ""), "BZYZSNL": np.where(age >= 1, "", infant),
        "HY": np.where(age < 22, "1", np.where(age > 70, np.where(rng.random(count) < 0.25, "3", "2"), "2")), "SFZH": np.where(people["idcard"][who] == "", "-", people["idcard"][who]),
        "XZZ": people["address"][who], "DH": people["phone"][who], "RYTJ": v["route"].astype("U1"), "RYSJ": _moment_words(moments, v["begin"], style),
        "RYKB": department[v["in_department"]], "RYBF": ward[v["in_ward"]], "CYSJ": _moment_words(moments, v["end"], style), "CYKB": department[v["department"]],
        "CYBF": ward[v["ward"]], "SJZYTS": length.astype("U4"), "JBBM": icd, "MZZD": diagnosis, "JBDM": icd, "ZYZD": diagnosis, "RYBQ": np.full(count, "1"),
        "SSJCZBM1": np.where(has, code, ""), "SSJCZMC1": np.where(has, operation, ""), "SSJCZRQ1": np.where(has, moments.iso(surgery["start"][o]), ""), "SSJB1": level,
        "SZ1": np.where(has, doctors[surgery["surgeon"][o]], ""), "QKDJ1": np.where(has, "1", ""), "MZFS1": np.where(has, "01", ""),
        "YWGM": np.where(rng.random(count) < 0.08, "2", "1"), "XX": np.array(["1", "2", "3", "4"])[rng.choice(4, count, p=(0.28, 0.28, 0.35, 0.09))],
        "RH": np.where(rng.random(count) < 0.004, "1", "2"), "ZZYS": doctors[v["doctor"]], "ZZYSGH": np.array([p.hr for p in s.staff])[v["doctor"]],
        "BAZL": np.where(rng.random(count) < 0.93, "1", "2"), "SFZZYJH": np.where(v["planned"], "2", "1"), "MD": np.where(v["planned"], "化疗或分期治疗", "-"),
        "LYFS": v["leave"].astype("U1"), "ZFY": _money(v["cost"], grouped), "ZFJE": _money(v["cost"] * 4 // 10, grouped), "FSSZLXMF": np.full(count, "-"), "KFF": np.full(count, "-"),
        "GDSJ": moments.iso(v["archived"]),
    }  # fmt: skip
    for n in (0, 1):
        there = other[n] & adult & (n == 0 or other[0])
        columns |= {f"JBDM{n + 1}": np.where(there, second[n, :, 0], "-"), f"QTZD{n + 1}": np.where(there, second[n, :, 1], "-"), f"RYBQ{n + 1}": np.where(there, np.where(second[n, :, 0] == "J98.414", "4", "1"), "")}
    odd = people["female"][who] & adult & (rng.random(count) < 0.002)  # a diagnosis her sex cannot have 性别与诊断矛盾
    columns["JBDM1"], columns["QTZD1"] = np.where(odd, "N40.x00", columns["JBDM1"]), np.where(odd, "前列腺增生", columns["QTZD1"])
    for name, cents in fees.items():
        columns[name] = _money(cents, grouped)
    names_in_order = TABLES["emr_basy", "EMR_BASY"].names
    return write_xlsx(home / "sources" / "emr_ba" / "EMR_BASY.xlsx", {"EMR_BASY": (names_in_order, [columns.get(n, void) for n in names_in_order])})


def _day_words(moments: Moments, days: Array, style: Array) -> Array:
    return np.where(style == 0, moments.day8(days), moments.day10(days))


def _moment_words(moments: Moments, seconds: Array, style: Array) -> Array:
    """`2025-03-01 08:00:00` or `2025-3-1 8:00` 两种写法."""
    long = moments.iso(seconds)
    days = np.arange(moments.first, 40_000).astype("datetime64[D]").astype("U10")
    short_days = text_of.replace(days, "-0", "-")
    minute = np.arange(1440)
    clock = np.strings.add(np.strings.add((minute // 60).astype("U2"), ":"), text_of.zfill((minute % 60).astype("U2"), 2))
    short = np.strings.add(np.strings.add(short_days[seconds // DAY - moments.first], " "), clock[seconds % DAY // 60])
    return np.where(style == 2, short, long)


def _truths(world: World) -> None:
    stay, surgery = world.events["stay"], world.events["surgery"]
    page = stay["archived"] != NONE
    day, where = stay["end"] // DAY, stay["department"]
    dead = stay["leave"] == 5
    level = np.where(stay["operated"] != NONE, surgery["level"][stay["operated"]], 0)
    index = stay["ended"] & ~(page & dead)
    grouped = (stay["drg_at"] != NONE) & (stay["drg_state"] == 0)
    done = surgery["state"] == 3

    def enter(book: Book) -> None:
        count = book.sums(day[page], where[page])
        book.put("avg_inpatient_cost", book.sums(day[page], where[page], stay["cost"][page]), count, scale=100)
        beds = np.maximum(day[page] - stay["begin"][page] // DAY, 1)
        book.put("discharged_bed_days", book.sums(day[page], where[page], beds))
        book.put("avg_bed_day_cost", book.sums(day[page], where[page], stay["cost"][page]), book.sums(day[page], where[page], beds), scale=100)
        book.put("against_advice_discharge_rate", book.sums(day[page], where[page], (stay["leave"][page] == 4).astype(np.int64)), count)
        opened = page & (stay["operated"] != NONE)
        book.put("surgical_mortality_rate", book.sums(day[opened], where[opened], dead[opened].astype(np.int64)), book.sums(day[opened], where[opened]))
        book.put("mortality_rate", book.sums(day[page], where[page], dead[page].astype(np.int64)), count)
        cut = page & (level > 0)
        book.put("grade4_surgery_ratio", book.sums(day[cut], where[cut], (level[cut] == 4).astype(np.int64)), book.sums(day[cut], where[cut]))
        back = page & ~dead & stay["returns"]
        book.put("readmission_rate_31d", book.sums(day[index], where[index], back[index].astype(np.int64)), book.sums(day[index], where[index]))
        book.put("cmi", book.sums(day[grouped], where[grouped], stay["drg_units"][grouped]), book.sums(day[grouped], where[grouped]), scale=10_000)
        book.put("drg_total_weight", book.sums(day[grouped], where[grouped], stay["drg_units"][grouped]).over(10_000))
        tried = stay["drg_at"] != NONE
        for metric, state in (("drg_grouping_rate", 0), ("drg_qy_rate", 1)):
            book.put(metric, book.sums(day[tried], where[tried], (stay["drg_state"][tried] == state).astype(np.int64)), book.sums(day[tried], where[tried]))
        book.put("drg_rw2_share", book.sums(day[grouped], where[grouped], (stay["drg_units"][grouped] >= 20_000).astype(np.int64)), book.sums(day[grouped], where[grouped]))
        on, by = surgery["start"][done] // DAY, surgery["surgeon_department"][done]
        all_done = book.sums(on, by)
        book.put("level34_surgery_share", book.sums(on, by, (surgery["level"][done] >= 3).astype(np.int64)), all_done)
        four = surgery["level"][done] == 4
        book.put("grade4_surgeries", book.sums(on[four], by[four]))
        book.put("emergency_surgery_share", book.sums(on, by, (surgery["urgency"][done] == 2).astype(np.int64)), all_done)
        book.put("surgeries", book.sums(surgery["start"][done] // DAY, surgery["surgeon_department"][done]))

    world.truths.append(enter)
