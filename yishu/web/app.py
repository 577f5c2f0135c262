"""Application 应用: the HTTP front door of one open hospital."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from yishu.web.errors import answer_errors
from yishu.web.headers import Guard
from yishu.web.house import House
from yishu.web.portal import portal_routes
from yishu.web.routes import (
    ask,
    audit,
    boards,
    entrance,
    exports,
    identity,
    monitor,
    patients,
    process,
    questions,
    records,
    sources,
)

ROUTERS = (
    entrance.router,
    questions.router,
    ask.router,
    boards.router,
    records.router,
    sources.router,
    monitor.router,
    exports.router,
    audit.router,
    identity.router,
    patients.router,
    process.router,
)


def app(house: House | None, *, proxy: str | None = None, hosts: frozenset[str] | None = None) -> FastAPI:
    """The application of an open hospital; without one only its description can be made."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        yield
        if house is not None:
            house.close()

    made = FastAPI(title="Yishu 医枢", version="1", docs_url=None, redoc_url=None, openapi_url=None, lifespan=life)
    made.state.house = house
    for router in ROUTERS:
        made.include_router(router)
    portal_routes(made)
    answer_errors(made)
    made.add_middleware(GZipMiddleware, minimum_size=1000)
    made.add_middleware(Guard, proxy=proxy, hosts=hosts)
    return made
