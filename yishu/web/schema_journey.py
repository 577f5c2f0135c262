"""Shapes of journeys 全流程接口形状: what is asked; what is answered are the frozen values of `yishu.journey` and the few below."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from yishu import journey

Word = Annotated[str, StringConstraints(max_length=200)]
Words = Annotated[list[Word], Field(max_length=200)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CohortAsked(_In):
    """A cohort 人群."""

    unit: Literal["stay", "visit"] = "stay"
    departments: Words = []
    diagnosis: Word | None = None
    gender: Word | None = None
    age_min: int | None = None
    age_max: int | None = None
    start: date | None = None
    end: date | None = None
    passed: Words = []
    without: Words = []
    only: Words = []
    visit_class: Word | None = None

    def parsed(self) -> journey.Cohort:
        """The cohort, checked."""
        return journey.Cohort.parse(self.model_dump())


class ProcessAsked(_In):
    """A process map, and one to compare it with."""

    cohort: CohortAsked = CohortAsked()
    against: CohortAsked | None = None


class EdgeAsked(_In):
    """What stands behind an edge."""

    cohort: CohortAsked = CohortAsked()
    before: Word
    after: Word
    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 50


class ReplayAsked(_In):
    """Cases to play back."""

    cohort: CohortAsked = CohortAsked()


class EdgeKept(_In):
    """An edge to keep as a metric."""

    unit: Literal["stay", "visit"] = "stay"
    before: Word
    after: Word
    days: Annotated[int, Field(ge=0, le=366)] = 1
    label: Word = ""


class ConformAsked(_In):
    """A pathway, its cohort narrowed."""

    pathway: Word
    departments: Words = []
    start: date | None = None
    end: date | None = None


class ReasonGiven(_In):
    """Why a patient outside one's care is opened."""

    reason: Annotated[str, StringConstraints(max_length=500)]


class VerdictGiven(_In):
    """What a reviewer says of an opening."""

    verdict: Literal["justified", "questioned"]


@dataclass(frozen=True, slots=True)
class ProcessAnswer:
    """One map or two."""

    drawn: journey.Drawn
    against: journey.Drawn | None


@dataclass(frozen=True, slots=True)
class MetricKept:
    """A metric that was saved; `new` is false where the same edge and span was saved before."""

    id: str
    label: str
    file: str
    new: bool


@dataclass(frozen=True, slots=True)
class PathwayLine:
    """A pathway by name."""

    id: str
    label: str
    unit: str
    rules: int


@dataclass(frozen=True, slots=True)
class PatientPage:
    """One patient's page 患者360."""

    header: journey.Header
    ground: Literal["care", "opened"]
    until: datetime | None
    reason: str | None
    timeline: journey.Timeline


@dataclass(frozen=True, slots=True)
class Opened:
    """An opening in force."""

    person: int
    until: datetime
