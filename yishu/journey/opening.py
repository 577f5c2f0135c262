"""Opening 破窗: a patient outside one's care is opened with a reason, for thirty minutes, for that patient only.

Every opening is written down before anything is shown, is told to the head of the department where the patient lies, and waits for review.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, DateTime, Engine, Index, Integer, String, Table, insert, select, update

from yishu.kernel.errors import InputError, NotPermitted
from yishu.kernel.store import metadata
from yishu.security import Rows, Viewer, rights

MINUTES = 30
FEWEST = 4

openings = Table(
    "journey_opening",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", DateTime, nullable=False),
    Column("until", DateTime, nullable=False),
    Column("viewer", String(100), nullable=False),
    Column("person", BigInteger, nullable=False),
    Column("department", String(64)),
    Column("reason", String(500), nullable=False),
    Column("reviewed_at", DateTime),
    Column("reviewed_by", String(100)),
    Column("verdict", String(20)),
)
Index("journey_opening_of", openings.c.viewer, openings.c.person)


@dataclass(frozen=True, slots=True)
class Opening:
    """An opening 破窗记录."""

    id: int
    at: datetime
    until: datetime
    viewer: str
    person: int
    department: str | None
    reason: str
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None
    verdict: str | None = None


def may_open(viewer: Viewer) -> bool:
    """Whether the role may open patients outside its care at all: those who treat or judge care, and the director."""
    return bool(rights(viewer) & {"reveals"}) or viewer.role == "director"


def must_open(viewer: Viewer) -> None:
    """Refuse roles that may not, before anything is looked up."""
    if not may_open(viewer):
        raise NotPermitted("patient.may_not_open", "您的角色不能打开诊疗范围以外的患者", hint="需要时请信息科调整角色")


def open_patient(store: Engine, viewer: Viewer, person: int, department: str | None, reason: str, now: datetime) -> Opening:
    """Open one patient 破窗查看. Raises where the role may not or the reason says nothing."""
    must_open(viewer)
    told = " ".join(reason.split())
    if len(told) < FEWEST:
        raise InputError("patient.reason", "请写明打开这位患者的理由", hint=f"至少 {FEWEST} 个字，如“会诊：骨科请内科会诊”", where="reason")
    row: dict[str, object] = {
        "at": now, "until": now + timedelta(minutes=MINUTES), "viewer": viewer.name, "person": person, "department": department, "reason": told[:500],
    }  # fmt: skip
    with store.begin() as connection:
        made = connection.execute(insert(openings).values(**row))
        number = int((made.inserted_primary_key or (0,))[0])
    return Opening(number, now, now + timedelta(minutes=MINUTES), viewer.name, person, department, told[:500])


def opened(store: Engine, viewer: Viewer, person: int, now: datetime) -> Opening | None:
    """The opening in force, if the viewer has one for this patient."""
    with store.connect() as connection:
        row = connection.execute(
            select(openings)
            .where(openings.c.viewer == viewer.name, openings.c.person == person, openings.c.at <= now, openings.c.until > now)
            .order_by(openings.c.until.desc())
            .limit(1)
        ).first()
    return Opening(**row._mapping) if row and may_open(viewer) else None


def in_force(store: Engine, viewer: Viewer, now: datetime) -> tuple[Opening, ...]:
    """Every opening the viewer has at this moment 生效中的破窗."""
    if not may_open(viewer):
        return ()
    wanted = select(openings).where(openings.c.viewer == viewer.name, openings.c.at <= now, openings.c.until > now)
    with store.connect() as connection:
        return tuple(Opening(**row._mapping) for row in connection.execute(wanted))


def to_review(store: Engine, viewer: Viewer, limit: int = 200) -> tuple[Opening, ...]:
    """Openings told to this viewer 待审: a head sees those of his departments, the auditor, quality and the director all; newest first."""
    wanted = select(openings).order_by(openings.c.at.desc(), openings.c.id.desc()).limit(limit)
    if not _reviews_all(viewer):
        if viewer.role != "head" or viewer.granted.rows is not Rows.DEPARTMENTS:
            raise NotPermitted("opening.not_yours", "您的角色不审核破窗记录", hint="由科主任、质控科、审计员审核")
        wanted = wanted.where(openings.c.department.in_(sorted(viewer.departments)))
    with store.connect() as connection:
        return tuple(Opening(**row._mapping) for row in connection.execute(wanted))


def review(store: Engine, viewer: Viewer, number: int, verdict: str, now: datetime) -> Opening:
    """Judge an opening 审核: justified or questioned; nobody judges his own, and a verdict once given stays."""
    if verdict not in ("justified", "questioned"):
        raise InputError("opening.verdict", f"没有结论 {verdict}", hint="justified（合理）或 questioned（存疑）", where="verdict")
    found = next((o for o in to_review(store, viewer, 100_000) if o.id == number), None)
    if found is None:
        raise InputError("opening.unknown", "没有这条破窗记录", where="id", status=404)
    if found.viewer == viewer.name:
        raise NotPermitted("opening.own", "不能审核自己的破窗记录", hint="请另一位有权的人审核")
    with store.begin() as connection:
        done = connection.execute(
            update(openings).where(openings.c.id == number, openings.c.verdict.is_(None)).values(reviewed_at=now, reviewed_by=viewer.name, verdict=verdict)
        )
    if done.rowcount != 1:
        raise InputError("opening.judged", "这条破窗记录已审核", hint="结论不能改", where="id", status=400)
    return next(o for o in to_review(store, viewer, 100_000) if o.id == number)


def _reviews_all(viewer: Viewer) -> bool:
    return viewer.role in ("director", "quality") or "sees_audit" in rights(viewer)
