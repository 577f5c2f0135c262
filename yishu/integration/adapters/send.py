"""Senders 发送: one message to one destination over MLLP, HTTP, SOAP or into a folder; the answer's class is told, never raised.

MLLP answers are matched by MSA-2 (HL7 v2.5.1 §2.9.2), never by their order; an answer to nothing we wait for is passed over.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from yishu.integration.adapters import soap
from yishu.integration.adapters.fhir import bundle
from yishu.integration.adapters.hl7v2 import HL7Error, Message
from yishu.integration.adapters.mllp import END, START
from yishu.integration.adapters.xml import BadXML
from yishu.integration.destination import Destination, Fate

if TYPE_CHECKING:
    import httpx  # loaded where a destination of the web is opened: a start without one does not pay for it

FATES = {"A": Fate.DELIVERED, "E": Fate.TROUBLE, "R": Fate.REFUSED}


@dataclass(frozen=True, slots=True)
class Said:
    """What the other side said 对方应答."""

    fate: Fate
    text: str


class Sender(Protocol):
    """A way to one destination."""

    async def send(self, raw: bytes, control_id: str, file: str) -> Said:
        """Send one message; what became of it."""
        ...

    async def close(self) -> None:
        """Let go."""
        ...


def sender(destination: Destination, token: str | None, folder: Path) -> Sender:
    """The sender of a destination; `folder` is where a folder's files go."""
    if destination.kind == "mllp":
        return MllpSender(destination)
    if destination.kind == "folder":
        return FolderSender(folder)
    return WebSender(destination, token)


class MllpSender:
    """One connection 连接; many may wait for their answers at once, each under its MSH-10."""

    def __init__(self, destination: Destination) -> None:
        self._to = destination
        self._waiting: dict[str, asyncio.Future[Said]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()

    async def send(self, raw: bytes, control_id: str, file: str) -> Said:
        """Send one frame and wait for the answer that names its number."""
        del file
        if control_id in self._waiting:
            return Said(Fate.TROUBLE, f"消息号 {control_id} 还在等应答")
        answer: asyncio.Future[Said] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._to.seconds):
                writer = await self._open()
                self._waiting[control_id] = answer
                writer.write(START + raw + END)
                await writer.drain()
                return await answer
        except TimeoutError:
            return Said(Fate.AWAY, f"{self._to.seconds:g} 秒没有应答")
        except OSError as error:
            await self.close()
            return Said(Fate.AWAY, f"连不上：{type(error).__name__}")
        finally:
            self._waiting.pop(control_id, None)

    async def _open(self) -> asyncio.StreamWriter:
        async with self._opening:
            if self._writer is None or self._writer.is_closing() or self._hearing is None or self._hearing.done():
                host, _, port = self._to.address.rpartition(":")
                reader, self._writer = await asyncio.open_connection(host, int(port), limit=1 << 20)
                self._hearing = asyncio.create_task(self._hear(reader))
            return self._writer

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while True:
                frame = await reader.readuntil(END)
                try:
                    message = Message.read(frame[: -len(END)].lstrip(START))
                except HL7Error:
                    continue
                answer = self._waiting.get(message.get("MSA-2"))
                fate = FATES.get(message.get("MSA-1")[1:2])
                if answer is not None and not answer.done() and fate is not None:
                    answer.set_result(Said(fate, f"{message.get('MSA-1')} {message.get('MSA-3')}".strip()))
        for answer in list(self._waiting.values()):
            if not answer.done():
                answer.set_result(Said(Fate.AWAY, "对方断开了连接"))

    async def close(self) -> None:
        """End the connection."""
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.gather(self._hearing, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()
            with suppress(Exception):
                await self._writer.wait_closed()
        self._writer = self._hearing = None


class WebSender:
    """HTTP POST or a SOAP 1.1 call."""

    def __init__(self, destination: Destination, token: str | None) -> None:
        import httpx

        self._to = destination
        self._faults = (httpx.HTTPError, OSError)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.AsyncClient(timeout=destination.seconds, headers=headers, follow_redirects=False, trust_env=False)

    async def send(self, raw: bytes, control_id: str, file: str) -> Said:
        """Post the message as it is wanted."""
        del control_id, file
        to = self._to
        kind, body = "application/hl7-v2", raw
        try:
            if to.form == "fhir":
                import orjson

                kind, body = "application/fhir+json", orjson.dumps(bundle(Message.read(raw)))
            if to.kind == "soap":
                kind, body = "text/xml; charset=utf-8", soap.call(to.namespace, to.operation, to.argument, body.decode("utf-8") if to.form == "fhir" else Message.read(raw).text)
            answer = await self._client.post(to.address, content=body, headers={"Content-Type": kind, **({"SOAPAction": f'"{to.namespace}/{to.operation}"'} if to.kind == "soap" else {})})
        except HL7Error as error:
            return Said(Fate.REFUSED, error.message)
        except self._faults as error:
            return Said(Fate.AWAY, f"连不上：{type(error).__name__}")
        return self._class(answer)

    def _class(self, answer: httpx.Response) -> Said:
        status, text = answer.status_code, answer.content
        if self._to.kind == "soap" and status in (200, 500):
            try:
                said, faulty = soap.answered(text)
            except BadXML as error:
                return Said(Fate.TROUBLE, error.message)
            if faulty:
                return Said(Fate.TROUBLE if "Server" in faulty or "Receiver" in faulty else Fate.REFUSED, said[:200])
            return _inner(said.encode())
        if status in (408, 425, 429) or status >= 500:
            return Said(Fate.AWAY, f"HTTP {status}")
        if status >= 300:
            return Said(Fate.REFUSED, f"HTTP {status}")
        return _inner(text)

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.aclose()


def _inner(text: bytes) -> Said:
    """An HL7 acknowledgement inside a web answer counts; anything else of a good status is good."""
    if text[:3] == b"MSH":
        try:
            message = Message.read(text)
        except HL7Error:
            return Said(Fate.DELIVERED, "")
        fate = FATES.get(message.get("MSA-1")[1:2], Fate.DELIVERED)
        return Said(fate, f"{message.get('MSA-1')} {message.get('MSA-3')}".strip())
    return Said(Fate.DELIVERED, "")


class FolderSender:
    """A file a message 文件夹; it appears under its name only when it is whole and on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, raw: bytes, control_id: str, file: str) -> Said:
        """Write, sync, rename."""
        del control_id
        return await asyncio.to_thread(self._write, raw, file)

    def _write(self, raw: bytes, file: str) -> Said:
        part = self._folder / f".{file}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with part.open("wb") as out:
                out.write(raw)
                out.flush()
                os.fsync(out.fileno())
            part.rename(self._folder / file)
        except OSError as error:
            return Said(Fate.AWAY, f"写不进文件夹：{type(error).__name__}")
        return Said(Fate.DELIVERED, file)

    async def close(self) -> None:
        """Nothing is held."""
