"""Looking 当前查看者: who sends this request, found by the session cookie; every route that reads begins with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from yishu.kernel.errors import NotPermitted
from yishu.security import Viewer, rights
from yishu.security.policy import Rows
from yishu.web.house import House
from yishu.web.schema import Failure

COOKIE = "__Host-yishu"
"""Secure, this host only, whole site. Browsers keep it on https and on http://127.0.0.1 and localhost alike."""

PUBLIC: Mapping[int | str, dict[str, Any]] = {400: {"model": Failure}, 500: {"model": Failure}}
ERRORS: Mapping[int | str, dict[str, Any]] = {
    **PUBLIC,
    401: {"model": Failure},
    403: {"model": Failure},
    404: {"model": Failure},
    502: {"model": Failure},
    503: {"model": Failure},
}


class NotLoggedIn(NotPermitted):
    """No live session 未登录."""

    status = 401


@dataclass(frozen=True, slots=True)
class Look:
    """One look 一次查看: the open hospital, the viewer, where the request comes from."""

    house: House
    viewer: Viewer
    address: str
    request: str
    token: str

    def note(self, action: str, what: str) -> None:
        """Write to the audit trail before anything is shown."""
        self.house.note(self.viewer.name, action, what, self.address, self.request)

    def need(self, *any_of: str) -> None:
        """Refuse unless the viewer has one of these rights."""
        if not rights(self.viewer) & set(any_of):
            raise NotPermitted("right.missing", "您的角色不能使用这个功能", hint="需要时请信息科调整角色")


def house_of(request: Request) -> House:
    """The open hospital of this server."""
    house: House = request.app.state.house
    return house


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host[:64] if request.client else ""


def look(request: Request) -> Look:
    """The viewer of this request, or 401."""
    house = house_of(request)
    token = request.cookies.get(COOKIE, "")
    session = house.sessions.find(token) if token else None
    if session is None or session.account not in house.people or (session.demo and not house.demo):
        raise NotLoggedIn("login.needed", "请先登录", hint="登录后会回到这一页")
    viewer = house.people[session.account]
    return Look(house, viewer, address_of(request), request.state.request, token)


Looking = Annotated[Look, Depends(look)]
AtHouse = Annotated[House, Depends(house_of)]


def screens(viewer: Viewer) -> list[str]:
    """The screens 页面 and rights of a viewer, as the menu reads them."""
    held = rights(viewer)
    rows = viewer.granted.rows
    shown = ["metrics"]
    if rows is Rows.ALL:
        shown += ["ask", "cockpit", "department"]
    elif rows is Rows.DEPARTMENTS and viewer.departments:
        shown += ["ask", "department"]
    if rows is not Rows.NONE and (rows is Rows.ALL or viewer.departments):
        shown += ["patients", "process"]
    if viewer.role in ("head", "director", "quality") or "sees_audit" in held:
        shown.append("openings")
    if held & SOURCE_RIGHTS:
        shown += ["sources", "monitor"]
    if "sees_audit" in held:
        shown.append("audit")
    if "links" in held:
        shown.append("identity")
    return sorted({*shown, *held})


SOURCE_RIGHTS = frozenset({"sees_sources", "sees_sql"})
