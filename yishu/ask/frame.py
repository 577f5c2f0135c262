"""Frame 问句框架: what a question was understood to ask, the frame that follow-ups edit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Span:
    """A range of days 时间范围, both ends included."""

    start: date
    end: date

    def as_json(self) -> dict[str, str]:
        """The range as a MetricQuery carries it."""
        return {"start": self.start.isoformat(), "end": self.end.isoformat()}


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on one dimension 筛选."""

    dimension: str
    op: str
    values: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The condition as a MetricQuery carries it."""
        return {"dimension": self.dimension, "op": self.op, "values": list(self.values)}


@dataclass(frozen=True, slots=True)
class Having:
    """A condition on a number 数值条件, `metric` may end in .yoy .mom .yoy_diff .mom_diff."""

    metric: str
    op: str
    value: float


@dataclass(frozen=True, slots=True)
class Frame:
    """A resolved question 框架: the slots of a MetricQuery."""

    metrics: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    time: Span | None = None
    compare: tuple[str, ...] = ()
    compare_base: Span | None = None
    order: tuple[str, str] | None = None
    limit: int | None = None
    having: tuple[Having, ...] = ()
    share: bool = False
    intent: str = "value"
    time_phrase: str = ""

    def query_json(self) -> dict[str, object]:
        """The frame as a MetricQuery (design §5.2)."""
        return {
            "metrics": list(self.metrics),
            "dimensions": list(self.dimensions),
            "filters": [f.as_json() for f in self.filters],
            "time": self.time.as_json() if self.time else None,
            "compare": list(self.compare),
            "compare_base": self.compare_base.as_json() if self.compare_base else None,
            "order": {"by": self.order[0], "dir": self.order[1]} if self.order else None,
            "limit": self.limit,
            "having": [
                {"metric": h.metric, "op": h.op, "value": int(h.value) if h.value == int(h.value) else h.value}
                for h in self.having
            ],
            "share": self.share,
        }


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a question back 选项."""

    id: str
    label: str
    kind: str  # metric | value | dimension | text
    dimension: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply of the understanding 回应: a query, a question back, a refusal, a definition or a lineage."""

    behaviour: str
    frame: Frame | None = None
    about: str = ""
    options: tuple[Option, ...] = ()
    reason: str = ""
    metric: str = ""
    say: str = ""
    notes: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, object]:
        """The reply as the batch command prints it."""
        body: dict[str, object] = {"behaviour": self.behaviour}
        if self.behaviour == "query" and self.frame:
            body |= {"intent": self.frame.intent, "query": self.frame.query_json()}
        elif self.behaviour == "clarify":
            body["clarify"] = {"about": self.about, "options": [{"id": o.id, "label": o.label} for o in self.options]}
        elif self.behaviour == "refuse":
            body["refuse"] = {"reason": self.reason}
        else:
            body[self.behaviour] = {"metric": self.metric}
        if self.say:
            body["say"] = self.say
        if self.notes:
            body["notes"] = list(self.notes)
        return body


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks 提问人: the role and, for people of a department, its name."""

    role: str = ""
    department: str = ""
    bound: bool | None = None  # None: the catalogue's policy decides
