"""Reach 累计的时段: for every member of a time grain, from when until when its rows count.

A member stands for its last day that is asked for and known; a comparison keeps the member and goes back with the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from yishu.kernel.errors import InputError
from yishu.metrics.definition import Grain, Rolling
from yishu.metrics.period import Base, Shift, floor, following, moved
from yishu.metrics.query import Span

MOST = 20_000


@dataclass(frozen=True, slots=True)
class Reach:
    """The windows 时段 of an accumulation: member, first day, first day after."""

    members: tuple[date, ...]
    firsts: tuple[date, ...]
    untils: tuple[date, ...]


def reach(rolling: Rolling, grain: Grain | None, span: Span | None, base: Base, first: datetime | None, last: datetime | None) -> Reach:
    """The windows of the members of `span` (None: everything known), moved back where `base` is a comparison."""
    if first is None or last is None:
        return Reach((), (), ())
    low, high = (first.date(), last.date()) if span is None else (max(span.start, first).date(), min(span.end, last).date())
    if low > high:
        return Reach((), (), ())
    back = Shift(-base.shift.days, -base.shift.months)
    if grain is None:
        was = high if not back.days and not back.months else min(base.span.end, last).date()
        return _windows(rolling, [(was, was)] if was >= first.date() else [])
    found: list[tuple[date, date]] = []
    member = floor(datetime.combine(low, datetime.min.time()), grain)
    while member <= high:
        after = following(member, grain)
        at = min(after - timedelta(days=1), high)
        earlier = _earlier(member, at, after, back, grain)
        if earlier is not None and first.date() <= earlier <= last.date():
            found.append((member, earlier))
        member = after
        if len(found) > MOST:
            raise InputError("query.too_large", f"累计要算的时段超过 {MOST} 个", hint="缩短时间范围或用更粗的粒度", where="time")
    return _windows(rolling, found)


def _earlier(member: date, at: date, after: date, back: Shift, grain: Grain) -> date | None:
    """The day a comparison stands on: a whole member for a whole member, else the same elapsed day."""
    if not back.days and not back.months:
        return at
    if grain is not Grain.DAY and at == after - timedelta(days=1):
        start = floor(moved(datetime.combine(member, datetime.min.time()), back), grain)
        return following(start, grain) - timedelta(days=1)
    was = moved(datetime.combine(at, datetime.min.time()), back).date()
    return was if not back.months or was.day == at.day or grain is not Grain.DAY else None


def _windows(rolling: Rolling, days: list[tuple[date, date]]) -> Reach:
    members, firsts, untils = [], [], []
    for member, at in days:
        members.append(member)
        firsts.append(_first(rolling, at))
        untils.append(at + timedelta(days=1))
    return Reach(tuple(members), tuple(firsts), tuple(untils))


def _first(rolling: Rolling, at: date) -> date:
    if rolling.since is not None:
        return floor(datetime.combine(at, datetime.min.time()), Grain(rolling.since))
    if rolling.window is None:
        return date(1900, 1, 1)  # before any record, and within every engine's dates
    if rolling.window.grain == "day":
        return at - timedelta(days=rolling.window.count - 1)
    months = {"month": 1, "quarter": 3, "year": 12}[rolling.window.grain] * rolling.window.count
    return (moved(datetime.combine(at, datetime.min.time()), Shift(months=-months)) + timedelta(days=1)).date()
