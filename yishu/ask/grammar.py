"""Grammar 语法: comparison, grain, rank, share and numeric conditions over the template of a question."""

from __future__ import annotations

import re

from yishu.ask.link import Token, Value
from yishu.ask.numerals import NUMBER, read, whole
from yishu.ask.patterns import (
    ANOMALY,
    BEST,
    CMP,
    COUNT,
    DOWN,
    EXPLAIN,
    GRAIN,
    HIGH,
    LOW,
    MEAN,
    MOM,
    NUM,
    RANKED_FIRST,
    RANKED_LAST,
    SHARE,
    SPREAD,
    TREND,
    UNIT,
    UP,
    WORST,
    YOY,
)  # fmt: skip
from yishu.ask.slots import Parsed, Taker
from yishu.ask.time_words import Mention
from yishu.ask.words import leftovers

NOT_BY = frozenset(["how", "what", "which", "far", "number", "the", "our", "all", "now", "that", "this", "volume", "count", "than", "each", "day", "week", "month", "quarter", "year", "hour", "weekday", "value", "amount", "dr", "and", "percentage", "percent"])


class Grammar:
    """Fills the slots of one question 填槽; `sizes` tells how many values each dimension has."""

    def __init__(self, sizes: dict[str, int]) -> None:
        self.sizes = sizes

    def fill(self, p: Parsed) -> None:
        """All slots of the template, and what is left of it."""
        taker = Taker(p.template, p.refs)
        self._values(p, taker)
        taker.take(r"(?<=V)(?:上|里|端|渠道)?(?:约|挂|预约|挂号|定|订|抢)(?:的|到的)(?:号|人|病人|患者)?")  # 微信约的号
        taker.take(r"(?<=V)号?(?:有)?(?:多少|几个)?(?:人|号)?(?:没有?来|没到)(?=[,，]?[^A-Z]*M)")  # ...有多少没来, 爽约率多高: said twice
        self._having(p, taker)
        self._dropped(p, taker)
        if taker.take(r"(?:有没有|有无)?(?:突然)?(?:往[上下])?(?:猛|突然)?(?:掉|跌|降|涨|升|窜|跳|冒)(?:得厉害|得多|了)?(?:下来|上去|下去|上来)?的(?:日子|那天|那几天|哪几天)|(?:特别|异常|格外)(?:高|低|多|少)的(?:日子|那天|那几天)"):
            p.anomaly = True
            p.grains.append("day")
        if m := re.search(r"(?:有无|有没有)?异常的?(月份?|天|日|周|季度)", taker.text):
            p.anomaly = True
            p.grains.append({"月": "month", "天": "day", "日": "day", "周": "week", "季": "quarter"}[m[1][0]])
            taker.take(r"(?:有无|有没有)?异常的?(?:月份?|天|日|周|季度)")
        p.trend = bool(re.search(TREND, taker.text)) and not re.search(rf"(?:{YOY}|{MOM}).{{0,3}}(?:变化|变动)|(?:比|较|相比于?|对比)\s?[TS][^A-Z]{{0,6}}(?:变化|变动)", taker.text)
        if taker.take(r"(?:不|别|不要|不用|不光|不只)(?:再)?(?:看|管|要|说|谈|限)(?:全院|整体|总体|整个医院|全部|所有)(?:的|了)*"):
            p.whole = False  # 不看全院了
        self._averaged(p, taker)
        self._grains(p, taker)
        self._marks(p, taker)
        self._ranks(p, taker)
        self._references(p)
        p.left = [(p.at[a], p.at[b - 1] + 1) for a, b in leftovers(taker.text)]
        p.residue = [p.text[a:b] for a, b in p.left] + ([f"{p.counted}个"] if p.counted else [])
        if (by := re.search(r"\bby ([a-z]{3,})", p.template)) and by[1] not in NOT_BY and not any(by[1] in g for _, g in GRAIN):
            p.residue.append(by[1])  # by what nobody knows
        if after := re.search(r"T\s?((?:之|以)(?:后|前)|往[前后])", p.template):
            p.residue.append(after[1])  # 15号之后: how far is not said

    def _references(self, p: Parsed) -> None:
        for c, item in zip((c for c in p.template if c in "MVDCGATSWEZ"), p.refs, strict=True):
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
                elif c == "D" and item.ids[0] not in p.dimensions and item.ids[0] not in p.dropped:
                    p.dimensions.append(item.ids[0])
            elif c == "S":
                p.same.append(item)
            elif c == "W" and id(item) not in p.negated:
                p.weekdays = tuple(dict.fromkeys((*p.weekdays, *item.values)))

    def _values(self, p: Parsed, taker: Taker) -> None:
        joined = r"V(?:\s?(?:和|与|跟|及|以及|、|,|，|or|and|或|或者|/|&)?\s?V)*"
        negative: set[int] = set()
        item_values = p.negated
        for pattern in (rf"(?:除了?|除开|除去|排除|剔除|去掉|去除|扣除|不含|不包括|不包含|不算|不要|不看|别看|别算|别要|别管|抛开|刨除|刨去|非|不是|不计|except(?: for)?|excluding|exclude|without|other than|not including|not)\s?(?:掉|开|了)?\s?(?:the\s)?({joined})(?:科室|患者|病人)?(?:之?外|以外|之外的|后)?", rf"({joined})(?:患者|病人)?(?:以外|之外|除外)", rf"(?:把|将)?({joined})(?:给|都|的)?(?:去掉|去除|排除|剔除|除掉|拿掉|扣掉|扣除|删掉|刨掉|抠掉|不要|不算|不看)(?:了|掉)?"):
            for begin, end in taker.take(pattern):
                negative.update(range(begin, end))
        for m, index in taker.each(r"(?:去掉|去除|除去|除了?|除开|排除|剔除|扣除|刨除|刨去|不含|不包括|不算|不要|不看|抛开|excluding|except|without)\s?W(?:之?外|以外)?"):
            item = next((r for i, r in taker.items("W") if index <= i < index + len(m[0])), None)
            if isinstance(item, Mention) and item.values:
                p.weekdays = tuple(d for d in "1234567" if d not in item.values)
                item_values.add(id(item))
        counts: dict[str, int] = {}
        for index, item in taker.items("V"):
            assert isinstance(item, Token)
            if len(item.choices) > 1:
                p.unclear.append(item)
                continue
            value: Value = item.choices[0]
            target = p.exclude if index in negative else p.include
            kept = target.setdefault(value.dimension, [])
            before = p.tokens[p.tokens.index(item) - 1] if p.tokens.index(item) else None
            if before and before.kind == "V" and before.end >= item.begin - 1 and len(before.choices) == 1 and before.choices[0].dimension == value.dimension:
                both = set(before.choices[0].values) & set(value.values)
                if both and both != set(before.choices[0].values) | set(value.values):
                    kept[:] = [v for v in kept if v in both or v not in before.choices[0].values]  # 75岁以上老人: both hold
                    continue
            kept += [v for v in value.values if v not in kept]
            several = len(value.values) if len(value.values) > 1 and re.search("各占|各多少|各有|各是|各做|分别|比(?!例|重)|谁|哪个" if item.series else "各占|各多少|各有|各是|各做|分别|对比|比一比", p.text) else 1
            counts[value.dimension] = counts.get(value.dimension, 0) + several * (index not in negative)
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
        for m, index in taker.each(rf"{NUM}\s?(?:算|为|是|的)?(?:超标|红线|标准|上限|警戒线|线)?[^A-Z]{{0,4}}(?=[^A-Z]*[A-Z]*[^A-Z]*(?:超标|超红线|超限|超线))"):
            p.having.append(("", ">", self._number(m), False, taker.metric_before(index) + "|" + (m["u"] or "")))
            taker.take(r"超标|超红线|超限|超线|的?(?:红线|标准|上限|警戒线)(?:是|为)?")
        for m, index in taker.each(rf"(?:在|介于|between)?\s?(?P<n1>{NUMBER})\s?(?:%|天|分钟|元)?(?:到|至|-|~|和| and )(?P<n>{NUMBER}[万千百]?)\s?{UNIT}(?:之间|以内的|区间|(?=的[DV科病]))"):
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
        for m, _ in taker.each(rf"(?P<rel>{YOY}|{MOM})?(?:是|出现|呈)?(?P<neg>负|正)增长的?(?=.{{0,6}}[DV]|.*哪)"):
            rel = "mom" if m["rel"] and not re.match(YOY, m["rel"]) else "yoy"
            p.compare.append(rel)
            p.having.append((rel, "<" if m["neg"] == "负" else ">", 0.0, True, ""))
        if p.having:
            taker.take(r"不达标|未达标|没达标|超标|超限|达标")
        if not p.having and not re.search(rf"{YOY}|{MOM}|最|前\d|排|快|多少|为什么|原因|S", taker.text):
            # 收入下降的科室, without 同比 or 环比: against the period before, of a year against the year before
            long = any(m.unit in ("year", "half", "years", "ytd", "months") for m in p.times)
            for m, _ in taker.each(rf"(?:(?P<up>{UP})|(?P<down>{DOWN}))(?:了|的|过)+(?=D|哪些D)|(?<=D)(?:都|在|是|有)?(?:(?P<up2>{UP})|(?P<down2>{DOWN}))了?(?=[?？\s]*$)"):
                p.compare.append("yoy" if long else "mom")
                p.having.append(("yoy" if long else "mom", ">" if m["up"] or m["up2"] else "<", 0.0, True, ""))
        grew = rf"(?P<rel>{YOY}|{MOM})\s?(?:是|有所|出现|呈)?(?:(?P<up>{UP})|(?P<down>{DOWN}))(?:了|的|得|地)*(?:的)?(?=D|V|科|有哪|的?哪|哪)|(?P<rel2>{YOY}|{MOM})\s?(?:是|有所|出现)?(?:(?P<up2>{UP})|(?P<down2>{DOWN}))的?(?:D|都?有?哪些D)"
        for m, _ in taker.each(grew):
            rel = "yoy" if re.match(YOY, m["rel"] or m["rel2"]) else "mom"
            p.compare.append(rel)
            if not re.search(r"最|前\d|快|多少|排", p.text):
                p.having.append((rel, ">" if m["up"] or m["up2"] else "<", 0.0, True, ""))

    def _number(self, m: re.Match[str]) -> float:
        value = read(m["n"].replace(" ", "").replace("个", "")) or 0.0
        if m["pct"] == "千分之":
            value /= 10
        if m["u"] == "成":
            value *= 10
        return value * 60 if m["u"] in ("小时", "hours") else value

    def _averaged(self, p: Parsed, taker: Taker) -> None:
        for m, _ in taker.each(MEAN):
            p.mean = m[0]
        for m, _ in taker.each(r"平均值?|均值|平均数|平均水平|\b(?:average|mean|avg)\b"):
            p.mean = p.mean or m[0]

    def _dropped(self, p: Parsed, taker: Taker) -> None:
        """不要按月了, 不分科室, 给个总数: what a follow-up takes out of the frame."""
        for grain, pattern in GRAIN:
            if taker.take(rf"(?:不要|不用|不再|别|取消|去掉|不)(?:再)?(?:{pattern})(?:了|看|拆|分)*"):
                p.dropped.append(grain)
        for begin, _ in taker.take(r"(?:不要|不用|不再|别|取消|不)(?:再)?(?:按|分|看|拆|细分)(?:各|每个?)?D(?:了|看|拆|分)*"):
            p.dropped += [r.ids[0] for i, r in taker.items("D") if isinstance(r, Token) and begin <= i < begin + 12]
        if taker.take(r"(?:给个?|只要|要个?|看个?|就)?(?:总数|总的|合计|汇总)(?:就行|就好|即可|吧)?$|不分了|不拆了|不细分了|合到一起|合起来看"):
            p.dropped.append("*")

    def _marks(self, p: Parsed, taker: Taker) -> None:
        if taker.take(r"同环比|同比?、?和?环比"):
            p.compare += ["yoy", "mom"]
        if taker.take(YOY):
            p.compare.append("yoy")
        if taker.take(MOM):
            p.compare.append("mom")
        for said, units in (("月度?", ("month", "month_list")), ("年度?", ("year",)), ("季度?", ("quarter", "quarter_list"))):
            if any(m.unit in units for m in p.times):
                taker.take(rf"(?<![上本这下个每各逐按]){said}(?=[MC])")  # 6月的月收入
        if taker.take(r"不如|比不上|赶不上|不及|逊于|差于|没有(?=T)|不比"):
            p.versus = True
        p.explain = bool(taker.take(EXPLAIN))
        p.anomaly = bool(taker.take(ANOMALY)) or p.anomaly
        taker.take(TREND)
        if re.search(rf"[MC].*(?:{SHARE})|(?:{SHARE}).*[MC]|各占", p.template) or (not re.search("[GMC]", p.template) and re.search(SHARE, p.template)):
            p.share = bool(taker.take(SHARE))
        elif re.search(r"V[^A-Z]{0,3}占[^A-Z]{0,3}(?:多大)?[^A-Z]{0,2}G", p.template) and not re.search("[MC]", p.template):
            p.share = bool(taker.take(r"占了?(?:多大|多少)?|多大"))  # 四级手术占了多大比例
        elif taker.take(r"占(?=[^A-Z]{0,4}[MC].*(?:多大比例|多少|几成|多大))"):
            p.share = bool(taker.take(r"多大比例|多少|几成|多大")) or True
        elif "G" in p.template and re.search("[MC]", p.template) and any(t.text in ("占比", "比例", "比重", "ratio", "proportion", "占比情况") for t in p.tokens if t.kind == "G"):
            p.share = True
        if p.share:
            taker.take(r"占(?=[^A-Z]{0,4}[MCVD])|所占|多大(?=\s)")
        taker.take(SPREAD)
        p.versus = p.versus or bool(re.search(r"对比|相比|比较|比一比|比一下|\bvs\b|versus|compare|谁|哪个(?:更|高|多|大|长)|PK|pk|差距|相差|差多少|比(?!例|重)", p.template))
        if p.versus and (p.apart or len(p.times) > 1):
            taker.take(r"(?:之间)?的?差距(?:有?多[大少])?")
        if re.search(r"[升降]序|正序|倒序", p.template):
            p.growth = ""
        elif taker.take(rf"(?:增长率|增速|增幅|涨幅|降幅|增减|(?:{UP}|{DOWN})(?:了|幅度?|率|情况)?(?:(?:多少|几)个?(?:百分)?点|多少|几成|没有|吗|没|百分之几|还是(?:{DOWN}|{UP}))?|涨跌|升降|是涨是跌|变化率|[多少高低](?:出|了)?(?:这么|那么|好|许|很)多?|[多少](?:做|看|收|来|开|挣|花|住|进|出)了?(?:多少|几)|变化了?(?:多少|几个?点|几个百分点|几成)|[多少高低长短大小差](?:了)?(?:多少|几))"):
            p.growth = "down" if re.search(DOWN, p.template) and not re.search(UP, p.template) else "up"

    def _grains(self, p: Parsed, taker: Taker) -> None:
        for m, _ in taker.each(r"(?<=D)\s?(?:和|与|、|及|加|×|\*|and)\s?(?P<g>月份?|天|日期?|周|季度?|年度?|month|week|day|quarter|year)(?![a-z\u4e00-\u9fff]*[率量数])"):
            p.grains.append({"月": "month", "天": "day", "日": "day", "周": "week", "季": "quarter", "年": "year"}.get(m["g"][0], m["g"]))
        for grain, pattern in GRAIN:
            if taker.take(pattern):
                p.grains.append(grain)

    def _all_of(self, p: Parsed, taker: Taker, m: re.Match[str]) -> None:
        """三个院区: all of them, where the dimension has so many; else a limit, or nothing that is understood."""
        item = next((r for i, r in taker.items("D") if i == m.end()), None)
        number = whole(m["k"])
        if isinstance(item, Token) and number and self.sizes.get(item.ids[0]) != number:
            p.counted = number

    def _listed(self, p: Parsed, taker: Taker) -> None:
        """门诊、急诊、出院三个量; 心内、呼吸、消化三个科: so many as were named, nothing more."""
        names = [t for t in p.tokens if t.kind in "MC"]
        for m, _ in taker.each(r"(?P<k>[二两三四五六七八九十2-9])(?:个|项|类|种|大)(?:指标|数据|数字|量|数|值|率|占比|内容|方面)(?=[^A-Z]*$|[^A-Z])"):
            if whole(m["k"]) != len(names):
                taker.undo()
        if p.counted and any(len(v) == p.counted for v in p.include.values()):
            p.counted = 0

    def _ranks(self, p: Parsed, taker: Taker) -> None:
        for pattern, direction in (
            (rf"(?:倒数|最后|后|末尾|bottom)\s?(?:的)?{COUNT}\s?(?:名|位|个|的|种|家)?", "low"),
            (rf"最(?:高|多|低|少|长|短|大|小|好|差|快|慢|忙)的?{COUNT}个?(?P<g>月份?|季度|周|天|年|星期)(?!以|来|内)", ""),
            (rf"哪{COUNT}个?(?P<g>月份?|季度|周|天|年|星期)(?!以|来|内)", ""),
            (rf"(?:排名|排在?|位列|居)?(?:前|top|first)\s?{COUNT}\s?(?:名|位|个|大|的|种|家|强|甲)?(?!半|天|周)", "high"),
        ):  # fmt: skip
            for m, _ in taker.each(pattern):
                p.limit, p.ranked = whole(m["k"]), True
                p.direction = p.direction or direction or ("low" if re.search(r"最(?:低|少|短|小)", m[0]) else "high" if "最" in m[0] else "")
                if m.groupdict().get("g"):
                    p.grains.append({"月": "month", "季": "quarter", "周": "week", "星": "week", "天": "day", "年": "year"}[m["g"][0]])
        for pattern, direction in ((BEST, "best"), (WORST, "worst"), (HIGH, "high"), (LOW, "low"), (r"最快|fastest", "fast"), (r"最慢|slowest", "slow")):  # fmt: skip
            for m, at in taker.each(rf"(?:{pattern})(?:的)?(?:{COUNT}(?=个|名|位|种|家|大|台|[DM]|科)(?:个|名|位|种|家|大)?)?"):
                p.direction, p.ranked, p.order_on = direction, True, taker.metric_before(at)
                if m["k"]:
                    p.limit = whole(m["k"])
        for m, _ in taker.each(r"(?P<a>[高多大长贵久忙重快])的?(?:排|放|在|摆|列)+(?:最)?(?:前面?|上面|前头|头里)|(?P<b>[低少小短便轻慢])宜?的?(?:排|放|在|摆|列)+(?:最)?(?:前面?|上面|前头|头里)"):
            p.direction, p.ranked = ("high" if m["a"] else "low"), True  # 短的排前面
        if taker.take(r"(?:排名?|列|位列|排在|居)(?:在)?(?:全院|院内|全部|第)?第?几(?:名|位)?|第几(?:名|位)"):
            p.place, p.ranked, p.direction = True, True, p.direction or "high"
        if taker.take(RANKED_LAST):
            p.direction, p.ranked = "low", True
        if taker.take(RANKED_FIRST):
            p.limit, p.direction, p.ranked = p.limit or 1, p.direction or "high", True
        for m, _ in taker.each(r"(?<=哪个D)(?:的)?[^A-Z]{0,3}(?P<a>[高多大长贵久忙重满])(?:一些|一点|点|些)?(?=[^\u4e00-\u9fff]|$)|(?<=哪个D)(?:的)?[^A-Z]{0,3}(?P<b>[低少小短轻])(?:一些|一点|点|些)?(?=[^\u4e00-\u9fff]|$)"):
            p.direction, p.ranked = ("high" if m["a"] else "low"), True  # 哪个院区高
        if taker.take(r"第一名?|冠军|头名"):
            p.limit, p.direction, p.ranked = 1, p.direction or "high", True
        for m, _ in taker.each(rf"(?:所有|全部)?{COUNT}\s?(?:个|大|家|名|位|种)?(?=D)"):
            self._all_of(p, taker, m)
        self._listed(p, taker)
        if p.ranked and p.limit is None and p.counted:
            p.limit, p.counted = p.counted, 0
        if taker.take(r"倒过来|倒着排?|反过来|反着|颠倒|the other way(?: round)?|reversed?"):
            p.direction, p.ranked = "flip", True
        if taker.take(r"(?:由|从)?(?:低|少|短|小)(?:到|至|往)(?:高|多|长|大)(?:排列|排序|排名|排)?|升序|ascending|正序"):
            p.direction, p.ranked = "low", True
        if taker.take(r"(?:由|从)?(?:高|多|长|大)(?:到|至|往)(?:低|少|短|小)(?:排列|排序|排名|排)?|降序|倒序|descending"):
            p.direction, p.ranked = "high", True
        if taker.take(r"排名|排行榜?|排序|名次|排个?名|排一下|排个序|排个队|排排队|排一排|排队|\brank(?:ed|ing)?\b|\bsort(?:ed)?\b|排"):
            p.ranked = True
            p.direction = p.direction or "high"
