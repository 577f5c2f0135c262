"""Exports 导出: what is on the screen, with 截至, 口径 and, in the demo, 模拟数据."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Response

from yishu import analytics, metrics
from yishu.web.routes.looking import ERRORS, Looking
from yishu.web.schema import ExportRequest, RowsRequest

router = APIRouter(prefix="/api/v1", tags=["导出"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 50_000


@router.post("/export", responses={**ERRORS}, response_class=Response)
def export(body: ExportRequest, looking: Looking) -> Response:
    """An answer as Excel 导出答案."""
    asked = metrics.MetricQuery.parse(body.query.model_dump(exclude_unset=True))
    looking.note("export", ",".join(asked.metrics))
    answer = looking.house.measure(looking.viewer, asked)
    desk = looking.house.desk(looking.viewer)
    return xlsx(analytics.answer_workbook(desk, answer.as_json(), asked), body.title or "指标")


@router.post("/rows/export", responses={**ERRORS}, response_class=Response)
def export_rows(body: RowsRequest, looking: Looking) -> Response:
    """The rows behind a cell as Excel 导出凭据, all pages up to a limit."""
    given = body.model_dump(exclude_unset=True) | {"offset": 0, "limit": 1000}
    first = metrics.RowsRequest.parse(given)
    looking.note("export", "rows:" + ",".join(first.query.metrics))
    evidence = looking.house.rows(looking.viewer, first)
    listed = list(evidence.rows)
    while len(listed) < min(evidence.total, MOST_ROWS):
        page = looking.house.rows(looking.viewer, metrics.RowsRequest.parse(given | {"offset": len(listed)})).rows
        if not page:
            break
        listed += page
    desk = looking.house.desk(looking.viewer)
    return xlsx(analytics.rows_workbook(desk, evidence.as_json() | {"rows": listed}, first), "明细")


def xlsx(body: bytes, name: str) -> Response:
    """A workbook to be kept under a Chinese name (RFC 5987)."""
    told = f"attachment; filename=\"yishu.xlsx\"; filename*=UTF-8''{quote(name + '.xlsx')}"
    return Response(body, media_type=XLSX, headers={"Content-Disposition": told})
