"""MLLP adapter 最小下层协议 (HL7 v2 Transport, MLLP release 1): <VT> message <FS><CR> over TCP, many connections, TLS optional."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

START = b"\x0b"
END = b"\x1c\r"
AHEAD = 256   # frames of one connection that may wait for their commit

Answer = Callable[[bytes], Awaitable[bytes | None]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one connection 限制: bytes a frame, seconds until a begun frame must be complete, seconds idle."""

    frame: int = 16 * 1024 * 1024
    frame_seconds: float = 30.0
    idle_seconds: float = 3600.0


class Listener:
    """A listening port 监听端口. Frames of one connection are answered in order; connections are independent."""

    def __init__(self, answer: Answer, limits: Limits | None = None) -> None:
        self._answer = answer
        self._limits = limits or Limits()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen; the port really used (0 asks for a free one). Raises OSError when it is taken."""
        self._server = await asyncio.start_server(self._serve, host, port, ssl=tls, limit=self._limits.frame + 16)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and end the connections."""
        if self._server is not None:
            self._server.close()
            for task in list(self._open):
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
        try:
            await self._frames(reader, writer)
        except (TimeoutError, ConnectionError, asyncio.CancelledError, asyncio.LimitOverrunError, asyncio.IncompleteReadError):
            pass   # a half frame was never acknowledged: the sender sends it again
        finally:
            if task is not None:
                self._open.discard(task)
            writer.close()
            with suppress(Exception):
                await writer.wait_closed()

    async def _frames(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Frames are taken in without waiting for each other's answer; answers leave in the order of the frames."""
        answers: asyncio.Queue[asyncio.Task[bytes | None] | None] = asyncio.Queue(AHEAD)
        sending = asyncio.create_task(_send(answers, writer))
        try:
            while True:
                async with asyncio.timeout(self._limits.idle_seconds):
                    first = await reader.read(1)
                if not first or sending.done():
                    break
                if first != START:
                    continue   # noise between frames is passed over
                async with asyncio.timeout(self._limits.frame_seconds):
                    body = await reader.readuntil(END)
                await answers.put(asyncio.create_task(_call(self._answer, body[: -len(END)])))
        finally:
            with suppress(asyncio.QueueFull):
                answers.put_nowait(None)
            with suppress(ConnectionError, TimeoutError):
                await asyncio.wait_for(sending, self._limits.frame_seconds)


async def _call(answer: Answer, body: bytes) -> bytes | None:
    return await answer(body)


async def _send(answers: asyncio.Queue[asyncio.Task[bytes | None] | None], writer: asyncio.StreamWriter) -> None:
    while (task := await answers.get()) is not None:
        reply = await task
        if reply is not None:
            writer.write(START + reply + END)
            await writer.drain()
