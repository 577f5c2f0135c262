"""Times 时间: the Chinese (and English) grammar of days, weeks, months, quarters, years and holidays.

Policies, stated in the answer: a running period ends today; 近N天 counts today; weeks start on Monday; a month or
quarter without a year is the latest that has begun; a bare holiday is the latest that has begun.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from yishu.ask.festivals import festivals
from yishu.ask.frame import Span
from yishu.ask.time_english import (
    read_en_back2,
    read_en_day,
    read_en_day_first,
    read_en_month,
    read_en_months,
    read_en_past,
    read_en_period,
    read_en_weekday,
)
from yishu.ask.time_points import (
    BACK,
    PART_OF,
    read_complete,
    read_day,
    read_day_back,
    read_day_of_year,
    read_day_word,
    read_days,
    read_front,
    read_half,
    read_holiday,
    read_iso,
    read_iso_month,
    read_iso_week,
    read_month,
    read_month_list,
    read_months,
    read_opening,
    read_part_alone,
    read_period,
    read_quarter,
    read_quarter_list,
    read_quarters,
    read_rolling,
    read_same,
    read_school,
    read_since_year,
    read_to_date,
    read_until,
    read_weekday,
    read_weekend,
    read_within,
    read_year_only,
    read_years,
)
from yishu.ask.time_words import EN_MONTH, EN_N, YEAR, D, Handler, M, Mention, N, Q

OF = r"(?:\s?(?:的|,|，))?\s?"
PART = r"(?P<part>上旬|中旬|下旬|上半月|下半月|前半月|后半月|底|末|初)?"
HOLIDAY = "|".join(sorted(map(re.escape, festivals().names), key=len, reverse=True))
EN_Y = r"(?P<y4>(?:19|20)\d\d)"
RULES: list[tuple[re.Pattern[str], Handler]] = [
    (re.compile(p), h)
    for p, h in [
        (r"(?P<y>(?:19|20)\d\d)[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})(?:日|号)?(?!\d)", read_iso),
        (r"(?P<y>(?:19|20)\d\d)[-/.](?P<m>0[1-9]|1[0-2]|[1-9])(?![\d%])", read_iso_month),
        (r"(?<!\d)(?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>[0-3]\d)(?!\d)", read_iso),
        (r"(?<!\d)(?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])(?!\d)", read_iso_month),
        (rf"(?:{YEAR}{OF})?(?P<m>{M})月(?:份)?(?P<d>{D})(?:日|号)?\s?(?:-|到|至|~)\s?(?P<d2>{D})(?:日|号)", read_days),
        (rf"(?:{YEAR}{OF})?(?P<m>{M})月(?:份)?(?P<d>{D})(?:日|号)", read_day),
        (r"(?P<back>上上个?月|上个?月|上上周|上周|上个?星期|上个?礼拜)(?:的)?(?:今天|今日|这一?天)", read_day_back),
        (r"(?P<back>上上个?|上一?个?|这个?|本)(?:周末|双休日?|星期六星期天|周六日)", read_weekend),
        (rf"(?:{YEAR}{OF})?(?P<h>暑假|暑期|寒假)(?:期间|里)?", read_school),
        (r"\b(?P<b>this|last|past)\s(?P<wd>mon|tues|wednes|thurs|fri|satur|sun)day\b", read_en_weekday),
        (r"(?P<w>去年|前年)(?:的)?(?:今天|今日|这一?天|同一?天|同日)", read_day_of_year),
        (r"(?P<b>年|月|季度?|周)初", read_opening),
        (rf"(?<![\d.])(?P<d>{D})号(?!线|楼)", read_day),
        (rf"(?:{YEAR}{OF})?(?P<m>{M})(?:月份?)?\s?(?:-|到|至|~)\s?(?P<m2>{M})月(?:份|底|末)?(?!\d|{D}[日号])", read_months),
        (rf"(?:{YEAR}{OF})?(?P<m>{M})月份?{PART}(?!\d{{1,2}}[日号])", read_month),
        (rf"(?:{YEAR}{OF})?第?(?P<q>{Q})\s?(?:季度)?\s?(?:-|到|至|~)\s?第?(?P<q2>{Q})季度?", read_quarters),
        (rf"(?:{YEAR}{OF})?第?(?P<q>{Q})季度?", read_quarter),
        (rf"(?:{YEAR}{OF})?第?(?P<q>最后)一?个?季度", read_quarter),
        (rf"(?:{YEAR}{OF})?q(?P<q>[1-4])(?!\d)", read_quarter),
        (r"(?<!\d)(?P<y2>[12]\d)年?[-\s]?q(?P<q>[1-4])(?!\d)", read_quarter),
        (r"(?<![\d.于过超到足达≥≤>=<低高约大小])(?P<m>1[0-2]|0?[1-9])[./](?P<d>3[01]|[12]\d|0?[1-9])(?![\d.%万亿元天分个台次人倍])(?:日|号)?", read_day),
        (r"(?P<y4>(?:19|20)\d\d)\s?年?[-\s]?q(?P<q>[1-4])(?!\d)", read_quarter),
        (rf"\bq(?P<q>[1-4])\s?(?:of\s|in\s)?{EN_Y}", read_quarter),
        (rf"(?:{YEAR}{OF})?(?P<h>上|下|前|后)半年度?", read_half),
        (rf"{YEAR}{OF}(?:前|头)(?P<n>{N})(?P<u>个?月|个?季度)", read_front),
        (r"(?<![以之])(?:前|头)(?P<n>[三3])(?P<u>个?季度)", read_front),
        (rf"(?<![以之比])(?:前|头)(?P<n>{N})(?P<u>个月)", read_front),
        (rf"{YEAR}(?P<part>年初|初|底|末)?(?:全年|整年|一整年|一年)?", read_year_only),
        (r"(?P<a>20\d\d|(?<!\d)[12]\d)年?\s?(?:-|到|至|~)\s?(?P<b>20\d\d|[12]\d(?=年))年?", read_years),
        (r"(?P<a>20\d\d)\s(?:to|through)\s(?P<b>20\d\d)", read_years),
        (r"(?P<w>大前天|前天|昨天|今天|明天|后天|昨日|今日|明日|前日|本日|昨儿|今儿|当天|当日|前一天|上一天|头一天)(?:全天|一天|一整天)?", read_day_word),
        (r"\b(?P<w>the day before yesterday|day before yesterday|yesterday|today|tomorrow)\b", read_day_word),
        (rf"(?P<b>{BACK})(?P<u>周|星期|礼拜)(?P<wd>[一二三四五六日天末])(?:(?:到|至|-|~)(?:{BACK})?(?:周|星期|礼拜)?(?P<wd2>[一二三四五六日天]))?(?![个])", read_period),
        (rf"(?P<b>{BACK})(?P<u>月份?|季度|季(?!节)|年度|年|半年|周|星期|礼拜){PART}", read_period),
        (rf"(?:最近|近|过去|过往|近来|往前|这|前面|刚过去的?|最新|之前)(?:的)?(?:这)?(?P<n>{N})(?P<u>天|日|周|个?星期|个?礼拜|个月|个?季度|年|月)(?:内|里|以来|间|来)?", read_rolling),
        (r"(?:最近|近|过去)(?P<n>[一二两三四五六]|\d)个?完整的?(?P<u>月|周|季度|年)", read_complete),
        (r"(?P<part>上旬|中旬|下旬)", read_part_alone),
        (rf"(?:{YEAR}{OF})?(?P<list>{M}(?:[、,和]{M})+)月份?(?!\d)", read_month_list),
        (rf"(?:{YEAR}{OF})?(?P<list>[一二三四1-4](?:[、,和][一二三四1-4])+)季度", read_quarter_list),
        (r"(?<![以之最])(?:前|上)(?P<n>[二两三四五六七八九十2-9]|1\d)(?P<u>天|日|周|个?星期|个?礼拜|个季度|季度|年)", read_complete),
        (r"上(?P<n>[二两三四五六七八九十2-9]|1\d)(?P<u>个月)", read_complete),
        (r"(?:从|自)?(?:今年|本年)?(?:年初|年头|1月1日|1月1号|元旦)(?:以来|至今|到现在|到今天|开始到现在|到目前|起至今|到今日|截至目前|截止目前)|今年以来|今年至今|今年到(?:目前|现在|今天)(?:为止)?|开年以来|开年至今|\bytd\b", read_since_year),
        (r"\b(?P<u>year|quarter|month|week)[- ]to[- ]date\b", read_to_date),
        (r"\b(?P<u>m)td\b", read_to_date),
        (r"\bso far this (?P<u>year|quarter|month|week)\b", read_to_date),
        (rf"(?:{YEAR}{OF})?(?P<h>{HOLIDAY})(?:(?P<own>当天|当日|那天)|(?P<side>后|前)(?P<n>{N})(?P<nu>天|日|周|个?星期)|(?:(?:这|那)?[二两三四五六七八]天(?:假|长假)?|假期)?(?:期间|放假期间|放假|假期(?:[二两三四五六七八几]天)?|长假|小长假|黄金周|假日|那几天|这几天|(?:\sholidays?)?))?(?:那几天|这几天|[二两三四五六七八几]天)?", read_holiday),
        (rf"{EN_Y}\s(?P<h>{HOLIDAY})(?:\sholidays?)?", read_holiday),
        (r"(?P<w>去年度?|上年度?|上一年度?|前年|历史|上个?月|上一个?月|上个?季度|上一季度|上个?周|上个?星期|(?:20)?\d\d年)度?的?(?:同一?期|同一?天|同日|同月|同季度?|同周|同一时期|同一时间|同时期|这个时候|此时|这时候|这会儿|同时段|相同时期)", read_same),
        (r"(?:the\s)?same (?:period|time|month|quarter|week) (?:of\s|in\s)?(?P<w>last year|the previous year|previous year|last month|last week|20\d\d)", read_same),
        (r"(?:每个?|逢)?(?:周|星期|礼拜)(?P<a>[一二三四五六日天])(?:到|至|-|~)(?:周|星期|礼拜)?(?P<b>[一二三四五六日天])", read_weekday),
        (r"(?:每个?|逢)?(?:周|星期|礼拜)(?P<d>[一二三四五六日天])(?!个)", read_weekday),
        (r"(?:每个?)?(?:工作日|工作天|平日里?|双休日|周末|休息日|周六周日|周六日|周六和周日|周六、周日)", read_weekday),
        (r"\b(?:on )?(?:weekends|weekdays|working days|the weekend)\b", read_weekday),
        (r"\b(?:on )?(?P<en>(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b", read_weekday),
        (r"截[至止](?:到)?(?:目前|现在|今天|今日|当前|此刻)(?:为止)?|到目前为止|到现在为止|迄今为止?|目前为止", read_until),
        (rf"(?:{YEAR})?第(?P<n>{N})周", read_iso_week),
        (rf"\b{EN_MONTH.replace('(', '(?P<m>', 1)}\s(?P<d>[0-3]?\d)(?:st|nd|rd|th)?(?!\d)(?:,?\s(?P<y>20\d\d))?", read_en_day),
        (rf"(?<![\d.])(?P<d>[0-3]?\d)(?:st|nd|rd|th)?\s(?:of\s)?{EN_MONTH.replace('(', '(?P<m>', 1)}\b(?:,?\s(?P<y>20\d\d))?", read_en_day_first),
        (rf"\b(?:from |between )?{EN_MONTH.replace('(', '(?P<m>', 1)}\s?(?:to|through|-|and|until)\s?{EN_MONTH.replace('(', '(?P<m2>', 1)}\b(?:(?:\sof)?\s(?P<y>20\d\d))?", read_en_months),
        (rf"\b{EN_MONTH.replace('(', '(?P<m>', 1)}\b(?:\s(?:of\s)?(?:(?P<yw>last year|this year)|(?P<y>20\d\d)))?", read_en_month),
        (r"\b(?P<b>this|the current|current|last|the last|the previous|previous|prior|next|the coming)\s(?P<u>week|month|quarter|year)\b", read_en_period),
        (r"\bthe (?P<u>week|month|quarter|year) before last\b", read_en_back2),
        (rf"\b(?:in |over |for |during )?(?:the )?(?:last|past|previous|recent|most recent)\s(?P<n>{EN_N})\s(?P<u>days?|weeks?|months?|quarters?|years?)\b", read_rolling),
        (r"\b(?:the )?past (?P<u>week|month|year|quarter|half year|fortnight)\b", read_en_past),
        (r"\b(?:the )?(?P<q>first|second|third|fourth|1st|2nd|3rd|4th|last) quarter(?:\s(?:of\s)?(?:(?P<y4>20\d\d)|(?P<yw>this year|last year)))?", read_quarter),
        (r"\b(?:the )?(?P<h>first|second|1st|2nd|latter) half(?:\s(?:of\s)?(?:(?P<y4>20\d\d)|(?P<yw>this year|last year)|the year))?", read_half),
        (r"\bh(?P<h>[12])(?:\s(?:of\s)?(?:(?P<y4>20\d\d)|(?P<yw>this year|last year)))?(?!\d)", read_half),
        (rf"\b(?:the )?first (?P<n>{EN_N}) (?P<u>months|quarters) of (?:(?P<y4>20\d\d)|(?P<yw>this year|last year))", read_front),
        (r"\b(?:in |for |year |during )?(?P<y4>(?:19|20)\d\d)\b(?!\s?(?:元|天|分|人|台|例))", read_year_only),
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
    r"[\d暑寒一二三四五六七八九十两今本去上前大明后下来这昨当此头第最近过往刚之元春清五端中国除七重护医妇儿六十新劳正年从自开截迄目到历每逢周星礼工平双休月季q]|\b[a-z]"
)


def find(text: str, now: date) -> list[Mention]:
    """All times of a text, in order; ranges joined, 至今 and 截至 applied."""
    found: list[Mention] = []
    position = 0
    while (start := FIRST.search(text, position)) is not None:
        position = start.start()
        before = found[-1] if found and re.fullmatch(r"[\s,，、(和与跟及比较同到至~\-的vsand]*", text[found[-1].end : position]) else None
        if before and re.search(r"比\s?[,，]", text[found[-1].end : position]):
            before = None  # 跟去年比，上半年: another year's
        mention = _best_at(text, position, now, before)
        if mention is None:
            position += 1
            continue
        mention = _extend(text, mention, now)
        found.append(mention)
        position = mention.end
    return found


NO_DAY = re.compile(r"(?<![\d.])(?P<m>\d{1,2})月(?:份)?(?:(?P<d>\d{1,2})(?:日|号))?|第(?P<q>0|[5-9]|\d\d)季度|(?:周|星期|礼拜)(?P<w>[八九])")
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def no_such_time(text: str) -> str:
    """The first day, month, quarter or weekday of the text that no calendar has: 2月30日, 13月; empty where all are."""
    for m in NO_DAY.finditer(text):
        month, day = int(m["m"] or 1), int(m["d"] or 1)
        if m["q"] or m["w"] or not 1 <= month <= len(DAYS) or not 1 <= day <= DAYS[month - 1]:
            return m[0]
    return ""


def _extend(text: str, mention: Mention, now: date) -> Mention:
    if mention.kind != "span" or mention.span is None:
        return mention
    if (inner := PART_OF.match(text, mention.end)) and (made := read_within(mention, inner, now)):
        mention = replace(made, text=text[mention.begin : made.end])
    if mention.unit == "day" and (tail := re.compile(r"\s?(?:的)?(?:当天|当日|那天|那一天|这天|这一天|全天|一整天|一天)").match(text, mention.end)):
        mention = replace(mention, end=tail.end(), text=text[mention.begin : tail.end()])
    if (tail := re.compile(r"的?同期").match(text, mention.end)) and mention.full and mention.full.start.year < now.year and mention.unit in ("month", "quarter", "half", "months"):
        return replace(mention, end=tail.end(), text=text[mention.begin : tail.end()], kind="same", span=None, unit="year", ago=now.year - mention.full.start.year)
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
