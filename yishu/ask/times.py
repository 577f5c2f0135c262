"""Times 时间: the Chinese (and English) grammar of days, weeks, months, quarters, years and holidays.

Policies, stated in the answer: a running period ends today; 近N天 counts today; weeks start on Monday; a month or
quarter without a year is the latest that has begun; a bare holiday is the latest that has begun.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from yishu.ask.festivals import festivals
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


def _number(text: str) -> int:
    if text in EN_NUMBER:
        return EN_NUMBER[text]
    return whole(text) or 0


def _year(match: re.Match[str], now: date) -> int | None:
    groups = match.groupdict()
    if word := groups.get("yw"):
        return now.year + YEAR_WORDS[word]
    if full := groups.get("y4"):
        return whole(full)
    if short := groups.get("y2"):
        return 2000 + int(short)
    return None


def _made(match: re.Match[str], span: Span | None, unit: str, now: date, year: int | None = None, month: int | None = None) -> Mention | None:
    if span is None:
        return None
    full = span
    if span.start <= now < span.end:
        span = Span(span.start, now)
    return Mention(match.start(), match.end(), match[0], "span", span, unit, year, full=full, month=month)


def _past_month(month: int, now: date, before: Mention | None) -> int:
    """The year of a month without one: that of the mention before it, else the latest begun."""
    if before and before.year:
        return before.year
    return now.year if month <= now.month else now.year - 1


def _month(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    said = _year(match, now)
    month = _number(match["m"])
    if not 1 <= month <= 12:
        return None
    year = said or _past_month(month, now, before)
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
    return _made(match, span, unit, now, year, month)


def _months(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    first, last = _number(match["m"]), _number(match["m2"])
    said = _year(match, now)
    if not (1 <= first <= 12 and 1 <= last <= 12):
        return None
    if last < first:
        year = (said or now.year) - (0 if said else 1)
        return _made(match, Span(date(year, first, 1), month_end(date(year + 1, last, 1))), "months", now, year)
    year = said or _past_month(first if first > now.month else last if last <= now.month else first, now, before)
    return _made(match, month_of(year, first, last - first + 1), "months", now, year)


def _day(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    said = _year(match, now)
    month = match.groupdict().get("m")
    day = _number(match["d"])
    try:
        if month:
            m = _number(month)
            year = said or _past_month(m, now, before)
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
    return _made(match, Span(found, found), "day", now, found.year, found.month)


def _iso(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    try:
        found = date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return None
    return _made(match, Span(found, found), "day", now, found.year, found.month)


def _iso_month(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    month = int(match["m"])
    return _made(match, month_of(int(match["y"]), month), "month", now, int(match["y"]), month) if 1 <= month <= 12 else None


def _days(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """6月1-10号."""
    month, first, last = _number(match["m"]), _number(match["d"]), _number(match["d2"])
    year = _year(match, now) or _past_month(month, now, before)
    return _made(match, Span(date(year, month, first), date(year, month, last)), "days", now, year, month) if first <= last else None


def _part_alone(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """中旬到下旬: the month is the one just named."""
    if before is None or before.month is None or before.span is None:
        return None
    first = date(before.year or before.span.start.year, before.month, 1)
    start = first + {"上旬": 0, "中旬": 10, "下旬": 20}[match["part"]] * DAY
    return _made(match, Span(start, month_end(first) if match["part"] == "下旬" else start + 9 * DAY), "part", now, first.year, first.month)


def _listed(match: re.Match[str], now: date, months: int) -> Mention | None:
    numbers = [_number(n) for n in re.split("[、,和]", match["list"])]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return None
    first = (numbers[0] - 1) * months + 1
    year = _year(match, now) or (now.year if first <= now.month else now.year - 1)
    return _made(match, month_of(year, first, months * len(numbers)), "month_list" if months == 1 else "quarter_list", now, year)


def _month_list(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """3、4、5月."""
    return _listed(match, now, 1)


def _quarter_list(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """一、二季度."""
    return _listed(match, now, 3)


def _day_of_year(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """去年今天."""
    day = shift(now, 12 * YEAR_WORDS[match["w"]])
    return _made(match, Span(day, day), "day", now, day.year, day.month)


def _opening(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """年初, 月初, 季初: the first ten days of a month, the first month of a year; most often the start of 到现在."""
    first = {"年": date(now.year, 1, 1), "月": now.replace(day=1), "季": date(now.year, (now.month - 1) // 3 * 3 + 1, 1), "周": week_of(now).start}[match["b"][0]]
    last = {"年": month_end(first), "月": first + 9 * DAY, "季": month_end(first), "周": first + DAY}[match["b"][0]]
    return _made(match, Span(first, last), "part", now, first.year, first.month)


PART_OF = re.compile(rf"的?(?:(?P<w>前|头|最初|开头|后|最后|末)(?P<n>{N})个?(?P<u>天|日|周|星期|礼拜|月|季度)|第(?P<k>{N})个?(?P<ku>天|日|周|星期|礼拜|月|季度)|(?P<l>最后)一?个?(?P<lu>天|日|周|星期|礼拜|月|季度))(?!以?[上下内])")


def _within(mention: Mention, match: re.Match[str], now: date) -> Mention | None:
    """7月前10天, 上月第一天, 6月最后一周: a part of the period just named."""
    whole_span = mention.full or mention.span
    if whole_span is None or mention.unit.startswith("rolling") or mention.unit in ("day", "part", "range"):
        return None
    unit = match["u"] or match["ku"] or match["lu"]
    number = _number(match["n"] or match["k"] or "1")
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


def _quarter_number(text: str) -> int:
    return {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "last": 4, "最后": 4}.get(text) or _number(text)


def _quarter(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    number = _quarter_number(match["q"])
    said = _year(match, now)
    year = said or (before.year if before and before.year else now.year if (number - 1) * 3 + 1 <= now.month else now.year - 1)
    return _made(match, month_of(year, number * 3 - 2, 3), "quarter", now, year)


def _quarters(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    first, last = _number(match["q"]), _number(match["q2"])
    said = _year(match, now)
    if last < first:
        return None
    year = said or (now.year if (first - 1) * 3 + 1 <= now.month else now.year - 1)
    return _made(match, month_of(year, first * 3 - 2, (last - first + 1) * 3), "quarters", now, year)


def _half(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    later = match["h"] in ("下", "后", "second", "2", "latter", "2nd")
    said = _year(match, now)
    year = said or (before.year if before and before.year else now.year if not later or now.month >= 7 else now.year - 1)
    return _made(match, month_of(year, 7 if later else 1, 6), "half", now, year)


def _front(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """前N个月, 前N季度 of a year."""
    said = _year(match, now)
    year = said or now.year
    months = _number(match["n"]) * (3 if "季" in match["u"] or "quarter" in match["u"] else 1)
    return _made(match, month_of(year, 1, months), "months", now, year) if 1 <= months <= 12 else None


def _year_only(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    year = _year(match, now)
    part = match.groupdict().get("part") or ""
    if year is None or not 1900 <= year < FAR:
        return None
    if part in ("底", "末"):
        return _made(match, Span(date(year, 12, 31), date(year, 12, 31)), "part", now, year)
    if part in ("年初", "初"):
        return _made(match, month_of(year, 1), "part", now, year, 1)
    return _made(match, Span(date(year, 1, 1), date(year, 12, 31)), "year", now, year)


def _years(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    first, last = whole(match["a"]), whole(match["b"])
    if first is None or last is None:
        return None
    last = last + 2000 if last < 100 else last
    first = first + 2000 if first < 100 else first
    if not 1900 <= first <= last < FAR:
        return None
    return _made(match, Span(date(first, 1, 1), date(last, 12, 31)), "years", now)


DAY_WORDS = {"今天": 0, "今日": 0, "今儿": 0, "当天": 0, "当日": 0, "本日": 0, "昨天": -1, "昨日": -1, "昨儿": -1, "前天": -2, "前日": -2, "大前天": -3, "明天": 1, "明日": 1, "后天": 2, "today": 0, "yesterday": -1, "the day before yesterday": -2, "day before yesterday": -2, "tomorrow": 1, "前一天": -1, "上一天": -1, "头一天": -1}  # fmt: skip


def _day_word(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    day = now + timedelta(DAY_WORDS[match["w"]])
    return _made(match, Span(day, day), "day", now, day.year, day.month)


def _ago(text: str) -> int | None:
    """How many periods back the word before 周/月/季度 says; 下 is forward."""
    text = text.strip()
    table = {"本": 0, "这": 0, "这个": 0, "当": 0, "这一": 0, "此": 0, "今": 0, "本个": 0, "上": 1, "上个": 1, "上一": 1, "上一个": 1, "前一": 1, "前一个": 1, "前": 2, "前个": 2, "上上": 2, "上上个": 2, "上上一": 2, "上上上": 3, "上上上个": 3, "下": -1, "下个": -1, "下一": -1, "下一个": -1, "下下": -2, "下下个": -2, "this": 0, "current": 0, "the current": 0, "last": 1, "previous": 1, "the previous": 1, "prior": 1, "the last": 1, "the past": 1, "next": -1, "the next": -1, "the coming": -1}  # fmt: skip
    return table.get(text)


BACK = r"(上上上个?|上上一?个?|上一?个?|前一个?|前个?|下下个?|下一?个?|这一?个?|本|当|此|今)"


def _period(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    ago = _ago(match["b"])
    unit = match["u"]
    if ago is None or (unit == "半年" and match["b"].startswith("这")):
        return None
    if unit in ("月", "月份", "month"):
        first = shift(now.replace(day=1), -ago)
        span = month_of(first.year, first.month)
        part = match.groupdict().get("part") or ""
        if part:
            inner = re.match(rf"(?P<m>{M})月(?P<part>.+)", f"{first.month}月{part}")
            made = _month(inner, now, Mention(0, 0, "", "span", year=first.year)) if inner else None
            return replace(made, begin=match.start(), end=match.end(), text=match[0]) if made else None
        return _made(match, span, "month", now, first.year, first.month)
    if unit in ("季度", "季", "quarter"):
        first = shift(date(now.year, (now.month - 1) // 3 * 3 + 1, 1), -3 * ago)
        return _made(match, month_of(first.year, first.month, 3), "quarter", now, first.year)
    if unit in ("年", "年度", "year"):
        year = now.year - ago
        return _made(match, Span(date(year, 1, 1), date(year, 12, 31)), "year", now, year)
    if unit in ("半年", "half"):
        first = shift(date(now.year, 1 if now.month < 7 else 7, 1), -6 * ago)
        return _made(match, month_of(first.year, first.month, 6), "half", now, first.year)
    span = week_of(now, -ago)
    if day := match.groupdict().get("wd"):
        if day in ("末",):
            return _made(match, Span(span.start + 5 * DAY, span.end), "days", now)
        one = span.start + (WEEKDAYS[day] - 1) * DAY
        if end := match.groupdict().get("wd2"):
            return _made(match, Span(one, span.start + (WEEKDAYS[end] - 1) * DAY), "days", now)
        return _made(match, Span(one, one), "day", now, one.year, one.month)
    return _made(match, span, "week", now)


def _rolling(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    text, unit = match["n"], match["u"]
    half = text == "半"
    number = 1 if half else _number(text)
    if number == 0:
        return None
    if half:
        if unit.startswith("年"):
            return _rolled(match, shift(now, -6) + DAY, now, "rolling_month")
        if "月" in unit:
            return _rolled(match, now - 14 * DAY, now, "rolling_day")
        return None
    try:
        if unit in ("天", "日", "day", "days"):
            return _rolled(match, now - (number - 1) * DAY, now, "rolling_day")
        if "周" in unit or "星期" in unit or "礼拜" in unit or "week" in unit:
            return _rolled(match, now - (7 * number - 1) * DAY, now, "rolling_week")
        if "季" in unit or "quarter" in unit:
            return _rolled(match, shift(now, -3 * number) + DAY, now, "rolling_quarter")
        if "月" in unit or "month" in unit:
            return _rolled(match, shift(now, -number) + DAY, now, "rolling_month")
        return _rolled(match, shift(now, -12 * number) + DAY, now, f"rolling_year:{number}")
    except (ValueError, OverflowError):
        return None


def _rolled(match: re.Match[str], start: date, now: date, unit: str) -> Mention:
    return Mention(match.start(), match.end(), match[0], "span", Span(start, now), unit, full=Span(start, now))


def _complete(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """前三天, 前两周, 上两个月, 上三个季度: whole periods before the running one."""
    number = _number(match["n"])
    unit = match["u"]
    if not number:
        return None
    if unit in ("天", "日"):
        return _made(match, Span(now - number * DAY, now - DAY), "rolling_day", now)
    if "周" in unit or "星期" in unit or "礼拜" in unit:
        return _made(match, Span(week_of(now, -number).start, week_of(now, -1).end), "rolling_week", now)
    if "季" in unit:
        first = shift(date(now.year, (now.month - 1) // 3 * 3 + 1, 1), -3 * number)
        return _made(match, month_of(first.year, first.month, 3 * number), "rolling_quarter", now)
    if "月" in unit:
        first = shift(now.replace(day=1), -number)
        return _made(match, month_of(first.year, first.month, number), "rolling_month", now)
    return _made(match, Span(date(now.year - number, 1, 1), date(now.year - 1, 12, 31)), "years", now)


def _since_year(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    return _made(match, Span(date(now.year, 1, 1), now), "ytd", now, now.year)


def _to_date(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    unit = match["u"]
    first = {"y": date(now.year, 1, 1), "q": date(now.year, (now.month - 1) // 3 * 3 + 1, 1), "m": now.replace(day=1), "w": week_of(now).start}[unit[0]]
    return _made(match, Span(first, now), {"y": "year", "q": "quarter", "m": "month", "w": "week"}[unit[0]], now)


def _holiday(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    table = festivals()
    name = table.names[match["h"]]
    said = _year(match, now)
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
        days = _number(match["n"]) * {"天": 1, "日": 1, "周": 7}.get(match["nu"], 7)
        span = Span(span.end + DAY, span.end + days * DAY) if after == "后" else Span(span.start - days * DAY, span.start - DAY)
    return _made(match, span, "holiday", now, said)


def _same(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
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


def _weekday(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
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


def _until(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    return Mention(match.start(), match.end(), match[0], "open")


def _en_month(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    month = MONTHS[match["m"]]
    year = int(match["y"]) if match["y"] else now.year + (YEAR_WORDS[match["yw"]] if match["yw"] else 0) if match["yw"] else _past_month(month, now, before)
    return _made(match, month_of(year, month), "month", now, year, month)


def _en_months(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    first, last = MONTHS[match["m"]], MONTHS[match["m2"]]
    if last < first:
        return None
    year = int(match["y"]) if match["y"] else now.year if last <= now.month else now.year - 1
    return _made(match, month_of(year, first, last - first + 1), "months", now, year)


def _en_day(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    month, day = MONTHS[match["m"]], int(match["d"])
    try:
        year = int(match["y"]) if match["y"] else _past_month(month, now, before)
        found = date(year, month, day)
        if not match["y"] and found > now:
            found = date(year - 1, month, day)
    except ValueError:
        return None
    return _made(match, Span(found, found), "day", now, found.year, found.month)


def _en_day_first(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    """1 July 2025, 15th of June."""
    return _en_day(match, now, before)


def _en_period(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    return _period(match, now, before)


def _en_back2(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    unit = match["u"]
    if unit == "week":
        return _made(match, week_of(now, -2), "week", now)
    if unit == "month":
        first = shift(now.replace(day=1), -2)
        return _made(match, month_of(first.year, first.month), "month", now, first.year, first.month)
    if unit == "quarter":
        first = shift(date(now.year, (now.month - 1) // 3 * 3 + 1, 1), -6)
        return _made(match, month_of(first.year, first.month, 3), "quarter", now, first.year)
    return _made(match, Span(date(now.year - 2, 1, 1), date(now.year - 2, 12, 31)), "year", now, now.year - 2)


def _en_past(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    return {"week": _rolled(match, now - 6 * DAY, now, "rolling_week"), "month": _rolled(match, shift(now, -1) + DAY, now, "rolling_month"), "year": _rolled(match, shift(now, -12) + DAY, now, "rolling_year:1"), "quarter": _rolled(match, shift(now, -3) + DAY, now, "rolling_quarter"), "half year": _rolled(match, shift(now, -6) + DAY, now, "rolling_month"), "fortnight": _rolled(match, now - 13 * DAY, now, "rolling_day")}[match["u"]]  # fmt: skip


def _iso_week(match: re.Match[str], now: date, before: Mention | None) -> Mention | None:
    year = _year(match, now) or now.year
    try:
        monday = date.fromisocalendar(year, _number(match["n"]), 1)
    except ValueError:
        return None
    return _made(match, Span(monday, monday + 6 * DAY), "week", now, year)


OF = r"(?:\s?(?:的|,|，))?\s?"
PART = r"(?P<part>上旬|中旬|下旬|上半月|下半月|前半月|后半月|底|末|初)?"
HOLIDAY = "|".join(sorted(map(re.escape, festivals().names), key=len, reverse=True))
EN_Y = r"(?P<y4>(?:19|20)\d\d)"
RULES: list[tuple[re.Pattern[str], Handler]] = [
    (re.compile(p), h)
    for p, h in [
        (r"(?P<y>(?:19|20)\d\d)[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})(?:日|号)?(?!\d)", _iso),
        (r"(?P<y>(?:19|20)\d\d)[-/.](?P<m>0[1-9]|1[0-2]|[1-9])(?![\d%])", _iso_month),
        (r"(?<!\d)(?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>[0-3]\d)(?!\d)", _iso),
        (r"(?<!\d)(?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])(?!\d)", _iso_month),
        (rf"(?:{YEAR}{OF})?(?P<m>{M})月(?:份)?(?P<d>{D})(?:日|号)?\s?(?:-|到|至|~)\s?(?P<d2>{D})(?:日|号)", _days),
        (rf"(?:{YEAR}{OF})?(?P<m>{M})月(?:份)?(?P<d>{D})(?:日|号)", _day),
        (r"(?P<w>去年|前年)(?:的)?(?:今天|今日|这一?天|同一?天|同日)", _day_of_year),
        (r"(?P<b>年|月|季度?|周)初", _opening),
        (rf"(?<![\d.])(?P<d>{D})号(?!线|楼)", _day),
        (rf"(?:{YEAR}{OF})?(?P<m>{M})(?:月份?)?\s?(?:-|到|至|~)\s?(?P<m2>{M})月(?:份|底|末)?(?!\d|{D}[日号])", _months),
        (rf"(?:{YEAR}{OF})?(?P<m>{M})月份?{PART}(?!\d{{1,2}}[日号])", _month),
        (rf"(?:{YEAR}{OF})?第?(?P<q>{Q})\s?(?:季度)?\s?(?:-|到|至|~)\s?第?(?P<q2>{Q})季度?", _quarters),
        (rf"(?:{YEAR}{OF})?第?(?P<q>{Q})季度?", _quarter),
        (rf"(?:{YEAR}{OF})?第?(?P<q>最后)一?个?季度", _quarter),
        (rf"(?:{YEAR}{OF})?q(?P<q>[1-4])(?!\d)", _quarter),
        (r"(?<!\d)(?P<y2>[12]\d)年?[-\s]?q(?P<q>[1-4])(?!\d)", _quarter),
        (r"(?<![\d.于过超到足达≥≤>=<低高约大小])(?P<m>1[0-2]|0?[1-9])[./](?P<d>3[01]|[12]\d|0?[1-9])(?![\d.%万亿元天分个台次人倍])(?:日|号)?", _day),
        (r"(?P<y4>(?:19|20)\d\d)\s?年?[-\s]?q(?P<q>[1-4])(?!\d)", _quarter),
        (rf"\bq(?P<q>[1-4])\s?(?:of\s|in\s)?{EN_Y}", _quarter),
        (rf"(?:{YEAR}{OF})?(?P<h>上|下|前|后)半年度?", _half),
        (rf"{YEAR}{OF}(?:前|头)(?P<n>{N})(?P<u>个?月|个?季度)", _front),
        (r"(?<![以之])(?:前|头)(?P<n>[三3])(?P<u>个?季度)", _front),
        (rf"(?<![以之比])前(?P<n>{N})(?P<u>个月)", _front),
        (rf"{YEAR}(?P<part>年初|初|底|末)?(?:全年|整年|一整年|一年)?", _year_only),
        (r"(?P<a>20\d\d|(?<!\d)[12]\d)年?\s?(?:-|到|至|~)\s?(?P<b>20\d\d|[12]\d(?=年))年?", _years),
        (r"(?P<a>20\d\d)\s(?:to|through)\s(?P<b>20\d\d)", _years),
        (r"(?P<w>大前天|前天|昨天|今天|明天|后天|昨日|今日|明日|前日|本日|昨儿|今儿|当天|当日|前一天|上一天|头一天)(?:全天|一天|一整天)?", _day_word),
        (r"\b(?P<w>the day before yesterday|day before yesterday|yesterday|today|tomorrow)\b", _day_word),
        (rf"(?P<b>{BACK})(?P<u>周|星期|礼拜)(?P<wd>[一二三四五六日天末])(?:(?:到|至|-|~)(?:{BACK})?(?:周|星期|礼拜)?(?P<wd2>[一二三四五六日天]))?(?![个])", _period),
        (rf"(?P<b>{BACK})(?P<u>月份?|季度|季(?!节)|年度|年|半年|周|星期|礼拜){PART}", _period),
        (rf"(?:最近|近|过去|过往|近来|往前|这|前面|刚过去的?|最新|之前)(?:的)?(?:这)?(?P<n>{N})(?P<u>天|日|周|个?星期|个?礼拜|个月|个?季度|年|月)(?:内|里|以来|间|来)?", _rolling),
        (r"(?:最近|近|过去)(?P<n>[一二两三四五六]|\d)个?完整的?(?P<u>月|周|季度|年)", _complete),
        (r"(?P<part>上旬|中旬|下旬)", _part_alone),
        (rf"(?:{YEAR}{OF})?(?P<list>{M}(?:[、,和]{M})+)月份?(?!\d)", _month_list),
        (rf"(?:{YEAR}{OF})?(?P<list>[一二三四1-4](?:[、,和][一二三四1-4])+)季度", _quarter_list),
        (r"(?<![以之最])(?:前|上)(?P<n>[二两三四五六七八九十2-9]|1\d)(?P<u>天|日|周|个?星期|个?礼拜|个季度|季度|年)", _complete),
        (r"上(?P<n>[二两三四五六七八九十2-9]|1\d)(?P<u>个月)", _complete),
        (r"(?:从|自)?(?:今年|本年)?(?:年初|年头|1月1日|1月1号|元旦)(?:以来|至今|到现在|到今天|开始到现在|到目前|起至今|到今日|截至目前|截止目前)|今年以来|今年至今|今年到(?:目前|现在|今天)(?:为止)?|开年以来|开年至今|\bytd\b", _since_year),
        (r"\b(?P<u>year|quarter|month|week)[- ]to[- ]date\b", _to_date),
        (r"\b(?P<u>m)td\b", _to_date),
        (r"\bso far this (?P<u>year|quarter|month|week)\b", _to_date),
        (rf"(?:{YEAR}{OF})?(?P<h>{HOLIDAY})(?:(?P<own>当天|当日|那天)|(?P<side>后|前)(?P<n>{N})(?P<nu>天|日|周|个?星期)|(?:(?:这|那)?[二三五七八]天(?:假|长假)?|假期)?(?:期间|放假期间|放假|假期|长假|小长假|黄金周|假日|那几天|这几天|(?:\sholidays?)?))?(?:那几天|这几天)?", _holiday),
        (rf"{EN_Y}\s(?P<h>{HOLIDAY})(?:\sholidays?)?", _holiday),
        (r"(?P<w>去年度?|上年度?|上一年度?|前年|历史|上个?月|上一个?月|上个?季度|上一季度|上个?周|上个?星期|(?:20)?\d\d年)度?的?(?:同一?期|同一?天|同日|同月|同季度?|同周|同一时期|同一时间|同时期|这个时候|此时|这时候|这会儿|同时段|相同时期)", _same),
        (r"(?:the\s)?same (?:period|time|month|quarter|week) (?:of\s|in\s)?(?P<w>last year|the previous year|previous year|last month|last week|20\d\d)", _same),
        (r"(?:每个?|逢)?(?:周|星期|礼拜)(?P<a>[一二三四五六日天])(?:到|至|-|~)(?:周|星期|礼拜)?(?P<b>[一二三四五六日天])", _weekday),
        (r"(?:每个?|逢)?(?:周|星期|礼拜)(?P<d>[一二三四五六日天])(?!个)", _weekday),
        (r"(?:每个?)?(?:工作日|工作天|平日里?|双休日|周末|休息日|周六周日|周六日|周六和周日|周六、周日)", _weekday),
        (r"\b(?:on )?(?:weekends|weekdays|working days|the weekend)\b", _weekday),
        (r"\b(?:on )?(?P<en>(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b", _weekday),
        (r"截[至止](?:到)?(?:目前|现在|今天|今日|当前|此刻)(?:为止)?|到目前为止|到现在为止|迄今为止?|目前为止", _until),
        (rf"(?:{YEAR})?第(?P<n>{N})周", _iso_week),
        (rf"\b{EN_MONTH.replace('(', '(?P<m>', 1)}\s(?P<d>[0-3]?\d)(?:st|nd|rd|th)?(?!\d)(?:,?\s(?P<y>20\d\d))?", _en_day),
        (rf"(?<![\d.])(?P<d>[0-3]?\d)(?:st|nd|rd|th)?\s(?:of\s)?{EN_MONTH.replace('(', '(?P<m>', 1)}\b(?:,?\s(?P<y>20\d\d))?", _en_day_first),
        (rf"\b(?:from |between )?{EN_MONTH.replace('(', '(?P<m>', 1)}\s?(?:to|through|-|and|until)\s?{EN_MONTH.replace('(', '(?P<m2>', 1)}\b(?:(?:\sof)?\s(?P<y>20\d\d))?", _en_months),
        (rf"\b{EN_MONTH.replace('(', '(?P<m>', 1)}\b(?:\s(?:of\s)?(?:(?P<yw>last year|this year)|(?P<y>20\d\d)))?", _en_month),
        (r"\b(?P<b>this|the current|current|last|the last|the previous|previous|prior|next|the coming)\s(?P<u>week|month|quarter|year)\b", _en_period),
        (r"\bthe (?P<u>week|month|quarter|year) before last\b", _en_back2),
        (rf"\b(?:in |over |for |during )?(?:the )?(?:last|past|previous|recent|most recent)\s(?P<n>{EN_N})\s(?P<u>days?|weeks?|months?|quarters?|years?)\b", _rolling),
        (r"\b(?:the )?past (?P<u>week|month|year|quarter|half year|fortnight)\b", _en_past),
        (r"\b(?:the )?(?P<q>first|second|third|fourth|1st|2nd|3rd|4th|last) quarter(?:\s(?:of\s)?(?:(?P<y4>20\d\d)|(?P<yw>this year|last year)))?", _quarter),
        (r"\b(?:the )?(?P<h>first|second|1st|2nd|latter) half(?:\s(?:of\s)?(?:(?P<y4>20\d\d)|(?P<yw>this year|last year)|the year))?", _half),
        (r"\bh(?P<h>[12])(?:\s(?:of\s)?(?:(?P<y4>20\d\d)|(?P<yw>this year|last year)))?(?!\d)", _half),
        (rf"\b(?:the )?first (?P<n>{EN_N}) (?P<u>months|quarters) of (?:(?P<y4>20\d\d)|(?P<yw>this year|last year))", _front),
        (r"\b(?:in |for |year |during )?(?P<y4>(?:19|20)\d\d)\b(?!\s?(?:元|天|分|人|台|例))", _year_only),
    ]
]
JOIN = re.compile(r"\s?(?:到|至|~|-|—|直到|\bto\b|\buntil\b|\bthrough\b|\band\b(?=.*between))\s?")
TO_NOW = re.compile(r"\s?(?:以来|至今|到现在|到目前为止|到目前|到今天|到今日|起至今|开始到现在|到此刻|截至目前|截止目前|到当前|to date|until now|till now|to now)")
UP_TO = re.compile(r"(?:截[至止]到?|到|as of|by the end of)\s?$")
OPENERS = re.compile(r"(?:从|自|since|from|between)\s?$")


def _best_at(text: str, position: int, now: date, before: Mention | None) -> Mention | None:
    best: Mention | None = None
    for pattern, handler in RULES:
        match = pattern.match(text, position)
        if match and match.end() > match.start() and (best is None or match.end() > best.end):
            try:
                made = handler(match, now, before)
            except (ValueError, OverflowError):
                made = None
            if made:
                best = made
    return best


FIRST = re.compile(
    r"[\d一二三四五六七八九十两今本去上前大明后下来这昨当此头第最近过往刚之元春清五端中国除七重护医妇儿六十新劳正年从自开截迄目到历每逢周星礼工平双休月季q]|\b[a-z]"
)


def find(text: str, now: date) -> list[Mention]:
    """All times of a text, in order; ranges joined, 至今 and 截至 applied."""
    found: list[Mention] = []
    position = 0
    while (start := FIRST.search(text, position)) is not None:
        position = start.start()
        before = found[-1] if found and re.fullmatch(r"[\s,，、和与跟及比较同到至~\-的vsand]*", text[found[-1].end : position]) else None
        mention = _best_at(text, position, now, before)
        if mention is None:
            position += 1
            continue
        mention = _extend(text, mention, now)
        found.append(mention)
        position = mention.end
    return found


def _extend(text: str, mention: Mention, now: date) -> Mention:
    if mention.kind != "span" or mention.span is None:
        return mention
    if (inner := PART_OF.match(text, mention.end)) and (made := _within(mention, inner, now)):
        mention = replace(made, text=text[mention.begin : made.end])
    span = mention.span
    if span is None:
        return mention
    if (tail := TO_NOW.match(text, mention.end)) and span.start <= now:
        return replace(mention, end=tail.end(), text=text[mention.begin : tail.end()], span=Span(span.start, now), unit="to_date" if mention.unit not in ("month", "quarter", "year", "week") or (mention.full and mention.full.end < now) else mention.unit, full=Span(span.start, now))
    if re.match(r"since\s?$", text[max(0, mention.begin - 6) : mention.begin]) and span.start <= now:
        return replace(mention, span=Span(span.start, now), unit="to_date", full=Span(span.start, now))
    if join := JOIN.match(text, mention.end):
        other = _best_at(text, join.end(), now, mention)
        if other and other.kind == "span" and other.span and other.span.start >= span.start and not mention.unit.startswith("rolling"):
            end = other.full.end if other.full and other.full.end <= now else other.span.end
            merged = Span(span.start, end)
            return replace(mention, end=other.end, text=text[mention.begin : other.end], span=merged, unit="range", full=Span(span.start, (other.full or other.span).end))
    if UP_TO.search(text[: mention.begin]) and mention.unit not in ("rolling_day",):
        return replace(mention, kind="until")
    return mention
