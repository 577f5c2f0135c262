"""Causes planted by the demo itself (`truth_cause.csv`): 今日异动 and "why" find each, in the department where it was planted.

A hospital of full size a seed, 120 days: the epidemic week, the half day on which the laboratory fell silent, the department whose
consumables drift, the ward that closed beds. Each is looked for as a director would: the movement of that day, and why the figure
differs from the stretch before.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from bench.proof import Outcome
from yishu import flow
from yishu.analytics.board import CARDS
from yishu.analytics.department import OTHERS
from yishu.analytics.desk import Desk
from yishu.analytics.movement import HISTORY_DAYS, Movement, movements
from yishu.ask.insight import causes
from yishu.demo import make
from yishu.kernel import Settings
from yishu.metrics import Explanation, Looking, MetricQuery, explain
from yishu.web import House, open_house

TITLE = "模拟医院自己种下的原因（流感周、检验中断、耗材漂移、减床）：今日异动与为什么都指到种下的科室"
UNIT = "次查找"
FOLDER = Path(__file__).parents[1] / "hospitals" / "model"
UNTIL = datetime(2026, 11, 24, 10, 30)
WATCHED = tuple(dict.fromkeys(name for listed in (CARDS, OTHERS) for name, _ in listed if name != "cmi"))


@dataclass(frozen=True, slots=True)
class Cause:
    """A planted cause 种下的原因."""

    first: date
    last: date
    department: str
    metric: str


@dataclass(frozen=True, slots=True)
class Found:
    """Whether it was found 找到与否, where, and what was named."""

    way: str
    cause: Cause
    right: bool
    named: str


def run(seed: int, seconds: float) -> Outcome:
    """Hospitals of full size as long as another one fits."""
    began = time.monotonic()
    found: list[Found] = []
    hospitals, longest = 0, 0.0
    while not hospitals or time.monotonic() - began + longest < seconds * 1.05:
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            found += looked_for(Path(folder), seed * 1000 + hospitals, days=120, scale=1.0)
        hospitals, longest = hospitals + 1, max(longest, time.monotonic() - start)
    missed = [f"{f.way} {f.cause.metric} {f.cause.department}：{f.named}" for f in found if not f.right]
    print("\n".join(missed), file=sys.stderr)
    return Outcome(len(found), len(missed), {"hospitals": hospitals, "missed": missed[:20]})


def looked_for(home: Path, seed: int, *, days: int, scale: float) -> list[Found]:
    """Make and load one hospital and look for what was planted in it."""
    make(home, seed=seed, until=UNTIL, days=days, scale=scale, defects="none")
    settings = Settings.of(FOLDER, home, {"YISHU_NOW": UNTIL.isoformat()})
    flow.load(settings)
    return in_home(settings)


def in_home(settings: Settings) -> list[Found]:
    """What is planted in a loaded home, looked for both ways where the way applies."""
    house = open_house(settings)
    try:
        return [f for cause in planted(settings.home) for f in _both(house, cause)]
    finally:
        house.close()


def planted(home: Path) -> list[Cause]:
    with (home / "truth" / "truth_cause.csv").open(encoding="utf-8", newline="") as file:
        return [Cause(date.fromisoformat(r["start"]), date.fromisoformat(r["end"]), r["department"], r["metric"]) for r in csv.DictReader(file)]


def _both(house: House, cause: Cause) -> Iterator[Found]:
    desk = house.desk(house.viewer("director"))
    if cause.metric in ("outpatient_visits", "lab_tat_minutes"):
        yield _movement(desk, cause)
    if cause.metric in ("outpatient_visits", "consumable_ratio", "bed_occupancy_rate"):
        # fewer open beds show in the open beds; how full the rest is says nothing sure
        metric = "open_bed_days" if cause.metric == "bed_occupancy_rate" else cause.metric
        told = _why(house, metric, cause)
        named = [c for c in causes(told, 40) if c.dimension == "department"]
        yield Found("为什么", cause, bool(named) and named[0].label == cause.department, "、".join(c.label for c in named[:3]))


def _movement(desk: Desk, cause: Cause) -> Found:
    """今日异动 of the cause's third day (or its only one): the metric is among the movements, the department among those that make it up."""
    day = min(cause.first + timedelta(days=2), cause.last)
    tables = desk.answers(WATCHED, day - timedelta(days=HISTORY_DAYS + 28), day, dimensions=["day"])
    seen: tuple[Movement, ...] = movements(desk, day, {name: table.series("day", name) for name, table in tables.items()})
    mine = next((m for m in seen if m.metric in (cause.metric, "total_visits")), None)
    names = [str(d["name"]) for d in mine.departments] if mine else []
    said = mine.say if mine else "无此异动：" + "、".join(m.label for m in seen)
    return Found("今日异动", cause, mine is not None and (not cause.department or cause.department == names[0]), said)


def _why(house: House, metric: str, cause: Cause) -> Explanation:
    """Why the cause's days differ from as many just before."""
    last = min(cause.last, UNTIL.date() - timedelta(days=1))
    query = MetricQuery.parse({"metrics": [metric], "time": {"start": cause.first.isoformat(), "end": last.isoformat()}})
    return explain(Looking(house.viewer("director"), house.centre, house.warehouse, house.clock), query, None, "mom")
