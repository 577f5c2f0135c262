"""Audit 审计: who did what, for the auditor alone; looking is itself an entry."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from yishu.security.audit import Sought, search, verify
from yishu.web.routes.looking import ERRORS, Looking
from yishu.web.schema import AuditLine, AuditPage, AuditVerdict

router = APIRouter(prefix="/api/v1/audit", tags=["审计"])

Word = Annotated[str | None, Query(max_length=100)]


@router.get("", responses={**ERRORS})
def entries(
    looking: Looking,
    since: datetime | None = None,
    until: datetime | None = None,
    viewer: Word = None,
    action: Word = None,
    object: Word = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> AuditPage:
    """Entries 审计记录, newest first."""
    looking.need("sees_audit")
    looking.note("audit", "entries")
    found = search(looking.house.store, Sought(since, until, viewer, action, object), limit, offset)
    lines = [
        AuditLine(number=number, at=entry.at.isoformat(timespec="seconds"), viewer=entry.viewer, action=entry.action, object=entry.object, address=entry.address, request=entry.request)
        for number, entry in found.entries
    ]
    return AuditPage(total=found.total, entries=lines, viewers=list(found.viewers), actions=list(found.actions))


@router.get("/verify", responses={**ERRORS})
def whole(looking: Looking) -> AuditVerdict:
    """Whether the chain is whole 校验审计链: every entry carries the hash of the one before it."""
    looking.need("sees_audit")
    verdict = verify(looking.house.store)
    return AuditVerdict(entries=verdict.entries, broken_at=verdict.broken_at)
