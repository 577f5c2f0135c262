"""Entrance 登录: log in and out, who am I, the demo's role switch."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from yishu.kernel.errors import InputError, NotPermitted
from yishu.security import Viewer
from yishu.security.login import LoginFailed
from yishu.web.house import House
from yishu.web.routes.looking import COOKIE, ERRORS, PUBLIC, AtHouse, Look, Looking, address_of, screens
from yishu.web.schema import Account, Done, Health, LoginAnswer, LoginRequest, Me, Person, SwitchRequest

router = APIRouter(prefix="/api/v1", tags=["登录"])


@router.post("/login", responses={**PUBLIC, 401: ERRORS[401], 429: ERRORS[401]})
def login(body: LoginRequest, request: Request, response: Response, house: AtHouse) -> LoginAnswer:
    """Log in 登录."""
    address = address_of(request)
    try:
        house.accounts.check(body.name, body.password, address)
        if body.name not in house.people:
            raise LoginFailed("login.failed", "账号或密码不对", hint="找信息科核对账号")
    except NotPermitted as refused:
        known = body.name if body.name in house.people else "未知账号"
        house.note(known, "login_refused", refused.code, address, request.state.request)
        raise
    return _enter(house, house.people[body.name], request, response)


@router.get("/login/link/{token}", responses={**PUBLIC, 401: ERRORS[401]}, response_class=RedirectResponse, status_code=303)
def login_by_link(token: str, request: Request, house: AtHouse) -> RedirectResponse:
    """Log in by a one-time link 一次性登录链接, as the terminal prints it."""
    name = house.accounts.take_link(token[:200])
    response = RedirectResponse("/", status_code=303)
    _enter(house, house.viewer(name), request, response)
    return response


@router.post("/logout", responses={**ERRORS})
def logout(looking: Looking, response: Response, everywhere: bool = False) -> Done:
    """Log out 退出; with `everywhere` every session of the account ends."""
    if everywhere:
        looking.house.sessions.end_all(looking.viewer.name)
    looking.house.sessions.end(looking.token)
    looking.note("logout", "everywhere" if everywhere else "here")
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    return Done()


@router.get("/me", responses={**ERRORS})
def me(looking: Looking) -> Me:
    """Who is looking 当前用户."""
    house, viewer = looking.house, looking.viewer
    return Me(
        name=viewer.name,
        display=viewer.display,
        role=viewer.role,
        department=_department(looking),
        hospital=house.profile.name,
        demo=house.profile.demo,
        now=house.clock().replace(microsecond=0).isoformat(),
        can=screens(viewer),
        accounts=_accounts(house),
    )


@router.post("/demo/switch", responses={**ERRORS})
def switch(body: SwitchRequest, request: Request, response: Response, house: AtHouse) -> LoginAnswer:
    """Become another demo account 切换演示角色; only under `yishu demo`."""
    if not house.demo:
        raise NotPermitted("demo.only", "只有演示环境可以切换角色", hint="请用自己的账号登录", status=404)
    if body.name not in house.people:
        raise InputError("viewer.unknown", "没有这个演示账号", hint="可用：" + "、".join(house.people), where="name")
    token = request.cookies.get(COOKIE)
    if token:
        house.sessions.end(token)
    return _enter(house, house.people[body.name], request, response)


@router.get("/health", responses={**PUBLIC})
def health(house: AtHouse) -> Health:
    """Whether the server answers 运行状态; open to all, says nothing of patients."""
    return Health(
        status="ok" if house.version else "empty",
        hospital=house.profile.name,
        demo=house.profile.demo,
        accounts=_accounts(house),
    )


def _enter(house: House, viewer: Viewer, request: Request, response: Response) -> LoginAnswer:
    address = address_of(request)
    token = house.sessions.begin(viewer.name, address, demo=house.demo)
    house.note(viewer.name, "login", "demo" if house.demo else "password", address, request.state.request)
    response.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="strict")
    return LoginAnswer(viewer=Person(name=viewer.name, display=viewer.display, role=viewer.role))


def _accounts(house: House) -> list[Account]:
    if not house.demo:
        return []
    return [Account(name=p.name, display=p.display, role=p.role) for p in house.people.values()]


def _department(looking: Look) -> str | None:
    names = [d.name for d in looking.house.profile.departments if d.id in looking.viewer.departments]
    return "、".join(names) or None
