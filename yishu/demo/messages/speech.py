"""Speech 发言: one HL7 v2 message before it has a number and a character set."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from yishu.demo.structure import Structure
from yishu.demo.world import Array, Columns, World

Values = tuple[tuple[str, dict[str, str]], ...]  # (key of the source row, what the message says of it in plain words)


@dataclass(frozen=True, slots=True)
class Speech:
    """What one system says at one moment 一条消息: channel, trigger, segments; and for the truth whose and which source row it is."""

    moment: int
    channel: str
    trigger: str
    segments: tuple[str, ...]
    patient: str
    visit: str
    table: str
    key: str
    values: Values = field(default=())


def escape(text: str) -> str:
    """Delimiters inside a value 转义 (HL7 v2.5.1 §2.7.1)."""
    for mark, word in (("\\", "\\E\\"), ("|", "\\F\\"), ("^", "\\S\\"), ("&", "\\T\\"), ("~", "\\R\\")):
        text = text.replace(mark, word)
    return text


def segment(name: str, **fields: str) -> str:
    """A segment 段 from numbered fields `f3="…"`; what is not given is empty, nothing stands behind the last one."""
    numbered = {int(k[1:]): v for k, v in fields.items() if v}
    return "|".join([name, *(numbered.get(i, "") for i in range(1, max(numbered, default=0) + 1))])


def stamp(moment: int) -> str:
    """A moment as `YYYYMMDDHHMMSS` 时间戳."""
    return str(np.datetime64(moment, "s")).replace("-", "").replace(":", "").replace("T", "")


def iso(moment: int) -> str:
    """A moment as the truth writes it, `YYYY-MM-DD HH:MM:SS`."""
    return str(np.datetime64(moment, "s")).replace("T", " ")


def day_of(day: int) -> str:
    return str(np.datetime64(day, "D")).replace("-", "")


def money(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


class Phrases:
    """Phrases 常用段: patient, visit and doctor as every message of this hospital writes them."""

    def __init__(self, world: World, people: Columns) -> None:
        self.world, self.people = world, people
        self.structure: Structure = world.structure

    def pid(self, person: int, local: str, authority: str, *, mother: str = "", rank: int = 0) -> str:
        """PID: local id with its authority, citizen number, name, birth, sex, address, phone."""
        p = self.people
        ids = [f"{local}^^^{authority}^PI"]
        if p["idcard"][person]:
            ids.append(f"{p['idcard'][person]}^^^MOI^NI")
        address, phone = str(p["address"][person]), str(p["phone"][person])
        return segment(
            "PID", f1="1", f3="~".join(ids), f5=f"{escape(str(p['name'][person]))}^^^^^^L", f7=day_of(int(p["birth"][person])),
            f8="F" if p["female"][person] else "M", f11=f"{escape(address)}^^江临市^^^CHN^H" if address else "",
            f13=f"{phone}^PRN^CP" if phone else "", f21=f"{mother}^^^{authority}^PI" if mother else "",
            f24="Y" if rank > 1 else "", f25=str(rank) if rank else "",
        )  # fmt: skip

    def doctor(self, staff: int, store: str) -> str:
        """XCN: the sender's own number and the name; empty for none."""
        if staff < 0:
            return ""
        who = self.structure.staff[staff]
        return f"{who.mz if store == 'his_mz' else who.zy}^{escape(who.name)}"

    def department(self, department: int, campus: int, store: str) -> str:
        d = self.structure.departments[department]
        return d.mz(campus) if store == "his_mz" else str(d.zy(campus))

    def name_of(self, department: int) -> str:
        return self.structure.departments[department].name

    def staff_id(self, staff: int) -> str:
        return self.structure.staff[staff].id if staff >= 0 else ""

    def clinic_pv1(self, at: int) -> str:
        """PV1 of an outpatient visit: class, department, doctor, visit number, time."""
        v = self.world.events["visit"]
        department, campus = int(v["department"][at]), int(v["campus"][at])
        code = self.department(department, campus, "his_mz")
        return segment(
            "PV1", f1="1", f2="E" if v["urgent"][at] else "O", f3=f"{code}^^^{self.structure.campuses[campus].code}",
            f7=self.doctor(int(v["doctor"][at]), "his_mz"), f10=code, f19=str(v["number"][at]), f44=stamp(int(v["register"][at])),
        )  # fmt: skip

    def stay_pv1(self, at: int, piece: int, *, before: int = -1, number: str = "", left: int = -1) -> str:
        """PV1 of a stay in bed segment `piece`: ward, bed, department, admitting doctor, stay number, times."""
        stay, segments = self.world.events["stay"], self.world.events["segment"]
        place = self.place(piece)
        campus = self.structure.wards[int(segments["ward"][piece])].campus
        return segment(
            "PV1", f1="1", f2="I", f3=place, f4={1: "E", 2: "R", 3: "R"}.get(int(stay["route"][at]), "R"),
            f6=self.place(before) if before >= 0 else "", f7=self.doctor(int(stay["doctor"][at]), "his_zy"),
            f10=self.department(int(segments["department"][piece]), campus, "his_zy"), f14=str(stay["route"][at]),
            f19=number or str(stay["number"][at]), f36=str(stay["leave"][at]) if left >= 0 else "",
            f44=stamp(int(stay["begin"][at])), f45=stamp(left) if left >= 0 else "",
        )  # fmt: skip

    def place(self, piece: int) -> str:
        """PL: ward code, no room, bed, campus code."""
        segments = self.world.events["segment"]
        ward = self.structure.wards[int(segments["ward"][piece])]
        return f"{ward.code}^^{int(segments['number'][piece]):02d}床^{self.structure.campuses[ward.campus].code}"

    def insurance(self, person: int, store: str) -> str:
        """ZYB 医保段: the sender's code and the kind in words."""
        kind = self.structure.raw["insurance"][int(self.people["insurance"][person])]
        return segment("ZYB", f1=str(kind["mz" if store == "his_mz" else "zy"]), f2=kind["name"])


def recent(world: World, moment: Array) -> Array:
    """Rows whose moment lies in the last two days 近两日, or since the moment said."""
    since = world.since if world.since >= 0 else world.until - 2 * 86400
    return np.nonzero((moment > since) & (moment <= world.until))[0]
