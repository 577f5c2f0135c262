"""Conversation 对话: a parsed question meets the last frame and the rights of the asker; answer, ask back or refuse."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from yishu.ask.build import Builder
from yishu.ask.frame import Asker, Frame, Option, Reply
from yishu.ask.link import Linker, Token
from yishu.ask.normalise import normalise
from yishu.ask.parse import Reader
from yishu.ask.patterns import HIGH, LOW
from yishu.ask.slots import Parsed
from yishu.ask.pinyin_input import from_pinyin
from yishu.ask.route import DEFINE, LINEAGE, PERSON, forbidden
from yishu.ask.vocabulary import Vocabulary

GOES_ON = re.compile(r"^(?:那|那么|再|还有|换|改|只|也|同样|然后|并|加|去|不要|把|按|分|如果|要是|那要|and\b|what about|how about|now |only |just |instead|same|also|then|but)|呢[?？。!]*$|(?:也|再)(?:看|查|算|来)")
THIS = re.compile(r"^(?:这个|那个|该|此|上面的?|上述|刚才的?|它|这|其)(?:指标|数据|数字|数|结果)?|^(?:数据|数字|指标|口径|怎么算|如何计算|来源|从哪)|^(?:how is (?:it|this|that)|where does (?:it|this|that))")
BACK = re.compile(r"(?:回到|返回|退回|撤销|上一步|恢复)(?:到)?(?:上一步|刚才|之前|上一个|原来)?|go back|undo|previous (?:step|query)")


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a conversation stands 对话状态."""

    frame: Frame | None = None
    before: Frame | None = None
    metric: str = ""
    pending: Parsed | None = None
    options: tuple[Option, ...] = ()
    about: str = ""
    text: str = ""


class Understanding:
    """Understands questions 理解器: pure; a vocabulary and a day in, replies out."""

    def __init__(self, vocabulary: Vocabulary, now: date) -> None:
        self.vocabulary = vocabulary
        self.linker = Linker(vocabulary)
        self.now = now
        self.reader = Reader(self.linker, now)
        self.pinyin: dict[str, str] = {}

    def ask(self, question: str, turns: Sequence[str] = (), asker: Asker | None = None) -> Reply:
        """The reply to a question after the earlier ones of its conversation."""
        asker = asker or Asker()
        turn = Turn()
        for earlier in turns[-20:]:
            turn = self.step(earlier, turn, asker)[1]
        return self.step(question, turn, asker)[0]

    def step(self, question: str, turn: Turn, asker: Asker) -> tuple[Reply, Turn]:
        """One question: the reply, and where the conversation then stands."""
        text = normalise(question)
        if not re.search(r"[\u4e00-\u9fffa-z\d]", text):
            return self._which(), turn
        if (reason := forbidden(text)) and not (reason == "forecast" and DEFINE.search(text)):
            return Reply("refuse", reason=reason, say=SAY.get(reason, "")), turn
        text = from_pinyin(text, self)
        person = PERSON.search(text)
        if person and not self._known_name(person[0]):
            return Reply("refuse", reason="privacy", say=SAY["privacy"]), turn
        if turn.pending and turn.options:
            bound = self._bind(text, turn)
            if bound:
                return self._decide(bound, turn, asker, text, False)
        if BACK.search(text) and turn.before and len(text) < 14:
            return Reply("query", replace(turn.before)), Turn(turn.before, turn.frame, turn.metric, text=text)
        parsed = self.reader.parse(text)
        for behaviour, pattern in (("lineage", LINEAGE), ("define", DEFINE)):
            if pattern.search(text):
                told = self._about(behaviour, parsed, turn, text)
                if told:
                    return told, replace(turn, metric=told.metric or turn.metric)
        return self._decide(parsed, turn, asker, text, self._follows(text, parsed, turn))

    def _known_name(self, text: str) -> bool:
        return any(text.startswith(p) for p, e in self.linker.phrases.items() if e.kind in "MV" and len(p) >= 2) and not re.search(r"得了|患|的(?:病|诊断|检查|检验|化验|报告|住院$)", text)

    def _about(self, behaviour: str, p: Parsed, turn: Turn, text: str) -> Reply | None:
        ids = p.metrics or [c.ids[0] for c in p.cores]
        groups = [g for g in p.groups if g.text not in ("时间", "率")]
        if not ids and (turn.metric and (not groups or THIS.search(text)) and not p.absent):
            ids = [turn.metric]
        if len(ids) == 1 or (ids and p.metrics):
            return Reply(behaviour, metric=ids[0])
        if groups:
            return self._options("metric", groups[0].ids)
        if p.absent:
            return Reply("refuse", reason="no_metric", say=f"指标中心没有“{p.absent[0].text}”")
        return self._which() if not re.search(r"吗$|么$", text) else None

    def _which(self, notes: tuple[str, ...] = ()) -> Reply:
        ids = tuple(m.id for m in self.vocabulary.metrics[:8])
        return Reply("clarify", about="metric", options=tuple(Option(i, self.linker.metrics[i].label, "metric") for i in ids), say="您想看哪个指标？", notes=notes)

    def _options(self, about: str, ids: Sequence[str]) -> Reply:
        return Reply("clarify", about=about, options=tuple(Option(i, self.linker.metrics[i].label, "metric") for i in ids[:10]), say="您指的是哪一个？")

    def _bind(self, text: str, turn: Turn) -> Parsed | None:
        """An answer to a question back: by number, by text or by part."""
        assert turn.pending is not None
        plain = re.sub(r"^(?:我(?:要|想看|说|指|问)的?是?|看|要|是|就|选|那个?)|(?:的|那个|吧|呢|那位|这个|啊|。|\?)+$", "", text)
        chosen: list[Option] = []
        if m := re.fullmatch(r"第?([一二三四五六七八九1-9])(?:个|项|号)?", plain):
            number = "一二三四五六七八九".find(m[1]) + 1 or int(m[1])
            chosen = [turn.options[number - 1]] if number <= len(turn.options) else []
        elif plain:
            if re.fullmatch(r"都(?:要|看|行|可以)?|全部|两个都(?:要|看)?|both", plain) and turn.about == "metric":
                chosen = list(turn.options) if len(turn.options) <= 3 else []
            else:
                chosen = [o for o in turn.options if plain in normalise(o.label)] or [o for o in turn.options if normalise(o.label) in plain]
                if not chosen:
                    probe = self.reader.parse(plain)
                    ids = {*probe.metrics, *(c.ids[0] for c in probe.cores)}
                    chosen = [o for o in turn.options if o.id in ids]
                    words = {normalise(v) for vs in probe.include.values() for v in vs}
                    chosen = chosen or [o for o in turn.options if any(w in normalise(o.label) for w in words)]
                    if chosen and (probe.times or len(plain) > 14):
                        return None
                if len(chosen) != 1:
                    chosen = []
        if not chosen:
            return None
        p = turn.pending
        if turn.about == "metric":
            p.metrics = [o.id for o in chosen]
            p.groups, p.cores, p.absent = [], [], []
        else:
            p.unclear = [u for u in p.unclear if chosen[0].id not in [v for c in u.choices for v in c.values]]
            p.include.setdefault(chosen[0].dimension, []).append(chosen[0].id)
        p.residue = []
        return p

    def _follows(self, text: str, p: Parsed, turn: Turn) -> bool:
        if turn.frame is None:
            return False
        if not p.metrics and not p.cores:
            return True
        if GOES_ON.search(text):
            return True
        return not [m for m in p.times if m.kind == "span"] and not p.dimensions and not p.include and not p.grains

    # ---- metrics

    def _metrics(self, p: Parsed, follow: Frame | None) -> list[str] | Reply:
        linker = self.linker
        metrics = list(p.metrics)
        groups = [g for g in p.groups if not (p.share and g.text in ("占比", "比例", "比重", "占比情况", "ratio", "proportion"))]
        cores = list(p.cores)
        if metrics:
            tail = re.search(r"C\s?(?:和|与|跟|、|及|以及)\s?M", p.template)
            for core in cores:
                joined = [i for m in metrics for n in linker.names[m] for c in p.cores if n[2:] and (i := linker.concept.get(core.text + n[2:]))] if tail else []
                if joined and joined[0] not in metrics:
                    metrics.insert(0, joined[0])
                elif tail and core.ids[0] not in metrics:
                    metrics.insert(0, core.ids[0])
                elif not self._harmless(core, metrics):
                    return self._options("metric", [*metrics, core.ids[0]])
            return metrics
        generic = [g for g in groups if not any(g.text == w for w in ("患者", "病人", "人次", "人数", "多少人", "时间"))] or groups
        if cores:
            for group in generic:
                matching = [i for i in group.ids if any(cores[0].text in n for n in linker.names[i])]
                if len(matching) == 1 and matching != [cores[0].ids[0]]:
                    return matching
                if group.ids and not matching:
                    inter = [i for i in group.ids if i in cores[0].ids]
                    if not inter and group.text not in ("患者", "病人"):
                        return self._options("metric", [*group.ids, *cores[0].ids])
            ids = list(dict.fromkeys(i for c in cores for i in c.ids))
            if len(ids) > 1 and not re.search(r"C.{0,3}(?:和|与|跟|、|及|以及|,|and|vs|比).{0,3}C", p.template):
                kept = [c for c in cores if not any(c is not o and c.text in ("住院", "死亡") for o in cores)]
                ids = list(dict.fromkeys(i for c in kept for i in c.ids))
                if len(ids) > 1:
                    return self._options("metric", ids)
            return ids
        if p.absent:
            return []
        if follow and follow.metrics:
            useful = [g for g in groups if g.text not in ("患者", "病人", "人次", "人数", "多少人", "占比", "比例", "时间", "病人数", "患者数", "patients", "使用情况", "效率")]
            if not useful:
                return list(follow.metrics)
            near = [i for g in useful for i in g.ids]
            return self._options("metric", near)
        if groups:
            strong = [g for g in generic if g.ids]
            sets = [set(g.ids) for g in strong]
            common = [i for i in strong[0].ids if all(i in s for s in sets)]
            if len(common) == 1:
                return common
            for group in strong:
                narrowed = [i for other in strong if other is not group for i in other.ids if any(group.text[:2] in n for n in linker.names[i])]
                if len(set(narrowed)) == 1 and not common:
                    return narrowed[:1]
            return self._options("metric", common or list(dict.fromkeys(i for g in strong for i in g.ids)))
        for concept, word in (("surgery_level", "手术"), ("exam_type", "检查"), ("delivery", "分娩")):
            if self._dim(concept) in p.include and word in linker.core:
                return [linker.core[word]]
        return []

    def _harmless(self, core: Token, metrics: list[str]) -> bool:
        kind = {"门诊": ("outpatient", "slot", "opinion"), "急诊": ("emergency",), "入院": ("inpatient", "bed"), "出院": ("inpatient", "bed"), "住院": ("inpatient", "bed"), "手术": ("surgery",), "检查": ("imaging",), "死亡": ("inpatient",)}.get(core.text, ())
        own = {self.linker.kind.get(m, "") for m in metrics}
        return any(core.text in n for m in metrics for n in self.linker.names[m]) or bool(own & set(kind)) or core.ids[0] in metrics

    # ---- decide

    def _decide(self, p: Parsed, turn: Turn, asker: Asker, text: str, follows: bool) -> tuple[Reply, Turn]:
        frame = turn.frame if follows else None
        reply, parsed = self._frame(p, frame, asker, text)
        if reply.behaviour == "query" and reply.frame:
            made = reply.frame
            return reply, Turn(made, turn.frame, made.metrics[0], text=text)
        if reply.behaviour == "clarify":
            return reply, replace(turn, pending=parsed, options=reply.options, about=reply.about)
        return reply, turn

    def _frame(self, p: Parsed, base: Frame | None, asker: Asker, text: str) -> tuple[Reply, Parsed]:
        unknown = [r for r in p.residue if len(r) > 1 or not r.isascii()]
        if denied := self._denied(p, asker):
            return denied, p
        if p.absent and not (p.metrics and p.absent[0].text in ("天",)):
            word = p.absent[0].text
            return Reply("refuse", reason="no_metric", say=f"指标中心没有“{word}”"), p
        metrics = self._metrics(p, base)
        if unknown:
            return self._unknown(unknown, p, metrics), p
        self._own_choice(p, asker)
        if p.unclear:
            token = p.unclear[0]
            options = tuple(Option(c.values[0], c.values[0], "value", c.dimension) for c in token.choices)
            if isinstance(metrics, list):
                p.metrics = metrics or p.metrics
            return Reply("clarify", about="dimension_value", options=options[:10], say=f"“{token.text}”有几个，您指的是哪一个？"), p
        if isinstance(metrics, Reply):
            return metrics, p
        for doctor in p.include.get(self._dim("doctor"), []):
            named = p.include.get(self._dim("department"), [])
            if named and not any(f"({normalise(d)})" in normalise(doctor) for d in named) and "(" in normalise(doctor):
                return Reply("clarify", about="dimension_value", options=(Option(doctor, doctor, "value", self._dim("doctor")),), say=f"{named[0]}没有这位医生，您是否指："), p
        if not metrics:
            return self._which(), p
        if re.search(rf"(?:{HIGH}).*(?:和|与|、|及).*(?:{LOW})|(?:{LOW}).*(?:和|与|、|及).*(?:{HIGH})", p.template):
            both = (Option("desc", "从高到低排", "text"), Option("asc", "从低到高排", "text"))
            return Reply("clarify", about="order", options=both, say="一次只能排一个方向，先看哪一头？"), p
        made = Builder(self, p, metrics, base, text, asker).build()
        if isinstance(made, Reply):
            return made, p
        return Reply("query", made, notes=tuple(p.notes)), p

    def _own_choice(self, p: Parsed, asker: Asker) -> None:
        """A name that several bear is the one of the asker's department, or of the department named beside it."""
        places = [normalise(v) for v in p.include.get(self._dim("department"), [])] + ([normalise(asker.department)] if self.bound(asker) else [])
        for token in list(p.unclear):
            mine = [c for c in token.choices if any(f"({d})" in normalise(c.values[0]) or normalise(c.values[0]).startswith(d) for d in places)]
            if len(mine) == 1:
                p.unclear.remove(token)
                p.include.setdefault(mine[0].dimension, []).append(mine[0].values[0])
                if f"({places[0]})" in normalise(mine[0].values[0]) and not self.bound(asker):
                    p.include.pop(self._dim("department"), None)

    def _dim(self, concept: str) -> str:
        found = self.vocabulary.dimension(concept)
        return found.id if found else ""

    def bound(self, asker: Asker) -> bool:
        """Whether the asker sees one department only."""
        if asker.bound is not None:
            return asker.bound
        if asker.role in self.vocabulary.bound_roles:
            return True
        if asker.role in self.vocabulary.open_roles:
            return False
        return bool(asker.department) and bool(asker.role)

    def _denied(self, p: Parsed, asker: Asker) -> Reply | None:
        if not self.bound(asker):
            return None
        own = normalise(asker.department)
        refuse = Reply("refuse", reason="permission", say=f"您只能看{asker.department}的数据")
        department = self._dim("department")
        named = p.include.get(department, []) + p.exclude.get(department, [])
        if any(normalise(v) != own for v in named):
            return refuse
        if p.include.get(self._dim("department_group")) or (department in p.dimensions and not named) or re.search(r"其他科|别的科|其它科|other departments?", p.text):
            return refuse
        if p.whole:
            return refuse
        words = {own, *self.linker.department_words(own)}
        for concept in ("ward", "doctor"):
            values = p.include.get(self._dim(concept), [])
            if any(not any(normalise(v).startswith(w) or f"({w})" in normalise(v) for w in words) for v in values):
                return refuse
            for token in p.unclear:
                if token.choices[0].dimension == self._dim(concept) and not any(normalise(c.values[0]).startswith(w) or f"({w})" in normalise(c.values[0]) for w in words for c in token.choices):
                    return refuse
        return None

    def _unknown(self, unknown: list[str], p: Parsed, metrics: list[str] | Reply) -> Reply:
        word = max(unknown, key=len)
        looks_value = re.search(r"(?:科|病区|院区|医生|大夫|主任|病房|室)$", word) or re.search(re.escape(word) + r".?(?:科|病区|院区|医生|大夫|病房)", p.text)
        near = self.linker.near_values(word)
        if looks_value and near:
            return Reply("clarify", about="dimension_value", options=tuple(Option(v, v, "value", d) for d, v in near), say=f"没有“{word}”，您是否指：")
        if isinstance(metrics, Reply) and metrics.options:
            return metrics
        ids = metrics if isinstance(metrics, list) else []
        if ids or p.metrics:
            return Reply("clarify", about="unknown", options=tuple(Option(i, self.linker.metrics[i].label, "metric") for i in ids[:3]), say=f"没听懂“{word}”，只看指标本身吗？")
        return Reply("refuse", reason="out_of_scope" if not re.search(r"率|量|数|收入|费|时间|比", p.text) else "no_metric", say=f"指标中心没有能回答“{word}”的指标")


SAY = {
    "privacy": "涉及患者个人信息，这里只回答汇总数据", "permission": "涉及个人薪酬等内容，无权查看", "write": "这里只能查询，不能改动数据", "raw_sql": "这里不执行 SQL，请直接用话提问",
    "injection": "这里只回答指标问题", "medical_advice": "这里不提供诊疗建议，请咨询医生", "triage": "请到分诊台或拨打导诊电话", "emergency": "如有紧急情况请立即呼叫医护人员或拨打 120",
    "forecast": "这里只回答已发生的数据，不作预测", "out_of_scope": "这里只回答本院指标问题",
}  # fmt: skip
