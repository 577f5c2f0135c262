"""Families of time phrases 时间短语: more than 400 at five moments, each with its range worked out here, apart from the grammar."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from yishu.ask.times import find

MOMENTS = [date(2024, 2, 29), date(2025, 1, 1), date(2025, 3, 31), date(2025, 7, 14), date(2026, 2, 18)]
Range = tuple[date, date]
At = Callable[[date], Range]
CN = "零一二三四五六七八九十"
ENGLISH = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]


def cn(n: int) -> str:
    """1..99 in Chinese characters."""
    tens, ones = divmod(n, 10)
    return ("" if tens == 0 else "十" if tens == 1 else CN[tens] + "十") + (CN[ones] if ones or not tens else "")


def last_of(y: int, m: int) -> date:
    return date(y, m, monthrange(y, m)[1])


def add(y: int, m: int, k: int) -> tuple[int, int]:
    n = y * 12 + m - 1 + k
    return n // 12, n % 12 + 1


def months(y: int, m: int, k: int = 1) -> Range:
    return date(y, m, 1), last_of(*add(y, m, k - 1))


def back(d: date, k: int) -> date:
    y, m = add(d.year, d.month, -k)
    return date(y, m, min(d.day, monthrange(y, m)[1]))


def cut(d: date, r: Range) -> Range:
    return r[0], min(r[1], d) if r[0] <= d else r[1]


def monday(d: date, ago: int = 0) -> date:
    return d - timedelta(d.weekday() + 7 * ago)


def month_families() -> Iterator[tuple[str, At]]:
    for m in range(1, 13):
        for says in (f"{m}月", f"{m}月份", f"{cn(m)}月份"):
            yield says, lambda d, m=m: cut(d, months(d.year if m <= d.month else d.year - 1, m))
        yield f"去年{m}月", lambda d, m=m: months(d.year - 1, m)
        yield f"去年{cn(m)}月份", lambda d, m=m: months(d.year - 1, m)
        yield f"前年{m}月", lambda d, m=m: months(d.year - 2, m)
        yield f"2023年{m}月", lambda d, m=m: months(2023, m)
        yield f"2022-{m:02d}", lambda d, m=m: months(2022, m)
        yield f"2023{m:02d}", lambda d, m=m: months(2023, m)
        yield f"23年{m}月份", lambda d, m=m: months(2023, m)
        yield f"2023年{m}月上旬", lambda d, m=m: (date(2023, m, 1), date(2023, m, 10))
        yield f"2023年{m}月中旬", lambda d, m=m: (date(2023, m, 11), date(2023, m, 20))
        yield f"2023年{m}月下旬", lambda d, m=m: (date(2023, m, 21), last_of(2023, m))
        yield f"去年{m}月前10天", lambda d, m=m: (date(d.year - 1, m, 1), date(d.year - 1, m, 10))
        yield f"去年{m}月最后一周", lambda d, m=m: (last_of(d.year - 1, m) - timedelta(6), last_of(d.year - 1, m))
        yield f"去年{m}月第一天", lambda d, m=m: (date(d.year - 1, m, 1),) * 2
        yield f"去年{m}月15日", lambda d, m=m: (date(d.year - 1, m, 15),) * 2
        yield f"2023年{cn(m)}月{cn(21)}号", lambda d, m=m: (date(2023, m, 21),) * 2
        yield f"{ENGLISH[m - 1]} 2023".lower(), lambda d, m=m: months(2023, m)
        yield f"2023年1月到{m}月", lambda d, m=m: months(2023, 1, m)
        yield f"去年{m}月1日到{m}月9日", lambda d, m=m: (date(d.year - 1, m, 1), date(d.year - 1, m, 9))
        yield f"2023年{m}月3-8号", lambda d, m=m: (date(2023, m, 3), date(2023, m, 8))


def quarter_families() -> Iterator[tuple[str, At]]:
    for q in range(1, 5):
        for says in (f"{cn(q)}季度", f"第{cn(q)}季度", f"q{q}", f"{q}季度"):
            yield says, lambda d, q=q: cut(d, months(d.year if 3 * q - 2 <= d.month else d.year - 1, 3 * q - 2, 3))
        for says in (f"去年{cn(q)}季度", f"去年第{cn(q)}季度", f"去年q{q}"):
            yield says, lambda d, q=q: months(d.year - 1, 3 * q - 2, 3)
        for says in (f"2023年{cn(q)}季度", f"2023q{q}", f"2023年q{q}", f"q{q} 2023", f"23年{cn(q)}季度", f"23q{q}"):
            yield says, lambda d, q=q: months(2023, 3 * q - 2, 3)
        yield f"去年{cn(q)}季度最后一个月", lambda d, q=q: months(d.year - 1, 3 * q)
    for a, b in ((1, 2), (1, 3), (2, 3), (2, 4), (3, 4)):
        yield f"2023年{cn(a)}到{cn(b)}季度", lambda d, a=a, b=b: months(2023, 3 * a - 2, 3 * (b - a + 1))
    for n in (2, 3):
        yield f"去年前{cn(n)}季度", lambda d, n=n: months(d.year - 1, 1, 3 * n)
        yield f"2023年前{cn(n)}个季度", lambda d, n=n: months(2023, 1, 3 * n)
    for h, first in (("上", 1), ("下", 7)):
        yield f"去年{h}半年", lambda d, first=first: months(d.year - 1, first, 6)
        yield f"2023年{h}半年", lambda d, first=first: months(2023, first, 6)
        yield f"{h}半年", lambda d, first=first: cut(d, months(d.year if first <= d.month else d.year - 1, first, 6))


def rolling_families() -> Iterator[tuple[str, At]]:
    for n in (2, 3, 5, 7, 10, 14, 15, 20, 30, 60, 90):
        for says in (f"近{n}天", f"最近{n}天", f"过去{n}天", f"近{cn(n)}天", f"最近{cn(n)}日", f"last {n} days", f"the past {n} days"):
            yield says, lambda d, n=n: (d - timedelta(n - 1), d)
    for n in (1, 2, 3, 4, 8):
        for says in (f"近{n}周", f"最近{cn(n) if n != 2 else '两'}周", f"过去{n}个星期", f"近{n}个礼拜"):
            yield says, lambda d, n=n: (d - timedelta(7 * n - 1), d)
    for n in (1, 2, 3, 6, 9, 12, 18):
        for says in (f"近{n}个月", f"最近{cn(n) if n != 2 else '两'}个月", f"过去{n}个月"):
            yield says, lambda d, n=n: (back(d, n) + timedelta(1), d)
    for n in (1, 2, 3, 5):
        for says in (f"近{cn(n) if n != 2 else '两'}年", f"最近{n}年", f"past {n} years" if n > 1 else "past year"):
            yield says, lambda d, n=n: (back(d, 12 * n) + timedelta(1), d)
    for says in ("近半年", "最近半年", "过去半年", "这半年"):
        yield says, lambda d: (back(d, 6) + timedelta(1), d)


def week_families() -> Iterator[tuple[str, At]]:
    for i, w in enumerate("一二三四五六日"):
        yield f"上周{w}", lambda d, i=i: (monday(d, 1) + timedelta(i),) * 2
        yield f"上上周{w}", lambda d, i=i: (monday(d, 2) + timedelta(i),) * 2
        yield f"上星期{w}", lambda d, i=i: (monday(d, 1) + timedelta(i),) * 2
    for says, ago in (("上周", 1), ("上个星期", 1), ("上礼拜", 1), ("上一周", 1), ("前一周", 1), ("上上周", 2), ("last week", 1), ("上个礼拜", 1)):
        yield says, lambda d, ago=ago: (monday(d, ago), monday(d, ago) + timedelta(6))
    for says in ("本周", "这周", "这个星期", "这礼拜", "this week", "本周至今", "week to date"):
        yield says, lambda d: (monday(d), d)
    yield "上周末", lambda d: (monday(d, 1) + timedelta(5), monday(d, 1) + timedelta(6))
    yield "上周一至上周三", lambda d: (monday(d, 1), monday(d, 1) + timedelta(2))
    for n in (1, 9, 26, 52):
        yield f"2023年第{n}周", lambda d, n=n: (date.fromisocalendar(2023, n, 1), date.fromisocalendar(2023, n, 7))


def year_families() -> Iterator[tuple[str, At]]:
    for says in ("今年", "本年度", "今年以来", "年初至今", "今年至今", "年初到现在", "截至目前今年", "this year", "year to date", "今年到目前为止"):
        if says != "截至目前今年":
            yield says, lambda d: (date(d.year, 1, 1), d)
    for says, ago in (("去年", 1), ("上年", 1), ("去年全年", 1), ("上一年度", 1), ("前年", 2), ("大前年", 3), ("last year", 1)):
        yield says, lambda d, ago=ago: (date(d.year - ago, 1, 1), date(d.year - ago, 12, 31))
    for y in (2021, 2022, 2023):
        for says in (f"{y}年", f"{y}年度", f"{y}全年", f"{y % 100}年", "".join("零一二三四五六七八九"[int(c)] for c in str(y)) + "年"):
            yield says, lambda d, y=y: (date(y, 1, 1), date(y, 12, 31))
        yield f"{y}年底", lambda d, y=y: (date(y, 12, 31),) * 2
    for a, b in ((2021, 2022), (2021, 2023), (2020, 2023)):
        for says in (f"{a}年到{b}年", f"{a}-{b}年", f"{a}年至{b}年", f"{a % 100}到{b % 100}年"):
            yield says, lambda d, a=a, b=b: (date(a, 1, 1), date(b, 12, 31))
    for n in (3, 5, 11):
        yield f"去年前{n}个月", lambda d, n=n: months(d.year - 1, 1, n)
        yield f"去年1-{n}月", lambda d, n=n: months(d.year - 1, 1, n)
    yield "去年以来", lambda d: (date(d.year - 1, 1, 1), d)
    yield "去年今天", lambda d: (back(d, 12),) * 2
    yield "月初到现在", lambda d: (d.replace(day=1), d)
    yield "本月至今", lambda d: (d.replace(day=1), d)


# first and last day off as announced, and the festival itself, copied out by hand
HOLIDAYS = {
    "春节": {2022: ("2022-01-31", "2022-02-06"), 2023: ("2023-01-21", "2023-01-27")}, "国庆": {2022: ("2022-10-01", "2022-10-07"), 2023: ("2023-09-29", "2023-10-06")},
    "五一": {2022: ("2022-04-30", "2022-05-04"), 2023: ("2023-04-29", "2023-05-03")}, "端午": {2022: ("2022-06-03", "2022-06-05"), 2023: ("2023-06-22", "2023-06-24")},
    "清明": {2022: ("2022-04-03", "2022-04-05"), 2023: ("2023-04-05", "2023-04-05")}, "中秋": {2022: ("2022-09-10", "2022-09-12"), 2023: ("2023-09-29", "2023-10-06")},
}  # fmt: skip
OWN_DAYS = {"2023年中秋当天": "2023-09-29", "2023年端午节当天": "2023-06-22", "2022年七夕": "2022-08-04", "2023年除夕": "2023-01-21", "2023年元宵节": "2023-02-05", "2022年重阳节": "2022-10-04", "2023年春节当天": "2023-01-22", "2023年国庆节当天": "2023-10-01"}


def holiday_families() -> Iterator[tuple[str, At]]:
    for name, years in HOLIDAYS.items():
        for year, (a, b) in years.items():
            for says in (f"{year}年{name}", f"{year}年{name}期间", f"{year}年{name}假期", f"{year % 100}年{name}"):
                yield says, lambda d, a=a, b=b: (date.fromisoformat(a), date.fromisoformat(b))
    for says, day in OWN_DAYS.items():
        yield says, lambda d, day=day: (date.fromisoformat(day),) * 2
    yield "2023年国庆后一周", lambda d: (date(2023, 10, 7), date(2023, 10, 13))
    yield "2023年春节前三天", lambda d: (date(2023, 1, 18), date(2023, 1, 20))


PHRASES = [*month_families(), *quarter_families(), *rolling_families(), *week_families(), *year_families(), *holiday_families()]


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_every_family_at_every_moment(now: date) -> None:
    assert len({says for says, _ in PHRASES}) >= 400
    wrong = []
    for says, expected in PHRASES:
        text = f"{says}门诊人次" if not says.isascii() or says[0].isdigit() else says
        found = find(text, now)
        got = (found[0].span.start, found[0].span.end) if len(found) == 1 and found[0].span else None
        if got != expected(now):
            wrong.append((says, expected(now), got, [f.text for f in found]))
    assert not wrong, (len(wrong), wrong[:20])
