"""ris_pacs 影像检查: requests, studies and reports, departments and doctors by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from yishu.demo import text as text_of
from yishu.demo.defects import Defects
from yishu.demo.truth import Book
from yishu.demo.world import DAY, NONE, Array, Columns, World
from yishu.demo.write import Moments, Sqlite

MODALITY = {"CT": "CT", "MRI": "MR", "超声": "US", "X线": "DX", "内镜": "ES"}
DEVICE = {"CT": "CT01", "MR": "MR01", "US": "US03", "DX": "DR02", "ES": "ENDO1"}
DRIFT = 420    # seconds
TWICE = 0.02   # of the CT and MRI requests
# item → what a report says when nothing is found, and when something is
LINES = {
    "胸部CT平扫": ("两肺未见明显活动性病变", "右肺下叶斑片状密度增高影，考虑炎症"), "头颅CT平扫": ("颅内未见明显出血及占位", "左侧基底节区低密度灶，考虑腔隙性梗死"),
    "腹部增强CT": ("肝胆胰脾未见明显异常", "肝右叶低强化结节，建议进一步检查"), "头颅MRI平扫": ("颅脑未见明显异常信号", "双侧额叶散在缺血灶"),
    "膝关节MRI平扫": ("膝关节未见明显异常", "内侧半月板后角Ⅱ度损伤，关节腔积液"), "腹部彩超": ("肝胆胰脾双肾未见明显异常", "胆囊多发强回声伴声影，考虑胆囊结石"),
    "心脏彩超": ("心内结构未见明显异常，左室收缩功能正常", "左室舒张功能减低，二尖瓣少量反流"), "产科彩超": ("宫内单活胎，生长与孕周相符", "宫内单活胎，羊水指数偏低"),
    "甲状腺彩超": ("甲状腺未见明显异常", "甲状腺右叶结节，TI-RADS 3类"), "胸部正侧位片": ("心肺膈未见明显异常", "右下肺纹理增多模糊，考虑感染"),
    "四肢关节正侧位片": ("未见明显骨折脱位征象", "骨质连续性中断，断端略错位"), "无痛胃镜": ("慢性浅表性胃炎", "胃窦隆起性病变，已取活检"),
    "无痛结肠镜": ("结直肠黏膜未见明显异常", "升结肠息肉，已取活检"),
}  # fmt: skip
PLAIN = ("未见明显异常", "可见异常征象，建议结合临床")


def write(world: World, people: Columns, defects: Defects, home: Path, moments: Moments) -> dict[str, int]:
    """Write ris_pacs.db; rows by table; enters 检查人次 into the truth."""
    store = Sqlite(home / "sources" / "ris_pacs.db", "ris_pacs")
    exam = _exams(world)
    _requests(world, people, exam, defects, store, moments)
    _studies(world, exam, defects, store, moments)
    _reports(world, exam, defects, store, moments)
    store.close()
    world.events["exam"] = exam
    done = exam["done"]
    day, department = exam["end"][done] // DAY, exam["department"][done]
    world.truths.append(lambda book: _enter(book, day, department))
    return store.rows


def _enter(book: Book, day: np.ndarray, department: np.ndarray) -> None:
    book.put("imaging_exams", book.sums(day, department))


def _exams(world: World) -> Columns:
    s = world.structure
    rng = world.rng("exams")
    visit, rx, line, stay, charge = (world.events[k] for k in ("visit", "prescription", "line", "stay", "charge"))
    kind = np.array([list(MODALITY).index(i.used_for) if i.used_for in MODALITY else NONE for i in s.items] + [NONE])
    out = np.nonzero((kind[line["item"]] != NONE) & rx["paid"][line["prescription"]])[0]
    head = line["prescription"][out]
    v = rx["visit"][head]
    inn = np.nonzero((kind[charge["item"]] != NONE) & (charge["original"] == 0))[0]
    stays = charge["stay"][inn]
    campus = np.array([w.campus for w in s.wards])
    made = {
        "item": np.concatenate((line["item"][out], charge["item"][inn])),
        "ordered": np.concatenate((rx["paid_at"][head], charge["time"][inn])),
        "person": np.concatenate((visit["person"][v], stay["person"][stays])),
        "patient": np.concatenate((visit["card"][v], stay["brid"][stays])),
        "visit": np.concatenate((visit["number"][v], stay["number"][stays])),
        "class": np.concatenate((np.where(visit["urgent"][v], 1, 0), np.full(len(inn), 2))),
        "department": np.concatenate((visit["department"][v], charge["department"][inn])),
        "doctor": np.concatenate((visit["doctor"][v], charge["doctor"][inn])),
        "campus": np.concatenate((visit["campus"][v], campus[charge["ward"][inn]])),
        "ward": np.concatenate((np.full(len(v), NONE), charge["ward"][inn])),
    }
    order = np.lexsort((made["visit"], made["item"], made["ordered"]))
    # one request of two body parts gets two accession numbers
    twice = np.nonzero((kind[made["item"][order]] <= 1) & (rng.random(len(order)) < TWICE))[0]
    order = np.insert(order, twice + 1, order[twice])
    made = {k: x[order] for k, x in made.items()}
    made["part"] = np.zeros(len(order), dtype=np.int64)
    made["part"][twice + 1 + np.arange(len(twice))] = 1
    count = len(order)
    made["kind"] = kind[made["item"]]
    wait = np.array((1500, 7200, 2400, 900, 9000))[made["kind"]] * np.where(made["class"] == 1, 0.4, 1.0)
    arrive = made["ordered"] + np.rint(300 + rng.gamma(1.6, wait)).astype(np.int64)
    hour = arrive // 3600 % 24
    night = (made["class"] != 1) & ((hour >= 19) | (hour < 7))
    arrive = np.where(night, (arrive // DAY + (hour >= 19)) * DAY + 8 * 3600 + rng.integers(0, 7200, count), arrive)
    begin = arrive + rng.integers(300, 2400, count)
    begin = np.where(made["kind"] == 2, np.maximum(begin, arrive + 600), begin)
    end = begin + np.array((480, 1500, 600, 240, 1200))[made["kind"]] + rng.integers(0, 500, count)
    cancelled = rng.random(count) < 0.013
    made.update(arrive=arrive, cancelled=cancelled, done=~cancelled & (end <= world.until))
    drift = _drift(end // DAY, made["kind"])
    made["begin"], made["end"] = begin + drift, np.where(made["done"], np.minimum(end + drift, world.until), end + drift)
    made["report"] = end + np.rint(900 + rng.gamma(2.0, 1500, count)).astype(np.int64)
    made["positive"] = (rng.random(count) < 0.42).astype(np.int64)
    made["silent"] = rng.random(count) < 0.4
    made["number"] = 1_000_001 + np.arange(count)
    made["acc"] = np.strings.add("A", made["number"].astype("U10"))
    made["pid"] = np.strings.add("P", text_of.zfill(made["patient"].astype("U8"), 8))
    made["uid"] = np.strings.add("1.2.826.0.1.3680043.10.1.", made["number"].astype("U10"))
    made["modality"], made["device"] = np.array(list(MODALITY.values()))[made["kind"]], np.array([DEVICE[m] for m in MODALITY.values()])[made["kind"]]
    made["images"] = np.array((180, 240, 12, 2, 16))[made["kind"]] + made["number"] % 9
    made["charset"] = np.where(made["number"] % 5 == 0, "", "GB18030")
    return made


def _drift(day: Array, kind: Array) -> Array:
    """Seconds by which the ultrasound machine's own clock is off 设备时钟漂移: up to seven minutes, set right every ninety days."""
    return np.where(kind == list(MODALITY).index("超声"), np.rint(DRIFT * (day % 90 / 45 - 1)), 0).astype(np.int64)


def _requests(world: World, people: Columns, exam: Columns, defects: Defects, store: Sqlite, moments: Moments) -> None:
    s = world.structure
    count = len(exam["number"])
    inpatient = exam["class"] == 2
    short = np.array([[d.short + c.suffix for c in s.campuses] for d in s.departments])
    full = np.array([[d.name + c.suffix for c in s.campuses] for d in s.departments])
    single = np.array([len(w.beds) == 1 for w in s.wards] + [False])
    own = np.array([w.beds[0][0] for w in s.wards] + [NONE])
    wards = np.array([w.name for w in s.wards] + [""])
    by_ward = inpatient & single[exam["ward"]] & (own[exam["ward"]] == exam["department"]) & (exam["number"] % 2 == 0)
    said = np.where(by_ward, wards[exam["ward"]], np.where(inpatient, full[exam["department"], exam["campus"]], short[exam["department"], exam["campus"]])).astype("U16")
    lost = defects.pick("unmapped_code", "ris_pacs.exam_request", count)
    said[lost] = np.array(["老年病科", "体检中心", "心内监护", "综合病区"])[lost % 4]
    defects.note("unmapped_code", "ris_pacs", "exam_request", exam["acc"][lost], "req_dept", "unknown_department")
    doctors = np.array([f"{s.departments[p.department].name}/{p.name}" for p in s.staff])
    name = people["name"][exam["person"]].astype("U24")
    latin = np.nonzero(exam["kind"] <= 1)[0]
    # its dictionaries take most of a second to import, and every command of ours imports this module
    from pypinyin import lazy_pinyin

    cache: dict[str, str] = {}
    for i in latin.tolist():
        n = str(name[i])
        if n not in cache:
            words = lazy_pinyin(n)
            cache[n] = (words[0] + "^" + "".join(words[1:])).upper()
        name[i] = cache[n]
    exam["name"] = name
    arrived = np.where(exam["cancelled"] | (exam["arrive"] > world.until), NONE, exam["arrive"])
    store.put(
        "exam_request", count, acc_no=exam["acc"], pid=exam["pid"],
        pat_class=np.array(["门诊", "急诊", "住院"])[exam["class"]], vis_no=exam["visit"].astype("U10"), name=name,
        sex=np.where(people["female"][exam["person"]], "F", "M"), birth=moments.day10(people["birth"][exam["person"]]),
        modality=exam["modality"], body_part=np.strings.add(np.array([i.name for i in s.items])[exam["item"]], np.array(["", "(第二部位)"])[exam["part"]]), req_dept=said,
        req_ward=wards[np.where(inpatient, exam["ward"], NONE)], req_doc=doctors[exam["doctor"]], hosp=np.array([c.code for c in s.campuses])[exam["campus"]],
        req_time=moments.iso(exam["ordered"]), sched_time=moments.iso(exam["arrive"] // 900 * 900), arrive_time=moments.iso(arrived),
        status=np.where(exam["cancelled"], "已取消", np.where(exam["done"], "已完成", "待检")), entered_at=moments.iso(np.minimum(exam["ordered"] + 30, world.until)),
    )  # fmt: skip


def _studies(world: World, exam: Columns, defects: Defects, store: Sqlite, moments: Moments) -> None:
    at = np.nonzero(exam["done"])[0]
    count = len(at)
    uid = exam["uid"][at]
    begin = exam["begin"][at].copy()
    bad = defects.pick("time_order", "ris_pacs.exam_study", count)
    begin[bad] = exam["end"][at][bad] + 600 + bad % 900
    defects.note("time_order", "ris_pacs", "exam_study", uid[bad], "begin_time", "ended_before_begun")
    orphan = defects.pick("orphan", "ris_pacs.exam_study", count, defects.sound(count, bad))
    extra = np.strings.add("1.2.826.0.1.3680043.10.9.", (1 + np.arange(len(orphan))).astype("U8"))
    defects.note("orphan", "ris_pacs", "exam_study", extra, "acc_no", "no_request")
    x = np.concatenate((np.arange(count), orphan))
    store.put(
        "exam_study", len(x), study_uid=np.concatenate((uid, extra)),
        acc_no=np.concatenate((exam["acc"][at], np.strings.add("AX", (1 + np.arange(len(orphan))).astype("U8")))),
        device_ae=exam["device"][at][x], begin_time=moments.iso(begin)[x], end_time=moments.iso(exam["end"][at])[x],
        img_cnt=exam["images"][at][x], charset=exam["charset"][at][x], entered_at=moments.iso(np.minimum(exam["end"][at] + 120, world.until))[x],
    )  # fmt: skip


def _reports(world: World, exam: Columns, defects: Defects, store: Sqlite, moments: Moments) -> None:
    at = np.nonzero(exam["done"] & (exam["report"] <= world.until))[0]
    count = len(at)
    lines = np.array([LINES.get(i.name, PLAIN) for i in world.structure.items])
    positive = exam["positive"][at]
    text = lines[exam["item"][at], positive].astype("U40")
    broken = defects.pick("encoding", "ris_pacs.exam_report", count)
    text[broken] = np.strings.add(text_of.part(text[broken], 0, 3), "\ufffd\ufffd")
    defects.note("encoding", "ris_pacs", "exam_report", exam["acc"][at][broken], "conclusion", "replacement")
    readers = [p.name for p in world.structure.staff if p.department == world.structure.department("D3200") and p.category == "医师"]
    names = np.array(readers)
    audited = np.where(exam["report"][at] + 1800 <= world.until, exam["report"][at] + 1800, NONE)
    flag = np.array(["0", "1", None], dtype=object)[np.where(exam["silent"][at], 2, positive)]
    store.put(
        "exam_report", count, acc_no=exam["acc"][at], finding=np.where(positive == 1, "可见异常征象，详见结论", "所检部位形态、信号/密度未见明确异常"),
        conclusion=text, positive_flag=flag, report_doc=names[exam["number"][at] % len(names)], audit_doc=names[(exam["number"][at] + 1) % len(names)],
        report_time=moments.iso(exam["report"][at]), audit_time=moments.iso(audited), print_time=moments.iso(np.where(audited == NONE, NONE, np.minimum(audited + 600, world.until))),
        status=np.where(audited == NONE, "已报告", "已审核"), entered_at=moments.iso(np.minimum(exam["report"][at] + 30, world.until)),
    )  # fmt: skip
