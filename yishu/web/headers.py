"""Guard 门卫: the first code a request meets: proxy, host, size, origin, headers, and the last to see an error."""

from __future__ import annotations

import logging
import secrets
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("yishu.web")

LARGEST_BODY = 1_000_000
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:",
        "font-src 'self' data:", "connect-src 'self'", "manifest-src 'self'", "base-uri 'none'",
        "form-action 'self'", "frame-ancestors 'none'",
    )
)  # fmt: skip
"""Scripts come from this server alone; inline styles are what antd writes."""

FIXED: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal 拒绝 before any route is reached."""

    status: int
    code: str
    message: str
    hint: str

    def body(self) -> bytes:
        """As errors are sent."""
        return orjson.dumps({"error": {"code": self.code, "message": self.message, "hint": self.hint, "where": ""}})


class Guard:
    """Wraps the whole application; `proxy` is the only peer let in where one is named, `hosts` the names answered to."""

    def __init__(
        self, app: ASGIApp, *, proxy: str | None = None, hosts: frozenset[str] | None = None, tls: bool = False
    ) -> None:
        self.app, self.proxy, self.hosts, self.tls = app, proxy, hosts, tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        request = secrets.token_hex(8)
        scope.setdefault("state", {})["request"] = request
        began, status = time.perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(MutableHeaders(scope=message), scope, request)
            await send(message)

        refusal = self._refuse(scope)
        if refusal is not None:
            await _send(answer, refusal)
        else:
            try:
                await self.app(scope, _limited(receive), answer)
            except _TooLarge:
                await _send(answer, TOO_LARGE)
            except Exception as error:
                log.error("request %s: %s at %s", request, type(error).__name__, _frames(error))
                if not status:
                    await _send(answer, _defect(request))
        route = scope.get("route")
        path = getattr(route, "path", "-")
        log.info("%s %s %s %d %.0fms", request, scope["method"], path, status, (time.perf_counter() - began) * 1000)

    def _dress(self, headers: MutableHeaders, scope: Scope, request: str) -> None:
        for name, value in FIXED.items():
            headers[name] = value
        headers["X-Request-Id"] = request
        if scope.get("scheme") == "https":
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if scope["path"].startswith("/api/"):
            headers["Cache-Control"] = "no-store"

    def _refuse(self, scope: Scope) -> Refusal | None:
        headers = Headers(scope=scope)
        if self.proxy is not None:
            peer = (scope.get("client") or ("", 0))[0]
            if peer != self.proxy:
                return Refusal(403, "proxy.other", "只接受来自反向代理的访问", "请从医院的正式地址打开")
            forwarded = headers.get("x-forwarded-for", "").split(",")[-1].strip()
            if forwarded:
                scope["client"] = (forwarded[:64], 0)
            if headers.get("x-forwarded-proto", "").strip() in ("http", "https"):
                scope["scheme"] = headers["x-forwarded-proto"].strip()
        host = headers.get("host", "")
        if self.hosts is not None and _name(host) not in self.hosts:
            return Refusal(421, "host.other", "这个地址不是本服务的地址", "用 http://127.0.0.1 打开")
        if int(headers.get("content-length", "0") or 0) > LARGEST_BODY:
            return TOO_LARGE
        if scope["method"] not in SAFE and not _same_origin(headers, host):
            return Refusal(403, "csrf.origin", "请求来自别的网站，已拒绝", "请在本系统的页面里操作")
        return None


TOO_LARGE = Refusal(413, "request.too_large", "请求内容超过 1 MB", "减少筛选条件后再试")


class _TooLarge(Exception):
    pass


def _limited(receive: Receive) -> Receive:
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > LARGEST_BODY:
            raise _TooLarge
        return message

    return counted


def _same_origin(headers: Headers, host: str) -> bool:
    """A browser says where a request comes from; programs that say nothing carry no cookie of ours by accident."""
    origin = headers.get("origin")
    if origin is not None:
        return origin != "null" and urlsplit(origin).netloc == host
    return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def _name(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].lower()


def _defect(request: str) -> Refusal:
    return Refusal(500, "defect", "程序出错，已记录", f"请把编号 {request} 告诉信息科")


def _frames(error: BaseException) -> str:
    """Where it happened, without any value: messages of engines and drivers may quote data."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)


async def _send(send: Send, refusal: Refusal) -> None:
    body = refusal.body()
    await send(
        {
            "type": "http.response.start",
            "status": refusal.status,
            "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
        }
    )
    await send({"type": "http.response.body", "body": body})
