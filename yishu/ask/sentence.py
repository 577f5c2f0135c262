"""Sentence 一句话: an answer in words; every number in it is one cell of that answer and keeps the way back to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from yishu.ask.figures import moved, number, quantity
from yishu.ask.insight import Limits
from yishu.metrics import Answer, Centre, MetricQuery
from yishu.metrics.measure import AnswerColumn
from yishu.metrics.measure import Cell as Held

NAMED = 3
GRAINS = frozenset(("hour", "day", "weekday", "week", "month", "quarter", "year"))
DAYS = "一二三四五六日"
AGAINST = {"yoy": "去年同期", "mom": "上期", "custom": "对比期"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the sentence 数: its cell of the answer, so that it opens its definition and its rows."""

    metric: str
    column: str
    value: float | int | None
    unit: str
    member: tuple[tuple[str, Held], ...] = ()

    def as_json(self) -> dict[str, object]:
        """As the screen opens it."""
        return {"metric": self.metric, "column": self.column, "value": self.value, "unit": self.unit, "member": dict(self.member)}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A piece of the sentence 词句, with the figure it shows where it is one."""

    text: str
    figure: Figure | None = None

    def as_json(self) -> dict[str, object]:
        """As the screen writes it."""
        return {"text": self.text, "figure": self.figure.as_json() if self.figure else None}


def plain(phrases: Iterable[Phrase]) -> str:
    """The sentence as text."""
    return "".join(p.text for p in phrases)


def day_words(day: date) -> str:
    """2025年6月3日."""
    return f"{day.year}年{day.month}月{day.day}日"


def span_words(start: str | None, end: str | None) -> str:
    """The range as people say it: 2025年6月, 2025年第二季度, 2025年7月1日至15日."""
    if not start or not end:
        return "全部时间"
    if "T" in start or "T" in end:
        return f"{start.replace('T', ' ')} 至 {end.replace('T', ' ')}"
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    if first == last:
        return day_words(first)
    after = last + timedelta(1)
    if first.day == 1 and after.day == 1:
        months = (after.year - first.year) * 12 + after.month - first.month
        if months == 1:
            return f"{first.year}年{first.month}月"
        if months == 12 and first.month == 1:
            return f"{first.year}年"
        if months == 3 and first.month % 3 == 1:
            return f"{first.year}年第{'一二三四'[first.month // 3]}季度"
        if months == 6 and first.month in (1, 7):
            return f"{first.year}年{'上' if first.month == 1 else '下'}半年"
        if first.year == last.year:
            return f"{first.year}年{first.month}月至{last.month}月"
        return f"{first.year}年{first.month}月至{last.year}年{last.month}月"
    if first.year != last.year:
        return f"{day_words(first)}至{day_words(last)}"
    tail = f"{last.day}日" if first.month == last.month else f"{last.month}月{last.day}日"
    return f"{day_words(first)}至{tail}"


def member_words(dimension: str, value: Held) -> str:
    """A member as people say it."""
    if value is None:
        return "未填"
    text = str(value)
    if dimension == "weekday" and text in "1234567":
        return f"周{DAYS[int(text) - 1]}"
    if dimension == "hour":
        return f"{text}时"
    if dimension == "month" and len(text) == 7:
        return f"{text[:4]}年{int(text[5:])}月"
    if dimension == "quarter" and "-Q" in text:
        return f"{text[:4]}年第{'一二三四'[int(text[-1]) - 1]}季度"
    if dimension == "year":
        return f"{text}年"
    if dimension == "week" and len(text) == 10:
        return f"{int(text[5:7])}月{int(text[8:])}日那周"
    if dimension == "day" and len(text) == 10:
        return f"{int(text[5:7])}月{int(text[8:])}日"
    return text


def scope_words(query: MetricQuery, centre: Centre) -> str:
    """The filters as people say them: 骨科、女、不含自费."""
    said = []
    for wanted in query.filters:
        words = "、".join(member_words(wanted.dimension, v) for v in wanted.values)
        label = centre.dimension(wanted.dimension).label
        if wanted.op in ("in", "="):
            said.append(words)
        elif wanted.op in ("not_in", "!="):
            said.append(f"不含{words}")
        elif wanted.op in ("is_null", "not_null"):
            said.append(f"{label}{'未填' if wanted.op == 'is_null' else '已填'}")
        else:
            said.append(f"{label}{wanted.op}{words}")
    return "、".join(said)


@dataclass(slots=True)
class Writer:
    """Writes the sentence of one answer 执笔."""

    answer: Answer
    centre: Centre
    intent: str = "value"
    limits: Limits | None = None
    _place: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._place = {c.id: i for i, c in enumerate(self.answer.columns)}

    # ---- pieces

    def _column(self, name: str) -> AnswerColumn:
        return self.answer.columns[self._place[name]]

    def cell(self, row: Sequence[Held], column: str) -> float | int | None:
        """The number of a row in a column, exactly as answered."""
        place = self._place.get(column)
        held = None if place is None else row[place]
        return held if isinstance(held, (int, float)) and not isinstance(held, bool) else None

    def _figure(self, row: Sequence[Held], column: str) -> Figure:
        member = tuple((d, row[self._place[d]]) for d in self.answer.query.dimensions)
        metric = column.split(".")[0]
        return Figure(metric, column, self.cell(row, column), self._column(column).unit or "", member)

    def _quantity(self, row: Sequence[Held], column: str) -> Phrase:
        figure = self._figure(row, column)
        return Phrase(quantity(figure.value, figure.unit) if figure.value is not None else "没有可计算的数据", figure)

    def _number(self, row: Sequence[Held], column: str) -> Phrase:
        figure = self._figure(row, column)
        return Phrase(number(figure.value, figure.unit), figure)

    def _name(self, row: Sequence[Held]) -> str:
        return "、".join(member_words(d, row[self._place[d]]) for d in self.answer.query.dimensions)

    def head(self) -> str:
        """When and whose: 2025年6月，骨科."""
        when = span_words(_text(self.answer.range.get("start")), _text(self.answer.range.get("end")))
        where = scope_words(self.answer.query, self.centre)
        return f"{when}，{where}的" if where else f"{when}，"

    def changes(self, row: Sequence[Held], metric: str) -> list[Phrase]:
        """比去年同期上升 3.2%（8,670人次）."""
        said: list[Phrase] = []
        unit = self.centre.metric(metric).unit
        for period in self.answer.query.compare:
            base = f"{metric}.{period}_base"
            if base not in self._place:
                continue
            if self.cell(row, base) is None:
                said.append(Phrase(f"，{AGAINST[period]}没有数据"))
                continue
            column = f"{metric}.{period}_diff" if unit == "%" else f"{metric}.{period}"
            amount = self.cell(row, column)
            if amount is None:
                said += [Phrase(f"，{AGAINST[period]}为 "), self._quantity(row, base)]
                continue
            way = "持平" if amount == 0 else "上升 " if amount > 0 else "下降 "
            said.append(Phrase(f"，比{AGAINST[period]}（"))
            said.append(self._quantity(row, base))
            said.append(Phrase(f"）{way}"))
            if amount:
                said.append(Phrase(moved(amount, unit), self._figure(row, column)))
        return said

    # ---- the sentence

    def write(self) -> tuple[Phrase, ...]:
        """The sentence for the shape of this answer."""
        rows, query = self.answer.rows, self.answer.query
        if not rows:
            what = "符合条件的" if query.having else "可计算的数据"
            return (Phrase(f"{self.head()}{self._labels()}没有{what}{'' if not query.having else self._what()}。"),)
        if not query.dimensions:
            return self._values(rows[0])
        metric = query.metrics[0]
        if query.having:
            return self._those()
        if self.limits is not None:
            return self._outside(metric)
        if query.order is not None:
            return self._ranked()
        if query.share and f"{metric}.share" in self._place:
            return self._shares(metric)
        return self._spread(metric)

    def _labels(self) -> str:
        return "、".join(self.centre.metric(m).label for m in self.answer.query.metrics)

    def _what(self) -> str:
        return "、".join(self.centre.dimension(d).label for d in self.answer.query.dimensions)

    def _values(self, row: Sequence[Held]) -> tuple[Phrase, ...]:
        said = [Phrase(self.head())]
        for place, metric in enumerate(self.answer.query.metrics):
            said.append(Phrase(f"{'；' if place else ''}{self.centre.metric(metric).label} "))
            said.append(self._quantity(row, metric))
            said += self.changes(row, metric)
        return (*said, Phrase("。"))

    def _list(self, rows: Sequence[Sequence[Held]], column: str) -> list[Phrase]:
        said: list[Phrase] = []
        for place, row in enumerate(rows):
            said += [Phrase(f"{'、' if place else ''}{self._name(row)} "), self._quantity(row, column)]
        return said

    def _ranked(self) -> tuple[Phrase, ...]:
        order = self.answer.query.order
        assert order is not None
        by = order.by if order.by in self._place and order.by not in self.answer.query.dimensions else self.answer.query.metrics[0]
        rows = [r for r in self.answer.rows if self.cell(r, by) is not None][:NAMED]
        end = "从高到低" if order.descending else "从低到高"
        told = self._column(by).label
        metric = self.centre.metric(by.split(".")[0]).label
        said = [Phrase(f"{self.head()}{metric}{'' if told == metric else told}按{self._what()}{end}：")]
        more = len(self.answer.rows) - len(rows)
        return (*said, *self._list(rows, by), Phrase(f"，共 {len(self.answer.rows)} 项。" if more > 0 else "。"))

    def _those(self) -> tuple[Phrase, ...]:
        rows = self.answer.rows
        column = self.answer.query.having[0].metric
        column = column if column in self._place else self.answer.query.metrics[0]
        said = [Phrase(f"{self.head()}{self._labels()}符合条件的{self._what()}有 {len(rows)} 个：")]
        return (*said, *self._list(rows[:NAMED], column), Phrase("等。" if len(rows) > NAMED else "。"))

    def _shares(self, metric: str) -> tuple[Phrase, ...]:
        column = f"{metric}.share"
        rows = sorted(self.answer.rows, key=lambda r: -(self.cell(r, column) or 0))[:NAMED]
        return (Phrase(f"{self.head()}{self.centre.metric(metric).label}中占比最大的是："), *self._list(rows, column), Phrase("。"))

    def _outside(self, metric: str) -> tuple[Phrase, ...]:
        assert self.limits is not None
        unit = self.centre.metric(metric).unit
        band = f"{quantity(self.limits.low, unit)}～{quantity(self.limits.high, unit)}"
        head = f"{self.head()}{self.centre.metric(metric).label}"
        if not self.limits.outside:
            return (Phrase(f"{head}没有超出稳健控制限（{band}）的{self._what()}。"),)
        rows = [self.answer.rows[i] for i in self.limits.outside]
        rows.sort(key=lambda r: -abs((self.cell(r, metric) or 0) - self.limits.middle))  # type: ignore[union-attr]
        more = "等" if len(rows) > NAMED else ""
        return (
            Phrase(f"{head}有 {len(rows)} 个{self._what()}超出稳健控制限（{band}）："), *self._list(rows[:NAMED], metric), Phrase(f"{more}。"),
        )  # fmt: skip

    def _spread(self, metric: str) -> tuple[Phrase, ...]:
        known = [r for r in self.answer.rows if self.cell(r, metric) is not None]
        label = self.centre.metric(metric).label
        if not known:
            return (Phrase(f"{self.head()}{label}没有可计算的数据。"),)
        if len(known) <= NAMED:
            return (Phrase(f"{self.head()}{label}："), *self._list(known, metric), Phrase("。"))
        high = max(known, key=lambda r: self.cell(r, metric) or 0)
        low = min(known, key=lambda r: self.cell(r, metric) or 0)
        said = [Phrase(f"{self.head()}{label}按{self._what()}看，最高是{self._name(high)} "), self._quantity(high, metric)]
        said += [Phrase(f"，最低是{self._name(low)} "), self._quantity(low, metric)]
        if set(self.answer.query.dimensions) & GRAINS and len(self.answer.query.dimensions) == 1:
            said += [Phrase(f"，最近一期（{self._name(known[-1])}）"), self._quantity(known[-1], metric)]
        return (*said, Phrase("。"))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def sentence(answer: Answer, centre: Centre, intent: str = "value", limits: Limits | None = None) -> tuple[Phrase, ...]:
    """The sentence of an answer."""
    return Writer(answer, centre, intent, limits).write()
