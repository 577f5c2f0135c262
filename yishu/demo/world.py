"""World 世界: the days, the shape of a year, and one random stream for every part of the simulation."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yishu.demo.structure import CONFIG, Structure, structure

Array = NDArray[Any]
Columns = dict[str, Array]
NONE = -1  # an absent moment
DAY = 86400
HOUR = 3600
EPOCH = date(1970, 1, 1)
FAMILIES = (
    "duplicate_person", "bad_id", "unmapped_code", "time_order", "value_format", "late_row", "red_entry", "encoding", "orphan",
)  # fmt: skip

# relative demand by month, January first
SEASONS: dict[str, tuple[float, ...]] = {
    "": (1,) * 12,
    "flu": (1.9, 1.5, 1.2, 0.95, 0.8, 0.7, 0.65, 0.6, 0.75, 0.95, 1.3, 1.9),
    "winter": (1.3, 1.2, 1.08, 1.0, 0.92, 0.85, 0.82, 0.82, 0.9, 1.0, 1.1, 1.25),
    "spring": (0.8, 0.9, 1.3, 1.5, 1.3, 1.0, 0.8, 0.8, 1.0, 1.1, 0.9, 0.8),
    "summer": (0.7, 0.7, 0.8, 0.9, 1.1, 1.4, 1.6, 1.5, 1.2, 0.9, 0.75, 0.7),
    "autumn": (0.9, 0.8, 0.8, 0.8, 0.8, 0.9, 1.0, 1.1, 1.4, 1.7, 1.5, 1.1),
    "ice": (1.35, 1.2, 0.95, 0.9, 0.9, 0.95, 0.95, 0.9, 0.95, 1.0, 1.1, 1.25),
    "school": (1.3, 1.2, 0.8, 0.8, 0.8, 0.9, 1.6, 1.6, 0.9, 0.8, 0.8, 0.8),
}
WEEK = (1.17, 1.06, 1.0, 0.97, 0.92, 0.46, 0.33)


def seconds(moment: datetime) -> int:
    """Seconds of a naive local moment 秒."""
    return int((moment - datetime(1970, 1, 1)).total_seconds())


def day_number(day: date) -> int:
    return (day - EPOCH).days


@dataclass
class World:
    """The world 世界 of one run: dates, shape, seeds; and the tables of what happened."""

    seed: int
    until: int
    first_day: int
    last_day: int
    scale: float
    families: frozenset[str]
    progress: Callable[[str, float], None]
    structure: Structure = field(default_factory=structure)
    events: dict[str, Columns] = field(default_factory=dict)
    causes: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    truths: list[Callable[[Any], None]] = field(default_factory=list)
    after: int = 0                                              # added to every number allotted 编号起点, for what is lived beside a made hospital
    since: int = NONE                                           # messages from here on; two days before `until` unless said
    receipts: dict[int, str] = field(default_factory=dict)      # prescription → receipt 收据号, the last two days
    red_receipts: dict[int, str] = field(default_factory=dict)  # refund → red receipt

    @staticmethod
    def of(
        seed: int, until: datetime, days: int | None, scale: float, defects: str, progress: Callable[[str, float], None]
    ) -> World:
        """The world from the words of the command line; `days` None = from 1 January of the year before last."""
        last = day_number(until.date())
        first = last - days + 1 if days else day_number(date(until.year - 2, 1, 1))
        return World(seed, seconds(until), first, last, scale, families(defects), progress)

    def rng(self, name: str) -> np.random.Generator:
        """A stream 随机流 of its own for each part, so that one part's change leaves the others alone."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    def has(self, family: str) -> bool:
        return family in self.families

    @property
    def days(self) -> Array:
        return np.arange(self.first_day, self.last_day + 1)

    def known(self, moment: Array) -> Array:
        """Moments not later than now; what has not happened yet is NONE."""
        return np.where(moment <= self.until, moment, NONE)


def families(words: str) -> frozenset[str]:
    """`full`, `none` or families by name."""
    if words == "full":
        return frozenset(FAMILIES)
    if words in ("none", ""):
        return frozenset()
    return frozenset(w.strip() for w in words.split(","))


def month_of(days: Array) -> Array:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12


def weekday_of(days: Array) -> Array:
    """Monday 0."""
    return (days + 3) % 7


def holidays() -> dict[int, tuple[str, str]]:
    """Holidays and made-up working days 节假日与调休."""
    with (CONFIG / "calendar.csv").open(encoding="utf-8", newline="") as file:
        return {day_number(date.fromisoformat(r["date"])): (r["name"], r["kind"]) for r in csv.DictReader(file)}


def demand(days: Array) -> tuple[Array, Array]:
    """(outpatient demand factor 门诊需求, emergency factor 急诊需求) of each day: week, holiday, slow growth."""
    shape = np.array(WEEK)[weekday_of(days)]
    emergency = np.where(weekday_of(days) >= 5, 1.14, 1.0)
    known = holidays()
    for i, day in enumerate(days.tolist()):
        if day in known:
            name, kind = known[day]
            shape[i] = 1.0 if kind == "班" else (0.12 if name == "春节" else 0.26)
            if kind == "休":
                emergency[i] = 0.92 if name == "春节" else 1.2
    growth = 1 + 0.03 * (days - day_number(date(2024, 1, 1))) / 365
    return shape * growth, emergency * growth


def to_day(day: int) -> date:
    return EPOCH + timedelta(days=day)
