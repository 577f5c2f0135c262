"""Time words 时间用词: days, months and numbers as people write them, and the sums of the calendar."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from yishu.ask.frame import Span
from yishu.ask.numerals import whole

DAY = timedelta(days=1)
FAR = 9000  # years beyond are nobody's


@dataclass(frozen=True, slots=True)
class Mention:
    """A time in the text 时间提及. kind: span | same (同期) | weekday | until (截至) | open (目前)."""

    begin: int
    end: int
    text: str
    kind: str
    span: Span | None = None
    unit: str = ""
    year: int | None = None  # the year it stands in, where said
    values: tuple[str, ...] = ()
    ago: int = 0
    full: Span | None = None  # the whole period, where `span` stops today
    month: int | None = None


def month_end(day: date) -> date:
    """The last day of the month."""
    return date(day.year, day.month, monthrange(day.year, day.month)[1])


def shift(day: date, months: int) -> date:
    """The same day so many months on, cut at the month's end."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_of(year: int, month: int, count: int = 1) -> Span:
    """Whole months."""
    first = date(year, month, 1)
    return Span(first, month_end(shift(first, count - 1)))


def week_of(day: date, weeks: int = 0) -> Span:
    """The week (Monday first) of a day, so many weeks on."""
    monday = day - timedelta(day.weekday()) + timedelta(7 * weeks)
    return Span(monday, monday + timedelta(6))


N = r"(\d{1,3}|[一二两三四五六七八九十百]{1,4}|半)"
M = r"(1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
D = r"(3[01]|[12]\d|0?[1-9]|三十一?|二十[一二三四五六七八九]?|十[一二三四五六七八九]?|[一二三四五六七八九])"
Y4 = r"((?:19|20)\d\d|[一二两][零〇一二三四五六七八九]{3})"
Q = r"([一二三四1234])"
YEAR_WORDS = {"今年": 0, "本年": 0, "本年度": 0, "这一年": 0, "今年度": 0, "去年": -1, "上年": -1, "上一年": -1, "上年度": -1, "上一年度": -1, "去年度": -1, "前年": -2, "大前年": -3, "明年": 1, "后年": 2, "下一年": 1, "来年": 1, "下年度": 1, "this year": 0, "last year": -1, "next year": 1, "the year before last": -2, "previous year": -1, "the previous year": -1, "current year": 0}  # fmt: skip
YW = r"(?:这一年|本年度|今年度|今年|本年|去年度|去年|上一年度|上年度|上一年|上年|大前年|前年|明年|后年|下一年|下年度|来年)"
YEAR = rf"(?:(?P<yw>{YW})|(?P<y4>{Y4})年?(?:度)?|(?P<y2>[012]\d)年(?:度)?)"
EN_MONTH = r"(january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)"
MONTHS = {n: i % 12 + 1 for i, n in enumerate(["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])} | {"sept": 9}  # fmt: skip
EN_NUMBER = {n: i + 1 for i, n in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"])} | {"thirty": 30, "fourteen": 14, "fifteen": 15, "twenty": 20, "ninety": 90, "sixty": 60, "a": 1}  # fmt: skip
EN_N = r"(\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirty|fourteen|fifteen|twenty|ninety|sixty)"
WEEKDAYS = {c: i + 1 for i, c in enumerate("一二三四五六日")} | {"天": 7} | {str(i): i for i in range(1, 8)}
EN_WEEKDAYS = {n: i + 1 for i, n in enumerate(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])}
Handler = Callable[[re.Match[str], date, "Mention | None"], "Mention | None"]


def read_number(text: str) -> int:
    if text in EN_NUMBER:
        return EN_NUMBER[text]
    return whole(text) or 0


def read_year(match: re.Match[str], now: date) -> int | None:
    groups = match.groupdict()
    if word := groups.get("yw"):
        return now.year + YEAR_WORDS[word]
    if full := groups.get("y4"):
        return whole(full)
    if short := groups.get("y2"):
        return 2000 + int(short)
    return None


def read_made(match: re.Match[str], span: Span | None, unit: str, now: date, year: int | None = None, month: int | None = None) -> Mention | None:
    if span is None:
        return None
    full = span
    if span.start <= now < span.end:
        span = Span(span.start, now)
    return Mention(match.start(), match.end(), match[0], "span", span, unit, year, full=full, month=month)


def read_past_month(month: int, now: date, before: Mention | None) -> int:
    """The year of a month without one: that of the mention before it, else the latest begun."""
    if before and before.year:
        return before.year
    return now.year if month <= now.month else now.year - 1
