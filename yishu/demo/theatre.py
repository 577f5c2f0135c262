"""ssmz 手麻: operations from request to leaving the room."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from yishu.demo import text as text_of
from yishu.demo.defects import Defects
from yishu.demo.pathway import pathways
from yishu.demo.population import age_on
from yishu.demo.world import DAY, NONE, Array, Columns, World
from yishu.demo.write import Moments, Sqlite

REASONS = ("患者发热", "术前检查异常", "患者要求推迟", "急诊手术占用手术间")


def write(world: World, people: Columns, defects: Defects, home: Path, moments: Moments) -> dict[str, int]:
    """Write ssmz.db; rows by table."""
    s = world.structure
    surgery, stay = world.events["surgery"], world.events["stay"]
    count = len(surgery["stay"])
    who = stay["person"][surgery["stay"]]
    stories = pathways()
    campus = np.array([w.campus for w in s.wards])[surgery["ward"]]
    codes = np.array([[d.zy(c) for c in range(3)] for d in s.departments])
    has = np.array([[campus.id in d.at for campus in s.campuses] for d in s.departments])
    happened = surgery["state"] != 9

    def when(moment: Array) -> Array:
        return np.where(happened & (moment <= world.until), moment, NONE)

    enter, leave = when(surgery["enter"]), when(surgery["leave"])
    start, finish = when(surgery["start"]), when(surgery["finish"])
    bad = defects.pick("time_order", "ssmz.SS_SSAP", count, (surgery["state"] == 3) & (enter != NONE))
    enter[bad] = start[bad] + 900 + bad % 1200
    defects.note("time_order", "ssmz", "SS_SSAP", surgery["number"][bad], "RSSJ", "entered_after_start")
    store = Sqlite(home / "sources" / "ssmz.db", "ssmz")
    own = surgery["surgeon_department"]
    store.put(
        "SS_SSAP", count, SSXH=surgery["number"], ZYH=stay["number"][surgery["stay"]], BRID=stay["brid"][surgery["stay"]], BRXM=people["name"][who],
        BRXB=np.where(people["female"][who], "女", "男"), NL=age_on(people["birth"][who], surgery["requested"] // DAY),
        BRKS=codes[surgery["department"], campus], BRBQ=np.array([w.code for w in s.wards])[surgery["ward"]],
        YSGH=np.array([p.zy for p in s.staff])[surgery["surgeon"]], YSKS=codes[own, np.where(has[own, campus], campus, 0)],
        YQ=np.array([c.code for c in s.campuses])[campus], SSBM=np.array([p.surgery.code if p.surgery else "" for p in stories])[surgery["story"]],
        SSMC=np.array([p.surgery.name if p.surgery else "" for p in stories])[surgery["story"]], SSJB=surgery["level"].astype("U1"),
        JZBZ=surgery["urgency"].astype("U1"), ASA=surgery["asa"].astype("U1"), SSJ=np.strings.add(text_of.zfill(surgery["room"].astype("U2"), 2), "间"),
        SQZD=np.array([p.icd for p in stories])[surgery["story"]], SQZDMC=np.array([p.name for p in stories])[surgery["story"]],
        SQSJ=moments.iso(surgery["requested"]), APSJ=moments.iso(surgery["scheduled"]), RSSJ=moments.iso(enter), MZSJ=moments.iso(when(surgery["anaesthesia"])),
        KSSJ=moments.iso(start), JSSJ=moments.iso(finish), CSSJ=moments.iso(leave), ZT=surgery["state"].astype("U1"),
        QXYY=np.where(happened, "", np.array(REASONS)[surgery["reason"]]),
    )  # fmt: skip
    store.close()
    return store.rows
