"""Chips 条件签: every slot of what was understood, seen and changeable; and the chart that fits the answer's shape."""

from __future__ import annotations

from dataclasses import dataclass

from yishu.ask.sentence import AGAINST, GRAINS, member_words, span_words
from yishu.metrics import Answer, Centre, MetricQuery

MOST_LINES = 6
OPS = {">": "大于", ">=": "不低于", "<": "小于", "<=": "不超过", "=": "等于", "!=": "不等于"}


@dataclass(frozen=True, slots=True)
class Chip:
    """A chip 条件签: one slot of the query; `fixed` where it is the viewer's own scope."""

    slot: str
    id: str
    label: str
    fixed: bool = False

    def as_json(self) -> dict[str, object]:
        """As the screen shows it."""
        return {"slot": self.slot, "id": self.id, "label": self.label, "fixed": self.fixed}


def chips(query: MetricQuery, centre: Centre, own: str, range_: tuple[str | None, str | None] = (None, None)) -> tuple[Chip, ...]:
    """The chips of a query; `own` names the departments a viewer is bound to, empty for the whole hospital."""
    found = [Chip("metric", m, centre.metric(m).label) for m in query.metrics]
    found += [Chip("dimension", d, f"按{centre.dimension(d).label}") for d in query.dimensions]
    scoped = False
    for wanted in query.filters:
        words = "、".join(member_words(wanted.dimension, v) for v in wanted.values)
        said = f"不含{words}" if wanted.op in ("not_in", "!=") else words
        mine = bool(own) and centre.dimension(wanted.dimension).department_role and words == own
        scoped = scoped or mine
        found.append(Chip("scope" if mine else "filter", wanted.dimension, f"{centre.dimension(wanted.dimension).label}：{said}", mine))
    start, end = (query.time.as_json()["start"], query.time.as_json()["end"]) if query.time else range_
    found.append(Chip("time", query.on or "", span_words(start, end)))
    found += [Chip("compare", c, f"比{AGAINST[c]}") for c in query.compare]
    if query.order:
        found.append(Chip("order", query.order.by, f"{_column(query.order.by, centre)}{'从高到低' if query.order.descending else '从低到高'}"))
    if query.limit:
        found.append(Chip("limit", str(query.limit), f"前 {query.limit} 名"))
    for having in query.having:
        value = "～".join(f"{v:g}" for v in having.values)
        found.append(Chip("having", having.metric, f"{_column(having.metric, centre)}{OPS.get(having.op, having.op)} {value}"))
    if query.share:
        found.append(Chip("share", "share", "占比"))
    if not scoped:
        found.append(Chip("scope", "", own or "全院", True))
    return tuple(found)


def _column(name: str, centre: Centre) -> str:
    if name in centre.dimensions:
        return centre.dimension(name).label
    metric, _, tail = name.partition(".")
    return centre.metric(metric).label + {"yoy": "同比", "mom": "环比", "yoy_diff": "同比差", "mom_diff": "环比差", "share": "占比"}.get(tail, "")


def chart(answer: Answer) -> str:
    """Which picture 图 fits: figure, line, lines, bars, shares, table."""
    query = answer.query
    if not query.dimensions:
        return "figure"
    timed = [d for d in query.dimensions if d in GRAINS]
    if len(query.dimensions) == 1:
        if timed:
            return "bars" if timed[0] in ("weekday", "hour") or query.order else "line"
        return "shares" if query.share else "bars"
    if len(query.dimensions) == 2 and len(timed) == 1 and len(query.metrics) == 1:
        other = next(d for d in query.dimensions if d not in GRAINS)
        place = [c.id for c in answer.columns].index(other)
        if len({row[place] for row in answer.rows}) <= MOST_LINES:
            return "lines"
    return "table"
