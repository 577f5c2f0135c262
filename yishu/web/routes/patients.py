"""Patients 患者: search within scope, 患者360, breaking the glass with a reason, its review; every look is recorded first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from yishu import journey
from yishu.web.routes.looking import ERRORS, Looking
from yishu.web.schema_journey import Opened, PatientPage, ReasonGiven, VerdictGiven

router = APIRouter(prefix="/api/v1", tags=["患者"])

Person = Annotated[int, Path(ge=1, le=2**62)]
Asked = Annotated[str, Query(max_length=40)]
Contact = Annotated[str | None, Query(max_length=100)]


@router.get("/patients", responses={**ERRORS})
def patients(looking: Looking, q: Asked = "") -> list[journey.Found]:
    """Patients within scope 查找患者, by visit number, stay number or masked name; latest first."""
    looking.note("patient.search", "有条件" if q.strip() else "最近")
    here = looking.house.journey(looking.viewer)
    with here.reading() as connection:
        return list(journey.search(here, connection, q))


@router.get("/patients/{person}", responses={**ERRORS})
def patient(person: Person, looking: Looking, contact: Contact = None) -> PatientPage:
    """One patient's journey 患者360; refused outside one's care unless opened with a reason."""
    looking.note("patient.open", str(person))
    here = looking.house.journey(looking.viewer)
    with here.reading() as connection:
        leave = journey.admit(here, connection, person)
        head = journey.header(here, connection, leave)
        line = journey.timeline(here, connection, leave, contact)
    opening = leave.opening
    return PatientPage(head, leave.ground, opening.until if opening else None, opening.reason if opening else None, line)


@router.get("/patients/{person}/labs", responses={**ERRORS})
def labs(person: Person, looking: Looking) -> list[journey.LabSeries]:
    """Laboratory trends 检验趋势 with reference ranges."""
    looking.note("patient.labs", str(person))
    here = looking.house.journey(looking.viewer)
    with here.reading() as connection:
        return list(journey.labs(here, connection, journey.admit(here, connection, person)))


@router.get("/patients/{person}/loops", responses={**ERRORS})
def loops(person: Person, looking: Looking, contact: Contact = None) -> list[journey.Loop]:
    """Closed loops 闭环 with every node's time and the missing ones."""
    looking.note("patient.loops", str(person))
    here = looking.house.journey(looking.viewer)
    with here.reading() as connection:
        return list(journey.loops(here, connection, journey.admit(here, connection, person), contact))


@router.post("/patients/{person}/open", responses={**ERRORS})
def open_patient(person: Person, body: ReasonGiven, looking: Looking) -> Opened:
    """Break the glass 破窗: open a patient outside one's care with a reason, thirty minutes, told to the department's head."""
    looking.note("patient.break_glass", str(person))
    here = looking.house.journey(looking.viewer)
    journey.must_open(here.viewer)
    with here.reading() as connection:
        keys = journey.keys_of(here, connection, person)
        if not keys:
            raise journey.outside()
        department = journey.department_of(here, connection, keys)
    opening = journey.open_patient(here.store, here.viewer, person, department, body.reason, here.clock())
    return Opened(person, opening.until)


@router.get("/openings", responses={**ERRORS})
def openings(looking: Looking) -> list[journey.Opening]:
    """Openings to review 破窗记录, newest first: a head's own departments; quality, director and auditor all."""
    here = looking.house.journey(looking.viewer)
    return list(journey.to_review(here.store, here.viewer))


@router.post("/openings/{id}/review", responses={**ERRORS})
def review(id: Annotated[int, Path(ge=1)], body: VerdictGiven, looking: Looking) -> journey.Opening:
    """Judge an opening 审核破窗: justified or questioned."""
    looking.note("opening.review", f"{id}:{body.verdict}")
    here = looking.house.journey(looking.viewer)
    return journey.review(here.store, here.viewer, id, body.verdict, here.clock())
