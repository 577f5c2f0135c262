"""Parse 解析: linked words and times become slots, by a small grammar over a template of the question."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from yishu.ask.link import Linker, Token, Value
from yishu.ask.numerals import NUMBER, read, whole
from yishu.ask.times import Mention, find
from yishu.ask.words import leftover

OWN = re.compile(r"(?:我们|咱们|咱|本|我|俺们|我所在的|所在|自己|该)(?:这个)?(?:科室|科(?!技|研|普)|专科|部门)(?:里|内|的)?|(?:我们|咱们|本|我|咱)(?:病区|病房)(?=.{0,3})|科里|科内|\b(?:my|our|my own|our own) (?:department|dept|unit|ward)(?:'s)?\b")
WHOLE = re.compile(r"全院|全医院|整个医院|院级|全部科室|所有科室|全院各科|whole hospital|entire hospital|hospital-wide|hospitalwide")
UNIT = r"(?P<u>%|个?百分点|个?点|小时|天|日|元|块钱|块|分钟|分|台次?|例|人次|人|名|张|次|percent|minutes|days|yuan|hours)?"
NUM = rf"(?P<pct>百分之)?(?P<n>{NUMBER}\s?(?:个?[万千百亿kw])?)\s?{UNIT}"
ABOVE = r"不低于|不少于|不小于|大于等于|大于或等于|至少|最少|达到(?:或超过|了)?|达|>=|≥|at least|no less than"
BELOW = r"不超过|不高于|不大于|不多于|小于等于|小于或等于|最多|至多|<=|≤|at most|no more than|控制在"
OVER = r"超过了?|超出|高于|大于|多于|高过|突破|超|过了?|破|>|more than|greater than|higher than|above|over|exceeding|exceeded|exceeds?"
UNDER = r"低于|小于|少于|不到|不足|没到|没有?达到|未达到?|未到|没超过|短于|<|less than|lower than|fewer than|below|under"
CMP = rf"(?:(?P<ge>{ABOVE})|(?P<le>{BELOW})|(?P<gt>{OVER}|长于)|(?P<lt>{UNDER}))"
UP = r"增长|上升|升高|上涨|增加|提高|涨|变长|变高|升|增|多了|提升|变多|攀升|反弹|增多|延长|grew|grown|growth|increas\w*|rise|rose|rising|went up|go up|up"
DOWN = r"下降|降低|减少|下滑|下跌|降|跌|缩短|变短|变低|减|负增长|少了|变少|回落|萎缩|滑坡|decreas\w*|declin\w*|drop\w*|fell|fall\w*|went down|go down|reduc\w*"
YOY = r"同比|较去年|比去年|与去年同期|year[- ]over[- ]year|year[- ]on[- ]year|yoy|y/y"
MOM = r"环比|月环比|month[- ]over[- ]month|month[- ]on[- ]month|mom|m/m|week[- ]over[- ]week|quarter[- ]over[- ]quarter|qoq|较上期|比上期|与上期|较上一期|compared (?:with|to) the previous (?:month|period)"
GRAIN = [
    ("weekday", r"(?:按|各|每)?(?:星期几|周几|礼拜几)|day of (?:the )?week|by weekday"),
    ("hour", r"(?:各|分|按|每个?|逐)?(?:时段|时间段|小时|钟点)|几点钟?|每小时|逐时|\bhourly\b|(?:by|per|each) hour|which hour"),
    ("day", r"每天|每日|逐日|逐天|按天|按日|各天|分天|日趋势|日度|天天|哪一?天|每一天|日报|以天为单位|日变化|日走势|\bdaily\b|(?:by|per|each|every|which) day"),
    ("week", r"每周|每个星期|逐周|按周|各周|分周|周度|哪一?周|每一周|按星期|每星期|以周为单位|\bweekly\b|(?:by|per|each|every|which) week"),
    ("month", r"每个?月|每月份?|逐月|按月份?|各个?月份?|分月份?|月度|哪个?月份?|哪几个月|月趋势|每一个?月|以月为单位|月变化|月走势|几月份?|按照?月|\bmonthly\b|(?:by|per|each|every|which|month) (?:month|by month)"),
    ("quarter", r"每个?季度?|逐季度?|按季度?|各个?季度|分季度?|哪个季度|季度(?:趋势|变化|走势)|每一季度|以季度为单位|\bquarterly\b|(?:by|per|each|every|which) quarter"),
    ("year", r"每年|逐年|按年度?|各年度?|历年|分年度?|哪一?年|年度(?:趋势|变化|走势)|每一年|以年为单位|\byearly\b|\bannually\b|(?:by|per|each|every|which) year"),
]  # fmt: skip
TREND = r"趋势|走势|变化趋势|变化情况|变动情况|变化(?!率)|走向|曲线|波动|折线|起伏|\btrends?\b|over time"
SHARE = r"占比|所占比例|占(?:全院|总体|总数)?的?(?:比例|比重|份额|百分比|多少)|比例|构成比?|比重|百分比|份额|各占(?:多少|几成)?|占多少|占了多少|占几成|占(?:全院|全部|总量|总数|总体)|\bshares?\b|proportions?|percentage|breakdown in percent|composition|makeup|what percent"
SPREAD = r"分布|distribution|结构"
EXPLAIN = r"为什么|为何|为啥|什么原因|原因|怎么(?:会|就|回事|又|突然|这么|那么)|归因|是什么导致|导致|咋(?:这么|就|会|回事)|因为什么|\bwhy\b|\breasons?\b|what caused|explain|what drove|怎么.{0,4}(?:涨|降|升|跌|高|低|多|少)(?:了|这么)"
ANOMALY = r"异常|不正常|反常|有没有问题|突增|突降|骤升|骤降|离群|不对劲|有问题|突然(?:升高|增加|下降)|anomal\w*|abnormal\w*|outliers?|unusual|spikes?"
HIGH = r"最(?=[MC])|最(?:高|多|大|长|贵|久|重|快(?=增)|忙|能)|highest|most|largest|longest|greatest|biggest|maximum"
LOW = r"最(?:低|少|小|短|便宜|轻)|lowest|least|smallest|shortest|fewest|minimum"
BEST = r"(?:表现|做得|管得|控制得|控制|管理得)?最(?:好|优|棒|理想)|\bbest\b"
WORST = r"(?:表现|做得|管得|控制得|控制|管理得)?最(?:差|糟|不好|烂|糟糕)|垫底|\bworst\b"
STRONG = set("岁床药死癌胎孕刀血")
COUNT = r"(?P<k>\d{1,3}|[一二两三四五六七八九十]{1,3})"


@dataclass(slots=True)
class Parsed:
    """What one question says 问句所含, before it meets the conversation and the rights of the asker."""

    text: str
    template: str = ""
    tokens: list[Token] = field(default_factory=list)
    times: list[Mention] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)
    cores: list[Token] = field(default_factory=list)
    groups: list[Token] = field(default_factory=list)
    absent: list[Token] = field(default_factory=list)
    dimensions: list[str] = field(default_factory=list)
    grains: list[str] = field(default_factory=list)
    include: dict[str, list[str]] = field(default_factory=dict)
    exclude: dict[str, list[str]] = field(default_factory=dict)
    unclear: list[Token] = field(default_factory=list)
    weekdays: tuple[str, ...] = ()
    own: bool = False
    whole: bool = False
    apart: bool = False
    compare: list[str] = field(default_factory=list)
    same: list[Mention] = field(default_factory=list)
    growth: str = ""
    direction: str = ""
    order_on: str = ""
    limit: int | None = None
    ranked: bool = False
    having: list[tuple[str, str, float, bool, str]] = field(default_factory=list)
    share: bool = False
    explain: bool = False
    anomaly: bool = False
    trend: bool = False
    versus: bool = False
    residue: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    guesses: list[str] = field(default_factory=list)


class Reader:
    """Reads one question 读句 with a linker and a day."""

    def __init__(self, linker: Linker, now: date) -> None:
        self.linker = linker
        self.now = now

    def parse(self, text: str) -> Parsed:
        """All slots the text names."""
        text = re.sub(r"一个?半个?小时", "90分钟", text)
        text = re.sub(r"半个?小时", "30分钟", text)
        own = OWN.search(text)
        text_ = OWN.sub(lambda m: " " * len(m[0]), text)
        tokens = self.linker.exact(text_)
        tokens = self._sounds(text_, tokens)
        parsed = self._template(text_, tokens)
        parsed.own = bool(own)
        parsed.whole = bool(WHOLE.search(text_))
        self._grammar(parsed)
        return parsed

    def _sounds(self, text: str, tokens: list[Token]) -> list[Token]:
        """Mistyped names: tried where characters are left over beside weak words."""
        draft = self._template(text, tokens)
        runs = [r for r in leftover(_spent(draft.template)) if not r.isascii()]
        weak = [t for t in tokens if t.kind in "GC" and not t.text.isascii()]
        if not runs and not weak:
            return tokens
        taken = [(t.begin, t.end) for t in tokens if t.kind in "MVD" and not (t.kind == "V" and any(r.startswith(text[t.end : t.end + 1]) for r in runs if t.end < len(text)))] + [(m.begin, m.end) for m in draft.times]
        free = [not any(a <= i < b for a, b in taken) for i in range(len(text))]
        for run in re.finditer(r"[\u4e00-\u9fff\d]+", "".join(c if f else " " for c, f in zip(text, free, strict=True))):
            if len(run[0]) < 2 or len(run[0]) > 40:
                continue
            hits = self.linker.similar(run[0], 0.78)
            for score, phrase, entry, begin, end in hits:
                a, b = run.start() + begin, run.start() + end
                covered = [t for t in tokens if t.begin < b and a < t.end]
                if phrase in text or any(t.begin < a or t.end > b for t in covered):
                    continue
                if score < 0.9 and not any(r in text[a:b] or text[a:b] in r for r in runs):
                    continue
                if score < 0.9 and any(t.kind in "GC" and len(t.text) >= len(phrase) - 1 for t in covered):
                    continue
                if len(phrase) == 2 and not any(phrase[0] in r or text[a:b] in r for r in runs):
                    continue
                if entry.kind == "V" and score < 0.84:
                    continue
                tokens = sorted([*(t for t in tokens if t not in covered), Token(entry.kind, a, b, phrase, entry.ids, entry.choices, score)], key=lambda t: t.begin)
                break
        return tokens

    def _template(self, text: str, tokens: list[Token]) -> Parsed:
        masked = list(text)
        for t in tokens:
            masked[t.begin : t.end] = "\x01" * (t.end - t.begin)
        times = find("".join(masked), self.now)
        parsed = Parsed(text)
        spans: list[tuple[int, int, str, Token | Mention]] = [(t.begin, t.end, t.kind, t) for t in tokens]
        names = {"span": "T", "until": "T", "same": "S", "weekday": "W", "open": "E"}
        spans += [(m.begin, m.end, names[m.kind], m) for m in times]
        out, position = [], 0
        for begin, end, kind, item in sorted(spans, key=lambda s: s[0]):
            out.append(text[position:begin].replace("\x01", " "))
            out.append(kind)
            position = end
            if isinstance(item, Token):
                parsed.tokens.append(item)
            else:
                parsed.times.append(item)
        out.append(text[position:])
        parsed.template = "".join(out)
        return parsed

    def _grammar(self, p: Parsed) -> None:
        refs: list[Token | Mention] = []
        tokens, times = iter(p.tokens), iter(p.times)
        for c in p.template:
            if c in "MVDCGA":
                refs.append(next(tokens))
            elif c in "TSWE":
                refs.append(next(times))
        taker = Taker(p.template, refs)
        self._values(p, taker)
        self._having(p, taker)
        self._marks(p, taker)
        self._grains(p, taker)
        self._ranks(p, taker)
        for c, item in zip((c for c in p.template if c in "MVDCGATSWE"), refs, strict=True):
            if isinstance(item, Token):
                if c == "M":
                    p.metrics += [i for i in item.ids if i not in p.metrics]
                    if item.sure < 1:
                        p.notes.append(f"把“{p.text[item.begin:item.end]}”当作“{item.text}”")
                elif c == "C":
                    p.cores.append(item)
                elif c == "G":
                    p.groups.append(item)
                elif c == "A":
                    p.absent.append(item)
                elif c == "D" and item.ids[0] not in p.dimensions:
                    p.dimensions.append(item.ids[0])
            elif c == "S":
                p.same.append(item)
            elif c == "W":
                p.weekdays = tuple(dict.fromkeys((*p.weekdays, *item.values)))
        p.residue = leftover(taker.text)
        p.residue += [f"数字{n}" for n in re.findall(r"\d+(?:\.\d+)?", taker.text)]
        p.residue += [f"{c}{c}" for c in p.residue if c in STRONG]

    def _values(self, p: Parsed, taker: Taker) -> None:
        joined = r"V(?:\s?(?:和|与|跟|及|以及|、|,|，|or|and|或|或者|/|&)?\s?V)*"
        negative: set[int] = set()
        for pattern in (rf"(?:除了?|除开|除去|排除|剔除|去掉|去除|扣除|不含|不包括|不包含|不算|不要|不看|抛开|刨除|刨去|非|不是|不计|except(?: for)?|excluding|without|other than|not including|not)\s?(?:掉|开|了)?\s?(?:the\s)?({joined})(?:科室|患者|病人)?(?:之?外|以外|之外的|后)?", rf"({joined})(?:患者|病人)?(?:以外|之外|除外)"):
            for begin, end in taker.take(pattern):
                negative.update(range(begin, end))
        counts: dict[str, int] = {}
        for index, item in taker.items("V"):
            assert isinstance(item, Token)
            if len(item.choices) > 1:
                p.unclear.append(item)
                continue
            value: Value = item.choices[0]
            target = p.exclude if index in negative else p.include
            kept = target.setdefault(value.dimension, [])
            kept += [v for v in value.values if v not in kept]
            counts[value.dimension] = counts.get(value.dimension, 0) + (index not in negative)
            if item.sure < 1:
                p.notes.append(f"把“{p.text[item.begin:item.end]}”当作“{value.values[0]}”")
        together = re.search(r"合计|总共|一共|加起来|总和|合起来|加一起|combined|in total|together", p.text)
        for dimension, count in counts.items():
            if count >= 2 and not together and ("D" not in p.template or re.search("对比|各(?!科|院|病|医)|分别", p.text)):
                p.apart = True
                p.dimensions.append(dimension)

    def _having(self, p: Parsed, taker: Taker) -> None:
        for m, _ in taker.each(rf"(?P<rel>{YOY}|{MOM})?的?(?:(?P<up>{UP})|(?P<down>{DOWN}))(?:幅度?|率)?(?:都|了|均)?{CMP}?\s?{NUM}(?P<side>以上|以下|以内|及以上)?(?=.*[DV]|.*哪)"):
            if not m["rel"] and not m["u"]:
                taker.undo()
                continue
            rel = "yoy" if not m["rel"] or re.match(YOY, m["rel"]) else "mom"
            value = self._number(m)
            points = "点" in (m["u"] or "")
            op = ">=" if m["ge"] or m["side"] in ("以上", "及以上") or not (m["gt"] or m["lt"] or m["le"]) else ">" if m["gt"] else "<=" if m["le"] else "<"
            if m["side"] in ("以下", "以内"):
                op = "<="
            if m["down"]:
                value, op = -value, {">": "<", ">=": "<=", "<": ">", "<=": ">="}[op]
            p.having.append((f"{rel}_diff" if points else rel, op, value, True, ""))
            p.compare.append(rel)
        for m, index in taker.each(rf"(?:在|介于|between)?\s?(?P<n1>{NUMBER})\s?(?:%|天|分钟|元)?(?:到|至|-|~|和| and )(?P<n>{NUMBER}[万千百]?)\s?{UNIT}(?:之间|以内的|区间)"):
            low, high = read(m["n1"]), read(m["n"])
            if low is not None and high is not None:
                p.having += [("", ">=", low, False, taker.metric_before(index)), ("", "<=", high, False, taker.metric_before(index))]
        for m, index in taker.each(rf"(?:在|是)?(?P<not>没有?)?{CMP}\s?(?:了|在)?{NUM}(?P<in>以内|以下|以上|之内)?"):
            op = ">=" if m["ge"] else "<=" if m["le"] else ">" if m["gt"] else "<"
            if m["not"] and m["gt"]:
                op = "<="
            p.having.append(("", op, self._number(m), False, taker.metric_before(index) + "|" + (m["u"] or "")))
        for m, index in taker.each(rf"(?:在)?{NUM}\s?(?P<side>及以上|以上|以下|以内|之内|及以下|之上|之下)"):
            op = ">=" if m["side"] in ("以上", "及以上", "之上") else "<="
            p.having.append(("", op, self._number(m), False, taker.metric_before(index) + "|" + (m["u"] or "")))
        grew = rf"(?P<rel>{YOY}|{MOM})\s?(?:是|有所|出现|呈)?(?:(?P<up>{UP})|(?P<down>{DOWN}))(?:了|的)*(?:的)?(?=D|V|科|有哪|的?哪|哪)|(?P<rel2>{YOY}|{MOM})\s?(?:是|有所|出现)?(?:(?P<up2>{UP})|(?P<down2>{DOWN}))的?(?:D|都?有?哪些D)"
        for m, _ in taker.each(grew):
            rel = "yoy" if re.match(YOY, m["rel"] or m["rel2"]) else "mom"
            p.compare.append(rel)
            if not re.search(r"最|前\d|快|多少|排", p.text):
                p.having.append((rel, ">" if m["up"] or m["up2"] else "<", 0.0, True, ""))

    def _number(self, m: re.Match[str]) -> float:
        value = read(m["n"].replace(" ", "").replace("个", "")) or 0.0
        return value * 60 if m["u"] in ("小时", "hours") else value

    def _marks(self, p: Parsed, taker: Taker) -> None:
        if taker.take(YOY):
            p.compare.append("yoy")
        if taker.take(MOM):
            p.compare.append("mom")
        p.explain = bool(taker.take(EXPLAIN))
        p.anomaly = bool(taker.take(ANOMALY))
        p.trend = bool(taker.take(TREND))
        if re.search(rf"[MC].*(?:{SHARE})|(?:{SHARE}).*[MC]|各占", p.template) or (not re.search("[GMC]", p.template) and re.search(SHARE, p.template)):
            p.share = bool(taker.take(SHARE))
        elif "G" in p.template and re.search("[MC]", p.template) and any(t.text in ("占比", "比例", "比重", "ratio", "proportion", "占比情况") for t in p.tokens if t.kind == "G"):
            p.share = True
        taker.take(SPREAD)
        p.versus = bool(re.search(r"对比|相比|比较|比一比|比一下|\bvs\b|versus|compare|谁|哪个(?:更|高|多|大|长)|PK|pk|差距|相差|差多少|比(?!例|重)", p.template))
        if re.search(r"[升降]序|正序|倒序", p.template):
            p.growth = ""
        elif taker.take(rf"(?:增长率|增速|增幅|涨幅|降幅|增减|(?:{UP}|{DOWN})(?:了|幅度?|率|情况)?(?:多少|几个点|没有|吗|没|百分之几|还是(?:{DOWN}|{UP}))?|涨跌|升降|是涨是跌|变化率)"):
            p.growth = "down" if re.search(DOWN, p.template) and not re.search(UP, p.template) else "up"

    def _grains(self, p: Parsed, taker: Taker) -> None:
        for grain, pattern in GRAIN:
            if taker.take(pattern):
                p.grains.append(grain)
                if grain in ("hour", "weekday", "day"):
                    continue

    def _ranks(self, p: Parsed, taker: Taker) -> None:
        for pattern, direction in (
            (rf"(?:倒数|最后|后|末尾|bottom)\s?(?:的)?{COUNT}\s?(?:名|位|个|的|种|家)?", "low"),
            (rf"(?:排名|排在?|位列|居)?(?:前|top|first)\s?{COUNT}\s?(?:名|位|个|大|的|种|家|强|甲)?(?!半|天|周)", "high"),
        ):  # fmt: skip
            for m, _ in taker.each(pattern):
                p.limit, p.direction, p.ranked = whole(m["k"]), p.direction or direction, True
        for pattern, direction in ((BEST, "best"), (WORST, "worst"), (HIGH, "high"), (LOW, "low"), (r"最快|fastest", "fast"), (r"最慢|slowest", "slow")):  # fmt: skip
            for m, _ in taker.each(rf"(?:{pattern})(?:的)?(?:{COUNT}(?=个|名|位|种|家|大|台|[DM]|科)(?:个|名|位|种|家|大)?)?"):
                p.direction, p.ranked = direction, True
                if m["k"]:
                    p.limit = whole(m["k"])
        if taker.take(r"第一名?|冠军|头名"):
            p.limit, p.direction, p.ranked = 1, p.direction or "high", True
        if p.ranked and p.limit is None:
            for m, _ in taker.each(rf"{COUNT}\s?(?:个|名|位|种|家)?(?=[DV])"):
                p.limit = whole(m["k"])
        if taker.take(r"(?:由|从)?(?:低|少|短|小)(?:到|至|往)(?:高|多|长|大)(?:排列|排序|排名|排)?|升序|ascending|正序"):
            p.direction, p.ranked = "low", True
        if taker.take(r"(?:由|从)?(?:高|多|长|大)(?:到|至|往)(?:低|少|短|小)(?:排列|排序|排名|排)?|降序|倒序|descending"):
            p.direction, p.ranked = "high", True
        if taker.take(r"排名|排行榜?|排序|名次|排个?名|排一下|排个序|排一排|排队|\brank(?:ed|ing)?\b|\bsort(?:ed)?\b|排"):
            p.ranked = True
            p.direction = p.direction or "high"


def _spent(template: str) -> str:
    """The template without what the grammar knows, to see what is left for the ear."""
    for pattern in (YOY, MOM, EXPLAIN, ANOMALY, TREND, SHARE, SPREAD, HIGH, LOW, BEST, WORST, *(g for _, g in GRAIN), rf"{CMP}\s?{NUM}", r"排名|排行|排序", UP, DOWN, r"除了?|以外|之外|不含|不包括"):
        template = re.sub(pattern, lambda m: re.sub(r"[^A-Z]", " ", m[0]), template)
    return template


class Taker:
    """The template with its references; what a rule takes is blanked, letters of linked words stay."""

    def __init__(self, text: str, refs: list[Token | Mention]) -> None:
        self.text = text
        self.refs = refs
        self._last = text
        self._at = [i for i, c in enumerate(text) if c in "MVDCGATSWE"]

    def items(self, kinds: str) -> list[tuple[int, Token | Mention]]:
        """The linked words of these kinds with their places."""
        return [(i, r) for i, r in zip(self._at, self.refs, strict=True) if self.text[i] in kinds]

    def each(self, pattern: str) -> list[tuple[re.Match[str], int]]:
        """All matches, blanked."""
        found = [(m, m.start()) for m in re.finditer(pattern, self.text) if m.end() > m.start()]
        self._last = self.text
        for m, _ in found:
            self.text = self.text[: m.start()] + re.sub(r"[^A-Z]", " ", m[0]) + self.text[m.end() :]
        return found

    def undo(self) -> None:
        """Give the last taking back."""
        self.text = self._last

    def take(self, pattern: str) -> list[tuple[int, int]]:
        """Places of all matches, blanked."""
        return [m.span() for m, _ in self.each(pattern)]

    def metric_before(self, index: int) -> str:
        """The metric named last before a place, else the first one."""
        best = ""
        for i, item in self.items("MC"):
            if isinstance(item, Token) and item.ids and (i < index or not best):
                best = item.ids[0] if i < index or not best else best
        return best



