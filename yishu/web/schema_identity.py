"""Shapes of the master patient index 患者主索引的接口形状: identifiers masked throughout but in `Revealed`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from yishu.identity.review import Agreement, Task

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FieldWeight(_Out):
    """A field's level and log₂ weight 字段权重."""

    field: str
    level: int
    said: str
    weight: float


class RuleHeld(_Out):
    """A rule that held the pair back 否决规则."""

    rule: str
    said: str


class ReviewTask(_Out):
    """A task of the queue 复核任务."""

    id: int
    kind: str
    low: int
    high: int
    score: float
    weight: float
    fields: list[FieldWeight]
    rules: list[RuleHeld]
    against: list[str]
    version: str
    state: str
    made_at: str
    decided_at: str | None
    first_by: str | None
    second_by: str | None

    @staticmethod
    def of(task: Task) -> ReviewTask:
        """From the room's value."""
        why: Mapping[str, Any] = task.why
        return ReviewTask(
            id=task.id, kind=task.kind, low=task.low, high=task.high, score=task.score, weight=why.get("weight", 0.0), fields=why.get("fields", []),
            rules=why.get("rules", []), against=list(why.get("against", [])), version=str(why.get("version", "")), state=task.state,
            made_at=task.made_at.isoformat(timespec="seconds"), decided_at=task.decided_at.isoformat(timespec="seconds") if task.decided_at else None,
            first_by=task.first_by, second_by=task.second_by,
        )  # fmt: skip


class AgreementBand(_Out):
    """What people said of a score band 一致率."""

    low: float
    high: float
    same: int
    different: int


class ReviewQueue(_Out):
    """The queue 复核队列; `advised` is the threshold measured agreement allows, null while there is too little of it."""

    total: int
    tasks: list[ReviewTask]
    agreement: list[AgreementBand]
    advised: float | None
    four_eyes: bool

    @staticmethod
    def of(tasks: Sequence[Task], total: int, agreed: Sequence[Agreement], advised: float | None, four_eyes: bool) -> ReviewQueue:
        """From the room's values."""
        bands = [AgreementBand(low=a.low, high=a.high, same=a.same, different=a.different) for a in agreed]
        return ReviewQueue(total=total, tasks=[ReviewTask.of(t) for t in tasks], agreement=bands, advised=advised, four_eyes=four_eyes)


class PatientOut(_Out):
    """A patient row 患者记录, masked."""

    patient: int
    source: str
    local_id: str | None
    name: str = ""
    gender: str = ""
    birth: str = ""
    id_card: str = ""
    phone: str = ""
    card_no: str = ""
    address: str = ""


class GoldenOut(_Out):
    """A field of the golden record 黄金记录."""

    field: str
    value: str
    patient: int
    source: str
    why: str


class PersonEvent(_Out):
    """An event 人员事件."""

    seq: int
    kind: str
    person: int
    other: int | None
    by: str
    reason: str
    at: str
    undoes: int | None
    patients: list[int]


class PersonCardOut(_Out):
    """A person 人员."""

    person: int
    patients: list[PatientOut]
    golden: list[GoldenOut]
    events: list[PersonEvent]


class ReviewPair(_Out):
    """A task with both persons 并排两人."""

    task: ReviewTask
    left: PersonCardOut
    right: PersonCardOut

    @staticmethod
    def of(task: Task, left: Mapping[str, object], right: Mapping[str, object]) -> ReviewPair:
        """From the room's values."""
        return ReviewPair(task=ReviewTask.of(task), left=PersonCardOut.model_validate(left), right=PersonCardOut.model_validate(right))


class Decision(_In):
    """What a person says 判定."""

    verdict: Literal["same", "different", "later"]
    reason: Reason


class Undo(_In):
    """Taking back 撤销."""

    reason: Reason


class RevealAsked(_In):
    """Which identifiers, and why 查看哪些、为什么."""

    fields: list[Literal["name", "id_card", "phone", "card_no", "address"]]
    reason: Reason


class Revealed(_Out):
    """Identifiers in clear 身份信息."""

    person: int
    fields: dict[str, list[str]]
