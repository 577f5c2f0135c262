"""Process map 流程图: drawn from the events the viewer may see; every edge leads to its source rows."""

from __future__ import annotations

from fastapi import APIRouter

from yishu import journey
from yishu.journey.store import EdgeRows
from yishu.kernel.errors import InputError
from yishu.web.routes.looking import ERRORS, Looking
from yishu.web.schema_journey import (
    ConformAsked,
    EdgeAsked,
    EdgeKept,
    MetricKept,
    PathwayLine,
    ProcessAnswer,
    ProcessAsked,
    ReplayAsked,
)

router = APIRouter(prefix="/api/v1", tags=["流程"])


@router.post("/process", responses={**ERRORS})
def process(body: ProcessAsked, looking: Looking) -> ProcessAnswer:
    """The process map of a cohort 流程图, and of a second one to compare."""
    here = looking.house.journey(looking.viewer)
    drawn = journey.draw(here, body.cohort.parsed())
    return ProcessAnswer(drawn, journey.draw(here, body.against.parsed()) if body.against else None)


@router.post("/process/edge", responses={**ERRORS})
def edge(body: EdgeAsked, looking: Looking) -> EdgeRows:
    """Who walked an edge 边的凭据: cases with both source rows, longest wait first."""
    looking.note("process.edge", f"{body.before}→{body.after}")
    return journey.walks(looking.house.journey(looking.viewer), body.cohort.parsed(), body.before, body.after, body.offset, body.limit)


@router.post("/process/replay", responses={**ERRORS})
def replay(body: ReplayAsked, looking: Looking) -> journey.Replay:
    """Cases to play back 回放 along the map: steps and minutes, without whose they are."""
    return journey.replay(looking.house.journey(looking.viewer), body.cohort.parsed())


@router.post("/process/metric", responses={**ERRORS})
def keep(body: EdgeKept, looking: Looking) -> MetricKept:
    """An edge saved as a metric 存为指标: its definition is written into the hospital folder and stands in the metric centre at once."""
    looking.need("sees_sql")
    made = journey.edge_metric(body.unit, body.before, body.after, body.days, body.label)
    looking.note("process.metric", made.id)
    return MetricKept(made.id, made.label, f"metrics/{made.id}.yaml", looking.house.publish(made.id, journey.definition(made, looking.viewer.display)))


@router.get("/process/pathways", responses={**ERRORS})
def pathways(looking: Looking) -> list[PathwayLine]:
    """The hospital's pathways 路径."""
    return [PathwayLine(p.id, p.label, p.cohort.unit, len(p.rules)) for p in journey.pathways(looking.house.settings.hospital)]


@router.post("/process/conform", responses={**ERRORS})
def conform(body: ConformAsked, looking: Looking) -> journey.Kept:
    """How a pathway is kept 路径符合情况, rule by rule, with the cases that broke it."""
    known = {p.id: p for p in journey.pathways(looking.house.settings.hospital)}
    if body.pathway not in known:
        raise InputError("pathway.unknown", "没有这条路径", hint="可用：" + "、".join(known), where="pathway", status=404)
    looking.note("process.conform", body.pathway)
    narrowed = {"departments": body.departments, "start": body.start, "end": body.end}
    return journey.check(looking.house.journey(looking.viewer), known[body.pathway], narrowed)
