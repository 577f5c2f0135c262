"""Records 来源记录: from a number's row to the source record behind it, masked; every look is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query

from yishu import analytics, journey
from yishu.kernel.errors import InputError
from yishu.security import Viewer
from yishu.web.routes.looking import ERRORS, Look, Looking
from yishu.web.schema import SourceRecord, Trace

router = APIRouter(prefix="/api/v1", tags=["追溯"])

T = TypeVar("T")
Name = Annotated[str, Query(max_length=100)]
Key = Annotated[str, Query(max_length=400)]


def _as_opened(looking: Look, what: str, find: Callable[[Viewer], T]) -> T:
    """As the viewer sees it; where he does not, as one who has broken the glass for its patient, and that is recorded first."""
    try:
        return find(looking.viewer)
    except InputError as refused:
        if refused.code != "record.unknown":
            raise
        here = looking.house.journey(looking.viewer)
        with here.reading() as connection:
            wider, persons = journey.seeing_opened(here, connection)
        if not persons:
            raise
        looking.note("record.opened", f"{what} {'、'.join(str(p) for p in persons)}")
        return find(wider)


@router.get("/record", responses={**ERRORS})
def record(source: Name, table: Name, key: Key, looking: Looking) -> SourceRecord:
    """One source record 来源记录 with identifiers masked; of a patient opened with a reason too, while the opening lasts."""
    looking.note("record", f"{source}.{table}")
    house = looking.house
    found = _as_opened(looking, f"{source}.{table}", lambda viewer: analytics.source_record(house.desk(viewer), house.settings, source, table, key))
    return SourceRecord.model_validate(found.as_json())


@router.get("/trace", responses={**ERRORS})
def trace(table: Name, key: Key, looking: Looking) -> Trace:
    """From a hospital row 统一模型行 to its source record and the metrics it moves."""
    looking.note("trace", table)
    house = looking.house
    found = _as_opened(looking, table, lambda viewer: analytics.trace(house.desk(viewer), house.settings, table, key))
    return Trace.model_validate(found.as_json())
