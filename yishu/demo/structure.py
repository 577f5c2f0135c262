"""Structure 医院架构: campuses, departments, wards, staff, drugs, items and the codes each system uses for them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from yishu.demo import people_names

CONFIG = Path(__file__).parent / "config"


@dataclass(frozen=True, slots=True)
class Campus:
    """A campus 院区."""

    id: str
    name: str
    code: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Department:
    """A department 科室 with its place in every code system."""

    index: int
    id: str
    name: str
    short: str
    group: str
    catalog: str
    pinyin: str
    opd: float
    at: dict[str, float]
    aliases: tuple[str, ...]
    clinical: bool

    def mz(self, campus: int) -> str:
        """Outpatient HIS code 门诊科室代码: two digits of campus, two of department."""
        return f"{3 + 2 * campus:02d}{10 + self.index:02d}"

    def zy(self, campus: int) -> int:
        """Inpatient HIS code 住院科室代码."""
        return 1100 + 1000 * campus + self.index

    def lis(self, campus: int) -> str:
        return self.pinyin + ("", "2", "3")[campus]

    def hqms(self) -> str:
        return self.catalog.replace(".", "")

    def hr(self) -> str:
        return f"01{self.index + 1:02d}"


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward 病区: open beds by department, and a closure that stands in the record."""

    index: int
    id: str
    name: str
    campus: int
    beds: tuple[tuple[int, int], ...]
    closure_since: str
    closure_open: int

    @property
    def code(self) -> int:
        return 8001 + self.index


@dataclass(frozen=True, slots=True)
class Staff:
    """A person who works here 职工."""

    index: int
    id: str
    name: str
    department: int
    category: str
    title: str
    female: bool

    @property
    def mz(self) -> str:
        return f"{100001 + self.index}"

    @property
    def zy(self) -> int:
        return 20001 + self.index

    @property
    def hr(self) -> str:
        return f"P{10001 + self.index}"


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug 药品品规; price in yuan for one small unit."""

    index: int
    name: str
    spec: str
    unit: str
    big_unit: str
    pack: int
    price: float
    kind: str
    anti_level: str
    ddd_per_unit: float
    systemic: bool
    essential: bool
    vbp: bool
    key_monitored: bool
    used_for: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"Y{self.index + 1:04d}"

    @property
    def mz(self) -> str:
        return f"XY{self.index + 101:06d}"

    @property
    def zy(self) -> int:
        return 30001 + self.index

    @property
    def hrp(self) -> str:
        return f"1001A11000000{self.index + 1:07d}"

    @property
    def kind_code(self) -> str:
        return {"西药": "1", "中成药": "2", "中药饮片": "3"}[self.kind]


@dataclass(frozen=True, slots=True)
class Item:
    """A charged item 收费项目."""

    index: int
    code: str
    name: str
    category: str
    price: float
    exec_department: int
    used_for: str

    @property
    def zy(self) -> int:
        return 60001 + self.index


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """An outpatient diagnosis 门诊诊断 with who has it, when, and what is done."""

    index: int
    icd: str
    name: str
    label: str
    department: int
    sex: str
    age_low: int
    age_high: int
    weight: float
    season: str
    labs: tuple[str, ...]
    exam: str
    exam_rate: float
    drugs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """The hospital as it stands 医院架构, the same for every seed."""

    campuses: tuple[Campus, ...]
    departments: tuple[Department, ...]
    wards: tuple[Ward, ...]
    staff: tuple[Staff, ...]
    drugs: tuple[Drug, ...]
    items: tuple[Item, ...]
    diagnoses: tuple[Diagnosis, ...]
    raw: dict[str, Any]

    def department(self, id: str) -> int:
        return next(d.index for d in self.departments if d.id == id)

    def item(self, code: str) -> Item:
        return next(i for i in self.items if i.code == code)

    def drug(self, name: str) -> Drug:
        return next(d for d in self.drugs if d.name == name)

    def doctors_of(self, department: int) -> tuple[Staff, ...]:
        return tuple(s for s in self.staff if s.department == department and s.category == "医师")


def _rows(name: str) -> list[dict[str, str]]:
    with (CONFIG / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def structure() -> Structure:
    """The structure read from `demo/config` once."""
    raw = yaml.safe_load((CONFIG / "structure.yaml").read_text(encoding="utf-8"))
    campuses = tuple(Campus(**c) for c in raw["campuses"])
    at = {c.id: i for i, c in enumerate(campuses)}
    departments = tuple(
        Department(
            index=i, id=d["id"], name=d["name"], short=d["short"], group=d["group"], catalog=d["catalog"], pinyin=d["py"],
            opd=float(d["opd"]), at={k: float(v) for k, v in d["at"].items()}, aliases=tuple(d["aliases"]),
            clinical=d.get("clinical", True),
        )
        for i, d in enumerate(raw["departments"])
    )  # fmt: skip
    by_id = {d.id: d.index for d in departments}
    wards = tuple(
        Ward(
            index=i, id=w["id"], name=w["name"], campus=at[w["campus"]],
            beds=tuple((by_id[d], int(n)) for d, n in w["beds"].items()),
            closure_since=w.get("closure", {}).get("since", ""), closure_open=int(w.get("closure", {}).get("open", 0)),
        )
        for i, w in enumerate(raw["wards"])
    )  # fmt: skip
    drugs = tuple(
        Drug(
            index=i, name=r["name"], spec=r["spec"], unit=r["unit"], big_unit=r["big_unit"], pack=int(r["pack"]),
            price=float(r["price"]), kind=r["kind"], anti_level=r["anti_level"], ddd_per_unit=float(r["ddd_per_unit"] or 0),
            systemic=r["systemic"] == "Y", essential=r["essential"] == "Y", vbp=r["vbp"] == "Y",
            key_monitored=r["key_monitored"] == "Y", used_for=tuple(r["used_for"].split()),
        )
        for i, r in enumerate(_rows("drugs.csv"))
    )  # fmt: skip
    items = tuple(
        Item(i, r["code"], r["name"], r["category"], float(r["price"]), by_id.get(r["exec_department"], -1), r["used_for"])
        for i, r in enumerate(_rows("items.csv"))
    )
    diagnoses = tuple(
        Diagnosis(
            index=i, icd=r["icd"], name=r["name"], label=r["label"], department=by_id[r["department"]], sex=r["sex"],
            age_low=int(r["age_low"]), age_high=int(r["age_high"]), weight=float(r["opd"]), season=r["season"],
            labs=tuple(r["labs"].split()), exam=r["exam"], exam_rate=float(r["exam_rate"]), drugs=tuple(r["drugs"].split()),
        )
        for i, r in enumerate(_rows("diagnoses.csv"))
    )  # fmt: skip
    return Structure(campuses, departments, wards, _staff(raw, departments, wards), drugs, items, diagnoses, raw)


TITLES = ("主任医师", "副主任医师", "副主任医师", "主治医师", "主治医师", "住院医师")
NURSES = ("主管护师", "护师", "护师", "护士")


def _staff(raw: dict[str, Any], departments: tuple[Department, ...], wards: tuple[Ward, ...]) -> tuple[Staff, ...]:
    """Staff 职工 from a seed of their own: the same people whatever the demo's seed, for `codes/staff.csv` names them."""
    rng = np.random.default_rng(20260101)
    made: list[Staff] = []
    for d in departments:
        doctors = 4 if not d.clinical else 6 + round(d.opd * 1.1)
        if d.name in ("急诊科", "重症医学科"):
            doctors = 14
        beds = sum(n for w in wards for i, n in w.beds if i == d.index)
        for category, count in (("医师", doctors), ("护士", max(4, round(beds * 0.45))), ("技师", 0 if d.clinical else 8)):
            female = rng.random(count) < {"医师": 0.45, "护士": 0.96, "技师": 0.6}[category]
            names = np.char.add(people_names.surnames(rng, count), people_names.given(rng, female))
            for n in range(count):
                title = {"医师": TITLES[min(n, 5)] if n < 5 else TITLES[2 + n % 4], "护士": NURSES[n % 4], "技师": "主管技师"}[category]
                if d.name == "药学部" and category != "护士":
                    title = "主管药师"
                made.append(
                    Staff(len(made), f"S{d.id[1:]}{len(made) % 1000:03d}", str(names[n]), d.index, category, title, bool(female[n]))
                )
    return tuple(_named(raw, departments, made))


def _named(raw: dict[str, Any], departments: tuple[Department, ...], made: list[Staff]) -> list[Staff]:
    """Number within the department, and put the catalogue's doctors in."""
    named = {(n["department"], n.get("staff", "S" + n["department"][1:] + "001")): n for n in raw["named_doctors"]}
    surplus = {n["name"] for n in raw["named_doctors"]}
    count: dict[int, int] = {}
    numbered = []
    for s in made:
        count[s.department] = count.get(s.department, 0) + 1
        department = departments[s.department].id
        id = f"S{department[1:]}{count[s.department]:03d}"
        special = named.get((department, id))
        name, title, category = s.name, s.title, s.category
        if special:
            name, title = special["name"], special["title"]
        elif name in surplus or name in ("张三", "李四"):
            name = name[0] + "建平"
        if departments[s.department].name == "药学部" and category != "护士":
            category = "药师"
        numbered.append(Staff(s.index, id, name, s.department, category, title, s.female))
    return numbered
