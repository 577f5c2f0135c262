"""A second brute-force oracle 对照二: one pass over the rows for a whole answer, every kind, comparisons included.

Plain lists, dictionaries and fractions over the rows of a small hospital. It shares no code with the compiler: what a
metric means stands here and in `metrics_oracle.py` a second time, in Python.
"""

from __future__ import annotations

import calendar
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from statistics import median
from typing import Any

from tests.property.metrics_oracle import (
    GRAINS,
    METRICS,
    SAME_WHERE,
    Oracle,
    Part,
    Row,
    Rows,
    col,
    late,
    out,
    part,
    passes,
)

Key = tuple[object, ...]
Filters = list[tuple[str, str, list[object]]]
RUNNING = ("day", "week", "month", "quarter", "year")
SEEN: Callable[[Row], bool] = lambda r: r["status"] == "已就诊"  # noqa: E731


@dataclass(frozen=True)
class Kind:
    """A metric of another kind 其他类型: its parts, and how they become a number."""

    top: Part
    bottom: Part | None = None
    scale: int = 1
    how: str = "sum"
    window: tuple[str, int] | None = None
    same: bool = False


def _outpatient(r: Row) -> bool:
    return r["visit_class"] == "门诊" and SEEN(r)


KINDS: dict[str, Kind] = {
    "k_people_7d": Kind(part("visit", "visit_date", _outpatient, col("patient_key")), how="distinct", window=("days", 7)),
    "k_revenue_mtd": Kind(part("charge", "charged_at", lambda r: r["patient_class"] in ("门急诊", "住院"), col("amount")), window=("to", 1)),
    "k_discharges_ytd": Kind(part("stay", "discharged_at", out), window=("to", 12)),
    "k_stay_ever": Kind(part("stay", "discharged_at", out, col("length_of_stay")), part("stay", "discharged_at", out), window=("ever", 0), same=True),
    "k_stay_p90": Kind(part("stay", "discharged_at", out, col("length_of_stay")), how="p90"),
    "k_patients": Kind(part("visit", "visit_date", SEEN, col("patient_key")), how="distinct"),
    "k_beds_first": Kind(part("bed_day", "date", lambda r: True, col("open_beds")), how="first"),
    "k_beds_mean": Kind(part("bed_day", "date", lambda r: True, col("open_beds")), how="mean"),
    "k_beds_max": Kind(part("bed_day", "date", lambda r: True, col("open_beds")), how="max"),
    "k_booked_seen": Kind(part("appointment", "slot_at", lambda r: bool(r["seen_later"])), part("appointment", "slot_at", lambda r: True), 100),
    "k_not_back": Kind(part("stay", "discharged_at", lambda r: out(r) and not r["back_later"]), part("stay", "discharged_at", out)),
}


def _library(name: str) -> Kind:
    top, bottom, scale, _ = METRICS[name]
    how = {"lab_tat_minutes": "median", "stock_value": "last", "bed_turnover": "turnover"}.get(name, "sum")
    return Kind(top, bottom, scale, how, same=name in SAME_WHERE)


ALL: dict[str, Kind] = {**{n: _library(n) for n in METRICS}, **KINDS}


def forward(d: date, months: int, days: int) -> date:
    """A day so many months and days on; the month's last where it has no such day."""
    index = d.year * 12 + d.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(d.day, calendar.monthrange(year, month)[1])) + timedelta(days=days)


def first_of(d: date, grain: str) -> date:
    """The first day of the member a day lies in."""
    if grain == "week":
        return d - timedelta(days=d.weekday())
    if grain == "month":
        return d.replace(day=1)
    if grain == "quarter":
        return date(d.year, (d.month - 1) // 3 * 3 + 1, 1)
    return date(d.year, 1, 1) if grain == "year" else d


def last_of(d: date, grain: str) -> date:
    """The last day of the member a day lies in."""
    start = first_of(d, grain)
    if grain == "day":
        return start
    if grain == "week":
        return start + timedelta(days=6)
    return forward(start, {"month": 1, "quarter": 3, "year": 12}[grain], 0) - timedelta(days=1)


def named(d: date, grain: str) -> str:
    """A member's name."""
    if grain == "month":
        return f"{d.year:04d}-{d.month:02d}"
    if grain == "quarter":
        return f"{d.year:04d}-Q{(d.month + 2) // 3}"
    return f"{d.year:04d}" if grain == "year" else first_of(d, grain).isoformat()


def _first_day(member: str, grain: str) -> date:
    if grain == "quarter":
        return date(int(member[:4]), int(member[6]) * 3 - 2, 1)
    return date.fromisoformat({"month": f"{member}-01", "year": f"{member}-01-01"}.get(grain, member))


@dataclass(frozen=True)
class Period:
    """The rows of a question 时段: a span, and how far they are carried forward."""

    lower: date | None
    upper: date | None
    months: int = 0
    days: int = 0


class Grouped(Oracle):
    """Whole answers at once 整题计算."""

    def __init__(self, rows: Rows, now: datetime) -> None:
        super().__init__(rows, now)
        self._mark_later()
        self.members: dict[tuple[str, str, int], list[object]] = {}
        self.spans: dict[str, tuple[date, date] | None] = {}
        self.passing: dict[int, list[tuple[int, Row, date]]] = {}
        self.days_of: dict[tuple[str, str], list[date]] = {}
        self.held: dict[object, Any] = {}

    def forget(self) -> None:
        """Before the next question: what was worked out for the last one is of no more use."""
        self.held.clear()

    def _once(self, key: object, work: Callable[[], Any]) -> Any:
        if key not in self.held:
            self.held[key] = work()
        return self.held[key]

    def rows_passing(self, p: Part) -> list[tuple[int, Row, date]]:
        """The rows of a part that its definition lets in and that have a day, with their place."""
        if id(p) not in self.passing:
            placed = ((place, row, self.day(row, p)) for place, row in enumerate(self.rows[p[0]]) if p[2](row))
            self.passing[id(p)] = [(place, row, d) for place, row, d in placed if d is not None]
        return self.passing[id(p)]

    def _mark_later(self) -> None:
        """What came later for the same patient: a visit within 14 days of a booking, an admission within 60 of a discharge."""
        visits: dict[object, list[Any]] = defaultdict(list)
        for v in self.rows["visit"]:
            if v["status"] == "已就诊" and v["patient_key"] is not None and v["started_at"] is not None:
                visits[v["patient_key"]].append(v["started_at"])
        for a in self.rows["appointment"]:
            slot: Any = a["slot_at"]
            a["seen_later"] = slot is not None and any(slot <= s <= slot + timedelta(days=14) for s in visits[a["patient_key"]])
        stays: dict[object, list[Row]] = defaultdict(list)
        for s in self.rows["stay"]:
            if s["status"] in ("出院", "在院") and s["patient_key"] is not None and s["admitted_at"] is not None:
                stays[s["patient_key"]].append(s)
        for s in self.rows["stay"]:
            left: Any = s["discharged_at"]
            s["back_later"] = left is not None and any(
                o["stay_id"] != s["stay_id"] and left <= o["admitted_at"] <= left + timedelta(days=60)  # type: ignore[operator]
                for o in stays[s["patient_key"]]
            )

    # rows and their members

    def known_span(self, metric: str) -> tuple[date, date] | None:
        """From the first to the last day that all facts of the metric have."""
        if metric not in self.spans:
            found: tuple[date, date] | None = None
            spans = []
            kind = ALL[metric]
            for p in (kind.top, kind.bottom):
                if p is not None:
                    days = [d for d in (self.day(r, p) for r in self.rows[p[0]]) if d is not None]
                    spans.append((min(days), min(max(days), self.now.date())) if days else None)
            if all(spans):
                found = min(s[0] for s in spans if s), min(s[1] for s in spans if s)
            self.spans[metric] = found
        return self.spans[metric]

    def uncompared(self, metric: str, key: Key, dims: list[str], base: Period) -> bool:
        """Whether the data of a period compared with begin within it, for the member of this cell."""
        kind = ALL[metric]
        if base.lower is None or kind.how in ("last", "first", "max"):
            return False
        days = [self._once(("days", p[0], p[1]), lambda p=p: [d for r in self.rows[p[0]] if (d := self.day(r, p)) is not None]) for p in (kind.top, kind.bottom) if p]
        first = late(days, base.lower)
        grain = next((g for g in RUNNING if g in dims), None)
        if first is None or grain is None:
            return first is not None
        before = forward(first, base.months, base.days) - timedelta(days=1)
        return _first_day(str(key[dims.index(grain)]), grain) <= first_of(before, grain)

    def plain_members(self, p: Part, dimension: str) -> list[object]:
        """The member of every row of a part's table."""
        key = (p[0] + "|" + p[1], dimension, id(p))
        if key not in self.members:
            self.members[key] = [self.dimension(dimension, r, p) for r in self.rows[p[0]]]
        return self.members[key]

    def chosen(self, p: Part, dims: list[str], filters: Filters, period: Period, ignored: frozenset[str]) -> list[tuple[Key, Row, date]]:
        """Rows of a part in a period that pass, each with its key (ignored dimensions left out) and its day."""
        found = []
        listed = [d for d in dims if d not in ignored]
        strict = bool(period.months) and "day" in dims
        wanted = [f for f in filters if f[0] not in ignored]
        cells = {d: self.plain_members(p, d) for d in {*listed, *(f[0] for f in wanted)} if d not in GRAINS}
        for place, row, d in self.rows_passing(p):
            if (period.lower and d < period.lower) or (period.upper and d > period.upper):
                continue
            shown = forward(d, period.months, period.days) if period.months or period.days else d
            if strict and shown.day != d.day:
                continue

            def member(name: str, place: int = place, row: Row = row, d: date = d, shown: date = shown) -> object:
                if name in RUNNING:
                    return named(shown, name)
                return self.bucket(name, row, p) if name in GRAINS else cells[name][place]

            if all(passes(member(f[0]), f) for f in wanted):
                found.append((tuple(member(n) for n in listed), row, d))
        return found

    # values

    def answer(self, metric: str, dims: list[str], filters: Filters, period: Period) -> dict[Key, Fraction | None]:
        """Every cell of a metric in a period; what has no rows has no cell."""
        return self._once(("answer", metric, tuple(dims), repr(filters), period), lambda: self._answer(metric, dims, filters, period))  # type: ignore[no-any-return]

    def _answer(self, metric: str, dims: list[str], filters: Filters, period: Period) -> dict[Key, Fraction | None]:
        kind = ALL[metric]
        if kind.window is not None:
            return self._accumulated(metric, kind, dims, filters, period)
        ignores = METRICS[metric][3] if metric in METRICS else frozenset()
        top = self._by(self.chosen(kind.top, dims, filters, period, frozenset()))
        if kind.how in ("first", "last", "mean", "max"):
            return self._snapshot(kind, top, dims, filters, period)
        if kind.bottom is None:
            return {k: self._one(kind, listed) for k, listed in top.items()}
        bottom = self._by(self.chosen(kind.bottom, dims, filters, period, ignores))
        keys = set(top) if any(d in ignores for d in dims) else {*top, *bottom}
        found: dict[Key, Fraction | None] = {}
        for key in keys:
            short = tuple(k for k, d in zip(key, dims, strict=True) if d not in ignores)
            found[key] = self._ratio(kind, top.get(key, []), bottom.get(short, []), key, dims, filters, period)
        return found

    def without_top(self, metric: str, key: Key, dims: list[str], filters: Filters, period: Period) -> Fraction | None:
        """A cell without numerator rows whose denominator leaves one of its dimensions out: none of something known is 0."""
        kind, ignores = ALL[metric], METRICS[metric][3] if metric in METRICS else frozenset()
        if kind.bottom is None or kind.same or kind.window is not None or kind.how != "sum" or not any(d in ignores for d in dims):
            return None
        below = kind.bottom
        bottom = self._once(("bottom", metric, tuple(dims), repr(filters), period), lambda: self._by(self.chosen(below, dims, filters, period, ignores)))
        short = tuple(k for k, d in zip(key, dims, strict=True) if d not in ignores)
        return Fraction(0) if sum(self._numbers(kind.bottom, bottom.get(short, []))) else None

    def _by(self, chosen: list[tuple[Key, Row, date]]) -> dict[Key, list[tuple[Row, date]]]:
        found: dict[Key, list[tuple[Row, date]]] = defaultdict(list)
        for key, row, d in chosen:
            found[key].append((row, d))
        return found

    def _numbers(self, p: Part, listed: list[tuple[Row, date]]) -> list[Fraction]:
        return [Fraction(n) for n in (p[3](r) for r, _ in listed) if n is not None]  # type: ignore[arg-type]

    def _one(self, kind: Kind, listed: list[tuple[Row, date]]) -> Fraction | None:
        if kind.how == "distinct":
            return Fraction(len({kind.top[3](r) for r, _ in listed} - {None}))
        numbers = self._numbers(kind.top, listed)
        if kind.how == "median":
            return Fraction(median(numbers)) if numbers else None
        if kind.how == "p90":
            return _percentile(sorted(numbers), Fraction(9, 10)) if numbers else None
        return sum(numbers, Fraction(0)) * kind.scale if numbers or not listed else None

    def _ratio(
        self, kind: Kind, top: list[tuple[Row, date]], bottom: list[tuple[Row, date]], key: Key, dims: list[str], filters: Filters, period: Period
    ) -> Fraction | None:
        assert kind.bottom is not None
        over, under = self._numbers(kind.top, top), self._numbers(kind.bottom, bottom)
        if not under or sum(under) == 0 or (not over and (kind.same or top)):
            return None
        value = sum(over, Fraction(0)) * kind.scale / sum(under)
        return value * self._days(kind.bottom, key, dims, filters, period) if kind.how == "turnover" else value

    def _timed_days(self, p: Part, dims: list[str], filters: Filters, period: Period) -> list[tuple[Key, date]]:
        """The days on which the fact has any row at all, with the time members they fall into."""
        return self._once(("days", id(p), tuple(dims), repr(filters), period), lambda: self._all_timed_days(p, dims, filters, period))  # type: ignore[no-any-return]

    def _all_timed_days(self, p: Part, dims: list[str], filters: Filters, period: Period) -> list[tuple[Key, date]]:
        times = [d for d in dims if d in GRAINS]
        found = []
        if (p[0], p[1]) not in self.days_of:
            self.days_of[(p[0], p[1])] = sorted({x for x in (self.day(r, p) for r in self.rows[p[0]]) if x is not None})
        for d in self.days_of[(p[0], p[1])]:
            if (period.lower and d < period.lower) or (period.upper and d > period.upper):
                continue
            shown = forward(d, period.months, period.days)
            if period.months and "day" in dims and shown.day != d.day:
                continue

            def member(name: str, d: date = d, shown: date = shown) -> object:
                return named(shown, name) if name in RUNNING else str(d.weekday() + 1)

            if all(passes(member(f[0]), f) for f in filters if f[0] in GRAINS):
                found.append((tuple(member(t) for t in times), d))
        return found

    def _days(self, p: Part, key: Key, dims: list[str], filters: Filters, period: Period) -> int:
        times = tuple(k for k, d in zip(key, dims, strict=True) if d in GRAINS)
        counts = self._once(("day counts", id(p), tuple(dims), repr(filters), period), lambda: Counter(k for k, _ in self._timed_days(p, dims, filters, period)))
        return int(counts[times])

    def _snapshot(
        self, kind: Kind, top: dict[Key, list[tuple[Row, date]]], dims: list[str], filters: Filters, period: Period
    ) -> dict[Key, Fraction | None]:
        days: dict[Key, list[date]] = defaultdict(list)
        for times, d in self._timed_days(kind.top, dims, filters, period):
            days[times].append(d)
        found: dict[Key, Fraction | None] = {}
        for key, listed in top.items():
            times = tuple(k for k, d in zip(key, dims, strict=True) if d in GRAINS)
            if kind.how in ("first", "last"):
                edge = max(days[times]) if kind.how == "last" else min(days[times])
                listed = [(r, d) for r, d in listed if d == edge]
                if not listed:
                    continue
                numbers = self._numbers(kind.top, listed)
                found[key] = sum(numbers, Fraction(0)) if numbers else None
                continue
            numbers = self._numbers(kind.top, listed)
            if kind.how == "mean":
                found[key] = sum(numbers, Fraction(0)) / len(days[times]) if numbers else None
                continue
            each: dict[date, Fraction] = defaultdict(Fraction)
            for r, d in listed:
                number = kind.top[3](r)
                if number is not None:
                    each[d] += Fraction(number)  # type: ignore[arg-type]
            found[key] = max(each.values()) if each else None
        return found

    def _accumulated(self, metric: str, kind: Kind, dims: list[str], filters: Filters, period: Period) -> dict[Key, Fraction | None]:
        """Each member stands for its last day that is asked for and known; a comparison stands as far back."""
        known = self.known_span(metric)
        if known is None:
            return {}
        grain = next((g for g in RUNNING if g in dims), None)
        plain = [d for d in dims if d not in GRAINS]
        lower = forward(period.lower, period.months, period.days) if period.lower else known[0]
        upper = forward(period.upper, period.months, period.days) if period.upper else known[1]
        low, high = max(lower, known[0]), min(upper, known[1])
        found: dict[Key, Fraction | None] = {}
        if low > high:
            return found
        stands: list[tuple[date, date]] = []
        if grain is None:
            was = high if not period.months and not period.days else min(period.upper or known[1], known[1])
            stands = [(was, was)] if was >= known[0] else []
        else:
            member = first_of(low, grain)
            while member <= high:
                at = min(last_of(member, grain), high)
                was_: date | None = at
                if period.months or period.days:
                    back = forward(at, -period.months, -period.days)
                    if grain != "day" and at == last_of(member, grain):
                        back = last_of(forward(member, -period.months, -period.days), grain)
                    was_ = None if grain == "day" and period.months and back.day != at.day else back
                if was_ is not None and known[0] <= was_ <= known[1]:
                    stands.append((member, was_))
                member = last_of(member, grain) + timedelta(days=1)
        everything = Period(None, None)
        tops = self.chosen(kind.top, plain, filters, everything, frozenset())
        bottoms = self.chosen(kind.bottom, plain, filters, everything, frozenset()) if kind.bottom else []
        for member, at in stands:
            start = self._start(kind, at)
            top = self._by([c for c in tops if start <= c[2] <= at])
            bottom = self._by([c for c in bottoms if start <= c[2] <= at])
            for short in {*top, *bottom}:
                values = iter(short)
                key = tuple(named(member, d) if d in RUNNING else next(values) for d in dims)
                found[key] = (
                    self._one(kind, top[short]) if kind.bottom is None else self._ratio(kind, top.get(short, []), bottom.get(short, []), key, dims, filters, period)
                )
        return found

    def _start(self, kind: Kind, at: date) -> date:
        assert kind.window is not None
        what, count = kind.window
        if what == "ever":
            return date.min
        if what == "days":
            return at - timedelta(days=count - 1)
        return first_of(at, "month" if count == 1 else "year")


def _percentile(numbers: list[Fraction], at: Fraction) -> Fraction:
    """Between the two nearest ranks, in proportion."""
    place = at * (len(numbers) - 1)
    low = int(place)
    high = min(low + 1, len(numbers) - 1)
    return numbers[low] + (numbers[high] - numbers[low]) * (place - low)
