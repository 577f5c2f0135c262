"""Records 来源记录: from a number's row to the source record behind it, masked; every look is recorded."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from yishu import analytics
from yishu.web.routes.looking import ERRORS, Looking
from yishu.web.schema import SourceRecord, Trace

router = APIRouter(prefix="/api/v1", tags=["追溯"])

Name = Annotated[str, Query(max_length=100)]
Key = Annotated[str, Query(max_length=400)]


@router.get("/record", responses={**ERRORS})
def record(source: Name, table: Name, key: Key, looking: Looking) -> SourceRecord:
    """One source record 来源记录 with identifiers masked."""
    looking.note("record", f"{source}.{table}")
    found = analytics.source_record(looking.house.desk(looking.viewer), looking.house.settings, source, table, key)
    return SourceRecord.model_validate(found.as_json())


@router.get("/trace", responses={**ERRORS})
def trace(table: Name, key: Key, looking: Looking) -> Trace:
    """From a hospital row 统一模型行 to its source record and the metrics it moves."""
    looking.note("trace", table)
    found = analytics.trace(looking.house.desk(looking.viewer), looking.house.settings, table, key)
    return Trace.model_validate(found.as_json())
