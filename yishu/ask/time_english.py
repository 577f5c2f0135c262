"""English times 英文时间: months, days and periods in English."""

from __future__ import annotations

import re
from datetime import date

from yishu.ask.frame import Span
from yishu.ask.time_points import read_period, read_rolled
from yishu.ask.time_words import (
    DAY,
    EN_WEEKDAYS,
    MONTHS,
    YEAR_WORDS,
    Mention,
    month_of,
    read_made,
    read_past_month,
    shift,
    week_of,
)


def read_en_month(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    month = MONTHS[match["m"]]
    year = int(match["y"]) if match["y"] else now.year + (YEAR_WORDS[match["yw"]] if match["yw"] else 0) if match["yw"] else read_past_month(month, now, before)
    return read_made(match, month_of(year, month), "month", now, year, month)


def read_en_months(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    first, last = MONTHS[match["m"]], MONTHS[match["m2"]]
    if last < first:
        return None
    year = int(match["y"]) if match["y"] else now.year if last <= now.month else now.year - 1
    return read_made(match, month_of(year, first, last - first + 1), "months", now, year)


def read_en_day(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    month, day = MONTHS[match["m"]], int(match["d"])
    try:
        year = int(match["y"]) if match["y"] else read_past_month(month, now, before)
        found = date(year, month, day)
        if not match["y"] and found > now:
            found = date(year - 1, month, day)
    except ValueError:
        return None
    return read_made(match, Span(found, found), "day", now, found.year, found.month)


def read_en_day_first(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """1 July 2025, 15th of June."""
    return read_en_day(match, now, before)


def read_en_period(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    return read_period(match, now, before)


def read_en_weekday(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """last Monday: the latest one before today; this Monday that of the week now running."""
    number = EN_WEEKDAYS[match["wd"] + "day"] - 1
    day = now - now.weekday() * DAY + number * DAY
    if match["b"] != "this" and day >= now:
        day -= 7 * DAY
    return read_made(match, Span(day, day), "day", now, day.year, day.month)


def read_en_back2(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    unit = match["u"]
    if unit == "week":
        return read_made(match, week_of(now, -2), "week", now)
    if unit == "month":
        first = shift(now.replace(day=1), -2)
        return read_made(match, month_of(first.year, first.month), "month", now, first.year, first.month)
    if unit == "quarter":
        first = shift(date(now.year, (now.month - 1) // 3 * 3 + 1, 1), -6)
        return read_made(match, month_of(first.year, first.month, 3), "quarter", now, first.year)
    return read_made(match, Span(date(now.year - 2, 1, 1), date(now.year - 2, 12, 31)), "year", now, now.year - 2)


def read_en_past(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    return {"week": read_rolled(match, now - 6 * DAY, now, "rolling_week"), "month": read_rolled(match, shift(now, -1) + DAY, now, "rolling_month"), "year": read_rolled(match, shift(now, -12) + DAY, now, "rolling_year:1"), "quarter": read_rolled(match, shift(now, -3) + DAY, now, "rolling_quarter"), "half year": read_rolled(match, shift(now, -6) + DAY, now, "rolling_month"), "fortnight": read_rolled(match, now - 13 * DAY, now, "rolling_day")}[match["u"]]  # fmt: skip
