"""Asked 问数接口形状: what goes over HTTP when people ask in words."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from yishu.web.schema import Answer, MetricQuery, Value, Word, _In, _Out

Question = Annotated[str, StringConstraints(max_length=20_000)]


class AskRequest(_In):
    """A question 提问: words, or a query changed by its chips; `corrects` names the question the query mends."""

    question: Question
    conversation: Annotated[str, StringConstraints(max_length=64)] = ""
    turns: list[Question] = Field(default_factory=list, max_length=50)
    query: MetricQuery | None = None
    intent: Word = ""
    corrects: int | None = None


class SaidFigure(_Out):
    """A number in the sentence: its cell of the answer."""

    metric: str
    column: str
    value: float | int | None
    unit: str
    member: dict[str, Value]


class SaidPhrase(_Out):
    """A piece of the sentence."""

    text: str
    figure: SaidFigure | None


class SaidChip(_Out):
    """One slot of what was understood."""

    slot: str
    id: str
    label: str
    fixed: bool


class SaidOption(_Out):
    """One choice of a question back."""

    id: str
    label: str
    kind: str
    dimension: str


class SaidLimits(_Out):
    """Robust limits 稳健控制限."""

    middle: float
    low: float
    high: float
    outside: list[int]
    counted: int


class SaidCause(_Out):
    """A cause of a difference."""

    dimension: str
    dimension_label: str
    member: Value
    label: str
    value: float | None
    base: float | None
    amount: float
    beyond: float


class AskAnswer(_Out):
    """An answer to a question in words 问数答话."""

    id: int
    question: str
    behaviour: str
    intent: str
    sentence: str
    phrases: list[SaidPhrase]
    query: dict[str, Any] | None
    answer: Answer | None
    chart: str
    chips: list[SaidChip]
    notes: list[str]
    about: str
    options: list[SaidOption]
    reason: str
    hint: str
    metric: str
    limits: SaidLimits | None
    explanation: dict[str, Any] | None
    causes: list[SaidCause]
    next: list[str]


class Suggestions(_Out):
    """Questions that can be answered."""

    questions: list[str]


class Thumb(_In):
    """Whether an answer was right."""

    up: bool


class UnansweredLine(_Out):
    """A question that could not be answered, and who owns what is missing."""

    question: str
    reason: str
    times: int
    last: str
    owner: str


class SynonymLine(_Out):
    """A word proposed for a metric."""

    id: int
    word: str
    metric: str
    label: str
    question: str
    at: str
    state: str


class Verdict(_In):
    """The steward's word on a proposal."""

    accept: bool
