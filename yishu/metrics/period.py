"""Periods 时期: members of time, and which earlier span a comparison goes back to (design §5.2)."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from yishu.kernel.errors import InputError
from yishu.metrics.definition import Grain
from yishu.metrics.query import Span

_FINEST = (Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR)
_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a base row 平移 is carried forward to meet the row it is compared with."""

    days: int = 0
    months: int = 0


NO_SHIFT = Shift()


@dataclass(frozen=True, slots=True)
class Base:
    """The base 基期 of a comparison: its span and the shift that carries its rows forward."""

    span: Span
    shift: Shift


def add_months(day: datetime, months: int) -> datetime:
    """The same day so many months on 加月; the month's last where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        raise InputError("query.time", f"时间超出范围：{day:%Y-%m-%d}", hint="换一个年份", where="time")
    last = calendar.monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def moved(day: datetime, shift: Shift) -> datetime:
    """A moment carried forward by a shift."""
    return add_months(day, shift.months) + timedelta(days=shift.days)


def last_of_month(day: datetime) -> bool:
    """Whether it is the month's last day."""
    return day.day == calendar.monthrange(day.year, day.month)[1]


def floor(day: datetime, grain: Grain) -> date:
    """The first day 期首 of the member a day lies in."""
    if grain is Grain.WEEK:
        return (day - timedelta(days=day.weekday())).date()
    if grain is Grain.MONTH:
        return date(day.year, day.month, 1)
    if grain is Grain.QUARTER:
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    if grain is Grain.YEAR:
        return date(day.year, 1, 1)
    return day.date()


def following(start: date, grain: Grain) -> date:
    """The first day of the next member."""
    at = datetime.combine(start, datetime.min.time())
    if grain is Grain.DAY:
        return start + timedelta(days=1)
    if grain is Grain.WEEK:
        return start + timedelta(days=7)
    return add_months(at, _MONTHS[grain]).date()


def finest(grains: tuple[Grain, ...]) -> Grain | None:
    """The finest 最细 of the grains that run on (hour and weekday repeat and do not count)."""
    return next((g for g in _FINEST if g in grains), None)


def member(value: object, grain: Grain) -> str | None:
    """The name 成员名 of a member as answers show it."""
    if value is None:
        return None
    if isinstance(value, datetime):
        value = value.date()
    if not isinstance(value, date):
        return str(value)
    if grain is Grain.MONTH:
        return f"{value.year:04d}-{value.month:02d}"
    if grain is Grain.QUARTER:
        return f"{value.year:04d}-Q{(value.month + 2) // 3}"
    if grain is Grain.YEAR:
        return f"{value.year:04d}"
    return value.isoformat()


def interval(text: object, grain: Grain) -> tuple[date, date]:
    """First day and first day after 起止 of a member named for a filter; a coarser member takes in what lies below."""
    told = str(text)
    named: Grain
    try:
        if len(told) == 10:
            start = date.fromisoformat(told)
            named = Grain.WEEK if grain is Grain.WEEK else Grain.DAY
            if named is Grain.WEEK:
                start = floor(datetime.combine(start, datetime.min.time()), Grain.WEEK)
        elif len(told) == 7 and told[4:6] == "-Q":
            start, named = date(int(told[:4]), int(told[6]) * 3 - 2, 1), Grain.QUARTER
        elif len(told) == 7:
            start, named = date.fromisoformat(told + "-01"), Grain.MONTH
        elif len(told) == 4:
            start, named = date(int(told), 1, 1), Grain.YEAR
        else:
            raise ValueError
    except ValueError:
        raise _bad_member(text, grain) from None
    order = (Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR)
    if order.index(named) < order.index(grain):
        raise _bad_member(text, grain)
    if grain is Grain.WEEK and named is not Grain.WEEK:
        raise _bad_member(text, grain)
    return start, following(start, named)


def cyclic(text: object, grain: Grain) -> int:
    """The number of an hour or weekday named for a filter."""
    low, high = (0, 23) if grain is Grain.HOUR else (1, 7)
    try:
        number = int(str(text))
    except ValueError:
        raise _bad_member(text, grain) from None
    if not low <= number <= high:
        raise _bad_member(text, grain)
    return number


_FORMS = {
    Grain.HOUR: "0–23", Grain.DAY: "2025-06-03", Grain.WEEKDAY: "1–7（周一为1）", Grain.WEEK: "2025-06-02（周一）",
    Grain.MONTH: "2025-06", Grain.QUARTER: "2025-Q2", Grain.YEAR: "2025",
}  # fmt: skip


def _bad_member(text: object, grain: Grain) -> InputError:
    return InputError("member.bad", f"{grain} 没有成员 {text!r}", hint=f"写成 {_FORMS[grain]}", where="filters")


def base_of(kind: str, span: Span, through: datetime, grains: tuple[Grain, ...], custom: Span | None) -> Base:
    """The base of a comparison over `span`, whose data are known up to `through`.

    A running period compares with the same elapsed days; whole months go back by whole months.
    """
    if kind == "custom":
        assert custom is not None
        return _custom(span, custom, finest(grains))
    grain = finest(grains)
    if kind == "yoy":
        shift = Shift(days=364) if grain is Grain.WEEK else Shift(months=12)
    elif grain is not None:
        shift = Shift(months=_MONTHS[grain]) if grain in _MONTHS else Shift(days=7 if grain is Grain.WEEK else 1)
    else:
        shift = _before(span, through)
    ran = _elapsed(span, through)
    return Base(_back(ran, shift), shift)


def _elapsed(span: Span, through: datetime) -> Span:
    day = datetime.combine(through.date(), datetime.min.time())
    if span.fine or span.end <= day or day < span.start:
        return span
    return replace(span, end=day)


def _back(span: Span, shift: Shift) -> Span:
    back = Shift(-shift.days, -shift.months)
    start, end = moved(span.start, back), moved(span.end, back)
    whole = shift.months and not span.fine and last_of_month(span.end) and span.start <= span.end.replace(day=1)
    if whole:
        end = end.replace(day=calendar.monthrange(end.year, end.month)[1])
    return replace(span, start=start, end=end)


def _before(span: Span, through: datetime) -> Shift:
    """The period just before 上期 without a time dimension: of the same length, calendar-aligned where it is calendar-shaped."""
    length = span.until - span.start
    if span.fine:
        return Shift(days=max(1, -(-length // timedelta(days=1))))
    if span.start.day == 1 and last_of_month(span.end):
        return Shift(months=(span.end.year - span.start.year) * 12 + span.end.month - span.start.month + 1)
    running = span.end.date() >= through.date() and span.end > span.start
    if running:
        for grain in (Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR):
            first = floor(span.start, grain)
            if first == span.start.date() and span.end.date() < following(first, grain):
                return Shift(days=7) if grain is Grain.WEEK else Shift(months=_MONTHS[grain])
    return Shift(days=length.days)


def _custom(span: Span, base: Span, grain: Grain | None) -> Base:
    if grain is None or grain in (Grain.DAY, Grain.WEEK):
        if grain is Grain.WEEK:
            apart = floor(span.start, Grain.WEEK) - floor(base.start, Grain.WEEK)
        else:
            apart = span.start.date() - base.start.date()
        return Base(base, Shift(days=apart.days))
    here, there = floor(span.start, grain), floor(base.start, grain)
    return Base(base, Shift(months=(here.year - there.year) * 12 + here.month - there.month))
