"""Identity 患者主索引: the queue of doubts, two people side by side, what a person says of them; for the information and quality departments."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Query

from yishu.identity import desk, reveal, review
from yishu.identity.person import as_json, show
from yishu.kernel.errors import InputError, NotPermitted
from yishu.web.routes.looking import ERRORS, Look, Looking
from yishu.web.schema_identity import (
    Decision,
    PersonCardOut,
    RevealAsked,
    Revealed,
    ReviewPair,
    ReviewQueue,
    ReviewTask,
    Undo,
)

router = APIRouter(prefix="/api/v1/identity", tags=["患者主索引"])

STATES = ("open", "later", "second", "done")


@router.get("/tasks", responses={**ERRORS})
def tasks(looking: Looking, state: str = "open", limit: Annotated[int, Query(ge=1, le=200)] = 50, offset: Annotated[int, Query(ge=0)] = 0) -> ReviewQueue:
    """The review queue 复核队列, the likeliest first, with measured agreement."""
    _need(looking)
    if state not in STATES:
        raise InputError("identity.no_state", f"没有这种状态：{state}", hint="可选：" + "、".join(STATES))
    looking.note("identity.queue", state)
    found, total = review.queue(looking.house.store, state, limit, offset)
    agreed = review.agreement(looking.house.store)
    return ReviewQueue.of(found, total, agreed, review.advised(agreed), desk.four_eyes(looking.house.settings.hospital))


@router.get("/tasks/{number}", responses={**ERRORS})
def pair(looking: Looking, number: int) -> ReviewPair:
    """Two records side by side 并排两人, masked, with the weight of every field."""
    _need(looking)
    looking.note("identity.pair", str(number))
    found = desk.pair(looking.house.store, looking.house.settings.home, number)
    return ReviewPair.of(found.task, as_json(found.left), as_json(found.right))


@router.post("/tasks/{number}/decision", responses={**ERRORS})
def decide(looking: Looking, number: int, body: Decision, later: BackgroundTasks) -> ReviewTask:
    """Same, different, later 判定; a merge moves every metric by person."""
    _need(looking)
    looking.note(f"identity.{body.verdict}", str(number))
    house = looking.house
    done = desk.decide(
        house.store, number, body.verdict, by=looking.viewer.name, reason=body.reason, at=_now(looking), two_people=desk.four_eyes(house.settings.hospital)
    )
    if done.event is not None and done.state == "same":
        later.add_task(house.follow)
    return ReviewTask.of(done)


@router.post("/tasks/{number}/undo", responses={**ERRORS})
def undo(looking: Looking, number: int, body: Undo, later: BackgroundTasks) -> ReviewTask:
    """Take a decision back 撤销判定 exactly."""
    _need(looking)
    looking.note("identity.undo", str(number))
    done = desk.take_back(looking.house.store, number, by=looking.viewer.name, reason=body.reason, at=_now(looking))
    later.add_task(looking.house.follow)
    return ReviewTask.of(done)


@router.get("/persons/{person}", responses={**ERRORS})
def person(looking: Looking, person: int) -> PersonCardOut:
    """One person 人员 with patients, golden record and events, masked."""
    _need(looking)
    looking.note("identity.person", str(person))
    return PersonCardOut.model_validate(as_json(show(looking.house.store, looking.house.settings.home, person)))


@router.post("/persons/{person}/reveal", responses={**ERRORS})
def opened(looking: Looking, person: int, body: RevealAsked) -> Revealed:
    """Open identifiers 查看身份信息; written down with the reason before anything is shown."""
    _need(looking)
    looking.note("identity.reveal", str(person))
    values = reveal(looking.house.store, looking.house.settings.home, looking.viewer, person, tuple(body.fields), body.reason, looking.house.clock())
    return Revealed(person=person, fields={field: list(said) for field, said in values.items()})


def _need(looking: Look) -> None:
    """The right to link, and the whole hospital in sight: queue and persons cross every department."""
    looking.need("links")
    if not looking.viewer.sees_whole("patient"):
        raise NotPermitted("right.missing", "您的角色不能使用这个功能", hint="主索引要看到全院患者；需要时请信息科调整角色")


def _now(looking: Look) -> datetime:
    return looking.house.clock().replace(microsecond=0)
