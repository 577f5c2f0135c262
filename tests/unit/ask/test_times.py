"""Times 时间: phrases at five moments, against sums written out here, apart from the grammar."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from yishu.ask.festivals import festivals
from yishu.ask.times import find

MOMENTS = [date(2024, 2, 29), date(2025, 1, 1), date(2025, 3, 31), date(2025, 7, 14), date(2026, 2, 18)]
Range = tuple[date, date]


def back(day: date, months: int) -> date:
    year, month = day.year, day.month - months
    while month < 1:
        year, month = year - 1, month + 12
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def end(day: date) -> date:
    return date(day.year, day.month, monthrange(day.year, day.month)[1])


def whole_month(d: date, ago: int) -> Range:
    first = back(d.replace(day=1), ago)
    return first, end(first) if ago else d


def whole_quarter(d: date, ago: int) -> Range:
    first = back(date(d.year, 3 * ((d.month - 1) // 3) + 1, 1), 3 * ago)
    return first, end(back(first, -2)) if ago else d


def ahead(first: date, months: int) -> date:
    year, month = first.year, first.month + months - 1
    while month > 12:
        year, month = year + 1, month - 12
    return date(year, month, monthrange(year, month)[1])


def quarter(d: date, ago: int) -> Range:
    first = back(date(d.year, 3 * ((d.month - 1) // 3) + 1, 1), 3 * ago)
    return first, ahead(first, 3) if ago else d


def week(d: date, ago: int) -> Range:
    monday = d - timedelta(d.weekday() + 7 * ago)
    return monday, monday + timedelta(6) if ago else d


def year(d: date, ago: int) -> Range:
    return date(d.year - ago, 1, 1), date(d.year - ago, 12, 31) if ago else d


def roll(d: date, days: int) -> Range:
    return d - timedelta(days - 1), d


def rollm(d: date, months: int) -> Range:
    return back(d, months) + timedelta(1), d


def latest(d: date, month: int, months: int = 1) -> Range:
    first = date(d.year if month <= d.month else d.year - 1, month, 1)
    last = ahead(first, months)
    return first, min(last, d)


def fixed(a: str, b: str) -> Callable[[date], Range]:
    return lambda d: (date.fromisoformat(a), date.fromisoformat(b))


def holiday(name: str, wanted: int | None = None) -> Callable[[date], Range]:
    def at(d: date) -> Range:
        known = [s for y in range(2022, 2027) if (s := festivals().days_of(y).get(name)) and s.start <= d]
        span = known[-1]
        return span.start, min(span.end, d)

    return at


def one(days: int) -> Callable[[date], Range]:
    return lambda d: (d - timedelta(days), d - timedelta(days))


PHRASES: list[tuple[str, Callable[[date], Range]]] = [
    ("今天", one(0)), ("今日", one(0)), ("当天", one(0)), ("昨天", one(1)), ("昨日", one(1)), ("前天", one(2)), ("大前天", one(3)), ("yesterday", one(1)), ("today", one(0)),
    ("本周", lambda d: week(d, 0)), ("这周", lambda d: week(d, 0)), ("上周", lambda d: week(d, 1)), ("上个星期", lambda d: week(d, 1)), ("上上周", lambda d: week(d, 2)), ("last week", lambda d: week(d, 1)), ("this week", lambda d: week(d, 0)),
    ("上周三", lambda d: (week(d, 1)[0] + timedelta(2),) * 2), ("上周日", lambda d: (week(d, 1)[1],) * 2), ("上周末", lambda d: (week(d, 1)[0] + timedelta(5), week(d, 1)[1])), ("上周一到上周五", lambda d: (week(d, 1)[0], week(d, 1)[0] + timedelta(4))),
    ("本月", lambda d: whole_month(d, 0)), ("这个月", lambda d: whole_month(d, 0)), ("上月", lambda d: whole_month(d, 1)), ("上个月", lambda d: whole_month(d, 1)), ("上上个月", lambda d: whole_month(d, 2)), ("last month", lambda d: whole_month(d, 1)), ("this month", lambda d: whole_month(d, 0)), ("the month before last", lambda d: whole_month(d, 2)),
    ("上月上旬", lambda d: (whole_month(d, 1)[0], whole_month(d, 1)[0] + timedelta(9))), ("上个月中旬", lambda d: (whole_month(d, 1)[0] + timedelta(10), whole_month(d, 1)[0] + timedelta(19))), ("上个月下旬", lambda d: (whole_month(d, 1)[0] + timedelta(20), whole_month(d, 1)[1])), ("上月底", lambda d: (whole_month(d, 1)[1],) * 2),
    ("本季度", lambda d: quarter(d, 0)), ("上季度", lambda d: quarter(d, 1)), ("上个季度", lambda d: quarter(d, 1)), ("last quarter", lambda d: quarter(d, 1)), ("上上季度", lambda d: quarter(d, 2)),
    ("今年", lambda d: year(d, 0)), ("本年度", lambda d: year(d, 0)), ("去年", lambda d: year(d, 1)), ("上年", lambda d: year(d, 1)), ("前年", lambda d: year(d, 2)), ("大前年", lambda d: year(d, 3)), ("last year", lambda d: year(d, 1)), ("this year", lambda d: year(d, 0)),
    ("今年以来", lambda d: year(d, 0)), ("年初至今", lambda d: year(d, 0)), ("今年1月1日至今", lambda d: year(d, 0)), ("本月至今", lambda d: whole_month(d, 0)), ("year to date", lambda d: year(d, 0)), ("month to date", lambda d: whole_month(d, 0)), ("去年以来", lambda d: (date(d.year - 1, 1, 1), d)), ("上月以来", lambda d: (whole_month(d, 1)[0], d)),
    ("近7天", lambda d: roll(d, 7)), ("最近7天", lambda d: roll(d, 7)), ("过去30天", lambda d: roll(d, 30)), ("近一周", lambda d: roll(d, 7)), ("近两周", lambda d: roll(d, 14)), ("最近三个星期", lambda d: roll(d, 21)), ("近十五天", lambda d: roll(d, 15)), ("近半个月", lambda d: roll(d, 15)), ("last 7 days", lambda d: roll(d, 7)), ("past 30 days", lambda d: roll(d, 30)), ("last two weeks", lambda d: roll(d, 14)), ("这三天", lambda d: roll(d, 3)),
    ("近一个月", lambda d: rollm(d, 1)), ("近三个月", lambda d: rollm(d, 3)), ("近半年", lambda d: rollm(d, 6)), ("近一年", lambda d: rollm(d, 12)), ("近两年", lambda d: rollm(d, 24)), ("最近12个月", lambda d: rollm(d, 12)), ("过去两个季度", lambda d: rollm(d, 6)), ("past six months", lambda d: rollm(d, 6)),
    ("前三天", lambda d: (d - timedelta(3), d - timedelta(1))), ("前两周", lambda d: (week(d, 2)[0], week(d, 1)[1])), ("上两个月", lambda d: (whole_month(d, 2)[0], whole_month(d, 1)[1])),
    ("1月", lambda d: latest(d, 1)), ("二月份", lambda d: latest(d, 2)), ("6月", lambda d: latest(d, 6)), ("12月", lambda d: latest(d, 12)), ("十月", lambda d: latest(d, 10)), ("june", lambda d: latest(d, 6)),
    ("一季度", lambda d: latest(d, 1, 3)), ("第四季度", lambda d: latest(d, 10, 3)), ("q2", lambda d: latest(d, 4, 3)), ("上半年", lambda d: latest(d, 1, 6)), ("下半年", lambda d: latest(d, 7, 6)),
    ("去年6月", lambda d: (date(d.year - 1, 6, 1), date(d.year - 1, 6, 30))), ("去年三季度", lambda d: (date(d.year - 1, 7, 1), date(d.year - 1, 9, 30))), ("去年上半年", lambda d: (date(d.year - 1, 1, 1), date(d.year - 1, 6, 30))), ("去年下半年", lambda d: (date(d.year - 1, 7, 1), date(d.year - 1, 12, 31))), ("去年前三季度", lambda d: (date(d.year - 1, 1, 1), date(d.year - 1, 9, 30))), ("去年1-5月", lambda d: (date(d.year - 1, 1, 1), date(d.year - 1, 5, 31))), ("去年底", lambda d: (date(d.year - 1, 12, 31),) * 2), ("去年前5个月", lambda d: (date(d.year - 1, 1, 1), date(d.year - 1, 5, 31))),
    ("去年11月到去年12月", lambda d: (date(d.year - 1, 11, 1), date(d.year - 1, 12, 31))), ("2023年", fixed("2023-01-01", "2023-12-31")), ("23年5月", fixed("2023-05-01", "2023-05-31")), ("2023年2月", fixed("2023-02-01", "2023-02-28")), ("二〇二三年", fixed("2023-01-01", "2023-12-31")), ("2023年第三季度", fixed("2023-07-01", "2023-09-30")), ("2023年6月1日到6月15日", fixed("2023-06-01", "2023-06-15")), ("2023-06-05", fixed("2023-06-05", "2023-06-05")), ("2023/6/5", fixed("2023-06-05", "2023-06-05")), ("2023年6月至9月", fixed("2023-06-01", "2023-09-30")), ("2022年12月到2023年2月", fixed("2022-12-01", "2023-02-28")), ("2022年到2023年", fixed("2022-01-01", "2023-12-31")), ("2023q4", fixed("2023-10-01", "2023-12-31")), ("june 2023", fixed("2023-06-01", "2023-06-30")), ("first half of 2023", fixed("2023-01-01", "2023-06-30")), ("2023年国庆", fixed("2023-09-29", "2023-10-06")), ("2023年春节", fixed("2023-01-21", "2023-01-27")), ("2023年中秋节当天", fixed("2023-09-29", "2023-09-29")), ("2023年国庆节后一周", fixed("2023-10-07", "2023-10-13")), ("2023年除夕", fixed("2023-01-21", "2023-01-21")), ("2023年元宵节", fixed("2023-02-05", "2023-02-05")),
    ("春节", holiday("春节")), ("春节期间", holiday("春节")), ("五一", holiday("五一")), ("国庆假期", holiday("国庆")), ("元旦", holiday("元旦")), ("清明节", holiday("清明")), ("端午", holiday("端午")), ("中秋节", holiday("中秋")),
]  # fmt: skip


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_every_phrase_at_every_moment(now: date) -> None:
    assert len(PHRASES) * len(MOMENTS) >= 400
    wrong = []
    for phrase, expected in PHRASES:
        found = find(f"{phrase}门诊人次" if not phrase.isascii() or phrase[0].isdigit() else phrase, now)
        got = (found[0].span.start, found[0].span.end) if len(found) == 1 and found[0].span else None
        if got != expected(now):
            wrong.append((phrase, expected(now), got, [f.text for f in found]))
    assert not wrong, wrong
