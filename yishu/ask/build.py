"""Build 成句: slots of a question, with the frame it continues, become one resolved frame."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from yishu.ask.followup import ADDS, FollowUp
from yishu.ask.frame import Asker, Filter, Frame, Having, Option, Reply, Span
from yishu.ask.patterns import DOWN, UP
from yishu.ask.policy import running_full
from yishu.ask.replies import among, which_dimension
from yishu.ask.rights import carried
from yishu.ask.scene import Scene
from yishu.ask.slots import Parsed
from yishu.ask.time_words import Mention, month_end, shift
from yishu.ask.vocabulary import GRAINS

COMPARES = re.compile(r"对比|相比|比较|比一比|比一下|和.{0,4}比|与.{0,4}比|跟.{0,4}比|较|vs|versus|compare|against|than|差距|不如|比不上|赶不上|不及|没有.{0,3}[高多快长好]|相差|差多少|比(?!例|重)|变化|多了|少了|涨|降|增|减")
LAST_MONTH = re.compile(r"上一?个?月")
YEAR_SAID = re.compile(r"今年|本年|去年|上年|前年|明年|\d{2,4}年|(?:19|20)\d\d|year")
SIMPLE = r"[\d.%万亿成个百分之点天元台人次]+"
KEPT_YEARS = 10


def same_last_year(span: Span) -> Span:
    """The same range a year earlier."""
    end = shift(span.end, -12)
    return Span(shift(span.start, -12), month_end(end) if span.end == month_end(span.end) else end)


def just_before(span: Span) -> Span:
    """The period just before, of equal grain: whole months by months, else by days."""
    if span.start.day == 1 and span.end == month_end(span.end):
        months = (span.end.year - span.start.year) * 12 + span.end.month - span.start.month + 1
        return Span(shift(span.start, -months), month_end(shift(span.end, -months)))
    days = (span.end - span.start).days + 1
    return Span(span.start - timedelta(days), span.start - timedelta(1))


class Builder:
    """Builds one frame 组框架."""

    def __init__(self, scene: Scene, p: Parsed, metrics: list[str], base: Frame | None, text: str, asker: Asker) -> None:
        self.scene, self.p, self.metrics, self.base, self.text, self.asker = scene, p, metrics, base, text, asker
        self.linker = scene.linker
        self.stock = bool(metrics) and self.linker.kind.get(metrics[0]) == "stock"

    def build(self) -> Frame | Reply:
        """The frame, or the reason why there is none."""
        p, base = self.p, self.base
        if base and set(self.metrics) != set(base.metrics) and ADDS.search(self.text):
            self.metrics = [*base.metrics, *(m for m in self.metrics if m not in base.metrics)]
        time, base_span, compare, grain = self._time()
        if isinstance(time, Reply):
            return time
        if base_span and base_span == time:  # 去年和6月对比: a period against itself was never meant
            both = tuple(Option(m.text, m.text, "text") for m in p.times[:4])
            return Reply("clarify", about="time", options=both, say="两段时间是同一段，您要拿哪一段和哪一段比？")
        filters = self._filters()
        dimensions = self._dimensions(grain, filters)
        filters = self._placed_among(filters, dimensions)
        having = self._having()
        order, limit = self._order(dimensions, compare)
        ratios = all(self.linker.metrics[m].unit == "%" for m in self.metrics)
        share = (p.share and not (ratios and not p.dimensions)) or bool(base and base.share and not p.metrics and not p.trend)
        self._conditions_only(having)
        frame = Frame(tuple(self.metrics), tuple(dict.fromkeys(dimensions)), filters, time, tuple(dict.fromkeys(compare)), base_span, order, limit, having, share)
        if base:
            frame = FollowUp(self.scene, p, self.text).edited(frame, base)
        if wrong := self._unfit(frame):
            return wrong
        frame = carried(self.scene, frame, self.asker, self.p.own)
        if p.limit is not None and not frame.dimensions:
            concept = self.scene.vocabulary.dimension("department")
            if concept and not frame.filters:
                frame = replace(frame, dimensions=(concept.id,))
        if frame.having and not frame.dimensions:
            if not re.search(r"超没超|过没过|到没到|有没有|吗|没有?[?？]?$|是否|是不是|有没有|\b(?:is|are|was|were|did|does)\b", self.text):
                return which_dimension(self.scene, "按什么来筛？")
            frame = replace(frame, having=())
        if frame.share and len(frame.metrics) > 1 and not frame.dimensions:
            return among(self.scene, frame.metrics, "两个指标之比没有这个口径，先看哪一个？")
        if frame.share and not frame.dimensions and not frame.filters and not base and not ratios:
            return which_dimension(self.scene, "按什么来排？")
        if frame.order and not frame.dimensions and p.ranked and not base:
            return which_dimension(self.scene, "按什么来排？")
        if full := running_full(p.times, self.scene.now):
            frame = self.scene.policy.compared(frame, p.times, self.scene.now, {"yoy": same_last_year(full), "mom": just_before(full)})
        return replace(frame, intent=self._intent(frame), time_phrase=" ".join(m.text for m in p.times))

    # ---- time

    def _time(self) -> tuple[Span | Reply | None, Span | None, list[str], str]:
        p = self.p
        spans = self._joined(self._shared_part([m for m in p.times if m.kind in ("span", "until") and m.span]))
        compare = list(p.compare)
        grain = ""
        base_span: Span | None = None
        weekday = [m for m in p.times if m.kind == "weekday"]
        if weekday and not spans and not self.base and weekday[0].span and not weekday[0].unit and "weekday" not in p.grains:
            spans = [replace(weekday[0], kind="span")]
            p.weekdays = ()
        future = [m for m in spans if m.span and m.span.start > self.scene.now]
        if future:
            return Reply("refuse", reason="forecast", say="那段时间还没有到来，没有数据"), None, [], ""
        for same in p.same:
            if not spans and not self.base and same.unit == "year" and not COMPARES.search(re.sub("S", "", p.template)):
                pass
            if re.search(r"S\s?\(\s?T", p.template):
                continue  # 去年同月(去年6月): said once more, not compared
            if same.unit == "year" and same.ago == 1:
                compare.append("yoy")
            elif same.unit == "year":
                here = spans[0].span if spans else self.base.time if self.base else None
                if here:
                    ago = (here.start.year - same.year) if same.year else same.ago
                    if ago == 1:
                        compare.append("yoy")
                    elif ago > 1:
                        end = shift(here.end, -12 * ago)
                        base_span = Span(shift(here.start, -12 * ago), month_end(end) if here.end == month_end(here.end) else end)
                        compare.append("custom")
            elif same.unit in ("week", "month") and spans and spans[0].span and spans[0].unit == "day" and re.search("天|日", same.text):
                day = spans[0].span.start
                there = day - timedelta(7) if same.unit == "week" else shift(day, -1)
                base_span = Span(there, there)
                compare.append("custom")
            else:
                compare.append("mom")
        stops = [m for m in spans if m.kind == "until"]
        if len(spans) == 2 and len(stops) == 1:
            other = next(m for m in spans if m.kind == "span")
            if other.span and stops[0].span and other.span.start <= stops[0].span.end <= (other.full or other.span).end:
                spans = [replace(other, span=Span(other.span.start, stops[0].span.end))]
        if not spans and not self.base and p.same and not COMPARES.search(re.sub("S", "", p.template)):
            both = (Option("今年以来同比", "今年以来，与去年同期比", "text"), Option("去年", "去年全年", "text"))
            return Reply("clarify", about="time", options=both, say="是哪一段的同期？"), None, [], ""
        if not spans:
            if p.explain and not compare:
                compare.append("mom")
            if p.growth and not compare and not p.having and not p.apart and not p.grains:
                compare.append("yoy" if re.search("增长率|增幅|增速", self.text) else "mom")
            return (self.base.time if self.base else None), base_span, compare, grain
        if self.base and len(spans) == 1 and self.base.time and not p.metrics and COMPARES.search(p.template) and re.search(r"(?:比|较|对比|相比|vs|compare)", p.template) and not p.same:
            named, base2 = self._against(self.base.time, spans[0])
            return self.base.time, base2, [*compare, named], ""
        if len(spans) == 1:
            only = spans[0]
            implied = self._implied(only)
            if implied and not compare:
                compare.append(implied[0])
                return implied[1], None, compare, ""
            span = self._until(only)
            if p.explain and not compare:
                compare.append("yoy" if only.unit == "year" else "mom")
            if p.growth and not compare and not p.having and not p.apart and not p.grains:
                compare.append("yoy" if only.unit in ("year", "ytd", "half", "years", "months") or re.search("增长率|增幅|增速", self.text) else "mom")
            return self._aligned(only, span), base_span, compare, grain
        return self._several(spans, compare)

    def _shared_part(self, spans: list[Mention]) -> list[Mention]:
        """今年和去年上半年: the part of the year is said once, for both."""
        if len(spans) != 2 or spans[0].unit != "year" or not re.search(r"T\s?(?:和|与|跟|同|、|及|以及|比|较|对比|vs|and)\s?T", self.p.template):
            return spans
        year, other = spans
        if other.unit not in ("month", "months", "quarter", "quarters", "half") or not YEAR_SAID.search(other.text) or not (year.full or year.span):
            return spans
        whole = year.full or year.span
        assert whole is not None
        made = self.scene.times(f"{whole.start.year}年{YEAR_SAID.sub('', other.text).lstrip('的')}")
        if len(made) != 1 or not made[0].span or made[0].unit != other.unit:
            return spans
        self.p.times = [made[0] if m is year else m for m in self.p.times]
        return [made[0], other]

    def _joined(self, spans: list[Mention]) -> list[Mention]:
        """三季度死亡率，去年的: a year said apart from its quarter or month."""
        if len(spans) != 2 or COMPARES.search(re.sub("T", "", self.p.template)):
            return spans
        year = next((m for m in spans if m.unit == "year"), None)
        part = next((m for m in spans if m.unit in ("month", "months", "quarter", "quarters", "half", "holiday") and not YEAR_SAID.search(m.text)), None)
        if year is None or part is None or re.search(r"T\s?(?:和|与|跟|、|,|及|and|or|到|至|-)\s?T", self.p.template):
            return spans
        made = self.scene.times(f"{(year.full or year.span).start.year if year.span else 0}年{part.text}")
        return made if len(made) == 1 and made[0].span and made[0].unit == part.unit else spans

    def _until(self, m: Mention) -> Span | None:
        if m.kind == "until" and m.span and not self.stock:
            from datetime import date

            return Span(date(m.span.end.year, 1, 1), m.span.end)
        return m.span

    def _aligned(self, m: Mention, span: Span | None) -> Span | None:
        from datetime import date

        if span and m.unit.startswith("rolling_year") and "year" in self.p.grains:
            years = int(m.unit.split(":")[1])
            return Span(date(self.scene.now.year - years + 1, 1, 1), self.scene.now)
        return span

    def _implied(self, m: Mention) -> tuple[str, Span] | None:
        """比上月涨了多少: the named time is what is compared with, the period now running is asked for."""
        before = self.p.template[: self.p.template.find("T")]
        if not re.search(r"(?:(?<!对)(?<!相)比|(?<!比)较|相比于?|compared (?:with|to)|than|vs\.?|versus|和|与|跟)\s?(?:the\s)?$", before) or not m.full:
            return None
        if self.p.apart:
            return None
        after = self.p.template[self.p.template.find("T") + 1 :]
        if re.search(r"(?:和|与|跟)\s?$", before) and not re.match(r"\s?(?:相比|比|对比|比较)", after):
            return None
        if not COMPARES.search(self.p.template):
            return None
        now = self.scene.now
        from datetime import date

        if m.unit == "month" and m.full == Span(shift(now.replace(day=1), -1), now.replace(day=1) - timedelta(1)):
            return "mom", Span(now.replace(day=1), now)
        if m.unit == "year" and m.full.start.year == now.year - 1:
            return "yoy", Span(date(now.year, 1, 1), now)
        if m.unit == "week" and m.full.end < now:
            return "mom", Span(self.scene.policy.week_of(now), now)
        if m.unit == "quarter" and m.full.end < now:
            return "mom", Span(m.full.end + timedelta(1), now)
        if m.unit == "day" and m.full.end == now - timedelta(1):
            return "mom", Span(now, now)
        return None

    def _against(self, span: Span, other: Mention) -> tuple[str, Span | None]:
        there = other.full or other.span
        assert there is not None
        if other.unit.startswith("rolling") and other.text[:1] in "前上" and there.end - there.start == span.end - span.start:
            return "mom", None  # 近7天和前7天
        if other.unit == "year" and there == same_last_year(span):
            return "yoy", None
        if there in (span, just_before(span)):
            return "mom", None
        if there == same_last_year(span):
            return "yoy", None
        if other.unit == "year" and (there.end - there.start).days > 300 and (span.end - span.start).days < 300:
            ago = span.start.year - there.start.year
            end = shift(span.end, -12 * ago)
            moved = Span(shift(span.start, -12 * ago), month_end(end) if span.end == month_end(span.end) else end)
            return ("yoy", None) if ago == 1 else ("custom", moved)
        if other.unit == "month" and other.span and there.end == month_end(there.start) and span.start.day == 1 and span.end < month_end(span.start) and span.start == there.end + timedelta(1):
            return "mom", None
        if there.start.month == span.start.month == 1 and there.start.year == span.start.year - 1 and (there.end - there.start).days > 300:
            return "yoy", None
        if (there.end - there.start).days == 6 and span.start == there.end + timedelta(1) and (span.end - span.start).days < 7:
            return "mom", None
        return "custom", there

    def _several(self, spans: list[Mention], compare: list[str]) -> tuple[Span | Reply | None, Span | None, list[str], str]:
        first, second = spans[0], spans[1]
        a, b = first.span, second.span
        assert a is not None and b is not None
        template = self.p.template
        if len(spans) == 2 and (COMPARES.search(template) and (self.p.versus or self.p.growth or re.search("比|较|compare", template))):
            mine, other = (first, second)
            if re.search(r"^[^T]*(?:跟|和|与|同|较|比起|相比于?|compared (?:with|to))\s?T\s?(?:相比|比较|对比|来比|比)?\s?[,，]", template):
                mine, other = second, first  # 跟去年比，上半年…
            elif a.start < b.start and not re.search(r"T[^T]*比[^T]*T", template):
                mine, other = second, first
            if LAST_MONTH.fullmatch(second.text) and first.unit == "month" and a.end < b.start and re.search(r"T[^T]*(?:比|较|跟|与|和|同)[^T]*T", template):
                return a, None, [*compare, "mom"], ""  # 5月跟上个月比: the month before May, not the one before today
            span = mine.span
            assert span is not None
            named, base = self._against(span, other)
            return span, base, [*compare, named], ""
        grain = {"month": "month", "quarter": "quarter", "year": "year", "day": "day", "week": "week"}.get(first.unit, "")
        ordered = sorted((m.span for m in spans if m.span), key=lambda s: s.start)
        nested = [m for m in spans if m.span and m.span.start >= a.start and m.span.end <= a.end and m is not first]
        if nested and first.unit in ("year", "half", "quarter", "month", "years", "months"):
            return nested[-1].span, None, compare, ""
        if grain and all(y.start - x.end == timedelta(1) for x, y in pairwise(ordered)):
            return Span(ordered[0].start, ordered[-1].end), None, compare, grain
        if not re.search(r"T\s?(?:和|与|跟|、|,|及|and|or)\s?T", template):
            both = tuple(Option(m.text, m.text, "text") for m in spans[:4])
            return Reply("clarify", about="time", options=both, say="说到了几个时间，您要看哪一个？"), None, [], ""
        if len(spans) == 2 and a != b:
            mine, other = (second, first) if b.start > a.start else (first, second)
            span = mine.span
            assert span is not None
            named, base = self._against(span, other)
            return span, base, [*compare, named], ""
        if any(m.span != a for m in spans):
            both = tuple(Option(m.text, m.text, "text") for m in spans[:4])
            return Reply("clarify", about="time", options=both, say="说到了几个时间，您要看哪一个？"), None, [], ""
        return a, None, compare, ""

    # ---- filters and dimensions

    def _filters(self) -> tuple[Filter, ...]:
        p = self.p
        sizes = {d.id: len(d.values) for d in self.scene.vocabulary.dimensions}
        wanted = {d: tuple(dict.fromkeys(v)) for d, v in p.include.items()}
        # all values of a dimension that is shown apart: no filter
        found = [Filter(d, "in", v) for d, v in wanted.items() if not (1 < len(v) == sizes.get(d) and d in p.dimensions)]
        if self._mixed(wanted):
            group, department = self.scene.dimension("department_group"), self.scene.dimension("department")
            found = [f for f in found if f.dimension not in (group, department)] + [Filter(group, "in", (*wanted[department], *wanted[group]))]
            p.dimensions = [d for d in p.dimensions if d != department] + [group]
        found = [f for f in found if not self._in_the_name(f)]
        found += [Filter(d, "not_in", tuple(dict.fromkeys(v))) for d, v in p.exclude.items()]
        if len(set(p.weekdays)) == 7:
            p.grains.append("weekday")  # 工作日与周末对比: all days, shown apart
        elif p.weekdays:
            found.append(Filter("weekday", "in", p.weekdays))
        return tuple(found)

    def _placed_among(self, filters: tuple[Filter, ...], dimensions: list[str]) -> tuple[Filter, ...]:
        """骨科排第几: its place among all, so that all are shown."""
        department = self.scene.dimension("department")
        mine = next((f for f in filters if f.dimension == department and f.op == "in" and len(f.values) == 1), None)
        if not self.p.place or mine is None or (self.p.ranked and self.p.dimensions):
            return filters
        dimensions[:0] = [d for d in (department,) if d not in dimensions]
        return tuple(f for f in filters if f is not mine)

    def _in_the_name(self, f: Filter) -> bool:
        """四级 beside 四级手术占比: the ratio is of them already; within them it would always be 100 %."""
        labels = [self.linker.metrics[m].label for m in self.metrics if self.linker.metrics[m].unit == "%"]
        return len(f.values) == 1 and self.scene.dimension("surgery_level") == f.dimension and len(labels) == len(self.metrics) > 0 and all(f.values[0] in n for n in labels)

    def _mixed(self, wanted: dict[str, tuple[str, ...]]) -> bool:
        """儿科 against 内科: a department and a group, where the department is a group too."""
        group, department = self.scene.vocabulary.dimension("department_group"), self.scene.dimension("department")
        return bool(group and self.p.versus and department in wanted and group.id in wanted and set(wanted[department]) <= set(group.values))

    def _dimensions(self, grain: str, filters: tuple[Filter, ...]) -> list[str]:
        p = self.p
        dims = list(dict.fromkeys(p.dimensions))
        if re.search(r"(?:检查|exam)", p.text) and len(dims) == 1 and self.scene.dimension("exam_type") == dims[0] and not re.search(r"各|按|类|哪|by|per|种", p.text) and dims[0] not in p.include:
            dims = []
        grains = list(p.grains) or ([grain] if grain else [])
        if not grains and (listed := next((m for m in p.times if m.unit in ("month_list", "quarter_list")), None)):
            grains = [listed.unit.removesuffix("_list")]
        several = next((m for m in p.times if m.unit == "months" and re.search(r"季度|个月", m.text)), None)
        if several and not grains and not dims and len(self.metrics) == 1 and re.search(r"分别|各(?:是|有|自)?多少|各自", p.text):
            grains = ["quarter" if "季" in several.text else "month"]
        if p.trend and not grains and not dims:
            grains = [self._natural()]
        if p.trend and not grains and p.dimensions and not p.ranked:
            grains = [self._natural()]
        if p.anomaly and not dims and not grains and not p.include.get(self.scene.dimension("department"), [])[1:]:
            grains = ["day" if self._days() <= 62 else "month"]
        if (p.having and not dims and not grains and not self.base) or (p.ranked and not dims and not grains and not self.base):
            department = self.scene.dimension("department")
            if re.search(r"科|哪些|哪个|哪几个|谁|departments?|which", p.text) and department:
                doctor = self.scene.dimension("doctor")
                dims = [doctor if "谁" in p.text and doctor and all(self.linker.allows(m, doctor) for m in self.metrics) else department]
        return dims + [g for g in grains if g not in dims]

    def _days(self) -> int:
        spans = [m.span for m in self.p.times if m.span] or ([self.base.time] if self.base and self.base.time else [])
        return (spans[0].end - spans[0].start).days + 1 if spans else 365

    def _natural(self) -> str:
        units = [m.unit for m in self.p.times if m.span]
        if units and units[0].startswith(("rolling_day", "rolling_week", "week", "days", "holiday")):
            return "day"
        days = self._days()
        return "day" if days <= 45 else "month" if days <= 1500 else "year"

    # ---- numbers

    def _having(self) -> tuple[Having, ...]:
        found = []
        for relation, op, value, relative, named in self.p.having:
            about, _, unit = named.partition("|")
            metric = about if about in self.metrics else self._by_unit(unit)
            if unit in ("小时", "hours") and self.linker.metrics[metric].unit not in ("分钟", "minutes"):
                value = value / 60
            found.append(Having(f"{metric}.{relation}" if relative else metric, op, value))
        return tuple(dict.fromkeys(found))

    def _conditions_only(self, having: tuple[Having, ...]) -> None:
        """药占比超过30%的科室的收入: what is only a condition is not shown."""
        said = [i for t in self.p.tokens if t.kind in "MC" for i in t.ids]
        only = {h.metric.split(".")[0] for h in having if said.count(h.metric.split(".")[0]) == 1}
        if only and set(self.p.metrics) - only and not re.search(rf"M[^A-Z]*(?:{SIMPLE})?[^A-Z]*(?:且|并且|而且|同时|又|以及|、|,|，|和)[^A-Z]*M", self.p.template):
            self.metrics = [m for m in self.metrics if m not in only] or self.metrics

    def _by_unit(self, unit: str) -> str:
        for metric in self.metrics:
            if unit and self.linker.metrics[metric].unit.startswith(unit.replace("块钱", "元").replace("块", "元")[:1]):
                return metric
        return self.metrics[0]

    def _order(self, dimensions: list[str], compare: list[str]) -> tuple[tuple[str, str] | None, int | None]:
        p = self.p
        if not p.ranked:
            return None, None
        metric = p.order_on if p.order_on in self.metrics else self.metrics[0]
        by, direction = metric, "desc"
        growth = re.search(rf"{UP}|增幅|增速|改善|进步|退步|恶化|变差", p.template)
        drop = re.search(rf"{DOWN}|降幅", p.template)
        better = self.linker.better.get(metric, "up")
        if (growth or drop) and re.search(r"(?:最|前|排|top|fastest|most|largest|biggest|greatest|倒数|后)", p.text):
            said = compare or p.compare or (list(self.base.compare) if self.base else [])
            relation = "mom" if "mom" in said and "yoy" not in said else "yoy"
            if relation not in compare:
                compare.append(relation)
            points = self.linker.metrics[metric].unit == "%" and re.search(r"(?:最|得)(?:多|大|高)|点", p.text) and not re.search("快|率|速|幅", p.template)
            by = f"{metric}.{relation}{'_diff' if points else ''}"
            direction = "asc" if drop and not growth else "desc"
            if p.direction in ("low", "slow") or (re.search("改善|进步", p.text) and better == "down"):
                direction = "asc"
            if re.search("退步|恶化|变差", p.text):
                direction = "desc" if better == "down" else "asc"
            return (by, direction), p.limit
        if p.direction == "flip":
            old = self.base.order if self.base else None
            return (old[0], "desc" if old[1] == "asc" else "asc") if old else (metric, "asc"), p.limit
        if p.direction == "low":
            direction = "asc"
        elif p.direction == "best":
            direction = "asc" if better == "down" else "desc"
        elif p.direction == "worst":
            direction = "desc" if better == "down" else "asc"
        elif p.direction in ("fast", "slow"):
            timed = self.linker.metrics[metric].unit in ("分钟", "小时", "天", "minutes", "hours", "days")
            direction = "asc" if (p.direction == "fast") == timed else "desc"
        limit = p.limit
        if limit is None and re.search(r"(?:哪一?个|哪一?天|哪一?月|哪一?家|哪一?位|谁|which (?:department|doctor|ward|day|month))", p.text) and p.direction and not re.search("哪些|哪几", p.text):
            limit = 1 if re.search(r"最|most|est\b|垫底", p.text) else None
        return (by, direction), limit

    # ---- checks

    def _unfit(self, frame: Frame) -> Reply | None:
        vocabulary = self.scene.vocabulary
        concepts = {d.id: d.concept for d in vocabulary.dimensions}
        for metric in frame.metrics:
            allowed = self.linker.metrics[metric].dimensions
            family = self.linker.family.get(metric)
            for used in (*frame.dimensions, *(f.dimension for f in frame.filters)):
                if used in GRAINS or used not in concepts:
                    continue
                if (allowed is not None and used not in allowed) or (allowed is None and family is not None and concepts[used] in KNOWN and concepts[used] not in family):
                    label = self.linker.metrics[metric].label
                    return Reply("refuse", reason="incompatible", say=f"{label}不能按这个维度看")
        first = vocabulary.first_day
        if frame.time:
            too_old = frame.time.end < first if first else frame.time.end.year < self.scene.now.year - KEPT_YEARS
            if too_old or (vocabulary.last_day and frame.time.start > vocabulary.last_day):
                return Reply("refuse", reason="no_data", say="那段时间没有数据")
        return None

    def _intent(self, frame: Frame) -> str:
        p = self.p
        if p.explain:
            return "explain"
        if p.anomaly:
            return "anomaly"
        if frame.having:
            return "filter"
        if frame.order:
            return "rank"
        if frame.share:
            return "share"
        if frame.compare or (p.versus and frame.dimensions):
            return "compare"
        if any(d in GRAINS and d != "weekday" for d in frame.dimensions):
            return "trend"
        return "breakdown" if frame.dimensions else "value"


KNOWN = frozenset(["department", "department_group", "campus", "ward", "doctor", "visit_type", "channel", "insurance", "gender", "age_group", "diagnosis", "drug", "exam_type", "surgery_level", "delivery", "triage_level"])
