"""Bands 区间: yearly figures of a demo home, from its truth and its stores, beside the bands they should lie in."""

from __future__ import annotations

import csv
import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from yishu.demo.structure import CONFIG, structure
from yishu.demo.world import day_number, holidays


@dataclass(frozen=True, slots=True)
class Banded:
    """A figure beside its band 数与区间."""

    name: str
    say: str
    value: float | None
    low: float
    high: float

    def inside(self, slack: float = 0.0) -> bool:
        """Within the band, or within `slack` of its edges (a season is no year)."""
        return self.value is not None and self.low * (1 - slack) <= self.value <= self.high * (1 + slack)


def banded(home: Path, year: str = "") -> list[Banded]:
    """Every band with its value over the whole window, or over one calendar year."""
    values = _values(home, year)
    bands = yaml.safe_load((CONFIG / "bands.yaml").read_text(encoding="utf-8"))
    return [Banded(name, band["say"], values.get(name), band["low"], band["high"]) for name, band in bands.items()]


def _values(home: Path, year: str) -> dict[str, float]:
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    daily: dict[str, dict[str, list[float]]] = defaultdict(dict)
    groups: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    group = {d.name: d.group for d in structure().departments}
    with (home / "truth" / "truth_metric.csv").open(encoding="utf-8", newline="") as file:
        for r in csv.DictReader(file):
            if year and not r["date"].startswith(year):
                continue
            parts = float(r["numerator"]), float(r["denominator"] or 0)
            if not r["department"]:
                daily[r["metric"]][r["date"]] = list(parts)
                at = sums[r["metric"]]
            elif r["metric"] == "cmi":
                _add(groups[r["department"]], parts)
                at = groups[group[r["department"]]]
            else:
                continue
            _add(at, parts)
    made = {m: a / b for m, (a, b) in sums.items() if b}
    visits = sums["outpatient_visits"][0] + sums["emergency_visits"][0]
    made["visits_per_discharge"] = visits / sums["discharges"][0] if sums["discharges"][0] else 0.0
    made |= _shapes(daily)
    made |= _clinics(home, year)
    for name, above, below in (("cmi_surgery_over_medicine", "外科", "内科"), ("cmi_cardiac_over_paediatric", "胸外科", "儿科")):
        a, b = groups[above], groups[below]
        if a[1] and b[1] and b[0]:
            made[name] = (a[0] / a[1]) / (b[0] / b[1])
    return made


def _add(at: list[float], parts: tuple[float, float]) -> None:
    at[0] += parts[0]
    at[1] += parts[1]


def _shapes(daily: dict[str, dict[str, list[float]]]) -> dict[str, float]:
    """Winter and summer, Monday and Friday, the spring festival."""
    off = holidays()
    feast_weeks = {day - (day + 3) % 7 for day in off}
    festival = {day for day, (name, kind) in off.items() if name == "春节" and kind == "休"}
    beds: dict[str, list[float]] = {"winter": [0.0, 0.0], "summer": [0.0, 0.0]}
    for day, parts in daily["bed_occupancy_rate"].items():
        number, month = day_number(date.fromisoformat(day)), int(day[5:7])
        if month in (12, 1, 2) and not any(number + n in festival for n in range(-7, 8)):
            _add(beds["winter"], (parts[0], parts[1]))
        elif month in (6, 7, 8):
            _add(beds["summer"], (parts[0], parts[1]))
    made: dict[str, float] = {}
    if beds["winter"][1] and beds["summer"][1]:
        made["winter_over_summer"] = (beds["winter"][0] / beds["winter"][1]) / (beds["summer"][0] / beds["summer"][1])
    week: dict[int, list[float]] = defaultdict(list)
    every, feast = [], []
    for day, parts in daily["outpatient_visits"].items():
        number = day_number(date.fromisoformat(day))
        every.append(parts[0])
        if number in festival:
            feast.append(parts[0])
        if number - (number + 3) % 7 not in feast_weeks:
            week[(number + 3) % 7].append(parts[0])
    if week[0] and week[4]:
        made["monday_over_friday"] = (sum(week[0]) / len(week[0])) / (sum(week[4]) / len(week[4]))
    if feast:
        made["spring_festival"] = (sum(feast) / len(feast)) / (sum(every) / len(every))
    return made


def _clinics(home: Path, year: str) -> dict[str, float]:
    """Morning and afternoon; waiting in the fullest and the emptiest clinic sessions."""
    store = sqlite3.connect(home / "sources" / "his_mz.db")
    like = year + "%"
    halves = dict(
        store.execute(
            "SELECT p.SXW, count(*) FROM MZ_GHZD g JOIN YY_PBB p ON p.HBH = g.HBH WHERE p.SXW IN ('1', '2') AND g.GHLB <> '2' AND g.GHRQ LIKE ? GROUP BY 1", (like,)
        ).fetchall()
    )
    sessions = store.execute(
        """SELECT count(*), avg(max(0, strftime('%s', f.JZSJ) - strftime('%s', f.BDSJ))) FROM MZ_GHZD g JOIN MZ_FZJH f ON f.GHXH = g.XH
        WHERE g.GHLB <> '2' AND f.BDSJ <> '' AND f.JZSJ <> '' AND g.GHRQ LIKE ? GROUP BY g.HBH ORDER BY 1""", (like,)
    ).fetchall()  # fmt: skip
    store.close()
    made: dict[str, float] = {}
    if halves.get("2"):
        made["morning_over_afternoon"] = halves["1"] / halves["2"]
    tenth = len(sessions) // 10
    if tenth:
        low, high = sessions[:tenth], sessions[-tenth:]
        made["wait_when_short"] = (sum(n * w for n, w in high) / sum(n for n, _ in high)) / max(sum(n * w for n, w in low) / sum(n for n, _ in low), 1)
    return made
