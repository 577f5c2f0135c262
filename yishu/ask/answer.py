"""Answer 回答: what was understood is asked of the metric centre under the viewer's rights, and told in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from yishu.ask.chips import Chip, chart, chips
from yishu.ask.conversation import Turn, Understanding
from yishu.ask.figures import quantity
from yishu.ask.frame import Asker, Filter, Frame, Having, Option, Reply, Span
from yishu.ask.insight import Cause, Limits, causes, limits
from yishu.ask.model import Helper, asks_for_help, settled
from yishu.ask.sentence import AGAINST, GRAINS, Figure, Phrase, plain, sentence, span_words
from yishu.ask.suggest import follow_ups
from yishu.kernel.errors import InputError, NotPermitted
from yishu.metrics import Answer, Centre, Explanation, MetricQuery
from yishu.metrics.definition import Kind, Metric
from yishu.security import Viewer

OPS = frozenset(("in", "not_in"))
AMOUNT = "amount"
"""The column of a figure that is a part of an explained difference, not a cell of the answer."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What answers are made from 回答台: who asks, what may be asked, and the ways to the numbers."""

    viewer: Viewer
    centre: Centre
    understanding: Understanding
    asker: Asker
    own: str
    measure: Callable[[MetricQuery], Answer]
    explain: Callable[[MetricQuery, str], Explanation]
    sources: Callable[[str], Sequence[str]]
    helper: Helper | None = None
    """The optional language model; None where the hospital has none."""

    @property
    def today(self) -> date:
        """The day of the clock."""
        return self.understanding.now


@dataclass(frozen=True, slots=True)
class Said:
    """What is said back 答话."""

    question: str
    behaviour: str
    phrases: tuple[Phrase, ...] = ()
    intent: str = ""
    query: MetricQuery | None = None
    answer: Answer | None = None
    chart: str = ""
    chips: tuple[Chip, ...] = ()
    notes: tuple[str, ...] = ()
    about: str = ""
    options: tuple[Option, ...] = ()
    reason: str = ""
    hint: str = ""
    metric: str = ""
    limits: Limits | None = None
    explanation: Explanation | None = None
    causes: tuple[Cause, ...] = ()
    next: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The sentence as text."""
        return plain(self.phrases)

    def as_json(self) -> dict[str, object]:
        """As `yishu ask` and the API tell it."""
        return {
            "question": self.question, "behaviour": self.behaviour, "intent": self.intent, "sentence": self.sentence,
            "phrases": [p.as_json() for p in self.phrases], "query": self.query.as_json() if self.query else None,
            "answer": self.answer.as_json() if self.answer else None, "chart": self.chart, "chips": [c.as_json() for c in self.chips],
            "notes": list(self.notes), "about": self.about,
            "options": [{"id": o.id, "label": o.label, "kind": o.kind, "dimension": o.dimension} for o in self.options],
            "reason": self.reason, "hint": self.hint, "metric": self.metric, "limits": self.limits.as_json() if self.limits else None,
            "explanation": self.explanation.as_json() if self.explanation else None, "causes": [c.as_json() for c in self.causes],
            "next": list(self.next),
        }  # fmt: skip


def ask(desk: Desk, question: str, turn: Turn) -> tuple[Said, Turn]:
    """The answer to a question, and where the conversation then stands."""
    reply, after = desk.understanding.step(question, turn, desk.asker)
    if reply.behaviour == "refuse" and reply.reason in ("incompatible", "no_dimension") and turn.frame is not None:
        # What was asked before does not fit this metric: the question may stand on its own.
        alone, begun = desk.understanding.step(question, Turn(), desk.asker)
        if alone.behaviour == "query":
            reply, after = replace(alone, notes=(*alone.notes, "上一问的条件不适用，已重新开始")), begun
    if desk.helper is not None and asks_for_help(reply):
        mended = settled(reply, question, desk.helper, desk.understanding, desk.asker)
        if mended.frame is not None:
            after = Turn(mended.frame, turn.frame, mended.frame.metrics[0], text=question)
        elif mended.options != reply.options:
            after = replace(after, options=mended.options)
        reply = mended
    return told(desk, question, reply), after


def told(desk: Desk, question: str, reply: Reply) -> Said:
    """A reply of the understanding, answered with data."""
    if reply.behaviour == "query" and reply.frame:
        return _queried(desk, question, MetricQuery.parse(reply.frame.query_json()), reply.frame.intent, reply.notes)
    if reply.behaviour in ("define", "lineage"):
        metric = desk.centre.metric(reply.metric)
        phrases = _defined(metric) if reply.behaviour == "define" else _descended(metric, desk)
        return Said(question, reply.behaviour, phrases, metric=metric.id, notes=reply.notes, next=follow_ups(None, metric, desk.centre))
    if reply.behaviour == "clarify":
        return Said(question, "clarify", (Phrase(reply.say or "您想看哪一个？"),), about=reply.about, options=reply.options, notes=reply.notes)
    return _refused(desk, question, reply.reason, reply.say, heir=reply.metric)


def edited(desk: Desk, question: str, query: MetricQuery, intent: str, turn: Turn) -> tuple[Said, Turn]:
    """The answer to a query changed by its chips 改条件; the conversation goes on from it."""
    said = _queried(desk, question, query, intent, ())
    if said.query is None:
        return said, turn
    frame = frame_of(said.query, intent)
    return said, Turn(frame, turn.frame, frame.metrics[0], text=question)


def frame_of(query: MetricQuery, intent: str) -> Frame:
    """The frame a follow-up question edits; filters it cannot express are left to the chips."""
    return Frame(
        metrics=query.metrics,
        dimensions=query.dimensions,
        filters=tuple(Filter(f.dimension, f.op, tuple(str(v) for v in f.values)) for f in query.filters if f.op in OPS),
        time=Span(query.time.start.date(), query.time.end.date()) if query.time else None,
        compare=query.compare,
        compare_base=Span(query.compare_base.start.date(), query.compare_base.end.date()) if query.compare_base else None,
        order=(query.order.by, "desc" if query.order.descending else "asc") if query.order else None,
        limit=query.limit,
        having=tuple(Having(h.metric, h.op, h.values[0]) for h in query.having if len(h.values) == 1),
        share=query.share,
        intent=intent,
    )


def _queried(desk: Desk, question: str, query: MetricQuery, intent: str, notes: tuple[str, ...]) -> Said:
    query, stated = timed(query, intent, desk)
    try:
        said = _explained(desk, question, query) if intent == "explain" else _measured(desk, question, query, intent)
    except NotPermitted as refused:
        return _refused(desk, question, "permission", refused.message, refused.hint)
    except InputError as fault:
        if fault.code in ("query.too_slow",):
            raise
        return _refused(desk, question, "incompatible", fault.message, fault.hint)
    return replace(said, notes=(*notes, *stated))


def _measured(desk: Desk, question: str, query: MetricQuery, intent: str) -> Said:
    answer = desk.measure(query)
    found = None
    if intent == "anomaly" and query.dimensions:
        place = [c.id for c in answer.columns].index(query.metrics[0])
        found = limits([v if isinstance(v := row[place], (int, float)) else None for row in answer.rows])
    start, end = (None if answer.range.get(k) is None else str(answer.range[k]) for k in ("start", "end"))
    notes: tuple[str, ...] = ()
    if intent == "anomaly" and found is None:
        notes = ("已知的值不足 5 个，判断不了异常",)
    return Said(
        question, "query", sentence(answer, desk.centre, intent, found), intent=intent, query=answer.query, answer=answer,
        chart=chart(answer), chips=chips(answer.query, desk.centre, desk.own, (start, end)), notes=notes, limits=found,
        metric=query.metrics[0], next=follow_ups(answer.query, desk.centre.metric(query.metrics[0]), desk.centre),
    )  # fmt: skip


def _explained(desk: Desk, question: str, query: MetricQuery) -> Said:
    against = query.compare[0] if query.compare else "mom"
    query = replace(query, compare=(against,), dimensions=(), order=None, limit=None, limit_by=None, having=(), share=False)
    answer = desk.measure(query)
    why = desk.explain(query, against)
    found = causes(why)
    start, end = (None if answer.range.get(k) is None else str(answer.range[k]) for k in ("start", "end"))
    return Said(
        question, "query", (*sentence(answer, desk.centre), *_because(why, found)), intent="explain", query=answer.query, answer=answer,
        chart="causes" if found else "figure", chips=chips(answer.query, desk.centre, desk.own, (start, end)), explanation=why, causes=found,
        metric=query.metrics[0], next=follow_ups(answer.query, desk.centre.metric(query.metrics[0]), desk.centre)[1:],
    )  # fmt: skip


def _because(why: Explanation, found: tuple[Cause, ...]) -> tuple[Phrase, ...]:
    if why.difference is None:
        return (Phrase(f"{why.note or '没有可比的数据'}，说不出原因。"),)
    if not found:
        return (Phrase("各项变化与其大小相称，没有突出的原因。"),)
    unit = "个百分点" if why.unit == "%" else why.unit
    said = [Phrase("差异主要来自")]
    for place, cause in enumerate(found[:3]):
        sign = "+" if cause.amount > 0 else "−"
        amount = quantity(abs(cause.amount), "").replace("0.00", "不到0.01") if why.unit == "%" else quantity(abs(cause.amount), why.unit)
        text = f"{sign}{amount}{unit if why.unit == '%' else ''}"
        figure = Figure(why.metric, AMOUNT, cause.amount, why.unit, ((cause.dimension, cause.member),))
        said += [Phrase(f"{'、' if place else ''}{cause.dimension_label}“{cause.label or '未填'}” "), Phrase(text, figure)]
    return (*said, Phrase("。"))


# ---- time nobody gave


def timed(query: MetricQuery, intent: str, desk: Desk) -> tuple[MetricQuery, tuple[str, ...]]:
    """A question without time gets one that is stated: this month so far, the last twelve months by month, the last whole month to compare."""
    if query.time is not None or query.on or all(desk.centre.metric(m).kind is Kind.SNAPSHOT for m in query.metrics):
        return query, ()
    last = desk.understanding.vocabulary.last_day
    today = min(desk.today, last) if last else desk.today
    first = today.replace(day=1)
    if set(query.dimensions) & (GRAINS - {"weekday", "hour"}):
        start, end = (first - timedelta(335)).replace(day=1), today
    elif intent in ("explain", "compare") or query.compare:
        end = first - timedelta(1)
        start = end.replace(day=1)
    else:
        start, end = first, today
    given = MetricQuery.parse({"metrics": list(query.metrics), "time": {"start": start.isoformat(), "end": end.isoformat()}})
    return replace(query, time=given.time), (f"没有说时间，按{span_words(start.isoformat(), end.isoformat())}",)


# ---- what a metric is and where it comes from


def _defined(metric: Metric) -> tuple[Phrase, ...]:
    said = [Phrase(f"{metric.label}：{metric.definition.rstrip('。')}。公式：{metric.formula}。")]
    standards = "；".join(f"{s.code}《{s.title}》{s.edition}" for s in metric.standards)
    said.append(Phrase(f"依据：{standards}。" if standards else "依据：本院自定。"))
    said.append(Phrase(f"第 {metric.version} 版，{metric.standing}，负责部门{metric.owner}。"))
    return tuple(said)


def _descended(metric: Metric, desk: Desk) -> tuple[Phrase, ...]:
    said = []
    for name, part in (("分子", metric.numerator), ("分母", metric.denominator)):
        if part is None:
            continue
        systems = "、".join(desk.sources(part.table)) or "推算"
        head = f"{name}：" if metric.denominator else ""
        said.append(f"{head}{part.say}，取自“{desk.centre.tables.table(part.table).label}”（来源系统：{systems}）")
    axis = metric.axes[0].label if metric.axes else ""
    return (Phrase(f"{metric.label}的数据。{'；'.join(said)}。按{axis}归期，负责部门{metric.owner}，维护{metric.steward}。{_through(metric, desk)}"),)


def _through(metric: Metric, desk: Desk) -> str:
    try:
        answer = desk.measure(MetricQuery(metrics=(metric.id,)))
    except (NotPermitted, InputError):
        return ""
    moment: datetime | None = answer.data_through
    return f"数据到 {moment:%Y-%m-%d %H:%M}。" if moment else ""


# ---- what is not answered, and the way out

WAYS: Mapping[str, str] = {
    "privacy": "要看自己患者的资料，请从患者页面进入；这里可以问汇总数，例如各科室出院人次",
    "permission": "可以问本科室的同一指标；需要别的范围，请信息科调整权限",
    "no_metric": "指标中心列出全部指标；缺少的指标可请质控科或信息科新建",
    "no_dimension": "换一个已有的维度，例如科室、院区、医保类型",
    "incompatible": "换一个指标或维度",
    "no_data": "换一个有数据的时间",
    "forecast": "可以看已发生的趋势，例如近12个月按月",
    "write": "数据由业务系统产生，要更正请联系业务系统或信息科",
    "raw_sql": "直接说要看什么，例如“上个月各科室门诊人次”",
    "injection": "直接说要看什么，例如“上个月各科室门诊人次”",
    "medical_advice": "请咨询医生",
    "triage": "请到分诊台",
    "emergency": "立即呼叫医护人员或拨打 120",
    "out_of_scope": "可以问本院的指标，例如“上个月门诊人次”",
}  # fmt: skip


def _refused(desk: Desk, question: str, reason: str, say: str, hint: str = "", heir: str = "") -> Said:
    ways = [f"上个月{desk.centre.metric(heir).label}"] if heir in desk.centre.by_id else []
    if reason == "permission" and desk.own and desk.asker.bound:
        near = desk.understanding.reader.parse(question).metrics or [m.id for m in desk.centre.metrics if m.department_role][:1]
        ways = [f"我们科上个月{desk.centre.metric(m).label}" for m in near[:1] if m in desk.centre.by_id]
    return Said(question, "refuse", (Phrase(say or "这个问题这里回答不了。"),), reason=reason, hint=hint or WAYS.get(reason, ""), next=tuple(ways))


__all__ = ["AGAINST", "Desk", "Said", "ask", "edited", "frame_of", "timed", "told"]
