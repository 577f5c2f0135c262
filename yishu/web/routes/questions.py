"""Questions 指标: the one question language over HTTP, the metric list and cards, value lists."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Response

from yishu import metrics
from yishu.web.routes.looking import ERRORS, Looking
from yishu.web.schema import (
    Answer,
    Bridge,
    DimensionValues,
    Evidence,
    ExplainRequest,
    Explanation,
    MetricCard,
    MetricLine,
    MetricQuery,
    ReconcileRequest,
    RowsRequest,
)

router = APIRouter(prefix="/api/v1", tags=["指标"])


@router.post("/query", response_model=Answer, responses={**ERRORS})
def query(body: MetricQuery, looking: Looking) -> Response:
    """Ask a MetricQuery 指标查询 (design §5.2)."""
    asked = metrics.MetricQuery.parse(body.model_dump(exclude_unset=True))
    return as_json(looking.house.measure(looking.viewer, asked).as_json())


@router.post("/rows", response_model=Evidence, responses={**ERRORS})
def rows(body: RowsRequest, looking: Looking) -> Response:
    """The rows behind one cell 凭据."""
    asked = metrics.RowsRequest.parse(body.model_dump(exclude_unset=True))
    looking.note("rows", ",".join(asked.query.metrics))
    return as_json(looking.house.rows(looking.viewer, asked).as_json())


@router.post("/explain", response_model=Explanation, responses={**ERRORS})
def explain(body: ExplainRequest, looking: Looking) -> Response:
    """Why a number differs 为什么变了: contributions of members, exact."""
    asked = metrics.parse_request(body.model_dump(exclude_unset=True))
    return as_json(looking.house.explain(looking.viewer, *asked).as_json())


@router.post("/reconcile", response_model=Bridge, responses={**ERRORS})
def reconcile(body: ReconcileRequest, looking: Looking) -> Response:
    """Two disputed numbers 对数: a bridge of named steps that sums to the gap."""
    sides = metrics.parse_sides(body.model_dump(exclude_unset=True))
    return as_json(looking.house.reconcile(looking.viewer, sides).as_json())


@router.get("/metrics", responses={**ERRORS})
def listing(looking: Looking) -> list[MetricLine]:
    """All metrics 指标目录."""
    return [MetricLine.model_validate(line) for line in metrics.listing(looking.house.centre)]


@router.get("/metrics/{id}", responses={**ERRORS})
def card(id: str, looking: Looking) -> MetricCard:
    """A metric's card 指标卡; the SQL only for those allowed."""
    return MetricCard.model_validate(metrics.card(looking.house.centre, id, looking.viewer))


@router.get("/dimensions/{id}/values", responses={**ERRORS})
def values(id: str, looking: Looking, q: Annotated[str, Query(max_length=100)] = "") -> DimensionValues:
    """Members of a dimension 维度成员 the viewer may see, by part of the name or pinyin."""
    return DimensionValues.model_validate(looking.house.values(looking.viewer, id, q).as_json())


def as_json(body: object) -> Response:
    """JSON made by orjson: answers may be long."""
    return Response(orjson.dumps(body, default=str), media_type="application/json")
