"""zlk 质量与服务台账: surveys, complaints, tube days, follow-up; adverse events and infections as the offices keep them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from yishu.demo import text as text_of
from yishu.demo.defects import Defects
from yishu.demo.population import age_on
from yishu.demo.schema import TABLES
from yishu.demo.stores import Folder
from yishu.demo.truth import Book
from yishu.demo.world import DAY, Columns, World
from yishu.demo.write import Moments, write_xlsx


def write(world: World, people: Columns, defects: Defects, home: Path, moments: Moments) -> dict[str, int]:
    """Write zlk/csv and zlk/excel; rows by table; enters 患者满意度 into the truth."""
    folder = Folder(home / "sources" / "zlk" / "csv", "zlk")
    _surveys(world, people, folder, moments)
    _complaints(world, folder, moments)
    _tubes(world, folder, moments)
    _followups(world, folder, moments)
    return {**folder.rows, **_books(world, home / "sources" / "zlk" / "excel", moments)}


def _surveys(world: World, people: Columns, folder: Folder, moments: Moments) -> None:
    s = world.structure
    visit, stay = world.events["visit"], world.events["stay"]
    rng = world.rng("surveys")
    out = np.nonzero(visit["seen"] & (rng.random(len(visit["day"])) < 0.035))[0]
    inn = np.nonzero(stay["ended"] & (stay["leave"] != 5) & (rng.random(len(stay["number"])) < 0.3))[0]
    wait = np.clip((visit["start"][out] - visit["arrive"][out]) / 60, 0, 180)
    score = np.concatenate((96.5 - wait * 0.09, np.full(len(inn), 93.5))) + 3.2 * rng.standard_normal(len(out) + len(inn))
    care = rng.normal(0, 0.8, len(s.departments))
    department = np.concatenate((visit["department"][out], stay["department"][inn]))
    score = np.clip(np.rint(score + care[department]), 55, 100).astype(np.int64)
    answered = np.concatenate((visit["finish"][out] + rng.integers(1800, 2 * DAY, len(out)), stay["end"][inn] + rng.integers(3600, 5 * DAY, len(inn))))
    person = np.concatenate((visit["person"][out], stay["person"][inn]))
    day = np.concatenate((visit["day"][out], stay["end"][inn] // DAY))
    number = np.concatenate((visit["number"][out], stay["number"][inn]))
    doctor = np.concatenate((visit["doctor"][out], stay["doctor"][inn]))
    campus = np.concatenate((visit["campus"][out], np.array([w.campus for w in s.wards])[stay["ward"][inn]]))
    wards = np.array([w.name for w in s.wards] + [""])
    ward = np.concatenate((np.full(len(out), len(s.wards)), stay["ward"][inn]))
    kind = np.concatenate((np.where(visit["urgent"][out], 1, 0), np.full(len(inn), 2)))
    again = np.concatenate((visit["again"][out], np.zeros(len(inn), dtype=bool)))
    known = np.nonzero(answered <= world.until)[0]
    at = known[np.lexsort((number[known], answered[known]))]
    valid = rng.random(len(at)) >= 0.03
    folder.put(
        "myd_wj", len(at), wjbh=np.strings.add("W", text_of.zfill((1 + np.arange(len(at))).astype("U7"), 7)), hzlb=np.array(["门诊", "急诊", "住院"])[kind[at]],
        jzh=number[at], ks=np.array([d.name for d in s.departments])[department[at]], bq=wards[ward[at]], ysgh=np.array([p.hr for p in s.staff])[doctor[at]],
        yq=np.array([c.code for c in s.campuses])[campus[at]], cfz=np.where(kind[at] == 2, "", np.where(again[at], "复诊", "初诊")),
        xb=np.where(people["female"][person[at]], "女", "男"), nl=age_on(people["birth"][person[at]], day[at]), jzrq=moments.day10(day[at]),
        fs=score[at], yx=np.where(valid, "1", "0"), tjsj=moments.iso(answered[at]),
    )  # fmt: skip
    when, where, points = answered[at][valid] // DAY, department[at][valid], score[at][valid]

    def enter(book: Book) -> None:
        book.put("satisfaction", book.sums(when, where, points), book.sums(when, where))

    world.truths.append(enter)


def _complaints(world: World, folder: Folder, moments: Moments) -> None:
    s = world.structure
    rng = world.rng("complaints")
    count = max(1, int(len(world.days) * 0.6 * world.scale))
    moment = np.sort((world.first_day + rng.random(count) * len(world.days)) * DAY).astype(np.int64)
    moment = moment[moment <= world.until]
    count = len(moment)
    clinical = [d.name for d in s.departments if d.clinical]
    closed = moment + rng.integers(DAY, 14 * DAY, count)
    folder.put(
        "ts_dj", count, tsbh=np.strings.add("T", text_of.zfill((1 + np.arange(count)).astype("U6"), 6)), ks=np.array(clinical)[rng.integers(0, len(clinical), count)],
        slsj=moments.iso(moment), ybjsj=moments.iso(moment + 10 * DAY), bjsj=moments.iso(world.known(closed)), sx=np.where(rng.random(count) < 0.7, "1", "0"),
        nr=np.array(["候诊时间长", "服务态度", "收费疑问", "环境设施"])[rng.integers(0, 4, count)],
    )  # fmt: skip


def _tubes(world: World, folder: Folder, moments: Moments) -> None:
    s = world.structure
    rng = world.rng("tubes")
    wards = [w for w in s.wards if w.name in ("ICU病区", "神经外科病区", "呼吸科一病区", "神经内科一病区")]
    days = world.days[(world.days + 1) * DAY <= world.until + 1]
    kinds = ("呼吸机", "中心静脉导管", "导尿管")
    n = len(days) * len(wards) * 3
    folder.put(
        "sg_rb", n, rq=np.repeat(moments.day10(days), len(wards) * 3), bq=np.tile(np.repeat([w.name for w in wards], 3), len(days)),
        lx=np.tile(kinds, len(days) * len(wards)), ts=rng.poisson(np.tile(np.repeat([6 if w.name == "ICU病区" else 2 for w in wards], 3), len(days))),
    )  # fmt: skip


def _followups(world: World, folder: Folder, moments: Moments) -> None:
    s = world.structure
    stay = world.events["stay"]
    rng = world.rng("follow up")
    at = np.nonzero(stay["ended"] & (stay["leave"] != 5) & (rng.random(len(stay["number"])) < 0.35))[0]
    due = stay["end"][at] + 7 * DAY
    done = due + rng.integers(-2 * DAY, 3 * DAY, len(at))
    done = np.where((rng.random(len(at)) < 0.86) & (done <= world.until), done, -1)
    folder.put(
        "sf_rw", len(at), rwbh=np.strings.add("F", text_of.zfill((1 + np.arange(len(at))).astype("U7"), 7)), zyh=stay["number"][at],
        ks=np.array([d.name for d in s.departments])[stay["department"][at]], jhrq=moments.day10(due // DAY), wcrq=text_of.part(moments.iso(done), 0, 10),
        zt=np.where(done >= 0, "完成", np.where(due > world.until, "未到期", "未完成")),
    )  # fmt: skip


def _books(world: World, folder: Path, moments: Moments) -> dict[str, int]:
    """Adverse events, hospital infections, nursing indicators and devices: a workbook each."""
    s = world.structure
    stay = world.events["stay"]
    rng = world.rng("workbooks")
    count = max(2, int(len(world.days) * 0.5))
    who = np.sort(rng.choice(len(stay["number"]), min(count, len(stay["number"])), replace=False))
    stop = np.where(stay["ended"][who], stay["end"][who], world.until)
    moment = stay["begin"][who] + ((stop - stay["begin"][who]) * rng.random(len(who))).astype(np.int64)
    told = np.minimum(moment + rng.integers(1800, 2 * DAY, len(who)), world.until)
    departments, wards = np.array([d.name for d in s.departments]), np.array([w.name for w in s.wards])
    number = (1 + np.arange(len(who))).astype("U6")
    rows: dict[str, int] = {}

    def book(name: str, **columns: np.ndarray) -> None:
        names = TABLES["zlk_excel", name].names
        rows.update(write_xlsx(folder / f"{name}.xlsx", {name: (names, [columns[n].astype(np.str_) for n in names])}))

    book(
        "blsj", sjbh=np.strings.add("BL", number), lx=np.array(["跌倒", "压力性损伤", "非计划拔管", "药品不良反应", "输血反应"])[rng.integers(0, 5, len(who))],
        jb=np.array(["I级", "II级", "III级", "IV级"])[rng.choice(4, len(who), p=(0.01, 0.09, 0.5, 0.4))], zyh=stay["number"][who],
        ks=departments[stay["department"][who]], bq=wards[stay["ward"][who]], fssj=moments.iso(moment), sbsj=moments.iso(told),
    )  # fmt: skip
    some = who[::3]
    onset = np.minimum(stay["begin"][some] + 3 * DAY, world.until)
    book(
        "yg_bl", bh=np.strings.add("YG", (1 + np.arange(len(some))).astype("U6")), zyh=stay["number"][some],
        bw=np.array(["下呼吸道", "泌尿道", "手术部位", "血流"])[rng.integers(0, 4, len(some))], fbsj=moments.iso(onset), bgsj=moments.iso(np.minimum(onset + DAY, world.until)),
    )  # fmt: skip
    months = world.days[(world.days.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) == world.days) | (world.days == world.first_day)]
    measures = ("跌倒", "院内压力性损伤", "身体约束")
    n = len(months) * len(s.wards) * 3
    book(
        "hlmg", yf=np.repeat(text_of.part(moments.day10(months), 0, 7), len(s.wards) * 3), bq=np.tile(np.repeat(wards, 3), len(months)),
        zb=np.tile(measures, len(months) * len(s.wards)), fz=rng.poisson(0.3, n), fm=rng.integers(280, 800, n),
    )  # fmt: skip
    devices = (("CT01", "64排CT", "乙类"), ("CT02", "256排CT", "乙类"), ("MR01", "3.0T磁共振", "乙类"), ("DR02", "数字化X线机", "其他"), ("US03", "彩色超声", "其他"), ("ENDO1", "电子胃镜", "其他"), ("LINAC1", "直线加速器", "乙类"))
    book(
        "sbtz", sbbh=np.array([d[0] for d in devices]), sbmc=np.array([d[1] for d in devices]), lb=np.array([d[2] for d in devices]),
        ks=np.array(["医学影像科"] * 4 + ["超声医学科", "内镜中心", "肿瘤科"])[: len(devices)], qyrq=np.full(len(devices), "2021-06-01"), yz=np.array([680, 1500, 2100, 160, 120, 90, 1900]),
    )  # fmt: skip
    return rows
