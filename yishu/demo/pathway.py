"""Pathways 故事: one human-readable story a file in `demo/pathways`; each drives its stays through every system."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from yishu.demo.structure import structure


@dataclass(frozen=True, slots=True)
class Surgery:
    """The operation 手术 of a story."""

    rate: float
    code: str
    name: str
    level: int  # 1..4
    urgency: int  # 1 elective, 2 emergency, 3 limited
    hours: float
    wait_days: int
    materials: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Pathway:
    """A story 故事: who, how long, what is done, what it weighs."""

    index: int
    id: str
    story: str
    department: int
    icd: str
    name: str
    weight: float
    sex: str
    age_low: int
    age_high: int
    season: str
    by_emergency: float
    median: float
    spread: float
    death: float
    surgery: Surgery | None
    antibiotic: tuple[int, float, int] | None
    drugs: tuple[tuple[int, float], ...]
    labs: tuple[int, ...]
    exams: tuple[int, ...]
    treatments: tuple[int, ...]
    mdc: str
    group: str
    drg_weight: float
    risk: str
    care: int

    @property
    def cycles(self) -> bool:
        """Comes back by plan 计划再入院 (Z51)."""
        return self.icd.startswith("Z51")

    @property
    def babies(self) -> int:
        return {"O80": 1, "O82": 1, "O84": 2}.get(self.icd[:3], 0)


@cache
def pathways() -> tuple[Pathway, ...]:
    """All stories, in the order of their file names."""
    s = structure()
    levels, urgencies = ("一级", "二级", "三级", "四级"), ("择期", "急诊", "限期")
    made: list[Pathway] = []
    for path in sorted((Path(__file__).parent / "pathways").glob("*.yaml")):
        y = yaml.safe_load(path.read_text(encoding="utf-8"))
        surgery = None
        if "surgery" in y:
            o = y["surgery"]
            surgery = Surgery(
                o["rate"], o["code"], o["name"], levels.index(o["level"]) + 1, urgencies.index(o["urgency"]) + 1, o["hours"],
                o["wait_days"], tuple((s.item(k).index, float(v)) for k, v in o["materials"].items()),
            )  # fmt: skip
        antibiotic = None
        if "antibiotic" in y:
            a = y["antibiotic"]
            antibiotic = (s.drug(a["drug"]).index, float(a["units_a_day"]), int(a["days"]))
        labs = tuple(next(i.index for i in s.items if i.used_for == use and i.category == "化验") for use in y["labs"])
        made.append(
            Pathway(
                len(made), y["id"], y["story"], s.department(y["department"]), y["diagnosis"]["icd"], y["diagnosis"]["name"],
                float(y["weight"]), y["who"]["sex"], y["who"]["ages"][0], y["who"]["ages"][1], y["season"], y["by_emergency"],
                y["stay"]["median"], y["stay"]["spread"], y["death"], surgery, antibiotic,
                tuple((s.drug(k).index, float(v)) for k, v in y["drugs"].items()), labs,
                tuple(s.item(c).index for c in y["exams"]), tuple(s.item(c).index for c in y["treatments"]),
                y["drg"]["mdc"], y["drg"]["group"], y["drg"]["weight"], y["drg"]["risk"], y["care"],
            )
        )  # fmt: skip
    return tuple(made)
