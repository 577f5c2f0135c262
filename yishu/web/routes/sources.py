"""Sources 数据来源: last loads, unmapped codes, defects by department, and the list to send to it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from yishu import analytics
from yishu.web.routes.exports import xlsx
from yishu.web.routes.looking import ERRORS, SOURCE_RIGHTS, Looking
from yishu.web.schema import DefectLine, SourceLine, Unmapped

router = APIRouter(prefix="/api/v1/sources", tags=["数据来源"])

Department = Annotated[str | None, Query(max_length=50)]


@router.get("", responses={**ERRORS})
def sources(looking: Looking) -> list[SourceLine]:
    """Sources 数据来源 with their last load."""
    looking.need(*SOURCE_RIGHTS)
    lines = analytics.source_lines(looking.house.desk(looking.viewer), looking.house.settings)
    return [SourceLine.model_validate(line.as_json()) for line in lines]


@router.get("/unmapped", responses={**ERRORS})
def unmapped(looking: Looking) -> list[Unmapped]:
    """Codes nobody has mapped 未对照编码, most used first."""
    looking.need(*SOURCE_RIGHTS)
    return [Unmapped.model_validate(line.as_json()) for line in analytics.unmapped(looking.house.desk(looking.viewer))]


@router.get("/defects", responses={**ERRORS})
def defects(
    looking: Looking,
    department: Department = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> list[DefectLine]:
    """Defects 数据问题 found, by the department that keeps the source."""
    looking.need(*SOURCE_RIGHTS)
    found = analytics.defects(looking.house.desk(looking.viewer), looking.house.settings, department, limit, offset)
    return [DefectLine.model_validate(line.as_json()) for line in found]


@router.get("/defects.xlsx", responses={**ERRORS}, response_class=Response)
def defects_list(looking: Looking, department: Department = None) -> Response:
    """The list 数据问题清单 to send to the department concerned."""
    looking.need(*SOURCE_RIGHTS)
    looking.note("export", "defects")
    desk = looking.house.desk(looking.viewer)
    found = analytics.defects(desk, looking.house.settings, department, 50_000, 0)
    return xlsx(analytics.defects_workbook(desk, found, department), f"数据问题清单{'-' + department if department else ''}")
