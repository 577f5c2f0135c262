"""Ask 问数: a question in words, its answer; suggestions, thumbs, and what is learnt from them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from yishu import metrics
from yishu.ask import learn
from yishu.kernel.errors import NotPermitted
from yishu.security import Rows
from yishu.web.asked import AskAnswer, AskRequest, Suggestions, SynonymLine, Thumb, UnansweredLine, Verdict
from yishu.web.routes.looking import ERRORS, Look, Looking
from yishu.web.routes.questions import as_json
from yishu.web.schema import Done
from yishu.web.talk import Asking, talk_room

router = APIRouter(prefix="/api/v1/ask", tags=["问数"])
STEWARDS = "sees_sql"


@router.post("", response_model=AskAnswer, responses={**ERRORS})
def ask(body: AskRequest, looking: Looking) -> Response:
    """Ask in words 提问, or ask again with the query changed."""
    _may_ask(looking)
    query = metrics.MetricQuery.parse(body.query.model_dump(exclude_unset=True)) if body.query else None
    asking = Asking(body.question, body.conversation, tuple(body.turns[-20:]), query, body.intent, body.corrects)
    return as_json(talk_room(looking.house).ask(looking.viewer, asking))


@router.get("/suggest", responses={**ERRORS})
def suggest(looking: Looking, q: Annotated[str, Query(max_length=200)] = "") -> Suggestions:
    """Questions that can be answered 联想, by text or pinyin initials."""
    _may_ask(looking)
    return Suggestions(questions=list(talk_room(looking.house).suggest(looking.viewer, q)))


@router.post("/{id}/mark", responses={**ERRORS})
def mark(id: int, body: Thumb, looking: Looking) -> Done:
    """Whether the answer was right 赞或踩."""
    learn.mark(looking.house.store, id, looking.viewer.name, body.up)
    return Done()


@router.get("/unanswered", responses={**ERRORS})
def unanswered(looking: Looking, days: Annotated[int, Query(ge=1, le=366)] = 7) -> list[UnansweredLine]:
    """What could not be answered 没答上的, for the owners of metrics."""
    looking.need(STEWARDS)
    return [UnansweredLine.model_validate(one) for one in talk_room(looking.house).unanswered(days)]


@router.get("/proposals", responses={**ERRORS})
def proposals(looking: Looking) -> list[SynonymLine]:
    """Synonyms waiting for the steward 候选同义词."""
    looking.need(STEWARDS)
    return [SynonymLine.model_validate(one) for one in talk_room(looking.house).proposals()]


@router.post("/proposals/{id}", responses={**ERRORS})
def decide(id: int, body: Verdict, looking: Looking) -> SynonymLine:
    """Accept or turn down a synonym 裁定; an accepted one can be asked for at once."""
    looking.need(STEWARDS)
    looking.note("synonym", f"{id}:{'accept' if body.accept else 'reject'}")
    return SynonymLine.model_validate(talk_room(looking.house).decide(looking.viewer, id, body.accept))


def _may_ask(looking: Look) -> None:
    if looking.viewer.granted.rows is Rows.NONE and not looking.viewer.system:
        raise NotPermitted("viewer.no_rows", "您的账户没有查看医院数据的权限，不能问数", hint="院领导、质控、财务或本科室人员可以问", where="viewer")
