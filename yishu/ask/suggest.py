"""Suggest 联想: questions that can be answered, while one types and after each answer; by text or by pinyin initials."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from yishu.ask.normalise import normalise
from yishu.metrics import Centre, MetricQuery
from yishu.metrics.definition import Kind, Metric

SHOWN = 8
GRAINS = frozenset(("hour", "day", "weekday", "week", "month", "quarter", "year"))


@dataclass(frozen=True, slots=True)
class Proposed:
    """A question that may be chosen 候选问句, with its pinyin initials (a character of several readings has several)."""

    text: str
    initials: tuple[frozenset[str], ...]
    weight: int

    @staticmethod
    def of(text: str, weight: int) -> Proposed:
        """A question with its initials."""
        return Proposed(text, tuple(_initials(c) for c in text.lower() if c.isalnum()), weight)

    def begins(self, typed: str) -> int | None:
        """How well it fits what is typed: 0 from its start, 1 inside, None not at all."""
        if typed in self.text.lower():
            return 0 if self.text.lower().startswith(typed) else 1
        if not typed.isascii() or not typed.isalnum():
            return None
        for start in range(len(self.initials) - len(typed) + 1):
            if all(letter in self.initials[start + i] for i, letter in enumerate(typed)):
                return 0 if start == 0 else 1
        return None


@cache
def _initials(character: str) -> frozenset[str]:
    if character.isascii():
        return frozenset(character)
    from pypinyin import Style, pinyin  # here: its dictionary is large, and a start does not need it

    return frozenset(pinyin(character, style=Style.FIRST_LETTER, heteronym=True)[0])


def proposals(centre: Centre, bound: bool) -> tuple[Proposed, ...]:
    """What may be proposed 候选: for every metric its own word, its trend, its split and its change; the reader is asked of each."""
    found: list[Proposed] = []
    open_ = [m for m in centre.metrics if not bound or m.department_role is not None or m.public]
    # What can be asked in most ways comes first, each metric in another way, so that the first page shows what is possible.
    for place, metric in enumerate(sorted(open_, key=lambda m: -len(m.dimensions))):
        ways = questions(metric, centre, bound)
        for rank, text in enumerate(ways):
            found.append(Proposed.of(text, place + len(open_) * ((rank - place) % len(ways))))
    return tuple(found)


def questions(metric: Metric, centre: Centre, bound: bool) -> tuple[str, ...]:
    """Questions 问句 of one metric that its dimensions allow."""
    name, allowed = metric.label, centre.allowed(metric)
    if metric.kind is Kind.SNAPSHOT:
        said = [f"当前{name}"]
    else:
        said = [f"上个月{name}", f"今年每月{name}", f"上个月{name}同比"]
    when = "" if metric.kind is Kind.SNAPSHOT else "上个月"
    if bound:
        if "doctor" in allowed:
            said.append(f"我们科各医生{when}{name}")
    else:
        if "department" in allowed:
            said.append(f"{when}各科室{name}排名")
        if "campus" in allowed:
            said.append(f"各院区{when}{name}")
    return (*said, f"{name}怎么算的")


def matching(known: Iterable[Proposed], typed: str, most: int = SHOWN) -> tuple[str, ...]:
    """The questions that fit what is typed, the nearest first; the everyday ones where nothing is typed."""
    wanted = normalise(typed).replace(" ", "")
    if not wanted:
        return tuple(p.text for p in sorted(known, key=lambda p: p.weight)[:most])
    fitting = [(place, p.weight, p.text) for p in known if (place := p.begins(wanted)) is not None]
    return tuple(text for _, _, text in sorted(fitting)[:most])


def follow_ups(query: MetricQuery | None, metric: Metric, centre: Centre, most: int = 4) -> tuple[str, ...]:
    """Next questions 接着问 that an answer invites; each edits the query just answered, or begins anew after a definition."""
    if query is None:
        when = "当前" if metric.kind is Kind.SNAPSHOT else "上个月"
        return (f"{when}{metric.label}", f"{metric.label}的数据来源")
    said: list[str] = []
    allowed: Sequence[str] = centre.allowed(metric)
    asked = set(query.dimensions)
    kept = {f.dimension for f in query.filters}
    flows = metric.kind is not Kind.SNAPSHOT
    if flows and query.compare and not asked:
        said.append("为什么")
    if flows and "yoy" not in query.compare:
        said.append("同比呢")
    if flows and not asked & GRAINS:
        said.append("换成按月")
    if "department" in allowed and "department" not in asked | kept:
        said.append("按科室拆开")
    if "doctor" in allowed and "department" in kept and "doctor" not in asked:
        said.append("细到医生")
    if query.dimensions and not query.order and not asked & GRAINS:
        said.append("从高到低排")
    said.append(f"{metric.label}怎么算的")
    return tuple(said[:most])
