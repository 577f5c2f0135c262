"""lis 检验: samples, reports, results and critical values in the laboratory's own words and three ways to write a moment."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from yishu.demo import text as text_of
from yishu.demo.defects import Defects
from yishu.demo.structure import CONFIG
from yishu.demo.truth import Book
from yishu.demo.world import DAY, NONE, Array, Columns, World, to_day
from yishu.demo.write import Moments, Sqlite

MINUTE = 60
# what the analysers can tell apart: below and above it they print the limit with its sign
BELOW = {"CTNI": 0.01, "PCT": 0.02, "CRP": 0.5, "DD": 0.05, "TSH": 0.01}
ABOVE = {"CRP": 200.0, "PCT": 100.0, "CTNI": 50.0, "DD": 20.0}
# two instruments of the older line print conventional units: analyte → (factor from the standard unit, decimals)
CONVENTIONAL = {"GLU": (18.0, 0), "CREA": (1 / 88.4, 2)}
CRITICAL = 0.0105  # of the results of inpatients and emergency patients that can be critical at all


def write(world: World, people: Columns, defects: Defects, home: Path, moments: Moments) -> dict[str, int]:
    """Write lis.db; rows by table; enters 检验周转时间 and 危急值 into the truth."""
    store = Sqlite(home / "sources" / "lis.db", "lis")
    sample = _samples(world, people)
    _times(world, sample)
    _dictionaries(world, store)
    _write_samples(world, people, sample, defects, store, moments)
    _write_reports(world, sample, defects, store, moments)
    _write_results(world, people, sample, defects, store, moments)
    world.events["sample"] = sample
    store.close()
    return store.rows


def analytes() -> list[dict[str, str]]:
    with (CONFIG / "analytes.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _samples(world: World, people: Columns) -> Columns:
    """One sample a laboratory charge line of outpatients' requests, and one an inpatient test."""
    s = world.structure
    visit, rx, line, stay, charge = (world.events[k] for k in ("visit", "prescription", "line", "stay", "charge"))
    lab = np.array([i.category == "化验" for i in s.items] + [False])
    out = np.nonzero(lab[line["item"]] & rx["paid"][line["prescription"]])[0]
    head = line["prescription"][out]
    out, first = out[np.unique(head, return_index=True)[1]], np.unique(head)
    v = rx["visit"][first]
    inn = np.nonzero(lab[charge["item"]] & (charge["original"] == 0))[0]
    campus = np.array([w.campus for w in s.wards])
    made = {
        "item": np.concatenate((line["item"][out], charge["item"][inn])),
        "ordered": np.concatenate((rx["paid_at"][first], charge["time"][inn])),
        "person": np.concatenate((visit["person"][v], stay["person"][charge["stay"][inn]])),
        "patient": np.concatenate((visit["card"][v], stay["brid"][charge["stay"][inn]])),
        "visit": np.concatenate((visit["number"][v], stay["number"][charge["stay"][inn]])),
        "kind": np.concatenate((np.where(visit["urgent"][v], 1, 0), np.full(len(inn), 2))),
        "department": np.concatenate((visit["department"][v], charge["department"][inn])),
        "campus": np.concatenate((visit["campus"][v], campus[charge["ward"][inn]])),
        "ward": np.concatenate((np.full(len(v), NONE), charge["ward"][inn])),
        "request": np.concatenate((rx["number"][first], charge["number"][inn])),
    }
    order = np.lexsort((made["request"], made["ordered"]))
    return {k: x[order] for k, x in made.items()}


def silent_day(world: World) -> int:
    """The morning on which the laboratory fell silent 检验系统中断."""
    return world.last_day - 11


def _times(world: World, sample: Columns) -> None:
    rng = world.rng("laboratory")
    count = len(sample["item"])
    minutes = np.zeros(len(world.structure.items))
    for a in analytes():
        minutes[world.structure.item(a["item"]).index] = float(a["minutes"])
    collect = (sample["ordered"] + rng.integers(300, 2400, count)) // MINUTE * MINUTE
    received = collect + np.rint(4 + rng.gamma(2.0, 7, count)).astype(np.int64) * MINUTE
    turn = minutes[sample["item"]] * np.exp(0.28 * rng.standard_normal(count)) * np.where(sample["kind"] == 1, 0.6, 1.0)
    hour = received // 3600 % 24
    turn = turn * np.where((hour >= 8) & (hour < 11), 1.25, 1.0)
    published = received + np.maximum(np.rint(turn), 8).astype(np.int64) * MINUTE
    day = silent_day(world)
    silent = (received // DAY == day) & (hour >= 8) & (hour < 14)
    published = np.where(silent, np.maximum(published, day * DAY + 15 * 3600 + rng.integers(0, 120, count) * MINUTE), published)
    if silent.any() and day >= world.first_day:
        world.causes.append((str(to_day(day)), str(to_day(day)), "", "lab_tat_minutes", "检验系统 8:00–15:00 中断，报告集中延迟发布"))
    rejected = rng.random(count) < 0.004
    there = collect <= world.until
    sample.update(collect=collect, received=received, published=published, rejected=rejected)
    for k in list(sample):
        sample[k] = sample[k][there]
    sample["number"] = 8_000_000_001 + world.after + np.arange(int(there.sum()))
    sample["reported"] = ~sample["rejected"] & (sample["published"] <= world.until)


def _dictionaries(world: World, store: Sqlite) -> None:
    s = world.structure
    here = [(d, c) for d in s.departments for c, campus in enumerate(s.campuses) if campus.id in d.at and d.clinical]
    store.put(
        "lis_dept", len(here), dept_code=[d.lis(c) for d, c in here], dept_name=[d.name for d, _ in here],
        hosp_code=[s.campuses[c].code for _, c in here],
    )  # fmt: skip
    rows = analytes()
    store.put("lis_item", len(rows), item_code=[r["code"] for r in rows], item_name=[r["name"] for r in rows], std_unit=[r["unit"] for r in rows])


def three_ways(moments: Moments, seconds: Array, way: Array) -> Array:
    """`2025-03-01 08:12`, `2025/3/1 8:12` or epoch seconds 三种时间写法."""
    dash = text_of.part(moments.iso(seconds), 0, 16)
    days = np.arange(moments.first, 40_000).astype("datetime64[D]").astype("U10")
    slash = text_of.replace(text_of.replace(days, "-0", "/"), "-", "/")
    minute = np.arange(1440)
    short = np.strings.add(np.strings.add((minute // 60).astype("U2"), ":"), text_of.zfill((minute % 60).astype("U2"), 2))
    safe = np.maximum(seconds, 0)
    second = np.strings.add(np.strings.add(slash[safe // DAY - moments.first], " "), short[safe % DAY // 60])
    third = (safe - 8 * 3600).astype("U12")
    return np.where(seconds < 0, "", np.where(way < 6, dash, np.where(way < 9, second, third)))


def _age_words(world: World, people: Columns, person: Array, moment: Array) -> Array:
    days = moment // DAY - people["birth"][person]
    years, months = (days / 365.2425).astype(np.int64), (days / 30.44).astype(np.int64)
    words = np.strings.add(years.astype("U3"), "岁")
    words = np.where(years < 1, np.strings.add(months.astype("U3"), "月"), words)
    return np.where(days < 31, np.strings.add(np.maximum(days, 1).astype("U4"), "天"), words)


def _write_samples(world: World, people: Columns, sample: Columns, defects: Defects, store: Sqlite, moments: Moments) -> None:
    s = world.structure
    count = len(sample["number"])
    barcode = sample["barcode"] = sample["number"].astype("U10")
    codes = np.array([[d.lis(c) for c in range(3)] for d in s.departments]).astype("U8")
    department = codes[sample["department"], sample["campus"]]
    lost = defects.pick("unmapped_code", "lis.lis_sample", count)
    department[lost] = np.array(["LXBK", "TJZX", "ZYMZ", "LSBQ"])[lost % 4]
    defects.note("unmapped_code", "lis", "lis_sample", barcode[lost], "dept_code", "unknown_department")
    received = np.where(sample["received"] <= world.until, sample["received"], NONE)
    bad = defects.pick("time_order", "lis.lis_sample", count, (received != NONE) & ~sample["reported"] | (received != NONE))
    collect = sample["collect"].copy()
    collect[bad] = sample["received"][bad] + 1200 + bad % 50 * 60
    defects.note("time_order", "lis", "lis_sample", barcode[bad], "collect_time", "received_before_collected")
    specimen = np.array([""] * len(s.items), dtype="U4")
    for a in analytes():
        specimen[s.item(a["item"]).index] = a["specimen"]
    way = sample["number"] % 10
    inpatient = sample["kind"] == 2
    store.put(
        "lis_sample", count, barcode=barcode, req_no=np.strings.add(np.where(inpatient, "Z", "M"), sample["request"].astype("U10")),
        pat_no=sample["patient"].astype("U8"), pat_type=np.array(["O", "E", "I"])[sample["kind"]], vis_no=sample["visit"].astype("U10"),
        pat_name=people["name"][sample["person"]], sex=np.where(people["female"][sample["person"]], "F", "M"),
        age=_age_words(world, people, sample["person"], sample["collect"]), dept_code=department,
        ward=np.where(inpatient, np.array([str(w.code) for w in s.wards] + [""])[sample["ward"]], ""),
        hosp_code=np.array([c.code for c in s.campuses])[sample["campus"]], sample_type=specimen[sample["item"]],
        req_time=three_ways(moments, sample["ordered"] // 60 * 60, way), collect_time=three_ways(moments, collect, way),
        recv_time=three_ways(moments, received, way), recv_by=np.array(["检001", "检002", "检003", "检007"])[sample["number"] % 4],
        reject_flag=np.where(sample["rejected"], "Y", ""), reject_reason=np.where(sample["rejected"], np.array(["溶血", "凝块", "量不足"])[sample["number"] % 3], ""),
        entered_at=moments.iso(np.minimum(np.where(received == NONE, sample["collect"], sample["received"]) + 30, world.until)),
    )  # fmt: skip
    rng = world.rng("quality control")
    days = world.days
    controls = np.repeat(days, 2) * DAY + 7 * 3600 + rng.integers(0, 40, 2 * len(days)) * 60
    n = len(controls)
    name = np.strings.add("QC", (1 + np.arange(n)).astype("U7"))
    store.put(
        "lis_sample", n, barcode=name, req_no="", pat_no="", pat_type="", vis_no="", pat_name="质控", sex="U", age="", dept_code="JYK", ward="",
        hosp_code="1", sample_type="质控品", req_time="", collect_time=three_ways(moments, controls, np.zeros(n)),
        recv_time=three_ways(moments, controls + 300, np.zeros(n)), recv_by="检001", reject_flag="", reject_reason="", entered_at=moments.iso(controls + 400),
    )  # fmt: skip


def _write_reports(world: World, sample: Columns, defects: Defects, store: Sqlite, moments: Moments) -> None:
    s = world.structure
    at = np.nonzero(sample["reported"])[0]
    count = len(at)
    sample["report"] = np.full(len(sample["number"]), "", dtype="U12")
    sample["report"][at] = report = np.strings.add("R", sample["number"][at].astype("U10"))
    instrument = np.array([""] * len(s.items), dtype="U8")
    for a in analytes():
        instrument[s.item(a["item"]).index] = a["instrument"]
    received, published = sample["received"][at], sample["published"][at]
    way = sample["number"][at] % 10
    entered = np.minimum(published + 60, world.until)
    late = defects.pick("late_row", "lis.lis_report", count, published < world.until - 10 * DAY)
    entered[late] = published[late] + 3 * DAY + late % (5 * DAY)
    defects.note("late_row", "lis", "lis_report", report[late], "entered_at", "entered_late")
    again = np.nonzero((sample["number"][at] % 113 == 0) & (published + 5400 <= world.until))[0]
    x = np.concatenate((np.arange(count), again))
    second = np.arange(len(x)) >= count
    shift = np.where(second, 5400, 0)
    store.put(
        "lis_report", len(x), report_id=np.where(second, np.strings.add(report[x], "V2"), report[x]), barcode=sample["barcode"][at][x], instr=instrument[sample["item"][at]][x],
        test_time=three_ways(moments, ((received + (published - received) * 2 // 5) // 60 * 60)[x] + shift, way[x]),
        audit_time=three_ways(moments, np.maximum(published - 180, received)[x] + shift, way[x]),
        pub_time=three_ways(moments, published[x] + shift, way[x]), version=1 + second.astype(np.int64),
        state=np.where(np.isin(x, again) & ~second, "已修订", "已发布"), entered_at=moments.iso(np.minimum(np.where(second, published[x] + shift + 60, entered[x]), world.until)),
    )  # fmt: skip
    world.events["report"] = {"sample": at[x], "report": np.where(second, np.strings.add(report[x], "V2"), report[x]), "published": published[x] + shift, "second": second}
    minutes = (published - received) // 60
    day, department = published // DAY, sample["department"][at]

    def enter(book: Book) -> None:
        book.put("lab_tat_minutes", book.middle(day, department, minutes))
        took = sample["received"] <= world.until
        in_day, whose = sample["received"][took] // DAY, sample["department"][took]
        sound = ~sample["rejected"][took]
        book.put("lab_samples", book.sums(in_day[sound], whose[sound]))
        drawn = sample["collect"] // DAY
        book.put("specimen_rejection_rate", book.sums(drawn, sample["department"], sample["rejected"].astype(np.int64)), book.sums(drawn, sample["department"]))
        amended = np.isin(np.arange(count), again).astype(np.int64)
        book.put("report_amend_rate", book.sums(day, department, amended), book.sums(day, department))

    world.truths.append(enter)


def _again(report: Columns, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The results of revised reports once more, under the number of the revision: report numbers and rows, one an entry."""
    second = np.nonzero(report["second"])[0]
    first, last = np.searchsorted(owner, report["sample"][second]), np.searchsorted(owner, report["sample"][second], side="right")
    rows = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)] or [np.zeros(0, dtype=np.int64)])
    return np.repeat(report["report"][second], last - first), rows.astype(np.int64)


def _write_results(world: World, people: Columns, sample: Columns, defects: Defects, store: Sqlite, moments: Moments) -> None:
    rng = world.rng("results")
    rows = analytes()
    parts = []
    male = ~people["female"][sample["person"]]
    for n, a in enumerate(rows):
        at = np.nonzero(sample["reported"] & (sample["item"] == world.structure.item(a["item"]).index))[0]
        mean = np.where(male[at], float(a["male_mean"] or a["mean"]), float(a["mean"]))
        value = mean + float(a["sd"]) * rng.standard_normal(len(at))
        value = np.maximum(value, float(a["low"] or 0) * 0.45 + 10.0 ** -int(a["places"]))
        parts.append((at, np.full(len(at), n), value))
    at, which, value = (np.concatenate([p[i] for p in parts]) for i in range(3))
    order = np.lexsort((which, at))
    at, which, value = at[order], which[order], value[order]
    count = len(at)
    numeric = np.array([float(r["sd"]) > 0 for r in rows])[which]
    sexed = np.where(male[at], 1, 0)
    low = np.array([[float(r["low"] or 0), float(r["male_low"] or r["low"] or 0)] for r in rows])[which, sexed]
    high = np.array([[float(r["high"] or 0), float(r["male_high"] or r["high"] or 0)] for r in rows])[which, sexed]
    places = np.array([int(r["places"]) for r in rows])[which]
    critical = (rng.random(count) < CRITICAL) & np.array([bool(r["critical"]) for r in rows])[which] & (sample["kind"][at] > 0)
    value = np.where(critical, _alarming(rows, which, rng.random(count), rng.random(count)), value)
    text = np.empty(count, dtype="U12")
    for p in range(4):
        pick = places == p
        scaled = np.rint(value[pick] * 10**p).astype(np.int64)
        whole = (scaled // 10**p).astype("U8")
        text[pick] = whole if p == 0 else np.strings.add(np.strings.add(whole, "."), text_of.zfill((scaled % 10**p).astype("U4"), p))
    text = np.where(numeric, text, np.where(rng.random(count) < 0.86, "阴性", "阳性(+)"))
    flag = np.where(~numeric, "", np.where(value > high, "↑", np.where(value < low, "↓", "")))
    analyte = np.array([r["code"] for r in rows])[which]
    for limits, sign, beyond in ((BELOW, "<", np.less), (ABOVE, ">", np.greater)):
        for name, limit in limits.items():
            text[(analyte == name) & beyond(value, limit)] = f"{sign}{limit:g}"
    text[(analyte == "CULT") & (text == "阴性") & (rng.random(count) < 0.4)] = "未检出"
    unit = np.array([r["unit"] for r in rows])[which].astype("U12")
    styles = rng.integers(0, 20, count)
    unit = np.where((unit == "×10^9/L") & (styles == 0), "10*9/L", np.where((unit == "×10^9/L") & (styles == 1), "10E9/L", np.where((unit == "mmol/L") & (styles == 2), "mmol/l", unit)))
    dash = np.where(styles == 3, "～", "-")
    ranges = [[_range(r, ""), _range(r, "male_")] for r in rows]
    reference = np.array(ranges)[which, sexed].astype("U16")
    reference = np.where(dash == "-", text_of.replace(reference, "#", "-"), text_of.replace(reference, "#", "～"))
    for name, (factor, decimals) in CONVENTIONAL.items():
        for i in np.nonzero((analyte == name) & (styles == 4) & (rng.random(count) < 0.4))[0].tolist():
            said = [f"{float(x[i]) * factor:.{decimals}f}" for x in (value, low, high)]
            text[i], unit[i], reference[i] = said[0], "mg/dL", f"{said[1]}-{said[2]}"
    unit[(styles == 5) & (rng.random(count) < 0.2)] = ""
    code = analyte.astype("U8")
    name = np.array([r["name"] for r in rows])[which]
    report = sample["report"][at]
    lost = defects.pick("unmapped_code", "lis.lis_result", count)
    code[lost] = np.strings.add("N", (9001 + which[lost]).astype("U5"))
    key = np.strings.add(np.strings.add(report, "|"), code)
    defects.note("unmapped_code", "lis", "lis_result", key[lost], "item_code", "unknown_item")
    odd = defects.pick("value_format", "lis.lis_result", count, numeric & defects.sound(count, lost))
    wide = str.maketrans("0123456789.", "０１２３４５６７８９．")
    for i in odd.tolist():
        t = str(text[i])
        arrow = {"↑": "↑", "↓": "↓"}.get(str(flag[i]), "")
        text[i] = t + arrow if i % 3 == 1 and arrow else ("见备注" if i % 3 == 2 else t.translate(wide))
    defects.note("value_format", "lis", "lis_result", key[odd], "result", "format")
    orphan = defects.pick("orphan", "lis.lis_result", count, defects.sound(count, lost, odd))
    x = np.concatenate((np.arange(count), orphan))
    phantom = np.strings.add("RX", (1 + np.arange(len(orphan))).astype("U9"))
    defects.note("orphan", "lis", "lis_result", np.strings.add(np.strings.add(phantom, "|"), code[orphan]), "report_id", "no_report")
    revised, anew = _again(world.events["report"], at)
    for family, rows_, column, kind in (("unmapped_code", lost, "item_code", "unknown_item"), ("value_format", odd, "result", "format")):
        here = np.isin(anew, rows_)
        defects.note(family, "lis", "lis_result", np.strings.add(np.strings.add(revised[here], "|"), code[anew[here]]), column, kind)
    x = np.concatenate((x, anew))
    store.put(
        "lis_result", len(x), report_id=np.concatenate((report, phantom, revised)), item_code=code[x], item_name=name[x], result=text[x],
        unit=unit[x], ref_range=reference[x], flag=flag[x],
    )  # fmt: skip
    lately = np.nonzero(sample["published"][at] > world.until - 3 * DAY)[0]
    world.events["result"] = {"sample": at[lately], "code": code[lately], "name": name[lately], "text": text[lately], "unit": unit[lately], "reference": reference[lately], "flag": flag[lately]}
    _criticals(world, sample, at[critical], code[critical], store, moments)


def _range(row: dict[str, str], sex: str) -> str:
    """The reference range 参考区间 with `#` where the dash goes; `<10` where only a high value means anything."""
    low, high = (row[f"{sex}{end}"] or row[end] if sex else row[end] for end in ("low", "high"))
    return "阴性" if not high else f"<{high}" if float(low or 0) == 0 else f"{low}#{high}"


def _alarming(rows: list[dict[str, str]], which: Array, side: Array, how: Array) -> Array:
    """Critical values 危急值 a living patient may have: within the low or the high range of the analyte."""
    spans = [[tuple(float(x) for x in span.split("..")) for span in r["critical"].split()] or [(0.0, 0.0)] for r in rows]
    first, last = np.array([s[0] for s in spans])[which], np.array([s[-1] for s in spans])[which]
    span = np.where((side < 0.5)[:, None], first, last)
    return np.asarray(span[:, 0] + how * (span[:, 1] - span[:, 0]))


def _criticals(world: World, sample: Columns, at: Array, code: Array, store: Sqlite, moments: Moments) -> None:
    rng = world.rng("critical values")
    count = len(at)
    found = sample["published"][at] - 240
    notify = found + rng.integers(1, 7, count) * 60
    confirm = notify + rng.integers(1, 6, count) * 60
    handle = notify + np.rint(3 + rng.gamma(2.2, 5.2, count)).astype(np.int64) * 60
    slow = rng.random(count) < 0.035
    handle = np.where(slow, notify + rng.integers(33, 120, count) * 60, handle)
    handle = np.where(rng.random(count) < 0.015, 2**40, handle)
    notify = np.where(notify <= world.until, notify, NONE)
    confirm = np.where(confirm <= world.until, confirm, NONE)
    handle = np.where(handle <= world.until, handle, NONE)
    way = sample["number"][at] % 10
    people = world.structure
    own = np.array([(people.doctors_of(d.index) or people.staff)[0].name for d in people.departments])
    store.put(
        "lis_critical", count, report_id=sample["report"][at], item_code=code, found_time=three_ways(moments, found, way),
        notify_time=three_ways(moments, notify, way), notify_to=own[sample["department"][at]], confirm_time=three_ways(moments, confirm, way),
        handle_time=three_ways(moments, handle, way), remark="", entered_at=moments.iso(np.minimum(found + 60, world.until)),
    )  # fmt: skip
    due = (handle != NONE) | ((notify != NONE) & (notify <= world.until - 1800))
    timely = (handle != NONE) & (handle - notify <= 1800)
    day, department = found // DAY, sample["department"][at]

    def enter(book: Book) -> None:
        book.put("critical_value_timely_rate", book.sums(day[due], department[due], timely[due].astype(np.int64)), book.sums(day[due], department[due]))

    world.truths.append(enter)
