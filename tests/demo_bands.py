"""Bands 区间: yearly figures of a demo home, from its truth and its stores, beside the bands they should lie in."""

from __future__ import annotations

import csv
import sqlite3
from collections import defaultdict
from dataclasses import dataclass, field
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
    return banded_by_window(home, (year,))[year]


def banded_by_window(home: Path, windows: tuple[str, ...]) -> dict[str, list[Banded]]:
    """Every band by window: a calendar year, or `""` for the whole; the truth and the stores are read once for all of them."""
    bands = yaml.safe_load((CONFIG / "bands.yaml").read_text(encoding="utf-8"))
    sums, clinics = _sums(home), _clinics(home)
    made = {}
    for window in windows:
        values = _values([s for year, s in sums.items() if year.startswith(window)]) | clinics.get(window, {})
        made[window] = [Banded(name, band["say"], values.get(name), band["low"], band["high"]) for name, band in bands.items()]
    return made


Parts = dict[str, list[float]]


@dataclass
class _Year:
    """One calendar year's sums 一年的合计: by metric, by day for the metrics with a shape, and of CMI by department and group."""

    sums: Parts = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0]))
    daily: dict[str, Parts] = field(default_factory=lambda: defaultdict(dict))
    groups: Parts = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0]))


SHAPED = ("bed_occupancy_rate", "outpatient_visits")


def _sums(home: Path) -> dict[str, _Year]:
    years: dict[str, _Year] = defaultdict(_Year)
    group = {d.name: d.group for d in structure().departments}
    with (home / "truth" / "truth_metric.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for day, department, metric, numerator, denominator in rows:
            if department and metric != "cmi":
                continue
            year, parts = years[day[:4]], (float(numerator), float(denominator or 0))
            if department:
                _add(year.groups[department], parts)
                _add(year.groups[group[department]], parts)
                continue
            _add(year.sums[metric], parts)
            if metric in SHAPED:
                year.daily[metric][day] = list(parts)
    return years


def _values(years: list[_Year]) -> dict[str, float]:
    whole = _Year()
    for year in years:
        for kind in ("sums", "groups"):
            for name, parts in getattr(year, kind).items():
                _add(getattr(whole, kind)[name], (parts[0], parts[1]))
        for metric, days in year.daily.items():
            whole.daily[metric] |= days
    sums, groups = whole.sums, whole.groups
    made = {m: a / b for m, (a, b) in sums.items() if b}
    visits = sums["outpatient_visits"][0] + sums["emergency_visits"][0]
    made["visits_per_discharge"] = visits / sums["discharges"][0] if sums["discharges"][0] else 0.0
    made |= _shapes(whole.daily)
    for name, above, below in (("cmi_surgery_over_medicine", "外科", "内科"), ("cmi_cardiac_over_paediatric", "胸外科", "儿科")):
        a, b = groups[above], groups[below]
        if a[1] and b[1] and b[0]:
            made[name] = (a[0] / a[1]) / (b[0] / b[1])
    return made


def _add(at: list[float], parts: tuple[float, float]) -> None:
    at[0] += parts[0]
    at[1] += parts[1]


def _shapes(daily: dict[str, Parts]) -> dict[str, float]:
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


def _clinics(home: Path) -> dict[str, dict[str, float]]:
    """Morning and afternoon; waiting in the fullest and the emptiest clinic sessions; by year, and `""` for all."""
    store = sqlite3.connect(home / "sources" / "his_mz.db")
    halves = store.execute(
        "SELECT substr(g.GHRQ, 1, 4), p.SXW, count(*) FROM MZ_GHZD g JOIN YY_PBB p ON p.HBH = g.HBH WHERE p.SXW IN ('1', '2') AND g.GHLB <> '2' GROUP BY 1, 2"
    ).fetchall()
    sessions = store.execute(
        """SELECT min(substr(g.GHRQ, 1, 4)), count(*), avg(max(0, strftime('%s', f.JZSJ) - strftime('%s', f.BDSJ))) FROM MZ_GHZD g JOIN MZ_FZJH f ON f.GHXH = g.XH
        WHERE g.GHLB <> '2' AND f.BDSJ <> '' AND f.JZSJ <> '' GROUP BY g.HBH ORDER BY 2"""
    ).fetchall()
    store.close()
    made: dict[str, dict[str, float]] = {}
    for window in ("", *sorted({year for year, *_ in halves})):
        here = made[window] = {}
        morning, afternoon = (sum(n for year, half, n in halves if half == which and year.startswith(window)) for which in ("1", "2"))
        if afternoon:
            here["morning_over_afternoon"] = morning / afternoon
        own = [(n, wait) for year, n, wait in sessions if year.startswith(window)]
        tenth = len(own) // 10
        if tenth:
            low, high = own[:tenth], own[-tenth:]
            here["wait_when_short"] = (sum(n * w for n, w in high) / sum(n for n, _ in high)) / max(sum(n * w for n, w in low) / sum(n for n, _ in low), 1)
    return made
