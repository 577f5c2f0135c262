"""Time points 时间读法: how each way of naming a day, week, month, quarter, year or holiday becomes a range."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from yishu.ask.festivals import festivals
from yishu.ask.frame import Span
from yishu.ask.numerals import whole
from yishu.ask.time_words import (
    DAY,
    EN_WEEKDAYS,
    FAR,
    WEEKDAYS,
    YEAR_WORDS,
    M,
    Mention,
    N,
    month_end,
    month_of,
    read_made,
    read_number,
    read_past_month,
    read_year,
    shift,
    week_of,
)


def read_day_back(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """上个月的今天, 上周的今天."""
    steps = match["back"].count("上")
    day = shift(now, -steps) if "月" in match["back"] else now - 7 * steps * DAY
    return read_made(match, Span(day, day), "day", now, day.year, day.month)


def read_weekend(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """上个周末: Saturday and Sunday of that week; of the week now running, as far as it has come."""
    back = match["back"].count("上")
    saturday = now - (now.weekday() - 5) * DAY - 7 * back * DAY
    return read_made(match, Span(saturday, saturday + DAY), "days", now, saturday.year)


def read_school(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """暑假: July and August. 寒假 differs from place to place and is nobody's range."""
    if match["h"] == "寒假":
        return None
    year = read_year(match, now) or (now.year if now.month >= 7 else now.year - 1)
    return read_made(match, month_of(year, 7, 2), "months", now, year)


def read_month(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    said = read_year(match, now)
    month = read_number(match["m"])
    if not 1 <= month <= 12:
        return None
    year = said or read_past_month(month, now, before)
    span = month_of(year, month)
    unit = "month"
    part = match.groupdict().get("part") or ""
    if part:
        first = span.start
        if part in ("上旬",):
            span = Span(first, first + 9 * DAY)
        elif part == "中旬":
            span = Span(first + 10 * DAY, first + 19 * DAY)
        elif part == "下旬":
            span = Span(first + 20 * DAY, span.end)
        elif part in ("上半月", "前半月"):
            span = Span(first, first + 14 * DAY)
        elif part in ("下半月", "后半月"):
            span = Span(first + 15 * DAY, span.end)
        elif part in ("底", "末"):
            span = Span(span.end, span.end)
        elif part == "初":
            span = Span(first, first + 9 * DAY)
        unit = "part"
    return read_made(match, span, unit, now, year, month)


def read_months(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    first, last = read_number(match["m"]), read_number(match["m2"])
    said = read_year(match, now)
    if not (1 <= first <= 12 and 1 <= last <= 12):
        return None
    if last < first:
        year = (said or now.year) - (0 if said else 1)
        return read_made(match, Span(date(year, first, 1), month_end(date(year + 1, last, 1))), "months", now, year)
    year = said or read_past_month(first if first > now.month else last if last <= now.month else first, now, before)
    return read_made(match, month_of(year, first, last - first + 1), "months", now, year)


def read_day(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    said = read_year(match, now)
    month = match.groupdict().get("m")
    day = read_number(match["d"])
    try:
        if month:
            m = read_number(month)
            year = said or read_past_month(m, now, before)
            found = date(year, m, day)
            if not said and not (before and before.year) and found > now:
                found = date(year - 1, m, day)
        elif before and before.month:
            found = date(before.year or now.year, before.month, day)
        else:
            found = date(now.year, now.month, day)
            if found > now:
                last = shift(now, -1)
                found = date(last.year, last.month, day)
    except ValueError:
        return None
    return read_made(match, Span(found, found), "day", now, found.year, found.month)


def read_iso(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    try:
        found = date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return None
    return read_made(match, Span(found, found), "day", now, found.year, found.month)


def read_iso_month(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    month = int(match["m"])
    return read_made(match, month_of(int(match["y"]), month), "month", now, int(match["y"]), month) if 1 <= month <= 12 else None


def read_days(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """6月1-10号."""
    month, first, last = read_number(match["m"]), read_number(match["d"]), read_number(match["d2"])
    year = read_year(match, now) or read_past_month(month, now, before)
    return read_made(match, Span(date(year, month, first), date(year, month, last)), "days", now, year, month) if first <= last else None


def read_part_alone(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """中旬到下旬: the month is the one just named."""
    if before is None or before.month is None or before.span is None:
        return None
    first = date(before.year or before.span.start.year, before.month, 1)
    start = first + {"上旬": 0, "中旬": 10, "下旬": 20}[match["part"]] * DAY
    return read_made(match, Span(start, month_end(first) if match["part"] == "下旬" else start + 9 * DAY), "part", now, first.year, first.month)


def read_listed(match: re.Match[str], now: date, months: int) -> Mention | None:
    numbers = [read_number(n) for n in re.split("[、,和]", match["list"])]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return None
    first = (numbers[0] - 1) * months + 1
    year = read_year(match, now) or (now.year if first <= now.month else now.year - 1)
    return read_made(match, month_of(year, first, months * len(numbers)), "month_list" if months == 1 else "quarter_list", now, year)


def read_month_list(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """3、4、5月."""
    return read_listed(match, now, 1)


def read_quarter_list(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """一、二季度."""
    return read_listed(match, now, 3)


def read_day_of_year(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """去年今天."""
    day = shift(now, 12 * YEAR_WORDS[match["w"]])
    return read_made(match, Span(day, day), "day", now, day.year, day.month)


def read_opening(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """年初, 月初, 季初: the first ten days of a month, the first month of a year; most often the start of 到现在."""
    first = {"年": date(now.year, 1, 1), "月": now.replace(day=1), "季": date(now.year, (now.month - 1) // 3 * 3 + 1, 1), "周": week_of(now).start}[match["b"][0]]
    last = {"年": month_end(first), "月": first + 9 * DAY, "季": month_end(first), "周": first + DAY}[match["b"][0]]
    return read_made(match, Span(first, last), "part", now, first.year, first.month)


PART_OF = re.compile(rf"的?(?:(?P<w>前|头|最初|开头|后|最后|末)(?P<n>{N})个?(?P<u>天|日|周|星期|礼拜|月|季度)|第(?P<k>{N})个?(?P<ku>天|日|周|星期|礼拜|月|季度)|(?P<l>最后)一?个?(?P<lu>天|日|周|星期|礼拜|月|季度))(?!以?[上下内])")


def read_within(mention: Mention, match: re.Match[str], now: date) -> Mention | None:
    """7月前10天, 上月第一天, 6月最后一周: a part of the period just named."""
    whole_span = mention.full or mention.span
    if whole_span is None or mention.unit.startswith("rolling") or mention.unit in ("day", "part", "range"):
        return None
    unit = match["u"] or match["ku"] or match["lu"]
    number = read_number(match["n"] or match["k"] or "1")
    months = {"月": 1, "季度": 3}.get(unit, 0)
    days = {"天": 1, "日": 1}.get(unit, 7)
    last = bool(match["l"]) or (match["w"] or "") in ("后", "最后", "末")
    start, end = whole_span.start, whole_span.end
    if last:
        start = shift(whole_span.end + DAY, -months * number) if months else end - (days * number - 1) * DAY
    elif match["k"]:
        start = shift(start, months * (number - 1)) if months else start + days * (number - 1) * DAY
        end = shift(start, months) - DAY if months else start + (days - 1) * DAY
    else:
        end = shift(start, months * number) - DAY if months else start + (days * number - 1) * DAY
    if start < whole_span.start or end > whole_span.end or number == 0:
        return None
    full = Span(start, end)
    span = Span(start, min(end, now)) if start <= now else full
    single = not months and days * number == 1
    return replace(mention, end=match.end(), span=span, full=full, unit="day" if single else "days", month=start.month)


def read_quarter_number(text: str) -> int:
    return {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "last": 4, "最后": 4}.get(text) or read_number(text)


def read_quarter(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    number = read_quarter_number(match["q"])
    said = read_year(match, now)
    year = said or (before.year if before and before.year else now.year if (number - 1) * 3 + 1 <= now.month else now.year - 1)
    return read_made(match, month_of(year, number * 3 - 2, 3), "quarter", now, year)


def read_quarters(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    first, last = read_number(match["q"]), read_number(match["q2"])
    said = read_year(match, now)
    if last < first:
        return None
    year = said or (now.year if (first - 1) * 3 + 1 <= now.month else now.year - 1)
    return read_made(match, month_of(year, first * 3 - 2, (last - first + 1) * 3), "quarters", now, year)


def read_half(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    later = match["h"] in ("下", "后", "second", "2", "latter", "2nd")
    said = read_year(match, now)
    year = said or (before.year if before and before.year else now.year if not later or now.month >= 7 else now.year - 1)
    return read_made(match, month_of(year, 7 if later else 1, 6), "half", now, year)


def read_front(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """前N个月, 前N季度 of a year."""
    said = read_year(match, now)
    year = said or now.year
    months = read_number(match["n"]) * (3 if "季" in match["u"] or "quarter" in match["u"] else 1)
    return read_made(match, month_of(year, 1, months), "months", now, year) if 1 <= months <= 12 else None


def read_year_only(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    year = read_year(match, now)
    part = match.groupdict().get("part") or ""
    if year is None or not 1900 <= year < FAR:
        return None
    if part in ("底", "末"):
        return read_made(match, Span(date(year, 12, 31), date(year, 12, 31)), "part", now, year)
    if part in ("年初", "初"):
        return read_made(match, month_of(year, 1), "part", now, year, 1)
    return read_made(match, Span(date(year, 1, 1), date(year, 12, 31)), "year", now, year)


def read_years(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    first, last = whole(match["a"]), whole(match["b"])
    if first is None or last is None:
        return None
    last = last + 2000 if last < 100 else last
    first = first + 2000 if first < 100 else first
    if not 1900 <= first <= last < FAR:
        return None
    return read_made(match, Span(date(first, 1, 1), date(last, 12, 31)), "years", now)


DAY_WORDS = {"今天": 0, "今日": 0, "今儿": 0, "当天": 0, "当日": 0, "本日": 0, "昨天": -1, "昨日": -1, "昨儿": -1, "前天": -2, "前日": -2, "大前天": -3, "明天": 1, "明日": 1, "后天": 2, "today": 0, "yesterday": -1, "the day before yesterday": -2, "day before yesterday": -2, "tomorrow": 1, "前一天": -1, "上一天": -1, "头一天": -1}  # fmt: skip


def read_day_word(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    day = now + timedelta(DAY_WORDS[match["w"]])
    return read_made(match, Span(day, day), "day", now, day.year, day.month)


def read_ago(text: str) -> int | None:
    """How many periods back the word before 周/月/季度 says; 下 is forward."""
    text = text.strip()
    table = {"本": 0, "这": 0, "这个": 0, "当": 0, "这一": 0, "此": 0, "今": 0, "本个": 0, "上": 1, "上个": 1, "上一": 1, "上一个": 1, "前一": 1, "前一个": 1, "前": 2, "前个": 2, "上上": 2, "上上个": 2, "上上一": 2, "上上上": 3, "上上上个": 3, "下": -1, "下个": -1, "下一": -1, "下一个": -1, "下下": -2, "下下个": -2, "this": 0, "current": 0, "the current": 0, "last": 1, "previous": 1, "the previous": 1, "prior": 1, "the last": 1, "the past": 1, "next": -1, "the next": -1, "the coming": -1}  # fmt: skip
    return table.get(text)


BACK = r"(上上上个?|上上一?个?|上一?个?|前一个?|前个?|下下个?|下一?个?|这一?个?|本|当|此|今)"


def read_period(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    ago = read_ago(match["b"])
    unit = match["u"]
    if ago is None or (unit == "半年" and match["b"].startswith("这")):
        return None
    if unit in ("月", "月份", "month"):
        first = shift(now.replace(day=1), -ago)
        span = month_of(first.year, first.month)
        part = match.groupdict().get("part") or ""
        if part:
            inner = re.match(rf"(?P<m>{M})月(?P<part>.+)", f"{first.month}月{part}")
            made = read_month(inner, now, Mention(0, 0, "", "span", year=first.year)) if inner else None
            return replace(made, begin=match.start(), end=match.end(), text=match[0]) if made else None
        return read_made(match, span, "month", now, first.year, first.month)
    if unit in ("季度", "季", "quarter"):
        first = shift(date(now.year, (now.month - 1) // 3 * 3 + 1, 1), -3 * ago)
        return read_made(match, month_of(first.year, first.month, 3), "quarter", now, first.year)
    if unit in ("年", "年度", "year"):
        year = now.year - ago
        return read_made(match, Span(date(year, 1, 1), date(year, 12, 31)), "year", now, year)
    if unit in ("半年", "half"):
        first = shift(date(now.year, 1 if now.month < 7 else 7, 1), -6 * ago)
        return read_made(match, month_of(first.year, first.month, 6), "half", now, first.year)
    span = week_of(now, -ago)
    if day := match.groupdict().get("wd"):
        if day in ("末",):
            return read_made(match, Span(span.start + 5 * DAY, span.end), "days", now)
        one = span.start + (WEEKDAYS[day] - 1) * DAY
        if end := match.groupdict().get("wd2"):
            return read_made(match, Span(one, span.start + (WEEKDAYS[end] - 1) * DAY), "days", now)
        return read_made(match, Span(one, one), "day", now, one.year, one.month)
    return read_made(match, span, "week", now)


def read_rolling(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    text, unit = match["n"], match["u"]
    half = text == "半"
    number = 1 if half else read_number(text)
    if number == 0:
        return None
    if half:
        if unit.startswith("年"):
            return read_rolled(match, shift(now, -6) + DAY, now, "rolling_month")
        if "月" in unit:
            return read_rolled(match, now - 14 * DAY, now, "rolling_day")
        return None
    try:
        if unit in ("天", "日", "day", "days"):
            return read_rolled(match, now - (number - 1) * DAY, now, "rolling_day")
        if "周" in unit or "星期" in unit or "礼拜" in unit or "week" in unit:
            return read_rolled(match, now - (7 * number - 1) * DAY, now, "rolling_week")
        if "季" in unit or "quarter" in unit:
            return read_rolled(match, shift(now, -3 * number) + DAY, now, "rolling_quarter")
        if "月" in unit or "month" in unit:
            return read_rolled(match, shift(now, -number) + DAY, now, "rolling_month")
        return read_rolled(match, shift(now, -12 * number) + DAY, now, f"rolling_year:{number}")
    except (ValueError, OverflowError):
        return None


def read_rolled(match: re.Match[str], start: date, now: date, unit: str) -> Mention:
    return Mention(match.start(), match.end(), match[0], "span", Span(start, now), unit, full=Span(start, now))


def read_complete(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """前三天, 前两周, 上两个月, 上三个季度: whole periods before the running one."""
    number = read_number(match["n"])
    unit = match["u"]
    if not number:
        return None
    if unit in ("天", "日"):
        return read_made(match, Span(now - number * DAY, now - DAY), "rolling_day", now)
    if "周" in unit or "星期" in unit or "礼拜" in unit:
        return read_made(match, Span(week_of(now, -number).start, week_of(now, -1).end), "rolling_week", now)
    if "季" in unit:
        first = shift(date(now.year, (now.month - 1) // 3 * 3 + 1, 1), -3 * number)
        return read_made(match, month_of(first.year, first.month, 3 * number), "rolling_quarter", now)
    if "月" in unit:
        first = shift(now.replace(day=1), -number)
        return read_made(match, month_of(first.year, first.month, number), "rolling_month", now)
    return read_made(match, Span(date(now.year - number, 1, 1), date(now.year - 1, 12, 31)), "years", now)


def read_since_year(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    return read_made(match, Span(date(now.year, 1, 1), now), "ytd", now, now.year)


def read_to_date(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    unit = match["u"]
    first = {"y": date(now.year, 1, 1), "q": date(now.year, (now.month - 1) // 3 * 3 + 1, 1), "m": now.replace(day=1), "w": week_of(now).start}[unit[0]]
    return read_made(match, Span(first, now), {"y": "year", "q": "quarter", "m": "month", "w": "week"}[unit[0]], now)


def read_holiday(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    table = festivals()
    name = table.names[match["h"]]
    said = read_year(match, now)
    if said is None and before and before.year:
        said = before.year
    if said is None:
        latest = table.latest(name, now)
        if latest is None:
            return None
        said, span = latest
    else:
        found = table.in_year(name, said)
        if found is None:
            return None
        span = found
    after = match.groupdict().get("side")
    if match.groupdict().get("own"):
        own = table.eve(name, said)
        span = Span(own, own) if own else span
    elif after:
        days = read_number(match["n"]) * {"天": 1, "日": 1, "周": 7}.get(match["nu"], 7)
        span = Span(span.end + DAY, span.end + days * DAY) if after == "后" else Span(span.start - days * DAY, span.start - DAY)
    return read_made(match, span, "holiday", now, said)


def read_same(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    word = match["w"]
    if word in ("去年", "上年", "上一年", "上年度", "同比", "历史", "last year", "the previous year", "previous year"):
        unit, ago = "year", 1
    elif word in ("前年",):
        unit, ago = "year", 2
    elif "月" in word or "month" in word:
        unit, ago = "month", 1
    elif "季" in word:
        unit, ago = "quarter", 1
    elif "周" in word or "week" in word or "星期" in word:
        unit, ago = "week", 1
    else:
        value = whole(re.sub(r"\D", "", word)) or 0
        value = value + 2000 if value < 100 else value
        unit, ago = "year", now.year - value
        return Mention(match.start(), match.end(), match[0], "same", unit=unit, ago=ago, year=value)
    return Mention(match.start(), match.end(), match[0], "same", unit=unit, ago=ago)


def read_weekday(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    text = match[0]
    if match.groupdict().get("a"):
        a, b = WEEKDAYS[match["a"]], WEEKDAYS[match["b"]]
        if b < a:
            return None
        return Mention(match.start(), match.end(), text, "weekday", values=tuple(str(i) for i in range(a, b + 1)))
    if match.groupdict().get("en"):
        values: tuple[str, ...] = (str(EN_WEEKDAYS[match["en"].rstrip("s")]),)
        return Mention(match.start(), match.end(), text, "weekday", values=values, unit="every" if match["en"].endswith("s") else "")
    if match.groupdict().get("d"):
        number = WEEKDAYS[match["d"]]
        back = (now.weekday() + 1 - number) % 7
        day = now - back * DAY
        every = text.startswith(("每", "逢"))
        return Mention(match.start(), match.end(), text, "weekday", None if every else Span(day, day), "every" if every else "", values=(str(number),))
    workday = any(w in text for w in ("工作日", "平日", "平时", "weekday", "working", "工作天"))
    return Mention(match.start(), match.end(), text, "weekday", unit="set", values=tuple("12345") if workday else ("6", "7"))


def read_until(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    return Mention(match.start(), match.end(), match[0], "open")


def read_iso_week(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    year = read_year(match, now) or now.year
    try:
        monday = date.fromisocalendar(year, read_number(match["n"]), 1)
    except ValueError:
        return None
    return read_made(match, Span(monday, monday + 6 * DAY), "week", now, year)
