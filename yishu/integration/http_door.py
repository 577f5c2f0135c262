"""HTTP door 网页入口: POST of HL7 v2, XML or JSON, and SOAP with its WSDL, as a small ASGI application of the gateway.

`POST /in/<channel>` takes a message, `POST /soap/<channel>` a SOAP call, `GET /soap/<channel>?wsdl` gives the contract. A sender hears
200 after the commit, 400 for what cannot be read (kept in quarantine), 401 for a wrong token, 413, 408, 503 as HTTP means them.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from yishu.integration.adapters import soap
from yishu.integration.adapters.hl7v2.ack import Outcome
from yishu.integration.adapters.xml import BadXML, parse
from yishu.integration.channels import ChannelSpec
from yishu.integration.door import Channel, Door
from yishu.integration.inbox import Inbox, Letter
from yishu.kernel.clock import Clock
from yishu.kernel.errors import SourceError

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
MOST = 16 * 1024 * 1024
SECONDS = 30.0
ANSWERS = {Outcome.ACCEPTED: "AA", Outcome.ERROR: "AE", Outcome.REJECTED: "AR"}


class TooLong(Exception):
    """More bytes than a message may have."""


class HttpDoor:
    """The application 应用: channels of kind http and soap by name."""

    def __init__(self, channels: Mapping[str, ChannelSpec], inbox: Inbox, clock: Clock, tokens: Mapping[str, str], seconds: float = SECONDS) -> None:
        self._channels, self._inbox, self._tokens, self._seconds = channels, inbox, tokens, seconds
        self._doors = {name: Door(Channel.of(spec), inbox, clock) for name, spec in channels.items()}

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        status, kind, body = await self._answer(scope, receive)
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: MutableMapping[str, Any], receive: Receive) -> tuple[int, str, bytes]:
        parts = str(scope["path"]).strip("/").split("/")
        spec = self._channels.get(parts[1]) if len(parts) == 2 and parts[0] in ("in", "soap") else None
        if spec is None:
            return _said(404, "没有这个入口")
        if parts[0] == "soap" and scope["method"] == "GET":
            host = dict(scope["headers"]).get(b"host", b"127.0.0.1").decode("latin-1")
            return 200, "text/xml; charset=utf-8", soap.wsdl(spec.soap, f"http://{host}/soap/{spec.name}")
        if scope["method"] != "POST":
            return _said(405, "用 POST 发送消息")
        wanted = self._tokens.get(spec.name)
        told = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ")
        if wanted is not None and not hmac.compare_digest(told.encode(), wanted.encode()):
            return _said(401, "口令不对")
        try:
            async with asyncio.timeout(self._seconds):
                raw = await _body(receive)
        except TooLong:
            return _said(413, f"超过 {MOST // 1024 // 1024} MB")
        except TimeoutError:
            return _said(408, "发送太慢")
        except ConnectionError:
            return _said(400, "没有发完")
        return await (self._soap(spec, raw) if parts[0] == "soap" else self._plain(spec, raw))

    async def _plain(self, spec: ChannelSpec, raw: bytes) -> tuple[int, str, bytes]:
        outcome, reply = await self.take(spec, raw)
        kind = "application/hl7-v2; charset=utf-8" if spec.format == "hl7v2" else "application/json; charset=utf-8"
        return {Outcome.ACCEPTED: 200, Outcome.REJECTED: 400, Outcome.ERROR: 503}[outcome], kind, reply

    async def _soap(self, spec: ChannelSpec, raw: bytes) -> tuple[int, str, bytes]:
        try:
            call = soap.read(raw, spec.soap)
        except BadXML as error:
            return 500, "text/xml; charset=utf-8", soap.fault(soap.V11, "Client", f"{error.message}；{error.hint}")
        outcome, reply = await self.take(spec, call.argument.replace("\r\n", "\r").replace("\n", "\r").encode() if spec.format == "hl7v2" else call.argument.encode())
        if outcome is Outcome.ERROR:
            return 500, call.content_type, soap.fault(call.version, "Server", "收件箱写入失败，请稍后重发")
        return 200, call.content_type, soap.answer(call, spec.soap, reply.decode("utf-8", "replace"))

    async def take(self, spec: ChannelSpec, raw: bytes) -> tuple[Outcome, bytes]:
        """Hand a message of the channel's format to the inbox; outcome and answer after the commit."""
        if spec.format == "hl7v2":
            door = self._doors[spec.name]
            try:
                taking = door.take(raw)
                await asyncio.wrap_future(taking.stamp)
                outcome, text, message = taking.outcome, taking.text, taking.message
            except SourceError as error:
                outcome, text, message = Outcome.ERROR, error.message, None
            return outcome, (door.reply(message, outcome, text) or b"").decode("utf-8", "replace").encode()
        letter, reason = document_letter(spec, raw)
        try:
            stamp = await asyncio.wrap_future(self._inbox.put(letter))
            outcome = Outcome.REJECTED if reason else Outcome.ACCEPTED
            said: dict[str, object] = {"code": ANSWERS[outcome], "id": f"M{stamp.id}", "text": reason}
        except SourceError as error:
            outcome, said = Outcome.ERROR, {"code": "AE", "text": error.message}
        return outcome, json.dumps(said, ensure_ascii=False).encode()


def document_letter(spec: ChannelSpec, raw: bytes) -> tuple[Letter, str]:
    """An XML or JSON document as a letter; the reason where it cannot be read. Its own hash is its number."""
    number = hashlib.sha256(raw).hexdigest()[:24]
    reason = ""
    try:
        if spec.format == "xml":
            parse(raw)
        else:
            json.loads(raw)
    except BadXML as error:
        reason = error.message
    except (ValueError, RecursionError):
        reason = "不是合法的 JSON"
    return Letter(spec.name, number, "", spec.format.upper(), raw, quarantine=reason), reason


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise ConnectionError
        size += len(event.get("body", b""))
        if size > MOST:
            raise TooLong
        parts.append(event.get("body", b""))
        if not event.get("more_body"):
            return b"".join(parts)


def _said(status: int, text: str) -> tuple[int, str, bytes]:
    return status, "application/json; charset=utf-8", json.dumps({"code": "AR" if status < 500 else "AE", "text": text}, ensure_ascii=False).encode()
