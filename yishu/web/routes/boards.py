"""Boards 看板: the director's cockpit and the department board."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from yishu import analytics
from yishu.web.routes.looking import ERRORS, Looking
from yishu.web.schema import Board, DepartmentBoard

router = APIRouter(prefix="/api/v1", tags=["看板"])

By = Literal["department", "ward", "doctor_group"]


@router.get("/cockpit", responses={**ERRORS})
def cockpit(looking: Looking, campus: Annotated[str | None, Query(max_length=50)] = None, by: By = "department") -> Board:
    """The director's cockpit 院长驾驶舱."""
    looking.need("sees_all")
    return Board.model_validate(analytics.cockpit(looking.house.desk(looking.viewer), campus=campus or None, by=by).as_json())


@router.get("/department", responses={**ERRORS})
def department(looking: Looking, department: Annotated[str | None, Query(max_length=50)] = None) -> DepartmentBoard:
    """The department board 科室看板; one's own department where none is named."""
    board = analytics.department(looking.house.desk(looking.viewer), department or None)
    return DepartmentBoard.model_validate(board.as_json())
