"""Festivals 节假日: when a holiday was, from the table of its year, else from the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import yaml

from yishu.ask.frame import Span

TABLE = Path(__file__).parent / "tables" / "holidays.yaml"


@dataclass(frozen=True, slots=True)
class Festivals:
    """The holiday tables 节假日表."""

    names: dict[str, str]  # what people say → holiday
    off: dict[int, dict[str, Span]]
    lunar: dict[str, dict[int, date]]
    fixed: dict[str, tuple[int, int, int]]

    def in_year(self, name: str, year: int) -> Span | None:
        """The holiday of one year, None where no table knows."""
        if name in ("除夕", "元宵"):
            spring = self.lunar["春节"].get(year)
            day = spring and spring + timedelta(-1 if name == "除夕" else 14)
            return Span(day, day) if day else None
        if span := self.off.get(year, {}).get(name):
            return span
        if name in self.lunar:
            first = self.lunar[name].get(year)
            return Span(first, first + timedelta(6 if name == "春节" else 0)) if first else None
        month, day_of, days = self.fixed[name]
        first = date(year, month, day_of)
        return Span(first, first + timedelta(days - 1))

    def eve(self, name: str, year: int) -> date | None:
        """The festival's own day 当天."""
        if name in self.lunar:
            return self.lunar[name].get(year)
        if name in self.fixed:
            return date(year, *self.fixed[name][:2])
        span = self.in_year(name, year)
        return span.start if span else None

    def days_of(self, year: int) -> dict[str, Span]:
        """The announced holidays of a year."""
        return self.off.get(year, {})

    def latest(self, name: str, now: date) -> tuple[int, Span] | None:
        """The latest occurrence that has begun."""
        for year in range(now.year + 1, now.year - 12, -1):
            span = self.in_year(name, year)
            if span and span.start <= now:
                return year, span
        return None


@cache
def festivals() -> Festivals:
    """The tables that come with the house."""
    raw = yaml.load(TABLE.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return Festivals(
        names={say: name for name, says in raw["names"].items() for say in says},
        off={y: {n: Span(a, b) for n, (a, b) in rows.items()} for y, rows in raw["days"].items()},
        lunar={n: {d.year: d for d in days} for n, days in raw["lunar"].items()},
        fixed={n: (m, d, k) for n, (m, d, k) in raw["fixed"].items()},
    )
