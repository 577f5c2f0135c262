"""Movement 异动: what left its usual range, by how much, since when, where, and whether the data or the hospital changed.

Usual = the median of the same weekday over ten weeks; the range = robust spread (MAD), never narrower than chance allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from yishu.analytics.desk import Desk, Number, Query
from yishu.analytics.source import silent_since

WEEKS = 10
HISTORY_DAYS = WEEKS * 7
FEWEST = 4
LIMIT = 3.5
"""Modified z-score beyond which a value is unusual (Iglewicz and Hoaglin 1993)."""

SMALLEST_CHANGE = 0.12
MOST = 6
NEAR_ZERO = 0.15
FEWEST_COUNTED = 5


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement 异动 of one metric on the day spoken of."""

    metric: str
    label: str
    what: str
    value: Number
    usual: Number
    unit: str | None
    better: str
    since: str | None
    departments: tuple[Mapping[str, object], ...]
    cause: str
    say: str
    query: Query | None
    cell: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Unusual:
    """A value outside its usual range."""

    value: float
    usual: float
    score: float
    since: date


def usual(series: Mapping[str, Number], day: date, free: Mapping[date, bool]) -> tuple[float, float] | None:
    """Median and robust spread 常值与离散 of days alike before `day`; None where there are too few.

    A public holiday is like a Sunday, a worked weekend like a weekday; `free` says which days are which.
    """
    kind = _kind(day, free)
    alike = []
    for back in range(1, HISTORY_DAYS + 1):
        other = day - timedelta(days=back)
        value = series.get(other.isoformat())
        if value is not None and _kind(other, free) == kind:
            alike.append(float(value))
    if len(alike) < FEWEST:
        return None
    middle = median(alike)
    spread = 1.4826 * median(abs(value - middle) for value in alike)
    return middle, spread


def unusual(series: Mapping[str, Number], day: date, free: Mapping[date, bool], *, counted: bool) -> Unusual | None:
    """Whether the value of `day` is outside its range, and since which day on end it has been."""
    first = _score(series, day, free, counted)
    if first is None or abs(first[2]) < LIMIT or _small(first) or (counted and _few(first)):
        return None
    since = day
    for back in range(1, 29):
        before = _score(series, day - timedelta(days=back), free, counted)
        if before is None or abs(before[2]) < LIMIT * 0.7 or (before[2] > 0) != (first[2] > 0):
            break
        since = day - timedelta(days=back)
    return Unusual(first[0], first[1], first[2], since)


def movements(desk: Desk, day: date, history: Mapping[str, Mapping[str, Number]]) -> tuple[Movement, ...]:
    """The movements 今日异动, greatest first."""
    free = {holiday.day: not holiday.workday for holiday in desk.profile.holidays}
    found: list[tuple[float, Movement]] = []
    for name, series in history.items():
        metric = desk.centre.metric(name)
        seen = unusual(series, day, free, counted=metric.denominator is None)
        if seen is not None:
            found.append((abs(seen.score), _movement(desk, name, day, seen)))
    found.sort(key=lambda each: (each[1].cause != "data", -each[0]))
    return tuple(movement for _, movement in found[:MOST])


def _movement(desk: Desk, name: str, day: date, seen: Unusual) -> Movement:
    metric = desk.centre.metric(name)
    up = seen.value > seen.usual
    change = (seen.value - seen.usual) / seen.usual * 100 if seen.usual else None
    departments = _departments(desk, name, day, seen)
    quiet = silent_since(desk, tuple(dict.fromkeys(part.table for part in metric.parts)), day)
    gone = not up and seen.value <= seen.usual * NEAR_ZERO and metric.denominator is None
    cause = "data" if quiet is not None or gone else "hospital"
    points = metric.unit == "%"
    size = f"{abs(seen.value - seen.usual):.1f} 个百分点" if points else f"{abs(change):.0f}%" if change is not None else ""
    what = f"{'高于' if up else '低于'}常值 {size}"
    spot = desk.spot(name, day, day, seen.value)
    return Movement(
        metric=name, label=metric.label, what=what, value=seen.value, usual=seen.usual, unit=metric.unit,
        better=metric.better.value, since=seen.since.isoformat(), departments=departments, cause=cause,
        say=_say(metric.label, metric.unit, what, day, seen, departments, quiet, cause),
        query=spot.query, cell=spot.cell,
    )  # fmt: skip


def _say(
    label: str, unit: str, what: str, day: date, seen: Unusual, departments: Sequence[Mapping[str, object]],
    quiet: tuple[str, str] | None, cause: str,
) -> str:  # fmt: skip
    days = (day - seen.since).days + 1
    lasting = f"，已连续 {days} 天" if days > 1 else ""
    told = f"{label} {seen.value:,.4g}{unit}，{what}（同星期常值 {seen.usual:,.4g}{unit}）{lasting}。"
    if quiet is not None:
        return told + f"先看数据：{quiet[0]}的数据只到 {quiet[1]}，可能是来源没有送到，不一定是医院变了。"
    if cause == "data":
        return told + "几乎为零，先核对来源是否送全，不一定是医院变了。"
    names = "、".join(str(each["name"]) for each in departments[:3])
    return told + (f"来源按时送到；主要在 {names}。" if names else "来源按时送到，是医院的变化。")


def _departments(desk: Desk, name: str, day: date, seen: Unusual) -> tuple[Mapping[str, object], ...]:
    """Which departments make it up 构成: each one's own departure from its usual, as a share for what adds up."""
    metric = desk.centre.metric(name)
    if "department" not in metric.dimensions or any(n["dimension"] == "department" for n in desk.within):
        return ()
    days = [day - timedelta(days=7 * back) for back in range(WEEKS)]
    tables = desk.answers([name], days[-1], day, dimensions=["department", "day"])
    if name not in tables:
        return ()
    table = tables[name]
    who, when = table.at("department"), table.at("day")
    if who is None or when is None:
        return ()
    wanted = {each.isoformat() for each in days}
    by: dict[str, dict[str, float]] = {}
    for at, row in enumerate(table.answer.rows):
        value = table.value(name, at)
        if str(row[when]) in wanted and value is not None:
            by.setdefault("未填" if row[who] is None else str(row[who]), {})[str(row[when])] = float(value)
    counted = metric.denominator is None
    moved: list[tuple[str, float]] = []
    for department, series in by.items():
        today = series.get(day.isoformat(), 0.0 if counted else None)
        before = [series.get(each.isoformat(), 0.0 if counted else None) for each in days[1:]]
        known = [value for value in before if value is not None]
        if today is not None and known:
            moved.append((department, today - median(known)))
    up = seen.value > seen.usual
    same = sorted(((d, m) for d, m in moved if (m > 0) == up and m != 0), key=lambda each: -abs(each[1]))
    whole = sum(abs(m) for _, m in same)
    return tuple(
        {"name": d, "share": round(abs(m) / whole * 100, 1) if counted and whole else None} for d, m in same[:5]
    )


def _score(
    series: Mapping[str, Number], day: date, free: Mapping[date, bool], counted: bool
) -> tuple[float, float, float] | None:
    value = series.get(day.isoformat(), 0 if counted else None)
    range_ = usual(series, day, free)
    if value is None or range_ is None:
        return None
    middle, spread = range_
    floor = max(abs(middle) ** 0.5, abs(middle) * 0.03) if counted else abs(middle) * 0.03
    scale = max(spread, floor, 0.0 if counted else _wander(series, day), 1e-9)
    return float(value), middle, (float(value) - middle) / scale


def _wander(series: Mapping[str, Number], day: date) -> float:
    """How far a ratio wanders from day to day over six weeks: ten Mondays alone may agree by chance."""
    days = [(day - timedelta(days=back)).isoformat() for back in range(1, 43)]
    known = [float(value) for each in days if (value := series.get(each)) is not None]
    middle = median(known) if known else 0.0
    return 1.4826 * median(abs(value - middle) for value in known) if known else 0.0


def _small(found: tuple[float, float, float]) -> bool:
    value, middle, _ = found
    return abs(value - middle) < SMALLEST_CHANGE * abs(middle)


def _few(found: tuple[float, float, float]) -> bool:
    """A count that is a handful both now and usually says nothing."""
    value, middle, _ = found
    return max(value, middle) < FEWEST_COUNTED


def _kind(day: date, free: Mapping[date, bool]) -> int:
    if day in free:
        return 6 if free[day] else 0
    return day.weekday()
